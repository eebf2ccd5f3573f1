"""The pages in a real browser: width, keyboard, filters, print, and what a screen reader finds.

Skipped where there is no Chromium or no Playwright. Texts are looked for as users see them.
"""

import re
from importlib.util import find_spec

import pytest
from integration.helpers import ANCHORS, FIXTURES
from support.browser import driven, drives, inspects
from support.ledgers import AT, HOSTILE_NAMES, copies, entry, failed, judged, moved, verifier, write

from provenance import Policy, TrustStore, Verifier
from provenance.render.page import shell, single

if find_spec("playwright"):
    from playwright.sync_api import Error as PlaywrightError

pytestmark = drives
WIDTHS = (390, 768, 1400)
SIGNED = ("ai-generated.png", "tampered.png", "capture.jpg", "unlisted.jpg", "expired.jpg")
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
LONG = "a-folder-with-a-long-name/" * 12 + "the-end-of-the-name-0042.jpg"


@pytest.fixture(scope="module")
def browser():
    with driven() as made:
        yield made


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page of a ledger with names that attack, long ones, and files that are alike."""
    from click.testing import CliRunner
    from provenance_cli.main import main

    folder = tmp_path_factory.mktemp("pages")
    rows = [entry(moved(judged("tampered.png"), f"hostile/{name}")) for name in HOSTILE_NAMES]
    rows += [entry(judged(name, f"signed/{name}")) for name in SIGNED]
    rows += [entry(moved(judged("chain-of-three.jpg"), LONG)), entry(failed("locked.jpg"))]
    alike = [f"like/IMG_{n:04}.jpg" for n in range(1, 41)]
    ledger = write(folder / "a.ledger", [*rows, *copies(judged("plain.jpg"), alike)], runs=3)
    page = folder / "a.html"
    arguments = ["report", str(ledger), "--format", "html", "--output", str(page)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return page


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The page of one ordinary signed file."""
    page = tmp_path_factory.mktemp("pages") / "one.html"
    report = verifier().verify(FIXTURES / "ai-generated.png")
    page.write_text(single.page_top() + single.line(report) + single.page_bottom(), "ascii")
    return page


@pytest.fixture
def visit(browser):
    """Open a page; at the end nothing may have been complained of, or asked from anywhere."""
    complaints, contexts = [], []

    def open_(path, state="", width=1400, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: complaints.append(r.url) if r.url[:5] != "file:" else None)
        page.goto(f"{path.as_uri()}{state}")
        if options.get("java_script_enabled", True):  # the list is drawn again once it has its size
            page.evaluate(FRAMES)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def overflow(page):
    """How many pixels the page is wider than its window, and which elements are."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.scrollWidth - window.innerWidth;
          const out = [...document.body.querySelectorAll("*")].filter((e) => {
            const box = e.getBoundingClientRect();
            return box.width && box.right > window.innerWidth + 1 && !e.closest(".unseen");
          });
          return [wide, wide > 0 ? out.slice(0, 5).map((e) => e.className || e.tagName) : []];
        }"""
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("state", ["", "#unfold=1", "#unfold=1&open=3"])
def test_nothing_is_wider_than_the_window(visit, report, width, state):
    assert overflow(visit(report, state, width)) == [0, []]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["ai-generated.png", "chain-of-three.jpg", "tampered.png"])
def test_a_page_of_one_file_is_not_wider_than_the_window(visit, tmp_path, width, name):
    page = tmp_path / "a.html"
    made = moved(judged(name), "x" * 3000)
    page.write_text(single.page_top() + single.line(made) + single.page_bottom(), "ascii")
    assert overflow(visit(page, width=width)) == [0, []]


def listed(page):
    return page.inner_text("#shown")


def test_the_keyboard_moves_opens_follows_and_closes(visit, report):
    page = visit(report, "#unfold=1")
    total = listed(page).split()[0]
    page.locator("#scroll").focus()
    page.keyboard.press("End")
    assert page.locator('[aria-selected="true"]').get_attribute("aria-rowindex") == str(
        int(total) + 1
    )
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    chosen = page.inner_text("#whole")
    page.keyboard.press("Enter")
    assert page.locator("#detail").get_attribute("open") is not None
    assert page.inner_text("#detail .path") == chosen
    assert page.evaluate("() => document.activeElement.id") == "detail"
    page.locator("#scroll").focus()
    page.keyboard.press("ArrowDown")
    assert page.inner_text("#detail .path") == page.inner_text("#whole") != chosen
    page.keyboard.press("Escape")
    assert page.locator("#detail").get_attribute("open") is None
    assert page.evaluate("() => document.activeElement.id") == "scroll"
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") == "q"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.id") != "q"


