"""`provenance report`: every output of one ledger, by the program as users call it."""

import ast
import base64
import csv
import io
import json
import os
import re
import stat
import subprocess
import sys

import pytest
from click.testing import CliRunner
from integration.helpers import FIXTURES, call, needs_posix_names, needs_script
from jsonschema import Draft202012Validator
from provenance_cli.main import main
from support.browser import document, needs_browser
from support.each import each
from support.ledgers import HOSTILE_NAMES, copies, entry, failed, judged, moved, write
from support.pages import parsed

from provenance import TrustStore, audit
from provenance.base.text import printable_path
from provenance.render import schemas
from provenance.render.csv_table import original

FORMATS = ("text", "jsonl", "csv", "parquet", "html")
VALIDATOR = Draft202012Validator(json.loads(schemas.schema_text()))


def run(*arguments):
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def good(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    rows = [entry(moved(judged("tampered.png"), name), seen=2) for name in HOSTILE_NAMES]
    rows += [entry(judged("plain.jpg", f"plain-{n}.jpg"), seen=2) for n in range(3)]
    rows += [entry(judged("chain-of-three.jpg", "b"), run=2), entry(failed("c"), run=2)]
    return write(tmp_path_factory.mktemp("report") / "a.ledger", rows, runs=2)


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")

    def load(page, state=""):
        dom, complaints = document(page, folder / "profile", state)
        assert complaints == []
        return dom

    return load


def listed(dom):
    """What the page says of how many files it lists."""
    return re.search(r'<output id="shown"[^>]*>([^<]*)<', dom)[1]


class TestHostileNames:
    """One ledger of names that attack, through every output."""

    def test_are_whole_and_harmless_in_jsonl(self, ledger):
        lines = good(ledger, "--format", "jsonl").decode("ascii").splitlines()
        records = [json.loads(line) for line in lines]
        for record in records:
            VALIDATOR.validate(record)
        found = {
            base64.b64decode(r["asset"]["path_bytes"])
            if "path_bytes" in r["asset"]
            else r["asset"]["path"].encode()
            for r in records
        }
        assert found >= {os.fsencode(name) for name in HOSTILE_NAMES}

    def test_are_whole_and_harmless_in_csv(self, ledger):
        text = good(ledger, "--format", "csv").decode("utf-8")
        lines = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        found = {
            base64.b64decode(line["path_bytes"])
            if line["path_bytes"]
            else original(line["path"]).encode()
            for line in lines
        }
        assert found >= {os.fsencode(name) for name in HOSTILE_NAMES}
        for line in lines:
            for cell in line.values():
                assert cell.lstrip()[:1] not in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
                assert cell == "" or cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"

    def test_are_whole_in_parquet(self, ledger, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
        good(ledger, "--format", "parquet", "--output", tmp_path / "a.parquet")
        table = parquet.read_table(tmp_path / "a.parquet")
        raw = table.column("path_bytes").to_pylist()
        assert set(raw) >= {os.fsencode(name) for name in HOSTILE_NAMES}
        assert table.num_rows == len(HOSTILE_NAMES) + 5

    def test_are_harmless_in_the_summary(self, ledger):
        text = good(ledger).decode("utf-8")
        assert [line for line in text.splitlines() if not line.isprintable()] == []
        assert f"{len(HOSTILE_NAMES) + 5:>12,}  files" in text

    def test_are_whole_and_harmless_in_a_diff(self, ledger, tmp_path):
        other = write(tmp_path / "b.ledger", [], runs=2)
        lines = good("--diff", ledger, other).decode("utf-8").splitlines()
        assert [part for line in lines for part in line.split("\t") if not part.isprintable()] == []
        assert len(lines) == len(HOSTILE_NAMES) + 5 + 2
        made = good("--diff", ledger, other, "--format", "jsonl").decode("ascii").splitlines()
        assert {json.loads(line)["path"] for line in made} >= {
            name for name in HOSTILE_NAMES if name.isascii()
        }
        text = good("--diff", ledger, other, "--format", "csv").decode("utf-8")
        found = {original(x["path"]) for x in csv.DictReader(io.StringIO(text, newline=""))}
        assert found >= {name for name in HOSTILE_NAMES if name.isascii()}

    @needs_browser
    def test_are_whole_and_harmless_in_html(self, ledger, tmp_path, browse):
        page = tmp_path / "a.html"
        good(ledger, "--format", "html", "--output", page)
        dom = browse(page, "unfold=1")
        assert "<title>Audit report: a.ledger</title>" in dom
        total = len(HOSTILE_NAMES) + 5
        assert listed(dom) == f"{total} of {total} files listed"
        body = dom[dom.index("<body") : dom.index('<script type="application/json"')]
        assert not re.search(r"<(img|b|script|iframe)[ >]", body)
        assert re.search(r'<div[^>]*aria-rowindex="2"', body)
        assert "&lt;img src=x onerror=" in body
        assert "RAN" not in re.search(r"<title>(.*?)</title>", dom)[1]

    @needs_browser
    def test_are_harmless_in_html_that_is_filtered_and_opened(self, ledger, tmp_path, browse):
        page = tmp_path / "a.html"
        good(ledger, "--format", "html", "--output", page)
        assert listed(browse(page, "q=%3C%2Fscript")).startswith("1 of ")
        assert listed(browse(page, "flag=broken")).startswith(f"{len(HOSTILE_NAMES)} of ")
        dom = browse(page, "error=asset.missing&sort=size&desc=1&open=0")
        assert listed(dom).startswith("1 of ")
        detail = dom[dom.index('<dialog id="detail"') :]
        detail = detail[: detail.index("</dialog>")]
        assert "open" in detail.partition(">")[0]
        for part in ("Manifests", "active manifest", "Signatures", "Test Signing Organisation"):
            assert part in detail
        assert "assertion.dataHash.mismatch" in detail


@needs_browser
def test_a_page_of_a_hundred_thousand_rows_loads(tmp_path, browse):
    flagged = judged("ai-generated.png")
    plain = judged("plain.jpg")
    names = [f"inbox/{n // 1000:03}/file-{n:06}.jpg" for n in range(100_000)]
    rows = [*copies(plain, names[2000:]), *copies(flagged, names[:2000])]
    page = tmp_path / "a.html"
    good(write(tmp_path / "a.ledger", rows), "--format", "html", "--output", page)
    assert page.stat().st_size < 4 << 20
    dom = browse(page, "q=file-09999&sort=size&desc=1&unfold=1")
    assert listed(dom) == "10 of 100,000 files listed"
    body = dom[dom.index("<body") : dom.index('<script type="application/json"')]
    assert body.count("aria-rowindex") == 11  # the header is one
    dom = browse(page)
    assert listed(dom) == "100,000 of 100,000 files listed"
    assert dom.count("aria-rowindex") < 100  # the rest is space


@needs_posix_names
def test_hostile_names_of_real_files_survive_from_the_disk_to_every_output(tmp_path):
    """Real files under hostile names, audited, then read back from each format."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    data = (FIXTURES / "ai-generated.png").read_bytes()
    names = [os.fsencode(n) for n in HOSTILE_NAMES if len(n) < 200 and "/" not in n]
    deep = os.fsencode(folder)
    while len(deep) < 3700:
        deep += b"/" + b"d" * 200
    os.makedirs(deep)
    paths = [os.fsencode(folder) + b"/" + name for name in names] + [deep + b"/" + b"x" * 100]
    for path in paths:
        with open(path, "wb") as file:
            file.write(data)
    trust = TrustStore.load(anchors=[FIXTURES / "pki" / "anchors.pem"])
    made = tmp_path / "a.ledger"
    reports = list(audit([folder], ledger=made, trust=trust))
    assert len(reports) == len(paths)
    found = set()
    for line in good(made, "--format", "jsonl").decode("ascii").splitlines():
        asset = json.loads(line)["asset"]
        found.add(
            base64.b64decode(asset["path_bytes"])
            if "path_bytes" in asset
            else asset["path"].encode()
        )
    assert found == set(paths)
    text = good(made, "--format", "csv", "--flagged").decode("utf-8")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {
        base64.b64decode(x["path_bytes"]) if x["path_bytes"] else original(x["path"]).encode()
        for x in lines
    } == set(paths)
    html = parsed(good(made, "--format", "html").decode("utf-8"))
    assert {row.path for row in html.rows} == {printable_path(os.fsdecode(path)) for path in paths}
    assert [
        line for line in good(made).decode("utf-8").splitlines() if not line.isprintable()
    ] == []


@pytest.mark.parametrize("form", FORMATS)
def test_report_writes_the_same_bytes_each_time(ledger, form, tmp_path):
    for name in "ab":
        good(ledger, "--format", form, "--output", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    if form != "parquet":
        assert good(ledger, "--format", form) == (tmp_path / "a").read_bytes()


def test_report_selects_by_flag_and_by_run(ledger):
    def paths(*options):
        text = good(ledger, "--format", "csv", *options).decode("utf-8")
        return {line["path"] for line in csv.DictReader(io.StringIO(text, newline=""))}

    assert paths("--since-run", "2") == {"b", "c"}
    assert len(paths("--flagged")) == len(HOSTILE_NAMES)
    assert "Flagged files that were judged in run 2" in good(
        ledger, "--format", "html", "--flagged", "--since-run", "2"
    ).decode("utf-8")


@each(
    ("arguments", "message"),
    [
        ([], "give one LEDGER, or --diff and two of them"),
        (["missing.ledger"], "missing.ledger: no such ledger"),
        ([str(FIXTURES / "plain.jpg")], "cannot be read as a ledger"),
        (["a.ledger", "--diff", "a", "b"], "give one LEDGER, or --diff"),
        (["--diff", "a", "b"], "a: no such ledger"),
        (["--diff", "a", "b", "--format", "html"], "--diff knows the formats text, jsonl, csv"),
        (["--diff", "a", "b", "--flagged"], "do not go with --diff"),
        (["a.ledger", "--max-rows", "5"], "--max-rows goes with --format html"),
        (["a.ledger", "--since-run", "0"], "0 is not in the range"),
        (["a.ledger", "--since-run", "9" * 30], "is not in the range"),
        (["a.ledger", "--format", "xml"], "'xml' is not one of"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not result.stdout_bytes


def test_a_run_that_the_ledger_has_not_is_said(ledger, tmp_path):
    for form in FORMATS:
        target = tmp_path / form
        result = run(ledger, "--since-run", "3", "--format", form, "--output", target)
        assert result.exit_code == 2
        assert result.stderr == f"Error: {ledger} has no run 3: its last one is 2\n"
        assert not target.exists()
    empty = write(tmp_path / "empty.ledger", [], runs=0)
    result = run(empty, "--since-run", "1")
    assert result.stderr == f"Error: {empty} has no run at all\n"


class TestWhatStandsThere:
    """A report takes the place of a report, and of nothing else."""

    @pytest.mark.parametrize("form", FORMATS)
    def test_an_earlier_report_is_replaced(self, ledger, tmp_path, form):
        target = tmp_path / "a"
        target.touch()  # as mktemp does
        good(ledger, "--format", form, "--output", target)
        first = target.read_bytes()
        good(ledger, "--format", form, "--flagged", "--output", target)
        assert first != target.read_bytes() != b""

    @pytest.mark.parametrize("form", ["text", "jsonl", "csv"])
    def test_earlier_differences_are_replaced_by_differences(self, ledger, tmp_path, form):
        other = write(tmp_path / "b.ledger", [], runs=2)
        target = tmp_path / "a"
        arguments = ("--format", form, "--output", target)
        good("--diff", ledger, ledger, *arguments)  # nothing changed
        good("--diff", ledger, other, *arguments)
        first = target.read_bytes()
        good("--diff", ledger, other, *arguments)
        assert target.read_bytes() == first != b""

    @each("form", FORMATS)
    @each(
        "content",
        [
            (FIXTURES / "plain.jpg").read_bytes(),
            b"path,size\na.jpg,3\n",
            b'{"path":"a"}\n',
            b"\xff",
            b"run ",
        ],
    )
    def test_a_file_that_is_no_earlier_result_stays(self, ledger, tmp_path, form, content):
        target = tmp_path / "x1.jpg"
        target.write_bytes(content)
        for asked in ((ledger,), ("--diff", ledger, ledger)):
            if form in {"parquet", "html"} and len(asked) > 1:
                continue
            result = run(*asked, "--format", form, "--output", target)
            assert result.exit_code == 2
            assert result.stderr.startswith(f"Error: --output {target}: ")
            assert result.stderr.endswith(f"not an earlier {form} result; name a new file\n")
            assert target.read_bytes() == content

    def test_a_report_of_another_format_stays(self, ledger, tmp_path):
        target = tmp_path / "a"
        made = {}
        for form in FORMATS:
            target.unlink(missing_ok=True)
            good(ledger, "--format", form, "--output", target)
            made[form] = target.read_bytes()
        for there, content in made.items():
            for form in FORMATS:
                target.write_bytes(content)
                code = run(ledger, "--format", form, "--output", target).exit_code
                assert code == (0 if form == there else 2), (there, form)

    @needs_posix_names
    def test_a_device_is_written_as_it_is(self, ledger):
        good(ledger, "--output", os.devnull)
        assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_the_ledger_is_never_written_over(ledger):
    before = ledger.read_bytes()
    result = run(ledger, "--format", "csv", "--output", ledger)
    assert result.exit_code == 2
    assert "is an input of this command" in result.stderr
    assert ledger.read_bytes() == before


def test_a_report_is_written_whole_or_not_at_all(ledger, tmp_path):
    result = run(ledger, "--format", "csv", "--output", tmp_path / "none" / "a.csv")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    target = tmp_path / "a.jsonl"
    older = b'{"schema_version":"older'
    target.write_bytes(older)
    damaged = list(entry(judged("plain.jpg", "a")))
    damaged[-1] = "{"
    result = run(
        write(tmp_path / "x.ledger", [tuple(damaged)]), "--format", "jsonl", "--output", target
    )
    assert result.exit_code == 2
    assert "the record of a is damaged" in result.stderr
    assert target.read_bytes() == older
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "x.ledger"]


def test_parquet_without_pyarrow_names_the_extra(ledger, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run(ledger, "--format", "parquet", "--output", tmp_path / "a.parquet")
    assert result.exit_code == 2
    assert "pip install 'provenance-verifier[parquet]'" in result.stderr
    assert not list(tmp_path.iterdir())


@needs_script
def test_a_closed_pipe_is_no_traceback(ledger):
    import subprocess

    from integration.helpers import script

    with subprocess.Popen(
        [script(), "report", str(ledger), "--format", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@needs_script
def test_memory_of_a_report_does_not_grow_with_the_rows(tmp_path):
    """The same peak for ten times the rows, some room for noise aside."""
    peaks = []
    for count in (3000, 30_000):
        names = [f"inbox/{n:06}.jpg" for n in range(count)]
        path = write(tmp_path / f"{count}.ledger", copies(judged("ai-generated.png"), names))
        code = (
            "import resource, sys\n"
            "from provenance_cli.main import main\n"
            "try:\n    main(sys.argv[1:])\n"
            "finally:\n"
            "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
        )
        for form in ("csv", "jsonl"):
            arguments = ["report", path, "--format", form, "--output", tmp_path / f"{count}.{form}"]
            peaks.append((form, measured(code, arguments)))
    pytest.importorskip("resource", reason="this system does not tell")
    for form in ("csv", "jsonl"):
        small, large = (peak for name, peak in peaks if name == form)
        assert large < small * 1.2


def measured(code, arguments):
    import subprocess

    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, check=True
    )
    return int(run.stderr.split()[-1])


def test_help_of_report_loads_no_renderer():
    code = (
        "import contextlib, sys\nfrom provenance_cli.main import main\n"
        "with contextlib.suppress(SystemExit):\n    main(['report', '--help'])\n"
        "from provenance.base.lazily import executed\n"
        "print([m for m in sys.modules if m.startswith('provenance.') and executed(m)])"
    )
    made = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    said, _, loaded = made.stdout.strip().rpartition("\n")
    assert "--diff" in said
    modules = [name for name in ast.literal_eval(loaded) if ".base" not in name]
    assert modules == ["provenance.render.formats"]


class TestList:
    """Paths alone, exactly as they are, for other programs."""

    def lines(self, path, *more):
        made = call("report", path, "--list", *more)
        assert made.returncode == 0, made.stderr
        return made.stdout

    def test_prints_the_files_of_a_selection(self):
        june = FIXTURES / "audit" / "june.ledger"
        flagged = self.lines(june, "flagged").splitlines()
        assert flagged == sorted(flagged)
        assert len(flagged) == 5
        assert b"inbox/plain.jpg" not in flagged
        assert self.lines(june, "errors") == b"inbox/locked.jpg\n"
        assert len(self.lines(june, "all").splitlines()) == 9
        assert self.lines(june, "errors", "-0") == b"inbox/locked.jpg\0"

    def test_a_line_break_in_a_path_needs_nul(self, tmp_path):
        path = write(tmp_path / "a.ledger", [entry(moved(judged("plain.jpg"), "a\nb.jpg"))])
        made = call("report", path, "--list", "all")
        assert made.returncode == 2
        assert b"give -0" in made.stderr
        assert self.lines(path, "all", "-0") == b"a\nb.jpg\0"

    def test_goes_with_no_other_format(self):
        june = FIXTURES / "audit" / "june.ledger"
        assert call("report", june, "-0").returncode == 2
        assert call("report", june, "--list", "all", "--format", "csv").returncode == 2
