"""Which digests a report gives: of every asset, or of those with evidence alone."""

from __future__ import annotations

import hashlib

import pytest

from provenance.base.options import Options
from provenance.media.asset import Asset
from provenance.media.object_source import BLOCK, Far
from provenance.verdict.report_digests import ReportDigests

DATA = bytes(range(256)) * 2_000  # larger than what is kept whole at the first look
SHA256, MD5 = hashlib.sha256(DATA).hexdigest(), hashlib.md5(DATA).hexdigest()  # noqa: S324 - a name
EVIDENCE_ONLY = Options(digest_evidence_only=True)


class Elsewhere:
    """A source that counts the bytes that are asked of it."""

    def __init__(self) -> None:
        self.name, self.size, self.asked = "film.mp4", len(DATA), 0

    def first(self) -> bytes:
        return self.read_at(0, BLOCK)

    def read_at(self, offset: int, length: int) -> bytes:
        self.asked += length
        return DATA[offset : offset + length]

    def close(self) -> None:
        """Nothing was opened."""


def taken(asset: Asset, options: Options, *, evidence: bool, sha256: str | None = None):
    digests = ReportDigests(asset, options, None, sha256=sha256)
    digests.know(evidence=evidence)
    return digests.taken()


@pytest.mark.parametrize("evidence", [False, True])
def test_every_asset_has_the_digests_that_were_asked_for(evidence):
    options = Options(hashes=("md5", "sha256", "md5"))
    with Asset.from_bytes(DATA) as asset:
        assert taken(asset, options, evidence=evidence) == {"sha256": SHA256, "md5": MD5}


def test_without_digest_there_is_none_even_with_evidence():
    with Asset.from_bytes(DATA) as asset:
        assert taken(asset, Options(digest=False, hashes=("md5",)), evidence=True) == {}


def test_a_digest_that_is_known_is_not_taken_again():
    with Asset.from_bytes(DATA) as asset:
        found = taken(asset, Options(hashes=("md5",)), evidence=True, sha256=SHA256)
    assert found == {"md5": MD5}


@pytest.mark.parametrize(("evidence", "found"), [(False, {}), (True, {"sha256": SHA256})])
def test_for_evidence_alone_they_are_taken_once_there_is_some(evidence, found):
    with Asset.from_bytes(DATA) as asset:
        assert taken(asset, EVIDENCE_ONLY, evidence=evidence) == found


@pytest.mark.parametrize(("evidence", "found"), [(False, {}), (True, {"sha256": SHA256})])
def test_what_is_far_is_read_once_for_its_digest_and_everything_else(evidence, found):
    source = Elsewhere()
    with Asset.of_far(Far(source)) as asset:
        assert asset.passes_once
        digests = ReportDigests(asset, EVIDENCE_ONLY, None)
        assert asset.read(0, len(DATA)) == DATA
        asked = source.asked
        digests.know(evidence=evidence)
        assert digests.taken() == found
    assert source.asked == asked
