"""What `verify` tells people of a file: the headline, facts, reasons by weight, the tree.

Pure: from reports to lines of styled spans. In short it fits one screen and has words in place of
terms; in full it has every reason, signal and finding with its code and its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.base.text import URL_LIMIT, clean, printable_path
from provenance.render import (
    decoded,
    disclosure_text,
    headline,
    manifest_tree,
    marks,
    next_steps,
    plain_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.base.finding import Finding
    from provenance.render.vocabulary import Line, Span
    from provenance.verdict.assess import Reason
    from provenance.verdict.report import Report

MAX_REASONS = 5
_MAX_LINES = 60  # of each part in full; machine formats carry all
_MARKS = "watermark."
_POLICY = "policy."
_FORM = frozenset({"format.empty", "format.unknown", "format.name", "format.not_read"})
_SAID = _FORM | {"container.not_opened", "container.opened"}  # notes that have a line of their own
_SEVERITY = {"error": "bad", "warning": "warn", "note": "dim"}
_WEIGHTS = (  # of the reasons, by how their codes begin; the first ones weigh most
    ("conflict.",),
    ("integrity.", "credential.unread", "link.", "revocation."),
    ("origin.captured", "origin.absent"),
    ("origin.",),
    ("evidence.",),
    ("assurance.",),
)
_AS_A_RULE = frozenset({"actions.incomplete"})  # holds for nearly every signed file
# Findings of these kinds are what the headline, a reason or the tree says in words.
_EXPLAINED = (
    *("assertion.", "binding.", "claim", "credential.", "ingredient.", "manifest.", "redaction"),
    *("signature.", "signingCredential.", "time.", "timeStamp.", "revocation.", "chain."),
    *("hashedURI.", "validators.", "container.", "algorithm."),
)


def report_lines(report: Report, *, full: bool = False) -> Iterator[Line]:
    """Yield the lines for one report: in short, or in `full` with all that is known."""
    yield (("bold", printable_path(report.asset.path)),)
    if report.error is not None or report.verdict is None:
        message = report.error.message if report.error else "no verdict"
        yield (("bad", f"  could not be examined: {clean(message, URL_LIMIT)}"),)
        return
    for line in headline.headline(report):
        yield (("", "  "), *line)
    yield from facts(report)
    yield from _in_full(report) if full else _in_short(report)


def quiet_line(report: Report) -> tuple[Span, ...]:
    """Return the five columns of `--quiet`: origin, assurance, flags, what is flagged, path."""
    path = printable_path(report.asset.path)
    if report.error is not None or report.verdict is None:
        code = report.error.code if report.error else ""
        return (("bad", "error"), ("", code), ("", "-"), ("", "-"), ("", path))
    verdict = report.verdict
    return (
        (headline.style_of(report), verdict.origin.value),
        ("", verdict.assurance.value),
        ("", ",".join(flag.value for flag in verdict.flags) or "-"),
        ("bad" if report.flagged else "", ",".join(f.value for f in report.flagged) or "-"),
        ("", path),
    )


QUIET_TITLES = ("origin", "assurance", "flags", "flagged", "path")


def reasons(report: Report) -> tuple[str, ...]:
    """Return why the verdict is what it is, what weighs most first, in words for people.

    More of them than `MAX_REASONS` are for those who ask for all.
    """
    findings = _worth_saying(report)
    # why the file is flagged
    asked = [finding for finding in findings if finding.code.startswith(_POLICY)]
    said = [finding.message for finding in asked]
    said += [reason.message for reason in _weighed(report)]
    said += [finding.message for finding in findings]
    return tuple(dict.fromkeys(plain_words.words(clean(message, URL_LIMIT)) for message in said))


def _in_short(report: Report) -> Iterator[Line]:
    shown = reasons(report)
    for text in shown[:MAX_REASONS]:
        yield (("dim", "  - "), ("", text))
    yield from _next_steps(report)
    tree = list(_tree(report, full=False))
    if tree:
        yield ()
        yield from tree
    left = sum(f.code not in _SAID and not _is_marks(f) for f in report.findings)
    if len(shown) <= MAX_REASONS:
        left -= len(_worth_saying(report))
    if left > 0:
        yield (("dim", f"  -v shows {left} {'finding' if left == 1 else 'findings'}"),)


def _weighed(report: Report) -> list[Reason]:
    """Return the reasons that the headline does not say, those that weigh most first."""
    reasons = report.verdict.reasons if report.verdict else ()
    left = [
        r
        for r in reasons
        if r.code not in headline.COVERED | _AS_A_RULE
        and not r.code.startswith(headline.COVERED_BY)
    ]
    return sorted(left, key=weight)


def weight(reason: Reason) -> int:
    """Return a number to sort reasons by: those that weigh most first."""
    fitting = (n for n, begins in enumerate(_WEIGHTS) if reason.code.startswith(begins))
    return next(fitting, len(_WEIGHTS))


def _worth_saying(report: Report) -> list[Finding]:
    """Return errors and warnings that nothing else on the screen tells of."""
    return [
        f for f in report.findings if f.severity != "note" and not f.code.startswith(_EXPLAINED)
    ]


def _is_marks(finding: Finding) -> bool:
    return finding.severity == "note" and finding.code.startswith(_MARKS)


def _next_steps(report: Report) -> Iterator[Line]:
    """Say what was not looked at, where the origin is unknown."""
    if report.verdict is None or report.verdict.origin is not Origin.UNKNOWN:
        return

    if left := "; ".join(next_steps.next_steps(report)):
        yield (("dim", "  - "), ("", f"Not looked for: {left}."))


def _in_full(report: Report) -> Iterator[Line]:
    reasons = report.verdict.reasons if report.verdict else ()
    for reason in reasons[:_MAX_LINES]:
        yield (
            ("dim", "  - "),
            ("", clean(reason.message, URL_LIMIT)),
            ("dim", f" [{reason.code}]"),
        )
    yield from _next_steps(report)
    tree = list(_tree(report, full=True))
    if tree:
        yield ()
        yield from tree
    if report.signals:
        yield ()
        yield (("bold", "  signals"),)
    for signal in report.signals[:_MAX_LINES]:
        what = signal.supports.value if signal.supports else "no origin"
        where = clean(signal.where, URL_LIMIT)
        said = f"{signal.assurance.value}, {what}: {clean(signal.says, URL_LIMIT)} ({where})"
        yield (("", "  - "), ("", said), ("dim", f" [{signal.detector}]"))
    yield from _left_out_line(report.signals)
    if report.findings:
        yield ()
        yield (("bold", "  findings"),)
    for finding in report.findings[:_MAX_LINES]:
        place = f" ({clean(finding.where, URL_LIMIT)})" if finding.where else ""
        yield (
            (_SEVERITY[finding.severity], f"  {finding.severity.value}: "),
            ("", f"{clean(finding.code)}: {clean(finding.message, URL_LIMIT)}{place}"),
        )
    yield from _left_out_line(report.findings)


def _left_out_line(items: Sequence[object]) -> Iterator[Line]:
    if len(items) > _MAX_LINES:
        yield (("dim", f"  {len(items) - _MAX_LINES} more with --format json"),)


def _tree(report: Report, *, full: bool) -> Iterator[Line]:
    if report.credentials.manifests:
        yield from manifest_tree.manifest_lines(report.credentials.manifests, full=full)


def _type(report: Report) -> Line:
    """Say what the file is, by its content, and where its name says otherwise."""
    said = {f.code: f.message for f in report.findings if f.code in _FORM}
    kind = report.asset.media_type or ""
    if "format.empty" in said:
        return (("dim", "  type       "), ("", "an empty file"))
    if "format.unknown" in said:
        kind = f"unknown ({said['format.unknown']})"
    spans: list[Span] = [
        ("dim", "  type       "),
        ("", f"{clean(kind)}, {report.asset.size:,} bytes"),
    ]
    if "format.not_read" in said:
        spans.append(("warn", "; only XMP is read in it"))
    if "format.name" in said:
        name = clean(said["format.name"], URL_LIMIT).partition(",")[0]
        spans.append(("warn", f"; {name}"))
    return tuple(spans)


def _contents(report: Report) -> Iterator[Line]:
    """Say what became of the files in a file, and which file this one was found in."""
    if report.asset.outer is not None:
        outer = report.asset.outer
        digest = f", sha256 {outer.sha256}" if outer.sha256 else ""
        yield (("dim", "  found in   "), ("", printable_path(outer.path)), ("dim", digest))
    for finding in report.findings:
        if finding.code in {"container.not_opened", "container.opened"}:
            yield (("dim", "  contents   "), ("", clean(finding.message, URL_LIMIT)))


def facts(report: Report) -> Iterator[Line]:
    """Yield what the file is and what it holds, one a line, each with a label in its first span."""
    credentials = report.credentials
    if report.asset.size is not None:
        yield _type(report)
    if report.asset.sha256:
        yield (("dim", "  sha256     "), ("dim", report.asset.sha256))
    for name, value in report.asset.hashes:
        yield (("dim", f"  {name:<10} "), ("dim", value))
    yield from _contents(report)
    if credentials.sidecar:
        yield (("dim", "  sidecar    "), ("", printable_path(credentials.sidecar)))
    if credentials.remote_url:
        url = clean(credentials.remote_url, URL_LIMIT)
        yield (("dim", "  remote     "), ("", f"{url} (not fetched)"))
    if any(m.ai_disclosures for m in credentials.manifests):
        yield from disclosure_text.disclosure_lines(credentials.manifests)
    if any(m.soft_bindings or m.watermarks for m in credentials.manifests):
        yield from marks.declared_mark_lines(credentials.manifests)
    if report.decoded_watermarks or any(f.code.startswith(_MARKS) for f in report.findings):
        yield from decoded.decoded_mark_lines(report.decoded_watermarks, report.findings)
