"""What a sample is: how it is made with and without its fault, and what must be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.kit import (
    archive,
    films,
    font_carrier,
    jxl_carrier,
    media,
    ogg_carrier,
    pdf_carrier,
    texts,
)
from provenance.kit.claims import NewAssertion, NewManifest, created
from provenance.kit.pki_specs import Who
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from provenance.kit.expect import Expected, ValidatorNeed
    from provenance.kit.pki import Pki

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA = "http://c2pa.org/digitalsourcetype/"
GENERATED = IPTC + "trainedAlgorithmicMedia"
GENERATED_PART = IPTC + "compositeWithTrainedAlgorithmicMedia"
CAPTURE = IPTC + "digitalCapture"
COMPOSITE = IPTC + "composite"
HUMAN_EDITS = IPTC + "humanEdits"
CREATED_BY_AI: dict[str, object] = {"action": "c2pa.created", "digitalSourceType": GENERATED}
CREATED_BY_CAMERA: dict[str, object] = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
GENERATOR: dict[str, object] = {"name": "Kit Generator", "version": "1.0", "specVersion": "2.4.0"}


class SampleClass(StrEnum):
    """The class that a sample belongs to; agreement is scored class by class."""

    CONTAINER = "container"
    SIGNAL = "signal"
    ALGORITHM = "algorithm"
    VERSION = "version"
    PLACE = "place"
    MANIFEST = "manifest"
    TRUSTED_TIME = "trusted-time"
    STATEMENT = "statement"
    BINDING = "binding"
    COVERAGE = "coverage"
    HASHED_URI = "hashed-uri"
    CLAIM = "claim"
    SIGNATURE = "signature"
    PROFILE = "certificate-profile"
    CHAIN = "chain"
    TIME_STAMP = "time-stamp"
    REVOCATION = "revocation"
    STRUCTURE = "structure"
    ASSERTION = "assertion"
    REFERENCE = "reference"
    REDACTION = "redaction"
    HIDDEN = "hidden"
    HOSTILE = "hostile"
    SPLICE = "splice"
    GRAFT = "graft"
    FORGED_CAPTURE = "forged-capture"
    OPENED = "opened"
    PRESENTATION = "presentation"


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """A container that the kit can sign."""

    ending: str
    media_type: str
    make: Callable[[], bytes]


_OFFICE = "application/vnd.openxmlformats-officedocument."
FORMATS = {
    "jpeg": SampleFormat("jpg", "image/jpeg", media.gradient_jpeg),
    "png": SampleFormat("png", "image/png", media.gradient_png),
    "gif": SampleFormat("gif", "image/gif", media.gradient_gif),
    "webp": SampleFormat("webp", "image/webp", media.plain_webp),
    "tiff": SampleFormat("tiff", "image/tiff", media.gradient_tiff),
    "dng": SampleFormat("dng", "image/x-adobe-dng", media.gradient_dng),
    "svg": SampleFormat("svg", "image/svg+xml", media.gradient_svg),
    "heif": SampleFormat("heif", "image/heif", films.gradient_heif),
    "wav": SampleFormat("wav", "audio/wav", media.tone_wav),
    "mp3": SampleFormat("mp3", "audio/mpeg", films.silent_mp3),
    "flac": SampleFormat("flac", "audio/flac", films.silent_flac),
    "m4a": SampleFormat("m4a", "audio/mp4", films.tone_m4a),
    "mp4": SampleFormat("mp4", "video/mp4", films.gradient_mp4),
    "mov": SampleFormat("mov", "video/quicktime", films.gradient_mov),
    "epub": SampleFormat("epub", "application/epub+zip", archive.epub),
    "docx": SampleFormat("docx", _OFFICE + "wordprocessingml.document", archive.docx),
    "odt": SampleFormat("odt", "application/vnd.oasis.opendocument.text", archive.odt),
    "zip": SampleFormat("zip", "application/zip", archive.plain),
    "html": SampleFormat("html", "text/html", texts.page),
    "comment": SampleFormat("py", "text/plain", texts.program),
    "text": SampleFormat("txt", "text/plain", texts.prose),
    "avi": SampleFormat("avi", "video/x-msvideo", films.gradient_avi),
    "ogg": SampleFormat("opus", "audio/ogg", ogg_carrier.silent_opus),
    "pdf": SampleFormat("pdf", "application/pdf", pdf_carrier.page),
    "font": SampleFormat("ttf", "font/ttf", font_carrier.empty_font),
    "jxl": SampleFormat("jxl", "image/jxl", jxl_carrier.gradient_jxl),
}
UNSIGNED = {
    "tar": ("tar", "application/x-tar"),
    "gzip": ("gz", "application/gzip"),
    "bzip2": ("bz2", "application/x-bzip2"),
    "xz": ("xz", "application/x-xz"),
    "zstd": ("zst", "application/zstd"),
    "mbox": ("mbox", "application/mbox"),
    "eml": ("eml", "message/rfc822"),
    "pptx": ("pptx", _OFFICE + "presentationml.presentation"),
    "xlsx": ("xlsx", _OFFICE + "spreadsheetml.sheet"),
    "c2pa": ("c2pa", "application/c2pa"),
    "matroska": ("mkv", "video/x-matroska"),
    "flv": ("flv", "video/x-flv"),
    "exr": ("exr", "image/x-exr"),
    "aac": ("aac", "audio/aac"),
    "aiff": ("aiff", "audio/aiff"),
    "caf": ("caf", "audio/x-caf"),
    "wavpack": ("wv", "audio/x-wavpack"),
    "asf": ("wmv", "video/x-ms-asf"),
    "bmp": ("bmp", "image/bmp"),
    "sealed": ("7z", "application/x-7z-compressed"),
    "dash": ("mpd", "application/dash+xml"),
    "hls": ("m3u8", "application/vnd.apple.mpegurl"),
}
"""What the kit does not sign: it has no place for a credential, is one, or holds or names other
files. Ending and media type."""
BMFF = frozenset({"heif", "m4a", "mp4", "mov"})
ZIPS = frozenset({"epub", "docx", "odt", "zip"})


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """The files of one sample: the asset, its sidecar, its media segments.

    `companions` are further files by name. They are in a folder that is called like the sample,
    next to the asset, which names them.
    """

    data: bytes
    sidecar: bytes | None = None
    fragments: tuple[bytes, ...] = ()
    companions: tuple[tuple[str, bytes], ...] = ()


class Bench:
    """Where samples are made: the PKI, the reference time, and the usual parts.

    `name` is the sample being made; its labels and identifiers follow from it.
    """

    def __init__(self, pki: Pki, name: str = "") -> None:
        self.pki = pki
        self.name = name

    @property
    def signed_at(self) -> datetime:
        """When time-stamped samples were signed: 30 days before the reference time."""
        return self.at(-30)

    def at(self, days: float) -> datetime:
        """The time so many days from the reference time."""
        return self.pki.at + timedelta(days=days)

    def label(self, part: str = "") -> str:
        """A manifest label of this sample."""
        return f"urn:c2pa:{self.pki.seed.uuid(f'label/{self.name}/{part}')}"

    def instance(self, part: str = "") -> str:
        """An instance identifier of this sample."""
        return f"xmp:iid:{self.pki.seed.uuid(f'instance/{self.name}/{part}')}"

    def media(self, container: str = "jpeg") -> bytes:
        """The media of a container; JPEG and PNG get a gradient of the sample's own."""
        shade = self.pki.seed.data(f"colour/{self.name}", 3)
        start = (shade[0], shade[1], shade[2])
        if container == "jpeg":
            return media.gradient_jpeg(start=start)
        if container == "png":
            return media.gradient_png(start=start)
        return FORMATS[container].make()

    def manifest(
        self, *assertions: NewAssertion, who: Who | None = Who.MAIN, part: str = "", **more: Any
    ) -> NewManifest:
        """A sound manifest of this sample; without assertions it declares generated media."""
        return NewManifest(
            label=self.label(part),
            assertions=assertions or (created(GENERATED), NOTE),
            generator=dict(GENERATOR),
            instance_id=self.instance(part),
            signer=None if who is None else self.pki.credential(who),
            **more,
        )

    def signed(self, *assertions: NewAssertion, who: Who = Who.MAIN, part: str = "") -> bytes:
        """A JPEG with such a manifest."""
        return signed_file(self.media(), self.manifest(*assertions, who=who, part=part))


