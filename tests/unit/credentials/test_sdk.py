"""What the SDK does unasked, and that it does not do it here: one test a line of the list.

The list is in the design notes of this project ("what the SDK does"), measured on c2pa-python
0.38.1. A test that fails after an update of the SDK says which of its habits changed.
"""

from __future__ import annotations

import copy
import http.server
import io
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import c2pa
import pytest
from support.fixture import AI, CAPTURE, instance, label
from support.pki import FIXTURES, PKI, Who, credential
from support.shared import CORPUS, REASON
from support.tsa import stamped
from support.writer import Manifest
from unit.credentials.test_locate import xmp

from provenance import CrossCheck, Options, TrustStore, Verifier
from provenance.base.errors import InstallationError
from provenance.base.terms import Integrity
from provenance.credentials import jumbf
from provenance.credentials import sdk as _sdk
from provenance.credentials.sdk import SETTINGS, SdkRefusal, SdkStatusGroup, ask_sdk, binds
from provenance.kit import carriers, damage, media
from provenance.kit.claims import ManifestFault, NewIngredient, actions, created, opened, placed
from provenance.kit.cose_sign1 import Sealing
from provenance.kit.writer import sign_detached, signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JPEG = media.gradient_jpeg()
GOOD = Manifest(label(901), (created(CAPTURE),), instance_id=instance(901))
SIGNED = signed_file(JPEG, GOOD)
STAMPED = datetime(2025, 6, 1, tzinfo=UTC)
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)


def asked(data: bytes, media_type: str | None = None, **options: Any) -> _sdk.SdkAnswer:
    return ask_sdk(io.BytesIO(data), media_type, **options)


def failures(answer: _sdk.SdkAnswer) -> set[str]:
    return {s.code for s in answer.statuses if s.outcome is SdkStatusGroup.FAILURE}


def successes(answer: _sdk.SdkAnswer) -> set[str]:
    return {s.code for s in answer.statuses if s.outcome is SdkStatusGroup.SUCCESS}


def with_settings(data: bytes, settings: dict[str, Any]) -> dict[str, Any]:
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Reader(None, io.BytesIO(data), None, context) as reader,
    ):
        found: dict[str, Any] = json.loads(reader.json())
    return found


def active_failures(document: dict[str, Any]) -> set[str]:
    return {s["code"] for s in document["validation_results"]["activeManifest"]["failure"]}


def verified(data: bytes, cross_check: CrossCheck = CrossCheck.AUTO) -> Any:
    anchors = [PKI / "anchors.pem"]
    trust = TrustStore.load(bundled=False, anchors=anchors, tsa_anchors=anchors)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    options = Options(digest=False, cross_check=cross_check)
    return Verifier(trust=trust, at=at, options=options).verify_bytes(data)


