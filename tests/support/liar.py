"""A worker of the service that was taken over: what it says is up to what it reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.sandbox import confine, frames
from provenance.serve import question_worker

if TYPE_CHECKING:
    from provenance.sandbox.serving import ServiceLine

SERVICE = "support.liar:main"
CODE = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r});"
    f" from provenance.serve import question_worker; question_worker.SERVICE = {SERVICE!r};"
    " from provenance_cli.main import main; main()"
)
_BOMB = b'{"said":[' + b"[]," * (8 << 20) + b"[]]}"
_SAID = {
    b"FIRST": b'{"said":"first"}',
    b"NO FILES": b'{"files":[],"asset":[]}',
}


def main(line: ServiceLine) -> None:
    """Answer as the words say with which a file begins."""
    line.receive(question_worker.MAX_SETUP)
    confine.close_off(open_files=64, network=False)
    line.send(frames.packed({"ready": []}))
    while (asked := line.receive(question_worker.MAX_QUESTION)) is not None:
        number = frames.unpacked(asked).get("number")
        file = line.receive_file()
        said = os.pread(file, 16, 0)
        os.close(file)
        facts = frames.packed([number, [["unknown", False]]])
        if said == b"TWICE":
            line.send(facts, _SAID[b"FIRST"], facts, b'{"said":"second"}')
        elif said == b"THEN CRASH":
            line.send(facts, _SAID[b"FIRST"])
            line.receive(question_worker.MAX_QUESTION)
            os._exit(7)
        elif said == b"FACTS":
            line.send(frames.packed([number, [["", True]] * 1_000_000]), _SAID[b"FIRST"])
        elif said == b"BOMB":
            line.send(facts, _BOMB)
        else:
            line.send(facts, _SAID.get(said, b'{"said":"nothing"}'))
