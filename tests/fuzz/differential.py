"""Two validators over one mutant: ours alone, and with the SDK beside it.

The mutants are made of the kit's samples, in every container that they come in:

- *struck*: some bytes of the store are changed where they are, in a box, in CBOR or in COSE;
- *rebuilt*: a box is taken out, doubled, moved or renamed, and the store embedded again;
- *resigned*: claim or assertions are changed before they are signed, so that every hash and the
  signature hold and only structure and form are wrong.

What must hold: where our own check alone says `intact`, the SDK does not lower it, unless the table
of its known faults explains what it says; and nothing that declared AI comes out without a flag.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from fuzz import mutate
from provenance import CrossCheck, Options, TrustStore, Verifier
from provenance.base.terms import Flag, Integrity
from provenance.kit import carriers
from provenance.kit.certificates import pem
from provenance.kit.claims import Assertion
from provenance.kit.jumbf import assertion_box
from provenance.kit.keys import Seed
from provenance.kit.pki import Pki
from provenance.kit.sample import Bench
from provenance.kit.samples.catalogue import SAMPLES
from provenance.kit.writer import sign

if TYPE_CHECKING:
    from provenance.verdict.report import Report

AT = datetime(2026, 6, 1, tzinfo=UTC)
PKI = Pki(Seed(0), AT)
_LARGEST = 200_000  # bytes of a seed
_HEAD = 48  # bytes by which a store is told: without them there is none, for any reader
_WARNED = frozenset({Flag.AI, Flag.BROKEN, Flag.REVOKED, Flag.CONFLICT, Flag.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Seeded:
    """A sound signed file, its store and where that is, and whether it declares AI."""

    name: str
    data: bytes
    store: bytes
    start: int
    ai: bool


@functools.cache
def verifier(cross_check: CrossCheck) -> Verifier:
    """A verifier that trusts the kit's roots."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name in ("root", "tsa-root"):
            paths.append(Path(folder) / f"{name}.pem")
            paths[-1].write_text(pem((PKI.certificate(name),)), encoding="ascii")
        trust = TrustStore.load(bundled=False, anchors=paths[:1], tsa_anchors=paths[1:])
    options = Options(digest=False, plugins=False, cross_check=cross_check)
    return Verifier(trust=trust, at=AT, options=options)


@functools.cache
def seeds() -> tuple[Seeded, ...]:
    """The kit's sound samples whose store is in one piece in the file."""
    found = []
    for sample in SAMPLES:
        if sample.faulty:
            continue
        made = sample.make(Bench(PKI, f"{sample.group.value}/{sample.name}"), False)
        data = made.data
        if made.sidecar is not None or made.fragments or len(data) > _LARGEST:
            continue
        try:
            store = carriers.extract(data)
        except (LookupError, ValueError):
            continue
        start = data.find(store) if store else -1
        if start < 0:
            continue
        verdict = verifier(CrossCheck.NEVER).verify_bytes(data, sample.file).verdict
        ai = verdict is not None and Flag.AI in verdict.flags
        found.append(Seeded(sample.file, data, store, start, ai))
    return tuple(found)


