"""Two manifest stores in the place of one: a reader of the first must not miss the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential

from provenance import Flag, Origin, TrustStore, Verifier, verify
from provenance.base.terms import Integrity
from provenance.kit import carriers, media
from provenance.kit.binding import NewHardBinding, data_hash, digest
from provenance.kit.claims import NewIngredient, NewManifest, actions, created, opened
from provenance.kit.sample import FORMATS
from provenance.kit.writer import build_store, sign_detached, signed_file, store_of
from provenance.media import container
from provenance.media.asset import Asset
from provenance.media.container import jumbf_header

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provenance.verdict.report import Report

MADE = NewManifest(label(980), (created(AI),), signer=credential())
SHOT = NewManifest(label(981), (created(CAPTURE),), signer=credential(Who.CAMERA))


@cache
def verifier() -> Verifier:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))


@cache
def stores(kind: str) -> tuple[bytes, bytes]:
    """The store of a capture and that of a generated file, of the same media."""
    media = FORMATS[kind].make()
    return store_of(signed_file(media, SHOT)).data, store_of(signed_file(media, MADE)).data


def none_counts(report: Report) -> None:
    assert report.verdict is not None, report.error
    assert report.verdict.origin is Origin.AI_GENERATED
    assert report.axes.integrity is Integrity.BROKEN
    assert Flag.BROKEN in report.verdict.flags
    assert "credential.multiple_stores" in {finding.code for finding in report.findings}


@each("order", [1, -1])
@each("kind", FORMATS)
def test_no_format_hides_a_second_store_after_the_first(kind: str, order: int) -> None:
    crowded = b"".join(stores(kind)[::order])
    none_counts(verifier().verify_bytes(carriers.embed(FORMATS[kind].make(), crowded)))


@each("order", [1, -1])
@each("between", [b"", bytes(70_000), b"jumd" * 9])
def test_bytes_between_two_stores_hide_none(order: int, between: bytes) -> None:
    crowded = between.join(stores("gif")[::order])
    none_counts(verifier().verify_bytes(carriers.embed(FORMATS["gif"].make(), crowded)))


@pytest.mark.parametrize("order", [1, -1])
def test_two_stores_in_a_file_of_their_own_count_for_nothing(tmp_path: Path, order: int) -> None:
    media = FORMATS["jpeg"].make()
    beside = sign_detached(media, SHOT), sign_detached(media, MADE)
    crowded = b"".join(beside[::order])
    none_counts(verifier().verify_bytes(crowded))
    (tmp_path / "x.jpg").write_bytes(media)
    (tmp_path / "x.c2pa").write_bytes(crowded)
    none_counts(verifier().verify(tmp_path / "x.jpg"))
    named = tmp_path / "x.c2pa"
    none_counts(verify(tmp_path / "x.jpg", sidecar=named, at=verifier().at))


def test_neighbours_of_which_none_is_the_files_own_break_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(FORMATS["png"].make())
    (tmp_path / "x.c2pa").write_bytes(b"".join(stores("jpeg")))
    report = verifier().verify(tmp_path / "x.png")
    assert report.verdict is not None
    assert not report.verdict.flags
    assert [finding.code for finding in report.findings] == ["sidecar.mismatch"]


def test_padding_after_a_store_is_no_further_store() -> None:
    shot, _ = stores("font")
    font = carriers.embed(FORMATS["font"].make(), shot + bytes(900) + b"jumb jumd c2pa")
    report = verifier().verify_bytes(font)
    assert report.verdict is not None
    assert report.verdict.origin is Origin.CAPTURED


WHOLE = jumbf_header.WHOLE_TYPE
OPEN = b"\0\0\0\x30jumb\0\0\0\x28jumd" + WHOLE
WIDE = b"\0\0\0\1jumb" + (56).to_bytes(8, "big") + b"\0\0\0\x28jumd" + WHOLE


@each(
    ("data", "starts"),
    [
        (b"", [0]),
        (OPEN + bytes(16), [0]),
        (OPEN + bytes(16) + OPEN + bytes(16), [0, 48]),
        (OPEN + bytes(20) + OPEN, [0, 52]),
        (OPEN + bytes(16) + WIDE, [0, 48]),
        (WIDE + bytes(16) + OPEN, [0, 56]),
        (OPEN + bytes(16) + b"jumd" + WHOLE, [0]),
        (bytes(4) + OPEN[4:] + OPEN, [0]),
        (b"no box" + OPEN, [0]),
        ((OPEN + bytes(16)) * 80, [48 * n for n in range(64)]),
    ],
)
def test_stores_in_a_row_are_cut_where_each_begins(data: bytes, starts: Sequence[int]) -> None:
    parts = jumbf_header.in_a_row(data)
    assert b"".join(parts) == data
    assert [sum(map(len, parts[:n])) for n in range(len(parts))] == list(starts)


def test_a_store_whose_head_is_in_two_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """However a format cuts what it holds, and a scan what it reads."""
    png = carriers.embed(FORMATS["png"].make(), b"".join(stores("png")))
    for size in (1, 7, 64):
        monkeypatch.setattr("provenance.media.container.collect._PIECE", size)
        with Asset.from_bytes(png) as asset:
            blocks = container.scan_container(asset).blocks_of(container.BlockKind.MANIFEST_STORE)
            found = [container.load_block(asset, block, len(png)) for block in blocks]
        assert tuple(found) == stores("png")


TAILS = {
    "png": lambda store: store,
    "gif": lambda store: store,
    "jpeg": lambda store: store,
    "webp": lambda store: b"C2PA" + len(store).to_bytes(4, "little") + store,
    "mp4": lambda store: store,
}


@pytest.mark.parametrize("kind", TAILS)
def test_a_store_at_the_end_is_heard_next_to_one_in_its_place(kind: str) -> None:
    """The credential of another file where readers look, the file's own behind the end."""
    media = FORMATS[kind].make()
    shot, made = store_of(signed_file(FORMATS["jpeg"].make(), SHOT)).data, stores(kind)[1]
    report = verifier().verify_bytes(carriers.embed(media, shot) + TAILS[kind](made))
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED
    assert report.axes.integrity is Integrity.BROKEN
    assert "credential.unread_remains" in {finding.code for finding in report.findings}


