"""What a rule sees: the manifests by their typed model, their crJSON, and the evidence.

One model serves verification and the rules: `provenance.credentials.manifest`. From a file, the
manifests are first turned into the objects of crJSON (`linting.crjson.crjson_writing`) and then
read like any other document; so a rule answers the same for a file and for the crJSON of that file.
What only crJSON says is in `ManifestView`, next to the model. What only the file itself can give
is in `evidence`, which is None for a document that came alone.

Every value is the file's and may be of any type that JSON knows. The typed model gives the value
where it is of the right type and otherwise nothing; `ManifestView.entries`, `ManifestView.contents`
and `claim` give what is written, for rules that are stated over crJSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.credentials.assertion_content import generator_info

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.credentials.manifest import (
        Action,
        Assertion,
        Manifest,
        ManifestStore,
        RecordedStatus,
    )
    from provenance.credentials.validation.outcome import BindingOutcome
    from provenance.media.container import Scan
    from provenance.media.metadata.field import Metadata
    from provenance.signing.chain_answer import ChainVerdict
    from provenance.verdict.report import Report

Object = Mapping[str, Any]
NOTHING: Object = {}


def mapping(value: Any) -> Object:
    """Return an object; anything else gives an empty one."""
    return value if isinstance(value, dict) else NOTHING


def objects(value: Any) -> tuple[Object, ...]:
    """Return the objects of a list; anything else in it is left out."""
    return tuple(v for v in value if isinstance(v, dict)) if isinstance(value, list) else ()


def content(assertion: Assertion) -> Object:
    """Return what crJSON gives for an assertion: an object, empty where it is not decoded."""
    return mapping(assertion.decode())


class RuleNeed(StrEnum):
    """A part of a subject without which a rule cannot be asked."""

    MANIFEST = "manifest"  # a manifest that could be read: an asset's, or a crJSON document's
    EVIDENCE = "evidence"  # the asset itself: container, report, certificates, metadata blocks
    CREDENTIAL = "credential"  # the asset itself, with a credential that could be read


@dataclass(frozen=True, slots=True)
class Validation:
    """The validation results of one manifest, each group in the order given."""

    success: tuple[RecordedStatus, ...] = ()
    informational: tuple[RecordedStatus, ...] = ()
    failure: tuple[RecordedStatus, ...] = ()
    time: str = ""


@dataclass(frozen=True, slots=True)
class ClaimSignature:
    """The claim signature as far as crJSON shows it.

    `subject` is a distinguished name as an object (`CN`, `O` ...). `not_before`, `not_after` and
    `time_stamp` are RFC 3339 times, empty where there is none; that the authority of the time-stamp
    is trusted is not said here (see `facts.stamp_counts`).
    """

    subject: Object = field(default_factory=dict)
    not_before: str = ""
    not_after: str = ""
    time_stamp: str = ""


@dataclass(frozen=True, slots=True)
class ManifestView:
    """One manifest as the rules see it: the typed model, and beside it what only crJSON says.

    `claim` is the claim as it is written there, `signature` who signed, `validation` what
    validation found; None where a document gives none. The assertions of `manifest` are in the
    order of the document, those of a file in the order of their boxes in the store.
    """

    manifest: Manifest
    claim: Object
    signature: ClaimSignature
    validation: Validation | None

    @property
    def label(self) -> str:
        """The label of the manifest."""
        return self.manifest.label

    @property
    def claim_label(self) -> str:
        """The name of the claim in crJSON: `claim` or `claim.v2`."""
        return "claim.v2" if self.manifest.claim_version == 2 else "claim"

    def contents(self) -> Iterator[tuple[str, Object]]:
        """Yield the label and the content of every assertion."""
        return ((a.label, content(a)) for a in self.manifest.assertions)

    def content(self, label: str) -> Object:
        """Return the content of the assertion with exactly this label, else an empty object."""
        return next((content(a) for a in self.manifest.assertions if a.label == label), NOTHING)

    def entries(self) -> Iterator[tuple[Action, Object]]:
        """Yield every action with the object that it was read from."""
        held = {a.label: a for a in self.manifest.assertions}
        for group in self.manifest.actions:
            written = content(held[group.label])["actions"]
            yield from ((action, mapping(written[action.index])) for action in group.actions)

    def generators(self) -> tuple[Object, ...]:
        """Return the objects of `claim_generator_info` (C2PA 2.4 section 10.2.3.2)."""
        return tuple(e for e in generator_info(self.claim) if isinstance(e, dict))


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """What only the file itself can give.

    `report` is our own verification, `scan` the container's blocks, `metadata` every field that
    was read (nothing left out). `store` and `chains` (by manifest label) are there where the
    credential could be read. `store` is None and `chains` empty otherwise. `outcomes` are those
    of our own check of the hard bindings.
    """

    report: Report
    scan: Scan
    metadata: Metadata
    store: ManifestStore | None = None
    chains: Mapping[str, ChainVerdict] = field(default_factory=dict)
    outcomes: tuple[BindingOutcome, ...] = ()

    @property
    def chain(self) -> ChainVerdict | None:
        """The signing chain of the active manifest."""
        return self.chains.get(self.store.active) if self.store else None

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificates of the active manifest's signature, DER, in the order of `x5chain`."""
        signature = self.store.active_manifest.signature if self.store else None
        return signature.certificates if signature else ()


@dataclass(frozen=True, slots=True)
class Subject:
    """One file or crJSON document as the rules see it.

    `manifests` holds the active one first, then the others in the reverse order of the store; empty
    where there is no credential that could be read. `at` is the validation time, None where a
    document names none.
    """

    path: str
    manifests: tuple[ManifestView, ...] = ()
    evidence: FileEvidence | None = None
    at: datetime | None = None

    @property
    def active(self) -> ManifestView:
        """The active manifest. Only for rules that need `RuleNeed.MANIFEST`."""
        return self.manifests[0]

    def lacks(self, need: RuleNeed) -> str:
        """Say in words what is missing for a need; empty where nothing is."""
        if need is RuleNeed.MANIFEST and not self.manifests:
            return "there is no manifest to look at"
        if need is not RuleNeed.MANIFEST and self.evidence is None:
            return "a crJSON document alone does not show this: give the file itself"
        if need is RuleNeed.CREDENTIAL and (
            self.evidence is None or self.evidence.store is None or not self.manifests
        ):
            return "there is no credential to look at"
        return ""
