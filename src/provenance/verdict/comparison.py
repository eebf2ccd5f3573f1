"""What became of a file's evidence on its way through a pipeline: two files, facet by facet.

Each facet holds values of the file before and of the file after. Nothing is guessed from pixels:
that two files show the same is for whoever names them to know. Values that may name a person are
compared and never shown.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError, crashes_told
from provenance.base.json_text import JsonError, parse_unique
from provenance.base.terms import Assurance, CredentialStatus, Integrity
from provenance.base.values import dataclass
from provenance.marks.decoder import WatermarkStatus
from provenance.verdict import inspection

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from provenance.media.asset import Asset
    from provenance.verdict.inspection import FieldInfo, Inspection
    from provenance.verdict.report import ManifestInfo, Report
    from provenance.verdict.verifier import Verifier


class Facet(StrEnum):
    """What is compared, in the order that people read it."""

    BYTES = "bytes"
    VERDICT = "verdict"
    CREDENTIAL = "credential"
    SOURCE_TYPE = "source_type"
    IPTC = "iptc"
    TC260 = "tc260"
    MARKERS = "markers"
    SOFT_BINDINGS = "soft_bindings"
    WATERMARKS = "watermarks"


class Fate(StrEnum):
    """What became of a facet. `none`: neither file has it."""

    KEPT = "kept"
    CHANGED = "changed"
    LOST = "lost"
    ADDED = "added"
    NONE = "none"


# A file whose bytes changed is what a pipeline is for, and the verdict follows from the rest.
EVIDENCE = tuple(facet for facet in Facet if facet not in {Facet.BYTES, Facet.VERDICT})


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: what is compared, and what is shown of it."""

    key: str
    shown: str


