"""The tables of what generators write: data beside this module, read when first asked for.

JSON and not TOML: a table is read in the run of a single file, and `tomllib` takes twenty times as
long. Each table names its sources; `docs/generators.md` is made from them.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

from provenance.base.values import dataclass
from provenance.media.metadata.field import Source

_HERE = os.path.dirname(__file__)


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table `name`.json."""
    with open(os.path.join(_HERE, f"{name}.json"), encoding="utf-8") as file:
        content: dict[str, Any] = json.load(file)
    return content


SOURCES = {source.value: source for source in Source}
"""The kinds of metadata by the names that the tables use."""


@dataclass(frozen=True, slots=True)
class _Samplers:
    names: frozenset[str]
    schedules: tuple[str, ...]
    schedulers: frozenset[str]


@cache
def _samplers() -> _Samplers:
    data = table("samplers")
    schedules = sorted(data["schedules"], key=len, reverse=True)
    return _Samplers(frozenset(data["samplers"]), tuple(schedules), frozenset(data["schedulers"]))


def is_sampler(name: str) -> bool:
    """Tell whether a name is that of a sampler of diffusion models, in any program's spelling.

    Letter case, blanks, hyphens, underscores and brackets do not count; a schedule may follow
    ("DPM++ 2M Karras"), and a preset may precede (Krita: "Default - DPM++ 2M").
    """
    known = _samplers()
    key = _folded(name.removesuffix(_CLASS))
    if key in known.names:
        return True
    for schedule in known.schedules:
        if key.endswith(schedule) and key[: -len(schedule)] in known.names:
            return True
    _, dash, last = name[:128].rpartition(" - ")
    return bool(dash) and is_sampler(last)


def is_scheduler(name: str) -> bool:
    """Tell whether a name is that of a scheduler which only diffusion models have."""
    return _folded(name) in _samplers().schedulers or is_sampler(name)


_CLASS = "Scheduler"
"""How diffusers calls a sampler: `DDPMWuerstchenScheduler`."""


def _folded(name: str) -> str:
    return "".join(c for c in name[:128].casefold() if c.isalnum() or c == "+").removeprefix(
        "sample"
    )
