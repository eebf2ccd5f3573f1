"""Media segments that have a credential or a signature of their own: live video (C2PA 2.4, 19).

Each segment of a live stream is signed by itself. That is not checked here, and is never passed
over: what such a credential says is unread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.finding import Finding, warning
from provenance.base.values import dataclass
from provenance.media.container import BlockKind, scan_container

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.media.asset import Asset

CODE = "livevideo.not_checked"


@dataclass(frozen=True, slots=True)
class Segments:
    """What segments have that is not checked: `findings`, and `unread` in words for a sentence."""

    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()


def look(fragments: Iterable[Asset]) -> Segments:
    """Look for signatures and credentials of media segments, by their headers."""
    stores = signatures = count = 0
    for asset in fragments:
        scan = scan_container(asset)
        count += 1
        stores += bool(scan.blocks_of(BlockKind.MANIFEST_STORE) or scan.remains)
        signatures += any(finding.code == CODE for finding in scan.findings)
    findings = []
    unread: tuple[str, ...] = ()
    if signatures:
        signed = _share_of(signatures, count)
        message = f"segments that have a signature of their own, not checked: {signed}"
        findings.append(warning(CODE, message, "fragments"))
    if stores:
        some = _share_of(stores, count)
        message = f"segments that have a credential of their own, not read: {some}"
        findings.append(warning(CODE, message, "fragments"))
        unread = (f"the credentials of {stores} media segments",)
    return Segments(tuple(findings), unread)


def _share_of(some: int, count: int) -> str:
    return f"{some} of {count}"
