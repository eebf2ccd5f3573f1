"""Stores of media that declares AI, at places where no reader has to look; and what looks alike.

The standard knows the places of Appendix A and no others: a validator finds no store, or one that
does not match. That the file holds one is no less a fact, and here it is still said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import archive, bmff_carrier, carriers, expect, films, media
from provenance.kit.demands import Success
from provenance.kit.films import box
from provenance.kit.media import jpeg_segment, png_chunk, riff_chunk
from provenance.kit.sample import Bench, SampleClass
from provenance.kit.samples.faulty import SampleWords, after, signed
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.expect import Expected
    from provenance.kit.sample import Sample

_UNREAD = replace(
    expect.NO_CREDENTIAL,
    state=expect.ValidationState.UNREADABLE,
    credential="unreadable",
    origin="ai_generated",
    assurance="broken",
    flags=("ai", "broken", "unreadable"),
    findings=("credential.unread_remains",),
)
"""What is there is not the file's credential, and what it says is heard as loose evidence."""
_FOUND = replace(
    expect.undecided(
        expect.altered(expect.AI, findings=("assertion.dataHash.mismatch",)), Success.VALID
    ),
    state=expect.ValidationState.UNREADABLE,
)
"""A reader that goes on as decoders do finds the store; its hash covers what was put in."""


def _split_at_credential(whole: bytes) -> tuple[bytes, bytes, bytes]:
    """A signed file as what is before its credential, the credential, and what is behind it."""
    span = carriers.credential_span(whole)
    if span is None:
        raise LookupError("no credential to move")
    return whole[: span.start], whole[span.start : span.end], whole[span.end :]


def _before(junk: bytes) -> Callable[[bytes], bytes]:
    def change(whole: bytes) -> bytes:
        head, own, tail = _split_at_credential(whole)
        return head + junk + own + tail

    return change


def _at_end(whole: bytes) -> bytes:
    head, own, tail = _split_at_credential(whole)
    return head + tail + own


def _after_scan(whole: bytes) -> bytes:
    """Between the coded picture and its end."""
    head, own, tail = _split_at_credential(whole)
    return head + tail[:-2] + own + tail[-2:]


