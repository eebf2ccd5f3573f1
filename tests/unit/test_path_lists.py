"""Lists of names: line ends, NUL, and lists that come in pieces."""

from __future__ import annotations

import io
import os

import pytest

from provenance import path_lists


@pytest.mark.parametrize(
    ("data", "null", "expected"),
    [
        (b"", False, []),
        (b"a\nb", False, [b"a", b"b"]),
        (b"a\r\n\r\n\nb\r\n", False, [b"a", b"b"]),
        (b"a\nb\0c\r\0\0d", True, [b"a\nb", b"c\r", b"d"]),
        (b" a \n", False, [b" a "]),
        (b"\xff\xfe\n", False, [b"\xff\xfe"]),
    ],
)
def test_names(data, null, expected):
    found = path_lists.names(io.BytesIO(data), null=null)
    assert [os.fsencode(name) for name in found] == expected


def test_a_name_may_lie_across_two_reads():
    data = b"\n".join(b"x" * 1000 + str(n).encode() for n in range(500))
    assert len(list(path_lists.names(io.BytesIO(data), null=False))) == 500


def test_a_list_that_is_one_line_comes_in_pieces():
    found = list(path_lists.names(io.BytesIO(b"x" * 1_000_000), null=False))
    assert "".join(found) == "x" * 1_000_000
    assert max(map(len, found)) <= 2 * path_lists.MAX_NAME
