"""Reading the soft bindings and watermark actions of a manifest (C2PA 2.4 sections 18.10, 18.15.5).

Nothing here looks at the content: every value is what the signer wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.finding import Finding, error, warning
from provenance.base.text import expected, is_label
from provenance.credentials.manifest import ContentError, Linkage
from provenance.marks import algorithm_list
from provenance.marks.soft_binding import (
    Declared,
    SoftBinding,
    SoftBindingBlock,
    Tie,
    WatermarkAction,
)

if TYPE_CHECKING:
    from provenance.credentials.manifest import Assertion, Manifest, ManifestStore

LABEL = "c2pa.soft-binding"
MAX_BINDINGS = 64  # of one manifest; real ones have one or two
MAX_BLOCKS = 256  # of one soft binding
MAX_VALUE = 64 * 1024  # bytes of one value
MAX_ALGORITHM = 255  # characters
_MAX_ACTIONS = 64
_MAX_TIME = 1 << 53  # milliseconds; JSON readers lose larger integers
_TIES = {
    "c2pa.watermarked": Tie.UNSAID,
    "c2pa.watermarked.bound": Tie.BOUND,
    "c2pa.watermarked.unbound": Tie.UNBOUND,
}


def declared_marks(manifest: Manifest) -> Declared:
    """Read what one manifest declares; what is wrong with it becomes findings."""
    findings: list[Finding] = []
    named = manifest.named(LABEL)
    if len(named) > MAX_BINDINGS:
        message = f"{len(named)} soft bindings, of which {MAX_BINDINGS} are read"
        findings.append(warning("softbinding.limit", message, manifest.label))
    bindings = []
    for assertion in named[:MAX_BINDINGS]:
        where = f"{manifest.label}/{assertion.label}"
        if assertion.linkage in {Linkage.MISSING, Linkage.REDACTED}:
            continue  # said already, where the assertions are checked
        try:
            binding = _binding(assertion, manifest.soft_algorithm)
        except ValueError as e:
            message = f"the soft binding cannot be read: {e}"
            findings.append(warning("softbinding.malformed", message, where))
            continue
        bindings.append(binding)
        findings += _noticed(binding, where)
    actions = _actions(manifest)
    findings += _bound_without_assertion(manifest, actions, has_binding=bool(named))
    return Declared(tuple(bindings), actions[:_MAX_ACTIONS], tuple(findings))


def read_for_asset(store: ManifestStore) -> tuple[SoftBinding, ...]:
    """Return the soft bindings that speak of the asset itself, without repetition.

    These are the active manifest's and those of its `parentOf` ingredients: a component's mark
    leads to the component.
    """
    bindings: dict[SoftBinding, None] = {}
    for label in lineage(store):
        bindings |= dict.fromkeys(declared_marks(store.manifests[label]).bindings)
    return tuple(bindings)


def lineage(store: ManifestStore) -> dict[str, bool]:
    """Return the active manifest and its line of parents, in order, by label.

    The value tells whether the content is still the one that the manifest is about: update
    manifests alone stand above it.
    """
    line: dict[str, bool] = {}
    label: str | None = store.active
    same = True
    while label is not None and label in store.manifests and label not in line:
        line[label] = same
        manifest = store.manifests[label]
        same = same and manifest.is_update
        label = next((i.target for i in manifest.ingredients if i.relationship == "parentOf"), None)
    return line


def _binding(assertion: Assertion, claimed: str) -> SoftBinding:
    """Read one assertion. Raises ValueError.

    `claimed` is the claim's `alg_soft`, which holds where the assertion names no algorithm of its
    own (C2PA 2.4 section 18.10).
    """
    data = assertion.decode()
    if not isinstance(data, dict):
        raise ContentError("no map")
    algorithm = data.get("alg", claimed)
    if not isinstance(algorithm, str) or not algorithm:
        raise ContentError("it names no algorithm")
    if len(algorithm) > MAX_ALGORITHM:
        raise ContentError(f"an algorithm of over {MAX_ALGORITHM} characters")
    entries = data.get("blocks")
    if not isinstance(entries, list | tuple) or not entries:
        raise ContentError("it has no blocks")
    blocks = tuple(_block(entry) for entry in entries[:MAX_BLOCKS])
    return SoftBinding(
        algorithm,
        algorithm_list.listed_algorithm(algorithm),
        blocks,
        assertion.label,
        assertion.part,
        len(entries) - len(blocks),
    )


def _block(entry: Any) -> SoftBindingBlock:
    if not isinstance(entry, dict):
        raise ContentError("a block that is not a map")
    value = entry.get("value")
    if not isinstance(value, bytes | str):
        raise ContentError("a block without a value")
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "replace")
    if len(raw) > MAX_VALUE:
        raise ContentError(f"a value of {len(raw)} bytes, over the limit of {MAX_VALUE}")
    scope = entry.get("scope")
    scope = scope if isinstance(scope, dict) else {}
    return SoftBindingBlock(
        raw, isinstance(value, str), _timespan(scope.get("timespan")), _regions(scope)
    )


def _timespan(value: Any) -> tuple[int, int] | None:
    if not isinstance(value, dict):
        return None
    ends = [v for v in (value.get("start"), value.get("end")) if type(v) is int]
    if len(ends) != 2 or not all(0 <= v < _MAX_TIME for v in ends):
        return None
    return ends[0], ends[1]


def _regions(scope: dict[Any, Any]) -> int:
    """Count the ranges of the scope's `region-map` (C2PA 2.4 section 18.2)."""
    region = scope.get("region")
    ranges = region.get("region") if isinstance(region, dict) else region
    if isinstance(ranges, list | tuple):
        return len(ranges)
    return 0 if region is None else 1


def _noticed(binding: SoftBinding, where: str) -> list[Finding]:
    findings = []
    if binding.entry is None:
        name = expected(binding.algorithm, fits=is_label(binding.algorithm))
        message = f"the algorithm {name} is not on any list that this version knows"
        findings.append(warning("softbinding.unlisted", message, where))
    if binding.left_out:
        message = f"{binding.left_out} further blocks of a soft binding are not read"
        findings.append(warning("softbinding.limit", message, where))
    return findings


def _actions(manifest: Manifest) -> tuple[WatermarkAction, ...]:
    actions = []
    for action in manifest.all_actions():
        mark = algorithm_list.unlisted_mark(action.description)
        if action.name in _TIES or mark is not None:
            tie = _TIES.get(action.name, Tie.UNSAID)
            actions.append(WatermarkAction(action.name, tie, mark, action.part, action.where))
    return tuple(actions)


def _bound_without_assertion(
    manifest: Manifest, actions: tuple[WatermarkAction, ...], *, has_binding: bool
) -> list[Finding]:
    """A bound watermark wants its assertion (C2PA 2.4 section 15.10.3.2.3)."""
    if has_binding:
        return []
    findings = []
    for action in actions[:_MAX_ACTIONS]:
        where = f"{manifest.label}/{action.where}"
        if action.tie is Tie.BOUND:
            message = "a bound watermark without the soft binding that describes it"
            findings.append(error("assertion.action.softBindingMissing", message, where))
        elif action.action == "c2pa.watermarked":
            message = "a watermark without a soft binding: nothing says which watermark it is"
            findings.append(warning("assertion.action.softBindingMissing", message, where))
    return findings
