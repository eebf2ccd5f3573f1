"""The sentences of the text format: what each value of the vocabulary means to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import (
    ORIGIN_WORDS,
    Assurance,
    CredentialStatus,
    Identity,
    Integrity,
    Origin,
    Revocation,
    TimeStatus,
)
from provenance.base.text import quotable_name

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.verdict.report import SignerInfo

Span = tuple[str, str]
"""The name of a style and a text."""
Line = tuple[Span, ...]

ORIGIN = {**ORIGIN_WORDS, Origin.UNKNOWN: "origin unknown"}
GENERATOR = {  # what leads to the generator's name, where it is not "by"
    Origin.CAPTURED: " with",
    Origin.DIGITAL_CREATION: ":",
}
ASSURANCE = {
    Assurance.VERIFIED: "verified signer on the C2PA Trust List",
    Assurance.VERIFIED_LEGACY: "verified signer on the interim list only",
    Assurance.VERIFIED_PRIVATE: "verified signer on your own list",
    Assurance.SIGNED: "signed, but not verified",
    Assurance.DETECTED: "a watermark was decoded",
    Assurance.ASSERTED: "unsigned metadata says so; anyone can write it",
    Assurance.BROKEN: "claimed by a part of the credential that is broken",
    Assurance.NONE: "no evidence",
}
INTEGRITY = {
    Integrity.INTACT: "not altered since it was signed",
    Integrity.PARTIAL: "only a part of the media is covered",
    Integrity.BROKEN: "credential BROKEN",
    Integrity.UNCHECKED: "alteration not checked",
    Integrity.NONE: "no credential",
}
BROKEN_LINK = "the link to what it was made from does not hold"
LOOSE = "bytes that no signature covers claim AI"
LOOSE_CLAIM = "claimed by bytes that no signature covers"
IDENTITY = {
    Identity.C2PA: "on the C2PA Trust List",
    Identity.INTERIM: "on the interim list",
    Identity.PRIVATE: "on your own list",
    Identity.UNLISTED: "not on any trust list",
    Identity.INVALID: "its certificate chain breaks a rule",
    Identity.UNPROVEN: "not proven: the signature does not verify",
    Identity.NONE: "no signer",
}
TIME = {
    TimeStatus.TIMESTAMPED: "time-stamped",
    TimeStatus.CURRENT: "certificate valid now",
    TimeStatus.EXPIRED: "certificate expired, no trusted time-stamp",
    TimeStatus.NOT_YET_VALID: "certificate not yet valid",
    TimeStatus.UNKNOWN: "time unknown",
}
REVOCATION = {
    Revocation.GOOD: "not revoked",
    Revocation.REVOKED: "REVOKED",
    Revocation.REVOKED_LATER: "revoked after it signed",
    Revocation.UNKNOWN: "unknown to its authority",
    Revocation.NOT_CHECKED: "",
}
STATUS = {
    CredentialStatus.PRESENT: "credential present",
    CredentialStatus.REMOTE: "credential at a remote address only",
    CredentialStatus.ABSENT: "no credential",
    CredentialStatus.UNREADABLE: "credential UNREADABLE: its claim about origin is unknown",
}


def signed_by(
    signer: SignerInfo | None,
    identity: Identity,
    time: TimeStatus,
    revocation: Revocation,
    signing_time: datetime | None,
) -> str:
    """Say who signed, whether that is proven, and as of when; cleaned."""
    if signer is None:
        return "none"
    name = quotable_name(signer.organisation or signer.common_name or "unnamed")
    if not signer.proven:
        return f"claimed signer: {name} ({IDENTITY[identity]})"
    when = TIME[time]
    if signing_time is not None:
        when += f" {signing_time:%Y-%m-%d %H:%M} UTC"
    return "; ".join(filter(None, (name, IDENTITY[identity], when, REVOCATION[revocation])))
