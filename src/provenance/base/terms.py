"""The closed vocabularies of a report: every axis and verdict is one of these values."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """What the evidence says of how the media came to be."""

    AI_GENERATED = "ai_generated"
    AI_MODIFIED = "ai_modified"
    AI_POSSIBLE = "ai_possible"
    CAPTURED = "captured"
    DIGITAL_CREATION = "digital_creation"
    UNKNOWN = "unknown"


class Assurance(StrEnum):
    """How far a signal carries, strongest first."""

    VERIFIED = "verified"
    VERIFIED_LEGACY = "verified_legacy"
    VERIFIED_PRIVATE = "verified_private"
    SIGNED = "signed"
    DETECTED = "detected"
    ASSERTED = "asserted"
    BROKEN = "broken"
    NONE = "none"


class Integrity(StrEnum):
    """Whether the bytes are the ones that were signed."""

    INTACT = "intact"
    PARTIAL = "partial"
    BROKEN = "broken"
    UNCHECKED = "unchecked"
    NONE = "none"


class Identity(StrEnum):
    """Where the signing credential's chain leads, whatever the time says."""

    C2PA = "c2pa"
    INTERIM = "interim"
    PRIVATE = "private"
    UNLISTED = "unlisted"
    INVALID = "invalid"
    UNPROVEN = "unproven"
    NONE = "none"


class TimeStatus(StrEnum):
    """What is known of when the claim was signed."""

    TIMESTAMPED = "timestamped"
    CURRENT = "current"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    UNKNOWN = "unknown"


class Revocation(StrEnum):
    """Whether the signing credential was revoked, as far as the evidence tells."""

    GOOD = "good"
    REVOKED = "revoked"
    REVOKED_LATER = "revoked_later"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not_checked"


class Cawg(StrEnum):
    """The answer for CAWG identity assertions."""

    TRUSTED = "trusted"
    UNLISTED = "unlisted"
    INVALID = "invalid"
    NOT_CHECKED = "not_checked"
    NONE = "none"


class Conformance(StrEnum):
    """The signer's standing on the C2PA Conforming Products List."""

    CONFORMING = "conforming"
    NOT_LISTED = "not_listed"
    OVER_CLAIMING = "over_claiming"
    NOT_CHECKED = "not_checked"


class CredentialStatus(StrEnum):
    """Whether the file has a content credential that can be read."""

    PRESENT = "present"
    REMOTE = "remote"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


class Location(StrEnum):
    """Where the credential is."""

    EMBEDDED = "embedded"
    SIDECAR = "sidecar"
    NONE = "none"


class Flag(StrEnum):
    """What a policy can ask for; several may hold at once."""

    AI = "ai"
    BROKEN = "broken"
    REVOKED = "revoked"
    CONFLICT = "conflict"
    UNREADABLE = "unreadable"
    REMOTE_ONLY = "remote_only"
    PARTIAL_COVERAGE = "partial_coverage"
    FROM_INPUT = "from_input"


class Breach(StrEnum):
    """What a policy demands and a file does not fulfil: nothing that the file says of itself."""

    ORIGIN = "origin"
    UNEXPECTED_VENDOR = "unexpected_vendor"
    UNEXPECTED_SIGNER = "unexpected_signer"
    MUST_BE_SIGNED = "must_be_signed"


class Tier(StrEnum):
    """Which kind of trust list an anchor is on, strongest first."""

    C2PA = "c2pa"
    INTERIM = "interim"
    PRIVATE = "private"


class BreakKind(StrEnum):
    """The kinds of a broken manifest, which say very different things.

    `OTHER_BYTES`: the signature verifies, but it was made for a different file: this one was
    changed after signing, or the credential was copied here. `UNPROVEN`: anyone may have written
    what it claims. `REJECTED`: it is as it was signed, but breaks a rule, so that the standard
    rejects it.
    """

    OTHER_BYTES = "other_bytes"
    UNPROVEN = "unproven"
    REJECTED = "rejected"


GENERATIVE = frozenset({Origin.AI_GENERATED, Origin.AI_MODIFIED})
"""Generative AI made the media, or a part of it: the origins for which `Flag.AI` holds."""

AI_ORIGINS = GENERATIVE | {Origin.AI_POSSIBLE}
"""These, and the one where the evidence allows AI without saying so."""

ORIGIN_WORDS = {
    Origin.AI_GENERATED: "AI-generated",
    Origin.AI_MODIFIED: "modified with AI",
    Origin.AI_POSSIBLE: "possibly AI",
    Origin.CAPTURED: "captured by a camera",
    Origin.DIGITAL_CREATION: "made by people with software",
    Origin.UNKNOWN: "of unknown origin",
}
"""Each origin as a sentence about a file says it."""

LISTED = frozenset({Identity.C2PA, Identity.INTERIM, Identity.PRIVATE})
"""The identities whose names are more than the file's own word."""

RANK = {assurance: rank for rank, assurance in enumerate(Assurance)}
"""Assurances by strength, 0 the strongest."""

UNSIGNED = frozenset({Assurance.ASSERTED, Assurance.DETECTED})
"""The assurances of evidence that no signature covers: metadata, and marks in the media."""

VERIFIED = frozenset({Assurance.VERIFIED, Assurance.VERIFIED_LEGACY, Assurance.VERIFIED_PRIVATE})
"""The assurances of a signer on a list, at a trusted time, with everything intact."""


def weaker(a: Assurance, b: Assurance) -> Assurance:
    """Return the weaker of two assurances."""
    return a if RANK[a] >= RANK[b] else b
