from support.each import each
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned, xmp

from provenance.media.asset import Asset
from provenance.media.container import BlockKind, Coding, load_block, scan_container

STORE = build.store()


@each("table", [True, False])
@each("indirect_length", [True, False])
@each("deflated", [True, False])
def test_store_and_xmp_of_a_pdf_are_found(table, indirect_length, deflated):
    data = build.pdf(
        STORE, build.PACKET, table=table, indirect_length=indirect_length, deflated=deflated
    )
    found = scanned(data)
    assert found.media_type == "application/pdf"
    assert loaded(data) == [STORE]
    assert xmp(data) == [build.PACKET]
    assert codes(data) == []
    coding = found.blocks_of(BlockKind.MANIFEST_STORE)[0].coding
    assert coding is (Coding.DEFLATE if deflated else Coding.RAW)


def test_a_pdf_without_a_store_has_none():
    assert scanned(build.pdf()).blocks == ()
    assert codes(build.pdf()) == []


def test_a_store_in_a_pdf_under_an_escaped_name_is_found():
    assert loaded(build.pdf(STORE, relation=b"/C2PA#5fManifest")) == [STORE]


def test_other_attachments_of_a_pdf_are_no_store():
    data = build.pdf(b"an attached file", relation=b"/Source")
    assert scanned(data).blocks == ()
    assert codes(data) == []


def test_a_store_in_a_large_pdf_is_found_by_its_table():
    data = build.pdf(STORE, filler=9 * 1024 * 1024)
    assert loaded(data) == [STORE]


def test_a_large_pdf_without_a_mention_of_a_store_is_left_open():
    data = build.pdf(filler=9 * 1024 * 1024)
    assert codes(data) == ["container.credential_not_located"]


def test_a_store_that_a_pdf_mentions_and_does_not_have_is_said():
    data = build.pdf(STORE).replace(b"/F 4 0 R", b"/F 9 0 R").replace(b"jumdc2pa", b"xxxxxxxx")
    assert codes(data) == ["container.credential_not_located"]


def test_a_store_in_a_pdf_is_found_by_its_own_bytes():
    data = build.pdf(STORE).replace(b"/AFRelationship", b"/XFRelationship")
    assert loaded(data) == [STORE]


def test_compressed_objects_of_a_pdf_next_to_embedded_files_are_left_open():
    data = build.pdf(b"an attached file", relation=b"/Source")
    expected = ["container.credential_not_located"]
    assert codes(data.replace(b"/Pages /Count", b"/ObjStm /Count")) == expected
    plain = build.pdf().replace(b"/Pages /Count", b"/ObjStm /Count")
    assert codes(plain) == []
    assert codes(plain.replace(b"/Kids", b"/Subtype /application#2Fc2pa /Kids")) == expected


def test_a_mention_of_a_store_alone_in_a_pdf_is_left_open():
    data = build.pdf().replace(b"/Kids", b"/C2PA 3 0 R /Kids")
    assert codes(data) == ["container.credential_not_located"]


def test_a_store_in_a_pdf_under_a_filter_that_is_not_read_is_said():
    data = build.pdf(STORE).replace(b"/EmbeddedFile", b"/EmbeddedFile /Filter /LZWDecode")
    assert loaded(data) == []
    found = ["container.credential_not_located", "credential.unread_remains"]
    assert codes(data) == found  # as it is, whatever the filter says


def test_a_compressed_store_whose_dictionary_is_damaged():
    data = build.pdf(STORE, deflated=True)
    for old, new in (
        (b"/Filter", b"/Filtes"),
        (b"/FlateDecode", b"/FlatfDecode"),
        (b"/Length", b"/Lengti"),
        (b" /EF ", b" /EG "),
        (b"/C2PA_Manifest", b"/C\0\0\0\0\0\0\0\0fest"),
        (b"4 0 obj", b"44 0 oj"),
    ):
        assert data.count(old) == 1, old
        with Asset.from_bytes(data.replace(old, new)) as asset:
            found = scan_container(asset)
            assert [load_block(asset, b, 1 << 20) for b in found.remains] == [STORE], old


def test_a_store_without_its_header_is_said_where_the_document_names_one():
    data = build.pdf(STORE).replace(STORE[:8], b"\0\xff\xeb\0\2" + STORE[5:8])
    assert "credential.unread_remains" in codes(data.replace(b"/Length", b"/Lengti"))


def test_revisions_of_a_pdf_in_a_circle_end():
    data = build.pdf(STORE)
    start = data.index(b"xref\n0 8")
    data = data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)
    assert loaded(data) == [STORE]


def test_an_object_number_that_ends_another_one_is_told_apart():
    data = build.pdf(STORE, table=False)
    at = data.index(b"startxref")
    other = b"14 0 obj\n<< /Length 3 >>\nstream\nabc\nendstream\nendobj\n"
    assert loaded(data[:at] + other + data[at:]) == [STORE]
