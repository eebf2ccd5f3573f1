"""`provenance verify`: lists, folders without access, missing fragments, the headline."""

import json
import os
import shutil

import pytest
from click.testing import CliRunner
from integration.helpers import FIXTURES, TRUST
from provenance_cli.main import main
from support.each import each
from support.fixture import CAPTURE, label
from support.writer import Manifest

from provenance.kit.claims import created
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file

TYPES = CAPTURE.rpartition("/")[0]
PLAIN = FIXTURES / "plain.jpg"


def run(*arguments, data=None):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)], input=data)


def headline(*arguments):
    """The second line of the text format."""
    return run(*arguments, *TRUST).stdout.splitlines()[1].strip()


class TestLists:
    @each("end", ["\n", "\r\n", ""])
    @each("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "mark"])
    def test_a_byte_order_mark_is_no_part_of_a_name(self, tmp_path, mark, end):
        names = tmp_path / "names"
        names.write_bytes(mark + f"{PLAIN}{end}".encode())
        result = run("--quiet", "--files-from", names)
        assert (result.exit_code, result.stdout) == (0, f"unknown\tnone\t-\t-\t{PLAIN}\n")

    @pytest.mark.parametrize("data", [b"a\nb\n", b"\xef\xbb\xbfa\nb", b"a\nb"])
    def test_the_shortest_lists_are_read_whole(self, data):
        result = run("--quiet", "--files-from", "-", data=data)
        assert [line.split("\t")[-1] for line in result.stdout.splitlines()] == ["a", "b"]

    def test_names_that_end_in_nul_are_bytes_to_the_letter(self):
        result = run("--format", "jsonl", "-0", "--files-from", "-", data=b"\xef\xbb\xbfa\0")
        assert json.loads(result.stdout)["asset"]["path"] == "\ufeffa"

    @pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
    def test_utf_16_is_refused_in_words(self, codec):
        data = f"\ufeff{PLAIN}\n".encode(codec)
        result = run("--files-from", "-", data=data)
        assert result.exit_code == 2
        assert "write it as UTF-8" in result.stderr

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(5000), "give -0"),
            (b"a\0b\0", "give -0"),
            (b"x" * 200_000, "more than 65536 bytes"),
        ],
        ids=["a picture", "find -print0", "one line"],
    )
    def test_a_file_that_is_no_list_of_names_is_refused_in_one_line(self, tmp_path, data, words):
        (tmp_path / "list").write_bytes(data)
        result = run("--quiet", "--files-from", tmp_path / "list")
        assert (result.exit_code, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert words in line

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no /dev/zero here")
    def test_a_list_without_end(self):
        assert run("--files-from", "/dev/zero").exit_code == 2


class TestWhatDoesNotGoTogether:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("-", "-"), "give - once"),
            (("-q", "--format", "json", PLAIN), "--quiet goes with --format text"),
            (("-q", "--format", "crjson", PLAIN), "--quiet goes with --format text"),
        ],
    )
    def test_options_that_exclude_each_other_are_wrong_usage(self, arguments, words):
        result = run(*arguments, data=b"")
        assert (result.exit_code, result.stdout) == (2, "")
        assert words in result.stderr


class TestNames:
    def test_an_empty_name_is_shown(self):
        assert run("--quiet", "").stdout == "error\tasset.missing\t-\t-\t''\n"
        assert run("").stdout.startswith("''\n")

    @pytest.mark.skipif(os.name != "posix", reason="such names are for POSIX systems")
    def test_two_names_never_look_the_same_in_the_output(self, tmp_path):
        for name in ("\n.jpg", "\\x0a.jpg"):
            shutil.copy(PLAIN, tmp_path / name)
        lines = run("--quiet", "-r", tmp_path).stdout.splitlines()
        assert [os.path.basename(line) for line in lines] == ["\\x0a.jpg", "\\\\x0a.jpg"]

    def test_a_folder_is_gone_through_where_that_is_possible(self, tmp_path):
        assert "give -r" in run(tmp_path).stdout
        assert "give -r" not in run("--sidecar", tmp_path, PLAIN).stdout


