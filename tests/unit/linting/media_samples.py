"""Samples that crJSON cannot show: signed files, certificates, metadata, made when asked for."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier
from support.fixture import AI, CAPTURE
from support.pki import FIXTURES, PKI
from support.writer import Manifest
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.signing import pki

from provenance.base.finding import warning
from provenance.base.options import Options
from provenance.base.terms import Conformance
from provenance.kit.claims import created
from provenance.kit.keys import Alg
from provenance.kit.media import gradient_jpeg
from provenance.kit.writer import signed_file
from provenance.linting import subject_loading
from provenance.signing import profile
from provenance.signing.trust_store import TrustStore
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    from provenance.linting.subject import Subject

AT = datetime(2026, 6, 1, tzinfo=UTC)
Maker = Callable[[], "Subject"]


@cache
def verifier(anchors: Path = PKI / "anchors.pem") -> Verifier:
    """A verifier that trusts the tests' anchors, at the samples' time."""
    trust = TrustStore.load(bundled=False, anchors=(anchors,), tsa_anchors=(PKI / "anchors.pem",))
    return Verifier(trust=trust, at=AT, options=Options(digest=False))


@cache
def of_bytes(data: bytes, anchors: bytes = b"") -> Subject:
    """The subject of a file with these bytes; `anchors` is PEM in place of the tests' own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample"
        path.write_bytes(data)
        if not anchors:
            return subject_loading.load_subject(path, verifier())[0]
        (Path(folder) / "anchors.pem").write_bytes(anchors)
        trust = TrustStore.load(bundled=False, anchors=(Path(folder) / "anchors.pem",))
        return subject_loading.load_subject(path, Verifier(trust=trust, at=AT))[0]


def fixture(name: str) -> Subject:
    return of_bytes((FIXTURES / name).read_bytes())


# Certificates

RECORD = "00000000-0000-4000-8000-000000000001"
LEVEL_1 = bytes.fromhex("060a2b0601040183e85e030a")


@dataclass(frozen=True)
class Signer:
    """A signing credential whose certificates are bytes, sound or not."""

    key: Any
    chain_der: tuple[bytes, ...]
    alg: Alg = Alg.ES256


def raw(oid: str, value: bytes) -> tuple[x509.ExtensionType, bool]:
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), value), False


def _access(oid: ObjectIdentifier, url: str) -> x509.AccessDescription:
    return x509.AccessDescription(oid, x509.UniformResourceIdentifier(url))


POLICY = (
    x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(profile.POLICY), None)]),
    False,
)
ADDRESSES = (
    x509.AuthorityInformationAccess(
        [
            _access(AuthorityInformationAccessOID.OCSP, "http://ocsp.example/"),
            _access(AuthorityInformationAccessOID.CA_ISSUERS, "http://ca.example/ca.cer"),
        ]
    ),
    False,
)
LEVEL = raw(profile.ASSURANCE_LEVEL, LEVEL_1)
PRODUCT = raw(profile.CPL_RECORD, b"\x0c" + bytes([len(RECORD)]) + RECORD.encode())
SOUND = (POLICY, ADDRESSES, LEVEL, PRODUCT)


def _name(text: str) -> x509.Name:
    said = {
        NameOID.COUNTRY_NAME: "XX",
        NameOID.ORGANIZATION_NAME: "Test",
        NameOID.COMMON_NAME: text.partition("#")[0],
    }
    if "#bare" in text:
        said = {NameOID.COMMON_NAME: "bare"}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in said.items()])


def _issue(label: str, issuer: pki.Issued | None = None, **options: Any) -> pki.Issued:
    with mock.patch.object(pki, "name", _name):
        return pki.issue(label, issuer, **options)


def root() -> pki.Issued:
    usage = (pki.CERT_SIGN, "crl_sign")
    return _issue("Lint root", ca=True, usage=usage, eku=None, kind="P-384", path_length=2)


def authority(**options: Any) -> pki.Issued:
    defaults: dict[str, Any] = {
        "ca": True,
        "path_length": 0,
        "usage": (pki.CERT_SIGN, "crl_sign"),
        "eku": (pki.EMAIL, pki.CLAIM_EKU),
        "kind": "P-384",
        "more": (POLICY, ADDRESSES),
    }
    return _issue("Lint CA", root(), **(defaults | options))


