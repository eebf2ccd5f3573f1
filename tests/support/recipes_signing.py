"""Samples about the signature: whose key, when, time-stamped by whom, revoked or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from provenance.kit import damage
from provenance.kit.claims import ManifestFault, NewAssertion, actions, created
from provenance.kit.cose_sign1 import ChainPlace, Sealing, StampHeader
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file
from support.fixture import (
    AI,
    AI_BROKEN,
    AI_SIGNED,
    AI_TRUSTED,
    CAPTURE,
    UNKNOWN,
    Fixture,
    Shelf,
    instance,
    label,
)
from support.pki import Who, credential
from support.tsa import ocsp_response, stamped
from support.writer import Manifest

STAMPED = datetime(2025, 6, 1, tzinfo=UTC)
INSIDE_EXPIRED = datetime(2022, 6, 1, tzinfo=UTC)


def manifest(number: int, assertions: NewAssertion, who: Who = Who.MAIN) -> Manifest:
    """The n-th sample's manifest: sound, with nothing but these actions."""
    return Manifest(
        label(number),
        (assertions,),
        generator={"name": "Test Generator", "version": "1.0"},
        instance_id=instance(number),
        signer=credential(who),
    )


def jpeg(number: int, one: Manifest) -> bytes:
    """A gradient of its own colour, signed with this manifest."""
    return signed_file(gradient_jpeg(start=(number * 5 % 256, 30, 90)), one)


def simple(number: int, source_type: str = AI, who: Who = Who.MAIN) -> bytes:
    """A signed JPEG with one `c2pa.created` and nothing wrong."""
    return jpeg(number, manifest(number, created(source_type), who))


def one_fault(number: int, fault: ManifestFault) -> bytes:
    """A signed JPEG that declares AI, with one fault."""
    return jpeg(number, replace(manifest(number, created(AI)), faults=frozenset({fault})))


def expired_stamped(_: Shelf) -> bytes:
    one = manifest(104, created(AI), Who.EXPIRED)
    return jpeg(104, replace(one, sealing=Sealing(stamp=stamped(INSIDE_EXPIRED))))


def expired_stranger_stamp(_: Shelf) -> bytes:
    one = manifest(105, created(AI), Who.EXPIRED)
    return jpeg(105, replace(one, sealing=Sealing(stamp=stamped(INSIDE_EXPIRED, Who.STRANGER_TSA))))


def _ocsp(number: int, who: Who, response: bytes) -> bytes:
    one = manifest(number, created(AI), who)
    return jpeg(number, replace(one, sealing=Sealing(stamp=stamped(STAMPED), ocsp=(response,))))


def revoked(_: Shelf) -> bytes:
    when = datetime(2025, 3, 1, tzinfo=UTC)
    return _ocsp(123, Who.REVOKED, ocsp_response(Who.REVOKED, STAMPED, revoked_at=when))


def revoked_later(_: Shelf) -> bytes:
    when, produced = datetime(2025, 9, 1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC)
    return _ocsp(124, Who.REVOKED, ocsp_response(Who.REVOKED, produced, revoked_at=when))


def ocsp_good(_: Shelf) -> bytes:
    return _ocsp(125, Who.MAIN, ocsp_response(Who.MAIN, STAMPED))


def v1_claim(_: Shelf) -> bytes:
    source = {"action": "c2pa.created", "digitalSourceType": AI}
    one = replace(
        manifest(127, actions(source, version=1)),
        label="urn:uuid:00000000-0000-4000-8000-000000000127",
        claim_version=1,
        sealing=Sealing(
            stamp=stamped(STAMPED, header=StampHeader.CLAIM), place=ChainPlace.UNPROTECTED_TEXT
        ),
    )
    return jpeg(127, one)


_WRITER = "writer"
_UNPROVEN = replace(AI_BROKEN, identity="unproven", time="unknown")
_STAMPED = replace(AI_TRUSTED, time="timestamped")
_UNLISTED = replace(UNKNOWN, identity="unlisted")

