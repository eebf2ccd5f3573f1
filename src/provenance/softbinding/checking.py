"""Holding what a credential declares against what decoders read in the content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.finding import Finding, warning
from provenance.softbinding.model import Checked
from provenance.softbinding.resolution import Basis, Query
from provenance.softbinding.show import TEXT
from provenance.watermark.model import WatermarkStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.report_manifest import ManifestInfo, SoftBindingBlockInfo, SoftBindingInfo
    from provenance.watermark.model import WatermarkResult

# TrustMark's value is the number of the kind of word, a star, and the payload's bits, as Adobe's
# credentials have it: a word has 96 bits, of which the kind's code takes 56, 35, 28 or 21.
_TRUSTMARK = "com.adobe.trustmark."
_PAYLOAD_BITS = {"kind 0": 40, "kind 1": 61, "kind 2": 68, "kind 3": 75}
_ISCC = "io.iscc.v0"
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
    if not result.algorithm.startswith(_TRUSTMARK):
        return result.payload.encode()
    length = _PAYLOAD_BITS.get(result.message)
    if length is None:
        return None
    bits = f"{int(result.payload, 16):0{length}b}"
    return f"{result.message.removeprefix('kind ')}*{bits}".encode()


def check(
    manifests: tuple[ManifestInfo, ...], results: Sequence[WatermarkResult]
) -> tuple[tuple[ManifestInfo, ...], tuple[Finding, ...]]:
    """Say of each declared soft binding whether a decoder found it, and what speaks against it.

    Only the manifests that count are looked at.
    """
    findings: list[Finding] = []
    made = []
    for manifest in manifests:
        bindings = manifest.soft_bindings if manifest.referenced else ()
        checked = tuple(replace(one, checked=_checked(one, results)) for one in bindings)
        findings += [
            warning(
                "softbinding.differs",
                f"a decoder reads another value of {one.algorithm} than is declared",
                f"{manifest.label}/{one.where}",
            )
            for one in checked
            if one.checked is Checked.DIFFERS
        ]
        made.append(replace(manifest, soft_bindings=checked) if bindings else manifest)
    return tuple(made), tuple(findings)


def _checked(one: SoftBindingInfo, results: Sequence[WatermarkResult]) -> Checked:
    own = [r for r in results if r.algorithm == one.algorithm]
    read = [r for r in own if r.status in _READ and r.payload]
    declared = [value for block in one.blocks if (value := _whole(block)) is not None]
    compared = [_same(result, value) for result in read for value in declared]
    if any(compared):
        return Checked.MATCHES
    if False in compared:
        return Checked.DIFFERS
    looked = any(r.status is WatermarkStatus.NOT_DETECTED for r in own)
    return Checked.NOT_FOUND if looked and not read else Checked.NOT_CHECKED


def _whole(block: SoftBindingBlockInfo) -> bytes | None:
    """Return a block's value, None where the report holds only its beginning."""
    value = block.value.encode() if block.encoding == TEXT else bytes.fromhex(block.value)
    return value if len(value) == block.size else None


def _same(result: WatermarkResult, value: bytes) -> bool | None:
    """Tell whether a declared value is the one that was read; None where they do not compare."""
    if result.algorithm == _ISCC:
        from provenance.watermark import iscc  # noqa: PLC0415 - only for a declared code

        found = iscc.compare(value.decode("utf-8", "replace"), result.payload)
        return found.close if found is not None else None
    return _value(result) == value
