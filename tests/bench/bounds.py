"""Input made to take long, a part of the program at a time: seconds at most, whatever is in it.

The tests hold what can be counted of the same input (bytes read, memory, findings); seconds are
measured here. The budgets are absolute, so each is given as a share of its own bound.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unit.base.test_cbor import WORST, tagged
from unit.base.test_network import Server, call
from unit.credentials.test_assertion_content import as_json
from unit.media.container.build import samples
from unit.media.container.test_scan import examine, large_png
from unit.signals.detectors.make import run as detectors
from unit.signals.detectors.test_hostile import LONG, everywhere
from unit.signals.test_generators import HOSTILE
from unit.signals.test_manifest_paths import places, wide
from unit.signing import pki
from unit.signing.test_hostile import DEEP_OR_LONG, EMPTY, READERS, web
from unit.test_tc260_everywhere import movie

from bench.measure import Result, at_most, timed
from provenance.base.cbor import CborError, decode
from provenance.base.text import clean, clean_any
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.signals import generators
from provenance.signals.detectors.detector_registry import builtin, detect
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.der import DerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Work

FILL = (b"\0", b"\1", b"\xff", b"<", b" ")


@dataclass(frozen=True, slots=True)
class Case:
    """Calls that each have to end within a number of seconds."""

    name: str
    seconds: float
    calls: tuple[Work, ...]


def _read(reader: Work, data: bytes) -> None:
    with contextlib.suppress(DerError):
        node = reader(data)  # type: ignore[call-arg]  # a reader of bytes
        if hasattr(node, "children"):
            node.children()


def _decode(data: bytes) -> None:
    with contextlib.suppress(CborError):
        decode(data)


def _look(path: Path) -> None:
    with Asset.open(path) as asset:
        detect(read_metadata(asset, scan_container(asset)), builtin())


def _scan(path: Path) -> None:
    with Asset.open(path) as asset:
        scan_container(asset)


def _head_and_fill(data: bytes, fill: bytes) -> None:
    for keep in (12, 40, len(data) - 8):
        examine(data[:keep] + fill * (1 << 20))


def _generators(text: str) -> None:
    generators.by_claim_generator(text)
    generators.by_software_agent(text)
    generators.by_signer(text, text)
    generators.is_library(text)


def _huge(major: int) -> bytes:
    return bytes([major << 5 | 0x1B]) + b"\x00\x00\x00\xff" + b"\xff" * 4


def _cases(folder: Path, server: Server) -> Iterator[Case]:
    signature, store = web(), wide()
    yield Case(
        "DER and BER: nested, long, with lengths that lie",
        1.0,
        tuple(lambda r=r, d=d: _read(r, d) for r in READERS for d in DEEP_OR_LONG),
    )
    yield Case(
        "thirty authorities that certify each other",
        2.0,
        (lambda: chain_verdict(signature, pki.CLAIM, trust=EMPTY, at=pki.AT),),
    )
    digits = ("9" * 900_000, "-" + "1" * 5000, "[" + "7" * 100_000 + "]")
    yield Case("JSON: long numbers", 0.5, tuple(lambda t=t: as_json(t).decode() for t in digits))
    yield Case("CBOR: a long integer", 1.0, (lambda: _decode(tagged(2, b"\xff" * 500_000)),))
    yield Case(
        "CBOR: lengths that lie", 0.5, tuple(lambda m=m: _decode(_huge(m)) for m in (2, 3, 4, 5))
    )
    yield Case("CBOR: as many empty maps as there may be", 5.0, (lambda: _decode(WORST),))
    text, number = "\u202e" * 10_000_000, 1 << 10_000_000
    yield Case("text of 10 MB", 0.2, (lambda: clean(text),))
    yield Case("an integer of 10 million bits", 0.5, (lambda: clean_any(number),))
    yield Case(
        "a container's head and a megabyte of one byte",
        2.0,
        tuple(lambda d=d, f=f: _head_and_fill(d, f) for d in samples().values() for f in FILL),
    )
    png, large = large_png(folder / "large.png"), movie(folder / "large.mp4", 100_000_000)
    yield Case("the scan of a PNG with a gigabyte of media", 0.1, (lambda: _scan(png),))
    yield Case("a label after 100 MB of media", 0.1, (lambda: _look(large),))
    yield Case("a store with 2 to the 200 paths", 2.0, (lambda: places(store),))
    yield Case(
        "long text in every place that detectors look at",
        1.5,
        tuple(
            lambda t=t: detectors(*everywhere(t), media_type="image/gif")
            for one in LONG
            for t in (one, "AIGC" + one)
        ),
    )
    yield Case("names of generators", 0.25, tuple(lambda t=t: _generators(t) for t in HOSTILE))
    server.slow = 0.05
    server.answers["/slow"] = (200, {}, b"x" * 1000)
    yield Case(
        "a server that sends an octet at a time, given 0.5 s",
        1.0,
        (lambda: call(server.url + "/slow", timeout=0.5),),
    )


def run(rounds: int = 3) -> Iterator[Result]:
    """Time the slowest call of each case, after one round that loads the program."""
    server = Server()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for case in _cases(Path(folder), server):
                times = [max(map(timed, case.calls)) for _ in range(rounds + 1)][1:]
                note = f"{min(times) * 1000:.3g} ms at best, the slowest of {len(case.calls)}"
                shares = tuple(one / case.seconds for one in times)
                yield Result(case.name, f"{case.seconds:g} s", at_most(1.0), shares, note)
    finally:
        server.close()
