"""One examined file as every export sees it: what its record says, cleaned and in plain words.

The record is that of `provenance verify --format json`, whether it comes from a file that was just
examined or from a ledger: an export says the same in both cases.
"""

from __future__ import annotations

import os
import uuid
from typing import Any

from provenance.base.terms import Assurance
from provenance.base.text import URL_LIMIT, clean
from provenance.base.values import dataclass

MAX_FOUND = 1900  # characters of what was found, in a sentence
NOTHING_VIEWED = "No person and no classifier viewed the content for this result."
_HEX = frozenset("0123456789abcdef")
_NAMESPACE = uuid.UUID("6a3f3c1e-3d1e-5c52-9a4e-6d2a3d0d5b7c")  # of the identifiers that are made


@dataclass(frozen=True, slots=True)
class Item:
    """One file. Texts are empty where the record has none; `size` is in bytes.

    `is_ai` is set where the verdict is that generative AI made or changed the media, nothing
    contradicts it, and it does not rest on a broken credential, which anybody can copy from other
    media; `conflict` where evidence contradicts evidence. `error` says why a file was not
    examined: then it has no verdict.
    """

    path: str
    name: str
    size: int | None
    media_type: str
    sha256: str
    sha1: str
    md5: str
    origin: str
    assurance: str
    generator: str
    signer: str
    integrity: str
    flags: tuple[str, ...]
    is_ai: bool
    conflict: bool
    tool: str
    as_of: str
    error: str

    def sentence(self) -> str:
        """Say what was found, how far it carries, and what was not done."""
        if self.error:
            return f"Not examined: {self.error}. {NOTHING_VIEWED}"
        parts = [f"Origin by {self.tool}: {self.origin}, assurance {self.assurance}."]
        if self.generator:
            parts.append(f"Generator: {self.generator}.")
        if self.conflict:
            parts.append("The evidence contradicts itself.")
        if self.flags:
            parts.append(f"Flags: {', '.join(self.flags)}.")
        parts.append(f"As of {self.as_of}.")
        # A ledger of a stranger may name flags without end; what was not done is said in any case.
        return f"{clean(' '.join(parts), MAX_FOUND)} {NOTHING_VIEWED}"

    def identifier(self, kind: str) -> str:
        """Return a UUID that is the same for the same file, path and kind on any day."""
        return str(uuid.uuid5(_NAMESPACE, f"{kind}\0{self.sha256}\0{self.path}"))


def made_identifier(*parts: str) -> str:
    """Return a UUID that is the same for the same texts on any day."""
    return str(uuid.uuid5(_NAMESPACE, "\0".join(parts)))


def item(record: dict[str, Any]) -> Item:
    """Read a record. It is our own, but a ledger may come from elsewhere: every text is cleaned."""
    asset, told = record["asset"], record["environment"]
    verdict, error = record.get("verdict") or {}, record.get("error") or {}
    hashes = asset.get("hashes") or {}
    flags = tuple(clean(flag) for flag in verdict.get("flags", ()))
    conflict = "conflict" in flags
    assurance = clean(verdict.get("assurance") or "")
    path = clean(asset["path"], URL_LIMIT)
    return Item(
        path=path,
        name=clean(os.path.basename(asset["path"].replace("\\", "/")), URL_LIMIT) or path,
        size=_size(asset.get("size")),
        media_type=clean(asset.get("media_type") or ""),
        sha256=_hex(asset.get("sha256"), 64),
        sha1=_hex(hashes.get("sha1"), 40),
        md5=_hex(hashes.get("md5"), 32),
        origin=clean(verdict.get("origin") or ""),
        assurance=assurance,
        generator=_generator(verdict.get("generator")),
        signer=_signer(record),
        integrity=clean((record.get("axes") or {}).get("integrity") or ""),
        flags=flags,
        is_ai="ai" in flags and not conflict and assurance != Assurance.BROKEN,
        conflict=conflict,
        tool=clean(told["tool"]),
        as_of=clean(told["validation_time"]),
        error=clean(error.get("message") or "", URL_LIMIT),
    )


def _hex(value: Any, length: int) -> str:
    """Return a digest. Raises ValueError for what is none."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) != length or not set(value) <= _HEX:
        raise ValueError
    return value


def _size(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise ValueError
    size: int | None = value
    return size


def _generator(claim: dict[str, Any] | None) -> str:
    if not claim:
        return ""
    names = [claim.get(key) for key in ("vendor", "product", "model")]
    return clean(", ".join(dict.fromkeys(str(name) for name in names if name)))


def _signer(record: dict[str, Any]) -> str:
    """Return who signed the active manifest, where the signature proves it."""
    for manifest in (record.get("credentials") or {}).get("manifests", ()):
        signer = manifest.get("signer")
        if manifest.get("active") and signer and signer.get("proven"):
            return clean(signer.get("organisation") or signer.get("common_name") or "")
    return ""
