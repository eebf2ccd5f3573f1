"""`expected.json`: what must be said of each sample, for any validator. Its schema is beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance._version import VERSION
from provenance.errors import ProvenanceError
from provenance.kit import linting
from provenance.kit.expect import Expected, State
from provenance.kit.linting import Answers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from provenance.kit.sample import Made, Sample

FORMAT_VERSION = "1.0"
FILE = "expected.json"
SIGNER_ANCHORS = "pki/signer-anchors.pem"
TSA_ANCHORS = "pki/tsa-anchors.pem"
MAX_BYTES = 16 << 20
_SCHEMA = Path(__file__).with_name("expected.schema.json")
_AXES = ("integrity", "identity", "time", "revocation", "cawg")


class KitError(ProvenanceError):
    """A kit that cannot be made where it was asked for, or not be read. Says what to do."""

    code = "kit"


@dataclass(frozen=True, slots=True)
class Entry:
    """One sample of a kit on disk. Paths are relative to the kit's folder."""

    file: str
    group: str
    faulty: bool
    what: str
    section: str
    because: str
    expected: Expected
    media_type: str = ""
    sidecar: str = ""
    fragments: tuple[str, ...] = ()
    lint: Mapping[str, Answers] = field(default_factory=dict)
    """What `provenance lint` must answer, by profile; empty where nothing is expected of it."""


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit on disk: its folder, its reference time and its samples."""

    folder: Path
    at: str
    entries: tuple[Entry, ...]

    @property
    def signers(self) -> Path:
        """The anchors for claims, as PEM."""
        return self.folder / SIGNER_ANCHORS

    @property
    def authorities(self) -> Path:
        """The anchors for time-stamps, as PEM."""
        return self.folder / TSA_ANCHORS


def schema() -> str:
    """Return the JSON Schema of `expected.json`, as it is published."""
    return _SCHEMA.read_text(encoding="utf-8")


def beside(sample: Sample, made: Made) -> tuple[str, tuple[str, ...]]:
    """Return the paths of a sample's sidecar (empty without one) and of its media segments."""
    stem = sample.file.rpartition(".")[0]
    sidecar = f"{stem}.c2pa" if made.sidecar is not None else ""
    return sidecar, tuple(f"{stem}-{n}.m4s" for n, _ in enumerate(made.fragments, start=1))


def entry(sample: Sample, made: Made) -> dict[str, Any]:
    """Return one record of `expected.json`."""
    sidecar, fragments = beside(sample, made)
    return {
        "file": sample.file,
        "class": sample.group.value,
        "faulty": sample.faulty,
        "media_type": sample.media_type,
        "sidecar": sidecar or None,
        "fragments": list(fragments),
        "what": sample.what,
        "section": sample.section,
        "because": sample.because,
        "expected": _expected(sample.expected),
        "without_fault": _expected(sample.sound) if sample.sound else None,
    }


def _expected(value: Expected) -> dict[str, Any]:
    return {
        "c2pa": {
            "state": value.state.value,
            "failure_any_of": list(value.failure),
            "informational": list(value.informational),
            "success": list(value.success),
        },
        "verify": {
            "origin": value.origin,
            "assurance": value.assurance,
            "flags": list(value.flags),
            "credential": value.credential,
            "axes": {axis: getattr(value, axis) for axis in _AXES},
            "findings": list(value.findings),
            "official_signals": list(value.signals),
        },
        "lint": {name: one.to_dict() for name, one in linting.answers(value).items()},
    }


def document(seed: int, at: datetime, records: list[dict[str, Any]]) -> str:
    """Return `expected.json` as text."""
    whole = {
        "format": "provenance-kit",
        "format_version": FORMAT_VERSION,
        "tool": f"provenance {VERSION}",
        "seed": seed,
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "specification": "C2PA 2.4",
        "trust": {"signers": SIGNER_ANCHORS, "time_stamps": TSA_ANCHORS},
        "samples": sorted(records, key=lambda record: record["file"]),
    }
    return json.dumps(whole, indent=1, ensure_ascii=True) + "\n"


def load(folder: Path) -> Kit:
    """Read a kit's `expected.json`. Raises KitError."""
    path = folder / FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KitError(f"{path}: larger than {MAX_BYTES} bytes, so not a kit's")
        whole = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise KitError(f"{folder} is no kit ({FILE}: {e.strerror}): make one first") from e
    except (ValueError, RecursionError) as e:
        raise KitError(f"{path}: no JSON: {e}") from e
    try:
        version = str(whole["format_version"])
        if whole["format"] != "provenance-kit" or not version.startswith("1."):
            raise KitError(f"{path}: not a kit of format 1.x")
        entries = tuple(_entry(record, folder) for record in whole["samples"])
        return Kit(folder, str(whole["at"]), entries)
    except (KeyError, TypeError, AttributeError, ValueError) as e:
        raise KitError(f"{path}: not as its schema says ({type(e).__name__}: {e})") from e


def _inside(folder: Path, name: str) -> str:
    """Return a path of the kit; one that leads out of its folder is refused."""
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        raise KitError(f"{name} leads out of the kit")
    return name


def _entry(record: dict[str, Any], folder: Path) -> Entry:
    return Entry(
        file=_inside(folder, record["file"]),
        group=str(record["class"]),
        faulty=bool(record["faulty"]),
        what=str(record["what"]),
        section=str(record["section"]),
        because=str(record["because"]),
        expected=_read(record["expected"]),
        media_type=str(record["media_type"]),
        sidecar=_inside(folder, record["sidecar"]) if record["sidecar"] else "",
        fragments=tuple(_inside(folder, name) for name in record["fragments"]),
        lint=_lint(record["expected"]["lint"]),
    )


def _lint(value: dict[str, Any] | None) -> dict[str, Answers]:
    return {
        str(name): Answers(
            otherwise=str(one["otherwise"]),
            rules=tuple((str(rule), str(outcome)) for rule, outcome in one["rules"].items()),
            any_of=tuple(map(str, one["any_of"])),
            open=tuple(map(str, one["open"])),
        )
        for name, one in (value or {}).items()
    }


def _read(value: dict[str, Any]) -> Expected:
    c2pa, verify = value["c2pa"], value["verify"]
    made = Expected(
        state=State(c2pa["state"]),
        failure=tuple(c2pa["failure_any_of"]),
        informational=tuple(c2pa["informational"]),
        success=tuple(c2pa["success"]),
        origin=verify["origin"],
        assurance=verify["assurance"],
        flags=tuple(verify["flags"]),
        credential=verify["credential"],
        findings=tuple(verify["findings"]),
        signals=tuple(verify["official_signals"]),
    )
    axes: dict[str, Any] = {axis: str(verify["axes"][axis]) for axis in _AXES}
    return replace(made, **axes)
