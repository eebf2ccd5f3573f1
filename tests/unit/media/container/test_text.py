"""Stores in text: hidden in variation selectors, or between delimiters."""

from __future__ import annotations

import base64
import tracemalloc

import pytest
from support.each import each
from support.text_writer import BEGIN, END, wrapper
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned

from provenance.kit.texts import selectors
from provenance.media.asset import Asset
from provenance.media.container import load_block
from provenance.media.container.bounds import MAX_TEXT_STORES
from provenance.media.container.text import scan_text, store_of

STORE = build.store(400)
HIDDEN = wrapper(STORE)
DATA = "data:application/c2pa;base64," + base64.b64encode(STORE).decode()
LINE = f"# {BEGIN} {DATA} {END}"
REMAINS = "credential.unread_remains"


def extent(data: bytes) -> list[bytes]:
    return [data[s.offset : s.offset + s.length] for s in scanned(data).extent]


def remains(data: bytes) -> list[bytes]:
    with Asset.from_bytes(data) as asset:
        return [load_block(asset, block, 1 << 20) for block in scanned(data).remains]


class TestRecognised:
    @each(
        "data",
        [
            b"x",
            "Grüße, 東京".encode(),
            "Grüße".encode("latin-1"),
            b"\xef\xbb\xbftext",
            "text".encode("utf-16"),
            b"\x1b[1mbold\x1b[0m\ttab\r\n\f",
            b"{}",
            b"<note>no page and no drawing</note>",
        ],
    )
    def test_text_is_recognised_in_each_coding(self, data: bytes) -> None:
        assert scanned(data).media_type == "text/plain"
        assert codes(data) == []

    @each("data", [b"", b"\0", b"text\0", b"\x7fELF", b"\x01\x02", b"a\x08b"])
    def test_bytes_that_are_no_text_are_not_recognised(self, data: bytes) -> None:
        assert scanned(data).family == "unknown"


class TestHidden:
    @pytest.mark.parametrize("text", ["Text.{}", "{}Text.", "Grüße{} 東京 \U0001f600\ufe0f", "{}"])
    def test_a_store_is_found_wherever_it_is_in_the_text(self, text: str) -> None:
        data = text.format(HIDDEN).encode()
        assert loaded(data) == [STORE]
        assert codes(data) == []
        assert extent(data) == [HIDDEN.encode()]

    @pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
    def test_a_store_is_found_in_utf_16(self, coding: str) -> None:
        mark = "" if coding == "utf-16" else "\ufeff"
        data = (mark + f"Grüße \U0001f600 {HIDDEN}!").encode(coding)
        assert loaded(data) == [STORE]
        assert extent(data) == [HIDDEN.encode("utf-16-be" if mark else "utf-16-le")]

    def test_selectors_after_a_store_are_text(self) -> None:
        data = f"x{HIDDEN}\ufe0f".encode()
        assert loaded(data) == [STORE]
        assert extent(data) == [HIDDEN.encode()]

    @pytest.mark.parametrize(
        "damaged",
        [
            wrapper(STORE, version=2),
            wrapper(STORE, length=len(STORE) + 1),
            HIDDEN[:-9],
            HIDDEN[:12],
        ],
        ids=["version", "length", "cut", "cut early"],
    )
    def test_a_damaged_store_is_said_to_be_there(self, damaged: str) -> None:
        data = f"x{damaged} y".encode()
        assert loaded(data) == []
        assert {"manifest.text.corruptedWrapper", REMAINS} <= set(codes(data))

    @pytest.mark.parametrize(
        "damaged",
        [
            HIDDEN.removeprefix("\ufeff"),
            "\ufeff" + selectors(STORE),
            "\ufeff" + selectors(b"C2PATXT\1") + HIDDEN[9:],
        ],
        ids=["mark", "magic", "letter"],
    )
    def test_a_store_without_its_mark_or_its_name_is_found(self, damaged: str) -> None:
        data = f"x{damaged}y".encode()
        assert REMAINS in codes(data)
        assert remains(data) == [STORE]

    def test_emoji_and_ideographs_with_selectors_are_no_store(self) -> None:
        data = "❤\ufe0f \ufeff葛\U000e0100 \ufeff\ufe00\ufe01".encode()
        assert (scanned(data).blocks, codes(data)) == ((), [])

    def test_stores_in_text_are_looked_at_up_to_the_bound(self) -> None:
        data = (HIDDEN * (MAX_TEXT_STORES + 1)).encode()
        assert len(loaded(data)) == MAX_TEXT_STORES
        assert "container.limit" in codes(data)

    def test_characters_that_are_no_selectors_have_no_store(self) -> None:
        with pytest.raises(ValueError, match="variation selector"):
            store_of("\ufeffabc".encode())


