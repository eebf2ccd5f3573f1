"""A policy as a file: TOML, read strictly. What is left out has its default.

An unknown key, a wrong type or an unknown value is an error that names the place and what is
allowed there: a policy that was misread would flag the wrong files in silence.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from provenance.base import small_file
from provenance.base.errors import PolicyError, reason_of
from provenance.base.terms import (
    AI_FLAGGED,
    Assurance,
    Flag,
    Identity,
    Integrity,
    Origin,
    Revocation,
)
from provenance.base.text import clean, printable_path
from provenance.verdict.policy import (
    CERTIFICATE,
    DEFAULT_FLAGS,
    DEFAULT_ORIGINS,
    VERSION,
    Policy,
    Signing,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from enum import StrEnum

MAX_BYTES = 1 << 20
MAX_ENTRIES = 10_000  # of one list
MAX_TEXT = 1024  # characters of a name or a pattern
ANY = "any"

FLAGS = tuple(flag for flag in Flag if flag is not Flag.AI)
BROKEN_AS_WELL = (Integrity.PARTIAL, Integrity.UNCHECKED)
REVOKED_AS_WELL = (Revocation.REVOKED_LATER, Revocation.UNKNOWN, Revocation.NOT_CHECKED)
SIGNED_BY = (Identity.C2PA, Identity.INTERIM, Identity.PRIVATE, Identity.UNLISTED)
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)

_Word = TypeVar("_Word", bound="StrEnum")


def load(path: str | os.PathLike[str]) -> Policy:
    """Read a policy file. Raises `PolicyError`, one line, for whatever is wrong with it."""
    name = printable_path(str(path))
    try:
        data = small_file.read(path, MAX_BYTES)
    except OSError as e:
        raise PolicyError(f"policy {name}: {reason_of(e)}") from e
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise PolicyError(f"policy {name}: not UTF-8 text") from e
    try:
        return parse(text)
    except PolicyError as e:
        raise PolicyError(f"policy {name}: {e}") from e


def parse(text: str) -> Policy:
    """Make a policy of the text of a file. Raises `PolicyError`."""
    try:
        top = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise PolicyError(f"not TOML: {clean(str(e))}") from e
    except (RecursionError, ValueError) as e:  # a number with thousands of digits is a ValueError
        raise PolicyError("not TOML: nested too deeply, or a value out of range") from e
    keys = ("version", "name", "flags", "origins", "counts_as", "expected", "must_be_signed")
    _known(top, "", keys)
    if "version" not in top:
        raise PolicyError(f"version: missing; begin the file with version = {VERSION}")
    if top["version"] != VERSION or isinstance(top["version"], bool | float):
        raise PolicyError(f"version: this program knows {VERSION} only")
    flags = frozenset(_flags(top))
    origins = frozenset(_origins(_table(top, "origins", tuple(o.value for o in Origin))))
    counts = _table(top, "counts_as", ("broken", "revoked"))
    broken = _words(counts, "broken", "counts_as.broken", BROKEN_AS_WELL)
    revoked = _words(counts, "revoked", "counts_as.revoked", REVOKED_AS_WELL)
    for flag, further in ((Flag.BROKEN, broken), (Flag.REVOKED, revoked)):
        if further and flag not in flags:
            place = f"counts_as.{flag.value}"
            raise PolicyError(f'{place}: has no effect while flags leaves out "{flag.value}"')
    expected = _table(top, "expected", ("vendors", "signers"))
    if any(origin in AI_FLAGGED for origin, _ in origins):
        flags |= {Flag.AI}
    return Policy(
        flags=flags,
        origins=origins,
        counts_as_broken=frozenset(broken),
        counts_as_revoked=frozenset(revoked),
        vendors=_texts(expected, "vendors", "expected.vendors"),
        signers=tuple(_signer(s, n) for n, s in _entries(expected, "signers")),
        must_be_signed=tuple(_must_be_signed(top)),
        name=_text(top.get("name", ""), "name"),
    )


def to_toml(policy: Policy) -> str:
    """Return a policy as a file, every key with its value; `parse` gives an equal policy back."""
    plain = policy.canonical()
    lines = [f"version = {VERSION}"]
    if policy.name:
        lines.append(f"name = {_quoted(policy.name)}")
    lines += [
        "",
        "# What flags a file, beside its origin. Also: "
        + ", ".join(f.value for f in FLAGS if f not in DEFAULT_FLAGS),
        f"flags = {_list(plain['flags'])}",
        "",
        f'# The assurances at which an origin flags: "{ANY}", or a list of',
        f"# {', '.join(Assurance)}",
        "[origins]",
    ]
    everything = [a.value for a in Assurance]
    for origin, assurances in plain["origins"].items():
        value = f'"{ANY}"' if assurances == everything else _list(assurances)
        lines.append(f"{origin} = {value}")
    lines += [
        "",
        f"# What counts as broken ({', '.join(BROKEN_AS_WELL)}) or as revoked",
        f"# ({', '.join(REVOKED_AS_WELL)}) beyond what is",
        "[counts_as]",
        *(f"{key} = {_list(values)}" for key, values in plain["counts_as"].items()),
        "",
        "# Where given, a file from another vendor or signer is flagged. A signer is an",
        f'# organisation on a listed chain, or "{CERTIFICATE}" and the digest of its certificate',
        "[expected]",
        f"vendors = {_list(policy.vendors)}",
        f"signers = {_list(policy.signers)}",
        "",
        "# Files that must carry an intact credential, any number of times:",
    ]
    if not policy.must_be_signed:
        lines += ["# [[must_be_signed]]", '# paths = ["press/**"]', '# identity = ["c2pa"]']
    for rule in policy.must_be_signed:
        identity = [i.value for i in Identity if i in rule.identity]
        lines += ["[[must_be_signed]]", f"paths = {_list(rule.paths)}"]
        lines += [f"identity = {_list(identity)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _flags(top: dict[str, Any]) -> tuple[Flag, ...]:
    if "flags" not in top:
        return tuple(f for f in FLAGS if f in DEFAULT_FLAGS)
    listed = top["flags"]
    if isinstance(listed, list) and Flag.AI.value in listed:
        raise PolicyError('flags: "ai" does not stand here: say in [origins] which origins flag')
    return _words(top, "flags", "flags", FLAGS)


def _origins(table: dict[str, Any]) -> Iterable[tuple[Origin, Assurance]]:
    for origin in Origin:
        place = f"origins.{origin.value}"
        if origin.value not in table:
            yield from (pair for pair in DEFAULT_ORIGINS if pair[0] is origin)
        elif table[origin.value] == ANY:
            yield from ((origin, a) for a in Assurance)
        else:
            other = f', or "{ANY}" alone'
            words = _words(table, origin.value, place, tuple(Assurance), other)
            yield from ((origin, a) for a in words)


def _must_be_signed(top: dict[str, Any]) -> Iterable[Signing]:
    rules = top.get("must_be_signed", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise PolicyError("must_be_signed: has to be tables, each under [[must_be_signed]]")
    if len(rules) > MAX_ENTRIES:
        raise PolicyError(f"must_be_signed: more than {MAX_ENTRIES} rules")
    for n, rule in enumerate(rules):
        place = f"must_be_signed[{n}]"
        _known(rule, f"{place}.", ("paths", "identity"))
        paths = _texts(rule, "paths", f"{place}.paths") if "paths" in rule else Signing().paths
        identity = Signing().identity
        if "identity" in rule:
            identity = frozenset(_words(rule, "identity", f"{place}.identity", SIGNED_BY))
        for key, value in (("paths", paths), ("identity", identity)):
            if not value:
                raise PolicyError(f"{place}.{key}: is empty, so the rule asks for nothing")
        yield Signing(paths, identity)


def _known(table: dict[str, Any], place: str, keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            raise PolicyError(f"{place}{clean(key, 60)}: no such key; there are: {', '.join(keys)}")


def _table(top: dict[str, Any], name: str, keys: tuple[str, ...]) -> dict[str, Any]:
    table = top.get(name, {})
    if not isinstance(table, dict):
        raise PolicyError(f"{name}: has to be a table, under [{name}]")
    _known(table, f"{name}.", keys)
    return table


def _words(
    table: dict[str, Any], key: str, place: str, allowed: tuple[_Word, ...], other: str = ""
) -> tuple[_Word, ...]:
    """Return a list of words of a vocabulary, or raise with those that are allowed."""
    values = table.get(key, [])
    known = {word.value: word for word in allowed}
    choices = ", ".join(f'"{word}"' for word in known) + other
    if not isinstance(values, list):
        raise PolicyError(f"{place}: has to be a list; allowed in it: {choices}")
    for value in values:
        if not isinstance(value, str) or value not in known:
            raise PolicyError(f"{place}: {_shown(value)} is not allowed; allowed: {choices}")
    return tuple(dict.fromkeys(known[value] for value in values))


def _entries(table: dict[str, Any], key: str) -> Iterable[tuple[int, str]]:
    return enumerate(_texts(table, key, f"expected.{key}"))


def _texts(table: dict[str, Any], key: str, place: str) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise PolicyError(f"{place}: has to be a list of texts")
    if len(values) > MAX_ENTRIES:
        raise PolicyError(f"{place}: more than {MAX_ENTRIES} entries")
    texts = (_text(value, f"{place}[{n}]") for n, value in enumerate(values))
    found = tuple(dict.fromkeys(texts))
    if "" in found:
        raise PolicyError(f"{place}: an entry is empty")
    return found


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise PolicyError(f"{place}: has to be a text, not {_shown(value)}")
    if len(value) > MAX_TEXT:
        raise PolicyError(f"{place}: longer than {MAX_TEXT} characters")
    return value.strip()


def _signer(value: str, n: int) -> str:
    """Return a signer as it is compared; a digest that is none would match nothing in silence."""
    if not value.lower().startswith(CERTIFICATE):
        return value
    digest = value[len(CERTIFICATE) :].replace(":", "").lower()
    if not _HEX_DIGEST.fullmatch(digest):
        raise PolicyError(
            f"expected.signers[{n}]: after {CERTIFICATE} come the 64 hexadecimal digits of a"
            " certificate's SHA-256"
        )
    return CERTIFICATE + digest


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{clean(value, 60)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {int: "a number", float: "a number", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")
