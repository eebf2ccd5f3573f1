"""How the values of soft bindings are shown: as what they are, never as torn text."""

from __future__ import annotations

from support.each import each

from provenance.marks.iscc_seq import ALGORITHM, from_text
from provenance.verdict.shown_marks import printed

CODE = "ISCC:EED6MO3VSQRSMZG2FDOYUW3QHYZUPKD434VKUUVBUXI2J2QZRLWXQVQ"
RAW = from_text(CODE.encode())
assert RAW is not None


@each(
    ("value", "algorithm", "is_text", "shown"),
    [
        (RAW, ALGORITHM, False, (CODE, "text")),
        (RAW, ALGORITHM, True, (CODE, "text")),  # bytes that somebody called text
        (CODE.encode(), ALGORITHM, True, (CODE, "text")),
        (RAW[:-1], ALGORITHM, True, (RAW[:-1].hex(), "hex")),
        (RAW, "com.example.other", True, (RAW.hex(), "hex")),
        (b"2*0011", "com.adobe.trustmark.P", False, ("2*0011", "text")),
        (b"2*0011\n", "com.adobe.trustmark.P", True, ("322a303031310a", "hex")),
        (b"\x01\x02", "com.example.other", False, ("0102", "hex")),
        ("größer".encode(), "com.example.other", True, ("größer", "text")),
        ("größer".encode(), "com.example.other", False, ("6772c3b6c39f6572", "hex")),
        (b"", "com.example.other", False, ("", "hex")),
    ],
)
def test_the_value_of_a_mark_is_shown_by_its_kind(
    value: bytes, algorithm: str, is_text: bool, shown: tuple[str, str]
) -> None:
    assert printed(value, algorithm, is_text=is_text) == shown


def test_a_long_text_of_a_mark_is_cut_between_characters() -> None:
    text, encoding = printed("ä".encode() * 60_000, "com.example.other", is_text=True)
    assert encoding == "text"
    assert set(text) == {"ä"}
