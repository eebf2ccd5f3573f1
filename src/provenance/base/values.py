"""Frozen, slotted dataclasses whose methods are compiled when they are first called.

`dataclasses.dataclass(frozen=True, slots=True)` compiles six methods while a class is defined, 0.4
to 0.9 ms a class on Python 3.11. One call of `verify` defines about ninety such classes, makes
instances of some forty and compares five: the methods of the rest were a quarter of its time.

`dataclass` below is `dataclasses.dataclass` to type checkers and readers, and for every choice of
options but these two. `fields`, `replace`, `is_dataclass`, pattern matching, copying and pickling
work as they do with the original, since its own machinery finds the fields and makes the slots.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - said to be exported
else:

    def dataclass(cls=None, /, **options):
        """Stand in for `dataclasses.dataclass`."""
        if cls is None and options == {"frozen": True, "slots": True}:
            return _frozen
        return dataclasses.dataclass(cls, **options)


def _frozen(cls: type) -> Any:
    """Make a class a frozen value with slots."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else the original works out a signature for it
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__init__ = _first_init
    made.__eq__ = _first_eq
    made.__hash__ = _first_hash
    made.__setattr__ = made.__delattr__ = _refuse
    made.__getstate__ = _getstate
    made.__setstate__ = _setstate
    if "__repr__" not in cls.__dict__:
        made.__repr__ = _repr
    return made


def _first_init(self: Any, *args: Any, **kwargs: Any) -> None:
    cls = type(self)
    scope: dict[str, Any] = {"_made": _MADE}
    heads, lines = ["self"], []
    for f in dataclasses.fields(cls):
        name, value = f.name, f.name
        if f.default_factory is not dataclasses.MISSING:
            scope[f"_new_{name}"] = f.default_factory
            value = f"_new_{name}()" + (f" if {name} is _made else {name}" if f.init else "")
            heads += [f"{name}=_made"] if f.init else []
        elif f.default is not dataclasses.MISSING:
            scope[f"_of_{name}"] = f.default
            value = name if f.init else f"_of_{name}"
            heads += [f"{name}=_of_{name}"] if f.init else []
        else:
            heads.append(name)
        # A slot's own setter: `object.__setattr__` would look for it by name each time.
        scope[f"_set_{name}"] = getattr(cls, name).__set__
        lines.append(f"_set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    _compiled(cls, "__init__", ", ".join(heads), lines or ["pass"], scope)(self, *args, **kwargs)


_MADE = object()  # stands for a value that its factory makes


def _first_eq(self: Any, other: object) -> Any:
    mine, theirs = _tuples(type(self), "self", "other")
    line = f"return {mine} == {theirs} if other.__class__ is self.__class__ else NotImplemented"
    return _compiled(type(self), "__eq__", "self, other", [line], {})(self, other)


def _first_hash(self: Any) -> Any:
    (mine,) = _tuples(type(self), "self")
    return _compiled(type(self), "__hash__", "self", [f"return hash({mine})"], {})(self)


def _tuples(cls: Any, *names: str) -> list[str]:
    compared = [f.name for f in dataclasses.fields(cls) if f.compare]
    return ["(" + "".join(f"{of}.{name}, " for name in compared) + ")" for of in names]


def _compiled(
    cls: Any, name: str, head: str, lines: list[str], scope: dict[str, Any]
) -> Callable[..., Any]:
    """Compile a method and put it in the place of the one that was there first.

    The text holds the names of our own fields, which are identifiers, and nothing from a file.
    """
    exec(f"def {name}({head}):\n " + "\n ".join(lines), scope)  # noqa: S102 - see above
    method: Callable[..., Any] = scope[name]
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    setattr(cls, name, method)
    return method


def _refuse(self: Any, name: str, *_: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"a {type(self).__name__} keeps its {name!r}")


def _repr(self: Any) -> str:
    shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in dataclasses.fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for f, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)
