"""Make the ledgers of `tests/fixtures/audit`: `python -m support.make_ledgers`, in `tests`.

Two audits of one folder, the first one signed, and the signed result for one file. The same bytes
each time.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provenance.auditing import ledger_statement, reading, statement_keys
from provenance.base.terms import Flag, Revocation
from provenance.export import signed_result
from support.ledgers import entry, failed, judged, write
from support.pki import FIXTURES

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.verdict.report import Report

FOLDER = FIXTURES / "audit"
SEED = b"a key that is trusted by nobody."  # the whole of the secret: it is for tests
SIGNED_AT = datetime(2026, 6, 1, 0, 0, 9, tzinfo=UTC)
BOTH = ("capture.jpg", "chain-of-three.jpg", "plain.jpg", "tampered.png", "unlisted.jpg")


def first() -> list[Report]:
    """What the first audit found."""
    names = (*BOTH, "ai-generated.png", "expired-timestamped.jpg")
    return [
        *(judged(name, f"inbox/{name}") for name in names),
        judged("revoked.jpg", "inbox/=cmd().jpg"),
        failed("inbox/locked.jpg", "asset.unreadable", "permission denied"),
    ]


def second() -> list[Report]:
    """What the second one found: a signer was revoked, a credential is lost, a file is new."""
    capture, *same = (judged(name, f"inbox/{name}") for name in BOTH)
    assert capture.verdict is not None
    revoked = replace(
        capture,
        axes=replace(capture.axes, revocation=Revocation.REVOKED),
        verdict=replace(capture.verdict, flags=(Flag.REVOKED,)),
        flagged=(Flag.REVOKED,),
    )
    return [
        revoked,
        *same,
        judged("plain.jpg", "inbox/ai-generated.png"),
        judged("expired-timestamped.jpg", "inbox/expired-timestamped.jpg"),
        judged("plain.jpg", "inbox/new.jpg"),
        failed("inbox/locked.jpg", "asset.unreadable", "permission denied"),
    ]


def make(folder: Path) -> None:
    """Write everything into a folder."""
    for name, reports in (("june", first()), ("july", second())):
        path = folder / f"{name}.ledger"
        path.unlink(missing_ok=True)
        month = {"june": "06", "july": "07"}[name]
        write(
            path,
            [entry(report) for report in reports],
            started=f"2026-{month}-01T00:00:00Z",
            finished=f"2026-{month}-01T00:00:05Z",
        )
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "key.pub.pem").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    with ExitStack() as stack:
        reader = stack.enter_context(reading.open_ledger(folder / "june.ledger"))
        signer = statement_keys.load_signing_key(private)
        ledger_statement.sign_ledger(reader, str(folder / "june.ledger"), signer)
    result = signed_result.sign_report(judged("ai-generated.png"), signer, SIGNED_AT)
    (folder / "ai-generated.png.dsse").write_bytes(result.to_json())
    private.unlink()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    make(FOLDER)
