"""A signed result for one file: what was found, by whom, when, over which bytes.

An in-toto statement in a DSSE envelope, like that over an audit
(`provenance.auditing.ledger_statement`), with the whole record in it. It names the file without its
folders. `docs/check-result.md` documents every field.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from provenance.auditing import dsse
from provenance.auditing.ledger_statement import STATEMENT_TYPE, canonical
from provenance.base.errors import AssetError, EvidenceError
from provenance.base.json_text import parse_unique
from provenance.base.values import dataclass
from provenance.media.asset import Asset
from provenance.media.digest import Digester

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from provenance.auditing.dsse import EnvelopeSignature
    from provenance.auditing.statement_keys import PublicKey, SigningKey
    from provenance.signing.trust_list import TrustListInfo
    from provenance.verdict.report import Report

PREDICATE_TYPE = "urn:provenance-verifier:result:1"
_OF_A_SIDECAR = "sidecar."  # opens the codes of findings whose place is a path
_OF_A_LIST = ("name", "purpose", "sha256")
_TOLD = ("tool", "sdk", "validation_time", "network", "cross_check", "policy", "trust_lists")


@dataclass(frozen=True, slots=True)
class SignedResult:
    """A result whose signature verifies. `predicate` is as `docs/check-result.md` says.

    `sidecar` is the name and the SHA-256 of the file that the credential was in, if not the media.
    `signature` has the bytes that a time-stamp is over, and its token where there is one.
    """

    name: str
    sha256: str
    predicate: dict[str, Any]
    signature: EnvelopeSignature
    sidecar: tuple[str, str] | None = None

    @property
    def record(self) -> dict[str, Any]:
        """The record of the file, as `provenance verify --format json` prints it."""
        record: dict[str, Any] = self.predicate["record"]
        return record


def sign_report(report: Report, key: SigningKey, signed_at: datetime) -> dsse.Sealed:
    """Sign the report on one file. `signed_at` is aware; it is what this machine's clock says.

    A sidecar that the credential was in is read once more, for its digest. Raises EvidenceError
    `result.unsigned` where the file has no digest that the result could be tied to: it could not be
    read, or the digest was left out; and where the sidecar cannot be read any more.
    """
    digest = None
    if report.credentials.sidecar:
        try:
            digest = file_digest(report.credentials.sidecar)
        except AssetError as e:
            raise EvidenceError("result.unsigned", f"nothing was signed: the sidecar: {e}") from e
    return sign_record(report.to_dict(), key, signed_at, digest)


def sign_record(
    record: dict[str, Any], key: SigningKey, signed_at: datetime, sidecar: str | None = None
) -> dsse.Sealed:
    """Sign the record of one file, which is changed: folders are taken out of it.

    `sidecar` is the SHA-256 of the file that the credential was in, if not the media. Raises
    EvidenceError `result.unsigned` where the record has no digest.
    """
    asset = record["asset"]
    if asset["sha256"] is None:
        error = record["error"]
        why = error["message"] if error else "its digest was not taken"
        raise EvidenceError("result.unsigned", f"nothing was signed: {why}")
    over = [asset["sha256"], *([sidecar] if sidecar else [])]
    for place in (asset, asset.get("outer"), record["credentials"]):
        if place is not None:
            _without_folders(place)
    for finding in record["findings"]:
        if finding["code"].startswith(_OF_A_SIDECAR):  # others name a place within the file
            finding["where"] = os.path.basename(finding["where"])
    told = record["environment"]
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": digest}}
            for name, digest in zip(
                (asset["path"], record["credentials"]["sidecar"]), over, strict=False
            )
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            **{name: told[name] for name in _TOLD},
            "trust_digest": lists_digest(told["trust_lists"]),
            "signed_at": signed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "verdict": record["verdict"],
            "flagged": record["flagged"],
            "record": record,
        },
    }
    return dsse.sealed(canonical(statement), key)


def _without_folders(place: dict[str, Any]) -> None:
    """Leave of each path its last part: where a file was is the business of who examined it."""
    place.pop("path_bytes", None)
    for name in ("path", "sidecar"):
        if place.get(name):
            place[name] = os.path.basename(place[name])


def lists_digest(lists: Sequence[dict[str, Any]]) -> str:
    """Return one digest over all trust lists that were in force, by their names and digests."""
    return hashlib.sha256(canonical(list(lists))).hexdigest()


def open_result(path: str | os.PathLike[str], key: PublicKey) -> SignedResult | None:
    """Read a signed result and check its signature; None where `key` did not sign it.

    Raises EvidenceError `statement.unreadable`: also for a statement about something else.
    """
    envelope, _ = dsse.read_envelope(path, "result")
    signature = envelope.signature_by(key)
    if signature is None:
        return None
    try:
        if envelope.payload_type != dsse.PAYLOAD_TYPE:
            raise ValueError
        return _result(parse_unique(envelope.payload, dsse.MAX_BYTES), signature)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as e:
        message = f"result {os.path.basename(os.fspath(path))}: signed, but not a result of a file"
        raise EvidenceError("statement.unreadable", message) from e


def is_result(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file has the form of a signed result, whoever signed it."""
    try:
        envelope, _ = dsse.read_envelope(path, "result")
        _result(parse_unique(envelope.payload, dsse.MAX_BYTES), envelope.signatures[0])
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError, EvidenceError):
        return False
    return True


