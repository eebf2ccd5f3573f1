"""From a record back to a `Report`: how reports come out of a worker or a ledger.

Only values are made, of the classes that a report is built of; nothing in a record can name a
class or run anything. What does not fit raises ValueError.
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
from provenance.marks import model as watermark
from provenance.marks import soft_binding as softbinding
from provenance.signals import model as signals
from provenance.verdict import assess as verdict
from provenance.verdict import evidence, report

_NAMES: dict[str, Any] = {"datetime": datetime}
_MODULES = (finding, evidence, report, terms, verdict)
for _module in (*_MODULES, signals, softbinding, watermark):
    _NAMES |= {
        name: value
        for name, value in vars(_module).items()
        if isinstance(value, type) and value.__module__ == _module.__name__
    }


def report_of(body: dict[str, Any], environment: report.Environment) -> report.Report:
    """Make the report whose `Report.body` this is. Raises ValueError."""
    try:
        asset = _asset(body["asset"])
        rest = {
            f.name: _value(body[f.name], _hints(report.Report)[f.name])
            for f in fields(report.Report)
            if f.name not in {"asset", "environment", "members"}
        }
        return report.Report(asset, environment, **rest)
    except (KeyError, TypeError, AttributeError, binascii.Error) as e:
        raise ValueError(f"no report of ours: {e}") from e


def environment_of(value: dict[str, Any]) -> report.Environment:
    """Make the environment that a run keeps as plain values. Raises ValueError."""
    try:
        made: report.Environment = _value(value, report.Environment)
    except (KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"no environment of ours: {e}") from e
    return made


def _asset(body: dict[str, Any]) -> report.AssetInfo:
    hashes = tuple((str(k), str(v)) for k, v in body.get("hashes", {}).items())
    outer = body.get("outer")
    if outer is not None:
        names = tuple(map(str, outer["names"]))
        outer = report.Outer(_path(outer), outer["sha256"], names)
    return report.AssetInfo(
        _path(body), body["size"], body["media_type"], body["sha256"], hashes, outer
    )


def _path(body: dict[str, Any]) -> str:
    if "path_bytes" in body:
        return os.fsdecode(base64.b64decode(body["path_bytes"]))
    path: str = body["path"]
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
        hints = _hints(kind)
        return kind(**{f.name: _value(value[f.name], hints[f.name]) for f in fields(kind)})
    if kind is datetime:
        return datetime.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if not isinstance(value, kind):
        raise ValueError(f"{kind.__name__} was expected")
    return value


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
