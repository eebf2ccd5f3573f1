"""`expected.json`: what must be said of each sample, for any validator. Its schema is beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provenance.base.errors import ProvenanceError, reason_of
from provenance.base.text import clean
from provenance.base.version import VERSION
from provenance.kit import linting
from provenance.kit.expect import Expected, OtherReading, ValidationState, ValidatorNeed
from provenance.kit.linting import Answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.kit.sample import Sample, SampleFiles

FORMAT_VERSION = "1.2"
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
class SampleRecord:
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
    companions: tuple[str, ...] = ()
    needs: ValidatorNeed | None = None
    """What a validator has to be able to do; where it is None, no more than to read one file."""
    member: str = ""
    """Which file in an archive the expectation is of; the archive itself where it is empty."""
    lint: Mapping[str, Answers] = field(default_factory=dict)
    """What `provenance lint` must answer, by profile; empty where nothing is expected of it."""


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit on disk: its folder, its reference time, its samples.

    `signers` and `authorities` are the anchors for claims and for time-stamps, as PEM.
    """

    folder: Path
    at: str
    entries: tuple[SampleRecord, ...]
    signers: str = SIGNER_ANCHORS
    authorities: str = TSA_ANCHORS


def schema() -> str:
    """Return the JSON Schema of `expected.json`, as it is published."""
    return _SCHEMA.read_text(encoding="utf-8")


def beside(sample: Sample, files: SampleFiles) -> tuple[str, tuple[str, ...]]:
    """Return the paths of a sample's sidecar (empty without one) and of its media segments."""
    stem = sample.file.rpartition(".")[0]
    sidecar = f"{stem}.c2pa" if files.sidecar is not None else ""
    return sidecar, tuple(f"{stem}-{n}.m4s" for n, _ in enumerate(files.fragments, start=1))


def companions(sample: Sample, files: SampleFiles) -> tuple[str, ...]:
    """Return the paths of a sample's further files."""
    stem = sample.file.rpartition(".")[0]
    return tuple(f"{stem}/{name}" for name, _ in files.companions)


def entry(sample: Sample, files: SampleFiles) -> dict[str, Any]:
    """Return one record of `expected.json`."""
    sidecar, fragments = beside(sample, files)
    return {
        "file": sample.file,
        "class": sample.group.value,
        "faulty": sample.faulty,
        "media_type": sample.media_type,
        "sidecar": sidecar or None,
        "fragments": list(fragments),
        "companions": list(companions(sample, files)),
        "needs": sample.needs.value if sample.needs else None,
        "member": sample.member or None,
        "what": sample.what,
        "section": sample.section,
        "because": sample.because,
        "expected": _expected(sample.expected, sample.needs),
        "without_fault": _expected(sample.sound, sample.needs) if sample.sound else None,
    }


def _expected(value: Expected, needs: ValidatorNeed | None) -> dict[str, Any]:
    """Lint opens nothing: it is asked about samples that are one file, with its segments."""
    lint = (
        None if needs else {k: answers.to_dict() for k, answers in linting.answers(value).items()}
    )
    return {
        "c2pa": {
            "state": value.state.value,
            "failure_any_of": list(value.failure),
            "informational": list(value.informational),
            "success": list(value.success),
            "other_readings": [
                {"state": reading.state.value, "failure_any_of": list(reading.failure)}
                for reading in value.readings
            ],
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
        "lint": lint,
    }


def expected_json(seed: int, at: datetime, records: list[dict[str, Any]]) -> str:
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


def load_kit(folder: Path) -> Kit:
    """Read a kit's `expected.json`, whoever made it. Raises KitError."""
    path = folder / FILE
    try:
        if not path.is_file():  # nor a pipe, which would be waited for, nor a device without end
            raise KitError(f"{folder} is not a kit, it has no {FILE}: make one first")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as e:
        raise KitError(f"{path}: {reason_of(e)}") from e
    if len(data) > MAX_BYTES:
        raise KitError(f"{path}: larger than {MAX_BYTES} bytes, so not a kit's")
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as e:
        raise KitError(f"{path}: no JSON") from e
    try:
        version = str(whole["format_version"])
        if whole["format"] != "provenance-kit" or not version.startswith("1."):
            raise KitError(f"{path}: not a kit of format 1.x")
        return Kit(
            folder,
            _moment(whole["at"]),
            tuple(_sample_record(record, folder) for record in whole["samples"]),
            _inside(folder, whole["trust"]["signers"]),
            _inside(folder, whole["trust"]["time_stamps"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as e:
        raise KitError(f"{path}: not as its schema says ({type(e).__name__}: {e})") from e


def _moment(value: str) -> str:
    """Return a reference time, which goes into commands, if it is one."""
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("a time without a zone")
    return value


def _inside(folder: Path, name: str) -> str:
    """Return a path of the kit; refused where it leads out of its folder or to no file."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise KitError(f"{clean(name)} leads out of the kit")
    if not path.is_file():
        raise KitError(f"{clean(name)} is not a file of the kit: make it again")
    return name


def _sample_record(record: dict[str, Any], folder: Path) -> SampleRecord:
    return SampleRecord(
        file=_inside(folder, record["file"]),
        group=_text(record["class"]),
        faulty=bool(record["faulty"]),
        what=_text(record["what"]),
        section=_text(record["section"]),
        because=_text(record["because"]),
        expected=_expected_answer(record["expected"]),
        media_type=_text(record["media_type"]),
        sidecar=_inside(folder, record["sidecar"]) if record["sidecar"] else "",
        fragments=tuple(_inside(folder, name) for name in record["fragments"]),
        companions=tuple(_inside(folder, name) for name in record.get("companions", ())),
        needs=_need(record.get("needs")),  # these three not in kits before format 1.2
        member=_member(record.get("member")),
        lint=_lint(record["expected"]["lint"]),
    )


def _need(value: object) -> ValidatorNeed | None:
    return None if value is None else ValidatorNeed(_text(value))


def _member(value: object) -> str:
    """Return the name of a file in an archive, which goes into commands, if it can be no option."""
    name = "" if value is None else _text(value)
    if name.startswith("-") or not name.isprintable():
        raise ValueError("a name that could be an option")
    return name


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text belongs")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{type(value).__name__} where a list belongs")
    return tuple(map(_text, value))


def _lint(value: dict[str, Any] | None) -> dict[str, Answers]:
    return {
        name: Answers(
            otherwise=_text(answer["otherwise"]),
            rules=tuple((rule, _text(outcome)) for rule, outcome in answer["rules"].items()),
            any_of=_texts(answer["any_of"]),
            open=_texts(answer["open"]),
        )
        for name, answer in (value or {}).items()
    }


def _expected_answer(value: dict[str, Any]) -> Expected:
    c2pa, verify = value["c2pa"], value["verify"]
    expected = Expected(
        state=ValidationState(c2pa["state"]),
        failure=_texts(c2pa["failure_any_of"]),
        informational=_texts(c2pa["informational"]),
        success=_texts(c2pa["success"]),
        origin=_text(verify["origin"]),
        assurance=_text(verify["assurance"]),
        flags=_texts(verify["flags"]),
        credential=_text(verify["credential"]),
        findings=_texts(verify["findings"]),
        signals=_texts(verify["official_signals"]),
        readings=tuple(
            OtherReading(ValidationState(reading["state"]), _texts(reading["failure_any_of"]))
            for reading in c2pa.get("other_readings", ())  # not in kits of format 1.0
        ),
    )
    axes: dict[str, Any] = {axis: _text(verify["axes"][axis]) for axis in _AXES}
    return replace(expected, **axes)
