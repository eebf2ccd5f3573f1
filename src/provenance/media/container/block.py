"""What a container scan gives: the format by content, and where its blocks are."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from provenance.base.finding import Finding
    from provenance.media.asset import Asset


class ContainerDecodeError(ValueError):
    """A block whose coding is broken, or needs a decoder that is not installed (brotli)."""


class ContainerLimitError(ContainerDecodeError):
    """A block that is larger, joined or decoded, than the caller allows."""


class BlockKind(StrEnum):
    """What a block of a container is for, and so where a field of metadata comes from.

    This is where a kind of metadata is registered: its line says the word that outputs use, the
    function of a module of `provenance.media.metadata` that parses its blocks, and what it is.
    The manifest store is not metadata, and hidden text comes from pixels: they have no parser.
    """

    parser: str
    what: str

    def __new__(cls, word: str, parser: str, what: str) -> Self:
        """Make the member that is `word`."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.parser = parser
        member.what = what
        return member

    MANIFEST_STORE = "manifest_store", "", "a C2PA manifest store"
    XMP = "xmp", "xmp_fields:add_xmp_properties", "an XMP packet, extended XMP included"
    EXIF = "exif", "exif:add_exif_tags", "EXIF: IFD0 and the Exif IFD"
    IPTC = "iptc", "iim:add_iim_datasets", "IPTC-IIM datasets"
    TEXT = "text", "plain_text:add_texts", "PNG tEXt, zTXt, iTXt"
    COMMENT = "comment", "plain_text:add_texts", "JPEG COM, GIF comment"
    ID3 = "id3", "id3_frames:add_id3_frame", "one frame of an ID3v2 tag"
    VORBIS = "vorbis", "vorbis:add_vorbis_comments", "Vorbis comments of Ogg and FLAC"
    QUICKTIME = "quicktime", "quicktime:add_atoms", "a `meta` or `udta` box, lines of a text track"
    EBML = "ebml", "ebml_tags:add_ebml_tags", "tags, info, tracks' names and subtitles of Matroska"
    RIFF = "riff", "riff_info:add_riff_info", "LIST/INFO, AIGC, bext, iXML"
    AMF0 = "amf0", "amf0:add_script_data", "script data of FLV"
    PDF = "pdf", "pdf_info:add_pdf_info", "the Info dictionary of PDF"
    OOXML = "ooxml", "ooxml:add_properties", "a part of a document that holds its properties"
    HTML = "html", "html_meta:add_html_source_types", "`meta` elements and JSON-LD of a page"
    TAGS = "tags", "tags:add_tags", "APEv2 tags, text chunks of AIFF, information of CAF and ASF"
    SEGMENT = (
        "segment",
        "plain_text:add_texts",
        "a bare application segment of JPEG, such as `AIGC{...}`",
    )
    TRAILER = "trailer", "trailer:add_trailer_entries", "after the end of the image"
    BESIDE = (
        "beside",
        "",
        "settings in a file next to this one, such as `clip.json`; XMP in one is `xmp`",
    )
    STEALTH = "stealth", "", "text in the lowest bits of pixels, keyed like PNG text"


