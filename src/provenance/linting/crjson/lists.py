"""The trust lists that a signer leads to, as crJSON of 2.5 names them (section 3.8.1).

A list that the user gave is named by its digest (RFC 6920): nothing of a machine's folders stands
in a document. The interim list is none that the programme knows, and is left out.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from provenance.base.terms import Tier

if TYPE_CHECKING:
    from provenance.verdict.report import ListInfo
    from provenance.verdict.verifier import Examined

# Where the C2PA publishes its lists (repository c2pa-org/conformance-public, folder trust-list).
_PUBLISHED = "https://github.com/c2pa-org/conformance-public/blob/main/trust-list/"
_OFFICIAL = {
    "signer": f"{_PUBLISHED}C2PA-TRUST-LIST.pem",
    "tsa": f"{_PUBLISHED}C2PA-TSA-TRUST-LIST.pem",
}
_TYPES = {"signer": "c2pa.trustList", "tsa": "c2pa.tsaTrustList"}


def uris(examined: Examined, label: str) -> list[dict[str, str]]:
    """Return `trustListUris` of one manifest; empty where its signer leads to no list."""
    chain = examined.chains.get(label)
    if chain is None or not chain.signature_valid:
        return []
    used = {("signer", hit.list_name) for hit in chain.hits}
    used |= {("tsa", s.list_name) for s in chain.time_stamps if s.trusted is not None}
    return [
        {
            "uri": _uri(trust_list),
            "type": _TYPES[trust_list.purpose],
            "identifier": trust_list.sha256,
        }
        for trust_list in examined.report.environment.trust_lists
        if (trust_list.purpose, trust_list.name) in used and trust_list.tier != Tier.INTERIM.value
    ]


def _uri(trust_list: ListInfo) -> str:
    if trust_list.tier == Tier.C2PA.value:
        return _OFFICIAL[trust_list.purpose]
    digest = base64.urlsafe_b64encode(bytes.fromhex(trust_list.sha256)).decode("ascii").rstrip("=")
    return f"ni:///sha-256;{digest}"