@pytest.mark.parametrize("kind", ["jpeg", "mp4"])
def test_a_file_at_the_end_with_a_credential_of_its_own_is_another_one(kind: str) -> None:
    """As in photos that have a second picture, or a film, after them."""
    other = signed_file(FORMATS[kind].make(), MADE)
    report = verifier().verify_bytes(signed_file(FORMATS["jpeg"].make() + other, SHOT))
    assert report.verdict is not None
    assert report.verdict.origin is Origin.CAPTURED
    assert "credential.unread_remains" not in {finding.code for finding in report.findings}


def revised(pdf: bytes, store: bytes, number: int) -> bytes:
    """A PDF with a manifest store in a further revision, as an object of this number."""
    made = carriers.PDF.insert(pdf, store)
    later = made[len(pdf) :].replace(b"\n5 0 obj", b"\n%d 0 obj" % number)
    later = later.replace(b"5 0 obj", b"%d 0 obj" % number, 1)
    return pdf + later.replace(b"/F 5 0 R", b"/F %d 0 R" % number)


@pytest.mark.parametrize("number", [5, 8])
def test_an_earlier_revision_of_a_pdf_is_heard(number: int) -> None:
    """Whether the later one has an object of its own or replaces that of the earlier one."""
    made = signed_file(FORMATS["pdf"].make(), MADE)
    report = verifier().verify_bytes(revised(made, stores("pdf")[0], number))
    assert report.verdict is not None
    assert report.verdict.origin is Origin.AI_GENERATED
    assert report.axes.integrity is Integrity.BROKEN


@pytest.mark.parametrize("number", [5, 8])
def test_the_last_revision_of_a_pdf_is_its_credential(number: int) -> None:
    """C2PA 2.4, 15.5.2.2: a document may be signed again, with and without what was there."""
    pdf = signed_file(FORMATS["pdf"].make(), SHOT)
    parent = NewIngredient("parentOf", store=store_of(pdf), media_type="application/pdf")
    opens = NewManifest(label(982), (actions(opened()),), (parent,), signer=credential())
    for manifest in (replace(SHOT, label=label(983)), opens):
        empty = NewHardBinding("c2pa.hash.data", data_hash(bytes(32), ()))
        size = len(build_store(manifest, empty))
        whole = revised(pdf, bytes(size), number)
        hole = media.StoreSpan(whole.rindex(bytes(size)), size)
        bound = NewHardBinding("c2pa.hash.data", data_hash(digest(whole, (hole,)), (hole,)))
        report = verifier().verify_bytes(revised(pdf, build_store(manifest, bound), number))
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED
        assert report.axes.integrity is Integrity.INTACT
        assert not report.verdict.flags
        assert {finding.code for finding in report.findings} == {"container.not_opened"}
