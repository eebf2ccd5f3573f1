"""Sessions of the documentation: commands of one page that build on one another.

A block that begins with three backquotes and `console session` is part of its page's session. All
commands of a page are run by one bash, in order, in a folder that holds nothing but links to
`tests` and `README.md`: what a clone has, without what was made in it. `# exit N` after a command
is the exit code that is expected of it; without it, 0. Shown is what goes to standard output.

    python -m support.doc_sessions ../docs/walkthrough-audit.md

runs one page, in `tests`, and writes anew what it shows where that is no longer so. An output with
a line `...` is left to whoever wrote it, and named.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("tests", "README.md")
BLOCK = re.compile(r"^```console session\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"\s+# exit (\d+)$")


@dataclass(frozen=True)
class Step:
    """A command of a session, and what the page shows below it."""

    command: str
    code: int
    shown: str


@dataclass(frozen=True)
class Ran:
    """What a step came to: its exit code and what it wrote."""

    code: int
    out: str
    err: str


def steps(page: Path) -> list[Step]:
    """Return the session of a page, in order."""
    found = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = entry.partition("\n")
            code = EXIT.search(command)
            found.append(Step(command, int(code[1]) if code else 0, shown))
    return found


def run(session: list[Step]) -> list[Ran]:
    """Run a session in a folder of its own. Each program is that of this Python's environment."""
    with tempfile.TemporaryDirectory() as name:
        folder, written = Path(name) / "clone", Path(name) / "written"
        folder.mkdir()
        written.mkdir()
        for linked in LINKED:
            (folder / linked).symlink_to(ROOT / linked)
        where = shlex.quote(str(written))
        script = "".join(
            f"{{ {step.command}\n}} >{where}/{n}.out 2>{where}/{n}.err; echo $? >{where}/{n}.code\n"
            for n, step in enumerate(session)
        )
        kept = {  # nothing that changes what is shown
            k: v
            for k, v in os.environ.items()
            if k not in {"NO_COLOR", "FORCE_COLOR"} and not k.startswith("PROVENANCE_")
        }
        kept |= {"HOME": name, "PYTHONUTF8": "1", "COLUMNS": "80"}
        kept["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}"
        subprocess.run(["bash", "-c", script], cwd=folder, env=kept, timeout=240, check=False)
        return [
            Ran(
                int((written / f"{n}.code").read_text(encoding="ascii")),
                (written / f"{n}.out").read_text(encoding="utf-8"),
                (written / f"{n}.err").read_text(encoding="utf-8"),
            )
            for n in range(len(session))
        ]


def write(page: Path) -> list[str]:
    """Write anew what a page shows; return the commands whose output has to be seen to by hand."""
    text = page.read_text(encoding="utf-8")
    session = steps(page)
    left = []
    place = 0
    for step, ran in zip(session, run(session), strict=True):
        old = f"$ {step.command}\n{step.shown}"
        place = text.index(old, place)
        if "\n..." in f"\n{step.shown}" or ran.code != step.code:
            left.append(f"{step.command}\n  exit {ran.code}\n{ran.out}{ran.err}")
        elif step.shown:
            new = f"$ {step.command}\n{ran.out}".rstrip("\n") + "\n"
            text = text[:place] + new + text[place + len(old) :]
            place += len(new)
    page.write_text(text, encoding="utf-8", newline="\n")
    return left


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print("\n".join(write(Path(argument))))
