"""`plan.json` as it is read: text from elsewhere, of which every value is looked at.

What it says of the program is looked at first, since another version may say more than is known
here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from provenance.auditing.shards import object_lists, stores
from provenance.auditing.shards.shard_plan import Shard, ShardPlan
from provenance.auditing.task import DigestMode
from provenance.base import installed
from provenance.base.options import ArchiveLimits, CrossCheck, Options
from provenance.base.version import VERSION as PROGRAM
from provenance.signing import trust_store
from provenance.signing.trust_list import Purpose, Supplied
from provenance.verdict.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum


VERSION = 1  # of plan.json
_KEYS = frozenset(
    {
        "provenance_plan",
        "source",
        "validation_time",
        "tool",
        "sdk",
        "plugins",
        "policy",
        "policy_sha256",
        "trust",
        "options",
        "digest",
        "media_types",
        "fingerprint",
        "shard_size",
        "objects",
        "size",
        "shards",
    }
)
_LIST_KEYS = frozenset({"name", "tier", "purpose", "date", "count", "sha256"})
_HASHES = frozenset({"md5", "sha1", "sha512"})
_TEXT = 4096  # characters of a name or a path
_FEW = 1000  # entries of a list that people make
_NUMBER = 1 << 63
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_Word = TypeVar("_Word", bound="StrEnum")
_Item = TypeVar("_Item")


class PlanRefusedError(ValueError):
    """What is not a plan for this program; the message says why, in one line."""


def read_plan(data: bytes) -> ShardPlan:
    """Read a plan. Raises RefusedError, PolicyError, TrustMaterialError or InstallationError."""
    try:
        top = json.loads(data.decode("ascii"), parse_constant=_no_number)
    except (ValueError, RecursionError) as e:
        raise PlanRefusedError("it is not JSON") from e
    if not isinstance(top, dict) or "provenance_plan" not in top:
        raise PlanRefusedError("it is not a plan of shards")
    tool, sdk = _text(top, "tool"), _text(top, "sdk")
    version = top["provenance_plan"]
    if (version, type(version)) != (VERSION, int) or not _is_here(tool, sdk):
        here = f"provenance {PROGRAM} with {installed.sdk()}"
        raise PlanRefusedError(f"made by {tool} with {sdk}; here is {here}")
    _only(top, "", _KEYS)
    policy = parse_policy(_text(top, "policy", 1 << 20))
    if policy.sha256 != _hex(top, "policy_sha256"):
        raise PlanRefusedError("policy: it is not the one of policy_sha256")
    trust = _table(top, "trust")
    _only(trust, "trust.", frozenset({"bundled", "lists", "supplied"}))
    return ShardPlan(
        source=_source(top),
        at=_moment(top),
        policy=policy,
        trust=trust_store.trust_store_of(
            _all(trust, "supplied", _supplied), bundled=_is(trust, "bundled")
        ),
        options=_options(_table(top, "options")),
        digest=_word(top, "digest", DigestMode),
        media_types=_all(top, "media_types", _string),
        fingerprint=_hex(top, "fingerprint"),
        lists=_all(trust, "lists", _list),
        plugins=_all(top, "plugins", _string),
        shards=_shards(top),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _no_number(text: str) -> None:
    raise ValueError(text)


def _is_here(tool: str, sdk: str) -> bool:
    return (tool, sdk) == (f"provenance {PROGRAM}", installed.sdk())


def _only(table: dict[str, Any], place: str, keys: frozenset[str]) -> None:
    if set(table) != keys:
        odd = min(set(table) ^ keys)
        said = "is missing" if odd in keys else "is not known here"
        raise PlanRefusedError(f"{place}{odd[:60]}: {said}")


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key)
    if not isinstance(value, dict):
        raise PlanRefusedError(f"{key}: it has to be an object")
    return value


def _string(value: Any, most: int = _TEXT) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise PlanRefusedError("a text is wanted")
    return value


def _text(table: dict[str, Any], key: str, most: int = _TEXT) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise PlanRefusedError(f"{key}: it has to be a text of at most {most} characters")
    return value


def _hex(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise PlanRefusedError(f"{key}: it has to be a SHA-256 in hex")
    return value


def _is(table: dict[str, Any], key: str) -> bool:
    value = table.get(key)
    if not isinstance(value, bool):
        raise PlanRefusedError(f"{key}: it has to be true or false")
    return value


def _number(table: dict[str, Any], key: str, least: int = 0, most: int = _NUMBER - 1) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise PlanRefusedError(f"{key}: it has to be a number from {least} to {most}")
    return value


def _word(table: dict[str, Any], key: str, kind: type[_Word]) -> _Word:
    value = table.get(key)
    for word in kind:
        if word.value == value:
            return word
    raise PlanRefusedError(f"{key}: it has to be one of {', '.join(kind)}")


def _all(
    table: dict[str, Any], key: str, parse: Callable[[Any], _Item], most: int = _FEW
) -> tuple[_Item, ...]:
    value = table.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise PlanRefusedError(f"{key}: it has to be a list of at most {most}")
    try:
        return tuple(parse(item) for item in value)
    except PlanRefusedError as e:
        raise PlanRefusedError(f"{key}: {e}") from e


def _moment(top: dict[str, Any]) -> datetime:
    text = _text(top, "validation_time", 40)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise PlanRefusedError("validation_time: it is not a time") from e
    if moment.tzinfo is None or moment.utcoffset() != UTC.utcoffset(None):
        raise PlanRefusedError("validation_time: it has to be in UTC")
    return moment.astimezone(UTC)


def _source(top: dict[str, Any]) -> str:
    """Return what keys are relative to, which does not depend on where the plan is read."""
    text = _text(top, "source")
    if "\0" in text or not (stores.is_address(text) or os.path.isabs(text)):
        raise PlanRefusedError("source: it has to be an address, or the absolute path of a folder")
    return text


def _supplied(value: Any) -> Supplied:
    if not isinstance(value, dict):
        raise PlanRefusedError("an object is wanted")
    _only(value, "", frozenset({"name", "purpose", "content"}))
    try:
        content = base64.b64decode(_text(value, "content", 1 << 25), validate=True)
    except (binascii.Error, ValueError) as e:
        if isinstance(e, PlanRefusedError):
            raise
        raise PlanRefusedError("content: it is not base64") from e
    return Supplied(_text(value, "name"), _word(value, "purpose", Purpose), content)


def _list(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PlanRefusedError("an object is wanted")
    _only(value, "", _LIST_KEYS)
    _hex(value, "sha256")
    _number(value, "count")
    for key in ("name", "tier", "purpose", "date"):
        _string(value[key])
    return value


def _options(table: dict[str, Any]) -> Options:
    keys = {"hashes", "max_size", "show_personal_data", "plugins", "cross_check", "archives"}
    _only(table, "options.", frozenset(keys))
    hashes = _all(table, "hashes", _string)
    if not _HASHES.issuperset(hashes):
        raise PlanRefusedError("hashes: there is one that is not known here")
    return Options(
        hashes=hashes,
        max_size=None if table["max_size"] is None else _number(table, "max_size", 1),
        show_personal_data=_is(table, "show_personal_data"),
        plugins=_is(table, "plugins"),
        cross_check=_word(table, "cross_check", CrossCheck),
        archives=None if table["archives"] is None else _archives(_table(table, "archives")),
    )


def _archives(table: dict[str, Any]) -> ArchiveLimits:
    names = ("depth", "members", "unpacked", "ratio", "held")
    _only(table, "archives.", frozenset(names))
    return ArchiveLimits(**{name: _number(table, name, 1) for name in names})


def _shards(top: dict[str, Any]) -> tuple[Shard, ...]:
    most = _number(top, "shard_size", 1, object_lists.MAX_SHARD)

    def shard(value: Any) -> Shard:
        if not isinstance(value, dict) or value.keys() != {"objects", "size", "sha256"}:
            raise PlanRefusedError("an object with objects, size and sha256 is wanted")
        return Shard(
            _number(value, "objects", 1, most), _number(value, "size"), _hex(value, "sha256")
        )

    shards = _all(top, "shards", shard, 100_000_000)
    for key in ("objects", "size"):
        if _number(top, key) != sum(getattr(planned, key) for planned in shards):
            raise PlanRefusedError(f"{key}: it is not the sum of the shards'")
    return shards
