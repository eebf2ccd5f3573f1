"""XMP and source types in XML, pages and other text: by structure, and never because of a word."""

from __future__ import annotations

import json

import pytest
from support.each import each
from unit.media.metadata.test_beside import GENERATED, XPACKET, packet

from provenance import Verifier
from provenance.base.terms import Assurance, Flag, Origin
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.signals.detectors.detector_registry import builtin, detect

HEAD = "<!DOCTYPE html>\n<html><head><title>x</title>{}</head><body>{}</body></html>"
ARTICLE = '<?xml version="1.0"?>\n<article><info>{}</info><p>{}</p></article>'


def markers(text, coding="utf-8"):
    with Asset.from_bytes(text.encode(coding), "x") as asset:
        found, findings = detect(read_metadata(asset, scan_container(asset)), builtin())
    assert findings == ()
    return [(marker.origin, marker.whole) for _, marker in found]


def ld(document):
    return f'<script type="application/ld+json">{json.dumps(document)}</script>'


WHOLE, PART = [(Origin.AI_GENERATED, True)], [(Origin.AI_POSSIBLE, False)]


@each(
    "text",
    [
        packet(),
        packet(wrapped=False),
        f"\n{XPACKET}{packet()}<?xpacket end='w'?>",
        f'<?xml version="1.0"?><!-- by an editor -->{packet()}',
        ARTICLE.format(packet(), "text"),
        f"<note>{XPACKET}{packet()}<?xpacket end='r'?></note>",
    ],
    ids=["packet", "RDF", "instructions", "XML", "an element", "a packet in an element"],
)
def test_statements_of_documents_and_elements_are_heard(text):
    assert markers(text) == WHOLE


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig"])
def test_a_sidecar_by_itself_is_read_in_other_codings(coding):
    assert markers(packet(), coding) == WHOLE


ESCAPED = packet().replace("<", "&lt;")


@each(
    "text",
    [
        f"A sidecar looks like this:\n\n{packet()}\n\nand no more.",
        f"# Title\n\n```xml\n{packet()}\n```\n",
        f"<!-- {packet()} -->\nA text.",
        f"<p>{packet()} and an element that does not end",
        ARTICLE.format("", f"<![CDATA[{packet()}]]>"),
        ARTICLE.format("", f"<!-- {packet()} -->"),
        ARTICLE.format("", f"<programlisting>{packet()}</programlisting>"),
        ARTICLE.format("", ESCAPED),
        f"print('''{packet()}''')\n",
        json.dumps({"example": packet()}),
        HEAD.format("", f"<pre>{ESCAPED}</pre>"),
        HEAD.format("", f"<div>{packet()}</div>"),
        HEAD.format(f"<!-- {packet()} -->", ""),
        HEAD.format(f"<script>var x = `{packet()}`;</script>", ""),
        HEAD.format(f"<style>/* {packet()} */</style>", ""),
        f'<!DOCTYPE a [<!ENTITY b "c">]><a>{packet()}</a>',
    ],
    ids=str,
)
def test_markup_that_is_quoted_is_no_statement(text):
    assert markers(text) == []
    report = Verifier().verify_bytes(text.encode())
    assert report.verdict.origin is Origin.UNKNOWN
    assert report.flagged == ()


@each(
    "text",
    [
        HEAD.format(packet(), ""),
        HEAD.format(f'<script type="application/rdf+xml">{packet()}</script>', ""),
        HEAD.format(f'<meta name="DigitalSourceType" content="{GENERATED}">', ""),
        HEAD.format(f"<META CONTENT='{GENERATED}' PROPERTY='Iptc4xmpExt:DigitalSourceType'/>", ""),
        HEAD.format('<meta name=digital-source-type content="trainedAlgorithmicMedia">', ""),
        HEAD.format(ld({"@type": "NewsArticle", "digitalSourceType": GENERATED}), ""),
        HEAD.format(
            "",
            ld(
                {
                    "@graph": [
                        {
                            "@type": "WebPage",
                            "digitalSourceType": {
                                "@id": "https://schema.org/TrainedAlgorithmicMediaDigitalSource"
                            },
                        }
                    ]
                }
            ),
        ),
    ],
    ids=str,
)
def test_a_page_that_speaks_of_itself_is_heard(text):
    assert markers(text) == WHOLE
    report = Verifier().verify_bytes(text.encode())
    assert report.verdict.assurance is Assurance.ASSERTED
    assert Flag.AI in report.flagged


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "ImageObject", "digitalSourceType": "TrainedAlgorithmicMediaDigitalSource"},
        {
            "@type": "NewsArticle",
            "image": [{"@type": "ImageObject", "digitalSourceType": GENERATED}],
        },
        {"@type": "Article", "isBasedOn": {"@type": "Article", "digitalSourceType": GENERATED}},
        {"digitalSourceType": GENERATED},
    ],
    ids=str,
)
def test_a_page_that_speaks_of_a_part_is_heard_for_the_part(document):
    assert markers(HEAD.format(ld(document), "")) == PART


@each(
    "inner",
    [
        ("", f'<meta name="DigitalSourceType" content="{GENERATED}">'),
        (f'<meta name="description" content="DigitalSourceType {GENERATED}">', ""),
        ('<meta name="DigitalSourceType" content="about trainedAlgorithmicMedia">', ""),
        (f'<meta name="MyDigitalSourceTypes" content="{GENERATED}">', ""),
        (ld({"@type": "Article", "about": f"digitalSourceType {GENERATED}"}), ""),
        (ld({"@type": "Article", "digitalSourceType": "DigitalCaptureDigitalSource"}), ""),
        ('<script type="application/ld+json">{"digitalSourceType": </script>', ""),
        ('<script type="application/json">{"digitalSourceType": "x"}</script>', ""),
    ],
    ids=str,
)
def test_a_page_that_speaks_of_other_things_is_not_heard(inner):
    report = Verifier().verify_bytes(HEAD.format(*inner).encode())
    assert report.verdict.origin is Origin.UNKNOWN
    assert report.flagged == ()


@each(
    "text",
    [
        HEAD.format(f'<meta name="DigitalSourceType" content="{GENERATED}">' * 5_000, ""),
        HEAD.format(ld([{"digitalSourceType": [GENERATED] * 50}] * 2_000), ""),
        HEAD.format('<script type="application/ld+json">' + "[" * 300_000, ""),
        ARTICLE.format(packet() * 300, ""),
        "<a>" * 200_000 + packet(),
        f"<a>{'<!--' * 100_000}{packet()}</a>",
        f"<a>{packet()}{' ' * (5 << 20)}</a>",
    ],
    ids=range(7),
)
def test_floods_of_markup_end(text):
    with Asset.from_bytes(text.encode(), "x") as asset:
        found = read_metadata(asset, scan_container(asset))
    assert len(found.fields) <= 10_000
