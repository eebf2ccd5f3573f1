"""Mutants of sound signed files that know what they change: a store, a signature, a wrapping.

Each way keeps as much of the file right as it can, so that what is wrong is seen by the check that
is there for it and not by the first one:

- *struck*: some bytes of the store are changed where they are, in a box, in CBOR or in COSE;
- *rebuilt*: a box is taken out, doubled, moved or renamed, and the store embedded again;
- *unsigned*: the header of a COSE signature that nothing covers is changed, its size kept;
- *wrapped*: bytes around the store are changed: a segment, a chunk, a tag, a box of the container;
- *moved*: bytes of the media, or whole pieces of the file, are changed, taken out, put in;
- *laid*: the whole wrapping is moved, doubled, cut in two, or something is put in front of the
  file or behind it;
- *resigned*: claim or assertions are changed before they are signed, or written in another form of
  CBOR, so that every hash and the signature hold and only structure and form are wrong;
- *sealed*: the same with the structure of the signature, its headers and its tag.
"""

from __future__ import annotations

import contextlib
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

from fuzz import made, mutate
from provenance import CrossCheck, Options, TrustStore, Verifier
from provenance.base.terms import Flag
from provenance.credentials import jumbf
from provenance.kit import carriers
from provenance.kit.certificates import pem
from provenance.kit.claims import NewAssertion
from provenance.kit.cose_sign1 import X5CHAIN, ChainPlace, Sealing
from provenance.kit.jumbf_boxes import assertion_box
from provenance.kit.keys import Seed
from provenance.kit.pki import Pki
from provenance.kit.sample import FORMATS, Bench
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.kit.writer import signed_file
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, coded, load_block, scan_container

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.kit.claims import NewManifest

AT = datetime(2026, 6, 1, tzinfo=UTC)
PKI = Pki(Seed(0), AT)
_LARGEST = 30_000  # bytes of a seed: a larger one says no more, and takes longer
_HEAD = 48  # bytes by which a store is told: without them there is none, for any reader
_AROUND = 40  # bytes before and after a store that may be its wrapping
_PICTURE = b"\xff\xd8\xff"  # how a JPEG begins
_GENERATED = b"newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True)
class Seeded:
    """A sound signed file, its store and where that is (-1: in pieces, or encoded).

    `first` and `last` are where it begins and ends in the file, whatever its coding. `flagged` says
    that it is flagged for what its active manifest declares of AI.
    """

    name: str
    data: bytes
    store: bytes
    start: int
    first: int
    last: int
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
    """The kit's sound samples, what `made` adds to them, and real files that are small."""
    found = []
    for sample in SAMPLES:
        if sample.faulty:
            continue
        done = sample.make(Bench(PKI, f"{sample.group.value}/{sample.name}"), False)
        if done.sidecar is None and not done.fragments:
            found += _seeded(f"good/{sample.name}.{sample.container}", done.data)
    for name, data in made.files(lambda name: Bench(PKI, f"made/{name}")):
        found += _seeded(name, data)
    for path in sorted(CORPUS.iterdir()) if CORPUS.is_dir() else ():
        if path.suffix not in {".json", ".md", ".c2pa"} and path.stat().st_size <= _LARGEST:
            found += _seeded(path.name, path.read_bytes())
    return tuple(found)


def _seeded(name: str, data: bytes) -> Iterator[Seeded]:
    if len(data) > _LARGEST:
        return
    with Asset.from_bytes(data) as asset:
        blocks = scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)
        if len(blocks) == 1:
            store = load_block(asset, blocks[0], jumbf.MAX_STORE)
            first, last = blocks[0].offset, blocks[0].spans[-1].offset + blocks[0].spans[-1].length
            yield Seeded(name, data, store, data.find(store), first, last, _flagged(data, store))


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
    kept = way not in {_resigned, _sealed} and one.flagged and _speaks(data, one)
    return Mutant(one.name, way.__name__[1:], data, kept)


def _speaks(data: bytes, one: Seeded) -> bool:
    """Tell whether the assertion that declares AI is still in a file, as the store has it.

    A store that is encoded or in pieces has to be there as a whole. In markup one counts for
    nothing on purpose in a comment or an instruction, and in text that does not call it one.
    """
    if one.start < 0:
        found = data.find(one.data[one.first : one.last])
        hidden = any(
            data.rfind(opened, 0, found) > data.rfind(closed, 0, found)
            for opened, closed in ((b"<!--", b"-->"), (b"<?", b"?>"))
        )
        before = data[max(found - 64, 0) : max(found, 0)]
        quoted = one.name.endswith((".html", ".comment")) and not coded.is_introduced(before)
        return found >= 0 and not hidden and not quoted
    at = one.store.find(_GENERATED)
    start, end = max(at - 120, 0), at + len(_GENERATED)
    found = data.find(one.store[start:end])
    further = data.find(_PICTURE, 2)  # behind the start of a second picture it is that one's
    return found >= 0 and not (one.data.startswith(_PICTURE) and 0 <= further < found)


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
    boxes = jumbf.parse_jumbf(one.store).children
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
        low, high = one.first, one.last
        places = range(max(low - _AROUND, 0), min(high + _AROUND, len(one.data)))
        if random.random() < 0.5:  # not in the store itself
            places = range(places.start, low) if random.random() < 0.7 else range(high, places.stop)
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


