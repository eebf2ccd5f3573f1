"""The recipes that run shards under schedulers (integrations/shards), as far as without a cluster.

Fields are checked, options are parsed by the command's own parser, and each command is run with the
variables that its scheduler sets.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from integration.helpers import FIXTURES, ROOT, call, script
from provenance_cli.common import Size
from provenance_cli.shards_run import shards_run_command as run_command

from provenance.auditing.shards.shard_plan import part_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import click

RECIPES = ROOT / "integrations" / "shards"
JOB, SLURM, BATCH = (RECIPES / name for name in ("kubernetes.yaml", "slurm.sh", "aws-batch.json"))
README = (RECIPES / "README.md").read_text(encoding="utf-8")
ADDRESS, ZEROS = "s3://audits/june", "0" * 64
OWN, REST = 150 << 20, 512 << 20  # bytes of a worker at rest, and of all but the workers
SHARDS = 4
SCHEDULERS = ("JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "AWS_BATCH_JOB_ARRAY_INDEX")

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed here")


@pytest.fixture(autouse=True)
def _no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SCHEDULERS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def made(tmp_path: Path) -> tuple[str, str]:
    """A plan of a few shards: its folder, and its SHA-256."""
    (tmp_path / "in").mkdir()
    for n in range(SHARDS):
        (tmp_path / "in" / f"{n}.png").write_bytes((FIXTURES / "ai-generated.png").read_bytes())
    out = str(tmp_path / "june")
    said = call("shards", "plan", tmp_path / "in", "--output", out, "--shard-size", "1").stdout
    found = re.search(rb"^sha256: ([0-9a-f]{64})$", said, re.MULTILINE)
    assert found is not None
    return out, found[1].decode()


def job() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(JOB.read_text(encoding="utf-8"))
    return made


def container() -> dict[str, Any]:
    (made,) = job()["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = made
    return found


def batch() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(BATCH.read_text(encoding="utf-8"))
    return made


def batch_command() -> list[str]:
    values = {f"Ref::{name}": value for name, value in batch()["parameters"].items()}
    return [values.get(word, word) for word in batch()["containerProperties"]["command"]]


def slurm_settings() -> dict[str, str]:
    """What sbatch reads: lines at the top, until the first command."""
    head = SLURM.read_text(encoding="utf-8").partition("\nset ")[0]
    return dict(re.findall(r"^#SBATCH --([a-z-]+)=(\S+)$", head, re.MULTILINE))


def slurm_command() -> list[str]:
    """The command of the script, with what the shell puts in."""
    text = SLURM.read_text(encoding="utf-8").partition("\nexec ")[2].replace("\\\n", "")
    program, *words = shlex.split(re.sub(r"\$\(\(.*?\)\)", "7", text))
    assert program == "${PROVENANCE:-provenance}"
    values = {"OUT": ADDRESS, "PLAN_SHA256": ZEROS, "SLURM_CPUS_PER_TASK": "2"}
    return [re.sub(r"\$\{(\w+)[^}]*\}", lambda m: values[m[1]], word) for word in words]


def sessions() -> list[list[str]]:
    """The commands of the README, as words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [shlex.split(line) for line in lines]


def parsed(words: list[str]) -> click.Context:
    """Parse the words of a command by its own parser, and run nothing."""
    assert words[:2] == ["shards", "run"]
    return run_command.make_context("run", words[2:])


def fits(words: list[str], memory: int, processors: int) -> None:
    """See that a command may take what its scheduler gives it, and names a plan and no other."""
    values = parsed(words).params
    assert values["out"] == ADDRESS
    assert values["sha256"] == ZEROS
    assert values["jobs"] == processors
    assert values["max_memory"] == 1 << 30
    assert memory >= values["jobs"] * (values["max_memory"] + OWN) + REST


def size(text: str) -> int:
    return int(Size().convert(text.removesuffix("i"), None, None))


# ---- Kubernetes


