"""`provenance.verify`: one file from Python."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base import arguments
from provenance.base.options import ArchiveLimits, Options
from provenance.verdict import contents
from provenance.verdict.policy import Policy
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from datetime import datetime

    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.report import Report


def verify(  # noqa: PLR0913 - the public call, each by its name
    path: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    at: datetime | None = None,
    digest: bool = True,
    sidecar: str | os.PathLike[str] | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
    cross_check: str = "auto",
    archives: bool = False,
) -> Report:
    """Verify one file, or content that is in memory, and return its report.

    `path` is the name of the file, or its bytes: they never touch a disk, and the path in the
    report is `-`. `policy` says what is flagged, `trust` which lists hold (default: the bundled
    ones), `at` is the validation time (with a time zone, default now), `digest` whether SHA-256 is
    taken, `sidecar` names a manifest store for the file, `fragments` the media segments of
    fragmented MP4. `cross_check` says when the C2PA SDK is asked for a second opinion: `auto`,
    `always` or `never`. With `archives` an archive, a mailbox, a message or a document is opened in
    memory, within the bounds of `ArchiveLimits`, and the reports on what is in it are `members` of
    its report. For many files use `Verifier`, which keeps verified chains.

    Whatever is wrong with the file is in the report. Raises InstallationError for a broken
    installation, and TypeError or ValueError for a wrong call, with what to write instead:

    >>> verify("photo.jpg", at="2026-01-01")
    Traceback (most recent call last):
    TypeError: at is a datetime with a time zone, not the str '2026-01-01': write at=datetime(...)
    >>> verify(b"GIF89a").asset.media_type
    'image/gif'
    >>> verify("https://example.org/photo.jpg").error.code
    'asset.missing'
    """
    given = arguments.require_media(path, "verify")
    arguments.require_kind(
        policy, Policy, "policy", "policy=Policy.load('policy.toml')", optional=True
    )
    options = Options(
        digest=arguments.require_flag(digest, "digest"),
        cross_check=arguments.cross_check(cross_check),
        archives=ArchiveLimits() if arguments.require_flag(archives, "archives") else None,
    )
    beside = arguments.require_names(fragments, "fragments")
    verifier = Verifier(policy or Policy(), trust, at, options)
    if isinstance(given, bytes) and (sidecar is not None or beside):
        raise ValueError("sidecar and fragments go with the name of a file, not with content")
    if not archives:
        if isinstance(given, bytes):
            return verifier.verify_bytes(given)
        return verifier.verify(given, sidecar=sidecar, fragments=beside)

    *members, report = contents.verify_all(verifier, given, sidecar=sidecar, fragments=beside)
    return replace(report, members=tuple(members))
