"""The reference of the library, from its signatures, fields and docstrings: `docs/api.md`."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
from typing import TYPE_CHECKING, Any

import provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDTH = 88
SESSION = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
PARTS = ("Functions", "Exceptions", "Words", "Classes")


def part_of(value: object) -> str:
    """Return in which part of the page a public name belongs."""
    if not inspect.isclass(value):
        return "Functions"
    if issubclass(value, BaseException):
        return "Exceptions"
    return "Words" if issubclass(value, enum.Enum) else "Classes"


def reference() -> str:
    """Return the page below its beginning."""
    return "".join(f"\n{block}\n" for block in _blocks()) + "\n"


def _blocks() -> Iterator[str]:
    names = [name for name in provenance.__all__ if not name.startswith("_")]
    for part in PARTS:
        yield f"## {part}"
        for name in sorted(names, key=str.casefold):
            value = getattr(provenance, name)
            if part_of(value) == part:
                yield f"### `{name}`"
                yield from _entry(name, value)


def _entry(name: str, value: Any) -> Iterator[str]:
    if part_of(value) == "Functions":
        yield f"```py\n{_signature(name, value)}\n```"
    yield _said(value)
    if inspect.isclass(value) and issubclass(value, enum.Enum):
        yield ", ".join(f"`{member.value}`" for member in value)
    elif inspect.isclass(value):
        yield from _members(value)


def _members(value: type) -> Iterator[str]:
    hints = inspect.get_annotations(value)
    if dataclasses.is_dataclass(value):
        shown = [(field.name, str(field.type)) for field in dataclasses.fields(value)]
    else:
        shown = [(name, str(hint)) for name, hint in hints.items()]
    rows = [f"{name}: {hint}" for name, hint in shown if not name.startswith("_")]
    if rows:
        yield "```py\n" + "\n".join(rows) + "\n```"
    for name, member in sorted(vars(value).items()):
        plain = inspect.unwrap(getattr(member, "__func__", member))
        if name.startswith("_") or name in dict(shown) or not inspect.getdoc(member):
            continue
        if isinstance(member, property):
            yield f"`.{name}`: {_said(member)}"
        elif inspect.isfunction(plain):
            yield f"```py\n{_signature(f'{value.__name__}.{name}', plain)}\n```"
            yield _said(member)


def _signature(name: str, value: Callable[..., object]) -> str:
    found = inspect.signature(value)
    shown: list[str] = []
    for one in found.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        if one.name not in {"self", "cls"}:
            shown.append(_parameter(one))
    whole = f"{name}({', '.join(shown)}) -> {found.return_annotation}"
    if len(whole) <= WIDTH:
        return whole
    below = "".join(f"\n    {one}," for one in shown)
    return f"{name}({below}\n) -> {found.return_annotation}"


def _parameter(one: inspect.Parameter) -> str:
    stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
    text = f"{stars}{one.name}: {one.annotation}"
    if one.default is one.empty:
        return text
    if isinstance(one.default, enum.Enum):
        return f"{text} = {type(one.default).__name__}.{one.default.name}"
    plain = isinstance(one.default, str | int | float | tuple | None)
    return f"{text} = {one.default!r}" if plain else f"{text} = ..."


def _said(value: object) -> str:
    text = inspect.getdoc(value) or ""
    return SESSION.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```", text)
