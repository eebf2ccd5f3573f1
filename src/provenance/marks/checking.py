"""Holding what a credential declares against what decoders read in the content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, warning
from provenance.marks import declared, iscc_seq
from provenance.marks.model import WatermarkStatus
from provenance.marks.soft_binding import Checked
from provenance.recover.resolution import Basis, Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.credentials.manifest import ManifestStore
    from provenance.marks.model import WatermarkResult
    from provenance.marks.soft_binding import SoftBinding
    from provenance.verdict.report import Report

# TrustMark's value is the number of the kind of word, a star, and the payload's bits, as Adobe's
# credentials have it: a word has 96 bits, of which the kind's code takes 56, 35, 28 or 21.
_TRUSTMARK = "com.adobe.trustmark."
_PAYLOAD_BITS = {"kind 0": 40, "kind 1": 61, "kind 2": 68, "kind 3": 75}
_READ = frozenset({WatermarkStatus.DETECTED, WatermarkStatus.COMPUTED})


def queries(results: Sequence[WatermarkResult]) -> tuple[Query, ...]:
    """Return the soft bindings that decoders read, in the form in which they are asked about."""
    made = []
    for result in results:
        value = _value(result)
        if value is not None:
            query = Query(result.algorithm, value, True, Basis.DECODED, result.decoder)
            made.append(query)
    return tuple(made)


def _value(result: WatermarkResult) -> bytes | None:
    if not result.algorithm or result.status not in _READ or not result.payload:
        return None
    if result.algorithm == iscc_seq.ALGORITHM:
        return iscc_seq.from_text(result.payload.encode())
    if not result.algorithm.startswith(_TRUSTMARK):
        return result.payload.encode()
    length = _PAYLOAD_BITS.get(result.message)
    if length is None:
        return None
    bits = f"{int(result.payload, 16):0{length}b}"
    return f"{result.message.removeprefix('kind ')}*{bits}".encode()


def check(
    store: ManifestStore, report: Report, results: Sequence[WatermarkResult]
) -> tuple[Report, tuple[Finding, ...]]:
    """Add to a report of `store` whether decoders found what it declares, and what they found else.

    Only manifests that speak of the asset itself are looked at: a component's mark is in the
    component. Another value is a finding where the credential is of these very pixels: not for a
    parent that was edited since.
    """
    findings: list[Finding] = []
    made = []
    lineage = declared.lineage(store)
    for manifest in report.credentials.manifests:
        if manifest.label not in lineage or not manifest.soft_bindings:
            made.append(manifest)
            continue
        bindings = {b.label: b for b in declared.read(store.manifests[manifest.label]).bindings}
        checked = tuple(
            replace(one, checked=_checked(bindings[one.where], results))
            for one in manifest.soft_bindings
        )
        made.append(replace(manifest, soft_bindings=checked))
        if not lineage[manifest.label]:
            continue
        findings += [
            warning(
                "softbinding.differs",
                f"a decoder reads another value of {one.algorithm} than is declared",
                f"{manifest.label}/{one.where}",
            )
            for one in checked
            if one.checked is Checked.DIFFERS
        ]
    credentials = replace(report.credentials, manifests=tuple(made))
    return replace(report, credentials=credentials), tuple(findings)


def _checked(one: SoftBinding, results: Sequence[WatermarkResult]) -> Checked:
    own = [r for r in results if r.algorithm == one.algorithm]
    read = [value for r in own if (value := _value(r)) is not None]
    compared = [
        _same(one.algorithm, value, block.value)
        for value in read
        for block in one.blocks
        # The decoders read the whole: what is declared of a part need not be in it.
        if block.timespan is None and not block.regions
    ]
    if any(compared):
        return Checked.MATCHES
    if False in compared:
        return Checked.DIFFERS
    looked = any(r.status is WatermarkStatus.NOT_DETECTED for r in own)
    return Checked.NOT_FOUND if looked and not read else Checked.NOT_CHECKED


def _same(algorithm: str, read: bytes, written: bytes) -> bool | None:
    """Tell whether a declared value is the one that was read; None where they do not compare."""
    if algorithm != iscc_seq.ALGORITHM:
        return read == written
    alike = iscc_seq.similarity(iscc_seq.units(read), iscc_seq.units(written))
    return alike >= iscc_seq.CLOSE if alike is not None else None
