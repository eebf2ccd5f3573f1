"""The report on one asset: frozen, typed, and one plain object for every machine format.

`Report.to_dict` is the only way from a report to a format. It cleans every text (see
`provenance.base.text`) but the path, which machine formats carry exactly.
"""

from __future__ import annotations

import base64
import os
from dataclasses import field, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from provenance.base.finding import error as error_finding
from provenance.base.finding import warning
from provenance.base.terms import Breach, CredentialStatus, Flag, Location
from provenance.base.text import URL_LIMIT, clean
from provenance.base.values import dataclass
from provenance.verdict.evidence import Axes

if TYPE_CHECKING:
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.base.terms import Assurance, Identity, Integrity, Revocation, TimeStatus
    from provenance.credentials.ai_disclosure import Oversight
    from provenance.marks.decoder import WatermarkResult
    from provenance.marks.soft_binding import MarkCheck, MarkChecker, SoftBindingKind, Tie
    from provenance.signals.signal import GeneratorClaim, Signal
    from provenance.verdict.assess import Verdict

SCHEMA_VERSION = "1.0"
MAX_ENTRIES = 500  # of one list in a report; what is left out is counted in a finding


@dataclass(frozen=True, slots=True)
class Outer:
    """The file that a member was found in: the outermost one, which has a place on a disk.

    `names` lead from there to the member: two of them where it is in an archive in an archive.
    """

    path: str
    sha256: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssetInfo:
    """The file as it was examined. `sha256` is None where no digest was asked for.

    `outer` is the file that holds this one, None where it was named by itself.
    """

    path: str
    size: int | None = None
    media_type: str | None = None
    sha256: str | None = None
    hashes: tuple[tuple[str, str], ...] = ()
    outer: Outer | None = None


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
    """One declared soft binding; `owner` is empty where the algorithm is not on any list.

    `left_out` counts the blocks that are not shown.
    """

    algorithm: str
    kind: SoftBindingKind
    owner: str
    listed: bool
    detector: MarkChecker
    checked: MarkCheck
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
    detector: MarkChecker
    checked: MarkCheck
    part: str
    where: str


