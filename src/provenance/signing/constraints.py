"""What an authority may vouch for: name constraints and certificate policies along a path.

RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.10, 4.2.1.11, 4.2.1.14 and 6.1, which C2PA 2.4 section
14.5.1.2 asks for. Names of the forms directoryName, dNSName and rfc822Name are compared; where a
constraint of another form meets a name of that form, the path is refused (section 4.2.1.10: process
the constraint or reject the certificate). Permitted names are compared narrowly and excluded ones
broadly: what is not surely inside is outside, what may be excluded is.

The anchor's own constraints bind the certificates below it like any authority's; RFC 5280 leaves
that to the user of the algorithm (section 6.2).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from provenance.base.finding import error, warning
from provenance.base.text import folded_words, quotable_name
from provenance.base.values import dataclass
from provenance.signing import der, extensions
from provenance.signing.certificate import (
    CERTIFICATE_POLICIES,
    INHIBIT_ANY_POLICY,
    NAME_CONSTRAINTS,
    POLICY_CONSTRAINTS,
    POLICY_MAPPINGS,
    SUBJECT_ALTERNATIVE_NAME,
    name_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.base.finding import Finding
    from provenance.signing.cache import ChainCache
    from provenance.signing.certificate import Certificate
    from provenance.signing.extensions import Extension

MAX_BYTES = 16 * 1024  # of one extension; real ones have at most a few hundred
MAX_COMPARISONS = 4096  # of a name with a subtree, in one search
ANY_POLICY = "2.5.29.32.0"
_EMAIL_ADDRESS = "1.2.840.113549.1.9.1"
_MAX_SKIP = 1 << 16  # of certificates; more means never

# GeneralName (section 4.2.1.6): the tags of its forms.
_MAIL, _HOST, _DIRECTORY = 0x81, 0x82, 0xA4
_FORMS = {
    0xA0: "otherName",
    _MAIL: "rfc822Name",
    _HOST: "dNSName",
    0xA3: "x400Address",
    _DIRECTORY: "directoryName",
    0xA5: "ediPartyName",
    0x86: "uniformResourceIdentifier",
    0x87: "iPAddress",
    0x88: "registeredID",
}
_ENCODINGS = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}

_READ = frozenset(
    {
        CERTIFICATE_POLICIES,
        INHIBIT_ANY_POLICY,
        NAME_CONSTRAINTS,
        POLICY_CONSTRAINTS,
        POLICY_MAPPINGS,
        SUBJECT_ALTERNATIVE_NAME,
    }
)
# The relative names of a directory name, or one text.
_Value = tuple[frozenset[tuple[str, str]] | str, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    """A name, or the base of a subtree: its form (a tag), and its value folded in both ways.

    `whole` is false for a subtree with a minimum or maximum, which section 4.2.1.10 does not use.
    """

    form: int
    exact: _Value
    broad: _Value
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Constraints:
    """The name constraints of one authority. `critical` is false only where it does not say so."""

    authority: str
    permitted: tuple[_Name, ...]
    excluded: tuple[_Name, ...]
    critical: bool


@dataclass(frozen=True, slots=True)
class _Limits:
    """What one certificate says in the extensions that are read here, and its own names."""

    held: dict[str, Extension]
    names: tuple[_Name, ...]
    constraints: _Constraints | None


class Checker:
    """Holds paths against the constraints of their authorities: one for each search."""

    def __init__(self, cache: ChainCache) -> None:
        self._cache = cache
        self._held: dict[str, _Limits] = {}
        self._left = MAX_COMPARISONS

    def faults(self, path: Sequence[Certificate]) -> tuple[Finding, ...]:
        """The faults of a path, the leaf first. Never raises.

        Costs nothing for a path without constraints, which nearly every path is.
        """
        if not any(certificate.constrains for certificate in path[1:]):
            return ()
        try:
            held = [self._limits(certificate) for certificate in path]
            return (*self._name_faults(path, held), *_policy_faults(path, held))
        except ValueError as fault:
            message = f"a constraint cannot be read: {fault}"
            return (error("chain.constraints_malformed", message, _place(path[0])),)

    def _limits(self, certificate: Certificate) -> _Limits:
        if certificate.sha256 not in self._held:
            held = {
                name: extension
                for name, extension in extensions.extensions_by_oid(certificate).items()
                if name in _READ
            }
            size = len(certificate.subject) + sum(
                len(extension.value) for extension in held.values()
            )
            self._cache.charge(("constraints", certificate.sha256), 1 + size // 1024)
            if size > MAX_BYTES:
                raise der.DerError(f"more than {MAX_BYTES} bytes")
            self._held[certificate.sha256] = _Limits(
                held, tuple(_names(certificate, held)), _constraints(certificate, held)
            )
        return self._held[certificate.sha256]

    def _name_faults(
        self, path: Sequence[Certificate], held: Sequence[_Limits]
    ) -> Iterator[Finding]:
        """Section 6.1.3 (b) and (c), for every constraint of every authority above a certificate.

        Each authority's permitted subtrees are one choice, and all of them bind: that is the
        intersection of section 6.1.4 (g).
        """
        above: list[_Constraints] = []
        for position in range(len(path) - 1, -1, -1):
            certificate = path[position]
            # Section 6.1.3: an authority's certificate to itself is skipped, unless it is the last.
            if not (certificate.self_issued and position):
                for constraints in above:
                    yield from self._against(constraints, held[position].names, certificate)
            if position and (own := held[position].constraints) is not None:
                above.append(own)

    def _against(
        self, constraints: _Constraints, names: Sequence[_Name], certificate: Certificate
    ) -> Iterator[Finding]:
        place = _place(certificate)
        by = quotable_name(constraints.authority or "an authority above it")
        for name in names:
            excluded = [tree for tree in constraints.excluded if tree.form == name.form]
            permitted = [tree for tree in constraints.permitted if tree.form == name.form]
            if not excluded and not permitted:
                continue
            self._left -= len(excluded) + len(permitted)
            if self._left < 0:
                raise der.DerError("too many names and constraints to compare")
            form = _FORMS[name.form]
            within = _WITHIN.get(name.form)
            if within is None or not all(tree.whole for tree in (*excluded, *permitted)):
                # Section 4.2.1.10: process a critical constraint, or reject the certificate.
                make = error if constraints.critical else warning
                message = f"{by} limits names of the form {form} in a way not evaluated here"
                yield make("chain.name_constraints", message, place)
            elif any(within(name.broad, tree.broad) for tree in excluded):
                message = f"its {form} is one that {by} may not vouch for"
                yield error("chain.name_excluded", message, place)
            elif permitted and not any(within(name.exact, tree.exact) for tree in permitted):
                message = f"its {form} is not among those that {by} may vouch for"
                yield error("chain.name_not_permitted", message, place)


def _place(certificate: Certificate) -> str:
    return name_text(certificate.subject) or certificate.sha256[:16]


# ---- names ----------------------------------------------------------------------------------


def _constraints(certificate: Certificate, held: dict[str, Extension]) -> _Constraints | None:
    """The name constraints of an authority, `None` where it has none (section 4.2.1.10)."""
    extension = held.get(NAME_CONSTRAINTS)
    if extension is None:
        return None
    trees: dict[int, list[_Name]] = {0xA0: [], 0xA1: []}
    for part in der.parse_der(extension.value).expect(der.SEQUENCE).children():
        for subtree in part.expect(*trees).children():
            base, *limits = subtree.expect(der.SEQUENCE).children() or [subtree]
            # A minimum of 0 is the default; any other, and a maximum, are not used in this profile.
            whole = all(limit.tag == 0x80 and not limit.content.strip(b"\0") for limit in limits)
            trees[part.tag].append(_general_name(base, whole=whole))
    return _Constraints(
        name_text(certificate.subject), tuple(trees[0xA0]), tuple(trees[0xA1]), extension.critical
    )


def _names(certificate: Certificate, held: dict[str, Extension]) -> Iterator[_Name]:
    """The names of a certificate that constraints speak of (section 4.2.1.10)."""
    subject = der.parse_der(certificate.subject)
    if subject.children():
        yield _directory(subject)
    if SUBJECT_ALTERNATIVE_NAME in held:
        for node in der.parse_der(held[SUBJECT_ALTERNATIVE_NAME].value).children():
            yield _general_name(node)
        return
    # An address within the subject counts where there is no extension for it.
    for kind, value in (pair for relative in _pairs(subject) for pair in relative):
        if kind == _EMAIL_ADDRESS:
            yield _text_name(_MAIL, value)


def _general_name(node: der.DerNode, *, whole: bool = True) -> _Name:
    if node.tag == _DIRECTORY:
        return _directory(node.only(), whole=whole)
    if node.tag in {_MAIL, _HOST}:
        return _text_name(node.tag, node.content.decode("ascii"), whole=whole)
    if node.tag not in _FORMS:
        raise der.DerError(f"no form of name has the tag {node.tag:#04x}")
    return _Name(node.tag, (), (), whole)


def _directory(node: der.DerNode, *, whole: bool = True) -> _Name:
    relatives = _pairs(node)
    exact, broad = (
        tuple(frozenset((kind, fold(value)) for kind, value in relative) for relative in relatives)
        for fold in (folded_words, _broadly)
    )
    return _Name(_DIRECTORY, exact, broad, whole)


def _text_name(form: int, text: str, *, whole: bool = True) -> _Name:
    return _Name(form, (text,), (_broadly(text),), whole)


def _pairs(name: der.DerNode) -> list[list[tuple[str, str]]]:
    """The relative names of a DER name, each with its attributes and values."""
    relative_names: list[list[tuple[str, str]]] = []
    for relative in name.expect(der.SEQUENCE).children():
        relative_names.append([])
        for pair in relative.expect(der.SET).children():
            kind, value = _two(pair.expect(der.SEQUENCE))
            encoding = _ENCODINGS.get(value.tag, "latin-1")
            relative_names[-1].append((der.oid(kind), value.content.decode(encoding)))
    return relative_names


def _two(node: der.DerNode) -> tuple[der.DerNode, der.DerNode]:
    inside = node.children()
    if len(inside) != 2:
        raise der.DerError("two elements belong here")
    return inside[0], inside[1]


def _broadly(text: str) -> str:
    """Fold a text so that whatever may be taken for another is that other."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".")


