"""The id of a job on a host of generators."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors._index import Index, Indexed, trimmed, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.base.finding import Finding

_KEY = "hf-job-id"
_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{24,32}")


class HostedJob(Indexed):
    """PNG `hf-job-id` with the id of a job.

    remove-ai-watermarks, `metadata.huggingface_job`, attributes it to jobs on Hugging Face; other
    public notes find it in files by Higgsfield. It marks the host, not a model, so it names no
    vendor, and a job may do other things than generate.
    """

    name = "hosted.job"
    source = "remove-ai-watermarks, metadata.huggingface_job (2026)"
    wants = wanted(Source.TEXT, _KEY)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each id."""
        for field in index.get(Source.TEXT, _KEY):
            if _ID.fullmatch(trimmed(field.value)):
                says = "id of a job on a host of generators (hf-job-id)"
                yield Marker(Origin.AI_POSSIBLE, says, field)
