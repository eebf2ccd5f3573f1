"""What a report shows of declared soft bindings and watermarks: bounded, in its own types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.text import LIMIT, expected, is_label
from provenance.marks import iscc_seq
from provenance.marks.soft_binding import MarkCheck, MarkChecker
from provenance.verdict.report import (
    SoftBindingBlockInfo,
    SoftBindingInfo,
    WatermarkInfo,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.marks.soft_binding import (
        Declared,
        SoftBinding,
        SoftBindingBlock,
        WatermarkAction,
    )

MAX_BLOCKS = 20  # shown of one soft binding
TEXT, HEX = "text", "hex"


def soft_bindings(
    declared: Declared,
    checked: Mapping[str, MarkCheck] | None = None,
    *,
    show_personal_data: bool = False,
) -> tuple[SoftBindingInfo, ...]:
    """Return the soft bindings of a manifest as a report shows them.

    `checked` says by label what came of looking for them; without it none was looked for.
    """
    known = checked or {}
    return tuple(
        _binding(binding, known.get(binding.label, MarkCheck.NOT_CHECKED), show=show_personal_data)
        for binding in declared.bindings
    )


def _binding(binding: SoftBinding, checked: MarkCheck, *, show: bool) -> SoftBindingInfo:
    listed = binding.entry is not None
    shown = binding.blocks[:MAX_BLOCKS]
    algorithm = binding.algorithm
    return SoftBindingInfo(
        algorithm=expected(
            binding.algorithm, fits=listed or is_label(binding.algorithm), show=show
        ),
        kind=binding.kind,
        owner=binding.entry.owner if binding.entry else "",
        listed=listed,
        detector=binding.entry.detector if binding.entry else MarkChecker.UNKNOWN,
        checked=checked,
        part=binding.part.value,
        where=binding.label,
        blocks=tuple(_block(block, algorithm) for block in shown),
        left_out=binding.left_out + len(binding.blocks) - len(shown),
    )


def _block(block: SoftBindingBlock, algorithm: str) -> SoftBindingBlockInfo:
    text, encoding = printed(block.value, algorithm, is_text=block.is_text)
    start, end = block.timespan or (None, None)
    return SoftBindingBlockInfo(text, encoding, len(block.value), start, end, block.regions)


def printed(value: bytes, algorithm: str, *, is_text: bool) -> tuple[str, str]:
    """Return a value to be shown, and whether that is `text` or `hex`; long ones are cut later.

    The bytes of an ISCC are shown as `ISCC:...`, other bytes as text where all of them are
    printable ASCII, as in payloads of TrustMark, and what cannot be printed never as text.
    """
    if algorithm == iscc_seq.ALGORITHM and (code := iscc_seq.to_text(value)):
        return code, TEXT
    if is_text or (value and value.isascii()):
        text = value[: 4 * LIMIT + 4].decode("utf-8", "ignore")  # the last character may be cut
        if text.isprintable() and _is_utf8(value):
            return text, TEXT
    return value[: LIMIT // 2 + 1].hex(), HEX


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def watermarks(declared: Declared) -> tuple[WatermarkInfo, ...]:
    """Return the watermark actions of a manifest as a report shows them."""
    return tuple(_watermark(action) for action in declared.actions)


def _watermark(action: WatermarkAction) -> WatermarkInfo:
    return WatermarkInfo(
        action=action.action,
        tie=action.tie,
        name=action.mark.name if action.mark else "",
        owner=action.mark.owner if action.mark else "",
        detector=MarkChecker.NONE_KNOWN if action.mark else MarkChecker.UNKNOWN,
        checked=MarkCheck.NOT_CHECKED,
        part=action.part.value,
        where=action.where,
    )
