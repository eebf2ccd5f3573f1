import pytest
from support.each import each

from provenance.media.metadata.xmp import MAX_PACKET, remote_manifest_url

URL = "https://example.com/m.c2pa"
HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
)
TAIL = "</rdf:RDF></x:xmpmeta>"
NS = 'xmlns:d="http://purl.org/dc/terms/"'
ATTRIBUTE = f'{HEAD}<rdf:Description {NS} d:provenance="{URL}"/>{TAIL}'
ELEMENT = (
    f"{HEAD}<rdf:Description {NS}><d:provenance> {URL}\n</d:provenance></rdf:Description>{TAIL}"
)
RESOURCE = (
    f'{HEAD}<rdf:Description {NS}><d:provenance rdf:resource="{URL}"/></rdf:Description>{TAIL}'
)
WRAPPED = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    f'{ATTRIBUTE}{" " * 200}\n<?xpacket end="w"?>'
)


@each("text", [ATTRIBUTE, ELEMENT, RESOURCE, WRAPPED])
@each("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_the_address_of_a_remote_store_is_read_in_each_form_and_encoding(text, encoding):
    found = remote_manifest_url(text.encode(encoding))
    assert (found.url, found.malformed) == (URL, False)


def test_an_embedded_reference_is_returned_as_it_is():
    text = ATTRIBUTE.replace(URL, "self#jumbf=/c2pa/urn:uuid:1")
    assert remote_manifest_url(text.encode()).url == "self#jumbf=/c2pa/urn:uuid:1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{HEAD}{TAIL}",
        ATTRIBUTE.replace("http://purl.org/dc/terms/", "http://example.com/"),
        ATTRIBUTE.replace(URL, "  "),
        ATTRIBUTE.replace("d:provenance", "d:other") + "<!-- provenance -->",
    ],
)
def test_xmp_without_an_address_of_a_remote_store_gives_none(text):
    found = remote_manifest_url(text.encode())
    assert (found.url, found.malformed) == (None, False)


@each(
    "packet",
    [
        ATTRIBUTE[:-5].encode(),
        b"provenance",
        b"<!DOCTYPE x [<!ENTITY e 'provenance'>]><x>&e;</x>",
        b'<!DOCTYPE x SYSTEM "http://example.com/"><x>provenance</x>',
        ATTRIBUTE.encode("utf-16") + b"\0",
        b"\xff\xfe" + b"\0\xd8" * 3 + "provenance".encode("utf-16-le"),
        ATTRIBUTE.replace("https", "\x01").encode(),
        b'<?xml version="1.0" encoding="no-such"?><provenance/>',
        b" " * MAX_PACKET + ATTRIBUTE.encode(),
        b"<a>" * 100_000 + b"provenance",
    ],
)
def test_malformed_xmp_gives_no_address_and_says_so(packet):
    found = remote_manifest_url(packet)
    assert (found.url, found.malformed) == (None, True)


def test_deeply_nested_xmp_ends():
    packet = b"<a>" * 100_000 + b"provenance" + b"</a>" * 100_000
    assert remote_manifest_url(packet).url is None
