"""What workers are given of objects that are elsewhere, and what they never get."""

import threading
import time
from collections.abc import Iterable

import pytest
from support.each import each

from provenance.auditing.handed import OPENED, QUESTION
from provenance.auditing.shards import giving
from provenance.auditing.shards.giving import Giver
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.auditing.shards.stores import Fetched
from provenance.auditing.task import Planned
from provenance.base.errors import AssetError, AuditError
from provenance.media.object_source import BLOCK, MOST_BESIDE
from provenance.sandbox import frames


class Shelf:
    """A store that remembers what it was asked for; `wrong` raises for a key."""

    address, is_local = "s3://shelf", False

    def __init__(self, **objects: bytes):
        self.objects = objects
        self.asked: list[tuple[str, int, int]] = []
        self.wrong: dict[str, Exception] = {}
        self.open = threading.Event()
        self.open.set()
        self.slow: dict[str, threading.Event] = {}

    def fetch(self, key: str, offset: int, length: int, etag: str | None) -> Fetched:
        self.asked.append((key, offset, length))
        assert self.open.wait(10)
        assert key not in self.slow or self.slow[key].wait(10)
        if key in self.wrong:
            raise self.wrong[key]
        data = self.objects[key]
        return Fetched(data[offset : offset + length], ListedObject(key, len(data), 5, etag))


def _given(shelf: Shelf, *chunks: Iterable[str], **options):
    """A desk to which chunks were added, such as a word of keys; and the chunks."""
    found = {key: ListedObject(key, len(data), 5, "e") for key, data in shelf.objects.items()}
    found |= options.pop("found", {})
    giver = Giver(shelf, found, **{"slots": 1, "streams": 2, **options})
    desk = giver.desk()
    lists = [[Planned(key, listed=True) for key in chunk] for chunk in chunks]
    for one in lists:
        desk.add(one)
    return giver, desk, lists


def _ask(desk, kind: bytes, one: int, other: int = 0):
    return desk.answer(QUESTION.pack(kind, one, other))


@pytest.fixture
def shelf():
    return Shelf(a=b"first", b=b"second", c=b"third" * 40_000, d=b"")


@pytest.fixture
def alone(monkeypatch):
    """Each object is asked for by itself."""
    monkeypatch.setattr(giving, "_MOST_ALONG", 0)


@pytest.mark.usefixtures("alone")
def test_objects_come_in_the_order_of_the_chunk_with_what_the_store_says(shelf):
    giver, desk, (chunk,) = _given(shelf, "abd")
    desk.begin_chunk(chunk)
    assert _ask(desk, b"O", 0) == (OPENED.pack(5, 5, 0), b"first")
    assert _ask(desk, b"O", 0) == (OPENED.pack(5, 5, 0), b"first")  # as often as it likes
    assert _ask(desk, b"O", 2) == (OPENED.pack(0, 5, 0), b"")  # one may be passed over
    _until(lambda: {"a", "b"} >= {key for key, _, _ in shelf.asked})  # what is empty is not asked
    assert not desk._begun
    giver.close()


def test_small_objects_that_are_here_come_along_each_in_its_turn(shelf):
    shelf.objects |= {"e": b"next to it", "f": bytes(300_000), "g": b"last"}
    near = {"e": ListedObject("e", 10, 5, "e", beside=(ListedObject("a", 5, 5, "e"),))}
    giver, desk, (chunk,) = _given(shelf, "abcdefg", streams=7, found=near)
    desk.begin_chunk(chunk)
    _until(lambda: not any(turn.ready.locked() for turn in desk._turns))
    first = _ask(desk, b"O", 0)
    assert first[:2] == (OPENED.pack(5, 5, 3), b"first")
    assert first[2:4] == (OPENED.pack(6, 5, 0), b"second")
    assert first[5::2] == (b"third" * 40_000, b"")  # and not "e", which has something next to it
    assert _ask(desk, b"O", 0) == (OPENED.pack(5, 5, 0), b"first")
    for number in (1, 2, 3):  # they had their turn
        with pytest.raises(frames.FrameError):
            _ask(desk, b"O", number)
    assert _ask(desk, b"O", 4) == (OPENED.pack(10, 5, 0) + b'["a"]', b"next to it")
    assert _ask(desk, b"N", 0, 100) == (b"", b"first")
    assert [len(part) for part in _ask(desk, b"O", 5)] == [17, 300_000, 17, 4]
    assert not desk._begun
    giver.close()


def test_a_large_object_does_not_come_along_unasked(shelf):
    shelf.objects["f"] = bytes(300_000)
    giver, desk, (chunk,) = _given(shelf, "afb", streams=3)
    desk.begin_chunk(chunk)
    _until(lambda: not any(turn.ready.locked() for turn in desk._turns))
    assert _ask(desk, b"O", 0) == (OPENED.pack(5, 5, 0), b"first")
    giver.close()


