"""The gate in front of XMP lets through whatever a built-in detector could speak about."""

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.signals.detectors.make import UUID

from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.media.metadata.field import Source
from provenance.media.metadata.interest import interesting
from provenance.signals.detectors.detector_registry import builtin, detect
from provenance.signals.detectors.tables import table

SETTINGS = '{"c":"a duck","seed":1,"steps":8,"sampler":"UniPC"}'
HISTORY = (
    "<xmpMM:History><rdf:Seq><rdf:li rdf:parseType='Resource'>"
    "<stEvt:action>c2pa.edited</stEvt:action></rdf:li></rdf:Seq></xmpMM:History>"
)
# What a detector wants -> packets about which it has something to say.
PACKETS = {
    "TC260:AIGC": [made.xmp({"TC260:AIGC": made.LABEL})],
    "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC": [made.xmp({"TC260:AIGC": made.LABEL})],
    "Iptc4xmpExt:DigitalSourceType": [
        made.xmp({"Iptc4xmpExt:DigitalSourceType": value})
        for value in ("trainedAlgorithmicMedia", "composite", "nonsense")
    ],
    "Iptc4xmpExt:AISystemUsed": [made.xmp({"Iptc4xmpExt:AISystemUsed": "x"})],
    "Iptc4xmpExt:AISystemVersionUsed": [made.xmp({"Iptc4xmpExt:AISystemVersionUsed": "x"})],
    "Iptc4xmpExt:AIPromptInformation": [
        made.xmp({"Iptc4xmpExt:AIPromptInformation": "x", "Iptc4xmpExt:AISystemUsed": "Sora"}),
    ],
    "Iptc4xmpExt:AIPromptWriterName": [
        made.xmp({"Iptc4xmpExt:AIPromptWriterName": "x", "Iptc4xmpExt:AISystemUsed": "Sora"}),
    ],
    "photoshop:Credit": [
        made.xmp({"photoshop:Credit": value})
        for value in (
            *("Made with Google AI", "Edited with Google AI", "Apple Photos Clean Up"),
            *("Apple Image Playground", "Apple Photos Generative Edit: Clean Up"),
        )
    ],
    "dc:description": [
        made.xmp({"dc:description": f"a duck --v 6 Job ID: {UUID}"}),
        made.xmp(
            {"dc:description": f"a duck Job ID: {UUID}", "Iptc4xmpExt:DigImageGUID": UUID},
        ),
    ],
    "dc:creator": [made.xmp({"dc:creator": "VQGAN+CLIP", "dc:i": "300", "dc:model": "m"})],
    "exif:UserComment": [made.xmp({"exif:UserComment": SETTINGS})],
    "xmp:CreatorTool": [made.xmp({"xmp:CreatorTool": "reve.com"})],
    "dcterms:provenance": [made.xmp({"dcterms:provenance": "self#jumbf=c2pa/x"})],
    "xmpMM:History": [made.xmp(inner=HISTORY)],
    "stEvt:action": [made.xmp(inner=HISTORY)],
}
_NAMES = table("names")


def named(row: dict[str, str]) -> str:
    """Return a value that a row of the table of names takes."""
    tail = row.get("tails", ["4.5"])[0]
    return row["name"] + {"versioned": " 1.2", "prefix": tail}.get(row["match"], "")


for row in _NAMES["names"]:
    for place in row.get("only", [f"xmp:{key}" for key in _NAMES["fields"]["xmp"]]):
        source, _, key = place.partition(":")
        if source == "xmp":
            PACKETS.setdefault(key, []).append(made.xmp({key: named(row)}))
CASES = [(key, packet) for key, packets in PACKETS.items() for packet in packets]


def test_the_table_has_every_key_that_a_detector_reads():
    wanted = {k for d in builtin() for source, k in d.wants if source is Source.XMP}
    assert wanted == set(PACKETS)


@each(("key", "packet"), CASES)
def test_a_detector_speaks_through_the_gate(key, packet):
    del key
    with Asset.from_bytes(build.jpeg(build.xmp_segment(packet))) as asset:
        assert any(detect(read_metadata(asset, scan_container(asset)), builtin()))


@each(("key", "packet"), CASES)
@each("encoding", ["utf-16", "utf-16-be", "utf-32-le"])
def test_a_packet_that_a_detector_reads_is_interesting_in_every_encoding(key, packet, encoding):
    del key
    assert interesting(packet.decode().encode(encoding))


@each("key", [k for k in PACKETS if k[0] != "{" and k not in {"xmpMM:History", "stEvt:action"}])
def test_keys_in_attributes_are_interesting_too(key):
    for packet in PACKETS[key]:
        value = packet.decode().partition(f"<{key}>")[2].partition("<")[0]
        assert interesting(made.xmp(attributes={key: value}))


@pytest.mark.parametrize(
    "text",
    [
        "a fox Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512",
        '{"seed": 1, "steps": 20, "sampler": "euler", "cfg": 7, "model": "x"}',
        '{"1": {"class_type": "KSampler", "inputs": {}}}',
    ],
)
def test_settings_and_json_in_any_property_are_interesting(text):
    packet = made.xmp({"dc:rights": text})
    with Asset.from_bytes(build.jpeg(build.xmp_segment(packet))) as asset:
        assert detect(read_metadata(asset, scan_container(asset)), builtin())[0]
