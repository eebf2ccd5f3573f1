"""The trust store: every list that counts in one verification, with fast look-up of anchors."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from dataclasses import field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from provenance.base.errors import InstallationError
from provenance.base.finding import warning
from provenance.base.terms import Tier
from provenance.base.values import dataclass
from provenance.signing import kept_lists, trust_material, user_folder
from provenance.signing.trust_list import Anchor, Purpose, Supplied, TrustListInfo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from provenance.base.finding import Finding

_BUNDLED_ANCHORS = ("c2pa-signers", "c2pa-tsa", "interim-signers", "interim-tsa")
_BUNDLED_ALLOW_LISTS = ("interim-allowed",)
_TIERS = tuple(Tier)
_DATA = os.path.join(os.path.dirname(__file__), "data")


class _AnchorList:
    """A list whose certificates are read the first time one is looked for."""

    def __init__(
        self, info: TrustListInfo, ders: Sequence[bytes] | None = None, *, kept: bool = False
    ) -> None:
        """Take the certificates as DER; None for a list that is bundled or `kept` by the user."""
        self.info = info
        self._ders = ders
        self._kept = kept

    @cached_property
    def anchors(self) -> tuple[Anchor, ...]:
        """Every certificate of the list, once."""
        ders = self._ders
        if self._kept:
            ders = kept_lists.certificates(self.info)
        elif ders is None:
            ders = trust_material.pem_certificates(
                _bundled_bytes(f"{self.info.name}.pem", self.info)
            )
        return tuple(trust_material.anchor(der, self.info) for der in dict.fromkeys(ders))


@dataclass(frozen=True)
class TrustStore:
    """Signer anchors, time-stamp anchors and allowed end-entity digests, told apart by tier.

    Make one with `load`. It never changes afterwards, reads no clock and no network, and may be
    shared between threads. `digest` names its content: equal digests give equal answers.
    """

    lists: tuple[TrustListInfo, ...]
    _anchors: tuple[_AnchorList, ...]
    _allow_lists: tuple[TrustListInfo, ...] = ()
    _supplied: tuple[Supplied, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def load(
        cls,
        *,
        bundled: bool = True,
        anchors: Sequence[str | PathLike[str]] = (),
        tsa_anchors: Sequence[str | PathLike[str]] = (),
        cawg_anchors: Sequence[str | PathLike[str]] = (),
    ) -> TrustStore:
        """Make a store of the bundled lists and of the user's files.

        Where the user has loaded a newer copy of a bundled list (`provenance trust update`), that
        copy counts in its place, unless the bundled one is of a later day.

        `anchors`, `tsa_anchors` and `cawg_anchors` are files of certificates for signers,
        time-stamp authorities and CAWG identities: as PEM (one or many, with any text between), DER
        (one), or a list of trusted entities as JSON (ETSI TS 119 602, of which only services with
        status "trusted" count). They form the tier `private`.

        Raises `TrustMaterialError` for a file that cannot be read or holds no certificate, and
        `InstallationError` where a bundled list is missing or altered.
        """
        read: list[tuple[Supplied, TrustListInfo, tuple[bytes, ...]]] = []
        for purpose, paths in (
            (Purpose.SIGNER, anchors),
            (Purpose.TSA, tsa_anchors),
            (Purpose.CAWG, cawg_anchors),
        ):
            read += [trust_material.read_private(path, purpose) for path in paths]
        return cls._joined(read, bundled=bundled)

    @classmethod
    def _joined(
        cls, read: Sequence[tuple[Supplied, TrustListInfo, tuple[bytes, ...]]], *, bundled: bool
    ) -> TrustStore:
        held = [_official(name) for name in _BUNDLED_ANCHORS if bundled]
        allow = tuple(_bundled_info(name) for name in _BUNDLED_ALLOW_LISTS if bundled)
        held += [_AnchorList(info, ders) for _, info, ders in read]
        supplied = tuple(given for given, _, _ in read)
        return cls(
            (*(anchor_list.info for anchor_list in held), *allow), tuple(held), allow, supplied
        )

    @cached_property
    def digest(self) -> str:
        """A digest over the lists' digests, tiers and purposes, in hex."""
        text = "\n".join(f"{i.tier} {i.purpose} {i.name} {i.sha256}" for i in self.lists)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _by_subject(self) -> dict[tuple[Purpose, bytes], list[Anchor]]:
        index: dict[tuple[Purpose, bytes], list[Anchor]] = {}
        for anchor in self._all:
            index.setdefault((anchor.info.purpose, anchor.subject), []).append(anchor)
        return index

    @cached_property
    def _by_digest(self) -> dict[tuple[Purpose, str], list[Anchor]]:
        index: dict[tuple[Purpose, str], list[Anchor]] = {}
        for anchor in self._all:
            index.setdefault((anchor.info.purpose, anchor.sha256), []).append(anchor)
        return index

    @cached_property
    def _all(self) -> tuple[Anchor, ...]:
        anchors = [anchor for anchor_list in self._anchors for anchor in anchor_list.anchors]
        return tuple(sorted(anchors, key=lambda anchor: _TIERS.index(anchor.info.tier)))

    @cached_property
    def _allowed(self) -> dict[str, tuple[TrustListInfo, ...]]:
        index: dict[str, tuple[TrustListInfo, ...]] = {}
        for info in self._allow_lists:
            for digest in _bundled_bytes(f"{info.name}.sha256", info).decode("ascii").split():
                index[digest] = (*index.get(digest, ()), info)
        return index

    def anchors(self, purpose: Purpose) -> tuple[Anchor, ...]:
        """Every anchor of one purpose, strongest tier first."""
        return tuple(anchor for anchor in self._all if anchor.info.purpose is purpose)

    def with_subject(self, subject: bytes, purpose: Purpose) -> Sequence[Anchor]:
        """The anchors whose subject name is `subject` (DER), strongest tier first."""
        return self._by_subject.get((purpose, subject), ())

    def with_digest(self, sha256: str, purpose: Purpose) -> Sequence[Anchor]:
        """The entries for one certificate (hex SHA-256 of its DER), strongest tier first."""
        return self._by_digest.get((purpose, sha256), ())

    def allows(self, sha256: str) -> tuple[TrustListInfo, ...]:
        """The allow-lists that name this signing certificate (hex SHA-256 of its DER)."""
        return self._allowed.get(sha256, ())

    def findings(self, at: datetime) -> tuple[Finding, ...]:
        """What is to be said of the lists themselves at validation time `at`."""
        return tuple(
            warning(
                "trust.list_stale",
                f"trust list {info.name}: its publisher promised the next one by "
                f"{info.next_update:%Y-%m-%d}; load a newer copy",
                info.name,
            )
            for info in self.lists
            if info.next_update is not None and info.next_update < at
        )


