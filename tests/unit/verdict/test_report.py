"""The record of a report: plain, cleaned, in order; the path as it is."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from support.each import each
from support.pki import FIXTURES, PKI

from provenance import Options, TrustStore, Verifier
from provenance.base.finding import note
from provenance.base.terms import (
    CredentialStatus,
    Identity,
    Integrity,
    Location,
    Origin,
    Revocation,
    TimeStatus,
)
from provenance.verdict.report import (
    SCHEMA_VERSION,
    AssetInfo,
    Credentials,
    Environment,
    ErrorInfo,
    ListInfo,
    ManifestAxes,
    Report,
    plain,
    withheld,
)

AT = datetime(2026, 6, 1, tzinfo=UTC)
ENVIRONMENT = Environment("provenance 1", "c2pa-python 1", (), AT)
FIELDS = [
    "schema_version",
    "asset",
    "environment",
    "verdict",
    "flagged",
    "axes",
    "credentials",
    "signals",
    "decoded_watermarks",
    "findings",
    "sdk_state",
    "network_calls",
    "error",
]
HOSTILE = "\x1b[2J\u202e" + "x" * 5000


def record(**fields: Any) -> dict[str, Any]:
    return Report(fields.pop("asset", AssetInfo("x.jpg")), ENVIRONMENT, **fields).to_dict()


def real(name: str) -> dict[str, Any]:
    anchors = [PKI / "anchors.pem"]
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    return (
        Verifier(trust=trust, at=AT, options=Options(hashes=("md5",)))
        .verify(FIXTURES / name)
        .to_dict()
    )


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for k, v in value.items() for s in (*strings(k), *strings(v))]
    return [s for v in value for s in strings(v)] if isinstance(value, list) else []


def test_the_fields_of_a_record_come_in_one_order() -> None:
    assert list(record()) == FIELDS
    assert list(real("capture.jpg")) == FIELDS
    assert record()["schema_version"] == SCHEMA_VERSION


def test_a_file_that_could_not_be_examined_has_an_error_and_no_verdict() -> None:
    found = record(error=ErrorInfo("asset.missing", "no such file"))
    assert found["verdict"] is None
    assert found["error"] == {"code": "asset.missing", "message": "no such file"}


@pytest.mark.parametrize("name", ["hostile-strings.jpg", "chain-of-three.jpg", "clip.mp4"])
def test_a_record_is_json_and_every_text_in_it_is_harmless(name: str) -> None:
    found = real(name)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for text in strings(found):
        assert len(text) <= 1024
        assert text.isprintable()


def test_hostile_text_is_cleaned_and_cut_wherever_it_stands() -> None:
    found = record(
        findings=(note(HOSTILE, HOSTILE, HOSTILE),),
        sdk_state=HOSTILE,
        credentials=Credentials(CredentialStatus.REMOTE, remote_url="http://x/" + HOSTILE),
        error=ErrorInfo("x", HOSTILE),
    )
    texts = list(strings(found))
    assert sum("x" in text for text in texts) >= 5, "the hostile text is not in the record"
    for text in texts:
        assert text.isprintable()
        assert len(text) <= 1024


def test_the_path_is_exact_however_hostile() -> None:
    path = "dir/" + HOSTILE + "\n.jpg"
    assert record(asset=AssetInfo(path))["asset"]["path"] == path
    assert "path_bytes" not in record(asset=AssetInfo(path))["asset"]


@pytest.mark.skipif(os.name == "nt", reason="names are text on this platform")
def test_a_path_that_is_no_utf_8_comes_as_bytes_too() -> None:
    raw = b"dir/\xff\xfe.jpg"
    found = record(asset=AssetInfo(os.fsdecode(raw)))["asset"]
    assert base64.b64decode(found["path_bytes"]) == raw
    assert found["path"] == "dir/\ufffd\ufffd.jpg"


def test_hashes_stand_beside_the_digest_only_where_asked() -> None:
    assert real("plain.jpg")["asset"].keys() == {"path", "sha256", "hashes", "size", "media_type"}
    assert list(record()["asset"]) == ["path", "sha256", "size", "media_type"]


@each(
    ("value", "expected"),
    [
        (AT, "2026-06-01T00:00:00Z"),
        (AT.replace(microsecond=5), "2026-06-01T00:00:00.000005Z"),
        (AT.replace(tzinfo=timezone(timedelta(hours=2))), "2026-06-01T00:00:00+02:00"),
        (Origin.AI_GENERATED, "ai_generated"),
        (("a", None, 1, True), ["a", None, 1, True]),
        (
            ManifestAxes(
                Integrity.INTACT, Identity.C2PA, TimeStatus.CURRENT, Revocation.NOT_CHECKED
            ),
            {
                "integrity": "intact",
                "identity": "c2pa",
                "time": "current",
                "revocation": "not_checked",
            },
        ),
    ],
)
def test_values_of_each_type_become_plain(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_messages_and_addresses_may_be_longer_than_names() -> None:
    found = record(
        findings=(note("x" * 2000, "x" * 2000),),
        credentials=Credentials(CredentialStatus.REMOTE, remote_url="h" * 2000),
    )
    (finding,) = found["findings"]
    assert (len(finding["code"]), len(finding["message"])) == (256, 1024)
    assert len(found["credentials"]["remote_url"]) == 1024


def test_personal_values_are_replaced_by_their_kind() -> None:
    assert withheld("Jane", "author", show=False) == "[author withheld]"
    assert withheld("Jane", "author", show=True) == "Jane"
    assert withheld("", "author", show=False) == ""


def test_the_environment_names_lists_time_and_that_the_network_is_off() -> None:
    lists = (ListInfo("c2pa", "c2pa", "signer", "2026-01-01", 3, "ab"),)
    found = Report(AssetInfo("x"), Environment("t", "s", lists, AT)).to_dict()["environment"]
    assert found["network"] == "off"
    assert found["validation_time"] == "2026-06-01T00:00:00Z"
    assert found["trust_lists"] == [
        {
            "name": "c2pa",
            "tier": "c2pa",
            "purpose": "signer",
            "date": "2026-01-01",
            "count": 3,
            "sha256": "ab",
        }
    ]


def test_a_report_cannot_be_changed() -> None:
    report = Report(AssetInfo("x"), ENVIRONMENT)
    with pytest.raises(AttributeError):
        report.sdk_state = "Valid"  # type: ignore[misc]  # frozen: that is the test
    assert report.generator is None
    assert report.credentials.location is Location.NONE