def _directory_within(name: _Value, tree: _Value) -> bool:
    """Whether the subtree's relative names are the first ones of the name (section 7.1)."""
    return name[: len(tree)] == tree


def _host_within(name: _Value, tree: _Value) -> bool:
    """Whether labels before the subtree make the name; with a leading dot at least one."""
    host, base = str(name[0]).lower(), str(tree[0]).lower()
    return not base or host == base or host.endswith("." + base.removeprefix("."))


def _mail_within(name: _Value, tree: _Value) -> bool:
    """Whether a mailbox is the one named, or at the host named, or in the domain named (".x").

    A local part tells case apart (RFC 5321 section 2.4), a host does not.
    """
    box, at, host = str(name[0]).rpartition("@")
    base_box, base_at, base = str(tree[0]).rpartition("@")
    host, base = host.lower(), base.lower()
    if base_at:
        return bool(at) and box == base_box and host == base
    return bool(at) and (host.endswith(base) if base[:1] in {"", "."} else host == base)


_WITHIN = {_DIRECTORY: _directory_within, _HOST: _host_within, _MAIL: _mail_within}


# ---- policies -------------------------------------------------------------------------------


def _policy_faults(path: Sequence[Certificate], held: Sequence[_Limits]) -> list[Finding]:
    """Sections 6.1.2 to 6.1.5 with every policy acceptable to the user.

    Of the tree of policies only the policies expected at its lowest level are kept: they say
    whether a level below has any, which is all that is asked here.
    """
    state = _Policies(len(path))
    for position in range(len(path) - 1, -1, -1):
        certificate, extension = path[position], held[position].held
        if position < len(path) - 1:  # the top one says what binds those below it
            state.take(extension, last=position == 0, self_issued=certificate.self_issued)
            if not state.explicit and not state.expected:
                message = "an authority above it asks for a certificate policy that it lacks"
                return [error("chain.policy_required", message, _place(certificate))]
        if position:
            top = position == len(path) - 1
            state.prepare(extension, top=top, self_issued=certificate.self_issued)
    return []


