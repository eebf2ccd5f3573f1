"""Tells where a media file says it came from.

    from provenance import verify
    report = verify("photo.jpg")
    print(report.verdict or report.error)

The names below, and the assertions of `provenance.pytest_plugin`, are the public API; everything
else may change. Importing this package imports nothing else until a name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from provenance.base import lazily
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
    from provenance.base.terms import (
        Assurance,
        Breach,
        Cawg,
        Conformance,
        CredentialStatus,
        Flag,
        Identity,
        Integrity,
        Location,
        Origin,
        Revocation,
        TimeStatus,
    )
    from provenance.linting.api import lint
    from provenance.linting.catalogue import UnknownProfileError
    from provenance.linting.evaluate import LintReport, RuleOutcome
    from provenance.linting.subjects import DocumentAloneError
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
    from provenance.signals.model import Basis, GeneratorClaim, Role, Signal
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.api import verify
    from provenance.verdict.assess import Reason, Verdict
    from provenance.verdict.contents import verify_all
    from provenance.verdict.evidence import Axes
    from provenance.verdict.policy import Policy
    from provenance.verdict.report import (
        ActionInfo,
        AiDisclosureInfo,
        AssetInfo,
        Credentials,
        Environment,
        ErrorInfo,
        IngredientInfo,
        ListInfo,
        ManifestAxes,
        ManifestInfo,
        NetworkCall,
        Outer,
        PolicyInfo,
        Report,
        SignerInfo,
        SoftBindingBlockInfo,
        SoftBindingInfo,
        WatermarkInfo,
    )
    from provenance.verdict.verifier import Verifier

lazily.install()

_HOMES = {
    "ActionInfo": "verdict.report",
    "AiDisclosureInfo": "verdict.report",
    "ArchiveLimits": "base.options",
    "AssetError": "base.errors",
    "AssetInfo": "verdict.report",
    "Assurance": "base.terms",
    "AuditError": "base.errors",
    "Axes": "verdict.evidence",
    "Basis": "signals.model",
    "Breach": "base.terms",
    "Card": "marks.model",
    "CarrierError": "marks.carrier",
    "Cawg": "base.terms",
    "Conformance": "base.terms",
    "CredentialStatus": "base.terms",
    "Credentials": "verdict.report",
    "CrossCheck": "base.options",
    "Decoder": "marks.model",
    "Detector": "signals.detector",
    "DigestMode": "auditing.model",
    "DocumentAloneError": "linting.subjects",
    "Engine": "auditing.engine",
    "Environment": "verdict.report",
    "ErrorInfo": "verdict.report",
    "Field": "media.metadata.model",
    "Finding": "base.finding",
    "Flag": "base.terms",
    "GeneratorClaim": "signals.model",
    "Identity": "base.terms",
    "IngredientInfo": "verdict.report",
    "InstallationError": "base.errors",
    "Integrity": "base.terms",
    "LintReport": "linting.evaluate",
    "ListInfo": "verdict.report",
    "Location": "base.terms",
    "ManifestAxes": "verdict.report",
    "ManifestInfo": "verdict.report",
    "Marker": "signals.detector",
    "Medium": "marks.model",
    "Message": "marks.model",
    "Metadata": "media.metadata.model",
    "Missing": "marks.model",
    "NetworkCall": "verdict.report",
    "Options": "base.options",
    "Origin": "base.terms",
    "Outer": "verdict.report",
    "Picture": "marks.carrier",
    "Policy": "verdict.policy",
    "PolicyError": "base.errors",
    "PolicyInfo": "verdict.report",
    "Processes": "auditing.processes",
    "ProvenanceError": "base.errors",
    "Reason": "verdict.assess",
    "Report": "verdict.report",
    "Revocation": "base.terms",
    "Role": "signals.model",
    "RuleOutcome": "linting.evaluate",
    "Serial": "auditing.engine",
    "Severity": "base.finding",
    "Signal": "signals.model",
    "SignerInfo": "verdict.report",
    "SoftBindingBlockInfo": "verdict.report",
    "SoftBindingInfo": "verdict.report",
    "Sound": "marks.carrier",
    "Source": "media.metadata.model",
    "TimeStatus": "base.terms",
    "TrustMaterialError": "base.errors",
    "TrustStore": "signing.trust_store",
    "UnknownProfileError": "linting.catalogue",
    "Verdict": "verdict.assess",
    "Verifier": "verdict.verifier",
    "WatermarkInfo": "verdict.report",
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
    "ActionInfo",
    "AiDisclosureInfo",
    "ArchiveLimits",
    "AssetError",
    "AssetInfo",
    "Assurance",
    "AuditError",
    "Axes",
    "Basis",
    "Breach",
    "Card",
    "CarrierError",
    "Cawg",
    "Conformance",
    "CredentialStatus",
    "Credentials",
    "CrossCheck",
    "Decoder",
    "Detector",
    "DigestMode",
    "DocumentAloneError",
    "Engine",
    "Environment",
    "ErrorInfo",
    "Field",
    "Finding",
    "Flag",
    "GeneratorClaim",
    "Identity",
    "IngredientInfo",
    "InstallationError",
    "Integrity",
    "LintReport",
    "ListInfo",
    "Location",
    "ManifestAxes",
    "ManifestInfo",
    "Marker",
    "Medium",
    "Message",
    "Metadata",
    "Missing",
    "NetworkCall",
    "Options",
    "Origin",
    "Outer",
    "Picture",
    "Policy",
    "PolicyError",
    "PolicyInfo",
    "Processes",
    "ProvenanceError",
    "Reason",
    "Report",
    "Revocation",
    "Role",
    "RuleOutcome",
    "Serial",
    "Severity",
    "Signal",
    "SignerInfo",
    "SoftBindingBlockInfo",
    "SoftBindingInfo",
    "Sound",
    "Source",
    "TimeStatus",
    "TrustMaterialError",
    "TrustStore",
    "UnknownProfileError",
    "Verdict",
    "Verifier",
    "WatermarkInfo",
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

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
