import io
import os
import socket
import sys

import pytest
from support.each import each

from provenance.base.errors import AssetError
from provenance.media.asset import HEAD, PIECE, SMALL, Asset


def code(path, **options) -> str:
    with pytest.raises(AssetError) as caught:
        Asset.open(path, **options)
    return caught.value.code


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(HEAD + 10_000))
    return path


def test_an_asset_is_read_by_offset(large):
    data = large.read_bytes()
    with Asset.open(large) as asset:
        assert (asset.size, asset.path) == (len(data), str(large))
        for offset, length in [(0, 10), (HEAD - 5, 10), (HEAD + 1, 100), (len(data) - 3, 100)]:
            assert asset.read(offset, length) == data[offset : offset + length]


@pytest.mark.parametrize(
    ("offset", "length"), [(-1, 5), (0, 0), (0, -5), (10**12, 5), (2**70, 2**70)]
)
def test_an_asset_reads_nothing_outside_of_the_file(large, offset, length):
    with Asset.open(large) as asset:
        assert asset.read(offset, length) == b""


def test_a_missing_file_is_an_error(tmp_path):
    assert code(tmp_path / "no") == "asset.missing"
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert code(file / "below") == "asset.missing"


def test_a_directory_is_not_a_regular_file(tmp_path):
    assert code(tmp_path) == "asset.not_regular"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this platform")