class _Policies:
    """The state of section 6.1.2: `expected` is empty where the tree is."""

    def __init__(self, length: int) -> None:
        self.expected: frozenset[str] = frozenset({ANY_POLICY})
        self.explicit = self._mapping = self._any = length + 1

    def take(self, held: dict[str, Extension], *, last: bool, self_issued: bool) -> None:
        """Section 6.1.3 (d) to (f), and for the last certificate section 6.1.5 (a) and (b)."""
        if last:
            self.explicit = max(self.explicit - 1, 0)
            required, _ = _policy_constraints(held)
            if required == 0:
                self.explicit = 0
        if CERTIFICATE_POLICIES not in held:
            self.expected = frozenset()
            return
        named = frozenset(extensions.policies(held[CERTIFICATE_POLICIES].value))
        kept = named - {ANY_POLICY}
        if ANY_POLICY not in self.expected:
            kept &= self.expected
        if ANY_POLICY in named and (self._any or (self_issued and not last)):
            kept |= self.expected
        self.expected = kept

    def prepare(self, held: dict[str, Extension], *, top: bool, self_issued: bool) -> None:
        """Section 6.1.4 (a), (b), (h), (i) and (j); the top one takes nothing from the counts."""
        for issuer, subjects in _mappings(held).items():
            covered = issuer in self.expected or ANY_POLICY in self.expected
            self.expected -= {issuer}
            if covered and self._mapping:
                self.expected |= subjects
        if not self_issued and not top:
            self.explicit = max(self.explicit - 1, 0)
            self._mapping = max(self._mapping - 1, 0)
            self._any = max(self._any - 1, 0)
        required, mapping = _policy_constraints(held)
        self.explicit = min(self.explicit, required)
        self._mapping = min(self._mapping, mapping)
        if INHIBIT_ANY_POLICY in held:
            skip = der.integer(der.parse_der(held[INHIBIT_ANY_POLICY].value))
            self._any = min(self._any, _skip(skip))


