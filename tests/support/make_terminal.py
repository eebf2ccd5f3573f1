"""Take the README's picture of a terminal: `python -m support.make_terminal`, in `tests`.

The program is run in a pseudo-terminal, and what it writes there, colours included, is drawn as
SVG by rich. The picture loads no font and nothing else. `tests/integration/test_readme.py`
compares the text in it with what the program writes; how rich draws may change.
"""

from __future__ import annotations

import html
import io
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "terminal.svg"
WIDTH = 92
SHOWN = ("tests/fixtures/ai-generated.png", "tests/fixtures/tampered.png")
COMMANDS = tuple(f"verify {name} --trust-anchors tests/fixtures/pki/anchors.pem" for name in SHOWN)
FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
TEXT = re.compile(r"<text\b[^>]*?\by=\"([\d.]+)\"[^>]*>(.*?)</text>")


def written(command: str, *more: str) -> str:
    """Return what a command writes to a terminal of `WIDTH` columns, escapes included."""
    words = [*shlex.split(command), *more]
    program = Path(sys.executable).parent / words[0]
    kept = {  # nothing that changes what is shown
        k: v
        for k, v in os.environ.items()
        if k not in {"NO_COLOR", "FORCE_COLOR"} and not k.startswith("PROVENANCE_")
    }
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [program, *words[1:]],
            stdout=theirs,
            cwd=ROOT,
            env=kept | {"COLUMNS": str(WIDTH), "TERM": "xterm-256color", "PYTHONUTF8": "1"},
        ):
            os.close(theirs)
            parts = []
            while part := _read(ours):
                parts.append(part)
    finally:
        os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux: the other end was closed
        return b""


def screen(*more: str) -> Text:
    """Return both commands and what they write, where each is given `more` that is not shown."""
    text = Text()
    for command in COMMANDS:
        text.append("$ ", "dim").append(command, "bold").append("\n")
        text.append(Text.from_ansi(written(command, *more).rstrip())).append("\n\n")
    text.right_crop(2)
    return text


def draw(text: Text) -> str:
    """Return the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    console.print(text)
    picture = console.export_svg(title="", theme=MONOKAI, unique_id="terminal")
    return FONT.sub("", picture)


def lines(picture: str) -> list[str]:
    """Return the text that a picture shows, line by line, with single spaces."""
    rows: dict[float, list[str]] = {}
    for y, text in TEXT.findall(picture):
        rows.setdefault(float(y), []).append(html.unescape(text))
    return [" ".join("".join(rows[y]).split()) for y in sorted(rows)]


if __name__ == "__main__":
    PICTURE.write_text(draw(screen()), encoding="utf-8", newline="\n")