def test_the_first_tab_leads_to_the_files(visit, report):
    page = visit(report)
    page.keyboard.press("Tab")
    assert page.inner_text(":focus") == "Skip to the files"
    assert page.locator(":focus").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "files"


def test_filters_narrow_the_list(visit, report):
    page = visit(report)
    flagged = len(HOSTILE_NAMES) + 4
    page.select_option("#flag", "*")
    assert listed(page).startswith(f"{flagged} of ")
    page.select_option("#flag", "broken")
    assert listed(page).startswith(f"{len(HOSTILE_NAMES) + 1} of ")
    page.click("#reset")
    page.select_option("#origin", "captured")
    assert listed(page).startswith("2 of ")
    page.click("#reset")
    page.select_option("#type", "image/png")
    page.select_option("#generator", "Test Generator")
    assert listed(page).startswith(f"{len(HOSTILE_NAMES) + 2} of ")
    page.click("#reset")
    page.fill("#q", "signed/UNLISTED")
    page.wait_for_timeout(300)
    assert listed(page).startswith("1 of ")
    assert "q=signed" in page.url
    page.click("#reset")
    page.get_by_role("button", name="could not be examined").click()
    assert listed(page).startswith("1 of ")
    page.get_by_role("button", name="Test Camera Maker").click()
    assert "(signer Test Camera Maker)" in listed(page)


def test_like_files_are_one_line_that_names_the_first_and_the_last(visit, report):
    page = visit(report, "#q=like%2F")
    (row,) = page.locator("#rows .row").all()
    assert "40 files" in row.inner_text()
    assert page.inner_text("#whole") == "like/IMG_0001.jpg to IMG_0040.jpg"
    page.locator("#scroll").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#rows .row").count() > 20
    assert page.locator("#item-0").get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowLeft")
    assert page.locator("#rows .row").count() == 1
    page.uncheck("#fold")
    assert page.locator("#item-0").get_attribute("aria-expanded") is None


@pytest.mark.parametrize("width", WIDTHS)
def test_a_long_path_is_cut_in_the_middle_and_shown_whole_when_chosen(visit, report, width):
    page = visit(report, "#q=0042.jpg&unfold=1", width)
    end = page.locator("#rows .row .path .end")
    # The first of all rows may be measured before the filter leaves that of the long path.
    cut = "() => (e => e && e.scrollWidth > e.clientWidth)(document.querySelector('#rows .start'))"
    page.wait_for_function(cut)
    assert end.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    assert end.inner_text().endswith("-0042.jpg")
    row = page.locator("#rows .row").first.bounding_box()
    assert end.bounding_box()["x"] + end.bounding_box()["width"] <= row["x"] + row["width"]
    assert page.inner_text("#whole") == LONG or LONG in page.inner_text("#whole")


def test_a_row_that_is_drawn_anew_while_it_is_clicked_opens(visit, report):
    """As when the list is scrolled, or the window has just got its size."""
    page = visit(report, "#unfold=1")
    page.locator("#rows .row").nth(1).hover()
    page.mouse.down()
    page.evaluate("() => document.querySelector('#scroll').dispatchEvent(new Event('scroll'))")
    page.evaluate(FRAMES)
    page.mouse.up()
    assert page.locator("#detail").get_attribute("open") is not None


DRAWN = """() => new Promise((done) => {
  let drawn = 0, frames = 0;
  const watch = new MutationObserver(() => { drawn += 1; });
  watch.observe(document.querySelector("#rows"), { childList: true });
  const next = () => { if ((frames += 1) < 30) requestAnimationFrame(next); else done(drawn); };
  next();
})"""


@pytest.mark.parametrize("width", WIDTHS)
def test_a_pointer_that_rests_on_a_row_has_nothing_drawn_again_and_again(visit, report, width):
    """The path of a row is longer than that of another, and so is the place for it."""
    page = visit(report, "#unfold=1", width)
    heights = set()
    for number in range(4):
        page.locator("#rows .row").nth(number).hover()
        heights.add(page.locator("#whole").evaluate("(e) => e.offsetHeight"))
        assert page.evaluate(DRAWN) <= 2  # once, as the list has less room
        page.keyboard.press("ArrowDown")
        assert page.evaluate(DRAWN) <= 2
    assert len(heights) > 1


def test_a_phone_has_cards_and_a_sheet(visit, report):
    page = visit(report, "#unfold=1", 390)
    assert page.locator("#rows .row").first.bounding_box()["height"] > 90
    assert not page.locator("#head").is_visible()
    page.locator("#rows .row").nth(1).click()
    assert page.locator("#detail:modal").count() == 1
    assert page.locator("#detail .headline").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#detail:modal").count() == 0


