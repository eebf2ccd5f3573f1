"""Digests of the bytes as they are, beside another reader or after it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from support.each import each

from provenance.base.errors import AssetError
from provenance.media.asset import PIECE, Asset
from provenance.media.digest import NAMES, SMALL, Digester
from provenance.media.hash_thread import Helper

if TYPE_CHECKING:
    from pathlib import Path

SIZES = [0, 1, SMALL - 1, SMALL, SMALL + 1, 4 * PIECE + 17 + SMALL]


def content(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


@each("size", SIZES)
@each("in_memory", [True, False], ids=["memory", "file"])
@each("beside", [True, False], ids=["beside", "after"])
def test_the_digests_are_those_of_the_bytes(
    size: int, in_memory: bool, beside: bool, tmp_path: Path
) -> None:
    data = content(size)
    path = tmp_path / "x"
    path.write_bytes(data)
    with Asset.from_bytes(data) if in_memory else Asset.open(path) as asset:
        digester = Digester(asset, NAMES, Helper())
        if beside:
            digester.start()
            asset.stream().read()  # another reader, meanwhile
        assert digester.result() == {
            name: hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in NAMES
        }


def test_a_digester_that_is_asked_for_nothing_reads_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Asset.from_bytes(content(SMALL + 1)) as asset:
        monkeypatch.setattr(Asset, "feed_at_any_time", lambda *_: pytest.fail("read"))
        monkeypatch.setattr(Asset, "feed", lambda *_: pytest.fail("read"))
        digester = Digester(asset, (), Helper())
        digester.start()
        assert digester.result() == {}


def test_a_digester_reads_afterwards_where_the_platform_cannot_read_in_parallel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = content(SMALL + 1)
    monkeypatch.setattr(Asset, "feeds_at_any_time", False)
    monkeypatch.setattr(Asset, "feed_at_any_time", lambda *_: pytest.fail("read beside"))
    with Asset.from_bytes(data) as asset:
        digester = Digester(asset, ("sha256",), Helper())
        digester.start()
        assert digester.result() == {"sha256": hashlib.sha256(data).hexdigest()}


def test_an_error_while_reading_beside_comes_out_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Asset, "feed_at_any_time", fail)
    with Asset.from_bytes(content(SMALL + 1)) as asset:
        digester = Digester(asset, ("sha256",), Helper())
        digester.start()
        with pytest.raises(OSError, match="Input/output"):
            digester.result()


def test_an_error_while_reading_after_is_an_asset_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise AssetError("asset.unreadable", "gone")

    monkeypatch.setattr(Asset, "feed", fail)
    with Asset.from_bytes(b"x") as asset, pytest.raises(AssetError):
        Digester(asset, ("sha256",)).result()


def test_an_unknown_name_of_a_digest_is_refused_at_once() -> None:
    with Asset.from_bytes(b"x") as asset, pytest.raises(ValueError, match="crc32"):
        Digester(asset, ("crc32",))