def _official(name: str) -> _AnchorList:
    """Return a bundled list, or the newer copy that the user has loaded in its place."""
    if user_folder.holds(name):
        bundled_, copy = _bundled_info(name), kept_lists.kept(name)
        if copy is not None and kept_lists.day(copy) >= bundled_.date:
            return _AnchorList(copy, kept=True)
    return _AnchorList(_bundled_info(name))


def _bundled_bytes(name: str, info: TrustListInfo | None = None) -> bytes:
    try:
        with open(os.path.join(_DATA, name), "rb") as file:
            content = file.read()
    except OSError as fault:
        raise InstallationError(
            f"the bundled trust list {name} is missing: install the package again"
        ) from fault
    if info is not None and hashlib.sha256(content).hexdigest() != info.sha256:
        raise InstallationError(
            f"the bundled trust list {name} was altered: install the package again"
        )
    return content


def _bundled_info(name: str) -> TrustListInfo:
    facts = json.loads(_bundled_bytes(f"{name}.json"))
    next_update = facts.get("next_update")
    return TrustListInfo(
        name=facts["name"],
        tier=Tier(facts["tier"]),
        purpose=Purpose(facts["purpose"]),
        date=facts["date"],
        sha256=facts["sha256"],
        count=facts["count"],
        source=facts["source"],
        licence=facts["licence"],
        next_update=datetime.fromisoformat(next_update) if next_update else None,
    )


def supplied(store: TrustStore) -> tuple[Supplied, ...]:
    """Return the user's own files of a store, of which `trust_store_of` makes it elsewhere."""
    return store._supplied


def has_bundled(store: TrustStore) -> bool:
    """Tell whether a store has lists that no user supplied as a file of anchors."""
    return any(info.tier is not Tier.PRIVATE for info in store.lists)


def trust_store_of(supplied: Sequence[Supplied], *, bundled: bool) -> TrustStore:
    """Make a store of anchors in memory. Raises as `TrustStore.load` does."""
    read = [(given, *trust_material.private(given, given.name)) for given in supplied]
    return TrustStore._joined(read, bundled=bundled)


@functools.cache
def bundled() -> TrustStore:
    """Return the bundled trust lists, loaded once a process."""
    return TrustStore.load()