def test_the_detail_has_everything_that_decided(visit, report):
    page = visit(report, "#q=0042.jpg&unfold=1")
    page.locator("#rows .row").first.click()
    detail = page.inner_text("#detail")
    for part in (
        "captured by a camera",
        "made from",
        "Generator",
        "Evidence",
        "Checks",
        "Signatures",
    ):
        assert part in detail
    nodes = page.locator("#detail .node").all()
    assert [node.bounding_box()["x"] for node in nodes] == sorted(
        {node.bounding_box()["x"] for node in nodes}
    )  # each further to the right than what it went into


def test_the_list_is_for_other_pages_too_and_may_grow(visit, tmp_path):
    """A page of nothing but the list, whose files come one after the other."""
    page = tmp_path / "a.html"
    styles, scripts = ("shared.css", "list.css"), ("shared.js", "list.js")
    body = f"<main>{shell.page_file('list.html')}</main>"
    page.write_text(shell.top("List", styles, scripts) + body + shell.bottom(scripts), "utf-8")
    page = visit(page)
    page.evaluate(
        """() => {
          const empty = ["", "", "", "", "", "", "", "", ""];
          window.table = {
            paths: [], kindOf: [], kinds: [], modified: [], sizes: [], missing: "no details",
            said: { origin: { unknown: "origin unknown", captured: "captured" }, assurance: {} },
            detail: (i) => (i ? shared.build(["p", {}, "detail " + i]) : null),
          };
          window.add = (path, origin) => {
            table.kinds.push([origin, ...empty.slice(1)]);
            table.paths.push(path);
            table.kindOf.push(table.kinds.length - 1);
            table.modified.push(NaN);
            table.sizes.push(-1);
          };
          window.files = listing(table);
          files.begin();
        }"""
    )
    assert listed(page) == "0 of 0 files listed"
    assert page.inner_text("#whole") == "No file fits these filters."
    page.evaluate("() => { add('a.jpg', 'unknown'); add('b.jpg', 'captured'); files.update(); }")
    assert listed(page) == "2 of 2 files listed"
    page.locator("#rows .row").nth(1).click()
    assert page.inner_text("#inside").splitlines()[-1] == "detail 1"
    page.select_option("#origin", "captured")
    page.evaluate("() => { add('c.jpg', 'captured'); files.update(); }")
    assert listed(page) == "2 of 3 files listed"
    assert page.input_value("#origin") == "captured"
    page.evaluate("() => files.choose({ origin: 'unknown' })")
    page.locator("#rows .row").first.click()
    assert "no details" in page.inner_text("#inside")
    with pytest.raises(PlaywrightError, match="not an element of these pages: script"):
        page.evaluate("() => shared.build(['script', {}, 'x'])")


def sheets(page, path):
    data = page.pdf(path=path, prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page[^s]", data))


@pytest.mark.parametrize(
    "name",
    ["ai-generated.png", "capture.jpg", "expired-timestamped.jpg", "revoked.jpg", "plain.jpg"],
)
def test_a_page_of_one_signed_file_prints_on_one_sheet(visit, tmp_path, name):
    """With the trust lists that come with the program, each of which is a line."""
    trust = TrustStore.load(anchors=[ANCHORS], tsa_anchors=[ANCHORS])
    report = Verifier(Policy(), trust, AT).verify(FIXTURES / name)
    page = tmp_path / "a.html"
    page.write_text(single.page_top() + single.line(report) + single.page_bottom(), "ascii")
    assert sheets(visit(page), tmp_path / "a.pdf") == 1


def test_each_file_begins_a_sheet(visit, tmp_path):
    page = tmp_path / "a.html"
    files = "".join(single.line(judged(n)) for n in ("plain.jpg", "ai-generated.png"))
    page.write_text(single.page_top() + files + single.page_bottom(), "ascii")
    assert sheets(visit(page), tmp_path / "a.pdf") == 2


def test_the_report_prints_what_is_listed(visit, report):
    page = visit(report, "#unfold=1")
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#rows .row").count() == int(listed(page).split()[0])
    assert not page.locator("#filters").is_visible()
    assert page.locator("details.panel[open]").count() == 2  # the first run and the last one
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.panel[open]").count() == 0


def test_without_a_script_the_totals_are_there(visit, report):
    page = visit(report, java_script_enabled=False)
    assert "AI-generated" in page.inner_text(".verdicts")
    assert "switched off" in page.inner_text("noscript p")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["#unfold=1", "#unfold=1&open=3"])
@pytest.mark.parametrize("width", [390, 1400])
@inspects
def test_axe_finds_nothing_serious(visit, report, scheme, state, width):
    found = serious(visit(report, state, width, color_scheme=scheme, bypass_csp=True))
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@inspects
def test_axe_finds_nothing_serious_on_a_page_of_one_file(visit, one, scheme):
    assert serious(visit(one, color_scheme=scheme, bypass_csp=True)) == []


def serious(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
