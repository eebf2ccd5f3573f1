"""The filter by type knows every type that the containers can tell, and matches whole ones."""

from __future__ import annotations

import pytest
from support.pki import FIXTURES

from provenance.auditing import examine
from provenance.auditing.media_types import FAMILIES, KINDS, KNOWN
from provenance.media.container import all_families


def test_what_containers_declare_is_known() -> None:
    declared = {one for family in all_families().values() for one in family.media_types}
    assert {*KNOWN, *(f"{one}*" for one in FAMILIES)} == declared | {"application/octet-stream"}
    assert list(KNOWN) == sorted(KNOWN)
    assert KINDS == ("application", "audio", "font", "image", "message", "text", "video")
    assert FAMILIES == (
        "application/vnd.oasis.opendocument.",
        "application/vnd.openxmlformats-officedocument.",
    )


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [(("image/",), True), (("image/png",), True), (("image/pn",), False), (("audio/",), False)],
)
def test_a_whole_type_is_no_beginning(wanted: tuple[str, ...], kept: bool) -> None:
    """`video/3gpp` is not asked to bring `video/3gpp2` along."""
    assert examine.is_wanted(str(FIXTURES / "ai-generated.png"), wanted, opening=False) is kept