def _as(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """One word of the credential's wrapping is another."""

    def change(whole: bytes) -> bytes:
        if old not in whole:
            raise LookupError("no such word in this file")
        return whole.replace(old, new, 1)

    return change


def _marker(number: int) -> Callable[[bytes], bytes]:
    """The credential's segments are of another kind."""

    def change(whole: bytes) -> bytes:
        head, own, tail = _split_at_credential(whole)
        return head + own.replace(b"\xff\xeb", bytes((0xFF, number)), 1) + tail

    return change


def _behind_chunks(whole: bytes) -> bytes:
    """Behind more chunks of text than a reader looks at."""
    return _before(png_chunk(b"tEXt", b"a\0") * 17_000)(whole)


def _chunk_named(name: bytes) -> Callable[[bytes], bytes]:
    """A chunk of another name with the store, its check sum mended."""

    def change(whole: bytes) -> bytes:
        store = carriers.extract(whole)
        head, _, tail = _split_at_credential(whole)
        return head + png_chunk(name, store) + tail

    return change


def _after_riff(whole: bytes) -> bytes:
    """Behind what the header of the RIFF says is its end."""
    return carriers.strip(whole) + riff_chunk(b"C2PA", carriers.extract(whole))


def _in_free(whole: bytes) -> bytes:
    """The C2PA box is called free."""
    return _as(b"uuid" + bmff_carrier.C2PA_UUID[:4], b"free" + bmff_carrier.C2PA_UUID[:4])(whole)


def _behind_bogus_box(whole: bytes) -> bytes:
    """A box that says that it has four bytes is in front of the C2PA box."""
    return _before(b"\0\0\0\4free")(whole)


def _renamed(whole: bytes) -> bytes:
    """The file of the store has a name in capitals."""
    return whole.replace(archive.CREDENTIAL.encode(), archive.CREDENTIAL.upper().encode())


def _hidden(
    name: str,
    what: str,
    damage: Callable[[bytes], bytes],
    container: str = "jpeg",
    expected: Expected = _UNREAD,
) -> Sample:
    because = (
        "no reader has to look beyond the places of Appendix A; one that does finds a store that is"
        " not where its hash leaves room for it"
    )
    return after(
        SampleClass.HIDDEN,
        SampleWords(name, what, "15.5.2.1 and A.3", because),
        damage,
        expected,
        build=lambda bench: signed(bench, container),
        container=container,
    )


_GONE_ON = (
    _hidden("byte-before", "an odd byte in front of the segments", _before(b"x"), expected=_FOUND),
    _hidden(
        "zeros-before", "two zeros in front of the segments", _before(bytes(2)), expected=_FOUND
    ),
    _hidden(
        "restart-before", "a restart marker in front of them", _before(b"\xff\xd0"), expected=_FOUND
    ),
    _hidden(
        "start-again",
        "a second start of image in front of them",
        _before(b"\xff\xd8"),
        expected=_FOUND,
    ),
    _hidden(
        "length-of-one",
        "a segment with a length of one in front of them",
        _before(b"\xff\xe5\0\1"),
        expected=_FOUND,
    ),
    _hidden("zeros-in-gif", "zeros between two blocks of a GIF", _before(bytes(7)), "gif", _FOUND),
)
_MOVED = (
    _hidden(
        "behind-comments",
        "8,200 empty comments in front of the segments",
        _before(jpeg_segment(0xFE, b"") * 8_200),
    ),
    _hidden("of-another-system", "the segments say JQ and not JP", _as(b"JP\0\1", b"JQ\0\1")),
    _hidden("after-the-scan", "the segments are after the coded picture", _after_scan),
    _hidden("after-the-end", "the segments are after the end of the JPEG", _at_end),
    _hidden("in-a-comment", "the store is in a comment segment", _marker(0xFE)),
    _hidden("in-app10", "the store is in segments APP10", _marker(0xEA)),
    _hidden("behind-chunks", "17,000 chunks of text in front of the chunk", _behind_chunks, "png"),
    _hidden("after-iend", "the chunk is after the last one of a PNG", _at_end, "png"),
    _hidden("chunk-of-another-name", "the chunk is called caBY", _chunk_named(b"caBY"), "png"),
    _hidden("after-riff", "the chunk is after the end of the RIFF", _after_riff, "wav"),
    _hidden("small-letters", "the chunk is called c2pa", _as(b"C2PA", b"c2pa"), "webp"),
    _hidden(
        "gif-comment",
        "the store of a GIF is in a comment",
        _as(b"\x21\xff\x0bC2PA_GIF\x01\x00\x00", b"\x21\xfe"),
        "gif",
    ),
    _hidden(
        "tag-of-another-number",
        "the tag of a TIFF is 0xCD42",
        _as(b"\x41\xcd", b"\x42\xcd"),
        "tiff",
    ),
    _hidden("in-a-free-box", "the box of an MP4 is called free", _in_free, "mp4"),
    _hidden("behind-a-bogus-box", "a box of four bytes in front of it", _behind_bogus_box, "mp4"),
    _hidden(
        "id3-of-another-type",
        "the frame of an MP3 has the type application/c2pb",
        _as(b"application/c2pa", b"application/c2pb"),
        "mp3",
    ),
    _hidden("name-in-capitals", "the file in an EPUB has a name in capitals", _renamed, "epub"),
)


def _cover(bench: Bench) -> bytes:
    """An MP3 without a credential whose cover has one."""
    frame = b"\0image/jpeg\0\3\0" + signed(bench)
    size = carriers.synchsafe(len(frame))
    tag = b"APIC" + size + b"\0\0" + frame
    return b"ID3\x04\0\0" + carriers.synchsafe(len(tag)) + tag + films.silent_mp3()


def _unpacked(bench: Bench) -> bytes:
    """An EPUB that holds another book, unpacked, with that one's credential."""
    store = carriers.extract(signed(bench, "epub"))
    return archive.zip_bytes(
        [*archive.files(archive.epub()), (f"book/{archive.CREDENTIAL}", store)]
    )


def _other_box(bench: Bench) -> bytes:
    """A JPEG XT box in APP11 that is no JUMBF (ISO/IEC 18477-3)."""
    picture = bench.media()
    at = 20  # behind JFIF
    return picture[:at] + carriers.app11(box(b"RSPC", bytes(50))) + picture[at:]


def _decoys(bench: Bench) -> bytes:
    plain = media.gradient_svg()
    at = plain.index(b"?>") + 2
    return signed_file(plain[:at] + b"<!--<c2pa:manifest>-->" * 17 + plain[at:], bench.manifest())


def _quoted(bench: Bench) -> bytes:
    whole = signed(bench, "svg")
    plain = media.gradient_svg()
    at = plain.index(b"?>") + 2
    element = whole[whole.index(b"<metadata>") : whole.index(b"</metadata>") + len(b"</metadata>")]
    return plain[:at] + b"<!--" + element + b"-->" + plain[at:]


def _alike(
    name: str, what: str, because: str, make: Callable[[Bench], bytes], container: str = "jpeg"
) -> Sample:
    return good(
        name,
        SampleClass.HIDDEN,
        what,
        "15.5.2.1 and A.3",
        make,
        expect.NO_CREDENTIAL,
        because=because,
        container=container,
    )


_ALIKE = (
    _alike(
        "other-app11",
        "a JPEG with a box of JPEG XT in an APP11 segment",
        "APP11 is used for other things than C2PA",
        _other_box,
    ),
    _alike(
        "second-picture",
        "a JPEG without a credential, and behind it one that has its own",
        "the second picture's credential is not the file's",
        lambda bench: bench.media() + signed(bench),
    ),
    _alike(
        "motion-photo",
        "a JPEG without a credential, and behind it a film that has its own",
        "the film's credential is not the picture's",
        lambda bench: bench.media() + signed(bench, "mp4"),
    ),
    _alike(
        "cover",
        "an MP3 without a credential, whose cover is a picture with one",
        "the cover's credential is not the sound's",
        _cover,
        "mp3",
    ),
    _alike(
        "unpacked-book",
        "an EPUB that holds another one, unpacked, with a credential of its own",
        "META-INF is a folder of the archive and of no other folder",
        _unpacked,
        "epub",
    ),
    _alike(
        "quoted-in-a-comment",
        "an SVG whose comment quotes a credential",
        "a comment is not an element",
        _quoted,
        "svg",
    ),
    good(
        "decoys",
        SampleClass.HIDDEN,
        "an SVG with seventeen comments that name the element of the store, in front of it",
        "A.3",
        _decoys,
        because="comments are no elements; the store is where it belongs, and its hash matches",
        container="svg",
    ),
)

SAMPLES = (*_GONE_ON, *_MOVED, *_ALIKE)
