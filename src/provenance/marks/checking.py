"""Holding what a credential declares against what decoders read in the content."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, warning
from provenance.base.values import dataclass
from provenance.marks import declared, iscc_seq
from provenance.marks.decoder import WatermarkStatus
from provenance.marks.soft_binding import MarkCheck

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance.credentials.manifest import ManifestStore
    from provenance.marks.decoder import WatermarkResult
    from provenance.marks.soft_binding import Declared, SoftBinding

# TrustMark's value is the number of the kind of word, a star, and the payload's bits, as Adobe's
# credentials have it: a word has 96 bits, of which the kind's code takes 56, 35, 28 or 21.
_TRUSTMARK = "com.adobe.trustmark."
_PAYLOAD_BITS = {"kind 0": 40, "kind 1": 61, "kind 2": 68, "kind 3": 75}
_READ = frozenset({WatermarkStatus.DETECTED, WatermarkStatus.COMPUTED})


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it: the answer by labels of manifest and soft binding, and findings."""

    checked: Mapping[tuple[str, str], MarkCheck] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def binding_value(result: WatermarkResult) -> bytes | None:
    """Return the value that a soft binding of what was decoded has; None where there is none."""
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


def compare(
    store: ManifestStore, read: Mapping[str, Declared], results: Sequence[WatermarkResult]
) -> Compared:
    """Tell of each declared soft binding whether decoders found it, and what they found else.

    `read` is what `declared.declared_marks` gave of each manifest of `store`, by label. Only
    manifests that speak of the asset itself are looked at: a component's mark is in the component.
    Another value is a finding where the credential is of these very pixels: not for a parent that
    was edited since.
    """
    checked: dict[tuple[str, str], MarkCheck] = {}
    findings: list[Finding] = []
    lineage = declared.lineage(store)
    for label, marks in read.items():
        if label not in lineage:
            continue
        for binding in marks.bindings:
            answer = checked[label, binding.label] = _checked(binding, results)
            if answer is MarkCheck.DIFFERS and lineage[label]:
                message = f"a decoder reads another value of {binding.algorithm} than is declared"
                findings.append(warning("softbinding.differs", message, f"{label}/{binding.label}"))
    return Compared(checked, tuple(findings))


def _checked(binding: SoftBinding, results: Sequence[WatermarkResult]) -> MarkCheck:
    own = [r for r in results if r.algorithm == binding.algorithm]
    read = [value for r in own if (value := binding_value(r)) is not None]
    compared = [
        _same(binding.algorithm, value, block.value)
        for value in read
        for block in binding.blocks
        # The decoders read the whole: what is declared of a part need not be in it.
        if block.timespan is None and not block.regions
    ]
    if any(compared):
        return MarkCheck.MATCHES
    if False in compared:
        return MarkCheck.DIFFERS
    looked = any(r.status is WatermarkStatus.NOT_DETECTED for r in own)
    return MarkCheck.NOT_FOUND if looked and not read else MarkCheck.NOT_CHECKED


def _same(algorithm: str, read: bytes, written: bytes) -> bool | None:
    """Tell whether a declared value is the one that was read; None where they do not compare."""
    if algorithm != iscc_seq.ALGORITHM:
        return read == written
    alike = iscc_seq.similarity(iscc_seq.units(read), iscc_seq.units(written))
    return alike >= iscc_seq.CLOSE if alike is not None else None
