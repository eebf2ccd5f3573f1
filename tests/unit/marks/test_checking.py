"""Declared soft bindings held against what decoders read."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.each import each
from support.soft_bound import LABEL, edited, placed, signed, soft_binding, stripped

from provenance import TrustStore, Verifier
from provenance.marks.decoder import PixelReading, WatermarkResult, WatermarkStatus
from provenance.marks.soft_binding import MarkCheck
from provenance.recover.recovery import RecoveryRequest, queries_of, recover
from provenance.recover.repository import Repository
from provenance.recover.resolution import BindingBasis, FolderResolver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provenance.media.asset import Asset

OTHER = "urn:c2pa:00000000-0000-4000-8000-000000000823"
P = "com.adobe.trustmark.P"
BITS = f"{0x1234567890ABCDEF:068b}"
DETECTED = WatermarkResult(
    "trustmark.p",
    WatermarkStatus.DETECTED,
    message="kind 2",
    payload=f"{int(BITS, 2):017x}",
    algorithm=P,
)
UNSEEN = replace(DETECTED, status=WatermarkStatus.NOT_DETECTED, message="", payload="")


class Reads:
    """Stands for the decoders."""

    def __init__(self, *results: WatermarkResult) -> None:
        self.results = results

    def read(self, asset: Asset, media_type: str) -> PixelReading:
        del asset, media_type
        return PixelReading(watermarks=self.results)


def checked(data: bytes, *results: WatermarkResult) -> tuple[MarkCheck, list[str]]:
    verifier = Verifier(trust=TrustStore.load(bundled=False), pixels=Reads(*results))
    report = verifier.verify_bytes(data)
    (binding,) = report.credentials.manifests[0].soft_bindings
    return binding.checked, [f.where for f in report.findings if f.code == "softbinding.differs"]


@each(
    ("value", "results", "wanted"),
    [
        (f"2*{BITS}", (DETECTED,), MarkCheck.MATCHES),
        (f"2*{BITS}".encode(), (DETECTED,), MarkCheck.MATCHES),
        (f"1*{BITS}", (DETECTED,), MarkCheck.DIFFERS),
        (f"2*{BITS[::-1]}", (DETECTED,), MarkCheck.DIFFERS),
        (f"2*{BITS}", (UNSEEN,), MarkCheck.NOT_FOUND),
        (f"2*{BITS}", (UNSEEN, DETECTED), MarkCheck.MATCHES),
        (
            f"2*{BITS}",
            (replace(DETECTED, algorithm="com.adobe.trustmark.Q"),),
            MarkCheck.NOT_CHECKED,
        ),
        (f"2*{BITS}", (replace(DETECTED, algorithm=""),), MarkCheck.NOT_CHECKED),
        (f"2*{BITS}", (replace(UNSEEN, status=WatermarkStatus.REFUSED),), MarkCheck.NOT_CHECKED),
        (f"2*{BITS}", (), MarkCheck.NOT_CHECKED),
        (bytes(5000), (DETECTED,), MarkCheck.DIFFERS),
    ],
)
def test_a_declared_watermark_is_held_against_what_was_decoded(
    value: str | bytes, results: tuple[WatermarkResult, ...], wanted: MarkCheck
) -> None:
    found, where = checked(signed(soft_binding(value)), *results)
    assert found is wanted
    assert where == ([f"{LABEL}/c2pa.soft-binding"] if wanted is MarkCheck.DIFFERS else [])


CODE = bytes.fromhex("2107") + bytes(range(32))
COMPUTED = WatermarkResult(
    "iscc",
    WatermarkStatus.COMPUTED,
    payload="ISCC:" + base64.b32encode(CODE).decode().rstrip("="),
    algorithm="io.iscc.v0",
)
NEAR = CODE[:-4] + bytes(4)
FAR = CODE[:2] + bytes(b ^ 0x55 for b in CODE[2:])


@each(
    ("value", "wanted"),
    [
        (CODE, MarkCheck.MATCHES),
        (NEAR, MarkCheck.MATCHES),
        (FAR, MarkCheck.DIFFERS),
        (b"\x00\x07" + bytes(32) + CODE, MarkCheck.MATCHES),
        (COMPUTED.payload, MarkCheck.MATCHES),
        (COMPUTED.payload.encode(), MarkCheck.MATCHES),
        (b"\x00\x07" + bytes(32), MarkCheck.NOT_CHECKED),  # metadata alone
        (b"\x21\x01" + CODE[2:10], MarkCheck.NOT_CHECKED),  # too short to count
        (b"junk", MarkCheck.NOT_CHECKED),
    ],
)
def test_a_declared_fingerprint_is_held_against_what_was_computed(
    value: str | bytes, wanted: MarkCheck
) -> None:
    found, where = checked(signed(soft_binding(value, "io.iscc.v0")), COMPUTED)
    assert found is wanted
    assert where == ([f"{LABEL}/c2pa.soft-binding"] if wanted is MarkCheck.DIFFERS else [])


@pytest.mark.parametrize(
    "scope", [{"timespan": {"start": 0, "end": 5}}, {"region": {"region": [{"type": "spatial"}]}}]
)
def test_what_is_declared_of_a_part_is_not_held_against_the_whole(scope: dict[str, object]) -> None:
    assert checked(signed(soft_binding(FAR, "io.iscc.v0", scope)), COMPUTED) == (
        MarkCheck.NOT_CHECKED,
        [],
    )


@pytest.mark.parametrize(
    ("make", "wanted"), [(edited, MarkCheck.DIFFERS), (placed, MarkCheck.NOT_CHECKED)]
)
def test_a_parent_may_differ_and_a_component_is_another_picture(
    make: Callable[[bytes, str], bytes], wanted: MarkCheck
) -> None:
    data = make(signed(soft_binding(FAR, "io.iscc.v0")), OTHER)
    verifier = Verifier(trust=TrustStore.load(bundled=False), pixels=Reads(COMPUTED))
    report = verifier.verify_bytes(data)
    (below,) = (m for m in report.credentials.manifests if m.label == LABEL)
    assert [one.checked for one in below.soft_bindings] == [wanted]
    assert "softbinding.differs" not in {f.code for f in report.findings}


def test_whatever_was_decoded_or_declared_is_asked_about() -> None:
    (query,) = queries_of((UNSEEN, DETECTED, replace(DETECTED, message="kind 9")))
    assert (query.algorithm, query.value, query.basis, query.where) == (
        P,
        f"2*{BITS}".encode(),
        BindingBasis.DECODED,
        "trustmark.p",
    )
    assert [q.value for q in queries_of((COMPUTED,))] == [CODE]
    assert queries_of((replace(COMPUTED, algorithm=""), replace(COMPUTED, payload=""))) == ()


def test_a_decoded_mark_leads_back(tmp_path: Path) -> None:
    from provenance.kit.writer import store_of

    data = signed(soft_binding(f"2*{BITS}"))
    (tmp_path / "copy.jpg").write_bytes(stripped(data))
    with Repository.create(tmp_path / "r") as repository:
        repository.add(store_of(data).data)
    verifier = Verifier(trust=TrustStore.load(bundled=False), pixels=Reads(DETECTED))
    made = recover(
        str(tmp_path / "copy.jpg"), FolderResolver(tmp_path / "r"), verifier, RecoveryRequest()
    )
    assert [(c.state.value, c.basis) for c in made.candidates] == [("recovered", "decoded")]


def test_a_fingerprint_leads_back_where_it_is_close(tmp_path: Path) -> None:
    from provenance.kit.writer import store_of

    data = signed(soft_binding(NEAR, "io.iscc.v0"))
    (tmp_path / "copy.jpg").write_bytes(stripped(data))
    with Repository.create(tmp_path / "r") as repository:
        repository.add(store_of(data).data)
    verifier = Verifier(trust=TrustStore.load(bundled=False), pixels=Reads(COMPUTED))
    made = recover(
        str(tmp_path / "copy.jpg"), FolderResolver(tmp_path / "r"), verifier, RecoveryRequest()
    )
    (found,) = made.candidates
    apart = sum((a ^ b).bit_count() for a, b in zip(NEAR, CODE, strict=True))
    assert (found.state.value, found.binding.value) == ("recovered", "matches")
    assert found.similarity == int(100 * (1 - apart / 256))
