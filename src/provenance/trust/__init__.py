"""Trust lists: the bundled ones, those the user supplies, and the store that holds both."""

from provenance.trust.model import Anchor, Purpose, TrustListInfo
from provenance.trust.store import TrustStore

__all__ = ["Anchor", "Purpose", "TrustListInfo", "TrustStore"]
