from unit.media.container import build
from unit.media.container.checks import codes, loaded, scanned


def test_a_manifest_store_alone_is_a_store_whatever_follows_it():
    store = build.store()
    found = scanned(store)
    assert (found.media_type, found.family) == ("application/c2pa", "external")
    assert loaded(store) == [store]
    assert codes(store + b"x") == ["container.trailing_bytes"]
    assert loaded(store + b"x") == [store]
    assert codes(store[:-1]) == ["container.truncated"]
