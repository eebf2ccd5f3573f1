"""Take the pictures of pages for the documentation: `python -m support.make_pictures`, in `tests`.

They show samples of this repository alone. Needs Chromium, and Playwright to drive it. How text
looks depends on the fonts of the machine, so no test compares the pictures.
"""

from __future__ import annotations

import io
import itertools
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from provenance.auditing import reading
from provenance.auditing.ledger_totals import count_ledger
from provenance.render.page import audit_page, single
from provenance.render.rows import EVERYTHING
from support.browser import driven
from support.ledgers import copies, entry, failed, judged, moved, write
from support.pki import FIXTURES
from support.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "docs" / "images"
COLOURS = 128  # of the pictures: pages have few
FILES = {
    "upload/0001/summer.png": "ai-generated.png",
    "upload/0001/portrait.png": "generated-from-photo.png",
    "upload/0002/harbour.jpg": "capture.jpg",
    "upload/0002/harbour-edited.jpg": "chain-of-three.jpg",
    "upload/0002/harbour-cropped.jpg": "ai-edited.jpg",
    "upload/0003/poster.jpg": "composite.jpg",
    "upload/0003/banner.png": "tampered.png",
    "upload/0003/cover.jpg": "revoked.jpg",
    "upload/0004/scan.jpg": "unlisted.jpg",
    "upload/0004/note.jpg": "remote-only.jpg",
    "archive/2026/a-folder-with-a-rather-long-name/of-an-exhibition-in-three-rooms/room-2.jpg": (
        "expired-timestamped.jpg"
    ),
}

QUEUE = ("ai-generated.png", "tampered.png", "plain.jpg", "chain-of-three.jpg", "composite.jpg")
SERVED = {  # pictures of the page of `serve`: size, colours, the file that is open
    "serve": ((1400, 1000), "light", "chain-of-three.jpg"),
    "serve-phone": ((390, 844), "dark", ""),
}


def report() -> str:
    """Return the page of an audit."""
    rows = [entry(moved(judged(sample), path)) for path, sample in FILES.items()]
    rows += copies(judged("plain.jpg"), [f"upload/0005/IMG_{n:04}.jpg" for n in range(1, 13)])
    rows.append(entry(failed("upload/0006/locked.jpg", "asset.unreadable", "permission denied")))
    stream = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "inbox.ledger", rows)
        with reading.open_ledger(path) as reader:
            audit_page.write_audit_page(
                reader, EVERYTHING, count_ledger(reader, EVERYTHING), stream
            )
    return stream.getvalue()


def one() -> str:
    """Return the page of one file."""
    made = moved(judged("chain-of-three.jpg"), "upload/0002/harbour-edited.jpg")
    return single.page_top() + single.line(made) + single.page_bottom()


def pictures(browser: Any) -> Iterator[tuple[str, bytes]]:
    """Yield names of pictures and what they are."""
    views = (
        ("report", report(), "#q=&open=3", (1400, 1240), "light"),
        ("report-phone", report(), "", (390, 844), "dark"),
        ("verify", one(), "", (820, 1000), "light"),
    )
    for name, text, state, (width, height), scheme in views:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.html"
            path.write_text(text, "utf-8")
            size = {"width": width, "height": height}
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.goto(f"{path.as_uri()}{state}")
            if name == "report-phone":
                page.evaluate("() => document.getElementById('files').scrollIntoView()")
            page.mouse.move(0, 0)
            yield name, page.screenshot()
            page.close()


def served_pictures(browser: Any) -> Iterator[tuple[str, bytes]]:
    """Yield those of the page of `serve`, from the service itself."""
    with served() as address:
        for name, ((width, height), scheme, opened) in SERVED.items():
            size = {"width": width, "height": height}
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.goto(address)
            page.set_input_files("#files", [FIXTURES / sample for sample in QUEUE])
            page.get_by_text(re.compile(f"^{len(QUEUE)} files examined")).first.wait_for()
            if opened:
                page.get_by_role("button", name=opened, exact=True).click()
                page.evaluate("() => scrollTo(0, 0)")
            page.mouse.move(0, 0)
            yield name, page.screenshot()
            page.close()


def make() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    with driven() as browser:
        for name, data in itertools.chain(pictures(browser), served_pictures(browser)):
            image = Image.open(io.BytesIO(data)).convert("RGB")
            image.quantize(COLOURS, dither=Image.Dither.NONE).save(
                FOLDER / f"{name}.png", optimize=True
            )


if __name__ == "__main__":
    make()
