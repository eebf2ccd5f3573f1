"""Recovering: what comes back is held against question and file, and never called intact."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.fixture import CAPTURE
from support.pki import FIXTURES, Who
from support.soft_bound import (
    ALGORITHM,
    BOUND,
    LABEL,
    VALUE,
    edited,
    manifest,
    signed,
    soft_binding,
    stripped,
)
from support.writer import Manifest

from provenance import TrustStore, Verifier
from provenance.base.terms import CredentialStatus, Identity, Origin
from provenance.kit import damage
from provenance.kit.claims import ManifestFault, actions, created
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file, store_of
from provenance.recover import recovery
from provenance.recover.recovery import RecoveryRequest, recover
from provenance.recover.recovery_report import (
    BindingMatch,
    Candidate,
    HardBindingMatch,
    RecoveredState,
    Recovery,
    RecoveryOutcome,
)
from provenance.recover.resolution import (
    BindingBasis,
    ManifestMatch,
    Query,
    ResolutionError,
    ResolverCall,
    Upload,
)

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "urn:c2pa:00000000-0000-4000-8000-000000000831"
QUERY = Query(ALGORITHM, VALUE.encode(), True, BindingBasis.DECODED, "a decoder")
SIGNED = signed()
STORE = store_of(SIGNED).data
OTHER_VALUE = store_of(signed(soft_binding("2*1111"))).data
OTHER_ALGORITHM = store_of(signed(soft_binding(algorithm="com.adobe.trustmark.Q"))).data
NO_BINDING = store_of(signed_file(gradient_jpeg(), Manifest(LABEL, (created(CAPTURE),)))).data


class Told:
    """A resolver that answers what it is told, under whatever identifier."""

    address = "told"

    def __init__(self, *stores: bytes | str | None, fails: str = "") -> None:
        self.stores = stores
        self.fails = fails
        self.uploads: list[Upload] = []

    @property
    def asked(self) -> tuple[ResolverCall, ...]:
        return ()

    def by_binding(self, query: Query, limit: int) -> tuple[ManifestMatch, ...]:
        if self.fails:
            raise ResolutionError(self.fails)
        return tuple(ManifestMatch(f"m{n}", similarity=n) for n in range(len(self.stores)))[:limit]

    def by_content(self, upload: Upload, limit: int) -> tuple[ManifestMatch, ...]:
        self.uploads.append(upload)
        return self.by_binding(QUERY, limit)

    def store(self, match: ManifestMatch) -> bytes | None:
        found = self.stores[int(match.manifest[1:])]
        if isinstance(found, str):
            raise ResolutionError(found)
        return found


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    trust = TrustStore.load(anchors=(FIXTURES / "pki" / "anchors.pem",))
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    path = tmp_path / "copy.jpg"
    path.write_bytes(stripped(SIGNED))
    return path


def one(recovery: Recovery) -> Candidate:
    (found,) = recovery.candidates
    return found


def tried(
    path: Path, verifier: Verifier, *stores: bytes | str | None, query: Query = QUERY
) -> Recovery:
    return recover(str(path), Told(*stores), verifier, RecoveryRequest((query,)))


def test_a_copy_finds_its_credential(copy: Path, verifier: Verifier) -> None:
    made = tried(copy, verifier, STORE)
    assert (made.outcome, made.credentials) == (RecoveryOutcome.RECOVERED, CredentialStatus.ABSENT)
    found = one(made)
    assert found.state is RecoveredState.RECOVERED
    assert (found.binding, found.hard_binding) == (BindingMatch.MATCHES, HardBindingMatch.MISMATCH)
    assert (found.active, found.data, found.basis) == (LABEL, STORE, "decoded")
    assert (found.identity, found.origin) == (Identity.PRIVATE, Origin.AI_GENERATED)
    assert found.signer is not None
    assert found.signer.proven
    assert found.claims == ("c2pa.created: trainedAlgorithmicMedia",)
    assert made.asset.sha256 is not None
    record = str(made.to_dict())
    assert "intact" not in record
    assert "verified" not in record


def test_another_copy_edited_since_is_found_by_its_soft_binding(
    tmp_path: Path, verifier: Verifier
) -> None:
    """Whatever happened to the bytes, the soft binding is what leads back."""
    path = tmp_path / "other.jpg"
    path.write_bytes(gradient_jpeg(start=(1, 2, 3)))
    assert one(tried(path, verifier, STORE)).hard_binding is HardBindingMatch.MISMATCH


def test_a_file_with_its_own_credential_recovers_the_same_one(
    tmp_path: Path, verifier: Verifier
) -> None:
    path = tmp_path / "signed.jpg"
    path.write_bytes(SIGNED)
    made = recover(str(path), Told(STORE), verifier, RecoveryRequest())
    assert made.credentials is CredentialStatus.PRESENT
    (question,) = made.questions
    assert (question.basis, question.value, question.where) == (
        "declared",
        VALUE,
        "c2pa.soft-binding",
    )
    assert one(made).hard_binding is HardBindingMatch.MATCHES
    assert made.outcome is RecoveryOutcome.RECOVERED


def test_the_recovered_store_counts_and_not_the_one_in_the_file(
    tmp_path: Path, verifier: Verifier
) -> None:
    path = tmp_path / "ai.png"
    path.write_bytes((FIXTURES / "ai-generated.png").read_bytes())
    camera = manifest(soft_binding(), who=Who.CAMERA)
    source = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
    store = store_of(
        signed_file(
            gradient_jpeg(), replace(camera, assertions=(actions(source, BOUND), soft_binding()))
        )
    )
    found = one(tried(path, verifier, store.data))
    assert found.hard_binding is HardBindingMatch.MISMATCH
    assert (found.origin, found.claims) == (Origin.UNKNOWN, ("c2pa.created: digitalCapture",))


@pytest.mark.parametrize(
    ("store", "state"),
    [
        (OTHER_VALUE, RecoveredState.OTHER_BINDING),
        (OTHER_ALGORITHM, RecoveredState.OTHER_BINDING),
        (NO_BINDING, RecoveredState.OTHER_BINDING),
        (b"", RecoveredState.UNREADABLE),
        (b"junk", RecoveredState.UNREADABLE),
        (STORE[:-100], RecoveredState.UNREADABLE),
        (None, RecoveredState.NOT_FETCHED),
        ("the answer is larger than 5 bytes", RecoveredState.NOT_FETCHED),
    ],
    ids=["value", "algorithm", "none", "empty", "junk", "cut", "missing", "refused"],
)
def test_a_store_that_is_of_another_file_is_told(
    copy: Path, verifier: Verifier, store: bytes | str | None, state: RecoveredState
) -> None:
    made = tried(copy, verifier, store)
    found = one(made)
    assert found.state is state
    assert found.reason
    assert (found.signer, found.origin, found.hard_binding) == (
        None,
        Origin.UNKNOWN,
        HardBindingMatch.NOT_CHECKED,
    )
    wrong = state is RecoveredState.OTHER_BINDING
    assert made.outcome is (RecoveryOutcome.MISMATCH if wrong else RecoveryOutcome.FAILED)
    assert made.recovered is None


def test_a_recovered_store_whose_signature_does_not_verify_is_told(
    copy: Path, verifier: Verifier
) -> None:
    forged = replace(manifest(soft_binding()), faults=frozenset({ManifestFault.WRONG_KEY}))
    made = tried(copy, verifier, store_of(signed_file(gradient_jpeg(), forged)).data)
    assert made.outcome is RecoveryOutcome.UNPROVEN
    found = one(made)
    assert (found.state, found.identity) == (RecoveredState.UNPROVEN, Identity.UNPROVEN)
    assert found.reason
    edited_assertion = STORE.replace(b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedix")
    assert edited_assertion != STORE
    assert one(tried(copy, verifier, edited_assertion)).state is RecoveredState.UNPROVEN


def test_a_recovered_store_of_a_signer_on_no_list_is_told(copy: Path, verifier: Verifier) -> None:
    found = one(tried(copy, verifier, store_of(signed(who=Who.STRANGER)).data))
    assert (found.state, found.identity) == (RecoveredState.RECOVERED, Identity.UNLISTED)


def test_a_binding_of_the_parent_leads_to_its_store(copy: Path, verifier: Verifier) -> None:
    found = one(tried(copy, verifier, store_of(edited(SIGNED, OTHER)).data))
    assert (found.state, found.active, found.origin) == (
        RecoveredState.RECOVERED,
        OTHER,
        Origin.AI_GENERATED,
    )


def test_a_similar_fingerprint_leads_to_a_store(copy: Path, verifier: Verifier) -> None:
    store = store_of(signed(soft_binding("ISCC:KAA", "io.iscc.v0"))).data
    query = Query("io.iscc.v0", b"ISCC:KAB", True, BindingBasis.DECODED)
    found = one(tried(copy, verifier, store, query=query))
    assert (found.state, found.binding) == (RecoveredState.RECOVERED, BindingMatch.CLAIMED)


def test_content_is_handed_over_where_asked(copy: Path, verifier: Verifier) -> None:
    told = Told(STORE, NO_BINDING)
    made = recover(str(copy), told, verifier, RecoveryRequest(upload=True, algorithm=ALGORITHM))
    (upload,) = told.uploads
    assert (upload.data, upload.media_type, upload.algorithm) == (
        copy.read_bytes(),
        "image/jpeg",
        ALGORITHM,
    )
    assert [(c.state, c.binding) for c in made.candidates] == [
        (RecoveredState.RECOVERED, BindingMatch.CLAIMED),
        (RecoveredState.OTHER_BINDING, BindingMatch.DIFFERS),
    ]
    assert [q.basis for q in made.questions] == ["upload"]


def test_content_too_large_is_not_handed_over(
    copy: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MAX_UPLOAD", 10)
    told = Told(STORE)
    made = recover(str(copy), told, verifier, RecoveryRequest(upload=True))
    assert made.error is not None
    assert (made.error.code, told.uploads) == ("asset.too_large", [])


def test_content_is_not_handed_over_unasked(copy: Path, verifier: Verifier) -> None:
    told = Told(STORE)
    made = recover(str(copy), told, verifier, RecoveryRequest())
    assert (made.outcome, made.questions, told.uploads) == (RecoveryOutcome.NO_BINDING, (), [])


def test_nothing_found_is_told_from_nothing_answered(copy: Path, verifier: Verifier) -> None:
    assert tried(copy, verifier).outcome is RecoveryOutcome.NOT_FOUND
    made = recover(str(copy), Told(fails="no JSON"), verifier, RecoveryRequest((QUERY,)))
    assert (made.outcome, made.questions[0].reason) == (RecoveryOutcome.FAILED, "no JSON")


def test_recovery_of_a_file_that_cannot_be_examined_is_an_error(
    tmp_path: Path, verifier: Verifier
) -> None:
    told = Told(STORE)
    made = recover(
        str(tmp_path / "missing.jpg"), told, verifier, RecoveryRequest((QUERY,), upload=True)
    )
    assert made.error is not None
    assert (made.questions, told.uploads) == ((), [])


def test_questions_are_bounded_and_each_is_asked_once(copy: Path, verifier: Verifier) -> None:
    many = tuple(replace(QUERY, value=bytes([n])) for n in range(40))
    made = recover(
        str(copy), Told(STORE, None, STORE), verifier, RecoveryRequest((*many, *many), limit=2)
    )
    assert (len(made.questions), made.left_out) == (16, 24)
    assert len(made.candidates) == 2
    given = replace(QUERY, basis=BindingBasis.GIVEN)
    assert [
        q.basis
        for q in recover(str(copy), Told(), verifier, RecoveryRequest((given, QUERY))).questions
    ] == ["decoded"]


def test_the_best_candidate_comes_first(copy: Path, verifier: Verifier) -> None:
    made = tried(copy, verifier, STORE, OTHER_VALUE, b"junk")
    assert [c.state for c in made.candidates] == [
        RecoveredState.RECOVERED,
        RecoveredState.OTHER_BINDING,
        RecoveredState.UNREADABLE,
    ]
    assert [c.similarity for c in made.candidates] == [0, 1, 2]


def test_a_file_with_a_broken_credential_of_its_own_is_recovered(
    tmp_path: Path, verifier: Verifier
) -> None:
    path = tmp_path / "tampered.jpg"
    path.write_bytes(damage.flip_media(SIGNED))
    assert one(tried(path, verifier, STORE)).hard_binding is HardBindingMatch.MISMATCH