class Coding(StrEnum):
    """How a block's bytes are wrapped in the file."""

    RAW = "raw"
    BASE64 = "base64"
    DEFLATE = "deflate"
    BROTLI = "brotli"
    SELECTORS = "variation selectors"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of the file's bytes, in bytes from its start."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a container: what kind, where it is, how it is wrapped.

    `place` is the container's own word for the place: `APP11`, `caBX`, `uuid`, `moov.meta`. Parsers
    of metadata go by it where blocks of one kind are made in different ways (tEXt, zTXt, iTXt).
    `spans` are joined in order. Nothing is read until `provenance.media.container.load_block` is
    called.
    """

    kind: BlockKind
    place: str
    spans: tuple[Span, ...]
    coding: Coding = Coding.RAW

    @property
    def offset(self) -> int:
        """Where the block starts in the file."""
        return self.spans[0].offset if self.spans else 0

    @property
    def length(self) -> int:
        """How many bytes of the file it takes, before any decoding."""
        return sum(span.length for span in self.spans)


@dataclass(frozen=True, slots=True)
class Scan:
    """What the scan of one asset found.

    `media_type` is what the bytes are (`application/octet-stream` where nothing was recognised);
    `family` the module that read them (`jpeg`, `bmff` ...; `unknown`). `can_carry` says
    whether the C2PA specification places credentials in this format. `fragmented` marks a
    fragmented MP4, whose media may be in other files. `trailing` counts the bytes after the
    end, where the format tells it without reading all of the file (not for JPEG).

    `extent` is the credential with its wrapping: each byte of it, and no other; sorted, merged.
    It does not hold what is between the credential's own parts, nor what follows the store
    within its wrapping. Of a PDF with several stores it is that of the last one. `lawful` is what
    the standard lets a hash leave out besides, by name: the count field of tag 0xCD41 in TIFF.

    `remains` are manifest stores at places where the format has none: in a part that a bound or
    damage kept from being read as structure, or in a wrapping of another name. None of them is
    the file's credential. They come with the finding `credential.unread_remains`.

    `reach` is what the container's own lengths give to the credential after the end of the store:
    every reader of the format passes over it.
    """

    media_type: str
    family: str
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = ()
    can_carry: bool = False
    fragmented: bool = False
    trailing: int = 0
    extent: tuple[Span, ...] = ()
    lawful: tuple[Span, ...] = ()
    remains: tuple[Block, ...] = ()
    reach: tuple[Span, ...] = ()

    def blocks_of(self, kind: BlockKind) -> tuple[Block, ...]:
        """Return the blocks of one kind, in file order."""
        return tuple(b for b in self.blocks if b.kind is kind)


def _never(asset: Asset, head: bytes) -> bool:
    """Recognise nothing: a family whose first bytes are enough is not asked."""
    del asset, head
    return False


@dataclass(frozen=True, slots=True)
class Family:
    """What a module of this package declares of the format it reads, in its `FAMILY`.

    The line in `provenance.media.container.sniff` says how files of the family begin.

    `title` is what people call it. `media_types` are all that `scan` may tell; one that ends in `*`
    stands for every type that begins so. `store` says where the C2PA specification places a
    manifest store, empty where it places none: then `scan` answers `can_carry=False`.

    `example` is a small file of the family, from which no exception may come wherever it is cut.
    `recognise` gets the asset and its first 264 bytes, and decides where a line has `asks`;
    `near_miss` is then a file that begins likewise and is of another kind.

    `stepped` says that `scan` steps over parts by their sizes, and does not itself look at the end
    of the file. One size that is too large, or 0, can take in a manifest store that follows: where
    none was found, the end of the file is then looked at, whatever the sizes say.

    `checksums` tells whether the format keeps check sums over its content: then `lint --tamper`
    does not flip bits of it.

    Of a format that holds other files, `holds` says so, as pairs: how a media type begins, and what
    of such a file is not examined unless it is opened, in words before "not examined". `opener` is
    the module of `provenance.media.archive` that opens it, empty where none does.

    Of a format that is recognised and whose structure is not read, `unread` says so in a sentence.
    """

    title: str
    media_types: tuple[str, ...]
    scan: Callable[[Asset], Scan]
    example: bytes
    store: str = ""
    recognise: Callable[[Asset, bytes], bool] = _never
    near_miss: bytes = b""
    stepped: bool = False
    checksums: bool = True
    holds: tuple[tuple[str, str], ...] = ()
    opener: str = ""
    unread: str = ""

    def unexamined(self, media_type: str) -> str:
        """Return what of such a file is not examined unless it is opened, empty for media."""
        return next((what for begin, what in self.holds if media_type.startswith(begin)), "")
