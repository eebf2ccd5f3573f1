"""ISO BMFF (ISO/IEC 14496-12): MP4, MOV, M4A, 3GP, HEIC, AVIF, CR3, and media segments.

A manifest store is in a top-level `uuid` box with a purpose (C2PA specification, "Embedding
manifests into BMFF-based assets"). Boxes are stepped over by their size, so that a media box of
any length costs one header. Nothing descends deeper than moov/udta/meta, whatever the file nests,
except into the tables of a text track (`text_track`). Metadata is noted as whole `meta` and `udta`
boxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.container import items, jumbf_header, leftovers, samsung_trailer, text_track
from provenance.media.container.block import BlockKind, Family, Span
from provenance.media.container.bounds import MAX_TEXT_TRACKS
from provenance.media.container.boxes import Box, walk
from provenance.media.container.collect import UPDATE_PLACE, Collector

if TYPE_CHECKING:
    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP specification, part 3, 1.2.7
_PLACES = {b"manifest": "uuid", b"original": "uuid original", b"update": UPDATE_PLACE}
_IMAGES = frozenset({"image/heic", "image/avif", "image/heif"})
_NOT_DESCENDED = "a box within a box of its kind: not descended into"
_UUID_HEAD = 64  # bytes of a C2PA box in front of its store
_MAX_PURPOSE = 32  # the longest one defined has 8 characters
_SEGMENT_INFO = b"urn:c2pa:verifiable-segment-info\0"
_EVENT_HEAD = 96  # bytes of `emsg` in which its scheme is, in either version (ISO/IEC 23009-1)
_PLAIN = frozenset({b"ftyp", b"styp", b"sidx", b"mfra"})
_MEDIA_HEAD = 96  # bytes of `mdia`: `mdhd` (44 at most) and the beginning of `hdlr`
_TEXT_HANDLERS = (b"text", b"sbtl", b"subt")
_MAX_BRANDS = 256  # bytes of compatible brands looked at

_BRANDS = {  # brand -> media type, for major brands that settle it
    b"qt  ": "video/quicktime",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic-sequence",
    b"hevx": "image/heic-sequence",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"M4P ": "audio/mp4",
    b"F4A ": "audio/mp4",
    b"crx ": "image/x-canon-cr3",
}
_SEGMENT_FIRST = frozenset({b"styp", b"moof", b"sidx", b"emsg", b"prft"})
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"pnot", b"skip"})


class _BmffScan:
    __slots__ = ("fragmented", "merkle", "out", "texts")

    def __init__(self, asset: Asset) -> None:
        self.out = Collector(asset)
        self.fragmented = False
        self.merkle = 0
        self.texts = 0  # text tracks

    def top(self) -> None:
        """Go over the top-level boxes of the whole file."""
        for box in walk(self.out, 0, self.out.asset.size):
            kind = box.kind
            if kind == b"uuid":
                self._uuid(box)
            elif kind == b"moov":
                self._moov(box)
            elif kind == b"meta":
                self._meta(box, "meta")
            elif kind == b"moof":
                self.fragmented = True
            elif kind == b"jumb":  # the store itself, in no box of C2PA
                leftovers.peek(self.out, "unknown box", box.start, box.end - box.start)
            elif kind in _PLAIN:
                leftovers.search(self.out, box.body, box.end)  # its size may reach over others
            else:
                if kind == b"emsg":
                    self._event(box)
                # an item of XMP may be the first thing in the media
                look = leftovers.peek if kind == b"mdat" else leftovers.peek_at_all
                look(self.out, "unknown box", box.body, box.end - box.body)
        if self.merkle:
            self.out.note("container.merkle_boxes", f"{self.merkle} C2PA Merkle boxes", "uuid")

    def _event(self, box: Box) -> None:
        """Say of the signature of one segment of live video that nothing here checks it (19.4)."""
        if _SEGMENT_INFO in self.out.asset.read(box.body, min(box.end - box.body, _EVENT_HEAD)):
            message = "a segment of live video: its own signature was not checked"
            self.out.fault("livevideo.not_checked", message, "emsg")

    def _uuid(self, box: Box) -> None:
        # uuid (16), version and flags (4), purpose (NUL-terminated), offset of the first Merkle
        # box (8, not with the purpose `merkle`), then the data
        head = self.out.asset.read(box.body, 20 + _MAX_PURPOSE)
        extended = head[:16]
        if extended == _XMP:
            self.out.xmp("uuid", (Span(box.body + 16, box.end - box.body - 16),))
        elif extended == _C2PA:
            stop = head.find(b"\0", 20)
            purpose = head[20:stop] if stop >= 0 else b""
            place = _PLACES.get(purpose)
            if place is not None:
                begin = box.body + stop + 9
                whole = Span(box.start, box.end - box.start)  # padding included (A.5.3)
                self.out.store(place, (Span(begin, max(box.end - begin, 0)),), (whole,))
            elif purpose == b"merkle":
                self.merkle += 1
            else:
                self.out.truncated("a C2PA box of unknown purpose", "uuid")
                self._unknown(box)
        else:
            leftovers.peek(self.out, "uuid", box.body, box.end - box.body)

    def _unknown(self, box: Box) -> None:
        """Look for a store where a box of the credential's type does not say that it has one."""
        for at in leftovers.marks(self.out, b"jumdc2pa", box.body, min(box.body + 128, box.end)):
            sound = jumbf_header.is_store(self.out.asset.read(at - 12, jumbf_header.PEEK))
            self.out.remain(
                "uuid", at - 12, leftovers.in_one_piece(self.out, at - 12) if sound else ()
            )

    def _moov(self, moov: Box) -> None:
        end = min(moov.end, self.out.asset.size)
        for box in walk(self.out, moov.body, end, "moov"):
            if box.kind == b"mvex":
                self.fragmented = True
            elif box.kind == b"meta":
                self._meta(box, "moov.meta")
            elif box.kind == b"uuid":
                head = self.out.asset.read(box.body, 16)
                if head == _XMP:
                    self.out.xmp("moov.uuid", (Span(box.body + 16, box.end - box.body - 16),))
                else:
                    leftovers.peek(self.out, "moov.uuid", box.body, box.end - box.body)
            elif box.kind == b"udta":
                self._udta(box, "moov.udta")
            elif box.kind == b"trak":
                self._trak(box)
            elif box.kind == b"moov":
                self.out.limit(_NOT_DESCENDED, "moov")

    def _trak(self, trak: Box) -> None:
        """Look for what is said of one track: its title, and the text of a track of subtitles."""
        end = min(trak.end, self.out.asset.size)
        for box in walk(self.out, trak.body, end, "moov.trak"):
            if box.kind == b"udta":
                self._udta(box, "moov.trak.udta")
            elif box.kind == b"meta":
                self._meta(box, "moov.trak.meta")
            elif box.kind == b"mdia":
                self._mdia(box)

    def _mdia(self, mdia: Box) -> None:
        """Look for lines of text, where the first boxes of a track's media say that it has them."""
        head = self.out.asset.read(mdia.body, _MEDIA_HEAD)
        if any(handler in head for handler in _TEXT_HANDLERS):
            self.texts += 1
            if self.texts > MAX_TEXT_TRACKS:
                self.out.limit(f"more than {MAX_TEXT_TRACKS} tracks of text", "moov.trak")
                return

            text_track.add_text_samples(self.out, mdia.body, mdia.end)

    def _udta(self, udta: Box, place: str) -> None:
        atoms = False
        for box in walk(self.out, udta.body, udta.end, place):
            if box.kind == b"XMP_":  # QuickTime (XMP specification, part 3, 1.2.6)
                self.out.xmp(f"{place}.XMP_", (Span(box.body, box.end - box.body),))
            elif box.kind == b"meta":
                self._meta(box, f"{place}.meta")
            elif box.kind == b"\0\0\0\0":
                break  # a 32-bit zero ends the list in QuickTime files
            elif box.kind == b"udta":
                self.out.limit(_NOT_DESCENDED, place)
            else:
                atoms = True
        if atoms:
            self.out.metadata(BlockKind.QUICKTIME, place, udta.body, udta.end - udta.body)

    def _meta(self, meta: Box, place: str) -> None:
        items.add_items(self.out, meta, place)


