"""Identities that an aggregator of claims signed (CAWG Identity Assertion 1.2, 8.1).

A W3C verifiable credential in a COSE_Sign1: an aggregator says what it verified about the named
actor, for these assertions. An issuer named by a `did:jwk` brings its key along. One named by a
`did:web` would have to be fetched: what its signature covers is then not checked. No list of
aggregators exists, so that none is on one.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from provenance.base import json_text
from provenance.base.terms import Cawg
from provenance.credentials.assertion_content import text_value
from provenance.credentials.cawg.identity_check import CawgStatus, CheckedSignature
from provenance.signing import algorithms, cose, public_keys, timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.cawg.identity_check import IdentityGrounds
    from provenance.credentials.cawg.payload import IdentityAssertion
    from provenance.signing.chain_answer import CoseSignature

KIND = "cawg.identity_claims_aggregation"
MAX_DID = 4_096  # characters of one that brings its key along
MAX_IDENTITIES = 1_000
_CONTENT_TYPE = "application/vc"
_VERSIONS = ("https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1")
_CREDENTIAL = "VerifiableCredential"
_JWK, _WEB = "did:jwk:", "did:web:"
_STAMP = "sigTst2"
_MOMENT = re.compile(  # RFC 3339 section 5.6
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
# What a verified identity of a type must have besides. Version 1.1 gave wallets a `username`.
_NEEDS = {
    "cawg.document_verification": ("name",),
    "cawg.social_media": ("username",),
    "cawg.crypto_wallet": ("address", "username"),
    "cawg.web_site": ("uri",),
}
_TEXTS = ("name", "username", "address", "method")
_WEB_SITE = "cawg.web_site"


def check_aggregated(identity: IdentityAssertion, grounds: IdentityGrounds) -> CheckedSignature:
    """Check the credential of an aggregator, in the order of 8.1.5."""
    try:
        signature = cose.read_cose(identity.signature)
    except cose.CoseError:
        message = "the signature of the identity cannot be read"
        return CheckedSignature((CawgStatus("cawg.ica.invalid_cose_sign1", message),))
    credential = _credential(signature)
    if credential is None:
        message = "the identity's signature does not cover a verifiable credential"
        return CheckedSignature((CawgStatus("cawg.ica.invalid_verifiable_credential", message),))
    statuses = list(_headers(signature))
    statuses += _issuer(signature, credential, grounds)
    stamped, noticed = _stamp(signature, grounds)
    times = [moment for moment in (grounds.at, grounds.signed_at, stamped) if moment is not None]
    statuses += _validity(credential, times)
    statuses += _revocation(credential)
    subject = credential["credentialSubject"]
    if not _is_same(identity, subject.get("c2paAsset")):
        message = "the credential of the identity was made for other assertions"
        statuses.append(CawgStatus("cawg.ica.signer_payload.mismatch", message))
    statuses += _identities(subject.get("verifiedIdentities"))
    return CheckedSignature(tuple(statuses), listed=False, noticed=noticed)


def _credential(signature: CoseSignature) -> dict[str, Any] | None:
    """Return the credential, as far as both versions of the data model have it; None for none."""
    try:
        credential = json_text.parse_unique(signature.payload or b"")
    except json_text.JsonError:
        return None
    if not isinstance(credential, dict):
        return None
    contexts, types = _list(credential.get("@context")), _list(credential.get("type"))
    if not any(version in contexts for version in _VERSIONS) or _CREDENTIAL not in types:
        return None
    return credential if isinstance(credential.get("credentialSubject"), dict) else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _headers(signature: CoseSignature) -> Iterator[CawgStatus]:
    if signature.algorithm not in algorithms.COSE_ALGORITHMS:
        message = "the identity is signed with an algorithm that C2PA does not allow"
        yield CawgStatus("cawg.ica.invalid_alg", message)
    if signature.content_type != _CONTENT_TYPE:
        message = f"the signature of the identity does not say that it covers {_CONTENT_TYPE}"
        yield CawgStatus("cawg.ica.invalid_content_type", message)


def _issuer(
    signature: CoseSignature, credential: dict[str, Any], grounds: IdentityGrounds
) -> Iterator[CawgStatus]:
    """Find the key of the issuer, and verify the signature with it."""
    issuer = credential.get("issuer")
    did = text_value(issuer.get("id") if isinstance(issuer, dict) else issuer)
    if not did.startswith("did:"):
        yield CawgStatus(
            "cawg.ica.invalid_issuer", "the issuer of the identity is not named by a DID"
        )
        return
    if did.startswith(_WEB):
        message = "the key of the identity's issuer is on the web and was not fetched"
        yield CawgStatus("cawg.ica.did_unavailable", message, Cawg.NOT_CHECKED)
        return
    if not did.startswith(_JWK):
        message = "the issuer of the identity is named by a kind of DID that is not supported"
        yield CawgStatus("cawg.ica.did_unsupported_method", message, Cawg.NOT_CHECKED)
        return
    try:
        key = _key(did)
    except ValueError:
        message = "the key of the identity's issuer cannot be read"
        yield CawgStatus("cawg.ica.invalid_did_document", message)
        return
    scheme = algorithms.COSE_ALGORITHMS.get(signature.algorithm or 0)
    if scheme is None:
        return  # said already
    if not grounds.cache.take_claim_check(key):
        message = "the identity was not checked: the limit of checks for one file was reached"
        yield CawgStatus("cawg.not_checked", message, Cawg.NOT_CHECKED)
        return
    data = algorithms.sig_structure("Signature1", signature.protected, signature.payload or b"")
    if (
        signature.not_understood  # RFC 9052 section 3.1
        or not algorithms.fits(key, scheme)
        or not algorithms.verify_cose(key, scheme, signature.signature, data)
    ):
        message = "the signature of the identity does not verify"
        yield CawgStatus("cawg.ica.signature_mismatch", message)


def _key(did: str) -> bytes:
    """Return the key of a `did:jwk`, which may be for assertions. Raises ValueError."""
    if len(did) > MAX_DID:
        raise ValueError("too long")
    encoded = did.removeprefix(_JWK).partition("#")[0]
    held = json_text.parse_unique(public_keys.base64url(encoded, MAX_DID))
    if not isinstance(held, dict) or held.get("use") == "enc":
        raise ValueError("not a key for signatures")
    key = public_keys.from_jwk(held)
    if algorithms.key_fault(key):
        raise ValueError("a key that C2PA does not allow")
    return key


def _stamp(
    signature: CoseSignature, grounds: IdentityGrounds
) -> tuple[datetime | None, tuple[CawgStatus, ...]]:
    """Return the time that a trusted time-stamp attests; one of version 1 is ignored."""
    message = algorithms.sig_structure(
        "CounterSignature", signature.protected, algorithms.cbor_bytes(signature.signature)
    )
    own = [token for token in signature.time_stamps if token.header == _STAMP]
    if not own or grounds.cache.spent:
        return None, ()
    stamp, _ = timestamp.timestamp_verdict(
        _STAMP, own[0].der, message, trust=grounds.trust, cache=grounds.cache
    )
    if len(own) == 1 and stamp.trusted and stamp.time is not None:
        return stamp.time, ()
    if len(own) == 1 and stamp.fault == "timestamp.untrusted":
        return None, ()
    words = "the identity's time-stamp is not valid and is not used"
    return None, (CawgStatus("cawg.time_stamp_invalid", words, Cawg.UNLISTED),)


def _validity(credential: dict[str, Any], times: list[datetime]) -> Iterator[CawgStatus]:
    """Hold the dates of the credential against each time that is known."""
    first = credential.get("validFrom", credential.get("issuanceDate"))
    if first is None:
        message = "the credential of the identity has no start date"
        yield CawgStatus("cawg.ica.valid_from.missing", message)
    elif (moment := _moment(first)) is None or moment > min(times):
        message = "the credential of the identity was not yet valid at a time that it must cover"
        yield CawgStatus("cawg.ica.valid_from.invalid", message)
    last = credential.get("validUntil", credential.get("expirationDate"))
    if last is None:
        return
    if (moment := _moment(last)) is None:
        message = "the expiry date of the identity's credential cannot be read"
        yield CawgStatus("cawg.ica.valid_until.invalid", message)
    elif moment < max(times):
        message = "the credential of the identity had expired at a time that it must cover"
        yield CawgStatus("cawg.ica.valid_until.invalid", message, Cawg.UNLISTED)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) > 64 or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _revocation(credential: dict[str, Any]) -> Iterator[CawgStatus]:
    """Whether it was revoked is told by lists on the web, of which none is fetched."""
    if "credentialStatus" not in credential:
        return
    held = _list(credential["credentialStatus"])
    kinds = {
        text_value(status.get("type"))
        for status in held
        if isinstance(status, dict) and status.get("statusPurpose") == "revocation"
    }
    if "BitstringStatusListEntry" in kinds:
        message = "the list that says whether the identity was revoked was not fetched"
        yield CawgStatus("cawg.ica.revocation.unavailable", message, Cawg.NOT_CHECKED)
    else:
        message = "the way to find out whether the identity was revoked is not supported"
        yield CawgStatus("cawg.ica.revocation.unsupported", message, Cawg.NOT_CHECKED)


def _is_same(identity: IdentityAssertion, asset: object) -> bool:
    """Tell whether the credential is for what the assertion refers to.

    Byte strings are in base64 (8.1.2.6). c2pa-rs wrote the letters of that as a list of numbers;
    and an algorithm that one of the two leaves out is the claim's.
    """
    payload = identity.payload
    if not isinstance(asset, dict) or asset.keys() != payload.keys():
        return False
    given = asset.get("referenced_assertions")
    if not isinstance(given, list):
        return False
    others = asset.keys() - {"referenced_assertions"}
    return [_normal_reference(reference, identity.bare) for reference in given] == [
        _normal_reference(reference, identity.bare)
        for reference in payload["referenced_assertions"]
    ] and all(asset[key] == payload[key] for key in others)


def _normal_reference(reference: Any, bare: str) -> object:
    if not isinstance(reference, dict):
        return None
    digest = reference.get("hash")
    if isinstance(digest, bytes):
        digest = base64.b64encode(digest).decode("ascii")
    elif isinstance(digest, list) and all(type(n) is int and 0 <= n < 128 for n in digest):
        digest = bytes(digest).decode("ascii")
    return {**reference, "hash": digest, "alg": reference.get("alg", bare)}


def _identities(value: object) -> Iterator[CawgStatus]:
    if not isinstance(value, list) or not value:
        message = "the credential of the identity does not name a verified identity"
        yield CawgStatus("cawg.ica.verified_identities.missing", message)
    elif len(value) > MAX_IDENTITIES or not all(map(_is_identity, value)):
        message = "a verified identity lacks a field that its type requires"
        yield CawgStatus("cawg.ica.verified_identities.invalid", message)


def _is_identity(identity: Any) -> bool:
    """Tell whether an entry of `verifiedIdentities` keeps the rules of 8.1.2.5."""
    if not isinstance(identity, dict) or not text_value(identity.get("type")):
        return False
    kind = identity["type"]
    if not all(text_value(identity[name]) for name in _TEXTS if name in identity):
        return False
    if kind in _NEEDS and not any(text_value(identity.get(name)) for name in _NEEDS[kind]):
        return False
    # The specification's own example of a web site has no scheme.
    if "uri" in identity and not (
        text_value(identity["uri"]) if kind == _WEB_SITE else _is_uri(identity["uri"])
    ):
        return False
    if _moment(identity.get("verifiedAt")) is None:
        return False
    # A web site needs no provider by the schema, and has none in the example.
    return _is_provider(identity["provider"]) if "provider" in identity else kind == _WEB_SITE


def _is_provider(value: object) -> bool:
    if not isinstance(value, dict) or ("id" in value and not _is_uri(value["id"])):
        return False
    name = value.get("name")  # a natural language string: a text, or texts by language
    return bool(name) and isinstance(name, str | dict | list)


def _is_uri(value: object) -> bool:
    return isinstance(value, str) and _URI.fullmatch(value) is not None