class TestDelimited:
    @each("newline", ["\n", "\r\n"])
    @each(
        ("before", "after"),
        [("# ", ""), ("// ", ""), ("-- ", ""), ("<!-- ", " -->"), ("/*! ", " */"), ("NOTE ", "")],
    )
    def test_a_store_in_a_line_takes_its_line_end(
        self, before: str, after: str, newline: str
    ) -> None:
        line = before + f"{BEGIN} {DATA} {END}" + after
        for data, whole in (
            (line + newline + "text" + newline, line + newline),
            ("text" + newline + line, newline + line),
            (line, line),
        ):
            assert loaded(data.encode()) == [STORE]
            assert codes(data.encode()) == []
            assert extent(data.encode()) == [whole.encode()]

    def test_a_store_in_front_matter_is_found(self) -> None:
        block = f"{BEGIN}\n{DATA}\n{END}\n"
        data = f"---\n{block}title: x\n---\ntext\n".encode()
        assert loaded(data) == [STORE]
        assert extent(data) == [b"\n" + block.encode()]

    @pytest.mark.parametrize(
        ("before", "after"), [("run(); # ", ""), ("# ", " */ run()"), ("REMOVE ", "")]
    )
    def test_what_a_program_could_run_is_not_the_credentials(self, before: str, after: str) -> None:
        block = f"{BEGIN} {DATA} {END}"
        data = f"{before}{block}{after}\ntext\n".encode()
        assert loaded(data) == [STORE]
        assert extent(data) == [block.encode()]

    def test_two_stores_are_too_many(self) -> None:
        data = f"{LINE}\ntext\n{LINE}".encode()
        assert codes(data) == ["manifest.structuredText.multipleReferences"]
        assert loaded(data) == [STORE, STORE]

    @each(
        ("reference", "code"),
        [
            ("https://example.com/a.c2pa", "container.remote_reference"),
            ("", "manifest.structuredText.emptyReference"),
            ("  ", "manifest.structuredText.emptyReference"),
            ("<manifest-reference>", "manifest.structuredText.malformedReference"),
            (
                "data:application/c2pa;base64,oWV...cut...",
                "manifest.structuredText.malformedReference",
            ),
            ("data:application/c2pa;base64,", "manifest.structuredText.malformedReference"),
            ("data:text/plain;base64,eA==", "manifest.structuredText.malformedReference"),
            ("manifests/a.c2pa", "manifest.structuredText.malformedReference"),
            ("two words:more", "manifest.structuredText.malformedReference"),
            ("ftp://example.com/a.c2pa", "manifest.structuredText.noResolutionPath"),
            ("urn:c2pa:a", "manifest.structuredText.noResolutionPath"),
        ],
    )
    def test_what_documentation_quotes_is_a_note(self, reference: str, code: str) -> None:
        data = f"Write:\n\n    # {BEGIN} {reference} {END}\n".encode()
        assert codes(data) == [code]
        assert scanned(data).blocks == ()

    @pytest.mark.parametrize("text", [BEGIN, END, f"{END} x {BEGIN}", f"{BEGIN} x {BEGIN}"])
    def test_one_delimiter_alone_is_no_store(self, text: str) -> None:
        assert codes(text.encode()) == ["manifest.structuredText.noManifest"]

    def test_damaged_base64_is_a_credential_that_cannot_be_read(self) -> None:
        data = LINE.replace(DATA, DATA[:200] + "!" + DATA[200:]).encode()
        assert len(scanned(data).blocks) == 1

    def test_one_letter_of_the_address_of_data_hides_no_store(self) -> None:
        data = LINE.replace("data:", "dato:").encode()
        assert REMAINS in codes(data)
        assert remains(data) == [STORE]

    def test_a_store_in_utf_16_is_said_to_be_there(self) -> None:
        assert codes(LINE.encode("utf-16")) == [REMAINS]

    def test_stores_in_utf_16_are_looked_at_up_to_the_bound(self) -> None:
        found = codes((LINE * (MAX_TEXT_STORES + 1)).encode("utf-16"))
        assert found == [REMAINS] * MAX_TEXT_STORES + ["container.limit"]

    def test_a_store_that_never_ends_is_passed_once(self) -> None:
        """With an expression for it, each byte is kept until its end is found: two gigabytes."""
        data = BEGIN.encode() + b"a" * (8 << 20)
        with Asset.from_bytes(data) as asset:
            tracemalloc.start()
            scan_text(asset)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak < 4 * len(data)
