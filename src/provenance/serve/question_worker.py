"""The confined process of a service: one question at a time, with the open files that it is about.

What it answers is the body of the answer to the caller as it is, after a few facts for counters.
"""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from provenance.auditing.audit_worker import bound_process, cpu_seconds
from provenance.auditing.examine import crl_digests
from provenance.base.errors import AssetError, ProvenanceError
from provenance.base.options import CrossCheck
from provenance.credentials import sdk
from provenance.media.asset import Asset
from provenance.sandbox import confine, frames, limits
from provenance.serve import answers
from provenance.serve.question import Question, QuestionKind
from provenance.verdict import comparison, contents, preservation
from provenance.verdict.report import AssetInfo, Report, incomplete
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from provenance.sandbox.serving import ServiceLine
    from provenance.serve.answers import Body
    from provenance.serve.service_settings import ServiceTask
    from provenance.verdict.report import ErrorInfo

SERVICE = "provenance.serve.question_worker:main"
MAX_SETUP = 64 << 20  # bytes
MAX_QUESTION = 1 << 20
MAX_ANSWER = 64 << 20
MAX_FACT = 64  # bytes of what is said of one file for counters
NUMBER = "number"  # of a question, by which its answer is known
OUT_OF_MEMORY = "out_of_memory"  # instead of an answer; the worker ends
_KEPT = 16  # verifiers, each with the chains that it has verified


def main(line: ServiceLine) -> None:
    """Serve until the line is closed."""
    setup = line.receive(MAX_SETUP)
    if setup is None:
        return
    # From the service that started us: the one direction in which a pickle is taken.
    task: ServiceTask = pickle.loads(setup)  # noqa: S301 - see above
    measures = confine.close_off(open_files=task.limits.open_files, network=False)
    try:
        desk = _Desk(task)
    except ProvenanceError as e:
        line.send(frames.packed({"failed": str(e)}))
        return
    measures += bound_process(task.limits)
    line.send(frames.packed({"ready": [[m.name, m.on, m.says] for m in measures]}))
    while (asked := line.receive(MAX_QUESTION)) is not None:
        values = frames.unpacked(asked)
        number = values.pop(NUMBER)
        question = Question.from_json(values)
        limits.allow_cpu(cpu_seconds(task.limits, question.size))
        try:
            body = desk.answer(question, _assets(line, question, task))
        except MemoryError:
            line.send(frames.packed({OUT_OF_MEMORY: True}))
            return
        line.send(frames.packed([number, body.facts]), body.content)


def _assets(line: ServiceLine, question: Question, task: ServiceTask) -> list[Asset | AssetError]:
    """Take the files that a question is about."""
    assets: list[Asset | AssetError] = []
    most = task.options.max_size
    for file in question.files:
        try:
            if file.path:
                asset = Asset.open(file.path, max_size=most)
                if asset.identity != file.identity:
                    asset.close()
                    raise AssetError("asset.changed", "the file was exchanged meanwhile: try again")
            elif line.takes_files:
                asset = Asset.of_descriptor(line.receive_file(), file.name, max_size=most)
            else:
                data = line.receive(file.size)
                asset = Asset.from_bytes(data or b"", file.name, max_size=most)
        except AssetError as e:
            assets.append(e)
        else:
            assets.append(asset)
    return assets


class _Desk:
    """Answers questions."""

    def __init__(self, task: ServiceTask) -> None:
        """Raises ProvenanceError where what answers rest on is not what the service began with."""
        if crl_digests(task.options.crls) != task.crl_digests:
            raise ProvenanceError("a revocation list changed since the service began")
        first = next(iter(task.policies.values()))
        lists = Verifier(first, task.trust, None, task.options).prepare().trust_lists
        if lists != task.trust_lists:
            raise ProvenanceError("the trust lists changed since the service began")
        sdk.load_sdk()  # a credential is met sooner or later, and this process is confined by then
        self._task = task
        self._verifier = lru_cache(maxsize=_KEPT)(self._make_verifier)

    def answer(self, question: Question, assets: list[Asset | AssetError]) -> Body:
        """Answer a question about these files. Raises MemoryError."""
        verifier = self._verifier(
            question.at,
            question.policy,
            question.cross_check,
            question.personal_data,
            question.archives,
        )
        if question.kind is QuestionKind.COMPARE:
            return self._compared(question, verifier, assets)
        (asset,), (file,) = assets, question.files
        if isinstance(asset, AssetError):
            reports = [verifier.refuse(file.name, asset)]
        elif question.kind is QuestionKind.GLANCE:
            assert question.error is not None  # noqa: S101 - such a question has it
            with asset:
                reports = [_glanced(verifier, asset, question.error)]
        else:
            with asset:
                reports = list(_verified(verifier, asset))
        if file.path:
            reports = [_renamed(report, file.path, file.name) for report in reports]
        return answers.verified(reports, question)

    def _compared(
        self, question: Question, verifier: Verifier, assets: list[Asset | AssetError]
    ) -> Body:
        samples = []
        for file, asset in zip(question.files, assets, strict=True):
            if isinstance(asset, AssetError):
                samples.append(comparison.ExaminedFile(verifier.refuse(file.name, asset)))
                continue
            with asset:
                samples.append(comparison.examine_asset(verifier, asset))
        texts = [text for text in preservation.TEXTS if text.name in question.rules]
        return answers.compared(comparison.compare(*samples), texts)

    def _make_verifier(
        self, at: datetime, policy: str, cross_check: str, personal_data: bool, archives: bool
    ) -> Verifier:
        options = replace(
            self._task.options,
            cross_check=CrossCheck(cross_check),
            show_personal_data=personal_data,
            archives=self._task.archives if archives else None,
        )
        return Verifier(self._task.policies[policy], self._task.trust, at, options, helper=None)


def _verified(verifier: Verifier, asset: Asset) -> Iterator[Report]:
    try:
        for report in contents.reports(verifier, asset):
            if report.error is not None and report.error.code == "internal.memory":
                raise MemoryError
            yield report
    except AssetError as e:
        if e.code == "internal.memory":
            raise MemoryError from e
        yield verifier.refuse(asset.path, e)


def _glanced(verifier: Verifier, asset: Asset, error: ErrorInfo) -> Report:
    """Report on what can be seen of a file that brought a worker down; else on how that was."""
    try:
        seen = verifier.glance_at(asset)
    except AssetError:
        seen = None
    info = AssetInfo(asset.path, asset.size)
    if seen is None or seen.verdict is None:
        return Report(info, verifier.environment, error=error)
    return incomplete(seen, info, error)


def _renamed(report: Report, path: str, shown: str) -> Report:
    """Say of a file below a configured folder the name under which the caller knows it."""
    folder, below = os.path.dirname(path), os.path.dirname(shown)

    def name(value: str | None) -> str | None:
        if value is None or not value.startswith((path, folder + os.sep)):
            return value
        return (
            shown + value[len(path) :] if value.startswith(path) else below + value[len(folder) :]
        )

    asset = report.asset
    outer = asset.outer and replace(asset.outer, path=name(asset.outer.path) or "")
    return replace(
        report,
        asset=replace(asset, path=name(asset.path) or "", outer=outer),
        credentials=replace(report.credentials, sidecar=name(report.credentials.sidecar)),
        findings=tuple(
            replace(finding, where=name(finding.where) or "")
            if finding.where.startswith("/")
            else finding
            for finding in report.findings
        ),
    )
