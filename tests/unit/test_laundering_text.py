"""Text with a credential: what was signed, what was changed, and what only looks like one."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.fixture import AI, HUMAN_EDITS, label
from support.pki import PKI, Who, credential
from support.text_writer import BEGIN, END, commented, hidden, wrapper
from support.writer import Manifest

from provenance import Flag, Origin, TrustStore, Verifier
from provenance.base.terms import Assurance, Identity, Integrity
from provenance.kit.claims import created

if TYPE_CHECKING:
    from provenance.verdict.report import Report

MADE = Manifest(label(970), (created(AI),), signer=credential(), media_type="text/plain")
EDITED = Manifest(
    label(971), (created(HUMAN_EDITS),), signer=credential(Who.CAMERA), media_type="text/plain"
)
TEXT = "Grüße aus e\u0301inem Text.\n"
CODE = b"print('hello')\nprint('again')\n"
ORIGINS = (Origin.AI_GENERATED, Assurance.VERIFIED_PRIVATE, Integrity.INTACT)


@cache
def signed() -> str:
    return hidden(TEXT, MADE)


def judge(data: bytes) -> Report:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    report = Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC)).verify_bytes(data)
    assert report.verdict is not None, report.error
    return report


def outcome(data: bytes) -> tuple[Origin, Assurance, Integrity]:
    report = judge(data)
    assert report.verdict is not None
    return report.verdict.origin, report.verdict.assurance, report.axes.integrity


def codes(data: bytes) -> set[str]:
    return {finding.code for finding in judge(data).findings}


class TestHidden:
    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    @pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
    def test_the_text_is_what_was_signed_in_whatever_form(self, form: str, coding: str) -> None:
        assert outcome(unicodedata.normalize(form, signed()).encode(coding)) == ORIGINS

    def test_text_after_the_store_is_covered_too(self) -> None:
        whole = hidden("Before. ", MADE, "After.")
        assert outcome(whole.encode()) == ORIGINS
        assert outcome(whole.replace("After", "after").encode())[2] is Integrity.BROKEN

    @each(
        "changed",
        [
            lambda text: text.replace("aus", "auf"),
            lambda text: text + " more",
            lambda text: "more " + text,
            lambda text: text.replace("\ufeff", "more\ufeff"),
            lambda text: text + "\ufe00",
            lambda text: text.replace("\n", "\r\n"),
        ],
        ids=["a word", "after", "before", "at the mark", "a selector", "line ends"],
    )
    def test_any_change_of_the_text_is_seen(self, changed: object) -> None:
        assert callable(changed)
        data = changed(signed()).encode()
        assert outcome(data) == (Origin.AI_GENERATED, Assurance.BROKEN, Integrity.BROKEN)
        assert codes(data) & {"assertion.dataHash.mismatch", "assertion.dataHash.malformed"}

    def test_a_part_of_the_text_is_said_to_be_a_part(self) -> None:
        data = signed()[: len(TEXT) + 900].encode()
        report = judge(data)
        assert "manifest.text.corruptedWrapper" in codes(data)
        assert report.verdict is not None
        assert Flag.UNREADABLE in report.verdict.flags
        assert report.verdict.origin is Origin.AI_GENERATED

    def test_a_store_copied_into_another_text_is_said_to_be_another_texts(self) -> None:
        other = "Another text." + signed()[len(TEXT) :]
        report = judge(other.encode())
        assert report.axes.integrity is Integrity.BROKEN
        assert report.axes.identity is Identity.PRIVATE  # whoever signed it did not sign this

    def test_of_a_text_signed_twice_the_last_counts_and_the_first_still_speaks(self) -> None:
        again = hidden(signed(), EDITED).encode()
        report = judge(again)
        assert report.axes.integrity is Integrity.INTACT
        assert report.verdict is not None
        assert (report.verdict.origin, report.verdict.assurance) == (
            Origin.AI_GENERATED,
            Assurance.BROKEN,
        )

    def test_two_stores_of_which_none_fits_are_broken(self) -> None:
        data = (signed() + hidden("Other.", EDITED)).encode()
        assert outcome(data) == (Origin.AI_GENERATED, Assurance.BROKEN, Integrity.BROKEN)
        assert {"manifest.text.multipleWrappers", "credential.multiple_stores"} <= codes(data)

    def test_a_text_that_leaves_out_more_than_its_own_wrapper_is_broken(self) -> None:
        """Anyone could exchange what is hidden in the second for something as long."""
        other = wrapper(b"x" * 40)
        whole = hidden(TEXT, MADE, other, beyond=len(other.encode()))
        assert outcome(whole.encode())[2] is Integrity.BROKEN

    def test_marks_without_end_are_not_put_in_order(self) -> None:
        text = "a" + "\u0301\u0323" * 100_000
        report = judge((signed() + text).encode())
        assert report.axes.integrity is not Integrity.INTACT
        assert report.flagged


class TestDelimited:
    @each("newline", ["\n", "\r\n"])
    @each(
        ("before", "after", "at"),
        [("# ", "", 0), ("# ", "", -1), ("<!-- ", " -->", 0), ("/*! ", " */", -1), ("// ", "", 15)],
    )
    def test_a_store_in_a_comment_binds_the_text(
        self, before: str, after: str, at: int, newline: str
    ) -> None:
        data = commented(CODE, MADE, before, after, at=at, newline=newline)
        assert outcome(data) == ORIGINS
        assert outcome(data.replace(b"hello", b"hellO"))[2] is Integrity.BROKEN

    def test_a_store_in_front_matter_binds_the_text(self) -> None:
        data = commented(b"---\ntitle: x\n---\nText.\n", MADE, "", at=4, lines=True)
        assert outcome(data) == ORIGINS

    @pytest.mark.parametrize(
        ("before", "after"), [("steal(); # ", ""), ("/* ", " */ steal();"), ("\u202e# ", "")]
    )
    def test_a_program_in_the_line_of_the_store_is_broken(self, before: str, after: str) -> None:
        data = commented(CODE, MADE, before, after)
        assert outcome(data) == (Origin.AI_GENERATED, Assurance.BROKEN, Integrity.BROKEN)

    @each(
        ("before", "after"),
        [
            ("/* ", ""),
            ("<!-- ", " >"),
            ('""" ', ""),
            ("' ", ""),
            ("// ", " \\"),
            ("// ", "??/"),
            ("*/ ", ""),
            ("#! ", ""),
            ("{{ ", " }}"),
            ("<% ", " %>"),
            ("`", "`"),
            ("<<", ""),
            ("# \u2028", ""),
            ("# ", " */"),
        ],
    )
    def test_a_mark_that_changes_what_is_a_comment_around_it(self, before: str, after: str) -> None:
        assert outcome(commented(CODE, MADE, before, after))[2] is Integrity.BROKEN

    @pytest.mark.parametrize(
        ("open_before", "before", "after"),
        [("/* was:\n", "/* ", " */"), ("<!-- \n", "<!-- ", " -->"), ('x = """\n', '"""', '"""')],
    )
    def test_a_mark_that_ends_the_comment_that_it_is_in(
        self, open_before: str, before: str, after: str
    ) -> None:
        rest = "remove_all()\n"
        text = (open_before + rest).encode()
        assert outcome(commented(text, MADE, "# ", at=len(open_before))) == ORIGINS
        inside = commented(text, MADE, before, after, at=len(open_before))
        assert outcome(inside)[2] is Integrity.BROKEN
        closed = commented(text + b'*/ --> """ \n' + CODE, MADE, before, after, at=0)
        assert outcome(closed) == ORIGINS

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (f" {END}", f"\nsteal()\n# {END}"),
            (f" {END}", f"==\nsteal()\n# {END}"),
            (f"{BEGIN} ", f"{BEGIN}\n"),
            (f" {END}", f"\v{END}"),
            (";base64,", ";base64,!$(*)!"),
        ],
        ids=["lines", "after the padding", "out of the comment", "another blank", "within"],
    )
    def test_a_program_between_the_delimiters(self, old: str, new: str) -> None:
        """What is between them is as long as it was signed: the store has room to lose."""
        sound = commented(CODE, MADE)
        made = commented(CODE, MADE, edit=lambda line: line.replace(old, new))
        assert outcome(sound) == ORIGINS
        assert outcome(made)[2] is Integrity.BROKEN

    @pytest.mark.parametrize("delimiter", [BEGIN, END])
    def test_one_changed_letter_of_a_delimiter_hides_no_store(self, delimiter: str) -> None:
        data = commented(CODE, MADE).replace(delimiter.encode(), delimiter.lower().encode())
        report = judge(data)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.AI_GENERATED
        assert Flag.UNREADABLE in report.flagged

    def test_two_stores_are_broken_and_both_speak(self) -> None:
        data = commented(CODE, MADE) + commented(CODE, EDITED)
        assert outcome(data) == (Origin.AI_GENERATED, Assurance.BROKEN, Integrity.BROKEN)
        assert "manifest.structuredText.multipleReferences" in codes(data)

    @pytest.mark.parametrize(
        "text",
        [
            f"Write `{BEGIN} <manifest-reference> {END}` in a comment.",
            f"# {BEGIN} data:application/c2pa;base64,oWV...cut...==  {END}",
            f"# {BEGIN} https://example.com/a.c2pa {END}",
            f"{BEGIN}\n{END}",
            BEGIN,
        ],
    )
    def test_documentation_that_quotes_a_store_is_not_flagged(self, text: str) -> None:
        report = judge(f"# How to\n\n{text}\n".encode())
        assert report.flagged == ()
        assert report.verdict is not None
        assert report.verdict.origin is Origin.UNKNOWN


class TestNotRecognised:
    """What a byte in front hides from the format is found in the file all the same."""

    @each("front", [b"\0", b"\1", b"text \x08 and \x7f"])
    @each("kind", ["hidden", "comment"])
    def test_a_control_character_hides_no_store(self, kind: str, front: bytes) -> None:
        data = signed().encode() if kind == "hidden" else commented(CODE, MADE)
        report = judge(front + data)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.AI_GENERATED
        assert {Flag.AI, Flag.UNREADABLE} <= set(report.flagged)

    @pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("kind", ["hidden", "comment"])
    def test_a_text_without_a_byte_order_mark_hides_no_store(self, kind: str, coding: str) -> None:
        text = signed() if kind == "hidden" else commented(CODE, MADE).decode()
        assert Flag.UNREADABLE in judge(text.encode(coding)).flagged

    def test_an_address_of_data_that_cannot_be_read_is_flagged(self) -> None:
        data = commented(CODE, MADE).replace(b"c2pa;base64", b"c2pa;x=y;base64")
        assert Flag.UNREADABLE in judge(data.replace(b"anVtZGMy", b"anVt\nZGMy")).flagged
