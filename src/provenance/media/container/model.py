"""What a container scan gives: the format by content, and where its blocks stand."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from provenance.base.finding import Finding


class ContainerDecodeError(ValueError):
    """A block whose coding is broken, or needs a decoder that is not installed (brotli)."""


class ContainerLimitError(ContainerDecodeError):
    """A block that is larger, joined or decoded, than the caller allows."""


class BlockKind(StrEnum):
    """What a block is for. All but the first are metadata (`media.metadata.model.Source`)."""

    MANIFEST_STORE = "manifest_store"
    XMP = "xmp"
    EXIF = "exif"
    IPTC = "iptc"
    TEXT = "text"  # PNG tEXt, zTXt, iTXt
    COMMENT = "comment"  # JPEG COM, GIF comment
    ID3 = "id3"  # one frame
    VORBIS = "vorbis"
    QUICKTIME = "quicktime"  # a `meta` box with keys or ilst, or a `udta` box
    EBML = "ebml"
    RIFF = "riff"  # LIST/INFO, AIGC, iXML
    AMF0 = "amf0"
    PDF = "pdf"  # the Info dictionary
    OOXML = "ooxml"  # a part of a document that holds properties
    SEGMENT = "segment"  # a bare application segment, such as `AIGC{...}` in JPEG
    TRAILER = "trailer"  # behind the end of the image


class Coding(StrEnum):
    """How a block's bytes are wrapped in the file."""

    RAW = "raw"
    BASE64 = "base64"
    DEFLATE = "deflate"
    BROTLI = "brotli"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of the file's bytes, in bytes from its start."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a container: what kind, where it stands, how it is wrapped.

    `place` is the container's own word for the place: `APP11`, `caBX`, `uuid`, `moov.meta`.
    `spans` are joined in order. Nothing is read until `provenance.media.container.load` is called.
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
    fragmented MP4, whose media may stand in other files. `trailing` counts the bytes behind the
    end, where the format tells it without reading all of the file (not for JPEG).
    """

    media_type: str
    family: str
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = ()
    can_carry: bool = False
    fragmented: bool = False
    trailing: int = 0

    def of(self, kind: BlockKind) -> tuple[Block, ...]:
        """Return the blocks of one kind, in file order."""
        return tuple(b for b in self.blocks if b.kind is kind)
