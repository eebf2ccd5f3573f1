"""The claim signature in crJSON: algorithm, leaf certificate, time-stamp (section 3.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from provenance.linting.crjson.json_values import moment
from provenance.signing import certificate
from provenance.signing.der import DerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.credentials.manifest import Manifest
    from provenance.signing.chain_answer import CertificateInfo, ChainVerdict, TimeStamp

# COSE algorithms (RFC 9053, C2PA 2.4 section 13.2.1) under the names of the standard.
ALGORITHMS = {
    -7: "ES256",
    -35: "ES384",
    -36: "ES512",
    -37: "PS256",
    -38: "PS384",
    -39: "PS512",
    -8: "Ed25519",
}
UNKNOWN = "Unknown"
# Attributes of a distinguished name that the schema knows; it allows no others.
_NAMES = {
    "C": "C",
    "ST": "ST",
    "L": "L",
    "O": "O",
    "OU": "OU",
    "CN": "CN",
    "emailAddress": "E",
    "2.5.4.97": "2.5.4.97",
}
_BETWEEN = re.compile(r", (?=(?:[A-Za-z]+|\d+(?:\.\d+)+)=)")
_EMPTY: dict[str, Any] = {"serialNumber": "", "issuer": {}, "subject": {}, "validity": {}}


def signature(manifest: Manifest, chain: ChainVerdict | None) -> dict[str, Any]:
    """Return the signature object; the schema demands every field, so unknown ones are empty."""
    claim_signature = manifest.signature
    if claim_signature is None:
        return {"algorithm": UNKNOWN, "certificateInfo": dict(_EMPTY)}
    record = {
        "algorithm": ALGORITHMS.get(claim_signature.algorithm or 0, UNKNOWN),
        "certificateInfo": _leaf(claim_signature.certificates),
    }
    stamp = _stamp(chain)
    if stamp is not None and stamp.time is not None:
        record["timeStampInfo"] = {
            "timestamp": moment(stamp.time),
            "certificateInfo": _described(stamp.certificates),
        }
    return record


def _stamp(chain: ChainVerdict | None) -> TimeStamp | None:
    """Return the time-stamp that counts, else the first that names a time."""
    if chain is None:
        return None
    stamps = sorted(
        chain.time_stamps, key=lambda s: (s.trusted is None, s.time != chain.signing_time)
    )
    return next((s for s in stamps if s.time is not None), None)


def _leaf(certificates: tuple[bytes, ...]) -> dict[str, Any]:
    if not certificates:
        return dict(_EMPTY)
    try:
        leaf = certificate.read_certificate(certificates[0])
    except DerError:
        return dict(_EMPTY)
    return {
        "serialNumber": f"{leaf.serial:x}",
        "issuer": _name(certificate.name_pairs(leaf.issuer)),
        "subject": _name(certificate.name_pairs(leaf.subject)),
        "validity": {"notBefore": moment(leaf.not_before), "notAfter": moment(leaf.not_after)},
    }


def _described(certificates: tuple[CertificateInfo, ...]) -> dict[str, Any]:
    if not certificates:
        return dict(_EMPTY)
    leaf = certificates[0]
    return {
        "serialNumber": leaf.serial,
        "issuer": _name(_pairs(leaf.issuer)),
        "subject": _name(_pairs(leaf.subject)),
        "validity": {"notBefore": moment(leaf.not_before), "notAfter": moment(leaf.not_after)},
    }


def _pairs(name: str) -> Iterable[tuple[str, str]]:
    for part in _BETWEEN.split(name):
        kind, _, text = part.partition("=")
        yield kind, text


def _name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {_NAMES[kind]: text for kind, text in pairs if kind in _NAMES}
