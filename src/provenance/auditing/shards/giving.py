"""The caller's side of objects that are elsewhere: fetched ahead, and given out one at a time.

A worker may be taken over by what it reads. It gets the objects that it was given, each in its
turn, and what lies next to them by the plan; it never learns an address or a secret, and what it
may read of one object is bounded.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from provenance.auditing.shards.stores import Fetched
from provenance.base.errors import AssetError
from provenance.media.source import AT_ONCE, BLOCK
from provenance.sandbox import frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance.auditing.model import Planned
    from provenance.auditing.shards.model import Found
    from provenance.auditing.shards.stores import Store

WHOLE_BELOW = 4 << 20  # bytes of an object that is fetched in one request
STREAMS = 16  # requests at a time
_TIMES = 8  # how often the bytes of one object may be read: by us, by the SDK, as an archive
_SPARE = 64 << 20  # bytes that may be read beyond that
_QUESTIONS = 4096  # about one object, beside one for every block of it
_CHANGED = "replaced since it was listed"
_TOO_MUCH = "more was read of it than there is a reason for"
_EMPTY = b""


class Giver:
    """Gives the objects of one shard to workers. `slots` is how many there are.

    At most `streams` requests are under way, and each slot has about as many objects fetched
    ahead as its share of these: at most `streams` times `whole_below` bytes are held.
    """

    def __init__(
        self,
        store: Store,
        objects: Mapping[str, Found],
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
        self._threads = ThreadPoolExecutor(streams, "fetch")

    def desk(self) -> Desk:
        """Return what answers one slot."""
        return Desk(self)

    def close(self) -> None:
        """Fetch no more; what is under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def begun(self, one: Found) -> Future[Fetched]:
        """Begin to fetch what is asked first of an object."""
        if one.size is None:
            length = self._whole_below
        else:
            length = one.size if one.size <= self._whole_below else BLOCK
        return self._threads.submit(self._first, one, length)

    def _first(self, one: Found, length: int) -> Fetched:
        if one.size == 0:  # a store's mark of a folder is listed like it, and cannot be asked for
            self.reached = True
            return Fetched(_EMPTY, one)
        try:
            got = self.store.fetch(one.key, 0, length, one.etag)
        except AssetError as e:
            self.reached = self.reached or e.code != "asset.unreadable"
            raise
        self.reached = True
        if one.size is not None and got.found.size != one.size:
            raise AssetError("asset.changed", _CHANGED)
        return got


class _Turn:
    """One object on its way to a worker."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.first: Future[Fetched] | None = None


class Desk:
    """Answers one worker. `add` is called by the engine, the rest by the slot's own threads."""

    def __init__(self, giver: Giver) -> None:
        self._giver = giver
        self._guard = threading.Lock()
        self._waiting: deque[_Turn] = deque()  # that nobody has begun to fetch
        self._begun = 0  # that are fetched or under way, and not taken
        self._added: dict[int, list[_Turn]] = {}  # by the identity of their chunk
        self._turns: list[_Turn] = []  # of the chunk that the worker has
        self._open = -1
        self._held: Fetched | None = None
        self._left = self._questions = 0

    def add(self, chunk: Sequence[Planned]) -> None:
        """Take on a chunk that is to come, and begin to fetch it as there is room."""
        turns = [_Turn(self._giver.objects[planned.path]) for planned in chunk]
        with self._guard:
            self._added[id(chunk)] = turns
            self._waiting.extend(turns)
            self._fill()

    def begin(self, chunk: Sequence[Planned]) -> None:
        """The worker gets this chunk now, and nothing of the one before it."""
        with self._guard:
            self._give_up()
            self._turns = self._added.pop(id(chunk))
            self._open, self._held = -1, None

    def end(self) -> None:
        """The worker has done with its chunk, or is gone."""
        with self._guard:
            self._give_up()
            self._turns, self._open, self._held = [], -1, None

    def answer(self, question: bytes) -> tuple[bytes, bytes]:
        """Answer a worker: head and bytes. It is not believed: raises FrameError.

        Raises AuditError where the store takes our credentials no more.
        """
        try:
            match frames.unpacked(question):
                case ["open", int(number)]:
                    head, data = self._opened(number)
                case ["read", int(offset), int(length)]:
                    head, data = [], self._read(offset, length)
                case ["beside", int(number), int(most)]:
                    head, data = [], self._beside(number, most)
                case _:
                    raise frames.FrameError("no question")
        except AssetError as e:
            return frames.packed({"error": [e.code, str(e)]}), _EMPTY
        return frames.packed(head), data

    def _opened(self, number: int) -> tuple[list[Any], bytes]:
        if number != self._open:
            if not self._open < number < len(self._turns):
                raise frames.FrameError("a question for what it was not given")
            self._open, self._held = number, None
            self._held = self._taken(self._turns[number])
            size = self._held.found.size or 0
            self._left, self._questions = _TIMES * size + _SPARE, _QUESTIONS + size // BLOCK
        one, held = self._turns[number].found, self._held
        if held is None:  # it could not be had the first time
            raise AssetError("asset.unreadable", "it could not be read before")
        beside = [near.key for near in one.beside]
        return [held.found.size, held.found.modified_ns, beside], held.data

    def _read(self, offset: int, length: int) -> bytes:
        one = self._at_hand()
        size = one.size or 0
        if not (0 <= offset < offset + length <= size and length <= max(AT_ONCE, 8 << 20)):
            raise frames.FrameError("a question for bytes that are not there")
        self._spend(length)
        got = self._giver.store.fetch(one.key, offset, length, one.etag)
        if len(got.data) != length or got.found.size != size:
            raise AssetError("asset.changed", _CHANGED)
        return got.data

    def _beside(self, number: int, most: int) -> bytes:
        self._at_hand()
        near = self._turns[self._open].found.beside
        if not 0 <= number < len(near):
            raise frames.FrameError("a question for what it was not given")
        one = near[number]
        size = one.size or 0
        if size > most:
            raise AssetError("asset.too_large", f"{size} bytes next to it")
        self._spend(size)
        return self._giver.store.fetch(one.key, 0, size, one.etag).data if size else _EMPTY

    def _at_hand(self) -> Found:
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
            if turn.first is None:
                self._waiting.remove(turn)
                self._begun += 1
                turn.first = self._giver.begun(turn.found)
            first = turn.first
        try:
            return first.result()
        finally:
            with self._guard:
                self._begun -= 1
                turn.first = None
                self._fill()

    def _give_up(self) -> None:
        """Drop what was fetched for a chunk and never asked for. The caller holds the guard."""
        for turn in self._turns[self._open + 1 :]:
            if turn.first is None:
                self._waiting.remove(turn)
            else:
                turn.first.cancel()
                self._begun -= 1
        self._fill()

    def _fill(self) -> None:
        while self._waiting and self._begun < self._giver.ahead:
            turn = self._waiting.popleft()
            self._begun += 1
            turn.first = self._giver.begun(turn.found)
