"""What is said where there is no such file: of an address, what to do instead."""

from __future__ import annotations

import pytest

from provenance import verify
from provenance.base.files import missing_file


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a.jpg", "HTTP://example.org", "s3://bucket/key", "gs://b/k", "az://c/k"],
)
def test_an_address_is_to_be_downloaded_first(address: str) -> None:
    said = missing_file(address)
    assert "download the file first" in said
    assert "does not use the network" in said
    report = verify(address)
    assert report.error is not None
    assert (report.error.code, report.error.message) == ("asset.missing", said)


def test_the_address_of_a_file_is_not_to_be_downloaded() -> None:
    assert missing_file("file:///tmp/a.jpg") == "an address: give the path of the file"


@pytest.mark.parametrize("path", ["a.jpg", "c:/a.jpg", "a://b"[1:], "x/y://z", ""])
def test_a_name_that_is_no_address_is_a_missing_file(path: str) -> None:
    assert missing_file(path) == "no such file"
