"""Which fields may be shown to anyone: an allow-list of keys whose values name no person.

Everything else is personal data until somebody asks for it: prompts, descriptions, names, places,
comments, accounts, serial numbers, identifiers. A listed key is no promise about its value
(ComfyUI writes whole graphs into `Make`), so a value that is long or structured is withheld too.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

from provenance.media.metadata.exif_tags import EXIF, IFD0, ORIGIN
from provenance.media.metadata.field import Source

if TYPE_CHECKING:
    from provenance.media.metadata.field import Field

MAX_SHOWN = 128  # characters; names of programs, dates and numbers are shorter
MAX_LABEL = 2_048  # characters of a TC260 label; real ones have some hundreds
_LAYERS = 4  # JSON within JSON, as real labels have it

# Tags of EXIF that hold free text, a person, or a number that names one device.
_EXIF_PERSONAL = frozenset(
    {
        *("DocumentName", "ImageDescription", "Artist", "HostComputer", "Copyright", "UserComment"),
        *("XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject", "ImageTitle"),
        *("ImageEditor", "MakerNote", "ImageUniqueID", "CameraOwnerName", "BodySerialNumber"),
        *("LensSerialNumber", "Photographer"),
    }
)
_EXIF = (frozenset((IFD0 | EXIF | ORIGIN).values()) - _EXIF_PERSONAL) | {"GPSVersionID"}
_XMP = frozenset(
    {
        *("x:xmptk", "xmp:CreatorTool", "xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"),
        *("xmp:Rating", "dc:format", "dcterms:provenance", "xmpNote:HasExtendedXMP"),
        *("Iptc4xmpExt:DigitalSourceType", "Iptc4xmpExt:AISystemUsed"),
        "Iptc4xmpExt:AISystemVersionUsed",
        *("stEvt:action", "stEvt:when", "stEvt:softwareAgent", "stEvt:changed"),
        *("photoshop:ColorMode", "photoshop:ICCProfile", "photoshop:DateCreated"),
        *("xmpRights:Marked", "pdf:Producer", "pdf:PDFVersion", "pdfaid:part"),
        *("pdfaid:conformance", "crs:Version", "crs:ProcessVersion", "hdrgm:Version"),
        *("GCamera:MotionPhoto", "GCamera:MicroVideo", "Item:Mime", "Item:Semantic"),
        *("Item:Length", "Item:Padding"),
    }
)
_XMP_EXIF = ("tiff:", "exif:", "exifEX:")  # EXIF tags as XMP has them
_KEYS: dict[Source, frozenset[str]] = {
    Source.EXIF: _EXIF,
    Source.XMP: _XMP,
    # record version, character set, dates and times, program and its version
    Source.IPTC: frozenset({"1:0", "1:90", "2:0", "2:55", "2:60", "2:62", "2:63", "2:65", "2:70"}),
    Source.TEXT: frozenset(
        {
            *("Software", "Creation Time", "date:create", "date:modify", "date:timestamp"),
            *("fooocus_scheme", "Thumb::Image::Width", "Thumb::Image::Height"),
        }
    ),
    Source.ID3: frozenset({"TSSE", "TSS", "TLEN", "TBPM", "TFLT", "TDRC", "TDEN", "TDTG", "TYER"}),
    Source.VORBIS: frozenset({"VENDOR", "ENCODER", "DATE"}),
    Source.QUICKTIME: frozenset(
        {
            *("©too", "©swr", "©mak", "©mod", "©day", "encoder", "major_brand", "tmpo"),
            *("com.apple.quicktime.make", "com.apple.quicktime.model"),
            *("com.apple.quicktime.software", "com.apple.quicktime.creationdate"),
            *("com.android.version", "com.android.manufacturer", "com.android.model"),
        }
    ),
    Source.EBML: frozenset(
        {"ENCODER", "DURATION", "MUXINGAPP", "WRITINGAPP", "DATEUTC", "BPS", "NUMBER_OF_FRAMES"}
    ),
    Source.RIFF: frozenset({"ISFT", "ICRD"}),
    Source.AMF0: frozenset(
        {
            *("duration", "width", "height", "framerate", "filesize", "encoder", "stereo"),
            *("videocodecid", "videodatarate", "audiocodecid", "audiodatarate"),
            *("audiosamplerate", "audiosamplesize", "audiochannels", "metadatacreator"),
        }
    ),
    Source.TAGS: frozenset({"ENCODER", "WM/ENCODINGSETTINGS", "YEAR", "WM/YEAR"}),
    Source.TRAILER: frozenset({"MotionPhoto_Data"}),  # says only that there is one
    Source.PDF: frozenset({"Producer", "Creator", "CreationDate", "ModDate", "Trapped"}),
    Source.OOXML: frozenset({"Application", "AppVersion", "created", "modified"}),
}
_SIZE = re.compile(r"[0-9]{1,10} bytes(?: [a-z]{1,16}/[a-z0-9.+-]{1,40})?")
"""What the parsers say of a value that is not text."""
_NAMES = frozenset(
    {
        *("Iptc4xmpExt:DigitalSourceType", "dc:format", "stEvt:action", "Item:Mime"),
        *("Item:Semantic", "pdfaid:conformance", "major_brand"),
    }
)
"""Keys whose values are names of a vocabulary: a word, a URI or a media type, never a sentence."""
_NAME = re.compile(r"[A-Za-z0-9_:/.+;=#-]*")
_NUMBERS = re.compile(r"[-+0-9./ ]+")
_FOLDED = frozenset({Source.VORBIS, Source.EBML, Source.TAGS})
_LABEL_FIELDS = frozenset(
    {
        *("Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator"),
        *("PropagateID", "ReservedCode2", "AIGC"),
    }
)


def harmless(field: Field) -> bool:
    """Tell whether a field's value may be shown without asking."""
    if _listed(field.source, field.key):
        value = field.value
        if field.key in _NAMES and not _NAME.fullmatch(value):
            return False
        return len(value) <= MAX_SHOWN and "{" not in value and "prompt:" not in value
    return bool(_SIZE.fullmatch(field.value)) or _is_label(field.value)


def described(field: Field) -> str:
    """Say what kind of value is there and how long it is, without a word of it."""
    value = field.value
    if field.key.startswith("GPS") or field.key.startswith("exif:GPS"):
        kind = "position"
    elif value.lstrip()[:1] in ("{", "["):
        kind = "JSON"
    elif len(value) <= MAX_SHOWN and _NUMBERS.fullmatch(value):
        kind = "number"
    else:
        kind = "text"
    count = len(value)
    return f"[{kind}, {count} character{'' if count == 1 else 's'}]"


def _listed(source: Source, key: str) -> bool:
    if source in _FOLDED:
        key = key.upper()
    if source is Source.XMP and key.startswith(_XMP_EXIF):
        return key.partition(":")[2] in _EXIF
    return key in _KEYS.get(source, ())


def _is_label(text: str) -> bool:
    """Tell whether a value is a TC260 label with the standard's own fields and no others."""
    if len(text) > MAX_LABEL or ("Label" not in text and "AIGC" not in text):
        return False
    value: object = text
    for _ in range(_LAYERS):
        if isinstance(value, str):
            try:
                value = json.loads(html.unescape(value) if "&quot;" in value else value)
            except (ValueError, RecursionError):
                return False
        if not isinstance(value, dict) or not value.keys() <= _LABEL_FIELDS:
            return False
        if value.keys() != {"AIGC"}:
            return all(isinstance(v, str | int) for v in value.values())
        value = value["AIGC"]
    return False
