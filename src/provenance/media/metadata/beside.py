"""Settings that a generator keeps in a file next to the one it made.

Weaker than what the file itself holds: anybody can put one there. SwarmUI writes `clip.swarm.json`
next to formats that it cannot write into (`src/Utils/Session.cs`), ACE-Step
`song_input_params.json` (`acestep/pipeline_ace_step.py`), WanGP `clip.json` where it is told to
(the choice "json" for metadata), the Stable Diffusion web UI `00001.txt` (`modules/images.py`,
`save_txt`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError
from provenance.media.asset import Asset
from provenance.media.container.model import BlockKind
from provenance.media.metadata.model import MAX_JSON, Field
from provenance.media.metadata.sink import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = (".swarm.json", "_input_params.json", ".json", ".txt")
"""How such files end, instead of the ending of the file that they belong to."""


def read(asset: Asset) -> Iterator[Field]:
    """Yield the text of each such file; none for what is in memory, or cannot be read."""
    if asset.in_memory:
        return
    stem = os.path.splitext(asset.path)[0]
    for ending in ENDINGS:
        path = stem + ending
        if path == asset.path or not os.path.isfile(path):
            continue
        try:
            with Asset.open(path, max_size=MAX_JSON) as other:
                text = decoded(other.read(0, other.size))
        except AssetError:
            continue
        yield Field(BlockKind.BESIDE, ending, text, "beside", 0)
