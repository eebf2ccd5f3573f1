"""The modules of this package are executed when something of them is first used.

`from provenance.signing import claim_signature` costs next to nothing: `claim_signature` is
executed when an attribute of it is asked for. `from provenance.signing.claim_signature import X`
asks for one, so it executes the module at once, as ever. So imports are at the top of every module,
and yet a look at the help, or a verdict on an unsigned file, loads only what it uses. A module that
needs an extra can be imported by others where that is not installed.

The interpreter does this itself from Python 3.15 on (PEP 810, `lazy from ... import`). Until that
is the oldest one that we run on, this is the one place for it. `importlib.util.LazyLoader` of the
standard library is much the same, but before 3.11.9 and 3.12.3 it shows other threads a module
that is half executed, and it executes a module for a look at its `__file__`, which `inspect` takes
at every module there is.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGES = ("provenance.", "provenance_cli.")

# What a module has before it is executed, and what others ask every module for.
_KNOWN = frozenset(
    {
        *("__class__", "__name__", "__spec__", "__loader__", "__package__", "__file__"),
        *("__cached__", "__path__", "__warningregistry__"),
    }
)


class _Unexecuted(ModuleType):
    """A module that was imported and not executed; it is a plain one as soon as it is used.

    A package is not executed for a module in it.
    """

    def __getattribute__(self, name: str) -> Any:
        if name in _KNOWN:
            return ModuleType.__getattribute__(self, name)
        loader = _loader_of(self)
        module = loader.module_in(self, name)
        if module is not None:
            return module
        loader.execute(self)
        return ModuleType.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        # What is set would be set anew by the module's own code; not so the modules of a package.
        if name not in _KNOWN and not isinstance(value, ModuleType):
            _loader_of(self).execute(self)
        ModuleType.__setattr__(self, name, value)


class _Loader(SourceFileLoader):
    """Has one module and its specification, and executes the module when it is used.

    There is one loader a module: threads that import it for the first time may all ask for its
    specification, some by the machinery of imports and some in `module_in`, and whatever that
    machinery loads by it is never executed a second time.
    """

    def __init__(self, name: str, file: str, within: list[str] | None) -> None:
        super().__init__(name, file)
        # Other threads wait for it until the module is executed. Such locks are taken in the order
        # of imports, which has no circles: they can't wait for one another.
        self._lock = threading.RLock()
        self._running = False
        self.module: ModuleType = _Unexecuted(name)
        self.spec = ModuleSpec(name, self, origin=file)
        self.spec.submodule_search_locations = within  # the folder of a package's modules
        self.module.__spec__, self.module.__file__ = self.spec, file

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module, whether it is executed or not."""
        del spec
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module unexecuted, where the machinery of imports wants it executed."""

    def module_in(self, package: ModuleType, name: str) -> ModuleType | None:
        """Return a module of an unexecuted package; None for every other name.

        So no name that a package defines may be that of a module in it.
        """
        known = ModuleType.__getattribute__(package, "__dict__")
        if "__path__" not in known:
            return None
        module = known.get(name)
        if isinstance(module, ModuleType):
            return module
        full = f"{self.name}.{name}"
        spec = _Finder.find_spec(full, known["__path__"])
        if spec is None or spec.submodule_search_locations is not None:
            return None
        submodule = sys.modules.get(full)
        if submodule is None:
            submodule = cast("_Loader", spec.loader).module
            submodule.__loader__, submodule.__package__ = spec.loader, self.name
            submodule = sys.modules.setdefault(full, submodule)
        setattr(package, name, submodule)
        return submodule

    def execute(self, module: ModuleType) -> None:
        """Execute the module, unless that is done, or is just being done by this thread.

        What the module raises is raised to who used it, and anew at the next use.
        """
        with self._lock:
            if self._running or type(module) is not _Unexecuted:
                return
            self._running = True
            try:
                self.spec.has_location = True
                module.__dict__["__cached__"] = self.spec.cached
                super().exec_module(module)
            finally:
                self._running = False
            _become_plain(module)


_LOADERS: dict[tuple[str, str], _Loader] = {}  # by name and file


def _loader_of(module: ModuleType) -> _Loader:
    return cast("_Loader", ModuleType.__getattribute__(module, "__spec__").loader)


def _become_plain(module: ModuleType) -> None:
    module.__class__ = ModuleType


class _Finder:
    """Finds the modules of our packages, to be executed when used."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of one of our modules or packages.

        None for all that is not ours, and for what lies in no folder, as in a zip file: this is
        executed at once.
        """
        del target
        if not path or not fullname.startswith(_PACKAGES):
            return None
        name = fullname.rpartition(".")[2]
        for folder in path:
            file = f"{folder}{os.sep}{name}.py"
            within: list[str] | None = None
            if not os.access(file, os.F_OK):
                within = [f"{folder}{os.sep}{name}"]
                file = f"{within[0]}{os.sep}__init__.py"
                if not os.access(file, os.F_OK):
                    continue
            loader = _LOADERS.get((fullname, file)) or _Loader(fullname, file, within)
            return _LOADERS.setdefault((fullname, file), loader).spec
        return None


def executed(name: str) -> bool:
    """Tell whether a module is imported and was used, by its whole name."""
    module = sys.modules.get(name)
    return module is not None and type(module) is not _Unexecuted


def install() -> None:
    """Have the modules of our packages executed when used; a second call changes nothing."""
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)
