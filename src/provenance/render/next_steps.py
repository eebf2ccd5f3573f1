"""What was not looked at in a file of unknown origin, and the option or command that looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import CredentialStatus, Origin
from provenance.marks import decodable_media
from provenance.marks.decoder import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.verdict.report import Report

_WATERMARKS = {
    (Medium.PICTURE,): "watermarks in the picture (--pixels)",
    (Medium.SOUND,): "watermarks in the sound (--signal)",
    (Medium.PICTURE, Medium.SOUND): "watermarks in frames and sound (--pixels --signal)",
}


def next_steps(report: Report) -> Iterator[str]:
    """Yield what applies to this file, nothing where its origin is known."""
    verdict = report.verdict
    if verdict is None or verdict.origin is not Origin.UNKNOWN:
        return
    status = report.credentials.status
    if status is CredentialStatus.REMOTE:
        yield "the credential at the remote address (download it, then add --sidecar)"
    media = decodable_media.media_of(report.asset.media_type or "")
    if not media:
        return
    asked = report.decoded_watermarks or any(
        f.code.startswith("watermark.") for f in report.findings
    )
    if not asked:
        yield _WATERMARKS[tuple(sorted(media, key=list(Medium).index))]
    if status is CredentialStatus.ABSENT:
        yield "a credential that was removed (provenance recover)"
