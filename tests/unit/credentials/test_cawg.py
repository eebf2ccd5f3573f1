"""CAWG identity assertions: their form, what they refer to, and X.509 credentials."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from support import shared
from support.each import each
from support.fixture import AI, label
from support.pki import FIXTURES, PKI, Who, credential
from support.tsa import ocsp_response, stamped
from support.writer import Manifest
from unit.credentials.identities import (
    AT,
    Links,
    anchored,
    by_certificate,
    codes,
    given,
    judged,
    read,
    same,
    signed,
)
from unit.signing import pki as signing_pki
from unit.signing.test_crl import make as revocation_list

from provenance.base import cbor
from provenance.base.terms import Cawg
from provenance.credentials import chains
from provenance.credentials import store as stores
from provenance.credentials.cawg import judging
from provenance.credentials.manifest import Linkage
from provenance.kit.certificates import Credential
from provenance.kit.claims import Linked, NewAssertion, NewIngredient, created, opened
from provenance.kit.claims import actions as said_actions
from provenance.kit.cose_sign1 import Sealing, StampHeader
from provenance.kit.keys import Alg
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file, store_of
from provenance.media.asset import Asset
from provenance.signing import crl
from provenance.signing.cache import ChainCache
from provenance.signing.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT = anchored("root")


def test_a_file_without_a_cawg_identity_says_nothing_of_one() -> None:
    with Asset.open(FIXTURES / "capture.jpg") as asset:
        data = read(asset)
    assert judged(data) == (Cawg.NONE, [])


@pytest.mark.parametrize(
    ("anchors", "expected", "code"),
    [
        (("root",), Cawg.TRUSTED, "cawg.trusted"),
        (("stranger-root", "root"), Cawg.TRUSTED, "cawg.trusted"),
        (("stranger-root",), Cawg.UNLISTED, "cawg.unlisted"),
        ((), Cawg.UNLISTED, "cawg.unlisted"),
    ],
)
def test_anchors_of_the_user_make_an_identity_trusted(
    anchors: tuple[str, ...], expected: Cawg, code: str
) -> None:
    assert judged(signed(by_certificate()), anchored(*anchors)) == (expected, [code])


def test_anchors_for_signers_and_time_stamps_are_none_for_identities() -> None:
    root = [PKI / "root.pem"]
    trust = TrustStore.load(bundled=False, anchors=root, tsa_anchors=root)
    assert judged(signed(by_certificate()), trust)[0] is Cawg.UNLISTED


@pytest.mark.parametrize(
    ("linkage", "expected"),
    [
        (Linkage.MISMATCH, Cawg.INVALID),
        (Linkage.REDACTED, Cawg.NONE),
        (Linkage.MISSING, Cawg.NONE),
    ],
)
def test_an_altered_identity_is_invalid_and_one_that_is_gone_is_none(
    linkage: Linkage, expected: Cawg
) -> None:
    store = stores.parse_store(signed(by_certificate()))
    active = store.active_manifest
    changed = tuple(
        replace(a, linkage=linkage) if a.base == judging.LABEL else a for a in active.assertions
    )
    store = replace(store, manifests={store.active: replace(active, assertions=changed)})
    assert judging.cawg_verdict(store, given())[0] is expected


# ---- form: 5.2, 7.1 ---------------------------------------------------------------------------


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: {key: value for key, value in content.items() if key != name}


def payload(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content | {"signer_payload": content["signer_payload"] | changes}


@each(
    "change",
    [
        without("signature"),
        without("signer_payload"),
        without("pad1"),
        lambda _: "nonsense",
        lambda _: [1, 2],
        lambda content: content | {"signature": "text"},
        lambda content: content | {"pad2": 0},
        lambda content: content | {"pad1": None},
        lambda content: content | {"signer_payload": 1},
        payload(sig_type=7),
        payload(sig_type=""),
        payload(referenced_assertions="all"),
        payload(referenced_assertions=[]),
        payload(referenced_assertions=[7]),
        payload(referenced_assertions=[{"url": "self#jumbf=x"}]),
        payload(referenced_assertions=[{"url": 1, "hash": b""}]),
        payload(referenced_assertions=[{"url": "", "hash": b"", "alg": 1}]),
        payload(role=[]),
        payload(role="cawg.creator"),
        payload(role=[""]),
    ],
)
def test_an_assertion_that_is_no_identity_is_invalid(
    change: Callable[[dict[str, Any]], object],
) -> None:
    expected = Cawg.INVALID, ["cawg.invalid", "cawg.identity.cbor.invalid"]
    assert judged(signed(by_certificate(change))) == expected


@pytest.mark.parametrize(
    ("change", "payload"),
    [
        (lambda content: content | {"later": 1, "pad2": b"\0\0"}, same),
        (same, lambda said: said | {"role": ["cawg.creator", "org.example.tester"]}),
        (same, lambda said: said | {"expected_partial_claim": {"alg": "sha256", "hash": b"1"}}),
        (same, lambda said: said | {"expected_countersigners": 7}),
    ],
    ids=["fields", "roles", "partial claim of drafts", "countersigners of drafts"],
)
def test_further_fields_of_an_identity_change_nothing(change: Any, payload: Any) -> None:
    assert judged(signed(by_certificate(change, payload=payload)))[1] == ["cawg.unlisted"]


@pytest.mark.parametrize("name", ["pad1", "pad2"])
def test_padding_that_holds_something_is_invalid(name: str) -> None:
    data = signed(by_certificate(lambda content: content | {name: b"\0\1\0"}))
    assert judged(data) == (Cawg.INVALID, ["cawg.invalid", "cawg.identity.pad.invalid"])


# ---- what it refers to: 5.2.1, 7.1 ------------------------------------------------------------


def referring(change: Callable[[list[dict[str, Any]]], list[Any]], *more: Any) -> bytes:
    """An identity whose references are changed before it is signed."""
    return signed(
        by_certificate(
            payload=lambda said: (
                said | {"referenced_assertions": change(said["referenced_assertions"])}
            )
        ),
        *more,
    )


def binding_only(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in entries if "c2pa.hash." in one["url"]]


def absolute(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    own = f"self#jumbf=/c2pa/{label(950)}/"
    return [{**one, "url": one["url"].replace("self#jumbf=", own, 1)} for one in entries]


@each(
    ("change", "expected"),
    [
        (binding_only, []),
        (absolute, []),
        (lambda entries: [{**one, "alg": "sha256"} for one in entries], []),
        (
            lambda entries: [{**one, "hash": b"\0" * 32} for one in entries],
            ["cawg.identity.assertion.mismatch"],
        ),
        (
            lambda entries: [{**one, "alg": "sha512"} for one in entries],
            ["cawg.identity.assertion.mismatch"],
        ),
        (
            lambda entries: [
                *entries,
                {**entries[0], "url": "self#jumbf=c2pa.assertions/org.example"},
            ],
            ["cawg.identity.assertion.mismatch"],
        ),
        (
            lambda entries: [*entries, {**entries[0], "url": "https://example.com/1"}],
            ["cawg.identity.assertion.mismatch"],
        ),
        (lambda entries: [*entries, entries[0]], ["cawg.identity.assertion.duplicate"]),
        (
            lambda entries: [*entries, *absolute(entries)],
            ["cawg.identity.assertion.duplicate"],
        ),
        (
            lambda entries: [one for one in entries if "c2pa.hash." not in one["url"]],
            ["cawg.identity.hard_binding_missing"],
        ),
    ],
    ids=[
        *("the binding alone", "by absolute URIs", "with the algorithm that counts"),
        *("other hashes", "other algorithm", "not there", "elsewhere", "twice", "twice, two ways"),
        "no binding",
    ],
)
def test_references_of_an_identity_have_to_lead_to_assertions(
    change: Any, expected: list[str]
) -> None:
    value, found = judged(referring(change))
    assert codes(found) == expected
    assert value is (Cawg.INVALID if expected else Cawg.UNLISTED)


PARENT = label(951)


def below(
    refer: Callable[[Links, list[dict[str, Any]]], list[dict[str, Any]]], **manifest: Any
) -> bytes:
    """An identity in a manifest that rests on another; `refer` chooses what it refers to."""
    parent = signed_file(gradient_jpeg(), Manifest(PARENT, (created(AI),)))
    with Asset.from_bytes(parent) as asset:
        claim = cbor.decode(stores.parse_store(read(asset)).active_manifest.claim)
    entries = [*claim["created_assertions"], *claim.get("gathered_assertions", [])]
    of_parent = [
        {**one, "url": f"self#jumbf=/c2pa/{PARENT}/{one['url'].removeprefix('self#jumbf=')}"}
        for one in entries
    ]

    def make(links: Links) -> object:
        chosen = {"referenced_assertions": refer(links, of_parent)}
        return by_certificate(payload=lambda said: said | chosen)(links)

    identity = NewAssertion(judging.LABEL, Linked(make), created=False)
    one = Manifest(
        label(950),
        (*(() if manifest.get("update") else (said_actions(opened()),)), identity),
        (NewIngredient("parentOf", store=store_of(parent)),),
        **manifest,
    )
    with Asset.from_bytes(signed_file(parent, one)) as asset:
        return read(asset)


def is_binding(entry: dict[str, Any]) -> bool:
    return "c2pa.hash." in entry["url"]


@pytest.mark.parametrize(
    ("refer", "expected"),
    [
        (
            lambda own, of_parent: [*own.values(), *(e for e in of_parent if not is_binding(e))],
            [],
        ),
        (
            lambda own, of_parent: [*own.values(), *of_parent],
            ["cawg.identity.hard_binding_incorrect"],
        ),
        (
            lambda own, of_parent: [e for e in own.values() if not is_binding(e)] + of_parent,
            ["cawg.identity.hard_binding_incorrect"],
        ),
    ],
    ids=["the parent's as well", "its binding as well", "its binding instead"],
)
def test_an_identity_may_refer_to_an_ingredient(refer: Any, expected: list[str]) -> None:
    value, found = judged(below(refer))
    assert codes(found) == expected
    assert value is (Cawg.INVALID if expected else Cawg.UNLISTED)


@pytest.mark.parametrize(
    ("refer", "expected"),
    [
        (lambda own, of_parent: [*own.values(), *of_parent], []),
        (lambda own, _: list(own.values()), ["cawg.identity.hard_binding_missing"]),
    ],
    ids=["what binds the parent", "nothing"],
)
def test_an_update_is_bound_by_what_binds_its_parent(refer: Any, expected: list[str]) -> None:
    value, found = judged(below(refer, update=True))
    assert codes(found) == expected
    assert value is (Cawg.INVALID if expected else Cawg.UNLISTED)


def test_of_several_identities_the_weakest_counts() -> None:
    vouched = by_certificate(), by_certificate(lambda content: content | {"pad2": b"1"})
    more = NewAssertion(f"{judging.LABEL}__1", Linked(vouched[1]), created=False)

    def first(links: Links) -> object:
        return vouched[0]({k: v for k, v in links.items() if not k.startswith(judging.LABEL)})

    value, found = judged(signed(first, more), ROOT)
    assert value is Cawg.INVALID
    assert found == ["cawg.trusted", "cawg.invalid", "cawg.identity.pad.invalid"]


def test_more_identities_than_are_checked_are_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MAX_IDENTITIES", 0)
    assert judged(signed(by_certificate()), ROOT) == (Cawg.NOT_CHECKED, ["cawg.not_checked"])


# ---- by its type: 8.2 -------------------------------------------------------------------------


def test_an_identity_of_an_unknown_type_is_not_checked() -> None:
    data = signed(by_certificate(payload=lambda said: said | {"sig_type": "org.example.seal"}))
    expected = Cawg.NOT_CHECKED, ["cawg.not_checked", "cawg.identity.sig_type.unknown"]
    assert judged(data) == expected


@each(
    ("change", "how", "code"),
    [
        (lambda content: content | {"signature": b"no COSE"}, Sealing(), "signature.mismatch"),
        (payload(role=["cawg.editor"]), Sealing(), "signature.mismatch"),
        (same, Sealing(key=credential(Who.STRANGER).key), "signature.mismatch"),
        (same, Sealing(payload=b"another"), "signature.mismatch"),
        (same, Sealing(protected={33: None}), "signature.mismatch"),
        (same, Sealing(protected={2: ["unknown"], "unknown": 1}), "signature.mismatch"),
        (same, Sealing(protected={1: -47}), "algorithm.unsupported"),
        (same, Sealing(protected={1: None}), "algorithm.unsupported"),
    ],
    ids=[
        *("no COSE", "another payload", "another key", "a payload of its own", "no certificate"),
        *("a critical header", "ES256K", "no algorithm"),
    ],
)
def test_identity_signatures_that_do_not_verify_are_invalid(
    change: Any, how: Sealing, code: str
) -> None:
    value, found = judged(signed(by_certificate(change, how=how)), ROOT)
    assert (value, codes(found)) == (Cawg.INVALID, [f"cawg.x509.{code}"])


def test_the_deterministic_form_may_be_what_is_signed() -> None:
    """ "sig_type" sorts before "referenced_assertions", which the assertion writes first."""
    assert judged(signed(by_certificate(encode=cbor.deterministic)))[1] == ["cawg.unlisted"]


def test_an_identity_certificate_outside_its_validity_is_expired() -> None:
    make = by_certificate(signer=credential(Who.EXPIRED))
    expected = ["cawg.expired", "cawg.x509.signature.outside_validity"]
    assert judged(signed(make), ROOT) == (Cawg.UNLISTED, expected)


WITHIN = datetime(2022, 3, 1, tzinfo=UTC)
STAMPING = TrustStore.load(
    bundled=False, cawg_anchors=[PKI / "root.pem"], tsa_anchors=[PKI / "tsa-root.pem"]
)


def test_a_time_stamp_of_its_own_holds_an_expired_identity() -> None:
    signer = credential(Who.EXPIRED)
    data = signed(by_certificate(signer=signer, how=Sealing(stamp=stamped(WITHIN))))
    assert judged(data, STAMPING) == (Cawg.TRUSTED, ["cawg.trusted"])
    assert judged(data, ROOT)[1] == ["cawg.expired", "cawg.x509.signature.outside_validity"]


def test_a_time_stamp_of_version_1_is_ignored() -> None:
    how = Sealing(stamp=stamped(WITHIN, header=StampHeader.CLAIM))
    data = signed(by_certificate(signer=credential(Who.EXPIRED), how=how))
    value, found = judged(data, STAMPING)
    assert value is Cawg.UNLISTED
    assert found[0] == "cawg.expired"
    assert found[-1] == "cawg.time_stamp_invalid"


def test_a_time_stamp_that_does_not_hold_is_not_used_for_an_identity() -> None:
    how = Sealing(stamp=replace(stamped(AT - timedelta(days=1)), other=True))
    value, found = judged(signed(by_certificate(how=how)), STAMPING)
    assert (value, found) == (Cawg.TRUSTED, ["cawg.trusted", "cawg.time_stamp_invalid"])


def test_the_claims_time_stamp_counts_where_it_has_none() -> None:
    make = by_certificate(signer=credential(Who.EXPIRED))
    data = signed(make, signer=credential(Who.EXPIRED), sealing=Sealing(stamp=stamped(WITHIN)))
    store = stores.parse_store(data)
    claim = chains.chain_verdicts(store, trust=STAMPING, at=AT, cache=ChainCache())[store.active]
    assert judging.cawg_verdict(store, given(STAMPING, claim=claim))[0] is Cawg.TRUSTED
    unproven = replace(claim, signature_valid=False)
    assert judging.cawg_verdict(store, given(STAMPING, claim=unproven))[0] is Cawg.UNLISTED


@pytest.mark.parametrize("where", ["in it", "beside it"])
def test_an_identity_revoked_by_a_response_is_revoked(where: str) -> None:
    said = ocsp_response(Who.MAIN, AT - timedelta(days=1), revoked_at=AT - timedelta(days=9))
    how = Sealing(ocsp=(said,)) if where == "in it" else Sealing()
    beside = (said,) if where == "beside it" else ()
    value, found = judged(signed(by_certificate(how=how)), ROOT, attached_ocsp=beside)
    assert value is Cawg.INVALID
    assert codes(found) == ["cawg.identity.credential_revoked"]


def test_an_identity_whose_revocation_is_unknown_is_not_checked() -> None:

    said = ocsp_response(Who.MAIN, AT - timedelta(days=1), status=ocsp.OCSPCertStatus.UNKNOWN)
    value, found = judged(signed(by_certificate(how=Sealing(ocsp=(said,)))), ROOT)
    assert (value, found) == (Cawg.NOT_CHECKED, ["cawg.not_checked"])


def test_an_identity_revoked_by_a_list_is_revoked(tmp_path: Path) -> None:
    root = signing_pki.authority("Identity CRL root", usage=(signing_pki.CERT_SIGN, "crl_sign"))
    one = signing_pki.issue("Identity CRL leaf", root)
    by = Credential("identity", Alg.ES256, one.key, (one.certificate,))
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(root.pem)
    trust = TrustStore.load(bundled=False, cawg_anchors=[anchors])
    data = signed(by_certificate(signer=by))
    assert judged(data, trust)[0] is Cawg.TRUSTED
    lists = [crl.read_crl(revocation_list(root, one))]
    value, found = judged(data, trust, crls=lists)
    assert (value, codes(found)) == (Cawg.INVALID, ["cawg.identity.credential_revoked"])


def test_an_authority_vouches_only_for_whom_it_may(tmp_path: Path) -> None:
    """Limits on names."""
    shop = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Small Shop")])
    limits = x509.NameConstraints([x509.DirectoryName(shop)], None)
    root = signing_pki.authority("Identity root")
    above = signing_pki.authority("Identity issuer", root, more=((limits, True),))
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(root.pem)
    trust = TrustStore.load(bundled=False, cawg_anchors=[anchors])
    for organisation, expected in (
        ("Small Shop", (Cawg.TRUSTED, ["cawg.trusted"])),
        ("Nikon", (Cawg.UNLISTED, ["cawg.unlisted", "cawg.chain_invalid"])),
    ):
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])
        one = signing_pki.issue(f"Identity {organisation}", above, subject=subject)
        chain = (one.certificate, above.certificate)
        by = Credential("identity", Alg.ES256, one.key, chain)
        assert judged(signed(by_certificate(signer=by)), trust) == expected


def test_an_identity_is_not_checked_where_others_took_all_checks() -> None:
    cache = ChainCache()
    while cache.take_claim_check(b"key"):
        pass
    value, found = judged(signed(by_certificate()), ROOT, cache=cache)
    assert (value, found) == (Cawg.NOT_CHECKED, ["cawg.not_checked"])


# ---- real files -------------------------------------------------------------------------------

REAL = {
    "success.jpg": (Cawg.UNLISTED, ["cawg.unlisted"]),
    "adobe_connected_identities.jpg": (
        Cawg.NOT_CHECKED,
        ["cawg.not_checked", "cawg.ica.did_unavailable"],
    ),
    "adobe-20220124-C.jpg": (Cawg.NONE, []),
}


@pytest.mark.corpus
@pytest.mark.skipif(not shared.CORPUS.is_dir(), reason=shared.REASON)
@pytest.mark.parametrize("name", sorted(REAL))
def test_identities_of_real_files_are_judged_without_personal_data(name: str) -> None:
    with Asset.open(shared.CORPUS / name) as asset:
        data = read(asset)
    value, findings = judging.cawg_verdict(stores.parse_store(data), given())
    assert (value, [f.code for f in findings]) == REAL[name]
    said = " ".join(f.message for f in findings)
    assert [
        word for word in ("Last-Name", "Silly Cats", "testuser23", "behance") if word in said
    ] == []


@pytest.mark.corpus
@pytest.mark.skipif(not shared.CORPUS.is_dir(), reason=shared.REASON)
def test_an_altered_identity_is_invalid() -> None:
    with Asset.open(shared.CORPUS / "success.jpg") as asset:
        data = bytearray(read(asset))
    signature = (
        stores.parse_store(bytes(data))
        .active_manifest.named(judging.LABEL)[0]
        .decode()["signature"]
    )
    data[data.index(signature) + len(signature) - 5] ^= 1
    assert judged(bytes(data)) == (Cawg.INVALID, ["cawg.invalid"])
