"""Taking a list from where the user says: a file, or for conforming products a folder or archive.

Nothing is unpacked to disk: one member is read into memory, within bounds, and no path of an
archive is ever used as a path. An address is fetched by the caller (`provenance.base.network`).
"""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.base import files
from provenance.base.errors import TrustMaterialError, reason_of
from provenance.signing.conforming import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "conforming-products-list.json"
MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 50_000
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_DEPTH = 6
_HEAD = 1 << 16  # bytes in which a list says what it is


def from_path(path: str | os.PathLike[str]) -> bytes:
    """The list in a file of JSON or PEM, a zip or tar archive, or a folder.

    Folders and archives are searched for a Conforming Products List alone. Raises
    `TrustMaterialError`.
    """
    source = Path(path)
    if source.is_dir():
        contents = [_read_given_file(file, MAX_FILE_BYTES) for file in _walk(source)]
        return _single(contents, str(source))
    return from_bytes(_read_given_file(source, MAX_ARCHIVE_BYTES), str(source))


def from_bytes(content: bytes, source: str) -> bytes:
    """The list in the bytes of such a file or archive. Raises `TrustMaterialError`."""
    if _is_json(content) or b"-----BEGIN " in content[:_HEAD]:
        return content
    try:
        if zipfile.is_zipfile(io.BytesIO(content)):
            return _single(list(_zip(content)), source)
        return _single(list(_tar(content)), source)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,  # an encrypted member
        ValueError,
        OSError,
    ) as fault:
        # A library names each kind of archive that it tried, on a line of its own.
        why = "" if isinstance(fault, tarfile.TarError) else f" ({str(fault)[:200]})"
        message = f"{source}: neither JSON nor PEM nor an archive that can be read{why}"
        raise TrustMaterialError(message) from fault


def is_products(content: bytes, name: str | None) -> bool:
    """Tell whether this is to be read as a Conforming Products List.

    `name` is what the user calls it, None where the content has to tell: a list of trusted
    entities says so near its beginning, and certificates are no JSON.
    """
    if name is not None:
        return name == "products"
    return _is_json(content) and b'"LoTE"' not in content[:_HEAD]


def _is_json(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}


def _walk(folder: Path) -> Iterator[Path]:
    seen = 0
    base = len(folder.parts)
    for root, folders, names in os.walk(folder):
        seen += len(names)
        if seen > MAX_ENTRIES:
            raise TrustMaterialError(f"{folder}: more than {MAX_ENTRIES} files; name the file")
        if len(Path(root).parts) - base >= MAX_DEPTH:
            folders.clear()
        folders.sort()
        if NAME in names and (Path(root) / NAME).is_file():
            yield Path(root) / NAME


def _read_given_file(file: Path, limit: int) -> bytes:
    try:
        return files.read_small(file, limit)
    except OSError as fault:
        reason = reason_of(fault)
        raise TrustMaterialError(f"{file}: {reason}; name a file or a folder") from fault


def _zip(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise ValueError(f"more than {MAX_ENTRIES} entries")
        for entry in entries:
            if _has_list_name(entry.filename) and not entry.is_dir():
                with archive.open(entry) as member:
                    yield _bounded(member.read(MAX_FILE_BYTES + 1))


def _tar(content: bytes) -> Iterator[bytes]:
    unpacked = 0
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for position, entry in enumerate(archive):
            unpacked += max(entry.size, 0)
            # The reader skips a member by unpacking it, so what it says is added up beforehand.
            if position >= MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
                raise ValueError("too large when unpacked")
            if entry.isreg() and _has_list_name(entry.name):
                member = archive.extractfile(entry)
                if member is not None:
                    yield _bounded(member.read(MAX_FILE_BYTES + 1))


def _has_list_name(name: str) -> bool:
    return name.replace("\\", "/").rpartition("/")[2] == NAME


def _bounded(content: bytes) -> bytes:
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"{NAME} is larger than {MAX_FILE_BYTES} bytes")
    return content


def _single(contents: list[bytes], source: str) -> bytes:
    different = list(dict.fromkeys(contents))
    if len(different) != 1:
        count = "no" if not different else f"{len(different)} different"
        raise TrustMaterialError(f"{source}: holds {count} {NAME}; name the file itself")
    return different[0]