_FRONTS = (b"\0", b"\n", b"\xef\xbb\xbf", b"MZ", b"#!/bin/sh\n", b"GIF89a", b"PK\3\4", b"<html>")


def _laid(random: Random, one: Seeded) -> bytes:
    """Move or double the credential with its wrapping, or put something around the whole file."""
    data = one.data
    # What a file begins with stays: else it is another file, in which a picture may be.
    start, end = max(one.first - random.randrange(_AROUND), min(one.first, 12)), one.last
    if random.random() < 0.5:
        end = min(end + random.randrange(_AROUND), len(data))
    with contextlib.suppress(LookupError):  # made of another file's bytes, such as a page around it
        if one.own and (span := carriers.credential_span(data)) and random.random() < 0.6:
            start, end = span.start, span.end
    piece, bare = data[start:end], data[:start] + data[end:]
    how = random.randrange(8)
    if how == 0:
        return bare + piece
    if how == 1:
        at = random.randrange(len(bare) + 1)
        return bare[:at] + piece + bare[at:]
    if how == 2:
        return data[:end] + piece + data[end:]
    if how == 3:
        return data + piece
    if how == 4:  # something else in the middle of it
        at = random.choice((start, end, random.randrange(start, end + 1)))
        return data[:at] + random.choice((b"\0", bytes(9), random.randbytes(30))) + data[at:]
    if how == 5:
        front = random.choice((*_FRONTS, random.randbytes(9), bytes(60)))
        return front * random.choice((1, 1, 2)) + data  # behind more, a picture is another file
    if how == 6:
        other = random.choice(seeds()).data
        return data + random.choice((b"PK\5\6" + bytes(18), b"\n" * 70_000, other, other[:90]))
    size = random.choice((1, 8, 30, 100))  # what is behind it goes in front of it
    return data[:start] + data[end : end + size] + piece + data[end + size :]


def _sealed(random: Random, one: Seeded) -> bytes:
    """One of the kit's manifests, whose signature is of another structure than it has to be."""
    bench = Bench(PKI, f"fuzz/{random.randrange(8)}")
    signer = bench.pki.credential()
    other = random.choice((1, 2, 4, 33, "x5chain", "alg", "iat", "sigTst2", "rVals", "pad"))
    value = random.choice((*mutate.ITEMS[:-1], signer.chain_der, list(signer.chain_der)[:1]))
    protected = {other: value} if random.random() < 0.4 else {}
    unprotected = {other: value} if random.random() < 0.4 else {}
    if random.random() < 0.2:
        unprotected[random.choice((X5CHAIN, "x5chain"))] = signer.chain_der
    payload = random.choice((None, None, None, None, b"", b"other"))
    place = random.choice(list(ChainPlace))
    der = random.random() < 0.1
    how = Sealing(None, None, None, (), place, protected, unprotected, payload, der=der)
    manifest = replace(bench.manifest(), sealing=how)
    number = random.randrange(1 << 30)

    def parts(made: list[bytes]) -> list[bytes]:
        """Change the COSE structure, which no hash of the claim covers."""
        *others, seal = made
        at = seal.index(b"cbor") + 4
        content = mutate.sign1(Random(number), seal[at:])  # noqa: S311 - to be had again
        return [*others, _boxed(seal[: at - 8], content)]

    if random.random() < 0.7:
        manifest = replace(manifest, twists=replace(manifest.twists, parts=parts))
    return _made(random, one, manifest)


def _made(random: Random, one: Seeded, manifest: NewManifest) -> bytes:
    """Sign media of the container, or of JPEG where the kit does not sign it."""
    container = one.name.rpartition(".")[2]
    media = Bench(PKI, "fuzz").media(container if container in FORMATS else "jpeg")
    try:
        return signed_file(media, manifest)
    except (ValueError, OverflowError, TypeError, struct.error):
        return _struck(random, one)  # never comes to one size, or cannot be written


def _resigned(random: Random, one: Seeded) -> bytes:
    """One of the kit's manifests, changed at random before it is signed."""
    bench = Bench(PKI, f"fuzz/{random.randrange(8)}")
    manifest = bench.manifest()
    way = mutate.recoded if random.random() < 0.2 else mutate.cbor
    changed = []
    for assertion in manifest.assertions:
        if random.random() < 0.5 and assertion.label.startswith("c2pa.actions"):
            whole = assertion_box(assertion.label, assertion.content, assertion.kind)
            at = whole.index(b"\0", whole.index(assertion.label.encode())) + 9
            content = way(random, whole[at:], whole[at:])
            done = _boxed(whole[: at - 8], content)
            changed.append(NewAssertion(assertion.label, {}, box=lambda _, done=done: done))
        else:
            changed.append(assertion)
    manifest = replace(manifest, assertions=tuple(changed))
    if random.random() < 0.6:
        number = random.randrange(1 << 30)

        def claim_bytes(whole: bytes) -> bytes:
            return way(Random(number), whole, whole)  # noqa: S311 - to be had again

        manifest = replace(manifest, twists=replace(manifest.twists, claim_bytes=claim_bytes))
    return _made(random, one, manifest)


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
    _laid,
    _laid,
    _resigned,
    _sealed,
)
