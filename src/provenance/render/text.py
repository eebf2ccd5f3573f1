"""The text format: a headline one reads in a second, then the reasons, then the tree.

Pure: from a report to lines of styled spans. Whoever prints them decides on colour, width and
character set. Styles are names (`bad`, `good`, `dim`, `bold`), not escape codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import (
    Assurance,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Location,
    Origin,
    Revocation,
)
from provenance.base.text import URL_LIMIT, clean, named, printable_path
from provenance.render import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.render.words import Line, Span
    from provenance.verdict.report import IngredientInfo, ManifestInfo, Report

# Who signed a file of unknown origin is worth a word where nobody vouches for them.
_STRANGERS = frozenset({Identity.UNLISTED, Identity.INVALID, Identity.UNPROVEN})
_MAX_LINES = 60  # of each part for people; machine formats carry all
_MAX_DEPTH = 40
_MARKS = "watermark."
_FORM = frozenset({"format.empty", "format.unknown", "format.name"})
_SAID = _FORM | {"container.not_opened", "container.opened"}  # notes that have a line of their own
_SEVERITY = {"error": "bad", "warning": "warn", "note": "dim"}


def report_lines(report: Report) -> Iterator[Line]:
    """Yield the lines for one report."""
    yield (("bold", printable_path(report.asset.path)),)
    if report.error is not None or report.verdict is None:
        message = report.error.message if report.error else "no verdict"
        yield (("bad", f"  could not be examined: {clean(message, URL_LIMIT)}"),)
        return
    yield (("", "  "), *headline(report))
    yield from _facts(report)
    yield from _reasons(report)
    yield from _tree(report)
    yield from _findings(report)


def quiet_line(report: Report) -> Line:
    """Return the one line of `--quiet`: verdict, assurance, flags and breaches, path."""
    path = printable_path(report.asset.path)
    if report.error is not None or report.verdict is None:
        return (("bad", "error"), ("", f"\t{report.error.code if report.error else ''}\t-\t{path}"))
    verdict = report.verdict
    flags = ",".join(f.value for f in dict.fromkeys((*verdict.flags, *report.flagged))) or "-"
    return (
        (_style(report), verdict.origin.value),
        ("", f"\t{verdict.assurance.value}\t{flags}\t{path}"),
    )


def headline(report: Report) -> Line:
    """Return the headline: origin, who by, how far it carries, and whether it was altered."""
    verdict = report.verdict
    if verdict is None:
        return (("bad", "no verdict"),)
    said = words.ORIGIN[verdict.origin].upper() if report.flagged else words.ORIGIN[verdict.origin]
    spans: list[Span] = [(_style(report), said)]
    if verdict.generator and (name := _generator(report)):
        made = verdict.generator
        leads = words.GENERATOR.get(verdict.origin, " by")
        if not made.vendor and not made.product:  # a model is no maker
            leads = " with Stable Diffusion settings, model"
        spans.append(("", f"{leads} {name}"))
    if Flag.FROM_INPUT in verdict.flags:
        spans.append(("warn", f", {_input(report)}: a real person may stand behind it"))
    if _from_sidecar(report):
        spans.append(("", ", claimed in a sidecar"))
    revoked = Flag.REVOKED in verdict.flags
    said_below = revoked or report.axes.integrity is Integrity.BROKEN
    if verdict.origin is not Origin.UNKNOWN and not (
        verdict.assurance is Assurance.BROKEN and said_below
    ):
        spans.append(("", f" - {words.ASSURANCE[verdict.assurance]}"))
    if report.credentials.status is not CredentialStatus.ABSENT:
        integrity = report.axes.integrity
        style = "bad" if integrity is Integrity.BROKEN else ""
        state = words.STATUS[report.credentials.status]
        if report.credentials.status is CredentialStatus.PRESENT:
            state = words.INTEGRITY[integrity]
        codes = {reason.code for reason in verdict.reasons}
        if integrity is Integrity.INTACT and "link.broken" in codes:
            style, state = "bad", words.BROKEN_LINK
        spans.append((style, f"; {state}"))
        if any(s.loose and s.supports in words.AI for s in report.signals):
            spans.append(("warn", f"; {words.LOOSE}"))
        if verdict.origin is Origin.UNKNOWN and report.axes.identity in _STRANGERS:
            spans.append(("", f"; signer {words.IDENTITY[report.axes.identity]}"))
    if revoked:
        spans.append(("bad", "; signer REVOKED"))
    if Flag.CONFLICT in verdict.flags:
        spans.append(("bad", "; CONFLICT"))
    return tuple(spans)


def _input(report: Report) -> str:
    """Say what it was made from, as far as the evidence tells."""
    reasons = report.verdict.reasons if report.verdict else ()
    if any(reason.code == "input.loaded" for reason in reasons):
        sound = (report.asset.media_type or "").startswith("audio/")
        return f"made from a {'recording' if sound else 'picture'} that was given to it"
    return "from an input"


def _from_sidecar(report: Report) -> bool:
    """Tell whether the origin rests on a credential that stands beside the file."""
    verdict = report.verdict
    return (
        verdict is not None
        and verdict.origin is not Origin.UNKNOWN
        and verdict.assurance not in {Assurance.ASSERTED, Assurance.DETECTED}
        and report.credentials.location is Location.SIDECAR
    )


def _generator(report: Report) -> str:
    generator = report.generator
    if generator is None:
        return ""
    parts = [p for p in (generator.vendor, generator.product, generator.model) if p]
    name = ", ".join(dict.fromkeys(map(named, parts)))
    basis = {"signer": "", "declared": " (declared)", "marker": " (by its marker)"}
    return name + basis[generator.basis.value] if name else ""


def _style(report: Report) -> str:
    if report.verdict is None or report.flagged:
        return "bad"
    good = report.verdict.origin in {Origin.CAPTURED, Origin.DIGITAL_CREATION}
    return "good" if good else "bold"


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


def _facts(report: Report) -> Iterator[Line]:
    credentials = report.credentials
    if report.asset.size is not None:
        yield _type(report)
    yield from _contents(report)
    active = next((m for m in credentials.manifests if m.active), None)
    if active is not None:
        yield (("dim", "  signer     "), ("", _signer(active)))
    if credentials.sidecar:
        yield (("dim", "  sidecar    "), ("", printable_path(credentials.sidecar)))
    if credentials.remote_url:
        url = clean(credentials.remote_url, URL_LIMIT)
        yield (("dim", "  remote     "), ("", f"{url} (not fetched)"))
    if any(m.ai_disclosures for m in credentials.manifests):
        from provenance.render import ai_disclosure  # noqa: PLC0415 - few credentials have one

        yield from ai_disclosure.lines(credentials.manifests)
    if any(m.soft_bindings or m.watermarks for m in credentials.manifests):
        from provenance.render import marks  # noqa: PLC0415 - few credentials declare one

        yield from marks.lines(credentials.manifests)
    if report.decoded_watermarks or any(f.code.startswith(_MARKS) for f in report.findings):
        from provenance.render import decoded  # noqa: PLC0415 - only where it was asked for

        yield from decoded.lines(report.decoded_watermarks, report.findings)
    if report.asset.sha256:
        yield (("dim", "  sha256     "), ("dim", report.asset.sha256))
    for name, value in report.asset.hashes:
        yield (("dim", f"  {name:<10} "), ("dim", value))


def _signer(manifest: ManifestInfo) -> str:
    axes = manifest.axes
    return words.signed_by(
        manifest.signer, axes.identity, axes.time, axes.revocation, manifest.signing_time
    )


def _reasons(report: Report) -> Iterator[Line]:
    reasons = report.verdict.reasons if report.verdict else ()
    for reason in reasons[:_MAX_LINES]:
        style = "bad" if reason.code.startswith(("conflict", "integrity.o", "integrity.u")) else ""
        yield (("dim", "  - "), (style, clean(reason.message, URL_LIMIT)))


def _tree(report: Report) -> Iterator[Line]:
    manifests = {m.label: m for m in report.credentials.manifests}
    active = next((m for m in report.credentials.manifests if m.active), None)
    if active is None:
        return
    yield ()
    left = [_MAX_LINES]
    yield from _branch(active, None, manifests, ("  ", "  "), frozenset(), left)
    if left[0] <= 0:
        more = f"  ... {len(manifests)} manifests in all; use --format json for the rest"
        yield (("dim", more),)


def _branch(
    manifest: ManifestInfo,
    ingredient: IngredientInfo | None,
    manifests: dict[str, ManifestInfo],
    indent: tuple[str, str],
    above: frozenset[str],
    left: list[int],
) -> Iterator[Line]:
    """Yield a manifest and what is below it; `left` counts the lines that may still come."""
    left[0] -= 1
    if left[0] < 0:
        return
    first, rest = indent
    relation = f"{ingredient.relationship or 'ingredient'}: " if ingredient else ""
    yield (("dim", first + relation), *_manifest(manifest, ingredient))
    below = [i for i in manifest.ingredients if left[0] > 0]
    body = rest + ("| " if below else "  ")
    for action in manifest.actions[:8]:
        left[0] -= 1
        kind = action.source_type.rpartition("/")[2]
        agent = f"({named(action.agent)})" if action.agent else ""
        detail = " ".join(p for p in (named(kind) if kind else "", agent) if p)
        yield (("dim", f"{body}{named(action.action)} {detail}".rstrip()),)
    if len(manifest.actions) > 8:
        yield (("dim", f"{body}... {len(manifest.actions) - 8} more actions"),)
    for n, item in enumerate(below):
        last = n == len(below) - 1
        step = (rest + ("`- " if last else "|- "), rest + ("   " if last else "|  "))
        target = manifests.get(item.manifest)
        if target is not None and target.label not in above and len(above) < _MAX_DEPTH:
            yield from _branch(target, item, manifests, step, above | {manifest.label}, left)
            continue
        left[0] -= 1
        if left[0] < 0:
            return
        state = "no credential" if not item.manifest else "its manifest is not here"
        if target is not None:
            state = "shown above"
        yield (("dim", f"{step[0]}{item.relationship or 'ingredient'}: "), ("", state))


def _manifest(manifest: ManifestInfo, ingredient: IngredientInfo | None) -> Line:
    axes = manifest.axes
    spans: list[Span] = [("", _signer(manifest))]
    if ingredient is not None and ingredient.broken:
        spans.append(("bad", f"; link broken ({clean(ingredient.broken)})"))
    elif axes.integrity is Integrity.BROKEN:
        spans.append(("bad", "; broken"))
    else:
        spans.append(("", f"; {axes.integrity.value}"))
    if axes.revocation is Revocation.REVOKED:
        spans.append(("bad", " REVOKED"))
    return tuple(spans)


def _findings(report: Report) -> Iterator[Line]:
    shown = [f for f in report.findings if f.severity != "note"][:_MAX_LINES]
    if shown:
        yield ()
    for finding in shown:
        style = _SEVERITY[finding.severity]
        yield (
            (style, f"  {finding.severity.value}: "),
            ("", f"{clean(finding.code)}: {clean(finding.message, URL_LIMIT)}"),
        )
    above = sum(f.severity == "note" and f.code.startswith(_MARKS) for f in report.findings)
    above += sum(f.code in _SAID for f in report.findings)
    left = len(report.findings) - len(shown) - above
    if left:
        more = "finding" if left == 1 else "findings"
        yield (("dim", f"  {left} more {more} with --format json"),)
