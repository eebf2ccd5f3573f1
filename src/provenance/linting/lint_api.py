"""The public call: check one file against profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base import arguments
from provenance.base.options import Options
from provenance.linting import evaluate, rule_catalogue
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from datetime import datetime

    from provenance.linting.evaluate import LintReport
    from provenance.signing.trust_store import TrustStore


def lint(
    path: str | os.PathLike[str],
    profiles: Sequence[str] = (rule_catalogue.DEFAULT,),
    *,
    trust: TrustStore | None = None,
    at: datetime | None = None,
    sidecar: str | os.PathLike[str] | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
) -> tuple[LintReport, ...]:
    """Check a media file or a crJSON document against profiles: one report each, in their order.

    `profiles` are names of `provenance rules`, or `all`; the other arguments are those of `verify`.
    Whatever is wrong with the file is in the reports. Raises UnknownProfileError,
    DocumentAloneError for a crJSON document with `sidecar` or `fragments`, and TypeError or
    ValueError for a wrong call:

    >>> lint("photo.jpg", "integrity")
    Traceback (most recent call last):
    TypeError: profiles is a list, not the str 'integrity': write profiles=['integrity']
    >>> [report.error.code for report in lint("missing.jpg", ["integrity", "iptc"])]
    ['asset.missing', 'asset.missing']
    """
    path = arguments.require_name(path, "lint", "write it to a file first")
    chosen = rule_catalogue.profiles_named(arguments.require_names(profiles, "profiles"))
    fragments = arguments.require_names(fragments, "fragments")
    verifier = Verifier(trust=trust, at=at, options=Options(digest=False))
    return evaluate.lint_file(path, chosen, verifier, sidecar=sidecar, fragments=fragments).reports
