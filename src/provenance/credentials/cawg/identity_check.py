"""What the check of an identity assertion gives. Values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, error, note, warning
from provenance.base.terms import Cawg
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from provenance.signing.cache import ChainCache
    from provenance.signing.chain_answer import ChainVerdict
    from provenance.signing.crl import RevocationList
    from provenance.signing.trust_store import TrustStore

WEAKEST_FIRST = (Cawg.INVALID, Cawg.NOT_CHECKED, Cawg.UNLISTED, Cawg.TRUSTED)


@dataclass(frozen=True, slots=True)
class CawgStatus:
    """One status code that is not a success, in words.

    `most` is the best that may be said of the identity beside it. What these words say may not
    repeat anything of the identity: that is personal data.
    """

    code: str
    message: str
    most: Cawg = Cawg.INVALID

    def finding(self, where: str) -> Finding:
        """What a report says of it."""
        make = {Cawg.INVALID: error, Cawg.UNLISTED: warning}.get(self.most, note)
        return make(self.code, self.message, where)


@dataclass(frozen=True, slots=True)
class CheckedSignature:
    """What the check of a signature gave. `listed` says that the issuer is on a list.

    `noticed` is what else was met on the way, which moves nothing.
    """

    statuses: tuple[CawgStatus, ...] = ()
    listed: bool = False
    noticed: tuple[CawgStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentityGrounds:
    """What the check rests on in addition to the assertion.

    `claim` is what is known of the claim's own signature: its trusted time-stamp counts where the
    identity has none. `attached_ocsp` are responses of certificate-status assertions.
    """

    trust: TrustStore
    at: datetime
    cache: ChainCache
    crls: Sequence[RevocationList] = ()
    attached_ocsp: Sequence[bytes | None] = ()
    claim: ChainVerdict | None = None

    @property
    def signed_at(self) -> datetime | None:
        """The time that the claim's time-stamp attests; None where its signature is not proven."""
        if self.claim is None or not self.claim.signature_valid:
            return None
        return self.claim.signing_time
