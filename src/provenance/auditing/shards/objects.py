"""Objects of a store that the user named one by one: read by ranges in this process."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from provenance.auditing.shards import stores
from provenance.auditing.shards.giving import WHOLE_BELOW
from provenance.base.errors import AssetError, AuditError
from provenance.media import neighbours
from provenance.media.asset import Asset
from provenance.media.object_source import Far

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.auditing.shards.shard_plan import ListedObject
    from provenance.auditing.shards.stores import ShardStore
    from provenance.verdict.verifier import Opener


def opener(addresses: Iterable[str]) -> Opener:
    """Return what opens these addresses, and files of this machine by any other name.

    No other address is asked for, whoever names it.
    """
    known = frozenset(addresses)

    def open_(name: str, most: int | None) -> Asset:
        if name not in known:
            return Asset.open(name, max_size=most)
        try:
            return Asset.of_far(Far(_StoreObject(name)), max_size=most)
        except AuditError as e:
            raise AssetError("asset.unreadable", str(e)) from e

    return open_


class _StoreObject:
    """One object as `media.object_source.ObjectSource`: all its bytes are of the same one."""

    def __init__(self, address: str) -> None:
        """Fetch what comes first: all of a small one. Raises AssetError, AuditError."""
        self.name = address
        place, self._key = stores.split(address)
        self._store: ShardStore = stores.open_store(place)
        got = self._store.fetch(self._key, 0, WHOLE_BELOW, None)
        self._first = got.data
        self._found = got.found
        self.size = got.found.size or 0
        self._beside: dict[str, ListedObject] | None = None

    def first(self) -> bytes:
        first, self._first = self._first, b""
        return first

    def read_at(self, offset: int, length: int) -> bytes:
        got = self._store.fetch(self._key, offset, length, self._found.etag)
        if len(got.data) != length or got.found.size != self.size:
            raise AssetError("asset.changed", "replaced while it was read: try again")
        return got.data

    def beside(self) -> tuple[str, ...]:
        return tuple(self._near())

    def read_beside(self, number: int, most: int) -> bytes:
        neighbour = list(self._near().values())[number]
        size = neighbour.size or 0
        if size > most:
            raise AssetError("asset.too_large", f"{size} bytes next to it")
        return self._store.fetch(neighbour.key, 0, size, neighbour.etag).data if size else b""

    def close(self) -> None:
        self._first = b""

    def _near(self) -> dict[str, ListedObject]:
        """Return what is next to it, by its address; asked for once."""
        if self._beside is None:
            self._beside = {}
            start = self.name[: -len(self._key)]
            for key in neighbours.neighbour_names(self._key):
                with suppress(AssetError):  # not there, or not for us
                    self._beside[start + key] = self._store.head(key)
        return self._beside
