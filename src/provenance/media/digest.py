"""Digests of an asset's bytes as they are, taken beside the SDK's own pass and not after it."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError, reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.media.asset import Asset

SMALL = 1 << 20  # bytes below which a thread costs more than it gains
NAMES = ("md5", "sha1", "sha256", "sha512")
current: Digester | None = None  # the last one of a large asset, for who shows how far it is


class Digester:
    """Takes the digests of one asset in a thread of its own, where that pays.

    `hashlib` and `os.preadv` both release the interpreter, so the digest runs on one core while the
    SDK works on another. Where the platform cannot read beside another reader (Windows), it runs
    in `result`.
    """

    def __init__(self, asset: Asset, names: Sequence[str]) -> None:
        """Prepare; nothing is read yet. `names` are of `NAMES`."""
        self._asset = asset
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in names}
        self._error: OSError | None = None
        self._thread: threading.Thread | None = None
        self.size = asset.size
        self.done = 0  # bytes that were taken

    def start(self) -> None:
        """Begin in a thread of its own, for a large asset on a platform that can."""
        asset = self._asset
        if not self._hashes or asset.size < SMALL or not asset.feeds_at_any_time:
            return
        self._thread = threading.Thread(target=self._run, args=(True,), daemon=True)
        self._thread.start()
        global current  # noqa: PLW0603 - nothing depends on it: it is only looked at
        current = self

    def result(self) -> dict[str, str]:
        """Wait for the digests, or take them now; hex by name. Raises OSError, AssetError."""
        if self._thread is not None:
            self._thread.join()
        else:
            self._run(False)
        if self._error is not None:
            raise self._error
        return {name: h.hexdigest() for name, h in self._hashes.items()}

    def hexdigests(self) -> dict[str, str]:
        """Return `result`. Raises AssetError alone, for a file that cannot be read to its end."""
        try:
            return self.result()
        except OSError as e:
            raise AssetError("asset.unreadable", reason_of(e)) from e

    def _run(self, beside: bool) -> None:
        asset, hashes = self._asset, tuple(self._hashes.values())
        if not hashes:
            return

        def take(piece: memoryview) -> None:
            for one in hashes:
                one.update(piece)
            self.done += len(piece)

        try:
            if beside:
                asset.feed_at_any_time(take)
            else:
                asset.feed(0, asset.size, take)
        except OSError as e:
            self._error = e
