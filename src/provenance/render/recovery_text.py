"""The text format of an attempt to recover a credential. Pure: from a record to styled lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import CredentialStatus, Origin
from provenance.base.text import URL_LIMIT, clean, printable_path, quotable_name
from provenance.recover.recovery_report import (
    BindingMatch,
    HardBindingMatch,
    RecoveredState,
    RecoveryOutcome,
)
from provenance.render import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.recover.recovery_report import Candidate, Recovery, RecoveryQuestion
    from provenance.recover.resolution import ResolverCall
    from provenance.render.vocabulary import Line

_MAX_LINES = 40
_OUTCOME = {
    RecoveryOutcome.RECOVERED: "a credential was RECOVERED",
    RecoveryOutcome.UNPROVEN: "claims came back that anyone may have written",
    RecoveryOutcome.MISMATCH: "nothing recovered: what the repository sent is another asset's",
    RecoveryOutcome.NOT_FOUND: "nothing recovered: the repository knows none of it",
    RecoveryOutcome.NO_BINDING: (
        "nothing to ask with: no soft binding was declared, decoded or given"
    ),
    RecoveryOutcome.FAILED: "nothing recovered: the repository gave no answer that can be used",
}
_STATE = {
    RecoveredState.RECOVERED: "recovered",
    RecoveredState.UNPROVEN: "unproven",
    RecoveredState.OTHER_BINDING: "refused",
    RecoveredState.UNREADABLE: "unreadable",
    RecoveredState.NOT_FETCHED: "not fetched",
}
_HARD = {
    HardBindingMatch.MISMATCH: "the hard binding does not match: it was signed for other bytes, as"
    " is to be expected of the original of a copy",
    HardBindingMatch.MATCHES: "the hard binding matches these very bytes: verify the file with it"
    " as --sidecar",
    HardBindingMatch.NOT_CHECKED: "the hard binding could not be checked",
}
_TIED = {
    "decoded": "tied to this content by the soft binding {}, which was decoded from it",
    "declared": "it declares the soft binding {}, as the file's own credential does; nobody looked"
    " for it in the content",
    "given": "it declares the soft binding {} that you gave; nobody looked for it in the content",
}
_CLAIMED = "only the repository says that it belongs to this content"
_BASIS = {
    "declared": "declared by the file, not checked",
    "decoded": "decoded from the content",
    "given": "given by you, not checked",
}
_CAUTION = "A mark can be copied to another picture: this says what the original was, as signed."


def recovery_lines(recovery: Recovery) -> Iterator[Line]:
    """Yield the lines for one attempt."""
    yield (("bold", printable_path(recovery.asset.path)),)
    if recovery.error is not None:
        message = clean(recovery.error.message, URL_LIMIT)
        yield (("bad", f"  could not be examined: {message}"),)
        return
    yield (("", "  "), *_headline(recovery))
    yield (("dim", "  repository "), ("", clean(recovery.repository, URL_LIMIT)))
    if recovery.credentials is CredentialStatus.PRESENT:
        yield (("dim", "  - "), ("", "The file has a credential of its own: see verify."))
    for question in recovery.questions:
        yield (("dim", "  asked      "), ("", _question(question)))
    if recovery.left_out:
        yield (("warn", f"  {recovery.left_out} further soft bindings were not asked about"),)
    for candidate in recovery.candidates:
        yield from _candidate(candidate)
    if recovery.recovered is not None:
        yield (("dim", "  - "), ("", _CAUTION))
    yield from _requests(recovery.requests)


def _headline(recovery: Recovery) -> Line:
    said = _OUTCOME[recovery.outcome]
    best = recovery.recovered
    if best is None:
        style = "bad" if recovery.outcome is RecoveryOutcome.FAILED else ""
        return ((style or "bold", said),)
    what = "which says nothing of AI"
    style = "bold"
    if best.origin is not Origin.UNKNOWN:
        what = f"which says: {vocabulary.ORIGIN[best.origin].upper()}"
        style = "bad"
    generator = best.generator
    parts = (
        [p for p in (generator.vendor, generator.product, generator.model) if p]
        if generator
        else []
    )
    by = f" by {', '.join(dict.fromkeys(map(quotable_name, parts)))}" if parts else ""
    other = "" if best.hard_binding is HardBindingMatch.MATCHES else "; not intact: of other bytes"
    return (("bold", f"{said}, "), (style, what + by), ("", other))


def _question(question: RecoveryQuestion) -> str:
    count = f"{question.matches} match" + ("" if question.matches == 1 else "es")
    answer = clean(question.reason, URL_LIMIT) or count
    if question.basis == "upload":
        return f"with the content itself, {question.size} bytes handed over: {answer}"
    owner = f" ({question.owner})" if question.owner else " (not on the list of algorithms)"
    value = clean(question.value, 60)
    named = f"{clean(question.algorithm)}{owner} {value}"
    return f"{named}, {_BASIS[question.basis]}: {answer}"


def _candidate(candidate: Candidate) -> Iterator[Line]:
    yield ()
    style = {RecoveredState.RECOVERED: "good", RecoveredState.UNPROVEN: "bad"}.get(
        candidate.state, "warn"
    )
    name = clean(candidate.manifest) or "(no identifier)"
    score = "" if candidate.similarity is None else f", similarity {candidate.similarity} of 100"
    yield (("", "  "), (style, _STATE[candidate.state]), ("", f" {name}{score}"))
    if candidate.reason:
        yield (("dim", "    - "), ("", clean(candidate.reason, URL_LIMIT)))
    if candidate.state not in {RecoveredState.RECOVERED, RecoveredState.UNPROVEN}:
        return
    if candidate.active != candidate.manifest:
        yield (
            ("dim", "    - "),
            ("warn", f"what came bears another name, {clean(candidate.active)}"),
        )
    signer = vocabulary.signed_by(
        candidate.signer,
        candidate.identity,
        candidate.time,
        candidate.revocation,
        candidate.signing_time,
    )
    yield (("dim", "    signer   "), ("", signer))
    tied = _CLAIMED
    if candidate.binding is BindingMatch.MATCHES:
        tied = _TIED[candidate.basis].format(clean(candidate.algorithm))
    yield (("dim", "    - "), ("", tied))
    yield (("dim", "    - "), ("", _HARD[candidate.hard_binding]))
    for claim in candidate.claims[:_MAX_LINES]:
        yield (("dim", "    - it says: "), ("", clean(claim, URL_LIMIT)))


def _requests(asked: tuple[ResolverCall, ...]) -> Iterator[Line]:
    if not asked:
        return
    yield ()
    yield (("dim", "  requests"),)
    for call in asked[:_MAX_LINES]:
        status = call.status if call.status is not None else "no answer"
        error = f", {clean(call.error)}" if call.error else f", {call.size} bytes"
        yield (("dim", f"    {call.method} {clean(call.url, URL_LIMIT)}: {status}{error}"),)
        for url in call.redirects:
            yield (("dim", f"      redirected to {clean(url, URL_LIMIT)}"),)
    if len(asked) > _MAX_LINES:
        yield (("dim", f"    and {len(asked) - _MAX_LINES} more with --format json"),)