class TestFoldersWithoutAccess:
    @pytest.fixture
    def closed(self, tmp_path, monkeypatch):
        """A folder with three below it, the second of which cannot be listed."""
        for name in ("a", "b", "c"):
            (tmp_path / name).mkdir()
            shutil.copy(PLAIN, tmp_path / name)
        listed = os.scandir

        def scandir(path):
            if os.path.basename(path) == "b":
                raise PermissionError(13, "Permission denied", path)
            return listed(path)

        monkeypatch.setattr(os, "scandir", scandir)
        return tmp_path

    def test_each_folder_without_access_gets_a_record_in_its_place(self, closed):
        result = run("-r", "--format", "jsonl", closed)
        made = [json.loads(line) for line in result.stdout.splitlines()]
        assert [m["asset"]["path"] for m in made] == [
            str(closed / "a" / "plain.jpg"),
            str(closed / "b"),
            str(closed / "c" / "plain.jpg"),
        ]
        assert made[1]["verdict"] is None
        assert made[1]["error"]["code"] == "asset.unreadable"
        assert "permission denied" in made[1]["error"]["message"]
        assert result.exit_code == 1

    def test_a_named_folder_without_access_gets_a_record(self, closed):
        result = run("-r", "--quiet", closed / "b")
        assert (result.exit_code, result.stdout) == (
            1,
            f"error\tasset.unreadable\t-\t-\t{closed}/b\n",
        )


class TestFragments:
    def test_a_fragment_that_is_gone_is_named(self, tmp_path, monkeypatch):
        (tmp_path / "s1.m4s").symlink_to(tmp_path / "gone")
        result = run("--format", "json", "--fragments", tmp_path / "s*.m4s", FIXTURES / "clip.mp4")
        error = json.loads(result.stdout)["error"]
        assert error["code"] == "asset.missing"
        assert error["message"] == f"the fragment {tmp_path / 's1.m4s'}: no such file"
        assert result.exit_code == 1


@pytest.mark.parametrize("names", ["", " ", ",", " , "])
def test_no_name_of_a_digest_is_wrong_usage(names):
    result = run("--hash", names, PLAIN)
    assert result.exit_code == 2
    assert "no name given" in result.stderr


class TestHeadline:
    def test_names_the_maker_of_a_camera_that_recorded(self):
        said = headline(FIXTURES / "capture.jpg")
        assert said == "captured by a camera with Test Generator (declared)"

    def test_names_the_generator_of_a_generated_picture(self):
        said = headline(FIXTURES / "ai-generated.png")
        assert said == "AI-GENERATED by Test Generator (declared)"

    def test_names_the_software_that_people_made_it_with(self, tmp_path):
        made = Manifest(label(821), (created(f"{TYPES}/digitalCreation"),))
        (tmp_path / "a.jpg").write_bytes(signed_file(gradient_jpeg(), made))
        said = headline(tmp_path / "a.jpg")
        assert said == "made by people with software: Test Writer (declared)"

    def test_calls_the_claim_of_a_sidecar_one(self):
        said = headline(FIXTURES / "plain-for-sidecar.jpg")
        assert said.endswith(", claimed in a sidecar")

    def test_does_not_call_the_claim_of_the_file_itself_a_sidecars(self, tmp_path):
        """An embedded credential wins, so the sidecar claims nothing."""
        shutil.copy(FIXTURES / "ai-generated.png", tmp_path)
        shutil.copy(FIXTURES / "plain-for-sidecar.c2pa", tmp_path / "ai-generated.c2pa")
        assert "sidecar" not in headline(tmp_path / "ai-generated.png")


class TestReasons:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("tampered.png", "the media does not have the hash that was signed"),
            ("bad-signature.jpg", "the claim signature does not verify"),
            ("wrong-key.jpg", "the claim signature does not verify"),
            ("grafted.jpg", "the media does not have the hash that was signed"),
            ("revoked.jpg", "the signing certificate was revoked"),
        ],
    )
    def test_why_a_credential_is_broken_is_said_once(self, name, words):
        record = json.loads(run("--format", "json", FIXTURES / name, *TRUST).stdout)
        said = [r["message"] for r in record["verdict"]["reasons"]]
        assert sum(words in message.lower() for message in said) == 1, said

    def test_a_limit_of_the_assurance_is_still_said(self):
        """Not broken: that the claim counts as signed only is said nowhere else."""
        record = json.loads(
            run("--format", "json", FIXTURES / "stranger-over-ai.png", *TRUST).stdout
        )
        assert "assurance.signed" in [r["code"] for r in record["verdict"]["reasons"]]
