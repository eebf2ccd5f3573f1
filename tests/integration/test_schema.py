"""The JSON Schema of a report: right in itself, and right about every report there is."""

import copy
import json
from dataclasses import replace
from datetime import datetime

import pytest
from click.testing import CliRunner
from integration.helpers import AT, FIXTURES, fixture_files, has_fifo, needs_posix_names
from jsonschema import Draft202012Validator, FormatChecker
from provenance_cli.main import main
from support import declared
from support.each import each
from support.shared import CORPUS, index, needs_corpus

from provenance import Options, TrustStore, Verifier
from provenance.base import terms
from provenance.base.finding import Severity, note
from provenance.base.text import LIMIT, URL_LIMIT
from provenance.credentials.manifest import Relationship
from provenance.marks.decoder import WatermarkStatus
from provenance.render import records, schemas
from provenance.signals.signal import Basis, Role
from provenance.signing.trust_list import Purpose
from provenance.verdict.policy import Policy, SigningDemand
from provenance.verdict.report import MAX_ENTRIES, SCHEMA_VERSION, NetworkCall

SCHEMA = json.loads(schemas.schema_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
ENUMS = {
    ("origin",): terms.Origin,
    ("assurance",): terms.Assurance,
    ("flag",): terms.Flag,
    ("breach",): terms.Breach,
    ("integrity",): terms.Integrity,
    ("identity",): terms.Identity,
    ("timeStatus",): terms.TimeStatus,
    ("revocation",): terms.Revocation,
    ("axes", "cawg"): terms.Cawg,
    ("axes", "conformance"): terms.Conformance,
    ("credentials", "status"): terms.CredentialStatus,
    ("credentials", "location"): terms.Location,
    ("generator", "basis"): Basis,
    ("signal", "role"): Role,
    ("finding", "severity"): Severity,
    ("decodedWatermark", "status"): WatermarkStatus,
}


@pytest.fixture(scope="module")
def verifier():
    trust = TrustStore.load(anchors=(FIXTURES / "pki" / "anchors.pem",))
    return Verifier(
        trust=trust,
        at=datetime.fromisoformat(AT),
        options=Options(hashes=("md5", "sha1", "sha512")),
    )


def follows(report):
    declared.check(report)
    record = json.loads(records.line(report))
    faults = [f"{e.json_path}: {e.message[:200]}" for e in VALIDATOR.iter_errors(record)]
    assert not faults, faults
    return record


def definition(name, *inner):
    found = SCHEMA["$defs"][name]
    for step in inner:
        found = found["properties"][step]
    return found


def objects(node, place="$"):
    """Every part of the schema that describes an object with properties."""
    if isinstance(node, dict):
        if node.get("type") == "object" and place != "$.if.properties.error":
            yield place, node
        for key, value in node.items():
            yield from objects(value, f"{place}.{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from objects(value, f"{place}[{number}]")


def test_the_schema_of_records_is_a_json_schema():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["schema_version"] == {"const": SCHEMA_VERSION}


def test_every_object_of_the_schema_is_closed():
    found = dict(objects(SCHEMA))
    assert len(found) > 15
    for place, node in found.items():
        if place == "$.else.properties.verdict":  # only tells which of the two it is
            continue
        assert node["additionalProperties"] is False, place


@each("place", sorted(ENUMS))
def test_the_words_of_the_schema_are_those_of_the_code(place):
    assert definition(*place)["enum"] == [value.value for value in ENUMS[place]]


def test_the_words_inside_lists_of_the_schema_are_those_of_the_code():
    entry = definition("environment", "trust_lists")["items"]["properties"]
    assert entry["tier"]["enum"] == [value.value for value in terms.Tier]
    assert entry["purpose"]["enum"] == [*(value.value for value in Purpose), "products"]
    relationships = definition("ingredient", "relationship")["enum"]
    assert relationships == [*(value.value for value in Relationship), ""]


def test_the_limits_of_the_schema_are_those_of_the_code():
    assert definition("text")["maxLength"] == LIMIT
    assert definition("longText")["maxLength"] == URL_LIMIT
    assert SCHEMA["properties"]["signals"]["maxItems"] == MAX_ENTRIES
    assert SCHEMA["properties"]["findings"]["maxItems"] == MAX_ENTRIES + 1


def test_a_recovery_describes_what_it_shares_with_a_report_in_the_same_properties():
    other = json.loads(schemas.schema_text("recovery"))["$defs"]
    shared = sorted(set(SCHEMA["$defs"]) & set(other))
    assert "environment" in shared
    for name in shared:
        ours, theirs = SCHEMA["$defs"][name], other[name]
        assert ours.get("properties", {}).keys() == theirs.get("properties", {}).keys(), name
        if name not in ("environment", "error"):  # a recovery may ask more of the network
            assert ours == theirs, name


@each("name", fixture_files())
def test_reports_of_the_fixtures_follow_the_schema(verifier, name):
    record = follows(verifier.verify(FIXTURES / name))
    assert record["verdict"] is not None
    assert set(record["asset"]["hashes"]) == {"md5", "sha1", "sha512"}


def test_reports_with_personal_data_follow_the_schema(verifier):
    shown = Verifier(trust=verifier.trust, at=verifier.at, options=Options(show_personal_data=True))
    for name in fixture_files():
        follows(shown.verify(FIXTURES / name))


def test_reports_under_a_policy_follow_the_schema(verifier):
    demanding = Policy(
        origins=frozenset((o, a) for o in terms.Origin for a in terms.Assurance),
        counts_as_broken=frozenset({terms.Integrity.PARTIAL}),
        counts_as_revoked=frozenset({terms.Revocation.NOT_CHECKED}),
        vendors=("Nobody",),
        signers=("Nobody",),
        must_be_signed=(SigningDemand(),),
        name="x\x1b" * 500,
    )
    strict = Verifier(demanding, verifier.trust, verifier.at)
    seen = set()
    for name in fixture_files():
        seen |= set(follows(strict.verify(FIXTURES / name))["flagged"])
    assert seen > {"origin", "unexpected_signer", "must_be_signed", "ai", "broken", "revoked"}


def test_reports_without_a_digest_follow_the_schema(verifier):
    quick = Verifier(trust=verifier.trust, at=verifier.at, options=Options(digest=False))
    record = follows(quick.verify(FIXTURES / "capture.jpg"))
    assert record["asset"]["sha256"] is None


class TestRealFiles:
    pytestmark = needs_corpus

    @each("name", sorted(entry["file"] for entry in index()))
    def test_reports_follow_the_schema(self, verifier, name):
        record = follows(verifier.verify(CORPUS / name))
        assert record["verdict"] is not None


def test_reports_of_what_cannot_be_examined_follow_the_schema(verifier, tmp_path):
    (tmp_path / "folder").mkdir()
    names = ["missing.jpg", "folder", "a\0nul.jpg"]
    if has_fifo():
        import os

        os.mkfifo(tmp_path / "fifo")
        names.append("fifo")
    for name in names:
        record = follows(verifier.verify(tmp_path / name))
        assert record["verdict"] is None
        assert record["error"]["code"].startswith("asset.")
        assert record["flagged"] == []
    small = Verifier(trust=verifier.trust, at=verifier.at, options=Options(max_size=10))
    assert follows(small.verify(FIXTURES / "plain.jpg"))["error"]["code"] == "asset.too_large"
    assert follows(small.verify_bytes(bytes(11)))["error"]["code"] == "asset.too_large"


@needs_posix_names
def test_a_report_of_a_name_that_is_not_text_follows_the_schema(verifier, tmp_path):
    import os

    name = os.fsencode(tmp_path) + b"/\xff\xfe.jpg"
    with open(name, "wb") as file:
        file.write((FIXTURES / "plain.jpg").read_bytes())
    assert "path_bytes" in follows(verifier.verify(os.fsdecode(name)))["asset"]


@pytest.mark.parametrize("data", [b"", b"\0", b"random bytes that are nothing" * 40])
def test_reports_of_a_file_of_no_known_kind_follow_the_schema(verifier, data):
    assert follows(verifier.verify_bytes(data))["verdict"]["origin"] == "unknown"


def test_the_schema_refuses_a_record_with_a_wrong_word_or_without_a_key(verifier):
    good = json.loads(records.line(verifier.verify(FIXTURES / "ai-generated.png")))
    failed = json.loads(records.line(verifier.verify(FIXTURES / "missing.jpg")))

    def refused(record, **changes):
        changed = copy.deepcopy(record)
        changed.update(changes)
        return not VALIDATOR.is_valid(changed)

    assert not refused(good)
    assert not refused(failed)
    assert refused(good, verdict=None)
    assert refused(good, error=failed["error"])
    assert refused(failed, verdict=good["verdict"])
    assert refused(good, surprise=1)
    assert refused(good, schema_version="2.0")
    assert refused(good, flagged=["wrong"])
    for key in good:
        assert not VALIDATOR.is_valid({k: v for k, v in good.items() if k != key}), key


def test_the_schema_takes_the_codes_of_the_catalogue_and_of_others_alone(verifier):
    """Those of the catalogue, and those that come from elsewhere; no others that look like ours."""
    report = verifier.verify(FIXTURES / "plain.jpg")
    failed = verifier.verify(FIXTURES / "missing.jpg")

    def takes_finding(code):
        record = json.loads(records.line(replace(report, findings=(note(code, "x"),))))
        return VALIDATOR.is_valid(record)

    def takes_reason(code):
        record = json.loads(records.line(report))
        record["verdict"]["reasons"][0]["code"] = code
        return VALIDATOR.is_valid(record)

    def takes_error(code):
        record = json.loads(records.line(failed))
        record["error"]["code"] = code
        return VALIDATOR.is_valid(record)

    assert takes_finding("credential.remnant")
    assert takes_finding("assertion.dataHash.mismatch")
    assert takes_finding("assertion.newer.code")  # a later version of the standard may have it
    assert takes_finding("com.example.code")  # section 15.2.1 allows vendors codes of their own
    assert takes_finding("plugin.acme.mark.old")
    assert not takes_finding("credential.forgotten")
    assert not takes_finding("chain")
    assert not takes_finding("not a code")
    assert takes_reason("origin.absent")
    assert takes_reason("origin.acme.mark")
    assert not takes_reason("origin.")
    assert not takes_reason("credential.remnant")
    assert takes_error("asset.missing")
    assert not takes_error("ledger.busy")


def test_a_report_with_long_and_hostile_text_follows_the_schema(verifier):
    report = verifier.verify(FIXTURES / "hostile-strings.jpg")
    finding = note("container.encrypted", "\x1b]0;" + "m" * 5000, "w" * 5000)
    record = follows(replace(report, findings=(finding,)))
    assert len(record["findings"][0]["message"]) == URL_LIMIT
    assert len(record["findings"][0]["where"]) == LIMIT


def test_a_report_with_calls_that_were_allowed_follows_the_schema(verifier):
    report = verifier.verify(FIXTURES / "capture.jpg")
    environment = replace(report.environment, network="ocsp")
    calls = (
        NetworkCall("http://ocsp.example.invalid/" + "u" * 2000, 200, 500, ""),
        NetworkCall("http://ocsp.example.invalid/", None, 0, "timed out"),
    )
    record = follows(replace(report, environment=environment, network_calls=calls))
    assert [call["status"] for call in record["network_calls"]] == [200, None]


def test_the_path_of_a_sidecar_is_exact_in_a_record(verifier):
    report = verifier.verify(FIXTURES / "plain-for-sidecar.jpg")
    name = "folder/" * 50 + "name.c2pa"
    credentials = replace(report.credentials, sidecar=name)
    record = follows(replace(report, credentials=credentials))
    assert record["credentials"]["sidecar"] == name


def test_verify_prints_its_schema():
    result = CliRunner().invoke(main, ["schema"])
    assert result.exit_code == 0
    assert result.stdout == schemas.schema_text()
