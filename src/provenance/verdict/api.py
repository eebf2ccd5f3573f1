"""`provenance.verify`: one file from Python."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.options import ArchiveLimits, CrossCheck, Options
from provenance.verdict.policy import Policy
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from datetime import datetime

    from provenance.signing.trust_store import TrustStore
    from provenance.verdict.report import Report


def verify(  # noqa: PLR0913 - the public call, each by its name
    path: str | os.PathLike[str],
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
    """Verify one file and return its report.

    `policy` says what is flagged, `trust` which lists hold (default: the bundled ones), `at` is the
    validation time (aware, default now), `digest` whether SHA-256 is taken, `sidecar` names a
    manifest store beside the file, `fragments` the media segments of fragmented MP4. `cross_check`
    says when the C2PA SDK is asked for a second opinion: `auto`, `always` or `never`. Whatever is
    wrong with the file is in the report; raises only for a broken installation, a naive `at` or
    another `cross_check`.
    With `archives` an archive, a mailbox, a message or a document is opened in memory, within the
    bounds of `ArchiveLimits`, and the reports on what is in it are `members` of its report.
    For many files use `Verifier`, which keeps verified chains.
    """
    options = Options(
        digest=digest,
        cross_check=CrossCheck(cross_check),
        archives=ArchiveLimits() if archives else None,
    )
    verifier = Verifier(policy or Policy(), trust, at, options)
    if not archives:
        return verifier.verify(path, sidecar=sidecar, fragments=fragments)
    from provenance.verdict.contents import verify_all  # noqa: PLC0415 - where archives are opened

    *members, report = verify_all(verifier, path, sidecar=sidecar, fragments=fragments)
    return replace(report, members=tuple(members))