def certified(
    *,
    label: str = "Lint leaf",
    issuer: pki.Issued | None = None,
    patch: tuple[bytes, bytes] = (b"", b""),
    **options: Any,
) -> Subject:
    """A JPEG signed under the C2PA certificate policy, but for what the options say.

    `patch` exchanges bytes of the finished leaf, whose signature then goes stale.
    """
    defaults: dict[str, Any] = {
        "usage": (pki.SIGN, pki.COMMIT),
        "eku": (pki.EMAIL, pki.CLAIM_EKU),
        "more": SOUND,
    }
    above = issuer or authority()
    leaf = _issue(label, above, **(defaults | options))
    assert patch[0] in leaf.der
    der = leaf.der.replace(*patch) if patch[0] else leaf.der
    signer: Any = Signer(leaf.key, (der, above.der))
    one = Manifest("urn:c2pa:00000000-0000-4000-8000-000000000900", (created(AI),), signer=signer)
    return of_bytes(signed_file(gradient_jpeg(), one), root().pem)


def _serial(number: int, *, negative: bool) -> bytes:
    size = (number.bit_length() + 8) // 8
    value = bytearray(number.to_bytes(size, "big"))
    value[0] |= 0x80 if negative else 0
    return b"\x02" + bytes([size]) + value


def negative_serial() -> Subject:
    number = int.from_bytes(hashlib.sha256(b"Lint leaf").digest()[:8], "big") | 1  # as pki does
    return certified(patch=(_serial(number, negative=False), _serial(number, negative=True)))


# ecdsa-with-SHA256 and ecdsa-with-SHA224; a certificate names its algorithm twice
SHA256, SHA224 = bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d040301")


def standing(conformance: Conformance, code: str = "") -> Subject:
    """A signer whose standing on the Conforming Products List is this one."""
    subject = certified()
    assert subject.evidence is not None
    report = subject.evidence.report
    said = (warning(code, "a made-up product"),) if code else ()
    report = replace(
        report,
        axes=replace(report.axes, conformance=conformance),
        findings=(*report.findings, *said),
    )
    return replace(subject, evidence=replace(subject.evidence, report=report))


OVER = partial(standing, Conformance.OVER_CLAIMING, "conformance.signal_disallowed")
CERTIFICATES: dict[str, Maker] = {
    "assurance_level": partial(certified, more=(POLICY, ADDRESSES, PRODUCT)),
    "basic_constraints": partial(certified, ca=None),
    "eku": partial(certified, eku=(pki.EMAIL,)),
    "key": lambda: certified(issuer=authority(kind="P-256")),
    "key_identifier": partial(certified, key_ids=False),
    "key_usage": partial(certified, usage=(pki.SIGN,)),
    "malformed": partial(certified, more=(raw("2.5.29.32", b"junk"), ADDRESSES, LEVEL, PRODUCT)),
    "policy": partial(certified, more=SOUND[1:]),
    "record_id": partial(certified, more=(POLICY, ADDRESSES, LEVEL)),
    "revocation_address": partial(certified, more=(POLICY, LEVEL, PRODUCT)),
    "serial": negative_serial,
    "signature_algorithm": partial(certified, patch=(SHA256, SHA224)),
    "subject_name": partial(certified, label="Lint leaf#bare"),
    "validity": partial(certified, dates=(pki.START, pki.START + timedelta(days=730))),
    "version": partial(certified, patch=(bytes.fromhex("a003020102"), bytes.fromhex("a003020100"))),
    "eku_accepted": partial(certified, eku=(pki.EMAIL,)),
    "conforming_product": OVER,
    "time_stamp": partial(fixture, "capture.jpg"),
    "ocsp_stapled": partial(fixture, "capture.jpg"),
}
_PASSING: dict[str, Maker] = {
    "conforming_product": partial(standing, Conformance.CONFORMING),
    "time_stamp": partial(fixture, "expired-timestamped.jpg"),
    "ocsp_stapled": partial(fixture, "ocsp-good.jpg"),
}

# IPTC

URI = AI
KEY = "Iptc4xmpExt:DigitalSourceType"
SYSTEM = "Iptc4xmpExt:AISystemUsed"


