"""Links of the documentation that stay in this repository: the file is there, and the heading."""

import re

import pytest
from integration.helpers import ROOT
from support.each import each

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "integrations").rglob("*.md")),
]
CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def anchors(text):
    """The names that GitHub and the site give to the headings of a page."""
    seen = {}
    for heading in HEADING.findall(CODE.sub("", text)):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        n = seen[name] = seen.get(name, -1) + 1
        yield f"{name}-{n}" if n else name


def dead(page, root=ROOT):
    """Each link of a page that leads nowhere, or out of the repository."""
    text = page.read_text(encoding="utf-8")
    for target in LINK.findall(SPAN.sub("", CODE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        within = there.exists() and there.resolve().is_relative_to(root)
        if not within or (anchor and anchor not in anchors(there.read_text(encoding="utf-8"))):
            yield target


@each("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_of_the_documentation_lead_somewhere(page):
    assert list(dead(page)) == []


def test_the_table_of_contents_names_every_page():
    index = ROOT / "docs" / "index.md"
    targets = LINK.findall(index.read_text(encoding="utf-8"))
    named = {(index.parent / target).resolve() for target in targets if target.endswith(".md")}
    assert named == {page.resolve() for page in PAGES} - {index}


@pytest.mark.parametrize(
    "link", ["[a](nothing.md)", "[a](#no-such-heading)", "[a](../README.md#no)", "![a](no.png)"]
)
def test_the_check_finds_a_dead_link(tmp_path, link):
    (tmp_path / "README.md").write_text("# Yes\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    page.write_text(
        f"# A page of `code`\n\n```sh\n# no-such-heading\n```\n{link}\n", encoding="utf-8"
    )
    assert len(list(dead(page, tmp_path))) == 1
    page.write_text("# A page\n\n[a](../README.md#yes), [b](#a-page), `[c](d)`\n", encoding="utf-8")
    assert list(dead(page, tmp_path)) == []
