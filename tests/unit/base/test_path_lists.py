"""Lists of names: line ends, NUL, and lists that come in pieces."""

from __future__ import annotations

import io
import os

import pytest
from support.each import each

from provenance.base import paths


@each(
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
def test_names_are_read_from_lines_or_nul(data, null, expected):
    found = paths.names(io.BytesIO(data), null=null)
    assert [os.fsencode(name) for name in found] == expected


def test_a_name_may_lie_across_two_reads():
    data = b"\n".join(b"x" * 1000 + str(n).encode() for n in range(500))
    assert len(list(paths.names(io.BytesIO(data), null=False))) == 500


@pytest.mark.parametrize(
    ("data", "null", "words"),
    [
        (b"x" * 1_000_000, False, "65536 bytes"),
        (b"x" * 100_000 + b"\n", False, "65536 bytes"),
        (b"x" * 100_000 + b"\0", True, "65536 bytes"),
        (b"a\0b\0", False, "-0"),
        (b"a\0" + bytes(10) + b"\n", False, "-0"),
    ],
    ids=["one line", "a line", "with NUL", "without -0", "binary"],
)
def test_a_stream_that_is_no_list_of_names_is_refused(data, null, words):
    with pytest.raises(paths.ListError, match=words):
        list(paths.names(io.BytesIO(data), null=null))


def test_a_stream_without_end_is_given_up_soon():
    class Zeros(io.RawIOBase):
        read_so_far = 0

        def read(self, size=-1):
            self.read_so_far += size
            assert self.read_so_far < 1 << 20
            return b"x" * size

    with pytest.raises(paths.ListError):
        list(paths.names(Zeros(), null=False))


def test_names_before_the_first_fault_of_a_list_are_yielded():
    made = paths.names(io.BytesIO(b"a\nb\0\n"), null=False)
    assert next(made) == "a"
    with pytest.raises(paths.ListError):
        next(made)