def image(
    source_type: str | None, *, signed: str | None = AI, inner: str = "", **more: str
) -> Subject:
    """A JPEG with this source type in XMP, and in its credential unless `signed` is None."""
    said = {KEY: source_type} if source_type is not None else {}
    packet = made.xmp(said | {k.replace("_", ":"): v for k, v in more.items()}, inner=inner)
    app1 = b"http://ns.adobe.com/xap/1.0/\0" + packet if said or inner else b""
    data = gradient_jpeg(app1=app1)
    if signed is not None:
        one = Manifest("urn:c2pa:00000000-0000-4000-8000-000000000902", (created(signed),))
        data = signed_file(data, one)
    return of_bytes(data)


TWO = f"<{KEY}><rdf:Bag><rdf:li>{AI}</rdf:li><rdf:li>{CAPTURE}</rdf:li></rdf:Bag></{KEY}>"
_WITH_SYSTEM: Maker = partial(image, AI, Iptc4xmpExt_AISystemUsed="Example Model")
IPTC: dict[str, Maker] = {
    "source_type": partial(image, None),
    "source_type_uri": partial(image, "trainedAlgorithmicMedia"),
    "source_type_single": partial(image, None, inner=TWO),
    "consistent": partial(image, CAPTURE),
    "ai_system": partial(image, AI),
}

# GB 45438-2025

CODE = "001191990000MA0000000{}00001"
CHECK = "8"  # the check character that fits (GB 32100-2015)
LABEL = {
    "Label": "1",
    "ContentProducer": "",
    "ProduceID": "sample-0001",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "sample-0001",
    "ReservedCode2": "",
}


def sound(**more: object) -> dict[str, object]:
    """A label without fault; None takes a key away."""
    code = CODE.format(CHECK)
    label = LABEL | {"ContentProducer": code, "ContentPropagator": code} | more
    return {k: v for k, v in label.items() if v is not None}


def labelled(text: str) -> Subject:
    """A PNG with this text in a chunk AIGC."""
    return of_bytes(build.png(made.text_chunk(b"tEXt", b"AIGC", text.encode())))


def label(**more: object) -> Subject:
    return labelled(json.dumps({"AIGC": sound(**more)}))


def both() -> Subject:
    text = json.dumps({"AIGC": sound()})
    chunks = (
        build.itxt(made.xmp({"TC260:AIGC": text})),
        made.text_chunk(b"tEXt", b"AIGC", text.encode()),
    )
    return of_bytes(build.png(b"".join(chunks)))


def bare() -> Subject:
    text = json.dumps(sound())
    return of_bytes(build.jpeg(build.segment(0xEA, b"AIGC" + text.encode())))


def twice() -> Subject:
    text = json.dumps({"AIGC": sound()})
    return labelled(text.replace('"Label": "1"', '"Label": "1", "Label": "2"'))


GB45438: dict[str, Maker] = {
    "present": partial(fixture, "ai-generated.png"),
    "readable": lambda: labelled(json.dumps({"AIGC": sound()})[:-1]),
    "plain": lambda: labelled(json.dumps({"AIGC": json.dumps(sound())})),
    "keys": partial(label, PropagateID=None),
    "no_duplicate_keys": twice,
    "label": partial(label, Label=1),
    "values": partial(label, ProduceID=""),
    "characters": partial(
        label, ContentProducer="Example Maker", ContentPropagator="Example Maker"
    ),
    "provider_code": partial(
        label, ContentProducer=CODE.format("0"), ContentPropagator=CODE.format("0")
    ),
    "first_writing": partial(label, PropagateID="platform-7"),
    "single": both,
    "place": bare,
}

MEDIA: dict[str, tuple[Maker, Maker]] = {
    **{f"certificate.{n}": (m, _PASSING.get(n, certified)) for n, m in CERTIFICATES.items()},
    **{f"iptc.{n}": (m, _WITH_SYSTEM) for n, m in IPTC.items()},
    **{f"gb45438.{n}": (m, label) for n, m in GB45438.items()},
    "interop.exclusion_range": (
        partial(fixture, "partial-exclusion.jpg"),
        partial(fixture, "capture.jpg"),
    ),
}
"""Rule id -> (makes the sample that fires, makes the one that passes)."""
