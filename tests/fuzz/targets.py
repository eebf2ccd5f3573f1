"""What is asked of one input, and what must hold of the answer.

A target takes a seed's bytes, damages them and hands them to a public entry point. An exception
that the entry point documents is an answer; any other, and any `Broken`, is a fault of ours.
"""

from __future__ import annotations

import contextlib
import json
import struct
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema

from fuzz import differential, documents, mutate, seeds, signed_mutants
from provenance import Report, Verifier
from provenance.base import cbor
from provenance.base.errors import AssetError
from provenance.credentials import chain_description as describe
from provenance.credentials import store
from provenance.kit import carriers
from provenance.media.asset import Asset
from provenance.render import records, report_text, schemas
from provenance.signing import (
    certificate,
    claim_signature,
    cose,
    crl,
    profile,
    revocation,
    timestamp,
)
from provenance.signing import trust_checking as checking
from provenance.signing.cache import ChainCache
from provenance.signing.chain_answer import CoseSignature, TimeStampToken
from provenance.signing.der import DerError
from provenance.signing.trust_store import TrustStore
from provenance.verdict import inspection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from fuzz.mutate import Mutation

SAMPLED = 20  # every twentieth record is held against the schema, and made a second time


class Broken(AssertionError):  # noqa: N818 - an answer that must not be
    """An invariant that does not hold."""


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input: how it is made of a random number, and who has to stand it.

    `weight` says how often it is chosen, beside the others'.
    """

    name: str
    weight: int
    make: Callable[[Random], bytes]
    run: Callable[[bytes, int], None]


# --- files, through the verifier and the inspection ---

_verifiers: list[Verifier] = []
_trust: list[TrustStore] = []


def trust() -> TrustStore:
    """The bundled lists and the test PKI's anchors, read once."""
    if not _trust:
        _trust.append(TrustStore.load(anchors=[seeds.FIXTURES / "pki" / "anchors.pem"]))
    return _trust[0]


def _verifier() -> Verifier:
    """One for the whole run, so that what it remembers is under test, too."""
    if not _verifiers:
        _verifiers.append(Verifier(trust=trust(), at=seeds.AT))
    return _verifiers[0]


def judge_file(data: bytes, number: int) -> None:
    """Verify and inspect a whole file."""
    verifier = _verifier()
    report = verifier.verify_bytes(data, "fuzzed")
    _hold(report)
    if number % SAMPLED == 0:
        jsonschema.validate(report.to_dict(), _schema())
        fresh = Verifier(trust=verifier.trust, at=verifier.at)
        if records.line(fresh.verify_bytes(data, "fuzzed")) != records.line(report):
            raise Broken("a second reading gives another record")
    with contextlib.suppress(AssetError), Asset.from_bytes(data, "fuzzed") as asset:
        seen = inspection.inspect_asset(asset, show_personal_data=bool(number % 2)).to_dict()
        json.dumps(seen)
        _plain(seen)


def _hold(report: Report) -> None:
    if report.error is not None and not report.error.code.startswith("asset."):
        raise Broken(f"{report.error.code}: {report.error.message}")
    if (report.verdict is None) != (report.error is not None):
        raise Broken("neither a verdict nor an error, or both")
    if report.network_calls:
        raise Broken("the network was asked")
    _plain(json.loads(records.line(report)))
    for line in (*report_text.report_lines(report), report_text.quiet_line(report)):
        _plain([span[1].replace("\t", "") for span in line])


def _schema() -> Any:
    return json.loads(schemas.schema_text())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, dict):
        yield from value
        yield from _strings(list(value.values()))


def _plain(value: Any) -> None:
    """Refuse text that could move a terminal, or hide."""
    for string in _strings(value):
        if not string.isprintable():
            for char in string:
                if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
                    raise Broken(f"U+{ord(char):04X} in {string[:80]!r}")


def _file(random: Random) -> bytes:
    data, other = random.choice(seeds.files()), random.choice(seeds.files())
    return mutate.mutate(random, data, other, (mutate.box, mutate.splice))


def _carried(random: Random) -> bytes:
    """A sound container around a damaged store."""
    made = _store(random)
    carrier = random.choice(seeds.files())
    if carriers.is_jpeg(carrier) or carriers.is_png(carrier) or carrier[:4] == b"RIFF":
        try:
            return carriers.embed(carrier, made)
        except (IndexError, OverflowError, struct.error):  # a sample that is cut off
            return made
    return made


def _signed(random: Random) -> bytes:
    """A mutant of a signed file; its first byte says whether it still declares AI."""
    made = signed_mutants.make(random)
    return bytes((made.declares,)) + made.data


def judge_twice(marked: bytes, _number: int) -> None:
    """Hold our own validator against the SDK, and the other one where it is installed."""
    differential.judge(signed_mutants.Mutant("", "", marked[1:], marked[:1] == b"\1"))


# --- stores and what is in them ---


