"""No false alarm: ordinary files, and files that only talk about generators, are not flagged.

Three sets, counted apart:

1. Real files that packages ship, at least 300 where they are there. CPython's own library has
   photos, sounds and icons in `test` and `idlelib` (Debian: libpython3-testsuite, idle). Of
   Debian, found under /usr/share: adwaita-icon-theme, hicolor-icon-theme, fonts-dejavu-core,
   fonts-dejavu-extra, fonts-liberation, libxslt1-dev, libtasn1-doc, libtk8.6, cscope, cmake-data,
   valgrind, nodejs, gnupg, libimage-exiftool-perl. PyPI packages that ship more, where they are
   installed: scikit-image, scikit-learn, matplotlib, pygame-ce, Sphinx.
2. At least 2,000 files made in memory, with captions, keywords and comments that mention every
   generator by name, in every container.
3. Any folder named in PROVENANCE_NEGATIVES.
"""

from __future__ import annotations

import os
import sysconfig
from collections import Counter
from pathlib import Path

import pytest
from negatives import near_misses

from provenance import Flag, Verifier
from provenance.asset import Asset
from provenance.container import scan
from provenance.metadata import read
from provenance.signals.detectors import builtin, detect
from provenance.terms import Origin

ENOUGH, MADE, SAMPLE = 300, 2_000, 50
FLAGGED = {Origin.AI_GENERATED, Origin.AI_MODIFIED}
KINDS = {
    "images": "png jpg jpeg gif tif tiff webp heic heif avif jxl dng ico bmp svg",
    "audio": "wav aif aiff au mp3 flac ogg oga opus m4a",
    "video": "mp4 mov webm mkv avi flv ogv",
    "documents": "pdf docx pptx xlsx odt epub",
    "fonts": "ttf otf woff",
}
BY_SUFFIX = {f".{suffix}": kind for kind, names in KINDS.items() for suffix in names.split()}
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
    found, findings = detect(read(asset, scan(asset)), builtin())
    assert "detector.failed" not in {finding.code for finding in findings}
    return found


def flagged(paths) -> list[tuple[str, str, str]]:
    """Of all files that can be read, those with a marker that flags them as AI, and why."""
    alarms = []
    for path in paths:
        if not os.access(path, os.R_OK):
            continue
        with Asset.open(path) as asset:
            found = markers(asset)
        alarms += [(str(path), name, m.says) for name, m in found if m.origin in FLAGGED]
    return alarms


@pytest.fixture(scope="module")
def real() -> dict[Path, str]:
    return shipped()


def test_files_that_packages_ship(real, capsys):
    assert flagged(real) == []
    counts = Counter(real.values())
    with capsys.disabled():
        print(f"\nnegatives, real files of packages: {len(real)} {dict(sorted(counts.items()))}")
    if len(real) < ENOUGH:
        pytest.skip(f"{len(real)} media files in installed packages, all clean; {ENOUGH} wanted")


def test_files_that_talk_about_generators(capsys):
    alarms, count = [], 0
    for what, data in near_misses.files():
        count += 1
        with Asset.from_bytes(data) as asset:
            alarms += [(what, name, m.says) for name, m in markers(asset) if m.origin]
    with capsys.disabled():
        print(f"\nnegatives, made files: {count}, in {len(near_misses.MAKERS)} places")
    assert alarms == []
    assert count >= MADE


def test_the_text_of_made_files_is_read():
    """Else the test above would show nothing."""
    name = near_misses.names()[0]
    for place, maker in near_misses.MAKERS.items():
        text = f"camera, {name}, review" if "keyword" in place else f"about {name}"
        with Asset.from_bytes(maker(text)) as asset:
            values = [f.value for f in read(asset, scan(asset), everything=True).fields]
        assert any(name in value for value in values), place


def test_a_sample_through_the_verifier(real):
    verifier = Verifier()
    paths = [path for path in real if os.access(path, os.R_OK)]
    for path in paths[:: max(1, len(paths) // (SAMPLE // 2))][: SAMPLE // 2]:
        report = verifier.verify(path)
        assert report.verdict is not None, (path, report.error)
        assert Flag.AI not in report.verdict.flags, path
    made = list(near_misses.files())
    for what, data in made[:: len(made) // (SAMPLE // 2)][: SAMPLE // 2]:
        report = verifier.verify_bytes(data)
        assert report.verdict is not None, (what, report.error)
        assert Flag.AI not in report.verdict.flags, what


FOLDER = os.environ.get("PROVENANCE_NEGATIVES", "")


@pytest.mark.skipif(not FOLDER, reason="PROVENANCE_NEGATIVES names no folder of ordinary files")
def test_a_folder_of_ordinary_files(capsys):
    paths = [path for path in sorted(Path(FOLDER).rglob("*")) if path.is_file()]
    with capsys.disabled():
        print(f"\nnegatives, files of PROVENANCE_NEGATIVES: {len(paths)}")
    assert paths
    assert flagged(paths) == []
