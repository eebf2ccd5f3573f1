"""Reading trust material: PEM, DER, and lists of trusted entities as JSON."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from provenance.base import files
from provenance.base.errors import TrustMaterialError, reason_of
from provenance.base.terms import Tier
from provenance.base.values import dataclass
from provenance.signing import der
from provenance.signing.trust_list import Anchor, Purpose, Supplied, TrustListInfo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_CERTIFICATES = 10_000

_PEM = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END (?:TRUSTED |X509 )?CERT"
)
_BEGIN = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----")
# The last word of the URI is the status: ETSI TS 119 602 leaves the vocabulary to the scheme, and
# the C2PA scheme says `http://c2pa.org/conformance/trust-list/trusted`.
_TRUSTED = "trusted"


def pem_certificates(text: bytes) -> list[bytes]:
    """The DER of every certificate in a PEM text; anything between the blocks is skipped.

    Raises `ValueError` where a block is cut short or is not base64.
    """
    blocks = _PEM.findall(text)
    if len(blocks) != len(_BEGIN.findall(text)) or len(blocks) > MAX_CERTIFICATES:
        raise ValueError("a certificate block is cut short")
    return [base64.b64decode(b"".join(block.split()), validate=True) for block in blocks]


def anchor(certificate: bytes, info: TrustListInfo) -> Anchor:
    """An anchor of list `info`. Raises `ValueError` where `certificate` is not one (in DER)."""
    digest = hashlib.sha256(certificate).hexdigest()
    return Anchor(certificate, digest, _subject(certificate), info)


def _subject(certificate: bytes) -> bytes:
    """The DER of the subject name (RFC 5280 section 4.1): the only field that look-up needs."""
    tbs, algorithm, signature = _exactly(der.parse_der(certificate).expect(der.SEQUENCE), 3)
    algorithm.expect(der.SEQUENCE)
    signature.expect(der.BIT_STRING)
    fields = tbs.expect(der.SEQUENCE).children()
    if fields and fields[0].tag == 0xA0:
        del fields[0]
    if len(fields) < 6:
        raise der.DerError("not a certificate")
    return fields[4].expect(der.SEQUENCE).raw


def _exactly(node: der.DerNode, count: int) -> list[der.DerNode]:
    inside = node.children()
    if len(inside) != count:
        raise der.DerError("not a certificate")
    return inside


def read_private(
    path: str | PathLike[str], purpose: Purpose
) -> tuple[Supplied, TrustListInfo, tuple[bytes, ...]]:
    """Read a file of anchors that the user supplies: it, its description, its certificates as DER.

    Raises `TrustMaterialError`, whose one line names the file and says what is wanted.
    """
    from pathlib import Path  # noqa: PLC0415 - 3 ms, and few runs name a file of anchors

    file = Path(path)
    try:
        content = files.read_small(file, MAX_FILE_BYTES)
    except OSError as fault:
        reason = reason_of(fault)
        raise TrustMaterialError(f"{file}: {reason}; name a readable file of anchors") from fault
    supplied = Supplied(file.name, purpose, content)
    return (supplied, *private(supplied, str(file)))


def private(supplied: Supplied, shown: str) -> tuple[TrustListInfo, tuple[bytes, ...]]:
    """Describe anchors that the user supplies, and return the certificates as DER.

    `shown` is what messages call the file. Raises `TrustMaterialError`.
    """
    material = parse_trust_material(supplied.content, shown)
    info = TrustListInfo(
        name=supplied.name,
        tier=Tier.PRIVATE,
        purpose=supplied.purpose,
        date=material.date,
        sha256=hashlib.sha256(supplied.content).hexdigest(),
        count=len(set(material.certificates)),
        source=material.scheme or "supplied by the user",
        next_update=material.next_update,
    )
    return info, material.certificates


@dataclass(frozen=True, slots=True)
class Material:
    """What a file of anchors holds: certificates as DER, each of which has been looked into.

    `scheme` is what a list of trusted entities calls itself; `date` is the day of its issue in ISO
    form. Both are empty for any other form, and `next_update` is None.
    """

    certificates: tuple[bytes, ...]
    scheme: str = ""
    date: str = ""
    next_update: datetime | None = None


def parse_trust_material(content: bytes, name: str) -> Material:
    """Read certificates from PEM, DER or a list of trusted entities; `name` is for messages.

    Raises `TrustMaterialError` for anything else, and where there is no certificate.
    """
    try:
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            loaded = _Lote(content)
            material = Material(
                tuple(loaded.certificates()), loaded.source, loaded.date, loaded.next_update
            )
        elif _BEGIN.search(content):
            material = Material(tuple(pem_certificates(content)))
        else:
            material = Material((content,))
        for certificate in material.certificates:
            _subject(certificate)
    except (ValueError, binascii.Error, RecursionError) as fault:
        raise TrustMaterialError(
            f"{name}: holds no certificates that can be read ({fault}); "
            "give PEM, DER or a list of trusted entities (ETSI TS 119 602 JSON)"
        ) from fault
    if not material.certificates:
        raise TrustMaterialError(f"{name}: holds no trusted certificate; give at least one anchor")
    return material


class _Lote:
    """A list of trusted entities (ETSI TS 119 602, JSON binding)."""

    def __init__(self, content: bytes) -> None:
        document = json.loads(content)
        self._list = _mapping(_mapping(document).get("LoTE"), "LoTE")
        scheme = _mapping(self._list.get("ListAndSchemeInformation"), "ListAndSchemeInformation")
        issued = _moment(scheme.get("ListIssueDateTime"))
        self.date = issued.date().isoformat() if issued else ""
        self.next_update = _moment(scheme.get("NextUpdate"))
        names = scheme.get("SchemeName")
        first = names[0].get("value") if isinstance(names, list) and names else None
        self.source = str(first)[:200] if first else "list of trusted entities"

    def certificates(self) -> list[bytes]:
        """The certificates of every service whose status is "trusted"."""
        certificates: list[bytes] = []
        for service in self._services():
            status = service.get("ServiceStatus")
            # A service without a status is in a list that keeps none: being listed is the status.
            if status is not None and str(status).rstrip("/").rpartition("/")[2] != _TRUSTED:
                continue
            identity = _mapping(service.get("ServiceDigitalIdentity"), "ServiceDigitalIdentity")
            for entry in _sequence(identity.get("X509Certificates", []), "X509Certificates"):
                value = entry.get("val") if isinstance(entry, dict) else entry
                certificates.append(base64.b64decode(str(value), validate=True))
                if len(certificates) > MAX_CERTIFICATES:
                    raise ValueError(f"more than {MAX_CERTIFICATES} certificates")
        return certificates

    def _services(self) -> Iterator[dict[str, Any]]:
        for entity in _sequence(self._list.get("TrustedEntitiesList", []), "TrustedEntitiesList"):
            services = _mapping(entity).get("TrustedEntityServices", [])
            for service in _sequence(services, "TrustedEntityServices"):
                yield _mapping(_mapping(service).get("ServiceInformation"), "ServiceInformation")


def _mapping(value: object, name: str = "the document") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _sequence(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name} is not a list")
    return value


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
