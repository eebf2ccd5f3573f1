"""Signs text: a store in variation selectors (C2PA 2.4, A.8), or in a comment (A.9)."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from typing import TYPE_CHECKING

from provenance.kit.binding import NewHardBinding, data_hash
from provenance.kit.media import StoreSpan
from provenance.kit.texts import selectors
from provenance.kit.writer import build_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.writer import Manifest

BEGIN, END = "-----BEGIN C2PA MANIFEST-----", "-----END C2PA MANIFEST-----"
_ROUNDS = 500


def wrapper(store: bytes, version: int = 1, length: int | None = None) -> str:
    """A `C2PATextManifestWrapper` with its mark in front."""
    size = (len(store) if length is None else length).to_bytes(4, "big")
    return "\ufeff" + selectors(b"C2PATXT\0" + bytes([version]) + size + store)


def nfc(text: str) -> bytes:
    """Text as it is hashed."""
    return unicodedata.normalize("NFC", text).encode()


def hidden(text: str, manifest: Manifest, rest: str = "", beyond: int = 0) -> str:
    """Text with a wrapper after it, and `rest` after that, of which the hash leaves out `beyond`.

    The wrapper's length depends on what is in it, its own length included: it is tried until the
    one that was signed comes out.
    """
    digest = hashlib.sha256(nfc(text + rest)[: -beyond or None]).digest()
    start, length = len(nfc(text)), 0
    for number in range(_ROUNDS):
        spans = (StoreSpan(start, length), *([StoreSpan(start + length, beyond)] if beyond else ()))
        content = data_hash(digest, spans) | {"name": f"round {number:03}"}
        made = wrapper(build_store(manifest, NewHardBinding("c2pa.hash.data", content)))
        if len(made.encode()) == length:
            return text + made + rest
        length = len(made.encode())
    raise AssertionError("no length of the wrapper is its own")


def commented(
    text: bytes,
    manifest: Manifest,
    before: str = "# ",
    after: str = "",
    *,
    at: int = 0,
    newline: str = "\n",
    lines: bool = False,
    edit: Callable[[str], str] = str,
) -> bytes:
    """Text with a manifest block as a line of its own, at the start, at the end, or at a place.

    `at` is where in the text, -1 for its end; `lines` makes it three lines of front matter;
    `edit` changes the line before its length is taken.
    """
    last = at < 0
    at = len(text) if last else at
    digest = hashlib.sha256(text).digest()
    length, made = 0, b""
    for _ in range(8):
        binding = NewHardBinding("c2pa.hash.data", data_hash(digest, (StoreSpan(at, length),)))
        coded = base64.b64encode(build_store(manifest, binding)).decode()
        parts = [BEGIN, f"data:application/c2pa;base64,{coded}", END]
        line = edit(before + (newline if lines else " ").join(parts) + after)
        made = (newline + line if last else line + newline).encode()
        if len(made) == length:
            break
        length = len(made)
    assert len(made) == length
    return text[:at] + made + text[at:]
