"""Settings: the command line over variables, over files, over defaults; strangers set none."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from integration.helpers import FIXTURES
from provenance_cli import groups, places
from provenance_cli.main import main
from provenance_cli.option import Option
from support import cli_table

PLAIN = str(FIXTURES / "plain.jpg")
AI = str(FIXTURES / "ai-generated.png")


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own file; the working folder is another one."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    folder = tmp_path / "xdg" / "provenance"
    folder.mkdir(parents=True)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return folder


def own(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text, encoding="utf-8")


class TestTheOrder:
    def test_each_source_of_a_setting_outweighs_the_next(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def form(*arguments: str) -> str:
            return str(invoke("verify", PLAIN, *arguments).stdout)

        assert form().startswith(PLAIN)
        own(home, '[verify]\nformat = "jsonl"\n')
        assert form().startswith('{"schema_version"')
        monkeypatch.setenv("PROVENANCE_VERIFY_FORMAT", "json")
        assert form().startswith('{\n  "schema_version"')
        assert form("--format", "text").startswith(PLAIN)
        monkeypatch.setenv("PROVENANCE_VERIFY_FORMAT", "")  # which counts as none
        assert form().startswith('{"schema_version"')

    def test_a_named_file_of_settings_is_the_only_one_read(self, home: Path) -> None:
        own(home, '[verify]\nformat = "jsonl"\n[audit]\njobs = 7\n')
        other = home / "other.toml"
        other.write_text("no-plugins = true\n", encoding="utf-8")
        assert invoke("verify", PLAIN, "--config", other).stdout.startswith(PLAIN)
        assert invoke("--config", other, "verify", PLAIN).stdout.startswith(PLAIN)
        shown = json.loads(invoke("config", "--format", "json", "--config", other).stdout)
        assert [one["key"] for one in shown["settings"]] == ["no-plugins"]

    def test_a_variable_names_the_file(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        other = home / "other.toml"
        other.write_text('[verify]\nformat = "json"\n', encoding="utf-8")
        monkeypatch.setenv("PROVENANCE_CONFIG", str(other))
        assert invoke("verify", PLAIN).stdout.startswith("{\n")

    def test_a_variable_is_for_all_commands_or_for_one(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        policy = home / "policy.toml"
        policy.write_text("[flag]\nflags = []\n", encoding="utf-8")
        policy.write_text(invoke("policy", "show").stdout, encoding="utf-8")
        monkeypatch.setenv("PROVENANCE_POLICY", str(home / "missing.toml"))
        assert "missing.toml" in invoke("verify", PLAIN).stderr
        monkeypatch.setenv("PROVENANCE_VERIFY_POLICY", str(policy))
        assert invoke("verify", PLAIN).exit_code == 0

    def test_the_usual_place_of_each_system(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "/home/u")
        monkeypatch.setenv("APPDATA", "/roaming")
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        wanted = {
            "linux": "/home/u/.config/provenance/config.toml",
            "darwin": "/home/u/Library/Application Support/provenance/config.toml",
            "win32": "/roaming/provenance/config.toml",
        }
        for system, name in wanted.items():
            monkeypatch.setattr(sys, "platform", system)
            assert places.user_file().replace("\\", "/") == name
        monkeypatch.setenv("XDG_CONFIG_HOME", "relative")  # is ignored, by the specification
        monkeypatch.setattr(sys, "platform", "linux")
        assert places.user_file() == wanted["linux"]

    def test_short_verify_has_the_same_settings(self, home: Path) -> None:
        from provenance_cli.verify import verify_command

        own(home, '[verify]\nformat = "jsonl"\n')
        result = CliRunner().invoke(verify_command, [PLAIN], prog_name="verify")
        assert result.stdout.startswith('{"schema_version"')


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("no-plugin = true", "unknown key 'no-plugin'. Did you mean 'no-plugins'?"),
            ("[verfy]\n", "there is no command 'verfy'. Did you mean 'verify'?"),
            ('[verify]\nformt = "json"', "[verify] has no key 'formt'. Did you mean 'format'?"),
            ('format = "json"', "unknown key 'format'."),
            ('[verify]\nformat = "jsn"', "format: 'jsn' is not one of"),
            ("[verify]\nno-plugins = 1", "[verify] no-plugins has to be true or false"),
            ("[verify]\nformat = []", "[verify] format has to be a text or a number"),
            ("verify = 1", "[verify] is not a table"),
            ('[verify]\nmax-size = "big"', "max-size: 'big' is not a size"),
            ("[verify]\nmax-size = -1", "max-size: '-1' is not a size"),
            ('[verify]\noutput = "x"', "[verify] has no key 'output'"),
            ("[verify]\nexit-zero = true", "[verify] has no key 'exit-zero'"),
            ("[[verify]]\n", "[verify] is not a table"),
            ("=", "not valid TOML"),
            ("a = " + "[" * 100_000, "not valid TOML"),
            ("#" * (1 << 21), "larger than"),
            ("a" + ".a" * 100_000 + " = 1", "a line with more than 256 dots"),
        ],
    )
    def test_in_a_file_are_one_line_that_names_the_file(
        self, home: Path, text: str, said: str
    ) -> None:
        own(home, text)
        result = invoke("verify", PLAIN)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert result.stderr.startswith(f"Error: {home / 'config.toml'}: ")
        assert said in result.stderr

    def test_in_a_variable_are_one_line_that_names_the_variable(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        del home
        monkeypatch.setenv("PROVENANCE_VERIFY_MAX_SIZE", "big")
        result = invoke("verify", PLAIN)
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: PROVENANCE_VERIFY_MAX_SIZE: 'big' is not a size")

    def test_in_a_file_do_not_keep_help_away(self, home: Path) -> None:
        own(home, "=")
        assert invoke("verify", "--help").exit_code == 0
        assert invoke("--version").exit_code == 0

    def test_a_file_that_is_named_has_to_be_there(self, home: Path) -> None:
        result = invoke("verify", PLAIN, "--config", home / "gone.toml")
        assert result.exit_code == 2
        assert "no such file" in result.stderr

    def test_bytes_that_are_no_text(self, home: Path) -> None:
        (home / "config.toml").write_bytes(b"\xff\xfe")
        assert "not valid TOML" in invoke("verify", PLAIN).stderr

    def test_a_setting_that_does_not_fit_gives_way(self, home: Path) -> None:
        own(home, 'messages = "none.toml"\nmax-depth = 3\n[verify]\nquiet = true\n')
        assert invoke("verify", PLAIN, "--format", "json").exit_code == 0
        assert invoke("verify", PLAIN).stdout.startswith("unknown")
        assert invoke("verify", PLAIN, "--max-depth", "3").exit_code == 2


class TestPaths:
    def test_start_at_the_folder_of_their_file(self, home: Path) -> None:
        (home / "anchors.pem").write_bytes((FIXTURES / "pki" / "anchors.pem").read_bytes())
        own(home, 'trust-anchors = ["anchors.pem"]\n')
        result = invoke(
            "verify", FIXTURES / "capture.jpg", "--at", "2026-06-01T00:00:00Z", "--format", "json"
        )
        assert json.loads(result.stdout)["axes"]["identity"] == "private"

    def test_a_tilde_is_the_home(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("USERPROFILE", str(home))
        own(home, 'policy = "~/mine.toml"\n')
        assert str(home / "mine.toml") in invoke("verify", PLAIN).stderr


class TestAFolderOfAStranger:
    """A file in the working folder counts for lint and kit alone, and never sets trust."""

    HOSTILE = (
        'trust-anchors = ["evil.pem"]\nno-bundled-trust = true\nocsp = true\npolicy = "p.toml"\n'
        'pixels = true\nshow-personal-data = true\n[verify]\nformat = "json"\n'
    )

    @pytest.mark.parametrize("name", ["provenance.toml", "pyproject.toml"])
    def test_is_not_read_by_commands_but_lint_and_kit(
        self, home: Path, tmp_path: Path, name: str
    ) -> None:
        del home
        (tmp_path / "work" / name).write_text("= broken", encoding="utf-8")
        for command in ("verify", "inspect", "chain"):
            result = invoke(command, PLAIN)
            assert (result.exit_code, result.stderr) == (0, "")

    @pytest.mark.parametrize("name", ["provenance.toml", "pyproject.toml"])
    def test_may_set_rules_of_lint(self, home: Path, tmp_path: Path, name: str) -> None:
        del home
        table = "lint" if name == places.LOCAL else "tool.provenance.lint"
        text = f'[{table}]\nprofile = "interop"\nformat = "json"\n'
        (tmp_path / "work" / name).write_text(text, encoding="utf-8")
        assert json.loads(invoke("lint", PLAIN).stdout)["profile"] == "interop"

    @pytest.mark.parametrize("text", ["a = " + "." * 300, "[broken", "key"])
    def test_with_tables_of_another_program_stops_nothing(self, home: Path, text: str) -> None:
        del home
        Path("pyproject.toml").write_text(text, encoding="utf-8")
        assert invoke("lint", AI).exit_code != 2
        assert invoke("config").exit_code == 0

    def test_sets_no_trust_and_the_line_that_tried_is_named(
        self, home: Path, tmp_path: Path
    ) -> None:
        del home
        anchors = (FIXTURES / "pki" / "anchors.pem").read_bytes()
        (tmp_path / "work" / "evil.pem").write_bytes(anchors)
        local = tmp_path / "work" / "provenance.toml"
        local.write_text('[lint]\ntrust-anchors = "evil.pem"\n', encoding="utf-8")
        arguments = ("lint", FIXTURES / "ai-generated.png", "--profile", "integrity")
        arguments += ("--at", "2026-06-01T00:00:00Z")
        result = invoke(*arguments)
        assert result.exit_code == 3
        assert result.stderr.startswith(f"Note: {local}: trust-anchors is ignored")
        named = invoke(*arguments, "--config", local)  # the user's own word
        assert (named.exit_code, named.stderr) == (0, "")

    def test_sets_nothing_that_all_commands_share(self, home: Path, tmp_path: Path) -> None:
        del home
        (tmp_path / "work" / "provenance.toml").write_text(self.HOSTILE, encoding="utf-8")
        result = invoke("lint", PLAIN, "--profile", "interop")
        assert result.exit_code == 0
        ignored = [line for line in result.stderr.splitlines() if " is ignored: " in line]
        assert len(ignored) == 2  # of the options that lint has

    def test_cannot_start_a_program(self, home: Path, tmp_path: Path) -> None:
        del home
        text = '[kit.run]\ncommand = "touch pwned {}"\n'
        (tmp_path / "work" / "provenance.toml").write_text(text, encoding="utf-8")
        result = invoke("kit", "run", tmp_path)
        assert result.exit_code == 2
        assert "has no key 'command'" in result.stderr

    def test_sets_limits_of_kit_within_bounds(self, home: Path, tmp_path: Path) -> None:
        del home
        text = '[kit.run]\nmax-output = "2G"\n'
        (tmp_path / "work" / "provenance.toml").write_text(text, encoding="utf-8")
        result = invoke("kit", "run", tmp_path, "--command", "x")
        assert "--max-output: at most 1G" in result.stderr

    def test_reaches_no_option_of_lint_or_kit_but_these(self) -> None:
        """Whatever is not shared and not of one run could be set: this is all of it."""
        found = {
            f"{' '.join(names)} {option.key}"
            for names, command in cli_table.commands()
            if places.is_local(names)
            for option in command.params
            if isinstance(option, Option) and not option.once and not option.shared
        }
        lint = "baseline exclude fail-on format ignore include profile quiet select type"
        run = "adapter fail-under format jobs max-memory max-output only quiet takes timeout"
        wanted = {f"lint {key}" for key in lint.split()} | {f"kit run {k}" for k in run.split()}
        wanted |= {f"kit make {key}" for key in ("at", "only", "quiet", "seed")}
        assert found == wanted | {"kit list format", "kit list only"}


class TestConfig:
    def test_says_which_settings_are_in_force_and_from_where(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own(home, 'policy = "p.toml"\n[audit]\njobs = 4\n[kit.run]\ntimeout = 60\n')
        monkeypatch.setenv("PROVENANCE_COLOR", "never")
        monkeypatch.setenv("PROVENANCE_VERIFY_FORMAT", "json")
        record = json.loads(invoke("config", "--format", "json").stdout)
        file = str(home / "config.toml")
        assert record["settings"] == [
            {"command": "", "key": "color", "value": "never", "origin": "PROVENANCE_COLOR"},
            {
                "command": "",
                "key": "policy",
                "value": str(home / "p.toml"),
                "origin": file,
            },
            {"command": "audit", "key": "jobs", "value": "4", "origin": file},
            {"command": "kit run", "key": "timeout", "value": "60", "origin": file},
            {
                "command": "verify",
                "key": "format",
                "value": "json",
                "origin": "PROVENANCE_VERIFY_FORMAT",
            },
        ]
        assert record["user_file"] == {"path": file, "present": True, "used": True}
        shown = invoke("config").stdout
        assert f"user file       {file}\n" in shown
        assert "audit\n  jobs                 4 " in shown

    def test_refuses_a_wrong_key_in_the_table_of_any_command(self, home: Path) -> None:
        own(home, "[kit.run]\ntimout = 60\n")
        assert invoke("verify", PLAIN).exit_code == 0
        result = invoke("config")
        assert result.exit_code == 2
        assert "[kit.run] has no key 'timout'. Did you mean 'timeout'?" in result.stderr

    def test_shows_a_setting_of_one_command_under_that_command(self, home: Path) -> None:
        own(home, '[verify]\npolicy = "p.toml"\n[audit]\nmax-size = "5M"\n')
        for more in ((), ("--all",)):
            settings = json.loads(invoke("config", "--format", "json", *more).stdout)["settings"]
            found = [(one["command"], one["key"]) for one in settings if one["origin"] != "default"]
            assert found == [("audit", "max-size"), ("verify", "policy")]

    def test_names_variables_that_set_nothing_here(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        del home
        monkeypatch.setenv("PROVENANCE_POLCY", "x")
        said = "The variable PROVENANCE_POLCY sets nothing. Did you mean 'PROVENANCE_POLICY'?"
        assert said in invoke("config").stdout

    def test_says_where_everything_is_a_default(self, home: Path) -> None:
        del home
        assert "Everything is as the program has it" in invoke("config").stdout
        shown = invoke("config", "--all").stdout
        assert "cross-check          auto                     default" in shown

    def test_path_prints_where_the_file_is(self, home: Path) -> None:
        assert invoke("config", "path").stdout == f"{home / 'config.toml'}\n"


def test_the_shared_options_are_shared() -> None:
    """A key at the top of a file is one that means the same for every command that has it."""
    keys: dict[str, set[bool]] = {}
    for _, command in cli_table.commands():
        for option in command.params:
            if isinstance(option, Option) and option.key != "config":
                keys.setdefault(option.key, set()).add(option.shared and not option.once)
    assert {key for key, shared in keys.items() if True in shared} == groups.shared()
    mixed = {key for key, shared in keys.items() if len(shared) > 1}
    assert mixed == {"at"}  # of the kit it is the time of the samples, not of the validation


def test_a_variable_is_of_one_option_alone() -> None:
    owners: dict[str, set[str]] = {}
    for names, command in cli_table.commands():
        for option in command.params:
            if isinstance(option, Option):
                for variable in option.variables(names):
                    owners.setdefault(variable, set()).add(option.key)
    assert [name for name, keys in owners.items() if len(keys) > 1] == []


def test_nothing_of_settings_is_loaded_where_there_is_no_file(home: Path) -> None:
    import subprocess

    del home
    script = (
        "import sys\nfrom provenance_cli.main import main\n"
        "try:\n    main(['verify', '-q', sys.argv[1]])\nexcept SystemExit:\n    pass\n"
        "from provenance.base.lazily import executed\n"
        "print(*(m for m in ('tomllib', 'provenance_cli.settings', 'rich') if executed(m)))"
    )
    command = [sys.executable, "-c", script, PLAIN]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == ""


def test_click_is_told_of_options_only() -> None:
    assert [
        p
        for _, command in cli_table.commands()
        for p in command.params
        if p.name and not isinstance(p, Option | click.Argument) and p.name[0] != "_"
    ] == []
