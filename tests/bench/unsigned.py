"""Files without a credential, in process and without a digest: most files of any audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import encypher, files, sdk
from bench.measure import Result, at_least, compare, pairs
from provenance.base.options import Options
from provenance.media import metadata
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.signals.detectors import convert, detector_registry
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPEAT = 20  # one pass takes milliseconds


def run(rounds: int = 11) -> Iterator[Result]:
    """Measure the scan, the scan with detectors, and the whole verifier."""
    paths = files.unsigned() * _REPEAT
    context = sdk.context()
    loaded = detector_registry.load_detectors()
    verifier = Verifier(options=Options(digest=False))

    def scans() -> None:
        for path in paths:
            with Asset.open(path) as asset:
                scan_container(asset)

    def detects() -> None:
        for path in paths:
            with Asset.open(path) as asset:
                found, _ = detector_registry.detect(
                    metadata.read_metadata(asset, scan_container(asset)), loaded
                )
                tuple(convert.marker_signals(found))

    def verifies() -> None:
        for path in paths:
            verifier.verify(path)

    for name, work, budget in (
        (f"scan ({len(files.unsigned())} unsigned files)", scans, at_least(5.0)),
        ("scan and every detector", detects, at_least(1.0)),
        ("Verifier.verify, digest=False", verifies, at_least(1.0)),
    ):
        times = pairs(work, lambda: sdk.read_all(paths, context), rounds)
        yield compare(name, "c2pa.Reader", budget, times, unit=len(paths))
    # 0.75 of its time: it has no detectors, and takes no digest either
    name = "Verifier.verify, digest=False"
    yield encypher.against(name, verifies, paths, at_least(1 / 0.75), rounds)
