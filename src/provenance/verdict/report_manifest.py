"""What a report shows of one manifest. Apart from the rest: most files have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.base.terms import Assurance, Identity, Integrity, Revocation, TimeStatus
    from provenance.marks.soft_binding import Checked, Detector, Kind, Tie


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """Who signed one manifest, as its certificate says.

    `proven` means that the claim signature verifies: else the names are only claimed. `anchor` is
    the subject of the certificate reached on `lists`, the strongest list first.
    """

    organisation: str
    common_name: str
    issuer: str
    serial: str
    sha256: str
    proven: bool
    not_before: datetime | None
    not_after: datetime | None
    anchor: str
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """One action as it is reported; `agent` with version where one is given."""

    action: str
    source_type: str
    agent: str
    part: str
    where: str
    description: str


@dataclass(frozen=True, slots=True)
class IngredientInfo:
    """One ingredient as it is reported; `manifest` is empty where it has no credential."""

    label: str
    relationship: str
    manifest: str
    title: str
    media_type: str
    source_type: str
    broken: str


@dataclass(frozen=True, slots=True)
class ManifestAxes:
    """The independent answers for one manifest."""

    integrity: Integrity
    identity: Identity
    time: TimeStatus
    revocation: Revocation


@dataclass(frozen=True, slots=True)
class SoftBindingBlockInfo:
    """One value of a soft binding, as text or in hexadecimal, and what it was computed over.

    `size` is in bytes, before `value` was cut. `start` and `end` are in milliseconds, None where
    no time span is given; `regions` counts the regions of interest.
    """

    value: str
    encoding: str
    size: int
    start: int | None
    end: int | None
    regions: int


@dataclass(frozen=True, slots=True)
class SoftBindingInfo:
    """One declared soft binding; `owner` is empty where the algorithm is on no list.

    `left_out` counts the blocks that are not shown.
    """

    algorithm: str
    kind: Kind
    owner: str
    listed: bool
    detector: Detector
    checked: Checked
    part: str
    where: str
    blocks: tuple[SoftBindingBlockInfo, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class WatermarkInfo:
    """One action that says that a watermark was put in; `name` is empty where it is not named."""

    action: str
    tie: Tie
    name: str
    owner: str
    detector: Detector
    checked: Checked
    part: str
    where: str


@dataclass(frozen=True, slots=True)
class ManifestInfo:
    """One manifest of the store: what it is, what it says, how far it carries."""

    label: str
    active: bool
    referenced: bool
    claim_version: int
    update: bool
    title: str
    generators: tuple[str, ...]
    signer: SignerInfo | None
    axes: ManifestAxes
    assurance: Assurance
    limit: str
    signing_time: datetime | None
    time_stamp_authority: str
    revoked_at: datetime | None
    official_signals: tuple[str, ...]
    actions: tuple[ActionInfo, ...]
    ingredients: tuple[IngredientInfo, ...]
    soft_bindings: tuple[SoftBindingInfo, ...] = ()
    watermarks: tuple[WatermarkInfo, ...] = ()