def test_the_job_fits_its_command_and_may_nothing() -> None:
    spec = job()["spec"]
    pod, own = spec["template"]["spec"], container()
    assert (job()["apiVersion"], job()["kind"]) == ("batch/v1", "Job")
    assert spec["completionMode"] == "Indexed"
    assert spec["parallelism"] <= spec["completions"]
    limits, requests = own["resources"]["limits"], own["resources"]["requests"]
    assert limits["memory"] == requests["memory"]
    fits(own["args"], size(limits["memory"]), int(requests["cpu"]))
    assert own["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    user = pod["securityContext"]
    assert user["runAsNonRoot"] is True
    outside = (ROOT / "integrations/container/Containerfile").read_text(encoding="utf-8")
    assert f"USER {user['runAsUser']}:{user['runAsGroup']}\n" in outside
    assert pod["terminationGracePeriodSeconds"] >= 20
    assert "volumes" not in pod


def test_the_job_repeats_what_repeating_helps() -> None:
    spec = job()["spec"]
    away, refused = spec["podFailurePolicy"]["rules"]
    # Kubernetes takes these together alone.
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["backoffLimitPerIndex"] > 0
    assert spec["podReplacementPolicy"] == "Failed"
    # The first rule that applies decides, and a pod that is taken away may end with any code.
    assert away["action"] == "Ignore"
    assert away["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]
    assert refused["action"] == "FailIndex"
    codes = {"containerName": container()["name"], "operator": "In", "values": [2]}
    assert refused["onExitCodes"] == codes


def test_kubernetes_knows_every_field() -> None:
    client = pytest.importorskip("kubernetes.client", reason="its client is not installed here")

    def check(value: Any, kind: str, where: str) -> None:
        if kind.startswith(("list[", "List[")):
            for one in value:
                check(one, kind[5:-1], where)
        elif kind.startswith(("dict(", "Dict[")):
            assert all(isinstance(k, str) for k in value), where
        elif kind in {"str", "int", "bool"}:
            assert type(value).__name__ == kind, f"{where} is {value!r}"
        else:
            model = getattr(client, kind)
            types = {model.attribute_map[name]: t for name, t in model.openapi_types.items()}
            assert set(value) <= set(types), f"{where}: {set(value) - set(types)}"
            for name, one in value.items():
                check(one, types[name], f"{where}.{name}")

    check(job(), "V1Job", "job")


# ---- Slurm


def test_the_script_of_slurm_fits_its_command() -> None:
    found = slurm_settings()
    assert set(found) >= {"array", "cpus-per-task", "mem", "time", "signal"}
    assert re.fullmatch(r"0-\d+%\d+", found["array"])
    assert found["signal"].startswith("B:TERM@")  # `B`: the script, which is the runner by then
    fits(slurm_command(), size(found["mem"]), int(found["cpus-per-task"]))
    subprocess.run(["bash", "-n", str(SLURM)], check=True)
    # sbatch stops reading at the first command.
    assert "#SBATCH" not in SLURM.read_text(encoding="utf-8").partition("\nset ")[2]


# ---- AWS Batch


def shape_of(operation: str) -> Any:
    loaders = pytest.importorskip("botocore.loaders", reason="botocore is not installed here")
    from botocore.model import ServiceModel

    model = ServiceModel(loaders.Loader().load_service_model("batch", "service-2"))
    return model.operation_model(operation).input_shape


def unknown(value: Any, shape: Any) -> Iterator[str]:
    """Yield names that a shape of botocore does not have: its validator lets these pass."""
    if shape.type_name == "structure":
        for name, one in value.items():
            if name in shape.members:
                yield from unknown(one, shape.members[name])
            else:
                yield name
    elif shape.type_name == "list":
        for one in value:
            yield from unknown(one, shape.member)


def test_batch_takes_the_job_definition_and_it_fits_its_command() -> None:
    shape = shape_of("RegisterJobDefinition")
    from botocore.validate import ParamValidator

    found = batch()
    assert not ParamValidator().validate(found, shape).has_errors()
    assert not list(unknown(found, shape))
    own = found["containerProperties"]
    needs = {one["type"]: int(one["value"]) for one in own["resourceRequirements"]}
    fits(batch_command(), needs["MEMORY"] << 20, needs["VCPU"])
    assert own["readonlyRootFilesystem"] is True
    assert own["privileged"] is False
    # The first rule that applies decides.
    first, second, *_ = found["retryStrategy"]["evaluateOnExit"]
    assert (first, second["action"]) == ({"onExitCode": "2", "action": "EXIT"}, "RETRY")


def test_batch_takes_the_line_that_submits() -> None:
    shape = shape_of("SubmitJob")
    (words,) = (words[3:] for words in sessions() if words[:3] == ["aws", "batch", "submit-job"])
    given = dict(zip(words[::2], words[1::2], strict=True))
    names = {re.sub(r"-(.)", lambda m: m[1].upper(), name[2:]): v for name, v in given.items()}
    assert set(names) <= set(shape.members)
    assert set(shape.required_members) <= set(names)
    assert names["jobDefinition"] == batch()["jobDefinitionName"]
    told = {one.partition("=")[0] for one in names["parameters"].split(",")}
    assert told == set(batch()["parameters"])
    assert names["arrayProperties"].startswith("size=")


# ---- the commands themselves


def test_each_scheduler_runs_its_shards_of_one_plan(made: tuple[str, str]) -> None:
    out, digest = made
    own = {ADDRESS: out, ZEROS: digest}
    placed = [
        [re.sub(f"{ADDRESS}|{ZEROS}", lambda m: own[m[0]], word) for word in words]
        for words in (container()["args"], batch_command())
    ]
    for words, name, number in zip(placed, SCHEDULERS[::2], (0, 1), strict=True):
        ended = call(*words, env={name: str(number), "TMPDIR": "/nonexistent"})
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.endswith(b"\nshard %d: 1 object, 1 flagged (ai 1)\n" % number)
    slurm = {**os.environ, "PROVENANCE": script(), "OUT": out, "PLAN_SHA256": digest}
    for first, number in (("", 2), ("2", 1)):  # the second one is shard 3
        told = {"SLURM_ARRAY_TASK_ID": str(number), "SLURM_CPUS_PER_TASK": "1", "FIRST": first}
        slurm_run = subprocess.run(
            ["bash", str(SLURM)], env=slurm | told, capture_output=True, timeout=60, check=False
        )
        assert slurm_run.returncode == 0, slurm_run.stderr
    missing = subprocess.run(
        ["bash", str(SLURM)],
        env={k: v for k, v in slurm.items() if k != "OUT"} | {"SLURM_ARRAY_TASK_ID": "0"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert missing.returncode != 0
    assert b"say where the plan is" in missing.stderr
    # Another plan, or a shard that it does not have, is refused with the code that is not repeated.
    words = placed[0]
    refused = call(*words[:-1], "--plan-sha256", ZEROS, env={SCHEDULERS[0]: "0"})
    beyond = call(*words, env={SCHEDULERS[0]: str(SHARDS)})
    assert (refused.returncode, beyond.returncode) == (2, 2)
    assert set(os.listdir(f"{out}/parts")) == {os.path.basename(part_name(n)) for n in range(4)}


@pytest.mark.parametrize("program", ["xargs", "parallel"])
def test_the_line_for_one_machine_runs_shards(
    made: tuple[str, str], program: str, tmp_path: Path
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    out, _ = made
    (line,) = (line for line in README.splitlines() if line.startswith("seq ") and program in line)
    words = shlex.split(line.partition("| ")[2])
    parsed([word.replace("{}", "0") for word in words[words.index("shards") :]])
    own = {f" {program} ": f" {program} ", " 999 ": " 1 ", ADDRESS: shlex.quote(out)}
    own[" provenance "] = f" {shlex.quote(script())} "
    for before, after in own.items():
        assert before in line
        line = line.replace(before, after)
    ended = subprocess.run(
        ["sh", "-c", line], capture_output=True, timeout=120, check=False, cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr
    assert len(os.listdir(f"{out}/parts")) == 2
