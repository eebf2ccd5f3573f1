"""Hand-made metadata for the detectors, and what they say of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from provenance.media.metadata.field import Field, Metadata, Source
from provenance.signals.detectors.detector_registry import builtin, detect

if TYPE_CHECKING:
    from provenance.base.finding import Finding
    from provenance.signals.detector import Marker

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
UUID = "2b6e053b-9a65-4ca9-9e13-b6f4465164d4"
SETTINGS = "Steps: 15, Sampler: UniPC, CFG scale: 5, Seed: 235284042, Size: 512x400"
DOUBAO = "001191110102MACQD9K64010000"
JIMENG = "00119144030008867405X210001"
GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
}
RESIZE = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "holiday.jpg"}},
    "2": {"class_type": "ImageScale", "inputs": {"width": 640, "image": ["1", 0]}},
    "3": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "RealESRGAN_x4.pth"}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}},
}


def node(number: int, kind: str, **more: object) -> dict[str, object]:
    return {"id": number, "type": kind, "mode": 0, "inputs": [], "outputs": [], **more}


def drawing(*nodes: dict[str, object], links: object = ()) -> dict[str, object]:
    return {
        "last_node_id": len(nodes),
        "nodes": list(nodes),
        "links": list(links),
        "version": 0.4,
    }


def label(value: object = "1", producer: str = "", **more: object) -> dict[str, object]:
    return {"Label": value, "ContentProducer": producer, "ProduceID": "x", **more}


def field(
    source: Source,
    key: str,
    value: object,
    *,
    place: str = "block",
    offset: int = 0,
    context: str = "",
) -> Field:
    text = value if isinstance(value, str) else json.dumps(value)
    return Field(source, key, text, place, offset, context)


def xmp(key: str, value: object, *, offset: int = 0, context: str = "") -> Field:
    return field(Source.XMP, key, value, place="XMP", offset=offset, context=context)


def exif(key: str, value: object) -> Field:
    return field(Source.EXIF, key, value, place="APP1")


def png(key: str, value: object, *, offset: int = 0) -> Field:
    return field(Source.TEXT, key, value, place="tEXt", offset=offset)


def meta(*fields: Field, media_type: str = "image/png") -> Metadata:
    return Metadata(media_type, fields)


def run(
    *fields: Field, media_type: str = "image/png"
) -> tuple[tuple[tuple[str, Marker], ...], tuple[Finding, ...]]:
    """Run every built-in detector. No file content may make one fail, and each says something."""
    found, findings = detect(meta(*fields, media_type=media_type), builtin())
    assert "detector.failed" not in codes(findings)
    assert [name for name, marker in found if not marker.says] == []
    return found, findings


def only(*fields: Field, media_type: str = "image/png") -> tuple[str, Marker]:
    found, _ = run(*fields, media_type=media_type)
    assert len(found) == 1, found
    return found[0]


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in findings}