@each(
    "kind, one, other",
    [
        (b"O", 3, 0),  # beyond the chunk
        (b"O", 0, 0),  # back to one before
        (b"R", 0, 7),  # more bytes than there are
        (b"R", 1 << 60, 1),
        (b"R", 0, 0),
        (b"N", 0, 99),  # what is next to it: nothing is
        (b"X", 0, 0),
    ],
)
def test_a_worker_gets_nothing_that_it_was_not_given(kind, one, other):
    shelf = Shelf(a=b"first", b=b"second", c=b"third", other=b"of another shard")
    giver, desk, (chunk, _) = _given(shelf, "abc", ("other",))
    desk.begin_chunk(chunk)
    _ask(desk, b"O", 1)
    with pytest.raises(frames.FrameError):
        _ask(desk, kind, one, other)
    giver.close()


def test_a_worker_without_a_chunk_gets_nothing(shelf):
    giver, desk, (chunk,) = _given(shelf, "ab")
    desk.begin_chunk(chunk)
    _ask(desk, b"O", 0)
    desk.end_chunk()
    for question in ((b"O", 0), (b"O", 1), (b"R", 0, 1)):
        with pytest.raises(frames.FrameError):
            _ask(desk, *question)
    with pytest.raises(frames.FrameError):
        desk.answer(b"short")
    giver.close()


def test_large_objects_are_given_by_ranges_and_no_more_often_than_makes_sense(shelf):
    shelf.objects["c"] = bytes(range(256)) * 1000
    giver, desk, (chunk,) = _given(shelf, "c", whole_below=1000)
    desk.begin_chunk(chunk)
    assert _ask(desk, b"O", 0)[1] == shelf.objects["c"][:BLOCK]
    assert _ask(desk, b"R", 200_000, 100)[1] == shelf.objects["c"][200_000:200_100]
    heads = [_ask(desk, b"R", 0, 256_000)[0] for _ in range(1000)]
    assert heads[0] == b""
    assert b"asset.unreadable" in heads[-1]
    assert len(shelf.asked) < 400
    giver.close()


def test_what_is_next_to_an_object_is_given_with_it(shelf):
    near = ListedObject("b", 6, 5, "e")
    found = {"a": ListedObject("a", 5, 5, "e", beside=(near,))}
    giver, desk, (chunk,) = _given(shelf, "a", found=found)
    desk.begin_chunk(chunk)
    head, _ = _ask(desk, b"O", 0)
    assert head[OPENED.size :] == b'["b"]'
    assert _ask(desk, b"N", 0, 100) == (b"", b"second")
    assert b"asset.too_large" in _ask(desk, b"N", 0, 5)[0]
    giver.close()


def test_a_huge_neighbour_is_not_fetched_whatever_the_worker_says_that_it_takes(shelf):
    near = ListedObject("b", MOST_BESIDE + 1, 5, "e")
    found = {"a": ListedObject("a", 1 << 40, 5, "e", beside=(near,))}
    shelf.fetch = lambda *_: Fetched(b"first", found["a"])
    giver, desk, (chunk,) = _given(shelf, "a", found=found)
    desk.begin_chunk(chunk)
    _ask(desk, b"O", 0)
    assert b"asset.too_large" in _ask(desk, b"N", 0, (1 << 64) - 1)[0]
    giver.close()


def test_what_comes_after_the_end_of_a_chunk_is_not_taken_for_the_next_ones(shelf):
    """A worker asks, and does not wait for the answer; or it is gone by then."""
    giver, desk, (one, two) = _given(shelf, "a", "b")
    shelf.open.clear()
    desk.begin_chunk(one)
    heard = []

    def ask():
        try:
            heard.append(_ask(desk, b"O", 0))
        except frames.FrameError as e:
            heard.append(e)

    late = threading.Thread(target=ask)
    late.start()
    _until(lambda: desk._open == 0)
    desk.end_chunk()
    desk.begin_chunk(two)
    shelf.open.set()
    late.join(10)
    assert isinstance(heard[0], frames.FrameError)
    with pytest.raises(frames.FrameError, match="not open"):
        _ask(desk, b"R", 0, 1)
    assert _ask(desk, b"O", 0)[1] == b"second"
    giver.close()


