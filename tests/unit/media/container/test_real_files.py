"""The scan over the shared folder of real files, against the SDK's own reading."""

import io
import json
import os
from pathlib import Path

import c2pa
import pytest
from support.each import each
from unit.media.container import build

from provenance.media.asset import Asset
from provenance.media.container import BlockKind, load_block, scan_container
from provenance.media.metadata.xmp import remote_manifest_url

_ROOT = Path(__file__).resolve().parents[4]
CORPUS = Path(os.environ.get("PROVENANCE_SHARED", _ROOT.parent / "shared")) / "corpus"
INDEX = CORPUS / "index.json"
ENTRIES = json.loads(INDEX.read_text()) if INDEX.is_file() else []

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not ENTRIES, reason="the shared folder of real files is not here"),
]
entries = each("entry", ENTRIES, ids=[e["file"] for e in ENTRIES])
SIGNED = [e for e in ENTRIES if e["credentials"] == "present"]
signed = each("entry", SIGNED, ids=[e["file"] for e in SIGNED])
SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False},
    "core": {"allowed_network_hosts": []},
}


def stores(entry: dict[str, str]) -> list[bytes]:
    with Asset.open(CORPUS / entry["file"]) as asset:
        found = scan_container(asset)
        return [load_block(asset, b, asset.size) for b in found.blocks_of(BlockKind.MANIFEST_STORE)]


def children(store: bytes) -> list[bytes]:
    """Split a superbox into its description and its manifests, sorted."""
    parts: list[bytes] = []
    at = 8
    while at < len(store):
        length = int.from_bytes(store[at : at + 4], "big")
        assert length >= 8
        parts.append(store[at : at + length])
        at += length
    assert at == len(store) == int.from_bytes(store[:4], "big")
    return sorted(parts)


@entries
def test_the_scan_finds_a_store_in_each_real_file_that_has_one(entry):
    assert len(stores(entry)) == (1 if entry["credentials"] == "present" else 0)


@entries
def test_a_scan_of_a_real_file_has_no_serious_finding(entry):
    with Asset.open(CORPUS / entry["file"]) as asset:
        codes = {f.code for f in scan_container(asset).findings}
    assert codes <= {"container.trailing_bytes", "container.merkle_boxes"}


@signed
def test_the_store_of_a_real_file_is_what_the_sdk_reads(entry):
    (store,) = stores(entry)
    assert int.from_bytes(store[:4], "big") == len(store)
    assert store[4:8] == b"jumb"
    path = CORPUS / entry["file"]
    context = c2pa.Context(c2pa.Settings.from_json(json.dumps(SETTINGS)))
    source = path if path.suffix != ".c2pa" else "application/c2pa"
    stream = io.BytesIO(path.read_bytes()) if path.suffix == ".c2pa" else None
    with c2pa.Reader(source, stream, context=context) as reader:
        label = json.loads(reader.json())["active_manifest"]
        out = io.BytesIO()
        reader.resource_to_stream(f"self#jumbf=/c2pa/{label}/c2pa.signature", out)
    # The SDK writes the store anew, and not always with its manifests in the order of the file.
    assert children(out.getvalue()) == children(store)


def test_a_remote_reference_of_a_real_file_is_found():
    with Asset.open(CORPUS / "cloud.jpg") as asset:
        (block,) = scan_container(asset).blocks_of(BlockKind.XMP)
        found = remote_manifest_url(load_block(asset, block, 1 << 20))
    assert found.url is not None
    assert found.url.startswith("https://cai-manifests.adobe.com/manifests/")


def embedded(store: bytes) -> dict[str, bytes]:
    return {
        "image/jpeg": build.jpeg(*build.app11(store)),
        "image/png": build.png(build.chunk(b"caBX", store)),
        "image/webp": build.riff(b"WEBP", build.riff_chunk(b"C2PA", store)),
        "video/mp4": build.mp4(build.c2pa_box(store)),
        "image/tiff": build.tiff({0xCD41: (7, store)}),
        "image/gif": build.gif(build.gif_c2pa(store)),
        "image/jxl": build.jxl(store),
        "image/svg+xml": build.svg(build.svg_store(store).replace(b"\n", b"")),
        "audio/mpeg": build.mp3(build.frame(b"GEOB", build.geob(store))),
        "audio/flac": build.flac(build.id3(build.frame(b"GEOB", build.geob(store)))),
        "application/epub+zip": build.archive(
            {
                "mimetype": b"application/epub+zip",
                "META-INF/content_credential.c2pa": store,
            }
        ),
        "application/pdf": build.pdf(store),
    }


@each("media_type", embedded(b""))
def test_the_sdk_finds_a_store_where_the_scan_does(media_type):
    """A real store, put where our builders put it: the SDK reads it, whatever it then says."""
    store = (CORPUS / "chatgpt_image.c2pa").read_bytes()
    data = embedded(store)[media_type]
    with Asset.from_bytes(data) as asset:
        found = scan_container(asset)
        assert found.media_type == media_type
        stores = found.blocks_of(BlockKind.MANIFEST_STORE)
        assert [load_block(asset, b, asset.size) for b in stores] == [store]
    context = c2pa.Context(c2pa.Settings.from_json(json.dumps(SETTINGS)))
    with c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader:
        assert json.loads(reader.json())["active_manifest"]
