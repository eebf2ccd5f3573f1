"""No false alarm: ordinary files, and files that only talk about generators, are not flagged.

Four sets, counted apart:

1. At least 300 real photos, recordings and documents of the packages in `packages.toml`, that
   `collect.py` downloaded: whole verdicts, no two files the same. A photo has a camera's EXIF, or
   is a JPEG, HEIF or AVIF of at least 320 by 240 pixels; icons, clips and the rest are judged and
   counted beside them.
2. What else is installed. CPython's own library has photos, sounds and icons in `test` and
   `idlelib`; Debian's packages have icons, fonts and documents under /usr/share.
3. At least 2,000 files made in memory, with captions, keywords and comments that mention every
   generator by name, in every container.
4. Any folder named in PROVENANCE_NEGATIVES.

A file that is flagged is a defect, or it holds a true marker of AI: then it is named in `TRUE`,
with the marker.
"""

from __future__ import annotations

import hashlib
import os
import struct
import sysconfig
from collections import Counter
from pathlib import Path

import imagesize
import pytest
from negatives import collect, near_misses
from negatives.collect import BY_SUFFIX

from provenance import Flag, Options, Verifier
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.media.metadata.field import Source
from provenance.signals.detectors.detector_registry import builtin, detect

REAL, MADE, SAMPLE = 300, 2_000, 50
PHOTO = (320, 240)  # pixels; what is smaller, and without a camera, is an icon
PHOTOGRAPHIC = {"image/jpeg", "image/heic", "image/heif", "image/avif"}
TRUE: dict[str, str] = {}  # SHA-256 of a collected file: the marker of AI that it holds
SHARED = Path("/usr/share")  # where Debian's packages put what does not depend on the machine


def shipped() -> dict[Path, str]:
    """The media files of installed packages, each with its kind."""
    roots = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    found: dict[Path, str] = {}
    for root in sorted(roots | {SHARED}):
        for folder, _, names in os.walk(root):
            for name in names:
                kind = BY_SUFFIX.get(os.path.splitext(name)[1].lower())
                path = Path(folder, name)
                if kind and path.is_file() and not path.is_symlink():
                    found[path] = kind
    return found


def markers(asset: Asset):
    found, findings = detect(read_metadata(asset, scan_container(asset)), builtin())
    assert "detector.failed" not in {finding.code for finding in findings}
    return found


def tally(flags: Counter[Flag]) -> str:
    """How often each flag was set, whatever it is for."""
    counted = ", ".join(f"{flag.value} {flags[flag]}" for flag in Flag)
    return f"flags: {flags.total()} ({counted})"


def kind_of(path: Path, asset: Asset) -> str:
    """What a file is; only photos, audio and documents count."""
    kind = BY_SUFFIX.get(path.suffix.lower(), "others")
    if kind != "images":
        return kind
    found = scan_container(asset)
    if read_metadata(asset, found, everything=True).named(Source.EXIF, "Make"):
        return "photos"
    try:
        size = imagesize.get(path)
    except (ValueError, OSError, struct.error):  # a broken one
        size = (0, 0)
    large = max(size) >= max(PHOTO) and min(size) >= min(PHOTO)
    return "photos" if large and found.media_type in PHOTOGRAPHIC else "other images"


