"""The caller's side of objects that are elsewhere: fetched ahead, and given out one at a time.

A worker may be taken over by what it reads. It gets the objects that it was given, each in its
turn, and what lies next to them by the plan; it never learns an address or a secret, and what it
may read of one object is bounded.
"""

from __future__ import annotations

import queue
import struct
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from provenance.auditing.handed import NO_TIME, OPENED, QUESTION
from provenance.auditing.shards.stores import Fetched
from provenance.auditing.task import SLOWEST
from provenance.base.errors import AssetError, AuditError, crashes_told
from provenance.media.object_source import AT_ONCE, BLOCK, MOST_BESIDE
from provenance.sandbox import frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance.auditing.shards.shard_plan import ListedObject
    from provenance.auditing.shards.stores import ShardStore
    from provenance.auditing.task import Planned

WHOLE_BELOW = 4 << 20  # bytes of an object that is fetched in one request
STREAMS = 32  # requests at a time
_TIMES = 16  # how often the bytes of one object may be read: by us, by the SDK, as an archive
_SPARE = 64 << 20  # bytes that may be read beyond that
_QUESTIONS = 4096  # about one object, beside one for every block of it
_CHANGED = "replaced since it was listed"
_TOO_MUCH = "more was read of it than there is a reason for"
_SLOW = 600.0  # seconds that the store may take for one object, and one more for each SLOWEST of it
_TOO_SLOW = "the store took too long over it"
_FAULT = "a fault of this program: please report"
_ALONG, _MOST_ALONG = 256 << 10, 16  # bytes and objects that come along with one


