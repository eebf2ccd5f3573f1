"""Every line of SQL on the ledger's page answers, and every column stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from support.archives import PNG, zipped
from support.auditing import audited, query, wish
from support.each import each
from support.pki import FIXTURES

from provenance import ArchiveLimits, Options
from provenance.auditing import ledger_schema
from provenance.kit import media
from provenance.signing.trust_store import TrustStore

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
LINES = re.findall(r"```sql\n(.*?)\n```", PAGE, re.DOTALL)
ANCHORS = FIXTURES / "pki" / "anchors.pem"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name in ("ai-generated.png", "ai-edited.jpg", "unlisted.jpg", "revoked.jpg", "grafted.jpg"):
        shutil.copy(FIXTURES / name, folder / name)
    (folder / "plain.jpg").write_bytes(media.gradient_jpeg(16, 16))
    (folder / "nowhere").symlink_to("gone")
    (folder / "chat.zip").write_bytes(zipped({"x.png": PNG}))
    made = tmp_path_factory.mktemp("ledger") / "l"
    opening = Options(archives=ArchiveLimits())
    audited(wish(folder, trust=TrustStore.load(anchors=(ANCHORS,)), options=opening), made)
    (folder / "plain.jpg").unlink()
    audited(wish(folder, trust=TrustStore.load(anchors=(ANCHORS,)), options=opening), made)
    return made


def asked(ledger, word):
    (line,) = [one for one in LINES if word in one]
    return query(ledger, line)


@each("line", LINES)
def test_each_query_of_the_page_is_one_line_and_gives_rows(ledger, line):
    assert "\n" not in line
    assert query(ledger, line)


def test_the_page_asks_how_many_are_generated_by_whom_with_which_assurance(ledger):
    found = asked(ledger, "origin, vendor, assurance")
    assert sum(row[3] for row in found if row[0] == "ai_generated") >= 2
    assert {row[2] for row in found} >= {"verified_private", "broken"}


def test_the_page_asks_which_files_failed_and_why(ledger):
    ((path, code, message),) = asked(ledger, "error_message")
    assert path.endswith("nowhere")
    assert (code, message) == ("asset.missing", "no such file")


def test_the_page_asks_which_signers_are_on_no_list(ledger):
    ((signer, digest, count),) = asked(ledger, "'unlisted'")
    assert signer
    assert len(digest) == 64
    assert count == 1


def test_the_page_asks_what_the_last_run_did_not_meet(ledger):
    ((path,),) = asked(ledger, "seen_run <")
    assert path.endswith("plain.jpg")


@pytest.mark.parametrize("table", ["file", "run"])
def test_every_column_is_on_the_page(ledger, table):
    section = PAGE.partition(f"\n## {table}\n")[2].partition("\n## ")[0]
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    shown = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    columns = [row[1] for row in query(ledger, f"PRAGMA table_info({table})")]
    assert shown == columns


def test_the_version_on_the_page_is_that_of_the_format(ledger):
    assert query(ledger, "PRAGMA user_version") == [(ledger_schema.VERSION,)]
    assert query(ledger, "PRAGMA application_id") == [(ledger_schema.APPLICATION_ID,)]
    assert f"`PRAGMA application_id` is {ledger_schema.APPLICATION_ID} " in PAGE
