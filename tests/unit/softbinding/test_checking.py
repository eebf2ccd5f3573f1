"""Declared soft bindings held against what decoders read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.soft_bound import LABEL, signed, soft_binding, stripped

from provenance import TrustStore, Verifier
from provenance.metadata.model import PixelReading
from provenance.softbinding import checking
from provenance.softbinding.model import Checked
from provenance.softbinding.recovery import Wanted, recover
from provenance.softbinding.repository import Repository
from provenance.softbinding.resolution import Basis, FolderResolver
from provenance.watermark.model import WatermarkResult, WatermarkStatus

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.asset import Asset

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


def checked(data: bytes, *results: WatermarkResult) -> tuple[Checked, list[str]]:
    verifier = Verifier(trust=TrustStore.load(bundled=False), pixels=Reads(*results))
    report = verifier.verify_bytes(data)
    (binding,) = report.credentials.manifests[0].soft_bindings
    return binding.checked, [f.where for f in report.findings if f.code == "softbinding.differs"]


@pytest.mark.parametrize(
    ("value", "results", "wanted"),
    [
        (f"2*{BITS}", (DETECTED,), Checked.MATCHES),
        (f"2*{BITS}".encode(), (DETECTED,), Checked.MATCHES),
        (f"1*{BITS}", (DETECTED,), Checked.DIFFERS),
        (f"2*{BITS[::-1]}", (DETECTED,), Checked.DIFFERS),
        (f"2*{BITS}", (UNSEEN,), Checked.NOT_FOUND),
        (f"2*{BITS}", (UNSEEN, DETECTED), Checked.MATCHES),
        (f"2*{BITS}", (replace(DETECTED, algorithm="com.adobe.trustmark.Q"),), Checked.NOT_CHECKED),
        (f"2*{BITS}", (replace(DETECTED, algorithm=""),), Checked.NOT_CHECKED),
        (f"2*{BITS}", (replace(UNSEEN, status=WatermarkStatus.REFUSED),), Checked.NOT_CHECKED),
        (f"2*{BITS}", (), Checked.NOT_CHECKED),
        (bytes(5000), (DETECTED,), Checked.NOT_CHECKED),
    ],
)
def test_a_watermark(
    value: str | bytes, results: tuple[WatermarkResult, ...], wanted: Checked
) -> None:
    found, where = checked(signed(soft_binding(value)), *results)
    assert found is wanted
    assert where == ([f"{LABEL}/c2pa.soft-binding"] if wanted is Checked.DIFFERS else [])


def test_what_is_asked_about() -> None:
    (query,) = checking.queries((UNSEEN, DETECTED, replace(DETECTED, message="kind 9")))
    assert (query.algorithm, query.value, query.basis, query.where) == (
        P,
        f"2*{BITS}".encode(),
        Basis.DECODED,
        "trustmark.p",
    )
    code = WatermarkResult(
        "iscc", WatermarkStatus.COMPUTED, payload="ISCC:KAA", algorithm="io.iscc.v0"
    )
    assert [q.value for q in checking.queries((code,))] == [b"ISCC:KAA"]
    assert checking.queries((replace(code, algorithm=""), replace(code, payload=""))) == ()


def test_a_decoded_mark_leads_back(tmp_path: Path) -> None:
    from provenance.kit.writer import store_of

    data = signed(soft_binding(f"2*{BITS}"))
    (tmp_path / "copy.jpg").write_bytes(stripped(data))
    with Repository.create(tmp_path / "r") as repository:
        repository.add(store_of(data).data)
    verifier = Verifier(trust=TrustStore.load(bundled=False), pixels=Reads(DETECTED))
    made = recover(str(tmp_path / "copy.jpg"), FolderResolver(tmp_path / "r"), verifier, Wanted())
    assert [(c.state.value, c.basis) for c in made.candidates] == [("recovered", "decoded")]
