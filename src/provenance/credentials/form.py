"""Rules of form that the SDK (0.38.1) does not check. No axis moves with them: nothing was altered.

What it does check comes with its codes; `codes` sorts those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, warning
from provenance.credentials.manifest import Linkage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import Assertion, Manifest

_REDACTED = "c2pa.redacted"


def breaches(manifest: Manifest) -> Iterator[Finding]:
    """Yield a warning for each rule that an assertion of the manifest breaks.

    `c2pa.redacted` names what was redacted (C2PA 2.4 section 15.10.3.2.3); a time-stamp assertion
    is a map with at least one entry (15.10.3.2.6).
    """
    for group in manifest.actions:
        if any(action.name == _REDACTED for action in group.actions):
            (assertion,) = (a for a in manifest.assertions if a.label == group.label)
            yield from _redactions(manifest.label, assertion)
    for assertion in manifest.named("c2pa.time-stamp"):
        if assertion.linkage in {Linkage.MISSING, Linkage.REDACTED}:
            continue
        try:
            content = assertion.decode()
        except ValueError:
            content = None
        if not isinstance(content, dict) or not content:
            message = "a time-stamp assertion without a time-stamp"
            where = f"{manifest.label}/{assertion.label}"
            yield warning("assertion.timestamp.malformed", message, where)


def _redactions(manifest: str, assertion: Assertion) -> Iterator[Finding]:
    for n, entry in enumerate(assertion.decode()["actions"]):
        parameters = entry.get("parameters")
        named = parameters.get("redacted") if isinstance(parameters, dict) else None
        if entry.get("action") == _REDACTED and not (isinstance(named, str) and named):
            message = "c2pa.redacted does not name what was redacted"
            where = f"{manifest}/{assertion.label}[{n}]"
            yield warning("assertion.action.redactionMismatch", message, where)
