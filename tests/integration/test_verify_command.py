"""`provenance verify`, as it is called: a process of its own, its output, its exit code."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest
from click.testing import CliRunner
from integration.helpers import (
    AT,
    FIXTURES,
    ROOT,
    TRUST,
    call,
    fixture_files,
    has_fifo,
    needs_posix_names,
    needs_script,
    records,
    script,
)
from provenance_cli.main import main
from support.each import each
from unit.kit.made import PKI

from provenance.base.text import LIMIT
from provenance.kit.films import fragmented
from provenance.kit.sample import Bench
from provenance.kit.writer import sign_fragments
from provenance.verdict.assess import CAPTURE as CAPTURE_SENTENCE

pytestmark = needs_script
AI = FIXTURES / "ai-generated.png"
BROKEN = FIXTURES / "grafted.jpg"
UNREADABLE = FIXTURES / "truncated-capture.jpg"
PLAIN = FIXTURES / "plain.jpg"
CAPTURE = FIXTURES / "capture.jpg"
needs_fifo = pytest.mark.skipif(not has_fifo(), reason="this system has no FIFOs")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


@pytest.fixture
def inbox(tmp_path):
    """A folder with two files and one below it, and nothing else."""
    folder = tmp_path / "inbox"
    (folder / "below").mkdir(parents=True)
    shutil.copy(AI, folder / "a.png")
    shutil.copy(PLAIN, folder / "b.jpg")
    shutil.copy(CAPTURE, folder / "below" / "c.jpg")
    return folder


def in_process(*arguments):
    """Run within this process, which is quicker; return the exit code and the records."""
    result = CliRunner().invoke(main, ["verify", *map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.stderr == ""
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def listing(folder):
    """Everything below a folder, as it was left."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            path.lstat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted([folder, *folder.rglob("*")])
    }


