"""The site of the documentation: it builds without a warning, whole, and loads nothing."""

import importlib.util
import re
import subprocess
import sys

import pytest
from integration.helpers import ROOT
from integration.test_docs_links import PAGES

NEEDED = ("furo", "myst_parser", "sphinx")
LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)\"|<link\b[^>]*>")
pytestmark = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, NEEDED)),
    reason="the site needs the extra docs: pip install 'provenance-verifier[docs]'",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-c", "docs", ".", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return target


def test_every_page_is_in_it_and_in_the_navigation(site):
    start = (site / "docs" / "index.html").read_text(encoding="utf-8")
    for page in PAGES:
        path = page.relative_to(ROOT).with_suffix(".html")
        assert (site / path).is_file(), path
        if page.stem != "index":
            assert f'href="{path.name}"' in start or f'href="../{path.as_posix()}"' in start, path
    assert "docs/index.html" in (site / "index.html").read_text(encoding="utf-8")


def test_the_site_loads_nothing_from_elsewhere(site):
    pages, styles = list(site.rglob("*.html")), list(site.rglob("*.css"))
    assert pages, "there is no page"
    assert styles, "there is no style sheet"
    for page in pages:
        for found in LOADED.finditer(page.read_text(encoding="utf-8")):
            assert "//" not in found[0].replace("://www.w3.org/", ""), f"{page.name}: {found[0]}"
    for style in styles:
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\([\"']?(?:https?:)?//", text), style.name