def _result(top: Any, signature: EnvelopeSignature) -> SignedResult:
    if (top["_type"], top["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise ValueError
    predicate = top["predicate"]
    (name, sha256), *others = (
        (str(subject["name"]), str(subject["digest"]["sha256"])) for subject in top["subject"]
    )
    sidecar = others[0] if others else None
    result = SignedResult(name, sha256, predicate, signature, sidecar)
    beside = result.record["credentials"]["sidecar"]
    if [beside_name for beside_name, _ in others] != ([beside] if beside else []):
        raise ValueError  # each file that the answer rests on, and no other
    if result.record["asset"]["sha256"] != result.sha256:
        raise ValueError
    _check_predicate(predicate, result.record)
    return result


def _check_predicate(predicate: Any, record: Any) -> None:
    """Check what a predicate says about its record. Raises ValueError, TypeError, LookupError."""
    lists = predicate["trust_lists"]
    if lists_digest(lists) != predicate["trust_digest"]:
        raise ValueError
    if not all(isinstance(trust_list[key], str) for trust_list in lists for key in _OF_A_LIST):
        raise TypeError
    if not isinstance(predicate["flagged"], list):
        raise TypeError
    # What people are shown and what programs read of the record is one answer.
    for name in ("verdict", "flagged"):
        if predicate[name] != record[name]:
            raise ValueError
    if any(predicate[name] != record["environment"][name] for name in _TOLD):
        raise ValueError


@dataclass(frozen=True, slots=True)
class ListCheck:
    """One trust list that the result rests on. `here` is its digest on this machine, if any."""

    name: str
    purpose: str
    signed: str
    here: str | None

    @property
    def same(self) -> bool:
        """Whether this machine has the list that was in force."""
        return self.here == self.signed


def check_lists(result: SignedResult, here: Sequence[TrustListInfo]) -> Iterator[ListCheck]:
    """Compare the lists that a result rests on with those on this machine.

    A list is the same by its purpose and digest, whatever it is called here.
    """
    known = {(str(info.purpose), info.sha256) for info in here}
    by_name = {(info.name, str(info.purpose)): info.sha256 for info in here}
    for trust_list in result.predicate["trust_lists"]:
        name, purpose, signed = (str(trust_list[key]) for key in _OF_A_LIST)
        digest_here = signed if (purpose, signed) in known else by_name.get((name, purpose))
        yield ListCheck(name, purpose, signed, digest_here)


def file_digest(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file, in hex. Raises AssetError."""
    with Asset.open(path) as asset:
        return Digester(asset, ("sha256",)).hexdigests()["sha256"]
