"""Which detectors there are, and running them: a detector that crashes becomes a finding."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, TypeGuard

from provenance.base.finding import Finding, warning
from provenance.base.terms import Origin
from provenance.base.text import LIMIT
from provenance.media.container.block import BlockKind
from provenance.media.metadata.beside import is_beside
from provenance.media.metadata.field import Field
from provenance.signals.detector import ENTRY_POINTS, Detector, Marker
from provenance.signals.detectors._index import Index, Indexed
from provenance.signals.detectors.tables import table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from importlib.metadata import EntryPoint

    from provenance.media.metadata.field import Metadata

MAX_RESULTS = 256
"""Markers and findings of one detector on one asset; what is left out is a finding."""

# One line a detector: its module, which is one file, and the class in it.
# Labels before settings: where hostile metadata uses up the bound for JSON, a label still counts.
_NAMES = (
    "tc260:Tc260",
    "iptc_source_type:IptcSourceType",
    "iptc_ai:IptcAi",
    "credit_lines:CreditLines",
    "stated:Stated",
    "xai:Xai",
    "midjourney:Midjourney",
    "tool_names:ToolNames",
    "samsung:Samsung",
    "hosted_job:HostedJob",
    "remnant:Remnant",
    "settings_text:SettingsText",
    "novelai:NovelAi",
    "invokeai:InvokeAi",
    "fooocus:Fooocus",
    "drawthings:DrawThings",
    "key_sets:KeySets",
    "text_marks:TextMarks",
    "graphs:Graphs",
    "settings_object:SettingsObject",
)
_CODE = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"  # compiled where a plug-in gives a finding

Found = tuple[tuple[str, Marker], ...]


@cache
def builtin() -> tuple[Detector, ...]:
    """Return the detectors of this package, in the order in which they are asked."""
    return tuple(_load_detector(*name.split(":")) for name in _NAMES)


def _load_detector(module: str, name: str) -> Indexed:
    detector: Indexed = getattr(import_module(f"{__package__}.{module}"), name)()
    return detector


def load_detectors(plugins: bool = True) -> tuple[Detector, ...]:
    """Return the built-in detectors and, with `plugins`, those that other packages register.

    A third-party detector that cannot be loaded, is none, or takes a name that is in use, stands
    in the result as a detector whose only answer is the finding `detector.failed`.
    """
    if not plugins:
        return builtin()

    from importlib.metadata import entry_points  # noqa: PLC0415 - 20 ms, and only for plug-ins

    loaded: list[Detector] = list(builtin())
    taken = {detector.name for detector in loaded}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda e: (e.name, e.value)):
        detector = _load(entry)
        if detector.name in taken:
            detector = FailedDetector(entry.name, f"the name {detector.name!r} is taken")
        taken.add(detector.name)
        loaded.append(detector)
    return tuple(loaded)


def detect(metadata: Metadata, detectors: Sequence[Detector]) -> tuple[Found, tuple[Finding, ...]]:
    """Run detectors over the metadata of one asset.

    Returns (name of the detector, marker) in file order, and the findings in the order of the
    detectors. Raises nothing for what a file holds or a detector does: a detector that raises
    becomes the finding `detector.failed`, and what it had found until then counts.
    """
    if not metadata.fields and all(isinstance(d, Indexed) for d in detectors):
        return (), ()
    index = Index(metadata)
    markers: list[tuple[str, Marker]] = []
    findings: list[Finding] = []
    for detector in detectors:
        if isinstance(detector, Indexed) and detector.idle(index):
            continue
        for result in _results(detector, metadata, index):
            if isinstance(result, Marker):
                markers.append((detector.name, _weighed(result)))
            else:
                findings.append(result)
    findings += index.findings
    if len(markers) > 1:
        markers = _refined(markers, detectors, index.claimed)
        positions = {id(field): i for i, field in enumerate(metadata.fields)}
        last = len(metadata.fields)
        markers.sort(
            key=lambda item: (
                item[1].field.offset,
                positions.get(id(item[1].field), last),
                item[0],
                item[1].says,
            )
        )
    return tuple(markers), tuple(findings)


def _weighed(marker: Marker) -> Marker:
    """Say of what is in another file that it is: anybody can put a file next to this one.

    Settings are a hint, since their file may be of another one. An XMP sidecar is a statement about
    the file that it belongs to.
    """
    if not is_beside(marker.field):
        return marker
    says = f"{marker.says}, in a file next to this one"
    if marker.field.source is not BlockKind.BESIDE or marker.origin is None:
        return replace(marker, says=says)
    return replace(marker, origin=Origin.AI_POSSIBLE, says=says, whole=True, from_input=False)


def _refined(
    markers: list[tuple[str, Marker]], detectors: Sequence[Detector], claimed: set[int]
) -> list[tuple[str, Marker]]:
    """Leave out what a form says of a field of which a detector of its place speaks.

    Of two forms of one field, the one that names the product is heard. A graph knows what made the
    media: settings that are in it are those of one of its nodes, or a note.
    """
    forms = {d.name for d in detectors if isinstance(d, Indexed) and d.form}
    told = {id(m.field) for name, m in markers if name not in forms and m.origin is not None}
    ruled = {d.name for d in detectors if isinstance(d, Indexed) and d.rules}
    followed = {id(m.field) for name, m in markers if name in ruled}
    named = {(id(m.field), m.origin) for name, m in markers if name in forms and m.product}

    def heard(name: str, marker: Marker) -> bool:
        field = id(marker.field), marker.origin
        if name not in forms:
            return True
        if field[0] in claimed or field[0] in told:
            return False
        if field[0] in followed and name not in ruled and marker.product is None:
            return False
        return marker.product is not None or field not in named

    return _hosted([(name, marker) for name, marker in markers if heard(name, marker)], forms)


def _hosted(kept: list[tuple[str, Marker]], forms: Collection[str]) -> list[tuple[str, Marker]]:
    """Make a program that runs ComfyUI, and names itself, the product of the graph as well."""
    if len(kept) < 2:
        return kept
    hosts = table("programs")["hosts"]
    host = next((m for _, m in kept if m.product in hosts), None)
    if host is None:
        return kept
    return [
        (name, replace(m, vendor=host.vendor, product=host.product))
        if m.product == "ComfyUI" or (name in forms and m.product is None)
        else (name, m)
        for name, m in kept
    ]


def _results(detector: Detector, metadata: Metadata, index: Index) -> Iterator[Marker | Finding]:
    """Yield what a detector returns, then a finding where it failed or returned too much.

    Whatever a detector raises is caught here: it may be anybody's code, and one that breaks must
    not keep the others from the file.
    """
    count = 0
    try:
        results: Iterable[object] = (
            detector.find(index) if isinstance(detector, Indexed) else detector.detect(metadata)
        )
        for result in islice(results, MAX_RESULTS + 1):
            count += 1
            if count > MAX_RESULTS:
                message = f"{detector.name}: more than {MAX_RESULTS} results, the rest is left out"
                yield warning("detector.bound", message)
            elif isinstance(result, Finding):
                yield result if _is_ours(detector) else _of_plugin(detector.name, result)
            elif _sound(result):
                yield result
            else:
                yield _failed(detector.name, f"returned {type(result).__name__}")
    except Exception as e:  # noqa: BLE001 - a crash becomes a finding
        yield _failed(detector.name, type(e).__name__)


def _sound(result: object) -> TypeGuard[Marker]:
    return isinstance(result, Marker) and isinstance(result.field, Field)


def _load(entry: EntryPoint) -> Detector:
    """Load one third-party detector; whatever importing it raises becomes a `FailedDetector`."""
    try:
        detector = entry.load()
        if isinstance(detector, type):
            detector = detector()
    except Exception as e:  # noqa: BLE001 - somebody else's module may raise anything
        return FailedDetector(entry.name, type(e).__name__)
    if not isinstance(detector, Detector) or not isinstance(detector.name, str):
        return FailedDetector(entry.name, "it is not a detector")
    return detector


def _is_ours(detector: Detector) -> bool:
    return isinstance(detector, Indexed | FailedDetector)


def _of_plugin(name: str, finding: Finding) -> Finding:
    """Return the finding of a plug-in under a code that cannot be taken for one of ours.

    `note("acme.mark.old", ...)` by the detector `acme.mark` becomes `plugin.acme.mark.old`.
    """
    own = finding.code.removeprefix(f"{name}.")
    code = f"plugin.{re.sub('[^A-Za-z0-9_.-]+', '_', name)}.{own}"
    if re.fullmatch(_CODE, code) is None or len(code) > LIMIT:
        return _failed(name, "returned a finding whose code is not dotted words")
    return replace(finding, code=code)


def _failed(name: str, why: str) -> Finding:
    return warning("detector.failed", f"the detector {name} failed: {why}")


class FailedDetector:
    """Stands for a third-party detector that could not be loaded."""

    version = ""
    source = ""
    reads: tuple[str, ...] = ()

    def __init__(self, name: str, why: str) -> None:
        self.name = f"{name} (failed)"
        self._finding = _failed(name, why)

    def detect(self, metadata: Metadata) -> tuple[Finding, ...]:
        """Return the finding that says why."""
        del metadata
        return (self._finding,)
