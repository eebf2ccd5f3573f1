"""`provenance verify --format html`, as users call it."""

import os
import shutil

import pytest
from integration.helpers import FIXTURES, TRUST, call, needs_posix_names, needs_script
from support.ledgers import HOSTILE_NAMES
from support.pages import Elements

pytestmark = needs_script


def made(*arguments, code=0, **options):
    result = call("verify", "--format", "html", *TRUST, *arguments, **options)
    assert result.returncode == code, result.stderr.decode()
    assert result.stderr == b""
    elements = Elements(result.stdout.decode("ascii"))
    assert elements.unclosed == []
    return elements, [tag for tag, _ in elements.tags].count("article")


def test_a_page_ends_with_the_exit_code_of_verify():
    assert made(FIXTURES / "capture.jpg")[1] == 1
    assert made(FIXTURES / "ai-generated.png", code=3)[1] == 1
    assert made(FIXTURES / "revoked.jpg", "--exit-zero")[1] == 1
    elements, files = made("missing.jpg", FIXTURES / "plain.jpg", code=1)
    assert files == 2
    assert "could not be examined: no such file" in "".join(elements.shown)


def test_a_folder_and_an_archive_have_an_article_for_each_file():
    assert made("-r", FIXTURES / "pki")[1] == sum(
        len(files) for *_, files in os.walk(FIXTURES / "pki")
    )
    mail = FIXTURES.parent / "samples" / "archives" / "mail.eml"
    elements, files = made("--archives", mail, code=3)
    assert files == 2
    assert "found in" in elements.shown


def test_standard_input_and_no_file_at_all():
    assert made("-", data=(FIXTURES / "capture.jpg").read_bytes())[1] == 1
    assert made("--files-from", "-")[1] == 0


def test_a_page_has_the_same_bytes_each_time_in_any_encoding():
    arguments = ("verify", "--format", "html", *TRUST, FIXTURES / "hostile-strings.jpg")
    one = call(*arguments, env={"PYTHONIOENCODING": "ascii"})
    assert one.stdout == call(*arguments, env={"PYTHONIOENCODING": "utf-8"}).stdout


def test_a_page_has_personal_data_only_where_asked():
    title = FIXTURES / "capture.jpg"
    assert "[title withheld]" in made(title)[0].shown
    assert "[title withheld]" not in made(title, "--show-personal-data")[0].shown


@needs_posix_names
def test_hostile_names_on_a_disk(tmp_path):
    for name in HOSTILE_NAMES:
        if len(name) < 200 and "/" not in name:
            shutil.copy(FIXTURES / "tampered.png", tmp_path / name)
    elements, files = made("-r", tmp_path, code=3)
    assert files == len(list(tmp_path.iterdir())) > 15
    assert not {"script", "img", "b"} & {tag for tag, _ in elements.tags}
    assert not [c for c in "".join(elements.shown) if not c.isprintable() and c != "\n"]


def test_a_page_does_not_go_with_quiet():
    result = call("verify", "--format", "html", "--quiet", FIXTURES / "plain.jpg")
    assert result.returncode == 2


@pytest.mark.parametrize("name", ["capture.jpg", "plain.jpg"])
def test_a_page_writes_nothing_next_to_the_file(tmp_path, name):
    shutil.copy(FIXTURES / name, tmp_path)
    made(tmp_path / name)
    assert os.listdir(tmp_path) == [name]
