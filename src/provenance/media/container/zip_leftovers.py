"""What a ZIP archive holds that its directory does not account for.

A directory that no longer lists the credential, lists it under another name, or is not the one that
another reader takes, leaves the credential's bytes in the file. So every byte that belongs to no
entry is searched: before, between and after entries, in extra fields, in comments. Entries whose
names are nearly the credential's are looked at as well. What is in any other entry is a file that
somebody put into the archive, and whose credential is that file's.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from provenance.media.container import jumbf_header, leftovers, zip_directory
from provenance.media.container.block import Coding, Span
from provenance.media.container.bounds import MAX_REMAINS, MAX_REST_MARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.media.container.collect import Collector
    from provenance.media.container.zip_directory import Directory, DirectoryEntry, LocalHeader

CREDENTIAL = b"META-INF/content_credential.c2pa"
_PLACE = "META-INF"
_LEAST = 128  # bytes that may hold a store, if need be compressed; gaps are mostly shorter
_PEEK = 128  # bytes of an entry in which a store may begin
_MAX_HEAD = 1_024  # bytes from an entry's name to its data: the extra field, mostly none
_DESCRIPTOR = 12  # bytes of a data descriptor up to the size; its first four may be left out
_FOLDER = re.compile(rb"(?:\./)*META-INF[/\\]", re.IGNORECASE)
_ALONE = (b".c2pa", b".jumbf")  # how the names of stores end that are files of their own
# A name is nearly the credential's where most runs of four letters of that are in it, as after two
# changes of a few letters. A path of more folders is that of a document that was unpacked there.
_RUNS = tuple({CREDENTIAL[n : n + 4].lower() for n in range(len(CREDENTIAL) - 3)})
_ENOUGH, _LONGEST = 18, 48
_HINT = re.compile(rb"INF[/\\]|cont|ent_|cred|tial|c2pa", re.IGNORECASE)


def search(out: Collector, directory: Directory) -> bool:
    """Find the stores that are in no entry, or in one of nearly the credential's name.

    Returns whether the directory is a row of entries to its end. What is found is `Scan.remains`.
    """
    held = [(directory.base, directory.base + len(directory.data))]
    for entry in directory.entries():
        if entry is None:
            out.truncated("the central directory is not a row of entries")
            return False
        held += _account(out, entry)
    first = min(held)[0]
    if first and out.asset.read(0, 2) != b"PK":
        out.note("container.leading_bytes", f"{first} bytes in front of the archive")
    for start, end in _gaps(held, out.asset.size):
        for box in leftovers.stores(out, start, end):
            if not leftovers.of_another(out, "zip", box):
                out.remain(leftovers.PLACE, box, leftovers.in_one_piece(out, box))
            if len(out.remains) >= MAX_REMAINS:
                break
        _compressed(out, start, end)
    return True


def search_all(out: Collector) -> None:
    """Find the stores of an archive whose directory cannot be followed, in all of the file."""
    leftovers.search(out, 0, own=lambda box: _store_at(out, box))
    _compressed(out, 0, out.asset.size, alone=False)


def is_near(name: bytes) -> bool:
    """Tell whether a name is in the folder of the credential, or nearly the credential's."""
    if not _HINT.search(name):
        return False
    if _FOLDER.match(name):
        return True
    if len(name) > _LONGEST or name.count(b"/") > 1:
        return False
    lower = name.lower()
    return sum(run in lower for run in _RUNS) >= _ENOUGH


def _account(out: Collector, entry: DirectoryEntry) -> tuple[tuple[int, int], ...]:
    """Return what an entry takes, as far as the directory and its local header agree on it.

    The extra field of a local header counts as no entry's: programs that align files fill it.
    """
    local = zip_directory.local(out.asset, entry.local, len(entry.name))
    if local is None:
        return ()
    name = entry.name
    near = name != CREDENTIAL and (is_near(name) or (local.name != name and is_near(local.name)))
    if near and len(out.remains) < MAX_REMAINS:
        _look(out, local, entry)
    packed = entry.packed
    if local.packed not in {packed, zip_directory.WIDE}:
        described = local.flags & zip_directory.DESCRIBED and local.packed == 0
        if not described:
            packed = min(packed, local.packed)
        elif not _is_described(out, local.data + packed, packed):
            packed = 0
    return (local.start, local.named), (local.data, local.data + packed)


