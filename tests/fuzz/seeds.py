"""What is mutated: the project's samples, real files where they are there, and what is in them.

All of it is the same in every run, so that a seed and a number name one input.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from negatives import near_misses
from support.shared import CORPUS

from provenance.base.errors import AssetError
from provenance.credentials import jumbf, store
from provenance.media.asset import Asset
from provenance.media.container import BlockKind, scan_container
from provenance.media.container.loading import load_block
from provenance.signing import cose

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
LARGEST = 2 << 20  # bytes of a file; larger ones say nothing more, and cost time
AT = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Signed:
    """A claim with its signature, both as they stand in a store."""

    claim: bytes
    signature: bytes


@functools.cache
def files() -> tuple[bytes, ...]:
    """Samples, real files, and one made file for every container."""
    paths = [*sorted(FIXTURES.iterdir()), *(sorted(CORPUS.iterdir()) if CORPUS.is_dir() else ())]
    media = [
        p
        for p in paths
        if p.is_file() and p.suffix not in {".json", ".md"} and p.stat().st_size <= LARGEST
    ]
    name = near_misses.names()[0]
    made = [make(f"by {name}") for make in near_misses.MAKERS.values()]
    return (*(p.read_bytes() for p in media), *made)


@functools.cache
def stores() -> tuple[bytes, ...]:
    """The manifest stores of all files."""
    found = dict.fromkeys(s for data in files() if (s := _store(data)))
    return tuple(found)


def _store(data: bytes) -> bytes:
    with Asset.from_bytes(data) as asset:
        blocks = scan_container(asset).blocks_of(BlockKind.MANIFEST_STORE)
        try:
            return load_block(asset, blocks[0], jumbf.MAX_STORE) if blocks else b""
        except AssetError:
            return b""


@functools.cache
def signed() -> tuple[Signed, ...]:
    """Every claim and signature of the stores."""
    found: dict[Signed, None] = {}
    for data in stores():
        try:
            boxes = jumbf.parse_jumbf(data).children
        except jumbf.JumbfError:
            continue
        for box in boxes:
            parts = [box.child(uuid) for uuid in (jumbf.CLAIM, jumbf.SIGNATURE)]
            held = [p.content(b"cbor") if p else None for p in parts]
            if held[0] and held[1]:
                claim, signature = (data[h.start : h.end] for h in held if h)
                found[Signed(claim, signature)] = None
    return tuple(found)


@functools.cache
def items() -> tuple[bytes, ...]:
    """Every CBOR item of the stores: claims, assertions, signatures."""
    found: dict[bytes, None] = {}
    for data in stores():
        try:
            boxes = [jumbf.parse_jumbf(data)]
        except jumbf.JumbfError:
            continue
        while boxes:
            box = boxes.pop()
            boxes += box.children
            found |= {data[b.start : b.end]: None for b in box.boxes if b.kind == b"cbor"}
    return tuple(found)


@functools.cache
def certificates() -> tuple[bytes, ...]:
    """Certificates of signers, in DER."""
    found = dict.fromkeys(c for one in _signatures() for c in one.certificates)
    return tuple(found)


@functools.cache
def tokens() -> tuple[bytes, ...]:
    """Time-stamp tokens: CMS, in DER or BER."""
    return tuple(dict.fromkeys(t.der for one in _signatures() for t in one.time_stamps))


@functools.cache
def responses() -> tuple[bytes, ...]:
    """OCSP responses, in DER."""
    return tuple(dict.fromkeys(r for one in _signatures() for r in one.ocsp))


@functools.cache
def lists() -> tuple[bytes, ...]:
    """A revocation list with two entries, in DER."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fuzz authority")])
    builder = x509.CertificateRevocationListBuilder().issuer_name(name)
    builder = builder.last_update(AT).next_update(AT + timedelta(days=7))
    for serial in (7, 1 << 64):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(AT)
        reason = x509.CRLReason(x509.ReasonFlags.key_compromise)
        builder = builder.add_revoked_certificate(entry.add_extension(reason, False).build())
    builder = builder.add_extension(x509.CRLNumber(1), False)
    return (builder.sign(key, None).public_bytes(Encoding.DER),)


@functools.cache
def _signatures() -> tuple[cose.CoseSignature, ...]:
    made = []
    for one in signed():
        try:
            made.append(cose.read_cose(one.signature))
        except cose.CoseError:
            continue
    return tuple(made)


@functools.cache
def readable() -> tuple[store.ManifestStore, ...]:
    """The stores that can be read."""
    made = []
    for data in stores():
        try:
            made.append(store.parse_store(data))
        except store.StoreError:
            continue
    return tuple(made)
