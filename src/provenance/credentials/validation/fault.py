"""What breaks a rule of chapter 15: a status code of the standard, and what follows from it."""

from __future__ import annotations

from provenance.base.finding import Finding, error, note, warning
from provenance.base.values import dataclass
from provenance.credentials.concerns import Concern, concern

_SERIOUS = frozenset({Concern.BINDING, Concern.SEAL, Concern.SIGNATURE, Concern.UNKNOWN})


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One rule that a manifest breaks.

    `code` is the standard's, `section` where C2PA 2.4 decides it. `manifest` is the label of the
    manifest that is rejected for it, `place` the assertion or action within, empty for the claim.
    `concern` says what it speaks of, None for a code that is informational. `stops` says that it
    keeps a check from being made, so that the manifest is not known to be intact.
    """

    code: str
    section: str
    manifest: str
    place: str
    message: str
    concern: Concern | None
    stops: bool = False

    @property
    def where(self) -> str:
        """The place that a report names."""
        return f"{self.manifest}/{self.place}" if self.place else self.manifest

    @property
    def finding(self) -> Finding:
        """What a report says of it."""
        if self.concern is None:
            return note(self.code, self.message, self.where)
        make = error if self.concern in _SERIOUS else warning
        return make(self.code, self.message, self.where)


def fault(code: str, section: str, manifest: str, place: str, message: str) -> RuleFault:
    """Make a fault that speaks of what its code speaks of (`credentials.concerns`)."""
    return RuleFault(code, section, manifest, place, message, concern(code))


def form(
    code: str, section: str, manifest: str, place: str, message: str, *, stops: bool = False
) -> RuleFault:
    """Make a fault of form: the maker's, and no sign that something was altered."""
    return RuleFault(code, section, manifest, place, message, Concern.FORM, stops)
