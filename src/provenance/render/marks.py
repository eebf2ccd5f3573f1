"""The lines of the text format about declared soft bindings and watermarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.text import clean
from provenance.marks.soft_binding import MarkCheck, MarkChecker, SoftBindingKind, Tie

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.render.vocabulary import Line
    from provenance.verdict.report import ManifestInfo, SoftBindingInfo, WatermarkInfo

_MAX_LINES = 12
_CHECKED = {
    MarkCheck.NOT_CHECKED: "not checked",
    MarkCheck.MATCHES: "a decoder found it",
    MarkCheck.DIFFERS: "a decoder found another",
    MarkCheck.NOT_FOUND: "a decoder did not find it",
}
_KIND = {
    SoftBindingKind.WATERMARK: "watermark",
    SoftBindingKind.FINGERPRINT: "fingerprint",
    SoftBindingKind.UNKNOWN: "soft binding",
}
_CANNOT = "cannot be checked (no public detector is known)"


def declared_mark_lines(manifests: Sequence[ManifestInfo]) -> Iterator[Line]:
    """Yield one line for each declared mark of the manifests that count, without repetition."""
    said: dict[str, None] = {}
    for manifest in manifests:
        if manifest.referenced:
            said |= dict.fromkeys(_binding(binding) for binding in manifest.soft_bindings)
            said |= dict.fromkeys(
                _watermark(watermark)
                for watermark in manifest.watermarks
                if watermark.name or watermark.tie is Tie.UNBOUND or not manifest.soft_bindings
            )
    for text in list(said)[:_MAX_LINES]:
        yield (("dim", "  declared   "), ("", text))
    if len(said) > _MAX_LINES:
        yield (("dim", f"             and {len(said) - _MAX_LINES} more with --format json"),)


def _binding(binding: SoftBindingInfo) -> str:
    owner = f" ({clean(binding.owner)})" if binding.owner else " (not on the list of algorithms)"
    return f"{_KIND[binding.kind]} {clean(binding.algorithm)}{owner}: {_came_of(binding)}"


def _watermark(watermark: WatermarkInfo) -> str:
    if watermark.name:
        return f"watermark {watermark.name} ({watermark.owner}): {_came_of(watermark)}"
    return "a watermark: cannot be checked (the credential does not say which one)"


def _came_of(mark: SoftBindingInfo | WatermarkInfo) -> str:
    if mark.checked is MarkCheck.NOT_CHECKED and mark.detector is MarkChecker.NONE_KNOWN:
        return _CANNOT
    return _CHECKED[mark.checked]
