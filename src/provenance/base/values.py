"""Frozen, slotted dataclasses of which a method is compiled where it is called often.

`dataclasses.dataclass(frozen=True, slots=True)` compiles six methods while a class is defined, 0.4
to 0.9 ms a class on Python 3.11. One call of `verify` defines over a hundred such classes, makes a
few instances of seventy and compares some: compiled methods were a quarter of its time.

`dataclass` below is `dataclasses.dataclass` to type checkers and readers, and for every choice of
options but these two. `fields`, `replace`, `is_dataclass`, pattern matching, copying and pickling
work as they do with the original, since its own machinery finds the fields and makes the slots.
"""

from __future__ import annotations

import dataclasses
import operator
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


_SPECIAL = ("ClassVar", "InitVar", "KW_ONLY")  # annotations that make something else than a field


def _frozen(cls: type) -> Any:
    """Make a class a frozen value with slots."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else the original works out a signature for it
    notes = vars(cls).get("__annotations__", {})  # its own, as text
    plain = not any(word in str(note) for note in notes.values() for word in _SPECIAL)
    if plain:  # else the original looks through the text of each note three times
        cls.__annotations__ = dict.fromkeys(notes, object)
    frozen: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    if plain:
        frozen.__annotations__ = notes
        for name, note in notes.items():
            frozen.__dataclass_fields__[name].type = note
    frozen.__init__ = _first_init
    frozen.__eq__ = _first_eq
    frozen.__hash__ = _first_hash
    frozen.__setattr__ = frozen.__delattr__ = _refuse
    frozen.__getstate__ = _getstate
    frozen.__setstate__ = _setstate
    if "__repr__" not in cls.__dict__:
        frozen.__repr__ = _repr
    return frozen


class _Plan:
    """How to fill the slots of a class without compiled code, and how often that still pays."""

    __slots__ = ("left", "names", "slots")

    def __init__(self, cls: Any) -> None:
        fields = dataclasses.fields(cls)
        self.left = _FEW
        self.names = tuple(f.name for f in fields if f.init)
        # A slot's own setter: `object.__setattr__` would look for it by name each time.
        self.slots = tuple(
            (f.name, getattr(cls, f.name).__set__, f.default, f.default_factory) for f in fields
        )

    def fill(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Fill the slots; false where the arguments are not those of the class."""
        given = dict(zip(self.names, args, strict=False))
        if len(given) < len(args) or any(n in given or n not in self.names for n in kwargs):
            return False
        given.update(kwargs)
        for name, put, default, factory in self.slots:
            if name in given:
                put(value, given[name])
            elif factory is not dataclasses.MISSING:
                put(value, factory())
            elif default is not dataclasses.MISSING:
                put(value, default)
            else:
                return False
        return True


_FEW = 12  # instances that are filled by hand: to compile a method takes as long as thirty of them
_plans: dict[type, _Plan] = {}


def _first_init(self: Any, *args: Any, **kwargs: Any) -> None:
    cls = type(self)
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = _Plan(cls)
    plan.left -= 1
    if plan.left < 0 or not plan.fill(self, args, kwargs):
        _plans.pop(cls, None)
        _compile_init(cls)(self, *args, **kwargs)
    elif hasattr(cls, "__post_init__"):
        self.__post_init__()


def _compile_init(cls: Any) -> Callable[..., Any]:
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
        scope[f"_set_{name}"] = getattr(cls, name).__set__
        lines.append(f"_set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    return _compiled(cls, ", ".join(heads), lines or ["pass"], scope)


_MADE = object()  # stands for a value that its factory makes


def _first_eq(self: Any, other: object) -> Any:
    parts = _parts(type(self))

    def equal(self: Any, other: object) -> Any:
        same = other.__class__ is self.__class__
        return parts(self) == parts(other) if same else NotImplemented

    setattr(type(self), "__eq__", equal)  # noqa: B010 - mypy lets no method be assigned
    return equal(self, other)


def _first_hash(self: Any) -> Any:
    parts = _parts(type(self))

    def hashed(self: Any) -> int:
        return hash(parts(self))

    setattr(type(self), "__hash__", hashed)  # noqa: B010 - as above
    return hashed(self)


def _parts(cls: Any) -> Callable[[Any], tuple[Any, ...]]:
    """Return what gives the values that are compared, as a tuple."""
    compared = [f.name for f in dataclasses.fields(cls) if f.compare]
    if len(compared) > 1:
        return operator.attrgetter(*compared)
    return lambda value: tuple(getattr(value, name) for name in compared)


def _compiled(cls: Any, head: str, lines: list[str], scope: dict[str, Any]) -> Callable[..., Any]:
    """Compile `__init__` and put it in the place of the one that was there first.

    The text holds the names of our own fields, which are identifiers, and nothing from a file.
    """
    exec(f"def __init__({head}):\n " + "\n ".join(lines), scope)  # noqa: S102 - see above
    method: Callable[..., Any] = scope["__init__"]
    method.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = method
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