def _is_described(out: Collector, at: int, packed: int) -> bool:
    """Tell whether an entry is as long as the descriptor after its data says (4.3.9)."""
    data = out.asset.read(at, _DESCRIPTOR)
    size = data[8:12] if data[:4] == b"PK\7\x08" else data[4:8]
    return int.from_bytes(size, "little") == packed & 0xFFFFFFFF


def _gaps(held: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Yield what of the file is in none of these ranges, where a store would fit into it."""
    at = 0
    for start, end in (*sorted(held), (size, size)):
        if min(start, size) - at >= _LEAST:
            yield at, min(start, size)
        at = max(at, end)


def _look(out: Collector, local: LocalHeader, entry: DirectoryEntry) -> None:
    """Look whether an entry that may be the credential's is a store."""
    length = entry.packed
    at = jumbf_header.begins(out.asset.read(local.data, min(length, _PEEK)))
    box = local.data + at
    if at == 0 or (at > 0 and not leftovers.of_another(out, "zip", box)):
        sound = jumbf_header.is_store(out.asset.read(box, jumbf_header.PEEK))
        out.remain(_PLACE, box, leftovers.in_one_piece(out, box) if sound else ())
    elif zip_directory.DEFLATED in (local.method, entry.method):
        _inflate(out, local, length, _PLACE)
    elif entry.method != zip_directory.STORED and entry.name.endswith(CREDENTIAL[9:]):
        out.remain(_PLACE, local.data)  # it has to be stored, and cannot be unpacked here


def _compressed(out: Collector, start: int, end: int, *, alone: bool = True) -> None:
    """Look for local headers in a range of the file whose data are a compressed store.

    `alone` says that any name will do: no directory that can be followed leads to what is there.
    """
    for count, at in enumerate(leftovers.marks(out, zip_directory.LOCAL, start, end)):
        if count >= MAX_REST_MARKS:
            out.limit(f"more than {MAX_REST_MARKS} local headers in no directory")
            return
        local = zip_directory.local(out.asset, at)
        if local is None or local.method != zip_directory.DEFLATED:
            continue
        if alone or is_near(local.name):
            known = local.packed not in {0, zip_directory.WIDE}
            _inflate(out, local, local.packed if known else out.asset.size, leftovers.PLACE)


def _inflate(out: Collector, local: LocalHeader, length: int, place: str) -> None:
    """Add a store where the data of an entry inflate to one."""
    length = min(length, out.asset.size - local.data)
    if out.holds(local.data, leftovers.STORE):
        return
    try:
        head = zlib.decompressobj(-15).decompress(
            out.asset.read(local.data, min(length, _MAX_HEAD)), _PEEK
        )
    except zlib.error:
        return
    if jumbf_header.begins(head) == 0:
        out.remain(place, local.data, (Span(local.data, length),), Coding.DEFLATE)


def _store_at(out: Collector, box: int) -> tuple[Span, ...] | None:
    """Return a store of a damaged archive, unless it is a file in it, or in a picture in it.

    A store that is the whole of an entry, and so called, is a file that somebody put there.
    """
    before = out.asset.read(max(box - _MAX_HEAD, 0), min(box, _MAX_HEAD))
    at = before.rfind(zip_directory.LOCAL)
    local = zip_directory.local(out.asset, box - len(before) + at) if at >= 0 else None
    spans = leftovers.in_one_piece(out, box)
    if local is not None and local.data == box and local.name.lower().endswith(_ALONE):
        described = local.flags & zip_directory.DESCRIBED
        if not is_near(local.name) and (described or local.packed == spans[0].length):
            return None
    return None if leftovers.of_another(out, "zip", box) else spans
