"""Faults of the binding: media that was changed, and bindings that say too little or nonsense."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.kit import carriers, damage, expect
from provenance.kit.binding import BindingKind, NewHardBinding, data_hash
from provenance.kit.claims import ManifestFault, Twists
from provenance.kit.demands import Success
from provenance.kit.films import fragmented
from provenance.kit.media import jpeg_segment
from provenance.kit.sample import BMFF, FORMATS, ZIPS, Bench, Sample, SampleClass, SampleFiles
from provenance.kit.samples.faulty import SampleWords, after, before, sample, signed, twist
from provenance.kit.writer import sign_detached, sign_fragments, signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest

_DATA, _BMFF, _BOXES, _COLLECTION = (
    f"assertion.{kind}.mismatch" for kind in ("dataHash", "bmffHash", "boxesHash", "collectionHash")
)
_SIGNED_OTHER = "the signature verifies and the media is not the one that was signed"


def _flipped(container: str) -> Sample:
    code, section = _DATA, "15.12.1.1"
    if container in BMFF:
        code, section = _BMFF, "15.12.2"
    elif container in ZIPS:
        code, section = _COLLECTION, "15.12.5"
    elif container == "font":
        code, section = _BOXES, "15.12.3"
    elif container == "text":
        section = "15.12.1.3.1"
    row = SampleWords(
        f"media-{container}",
        f"one bit of the media of a {container} is flipped",
        section,
        _SIGNED_OTHER,
    )
    return after(
        SampleClass.BINDING,
        row,
        damage.flip_media,
        expect.altered(expect.AI, code),
        build=lambda bench: signed(bench, container),
        container=container,
    )


def _boxed(container: str) -> Callable[[Bench], bytes]:
    return lambda bench: signed_file(
        bench.media(container), replace(bench.manifest(), binding=BindingKind.BOXES)
    )


def _with_comment(jpeg: bytes) -> bytes:
    """The JPEG with a further comment segment in front of its tables."""
    at = next(start for marker, start, _ in carriers.segments(jpeg) if marker == 0xDB)
    return jpeg[:at] + jpeg_segment(0xFE, b"a comment that nobody signed") + jpeg[at:]


def _fragments(
    bench: Bench, broken: bool, change: Callable[[list[bytes]], list[bytes]]
) -> SampleFiles:
    init, *media = sign_fragments(fragmented(), bench.manifest())
    return SampleFiles(init, fragments=tuple(change(media) if broken else media))


def _flip_second(media: list[bytes]) -> list[bytes]:
    body = bytearray(media[1])
    body[-20] ^= 1
    return [media[0], bytes(body), media[2]]


def _reordered(content: dict[str, Any]) -> None:
    boxes = content["boxes"]
    at = next(n for n, box in enumerate(boxes) if box["names"] == ["DQT"])
    boxes[at : at + 2] = boxes[at + 1], boxes[at]


def _with_binding_content(**changes: Any) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(content: dict[str, Any]) -> None:
        content.update(changes)
        for key in [key for key, value in changes.items() if value is None]:
            del content[key]

    return twist(binding=change)


def _second_binding(_: Bench, manifest: NewManifest) -> NewManifest:
    again = NewHardBinding("c2pa.hash.data__1", data_hash(bytes(32), ()))
    return replace(manifest, bindings=(again,))


def _two_kinds(_: Bench, manifest: NewManifest) -> NewManifest:
    boxes: dict[str, object] = {"alg": "sha256", "boxes": []}
    return replace(manifest, bindings=(NewHardBinding(BindingKind.BOXES, boxes),))


def _overlapping(content: dict[str, Any]) -> None:
    (first,) = content["exclusions"]
    again = {"start": first["start"] + first["length"] - 4, "length": 4}
    content["exclusions"] = [first, again]
    _repadded(content)


def _beyond(content: dict[str, Any]) -> None:
    (first,) = content["exclusions"]
    content["exclusions"] = [first, {"start": 1 << 20, "length": 16}]
    _repadded(content)


def _negative(content: dict[str, Any]) -> None:
    (first,) = content["exclusions"]
    content["exclusions"] = [{"start": -8, "length": 4}, first]
    _repadded(content)


def _weak(bench: Bench, broken: bool) -> bytes:
    """Bound by a SHA-1 that is the right one."""
    whole = signed(bench)
    if not broken:
        return whole

    def change(content: dict[str, Any]) -> None:
        spans = content["exclusions"]
        (first,) = spans
        left = whole[: first["start"]] + whole[first["start"] + first["length"] :]
        content |= {"alg": "sha1", "hash": hashlib.sha1(left, usedforsecurity=False).digest()}
        _repadded(content)

    return signed_file(bench.media(), replace(bench.manifest(), twists=Twists(binding=change)))


def _repadded(content: dict[str, Any]) -> None:
    """Keep the assertion's size, so that the file's hash stays the one computed."""
    content["pad"] = b""
    content["pad"] = bytes(240 - len(cbor.encode(content)))


def _other_sidecar(bench: Bench, broken: bool) -> SampleFiles:
    data = bench.media()
    store = sign_detached(bench.media("png") if broken else data, bench.manifest())
    return SampleFiles(data, sidecar=store)


_SEVERAL = expect.undecided(  # the second one fits nothing: whether it is compared is open
    expect.altered(expect.AI, "assertion.multipleHardBindings"), Success.VALID
)
_WITHOUT_HASH = expect.unchecked(expect.AI, _DATA, findings=("credential.malformed",))
"""The section says mismatch, the schema malformed."""
_ALG = SampleWords(
    "data-hash-algorithm",
    "the data hash names SHA-1 as its algorithm",
    "15.12.1.1 and 15.4.4",
    "SHA-1 is on neither list of hashes, so the hash is not evidence",
)
SAMPLES = (
    *(_flipped(container) for container in FORMATS),
    after(
        SampleClass.BINDING,
        SampleWords(
            "trailing-bytes",
            "sixteen bytes stand behind the end of the JPEG",
            "15.12.1.1",
            "a data hash covers the whole file, so what was added is covered too",
        ),
        lambda whole: whole + bytes(16),
        expect.altered(expect.AI, _DATA),
    ),
    after(
        SampleClass.BINDING,
        SampleWords(
            "box-hash-changed", "one bit of a box-hashed JPEG is flipped", "15.12.3", _SIGNED_OTHER
        ),
        damage.flip_media,
        expect.altered(expect.AI, _BOXES),
        build=_boxed("jpeg"),
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "box-hash-order",
            "the list of boxes names two of them in the other order; every hash is right",
            "15.12.3",
            "the boxes shall appear in the file in the order of the list",
        ),
        twist(binding=_reordered),
        expect.altered(expect.AI, _BOXES),
        manifest=lambda bench: replace(bench.manifest(), binding=BindingKind.BOXES),
    ),
    after(
        SampleClass.BINDING,
        SampleWords(
            "box-hash-unknown-box",
            "a box-hashed JPEG has a comment that its list of boxes does not name",
            "15.12.3",
            "boxes that the list does not name are rejected",
        ),
        _with_comment,
        expect.altered(expect.AI, "assertion.boxesHash.unknownBox", _BOXES, findings=()),
        build=_boxed("jpeg"),
    ),
    sample(
        SampleClass.BINDING,
        SampleWords(
            "fragment-changed",
            "one bit of the second media segment is flipped",
            "15.12.2.2",
            "the segment's leaf is not the one of the Merkle row",
        ),
        lambda bench, broken: _fragments(bench, broken, _flip_second),
        expect.altered(expect.AI, _BMFF),
        container="mp4",
    ),
    sample(
        SampleClass.BINDING,
        SampleWords(
            "fragment-exchanged",
            "the second media segment is the first one once more, under the second's place",
            "15.12.2.2",
            "the leaf at that place of the Merkle row is another segment's",
        ),
        lambda bench, broken: _fragments(bench, broken, _exchanged),
        expect.altered(expect.AI, _BMFF),
        container="mp4",
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "no-hard-binding",
            "there is no hard binding",
            "15.10.1.2",
            "exactly one is required; without it the credential fits any file",
        ),
        lambda _, one: replace(one, faults=frozenset({ManifestFault.NO_BINDING})),
        expect.altered(expect.AI, "claim.hardBindings.missing"),
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "two-hard-bindings",
            "there are two data hashes",
            "15.10.1.2",
            "exactly one is allowed",
        ),
        _second_binding,
        _SEVERAL,
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "two-kinds-of-binding",
            "there is a general box hash beside the data hash",
            "15.10.1.2",
            "exactly one hard binding is allowed, of whatever kind",
        ),
        _two_kinds,
        _SEVERAL,
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "data-hash-missing",
            "the data hash has no hash field",
            "15.12.1.1",
            "without the field the manifest is rejected; nothing can be compared with the media",
        ),
        _with_binding_content(hash=None),
        expect.undecided(_WITHOUT_HASH, Success.WELL_FORMED, Success.VALID),
    ),
    sample(
        SampleClass.BINDING,
        _ALG,
        _weak,
        expect.UNSUPPORTED,
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "exclusion-beyond-end",
            "an exclusion begins behind the end of the file",
            "15.12.1.1",
            "an exclusion that ends beyond the asset is a mismatch; nothing would cover what is"
            " added there",
        ),
        twist(binding=_beyond),
        expect.altered(expect.AI, _DATA),
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "exclusions-overlap",
            "a second exclusion lies within the first",
            "15.12.1.1",
            "exclusions that overlap are malformed; all that they leave out is the credential",
        ),
        twist(binding=_overlapping),
        expect.unchecked(
            expect.AI,
            "assertion.dataHash.malformed",
            findings=("assertion.dataHash.malformed",),
        ),
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "exclusion-negative",
            "an exclusion begins before the file",
            "15.12.1.1",
            "negative values are malformed",
        ),
        twist(binding=_negative),
        expect.unchecked(
            expect.AI, "assertion.dataHash.malformed", findings=("credential.malformed",)
        ),
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "bmff-hash-without-exclusions",
            "a BMFF hash has no list of exclusions",
            "15.12.2",
            "the field is required",
        ),
        _with_binding_content(exclusions=None),
        expect.unchecked(
            expect.AI, "assertion.bmffHash.malformed", findings=("credential.malformed",)
        ),
        container="mp4",
    ),
    sample(
        SampleClass.BINDING,
        SampleWords(
            "sidecar-of-another",
            "the neighbouring .c2pa belongs to another picture",
            "15.5.3.1 and 15.5.5",
            "a located store that does not match is rejected; a validator should look for a"
            " neighbour and need not, and for us a neighbour breaks nothing",
        ),
        _other_sidecar,
        replace(
            expect.NO_CREDENTIAL,
            state=expect.ValidationState.INVALID,
            failure=(_DATA,),
            findings=("sidecar.mismatch",),
            readings=(expect.OtherReading(expect.ValidationState.ABSENT),),
        ),
    ),
)


def _exchanged(media: list[bytes]) -> list[bytes]:
    """The first segment's media under the second's C2PA box."""
    span = carriers.credential_span(media[1])
    first = carriers.credential_span(media[0])
    if span is None or first is None:
        raise LookupError("a media segment without a C2PA box")
    own = media[1][span.start : span.end]
    return [media[0], media[0][: first.start] + own + media[0][first.end :], media[2]]