class Giver:
    """Gives the objects of one shard to workers. `slots` is how many there are.

    At most `streams` requests are under way, and each slot has about as many objects fetched
    ahead as its share of these: at most `streams` times `whole_below` bytes are held.

    A thread fetches one object after another while there are any, and no more threads are woken
    than keep half of these ready: a request costs less than to go to sleep and wake for it. Of a
    store that is slow, all of them are awake.
    """

    def __init__(
        self,
        store: ShardStore,
        objects: Mapping[str, ListedObject],
        *,
        slots: int,
        streams: int = STREAMS,
        whole_below: int = WHOLE_BELOW,
    ) -> None:
        self.store = store
        self.objects = objects
        self.ahead = max(streams // slots, 1)
        self.reached = False  # whether the store gave anything, or said that it has it no more
        self._whole_below = whole_below
        self._guard = threading.Lock()
        self._turns: deque[_Turn] = deque()
        self._asleep = streams
        self._calls: queue.SimpleQueue[bool] = queue.SimpleQueue()  # each wakes one; False ends it
        self._threads = [
            threading.Thread(target=self._fetch, name="fetch", daemon=True) for _ in range(streams)
        ]
        for thread in self._threads:
            thread.start()

    def desk(self) -> GivingDesk:
        """Return what answers one slot."""
        return GivingDesk(self)

    def close(self) -> None:
        """Fetch no more; what is under way is not waited for."""
        for _ in self._threads:
            self._calls.put(False)

    def add_turn(self, turn: _Turn, *, urgent: bool) -> None:
        """Fetch what is asked first of an object, in its turn; one thread more where it is urgent.

        Any thread that is awake comes to it. Where that is at a slow one, others become urgent.
        """
        with self._guard:
            self._turns.append(turn)
            if urgent or self._asleep == len(self._threads):
                self._wake(1)

    def hurry(self) -> None:
        """Fetch all that waits: somebody waits for it."""
        with self._guard:
            self._wake(len(self._turns))

    def _wake(self, most: int) -> None:
        for _ in range(min(most, self._asleep)):
            self._asleep -= 1
            self._calls.put(True)

    def _next(self) -> _Turn | None:
        with self._guard:
            if self._turns:
                return self._turns.popleft()
            self._asleep += 1
            return None

    def _fetch(self) -> None:
        while self._calls.get():
            while (turn := self._next()) is not None:
                if not turn.dropped:
                    self._fetch_first(turn)
                turn.ready.release()

    def _fetch_first(self, turn: _Turn) -> None:
        try:
            with crashes_told():  # whoever waits has to hear of it
                turn.first = self._first(turn.found)
        except (AssetError, AuditError) as e:
            turn.error = e
        except BaseException:  # noqa: BLE001 - a library that panics: others wait, too
            turn.error = AssetError("internal.fault", _FAULT)

    def _first(self, listed: ListedObject) -> Fetched:
        # A store's mark of a folder is listed like it, and cannot be asked for.
        if listed.size == 0:
            self.reached = True
            return Fetched(b"", listed)
        if listed.size is None:
            length = self._whole_below
        else:
            length = listed.size if listed.size <= self._whole_below else BLOCK
        try:
            got = self.store.fetch(listed.key, 0, length, listed.etag)
        except AssetError as e:
            self.reached = self.reached or e.code != "asset.unreadable"
            raise
        self.reached = True
        if listed.size is not None and got.found.size != listed.size:
            raise AssetError("asset.changed", _CHANGED)
        return got


class _Turn:
    """One object on its way to a worker: asked for or not, and what came."""

    __slots__ = ("begun", "dropped", "error", "first", "found", "ready")

    def __init__(self, listed: ListedObject) -> None:
        self.found = listed
        self.begun = self.dropped = False
        self.first: Fetched | None = None
        self.error: AssetError | AuditError | None = None
        self.ready = threading.Lock()
        self.ready.acquire()  # until it is fetched


def _head(fetched: Fetched, along: int) -> bytes:
    at = fetched.found.modified_ns
    return OPENED.pack(fetched.found.size or 0, NO_TIME if at is None else at, along)


class GivingDesk:
    """Answers one worker. `add` is called by the engine, the rest by the slot's own threads."""

    def __init__(self, giver: Giver) -> None:
        self._giver = giver
        self._guard = threading.Lock()
        self._waiting: deque[_Turn] = deque()  # that nobody has begun to fetch
        self._begun: deque[_Turn] = deque()  # that are fetched or under way, and not taken
        self._added: dict[int, list[_Turn]] = {}  # by the identity of their chunk
        self._turns: list[_Turn] = []  # of the chunk that the worker has
        self._open = -1  # up to which objects had their turn
        self._asked = -1  # which of them was asked for last, by itself
        self._held: Fetched | None = None
        self._left = self._questions = 0
        self._seconds = 0.0

    def add(self, chunk: Sequence[Planned]) -> None:
        """Take on a chunk that is to come, and begin to fetch it as there is room."""
        turns = [_Turn(self._giver.objects[planned.path]) for planned in chunk]
        with self._guard:
            self._added[id(chunk)] = turns
            self._waiting.extend(turns)
            self._fill()

    def begin_chunk(self, chunk: Sequence[Planned]) -> None:
        """The worker gets this chunk now, and nothing of the one before it."""
        with self._guard:
            self._give_up()
            self._turns = self._added.pop(id(chunk))
            self._open, self._asked, self._held = -1, -1, None

    def end_chunk(self) -> None:
        """The worker has done with its chunk, or is gone."""
        with self._guard:
            self._give_up()
            self._turns, self._held = [], None
            self._open = self._asked = -1

    def answer(self, question: bytes) -> tuple[bytes, ...]:
        """Answer a worker: head and bytes, and those of objects that come along.

        It is not believed: raises FrameError.

        Raises AuditError where the store takes our credentials no more.
        """
        try:
            kind, first, second = QUESTION.unpack(question)
        except struct.error as e:
            raise frames.FrameError("no question") from e
        try:
            if kind == b"O":
                return self._opened(first)
            if kind == b"R":
                return b"", self._object_bytes(first, second)
            if kind == b"N":
                return b"", self._neighbour_bytes(first, second)
        except AssetError as e:
            return frames.packed({"error": [e.code, str(e)]}), b""
        raise frames.FrameError("no question")

    def _opened(self, number: int) -> tuple[bytes, ...]:
        with self._guard:
            turns, is_new = self._turns, number != self._asked
            if is_new:
                if not self._open < number < len(turns):
                    raise frames.FrameError("a question for what it was not given")
                self._drop(turns[self._open + 1 : number])
                self._open, self._asked, self._held = number, number, None
        if is_new:
            first = self._taken(turns[number])
            size = first.found.size or 0
            with self._guard:
                if self._turns is not turns:  # the worker did not wait for it
                    raise frames.FrameError("a question for what it was not given")
                self._held = first
            self._left, self._questions = _TIMES * size + _SPARE, _QUESTIONS + size // BLOCK
            self._seconds = _SLOW + size / SLOWEST
        held = self._held
        if held is None:  # it could not be had the first time
            raise AssetError("asset.unreadable", "it could not be read before")
        if near := turns[number].found.beside:
            return _head(held, 0) + frames.packed([neighbour.key for neighbour in near]), held.data
        along = self._along(turns) if is_new and len(held.data) == held.found.size else ()
        answer = [_head(held, len(along)), held.data]
        for fetched in along:
            answer += [_head(fetched, 0), fetched.data]
        return tuple(answer)

    def _along(self, turns: list[_Turn]) -> list[Fetched]:
        """Take what is next in its turn, whole and here already: to be asked costs more than it.

        The worker would get it next anyway. What has something next to it is asked for by itself.
        """
        fetched: list[Fetched] = []
        room = _ALONG
        with self._guard:
            while (
                self._turns is turns and len(fetched) < _MOST_ALONG and self._open + 1 < len(turns)
            ):
                turn = turns[self._open + 1]
                first = None if turn.ready.locked() or turn.found.beside else turn.first
                if first is None or len(first.data) != first.found.size or len(first.data) > room:
                    break
                room -= len(first.data)
                turn.first = None
                self._begun.remove(turn)
                self._open += 1
                fetched.append(first)
            self._fill()
        return fetched

    def _object_bytes(self, offset: int, length: int) -> bytes:
        listed = self._at_hand()
        size = listed.size or 0
        if not (0 < length <= AT_ONCE and offset + length <= size):
            raise frames.FrameError("a question for bytes that are not there")
        self._spend(length)
        got = self._fetched(listed, offset, length)
        if len(got.data) != length or got.found.size != size:
            raise AssetError("asset.changed", _CHANGED)
        return got.data

    def _neighbour_bytes(self, number: int, most: int) -> bytes:
        self._at_hand()
        with self._guard:
            near = self._turns[self._asked].found.beside if self._asked >= 0 else ()
        if number >= len(near):
            raise frames.FrameError("a question for what it was not given")
        neighbour = near[number]
        size = neighbour.size or 0
        if size > min(most, MOST_BESIDE):
            raise AssetError("asset.too_large", f"{size} bytes next to it")
        self._spend(size)
        return self._fetched(neighbour, 0, size).data if size else b""

    def _fetched(self, listed: ListedObject, offset: int, length: int) -> Fetched:
        """Fetch bytes. That time is not the worker's own, so that it is bounded here."""
        if self._seconds < 0:
            raise AssetError("asset.unreadable", _TOO_SLOW)
        began = time.monotonic()
        try:
            return self._giver.store.fetch(listed.key, offset, length, listed.etag)
        finally:
            self._seconds -= time.monotonic() - began

    def _at_hand(self) -> ListedObject:
        """Return what is open, as its first answer described it."""
        if self._held is None:
            raise frames.FrameError("a question for what is not open")
        return self._held.found

    def _spend(self, length: int) -> None:
        self._left -= length
        self._questions -= 1
        if self._left < 0 or self._questions < 0:
            raise AssetError("asset.unreadable", _TOO_MUCH)

    def _taken(self, turn: _Turn) -> Fetched:
        """Wait for the first bytes of an object. Raises AssetError, AuditError."""
        with self._guard:
            if not turn.begun:
                self._waiting.remove(turn)
                self._begin(turn)
            if turn.ready.locked():
                self._giver.hurry()
        turn.ready.acquire()
        turn.ready.release()
        with self._guard:
            self._begun.remove(turn)
            self._fill()
        first, turn.first = turn.first, None
        if first is None:
            raise turn.error or AssetError("asset.unreadable", "it was given up")
        return first

    def _give_up(self) -> None:
        """Drop what was fetched for a chunk and never asked for. The caller holds the guard."""
        self._drop(self._turns[self._open + 1 :])
        self._fill()

    def _drop(self, turns: list[_Turn]) -> None:
        for turn in turns:
            turn.dropped = True
            if turn.begun:
                self._begun.remove(turn)
            else:
                self._waiting.remove(turn)

    def _fill(self) -> None:
        while self._waiting and len(self._begun) < self._giver.ahead:
            self._begin(self._waiting.popleft())

    def _begin(self, turn: _Turn) -> None:
        turn.begun = True
        self._begun.append(turn)
        half_way = self._begun[len(self._begun) // 2]
        self._giver.add_turn(turn, urgent=half_way.ready.locked())