def scan_bmff(asset: Asset) -> Scan:
    """Find the manifest stores and the metadata of an ISO BMFF file or media segment."""
    run = _BmffScan(asset)
    run.top()
    out = run.out
    if out.gave_up >= 0:
        leftovers.search(
            out, out.gave_up, own=lambda box: leftovers.behind(out, box, _C2PA, _UUID_HEAD)
        )
    kind = media_type(asset)
    if kind in _IMAGES:
        samsung_trailer.add_samsung_trailer(run.out, 0)
    return run.out.finish(kind, "bmff", fragmented=run.fragmented)


def media_type(asset: Asset) -> str:
    """Return the media type that the brands of the first box name."""
    head = asset.read(0, 16 + _MAX_BRANDS)
    first, major = head[4:8], head[8:12]
    if first in _SEGMENT_FIRST:
        return "video/iso.segment"
    if first in _OLD_QUICKTIME:
        return "video/quicktime"
    if first != b"ftyp":
        return "video/mp4"
    if major in _BRANDS:
        return _BRANDS[major]
    if major[:3] == b"3gp":
        return "video/3gpp"
    if major[:3] == b"3g2":
        return "video/3gpp2"
    if major[:3] == b"M4V":
        return "video/x-m4v"
    if major in (b"mif1", b"msf1", b"mif2", b"miaf"):
        size = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {head[i : i + 4] for i in range(16, size - 3, 4)}
        for brand in (b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx"):
            if brand in brands:
                return _BRANDS[brand]
        return "image/heif"
    return "video/mp4"


FAMILY = Family(
    title="ISO BMFF: MP4, MOV, M4A, M4V, 3GP, HEIF, HEIC, AVIF, CR3, and their segments",
    media_types=tuple(
        sorted(
            {"image/heif", "video/3gpp", "video/3gpp2", "video/iso.segment", "video/mp4"}
            | {"video/quicktime", "video/x-m4v", *_BRANDS.values()}
        )
    ),
    scan=scan_bmff,
    example=b"\0\0\0\x10ftypisom\0\0\0\0",
    store="box `uuid` d8fec3d6-1b0e-483c-9297-5828877ec481",
    checksums=False,
    stepped=True,
)
