"""JSON out of a file: bounded in size and depth, duplicate keys refused where it matters."""

from __future__ import annotations

import json
from typing import TypeAlias

from provenance.media.metadata.model import MAX_JSON

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_PADDING = " \t\r\n\0\ufeff"


class JsonError(ValueError):
    """Text that is not JSON, is too large or too deep, or names a key twice."""


def parse(text: str) -> Json:
    """Return the value of a JSON text; white space and NUL padding around it do not count.

    Raises `JsonError`, and nothing else, for anything out of a file.
    """
    return _load(text, None)


def parse_unique(text: str) -> Json:
    """Return the value of a JSON text in which no object names a key twice."""
    return _load(text, _refuse_duplicates)


def leading(text: str) -> str:
    """Return the JSON value that a text begins with, as text; all of it where it begins with none.

    For blocks that hold something else behind the value.
    """
    text = text.lstrip(_PADDING)[:MAX_JSON]
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return text
    return text[:end]


def _load(text: str, hook: object) -> Json:
    text = text.strip(_PADDING)
    if len(text) > MAX_JSON:
        raise JsonError(f"longer than {MAX_JSON} characters")
    try:
        # `object`, since the two hooks differ in type and `json` wants them to return its own
        value: Json = json.loads(text, object_pairs_hook=hook)  # type: ignore[arg-type]  # see above
    except JsonError:
        raise
    except RecursionError as e:
        raise JsonError("nested too deep") from e
    except ValueError as e:  # also an integer of more digits than Python converts
        raise JsonError("not JSON") from e
    return value


def _refuse_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise JsonError("a key stands there twice")
    return made
