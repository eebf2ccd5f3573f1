"""Sound signed files in containers and forms of which the kit has none.

JPEG XL, PDF, Ogg and OpenType; a JPEG whose store is in many pieces; archives as other programs
write them: compressed, aligned, with sizes after the data, with a comment.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from unit.media.container import build

from provenance.credentials.validation import zip_entries
from provenance.kit import archive, carriers, media
from provenance.kit.binding import BindingKind, NewHardBinding, data_hash, digest
from provenance.kit.media import StoreSpan
from provenance.kit.writer import build_store
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, scan_container

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.kit.claims import NewManifest
    from provenance.kit.sample import Bench

    Build = Callable[[bytes], bytes]
    """Makes a file with a store in it."""

_ROUNDS = 6
_SIZE = 1_200  # bytes of a data hash: Ogg has a range for each page


def files(bench: Callable[[str], Bench]) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each; the name ends in the container."""
    for name, make in DATA.items():
        yield f"made/{name}", signed(bench(name).manifest(), make)
    for name, make in ARCHIVES.items():
        yield f"made/{name}", signed(bench(name).manifest(), make, _by_collection)


def _by_data(data: bytes) -> NewHardBinding:
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        (block,) = found.blocks_of(BlockKind.MANIFEST_STORE)
        # of PDF the content of the stream alone: other validators take nothing else (A.4)
        left_out = block.spans if found.family == "pdf" else found.extent
        spans = tuple(StoreSpan(s.offset, s.length) for s in left_out)
    return NewHardBinding(BindingKind.DATA.value, data_hash(digest(data, spans), spans, _SIZE))


def signed(
    manifest: NewManifest, make: Build, bind: Callable[[bytes], NewHardBinding] = _by_data
) -> bytes:
    """Sign until the length of the store, and with it every offset, is the one that was signed."""
    bare = replace(manifest, bindings=())
    data = make(
        build_store(bare, NewHardBinding(BindingKind.DATA.value, data_hash(b"", (), _SIZE)))
    )
    for _ in range(_ROUNDS):
        before = data
        data = make(build_store(bare, bind(before)))
        if len(data) == len(before) and bind(data) == bind(before):
            return data
    raise ValueError("the credential's size is not stable")


class _Source:
    """What `zip_entries` reads from."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, start: int, length: int) -> bytes:
        return self.data[max(start, 0) : max(start, 0) + max(length, 0)]


def _by_collection(data: bytes) -> NewHardBinding:
    found = zip_entries.read_archive(_Source(data))  # type: ignore[arg-type]  # all that it uses of one
    uris = [
        {"uri": quote(one.name), "hash": hashlib.sha256(data[one.start : one.end]).digest()}
        for one in found.entries
        if one.name != archive.CREDENTIAL
    ]
    central = hashlib.sha256()
    assert found.crc is not None
    central.update(data[found.directory[0] : found.crc[0]])
    central.update(data[found.crc[1] : found.directory[1]])
    central.update(data[slice(*found.end)])
    content = {"alg": "sha256", "uris": uris, "zip_central_directory_hash": central.digest()}
    return NewHardBinding(BindingKind.COLLECTION.value, content)


def _jpeg(store: bytes) -> bytes:
    """In segments of 400 bytes: a store in pieces."""
    head, rest = build.app11(store, chunk=400), carriers.strip(media.gradient_jpeg())
    return rest[:2] + b"".join(head) + rest[2:]


class _Stream(io.BytesIO):
    """As a socket: sizes then follow the data."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


def _archive(
    store: bytes, *, out: io.BytesIO | None = None, extra: bytes = b"", comment: bytes = b""
) -> bytes:
    out = io.BytesIO() if out is None else out
    with zipfile.ZipFile(out, "w") as made:
        for n, (name, text) in enumerate(archive.files(archive.docx())):
            info = zipfile.ZipInfo(name)
            info.extra = extra if n else b""
            made.writestr(info, text, zipfile.ZIP_DEFLATED)
        made.writestr(zipfile.ZipInfo(archive.CREDENTIAL), store)
        info = zipfile.ZipInfo("docProps/core.xml")
        made.writestr(info, "<coreProperties/>" * 30, zipfile.ZIP_DEFLATED)
        made.comment = comment
    return out.getvalue()


_ALIGNED = b"\x35\xd9" + (300).to_bytes(2, "little") + bytes(300)
DATA: dict[str, Build] = {
    "boxes.jxl": lambda store: build.jxl(store, build.box(b"xml ", build.PACKET)),
    "document.pdf": build.pdf,
    "packed.pdf": lambda store: build.pdf(store, build.PACKET, deflated=True),
    "pages.ogg": build.ogg,
    "table.otf": build.font,
    "pieces.jpeg": _jpeg,
    "big.tiff": lambda store: build.tiff({0xCD41: (7, store)}, order=">", big=True),
    "later.png": lambda store: build.png(build.itxt(build.PACKET), build.chunk(b"caBX", store)),
}
ARCHIVES: dict[str, Build] = {
    "packed.docx": _archive,
    "streamed.docx": lambda store: _archive(store, out=_Stream()),
    "aligned.docx": lambda store: _archive(store, extra=_ALIGNED),
    "commented.docx": lambda store: _archive(store, comment=b"About this document. " * 20),
}