def test_a_store_has_so_much_time_for_one_object(shelf, monkeypatch):
    """It does not count as the worker's: without a bound one object would take for ever."""
    monkeypatch.setattr(giving, "_SLOW", 0.02)
    giver, desk, (chunk,) = _given(shelf, "c", whole_below=1000)
    desk.begin_chunk(chunk)
    _ask(desk, b"O", 0)
    real = shelf.fetch
    shelf.fetch = lambda *asked: (time.sleep(0.03), real(*asked))[1]
    heads = [_ask(desk, b"R", 0, 100)[0] for _ in range(3)]
    assert heads[0] == b""
    assert b"the store took too long" in heads[2]
    giver.close()


def test_an_object_that_is_another_one_by_now_is_not_given(shelf):
    giver, desk, (chunk,) = _given(shelf, "ab", found={"a": ListedObject("a", 4, 5)})
    shelf.wrong["b"] = AssetError("asset.missing", "no such object")
    desk.begin_chunk(chunk)
    assert b"asset.changed" in _ask(desk, b"O", 0)[0]
    assert b"asset.missing" in _ask(desk, b"O", 1)[0]
    assert b"asset.unreadable" in _ask(desk, b"O", 1)[0]
    assert giver.reached
    giver.close()


def test_a_store_that_takes_our_credentials_no_more_ends_the_run(shelf):
    giver, desk, (chunk,) = _given(shelf, "a")
    shelf.wrong["a"] = AuditError("store.credentials", "no more")
    desk.begin_chunk(chunk)
    with pytest.raises(AuditError):
        _ask(desk, b"O", 0)
    assert not giver.reached
    giver.close()


class Panic(BaseException):
    """As what is written in Rust raises it."""


@each("wrong", [KeyError("a fault"), Panic()])
def test_a_fault_of_ours_is_heard_by_whoever_waits(monkeypatch, wrong):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    shelf = Shelf(a=b"first", b=b"second")
    giver, desk, (chunk,) = _given(shelf, "ab", streams=1)
    shelf.wrong["a"] = wrong
    desk.begin_chunk(chunk)
    assert b"internal.fault" in _ask(desk, b"O", 0)[0]
    assert _ask(desk, b"O", 1)[1] == b"second"
    giver.close()


@pytest.mark.usefixtures("alone")
def test_a_few_objects_are_fetched_ahead_over_chunks_and_no_more():
    shelf = Shelf(**dict.fromkeys("abcdefgh", b"x"))
    shelf.open.clear()
    giver, desk, (one, two) = _given(shelf, "ab", "cdefgh", streams=4)
    _until(lambda: len(shelf.asked) == 4)
    time.sleep(0.05)
    assert {key for key, _, _ in shelf.asked} == set("abcd")
    shelf.open.set()
    desk.begin_chunk(one)
    _ask(desk, b"O", 0)
    _until(lambda: len(shelf.asked) == 5)
    desk.end_chunk()  # the worker is gone: what was fetched for it makes room
    desk.begin_chunk(two)
    for number in range(6):
        assert _ask(desk, b"O", number)[1] == b"x"
    assert sorted(key for key, _, _ in shelf.asked) == list("abcdefgh")
    giver.close()


@pytest.mark.usefixtures("alone")
def test_objects_after_a_slow_one_are_fetched_once_they_are_missed():
    shelf = Shelf(**dict.fromkeys("abcdefg", b"x"))
    shelf.slow["f"] = threading.Event()
    giver, desk, (chunk,) = _given(shelf, "abcdefg", streams=5)
    desk.begin_chunk(chunk)
    _until(lambda: len(shelf.asked) == giver._asleep == 5)
    for number in range(5):  # there is enough ready: one thread is awake, for "f" and then "g"
        assert _ask(desk, b"O", number)[1] == b"x"
    _until(lambda: len(shelf.asked) == 6)
    time.sleep(0.02)
    assert (shelf.asked[-1][0], giver._asleep) == ("f", 4)
    asker = threading.Thread(target=_ask, args=(desk, b"O", 5), daemon=True)
    asker.start()
    _until(lambda: shelf.asked[-1][0] == "g")
    shelf.slow["f"].set()
    asker.join(10)
    assert not asker.is_alive()
    giver.close()


@pytest.mark.usefixtures("alone")
def test_a_quick_store_wakes_few_threads():
    keys = [str(n) for n in range(200)]
    shelf = Shelf(**dict.fromkeys(keys, b"x"))
    giver, desk, (chunk,) = _given(shelf, keys, streams=8)
    desk.begin_chunk(chunk)
    _until(lambda: len(shelf.asked) == giver._asleep == 8)
    awake = []
    for number in range(200 - 8):
        assert _ask(desk, b"O", number)[1] == b"x"
        awake.append(8 - giver._asleep)
        _until(lambda: giver._asleep == 8)
    assert max(awake) == 1
    giver.close()


def _until(true):
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)
