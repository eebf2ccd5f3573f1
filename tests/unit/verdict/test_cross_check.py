"""When the SDK is asked for a second opinion, and what its answer may do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from unit.kit.made import PKI, verifier

from provenance import CrossCheck, Options, Policy, verify
from provenance.base.terms import Flag, Identity, Integrity
from provenance.credentials import sdk as _sdk
from provenance.credentials.sdk import SdkAnswer, SdkRefusal, SdkStatus, SdkStatusGroup
from provenance.kit import damage
from provenance.kit.claims import actions, created
from provenance.kit.pki_specs import Who
from provenance.kit.sample import CAPTURE, CREATED_BY_AI, GENERATED, IPTC, Bench
from provenance.kit.writer import signed_file
from provenance.verdict.policy import SigningDemand

if TYPE_CHECKING:
    from pathlib import Path

    from provenance import Report

BENCH = Bench(PKI, "cross-check")
AI = BENCH.signed(created(GENERATED))
CAMERA = BENCH.signed(created(CAPTURE), who=Who.CAMERA)
PEOPLE = BENCH.signed(created(IPTC + "digitalCreation"))
FORM = BENCH.signed(actions({"action": "c2pa.edited"}, CREATED_BY_AI))
EXPIRED = BENCH.signed(created(GENERATED), who=Who.STRANGER)
CAPTURED = {"captured": CAMERA, "digital_creation": PEOPLE}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The types of what the SDK was asked about, in order."""
    seen: list[str | None] = []
    real = _sdk.ask_sdk

    def ask(stream: Any, media_type: str | None, **more: Any) -> SdkAnswer:
        seen.append(media_type)
        return real(stream, media_type, **more)

    monkeypatch.setattr(_sdk, "ask_sdk", ask)
    return seen


def judged(
    folder: Path, data: bytes, mode: CrossCheck = CrossCheck.AUTO, policy: Policy | None = None
) -> Report:
    one = verifier(folder.parent)
    options = Options(digest=False, cross_check=mode)
    return replace(one, options=options, policy=policy or one.policy).verify_bytes(data)


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (AI, 0),
        (CAMERA, 1),
        (PEOPLE, 1),
        (FORM, 1),
        (damage.flip_media(AI), 1),
        (damage.flip_signature(AI), 1),
        (EXPIRED, 0),  # who signed and when is no reason
    ],
    ids=["ai", "captured", "created", "form", "media", "signature", "stranger"],
)
def test_the_automatic_mode_asks_the_sdk_where_its_word_counts(
    tmp_path: Path, asked: list[str | None], data: bytes, count: int
) -> None:
    report = judged(tmp_path, data)
    assert len(asked) == count
    assert (report.sdk_state is not None) is bool(count)
    assert report.environment.cross_check == "auto"


@pytest.mark.parametrize("data", [AI, CAMERA, FORM, damage.flip_media(AI)])
def test_a_mode_of_always_asks_the_sdk_and_one_of_never_does_not(
    tmp_path: Path, asked: list[str | None], data: bytes
) -> None:
    both = judged(tmp_path, data, CrossCheck.ALWAYS)
    assert len(asked) == 1
    alone = judged(tmp_path, data, CrossCheck.NEVER)
    assert len(asked) == 1
    assert alone.sdk_state is None
    assert alone.environment.cross_check == "never"
    assert (alone.verdict, alone.axes) == (both.verdict, both.axes)


def test_a_policy_that_demands_a_credential_has_the_sdk_asked(
    tmp_path: Path, asked: list[str | None]
) -> None:
    rule = SigningDemand(identity=frozenset({Identity.PRIVATE}))
    judged(tmp_path, AI, policy=replace(Policy(), must_be_signed=(rule,)))
    assert len(asked) == 1


def answered(
    monkeypatch: pytest.MonkeyPatch, *codes: str, refusal: SdkRefusal | None = None
) -> None:
    """Let the SDK say this of the active manifest."""
    real = _sdk.ask_sdk

    def ask(*given: Any, **more: Any) -> SdkAnswer:
        answer = real(*given, **more)
        url = f"self#jumbf=/c2pa/{answer.active}/c2pa.assertions/c2pa.hash.data"
        said = tuple(SdkStatus(code, SdkStatusGroup.FAILURE, url, "words") for code in codes)
        if refusal is not None:
            return SdkAnswer(None, None, (), refusal, "why")
        return replace(answer, statuses=said)

    monkeypatch.setattr(_sdk, "ask_sdk", ask)


@pytest.mark.parametrize(
    "code",
    ["assertion.dataHash.mismatch", "assertion.hashedURI.mismatch", "claimSignature.mismatch"],
)
@pytest.mark.parametrize("origin", sorted(CAPTURED))
def test_the_lower_answer_counts_before_a_file_is_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, origin: str
) -> None:
    data = CAPTURED[origin]
    report = judged(tmp_path, data)
    assert report.verdict is not None
    assert report.verdict.origin.value == origin
    answered(monkeypatch, code)
    report = judged(tmp_path, data)
    assert report.verdict is not None
    assert report.verdict.origin.value == "unknown"
    assert Flag.BROKEN in report.verdict.flags
    (said,) = [f.message for f in report.findings if f.code == "validators.disagree"]
    assert code in said
    assert "no fault" in said or "as it was signed" in said


def test_a_refusal_of_the_sdk_clears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(monkeypatch, refusal=SdkRefusal.MALFORMED)
    report = judged(tmp_path, CAMERA)
    assert report.verdict is not None
    assert (report.verdict.origin.value, report.axes.integrity) == ("unknown", Integrity.UNCHECKED)


def test_a_fault_that_we_find_stays_where_the_sdk_finds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(monkeypatch)
    report = judged(tmp_path, damage.flip_media(CAMERA))
    assert report.axes.integrity is Integrity.BROKEN
    (said,) = [f.message for f in report.findings if f.code == "validators.disagree"]
    assert "assertion.dataHash.mismatch" in said


def test_an_unknown_mode_of_the_cross_check_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(signed_file(BENCH.media(), BENCH.manifest()))
    with pytest.raises(ValueError, match="sometimes"):
        verify(path, cross_check="sometimes")
    assert verify(path, cross_check="never").sdk_state is None
