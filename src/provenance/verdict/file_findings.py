"""What a file is: whether it is read at all, what its name says, and whether it was opened.

Findings about form, never a flag.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.finding import note
from provenance.base.values import dataclass
from provenance.media.container.sniff import load_family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding
    from provenance.media.asset import Asset
    from provenance.media.container import Scan
    from provenance.verdict.report import Outer

NOT_READ = "not a media format that this program reads"
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,8})\Z")
_UNKNOWN = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MACROS = "application/vnd.ms-"
_ODF = "application/vnd.oasis.opendocument."
_MP4 = ("video/mp4", "audio/mp4", "video/x-m4v", "video/quicktime", "video/3gpp", "video/3gpp2")
_TEXT = ("text/", "image/svg+xml", "message/rfc822")
_TIFF = ("image/tiff", "image/x-")

# How the media type of a file may begin that a name ends so, by the usual meaning of the ending.
_MEANT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif"), ("image/jpeg",)),
    **dict.fromkeys(("png", "apng"), ("image/png",)),
    "webp": ("image/webp",),
    "gif": ("image/gif",),
    **dict.fromkeys(("tif", "tiff"), _TIFF),
    **dict.fromkeys(("dng", "nef", "nrw", "arw", "sr2"), _TIFF),
    "cr3": ("image/x-canon-cr3",),
    **dict.fromkeys(("heic", "heif", "hif", "heics"), ("image/hei",)),
    "avif": ("image/avif",),
    "jxl": ("image/jxl",),
    "exr": ("image/x-exr",),
    **dict.fromkeys(("svg", "svgz"), ("image/svg+xml", "application/gzip")),
    **dict.fromkeys(("mp4", "m4v", "mov", "qt", "3gp", "3g2"), _MP4),
    **dict.fromkeys(("m4a", "m4b"), ("audio/mp4", "video/mp4")),
    **dict.fromkeys(("m4s", "cmfv", "cmfa"), ("video/", "audio/mp4")),
    "avi": ("video/x-msvideo",),
    **dict.fromkeys(("mkv", "mka", "webm"), ("video/x-matroska", "video/webm")),
    "flv": ("video/x-flv",),
    "wav": ("audio/wav",),
    "flac": ("audio/flac",),
    "mp3": ("audio/mpeg",),
    "aac": ("audio/aac",),
    **dict.fromkeys(("ogg", "oga", "ogv", "opus"), ("audio/ogg", "video/ogg")),
    "pdf": ("application/pdf",),
    **dict.fromkeys(("docx", "dotx", "pptx", "potx", "ppsx", "xlsx", "xltx"), (_OFFICE,)),
    **dict.fromkeys(("docm", "pptm", "xlsm"), (_MACROS, _OFFICE)),
    **dict.fromkeys(("odt", "ods", "odp", "odg"), (_ODF,)),
    "epub": ("application/epub+zip",),
    **dict.fromkeys(("xps", "oxps"), ("application/oxps", "application/vnd.ms-xps")),
    "zip": ("application/",),  # every document of that kind is one as well
    **dict.fromkeys(("tar",), ("application/x-tar",)),
    **dict.fromkeys(("gz", "tgz"), ("application/gzip",)),
    **dict.fromkeys(("bz2", "tbz2"), ("application/x-bzip2",)),
    **dict.fromkeys(("xz", "txz"), ("application/x-xz",)),
    **dict.fromkeys(("zst", "tzst"), ("application/zstd",)),
    "7z": ("application/x-7z-compressed",),
    "rar": ("application/vnd.rar",),
    "cab": ("application/vnd.ms-cab-compressed",),
    **dict.fromkeys(("doc", "xls", "ppt", "msg"), ("application/x-ole-storage",)),
    "pst": ("application/vnd.ms-outlook-pst",),
    "mbox": ("application/mbox",),
    **dict.fromkeys(("eml", "mht", "mhtml"), ("message/rfc822",)),
    **dict.fromkeys(("html", "htm", "xhtml"), ("text/", "message/rfc822")),
    **dict.fromkeys(("txt", "csv", "json", "xml", "log", "md", "ini", "yaml", "sql"), _TEXT),
    **dict.fromkeys(("bat", "cmd", "ps1", "sh", "js", "vbs"), _TEXT),
    **dict.fromkeys(("otf", "ttf", "ttc", "woff", "woff2"), ("font/",)),
    "c2pa": ("application/c2pa",),
    # Of formats that are not read: a picture of such a name is worth a word.
    **dict.fromkeys(("exe", "dll", "scr", "com", "msi", "db"), ()),
    "bmp": ("image/bmp",),
    **dict.fromkeys(("psd", "psb"), ("image/vnd.adobe.photoshop",)),
    **dict.fromkeys(("jp2", "jpx", "j2k"), ("image/jp2", "image/x-jp2")),
    **dict.fromkeys(("wmv", "wma", "asf"), ("video/x-ms-asf",)),
    **dict.fromkeys(("aiff", "aif", "aifc"), ("audio/aiff",)),
    **dict.fromkeys(("mid", "midi"), ("audio/midi",)),
    "caf": ("audio/x-caf",),
    "wv": ("audio/x-wavpack",),
    "ape": ("audio/x-ape",),
    **dict.fromkeys(("mpc", "mp+"), ("audio/x-musepack",)),
    "tta": ("audio/x-tta",),
    "tak": ("audio/x-tak",),
    "ofr": ("audio/x-ofr",),
    "eps": ("application/postscript", "application/pdf"),
    "ico": ("image/vnd.microsoft.icon", "image/png"),
    "icns": ("image/x-icns",),
    "qoi": ("image/x-qoi",),
    "xcf": ("image/x-xcf",),
    "dds": ("image/vnd-ms.dds",),
    "hdr": ("image/vnd.radiance", "text/"),
    **dict.fromkeys(("au", "snd"), ("audio/basic", "text/")),
    "amr": ("audio/amr",),
    "dsf": ("audio/x-dsf",),
    **dict.fromkeys(("rm", "rmvb"), ("application/vnd.rn-realmedia",)),
    **dict.fromkeys(("mpg", "mpeg", "vob"), ("video/mp", "audio/mpeg")),
    "ivf": ("video/x-ivf",),
    "swf": ("application/x-shockwave-flash",),
}


@dataclass(frozen=True, slots=True)
class FileContext:
    """What is known of a file in addition to its own bytes, for the report on it.

    `outer` is the file that it was found in. `findings` come from around it. `opened` says that
    what it holds was examined, `unread` names what of that was not, because a bound was reached;
    `closed` says why it was not opened at all, where archives are. `sha256` was taken before.
    """

    outer: Outer | None = None
    findings: tuple[Finding, ...] = ()
    opened: bool = False
    unread: tuple[str, ...] = ()
    closed: str = ""
    sha256: str | None = None


NOTHING = FileContext()


def findings(asset: Asset, scan: Scan, context: FileContext) -> Iterator[Finding]:
    """Say what is to be said of the form of a file, and of its surroundings."""
    yield from context.findings
    if not asset.size:
        yield note("format.empty", "the file is empty")
        return
    if scan.family == "unknown":
        yield note("format.unknown", NOT_READ)
    elif (family := load_family(scan.family)).unread:
        yield note("format.not_read", family.unread)
    elif not context.opened and (what := family.unexamined(scan.media_type)):
        why = ": this program does not open such files"
        if context.closed:
            why = f": {context.closed}"
        elif family.opener:
            why = " (use --archives)"
        yield note("container.not_opened", f"{what} not examined{why}")
    if (odd := _name(asset.path, scan.media_type)) is not None:
        yield odd


def _name(path: str, media_type: str) -> Finding | None:
    """Compare how a name ends with what the content is."""
    ending = _ENDING.search(path)
    meant = None if ending is None else _MEANT.get(ending[1].lower())
    if ending is None or meant is None:
        return None
    unknown = media_type == _UNKNOWN
    if media_type.startswith(meant) if meant else unknown:
        return None
    what = "something else" if unknown else media_type
    return note("format.name", f"the name ends in .{ending[1]}, the content is {what}")
