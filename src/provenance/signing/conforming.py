"""The C2PA Conforming Products List: what the program says of the product that signed.

The list is loaded by the user and kept in the user's data directory (`signing.user_folder`)
as two files: the list itself, named by its digest, and a sidecar that names it. A signer is found
by the record id in its certificate (C2PA Certificate Policy, `c2pa-cpl-record`), and by its name
only where that extension is absent.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from provenance.base.errors import TrustMaterialError, reason_of
from provenance.base.finding import note, warning
from provenance.base.terms import Conformance, Identity
from provenance.base.text import folded_words
from provenance.base.values import dataclass
from provenance.signing import certificate, der, profile, user_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from provenance.base.finding import Finding
    from provenance.signing.chain_answer import ChainVerdict

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_RECORDS = 100_000

_GENERATOR = "generatorProduct"
_CONFORMANT = "conformant"


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """One record of the list.

    `max_level` is the highest assurance level it may claim, `None` where it states none;
    `disallowed` are the official signals it may not emit, as `inception:signal_capturedMedia`.
    """

    record_id: str
    applicant: str
    common_name: str
    organisation: str
    unit: str
    country: str
    kind: str
    status: str
    max_level: int | None
    disallowed: frozenset[str]


class ConformanceMatch(NamedTuple):
    """The standing of a signer, what is to be said of it, and the record it was found by."""

    conformance: Conformance
    finding: Finding | None = None
    record: ProductRecord | None = None


@dataclass(frozen=True)
class ConformingProducts:
    """A loaded list, or none (`loaded` is false): then every answer is `not_checked`.

    `date` is the day of the latest change in the list (ISO form, or empty), `sha256` the digest of
    the file, `source` where the user had it from.
    """

    records: tuple[ProductRecord, ...] = ()
    loaded: bool = False
    date: str = ""
    sha256: str = ""
    source: str = ""

    @classmethod
    def load(cls, path: str | PathLike[str] | None = None) -> ConformingProducts:
        """Load the list from `path`, or without one what the user's data directory holds.

        Nothing in the data directory gives a list that is not loaded. Raises
        `TrustMaterialError` for a file that cannot be read, is no such list, or was altered.
        """
        if path is not None:
            return parse_products(_read_list_file(Path(path)), str(path))
        if not user_folder.holds_products():
            return cls()
        sidecar = user_folder.directory() / user_folder.PRODUCTS
        facts = facts_of(sidecar)
        content = _read_list_file(sidecar.parent / facts["file"])
        if hashlib.sha256(content).hexdigest() != facts["sha256"]:
            raise TrustMaterialError(
                f"{sidecar.parent / facts['file']}: altered since it was loaded; "
                "load it again with `provenance trust update --from`"
            )
        return parse_products(content, facts["source"])

    def match(
        self, leaf: bytes, signals: Iterable[str] = (), assurance_level: int | None = None
    ) -> ConformanceMatch:
        """Tell how the signer with certificate `leaf` (DER) stands.

        `signals` are official names (`inception:signal_capturedMedia`) that its manifest emits;
        `assurance_level` is what the certificate claims, read from it where not given. Call this
        only for a signature that verifies and a chain that reaches the C2PA Trust List: on any
        other, names and extensions are what the signer wrote. Never raises for what `leaf` holds.
        """
        if not self.loaded:
            return ConformanceMatch(Conformance.NOT_CHECKED)
        subject = _subject(leaf)
        if subject.record_id:
            record = self._by_id.get(subject.record_id.lower())
            if record is None:
                message = f"no conforming product has the record id {subject.record_id}"
                return ConformanceMatch(
                    Conformance.NOT_LISTED, warning("conformance.record_unknown", message)
                )
        else:
            candidates = self._generators_named(subject)
            if len(candidates) > 1:
                message = f"{len(candidates)} conforming products have the signer's name"
                return ConformanceMatch(
                    Conformance.NOT_CHECKED, note("conformance.ambiguous", message)
                )
            if not candidates:
                message = "no conforming product has the signer's name"
                return ConformanceMatch(
                    Conformance.NOT_LISTED, note("conformance.not_listed", message)
                )
            record = candidates[0]
        return _judge(record, subject, set(signals), assurance_level or subject.level)

    def match_of_chain(
        self, chain: ChainVerdict, leaf: bytes, signals: Iterable[str] = ()
    ) -> ConformanceMatch:
        """How the signer of a judged chain stands: `not_checked` off the C2PA Trust List."""
        if chain.signature_valid and chain.identity is Identity.C2PA:
            return self.match(leaf, signals)
        return ConformanceMatch(Conformance.NOT_CHECKED)

    @cached_property
    def _by_id(self) -> dict[str, ProductRecord]:
        return {record.record_id.lower(): record for record in self.records}

    def _generators_named(self, subject: _Subject) -> list[ProductRecord]:
        """The generators of that name; the unit decides only between several."""
        records = [
            record
            for record in self.records
            if record.kind == _GENERATOR
            and _same(record.common_name, subject.common_name)
            and _same(record.organisation, subject.organisation)
        ]
        if len(records) > 1:
            narrowed = [record for record in records if _same(record.unit, subject.unit)]
            records = narrowed or records
        return records


class _Subject(NamedTuple):
    common_name: str
    organisation: str
    unit: str
    record_id: str
    level: int | None


def _subject(leaf: bytes) -> _Subject:
    try:
        signer = certificate.read_certificate(leaf)
    except der.DerError:
        return _Subject("", "", "", "", None)
    pairs = certificate.name_pairs(signer.subject)
    said = profile.certificate_profile(signer)
    return _Subject(
        certificate.first(pairs, "CN"),
        certificate.first(pairs, "O"),
        certificate.first(pairs, "OU"),
        said.record_id,
        said.assurance_level,
    )


def _same(listed: str, claimed: str) -> bool:
    return folded_words(listed) == folded_words(claimed)


def _judge(
    record: ProductRecord, subject: _Subject, signals: set[str], level: int | None
) -> ConformanceMatch:
    named = f"product {record.common_name} ({record.record_id})"
    if record.kind != _GENERATOR:
        message = f"{named} is listed for validating, not for signing"
        return ConformanceMatch(
            Conformance.NOT_LISTED, warning("conformance.not_a_generator", message), record
        )
    if record.status != _CONFORMANT:
        message = f"{named} has the status {record.status}"
        return ConformanceMatch(
            Conformance.NOT_LISTED, warning("conformance.withdrawn", message), record
        )
    if level is not None and record.max_level is not None and level > record.max_level:
        message = f"{named} claims assurance level {level} where {record.max_level} is its highest"
        return ConformanceMatch(
            Conformance.OVER_CLAIMING, warning("conformance.assurance_level", message), record
        )
    forbidden = sorted(record.disallowed & signals)
    if forbidden:
        message = f"{named} may not emit {', '.join(forbidden)}"
        return ConformanceMatch(
            Conformance.OVER_CLAIMING, warning("conformance.signal_disallowed", message), record
        )
    if not (
        _same(record.common_name, subject.common_name)
        and _same(record.organisation, subject.organisation)
    ):
        message = f"the certificate names {subject.common_name}, its record {record.common_name}"
        return ConformanceMatch(
            Conformance.CONFORMING, note("conformance.name_differs", message), record
        )
    return ConformanceMatch(Conformance.CONFORMING, None, record)


def parse_products(content: bytes, source: str) -> ConformingProducts:
    """Read a list. Raises `TrustMaterialError`, whose one line names `source`."""
    try:
        document = json.loads(content)
        if not isinstance(document, list) or not 0 < len(document) <= MAX_RECORDS:
            raise ValueError("not a list of records")
        records = tuple(_record(entry) for entry in document)
        if len({record.record_id.lower() for record in records}) != len(records):
            raise ValueError("a record id is there twice")
        date = max((_date(entry) for entry in document), default="")
    except (ValueError, RecursionError) as fault:
        raise TrustMaterialError(
            f"{source}: not a Conforming Products List ({str(fault)[:200]}); "
            "give the JSON that the C2PA conformance program publishes"
        ) from fault
    digest = hashlib.sha256(content).hexdigest()
    return ConformingProducts(records, True, date, digest, source)


def _record(value: object) -> ProductRecord:
    record = _mapping(value, "a record")
    product = _mapping(record.get("product"), "product")
    name = _mapping(product.get("DN"), "DN")
    level = _mapping(product.get("assurance", {}), "assurance").get("maxAssuranceLevel")
    if level is not None and (not isinstance(level, int) or isinstance(level, bool)):
        raise ValueError("maxAssuranceLevel is not a number")
    disallowed = _mapping(product.get("disallowedSignals", {}), "disallowedSignals")
    signals = set()
    for kind, names in disallowed.items():
        if not isinstance(names, list):
            raise ValueError("disallowedSignals holds no list")
        signals |= {f"{kind}:signal_{_text(signal, 'signal')}" for signal in names}
    return ProductRecord(
        record_id=_text(record.get("recordId"), "recordId"),
        applicant=_text(record.get("applicant", ""), "applicant"),
        common_name=_text(name.get("CN"), "CN"),
        organisation=_text(name.get("O"), "O"),
        unit=_text(name.get("OU", ""), "OU"),
        country=_text(name.get("C", ""), "C"),
        kind=_text(product.get("productType"), "productType"),
        status=_text(record.get("status"), "status"),
        max_level=level,
        disallowed=frozenset(signals),
    )


def _date(value: Any) -> str:
    dates = value.get("dates")
    last = dates.get("lastModification") if isinstance(dates, dict) else None
    return last[:10] if isinstance(last, str) else ""


def _mapping(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")
    return value


def _read_list_file(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as fault:
        raise TrustMaterialError(f"{file}: {reason_of(fault)}; name a readable file") from fault
    if len(content) > MAX_FILE_BYTES:
        raise TrustMaterialError(f"{file}: larger than {MAX_FILE_BYTES} bytes; is it a list?")
    return content


def facts_of(sidecar: Path) -> dict[str, str]:
    """The facts that an update wrote beside a list: file, sha256, date, source, loaded."""
    try:
        facts = json.loads(_read_list_file(sidecar))
        held = {k: _text(facts[k], k) for k in ("file", "sha256", "date", "source", "loaded")}
        if Path(held["file"]).name != held["file"]:
            raise ValueError("file is not a plain name")
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise TrustMaterialError(
            f"{sidecar}: cannot be read; load the list again with `provenance trust update --from`"
        ) from fault
    return held


def keep(content: bytes, source: str, loaded: str) -> ConformingProducts:
    """Check a list and keep it in the user's data directory; `loaded` is the time, RFC 3339.

    The sidecar is written last and in one step: until then the former list holds.
    """
    products = parse_products(content, source)
    folder = user_folder.directory()
    name = f"conforming-products-{products.sha256[:16]}.json"
    user_folder.replace_file(folder / name, content)
    facts = {
        "file": name,
        "sha256": products.sha256,
        "date": products.date,
        "count": len(products.records),
        "source": source,
        "loaded": loaded,
    }
    user_folder.replace_file(folder / user_folder.PRODUCTS, json.dumps(facts, indent=2).encode())
    for former in folder.glob("conforming-products-*.json"):
        if former.name != name:
            former.unlink(missing_ok=True)
    return products
