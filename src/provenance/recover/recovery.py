"""Recovering a credential that a file has lost, by its soft bindings.

1. The file is verified as it stands; what it declares becomes questions, beside what was decoded
   or given.
2. The repository is asked, and the manifest stores that it names are fetched.
3. A store must declare the soft binding that was asked about: else it is another asset's.
4. It is checked against the file by our own verifier, whatever the repository says of it.

What comes back is never called intact: a mark can be copied to another picture, and a repository
can answer what it likes. Who signed, and whether the claim signature verifies, is known as ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError
from provenance.base.terms import RANK, Identity, Integrity, Origin
from provenance.base.values import dataclass
from provenance.credentials import store as stores
from provenance.credentials.locate import StoreBytes, find_credential
from provenance.marks import checking, declared, iscc_seq
from provenance.marks.algorithm_list import listed_algorithm
from provenance.marks.soft_binding import SoftBinding, SoftBindingKind
from provenance.media import container
from provenance.media.asset import Asset
from provenance.recover.recovery_report import (
    BindingMatch,
    Candidate,
    HardBindingMatch,
    RecoveredState,
    Recovery,
    RecoveryOutcome,
    RecoveryQuestion,
)
from provenance.recover.resolution import (
    MAX_UPLOAD,
    BindingBasis,
    ManifestMatch,
    Query,
    ResolutionError,
    Resolver,
    Upload,
)
from provenance.signals.signal import Basis as NameBasis
from provenance.verdict import shown_marks
from provenance.verdict.report import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.marks.decoder import WatermarkResult
    from provenance.signals.signal import GeneratorClaim, Signal
    from provenance.verdict.report import Report
    from provenance.verdict.verifier import Verifier

MAX_QUESTIONS = 16
MAX_CLAIMS = 20
_UPLOAD = "upload"  # stands for a basis where content was handed over
_AI = (Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE)


@dataclass(frozen=True, slots=True)
class RecoveryRequest:
    """What to ask with beside what the file declares and its decoders read, and how far to go.

    `queries` are soft bindings that the user gave. `upload` hands the content over, with
    `algorithm` as the one to look for. `limit` bounds the manifests that are fetched.
    """

    queries: tuple[Query, ...] = ()
    upload: bool = False
    algorithm: str = ""
    limit: int = 5


@dataclass(frozen=True, slots=True)
class _AnsweredMatch:
    """A match, and the question that it answers; None for an upload."""

    match: ManifestMatch
    query: Query | None


def queries_of(results: Sequence[WatermarkResult]) -> tuple[Query, ...]:
    """Return the soft bindings that decoders read, in the form in which they are asked about."""
    queries = []
    for result in results:
        value = checking.binding_value(result)
        if value is not None:
            is_text = result.algorithm != iscc_seq.ALGORITHM
            query = Query(result.algorithm, value, is_text, BindingBasis.DECODED, result.decoder)
            queries.append(query)
    return tuple(queries)


def recover(path: str, resolver: Resolver, verifier: Verifier, wanted: RecoveryRequest) -> Recovery:
    """Look for the credential of one file. What fails on the way is in the result.

    Where the verifier reads pixels or sound, what its decoders read is asked about first.
    Raises only what `Verifier.verify` raises.
    """
    standing = verifier.verify(path)
    if standing.error is not None:
        return Recovery(
            standing.asset, standing.environment, resolver.address, error=standing.error
        )
    try:
        with Asset.open(path, max_size=verifier.options.max_size) as asset:
            own, content = _queries_of_file(asset, standing, upload=wanted.upload)
    except AssetError as e:
        fault = ErrorInfo(e.code, str(e))
        return Recovery(standing.asset, standing.environment, resolver.address, error=fault)
    order = {basis: n for n, basis in enumerate(BindingBasis)}
    decoded = queries_of(standing.decoded_watermarks)
    queries = sorted((*wanted.queries, *decoded, *own), key=lambda q: order[q.basis])
    unique: dict[tuple[str, bytes], Query] = {}
    for query in queries:
        unique.setdefault((query.algorithm, query.value), query)
    answers, questions = _ask(resolver, list(unique.values())[:MAX_QUESTIONS], wanted.limit)
    if content is not None:
        handed = replace(content, algorithm=wanted.algorithm)
        more, question = _hand_over(resolver, handed, wanted.limit)
        answers += more
        questions.append(question)
    best: dict[tuple[str, str], _AnsweredMatch] = {}
    for answer in answers:
        best.setdefault((answer.match.manifest, answer.match.endpoint + answer.match.fault), answer)
    usable = [answer for answer in best.values() if not answer.match.fault]
    chosen = sorted(usable, key=lambda answer: -(answer.match.similarity or 0))[: wanted.limit]
    chosen += [answer for answer in best.values() if answer.match.fault][: wanted.limit]
    # The digest and what is hidden in the content are known by now
    again = replace(verifier, options=replace(verifier.options, digest=False), pixels=None)
    candidates = [_candidate(path, resolver, again, answer) for answer in chosen]
    candidates.sort(key=lambda candidate: list(RecoveredState).index(candidate.state))
    return Recovery(
        standing.asset,
        standing.environment,
        resolver.address,
        outcome=_outcome(questions, candidates),
        credentials=standing.credentials.status,
        questions=tuple(questions),
        left_out=max(0, len(unique) - MAX_QUESTIONS),
        candidates=tuple(candidates),
        requests=resolver.asked,
    )


def _queries_of_file(
    asset: Asset, standing: Report, *, upload: bool
) -> tuple[tuple[Query, ...], Upload | None]:
    """Return the soft bindings of the file's own credential, and its content where it is sent.

    Raises AssetError, also for content that is too large to be sent.
    """
    store = find_credential(asset, container.scan_container(asset)).store
    own = declared.read_for_asset(store) if store is not None else ()
    queries = tuple(
        Query(binding.algorithm, block.value, block.is_text, BindingBasis.DECLARED, binding.label)
        for binding in own
        for block in binding.blocks
    )
    if not upload:
        return queries, None
    if asset.size > MAX_UPLOAD:
        message = f"{asset.size} bytes, over the limit of {MAX_UPLOAD} for --upload"
        raise AssetError("asset.too_large", message)
    media_type = standing.asset.media_type or "application/octet-stream"
    return queries, Upload(asset.read(0, asset.size), media_type)


def _ask(
    resolver: Resolver, queries: Sequence[Query], limit: int
) -> tuple[list[_AnsweredMatch], list[RecoveryQuestion]]:
    answers: list[_AnsweredMatch] = []
    questions: list[RecoveryQuestion] = []
    for query in queries:
        reason = ""
        matches: tuple[ManifestMatch, ...] = ()
        try:
            matches = resolver.by_binding(query, limit)
        except ResolutionError as e:
            reason = str(e)
        answers += [_AnsweredMatch(match, query) for match in matches]
        questions.append(_question(query, _usable(matches), reason))
    return answers, questions


def _hand_over(
    resolver: Resolver, upload: Upload, limit: int
) -> tuple[list[_AnsweredMatch], RecoveryQuestion]:
    reason = ""
    matches: tuple[ManifestMatch, ...] = ()
    try:
        matches = resolver.by_content(upload, limit)
    except ResolutionError as e:
        reason = str(e)
    entry = listed_algorithm(upload.algorithm)
    question = RecoveryQuestion(
        algorithm=upload.algorithm,
        kind=entry.kind if entry else SoftBindingKind.UNKNOWN,
        owner=entry.owner if entry else "",
        basis=_UPLOAD,
        value="",
        encoding=shown_marks.TEXT,
        size=len(upload.data),
        where="",
        matches=_usable(matches),
        reason=reason,
    )
    return [_AnsweredMatch(match, None) for match in matches], question


def _usable(matches: Sequence[ManifestMatch]) -> int:
    return sum(not match.fault for match in matches)


def _question(query: Query, matches: int, reason: str) -> RecoveryQuestion:
    entry = listed_algorithm(query.algorithm)
    value, encoding = shown_marks.printed(query.value, query.algorithm, is_text=query.is_text)
    return RecoveryQuestion(
        algorithm=query.algorithm,
        kind=entry.kind if entry else SoftBindingKind.UNKNOWN,
        owner=entry.owner if entry else "",
        basis=query.basis.value,
        value=value,
        encoding=encoding,
        size=len(query.value),
        where=query.where,
        matches=matches,
        reason=reason,
    )


def _candidate(
    path: str, resolver: Resolver, verifier: Verifier, answer: _AnsweredMatch
) -> Candidate:
    match = answer.match
    blank = Candidate(
        state=RecoveredState.NOT_FETCHED,
        manifest=match.manifest,
        endpoint=match.endpoint,
        similarity=match.similarity,
        algorithm=answer.query.algorithm if answer.query else "",
        basis=answer.query.basis.value if answer.query else _UPLOAD,
    )
    if match.fault:
        return replace(blank, reason=match.fault)
    try:
        data = resolver.store(match)
    except ResolutionError as e:
        return replace(blank, reason=str(e))
    if data is None:
        return replace(blank, reason="the repository names it and does not have it")
    blank = replace(blank, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    try:
        parsed = stores.parse_store(data)
    except stores.StoreError as e:
        return replace(blank, state=RecoveredState.UNREADABLE, reason=f"it cannot be read: {e}")
    binding = _compare(answer.query, declared.read_for_asset(parsed))
    blank = replace(blank, active=parsed.active, binding=binding, data=data)
    if binding is BindingMatch.DIFFERS:
        reason = "it does not declare the soft binding that was asked about: another asset's"
        return replace(blank, state=RecoveredState.OTHER_BINDING, reason=reason)
    report = verifier.verify(path, sidecar=StoreBytes(data, resolver.address))
    return _with_verdict(blank, report)


def _compare(query: Query | None, bindings: Sequence[SoftBinding]) -> BindingMatch:
    """Hold what a store declares against what was asked.

    A fingerprint of a changed copy is similar, not equal. How similar is the repository's word,
    but for ISCCs, which are compared here.
    """
    if query is None:
        return BindingMatch.CLAIMED if bindings else BindingMatch.DIFFERS
    same = [binding for binding in bindings if binding.algorithm == query.algorithm]
    if any(block.value == query.value for binding in same for block in binding.blocks):
        return BindingMatch.MATCHES
    if query.algorithm == iscc_seq.ALGORITHM:
        asked = iscc_seq.units(query.value)
        held = [iscc_seq.units(block.value) for binding in same for block in binding.blocks]
        similarities = [
            alike for units in held if (alike := iscc_seq.similarity(asked, units)) is not None
        ]
        if similarities:
            return (
                BindingMatch.MATCHES
                if max(similarities) >= iscc_seq.CLOSE
                else BindingMatch.DIFFERS
            )
    fingerprint = any(binding.kind is SoftBindingKind.FINGERPRINT for binding in same)
    return BindingMatch.CLAIMED if fingerprint else BindingMatch.DIFFERS


def _with_verdict(candidate: Candidate, report: Report) -> Candidate:
    """Add what the verifier says of a store that was checked against the file."""
    verdict = report.verdict
    active = next((m for m in report.credentials.manifests if m.active), None)
    if verdict is None or active is None:
        reason = report.error.message if report.error else "it cannot be verified"
        return replace(candidate, state=RecoveredState.UNREADABLE, reason=reason)
    codes = {reason.code for reason in verdict.reasons}
    proven = report.axes.identity is not Identity.UNPROVEN and "integrity.unproven" not in codes
    reason = ""
    if not proven:
        said = [r.message for r in verdict.reasons if r.code == "integrity.unproven"]
        reason = said[0] if said else "its claim signature does not verify"
    signals = [s for s in report.signals if s.path]
    origin, generator = _claimed(signals)
    return replace(
        candidate,
        state=RecoveredState.RECOVERED if proven else RecoveredState.UNPROVEN,
        reason=reason,
        hard_binding=_hard_binding(report.axes.integrity, codes),
        signer=active.signer,
        identity=report.axes.identity,
        time=report.axes.time,
        revocation=report.axes.revocation,
        signing_time=active.signing_time,
        generators=active.generators,
        origin=origin,
        generator=generator,
        claims=tuple(dict.fromkeys(s.says for s in signals))[:MAX_CLAIMS],
    )


def _hard_binding(integrity: Integrity, codes: set[str]) -> HardBindingMatch:
    if "integrity.other_bytes" in codes:
        return HardBindingMatch.MISMATCH
    if integrity in {Integrity.INTACT, Integrity.PARTIAL}:
        return HardBindingMatch.MATCHES
    return HardBindingMatch.NOT_CHECKED


def _claimed(signals: Sequence[Signal]) -> tuple[Origin, GeneratorClaim | None]:
    """Return the strongest AI origin that the credential speaks of, and who it says made it.

    A capture is not passed on: it would be a claim about other bytes.
    """
    for origin in _AI:
        held = [s for s in signals if s.supports is origin]
        if held:
            first = min(held, key=lambda s: RANK[s.assurance])
            named = [s.generator for s in (first, *held) if s.generator is not None]
            good = [g for g in named if g.basis is not NameBasis.MARKER]
            return origin, good[0] if good else None
    return Origin.UNKNOWN, None


def _outcome(
    questions: Sequence[RecoveryQuestion], candidates: Sequence[Candidate]
) -> RecoveryOutcome:
    for state, outcome in (
        (RecoveredState.RECOVERED, RecoveryOutcome.RECOVERED),
        (RecoveredState.UNPROVEN, RecoveryOutcome.UNPROVEN),
    ):
        if any(candidate.state is state for candidate in candidates):
            return outcome
    if not questions:
        return RecoveryOutcome.NO_BINDING
    if any(
        candidate.state in {RecoveredState.UNREADABLE, RecoveredState.NOT_FETCHED}
        for candidate in candidates
    ):
        return RecoveryOutcome.FAILED
    if candidates:
        return RecoveryOutcome.MISMATCH
    return (
        RecoveryOutcome.FAILED
        if all(question.reason for question in questions)
        else RecoveryOutcome.NOT_FOUND
    )
