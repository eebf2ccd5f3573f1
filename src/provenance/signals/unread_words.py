"""What the bytes of a manifest store say of AI, where it could not be read, or not to its end.

One changed letter in the name of a box is enough for that. Nothing in these bytes was checked: a
name in them may be in any field. But whoever made the file put it there, and it is not to be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.terms import Assurance
from provenance.credentials import compressed
from provenance.media import container
from provenance.signals import source_types
from provenance.signals.signal import Role, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.media.asset import Asset
    from provenance.media.container import Block

_MOST = 64 << 20  # bytes of all stores together
_LIMIT = "it is in a manifest store that could not be read, so that nothing vouches for it"


def words(data: bytes, assurance: Assurance = Assurance.ASSERTED) -> tuple[Signal, ...]:
    """Return a signal for each name of a generative source type in the bytes of a store."""
    return tuple(
        Signal(
            detector="c2pa.unread",
            supports=source_types.origin_of(value),
            origin=source_types.origin_of(value),
            says="the manifest store, which was not read, has "
            f"{source_types.short_name(value)} in it",
            source_type=value,
            where="manifest store",
            part="",
            assurance=assurance,
            role=Role.ASSET,
            limit=_LIMIT,
            sealed=False,
        )
        for value in source_types.names_in(data + compressed.contents(data))
    )


def words_of(
    asset: Asset, blocks: Sequence[Block], assurance: Assurance = Assurance.ASSERTED
) -> tuple[Signal, ...]:
    """Return the same for the stores of a file, as far as they can be had from it."""
    signals: dict[Signal, None] = {}
    left = _MOST
    for block in blocks:
        try:
            data = container.load_block(asset, block, left)
        except container.ContainerDecodeError:
            data = b"".join(asset.read(s.offset, min(s.length, left)) for s in block.spans)
        left -= len(data)
        signals |= dict.fromkeys(words(data, assurance))
    return tuple(signals)
