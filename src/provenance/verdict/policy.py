"""What the user wants flagged. The verdict says what is; the policy says what matters.

A policy is made in code or read from a TOML file, strictly: what is left out has its default, and
an unknown key, a wrong type or an unknown value is an error that names the place and what is
allowed there. A policy that was misread would flag the wrong files in silence.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from provenance.base import files
from provenance.base import paths as globs
from provenance.base.errors import PolicyError, reason_of
from provenance.base.terms import (
    GENERATIVE,
    LISTED,
    Assurance,
    Breach,
    CredentialStatus,
    Flag,
    Identity,
    Integrity,
    Origin,
    Revocation,
)
from provenance.base.text import clean, folded_words, printable_path
from provenance.base.values import dataclass
from provenance.verdict.report import PolicyInfo

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet
    from enum import StrEnum

    from provenance.verdict.assess import Verdict
    from provenance.verdict.evidence import Axes
    from provenance.verdict.report import AssetInfo, Credentials, ManifestInfo

DEFAULT_FLAGS = frozenset({Flag.AI, Flag.BROKEN, Flag.REVOKED, Flag.CONFLICT, Flag.UNREADABLE})
DEFAULT_ORIGINS = frozenset((origin, a) for origin in GENERATIVE for a in Assurance)
DEFAULT_NAME = "default"
VERSION = 1  # of the policy file and of the canonical form

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_AI = 3
EXIT_BROKEN = 4
EXIT_OTHER = 5
EXIT_FLAGGED = frozenset({EXIT_AI, EXIT_BROKEN, EXIT_OTHER})
"""The exit codes that say something of files; `--exit-zero` drops them."""

CERTIFICATE = "sha256:"  # before a certificate's digest, where a signer is not given by name

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


@dataclass(frozen=True, slots=True)
class SigningDemand:
    """Files that must be signed: whose path fits one of `paths`, by a signer of `identity`.

    Such a file needs a credential that is intact. `paths` are patterns, see
    `provenance.base.paths`; `**` is every file.
    """

    paths: tuple[str, ...] = ("**",)
    identity: frozenset[Identity] = frozenset({Identity.C2PA})


class Case(Protocol):
    """What a policy looks at: a report, or what one is about to be made of."""

    @property
    def asset(self) -> AssetInfo:
        """The file."""
        ...

    @property
    def verdict(self) -> Verdict | None:
        """The verdict; None where the file could not be examined."""
        ...

    @property
    def axes(self) -> Axes:
        """The answers for the active manifest."""
        ...

    @property
    def credentials(self) -> Credentials:
        """The credential."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What flags a file. Made in code, or read from a file with `Policy.load`.

    `flags` are those of a verdict that flag the file; the default is the first five of `Flag`.
    `origins` are the pairs of origin and assurance that do: pairs of an AI origin say when `ai`
    flags, those of other origins flag as `origin`. `counts_as_broken` and `counts_as_revoked` are
    further values of the active manifest's axes that flag as `broken` and `revoked`. Where
    `vendors` or `signers` are given, a file from another is flagged; a signer is an organisation,
    which counts on a listed chain only, or `sha256:` and the digest of a certificate, in hex.
    `must_be_signed` says which files have to be. `name` is a label and changes nothing; `default`
    is that of the default alone.
    """

    flags: frozenset[Flag] = DEFAULT_FLAGS
    origins: frozenset[tuple[Origin, Assurance]] = DEFAULT_ORIGINS
    counts_as_broken: frozenset[Integrity] = frozenset()
    counts_as_revoked: frozenset[Revocation] = frozenset()
    vendors: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    must_be_signed: tuple[SigningDemand, ...] = ()
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Bring what means the same into one form: `ai` flags exactly where an AI origin does."""
        ai = {pair for pair in self.origins if pair[0] in GENERATIVE}
        if Flag.AI not in self.flags:
            object.__setattr__(self, "origins", self.origins - ai)
        elif not ai:
            object.__setattr__(self, "flags", self.flags - {Flag.AI})
        if self._is_default():
            object.__setattr__(self, "name", self.name or DEFAULT_NAME)
        elif self.name == DEFAULT_NAME:
            object.__setattr__(self, "name", "")

    def _is_default(self) -> bool:
        return (self.flags, self.origins) == (DEFAULT_FLAGS, DEFAULT_ORIGINS) and not (
            self.counts_as_broken
            or self.counts_as_revoked
            or self.vendors
            or self.signers
            or self.must_be_signed
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Policy:
        """Read a policy file (TOML). Raises `PolicyError`, one line, for whatever is wrong."""
        return _load(path)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical form, in hex. Equal digests flag alike."""
        text = json.dumps(self.canonical(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @property
    def info(self) -> PolicyInfo:
        """Name and digest, as every record has them."""
        return PolicyInfo(self.name, self.sha256)

    def canonical(self) -> dict[str, Any]:
        """Return everything that decides, without the name, as plain values in a fixed order."""
        origins = {o.value: [a.value for a in Assurance if (o, a) in self.origins] for o in Origin}
        rules = sorted(
            {
                (tuple(sorted(set(r.paths))), tuple(i.value for i in Identity if i in r.identity))
                for r in self.must_be_signed
            }
        )
        return {
            "version": VERSION,
            "flags": [f.value for f in Flag if f in self.flags and f is not Flag.AI],
            "origins": origins,
            "counts_as": {
                "broken": [i.value for i in Integrity if i in self.counts_as_broken],
                "revoked": [r.value for r in Revocation if r in self.counts_as_revoked],
            },
            "expected": {
                "vendors": sorted({folded_words(v) for v in self.vendors}),
                "signers": sorted({folded_words(s) for s in self.signers}),
            },
            "must_be_signed": [
                {"paths": list(paths), "identity": list(identity)} for paths, identity in rules
            ],
        }

    def flagged(self, case: Case) -> tuple[Flag | Breach, ...]:
        """Return what flags a file: flags first, then breaches, each in the order of its enum."""
        verdict = case.verdict
        if verdict is None:
            return ()
        hit: set[Flag | Breach] = set(self.flags.intersection(verdict.flags))
        if (verdict.origin, verdict.assurance) not in self.origins:
            hit.discard(Flag.AI)
        elif verdict.origin not in GENERATIVE:
            hit.add(Breach.ORIGIN)
        generator = verdict.generator
        if self.vendors and generator is not None and generator.vendor is not None:
            names = {folded_words(v) for v in self.vendors}
            if folded_words(generator.vendor) not in names:
                hit.add(Breach.UNEXPECTED_VENDOR)
        if case.credentials.status is CredentialStatus.PRESENT:
            hit |= self._of_credential(case)
        if any(rule.identity and _concerns(rule, case) for rule in self.must_be_signed):
            hit.add(Breach.MUST_BE_SIGNED)
        return tuple(value for value in (*Flag, *Breach) if value in hit)

    def _of_credential(self, case: Case) -> set[Flag | Breach]:
        hit: set[Flag | Breach] = set()
        if case.axes.integrity in self.counts_as_broken:
            hit.add(Flag.BROKEN)
        proven = case.axes.identity not in {Identity.UNPROVEN, Identity.NONE}
        if proven and case.axes.revocation in self.counts_as_revoked:
            hit.add(Flag.REVOKED)
        if self.signers:
            active = next((m for m in case.credentials.manifests if m.active), None)
            names = {folded_words(s) for s in self.signers}
            if not names.intersection(_signer_names(active)):
                hit.add(Breach.UNEXPECTED_SIGNER)
        return hit

    def exit_code(self, flagged: tuple[Flag | Breach, ...]) -> int:
        """Return the exit code for what flags a file: 3 AI, 4 broken or revoked, 5 other, else 0.

        Flags that this policy does not ask for count for nothing.
        """
        hit = [f for f in flagged if isinstance(f, Breach) or f in self.flags]
        if Flag.AI in hit:
            return EXIT_AI
        if Flag.BROKEN in hit or Flag.REVOKED in hit:
            return EXIT_BROKEN
        return EXIT_OTHER if hit else EXIT_OK


def _signer_names(active: ManifestInfo | None) -> frozenset[str]:
    """Return by which names the active signer may be expected; none where it is only claimed."""
    if active is None or active.signer is None or not active.signer.proven:
        return frozenset()
    names = {CERTIFICATE + active.signer.sha256.lower()}
    if active.axes.identity in LISTED:  # else anyone may put any organisation there
        names.add(folded_words(active.signer.organisation or active.signer.common_name))
    return frozenset(names)


def _concerns(rule: SigningDemand, case: Case) -> bool:
    """Tell whether a file has to be signed by a rule and is not."""
    signed = (
        case.credentials.status is CredentialStatus.PRESENT
        and case.axes.integrity is Integrity.INTACT
        and case.axes.identity in rule.identity
    )
    if signed:
        return False

    return any(globs.matches(pattern, case.asset.path) for pattern in rule.paths)


def combine(codes: AbstractSet[int], dropped: AbstractSet[int] = frozenset()) -> int:
    """Return the one exit code of a run: 3 over 4 over 5 over 1 over 0.

    `dropped` are left out before they are ranked, so that none of them hides another one.
    """
    for code in (EXIT_AI, EXIT_BROKEN, EXIT_OTHER, EXIT_ERROR):
        if code in codes and code not in dropped:
            return code
    return EXIT_OK


def _load(path: str | os.PathLike[str]) -> Policy:
    """Read a policy file. Raises `PolicyError`, one line, for whatever is wrong with it."""
    name = printable_path(str(path))
    try:
        data = files.read_small(path, MAX_BYTES)
    except OSError as e:
        raise PolicyError(f"policy {name}: {reason_of(e)}") from e
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise PolicyError(f"policy {name}: not UTF-8 text") from e
    try:
        return parse_policy(text)
    except PolicyError as e:
        raise PolicyError(f"policy {name}: {e}") from e


def parse_policy(text: str) -> Policy:
    """Make a policy of the text of a file. Raises `PolicyError`."""
    import tomllib  # noqa: PLC0415 - the default policy is not a file

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
    broken = _vocabulary_words(counts, "broken", "counts_as.broken", BROKEN_AS_WELL)
    revoked = _vocabulary_words(counts, "revoked", "counts_as.revoked", REVOKED_AS_WELL)
    for flag, further in ((Flag.BROKEN, broken), (Flag.REVOKED, revoked)):
        if further and flag not in flags:
            place = f"counts_as.{flag.value}"
            raise PolicyError(f'{place}: has no effect while flags leaves out "{flag.value}"')
    expected = _table(top, "expected", ("vendors", "signers"))
    if any(origin in GENERATIVE for origin, _ in origins):
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
    """Return a policy as a file, every key with its value; `parse_policy` gives it back."""
    plain = policy.canonical()
    lines = [f"version = {VERSION}"]
    if policy.name:
        lines.append(f"name = {_quoted(policy.name)}")
    lines += [
        "",
        "# What flags a file, in addition to its origin. Also: "
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
        raise PolicyError('flags: "ai" does not belong here: say in [origins] which origins flag')
    return _vocabulary_words(top, "flags", "flags", FLAGS)


def _origins(table: dict[str, Any]) -> Iterable[tuple[Origin, Assurance]]:
    for origin in Origin:
        place = f"origins.{origin.value}"
        if origin.value not in table:
            yield from (pair for pair in DEFAULT_ORIGINS if pair[0] is origin)
        elif table[origin.value] == ANY:
            yield from ((origin, a) for a in Assurance)
        else:
            other = f', or "{ANY}" alone'
            words = _vocabulary_words(table, origin.value, place, tuple(Assurance), other)
            yield from ((origin, a) for a in words)


def _must_be_signed(top: dict[str, Any]) -> Iterable[SigningDemand]:
    rules = top.get("must_be_signed", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise PolicyError("must_be_signed: has to be tables, each under [[must_be_signed]]")
    if len(rules) > MAX_ENTRIES:
        raise PolicyError(f"must_be_signed: more than {MAX_ENTRIES} rules")
    for n, rule in enumerate(rules):
        place = f"must_be_signed[{n}]"
        _known(rule, f"{place}.", ("paths", "identity"))
        paths = (
            _texts(rule, "paths", f"{place}.paths") if "paths" in rule else SigningDemand().paths
        )
        identity = SigningDemand().identity
        if "identity" in rule:
            identity = frozenset(
                _vocabulary_words(rule, "identity", f"{place}.identity", SIGNED_BY)
            )
        for key, value in (("paths", paths), ("identity", identity)):
            if not value:
                raise PolicyError(f"{place}.{key}: is empty, so the rule asks for nothing")
        yield SigningDemand(paths, identity)


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


def _vocabulary_words(
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
    unique = tuple(dict.fromkeys(texts))
    if "" in unique:
        raise PolicyError(f"{place}: an entry is empty")
    return unique


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
