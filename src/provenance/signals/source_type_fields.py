"""Source types wherever an assertion has them, however their values are wrapped."""

from __future__ import annotations

import re
from typing import Any

from provenance.base.terms import GENERATIVE
from provenance.signals import source_types

_MAX_KEY = 1024  # characters of a key that is looked at; names of properties are far shorter
_MAX_TEXT = 1024


def source_type_values(data: Any) -> list[str]:
    """Collect the values of every `…:DigitalSourceType` key of a decoded object, however deep.

    Values may be texts, JSON-LD objects (`@id`, `@value`, `@set`, `@list`), RDF bags, or lists of
    these, any number of them; bytes, which no standard allows, only where they say generative AI.
    What was decoded is bounded by a megabyte, so this is too; nothing can hide behind a count.
    """
    values: list[str] = []
    pending = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(key, str) and _local(key) == "digitalsourcetype":
                    values += _texts(inner)
                else:
                    pending.append(inner)
        elif isinstance(value, list | tuple):
            pending.extend(value)
    return list(dict.fromkeys(values))


def _local(key: str) -> str:
    """Return a key without its namespace, however it is written, in lower case."""
    local = re.split(r"[:/#}]", key)[-1] if len(key) <= _MAX_KEY else ""
    return local.replace("_", "").casefold()


def _texts(value: Any) -> list[str]:
    """Return every text of a value, whatever it is wrapped in."""
    texts: list[str] = []
    pending = [value]
    while pending:
        inner = pending.pop()
        if isinstance(inner, str):
            texts.append(inner[:_MAX_TEXT])
        elif isinstance(inner, bytes):
            said = inner[:_MAX_TEXT].decode("utf-8", "replace")
            if source_types.origin_of(source_types.counts_as(said)) in GENERATIVE:
                texts.append(said)
        elif isinstance(inner, dict):
            pending.extend(inner.values())
        elif isinstance(inner, list | tuple):
            pending.extend(inner)
    return texts
