"""Our path validation against that of `cryptography`: they agree, or a row says why they may not.

Ours answers who signed without asking what time it is, names the reason, and knows several anchors
and tiers; that is why it is ours. On whether a chain holds now, two implementations of RFC 5280
section 6.1 have to agree. The library is given the rules of C2PA 2.4 section 14.5.1 as extension
policies, since its own are those of web servers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)
from support.each import each
from unit.signing import pki, resigned
from unit.signing.pki import AT, END, START, Issued, authority, issue, tlv

from provenance.base.terms import Identity, TimeStatus
from provenance.signing import path, path_rules
from provenance.signing.claim_signature import chain_verdict
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DAY = timedelta(days=1)
LONG = (START - 900 * DAY, END + 900 * DAY)


# ---- the two that are compared ---------------------------------------------------------------


@dataclass(frozen=True)
class Chain:
    """A leaf, what is supplied with it, and what is trusted."""

    leaf: Issued
    supplied: tuple[Issued, ...]
    anchors: tuple[Issued, ...]


def ours(chain: Chain, folder: Path) -> bool:
    """Whether the leaf leads to an anchor, and every certificate is valid now."""
    anchors = folder / "anchors.pem"
    anchors.write_bytes(b"".join(one.pem for one in chain.anchors))
    trust = TrustStore.load(bundled=False, anchors=[anchors])
    # Who signed, when, and what else is said rests on the certificates alone.
    signature = pki.cose(chain.leaf, *chain.supplied, signature=b"")
    verdict = chain_verdict(signature, pki.CLAIM, trust=trust, at=AT)
    return verdict.identity is Identity.PRIVATE and verdict.time is TimeStatus.CURRENT


def library(chain: Chain) -> bool:
    """The same question to the library."""
    builder = (
        PolicyBuilder()
        .store(Store([one.certificate for one in chain.anchors]))
        .time(AT)
        .max_chain_depth(path.MAX_PATH - 2)  # which counts what is between leaf and anchor
        .extension_policies(ca_policy=AUTHORITIES, ee_policy=SIGNERS)
    )
    try:
        builder.build_client_verifier().verify(
            chain.leaf.certificate, [one.certificate for one in chain.supplied]
        )
    except VerificationError:
        return False
    return True


def _may_certify(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("not for signing certificates")


def _may_sign(_: Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature or usage.key_cert_sign:
        raise ValueError("not for signatures, or for certificates as well")


def _for_claims(_: Policy, __: x509.Certificate, usage: x509.ExtendedKeyUsage) -> None:
    named = {one.dotted_string for one in usage}
    others = {path_rules.EKU_ANY, path_rules.EKU_TIME_STAMPING, path_rules.EKU_OCSP_SIGNING}
    if not named & path_rules.SIGNER_EKUS or named & others:
        raise ValueError("not for claims")


def _no_authority(_: Policy, __: x509.Certificate, held: x509.BasicConstraints | None) -> None:
    if held is not None and held.ca:
        raise ValueError("an authority's own certificate")


AUTHORITIES = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_certify)
)
SIGNERS = (
    ExtensionPolicy.permit_all()
    .require_present(x509.AuthorityKeyIdentifier, Criticality.AGNOSTIC, None)
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
    .require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_claims)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _no_authority)
)


# ---- chains ----------------------------------------------------------------------------------

AUTHORITIES_OF_A_CHAIN = ("lower", "upper", "anchor")
Options = dict[str, Any]


def chain(depth: int = 2, everywhere: Options | None = None, **changes: Options) -> Chain:
    """A chain with `depth` authorities between leaf and anchor.

    `everywhere` are options of each certificate, `changes` those of one: of the leaf, of the lower
    and the upper one of two authorities, of the anchor.
    """
    common = {"dates": LONG, **(everywhere or {})}
    anchor = above = authority("Cross anchor", **{**common, **changes.get("anchor", {})})
    supplied: list[Issued] = []
    for step in range(depth, 0, -1):
        own = changes.get({1: "lower", 2: "upper"}.get(step, ""), {})
        above = authority(f"Cross {step}", above, **{**common, **own})
        supplied.insert(0, above)
    leaf = issue("Cross leaf", above, **{**common, **changes.get("leaf", {})})
    return Chain(leaf, tuple(supplied), (anchor,))


def extended(extension: x509.ExtensionType, *, critical: bool = True) -> Options:
    return {"more": ((extension, critical),)}


def named(*names: x509.GeneralName) -> Options:
    return extended(x509.SubjectAlternativeName(names), critical=False)


def limited(
    permitted: x509.GeneralName | None = None,
    excluded: x509.GeneralName | None = None,
    *,
    critical: bool = True,
) -> Options:
    trees = ([one] if one else None for one in (permitted, excluded))
    return extended(x509.NameConstraints(*trees), critical=critical)


def directory(name: str) -> x509.DirectoryName:
    return x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))


def made_anew(issued: Issued, der: bytes) -> Issued:
    return Issued(x509.load_der_x509_certificate(der), issued.key)


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
HOST, OTHER_HOST = x509.DNSName("a.example"), x509.DNSName("b.example")
POLICY = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), None)])
SERVERS = "1.3.6.1.5.5.7.3.1"

# What is asked of every certificate of a chain: changes, and whether the chain still holds.
OF_ANY: dict[str, tuple[Options, bool]] = {
    "as it should be": ({}, True),
    "expired": ({"dates": (START - 700 * DAY, AT - DAY)}, False),
    "not yet valid": ({"dates": (AT + DAY, END)}, False),
    "valid until this second": ({"dates": (START, AT)}, True),
    "valid from this second": ({"dates": (AT, END)}, True),
    "unknown extension": (extended(UNKNOWN, critical=False), True),
    "unknown critical extension": (extended(UNKNOWN), False),
    "RSA": ({"kind": "RSA-2048"}, True),
    "P-384": ({"kind": "P-384"}, True),
    "P-521": ({"kind": "P-521"}, True),
}
# What is asked of every certificate that another one issued.
OF_ISSUED: dict[str, tuple[Options, bool]] = {
    "signed with another key": ({"signer": pki.key("Somebody")}, False),
    "issued by another name": ({"issuer_name": "Somebody"}, False),
}
OF_AUTHORITIES: dict[str, tuple[Options, bool]] = {
    "not an authority": ({"ca": False}, False),
    "no basic constraints": ({"ca": None}, False),
    "no key usage": ({"usage": None}, True),
    "a key for signatures alone": ({"usage": (pki.SIGN,)}, False),
    "a weak key": ({"kind": "RSA-1024"}, False),
    "a curve of Bitcoin": ({"kind": "secp256k1"}, False),
}
OF_LEAVES: dict[str, tuple[Options, bool]] = {
    "an authority": ({"ca": True}, False),
    "no basic constraints": ({"ca": None}, True),
    "no key usage": ({"usage": None}, False),
    "a key for certificates as well": ({"usage": (pki.SIGN, pki.CERT_SIGN)}, False),
    "a key for commitments alone": ({"usage": (pki.COMMIT,)}, False),
    "no extended key usage": ({"eku": None}, False),
    "for claims": ({"eku": (pki.CLAIM_EKU, pki.EMAIL)}, True),
    "for anything": ({"eku": (pki.EMAIL, pki.ANY)}, False),
    "for time-stamps as well": ({"eku": (pki.EMAIL, pki.STAMPING)}, False),
    "for servers": ({"eku": (SERVERS,)}, False),
    "no authority key identifier": ({"key_ids": False}, False),
    "Ed25519": ({"kind": "Ed25519"}, True),
}
BY_PLACE: dict[str, dict[str, tuple[Options, bool]]] = {
    "leaf": OF_ANY | OF_ISSUED | OF_LEAVES,
    "lower": OF_ANY | OF_ISSUED | OF_AUTHORITIES,
    "upper": OF_ANY | OF_ISSUED | OF_AUTHORITIES,
    "anchor": OF_ANY | OF_AUTHORITIES,
}


@dataclass(frozen=True)
class Row:
    """A chain, and whether it holds. Where the library says otherwise, `why` it may.

    `library` is `None` where its answer depends on its version.
    """

    label: str
    chain: Chain
    holds: bool
    library: bool | None = None
    why: str = ""

    def __str__(self) -> str:
        return self.label


def one_change() -> Iterator[Row]:
    """Every change in every place where it can be."""
    for place, changes in BY_PLACE.items():
        for label, (options, holds) in changes.items():
            yield Row(f"{place}: {label}", chain(**{place: options}), holds)


def lengths() -> Iterator[Row]:
    for depth in range(path.MAX_PATH):
        yield Row(f"{depth} authorities", chain(depth), depth <= path.MAX_PATH - 2)
    for place, below in {"lower": 0, "upper": 1, "anchor": 2}.items():
        for length in range(4):
            label = f"{place}: {length} authorities below it are allowed"
            yield Row(label, chain(**{place: {"path_length": length}}), below <= length)


def constraints() -> Iterator[Row]:
    """Names of hosts, of mailboxes and of networks (RFC 5280 section 4.2.1.10)."""
    mailbox, other = x509.RFC822Name("me@a.example"), x509.RFC822Name("me@b.example")
    mails = x509.RFC822Name("a.example")
    network = x509.IPAddress(ip_network("10.0.0.0/8"))
    for place in AUTHORITIES_OF_A_CHAIN:
        for critical in (True, False):
            word = f"{place}, {'critical' if critical else 'not critical'}"
            for label, limits, leaf, holds in (
                ("permitted host", (HOST,), named(HOST), True),
                ("host within a permitted one", (HOST,), named(x509.DNSName("x.a.example")), True),
                ("other host", (HOST,), named(OTHER_HOST), False),
                ("one other host of two", (HOST,), named(HOST, OTHER_HOST), False),
                ("excluded host", (None, HOST), named(HOST), False),
                ("not the excluded host", (None, HOST), named(OTHER_HOST), True),
                ("no host", (HOST,), {}, True),
                ("permitted mailbox", (mails,), named(mailbox), True),
                ("other mailbox", (mails,), named(other), False),
                ("no address", (network,), named(HOST), True),
            ):
                made = chain(**{place: limited(*limits, critical=critical), "leaf": leaf})
                yield Row(f"{label} ({word})", made, holds)


def shapes() -> Iterator[Row]:
    """Chains that are put together in other ways."""
    plain = chain()
    lower, upper = plain.supplied
    stranger = chain(anchor={"key_label": "Somebody"}).anchors[0]
    old = chain(anchor={"dates": (START - 700 * DAY, AT - DAY)})
    yield Row("any order", replace(plain, supplied=(upper, lower)), True)
    yield Row("the root as well", replace(plain, supplied=(lower, upper, *plain.anchors)), True)
    yield Row("twice", replace(plain, supplied=(lower, upper, lower, upper)), True)
    yield Row("without the lower authority", replace(plain, supplied=(upper,)), False)
    yield Row("without the upper authority", replace(plain, supplied=(lower,)), False)
    yield Row("nothing supplied", replace(plain, supplied=()), False)
    yield Row("the upper authority is the anchor", replace(plain, anchors=(upper,)), True)
    yield Row("the lower authority is the anchor", replace(plain, anchors=(lower,)), True)
    yield Row("the leaf is the anchor", Chain(plain.leaf, (), (plain.leaf,)), True)
    yield Row("another anchor of that name", replace(plain, anchors=(stranger,)), False)
    yield Row("both anchors of that name", replace(plain, anchors=(stranger, *plain.anchors)), True)
    yield Row("an expired anchor", replace(plain, anchors=old.anchors), False)
    yield Row("an anchor renewed", replace(plain, anchors=(*old.anchors, *plain.anchors)), True)
    yield Row("RSASSA-PSS", chain(everywhere={"kind": "RSA-2048", "pss": True}), True)
    crossed = authority("Cross 2", authority("Cross elsewhere", dates=LONG), dates=LONG)
    yield Row("a way to nowhere as well", replace(plain, supplied=(lower, crossed, upper)), True)
    round_about = authority("Cross anchor", upper, dates=LONG)
    yield Row(
        "a way around",
        replace(plain, supplied=(lower, upper, round_about), anchors=(stranger,)),
        False,
    )
    serial = resigned.replaced(plain.leaf.der, lower, 1, tlv(0x02, b"\x7f" * 21))
    large = replace(plain, leaf=made_anew(plain.leaf, serial))
    yield Row("a serial number of 21 octets", large, True)
    weak = chain(leaf={"kind": "P-384"}, everywhere={"kind": "RSA-2048"})
    yield Row("a weak hash", replace(weak, leaf=pki.as_sha1(weak.leaf)), False)


# Functions, so that no key is made before a test asks for it.
ALIKE = (one_change, lengths, constraints, shapes)


def other_key_identifier() -> Iterator[Row]:
    why = (
        "RFC 5280 section 4.2.1.1: the identifier names the key that signed, and here it names"
        " another. The library does not compare identifiers"
    )
    for place in ("leaf", "lower", "upper"):
        made = chain(**{place: {"authority_key": b"another"}})
        yield Row(f"{place}: the identifier of another key", made, False, True, why)


def keys() -> Iterator[Row]:
    leaf = (
        "C2PA 2.4 section 14.5.1.1 says which keys a signer may have; the library asks that of"
        " keys that sign certificates alone"
    )
    yield Row("leaf: a weak key", chain(leaf={"kind": "RSA-1024"}), False, True, leaf)
    yield Row("leaf: a curve of Bitcoin", chain(leaf={"kind": "secp256k1"}), False, True, leaf)
    signed = (
        "C2PA 2.4 section 14.5.1.1 allows Ed25519; the library follows the CA/Browser Forum, which"
        " does not"
    )
    for place in AUTHORITIES_OF_A_CHAIN:
        yield Row(f"{place}: Ed25519", chain(**{place: {"kind": "Ed25519"}}), True, False, signed)


def directories() -> Iterator[Row]:
    why = (
        "RFC 5280 section 4.2.1.10: names of directories are limited as well. The library ignores"
        " such limits (45), or refuses every chain with a critical one (50)"
    )
    for place in AUTHORITIES_OF_A_CHAIN:
        for critical in (True, False):
            word = f"{place}, {'critical' if critical else 'not critical'}"
            for label, limits, holds in (
                ("not the permitted name", (directory("Nobody"),), False),
                ("not the excluded name", (None, directory("Nobody")), True),
            ):
                made = chain(**{place: limited(*limits, critical=critical)})
                yield Row(f"{label} ({word})", made, holds, None, why)


def policies() -> Iterator[Row]:
    why = (
        "RFC 5280 section 6.1.3 (d) to (f): the tree of policies. The library has none, ignores"
        " constraints that are not critical and refuses critical ones"
    )
    asked = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    lacking = chain(upper=extended(asked, critical=False))
    yield Row("a policy that is lacking", lacking, False, True, why)
    own: Options = {"more": ((POLICY, False),)}
    both: Options = {"more": ((asked, True), (POLICY, False))}
    yield Row("a policy that is there", chain(upper=both, lower=own, leaf=own), True, False, why)


def forms() -> Iterator[Row]:
    plain = chain()
    lower = plain.supplied[0]
    held = resigned.fields(plain.leaf.der)
    unique = resigned.signed(lower, *held[:-1], tlv(0x81, b"\0\1"), held[-1])
    why = "C2PA 2.4 section 14.5.1.1 forbids unique identifiers; the library does not look at them"
    yield Row(
        "a unique identifier", replace(plain, leaf=made_anew(plain.leaf, unique)), False, True, why
    )


DIFFERENT = (other_key_identifier, keys, directories, policies, forms)


def both(rows: list[Row], folder: Path) -> dict[str, tuple[bool, bool]]:
    """Our answer and the library's, by the label of the row."""
    return {row.label: (ours(row.chain, folder), library(row.chain)) for row in rows}


