"""Keys for segments of live video, `c2pa.session-keys` (C2PA 2.4, 15.10.3.2.5, 18.25 and 19.7.3).

Each has to be signed for by its own holder: over the certificate of the manifest's signer, so that
nobody can take over another's keys. The segments that they sign are not read here.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.credentials.validation.byte_source import is_count
from provenance.credentials.validation.fault import RuleFault, form
from provenance.signing import algorithms, public_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import Assertion, Manifest

SECTION = "15.10.3.2.5"
MAX_CHECKS = 64  # of signatures, in checks with an ordinary key
_NOT_CHECKED = "assertion.session_keys.not_checked"
_INVALID = "livevideo.sessionkey.invalid"
_KID, _ALG = 2, 1  # labels of a COSE_Key, and of a COSE header


def session_key_faults(
    manifest: Manifest, assertion: Assertion, content: Any
) -> Iterator[RuleFault]:
    """Check the keys that an assertion brings."""
    label, place = manifest.label, assertion.label
    keys = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(keys, list | tuple) or not keys:
        yield form(_INVALID, "18.25.2", label, place, "there are no keys for live video in it")
        return
    signer = manifest.signature.certificates[:1] if manifest.signature is not None else ()
    left = MAX_CHECKS
    for n, session_key in enumerate(keys):
        where = f"{place}[{n}]"
        fault = _form_fault(session_key)
        if not fault:
            spki, cost = _key(session_key["key"])
            left -= cost
            if left < 0:
                message = "the other keys for live video were not checked: there are too many"
                yield RuleFault(_NOT_CHECKED, SECTION, label, place, message, None)
                break
            if not signer or not _bound(session_key["signerBinding"], spki, signer[0]):
                fault = "a key for live video is not bound to the signer of the manifest"
        if fault:
            yield form(_INVALID, "19.7.3", label, where, fault)
    message = "keys for segments of live video: no segment is checked here"
    yield RuleFault(_NOT_CHECKED, SECTION, label, place, message, None)


def _form_fault(session_key: Any) -> str:
    """Say what a key lacks that 18.25.2 asks for; empty where it lacks nothing."""
    if not isinstance(session_key, dict):
        return "a key for live video is not a map"
    key = session_key.get("key")
    if not isinstance(key, dict) or not isinstance(key.get(_KID), bytes):
        return "a key for live video has no identifier"
    for name in ("minSequenceNumber", "validityPeriod"):
        value = session_key.get(name)
        if not is_count(value) or value < 0:
            return f"a key for live video has no {name}"
    try:
        datetime.fromisoformat(session_key.get("createdAt", ""))
    except (TypeError, ValueError):
        return "a key for live video does not say when it was made"
    if not _key(key)[0]:
        return "a key for live video is of a kind that C2PA does not allow"
    return ""


def _key(key: dict[Any, Any]) -> tuple[bytes, int]:
    """Return a key and what a check with it costs; empty for one that may not be used."""
    try:
        spki = public_keys.from_cose(key)
    except public_keys.KeyFormError:
        return b"", 0
    return (b"", 0) if algorithms.key_fault(spki) else (spki, algorithms.cost(spki))


def _bound(value: Any, spki: bytes, certificate: bytes) -> bool:
    """Tell whether a COSE_Sign1 with the key is over the certificate of the signer.

    18.25.2 calls the payload "encoded as a CBOR byte string", which every payload is: one that is
    encoded twice is taken, too.
    """
    if not isinstance(value, list | tuple) or len(value) != 4:
        return False
    protected, _, payload, signature = value
    if not isinstance(protected, bytes) or not isinstance(signature, bytes) or payload:
        return False
    try:
        header = cbor.decode(protected) if protected else {}
    except cbor.CborError:
        return False
    number = header.get(_ALG) if isinstance(header, dict) else None
    scheme = algorithms.COSE_ALGORITHMS.get(number) if type(number) is int else None
    if scheme is None or not algorithms.fits(spki, scheme):
        return False
    return any(
        algorithms.verify_cose(
            spki, scheme, signature, algorithms.sig_structure("Signature1", protected, data)
        )
        for data in (certificate, algorithms.cbor_bytes(certificate))
    )