def _struck(random: Random, one: Seeded) -> bytes:
    out = bytearray(one.data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = one.start + random.randrange(_HEAD, len(one.store))
        how = random.randrange(4)
        if how == 0:
            out[at] ^= 1 << random.randrange(8)
        elif how == 1:
            out[at] = random.choice((*mutate.INTERESTING, 0x61, 0x65))
        elif how == 2:  # two bytes change places
            other = min(at + 1, one.start + len(one.store) - 1)
            out[at], out[other] = out[other], out[at]
        else:  # a piece of the store over another of the same length
            size = random.choice((4, 8, 16, 32))
            away = one.start + random.randrange(max(len(one.store) - size, 1))
            at = max(min(at, one.start + len(one.store) - size), one.start + _HEAD)
            out[at : at + size] = one.data[away : away + size]
    return bytes(out)


def _rebuilt(random: Random, one: Seeded) -> bytes:
    other = random.choice(seeds())
    store = mutate.mutate(random, one.store, other.store, (mutate.box,))
    try:
        return carriers.embed(one.data, store)
    except (LookupError, ValueError, OverflowError):
        return _struck(random, one)


def _resigned(random: Random, one: Seeded) -> bytes:
    """One of the kit's manifests, changed at random before it is signed."""
    bench = Bench(PKI, f"fuzz/{random.randrange(8)}")
    manifest = bench.manifest()
    changed = []
    for assertion in manifest.assertions:
        if random.random() < 0.5 and assertion.label.startswith("c2pa.actions"):
            whole = assertion_box(assertion.label, assertion.content, assertion.kind)
            at = whole.index(b"\0", whole.index(assertion.label.encode())) + 9
            content = mutate.cbor(random, whole[at:], whole[at:])
            made = _boxed(whole[: at - 8], content)
            changed.append(Assertion(assertion.label, {}, box=lambda _, made=made: made))
        else:
            changed.append(assertion)
    manifest = replace(manifest, assertions=tuple(changed))
    if random.random() < 0.6:
        number = random.randrange(1 << 30)

        def claim_bytes(whole: bytes) -> bytes:
            return mutate.cbor(Random(number), whole, whole)  # noqa: S311 - to be had again

        manifest = replace(manifest, twists=replace(manifest.twists, claim_bytes=claim_bytes))
    try:
        return sign(bench.media(), manifest)
    except ValueError:  # a change that never comes to one size
        return _struck(random, one)


def _boxed(head: bytes, content: bytes) -> bytes:
    """A superbox of a description box (in `head`, with the outer header) and a CBOR box."""
    inner = head[8:] + (len(content) + 8).to_bytes(4, "big") + b"cbor" + content
    return (len(inner) + 8).to_bytes(4, "big") + b"jumb" + inner


WAYS = (_struck, _struck, _struck, _rebuilt, _resigned)


def make(random: Random) -> bytes:
    """Make one mutant; its first byte is dropped by `judge` and says which rule holds for it."""
    one = random.choice(seeds())
    way = random.choice(WAYS)
    data = way(random, one)
    strict = one.ai and way is _struck
    return bytes((strict,)) + data


def judge(marked: bytes, _number: int) -> str:
    """Hold one mutant against the rules. Raises AssertionError; returns what was said."""
    strict, data = bool(marked[:1] != b"\0"), marked[1:]
    alone = verifier(CrossCheck.NEVER).verify_bytes(data, "mutant")
    if alone.verdict is None:
        assert alone.error is not None
        assert alone.error.code.startswith("asset."), alone.error
        return "error"
    assert not strict or _WARNED.intersection(alone.verdict.flags), (
        "declared AI, and comes out without a flag"
    )
    if alone.axes.integrity is not Integrity.INTACT:
        return alone.axes.integrity.value
    if Flag.BROKEN in alone.verdict.flags:
        return "intact over what is broken"
    both = verifier(CrossCheck.ALWAYS).verify_bytes(data, "mutant")
    refused = [m for c, _, m in _said(both) if c == "credential.malformed"]
    if both.axes.integrity is Integrity.UNCHECKED and refused:
        return "form" if _said(alone) else f"refused: {refused[0]}"
    assert both.axes.integrity is Integrity.INTACT, f"the SDK lowers it: {_said(both)}"
    assert _broken(both) == _broken(alone), f"the SDK breaks a manifest: {_said(both)}"
    return "intact"


def _broken(report: Report) -> set[str]:
    broken = {m.label for m in report.credentials.manifests if m.axes.integrity is Integrity.BROKEN}
    links = {
        f"{m.label}/{i.label}"
        for m in report.credentials.manifests
        for i in m.ingredients
        if i.broken
    }
    return broken | links


def _said(report: Report) -> list[tuple[str, str, str]]:
    return [(f.code, f.where, f.message) for f in report.findings if f.severity.value != "note"]