@each("made", ALIKE)
def test_both_give_the_same_answer(made: Callable[[], Iterator[Row]], tmp_path: Path) -> None:
    rows = list(made())
    assert both(rows, tmp_path) == {row.label: (row.holds, row.holds) for row in rows}


@each("made", DIFFERENT)
def test_where_they_differ_a_section_says_why(
    made: Callable[[], Iterator[Row]], tmp_path: Path
) -> None:
    rows = list(made())
    found = both(rows, tmp_path)
    for row in rows:
        ours_, theirs = found[row.label]
        assert (ours_, theirs) == (row.holds, theirs if row.library is None else row.library)
        assert row.library is not row.holds
        assert row.why.startswith(("RFC 5280 section ", "C2PA 2.4 section "))


def combined(count: int) -> Iterator[Row]:
    """Chains with a change in every place, drawn with a fixed seed; in half of them no fault."""
    drawn = random.Random(5280)  # noqa: S311 - for a choice that is the same in every run
    for number in range(count):
        choice = {
            place: drawn.choice([k for k, (_, holds) in changes.items() if holds or number % 2])
            for place, changes in BY_PLACE.items()
        }
        options = {place: BY_PLACE[place][label][0] for place, label in choice.items()}
        holds = all(BY_PLACE[place][label][1] for place, label in choice.items())
        yield Row(", ".join(choice.values()), chain(**options), holds)


def test_both_agree_on_chains_with_a_change_in_each_place(tmp_path: Path) -> None:
    rows = list(combined(400))
    assert both(rows, tmp_path) == {row.label: (row.holds, row.holds) for row in rows}


def test_the_chains_are_many_and_of_both_kinds() -> None:
    """A table whose chains all failed for one reason would agree on everything."""
    rows = [row for made in ALIKE for row in made()]
    assert len(rows) == len({row.label for row in rows}) > 150
    assert sum(row.holds for row in rows) > 60
    assert 150 < sum(row.holds for row in combined(400)) < 250
