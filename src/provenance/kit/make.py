"""Makes a kit on disk: samples, anchors, and what must be said of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from provenance.base.errors import reason_of
from provenance.kit import record
from provenance.kit.certificates import pem
from provenance.kit.keys import Seed
from provenance.kit.pki import Pki
from provenance.kit.record import KitError
from provenance.kit.sample import Bench
from provenance.kit.samples.sample_catalogue import select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance.kit.sample import Sample

README = """Samples with known answers, for validators of C2PA content credentials.

expected.json says of each file what must be said of it, and why. pki/signer-anchors.pem and
pki/tsa-anchors.pem are the roots that a validator is to trust while it is being tested.

Never trust them otherwise: their private keys follow from the seed in expected.json.
The certificates of the signers run out; expected.json names the reference time.
"""
# Certificates run from 2,000 days before the reference time to 7,000 behind it, and X.509 writes
# years before 1950 in no form.
_FIRST, _LAST = 1970, 2200
_ANCHORS = {
    record.SIGNER_ANCHORS: "root",
    record.TSA_ANCHORS: "tsa-root",
    "pki/identity-anchors.pem": "identity-root",
}


@dataclass(frozen=True, slots=True)
class KitCounts:
    """What was made: how many samples, how many of them faulty, containers, and bytes in all."""

    samples: int
    faulty: int
    containers: int
    size: int


def today() -> datetime:
    """The reference time of a kit that is made now: the last midnight, UTC."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def make_kit(
    target: Path,
    *,
    seed: int = 0,
    at: datetime | None = None,
    only: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> KitCounts:
    """Make a kit in `target`, which is new or empty.

    `at` is the reference time (1970 to 2200), by default the last midnight (UTC); `only` a shell
    pattern over paths, classes and names. Raises KitError, and InstallationError without the
    extra `[kit]`.
    """
    chosen = select(only)
    if not chosen:
        raise KitError(f"no sample fits {only!r}: provenance kit list shows them all")
    moment = (at or today()).astimezone(UTC).replace(microsecond=0)
    if not _FIRST <= moment.year <= _LAST:
        raise KitError(f"the reference time must lie in the years {_FIRST} to {_LAST}")
    _empty(target)
    pki = Pki(Seed(seed), moment)
    records = []
    size = 0
    try:
        for name, certificate in _ANCHORS.items():
            _write(target / name, pem((pki.certificate(certificate),)).encode("ascii"))
        _write(target / "README.txt", README.encode("ascii"))
        for done, sample in enumerate(chosen, start=1):
            written = _sample(target, sample, pki)
            records.append(written[0])
            size += written[1]
            progress(done, len(chosen))
        text = record.expected_json(seed, moment, records)
        _write(target / record.FILE, text.encode("ascii"))
    except OSError as e:
        raise KitError(f"{target}: {reason_of(e)}") from e
    return KitCounts(
        len(chosen),
        sum(sample.faulty for sample in chosen),
        len({sample.container for sample in chosen}),
        size,
    )


def _sample(target: Path, sample: Sample, pki: Pki) -> tuple[dict[str, object], int]:
    """Make one sample; returns its record and its size in bytes."""
    files = sample.make(Bench(pki, f"{sample.group.value}/{sample.name}"), sample.faulty)
    sidecar, fragments = record.beside(sample, files)
    parts = {sample.file: files.data}
    if files.sidecar is not None:
        parts[sidecar] = files.sidecar
    parts |= dict(zip(fragments, files.fragments, strict=True))
    parts |= {
        name: data
        for name, (_, data) in zip(record.companions(sample, files), files.companions, strict=True)
    }
    for name, data in parts.items():
        _write(target / name, data)
    return record.entry(sample, files), sum(map(len, parts.values()))


def _empty(target: Path) -> None:
    """Refuse anything but a new or an empty folder: a kit never mixes with other files."""
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise KitError(f"{target} exists and is not an empty folder: name a new one")
        target.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise KitError(f"{target}: {reason_of(e)}") from e


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as out:
        out.write(data)
