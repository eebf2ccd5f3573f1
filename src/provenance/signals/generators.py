"""The table that turns names in a credential into vendor, product and model.

Three kinds of name are looked up: the signer's certificate (organisation and common name), the
claim generator of a claim and the software agent of an action. The table is `generators.json`
beside this module; `docs/generators.md` says how it grows.

Matching is exact but for letter case (`base.text.folded`, where the long s is not "s"). There are
no patterns: a name may at most be followed by what its entry's `match` allows, and the longest name
that fits decides, so that "Adobe Firefly" never answers for "Adobe Fireflyx" or "Adobe Firefly fan
art".

A signer is identity only where its chain is listed; the other two are what the file says. This
module does not know which is the case: it maps names and judges nothing.
"""

from __future__ import annotations

import json
import os
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from provenance.base.text import folded
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TEXT = 512
"""Characters of a name that are looked at. The longest name in the table has under 100."""

_TABLE = os.path.splitext(__file__)[0] + ".json"


@dataclass(frozen=True, slots=True)
class Generator:
    """What a name stands for.

    `vendor` is a short company name ("Google", not "Google LLC"). `generative` is True where the
    name stands for a generative product or model by itself, False where it is known not to (a
    camera, an editor, a signing service), None where the name does not tell: most companies sign
    both kinds.
    """

    vendor: str
    product: str | None = None
    model: str | None = None
    generative: bool | None = None


class NameMeaning(StrEnum):
    """What may be after a name of the table."""

    EXACT = "exact"
    """Nothing."""
    VERSIONED = "versioned"
    """A version, further `product/version` tokens, comments in brackets: a user agent string."""
    TOKEN = "token"  # noqa: S105 - a kind of match, not a secret
    """Anything, as long as the name ends at "/" or a space. For libraries only."""


_Row = dict[str, Any]
"""An entry of the JSON table. Absent fields are null; `source` says where the name was seen."""


@dataclass(frozen=True, slots=True)
class _Table:
    signers: dict[tuple[str, str], _Row]
    names: dict[str, _Row]
    longest: int


_MET = 1024  # names whose answers are kept: runs over many files meet few


def by_signer(organisation: str | None, common_name: str | None) -> Generator | None:
    """Look up a signing certificate by its subject's O and CN.

    An entry for both wins over one for the organisation alone. A common name counts by itself
    only in a certificate without an organisation, so that nobody borrows "Google Photos".
    """
    if not organisation and not common_name:
        return None
    return _signer((organisation or "")[:MAX_TEXT], (common_name or "")[:MAX_TEXT])


@lru_cache(_MET)
def _signer(organisation: str, common_name: str) -> Generator | None:
    signers = _table().signers
    key = _normalise(organisation), _normalise(common_name)
    if key == ("", ""):
        return None
    row = signers.get(key) or signers.get((key[0], ""))
    return _generator(row) if row else None


def by_claim_generator(text_or_name: str | None) -> Generator | None:
    """Look up a claim generator: a `claim_generator_info` name or a `claim_generator` string.

    None for unknown names and for signing libraries.
    """
    return _by_name(text_or_name)


def by_software_agent(name: str | None) -> Generator | None:
    """Look up the software agent of an action, with or without its version.

    None for unknown names and for signing libraries.
    """
    return _by_name(name)


def vendor_of_signer(organisation: str | None, common_name: str | None) -> str | None:
    """Return the short company name of a signer, or None where the table does not know it."""
    generator = by_signer(organisation, common_name)
    return generator.vendor if generator else None


def is_library(name: str | None) -> bool:
    """Tell whether a name is that of a signing SDK or library, which never made the media."""
    return _known(name[:MAX_TEXT])[1] if name else False


def _by_name(text: str | None) -> Generator | None:
    return _known(text[:MAX_TEXT])[0] if text else None


@lru_cache(_MET)
def _known(text: str) -> tuple[Generator | None, bool]:
    """Return what a name means, and whether it is a library's."""
    row = _find(text)
    if row is not None and row["kind"] == "library":
        return None, True
    return _generator(row) if row else None, False


def _generator(row: _Row) -> Generator:
    return Generator(row["vendor"], row.get("product"), row.get("model"), row.get("generative"))


def _find(text: str) -> _Row | None:
    """Return the entry of the longest name that `text` is, or may be followed by its tail."""
    table = _table()
    key = _normalise(text)
    for end in _ends(key, table.longest):
        row = table.names.get(key[:end])
        if row and _allows(NameMeaning(row["match"]), key[end:]):
            return row
    return None


def _ends(key: str, longest: int) -> Iterator[int]:
    """Yield where a name inside `key` could end, longest first."""
    if 0 < len(key) <= longest:
        yield len(key)
    for end in range(min(len(key) - 1, longest), 0, -1):
        if key[end] in "/ ":
            yield end


def _allows(match: NameMeaning, tail: str) -> bool:
    if not tail:
        return True
    match match:
        case NameMeaning.EXACT:
            return False
        case NameMeaning.TOKEN:
            return True
        case NameMeaning.VERSIONED:
            return _is_version_tail(tail)


def _is_version_tail(tail: str) -> bool:
    """Tell whether `tail` is what user agent strings put after a product (RFC 9110, 10.1.5).

    That is "/version" or " version", then `product/version` tokens and comments in brackets.
    """
    if tail.startswith("/"):
        version, _, tail = tail[1:].partition(" ")
        if not _is_version(version):
            return False
    outside = _without_comments(tail)
    return all(
        _is_version(word) or (bool(product) and _is_version(version))
        for word in outside.split()
        for product, _, version in [word.rpartition("/")]
    )


def _is_version(word: str) -> bool:
    digits = word.removeprefix("v")
    return bool(digits) and digits[0].isascii() and digits[0].isdigit()


def _without_comments(tail: str) -> str:
    """Drop what is in round brackets; a bracket that is never closed runs to the end."""
    kept: list[str] = []
    depth = 0
    for char in tail:
        if char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(char)
    return "".join(kept)


def _normalise(text: str | None) -> str:
    """Fold `text` for comparison. Untrusted: cut first, so that no length costs anything."""
    if not text:
        return ""
    return folded(text[:MAX_TEXT])


@cache
def _table() -> _Table:
    data: dict[str, list[_Row]] = _read_table()
    signers = {
        (_normalise(row.get("organisation")), _normalise(row.get("common_name"))): row
        for row in data["signers"]
    }
    names = {_normalise(row["name"]): row for row in data["names"]}
    return _Table(signers, names, max(map(len, names)))


def _read_table() -> dict[str, list[_Row]]:
    with open(_TABLE, encoding="utf-8") as file:
        tables: dict[str, list[_Row]] = json.load(file)
    return tables
