"""`provenance kit`: a whole kit is made once, and validators are held against it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import jsonschema
import pytest
from click.testing import CliRunner
from defusedxml import ElementTree
from integration.helpers import ROOT, call, needs_script
from provenance_cli.main import main
from support.each import each

from provenance.kit import linting, record
from provenance.kit.expect import ValidatorNeed
from provenance.kit.sample import SampleClass
from provenance.kit.samples.sample_catalogue import SAMPLES

AT = "2026-06-01T00:00:00Z"
GRAFTS = sum(one.group is SampleClass.GRAFT for one in SAMPLES)
ACCEPTS = f"{shutil.which('true') or f'{sys.executable} -c pass'} {{}}"


def invoke(*arguments):
    return CliRunner().invoke(main, ["kit", *map(str, arguments)])


@pytest.fixture(scope="module")
def kit(tmp_path_factory, kept_primes):
    folder = tmp_path_factory.mktemp("kit") / "samples"
    result = invoke("make", folder, "--at", AT)
    assert result.exit_code == 0, result.output
    assert re.match(r"\d+ samples in \d+ containers, \d+ of them faulty, \d+ bytes", result.stdout)
    return folder


def expected(folder):
    return json.loads((folder / "expected.json").read_text(encoding="ascii"))


def test_expected_json_keeps_to_its_schema(kit):
    schema = json.loads(invoke("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(expected(kit), schema)


def test_every_sample_of_the_kit_is_written(kit):
    document = expected(kit)
    assert document["at"] == AT
    assert len(document["samples"]) == len(SAMPLES) >= 120
    assert sum(one["faulty"] for one in document["samples"]) >= 80
    files = {"README.txt", "expected.json", "pki/identity-anchors.pem"}
    files |= set(document["trust"].values())
    for one in document["samples"]:
        files |= {one["file"], *one["fragments"], *filter(None, [one["sidecar"]])}
        files |= set(one["companions"])
        wanted = None if one["needs"] else set(linting.PROFILES)
        assert (one["expected"]["lint"] and set(one["expected"]["lint"])) == wanted
        assert (one["without_fault"] is not None) is one["faulty"]
    there = {path.relative_to(kit).as_posix() for path in kit.rglob("*") if path.is_file()}
    assert there == files
    assert sum(path.stat().st_size for path in kit.rglob("*") if path.is_file()) < 8 << 20


def test_a_kit_is_read_as_it_was_written(kit):
    read = record.load_kit(kit)
    by_file = {one.file: one for one in SAMPLES}
    for entry in read.entries:
        one = by_file[entry.file].expected
        assert entry.expected == replace(one, lint=entry.expected.lint)
        assert entry.lint == ({} if entry.needs else linting.answers(one))
        sample = by_file[entry.file]
        assert (entry.needs, entry.member) == (sample.needs, sample.member)
        assert bool(entry.companions) is (entry.needs is ValidatorNeed.PRESENTATIONS)


SALTED = {"good/algorithm/ps256.jpg", "good/algorithm/ps384.jpg", "good/algorithm/ps512.jpg"}
SALTED |= {"faulty/certificate-profile/rsa-1024.jpg"}


def test_the_same_seed_and_time_make_the_same_kit(kit, tmp_path):
    """In another process, where sets and hashes of texts have another order."""
    again = tmp_path / "again"
    arguments = ["kit", "make", str(again), "--at", AT]
    code = f"from provenance_cli.main import main\nmain({arguments!r})"
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        check=True,
        capture_output=True,
    )
    first = {path.relative_to(kit).as_posix() for path in kit.rglob("*") if path.is_file()}
    assert first == {p.relative_to(again).as_posix() for p in again.rglob("*") if p.is_file()}
    other = {name for name in first if (kit / name).read_bytes() != (again / name).read_bytes()}
    assert other == SALTED


def test_another_seed_makes_other_files_with_the_same_expectations(kit, tmp_path):
    other = tmp_path / "other"
    assert invoke("make", other, "--at", AT, "--only", "splice", "--seed", "1").exit_code == 0
    for path in other.rglob("*.jpg"):
        assert path.read_bytes() != (kit / path.relative_to(other)).read_bytes()
    chosen = {one["file"]: one for one in expected(kit)["samples"]}
    for one in expected(other)["samples"]:
        assert chosen[one["file"]] == one


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("x")
    result = invoke("make", tmp_path)
    assert result.exit_code == 2
    assert "not an empty folder" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert invoke("make", tmp_path / "mine").exit_code == 2


def test_a_kit_may_be_made_in_an_empty_folder(tmp_path):
    assert invoke("make", tmp_path, "--only", "chain-01").exit_code == 0


@each(
    ("arguments", "words"),
    [
        (("make", "{new}", "--only", "no-such"), "no sample fits"),
        (("make", "{new}", "--at", "yesterday"), "time with a zone"),
        (("make", "{new}", "--seed", "-1"), "seed"),
        (("make", "{new}", "--at", "0001-01-01T00:00:00Z"), "years 1970 to 2200"),
        (("make", "{new}", "--at", "9999-12-31T00:00:00Z"), "years 1970 to 2200"),
        (("list", "--only", "no-such"), "no sample fits"),
        (("run", "{new}", "--command", "x {}"), "is not a kit"),
        (("run", "{kit}", "--command", "x"), "has no {}"),
        (("run", "{kit}", "--command", "no-such-validator {}"), "cannot be started"),
        (
            ("run", "{kit}", "--command", f"a={ACCEPTS}", "--command", f"a={ACCEPTS}"),
            "are called a",
        ),
        (("run", "{kit}", "--command", "x {}", "--adapter", "odd"), "one of auto"),
        (("run", "{kit}", "--command", "x {}", "--takes", "films"), "one of archives"),
        (("run", "{kit}", "--command", ACCEPTS, "--takes", "b=archives"), "names no --command"),
        (("run", "{kit}", "--command", ACCEPTS, "--adapter", "b=crjson"), "names no --command"),
        (("run", "{kit}", "--command", "x {}", "--only", "no-such"), "no sample of this kit"),
        (("run", "{kit}", "--command", ACCEPTS, "--command", "no-such {}"), "cannot be started"),
        (("run", "{kit}", "--command", "x {}", "--timeout", "nan"), "is not a number"),
        (("run", "{kit}", "--command", "x {}", "--timeout", "inf"), "not in the range"),
        (("run", "{kit}", "--command", "x {}", "--max-memory", "9" * 30), "is not a size"),
        (("run", "{kit}", "--command", "x {}", "--max-memory", "512"), "less than 16M"),
        (("run", "{kit}", "--command", "x {}", "--max-output", "9" * 30), "is not a size"),
        (("run", "{kit}", "--command", "x {}", "--max-output", "2G"), "at most 1G"),
        (("run", "{kit}", "--command", "x {}", "--fail-under", "nan"), "is not a number"),
        (("run", "{kit}", "--command", ACCEPTS, "--output", "{kit}"), "is an input"),
    ],
)
def test_wrong_usage_of_kit_is_exit_2_and_leaves_nothing(kit, tmp_path, arguments, words):
    filled = [a.replace("{new}", str(tmp_path / "n")).replace("{kit}", str(kit)) for a in arguments]
    result = invoke(*filled)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "n").exists()


@each(
    "text",
    [
        "no json",
        "[" * 100_000,
        "[]",
        "{}",
        '{"format": "provenance-kit", "format_version": "2.0", "at": "x", "samples": []}',
        '{"format": "provenance-kit", "format_version": "1.0", "at": "x", "samples": [{}]}',
    ],
)
def test_an_expected_json_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "expected.json").write_text(text)
    result = invoke("run", tmp_path, "--command", ACCEPTS)
    assert result.exit_code == 2
    assert "expected.json" in result.output


@pytest.fixture
def small(kit, tmp_path):
    """A kit of one sample, and its document."""
    folder = tmp_path / "small"
    document = expected(kit)
    document["samples"] = [one for one in document["samples"] if one["class"] == "graft"][:1]
    for name in (*document["trust"].values(), document["samples"][0]["file"]):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((kit / name).read_bytes())
    (folder / "expected.json").write_text(json.dumps(document))
    return folder, document


def refused(small, words):
    folder, document = small
    (folder / "expected.json").write_text(json.dumps(document))
    result = invoke("run", folder, "--command", ACCEPTS)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert "Traceback" not in result.output
    assert result.output.isprintable() or result.output.count("\n") == 1


@pytest.mark.parametrize(
    "name", ["../outside.jpg", "/etc/passwd", "link.jpg", "folder/../../o.jpg"]
)
def test_a_sample_outside_the_kit_is_refused(small, name):
    folder, document = small
    (folder.parent / "outside.jpg").write_bytes(b"")
    (folder / "link.jpg").symlink_to(folder.parent / "outside.jpg")
    document["samples"][0]["file"] = name
    refused(small, "leads out of the kit")


@pytest.mark.parametrize("name", ["gone.jpg", "", ".", "faulty", "\x1b[31m.jpg", "pipe"])
def test_a_sample_that_is_no_file_is_refused(small, name):
    folder, document = small
    os.mkfifo(folder / "pipe")
    document["samples"][0]["fragments"] = [name]
    refused(small, "is not a file of the kit")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("at",), "--config=evil"),
        (("at",), 5),
        (("at",), "2026-06-01T00:00:00"),
        (("trust",), {}),
        (("samples", 0, "file"), 3),
        (("samples", 0, "file"), "a\0b"),
        (("samples", 0, "file"), "\ud800"),
        (("samples", 0, "class"), []),
        (("samples", 0, "fragments"), 3),
        (("samples", 0, "companions"), 3),
        (("samples", 0, "needs"), "films"),
        (("samples", 0, "member"), "--config=evil"),
        (("samples", 0, "member"), "a\0b"),
        (("samples", 0, "member"), 7),
        (("samples", 0, "expected", "c2pa", "state"), "fine"),
        (("samples", 0, "expected", "c2pa", "failure_any_of"), [[]]),
        (("samples", 0, "expected", "c2pa", "failure_any_of"), "text"),
        (("samples", 0, "expected", "verify", "flags"), [1]),
        (("samples", 0, "expected", "verify", "axes"), {}),
        (("samples", 0, "expected", "lint"), {"integrity": {"rules": []}}),
    ],
)
def test_an_expectation_that_breaks_the_schema_is_refused(small, place, value):
    held = small[1]
    for step in place[:-1]:
        held = held[step]
    held[place[-1]] = value
    refused(small, "not as its schema says")


@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "gone"])
def test_an_expected_json_that_cannot_be_read_is_refused(small, kind):
    path = small[0] / "expected.json"
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(1 << 40)
    result = invoke("run", small[0], "--command", ACCEPTS)
    assert result.exit_code == 2
    assert ("larger than" if kind == "huge" else "is not a kit") in result.output


def test_kit_list_names_every_sample():
    lines = invoke("list").stdout.splitlines()
    assert len(lines) == len(SAMPLES)
    assert [line for line in lines if len(line.split("\t")) != 3] == []


def test_a_validator_that_accepts_everything_scores_low(kit):
    result = invoke("run", kit, "--only", "graft", "--command", ACCEPTS)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split() == ["graft", f"0/{GRAFTS}"]
    assert "differs: faulty/graft/" in result.stdout


def test_a_score_below_the_wanted_one_is_exit_1(kit):
    arguments = ("run", kit, "--only", "graft", "--command", ACCEPTS)
    result = invoke(*arguments, "--fail-under", "50")
    assert result.exit_code == 1
    assert "agrees on 0.0 %" in result.stderr
    assert invoke(*arguments, "--fail-under", "0").exit_code == 0


def test_a_command_without_a_score_is_below_every_wanted_score(kit):
    arguments = ("run", kit, "--only", "good/place/absent.jpg", "--command", ACCEPTS)
    result = invoke(*arguments, "--fail-under", "0", "--format", "json")
    assert result.exit_code == 1
    assert "was scored on no sample" in result.stderr
    assert json.loads(result.stdout)["validators"][0]["classes"]["all"]["percent"] is None


TYPO = """sh -c 'echo "$0" >&2; exit 1' {}"""


@pytest.mark.parametrize("only", ["*", "faulty/*", "graft"])
def test_a_command_that_never_works_has_no_score(kit, only):
    """One that refuses everything is right about most samples, and knows nothing of any."""
    result = invoke("run", kit, "--only", only, "--jobs", 2, "--command", TYPO, "--format", "json")
    assert result.exit_code == 1
    assert "the command does not work" in result.stderr
    assert str(kit) in result.stderr  # what it wrote on standard error
    (only_one,) = json.loads(result.stdout)["validators"]
    assert only_one["classes"]["all"]["percent"] == 0.0
    assert "the command does not work" in only_one["fault"]


def test_without_a_good_sample_a_kit_cannot_show_that_a_command_works(small):
    result = invoke("run", small[0], "--command", TYPO)
    assert result.exit_code == 0
    assert "nothing shows that a command works" in result.stderr
    result = invoke("run", small[0], "--command", TYPO, "--fail-under", "50")
    assert result.exit_code == 1


@needs_script
def test_verify_agrees_side_by_side_with_one_that_does_not(kit, tmp_path):
    script = next(
        path for path in (call("--version"),) if path.returncode == 0
    )  # the program is there
    assert script.stdout
    verify = (
        "own=provenance verify --format json --trust-anchors {signers}"
        " --tsa-anchors {authorities} --at {at} {}"
    )
    # Each sample starts the program anew, so there are two of them.
    for form, ending in (("json", "json"), ("junit", "xml"), ("html", "html")):
        out = tmp_path / f"out.{ending}"
        result = call(
            "kit",
            "run",
            kit,
            "--only",
            "*/*-on-another*",
            "--command",
            verify,
            "--command",
            f"blind={ACCEPTS}",
            "--format",
            form,
            "--output",
            out,
            env={"PATH": str(sys.prefix) + "/bin"},
        )
        assert result.returncode == 0, result.stderr
        assert result.stdout == b""
    own, blind = json.loads((tmp_path / "out.json").read_text())["validators"]
    assert own["classes"]["all"]["percent"] == 100.0
    assert blind["classes"]["all"]["percent"] == 0.0
    assert own["adapter"] == "provenance"
    suites = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert [suite.get("failures") for suite in suites] == ["0", "2"]
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "<th>own</th>\n<th>blind</th>" in page
    again = invoke("run", kit, "--command", ACCEPTS, "--only", "graft", "--output", out)
    assert again.exit_code == 2
    assert "not an earlier text result" in again.output


@needs_script
def test_samples_that_need_more_are_asked_only_of_commands_that_take_them(kit):
    """Samples in archives and presentations are never counted for who was not asked."""
    verify = (
        "provenance verify --archives --format json --no-bundled-trust --trust-anchors {signers}"
        " --tsa-anchors {authorities} --at {at} {}"
    )
    path = {"PATH": str(sys.prefix) + "/bin"}
    for needed, only in (
        (ValidatorNeed.ARCHIVES, "*/nested*"),
        (ValidatorNeed.PRESENTATIONS, "*/dash-two*"),
    ):
        arguments = ("kit", "run", kit, "--only", only, "--format", "json")
        command = ("--command", f"own={verify}", "--command", f"blind={ACCEPTS}")
        result = call(*arguments, *command, "--takes", f"own={needed}", env=path)
        assert result.returncode == 0, result.stderr
        own, blind = json.loads(result.stdout)["validators"]
        assert {one["result"] for one in own["samples"]} == {"agrees"}
        assert own["not_asked"] == []
        assert {one["result"] for one in blind["samples"]} == {"not scored"}
        assert needed in blind["not_asked"][0]
        assert blind["classes"]["all"]["percent"] is None


def test_samples_that_a_command_was_not_asked_about_are_in_the_table(kit):
    result = invoke("run", kit, "--only", "opened", "--command", ACCEPTS)
    opened = sum(one.group is SampleClass.OPENED for one in SAMPLES)
    line = f"{opened} samples need a validator that opens archives (--takes archives)"
    assert line in result.stdout
    assert result.stdout.splitlines()[1].split() == ["opened", "-"]


def test_kit_make_without_its_extra_says_what_to_install(tmp_path):
    code = (
        "import sys; sys.modules['asn1crypto'] = None\n"
        "from provenance_cli.main import main\n"
        f"main(['kit', 'make', {str(tmp_path / 'x')!r}])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 2
    assert "provenance-verifier[kit]" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "x").exists()


def test_running_a_kit_needs_no_cryptography(kit):
    code = (
        "import sys\nfrom provenance_cli.main import main\n"
        f"main(['kit', 'run', {str(kit)!r}, '--only', 'graft', '--command', {ACCEPTS!r}],"
        " standalone_mode=False)\n"
        "assert not {'cryptography', 'asn1crypto', 'c2pa', 'cbor2', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)
