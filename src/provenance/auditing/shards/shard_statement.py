"""A signed statement over the parts of a plan, and the check of parts against it.

As over a ledger: the statement carries the digest of a file with one line a part, written next to
it, so that a later check can name each part that is not the one that was signed. `docs/attest.md`
documents both, to the byte.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from provenance.auditing import dsse
from provenance.auditing.ledger_statement import STATEMENT_TYPE, canonical, quoted
from provenance.auditing.reading import side_by_side
from provenance.auditing.shards import stores
from provenance.auditing.shards.part import ObjectFile, row_count
from provenance.auditing.shards.parts import listed
from provenance.auditing.shards.shard_plan import PLAN, part_name
from provenance.base.errors import AssetError, AuditError, EvidenceError, reason_of
from provenance.base.files import whole_file
from provenance.base.json_text import parse_unique
from provenance.base.text import clean, printable_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.auditing.shards.parts import Parts
    from provenance.auditing.shards.stores import ShardStore
    from provenance.auditing.statement_keys import SigningKey

PREDICATE_TYPE = "urn:provenance-verifier:shards:1"
STATEMENT = "audit.statement.json"
DIGESTS = "audit.parts"
MAX_DIGESTS = 1 << 30  # bytes of the file of digests: some ten million parts
_BLOCK = 8 << 20  # bytes of a part that are read at once
_TOLD = ("validation_time", "tool", "sdk", "network", "trust_lists", "policy")


class PartDigest(NamedTuple):
    """One line of the file of digests. `path_bytes` is the part's key; `rows` -1 of no part."""

    path_bytes: bytes
    sha256: str
    rows: int

    def line(self) -> bytes:
        """Return digest, number of rows, and the key as a JSON string, in ASCII."""
        return f"{self.sha256} {self.rows} {quoted(self.path_bytes)}\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class WrittenShardStatement:
    """Where a statement and the digests of the parts were written, and over how much."""

    statement: str
    digests: str
    parts: int
    rows: int
    keyid: str


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement whose signature verifies. `predicate` is as `docs/attest.md` says."""

    name: str
    predicate: dict[str, Any]
    plan_sha256: str
    digests_name: str
    digests_sha256: str


class PartFate(StrEnum):
    """What became of a part since the statement was signed."""

    CHANGED = "changed"
    ADDED = "added"
    MISSING = "missing"


@dataclass(slots=True)
class StatementCheck:
    """How parts stand to a statement; iterate `parts` to its end before reading `same`.

    `parts` yields what became of each that is not as it was signed; it stays empty where the file
    of digests is not there to tell.
    """

    parts: Iterator[tuple[PartFate, str]]
    plan: bool
    same: bool = field(default=False)


def sign_parts(parts: Parts, key: SigningKey) -> WrittenShardStatement:
    """Sign the parts of a plan, and write statement and digests next to the plan.

    Raises EvidenceError `run.unfinished` where shards are not done, and `statement.unwritable`
    where they cannot be written or a store has other ones; AuditError for parts that are none.
    """
    if parts.shards_missing or not parts.there:
        why = parts.notes[0].partition(":")[0] if parts.shards_missing else "no part exists"
        raise EvidenceError("run.unfinished", f"{parts.path}: {why}; run them first")
    for _ in parts.facts():  # that each is of this plan, before anything is said of it
        pass
    digest, lines, rows = hashlib.sha256(), [], 0
    for shard in parts.there:
        part = _digest(parts.store, part_name(shard))
        lines.append(part.line())
        digest.update(lines[-1])
        rows += part.rows
    held = {"name": DIGESTS, "sha256": digest.hexdigest(), "count": len(lines), "rows": rows}
    sealed = dsse.sealed(canonical(_statement_over(parts, held)), key)
    _write(parts.store, DIGESTS, b"".join(lines))
    _write(parts.store, STATEMENT, sealed.to_json())
    return WrittenShardStatement(
        f"{parts.path}/{STATEMENT}", f"{parts.path}/{DIGESTS}", len(lines), rows, key.public.keyid
    )


def read_envelope(place: str) -> dsse.Envelope:
    """Read the envelope of a statement from a file or an address.

    Raises EvidenceError `statement.unreadable`, or AuditError where a store cannot be asked.
    """
    if not stores.is_address(place):
        return dsse.read_envelope(place, "statement")[0]
    name = f"statement {clean(place, 400)}"
    address, key = stores.split(place)
    try:
        return dsse.parsed(stores.open_store(address).get(key, dsse.MAX_BYTES), name)[0]
    except AssetError as e:
        raise EvidenceError("statement.unreadable", f"{name}: {e}") from e


def statement_in(envelope: dsse.Envelope, name: str) -> SignedStatement | None:
    """Return the statement over parts in an envelope whose signature verifies; None: another one.

    Raises EvidenceError `statement.unreadable`.
    """
    try:
        top = cast("Any", parse_unique(envelope.payload, dsse.MAX_BYTES))
        if (top["_type"], top["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
            return None
        predicate = top["predicate"]
        statement = SignedStatement(
            name=str(top["subject"][0]["name"]),
            predicate=predicate,
            plan_sha256=str(predicate["plan"]),
            digests_name=str(predicate["parts"]["name"]),
            digests_sha256=str(predicate["parts"]["sha256"]),
        )
        if top["subject"][0]["digest"]["sha256"] != _content_digest(
            statement.plan_sha256, predicate["parts"]
        ):
            raise ValueError("the digest of the content is another one")
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as e:
        message = f"{name}: signed, but no statement over an audit"
        raise EvidenceError("statement.unreadable", message) from e
    return statement


def digests(place: str) -> bytes | None:
    """Return the file of digests, None where there is none. Raises EvidenceError, AuditError."""
    name = clean(place, 400) if stores.is_address(place) else printable_path(place)
    if stores.is_address(place):
        address, key = stores.split(place)
    else:
        address, key = os.path.split(os.path.abspath(place))
    try:
        return stores.open_store(address).get(key, MAX_DIGESTS)
    except AssetError as e:
        if e.code == "asset.missing":
            return None
        raise EvidenceError("statement.unreadable", f"digests {name}: {e}") from e


def are_signed(signed: SignedStatement, lines: bytes) -> bool:
    """Tell whether a file of digests is the one that was signed."""
    return hashlib.sha256(lines).hexdigest() == signed.digests_sha256


def check_statement(
    signed: SignedStatement, store: ShardStore, lines: bytes | None
) -> StatementCheck:
    """Compare the plan and all that lies among the parts with a statement.

    `lines` is the file of digests, compared with the statement before; without it only the whole
    is compared. Raises AuditError where the store cannot be asked.
    """
    check = StatementCheck(iter(()), _sha256(store, PLAN) == signed.plan_sha256)
    check.parts = _compared(signed, store, lines, check)
    return check


def _compared(
    signed: SignedStatement, store: ShardStore, lines: bytes | None, check: StatementCheck
) -> Iterator[tuple[PartFate, str]]:
    whole = hashlib.sha256()

    def now() -> Iterator[PartDigest]:
        for key in sorted(listed(store), key=os.fsencode):
            if key.rpartition("/")[2].startswith("."):
                continue  # what a writer that was killed leaves; no reader takes it for a part
            part = _digest(store, key)
            whole.update(part.line())
            yield part

    before = iter(()) if lines is None else _lines(lines)
    for earlier, later in side_by_side(before, now()):
        key = cast("PartDigest", later or earlier).path_bytes.decode("utf-8", "surrogateescape")
        if lines is None or earlier == later:
            continue
        fate = PartFate.CHANGED
        if earlier is None or later is None:
            fate = PartFate.ADDED if earlier is None else PartFate.MISSING
        yield fate, key
    check.same = whole.hexdigest() == signed.digests_sha256 and check.plan


def _lines(data: bytes) -> Iterator[PartDigest]:
    """Yield the lines of the file of digests, which is the one that was signed."""
    try:
        for line in data.splitlines():
            sha256, rows, key = line.split(b" ", 2)
            name = json.loads(key).encode("utf-8", "surrogateescape")
            yield PartDigest(name, sha256.decode("ascii"), int(rows))
    except (AttributeError, ValueError, RecursionError) as e:
        raise EvidenceError("statement.unreadable", "the file of digests cannot be read") from e


def _digest(store: ShardStore, key: str) -> PartDigest:
    """Return digest and number of rows of a part. Raises AuditError where it cannot be read."""
    try:
        file = ObjectFile(store, key)
        digest = hashlib.sha256()
        while block := file.read(_BLOCK):
            digest.update(block)
        return PartDigest(os.fsencode(key), digest.hexdigest(), row_count(file))
    except AssetError as e:
        raise AuditError("parts.unusable", f"{store.address}/{clean(key)}: {e}") from e


def _sha256(store: ShardStore, key: str) -> str | None:
    try:
        return hashlib.sha256(store.get(key)).hexdigest()
    except AssetError:
        return None


def _content_digest(plan: str, held: dict[str, Any]) -> str:
    """Return the digest of the content: over that of the plan and that of the parts' digests."""
    return hashlib.sha256(canonical({"parts": held["sha256"], "plan": plan})).hexdigest()