class _Listener(http.server.BaseHTTPRequestHandler):
    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server on the loopback; gives its address and what was asked of it."""
    seen: list[str] = []
    handler = type("Handler", (_Listener,), {"seen": seen})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", seen
        finally:
            server.shutdown()
            thread.join()


class TestNoNetwork:
    def test_a_remote_manifest_is_not_fetched(self, listener: tuple[str, list[str]]) -> None:
        address, seen = listener
        data = xmp(f"{address}/x.c2pa")
        answer = asked(data)
        assert answer.refusal is SdkRefusal.REMOTE
        assert verified(data).credentials.remote_url == f"{address}/x.c2pa"
        assert seen == []

    def test_without_our_context_the_sdk_does_fetch_a_remote_manifest(
        self, listener: tuple[str, list[str]]
    ) -> None:
        """The test above would notice: the same file, without a context of ours."""
        address, seen = listener
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader("image/jpeg", io.BytesIO(xmp(f"{address}/x.c2pa")))
        assert seen == ["/x.c2pa"]

    def test_an_empty_list_of_hosts_alone_keeps_the_sdk_from_fetching(
        self, listener: tuple[str, list[str]]
    ) -> None:
        address, seen = listener
        for settings in (
            {"core": {"allowed_network_hosts": []}},
            {"verify": {"remote_manifest_fetch": False}},
        ):
            with pytest.raises(c2pa.C2paError):
                with_settings(xmp(f"{address}/x.c2pa"), settings)
        assert seen == []

    def test_a_remote_only_manifest_is_a_value(self) -> None:
        answer = asked(xmp("http://manifests.example.invalid/x.c2pa"))
        assert (answer.state, answer.refusal) == (None, SdkRefusal.REMOTE)
        assert answer.message.startswith("Remote:")


class TestSettings:
    def test_trust_is_off_so_that_no_link_is_verified_twice(self) -> None:
        answer = asked(SIGNED)
        assert answer.state == "Valid"
        assert [c for c in failures(answer) if c.startswith("signingCredential.")] == []
        on = copy.deepcopy(SETTINGS)
        on["verify"]["verify_trust"] = True
        assert "signingCredential.untrusted" in active_failures(with_settings(SIGNED, on))

    def test_unknown_settings_are_accepted_in_silence(self) -> None:
        assert with_settings(SIGNED, {"verify": {"no_such_setting": 1}, "nonsense": {}})

    @needs_corpus
    @pytest.mark.parametrize(
        ("name", "otherwise"),
        [("success.jpg", "Valid"), ("adobe_connected_identities.jpg", "Invalid")],
    )
    def test_cawg_does_not_make_an_intact_file_invalid(self, name: str, otherwise: str) -> None:
        data = (CORPUS / name).read_bytes()
        assert asked(data).state == "Valid"
        decoding = copy.deepcopy(SETTINGS)
        decoding["core"]["decode_identity_assertions"] = True
        assert with_settings(data, decoding)["validation_state"] == otherwise

    @needs_corpus
    @pytest.mark.parametrize(
        "name",
        [
            "samsung_black_1.png",
            "bing_creator_cloud_surfing_puppy.jpg",
            "chatgpt-1.png",
            "lady.png",
        ],
    )
    def test_real_certificates_are_not_refused_for_want_of_a_usage(self, name: str) -> None:
        """Whatever the SDK says of the usage, integrity and identity do not hang on it."""
        report = Verifier(at=datetime(2026, 11, 22, tzinfo=UTC)).verify(CORPUS / name)
        assert report.axes.integrity is Integrity.INTACT
        assert report.axes.identity.value in {"c2pa", "interim"}

    @needs_corpus
    @pytest.mark.parametrize(
        "name", ["samsung_black_1.png", "bing_creator_cloud_surfing_puppy.jpg"]
    )
    def test_the_sdks_own_state_does_not_rest_on_an_empty_list_of_usages(self, name: str) -> None:
        data = (CORPUS / name).read_bytes()
        assert asked(data).state == "Valid"
        without = {key: value for key, value in SETTINGS.items() if key != "trust"}
        assert "signingCredential.invalid" in active_failures(with_settings(data, without))


class TestClaimsItMakes:
    def test_inside_validity_is_said_of_expired_signers_too(self) -> None:
        answer = asked(signed_file(JPEG, replace(GOOD, signer=credential(Who.EXPIRED))))
        assert "claimSignature.insideValidity" in successes(answer)
        report = verified(signed_file(JPEG, replace(GOOD, signer=credential(Who.EXPIRED))))
        assert report.axes.time.value == "expired"

    def test_a_strangers_time_stamp_fills_its_signature_time_and_not_ours(self) -> None:
        one = replace(GOOD, sealing=Sealing(stamp=stamped(STAMPED, Who.STRANGER_TSA)))
        data = signed_file(JPEG, one)
        info = with_settings(data, SETTINGS)["manifests"][label(901)]["signature_info"]
        assert info["time"].startswith("2025-06-01")
        (manifest,) = verified(data).credentials.manifests
        assert manifest.signing_time is None
        assert manifest.axes.time.value == "current"

    def test_its_state_is_valid_for_strangers_too(self) -> None:
        data = signed_file(JPEG, replace(GOOD, signer=credential(Who.STRANGER)))
        report = verified(data, CrossCheck.ALWAYS)
        assert report.sdk_state == "Valid"
        assert report.axes.identity.value == "unlisted"


class TestOrder:
    NAME = FIXTURES / "chain-of-three.jpg"

    def test_statuses_and_stores_of_the_sdk_vary_and_our_report_does_not(self) -> None:
        data = self.NAME.read_bytes()
        reports = set()
        for _ in range(8):
            asked(data)
            reports.add(json.dumps(verified(data).to_dict()))
        assert len(reports) == 1

    def test_the_walk_starts_at_the_active_manifest(self) -> None:
        report = verified(self.NAME.read_bytes())
        assert [m.active for m in report.credentials.manifests] == [True, False, False]


class TestUnreferenced:
    def test_loose_manifests_are_listed_by_the_sdk_and_not_validated(self) -> None:
        bad = damage.flip_signature(signed_file(JPEG, replace(GOOD, label=label(902))))
        one = replace(GOOD, unreferenced=(store_of(bad).manifest(label(902)),))
        data = signed_file(JPEG, one)
        document = with_settings(data, SETTINGS)
        assert label(902) in document["manifests"]
        answer = asked(data)
        assert label(902) not in {s.manifest for s in answer.statuses}
        report = verified(data)
        assert report.axes.integrity is Integrity.INTACT
        assert ("manifest.unreferenced", label(902)) in {(f.code, f.where) for f in report.findings}
        other = next(m for m in report.credentials.manifests if m.label == label(902))
        assert (other.referenced, other.assurance.value) == (False, "none")


class TestRecordedFailures:
    def recorded(self) -> bytes:
        """A file over an ingredient whose recorded results hold a failure."""
        source = signed_file(JPEG, replace(GOOD, label=label(902)))
        url = f"self#jumbf=/c2pa/{label(902)}/c2pa.assertions/c2pa.hash.data"
        failure = {"code": "assertion.dataHash.mismatch", "url": url, "explanation": "x"}
        results = {"activeManifest": {"success": [], "informational": [], "failure": [failure]}}
        item = NewIngredient(
            "parentOf", store=store_of(source), fields={"validationResults": results}
        )
        return signed_file(
            JPEG, replace(GOOD, assertions=(actions(opened()),), ingredients=(item,))
        )

    def test_the_sdk_keeps_quiet_about_recorded_failures_and_we_do_not(self) -> None:
        data = self.recorded()
        assert "assertion.dataHash.mismatch" not in failures(asked(data))
        report = verified(data)
        found = [f for f in report.findings if f.code == "ingredient.recorded_failure"]
        assert [f.where for f in found] == [f"{label(901)}/c2pa.ingredient.v3"]
        assert report.axes.integrity is Integrity.INTACT

    @needs_corpus
    def test_a_recorded_failure_of_a_real_file_is_a_finding(self) -> None:
        options = Options(cross_check=CrossCheck.ALWAYS)
        report = Verifier(options=options).verify(CORPUS / "CACAE-uri-CA.jpg")
        assert report.sdk_state == "Valid"
        assert "ingredient.recorded_failure" in {f.code for f in report.findings}


class TestInput:
    def test_content_is_sniffed_whatever_the_hint(self) -> None:
        for hint in (None, "image/jpeg", "image/png"):
            assert asked(SIGNED, hint).state in {"Valid", None}
        assert asked(SIGNED, None).state == "Valid"

    def test_a_manifest_store_alone_needs_its_type(self) -> None:
        store = carriers.extract(SIGNED)
        assert asked(store, _sdk.MANIFEST_STORE_TYPE).active == label(901)
        assert asked(store, None).refusal is not None

    def test_a_path_ending_in_c2pa_is_judged_by_content(self, tmp_path: Path) -> None:
        for name, data in (("x.c2pa", carriers.extract(SIGNED)), ("y.c2pa", SIGNED)):
            path = tmp_path / name
            path.write_bytes(data)
            report = Verifier(options=Options(digest=False)).verify(path)
            assert report.credentials.status.value == "present"
        assert report.asset.media_type == "image/jpeg"

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this platform")
    def test_asking_about_a_fifo_does_not_hang(self, tmp_path: Path) -> None:
        path = tmp_path / "fifo.jpg"
        os.mkfifo(path)
        report = Verifier().verify(path)
        assert report.error is not None
        assert report.error.code == "asset.not_regular"

    def test_the_stream_that_was_given_stays_open(self) -> None:
        stream = io.BytesIO(SIGNED)
        ask_sdk(stream, None)
        assert not stream.closed

    def test_a_sidecars_store_is_checked_against_the_media(self) -> None:
        store = sign_detached(JPEG, GOOD)
        assert binds(asked(JPEG, "image/jpeg", manifest_store=store))
        other = asked(damage.flip_media(JPEG), "image/jpeg", manifest_store=store)
        assert not binds(other)


class TestRefusals:
    """Errors become values of ours."""

    @pytest.mark.parametrize(
        ("data", "hint", "refusal"),
        [
            (JPEG, None, SdkRefusal.ABSENT),
            (xmp("http://manifests.example.invalid/x"), None, SdkRefusal.REMOTE),
            (b"neither this nor that", "text/x-nothing", SdkRefusal.UNSUPPORTED),
            (
                signed_file(JPEG, replace(GOOD, faults=frozenset({ManifestFault.NO_BINDING}))),
                None,
                SdkRefusal.MALFORMED,
            ),
        ],
        ids=["absent", "remote", "unsupported", "malformed"],
    )
    def test_each_refusal_of_the_sdk_has_its_value(
        self, data: bytes, hint: str | None, refusal: SdkRefusal
    ) -> None:
        answer = asked(data, hint)
        assert answer.refusal is refusal
        assert (answer.state, answer.active, answer.statuses) == (None, None, ())
        assert answer.message

    @pytest.mark.parametrize(
        ("fault", "integrity", "code"),
        [
            (ManifestFault.NO_BINDING, Integrity.BROKEN, "claim.hardBindings.missing"),
            (ManifestFault.CIRCULAR, Integrity.UNCHECKED, "credential.malformed"),
        ],
    )
    def test_structural_faults_are_malformed(
        self, fault: ManifestFault, integrity: Integrity, code: str
    ) -> None:
        answer = asked(signed_file(JPEG, replace(GOOD, faults=frozenset({fault}))))
        assert answer.refusal is SdkRefusal.MALFORMED
        report = verified(signed_file(JPEG, replace(GOOD, faults=frozenset({fault}))))
        assert report.axes.integrity is integrity
        assert code in {f.code for f in report.findings}

    @pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", JPEG[:50]])
    def test_the_sdk_refuses_any_bytes_without_raising(self, data: bytes) -> None:
        for hint in (None, "image/jpeg", "image/png", "video/mp4", _sdk.MANIFEST_STORE_TYPE):
            assert asked(data, hint).refusal is not None

    def test_an_answer_that_is_no_json_is_a_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(c2pa.Reader, "json", lambda _: "{")
        assert asked(SIGNED).refusal is SdkRefusal.MALFORMED

    def test_a_missing_sdk_is_a_broken_installation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "c2pa", None)
        with pytest.raises(InstallationError):
            asked(SIGNED)


class TestStoreOfAReader:
    """`resource_to_stream` with a signature's URI gives the whole store: undocumented."""

    def test_the_sdks_store_is_the_one_that_the_scan_finds(self) -> None:
        found = _sdk.manifest_store(io.BytesIO(SIGNED), None)
        assert found == carriers.extract(SIGNED)

    def test_the_sdks_store_has_the_manifests_of_the_file_in_whatever_order(self) -> None:
        data = (FIXTURES / "chain-of-three.jpg").read_bytes()
        found = _sdk.manifest_store(io.BytesIO(data), "image/jpeg")
        assert found is not None
        assert jumbf.contains(carriers.extract(data), found)
        assert asked(data, expected_store=carriers.extract(data)).same_store is True

    def test_a_store_of_the_sdk_that_is_another_one_is_noticed(self) -> None:
        other = carriers.extract(signed_file(JPEG, replace(GOOD, assertions=(created(AI),))))
        assert asked(SIGNED, expected_store=other).same_store is False
        assert asked(SIGNED).same_store is None

    def test_a_file_without_a_store_gives_none(self) -> None:
        assert _sdk.manifest_store(io.BytesIO(JPEG), None) is None
        assert _sdk.manifest_store(io.BytesIO(b"junk"), None) is None