NOTE = NewAssertion("org.example.note", {"note": "nothing in particular"})


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample.

    `make` is called with the bench and whether the fault is to be there; `sound` is what must be
    said without it, None for a good sample, which has none. `section` names the rule; `because`
    argues from it to the expectation. `needs` says what a validator has to be able to do; where
    that is to open archives, the expectation is of the file in it that `member` names, with `!/`
    between the names where archives are in each other, and of the archive itself where it is empty.
    """

    name: str
    group: SampleClass
    what: str
    section: str
    because: str
    make: Callable[[Bench, bool], SampleFiles]
    expected: Expected
    sound: Expected | None = None
    container: str = "jpeg"
    needs: ValidatorNeed | None = None
    member: str = ""

    @property
    def faulty(self) -> bool:
        """Whether the sample has a fault."""
        return self.sound is not None

    @property
    def file(self) -> str:
        """The sample's path within the kit, with forward slashes."""
        folder = "faulty" if self.faulty else "good"
        return f"{folder}/{self.group.value}/{self.name}.{_kind(self.container)[0]}"

    @property
    def media_type(self) -> str:
        """The media type of the asset."""
        return _kind(self.container)[1]


def _kind(container: str) -> tuple[str, str]:
    """The ending and the media type of a container."""
    if container in UNSIGNED:
        return UNSIGNED[container]
    return FORMATS[container].ending, FORMATS[container].media_type