def test_opening_a_fifo_does_not_hang(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    assert code(path) == "asset.not_regular"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no UNIX sockets on this platform")
def test_a_socket_is_not_a_regular_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert code("s") in {"asset.not_regular", "asset.unreadable"}


@pytest.mark.skipif(sys.platform == "win32", reason="no device files on this platform")
def test_a_device_is_not_a_regular_file():
    assert code(os.devnull) == "asset.not_regular"


def test_a_name_with_a_nul_is_an_error():
    assert code("a\0b") == "asset.unreadable"


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="modes do not bind this user"
)
def test_a_file_without_permission_is_unreadable(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    assert code(path) == "asset.unreadable"


def test_a_file_over_the_limit_is_too_large(large):
    assert code(large, max_size=100) == "asset.too_large"
    Asset.open(large, max_size=large.stat().st_size).close()


def test_a_symbolic_link_is_followed(large, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(large)
    with Asset.open(link) as asset:
        assert asset.size == large.stat().st_size


def test_a_file_that_changed_since_it_was_opened_says_so(large):
    with Asset.open(large) as asset:
        assert not asset.changed()
        with large.open("ab") as file:
            file.write(b"more")
        assert asset.changed()


@pytest.mark.skipif(sys.platform == "win32", reason="st_ctime is the time of creation there")
def test_a_changed_file_says_so_though_its_time_of_modification_was_put_back(large):
    os.utime(large, ns=(10**18, 10**18))
    with Asset.open(large) as asset:
        assert not asset.changed()
        with open(large, "r+b") as file:
            file.write(b"other")
        os.utime(large, ns=(10**18, 10**18))
        assert os.stat(large).st_mtime_ns == 10**18
        assert asset.changed()


def test_where_a_name_is_exchanged_the_opened_file_is_read(large, tmp_path):
    data = large.read_bytes()
    other = tmp_path / "other"
    other.write_bytes(b"other")
    with Asset.open(large) as asset:
        other.replace(large)
        assert asset.read(HEAD, 50) == data[HEAD : HEAD + 50]


class OneByte(io.BytesIO):
    """A source whose reads come short."""

    def read(self, size=-1):
        return super().read(min(size, 1) if size > 0 else size)


def test_short_reads_are_continued():
    data = bytes(range(200))
    asset = Asset("-", OneByte(data), len(data), None)
    assert asset.read(10, 50) == data[10:60]
    assert asset.read(190, 50) == data[190:]


class Failing(io.BytesIO):
    """A source that fails behind its head."""

    def seek(self, *_):
        raise OSError(5, "Input/output error")


def test_errors_of_the_system_are_asset_errors():
    asset = Asset("-", Failing(bytes(HEAD)), HEAD + 100, None)
    with pytest.raises(AssetError) as caught:
        asset.read(HEAD, 10)
    assert caught.value.code == "asset.unreadable"
    with pytest.raises(AssetError) as caught:
        asset.feed(0, HEAD + 1, lambda _: pytest.fail("called"))
    assert caught.value.code == "asset.unreadable"


def test_a_file_that_is_truncated_while_it_is_read_comes_short(large):
    with Asset.open(large) as asset:
        os.truncate(large, HEAD + 5)
        assert len(asset.read(HEAD, 100)) == 5
        assert asset.changed()


def test_an_asset_may_be_bytes_in_memory():
    with Asset.from_bytes(b"abc") as asset:
        assert (asset.size, asset.path, asset.read(1, 9)) == (3, "-", b"bc")
        assert not asset.changed()
        assert asset.stream().read() == b"abc"


SIZES = [1, HEAD, HEAD + 1, PIECE, PIECE + 1, 2 * PIECE + 17]


@each("size", SIZES)
@each("in_memory", [True, False], ids=["memory", "file"])
def test_feeding_passes_on_what_reading_returns(size, in_memory, tmp_path):
    data = bytes(range(251)) * (size // 251 + 1)
    path = tmp_path / "x"
    path.write_bytes(data[:size])
    with Asset.from_bytes(data[:size]) if in_memory else Asset.open(path) as asset:
        for start, end in ((0, size), (1, size), (size // 2, size + 9), (size, size + 1), (5, 5)):
            got = bytearray()
            ended = asset.feed(start, end, got.extend)
            assert got == asset.read(start, end - start), (start, end)
            assert ended == start + len(got), (start, end)
        whole = bytearray()
        assert asset.feeds_at_any_time
        asset.feed_at_any_time(whole.extend)
        assert whole == data[:size]


def test_bytes_in_memory_are_hashed_where_they_are():
    """Standard input may be a gigabyte: a copy of it would be another one."""
    data = b"x" * (2 * PIECE)
    taken = []
    with Asset.from_bytes(data) as asset:
        asset.feed_at_any_time(taken.append)
    assert [piece.obj is data for piece in taken] == [True]


@pytest.mark.parametrize("size", [0, 5, HEAD, HEAD + 1, SMALL])
def test_a_small_file_that_is_held_is_read_once(size, tmp_path):
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    path = tmp_path / "x"
    path.write_bytes(data)
    with Asset.open(path) as asset:
        asset.hold()
        path.write_bytes(b"")
        assert asset.content() is asset.content() == data
        assert asset.read(0, size + 9) == data
        assert asset.held == 0
        pieces = []
        assert asset.feed(0, size + 9, pieces.append) == size
        assert [bytes(one) for one in pieces] == [data] * bool(size)
        assert asset.changed() or size == 0


def test_a_large_file_is_not_held(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(SMALL + 1))
    with Asset.open(path) as asset:
        asset.hold()
        os.truncate(path, 0)
        assert asset.read(0, SMALL) == b""


def test_a_file_that_shrank_while_it_was_to_be_held_comes_short(large):
    with Asset.open(large) as asset:
        os.truncate(large, HEAD + 5)
        asset.hold()
        assert len(asset.content()) == HEAD + 5
        assert asset.read(HEAD, 100) == asset.content()[HEAD:]


def test_feeding_before_the_start_passes_nothing(large):
    with Asset.open(large) as asset:
        assert asset.feed(-1, 5, lambda _: pytest.fail("called")) == -1


def test_an_asset_may_be_closed_twice(large):
    asset = Asset.open(large)
    asset.close()
    asset.close()
    with pytest.raises(ValueError, match="closed"):
        asset.stream()
