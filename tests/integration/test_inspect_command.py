"""`provenance inspect`, as it is called."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from provenance_cli.main import main
from support.pki import FIXTURES
from unit.media.container import build
from unit.media.container import build_metadata as made

SECRET = "Erika Mustermann"


@pytest.fixture
def photo(tmp_path):
    packet = made.xmp({"dc:creator": SECRET, "xmp:CreatorTool": "a program é"})
    text = made.text_chunk(b"tEXt", b"AIGC", made.LABEL.encode())
    path = tmp_path / "photo.png"
    path.write_bytes(build.png(build.itxt(packet), text, b"tail"))
    return path


def run(*arguments, charset="utf-8"):
    result = CliRunner(charset=charset).invoke(
        main, ["inspect", "--no-plugins", *map(str, arguments)]
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_inspect_prints_a_tree_of_blocks_and_fields(photo):
    result = run(photo)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == str(photo)
    assert lines[1] == f"├─ image/png, {photo.stat().st_size} bytes"
    assert lines[2].startswith("├─ xmp in iTXt: ")
    assert "│  ├─ dc:creator: [text, 16 characters]" in lines
    assert "│  └─ xmp:CreatorTool: a program é" in lines
    assert "   └─ note container.trailing_bytes: 4 bytes after the end of the container" in lines
    (judged,) = (line for line in lines if "→" in line)
    assert judged.startswith("│     └─ → tc260: ai_generated: TC260 label: generated (Label 1)")


def test_ascii_where_the_output_is_not_utf8(photo):
    result = run(photo, charset="ascii")
    assert result.exit_code == 0
    assert result.stdout.isascii()
    assert "|  `- xmp:CreatorTool: a program \\xe9" in result.stdout.splitlines()
    assert "-> tc260: ai_generated" in result.stdout


def test_inspect_shows_personal_data_only_where_asked(photo):
    assert SECRET not in run(photo).stdout
    assert SECRET in run("--show-personal-data", photo).stdout
    assert SECRET not in run("--format", "json", photo).stdout
    assert SECRET in run("--format", "json", "--show-personal-data", photo).stdout


@pytest.mark.parametrize("charset", ["utf-8", "ascii"])
def test_inspect_prints_json(photo, charset):
    result = run("--format", "json", photo, FIXTURES / "ai-generated.png", charset=charset)
    assert result.exit_code == 0
    first, second = json.loads(result.stdout)
    assert first["path"] == str(photo)
    assert [b["kind"] for b in first["blocks"]] == ["xmp", "text"]
    assert first["blocks"][1]["fields"][0]["judged"][0]["detector"] == "tc260"
    assert first["error"] is None
    assert second["blocks"][0]["kind"] == "manifest_store"


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_missing_file_does_not_keep_the_others_from_being_shown(photo, tmp_path, style):
    result = run("--format", style, tmp_path / "none.jpg", photo, tmp_path)
    assert result.exit_code == 1
    assert "asset.missing" in result.stdout
    assert "asset.not_regular" in result.stdout
    assert "tc260" in result.stdout
    if style == "json":
        records = json.loads(result.stdout)
        assert [r["error"] is None for r in records] == [False, True, False]


def test_a_name_that_would_move_the_terminal(tmp_path):
    path = tmp_path / "a\x1b[2J.png"
    path.write_bytes(build.png())
    result = run(path)
    assert "\x1b" not in result.stdout
    assert "\\x1b[2J.png" in result.stdout


def test_inspect_names_the_kind_of_a_file_it_does_not_know(tmp_path):
    path = tmp_path / "notes.bin"
    path.write_bytes(b"hell\0")
    assert run(path).stdout.splitlines()[1:] == [
        "├─ application/octet-stream, 5 bytes, a format that is not known",
        "└─ no metadata and no credential",
    ]


def test_inspect_without_a_file_or_with_a_wrong_format_is_wrong_usage():
    assert run().exit_code == 2
    assert run("--format", "xml", "a").exit_code == 2


def test_help_of_inspect_has_an_example():
    assert "Example: provenance inspect" in run("--help").stdout


def test_inspect_loads_neither_the_sdk_nor_rich(photo):
    code = (
        "import sys; from provenance_cli.inspect import inspect_command\n"
        "inspect_command([sys.argv[1]], standalone_mode=False)\n"
        "assert not {'c2pa', 'cryptography', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(photo)], check=True, capture_output=True)


def test_inspect_reads_pixels_where_asked(photo):
    pytest.importorskip("pywt", reason="needs the extra watermark")
    result = run("--pixels", photo)
    assert result.exit_code == 0
    assert "watermarks looked for" in result.stdout
    assert "watermarks looked for" not in run(photo).stdout
    (record,) = json.loads(run("--pixels", "--format", "json", photo).stdout)
    assert "dwtdct" in {mark["decoder"] for mark in record["watermarks"]}


def test_messages_without_pixels_are_wrong_usage(photo):
    result = run("--messages", "none.toml", photo)
    assert result.exit_code == 2
    assert "--messages goes with --pixels or --signal" in result.stderr
