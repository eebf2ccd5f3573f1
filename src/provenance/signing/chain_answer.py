"""What the chain engine is asked, and what it answers. Values only, no behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.base.terms import Identity, Revocation, Tier, TimeStatus


@dataclass(frozen=True, slots=True)
class TimeStampToken:
    """An RFC 3161 token as it was in the COSE header `sigTst` or `sigTst2`.

    `der` is what was in the `val` of a `tstTokens` entry: a TimeStampToken, or the whole
    TimeStampResp that contains one; both occur in real files.
    """

    header: str
    der: bytes


@dataclass(frozen=True, slots=True)
class CoseSignature:
    """A COSE_Sign1 over a claim (RFC 9052, C2PA 2.4 section 13.2), read but not judged.

    `algorithm` is the COSE identifier of the protected header (-7, -35, -36, -37, -38, -39, -8),
    `None` where it is missing. `protected` is the byte string as signed. `certificates` are DER,
    in the order of `x5chain`. `ocsp` are the DER responses of `rVals`. `payload` is what the
    structure carries itself, `None` where it is detached as section 10.3.2.4 wants it.
    `not_understood` names the headers that the signer marks as critical (RFC 9052 section 3.1) and
    that this program does not know. `claimed_time` is when the signer says it signed (`iat`,
    section 13.2.4), `None` where it does not say or says no time. `content_type` is what the
    protected header says of the payload, as decoded.
    """

    algorithm: int | None
    protected: bytes
    signature: bytes
    certificates: tuple[bytes, ...]
    time_stamps: tuple[TimeStampToken, ...] = ()
    ocsp: tuple[bytes, ...] = ()
    payload: bytes | None = None
    not_understood: tuple[str, ...] = ()
    claimed_time: datetime | None = None
    content_type: object = None


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """What a report says of one certificate. Names are the file's text: clean before printing.

    `sha256` is the hex digest of the DER; times are UTC; `key` reads like `EC P-256` or
    `RSA 2048`; `extended_key_usage` holds dotted OIDs in the certificate's order.
    """

    subject: str
    issuer: str
    common_name: str
    organisation: str
    serial: str
    not_before: datetime
    not_after: datetime
    sha256: str
    key: str
    signature_algorithm: str
    extended_key_usage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnchorHit:
    """An anchor that a chain reaches: which certificate, on which list, of which tier."""

    tier: Tier
    list_name: str
    subject: str
    sha256: str
    by_allow_list: bool = False


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A verified or refused time-stamp.

    `trusted` is the tier of the time-stamp authority's anchor where the token is sound in every
    respect, else `None`: then it is shown and not used. `time` is the token's genTime in UTC.
    `fault` is the code of the finding that says why it is not used, empty where it is. `list_name`
    is the list that its authority chains to, empty where it is not trusted.
    """

    header: str
    time: datetime | None
    authority: str
    trusted: Tier | None
    reason: str
    certificates: tuple[CertificateInfo, ...] = ()
    fault: str = ""
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class RevocationAnswer:
    """What the stapled or supplied evidence says; `time` and `reason` where revoked."""

    status: Revocation
    source: str = ""
    time: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """The chain engine's answer for one signature, each axis for itself.

    `identity` is decided without time and supposes that the claim signature verifies; the caller
    turns it into `unproven` where `signature_valid` is false, and then reads neither time nor
    revocation. `hits` are all anchors reached, strongest tier first; `path` runs from the leaf to
    the anchor of the strongest hit (or as far as it goes). `signing_time` is the time of the
    strongest trusted time-stamp. `time_tier` is that stamp's tier. `claimed_time` is when the
    signer says it signed: it proves nothing, and nothing is decided by it.
    """

    signature_valid: bool
    identity: Identity
    hits: tuple[AnchorHit, ...]
    path: tuple[CertificateInfo, ...]
    time: TimeStatus
    signing_time: datetime | None
    time_tier: Tier | None
    time_stamps: tuple[TimeStamp, ...]
    revocation: RevocationAnswer
    findings: tuple[Finding, ...]
    claimed_time: datetime | None = None
