"""Signed files in process: our verifier, digest included, against the SDK with both lists."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from bench import encypher, files, sdk
from bench.measure import REPORTED, Result, at_least, at_most, compare, missing, pairs
from provenance import CrossCheck, Options
from provenance.signing.cache import ChainCache
from provenance.verdict import credential_evidence
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_SDK = "c2pa.Reader + .json(), both lists"
_MANY = 10  # manifests from which on a file tells something of repeated work


def verify_all(paths: Iterable[Path], verifier: Verifier | None = None) -> None:
    """Verify as one run does: one verifier, and what the process knows of chains."""
    verifier = verifier or Verifier()
    for path in paths:
        verifier.verify(path)


def _verify_with(paths: Iterable[Path], options: Options) -> None:
    verify_all(paths, Verifier(options=options))


def verify_cold(paths: Iterable[Path]) -> None:
    """Verify as a new process does, all modules loaded: no chain, link or token was met before."""
    kept, credential_evidence.chain_cache = credential_evidence.chain_cache, ChainCache
    try:
        verify_all(paths)
    finally:
        credential_evidence.chain_cache = kept


def run(rounds: int = 7) -> Iterator[Result]:
    """Measure the corpus, then the file with most manifests."""
    paths = files.signed()
    context = sdk.context(sdk.official_lists())
    times = pairs(lambda: verify_all(paths), lambda: sdk.read_all(paths, context), rounds)
    name = f"signed, digest included ({len(paths)} files of {files.folder().name})"
    yield compare(name, _SDK, at_least(5.0), times, unit=len(paths))
    for mode in (CrossCheck.NEVER, CrossCheck.ALWAYS):
        options = Options(cross_check=mode)
        ours = functools.partial(_verify_with, paths, options)
        times = pairs(ours, lambda: sdk.read_all(paths, context), rounds)
        yield compare(f"the same, --cross-check {mode}", _SDK, REPORTED, times, unit=len(paths))

    times = pairs(lambda: verify_cold(paths), lambda: sdk.read_all(paths, context), rounds)
    yield compare("the same, no chain met before", _SDK, REPORTED, times, unit=len(paths))

    plain = sdk.context()
    times = pairs(lambda: verify_all(paths), lambda: sdk.read_all(paths, plain), rounds)
    yield compare("the same", "c2pa.Reader + .json(), no anchors", REPORTED, times, unit=len(paths))

    yield encypher.against("the same", lambda: verify_all(paths), paths, at_least(2.0), rounds)

    most = max(paths, key=files.reachable_manifests)
    count = files.reachable_manifests(most)
    name = f"{count} manifests ({most.name})"
    if count < _MANY:
        yield missing(name, _SDK, at_most(0.06), "no file with many manifests is there")
        return
    times = pairs(lambda: verify_cold((most,)), lambda: sdk.read(most, context), rounds)
    yield compare(name, _SDK, at_most(0.06), times)
