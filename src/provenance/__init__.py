"""Tells where a media file says it came from.

    from provenance import verify
    report = verify("photo.jpg")
    print(report.verdict.origin, report.verdict.assurance)

The names below are the public API; everything else may change. Importing this package imports
nothing else until a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.version import VERSION as __version__  # noqa: N811 - the name PEP 396 readers look for

if TYPE_CHECKING:
    from provenance.auditing.api import audit
    from provenance.base.errors import (
        AssetError,
        AuditError,
        InstallationError,
        PolicyError,
        ProvenanceError,
        TrustMaterialError,
    )
    from provenance.base.finding import Finding, Severity
    from provenance.base.options import Options
    from provenance.base.terms import Assurance, Flag, Identity, Integrity, Origin
    from provenance.linting.api import lint
    from provenance.linting.evaluate import LintReport
    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.assess import Verdict
    from provenance.verdict.policy import Policy
    from provenance.verdict.report import Report
    from provenance.verdict.verifier import Verifier, verify

_HOMES = {
    "AssetError": "base.errors",
    "Assurance": "base.terms",
    "AuditError": "base.errors",
    "Finding": "base.finding",
    "Flag": "base.terms",
    "Identity": "base.terms",
    "InstallationError": "base.errors",
    "Integrity": "base.terms",
    "LintReport": "linting.evaluate",
    "Options": "base.options",
    "Origin": "base.terms",
    "Policy": "verdict.policy",
    "PolicyError": "base.errors",
    "ProvenanceError": "base.errors",
    "Report": "verdict.report",
    "Severity": "base.finding",
    "TrustMaterialError": "base.errors",
    "TrustStore": "signing.trust_store",
    "Verdict": "verdict.assess",
    "Verifier": "verdict.verifier",
    "audit": "auditing.api",
    "lint": "linting.api",
    "verify": "verdict.verifier",
}

__all__ = [
    "AssetError",
    "Assurance",
    "AuditError",
    "Finding",
    "Flag",
    "Identity",
    "InstallationError",
    "Integrity",
    "LintReport",
    "Options",
    "Origin",
    "Policy",
    "PolicyError",
    "ProvenanceError",
    "Report",
    "Severity",
    "TrustMaterialError",
    "TrustStore",
    "Verdict",
    "Verifier",
    "__version__",
    "audit",
    "lint",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only when a name is asked for

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
