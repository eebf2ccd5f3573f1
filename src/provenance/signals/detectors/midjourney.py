"""The job id that Midjourney writes after the prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_GUID = "Iptc4xmpExt:DigImageGUID"
_LABEL = "Job ID: "
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_FLAG = re.compile(
    r"(?<!\S)--(?:v|version|ar|aspect|niji|s|stylize|c|chaos|weird|w|tile|seed|sameseed|sref|cref|sw"
    r"|cw|iw|raw|style|no|q|quality|stop|p|personalize|profile|r|repeat|fast|relax|turbo|draft|exp|oref"
    r"|ow|hd|uplight|upbeta|upanime|test|testp|creative|motion|loop|end|video|bs|stealth|public|sv"
    r"|raw_style)(?!\S)"
)
_PICTURE = re.compile(r"(?<!\S)<?https?://\S")
_OTHERS = re.compile(r"(?<!\S)--[a-z]{1,16}(?!\S)")
_VERSION = re.compile(r"(?<!\S)--(v|version|niji) ([0-9]{1,2}(?:\.[0-9]{1,2})?)(?!\S)")


class Midjourney(Indexed):
    """A description that ends with `Job ID: <uuid>` and holds a `--flag` or has its GUID in XMP.

    P. Kaminski, "How to use exiftool to retrieve the image prompt from a Midjourney PNG file";
    Midjourney's documentation, "Parameter List", for the flags; seen in downloads of Midjourney,
    which also carry the job id as `Iptc4xmpExt:DigImageGUID`. The prompt is never quoted.
    """

    name = "midjourney"
    source = "P. Kaminski, image prompts in Midjourney PNG files; files by Midjourney"
    wants = (
        wanted(Source.TEXT, "Description")
        | wanted(Source.EXIF, "ImageDescription")
        | wanted(Source.XMP, "dc:description")
    )

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each description that is one of Midjourney's."""
        for field in (
            *index.get(Source.TEXT, "Description"),
            *index.get(Source.EXIF, "ImageDescription"),
            *index.get(Source.XMP, "dc:description"),
        ):
            prompt, label, job = trimmed(field.value).rpartition(_LABEL)
            if not label or not _UUID.fullmatch(job):
                continue
            guids = (trimmed(guid.value) for guid in index.get(Source.XMP, _GUID))
            if _own_flags(prompt) or job.lower() in map(str.lower, guids):
                yield Marker(
                    Origin.AI_GENERATED,
                    "Midjourney job id after a prompt",
                    field,
                    vendor="Midjourney",
                    product="Midjourney",
                    model=_model(prompt),
                    from_input=_PICTURE.search(prompt) is not None,
                )


def _own_flags(prompt: str) -> bool:
    """Tell whether a text ends with parameters, all of them Midjourney's.

    A command line of a render farm has `--frame` and others beside what looks like one.
    """
    flags = _OTHERS.findall(prompt)
    return bool(flags) and all(_FLAG.fullmatch(flag) for flag in flags) and not _shell(prompt)


def _shell(prompt: str) -> bool:
    return re.search(r"(?<!\S)-[a-zA-Z](?!\S)", prompt) is not None


def _model(prompt: str) -> str | None:
    versions = _VERSION.findall(prompt)
    if not versions:
        return None
    flag, version = versions[-1]
    return f"{'Niji' if flag == 'niji' else 'V'} {version}"
