"""Bindings whose hash is right: what they leave out, what may stand there, and what may not."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.kit import bmff_carrier, carriers, damage, expect, films, media
from provenance.kit.claims import ManifestFault, Twists
from provenance.kit.cose_sign1 import Sealing
from provenance.kit.media import StoreSpan
from provenance.kit.sample import Bench, SampleClass, SampleFiles
from provenance.kit.samples.faulty import SampleWords, after, before, sample, signed
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import sign_fragments, sign_without, signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.sample import Sample

_DATA, _BMFF = "assertion.dataHash.mismatch", "assertion.bmffHash.mismatch"
_MORE = "assertion.{}.additionalExclusionsPresent"
_EXIF = b"Exif\0\0II*\0\x08\0\0\0" + bytes(80)
_STCO, _ILOC = "/moov/trak/mdia/minf/stbl/stco", "/meta/iloc"


def _photo(bench: Bench, left_out: Callable[[bytes, StoreSpan], tuple[StoreSpan, ...]]) -> bytes:
    """A JPEG with EXIF whose data hash leaves out these ranges."""
    manifest = replace(bench.manifest(), twists=Twists(left_out=left_out))
    return signed_file(media.gradient_jpeg(app1=_EXIF), manifest)


def _within_exif(whole: bytes, own: StoreSpan) -> tuple[StoreSpan, ...]:
    return (StoreSpan(whole.index(_EXIF) + 20, 60), own)


def _from_exif_on(whole: bytes, own: StoreSpan) -> tuple[StoreSpan, ...]:
    start = whole.index(_EXIF) - 4  # with its marker and its length
    return (StoreSpan(start, own.end - start),)


def _in_tables(whole: bytes, own: StoreSpan) -> tuple[StoreSpan, ...]:
    return (own, StoreSpan(whole.index(b"\xff\xdb") + 8, 4))


def _either(
    wrong: Callable[[bytes, StoreSpan], tuple[StoreSpan, ...]],
) -> Callable[[Bench, bool], bytes]:
    return lambda bench, broken: _photo(bench, wrong if broken else lambda _, own: (own,))


_ROOM = 3000  # bytes of padding in the unsigned header of a signature


def _padded(bench: Bench) -> bytes:
    sealing = Sealing(unprotected={"pad": bytes(_ROOM)})
    return signed_file(bench.media(), replace(bench.manifest(), sealing=sealing))


def _in_the_room(whole: bytes, fill: Callable[[bytes, int], bytes]) -> bytes:
    """The file with less padding, and something else in its room: as long as before."""
    span = carriers.credential_span(whole)
    if span is None:
        raise LookupError("no credential to make room in")
    store = damage.less_padding(carriers.extract(whole), _ROOM)
    filling = fill(store, span.length)
    if len(filling) != span.length:
        raise ValueError("the room is not filled")
    return whole[: span.start] + filling + whole[span.end :]


def _other_picture(store: bytes, length: int) -> bytes:
    own, other = carriers.app11(store), media.gradient_jpeg(48, 32, start=(200, 20, 20))[2:]
    comment = media.jpeg_segment(0xFE, bytes(length - len(own) - len(other) - 4))
    return own + comment + other


def _parted(store: bytes, length: int) -> bytes:
    """The store in two segments of its own with a comment between them."""
    parts = (store[:200], store[:8] + store[200:])
    first, last = (
        media.jpeg_segment(0xEB, b"JP" + struct.pack(">HI", 1, n) + part)
        for n, part in enumerate(parts, start=1)
    )
    comment = media.jpeg_segment(0xFE, bytes(length - len(first) - len(last) - 4))
    return first + comment + last


_METADATA = (
    "beside the store a range may hold asset metadata, which is reported and rejects nothing"
)
DATA_HASHES = (
    good(
        "metadata-left-out",
        SampleClass.COVERAGE,
        "a data hash leaves out a part of the EXIF",
        "15.12.1.1 and 18.5.1",
        lambda bench: _photo(bench, _within_exif),
        replace(expect.AI, informational=(_MORE.format("dataHash"),)),
        because=_METADATA,
    ),
    before(
        SampleClass.COVERAGE,
        SampleWords(
            "exclusion-too-wide",
            "the exclusion reaches 40 bytes beyond the credential",
            "15.12.1.1",
            "the range of the store may hold nothing else; those bytes may be anything",
        ),
        lambda _, one: replace(one, faults=frozenset({ManifestFault.WIDE_EXCLUSION})),
        expect.altered(expect.AI, _DATA),
    ),
    before(
        SampleClass.COVERAGE,
        SampleWords(
            "second-exclusion",
            "a second exclusion leaves 16 bytes of the scan uncovered",
            "15.12.1.1 and 18.5.1",
            "beside the store a range may hold asset metadata (18.5.1); where a validator"
            " encounters any other data than what is permitted, it rejects. A code that informs of"
            " further ranges does not make up for that: those bytes may show anything",
        ),
        lambda _, one: replace(one, faults=frozenset({ManifestFault.EXTRA_EXCLUSION})),
        expect.altered(expect.AI, _DATA),
    ),
    sample(
        SampleClass.COVERAGE,
        SampleWords(
            "tables-left-out",
            "a second exclusion leaves four bytes of a quantisation table uncovered",
            "15.12.1.1 and 18.5.1",
            "tables that steer a decoder are no metadata: what they are makes another picture",
        ),
        _either(_in_tables),
        expect.altered(expect.AI, _DATA),
    ),
    sample(
        SampleClass.COVERAGE,
        SampleWords(
            "metadata-in-own-range",
            "the exclusion of the credential begins with the EXIF segment before it",
            "15.12.1.1",
            "the range of the store may hold nothing else; no decoder shows EXIF, so that for us"
            " the media is covered in part",
        ),
        _either(_from_exif_on),
        expect.partial(expect.AI, _DATA),
    ),
    after(
        SampleClass.COVERAGE,
        SampleWords(
            "picture-in-own-range",
            "unsigned padding was cut, and another picture is in its place, after the store",
            "15.12.1.1",
            "every hash and the signature match, and no key was needed; but the range of the store"
            " holds other data than the store",
        ),
        lambda whole: _in_the_room(whole, _other_picture),
        expect.altered(expect.AI, _DATA),
        build=_padded,
    ),
    after(
        SampleClass.COVERAGE,
        SampleWords(
            "segment-in-own-range",
            "unsigned padding was cut, and a comment is between two segments of the store",
            "15.12.1.2 and 15.12.1.1",
            "the range is longer than the segments of the store together",
        ),
        lambda whole: _in_the_room(whole, _parted),
        expect.altered(expect.AI, _DATA),
        build=_padded,
    ),
)


def _moved(whole: bytes, path: str, offsets: int) -> bytes:
    """Every place that a table names is now in a `free` box at the end, which no hash covers.

    `offsets` is where the first 32-bit place is in the box of the table.
    """
    other = media.gradient_jpeg(start=(200, 20, 20)) * 4
    out = bytearray(whole + films.box(b"free", other))
    (table,) = bmff_carrier.boxes_named(whole, path)
    count = 1 if path == _ILOC else struct.unpack_from(">I", whole, table.start + 12)[0]
    for n in range(count):
        struct.pack_into(">I", out, table.start + offsets + 4 * n, len(whole) + 8)
    return bytes(out)


def _elsewhere(name: str, what: str, container: str, path: str, offsets: int) -> Sample:
    expected = expect.partial(expect.AI, informational=(_MORE.format("bmffHash"),))
    sound = replace(expect.AI, informational=(_MORE.format("bmffHash"),))
    return after(
        SampleClass.COVERAGE,
        SampleWords(
            name,
            what,
            "15.12.2 and A.5.6",
            "further exclusions are allowed and reported, and the hash matches; but what is shown"
            " is now in a box that no hash covers",
        ),
        lambda whole: _moved(whole, path, offsets),
        expected,
        sound,
        build=lambda bench: sign_without(bench.media(container), bench.manifest(), path),
        container=container,
    )


FILMS = (
    sample(
        SampleClass.COVERAGE,
        SampleWords(
            "mdat-left-out",
            "a BMFF hash leaves out the box of the media itself",
            "15.12.2",
            "further exclusions are allowed and reported; the pictures may be anything",
        ),
        lambda bench, broken: (
            sign_without(bench.media("mp4"), bench.manifest(), "/mdat")
            if broken
            else signed(bench, "mp4")
        ),
        expect.partial(expect.AI, informational=(_MORE.format("bmffHash"),)),
        container="mp4",
    ),
    good(
        "offsets-left-out",
        SampleClass.COVERAGE,
        "a BMFF hash leaves out the table that says where samples are",
        "15.12.2 and A.5.6",
        lambda bench: sign_without(bench.media("mp4"), bench.manifest(), _STCO),
        replace(expect.AI, informational=(_MORE.format("bmffHash"),)),
        because="further exclusions are allowed and reported; every byte of the media is covered,"
        " and there is no other place for the samples",
        container="mp4",
    ),
    _elsewhere(
        "samples-moved",
        "the table of offsets, which the hash leaves out, points into a free box",
        "mp4",
        _STCO,
        16,
    ),
    _elsewhere(
        "item-moved",
        "the place of the picture, which the hash leaves out, is now in a free box",
        "heif",
        _ILOC,
        22,
    ),
)


def _segments(order: tuple[int, ...]) -> Callable[[Bench, bool], SampleFiles]:
    def make(bench: Bench, broken: bool) -> SampleFiles:
        init, *rest = sign_fragments(films.fragmented(), bench.manifest())
        return SampleFiles(init, fragments=tuple(rest[n] for n in order) if broken else tuple(rest))

    return make


def _fragments(name: str, what: str, because: str, order: tuple[int, ...], **more: Any) -> Sample:
    return sample(
        SampleClass.COVERAGE,
        SampleWords(name, what, "15.12.2", because),
        _segments(order),
        replace(expect.partial(expect.AI, _BMFF), **more),
        container="mp4",
    )


FRAGMENTS = (
    _fragments(
        "fragment-missing",
        "the second of three media segments is not there",
        "content that is absent although a binding for it exists is a failure; not for who is still"
        " waiting for it",
        (0, 2),
        readings=(expect.OtherReading(expect.ValidationState.TRUSTED),),
    ),
    _fragments(
        "fragment-repeated",
        "the first of three media segments takes the place of the other two",
        "locations shall start at zero and increase by one; the content of two leaves is absent",
        (0, 0, 0),
    ),
    _fragments(
        "fragments-reordered",
        "the media segments come in the opposite order",
        "the sequence shall be the one of the signed leaves: locations increase by one",
        (2, 1, 0),
    ),
)

SAMPLES = (*DATA_HASHES, *FILMS, *FRAGMENTS)