def _store(random: Random) -> bytes:
    data, other = random.choice(seeds.stores()), random.choice(seeds.stores())
    if random.random() < 0.5:  # an item within it, its box left or mended
        item, away = random.choice(seeds.items()), random.choice(seeds.items())
        at = data.find(item)
        if at >= 8:
            made = mutate.mutate(random, item, away, (mutate.cbor,))
            if len(made) == len(item) or random.random() < 0.3:
                return data[:at] + made + data[at + len(item) :]
            return _mended(data, at, len(item), made)
    return mutate.mutate(random, data, other, (mutate.box,))


def _mended(data: bytes, at: int, size: int, made: bytes) -> bytes:
    """Put `made` into a store in an item's place; every box around it gets its new size."""
    more = len(made) - size
    out = bytearray(data)
    start, end = 0, len(data)
    while start + 8 <= end:  # down to the box that holds it
        length = int.from_bytes(data[start : start + 4], "big")
        if length < 8:
            break
        if start + length <= at:
            start += length
            continue
        out[start : start + 4] = (length + more).to_bytes(4, "big", signed=False)
        end = start + length
        start += 8
        if start == at:
            break
    return bytes(out[:at]) + made + bytes(out[at + size :])


def read_store(data: bytes, _number: int) -> None:
    """Read a store and judge all its chains."""
    with contextlib.suppress(store.StoreError):
        describe.describe(store.parse_store(data), trust=trust(), at=seeds.AT)


def _item(random: Random) -> bytes:
    data, other = random.choice(seeds.items()), random.choice(seeds.items())
    return mutate.mutate(random, data, other, (mutate.cbor,))


def read_item(data: bytes, _number: int) -> None:
    """Decode CBOR, and read it as COSE."""
    with contextlib.suppress(cbor.CborError):
        cbor.decode(data)
    with contextlib.suppress(cose.CoseError):
        cose.read_cose(data)


def _signature(random: Random) -> bytes:
    data, other = random.choice(seeds.signed()), random.choice(seeds.signed())
    return mutate.mutate(random, data.signature, other.signature, (mutate.cbor, mutate.cbor))


def judge_signature(data: bytes, number: int) -> None:
    """Judge a signature over one of the claims."""
    with contextlib.suppress(cose.CoseError):
        claim = seeds.signed()[number % len(seeds.signed())].claim
        claim_signature.chain_verdict(cose.read_cose(data), claim, trust=trust(), at=seeds.AT)


# --- DER ---


def _der(pool: Callable[[], tuple[bytes, ...]]) -> Callable[[Random], bytes]:
    def make(random: Random) -> bytes:
        ways: tuple[Mutation, ...] = (mutate.der, mutate.der, mutate.cut)
        data, other = random.choice(pool()), random.choice(seeds.certificates())
        return mutate.mutate(random, data, other, ways)

    return make


def _with(**parts: Any) -> None:
    """Judge a sound signature with one part of it replaced or attached."""
    one = seeds.signed()[0]
    sound = cose.read_cose(one.signature)
    changed = CoseSignature(
        sound.algorithm,
        sound.protected,
        sound.signature,
        parts.get("certificates", sound.certificates),
        parts.get("stamps", ()),
        parts.get("ocsp", ()),
    )
    crls = parts.get("crls", ())
    claim_signature.chain_verdict(
        changed, one.claim, trust=trust(), at=seeds.AT, crls=crls, cache=ChainCache()
    )


def read_certificate(data: bytes, _number: int) -> None:
    """Read a certificate, hold it against the profile, build chains of it."""
    with contextlib.suppress(DerError):
        one = certificate.read_certificate(data)
        certificate.describe(one)
        for role in profile.CertificateRole:
            profile.certificate_findings(one, role)
        checking.check_certificates((data, *seeds.certificates()[:2]), trust=trust(), at=seeds.AT)
    _with(certificates=(data, *seeds.certificates()[:3]))
    _with(certificates=(seeds.certificates()[0], data))


def read_token(data: bytes, _number: int) -> None:
    """Read a time-stamp token, and judge it in a signature."""
    with contextlib.suppress(DerError):
        timestamp.read_token(data)
    _with(stamps=(TimeStampToken("sigTst2", data), TimeStampToken("sigTst", data)))


def read_response(data: bytes, _number: int) -> None:
    """Read an OCSP response, and judge by it."""
    with contextlib.suppress(DerError):
        revocation.read_ocsp_response(data)
    _with(ocsp=(data,))


def read_list(data: bytes, _number: int) -> None:
    """Read a revocation list, and judge by it."""
    with contextlib.suppress(DerError):
        _with(crls=(crl.read_crl(data),))


TARGETS = (
    Target("file", 30, _file, judge_file),
    Target("carried", 25, _carried, judge_file),
    Target("two", 25, _signed, judge_twice),
    Target("crjson", 15, _carried, documents.judge),
    Target("store", 10, _store, read_store),
    Target("item", 10, _item, read_item),
    Target("signature", 10, _signature, judge_signature),
    Target("certificate", 10, _der(seeds.certificates), read_certificate),
    Target("token", 10, _der(seeds.tokens), read_token),
    Target("response", 5, _der(seeds.responses), read_response),
    Target("list", 5, _der(seeds.lists), read_list),
)
