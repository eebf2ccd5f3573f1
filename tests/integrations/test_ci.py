"""The files for CI servers, pre-commit and containers, as far as they go without their hosts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import defusedxml.ElementTree
import pytest
from integration.helpers import FIXTURES, needs_script, script

ROOT = Path(__file__).resolve().parents[2]
yaml = pytest.importorskip("yaml", reason="PyYAML is not installed here")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def read(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def lint(tmp_path, paths, **more):
    """Run the script of the action and of GitLab's kind."""
    env = {
        "PATH": os.environ["PATH"],
        "PATHS": "\n".join(map(str, paths)),
        "SARIF": str(tmp_path / "out.sarif"),
        **more,
    }
    return subprocess.run(
        ["bash", str(ROOT / "integrations" / "ci" / "lint.sh"), script()],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@needs_script
@needs_bash
class TestScript:
    def test_the_script_ends_as_lint_does_and_leaves_sarif(self, tmp_path):
        made = lint(tmp_path, [FIXTURES / "plain.jpg", FIXTURES / "ai-generated.png"])
        assert made.returncode == 3
        assert "no credential" in made.stdout
        log = json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))
        assert log["runs"][0]["results"]

    def test_the_script_exits_0_for_a_profile_that_is_met(self, tmp_path):
        made = lint(tmp_path, [FIXTURES / "plain.jpg"], PROFILES="ai-disclosure\niptc")
        assert made.returncode == 0, made.stdout + made.stderr

    def test_on_github_the_script_prints_annotations_and_names_its_file(self, tmp_path):
        output = tmp_path / "output"
        made = lint(
            tmp_path, [FIXTURES / "plain.jpg"], GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(output)
        )
        assert made.stdout.startswith("::error file=")
        assert output.read_text() == f"sarif={tmp_path / 'out.sarif'}\n"

    @pytest.mark.parametrize(
        "name", ["$(touch pwned)", "; touch pwned", "--output=x", "a b", "`x`"]
    )
    def test_no_file_name_becomes_a_command_or_an_option(self, tmp_path, name, monkeypatch):
        monkeypatch.chdir(tmp_path)
        shutil.copyfile(FIXTURES / "plain.jpg", tmp_path / name)
        made = lint(tmp_path, [name], PROFILES="iptc")
        assert made.returncode == 0, made.stderr
        assert sorted(os.listdir(tmp_path)) == sorted([name, "out.sarif"])

    def test_the_script_with_nothing_to_look_at_is_wrong_usage(self, tmp_path):
        assert lint(tmp_path, []).returncode == 2


def test_the_action_hands_inputs_on_as_variables():
    """An input in the text of a script would run what it holds."""
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        for variable in re.findall(
            r"\$\{\{ inputs\.([\w-]+) \}\}", json.dumps(step.get("env", {}))
        ):
            assert variable in action["inputs"]
    script_ = ROOT / "integrations" / "ci" / "lint.sh"
    text = script_.read_text(encoding="utf-8")
    lint_step = next(one for one in action["runs"]["steps"] if one.get("id") == "lint")
    for name in ("PATHS", "PROFILES", "FAIL_ON", "SARIF"):
        assert name in lint_step["env"]
        assert name in text


@needs_script
def test_each_hook_of_pre_commit_is_a_command_that_takes_files():
    hooks = read(".pre-commit-hooks.yaml")
    assert hooks, "there is no hook"
    for hook in hooks:
        assert hook["language"] == "python"
        program, *arguments = hook["entry"].split()
        made = subprocess.run(
            [script(program), *arguments, str(FIXTURES / "plain.jpg")],
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert made.returncode in {0, 3}, made.stderr


@needs_script
@needs_bash
def test_the_job_of_gitlab_leaves_junit(tmp_path):
    job = read("integrations/ci/gitlab.yml")[".provenance-lint"]
    commands = [one for one in job["script"] if one.startswith("provenance")]
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PATHS": str(FIXTURES / "plain.jpg"),
        "PROFILE": job["variables"]["PROFILE"],
    }
    codes = [
        subprocess.run(
            ["bash", "-c", one], env=env, cwd=tmp_path, capture_output=True, check=False
        ).returncode
        for one in commands
    ]
    assert codes == [0, 3]
    report = job["artifacts"]["reports"]["junit"]
    root = defusedxml.ElementTree.fromstring((tmp_path / report).read_bytes())
    assert root.get("failures") == "4"


def test_the_container_needs_neither_root_nor_network():
    """It cannot be built without a registry of images: its steps are those of the README."""
    text = (ROOT / "integrations" / "container" / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    last = [line for line in lines if line.startswith("USER")]
    assert last == ["USER 65532:65532"]
    assert "--network none --read-only --cap-drop all" in text
    assert [word for line in lines for word in ("curl", "wget", "apt-get") if word in line] == []


@needs_script
def test_what_the_container_runs_works_without_a_home_and_a_place_to_write(tmp_path):
    """As its user: a data folder that is not there, nothing to write, no variable but PATH."""
    read_only = tmp_path / "media"
    read_only.mkdir()
    shutil.copyfile(FIXTURES / "ai-generated.png", read_only / "a.png")
    read_only.chmod(0o500)
    made = subprocess.run(
        [script(), "verify", "-r", "--quiet", str(read_only)],
        env={"PATH": "/usr/bin:/bin", "PROVENANCE_DATA": "/nonexistent", "HOME": "/nonexistent"},
        cwd=read_only,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 3, made.stderr
    assert os.listdir(read_only) == ["a.png"]
    read_only.chmod(0o700)
