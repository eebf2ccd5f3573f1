"""Plants the tests' examiner into whatever process of an engine runs a shard.

Python loads this module at its start from the first folder of PYTHONPATH that has it. The examiner
is that of the variable `PLANTED_EXAMINER`, `module:name`; without it nothing is done.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from dataclasses import replace
from typing import Any

_WHERE = "provenance.auditing.shards.shard_run"


class _Planter(importlib.abc.MetaPathFinder):
    """Finds one module as others do, and changes it once it is loaded."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        del target
        if name != _WHERE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def loaded(module: Any) -> None:
            load(module)
            real = module._task

            def task(made: Any) -> Any:
                wanted, environment = real(made)
                return replace(wanted, examiner=os.environ["PLANTED_EXAMINER"]), environment

            module._task = task

        setattr(spec.loader, "exec_module", loaded)  # noqa: B010 - a type checker refuses it
        return spec


if os.environ.get("PLANTED_EXAMINER"):
    sys.meta_path.insert(0, _Planter())