def _policy_constraints(held: dict[str, Extension]) -> tuple[int, int]:
    """`requireExplicitPolicy` and `inhibitPolicyMapping`; never where the extension is absent."""
    skips = {0x80: _MAX_SKIP, 0x81: _MAX_SKIP}
    if POLICY_CONSTRAINTS in held:
        for part in der.parse_der(held[POLICY_CONSTRAINTS].value).expect(der.SEQUENCE).children():
            skips[part.expect(*skips).tag] = _skip(
                int.from_bytes(part.content[:8], "big", signed=True)
            )
    return skips[0x80], skips[0x81]


def _skip(value: int) -> int:
    if value < 0:
        raise der.DerError("a negative number of certificates")
    return min(value, _MAX_SKIP)


def _mappings(held: dict[str, Extension]) -> dict[str, frozenset[str]]:
    if POLICY_MAPPINGS not in held:
        return {}
    mappings: dict[str, frozenset[str]] = {}
    for pair in der.parse_der(held[POLICY_MAPPINGS].value).expect(der.SEQUENCE).children():
        issuer, subject = (der.oid(policy) for policy in _two(pair.expect(der.SEQUENCE)))
        if ANY_POLICY in {issuer, subject}:
            raise der.DerError("a mapping from or to any policy")
        mappings[issuer] = mappings.get(issuer, frozenset()) | {subject}
    return mappings
