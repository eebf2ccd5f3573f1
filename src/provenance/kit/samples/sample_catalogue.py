"""Every sample of the kit, in the order in which they are made."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provenance.kit.sample import Sample

# This is where samples are registered: modules of `samples`, each of which ends in a tuple SAMPLES.
MODULES: tuple[str, ...] = (
    "good_samples",
    "good_time_samples",
    "good_origin_samples",
    "good_chain_samples",
    "binding_samples",
    "coverage_samples",
    "claim_samples",
    "assertion_samples",
    "signature_samples",
    "chain_samples",
    "time_samples",
    "structure_samples",
    "reference_samples",
    "hostile_samples",
    "forgery_samples",
    "parts_samples",
    "uris_samples",
    "parents_samples",
    "hidden_samples",
    "written_samples",
    "opened_samples",
    "presentation_samples",
    "each_format_samples",
)
SAMPLES: tuple[Sample, ...] = tuple(
    one for name in MODULES for one in import_module(f"{__package__}.{name}").SAMPLES
)


def select(pattern: str | None) -> tuple[Sample, ...]:
    """Return the samples whose path, class or name a shell pattern fits; all without a pattern."""
    if pattern is None:
        return SAMPLES
    return tuple(
        sample
        for sample in SAMPLES
        if any(
            fnmatchcase(text, pattern) for text in (sample.file, sample.group.value, sample.name)
        )
    )
