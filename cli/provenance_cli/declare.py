"""Options as typed values: a frozen dataclass is a group of options, and has its heading.

    @command("verify")
    @takes(trust=Trust, answer=of(Answer, form={"type": ...}))
    def verify(trust: Trust, answer: Answer) -> None: ...

`takes_options` adds the options of each group to the command, and hands their values over as one
value.
"""

from __future__ import annotations

import functools
from dataclasses import field, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from provenance_cli.option import Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


_OPTION = "option"


def option(*names: str, **extra: Any) -> Any:
    """Declare an option as a field of a group; `extra` is what `option.Option` takes."""
    return field(metadata={_OPTION: (names, extra)})


class ChangedGroup(NamedTuple):
    """A group some of whose options are declared otherwise for one command."""

    group: type
    changes: Mapping[str, Mapping[str, Any]]


def changed(group: type, **changes: Mapping[str, Any]) -> ChangedGroup:
    """Return a group with `changes` by the names of its fields: formats, a help of its own."""
    return ChangedGroup(group, changes)


class CombinedGroups(NamedTuple):
    """Several groups that a command hands on as one value."""

    kind: type
    parts: Mapping[str, ChangedGroup]


def combined(kind: type, **groups: type | ChangedGroup) -> CombinedGroups:
    """Return groups that come as one `kind`, a dataclass with a field for each."""
    return CombinedGroups(kind, {name: _changed(group) for name, group in groups.items()})


def takes_options(
    **groups: type | ChangedGroup | CombinedGroups,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of groups to a command; each comes as the argument that is named here."""
    declared = {
        name: group if isinstance(group, CombinedGroups) else _changed(group)
        for name, group in groups.items()
    }

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def called(*args: Any, **values: Any) -> Any:
            grouped = {name: _group_values(group, values) for name, group in declared.items()}
            return function(*args, **values, **grouped)

        options = [option for group in declared.values() for option in options_of(group)]
        before = getattr(function, "__click_params__", [])
        called.__click_params__ = [*before, *reversed(options)]  # type: ignore[attr-defined]  # as click's own decorators do
        called.__groups__ = declared  # type: ignore[attr-defined]  # for the test that compares them with the annotations
        return called

    return add


def _changed(group: type | ChangedGroup) -> ChangedGroup:
    return group if isinstance(group, ChangedGroup) else ChangedGroup(group, {})


def _group_values(declared: ChangedGroup | CombinedGroups, values: dict[str, Any]) -> Any:
    """Take the values of a group out of those of a command."""
    if isinstance(declared, CombinedGroups):
        return declared.kind(
            **{name: _group_values(part, values) for name, part in declared.parts.items()}
        )
    return declared.group(**{f.name: values.pop(f.name) for f in fields(declared.group)})


def options_of(declared: ChangedGroup | CombinedGroups) -> Iterable[Option]:
    """Yield the options of a group, or of several."""
    if isinstance(declared, CombinedGroups):
        for part in declared.parts.values():
            yield from options_of(part)
        return
    for f in fields(declared.group):
        names, extra = f.metadata[_OPTION]
        extra = {"section": declared.group.SECTION, "shared": declared.group.SHARED, **extra}  # type: ignore[attr-defined]  # every group says both
        yield Option([f.name, *names], **(extra | dict(declared.changes.get(f.name, {}))))


class OptionGroup:
    """What a group says of itself: its heading in the help, and whether all commands share it."""

    __slots__ = ()

    SECTION: ClassVar[str]
    SHARED: ClassVar[bool] = False
