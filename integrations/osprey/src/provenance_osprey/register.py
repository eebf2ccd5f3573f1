"""The plug-in: what Osprey's workers load by the entry point `osprey_plugin`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osprey.engine.udf.base import UDFBase
from osprey.worker.adaptor.plugin_manager import hookimpl_osprey

from provenance_osprey.udfs import UDFS


@hookimpl_osprey
def register_udfs() -> Sequence[type[UDFBase[Any, Any]]]:
    """Return the functions."""
    return list(UDFS)
