"""The functions: each takes the name of a media file and gives one answer about it.

A name that leads out of the root, or a file that could not be examined, is `not_examined`, has the
flag `not_examined`, and is no evidence in either direction. The rule decides what to do about it.
"""

from __future__ import annotations

from osprey.engine.executor.execution_context import ExecutionContext
from osprey.engine.udf.arguments import ArgumentsBase
from osprey.engine.udf.base import UDFBase

from provenance_osprey.files import report_on

NOT_EXAMINED = "not_examined"
_CATEGORY = "Provenance"


class MediaArguments(ArgumentsBase):
    name: str
    """The media file, as a path below the root of this worker."""


class ProvenanceOrigin(UDFBase[MediaArguments, str]):
    """What the evidence in a media file says of its origin: ai_generated, ai_modified, ai_possible,
    captured, digital_creation, unknown, or not_examined. unknown never means that a camera took it.
    """

    category = _CATEGORY
    execute_async = True

    def execute(self, execution_context: ExecutionContext, arguments: MediaArguments) -> str:
        report = report_on(arguments.name)
        verdict = report.verdict if report else None
        return verdict.origin.value if verdict else NOT_EXAMINED


class ProvenanceAssurance(UDFBase[MediaArguments, str]):
    """How far the origin carries: verified, verified_legacy, verified_private, signed, detected,
    asserted, broken, none, or not_examined.
    """

    category = _CATEGORY
    execute_async = True

    def execute(self, execution_context: ExecutionContext, arguments: MediaArguments) -> str:
        report = report_on(arguments.name)
        verdict = report.verdict if report else None
        return verdict.assurance.value if verdict else NOT_EXAMINED


class ProvenanceFlags(UDFBase[MediaArguments, list[str]]):
    """The flags of a media file: ai, broken, revoked, conflict, unreadable, remote_only,
    partial_coverage, from_input, not_examined.
    """

    category = _CATEGORY
    execute_async = True

    def execute(self, execution_context: ExecutionContext, arguments: MediaArguments) -> list[str]:
        report = report_on(arguments.name)
        verdict = report.verdict if report else None
        return [flag.value for flag in verdict.flags] if verdict else [NOT_EXAMINED]


class ProvenanceIsAi(UDFBase[MediaArguments, bool]):
    """Whether the evidence says that generative AI made or changed a media file, and nothing
    contradicts it. False never means that it was not: most generated media carries no evidence.
    """

    category = _CATEGORY
    execute_async = True

    def execute(self, execution_context: ExecutionContext, arguments: MediaArguments) -> bool:
        report = report_on(arguments.name)
        flags = (
            {flag.value for flag in report.verdict.flags} if report and report.verdict else set()
        )
        return "ai" in flags and "conflict" not in flags


UDFS = (ProvenanceOrigin, ProvenanceAssurance, ProvenanceFlags, ProvenanceIsAi)
