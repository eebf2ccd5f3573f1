"""Every sample of the kit, in the order in which they are made."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from provenance.kit.samples import (
    assertion,
    binding,
    chain,
    claim,
    coverage,
    forgery,
    good,
    good_chain,
    good_origin,
    good_time,
    hostile,
    reference,
    signature,
    structure,
    time,
)

if TYPE_CHECKING:
    from provenance.kit.sample import Sample

SAMPLES: tuple[Sample, ...] = (
    *good.SAMPLES,
    *good_time.SAMPLES,
    *good_origin.SAMPLES,
    *good_chain.SAMPLES,
    *binding.SAMPLES,
    *coverage.SAMPLES,
    *claim.SAMPLES,
    *assertion.SAMPLES,
    *signature.SAMPLES,
    *chain.SAMPLES,
    *time.SAMPLES,
    *structure.SAMPLES,
    *reference.SAMPLES,
    *hostile.SAMPLES,
    *forgery.SAMPLES,
)


def select(pattern: str | None) -> tuple[Sample, ...]:
    """Return the samples whose path, class or name a shell pattern fits; all without a pattern."""
    if pattern is None:
        return SAMPLES
    return tuple(
        one
        for one in SAMPLES
        if any(fnmatchcase(text, pattern) for text in (one.file, one.group.value, one.name))
    )
