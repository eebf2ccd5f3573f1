"""Every known fault of the SDK is met by a sample, so that an entry goes when its fault is gone."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.fixture import label
from support.pki import PKI, credential
from support.shared import REASON, SHARED
from unit.credentials.validation import test_second_opinion as made

from provenance import CrossCheck, Options, TrustStore, Verifier
from provenance.base.terms import Integrity
from provenance.credentials.validation import second_opinion
from provenance.kit.claims import NewAssertion, NewIngredient, NewManifest, actions, opened
from provenance.kit.jumbf_boxes import ContentKind
from provenance.kit.keys import Seed
from provenance.kit.pki import Pki
from provenance.kit.sample import Bench
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 6, 1, tzinfo=UTC)


@cache
def said(data: bytes) -> tuple[Integrity, tuple[str, ...]]:
    """What comes of a file, and the words of the findings that speak of the second opinion."""
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    options = Options(cross_check=CrossCheck.ALWAYS)
    report = Verifier(trust=trust, at=AT, options=options).verify_bytes(data)
    words = [f.message for f in report.findings if f.code.startswith("validators.")]
    return report.axes.integrity, tuple(words)


def _sample(name: str, *, faulty: bool = False) -> bytes:
    (one,) = (s for s in SAMPLES if s.name == name)
    return one.make(Bench(Pki(Seed(0), AT), f"{one.group.value}/{name}"), faulty).data


def _form() -> bytes:
    wrong = NewAssertion("c2pa.certificate-status", {}, ContentKind.CBOR)
    return signed_file(made.JPEG, replace(made.SHOT, assertions=(*made.SHOT.assertions, wrong)))


def _dangling() -> bytes:
    icon = {"url": "self#jumbf=c2pa.databoxes/c2pa.data", "hash": bytes(32)}
    return signed_file(made.JPEG, replace(made.SHOT, generator={"name": "x", "icon": icon}))


def _linked() -> bytes:
    """An edit of a picture whose manifest has a box with an ID."""
    parent = store_of(signed_file(made.JPEG, made.TestBoxesWrittenAnew.WITH_ID))
    edit = NewManifest(
        label(863),
        (actions(opened()),),
        (NewIngredient("parentOf", store=parent),),
        signer=credential(),
    )
    return signed_file(made.JPEG, edit)


FAULTS: dict[str, Callable[[], bytes]] = {
    "the SDK does not read a signature in DER": lambda: _sample("der-encoded", faulty=True),
    "the SDK gives up a manifest over a reference": _dangling,
    "the SDK does not read this kind of file": lambda: _sample("html"),
    "the SDK reads neither an array of files nor a check sum of zero": made.epub,
    "the SDK gives up over a manifest of an ingredient": made.TestManifestsBelow().signed,
    "the SDK gives up the whole credential over the form of one part": _form,
    "what is missing is not an assertion that the claim names": _dangling,
    "the SDK writes the box anew; its bytes in the file have the hash": lambda: signed_file(
        made.JPEG, made.TestBoxesWrittenAnew.WITH_ID
    ),
    "the SDK writes a box of the manifest anew": _linked,
    "the SDK takes SHA-256 of a manifest where its reference names another algorithm": lambda: (
        signed_file(made.JPEG, made.TestOtherAlgorithms.edit("sha512"))
    ),
    "the SDK takes a box of another type in the manifest for a claim": lambda: signed_file(
        made.JPEG, made.TestBoxesTheStandardAllows.FOREIGN
    ),
    "the SDK refuses the form of a part that the standard allows": lambda: signed_file(
        made.JPEG, made.TestBoxesTheStandardAllows.PADDED_STORE
    ),
    "the hash is that of a reference to an icon; the one in the claim's list is right": (
        lambda: _sample("icon-hash", faulty=True)
    ),
    "the SDK does not ask the multi-asset hash where an optional part is gone": (
        lambda: _sample("multi-asset-part-removed")
    ),
    "the SDK's check of the range; every byte of it is accounted for": (
        lambda: _sample("metadata-in-own-range", faulty=True)
    ),
    "the SDK counts the blocks of media from byte 16 of their box": (
        lambda: _sample("bmff-hash-in-pieces-short-header")
    ),
    "the hash cannot be compared": lambda: _sample("data-hash-algorithm", faulty=True),
}
# Made by Photoshop in 2021 and 2022; nothing of ours writes it whole.
_PRERELEASE = "the SDK does not read the pre-release form"
_OLD = SHARED / "attacks" / "crypto-social.png"


def _named() -> set[str]:
    """The reasons that the module gives, as they are written in its code."""
    tree = ast.parse(Path(second_opinion.__file__).read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = set()
    for function in functions:
        docs = ast.get_docstring(function, clean=False)
        for node in ast.walk(function):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value
                if words != docs and len(words.split()) > 4:
                    found.add(words)
    return found


def test_every_reason_has_a_sample() -> None:
    assert _named() == {*FAULTS, _PRERELEASE}


@each("reason", FAULTS)
def test_the_sdk_does_what_the_table_says(reason: str) -> None:
    integrity, words = said(FAULTS[reason]())
    assert any(reason in one for one in words), words
    assert integrity is not Integrity.BROKEN


@pytest.mark.skipif(not _OLD.is_file(), reason=REASON)
def test_the_pre_release_form() -> None:
    _, words = said(_OLD.read_bytes())
    assert any(_PRERELEASE in one for one in words), words
