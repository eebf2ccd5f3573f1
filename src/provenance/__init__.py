"""Tells where a media file says it came from.

    from provenance import verify
    report = verify("photo.jpg")
    print(report.verdict.origin, report.verdict.assurance)

The names below are the public API; everything else may change. Importing this package imports
nothing else until a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance._version import VERSION as __version__  # noqa: N811 - the name PEP 396 readers look for

if TYPE_CHECKING:
    from provenance.auditing.api import audit
    from provenance.conformance.api import lint
    from provenance.conformance.evaluate import LintReport
    from provenance.errors import (
        AssetError,
        AuditError,
        InstallationError,
        PolicyError,
        ProvenanceError,
        TrustMaterialError,
    )
    from provenance.finding import Finding, Severity
    from provenance.options import Options
    from provenance.policy import Policy
    from provenance.report import Report
    from provenance.terms import Assurance, Flag, Identity, Integrity, Origin
    from provenance.trust import TrustStore
    from provenance.verdict import Verdict
    from provenance.verifier import Verifier, verify

_HOMES = {
    "AssetError": "errors",
    "Assurance": "terms",
    "AuditError": "errors",
    "Finding": "finding",
    "Flag": "terms",
    "Identity": "terms",
    "InstallationError": "errors",
    "Integrity": "terms",
    "LintReport": "conformance.evaluate",
    "Options": "options",
    "Origin": "terms",
    "Policy": "policy",
    "PolicyError": "errors",
    "ProvenanceError": "errors",
    "Report": "report",
    "Severity": "finding",
    "TrustMaterialError": "errors",
    "TrustStore": "trust",
    "Verdict": "verdict",
    "Verifier": "verifier",
    "audit": "auditing.api",
    "lint": "conformance.api",
    "verify": "verifier",
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
