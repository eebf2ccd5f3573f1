"""The record of an attempt to recover a credential: frozen, typed, one plain object."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.base.terms import CredentialStatus, Identity, Origin, Revocation, TimeStatus
from provenance.base.values import dataclass
from provenance.verdict.report import Report, plain

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.marks.soft_binding import SoftBindingKind
    from provenance.recover.resolution import ResolverCall
    from provenance.signals.signal import GeneratorClaim
    from provenance.verdict.report import AssetInfo, Environment, ErrorInfo, SignerInfo

RECOVERY_VERSION = "1.0"


class RecoveryOutcome(StrEnum):
    """What came of the attempt. `recovered` is the one good answer, and is never `intact`."""

    RECOVERED = "recovered"
    UNPROVEN = "unproven"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    NO_BINDING = "no_binding"
    FAILED = "failed"


class RecoveredState(StrEnum):
    """What became of one manifest that the repository named, best first.

    `recovered`: it declares the soft binding, and its claim signature verifies. `unproven`: anyone
    may have written it. `other_binding`: it declares another one, so it is another asset's.
    """

    RECOVERED = "recovered"
    UNPROVEN = "unproven"
    OTHER_BINDING = "other_binding"
    UNREADABLE = "unreadable"
    NOT_FETCHED = "not_fetched"


class BindingMatch(StrEnum):
    """Whether a store declares the soft binding that was asked about.

    `claimed`: only the repository says that it belongs to the content, by a similar fingerprint or
    by content that was handed over.
    """

    MATCHES = "matches"
    CLAIMED = "claimed"
    DIFFERS = "differs"
    NOT_CHECKED = "not_checked"


class HardBindingMatch(StrEnum):
    """Whether the bytes at hand are those that were signed. A copy's are not, as a rule."""

    MATCHES = "matches"
    MISMATCH = "mismatch"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class RecoveryQuestion:
    """One question to the repository: a soft binding, or content that was handed over.

    `basis` is `decoded`, `given`, `declared` or `upload`. `size` is that of the value or content in
    bytes. `matches` counts the answers; `reason` says why there was none to use, or is empty.
    """

    algorithm: str
    kind: SoftBindingKind
    owner: str
    basis: str
    value: str
    encoding: str
    size: int
    where: str
    matches: int
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One manifest that the repository named.

    `algorithm` and `basis` are those of the question that it answers. `active` is the active
    manifest of the store that came, which should be `manifest`. `sha256` and
    `size` are the store's. Signer, axes and claims are the credential's own; `origin` is the kind
    of AI that it speaks of, and `unknown` for everything else. `data` is the store itself, kept out
    of every record.
    """

    state: RecoveredState
    manifest: str
    endpoint: str = ""
    similarity: int | None = None
    algorithm: str = ""
    basis: str = ""
    reason: str = ""
    active: str = ""
    sha256: str = ""
    size: int = 0
    binding: BindingMatch = BindingMatch.NOT_CHECKED
    hard_binding: HardBindingMatch = HardBindingMatch.NOT_CHECKED
    signer: SignerInfo | None = None
    identity: Identity = Identity.NONE
    time: TimeStatus = TimeStatus.UNKNOWN
    revocation: Revocation = Revocation.NOT_CHECKED
    signing_time: datetime | None = None
    generators: tuple[str, ...] = ()
    origin: Origin = Origin.UNKNOWN
    generator: GeneratorClaim | None = None
    claims: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was asked, what came back, and what it is worth.

    `credentials` is what the file itself has. `left_out` counts soft bindings beyond the bound.
    `requests` is every request over the network. `error` is there where the file could not be
    examined; then nothing was asked.
    """

    asset: AssetInfo
    environment: Environment
    repository: str
    outcome: RecoveryOutcome = RecoveryOutcome.FAILED
    credentials: CredentialStatus = CredentialStatus.ABSENT
    questions: tuple[RecoveryQuestion, ...] = ()
    left_out: int = 0
    candidates: tuple[Candidate, ...] = ()
    requests: tuple[ResolverCall, ...] = ()
    error: ErrorInfo | None = None

    @property
    def recovered(self) -> Candidate | None:
        """The best candidate that was recovered, or None."""
        return next((c for c in self.candidates if c.state is RecoveredState.RECOVERED), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the record of the JSON Schema: plain, cleaned, in order."""
        head = Report(self.asset, self.environment).to_dict()
        network = "repository" if self.requests else "off"
        record: dict[str, Any] = {
            "schema_version": RECOVERY_VERSION,
            "asset": head["asset"],
            "environment": {**head["environment"], "network": network},
            "repository": plain(self.repository, "url"),
        }
        for name in ("outcome", "credentials", "questions", "left_out"):
            record[name] = plain(getattr(self, name))
        record["candidates"] = [_candidate(candidate) for candidate in self.candidates]
        record["requests"] = plain(self.requests)
        record["error"] = plain(self.error)
        return record


def _candidate(candidate: Candidate) -> dict[str, Any]:
    shown = (
        *("state", "manifest", "endpoint", "similarity", "algorithm", "basis"),
        *("reason", "active"),
        *("sha256", "size", "binding", "hard_binding", "signer", "identity", "time"),
        *("revocation", "signing_time", "generators", "origin", "generator", "claims"),
    )
    return {
        name: plain(getattr(candidate, name), "url" if name == "endpoint" else name)
        for name in shown
    }
