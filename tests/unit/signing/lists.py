"""Trust stores of lists that tests write themselves, of any tier, with an allow-list."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from provenance.base.terms import Tier
from provenance.signing.trust_list import Purpose, TrustListInfo
from provenance.signing.trust_store import TrustStore, _AnchorList

if TYPE_CHECKING:
    from unit.signing.pki import Issued


class Lists(TrustStore):
    """A trust store of lists that are written here, with one allow-list."""

    def allows(self, sha256: str) -> tuple[TrustListInfo, ...]:
        """Name the allow-list of the certificate with this digest."""
        return tuple(info for info in self._allow_lists if info.sha256 == sha256)


def a_list(name: str, tier: Tier, purpose: Purpose, content: bytes) -> TrustListInfo:
    digest = hashlib.sha256(content).hexdigest()
    return TrustListInfo(name, tier, purpose, "", digest, 1, "")


def trusting(
    *anchors: Issued, tier: Tier = Tier.PRIVATE, purpose: Purpose = Purpose.SIGNER
) -> TrustStore:
    """A store of one list, which has the name of its tier."""
    ders = [one.der for one in anchors]
    info = a_list(f"{tier} list", tier, purpose, b"".join(ders))
    return Lists((info,), (_AnchorList(info, ders),))


def together(*stores: TrustStore, allowed: Issued | None = None) -> TrustStore:
    """The lists of several stores; `allowed` is on the allow-list."""
    lists = tuple(info for one in stores for info in one.lists)
    held = tuple(anchors for one in stores for anchors in one._anchors)
    if allowed is None:
        return Lists(lists, held)
    return Lists(lists, held, (a_list("allowed", Tier.INTERIM, Purpose.SIGNER, allowed.der),))
