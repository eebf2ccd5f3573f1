"""Signs an MP4 with a BMFF hash of version 2 (C2PA 2.4 section 18.6) whose exclusions are chosen.

Top-level boxes that are not excluded are hashed with their offset before them; a path into a box
leaves out every box that it names.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import bmff_carrier, carriers
from provenance.kit.bmff_carrier import C2PA_UUID as C2PA
from provenance.kit.bmff_carrier import boxes
from provenance.kit.claims import ManifestFault, NewAssertion
from provenance.kit.writer import build_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.writer import Manifest


def named(data: bytes, path: str) -> list[tuple[int, int]]:
    """Where the boxes of a path stand, such as `/moov/trak/mdia/minf/stbl/stco`."""
    return [(one.start, one.end) for one in bmff_carrier.boxes_named(data, path)]


def _digest(data: bytes, excluded: Sequence[str]) -> bytes:
    holes = sorted(spot for path in excluded for spot in named(data, path))
    digest = hashlib.sha256()
    for _, start, end in boxes(data):
        if (start, end) in holes:
            continue
        digest.update(struct.pack(">Q", start))
        at = start
        for low, high in holes:
            if start <= low < end:
                digest.update(data[at:low])
                at = high
        digest.update(data[at:end])
    return digest.digest()


def _exclusion(path: str) -> dict[str, object]:
    data = [{"offset": 8, "value": C2PA}] if path == "/uuid" else None
    empty = dict.fromkeys(("length", "version", "flags", "exact", "subset"))
    return {"xpath": path, **empty, "data": data}


def sign(data: bytes, manifest: Manifest, excluded: Sequence[str]) -> bytes:
    """An MP4 with `manifest` as its credential; `excluded` are paths of boxes, `/uuid` the store's.

    The hash is taken over the file as it is returned.
    """

    def made(digest: bytes) -> bytes:
        content = {
            "exclusions": [_exclusion(path) for path in excluded],
            "alg": "sha256",
            "hash": digest,
            "name": "jumbf manifest",
        }
        binding = NewAssertion("c2pa.hash.bmff.v2", content)
        whole = replace(
            manifest,
            assertions=(*manifest.assertions, binding),
            faults=manifest.faults | {ManifestFault.NO_BINDING},
        )
        return carriers.embed(data, build_store(whole, None))

    return made(_digest(made(bytes(32)), excluded))