def _statement_over(parts: Parts, held: dict[str, Any]) -> dict[str, Any]:
    """Return the in-toto statement over the parts."""
    (run,) = parts.runs.values()
    plan = parts.plan
    name = os.path.basename(parts.path)
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": _content_digest(plan.sha256, held)}},
            {"name": PLAN, "digest": {"sha256": plan.sha256}},
            {"name": held["name"], "digest": {"sha256": held["sha256"]}},
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            **{key: run.environment[key] for key in _TOLD},
            "isolation": run.columns["isolation"],
            "objects": sum(plan.objects),
            "parts": held,
            "plan": plan.sha256,
            "schema_version": run.schema_version,
        },
    }


def _write(store: ShardStore, name: str, data: bytes) -> None:
    """Write a file next to the plan; in a folder it takes the place of an earlier one."""
    if store.is_local:
        try:
            with whole_file(os.path.join(store.address, name)) as file:
                file.write(data)
        except OSError as e:
            message = f"the statement cannot be written: {reason_of(e)}"
            raise EvidenceError("statement.unwritable", message) from e
        return
    try:
        same = store.put_new(name, data) or store.get(name) == data
    except AssetError as e:
        message = f"{store.address}/{name} cannot be read: {e}"
        raise EvidenceError("statement.unwritable", message) from e
    if not same:
        message = f"{store.address}/{name} is there already, and is another one"
        raise EvidenceError("statement.unwritable", f"{message}: remove it to sign again")
