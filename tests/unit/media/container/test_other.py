import gzip

import pytest
from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned


@pytest.mark.parametrize(
    ("data", "media_type", "family"),
    [
        (gzip.compress(b"text", mtime=0), "application/gzip", "gzip"),
        (b"\xff\xf1\x50\x80" + bytes(20), "audio/aac", "aac"),
        (b"plain text", "application/octet-stream", "unknown"),
        (b"", "application/octet-stream", "unknown"),
        (build.store(9, label=b"exif", kind=bytes(16)), "application/octet-stream", "unknown"),
    ],
)
def test_recognised_only(data, media_type, family):
    found = scanned(data)
    assert (found.media_type, found.family, found.can_carry) == (media_type, family, False)
    assert (found.blocks, found.findings) == ((), ())


def test_manifest_store_alone():
    store = build.store()
    found = scanned(store)
    assert (found.media_type, found.family) == ("application/c2pa", "external")
    assert loaded(store) == [store]
    assert codes(store + b"x") == ["container.trailing_bytes"]
    assert loaded(store + b"x") == [store]
    assert codes(store[:-1]) == ["container.truncated"]
