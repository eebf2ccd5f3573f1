"""The sessions of the documentation, run as a reader would; and the page about verdicts."""

import os
import re
import shutil

import pytest
from integration.helpers import ROOT, TRUST, call, needs_script
from integration.test_docs import fits
from integration.test_docs_links import anchors
from support import doc_sessions
from unit.media.container import build

from provenance.base.terms import Flag, Origin

DOCS = ROOT / "docs"
WALKTHROUGHS = sorted(DOCS.glob("walkthrough-*.md"))
SESSIONS = [*WALKTHROUGHS, DOCS / "shards.md"]
needs_shell = pytest.mark.skipif(
    os.name == "nt" or not all(map(shutil.which, ("bash", "openssl"))),
    reason="the walkthroughs are written for bash, and make keys with openssl",
)


def test_every_page_with_commands_is_a_walkthrough():
    assert WALKTHROUGHS
    assert {page for page in DOCS.glob("*.md") if doc_sessions.steps(page)} == set(SESSIONS)


@needs_script
@needs_shell
@pytest.mark.parametrize("page", SESSIONS, ids=lambda page: page.stem)
def test_a_walkthrough_prints_what_it_shows(page):
    session = doc_sessions.steps(page)
    for step, ran in zip(session, doc_sessions.run(session), strict=True):
        assert ran.code == step.code, f"{step.command}\n{ran.out}{ran.err}"
        assert not step.shown or fits(step.shown, ran.out), f"{step.command}\n{ran.out}"


def test_every_verdict_and_flag_has_its_section():
    text = (DOCS / "verdicts.md").read_text(encoding="utf-8")
    before = text.partition("\n## ")[0]
    linked = [line for line in before.splitlines() if "](#" in line]
    for value in (*Origin, *Flag):
        assert f"`{value.value}`" in text, value
    names = list(anchors(text))[1:]
    assert [line.rpartition("](#")[2].partition(")")[0] for line in linked] == names
    for part in text.split("\n## ")[1:]:
        for words in ("**It means**", "**It does not mean**", "**Next**", "\n> "):
            assert part.count(words) == 1 or words == "\n> ", part.partition("\n")[0]
            assert words in part, part.partition("\n")[0]


@needs_script
def test_the_documentation_quotes_headlines_as_they_are_printed(tmp_path):
    text = (DOCS / "verdicts.md").read_text(encoding="utf-8")
    rows = [row.split(" | ")[0] for row in re.findall(r"^\| (.*\]\(#.*) \|$", text, re.MULTILINE)]
    phrases = {a or b for row in rows for a, b in re.findall(r"`([^`]+)`|\"([^\"]+)\"", row)}
    marked = tmp_path / "marked.png"
    marked.write_bytes(
        build.png(
            build.chunk(b"tEXt", b"parameters\0a field\nSteps: 20, Sampler: Euler a, Seed: 1")
        )
    )
    samples = re.findall(r"tests/fixtures/[\w-]+\.(?:png|jpg|mp4)\b", text.partition("\n## ")[0])
    printed = call("verify", *TRUST, *samples, marked, "nothing-here.jpg").stdout.decode()
    flags = {flag.value for flag in Flag}
    assert [phrase for phrase in phrases - flags if phrase not in printed] == []
