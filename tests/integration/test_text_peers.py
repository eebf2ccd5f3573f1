"""Text and pages signed with other people's writers, and ours read by their readers.

`c2patxt` (A.8) pins a cryptography of its own, so that it gets a folder of its own; where it cannot
be fetched, its tests are skipped. `c2pa-html` (A.7) and `c2pa-structured-text` (A.9) embed a store;
the claim in it is ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import c2pa_html
import c2pa_structured_text
import pytest
from support.fixture import AI, label
from support.pki import PKI, Who, credential
from support.text_writer import commented, hidden
from support.writer import Manifest

from provenance import Origin, TrustStore, Verifier
from provenance.base.terms import Integrity
from provenance.kit.binding import NewHardBinding, data_hash
from provenance.kit.claims import created
from provenance.kit.media import StoreSpan
from provenance.kit.writer import build_store

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.verdict.report import Report

VERSION = "0.2.0"
MADE = Manifest(label(980), (created(AI),), signer=credential(Who.ED25519), media_type="text/plain")
PAGE = b"<!DOCTYPE html>\n<html><head><title>x</title></head><body>Text.</body></html>\n"
SIGN = """
import sys
from datetime import UTC, datetime
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from c2patxt import Disclosure, EmbedContext, ModelType, Signer, embed
key, chain = (open(name, "rb").read() for name in sys.argv[1:3])
signer = Signer(
    private_key=load_pem_private_key(key, None),
    certificates=tuple(load_pem_x509_certificates(chain)),
    allow_nonconformant=True,
)
text = sys.stdin.buffer.read().decode()
context = EmbedContext(when=datetime(2026, 6, 1, tzinfo=UTC))
made = embed(text, signer, Disclosure("text/plain", ModelType.GENERIC), context=context)
sys.stdout.buffer.write(made.encode())
"""
READ = """
import sys
from datetime import UTC, datetime
from c2patxt import VerifyContext, verify
context = VerifyContext(now=datetime(2026, 6, 1, tzinfo=UTC))
print(verify(sys.stdin.buffer.read().decode(), context=context).state.value)
"""


def judge(data: bytes) -> Report:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    report = Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC)).verify_bytes(data)
    assert report.verdict is not None, report.error
    return report


def is_intact(data: bytes) -> bool:
    report = judge(data)
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED
    return report.axes.integrity is Integrity.INTACT


@pytest.fixture(scope="module")
def c2patxt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `c2patxt` and what it needs."""
    folder = tmp_path_factory.mktemp("peer")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    done = subprocess.run(
        [*command, f"c2patxt=={VERSION}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"c2patxt cannot be fetched: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def run(folder: Path, code: str, data: bytes, *names: str) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", code, *names]
    done = subprocess.run(command, input=data, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class TestUnstructured:
    def test_text_signed_by_c2patxt_is_intact(self, c2patxt: Path, tmp_path: Path) -> None:
        chain = tmp_path / "chain.pem"
        parts = [(PKI / name).read_bytes() for name in ("signer-ed25519.pem", "intermediate.pem")]
        chain.write_bytes(b"".join(parts))
        names = (str(PKI / "signer-ed25519.key"), str(chain))
        text = "Grüße aus e\u0301inem Text.\n".encode()
        made = run(c2patxt, SIGN, text, *names)
        assert is_intact(made)
        assert not is_intact(made.replace(b"Text", b"text"))

    def test_text_signed_here_is_valid_for_c2patxt(self, c2patxt: Path) -> None:
        ours = hidden("Grüße aus einem Text.\n", MADE).encode()
        assert run(c2patxt, READ, ours).strip() == b"valid"
        assert run(c2patxt, READ, ours.replace(b"Text", b"text")).strip() == b"invalid"


class TestPage:
    def test_a_page_with_a_store_of_c2pa_html_is_intact(self) -> None:
        digest, made, place = c2pa_html.inline_hash_before_embed(PAGE), b"", (0, 0)
        for _ in range(8):
            binding = NewHardBinding("c2pa.hash.data", data_hash(digest, (StoreSpan(*place),)))
            made = c2pa_html.embed(PAGE, build_store(MADE, binding))
            (now,) = c2pa_html.locate_all(made)
            if now == place:
                break
            place = now
        assert is_intact(made)
        assert not is_intact(made.replace(b"Text", b"text"))

    def test_a_reference_is_named(self) -> None:
        made = c2pa_html.embed_reference(PAGE, "https://example.com/a.c2pa")
        assert "container.remote_reference" in {f.code for f in judge(made).findings}


class TestStructured:
    @pytest.mark.parametrize("comment", [("#", None), ("<!--", "-->"), ("/*", "*/")])
    def test_code_with_a_store_of_the_other_implementation_is_intact(
        self, comment: tuple[str, str | None]
    ) -> None:
        text, made, length = "print('hello')\n", "", 0
        digest = bytes(32)
        for _ in range(8):
            binding = NewHardBinding("c2pa.hash.data", data_hash(digest, (StoreSpan(0, length),)))
            store = build_store(MADE, binding)
            made = c2pa_structured_text.embed_manifest_embedded(text, store, *comment)
            computed = c2pa_structured_text.compute_data_hash(made, "sha256")
            ((start, now),) = computed.exclusions
            assert start == 0
            if (now, bytes(computed.hash)) == (length, digest):
                break
            length, digest = now, bytes(computed.hash)
        assert is_intact(made.encode())
        assert not is_intact(made.replace("hello", "Hello").encode())

    @pytest.mark.parametrize("at", [0, -1])
    def test_the_other_implementation_finds_our_store_in_the_same_place(self, at: int) -> None:
        text = b"print('hello')\n"
        ours = commented(text, MADE, at=at).decode()
        ((start, length),) = c2pa_structured_text.compute_data_hash(ours, "sha256").exclusions
        assert ours.encode()[:start] + ours.encode()[start + length :] == text
