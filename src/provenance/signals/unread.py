"""What the bytes of a manifest store say of AI, where the examination of the file was ended.

Nothing in them was checked: a name in the bytes counts as unsigned metadata does. But whoever made
the file put it there, and it is not to be lost with a worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Assurance
from provenance.media import container
from provenance.signals import source_types
from provenance.signals.model import Role, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.media.asset import Asset
    from provenance.media.container import Block

_MOST = 64 << 20  # bytes of all stores together
_LIMIT = "it is in a manifest store that could not be read, so that nothing vouches for it"


def words(data: bytes) -> tuple[Signal, ...]:
    """Return a signal for each name of a generative source type in the bytes of a store."""
    return tuple(
        Signal(
            detector="c2pa.unread",
            supports=source_types.origin(value),
            origin=source_types.origin(value),
            says=f"the manifest store, which was not read, has {source_types.code(value)} in it",
            source_type=value,
            where="manifest store",
            part="",
            assurance=Assurance.ASSERTED,
            role=Role.ASSET,
            limit=_LIMIT,
            sealed=False,
        )
        for value in source_types.written_in(data)
    )


def words_of(asset: Asset, blocks: Sequence[Block]) -> tuple[Signal, ...]:
    """Return the same for the stores of a file, as far as they can be had from it."""
    found: dict[Signal, None] = {}
    left = _MOST
    for block in blocks:
        try:
            data = container.load(asset, block, left)
        except container.ContainerDecodeError:
            continue
        left -= len(data)
        found |= dict.fromkeys(words(data))
    return tuple(found)
