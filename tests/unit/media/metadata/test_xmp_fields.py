import pytest
from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.metadata.checks import codes, metadata, pairs

TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def jpeg(packet: bytes) -> bytes:
    return build.jpeg(build.xmp_segment(packet))


def contexts(packet: bytes, *, everything: bool = True) -> list[tuple[str, str, str]]:
    found = metadata(jpeg(packet), everything=everything)
    return [(f.context, f.key, f.value) for f in found.fields]


@each(
    "packet",
    [
        made.xmp({"Iptc4xmpExt:DigitalSourceType": TYPE}),
        made.xmp(attributes={"Iptc4xmpExt:DigitalSourceType": TYPE}),
        made.xmp(inner=f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{TYPE}"/>'),
        made.xmp(
            inner='<Iptc4xmpExt:DigitalSourceType rdf:parseType="Resource">'
            f"<rdf:value>{TYPE}</rdf:value></Iptc4xmpExt:DigitalSourceType>"
        ),
        *(
            made.xmp(
                inner=f"<Iptc4xmpExt:DigitalSourceType><rdf:{kind}><rdf:li>{TYPE}</rdf:li>"
                f"</rdf:{kind}></Iptc4xmpExt:DigitalSourceType>"
            )
            for kind in ("Alt", "Seq", "Bag")
        ),
        *(
            made.xmp({"Iptc4xmpExt:DigitalSourceType": f" {TYPE}\n"}, encoding=encoding)
            for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
        ),
    ],
)
def test_a_field_of_xmp_is_read_in_each_form(packet):
    assert contexts(packet, everything=False) == [("", "Iptc4xmpExt:DigitalSourceType", TYPE)]


def test_a_prefix_of_xmp_is_only_a_name():
    packet = made.xmp({"TC260:AIGC": "{}"}).replace(b"TC260:", b"q:").replace(b":TC260=", b":q=")
    assert contexts(packet) == [("", "TC260:AIGC", "{}")]


def test_an_unknown_namespace_of_xmp_is_kept():
    packet = made.xmp(inner='<q:Name xmlns:q="urn:other">v</q:Name>')
    assert contexts(packet) == [("", "{urn:other}Name", "v")]


def test_structures_of_xmp_give_their_fields_a_context():
    inner = (
        "<xmpMM:History><rdf:Seq>"
        '<rdf:li stEvt:action="saved" stEvt:softwareAgent="a"/>'
        '<rdf:li rdf:parseType="Resource"><stEvt:action>edited</stEvt:action></rdf:li>'
        '<rdf:li><rdf:Description stEvt:action="c2pa"/></rdf:li>'
        "</rdf:Seq></xmpMM:History>"
        '<xmpMM:DerivedFrom stEvt:action="one"/>'
        '<xmpMM:Pantry><rdf:Description><xmpMM:Inner rdf:parseType="Resource">'
        "<dc:title>deep</dc:title></xmpMM:Inner></rdf:Description></xmpMM:Pantry>"
    )
    assert contexts(made.xmp(inner=inner), everything=False) == [
        ("xmpMM:History[1]", "stEvt:action", "saved"),
        ("xmpMM:History[1]", "stEvt:softwareAgent", "a"),
        ("xmpMM:History[2]", "stEvt:action", "edited"),
        ("xmpMM:History[3]", "stEvt:action", "c2pa"),
        ("xmpMM:DerivedFrom", "stEvt:action", "one"),
        ("xmpMM:Pantry/xmpMM:Inner", "dc:title", "deep"),
    ]


def test_items_of_a_list_in_xmp_repeat_the_key():
    inner = "<dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject>"
    assert contexts(made.xmp(inner=inner)) == [("", "dc:subject", "a"), ("", "dc:subject", "b")]


def test_a_packet_without_interest_is_not_parsed():
    packet = made.xmp({"dc:title": "about Midjourney, DALL-E and AI"})
    assert pairs(jpeg(packet)) == []
    assert pairs(jpeg(packet), everything=True) == [("dc:title", "about Midjourney, DALL-E and AI")]
    assert codes(jpeg(b"<broken")) == []


def test_xmp_not_well_formed_outside_its_rdf_is_still_read():
    packet = made.xmp({"TC260:AIGC": "{}"})
    packet = packet.replace(b'"adobe:ns:meta/">', b'"adobe:ns:meta/"/>')
    found = metadata(jpeg(packet))
    assert [(f.key, f.value) for f in found.fields] == [("TC260:AIGC", "{}")]
    assert [f.code for f in found.findings] == ["metadata.malformed"]


def test_xmp_cut_short_keeps_the_fields_before_the_cut():
    packet = made.xmp({"TC260:AIGC": "{}", "dc:title": "t"})
    found = metadata(jpeg(packet[: packet.index(b"</dc:title>")]))
    assert ("TC260:AIGC", "{}") in [(f.key, f.value) for f in found.fields]
    assert [f.code for f in found.findings] == ["metadata.malformed"]


@each(
    "packet",
    [
        b'<!DOCTYPE x [<!ENTITY a "tc260.org.cn">]><x>&a;</x>',
        b'<!DOCTYPE x SYSTEM "http://example.com/tc260.org.cn"><x/>',
        b"\xff\xfetc260.org.cn",
        b"tc260.org.cn",
        b"<x>tc260.org.cn\xff</x>",
        b'<?xml version="1.0" encoding="nothing"?><x>tc260.org.cn</x>',
    ],
)
def test_malformed_xmp_is_a_finding_without_fields(packet):
    assert codes(jpeg(packet)) == ["metadata.malformed"]
    assert pairs(jpeg(packet)) == []


def png(text: str) -> bytes:
    return build.png(build.itxt(made.xmp(inner=text)))


@pytest.mark.parametrize(
    "text",
    [
        "<dc:c2pa>" * 100 + "</dc:c2pa>" * 100,
        "<dc:c2pa>x</dc:c2pa>" * 6_000,
        "<dc:c2pa " + " ".join(f'dc:a{i}="b"' for i in range(13_000)) + "/>",
        "<dc:c2pa>" + "x" * 140_000 + "</dc:c2pa>",
        "<dc:c2pa>" + "x" * (1 << 20) + "</dc:c2pa>",
    ],
)
def test_limits_of_xmp_are_findings(text):
    assert codes(png(text)) == ["metadata.limit"]


def test_values_are_cut_but_json_is_not():
    """Of a long text the first and the last 64 Ki characters are kept: settings end a prompt."""
    long = "x" * 140_000 + " the end"
    (field,) = metadata(png(f"<dc:c2pa>{long}</dc:c2pa>")).fields
    assert len(field.value) == 2 * 65_536
    assert field.value.endswith("x the end")
    (field,) = metadata(png(f"<dc:c2pa>{{{long}</dc:c2pa>")).fields
    assert len(field.value) == len(long) + 1


def test_extended_xmp_is_read_where_the_main_packet_names_it():
    packet = made.xmp({"TC260:AIGC": "{}"})
    main = build.xmp_segment(made.xmp_main(packet))
    parts = made.extended(packet)
    assert codes(build.jpeg(main, *parts)) == []
    assert pairs(build.jpeg(main, *parts)) == [("TC260:AIGC", "{}")]
    other = [p.replace(b"{}", b"[]") for p in parts]
    found = metadata(build.jpeg(main, *other))
    assert [f.message for f in found.findings] == ["extended XMP that does not match its digest"]
    assert found.fields[0].value == "[]"
    found = metadata(build.jpeg(*parts))
    assert [f.message for f in found.findings] == [
        "extended XMP that the main packet does not name"
    ]
