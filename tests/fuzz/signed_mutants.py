"""Mutants of sound signed files that know what they change: a store, a signature, a wrapping.

Each way keeps as much of the file right as it can, so that what is wrong is seen by the check that
is there for it and not by the first one:

- *struck*: some bytes of the store are changed where they are, in a box, in CBOR or in COSE;
- *rebuilt*: a box is taken out, doubled, moved or renamed, and the store embedded again;
- *unsigned*: the header of a COSE signature that nothing covers is changed, its size kept;
- *wrapped*: bytes around the store are changed: a segment, a chunk, a tag, a box of the container;
- *moved*: bytes of the media, or whole pieces of the file, are changed, taken out, put in;
- *resigned*: claim or assertions are changed before they are signed, so that every hash and the
  signature hold and only structure and form are wrong.
"""

from __future__ import annotations

import functools
import struct
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import cbor2
from support.shared import CORPUS

from fuzz import mutate
from provenance import CrossCheck, Options, TrustStore, Verifier
from provenance.base.terms import Flag
from provenance.credentials import jumbf
from provenance.kit import carriers
from provenance.kit.certificates import pem
from provenance.kit.claims import Assertion
from provenance.kit.jumbf import assertion_box
from provenance.kit.keys import Seed
from provenance.kit.pki import Pki
from provenance.kit.sample import FORMATS, Bench
from provenance.kit.samples.catalogue import SAMPLES
from provenance.kit.writer import sign
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT = datetime(2026, 6, 1, tzinfo=UTC)
PKI = Pki(Seed(0), AT)
_LARGEST = 30_000  # bytes of a seed: a larger one says no more, and takes longer
_HEAD = 48  # bytes by which a store is told: without them there is none, for any reader
_AROUND = 40  # bytes before and after a store that may be its wrapping
_GENERATED = b"newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True)
class Seeded:
    """A sound signed file, its store and where that is (-1: in pieces, or encoded).

    `flagged` says that it is flagged for what its active manifest declares of AI.
    """

    name: str
    data: bytes
    store: bytes
    start: int
    flagged: bool = True

    @property
    def own(self) -> bool:
        """Whether the kit made it, and can take its store out and put another in."""
        return self.name.startswith("good/")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed file. `declares` says that what it declared of AI is still in it, word for word."""

    seed: str
    way: str
    data: bytes
    declares: bool


@functools.cache
def verifier(cross_check: CrossCheck) -> Verifier:
    """A verifier that trusts the kit's roots."""
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
    """The kit's sound samples in every container, and real files that are small."""
    found = []
    for sample in SAMPLES:
        if sample.faulty:
            continue
        made = sample.make(Bench(PKI, f"{sample.group.value}/{sample.name}"), False)
        if made.sidecar is None and not made.fragments:
            found += _seeded(f"good/{sample.name}.{sample.container}", made.data)
    for path in sorted(CORPUS.iterdir()) if CORPUS.is_dir() else ():
        if path.suffix not in {".json", ".md", ".c2pa"} and path.stat().st_size <= _LARGEST:
            found += _seeded(path.name, path.read_bytes())
    return tuple(found)


def _seeded(name: str, data: bytes) -> Iterator[Seeded]:
    if len(data) > _LARGEST:
        return
    with Asset.from_bytes(data) as asset:
        blocks = scan(asset).of(BlockKind.MANIFEST_STORE)
        if len(blocks) == 1:
            store = load(asset, blocks[0], jumbf.MAX_STORE)
            yield Seeded(name, data, store, data.find(store), _flagged(data, store))


def _flagged(data: bytes, store: bytes) -> bool:
    verdict = verifier(CrossCheck.NEVER).verify_bytes(data).verdict
    return verdict is not None and Flag.AI in verdict.flags and _GENERATED in store


@functools.cache
def containers() -> tuple[tuple[str, tuple[Seeded, ...]], ...]:
    """The seeds by container, so that each is chosen as often as any other."""
    by: dict[str, list[Seeded]] = {}
    for one in seeds():
        by.setdefault(one.name.rpartition(".")[2], []).append(one)
    return tuple((name, tuple(held)) for name, held in sorted(by.items()))


def make(random: Random) -> Mutant:
    """Make one mutant."""
    one = random.choice(random.choice(containers())[1])
    way = random.choice(WAYS)
    data = way(random, one)
    kept = way is not _resigned and one.flagged and _speaks(data, one)
    return Mutant(one.name, way.__name__[1:], data, kept)


def _speaks(data: bytes, one: Seeded) -> bool:
    """Tell whether the assertion that declares AI is still in a file, as the store has it."""
    if one.start < 0:
        return data == one.data
    at = one.store.find(_GENERATED)
    start, end = max(at - 120, 0), at + len(_GENERATED)
    return one.store[start:end] in data


def _struck(random: Random, one: Seeded) -> bytes:
    out = bytearray(one.store)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(_HEAD, len(out))
        how = random.randrange(4)
        if how == 0:
            out[at] ^= 1 << random.randrange(8)
        elif how == 1:
            out[at] = random.choice((*mutate.INTERESTING, 0x61, 0x65))
        elif how == 2:  # two bytes change places
            other = min(at + 1, len(out) - 1)
            out[at], out[other] = out[other], out[at]
        else:  # a piece of the store over another of the same length
            size = random.choice((4, 8, 16, 32))
            away = random.randrange(max(len(out) - size, 1))
            at = max(min(at, len(out) - size), _HEAD)
            out[at : at + size] = one.store[away : away + size]
    return _put(one, bytes(out))


