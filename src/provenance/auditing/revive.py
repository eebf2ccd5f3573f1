"""From a record back to a `Report`: how reports come out of a worker or a ledger.

Only values are made, of the classes that a report is built of; nothing in a record can name a
class or run anything. What does not fit raises ValueError. A field that a record does not have is
its default, where it has one: earlier versions knew fewer of them.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from provenance.base import finding, terms
from provenance.marks import decoder, soft_binding
from provenance.signals import signal
from provenance.verdict import assess, evidence, report

_NAMES: dict[str, Any] = {"datetime": datetime}
_TEXT = str | None
_MODULES = (finding, evidence, report, terms, assess)
for _module in (*_MODULES, signal, soft_binding, decoder):
    _NAMES |= {
        name: value
        for name, value in vars(_module).items()
        if isinstance(value, type) and value.__module__ == _module.__name__
    }


def report_of(body: dict[str, Any], environment: report.Environment) -> report.Report:
    """Make the report whose `Report.body` this is. Raises ValueError."""
    try:
        asset = _asset(body["asset"])
        own = {"asset", "environment", "members"}
        rest = _fields({k: v for k, v in body.items() if k not in own}, report.Report)
        return report.Report(asset, environment, **rest)
    except (KeyError, TypeError, AttributeError, binascii.Error) as e:
        raise ValueError(f"not a report of this program: {e}") from e


def environment_of(value: dict[str, Any]) -> report.Environment:
    """Make the environment that a run keeps as plain values. Raises ValueError."""
    try:
        environment: report.Environment = _value(value, report.Environment)
    except (KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"not an environment of this program: {e}") from e
    return environment


def _asset(body: dict[str, Any]) -> report.AssetInfo:
    hashes = tuple((str(k), str(v)) for k, v in body.get("hashes", {}).items())
    outer = body.get("outer")
    if outer is not None:
        names = tuple(map(str, outer["names"]))
        outer = report.Outer(_path(outer), _value(outer["sha256"], _TEXT), names)
    size = _value(body["size"], int | None)
    media_type, sha256 = (_value(body[name], _TEXT) for name in ("media_type", "sha256"))
    return report.AssetInfo(_path(body), size, media_type, sha256, hashes, outer)


def _path(body: dict[str, Any]) -> str:
    if "path_bytes" in body:
        return os.fsdecode(base64.b64decode(body["path_bytes"]))
    path: str = _value(body["path"], str)
    return path


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind, globalns=_NAMES | {"os": os}, localns=_NAMES)


def _value(value: Any, kind: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _one_of(value, get_args(kind))
    if origin is tuple:
        item, *_ = get_args(kind)
        if not isinstance(value, list):
            raise ValueError("a list was expected")
        return tuple(_value(v, item) for v in value)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**_fields(value, kind))
    if kind is datetime:
        return datetime.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if not isinstance(value, kind):
        raise ValueError(f"{kind.__name__} was expected")
    return value


def _fields(values: Any, kind: Any) -> dict[str, Any]:
    """Return the arguments that make a value of a class, but for those that are left out."""
    if not isinstance(values, dict):
        raise ValueError("an object was expected")
    hints = _hints(kind)
    names = [f.name for f in fields(kind)]
    return {name: _value(values[name], hints[name]) for name in names if name in values}


def _one_of(value: Any, kinds: tuple[Any, ...]) -> Any:
    if value is None and NoneType in kinds:
        return None
    for kind in kinds:
        if kind is NoneType:
            continue
        try:
            return _value(value, kind)
        except ValueError:
            continue
    raise ValueError("none of what was expected")