FIXTURES = (
    Fixture(
        "bad-signature.jpg",
        _WRITER,
        "one bit of the claim signature is flipped",
        lambda _: damage.flip_signature(simple(102)),
        _UNPROVEN,
        "claims that anyone may have written; the certificates are only claimed",
    ),
    Fixture(
        "wrong-key.jpg",
        _WRITER,
        "signed by a key that is not that of the certificate it shows: framing",
        lambda _: one_fault(130, ManifestFault.WRONG_KEY),
        _UNPROVEN,
        "as bad-signature.jpg",
    ),
    Fixture(
        "edited-claim.jpg",
        _WRITER,
        "one bit of the claim is flipped after signing",
        lambda _: damage.flip_claim(simple(131)),
        _UNPROVEN,
        "as bad-signature.jpg",
    ),
    Fixture(
        "expired.jpg",
        _WRITER,
        "signed with a certificate of 2022, no time-stamp",
        lambda _: simple(103, AI, Who.EXPIRED),
        replace(AI_SIGNED, time="expired"),
        "expiry is not tampering: intact, but without a trusted time only signed",
    ),
    Fixture(
        "expired-timestamped.jpg",
        _WRITER,
        "the same with a time-stamp of 2022-06-01 by the test authority",
        expired_stamped,
        _STAMPED,
        "the certificate was valid at the trusted time",
    ),
    Fixture(
        "expired-stranger-timestamp.jpg",
        _WRITER,
        "the same with a time-stamp by an authority on no list",
        expired_stranger_stamp,
        replace(AI_SIGNED, time="expired"),
        "an authority on no list proves no time",
    ),
    Fixture(
        "not-yet-valid.jpg",
        _WRITER,
        "signed with a certificate that begins in 2040",
        lambda _: simple(106, AI, Who.FUTURE),
        replace(AI_SIGNED, time="not_yet_valid"),
        "no trusted time for a certificate that is not yet valid",
    ),
    Fixture(
        "wrong-eku.jpg",
        _WRITER,
        "signed with a TLS server certificate of the test PKI",
        lambda _: simple(107, AI, Who.NO_EKU),
        replace(AI_SIGNED, identity="invalid"),
        "the chain breaks a rule: extended key usage serverAuth does not sign claims",
    ),
    Fixture(
        "unlisted.jpg",
        _WRITER,
        "signed by a chain on no list",
        lambda _: simple(108, AI, Who.STRANGER),
        replace(AI_SIGNED, identity="unlisted"),
        "a sound chain that reaches no anchor: an unlisted signer is not a lie",
    ),
    Fixture(
        "self-signed-capture.jpg",
        _WRITER,
        "digitalCapture, signed with a self-signed certificate",
        lambda _: simple(109, CAPTURE, Who.SELF_SIGNED),
        _UNLISTED,
        "captured needs a verified signer",
    ),
    Fixture(
        "revoked.jpg",
        _WRITER,
        "stapled OCSP: revoked on 2025-03-01, time-stamp of 2025-06-01",
        revoked,
        replace(_STAMPED, assurance="broken", revocation="revoked", flags=("ai", "revoked")),
        "revoked before the trusted time",
    ),
    Fixture(
        "revoked-later.jpg",
        _WRITER,
        "stapled OCSP: revoked on 2025-09-01, time-stamp of 2025-06-01",
        revoked_later,
        replace(_STAMPED, revocation="revoked_later"),
        "revoked after the trusted time: a finding",
    ),
    Fixture(
        "ocsp-good.jpg",
        _WRITER,
        "stapled OCSP: good, time-stamp of 2025-06-01",
        ocsp_good,
        replace(_STAMPED, revocation="good"),
        "good at the trusted time",
    ),
    Fixture(
        "v1-claim.jpg",
        _WRITER,
        "a version 1 claim with sigTst and the chain in the unprotected header",
        v1_claim,
        _STAMPED,
        "older claims are judged by the same rules",
    ),
)
