"""What a trust list is, and what is on it. Values only."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.base.terms import Tier


class Purpose(StrEnum):
    """What the certificates under an anchor may be used for. One never stands in for the other."""

    SIGNER = "signer"
    TSA = "tsa"
    CAWG = "cawg"  # identities beside the claim's signer (CAWG Identity Assertion)


@dataclass(frozen=True, slots=True)
class TrustListInfo:
    """One list: where it comes from and what it is for.

    `name` is a bundled list's name or the file name of one the user supplied; `date` is the day
    of the list in ISO form, or empty; `sha256` is the hex digest of the list's bytes as loaded;
    `count` is the number of anchors, or of end-entity digests for an allow-list; `next_update` is
    when its publisher promised the next one (ETSI TS 119 602, `NextUpdate`).
    """

    name: str
    tier: Tier
    purpose: Purpose
    date: str
    sha256: str
    count: int
    source: str
    licence: str = ""
    next_update: datetime | None = None


@dataclass(frozen=True, slots=True)
class Supplied:
    """A file of anchors that the user supplied, with its bytes; `name` is without its folder."""

    name: str
    purpose: Purpose
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A certificate on a list, read only as far as finding it needs.

    `subject` is the DER of its subject name, `sha256` the hex digest of `der`.
    """

    der: bytes
    sha256: str
    subject: bytes
    info: TrustListInfo
