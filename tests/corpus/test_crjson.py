"""crJSON of real files and of attacks against our own record: two views of one validation."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from support.crjson import faults, other_codes
from support.each import each
from support.pki import FIXTURES
from support.shared import CORPUS, SHARED, needs_corpus

from provenance import Options, TrustStore, Verifier
from provenance.base.options import CrossCheck
from provenance.base.terms import Flag, Identity, Integrity, Revocation, TimeStatus
from provenance.linting.crjson import crjson_writing as crjson
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.verdict.report import Report

pytestmark = needs_corpus

ANCHORS = (FIXTURES / "pki" / "anchors.pem",)
NOT_MEDIA = frozenset({".json", ".md", ".py", ".txt"})
FOLDERS = {
    CORPUS: datetime(2026, 11, 22, tzinfo=UTC),
    SHARED / "attacks": datetime(2026, 6, 1, tzinfo=UTC),
}
FILES = sorted(
    path
    for folder in FOLDERS
    if folder.is_dir()
    for path in folder.iterdir()
    if path.is_file() and path.suffix not in NOT_MEDIA
)
SIGNER = ("signingCredential.", "claimSignature.outsideValidity")


@cache
def verifier(folder: Path, mode: CrossCheck) -> Verifier:
    trust = TrustStore.load(anchors=ANCHORS, tsa_anchors=ANCHORS)
    options = Options(digest=False, cross_check=mode)
    return Verifier(trust=trust, at=FOLDERS[folder], options=options)


def read(path: Path, mode: CrossCheck) -> tuple[dict[str, Any], Report]:
    with Asset.open(path) as asset:
        found = verifier(path.parent, mode).examine(asset)
    return crjson.crjson_document(found), found.report


def failures(groups: dict[str, Any]) -> set[str]:
    return {status["code"] for status in groups["failure"]}


@each("path", FILES, ids=lambda path: path.name)
def test_the_document_and_the_record_agree(path: Path) -> None:
    said = []
    for mode in CrossCheck:
        document, report = read(path, mode)
        manifests = document["manifests"]
        said.append([failures(m["validationResults"]) for m in manifests])
        if not manifests:
            assert report.axes.integrity in {Integrity.NONE, Integrity.BROKEN}
            continue
        assert not [f for f in faults(document) if "non-empty" not in f]
        assert other_codes(document) == set()
        active = failures(manifests[0]["validationResults"])
        axes, verdict = report.axes, report.verdict
        assert verdict is not None
        of_the_signer = {code for code in active if code.startswith(SIGNER)}
        # a file that is not intact never passes, but where the standard itself has it match
        if axes.integrity not in {Integrity.INTACT, Integrity.PARTIAL}:
            assert active - of_the_signer
        if Flag.BROKEN in verdict.flags:
            links = [
                d["validationDeltas"] for m in manifests for d in m.get("ingredientDeltas", ())
            ]
            assert any((active - of_the_signer, *map(failures, links), *said[-1][1:]))
        trusted = (
            axes.identity in {Identity.C2PA, Identity.PRIVATE}
            and axes.time in {TimeStatus.TIMESTAMPED, TimeStatus.CURRENT}
            and axes.revocation is not Revocation.REVOKED
        )
        assert trusted is not bool(of_the_signer)
    assert said[0] == said[1] == said[2], "the second opinion changes what ours says"


def test_more_than_sixty_documents_have_manifests() -> None:
    shown = [read(path, CrossCheck.NEVER)[0]["manifests"] for path in FILES]
    assert sum(map(bool, shown)) > 60
