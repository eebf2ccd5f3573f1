"""What a rule sees: the manifests as plain typed views, and the evidence beside them.

One model serves both sources. From a file, the manifests are first turned into the objects of
crJSON (`provenance.linting.crjson.write`) and then read like any other document; so a rule answers
the same for a file and for the crJSON of that file. What only the file itself can give stands in
`evidence`, which is None for a document that came alone.

Every value is the file's and may be of any type that JSON knows. The typed properties give the
value where it is of the right type and otherwise nothing; `value` and `claim` hold what stands
there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from provenance.linting.model import Need

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.credentials.manifest import ManifestStore, Part
    from provenance.media.container import Scan
    from provenance.media.metadata.model import Metadata
    from provenance.signing.model import ChainVerdict
    from provenance.verdict.report import Report

Object = Mapping[str, Any]
NOTHING: Object = {}


def text(value: Any) -> str:
    """Return a text value; anything else gives the empty string."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> Object:
    """Return an object; anything else gives an empty one."""
    return value if isinstance(value, Mapping) else NOTHING


def objects(value: Any) -> tuple[Object, ...]:
    """Return the objects of a list; anything else in it is left out."""
    return tuple(v for v in value if isinstance(v, Mapping)) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True)
class Status:
    """One validation status: code (C2PA 2.4 section 15.2) and place."""

    code: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Validation:
    """The validation results of one manifest, each group in the order given."""

    success: tuple[Status, ...] = ()
    informational: tuple[Status, ...] = ()
    failure: tuple[Status, ...] = ()
    time: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
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
class Generator:
    """One entry of `claim_generator_info` (C2PA 2.4 section 10.2.3.2)."""

    name: str
    version: str
    spec_version: Any


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of an actions assertion, version 1 or 2 (C2PA 2.4 section 18.15).

    `source_type` is the action's own digitalSourceType, empty where it has none or none that is
    text; `effective_source_type` also takes that of the assertion's template for this action.
    `agent` is `softwareAgent` in either form, or the one that `softwareAgentIndex` names, as an
    object. `parameters` is None where the action has none.
    """

    action: str
    source_type: str
    effective_source_type: str
    agent: Object
    parameters: Object | None
    when: str
    part: Part | None
    assertion: str
    index: int
    value: Object

    @property
    def where(self) -> str:
        """The place of the action within its manifest: `<assertion>[<index>]`."""
        return f"{self.assertion}[{self.index}]"


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion of a manifest. `part` is None where the claim does not name it.

    `value` is what crJSON gives for it: an object, empty where it is not decoded.
    """

    label: str
    part: Part | None
    value: Object

    @property
    def base(self) -> str:
        """The label without its instance number."""
        return self.label.partition("__")[0]


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One ingredient assertion (C2PA 2.4 section 18.16), of any version.

    `relationship` is as written. `target` is the label of its manifest, empty where none is named
    (by `activeManifest`, or `c2pa_manifest` in older versions).
    """

    label: str
    part: Part | None
    relationship: str
    target: str
    source_type: str
    value: Object


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest: what it says, who signed it, and what validation found.

    `claim` is the claim as it stands; `claim_version` 1 or 2. `assertions` are in the order of
    their boxes in the store. `validation` is None where a document gives none.
    """

    label: str
    claim_version: int
    claim: Object
    assertions: tuple[Assertion, ...]
    actions: tuple[Action, ...]
    ingredients: tuple[Ingredient, ...]
    generators: tuple[Generator, ...]
    signature: Signature
    validation: Validation | None

    def named(self, *bases: str) -> tuple[Assertion, ...]:
        """Return the assertions with one of these labels, whatever their instance."""
        return tuple(a for a in self.assertions if a.base in bases)

    def assertion(self, label: str) -> Object:
        """Return the value of the assertion with exactly this label, empty where there is none."""
        return next((a.value for a in self.assertions if a.label == label), NOTHING)

    @property
    def claim_label(self) -> str:
        """The name of the claim in crJSON: `claim` or `claim.v2`."""
        return "claim.v2" if self.claim_version == 2 else "claim"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What only the file itself can give.

    `report` is our own verification, `scan` the container's blocks, `metadata` every field that
    was read (nothing left out). `store` and `chains` (by manifest label) are there where the
    credential could be read. `store` is None and `chains` empty otherwise.
    """

    report: Report
    scan: Scan
    metadata: Metadata
    store: ManifestStore | None = None
    chains: Mapping[str, ChainVerdict] = field(default_factory=dict)

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
    manifests: tuple[Manifest, ...] = ()
    evidence: Evidence | None = None
    at: datetime | None = None

    @property
    def active(self) -> Manifest:
        """The active manifest. Only for rules that need `Need.MANIFEST`."""
        return self.manifests[0]

    def lacks(self, need: Need) -> str:
        """Say in words what is missing for a need; empty where nothing is."""
        if need is Need.MANIFEST and not self.manifests:
            return "there is no manifest to look at"
        if need is not Need.MANIFEST and self.evidence is None:
            return "a crJSON document alone does not show this: give the file itself"
        if need is Need.CREDENTIAL and (
            self.evidence is None or self.evidence.store is None or not self.manifests
        ):
            return "there is no credential to look at"
        return ""