@dataclass(frozen=True, slots=True)
class ComparedFacet:
    """One facet of two files. `note` says more where the values alone do not."""

    facet: Facet
    fate: Fate
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExaminedFile:
    """One file as it was examined: its report, and every field that was read in it."""

    report: Report
    fields: tuple[FieldInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two files. `error` says why they could not be compared; then there are no entries."""

    before: str
    after: str
    entries: tuple[ComparedFacet, ...] = ()
    error: str = ""

    @property
    def lost(self) -> tuple[Facet, ...]:
        """The kinds of evidence that did not come through as they were."""
        return tuple(
            entry.facet
            for entry in self.entries
            if entry.facet in EVIDENCE and entry.fate in {Fate.LOST, Fate.CHANGED}
        )

    def fate(self, facet: Facet) -> Fate:
        """Return what became of one facet."""
        return next((entry.fate for entry in self.entries if entry.facet is facet), Fate.NONE)


def examine(verifier: Verifier, path: str | os.PathLike[str]) -> ExaminedFile:
    """Examine one file for `compare`. What is wrong with it is in the report."""
    report = verifier.verify(path)
    if report.verdict is None:
        return ExaminedFile(report)
    # Values are compared by their digests and never leave this process.
    seen = inspection.inspect(path, show_personal_data=True, max_size=verifier.options.max_size)
    return ExaminedFile(report, tuple(_fields(seen)))


def examine_asset(verifier: Verifier, asset: Asset) -> ExaminedFile:
    """Examine an asset that is open for `compare`. What is wrong with it is in the report."""
    try:
        report = verifier.judge(asset)
        with crashes_told():
            seen = inspection.inspect_asset(asset, show_personal_data=True)
    except AssetError as e:
        return ExaminedFile(verifier.refuse(asset.path, e))
    return ExaminedFile(report, tuple(_fields(seen)))


def _fields(seen: Inspection) -> Iterator[FieldInfo]:
    for block in seen.blocks:
        yield from block.fields
    yield from seen.elsewhere


def compare(before: ExaminedFile, after: ExaminedFile) -> Comparison:
    """Compare two files, facet by facet. Never raises."""
    names = (before.report.asset.path, after.report.asset.path)
    for report in (before.report, after.report):
        if report.error is not None:
            return Comparison(*names, error=f"{report.asset.path}: {report.error.message}")
    return Comparison(
        *names,
        (
            _bytes(before.report, after.report),
            _verdict(before.report, after.report),
            _credential(before.report, after.report),
            *(_compare_facet(facet, read(before), read(after)) for facet, read in _READ.items()),
        ),
    )


def _compare_facet(facet: Facet, before: Iterable[Value], after: Iterable[Value]) -> ComparedFacet:
    """Compare two sets of values: what was there has to be there still, whatever was added."""
    old = {value.key: value.shown for value in before}
    new = {value.key: value.shown for value in after}
    if not old:
        fate = Fate.ADDED if new else Fate.NONE
    elif old.keys() <= new.keys():
        fate = Fate.KEPT
    else:
        fate = Fate.CHANGED if new else Fate.LOST
    return ComparedFacet(facet, fate, _shown(old), _shown(new))


def _shown(values: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(set(values.values())))


def _bytes(before: Report, after: Report) -> ComparedFacet:
    old, new = before.asset.sha256 or "", after.asset.sha256 or ""
    same = bool(old) and old == new
    return ComparedFacet(Facet.BYTES, Fate.KEPT if same else Fate.CHANGED, (old,), (new,))


def _verdict(before: Report, after: Report) -> ComparedFacet:
    old, new = _verdict_words(before), _verdict_words(after)
    return ComparedFacet(Facet.VERDICT, Fate.KEPT if old == new else Fate.CHANGED, (old,), (new,))


def _verdict_words(report: Report) -> str:
    verdict = report.verdict
    if verdict is None:
        return ""
    if verdict.assurance is Assurance.NONE:
        return verdict.origin.value
    return f"{verdict.origin}, {verdict.assurance}"


def _credential(before: Report, after: Report) -> ComparedFacet:
    """Compare the credentials: one that lives on as an ingredient of the new one is kept."""
    old, new = _active(before), _active(after)
    sides = _standing(before), _standing(after)
    if old is None:
        return ComparedFacet(Facet.CREDENTIAL, Fate.ADDED if new else Fate.NONE, *sides)
    if new is None:
        remote = after.credentials.status is CredentialStatus.REMOTE
        note = "only an address is left" if remote else ""
        return ComparedFacet(Facet.CREDENTIAL, Fate.LOST, *sides, note)
    if new.axes.integrity is Integrity.BROKEN and old.axes.integrity is not Integrity.BROKEN:
        return ComparedFacet(Facet.CREDENTIAL, Fate.CHANGED, *sides, "it is broken now")
    if old.axes.integrity is Integrity.INTACT and new.axes.integrity is not Integrity.INTACT:
        note = f"its integrity is {new.axes.integrity} now"
        return ComparedFacet(Facet.CREDENTIAL, Fate.CHANGED, *sides, note)
    if new.label == old.label:
        return _same_label(old, new, sides)
    held = [m for m in after.credentials.manifests if m.label == old.label and m.referenced]
    if held:
        return _same_label(old, held[0], sides, "an ingredient of a new credential")
    return ComparedFacet(
        Facet.CREDENTIAL, Fate.CHANGED, *sides, "a new credential does not refer to it"
    )


def _same_label(
    old: ManifestInfo,
    new: ManifestInfo,
    sides: tuple[tuple[str, ...], tuple[str, ...]],
    kept: str = "",
) -> ComparedFacet:
    """Compare two manifests of one label: anybody can write a label, one signer alone sign it."""
    note = ""
    if _signed(new) != _signed(old):
        note = "another credential under the same label"
    elif new.axes.integrity is Integrity.BROKEN and old.axes.integrity is not Integrity.BROKEN:
        note = "it is broken now"
    fate = Fate.CHANGED if note else Fate.KEPT
    if not note and old.axes.integrity is Integrity.BROKEN:
        note = "it was broken before"
    return ComparedFacet(Facet.CREDENTIAL, fate, *sides, note or kept)


def _signed(manifest: ManifestInfo) -> tuple[str, bool] | None:
    return (manifest.signer.sha256, manifest.signer.proven) if manifest.signer else None


def _active(report: Report) -> ManifestInfo | None:
    return next((manifest for manifest in report.credentials.manifests if manifest.active), None)


def _standing(report: Report) -> tuple[str, ...]:
    """Say who signed and whether it is intact; nothing where there is no credential."""
    active = _active(report)
    if active is None:
        status = report.credentials.status
        return () if status is CredentialStatus.ABSENT else (status.value,)
    signer = active.signer.organisation or active.signer.common_name if active.signer else ""
    return (", ".join(filter(None, (signer, active.axes.integrity.value))),)


def _source_types(report: Report) -> Iterator[Value]:
    """Yield the source types that manifests on the path from the active one state."""
    for manifest in report.credentials.manifests:
        if manifest.referenced:
            stated = [action.source_type for action in manifest.actions]
            stated += [ingredient.source_type for ingredient in manifest.ingredients]
            yield from (Value(uri, uri.rpartition("/")[2]) for uri in stated if uri)


def _judged_fields(sample: ExaminedFile, wanted: Callable[[str], bool]) -> Iterator[Value]:
    """Yield the fields in which detectors found something, by what they hold.

    A field may move: another container has another place for it.
    """
    for field in sample.fields:
        for judgement in field.judged:
            if wanted(judgement.detector):
                yield Value(f"{judgement.detector} {_digest(field.value)}", judgement.says)


def _digest(value: str) -> str:
    """Return a digest of a value; of JSON whatever its order and spaces."""
    text = value.strip()
    with contextlib.suppress(JsonError):
        text = json.dumps(parse_unique(text), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _declared(report: Report) -> Iterator[Value]:
    for manifest in report.credentials.manifests:
        if manifest.referenced:
            for binding in manifest.soft_bindings:
                values = " ".join(block.value for block in binding.blocks)
                yield Value(f"{binding.algorithm} {values}", binding.algorithm)


def _decoded(report: Report) -> Iterator[Value]:
    """Yield the marks that were found in the signal: only where pixels or sound were read."""
    for watermark in report.decoded_watermarks:
        if watermark.status in {WatermarkStatus.DETECTED, WatermarkStatus.TEXT}:
            yield Value(
                f"{watermark.decoder} {watermark.message} {watermark.payload}",
                watermark.message or watermark.decoder,
            )


def _by_detector(wanted: Callable[[str], bool]) -> Callable[[ExaminedFile], Iterator[Value]]:
    return lambda sample: _judged_fields(sample, wanted)


_READ: dict[Facet, Callable[[ExaminedFile], Iterator[Value]]] = {
    Facet.SOURCE_TYPE: lambda sample: _source_types(sample.report),
    Facet.IPTC: _by_detector(lambda name: name.startswith("iptc.")),
    Facet.TC260: _by_detector(lambda name: name == "tc260"),
    Facet.MARKERS: _by_detector(lambda name: name != "tc260" and not name.startswith("iptc.")),
    Facet.SOFT_BINDINGS: lambda sample: _declared(sample.report),
    Facet.WATERMARKS: lambda sample: _decoded(sample.report),
}
