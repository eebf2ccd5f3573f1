"""What the user wants flagged. The verdict says what is; the policy says what matters."""

from __future__ import annotations

import hashlib
import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from provenance.base.terms import (
    AI_FLAGGED,
    Assurance,
    Breach,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Origin,
    Revocation,
)
from provenance.base.values import dataclass

if TYPE_CHECKING:
    import os

    from provenance.verdict.report import Report
    from provenance.verdict.report_manifest import ManifestInfo

DEFAULT_FLAGS = frozenset({Flag.AI, Flag.BROKEN, Flag.REVOKED, Flag.CONFLICT, Flag.UNREADABLE})
DEFAULT_ORIGINS = frozenset((origin, a) for origin in AI_FLAGGED for a in Assurance)
DEFAULT_NAME = "default"
VERSION = 1  # of the policy file and of the canonical form

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_AI = 3
EXIT_BROKEN = 4
EXIT_OTHER = 5

LISTED = frozenset({Identity.C2PA, Identity.INTERIM, Identity.PRIVATE})
CERTIFICATE = "sha256:"  # before a certificate's digest, where a signer is not given by name


@dataclass(frozen=True, slots=True)
class Signing:
    """Files that must be signed: whose path fits one of `paths`, by a signer of `identity`.

    Such a file needs a credential that is intact. `paths` are patterns, see
    `provenance.base.path_pattern`; `**` is every file.
    """

    paths: tuple[str, ...] = ("**",)
    identity: frozenset[Identity] = frozenset({Identity.C2PA})


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """Which policy was in force: its name, and the SHA-256 of its canonical form."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What flags a file. Made in code, or read from a file with `Policy.load`.

    `flags` are those of a verdict that flag the file; the default is the first five of `Flag`.
    `origins` are the pairs of origin and assurance that do: pairs of an AI origin say when `ai`
    flags, those of other origins flag as `origin`. `counts_as_broken` and `counts_as_revoked` are
    further values of the active manifest's axes that flag as `broken` and `revoked`. Where
    `vendors` or `signers` are given, a file from another is flagged; a signer is an organisation,
    which counts on a listed chain only, or `sha256:` and the digest of a certificate, in hex.
    `must_be_signed` says which files have to be. `name` is a label and changes nothing; `default`
    is that of the default alone.
    """

    flags: frozenset[Flag] = DEFAULT_FLAGS
    origins: frozenset[tuple[Origin, Assurance]] = DEFAULT_ORIGINS
    counts_as_broken: frozenset[Integrity] = frozenset()
    counts_as_revoked: frozenset[Revocation] = frozenset()
    vendors: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    must_be_signed: tuple[Signing, ...] = ()
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Bring what means the same into one form: `ai` flags exactly where an AI origin does."""
        ai = {pair for pair in self.origins if pair[0] in AI_FLAGGED}
        if Flag.AI not in self.flags:
            object.__setattr__(self, "origins", self.origins - ai)
        elif not ai:
            object.__setattr__(self, "flags", self.flags - {Flag.AI})
        if self._is_default():
            object.__setattr__(self, "name", self.name or DEFAULT_NAME)
        elif self.name == DEFAULT_NAME:
            object.__setattr__(self, "name", "")

    def _is_default(self) -> bool:
        return (self.flags, self.origins) == (DEFAULT_FLAGS, DEFAULT_ORIGINS) and not (
            self.counts_as_broken
            or self.counts_as_revoked
            or self.vendors
            or self.signers
            or self.must_be_signed
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Policy:
        """Read a policy file (TOML). Raises `PolicyError`, one line, for whatever is wrong."""
        from provenance.verdict.policy_file import load  # noqa: PLC0415 - for those who have one

        return load(path)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical form, in hex. Equal digests flag alike."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @property
    def info(self) -> PolicyInfo:
        """Name and digest, as every record has them."""
        return PolicyInfo(self.name, self.sha256)

    def canonical(self) -> dict[str, Any]:
        """Return everything that decides, without the name, as plain values in a fixed order."""
        origins = {o.value: [a.value for a in Assurance if (o, a) in self.origins] for o in Origin}
        rules = sorted(
            {
                (tuple(sorted(set(r.paths))), tuple(i.value for i in Identity if i in r.identity))
                for r in self.must_be_signed
            }
        )
        return {
            "version": VERSION,
            "flags": [f.value for f in Flag if f in self.flags and f is not Flag.AI],
            "origins": origins,
            "counts_as": {
                "broken": [i.value for i in Integrity if i in self.counts_as_broken],
                "revoked": [r.value for r in Revocation if r in self.counts_as_revoked],
            },
            "expected": {
                "vendors": sorted({_folded(v) for v in self.vendors}),
                "signers": sorted({_folded(s) for s in self.signers}),
            },
            "must_be_signed": [
                {"paths": list(paths), "identity": list(identity)} for paths, identity in rules
            ],
        }

    def flagged(self, report: Report) -> tuple[Flag | Breach, ...]:
        """Return what flags a file: flags first, then breaches, each in the order of its enum."""
        verdict = report.verdict
        if verdict is None:
            return ()
        hit: set[Flag | Breach] = set(self.flags.intersection(verdict.flags))
        if (verdict.origin, verdict.assurance) not in self.origins:
            hit.discard(Flag.AI)
        elif verdict.origin not in AI_FLAGGED:
            hit.add(Breach.ORIGIN)
        generator = verdict.generator
        if self.vendors and generator is not None and generator.vendor is not None:
            names = {_folded(v) for v in self.vendors}
            if _folded(generator.vendor) not in names:
                hit.add(Breach.UNEXPECTED_VENDOR)
        if report.credentials.status is CredentialStatus.PRESENT:
            hit |= self._of_credential(report)
        if any(rule.identity and _concerns(rule, report) for rule in self.must_be_signed):
            hit.add(Breach.MUST_BE_SIGNED)
        return tuple(value for value in (*Flag, *Breach) if value in hit)

    def _of_credential(self, report: Report) -> set[Flag | Breach]:
        hit: set[Flag | Breach] = set()
        if report.axes.integrity in self.counts_as_broken:
            hit.add(Flag.BROKEN)
        proven = report.axes.identity not in {Identity.UNPROVEN, Identity.NONE}
        if proven and report.axes.revocation in self.counts_as_revoked:
            hit.add(Flag.REVOKED)
        if self.signers:
            active = next((m for m in report.credentials.manifests if m.active), None)
            names = {_folded(s) for s in self.signers}
            if not names.intersection(_signer_names(active)):
                hit.add(Breach.UNEXPECTED_SIGNER)
        return hit

    def exit_code(self, flagged: tuple[Flag | Breach, ...]) -> int:
        """Return the exit code for what flags a file: 3 AI, 4 broken or revoked, 5 other, else 0.

        Flags that this policy does not ask for count for nothing.
        """
        hit = [f for f in flagged if isinstance(f, Breach) or f in self.flags]
        if Flag.AI in hit:
            return EXIT_AI
        if Flag.BROKEN in hit or Flag.REVOKED in hit:
            return EXIT_BROKEN
        return EXIT_OTHER if hit else EXIT_OK


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _signer_names(active: ManifestInfo | None) -> frozenset[str]:
    """Return by which names the active signer may be expected; none where it is only claimed."""
    if active is None or active.signer is None or not active.signer.proven:
        return frozenset()
    names = {CERTIFICATE + active.signer.sha256.lower()}
    if active.axes.identity in LISTED:  # else anyone may put any organisation there
        names.add(_folded(active.signer.organisation or active.signer.common_name))
    return frozenset(names)


def _concerns(rule: Signing, report: Report) -> bool:
    """Tell whether a file has to be signed by a rule and is not."""
    signed = (
        report.credentials.status is CredentialStatus.PRESENT
        and report.axes.integrity is Integrity.INTACT
        and report.axes.identity in rule.identity
    )
    if signed:
        return False
    from provenance.base.path_pattern import matches  # noqa: PLC0415 - few policies have such a rule

    return any(matches(pattern, report.asset.path) for pattern in rule.paths)


def combine(codes: set[int]) -> int:
    """Return the one exit code of a run: 3 over 4 over 5 over 1 over 0."""
    for code in (EXIT_AI, EXIT_BROKEN, EXIT_OTHER, EXIT_ERROR):
        if code in codes:
            return code
    return EXIT_OK
