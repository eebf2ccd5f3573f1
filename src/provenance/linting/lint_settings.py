"""The table `[tool.provenance.lint]` of `pyproject.toml`: a project's own defaults for lint.

What the command line says wins. Paths are relative to the file. An unknown key is an error: a
setting that nobody reads is worse than none.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from provenance.base.errors import ProvenanceError
from provenance.base.finding import Severity

NAME = "pyproject.toml"
TABLE = "tool.provenance.lint"
MAX_BYTES = 4 << 20


class SettingsError(ProvenanceError):
    """A table that cannot be read, or says something unknown. The message names the key."""

    code = "lint.settings"


@dataclass(frozen=True, slots=True)
class LintSettings:
    """The table. Keys are written with dashes; paths are absolute. None: not said."""

    profile: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    baseline: str | None = None
    trust_anchors: tuple[str, ...] = ()
    tsa_anchors: tuple[str, ...] = ()
    no_bundled_trust: bool | None = None
    format: str | None = None


_KEYS = {f.name.replace("_", "-"): f.name for f in fields(LintSettings)}
_ELSEWHERE = frozenset(  # settings of the command line alone, which no test asks for
    {"at", "cawg-anchors", "color", "exclude", "include", "quiet", "type"}
)
_PATHS = frozenset({"baseline", "trust_anchors", "tsa_anchors"})
_LISTS = frozenset({"profile", "select", "ignore", "trust_anchors", "tsa_anchors"})


def nearest_settings(start: str | os.PathLike[str] = ".") -> str | None:
    """Return the nearest `pyproject.toml` with the table, from a folder upward; None if none is."""
    try:
        folder = Path(start).resolve()
    except OSError:  # the working directory is gone
        return None
    for parent in (folder, *folder.parents):
        candidate = parent / NAME
        if os.path.isfile(candidate) and _table(candidate) is not None:
            return str(candidate)
    return None


def load_settings(path: str | os.PathLike[str]) -> LintSettings:
    """Read the table of one file. Raises SettingsError, also where the table is not there."""
    source = Path(path)
    table = _table(source)
    if table is None:
        raise SettingsError(f"{source}: there is no table [{TABLE}]")
    return _settings(table, source)


def _table(source: Path) -> dict[str, Any] | None:
    try:
        with source.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SettingsError(f"{source}: larger than {MAX_BYTES} bytes")
        table: Any = tomllib.loads(content.decode("utf-8"))
    except OSError as e:
        raise SettingsError(f"{source}: {e.strerror or e}") from e
    except (ValueError, RecursionError) as e:
        raise SettingsError(f"{source}: no TOML: {e}") from e
    for name in TABLE.split("."):
        table = table.get(name) if isinstance(table, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise SettingsError(f"{source}: [{TABLE}] is not a table")
    return table


def _settings(table: dict[str, Any], source: Path) -> LintSettings:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key in _ELSEWHERE:
            continue
        name = _KEYS.get(key)
        if name is None:
            known = ", ".join(_KEYS)
            raise SettingsError(f"{source}: [{TABLE}] has no key {key!r}; there are {known}")
        values[name] = _value(name, value, f"{source}: {key}", source.resolve().parent)
    return LintSettings(**values)


def _value(name: str, value: Any, where: str, folder: Path) -> Any:
    if name == "no_bundled_trust":
        if not isinstance(value, bool):
            raise SettingsError(f"{where} is true or false")
        return value
    if name in _LISTS:
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list) or not all(isinstance(e, str) and e for e in entries):
            raise SettingsError(f"{where} is a text or a list of texts")
        return tuple(str(folder / e) if name in _PATHS else e for e in entries)
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{where} is a text")
    if name == "fail_on":
        try:
            return Severity(value)
        except ValueError as e:
            raise SettingsError(f"{where} is one of {', '.join(Severity)}") from e
    return str(folder / value) if name in _PATHS else value
