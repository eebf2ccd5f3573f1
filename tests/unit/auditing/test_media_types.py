"""The filter by type knows every type that the containers can tell, and matches whole ones."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from support.pki import FIXTURES

from provenance.auditing import examine
from provenance.auditing.media_types import FAMILIES, KINDS, KNOWN
from provenance.media import container

_TYPE = re.compile(r"(application|audio|font|image|message|model|text|video)/[a-z0-9.+-]+")
_OTHERS = {
    "application/x-c2pa-manifest-store",  # of an attachment in ID3, never of a file
    "application/vnd.oasis",  # the beginning of a family
}


def written() -> set[str]:
    """Every text in the source of the containers that looks like a media type."""
    found = set()
    for path in Path(container.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                value = node.value
                text = value.decode("latin-1") if isinstance(value, bytes) else value
                if _TYPE.fullmatch(text):
                    found.add(text)
    return found


def test_every_type_that_containers_tell_is_known() -> None:
    assert written() - _OTHERS == {*KNOWN, *FAMILIES}
    assert list(KNOWN) == sorted(KNOWN)
    assert KINDS == ("application", "audio", "font", "image", "video")


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [(("image/",), True), (("image/png",), True), (("image/pn",), False), (("audio/",), False)],
)
def test_a_whole_type_is_no_beginning(wanted: tuple[str, ...], kept: bool) -> None:
    """`video/3gpp` is not asked to bring `video/3gpp2` along."""
    assert examine._wanted(str(FIXTURES / "ai-generated.png"), wanted) is kept
