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
    from provenance.auditing.audit_api import audit
    from provenance.auditing.engine import Engine, Serial
    from provenance.auditing.processes import Processes
    from provenance.auditing.task import DigestMode
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
    from provenance.linting.evaluate import LintReport, RuleOutcome
    from provenance.linting.lint_api import lint
    from provenance.linting.rule_catalogue import UnknownProfileError
    from provenance.linting.subject_loading import DocumentAloneError
    from provenance.marks.carrier import CarrierError, Picture, Sound
    from provenance.marks.decoder import (
        Card,
        Decoder,
        Medium,
        Message,
        Missing,
        WatermarkResult,
        WatermarkStatus,
    )
    from provenance.media.metadata.field import Field, Metadata, Source
    from provenance.signals.detector import Detector, Marker
    from provenance.signals.signal import Basis, GeneratorClaim, Role, Signal
    from provenance.signing.trust_store import TrustStore
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
    from provenance.verdict.verify_api import verify

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
    "Basis": "signals.signal",
    "Breach": "base.terms",
    "Card": "marks.decoder",
    "CarrierError": "marks.carrier",
    "Cawg": "base.terms",
    "Conformance": "base.terms",
    "CredentialStatus": "base.terms",
    "Credentials": "verdict.report",
    "CrossCheck": "base.options",
    "Decoder": "marks.decoder",
    "Detector": "signals.detector",
    "DigestMode": "auditing.task",
    "DocumentAloneError": "linting.subject_loading",
    "Engine": "auditing.engine",
    "Environment": "verdict.report",
    "ErrorInfo": "verdict.report",
    "Field": "media.metadata.field",
    "Finding": "base.finding",
    "Flag": "base.terms",
    "GeneratorClaim": "signals.signal",
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
    "Medium": "marks.decoder",
    "Message": "marks.decoder",
    "Metadata": "media.metadata.field",
    "Missing": "marks.decoder",
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
    "Role": "signals.signal",
    "RuleOutcome": "linting.evaluate",
    "Serial": "auditing.engine",
    "Severity": "base.finding",
    "Signal": "signals.signal",
    "SignerInfo": "verdict.report",
    "SoftBindingBlockInfo": "verdict.report",
    "SoftBindingInfo": "verdict.report",
    "Sound": "marks.carrier",
    "Source": "media.metadata.field",
    "TimeStatus": "base.terms",
    "TrustMaterialError": "base.errors",
    "TrustStore": "signing.trust_store",
    "UnknownProfileError": "linting.rule_catalogue",
    "Verdict": "verdict.assess",
    "Verifier": "verdict.verifier",
    "WatermarkInfo": "verdict.report",
    "WatermarkResult": "marks.decoder",
    "WatermarkStatus": "marks.decoder",
    "audit": "auditing.audit_api",
    "error": "base.finding",
    "lint": "linting.lint_api",
    "note": "base.finding",
    "verify": "verdict.verify_api",
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
