"""Tells where a media file says it came from.

    from provenance import verify
    report = verify("photo.jpg")
    print(report.verdict or report.error)

The names below, and the assertions of `provenance.pytest_plugin`, are the public API; everything
else may change. Importing this package imports nothing else until a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.version import VERSION as __version__  # noqa: N811 - the name PEP 396 readers look for

if TYPE_CHECKING:
    from provenance.auditing.api import audit
    from provenance.auditing.engine import Engine, Serial
    from provenance.auditing.model import DigestMode
    from provenance.auditing.processes import Processes
    from provenance.base.errors import (
        AssetError,
        AuditError,
        InstallationError,
        PolicyError,
        ProvenanceError,
        TrustMaterialError,
    )
    from provenance.base.finding import Finding, Severity, error, note, warning
    from provenance.base.options import ArchiveLimits, CrossCheck, Options
    from provenance.base.terms import Assurance, Flag, Identity, Integrity, Origin
    from provenance.linting.api import lint
    from provenance.linting.evaluate import LintReport
    from provenance.marks.carrier import CarrierError, Picture, Sound
    from provenance.marks.model import (
        Card,
        Decoder,
        Medium,
        Message,
        Missing,
        WatermarkResult,
        WatermarkStatus,
    )
    from provenance.media.metadata.model import Field, Metadata, Source
    from provenance.signals.detector import Detector, Marker
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.api import verify
    from provenance.verdict.assess import Verdict
    from provenance.verdict.contents import verify_all
    from provenance.verdict.policy import Policy
    from provenance.verdict.report import Report
    from provenance.verdict.verifier import Verifier

_HOMES = {
    "ArchiveLimits": "base.options",
    "AssetError": "base.errors",
    "Assurance": "base.terms",
    "AuditError": "base.errors",
    "Card": "marks.model",
    "CarrierError": "marks.carrier",
    "CrossCheck": "base.options",
    "Decoder": "marks.model",
    "Detector": "signals.detector",
    "DigestMode": "auditing.model",
    "Engine": "auditing.engine",
    "Field": "media.metadata.model",
    "Finding": "base.finding",
    "Flag": "base.terms",
    "Identity": "base.terms",
    "InstallationError": "base.errors",
    "Integrity": "base.terms",
    "LintReport": "linting.evaluate",
    "Marker": "signals.detector",
    "Medium": "marks.model",
    "Message": "marks.model",
    "Metadata": "media.metadata.model",
    "Missing": "marks.model",
    "Options": "base.options",
    "Origin": "base.terms",
    "Picture": "marks.carrier",
    "Policy": "verdict.policy",
    "PolicyError": "base.errors",
    "Processes": "auditing.processes",
    "ProvenanceError": "base.errors",
    "Report": "verdict.report",
    "Serial": "auditing.engine",
    "Severity": "base.finding",
    "Sound": "marks.carrier",
    "Source": "media.metadata.model",
    "TrustMaterialError": "base.errors",
    "TrustStore": "signing.trust_store",
    "Verdict": "verdict.assess",
    "Verifier": "verdict.verifier",
    "WatermarkResult": "marks.model",
    "WatermarkStatus": "marks.model",
    "audit": "auditing.api",
    "error": "base.finding",
    "lint": "linting.api",
    "note": "base.finding",
    "verify": "verdict.api",
    "verify_all": "verdict.contents",
    "warning": "base.finding",
}

__all__ = [
    "ArchiveLimits",
    "AssetError",
    "Assurance",
    "AuditError",
    "Card",
    "CarrierError",
    "CrossCheck",
    "Decoder",
    "Detector",
    "DigestMode",
    "Engine",
    "Field",
    "Finding",
    "Flag",
    "Identity",
    "InstallationError",
    "Integrity",
    "LintReport",
    "Marker",
    "Medium",
    "Message",
    "Metadata",
    "Missing",
    "Options",
    "Origin",
    "Picture",
    "Policy",
    "PolicyError",
    "Processes",
    "ProvenanceError",
    "Report",
    "Serial",
    "Severity",
    "Sound",
    "Source",
    "TrustMaterialError",
    "TrustStore",
    "Verdict",
    "Verifier",
    "WatermarkResult",
    "WatermarkStatus",
    "__version__",
    "audit",
    "error",
    "lint",
    "note",
    "verify",
    "verify_all",
    "warning",
]


def __dir__() -> list[str]:
    """Return the public names: what a shell offers, and what is promised, are the same."""
    return list(__all__)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only when a name is asked for

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