class TestFormats:
    def test_text_has_headline_reasons_and_tree(self):
        result = call("verify", FIXTURES / "chain-of-three.jpg", *TRUST)
        assert result.returncode == 0
        lines = result.stdout.decode().splitlines()
        assert lines[0] == str(FIXTURES / "chain-of-three.jpg")
        assert lines[1].startswith("  captured by a camera")
        assert lines[2] == "  verified signer on your own list; not altered since it was signed"
        assert f"  - {CAPTURE_SENTENCE}" in lines
        assert "  Test Signing Organisation: intact" in lines
        assert any("└─ made from: Test Camera Maker: intact" in line for line in lines), lines
        assert result.stderr == b""

    def test_an_unknown_origin_comes_with_the_sentence(self):
        for name in ("plain.jpg", "self-signed-capture.jpg", "remote-only.jpg"):
            said = call("verify", FIXTURES / name, *TRUST).stdout.decode()
            assert "origin unknown" in said
            assert "Absence of evidence is not evidence of anything." in said

    def test_no_output_says_authentic_genuine_or_real(self):
        said = call("verify", *(FIXTURES / n for n in fixture_files()), *TRUST).stdout.decode()
        said = said.replace("a real person", "")
        assert not re.search(r"\b(authentic|genuine|real|human-made)\b", said, re.IGNORECASE)

    def test_an_input_is_in_the_headline(self):
        said = call("verify", FIXTURES / "generated-from-photo.png", *TRUST).stdout.decode()
        assert "it may show or imitate a real person" in said.splitlines()[2]

    def test_json_of_one_file_is_an_object(self):
        result = call("verify", AI, "--format", "json", *TRUST)
        record = json.loads(result.stdout)
        assert record["verdict"]["origin"] == "ai_generated"
        assert record["environment"]["validation_time"] == AT
        assert record["environment"]["network"] == "off"

    def test_json_of_several_is_an_array(self, inbox, tmp_path):
        names = tmp_path / "names"
        names.write_text(f"{AI}\n", encoding="utf-8")
        empty = tmp_path / "empty"
        empty.mkdir()
        for arguments, count in (
            ((AI, PLAIN), 2),
            (("--files-from", names), 1),
            (("-r", inbox), 3),
            (("-r", empty), 0),
        ):
            made = json.loads(call("verify", "--format", "json", *arguments).stdout)
            assert isinstance(made, list)
            assert len(made) == count

    def test_jsonl_is_one_record_a_line(self):
        result = call("verify", "--format", "jsonl", AI, PLAIN, "missing.jpg")
        made = records(result)
        assert [bool(r["error"]) for r in made] == [False, False, True]
        assert result.stdout.isascii()

    def test_every_machine_format_has_the_same_records(self):
        lines = records(call("verify", "--format", "jsonl", AI, PLAIN, *TRUST))
        assert json.loads(call("verify", "--format", "json", AI, PLAIN, *TRUST).stdout) == lines

    def test_quiet_is_one_line_a_file(self):
        result = call("verify", "--quiet", AI, PLAIN, "missing.jpg", *TRUST)
        rows = [line.split("\t") for line in result.stdout.decode().splitlines()]
        assert rows == [
            ["ai_generated", "verified_private", "ai", "ai", str(AI)],
            ["unknown", "none", "-", "-", str(PLAIN)],
            ["error", "asset.missing", "-", "-", "missing.jpg"],
        ]

    def test_quiet_has_what_the_policy_flags_in_a_column_of_its_own(self):
        remote, plain = FIXTURES / "remote-only.jpg", PLAIN
        policy = FIXTURES / "policy.toml"
        result = call("verify", "--quiet", "--policy", policy, remote, plain, *TRUST)
        rows = [line.split("\t") for line in result.stdout.decode().splitlines()]
        assert rows == [
            ["unknown", "none", "remote_only", "must_be_signed", str(remote)],
            ["unknown", "none", "-", "must_be_signed", str(plain)],
        ]

    def test_verbose_is_text_with_everything(self):
        said = call("verify", "-v", PLAIN).stdout.decode()
        assert "[origin.absent]" in said
        for more in (("--quiet",), ("--format", "json")):
            assert call("verify", "--verbose", PLAIN, *more).returncode == 2

    def test_several_files_end_with_a_summary_and_lines_do_not(self):
        said = call("verify", AI, PLAIN, "missing.jpg").stdout.decode()
        assert said.splitlines()[-3] == "3 files: 1 AI-generated, 1 origin unknown"
        assert "files" not in call("verify", AI).stdout.decode()
        assert len(call("verify", "-q", AI, PLAIN).stdout.splitlines()) == 2

    def test_the_short_name_of_the_program_is_verify(self):
        assert call(AI, *TRUST, program="verify").stdout == call("verify", AI, *TRUST).stdout

    def test_the_same_files_give_the_same_bytes_every_time(self):
        names = [FIXTURES / name for name in ("chain-of-three.jpg", "hostile-strings.jpg")]
        runs = {
            call("verify", *names, "--format", "json", *TRUST, env={"PYTHONHASHSEED": seed}).stdout
            for seed in ("0", "1", "2", "3")
        }
        assert len(runs) == 1


