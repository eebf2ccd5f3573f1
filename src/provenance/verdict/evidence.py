"""What `assess` decides from: everything that the bytes, the chains and the detectors gave. Values.

`credential_evidence.evidence_of` makes it for a file with a credential that could be read; for any
other file it is the status of the credential and what the detectors found.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.terms import (
    BreakKind,
    Cawg,
    Conformance,
    CredentialStatus,
    Identity,
    Integrity,
    Revocation,
    TimeStatus,
)
from provenance.base.values import dataclass

if TYPE_CHECKING:
    from provenance.base.finding import Finding
    from provenance.marks.decoder import WatermarkResult
    from provenance.signals.signal import Signal


class InputKind(StrEnum):
    """What a generator was given to start from."""

    CAPTURE = "capture"
    UPLOAD = "upload"
    LOADED = "loaded"
    """Unsigned metadata says so: a graph or settings that start from something loaded."""


@dataclass(frozen=True, slots=True)
class InputFact:
    """An input of a generated asset, which may show a real person."""

    kind: InputKind
    where: str


@dataclass(frozen=True, slots=True)
class Axes:
    """Independent answers to independent questions, for the active manifest."""

    integrity: Integrity = Integrity.NONE
    identity: Identity = Identity.NONE
    time: TimeStatus = TimeStatus.UNKNOWN
    revocation: Revocation = Revocation.NOT_CHECKED
    cawg: Cawg = Cawg.NONE
    conformance: Conformance = Conformance.NOT_CHECKED


@dataclass(frozen=True, slots=True)
class Markers:
    """What detectors and decoders found outside of the credential.

    `camera_exif` means that the file carries a camera's own EXIF. `watermarks` are the answers of
    decoders, where any was asked.
    """

    signals: tuple[Signal, ...] = ()
    camera_exif: bool = False
    watermarks: tuple[WatermarkResult, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything `assess` may look at.

    `status` says whether there is a credential that can be read, `axes` what it proves. Where it is
    broken, `break_kind` and `break_reason` say how. `signals` are all statements and markers of
    origin. `capture_gaps` and `creation_gaps` say, in words, what is missing before a signer's
    `captured` or `digital_creation` covers the whole asset. `inputs` are what a generator was given
    to start from. `revoked` are the labels of manifests whose signer was revoked in time.
    `incomplete` means that the list of actions does not claim to be complete (the official signal
    `ambiguousActions`). `unread` names what may speak of origin and cannot be read. `broken_links`
    names the links from a manifest to an earlier one that fail, each with its reason. `camera_exif`
    means that the file carries a camera's own EXIF, which no credential vouches for. `generators`
    names the claim generators of the active manifest, as the file has them.
    """

    status: CredentialStatus
    axes: Axes = Axes()
    break_kind: BreakKind | None = None
    break_reason: str = ""
    signals: tuple[Signal, ...] = ()
    capture_gaps: tuple[str, ...] = ()
    creation_gaps: tuple[str, ...] = ()
    inputs: tuple[InputFact, ...] = ()
    revoked: frozenset[str] = frozenset()
    incomplete: bool = False
    unread: tuple[str, ...] = ()
    broken_links: tuple[str, ...] = ()
    camera_exif: bool = False
    generators: tuple[str, ...] = ()