def credential(folder: Path) -> dict[str, tuple[str, Path]]:
    """The files below a folder, each once, by digest, with its kind."""
    found: dict[str, tuple[str, Path]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with Asset.open(path) as asset:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found.setdefault(digest, (kind_of(path, asset), path))
    return found


def judge(files: dict[str, tuple[str, Path]], capsys) -> int:
    """Judge files whole, as a user would; return how many photos, recordings and documents."""
    verifier, alarms, flags = Verifier(), [], Counter()
    for digest, (_, path) in files.items():
        report = verifier.verify(path)
        assert report.verdict is not None, (path, report.error)
        flags.update(report.verdict.flags)
        if bool(report.verdict.flags) != (digest in TRUE):
            alarms.append((path, report.verdict.flags, report.verdict.reasons))
    counts = Counter(kind for kind, _ in files.values())
    counted = sum(counts[kind] for kind in ("photos", "audio", "documents"))
    with capsys.disabled():
        print(
            f"\nnegatives, real photos, recordings and documents: {counted} of {len(files)} files"
        )
        print(dict(sorted(counts.items())), tally(flags))
    assert alarms == []
    return counted


@pytest.mark.skipif(
    not collect.HOME.is_dir(), reason="no real files: run tests/negatives/collect.py first"
)
def test_ordinary_photos_recordings_and_documents_are_not_flagged(capsys):
    files = credential(collect.HOME)
    with capsys.disabled():
        print(f"\n{', '.join(sorted({path.parent.name for _, path in files.values()}))}")
    count = judge(files, capsys) - len(TRUE)
    if count < REAL and (absent := collect.missing(collect.HOME)):
        pytest.skip(f"{count} files judged; collect.py could not get {', '.join(absent)}")
    assert count >= REAL


@pytest.fixture(scope="module")
def real() -> dict[Path, str]:
    return shipped()


def test_media_of_installed_packages_are_not_flagged(real, capsys):
    verifier = Verifier(options=Options(digest=False))
    flags: Counter[Flag] = Counter()
    alarms = []
    for path in (p for p in real if os.access(p, os.R_OK)):
        report = verifier.verify(path)
        assert report.verdict is not None, (path, report.error)
        flags.update(report.verdict.flags)
        if report.verdict.flags:
            alarms.append((str(path), report.verdict.flags))
    counts = Counter(real.values())
    with capsys.disabled():
        print(
            f"\nnegatives, files of installed packages: {len(real)} {dict(sorted(counts.items()))}"
        )
        print(tally(flags))
    assert alarms == []


def test_files_that_talk_about_generators_are_not_flagged(capsys):
    alarms, count = [], 0
    for what, data in near_misses.files():
        count += 1
        with Asset.from_bytes(data) as asset:
            alarms += [(what, name, m.says) for name, m in markers(asset) if m.origin]
    with capsys.disabled():
        print(f"\nnegatives, made files: {count}, in {len(near_misses.MAKERS)} places")
    assert alarms == []
    assert count >= MADE


def test_the_text_of_files_that_talk_about_generators_is_read():
    """Else the test above would show nothing."""
    name = near_misses.names()[0]
    for place, maker in near_misses.MAKERS.items():
        text = f"camera, {name}, review" if "keyword" in place else f"about {name}"
        with Asset.from_bytes(maker(text)) as asset:
            values = [
                f.value for f in read_metadata(asset, scan_container(asset), everything=True).fields
            ]
        assert any(name in value for value in values), place


def test_a_share_of_ordinary_files_is_not_flagged_by_the_verifier(real):
    verifier = Verifier()
    paths = [path for path in real if os.access(path, os.R_OK)]
    for path in paths[:: max(1, len(paths) // (SAMPLE // 2))][: SAMPLE // 2]:
        report = verifier.verify(path)
        assert report.verdict is not None, (path, report.error)
        assert report.verdict.flags == (), path
    made = list(near_misses.files())
    for what, data in made[:: len(made) // (SAMPLE // 2)][: SAMPLE // 2]:
        report = verifier.verify_bytes(data)
        assert report.verdict is not None, (what, report.error)
        assert report.verdict.flags == (), what


FOLDER = os.environ.get("PROVENANCE_NEGATIVES", "")


@pytest.mark.skipif(not FOLDER, reason="PROVENANCE_NEGATIVES names no folder of ordinary files")
def test_a_folder_of_ordinary_files_is_not_flagged(capsys):
    files = credential(Path(FOLDER))
    assert files
    judge(files, capsys)
