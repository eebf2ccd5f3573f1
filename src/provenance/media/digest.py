"""Digests of an asset's bytes as they are, taken beside everything else and not after it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError, reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.media.asset import Asset
    from provenance.media.hash_thread import Helper, Job

SMALL = 128 << 10  # bytes below which a second thread costs more than it gains
NAMES = ("md5", "sha1", "sha256", "sha512")
current: Digester | None = None  # the last one of a large asset, for who shows how far it is


class Digester:
    """Takes the digests of one asset in a second thread, where that pays.

    `hashlib` and `os.preadv` both release the interpreter, so the digest runs on one core while
    the rest goes on on another. Without a helper, for what is small, and where the platform cannot
    read beside another reader (Windows), it runs in `result`.
    """

    def __init__(self, asset: Asset, names: Sequence[str], helper: Helper | None = None) -> None:
        """Prepare; nothing is read yet. `names` are of `NAMES`."""
        self._asset = asset
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in names}
        self._helper = helper
        self._job: Job[None] | None = None
        self._follows = False
        self.size = asset.size
        self.done = 0  # bytes that were taken

    def start(self) -> None:
        """Begin in the second thread, for a large asset on a platform that can."""
        asset = self._asset
        if self._hashes and asset.passes_once:
            asset.follow(self._take)
            self._follows = True
            return
        if not (self._hashes and asset.size >= SMALL and asset.feeds_at_any_time and self._helper):
            return
        self._job = self._helper.begin_job(self._in_thread)
        if not asset.whole:  # which would stay in memory, and takes milliseconds
            global current  # noqa: PLW0603 - nothing depends on it: it is only looked at
            current = self

    def result(self) -> dict[str, str]:
        """Wait for the digests, or take them now; hex by name. Raises OSError, AssetError."""
        if self._job is not None:
            self._job.result()
        elif self._follows:
            self._asset.follow_to_end()
        elif self._hashes:
            self._asset.feed(0, self._asset.size, self._take)
        return {name: h.hexdigest() for name, h in self._hashes.items()}

    def hexdigests(self) -> dict[str, str]:
        """Return `result`. Raises AssetError alone, for a file that cannot be read to its end."""
        try:
            return self.result()
        except OSError as e:
            raise AssetError("asset.unreadable", reason_of(e)) from e

    def _in_thread(self) -> None:
        self._asset.feed_at_any_time(self._take)

    def _take(self, piece: memoryview) -> None:
        for algorithm in self._hashes.values():
            algorithm.update(piece)
        self.done += len(piece)