class TestFiles:
    def test_several_files_come_in_the_order_given(self):
        made = records(call("verify", "--format", "jsonl", PLAIN, AI, BROKEN))
        assert [r["asset"]["path"] for r in made] == [str(PLAIN), str(AI), str(BROKEN)]

    def test_a_folder_is_walked_where_asked(self, inbox):
        made = records(call("verify", "-r", "--format", "jsonl", inbox))
        below = [os.path.relpath(r["asset"]["path"], inbox) for r in made]
        assert below == ["a.png", "b.jpg", os.path.join("below", "c.jpg")]

    def test_a_walk_of_folders_takes_files_too(self, inbox):
        made = records(call("verify", "--recursive", "--format", "jsonl", PLAIN, inbox))
        assert len(made) == 4

    def test_names_are_read_from_a_list(self, inbox, tmp_path):
        names = tmp_path / "names"
        names.write_bytes(b"a.png\r\n\nbelow/c.jpg")  # from Windows, an empty line, no last end
        made = records(call("verify", "--format", "jsonl", "--files-from", names, cwd=inbox))
        assert [r["asset"]["path"] for r in made] == ["a.png", "below/c.jpg"]

    def test_names_are_read_from_a_list_on_standard_input(self, inbox):
        made = records(
            call("verify", "--format", "jsonl", "--files-from", "-", data=b"b.jpg\n", cwd=inbox)
        )
        assert [r["asset"]["path"] for r in made] == ["b.jpg"]

    def test_names_may_come_from_a_list_and_the_command_line(self, inbox):
        made = records(
            call(
                "verify",
                "--format",
                "jsonl",
                "a.png",
                "--files-from",
                "-",
                data=b"b.jpg\n",
                cwd=inbox,
            )
        )
        assert [r["asset"]["path"] for r in made] == ["a.png", "b.jpg"]

    def test_an_empty_list_of_names_is_no_records(self):
        result = call("verify", "--format", "jsonl", "--files-from", "-", data=b"")
        assert (result.returncode, result.stdout) == (0, b"")

    @needs_posix_names
    @pytest.mark.parametrize("option", ["-0", "--null"])
    def test_names_with_line_breaks_are_taken_and_escaped(self, inbox, option):
        odd = "two\nlines\r.jpg"
        shutil.copy(PLAIN, inbox / odd)
        data = b"a.png\0" + os.fsencode(odd) + b"\0"
        arguments = ("verify", option, "--files-from", "-")
        made = records(call(*arguments, "--format", "jsonl", data=data, cwd=inbox))
        assert [r["asset"]["path"] for r in made] == ["a.png", odd]
        assert [r for r in made if r["error"] is not None] == []
        quiet = call(*arguments, "--quiet", data=data, cwd=inbox).stdout.decode()
        assert len(quiet.splitlines()) == 2
        assert "two\\x0alines\\x0d.jpg" in quiet

    def test_standard_input_is_judged_as_the_file_is(self):
        made = json.loads(call("verify", "-", "--format", "json", data=AI.read_bytes()).stdout)
        assert made["asset"]["path"] == "-"
        assert made["asset"]["sha256"] == hashlib.sha256(AI.read_bytes()).hexdigest()
        assert made["verdict"]["origin"] == "ai_generated"

    def test_standard_input_may_come_among_files(self):
        result = call("verify", "--format", "jsonl", PLAIN, "-", data=CAPTURE.read_bytes())
        assert [r["asset"]["path"] for r in records(result)] == [str(PLAIN), "-"]

    def test_empty_standard_input_is_an_empty_file(self):
        (made,) = records(call("verify", "-", "--format", "jsonl", data=b""))
        assert made["verdict"]["origin"] == "unknown"
        assert made["asset"]["size"] == 0

    def test_standard_input_is_never_judged_in_part(self, monkeypatch):
        monkeypatch.setattr("provenance_cli.verify._MAX_STDIN", 3000)
        arguments = ["verify", "--format", "jsonl", "-", str(CAPTURE)]
        result = CliRunner().invoke(main, arguments, input=CAPTURE.read_bytes())
        piped, named = map(json.loads, result.stdout.splitlines())
        assert piped["error"]["code"] == "asset.too_large"
        assert named["error"] is None  # the bound is that of standard input

    @needs_posix_names
    def test_names_that_are_not_text_are_kept_as_bytes(self, inbox):
        raw = b"caf\xe9\xff.jpg"
        with open(os.path.join(os.fsencode(inbox), raw), "wb") as file:
            file.write(PLAIN.read_bytes())
        (made,) = records(call("verify", os.fsdecode(raw), "--format", "jsonl", cwd=inbox))
        assert base64.b64decode(made["asset"]["path_bytes"]) == raw
        assert made["asset"]["path"] == "caf\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.jpg"
        for form in ("--quiet", "--format=text"):
            assert b"caf\\xe9\\xff.jpg" in call("verify", os.fsdecode(raw), form, cwd=inbox).stdout
        (fine,) = records(call("verify", "a.png", "--format", "jsonl", cwd=inbox))
        assert "path_bytes" not in fine["asset"]

    @posix
    def test_verify_writes_nothing(self, inbox):
        shutil.copy(FIXTURES / "plain-for-sidecar.jpg", inbox)
        shutil.copy(FIXTURES / "plain-for-sidecar.c2pa", inbox)
        before = listing(inbox)
        home = inbox.parent / "home"
        home.mkdir()
        env = {"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home)}
        for form in ("text", "json"):
            call("verify", "-r", inbox, "--format", form, cwd=inbox, env=env)
        call("verify", "-", data=AI.read_bytes(), cwd=inbox, env=env)
        assert listing(inbox) == before
        assert list(home.iterdir()) == []


class TestOptions:
    def test_further_digests_are_recorded_by_name(self):
        data = PLAIN.read_bytes()
        result = call("verify", PLAIN, "--hash", "md5,SHA1, sha512", "--format", "json")
        asset = json.loads(result.stdout)["asset"]
        assert asset["hashes"] == {
            "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
            "sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
            "sha512": hashlib.sha512(data).hexdigest(),
        }
        assert asset["sha256"] == hashlib.sha256(data).hexdigest()
        said = call("verify", PLAIN, "--hash", "md5").stdout.decode()
        assert f"  md5        {asset['hashes']['md5']}" in said.splitlines()
        only = json.loads(call("verify", PLAIN, "--hash", "sha256", "--format", "json").stdout)
        assert "hashes" not in only["asset"]

    def test_the_validation_time_is_recorded_in_utc(self):
        made = json.loads(
            call("verify", PLAIN, "--format", "json", "--at", "2026-06-01T02:00:00+02:00").stdout
        )
        assert made["environment"]["validation_time"] == "2026-06-01T00:00:00Z"

    def test_the_validation_time_decides_what_has_expired(self):
        for at, status, assurance in (
            (AT, "current", "verified_private"),
            ("2050-01-01T00:00:00Z", "expired", "signed"),
        ):
            made = json.loads(call("verify", AI, "--format", "json", *TRUST[:2], "--at", at).stdout)
            assert made["axes"]["time"] == status
            assert made["axes"]["integrity"] == "intact"
            assert made["verdict"]["assurance"] == assurance

    def test_a_neighbouring_sidecar_is_used_and_named(self):
        made = json.loads(
            call("verify", FIXTURES / "plain-for-sidecar.jpg", "--format", "json", *TRUST).stdout
        )
        assert made["credentials"]["location"] == "sidecar"
        assert made["credentials"]["sidecar"] == str(FIXTURES / "plain-for-sidecar.c2pa")
        assert made["axes"]["integrity"] == "intact"

    def test_a_named_sidecar_is_used(self, tmp_path):
        media = shutil.copy(FIXTURES / "plain-for-sidecar.jpg", tmp_path / "renamed.jpg")
        side = FIXTURES / "plain-for-sidecar.c2pa"
        alone = json.loads(call("verify", media, "--format", "json", *TRUST).stdout)
        assert alone["credentials"]["status"] == "absent"
        result = call("verify", media, "--sidecar", side, "--format", "json", *TRUST)
        made = json.loads(result.stdout)
        assert (made["credentials"]["status"], made["axes"]["integrity"]) == ("present", "intact")
        assert result.returncode == 3

    def test_a_named_sidecar_of_other_bytes_is_a_mismatch(self):
        side = FIXTURES / "plain-for-sidecar.c2pa"
        made = json.loads(
            call("verify", PLAIN, "--sidecar", side, "--format", "json", *TRUST).stdout
        )
        assert made["axes"]["integrity"] == "broken"

    def test_a_named_sidecar_that_does_not_exist_is_an_error(self):
        result = call("verify", PLAIN, "--sidecar", "missing.c2pa", "--format", "json")
        assert result.returncode == 1
        assert json.loads(result.stdout)["error"] is not None

    def test_a_pattern_of_fragments_that_fits_nothing_is_wrong_usage(self):
        result = call("verify", FIXTURES / "clip.mp4", "--fragments", "nothing-*.m4s")
        assert result.returncode == 2
        assert result.stdout == b""
        assert len(result.stderr.splitlines()) == 1

    @pytest.mark.parametrize(
        "patterns", [["seg-*"], ["seg-[0].m4s", "seg-1.m4s", "seg-?.m4s"]], ids=["one", "several"]
    )
    def test_fragments_by_pattern_and_by_name(self, inbox, patterns):
        """Names that look like patterns are names where such a file is there."""
        bench = Bench(PKI, "fragments")
        init, *segments = sign_fragments(fragmented(fragments=3), bench.manifest())
        (inbox / "clip.mp4").write_bytes(init)
        for name, data in zip(("seg-[0]", "seg-1", "seg-2"), segments, strict=True):
            (inbox / f"{name}.m4s").write_bytes(data)
        named = [word for p in patterns for word in ("--fragments", inbox / p)]
        made = json.loads(call("verify", inbox / "clip.mp4", *named, "--format", "json").stdout)
        assert made["axes"]["integrity"] == "intact"

    def test_fragments_come_in_the_order_of_their_numbers(self, inbox):
        init, *segments = sign_fragments(fragmented(fragments=12), Bench(PKI, "many").manifest())
        (inbox / "clip.mp4").write_bytes(init)
        for number, data in enumerate(segments, 1):
            (inbox / f"seg-{number}.m4s").write_bytes(data)
        named = ("--fragments", inbox / "seg-*", "--format", "json")
        made = json.loads(call("verify", inbox / "clip.mp4", *named).stdout)
        assert made["axes"]["integrity"] == "intact"

    def test_fragments_of_another_film_do_not_pass(self, inbox):
        shutil.copy(FIXTURES / "clip.mp4", inbox)
        result = call(
            "verify", inbox / "clip.mp4", "--fragments", inbox / "b.*", "--format", "json", *TRUST
        )
        made = json.loads(result.stdout)
        assert made["axes"]["integrity"] == "unchecked"
        assert "binding.unchecked" in [finding["code"] for finding in made["findings"]]

    @pytest.mark.parametrize(("size", "code"), [("1K", 1), ("1", 1), ("3795", 0), ("4k", 0)])
    def test_max_size_refuses_larger_files(self, size, code):
        result = call("verify", CAPTURE, "--max-size", size, "--format", "json", *TRUST)
        assert result.returncode == code
        error = json.loads(result.stdout)["error"]
        assert (error["code"] if error else None) == ("asset.too_large" if code else None)

    def test_max_size_refuses_more_of_standard_input(self):
        result = call("verify", "-", "--max-size", "1K", data=bytes(1025))
        assert result.returncode == 1
        assert call("verify", "-", "--max-size", "1K", data=bytes(1024)).returncode == 0

    def test_personal_data_only_when_asked_for(self):
        quiet = call("verify", CAPTURE, "--format", "json", *TRUST).stdout
        assert b"[title withheld]" in quiet
        shown = call("verify", CAPTURE, "--format", "json", "--show-personal-data", *TRUST).stdout
        assert b"withheld" not in shown

    def test_without_bundled_trust_only_named_lists_count(self):
        arguments = ("verify", AI, "--format", "json", "--no-bundled-trust")
        assert json.loads(call(*arguments).stdout)["environment"]["trust_lists"] == []
        lists = json.loads(call(*arguments, *TRUST).stdout)["environment"]["trust_lists"]
        assert [item["tier"] for item in lists] == ["private"]

    def test_help_has_an_example(self):
        for option in ("-h", "--help"):
            result = call("verify", option)
            assert result.returncode == 0
            assert b"Example: provenance verify" in result.stdout


class TestExitCodes:
    @each(
        ("names", "code"),
        [
            ((PLAIN,), 0),
            ((FIXTURES / "remote-only.jpg",), 0),
            ((CAPTURE,), 0),
            (("missing.jpg",), 1),
            ((PLAIN, "missing.jpg"), 1),
            ((UNREADABLE,), 5),
            ((UNREADABLE, "missing.jpg"), 5),
            ((BROKEN,), 4),
            ((BROKEN, UNREADABLE, "missing.jpg"), 4),
            ((AI,), 3),
            ((FIXTURES / "ai-edited.jpg",), 3),
            ((FIXTURES / "revoked.jpg",), 3),
            ((PLAIN, "missing.jpg", UNREADABLE, BROKEN, AI), 3),
        ],
    )
    def test_the_exit_code_is_that_of_the_file_that_weighs_most(self, names, code):
        assert call("verify", "--quiet", *names, *TRUST).returncode == code

    @each(
        ("names", "code"),
        [
            ((AI,), 0),
            ((BROKEN,), 0),
            ((UNREADABLE,), 0),
            (("missing.jpg",), 1),
            ((AI, "missing.jpg"), 1),
            (("missing.jpg", BROKEN, UNREADABLE), 1),
        ],
    )
    def test_exit_zero_drops_all_but_errors(self, names, code):
        assert call("verify", "--quiet", "--exit-zero", *names).returncode == code

    def test_what_a_policy_demands_counts_whatever_the_format(self):
        policy = ("--policy", FIXTURES / "policy.toml")
        for form in ("text", "json", "crjson"):
            assert call("verify", "--format", form, *policy, PLAIN).returncode == 5

    @each("name", fixture_files())
    def test_every_sample_by_the_flags_of_its_record(self, name):
        code, (made,) = in_process("--format", "jsonl", FIXTURES / name, *TRUST)
        flagged = set(made["flagged"])
        if "ai" in flagged:
            expected = 3
        elif flagged & {"broken", "revoked"}:
            expected = 4
        else:
            expected = 5 if flagged else 0
        assert code == expected


class TestWhatCannotBeExamined:
    def judged(self, *names, cwd=ROOT):
        """Judge with a good file at the end, which must come through whatever stands before it."""
        result = call("verify", "--format", "jsonl", *names, PLAIN, cwd=cwd)
        assert result.returncode == 1
        *made, last = records(result)
        assert last["verdict"]["origin"] == "unknown"
        assert len(made) == len(names)
        assert [r for r in made if r["verdict"] is not None] == []
        assert b"Traceback" not in result.stderr
        return [r["error"]["code"] for r in made]

    def test_a_missing_file_has_a_record_with_the_error(self):
        assert self.judged("missing.jpg", "") == ["asset.missing", "asset.missing"]

    def test_a_directory_that_is_not_walked_has_a_record_with_the_error(self, inbox):
        assert self.judged(inbox) == ["asset.not_regular"]

    @pytest.mark.skipif(
        os.name != "posix" or os.geteuid() == 0, reason="root and Windows may read everything"
    )
    def test_an_unreadable_file_has_a_record_with_the_error(self, inbox):
        (inbox / "a.png").chmod(0)
        assert self.judged(inbox / "a.png") == ["asset.unreadable"]

    @posix
    def test_a_loop_of_links_has_a_record_with_the_error(self, inbox):
        (inbox / "loop").symlink_to("loop")
        (inbox / "dangling").symlink_to("nowhere")
        assert self.judged(inbox / "loop", inbox / "dangling") == [
            "asset.unreadable",
            "asset.missing",
        ]

    @needs_fifo
    def test_a_fifo_does_not_hang(self, inbox):
        os.mkfifo(inbox / "fifo")
        assert self.judged(inbox / "fifo") == ["asset.not_regular"]
        result = call("verify", "-r", "--format", "jsonl", inbox)
        assert sum(r["verdict"] is None for r in records(result)) == 1

    @needs_fifo
    def test_a_device_has_a_record_with_the_error(self):
        assert self.judged("/dev/zero", "/dev/null") == ["asset.not_regular"] * 2

    @each(
        "data",
        [
            b"",
            b"\0",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            hashlib.shake_256(b"noise").digest(100_000),
            AI.read_bytes()[:1000],
            CAPTURE.read_bytes()[:-1000],
            (FIXTURES / "clip.mp4").read_bytes()[:3000],
            b"RIFF\xff\xff\xff\xffWEBP",
        ],
        ids=["empty", "nul", "png", "jpeg", "noise", "half png", "half jpeg", "half mp4", "riff"],
    )
    @each("name", ["file.jpg", "file.mp4", "file.c2pa", "file"])
    def test_rubbish_of_every_kind_is_judged(self, tmp_path, data, name):
        (tmp_path / name).write_bytes(data)
        code, (made,) = in_process("--format", "jsonl", tmp_path / name)
        assert made["error"] is None
        assert made["verdict"]["origin"] == "unknown" or data.startswith((b"\x89PNG", b"\xff\xd8"))
        assert code in {0, 3, 4, 5}

    def test_a_file_is_judged_by_content_and_not_by_name(self, tmp_path):
        for name in ("x.mp3", "x", "x.txt"):
            shutil.copy(AI, tmp_path / name)
            (made,) = records(call("verify", "--format", "jsonl", tmp_path / name, *TRUST))
            assert made["asset"]["media_type"] == "image/png"
            assert made["verdict"]["assurance"] == "verified_private"


class TestWrongUsage:
    @each(
        "arguments",
        [
            (),
            ("--nonsense", PLAIN),
            ("--format", "xml", PLAIN),
            ("--hash", "crc32", PLAIN),
            ("--at", "yesterday", PLAIN),
            ("--at", "2026-06-01", PLAIN),
            ("--at", "2026-06-01T00:00:00", PLAIN),
            ("--max-size", "0", PLAIN),
            ("--max-size", "-1", PLAIN),
            ("--max-size", "10X", PLAIN),
            ("-0", PLAIN),
            ("--files-from", "-", "-"),
            ("--files-from", "missing-list"),
            ("--sidecar", PLAIN, PLAIN, AI),
            ("--fragments", "*", PLAIN, AI),
            ("--trust-anchors", "missing.pem", PLAIN),
            ("--trust-anchors", FIXTURES, PLAIN),
            ("--trust-anchors", PLAIN, PLAIN),
            ("--trust-anchors", FIXTURES / "README.md", PLAIN),
            ("--tsa-anchors", FIXTURES / "pki" / "root.key", PLAIN),
        ],
        ids=lambda arguments: " ".join(os.path.basename(a) for a in arguments) or "nothing",
    )
    def test_exit_2_and_nothing_on_stdout(self, arguments):
        result = call("verify", *arguments)
        assert result.returncode == 2
        assert result.stdout == b""
        said = result.stderr.decode().splitlines()
        assert said[-1].startswith("Error: ")
        assert "Traceback" not in result.stderr.decode()

    @each("content", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n", "nonsense"])
    @each("option", ["--trust-anchors", "--tsa-anchors"])
    @each("form", ["text", "json", "jsonl"])
    def test_broken_anchors_are_one_line(self, tmp_path, content, option, form):
        path = tmp_path / "anchors.pem"
        path.write_text(content, encoding="utf-8")
        result = call("verify", option, path, "--format", form, AI, PLAIN)
        assert result.returncode == 2
        assert result.stdout == b""
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith(b"Error: ")
        assert b"anchors.pem" in result.stderr

    @pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN X509 CRL-----\n"])
    def test_a_broken_revocation_list_is_one_line(self, tmp_path, content):
        path = tmp_path / "list.crl"
        path.write_bytes(content)
        for arguments in ((path,), (path, "--format", "json")):
            result = call("verify", AI, "--crl", *arguments)
            assert (result.returncode, result.stdout) == (2, b"")
            assert len(result.stderr.splitlines()) == 1
            assert b"list.crl" in result.stderr

    def test_one_broken_file_of_anchors_ends_the_run(self, tmp_path):
        path = tmp_path / "broken.pem"
        path.write_text("-----BEGIN CERTIFICATE-----\n", encoding="utf-8")
        result = call("verify", *TRUST, "--trust-anchors", path, PLAIN)
        assert (result.returncode, result.stdout) == (2, b"")


class TestTerminal:
    def on_terminal(self, *arguments, env=None):
        """Run with standard output on a pseudo-terminal; return what arrives there."""
        pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
        main, other = pty.openpty()
        kept = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR"}}
        with subprocess.Popen(
            [script(), *map(os.fspath, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=other,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**kept, "TERM": "xterm-256color", "PYTHONUTF8": "1", **(env or {})},
        ) as process:
            os.close(other)
            made = b""
            while True:
                try:
                    chunk = os.read(main, 65536)
                except OSError:  # Linux: the other end is closed
                    break
                if not chunk:
                    break
                made += chunk
            process.wait(timeout=60)
        os.close(main)
        return made

    def test_colour_on_a_terminal(self):
        said = self.on_terminal("verify", AI, *TRUST, env={"COLUMNS": "500"})
        assert b"\x1b[1;31mAI-GENERATED" in said
        assert re.sub(rb"\x1b\[[0-9;]*m", b"", said).replace(b"\r\n", b"\n") == (
            call("verify", AI, *TRUST, env={"PYTHONUTF8": "1"}).stdout
        )

    def test_no_word_is_broken_at_the_edge(self):
        said = self.on_terminal("verify", AI, *TRUST, env={"COLUMNS": "60"})
        narrow = re.sub(rb"\x1b\[[0-9;]*m", b"", said).replace(b"\r\n", b"\n")
        assert narrow.split() == call("verify", AI, *TRUST).stdout.split()
        whole = call("verify", AI, *TRUST).stdout
        assert len(narrow.splitlines()) > len(whole.splitlines())

    @pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_no_colour_where_it_is_not_wanted(self, env):
        assert b"\x1b" not in self.on_terminal("verify", AI, *TRUST, env=env)

    def test_no_colour_in_records(self):
        assert b"\x1b" not in self.on_terminal("verify", AI, "--format", "json", *TRUST)

    def test_hostile_text_stays_inert_on_a_terminal(self):
        said = self.on_terminal("verify", FIXTURES / "hostile-strings.jpg", *TRUST)
        left = re.sub(rb"\x1b\[[0-9;]*m", b"", said)
        assert b"\x1b" not in left
        assert {c for c in left if c < 32} <= {10, 13}

    def test_no_colour_through_a_pipe(self):
        for env in ({}, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}):
            assert b"\x1b" not in call("verify", AI, *TRUST, env=env).stdout

    @pytest.mark.parametrize("form", [("--quiet",), ("--format", "text"), ("--format", "json")])
    def test_ascii_where_the_output_knows_no_more(self, form):
        env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
        result = call("verify", FIXTURES / "hostile-strings.jpg", *form, *TRUST, env=env)
        assert result.returncode == 3
        assert result.stdout.isascii()
        assert result.stderr == b""

    @posix
    @pytest.mark.parametrize("form", ["text", "json", "jsonl"])
    def test_a_closed_pipe_is_no_fault(self, form):
        kept = dict(os.environ)
        with subprocess.Popen(
            [script(), "verify", "-r", str(FIXTURES), "--format", form, *TRUST],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=kept,
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.readline()
            process.stdout.close()
            said = process.stderr.read()
            process.wait(timeout=60)
        assert said == b""
        assert process.returncode >= 0


def test_long_values_are_cut_in_every_output():
    (made,) = records(
        call(
            "verify",
            FIXTURES / "hostile-strings.jpg",
            "--format",
            "jsonl",
            "--show-personal-data",
            *TRUST,
        )
    )
    title = made["credentials"]["manifests"][0]["title"]
    assert len(title) == LIMIT
    assert title.endswith("…")
