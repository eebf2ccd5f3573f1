"""Lengths that no hash covers: a credential that takes in what was signed as media.

A reader of the format passes over it all, so that another part of the file may be what is shown:
a preview in the metadata, in place of the picture.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from fuzz import made
from fuzz.signed_mutants import PKI, verifier
from support.fixture import AI, label
from support.pki import credential
from support.writer import Manifest
from unit.media.container import build
from unit.test_laundering_zip import judge

from provenance import CrossCheck
from provenance.base.terms import Flag, Integrity
from provenance.kit import carriers, media
from provenance.kit.binding import BindingKind
from provenance.kit.claims import created
from provenance.kit.sample import Bench
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

SHOT = Manifest(label(992), (created(AI),), signer=credential())
UUID = build.C2PA_UUID


@cache
def signed(name: str) -> bytes:
    if name == "boxes of jpeg":
        return signed_file(media.gradient_jpeg(), replace(SHOT, binding=BindingKind.BOXES))
    makers: dict[str, Callable[[], bytes]] = {
        "jpeg": media.gradient_jpeg,
        "png": media.gradient_png,
        "gif": media.gradient_gif,
    }
    if name in makers:
        return signed_file(makers[name](), SHOT)
    if name == "webp":  # the standard wants the chunk to be the last one
        picture = carriers.strip(media.plain_webp())[12:]
        return made.signed(SHOT, lambda store: build.riff(b"WEBP", _chunk(store), picture))
    return made.signed(SHOT, lambda store: build.jxl(store, build.box(b"xml ", build.PACKET)))


def _chunk(store: bytes) -> bytes:
    return b"C2PA" + struct.pack("<I", len(store)) + store + bytes(len(store) % 2)


def longer(data: bytes, at: int, form: str, by: int) -> bytes:
    out = bytearray(data)
    (length,) = struct.unpack_from(form, out, at)
    struct.pack_into(form, out, at, length + by)
    return bytes(out)


def place(name: str) -> tuple[int, str]:
    """Where the length of the credential is in a file, and its form."""
    data = signed(name)
    if name.endswith("jpeg"):
        return data.index(b"\xff\xeb") + 2, ">H"
    if name == "png":
        return data.index(b"caBX") - 4, ">I"
    if name == "webp":
        return data.index(b"C2PA") + 4, "<I"
    return data.index(b"jumb") - 4, ">I"


@pytest.mark.parametrize("name", ["jpeg", "boxes of jpeg", "png", "webp", "jxl"])
def test_a_credential_that_takes_in_signed_bytes_is_broken(name: str) -> None:
    assert judge(signed(name)).axes.integrity is Integrity.INTACT
    at, form = place(name)
    for by in (2, 20, 60):
        report = judge(longer(signed(name), at, form, by))
        assert report.axes.integrity in {Integrity.BROKEN, Integrity.NONE}, by
        assert Flag.AI in report.flagged or Flag.UNREADABLE in report.flagged, by
        assert report.flagged, by


def test_a_table_of_a_font_that_goes_on_beyond_the_file_is_broken() -> None:
    """No hash covers the directory: what it says of the last table counts only within the file."""
    (sample,) = (s for s in SAMPLES if s.name == "font")
    data = sample.make(Bench(PKI, "container/font"), False).data
    assert verifier(CrossCheck.NEVER).verify_bytes(data).axes.integrity is Integrity.INTACT
    count = int.from_bytes(data[4:6], "big")
    ends = {}
    for at in range(12, 12 + 16 * count, 16):
        start, length = struct.unpack_from(">II", data, at + 8)
        ends[start + length] = at
    last = ends[max(ends)]
    for by in (1, 128, 0x1F0000):
        changed = longer(data, last + 12, ">I", by)
        report = verifier(CrossCheck.NEVER).verify_bytes(changed)
        assert report.axes.integrity is Integrity.BROKEN, by


def test_a_credential_longer_by_zero_bytes_is_what_it_was() -> None:
    """Padding in its segment, which the hash covers: readers pass over nothing."""
    whole = signed("jpeg")
    span = carriers.credential_span(whole)
    assert span is not None
    bare = whole[: span.start] + whole[span.end :]

    def padded(store: bytes) -> bytes:
        segment = bytearray(carriers.app11(store) + bytes(30))
        struct.pack_into(">H", segment, 2, len(segment) - 2)
        return bare[: span.start] + bytes(segment) + bare[span.start :]

    assert judge(made.signed(SHOT, padded)).axes.integrity is Integrity.INTACT


def test_a_block_of_gif_that_takes_in_what_follows_is_broken() -> None:
    """Its last part takes in the end of the block: what follows is part of it."""
    data = signed("gif")
    span = carriers.credential_span(data)
    assert span is not None
    at = span.start + 14
    while data[at + 1 + data[at]]:
        at += 1 + data[at]
    report = judge(data[:at] + bytes((data[at] + 1,)) + data[at + 1 :])
    assert report.axes.integrity is not Integrity.INTACT
    assert report.flagged