@dataclass(frozen=True, slots=True)
class AiDisclosureInfo:
    """One AI disclosure assertion (C2PA 2.4 section 18.28): what the maker says of its model."""

    model_type: str
    model_name: str
    model_identifier: str
    oversight: Oversight
    scientific_domains: tuple[str, ...]
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
    ai_disclosures: tuple[AiDisclosureInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credential of an asset: whether, where, and its manifests in the order of the walk."""

    status: CredentialStatus
    location: Location = Location.NONE
    sidecar: str | None = None
    remote_url: str | None = None
    manifests: tuple[ManifestInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class ListInfo:
    """A trust list that was in force: name, tier, purpose, date, count and digest."""

    name: str
    tier: str
    purpose: str
    date: str
    count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """Which policy was in force: its name, and the SHA-256 of its canonical form."""

    name: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a report depends on in addition to the file.

    `cross_check` says when the SDK is asked for a second opinion: `auto`, `always` or `never`.
    """

    tool: str
    sdk: str
    trust_lists: tuple[ListInfo, ...]
    validation_time: datetime
    network: str = "off"
    policy: PolicyInfo = PolicyInfo()
    cross_check: str = "auto"


@dataclass(frozen=True, slots=True)
class NetworkCall:
    """One call that the user allowed by name. `status` is the HTTP status, None without an answer.

    `size` is that of the answer, in bytes; `error` says why there was none.
    """

    url: str
    status: int | None
    size: int
    error: str


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """Why a file could not be examined."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is known of one asset. `verdict` is None exactly where `error` is not.

    `members` are the reports on what the file holds, where `verify(archives=True)` was asked for.
    Each is a record of its own, and no part of this one.
    """

    asset: AssetInfo
    environment: Environment
    verdict: Verdict | None = None
    flagged: tuple[Flag | Breach, ...] = ()
    axes: Axes = field(default_factory=Axes)
    credentials: Credentials = field(default_factory=lambda: Credentials(CredentialStatus.ABSENT))
    signals: tuple[Signal, ...] = ()
    decoded_watermarks: tuple[WatermarkResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    sdk_state: str | None = None
    network_calls: tuple[NetworkCall, ...] = ()
    error: ErrorInfo | None = None
    members: tuple[Report, ...] = ()

    @property
    def generator(self) -> GeneratorClaim | None:
        """Who or what made the media, where the verdict names it."""
        return self.verdict.generator if self.verdict else None

    def to_dict(self) -> dict[str, Any]:
        """Return the record of the JSON Schema (`provenance schema`): plain, cleaned, in order."""
        body = self.body()
        return {
            "schema_version": SCHEMA_VERSION,
            "asset": body.pop("asset"),
            "environment": plain(self.environment),
            **body,
        }

    def body(self) -> dict[str, Any]:
        """Return `to_dict` without what is the same for all files of one run.

        That is `schema_version` and `environment`, which a ledger keeps once.
        """
        body: dict[str, Any] = {"asset": _asset(self.asset)}
        for item in fields(self):
            if item.name not in {"asset", "environment", "members"}:
                body[item.name] = plain(getattr(self, item.name))
        if body["error"] is not None:
            body["verdict"] = None
        return body


def incomplete(report: Report, asset: AssetInfo, error: ErrorInfo) -> Report:
    """Return what was seen at a glance of a file whose examination was ended, and say so in it."""
    message = f"the examination was ended ({error.code}): {error.message}"
    return replace(
        report, asset=asset, findings=(error_finding("examination.incomplete", message),)
    )


def path_record(path: str) -> dict[str, Any]:
    """Return a path for machines: exact, and one that is not UTF-8 also as base64."""
    record: dict[str, Any] = {"path": path}
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raw = os.fsencode(path)
        record["path"] = raw.decode("utf-8", "replace")
        record["path_bytes"] = base64.b64encode(raw).decode("ascii")
    return record


def _asset(asset: AssetInfo) -> dict[str, Any]:
    record = path_record(asset.path)
    record["sha256"] = asset.sha256
    if asset.hashes:
        record["hashes"] = dict(asset.hashes)
    record["size"] = asset.size
    record["media_type"] = asset.media_type
    if asset.outer is not None:
        record["outer"] = path_record(asset.outer.path)
        record["outer"]["sha256"] = asset.outer.sha256
        record["outer"]["names"] = [_exact(name) for name in asset.outer.names]
    return record


def _exact(text: str) -> str:
    """Return a name as it is, but for bytes that are not UTF-8: those are U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_PATHS = frozenset({"sidecar"})  # names on the user's own disk: exact, like the asset's
_LONG = frozenset(
    {
        "model_identifier",
        "url",
        "message",
        "remote_url",
        "says",
        "reason",
        "limit",
        "subject",
        "issuer",
        "anchor",
    }
)


def plain(value: Any, name: str = "") -> Any:
    """Turn a value of the report into what JSON knows, cleaning every text on the way."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        if name in _PATHS:
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return clean(value, URL_LIMIT) if name in _LONG else clean(value)
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if is_dataclass(value):
        return {name: plain(getattr(value, name), name) for name in _names(value.__class__)}
    return _time(value)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _time(value: datetime) -> str:
    """Return RFC 3339 in UTC, to the second; a fraction only where there is one."""
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def bounded(findings: list[Finding], most: int = MAX_ENTRIES) -> tuple[Finding, ...]:
    """Sort findings and bound their number; what is left out is counted."""
    order = {"error": 0, "warning": 1, "note": 2}
    unique = sorted(
        dict.fromkeys(findings), key=lambda f: (order[f.severity], f.code, f.where, f.message)
    )
    if len(unique) <= most:
        return tuple(unique)
    left = len(unique) - most
    message = f"{left} further findings are not listed"
    return (*unique[:most], warning("report.truncated", message))


def withheld(value: str, kind: str, *, show: bool) -> str:
    """Return a personal value, or what kind of value stood there."""
    if not value:
        return ""
    return value if show else f"[{kind} withheld]"
