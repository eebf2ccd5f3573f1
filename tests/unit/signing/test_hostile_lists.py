"""Malformed profiles, revocation lists and lists of products: findings or one error, no other."""

from __future__ import annotations

import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.signing import pki
from unit.signing.test_conforming import RECORD
from unit.signing.test_crl import LEAF, ROOT, URI, make, point
from unit.signing.test_hostile import mutated
from unit.signing.test_profile import SOUND, points

from provenance.base.errors import TrustMaterialError
from provenance.credentials import chain_description as describe
from provenance.signing import certificate, claim_signature, conforming, crl, extensions, profile
from provenance.signing import trust_checking as checking
from provenance.signing import trust_update as update
from provenance.signing.cache import ChainCache
from provenance.signing.der import DerError
from provenance.signing.trust_list import Purpose
from provenance.signing.trust_store import TrustStore

FULL = pki.issue("Fuzz profile", ROOT, more=(*SOUND, points()))
LIST = make(ROOT, LEAF, point=point(full_name=[URI]))
EMPTY = TrustStore.load(bundled=False)


@settings(max_examples=400, deadline=None)
@given(data=mutated(FULL.der))
def test_mutated_certificates_are_profiled_or_refused(data: bytes) -> None:
    try:
        one = certificate.read_certificate(data)
    except DerError:
        return
    for role in profile.CertificateRole:
        assert {found.code for found in profile.certificate_findings(one, role)} <= set(
            profile.CODES
        )
    profile.path_findings((one, one), Purpose.TSA)
    extensions.ocsp_addresses(one)
    checking.check_certificates((data, ROOT.der), trust=EMPTY, at=pki.AT)


@settings(max_examples=400, deadline=None)
@given(data=mutated(LIST))
def test_mutated_revocation_lists_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(DerError):
        claim_signature.chain_verdict(
            pki.cose(LEAF, ROOT), pki.CLAIM, trust=EMPTY, at=pki.AT, crls=[crl.read_crl(data)]
        )


@settings(max_examples=200, deadline=None)
@given(data=mutated(FULL.der))
def test_mutated_certificates_are_described_as_links(data: bytes) -> None:
    signature = pki.cose(FULL, ROOT)
    verdict = claim_signature.chain_verdict(signature, pki.CLAIM, trust=EMPTY, at=pki.AT)
    describe.links(verdict, (FULL.der, data, ROOT.der), EMPTY, pki.AT, ChainCache())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(key=st.sampled_from(sorted(RECORD)), value=_JSON)
def test_arbitrary_records_of_products_are_matched_or_refused(key: str, value: object) -> None:
    with contextlib.suppress(TrustMaterialError):
        conforming.parse_products(json.dumps([{**RECORD, key: value}]).encode(), "x").match(
            LEAF.der
        )


@settings(max_examples=300, deadline=None)
@given(key=st.sampled_from(sorted(RECORD["product"])), value=_JSON)
def test_arbitrary_fields_of_products_are_matched_or_refused(key: str, value: object) -> None:
    record = {**RECORD, "product": {**RECORD["product"], key: value}}
    with contextlib.suppress(TrustMaterialError):
        conforming.parse_products(json.dumps([record]).encode(), "x").match(LEAF.der)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_mutated_archives_of_lists_are_read_or_refused(data: st.DataObject) -> None:
    from unit.signing.test_trust_update import LIST as GOOD
    from unit.signing.test_trust_update import tarred, zipped

    made = data.draw(st.sampled_from([zipped, lambda **m: tarred("w:gz", **m), _plain]))
    content = data.draw(mutated(made(**{update.NAME: GOOD})))
    with contextlib.suppress(TrustMaterialError):
        update.from_bytes(content, "x")


def _plain(**members: bytes) -> bytes:
    from unit.signing.test_trust_update import tarred

    return tarred("w", **members)