def _put(one: Seeded, store: bytes) -> bytes:
    """Put a store in the place of another."""
    if one.start >= 0 and len(store) == len(one.store):
        return one.data[: one.start] + store + one.data[one.start + len(store) :]
    try:
        return carriers.embed(one.data, store)
    except (LookupError, ValueError, OverflowError, IndexError, struct.error):
        at = max(one.start, 0)
        return one.data[:at] + store + one.data[at + len(one.store) :]


def _rebuilt(random: Random, one: Seeded) -> bytes:
    other = random.choice(seeds())
    return _put(one, mutate.mutate(random, one.store, other.store, (mutate.box,)))


def _unsigned(random: Random, one: Seeded) -> bytes:
    """Change the unprotected header of a signature; a `pad` keeps its size."""
    boxes = jumbf.parse(one.store).children
    seals = [b.child(jumbf.SIGNATURE) for b in boxes if b.uuid != jumbf.COMPRESSED_MANIFEST]
    held = [box for seal in seals if seal and (box := seal.content(b"cbor"))]
    if not held:
        return _struck(random, one)
    place = random.choice(held)
    whole = one.store[place.start : place.end]
    try:
        parts = list(cbor2.loads(whole).value)
        changed = cbor2.loads(mutate.cbor(random, cbor2.dumps(parts[1] or {"pad": b""}), whole))
    except (cbor2.CBORError, ValueError, AttributeError, TypeError):
        return _struck(random, one)
    if isinstance(changed, dict) and random.random() < 0.3:
        changed[random.choice((1, 2, 4, 33, "x5chain", "sigTst", "sigTst2", "rVals"))] = (
            changed.pop(next(iter(changed), None), b"\0")
        )
    parts[1] = changed
    made = _padded(parts, len(whole))
    return _put(one, one.store[: place.start] + made + one.store[place.end :])


def _padded(parts: list[Any], size: int) -> bytes:
    """Encode a signature in so many bytes, if its padding allows."""
    if isinstance(parts[1], dict):
        parts[1].pop("pad", None)
        bare = len(cbor2.dumps(cbor2.CBORTag(18, parts)))
        for spare in range(size - bare, max(size - bare - 10, -1), -1):
            parts[1]["pad"] = bytes(spare)
            made: bytes = cbor2.dumps(cbor2.CBORTag(18, parts))
            if len(made) == size:
                return made
        parts[1].pop("pad", None)
    return cbor2.dumps(cbor2.CBORTag(18, parts))


def _wrapped(random: Random, one: Seeded) -> bytes:
    """Change bytes around the store."""
    if one.start < 0:
        span = carriers.find(one.data) if one.own else None
        low, high = (span.start, span.end) if span else (0, len(one.data))
        places = range(max(low - _AROUND, 0), min(high + _AROUND, len(one.data)))
    else:
        end = one.start + len(one.store)
        places = range(max(one.start - _AROUND, 0), one.start)
        if random.random() < 0.3:
            places = range(end, min(end + _AROUND, len(one.data)))
    if not places:
        return _moved(random, one)
    out = bytearray(one.data)
    for _ in range(random.choice((1, 1, 2))):
        at = random.choice(places)
        how = random.randrange(5)
        if how == 0:
            out[at : at + 1] = bytes((out[at] ^ 1 << random.randrange(8),))
        elif how == 1:
            out[at : at + 1] = bytes((random.choice(mutate.INTERESTING),))
        elif how == 2:
            del out[at : at + random.choice((1, 2, 4, 8))]
        elif how == 3:
            out[at:at] = random.choice(
                (b"\0", bytes(4), random.randbytes(8), bytes(out[at - 12 : at]))
            )
        else:
            out[at : at + 4] = random.choice((b"free", b"uuid", b"caBX", b"C2PA", b"\xff\xeb\0\2"))
    return bytes(out)


def _moved(random: Random, one: Seeded) -> bytes:
    """Change bytes outside the store, or take a whole piece of the file out or put one in."""
    end = one.start + len(one.store) if one.start >= 0 else 0
    head, tail = one.data[: max(one.start, 0)], one.data[end:]
    kept = one.data[max(one.start, 0) : end]
    ways = (mutate.flip, mutate.flip, mutate.cut, mutate.double, mutate.number, mutate.box)
    other = random.choice(seeds()).data
    if random.random() < 0.2 and head:
        return random.choice(ways)(random, head, other) + kept + tail
    made = random.choice(ways)(random, tail, other)
    if random.random() < 0.2:
        made = tail + random.choice((b"\0", bytes(16), random.randbytes(40), other[:4000]))
    return head + kept + made


def _resigned(random: Random, one: Seeded) -> bytes:
    """One of the kit's manifests, changed at random before it is signed."""
    container = one.name.rpartition(".")[2]
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
    media = bench.media(container if container in FORMATS else "jpeg")
    try:
        return sign(media, manifest)
    except (ValueError, OverflowError, struct.error):  # a change that never comes to one size
        return _struck(random, one)


def _boxed(head: bytes, content: bytes) -> bytes:
    """A superbox of a description box (in `head`, with the outer header) and a CBOR box."""
    inner = head[8:] + (len(content) + 8).to_bytes(4, "big") + b"cbor" + content
    return (len(inner) + 8).to_bytes(4, "big") + b"jumb" + inner


WAYS: tuple[Callable[[Random, Seeded], bytes], ...] = (
    _struck,
    _struck,
    _rebuilt,
    _rebuilt,
    _unsigned,
    _unsigned,
    _wrapped,
    _wrapped,
    _moved,
    _resigned,
)