class TestContext:
    def test_a_process_has_one_context_and_a_child_makes_its_own(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = _sdk._own_context()
        assert _sdk._own_context() is first
        identities = _sdk._own_context(identities=True)
        assert identities is not first
        assert _sdk._own_context(identities=True) is identities
        monkeypatch.setattr(_sdk, "_contexts", dict(_sdk._contexts))
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert _sdk._own_context() is not first

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
    def test_a_child_of_a_fork_answers_alike(self) -> None:
        script = (
            "import io, os, sys\n"
            "from provenance.credentials import sdk as _sdk\n"
            "data = open(sys.argv[1], 'rb').read()\n"
            "before = _sdk.ask_sdk(io.BytesIO(data), None).state\n"
            "old = _sdk._own_context()\n"
            "child = os.fork()\n"
            "if not child:\n"
            "    after = _sdk.ask_sdk(io.BytesIO(data), None).state\n"
            "    os._exit(0 if after == before and _sdk._own_context() is not old else 9)\n"
            "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        )
        path = str(FIXTURES / "capture.jpg")
        assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == 0

    def test_threads_get_readers_of_their_own(self) -> None:
        states: list[str | None] = []
        threads = [
            threading.Thread(target=lambda: states.append(asked(SIGNED).state)) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert states == ["Valid"] * 6


def test_one_manifest_as_parent_and_component_at_once_is_judged() -> None:
    source = store_of(
        signed_file(JPEG, replace(GOOD, label=label(902), signer=credential(Who.CAMERA)))
    )
    both = (NewIngredient("parentOf", store=source), NewIngredient("componentOf", store=source))
    one = replace(GOOD, assertions=(actions(opened(), placed(1)),), ingredients=both)
    assert verified(signed_file(JPEG, one)).axes.integrity is Integrity.INTACT
