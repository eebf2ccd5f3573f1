"""The digital source type vocabulary (IPTC NewsCodes, and C2PA's own), and what each value means.

Where the official C2PA signals rubric (version 1.0, 2026-08-06) classifies a value, it decides;
where it is silent the table of this project does (docs/origin.md). Matching is exact: a value that
only contains another one (`algorithmicMedia`) is a different value.
"""

from __future__ import annotations

import re

from provenance.base.terms import GENERATIVE, Origin
from provenance.base.text import expected

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA = "http://c2pa.org/digitalsourcetype/"

_AI = {
    IPTC + "trainedAlgorithmicMedia": Origin.AI_GENERATED,
    IPTC + "compositeWithTrainedAlgorithmicMedia": Origin.AI_MODIFIED,
    IPTC + "compositeSynthetic": Origin.AI_MODIFIED,
    C2PA + "trainedAlgorithmicData": Origin.AI_GENERATED,
}
_POSSIBLE = dict.fromkeys(
    (IPTC + name for name in ("composite", "screenCapture", "digitalArt", "dataDrivenMedia")),
    Origin.AI_POSSIBLE,
)
_CAPTURED = dict.fromkeys(
    (
        IPTC + name
        for name in (
            "digitalCapture",
            "computationalCapture",
            "compositeCapture",
            "negativeFilm",
            "positiveFilm",
            "print",
        )
    ),
    Origin.CAPTURED,
)
_NEUTRAL: dict[str, Origin | None] = {
    IPTC + "digitalCreation": Origin.DIGITAL_CREATION,
    **dict.fromkeys(
        (
            IPTC + name
            for name in (
                "humanEdits",
                "minorHumanEdits",
                "softwareImage",
                "virtualRecording",
                "algorithmicMedia",
                "algorithmicallyEnhanced",
            )
        ),
        None,
    ),
    C2PA + "empty": None,
}
_TABLE: dict[str, Origin | None] = {**_AI, **_POSSIBLE, **_CAPTURED, **_NEUTRAL}
_MAX_LOOSE = 256  # characters of a value that is not written as it should be
_QCODE = "digsrctype:"  # the alias of the vocabulary in NewsML-G2
_SCHEMA_ORG = "digitalsource"  # ends the names of schema.org's IPTCDigitalSourceEnumeration
_FOLDED = {uri.rpartition("/")[2].casefold(): uri for uri in _TABLE}
_BY_CODE = {uri.rpartition("/")[2]: uri for uri in _TABLE}

_names = sorted((uri.rpartition("/")[2] for uri in _AI), key=len, reverse=True)
_GENERATIVE = re.compile("|".join(_names).encode("ascii"))  # one name may be within another

# the names that no other one is within: each occurrence of any counts once
_PLAINEST = [n for n in _names if not any(o.lower() in n.lower() for o in _names if o != n)]
_MENTIONED = tuple(name.lower().encode("ascii") for name in _PLAINEST)
_CORES = (b"rainedAlgorithmic", b"compositeSynthetic")  # one of them is in each of those names

_OF_A_PART = {
    Origin.AI_GENERATED: Origin.AI_MODIFIED,
    Origin.AI_MODIFIED: Origin.AI_MODIFIED,
    Origin.AI_POSSIBLE: Origin.AI_POSSIBLE,
}


def of_a_part(value: Origin | None) -> Origin | None:
    """Return what the origin of a part says of the whole: AI in a part makes it modified."""
    return _OF_A_PART.get(value) if value is not None else None


def canonical(value: str) -> tuple[str, bool]:
    """Return (the official URI of a value, whether it was written that way).

    `https` for `http` and the bare code are common mistakes and are understood; anything else
    comes back as it is.
    """
    value = value.strip()
    if value in _TABLE:
        return value, True
    if value.startswith("https://") and "http://" + value[8:] in _TABLE:
        return "http://" + value[8:], False
    if value in _BY_CODE:
        return _BY_CODE[value], False
    return value, True


def in_any_form(value: str) -> str | None:
    """Return the official URI that a value means in spite of its form; None for any other value.

    Letter case, `www.`, a trailing slash, a query, a fragment, percent-encoding, the alias of
    NewsML-G2 and the names of schema.org for the same vocabulary do not count.
    For unsigned metadata, and for AI in a signed claim: nothing may be cleared by what is read so,
    and a value that a person would understand must be no way to hide.
    """
    from urllib.parse import unquote  # noqa: PLC0415 - 5 ms, and hardly ever needed

    text = (
        unquote(value.strip()[:_MAX_LOOSE]).partition("?")[0].partition("#")[0].strip().strip("/")
    )
    host, _, name = text.casefold().rpartition("/")
    host = host.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    if name.endswith(_SCHEMA_ORG) and host in ("", "schema.org"):
        return _FOLDED.get(name.removesuffix(_SCHEMA_ORG).removeprefix("schema:"))
    wanted = _FOLDED.get(name.removeprefix(_QCODE))
    if wanted is None:
        return None
    at_home = wanted.casefold().removeprefix("http://").rpartition("/")[0]
    return wanted if host in ("", at_home) else None


def counts_as(value: str) -> str:
    """Return the official URI that a value of a signed claim counts as; itself where it is none.

    A value in another form counts only where it says generative AI.
    """
    uri, _ = canonical(value)
    if uri in _TABLE:
        return uri
    meant = in_any_form(value)
    return meant if meant and _TABLE[meant] in GENERATIVE else uri


def known(value: str) -> bool:
    """Tell whether a value, mistakes allowed for, belongs to the vocabulary."""
    return canonical(value)[0] in _TABLE


def origin_of(value: str) -> Origin | None:
    """Return what a source type says of the whole asset; None where that is nothing of use."""
    return _TABLE.get(canonical(value)[0])


def names_in(data: bytes) -> tuple[str, ...]:
    """Return the values of generative AI whose short names are in some bytes, sorted."""
    if not any(name in data for name in _CORES):  # which is far faster than the search
        return ()
    names = {match[0].decode("ascii") for match in _GENERATIVE.finditer(data)}
    return tuple(sorted(_BY_CODE[name] for name in names))


def count_names(data: bytes) -> int:
    """Count the short names of values of generative AI in some bytes, in any letter case.

    Nothing is decoded: cheap, to see whether a search pays.
    """
    folded = bytes(data).lower()
    return sum(folded.count(name) for name in _MENTIONED)


def source_type_named(value: str) -> str:
    """Return the short name of a value for a sentence, or only that it is of no vocabulary."""
    return expected(short_name(value), fits=known(value))


def short_name(value: str) -> str:
    """Return the short name of a value, for people."""
    uri, _ = canonical(value)
    return uri.rpartition("/")[2] if uri in _TABLE else value
