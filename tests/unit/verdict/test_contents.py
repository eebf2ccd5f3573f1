"""What is in a file is examined as any file is, and what was not is said and flagged."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from support import archives
from support.archives import JPEG, PLAIN, PNG, WRAPPINGS, zipped
from support.each import each
from support.hostile_archives import Entry, written
from support.pki import FIXTURES

from provenance import ArchiveLimits, Options, Verifier, verify, verify_all
from provenance.base.terms import Flag, Origin
from provenance.media import archive
from provenance.media.archive import member
from provenance.media.asset import Asset
from provenance.verdict import contents
from provenance.verdict.report import ErrorInfo

AT = datetime(2026, 6, 1, tzinfo=UTC)


def verifier(**limits: int) -> Verifier:
    return Verifier(at=AT, options=Options(archives=ArchiveLimits(**limits)))


@pytest.fixture
def opened(tmp_path):
    """Reports on what is in some bytes by their paths; the file itself is `outer`."""

    def reports(data: bytes, *, name: str = "outer", **limits: int) -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(data)
        made = list(verify_all(verifier(**limits), path))
        return {report.asset.path.replace(str(path), "outer"): report for report in made}

    return reports


def codes(report: Any) -> list[str]:
    return [finding.code for finding in report.findings]


@each("name", WRAPPINGS)
def test_a_picture_is_found_in_each_wrapping_and_flagged(opened, name):
    data = WRAPPINGS[name]()
    reports = opened(data, name=name)
    (found,) = [r for r in reports.values() if r.flagged]
    assert found.flagged == (Flag.AI,)
    assert found.verdict.origin in {Origin.AI_GENERATED, Origin.AI_MODIFIED}
    picture = JPEG if found.verdict.origin is Origin.AI_MODIFIED else PNG
    assert found.asset.sha256 == hashlib.sha256(picture).hexdigest()
    assert found.asset.outer.sha256 == hashlib.sha256(data).hexdigest()
    assert found.asset.path == "!/".join((found.asset.outer.path, *found.asset.outer.names))
    outer = reports["outer"]
    assert list(reports)[-1] == "outer"
    assert outer.asset.outer is None
    assert outer.asset.sha256 == found.asset.outer.sha256
    assert {"container.opened", "container.member_flagged"} <= set(codes(outer))
    assert "container.not_opened" not in codes(outer)


@each("name", WRAPPINGS)
def test_a_picture_that_nobody_asked_for_is_never_silently_missed(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(WRAPPINGS[name]())
    report = verify(path, at=AT)
    (said,) = [f.message for f in report.findings if f.code == "container.not_opened"]
    assert "not examined (use --archives)" in said
    assert (report.flagged, report.members) == ((), ())
    *members, own = (*verify(path, at=AT, archives=True).members, report)
    assert any(Flag.AI in member.flagged for member in members), members
    assert own.asset.path == str(path)


@pytest.mark.parametrize("name", ["ai-generated.png", "plain.jpg", "clip.mp4", "tone.wav"])
def test_a_file_that_holds_no_others_is_the_same_either_way(name):
    path = FIXTURES / name
    (report,) = verify_all(verifier(), path)
    plain = Verifier(at=AT).verify(path)
    assert report.body() == plain.body()


def test_mere_text_of_documents_and_messages_has_no_record(opened):
    reports = opened(archives.office("wordprocessingml.document", "word/media/x.png", PLAIN))
    assert list(reports) == ["outer!/word/media/x.png", "outer"]
    message = "files in it that were examined: 3"
    assert message in [f.message for f in reports["outer"].findings]
    plain = opened(zipped({"note.txt": b"hello"}))
    assert list(plain) == ["outer!/note.txt", "outer"]


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({"members": 2}, "--max-members"),
        ({"unpacked": 4000}, "--max-unpacked"),
        ({"ratio": 1}, "--max-ratio"),
        ({"depth": 1}, "--max-depth"),
    ],
)
def test_a_bound_that_was_reached_flags_what_was_not_read_to_its_end(
    opened, monkeypatch, limits, what
):
    monkeypatch.setattr(member, "RATIO_FLOOR", 1)
    inner = zipped({"1.jpg": PLAIN, "2.jpg": PLAIN, "zeros": bytes(100_000)})
    reports = opened(zipped({"inner.zip": inner, "zeros": bytes(100_000)}), **limits)
    unread = [r for r in reports.values() if r.verdict and Flag.UNREADABLE in r.verdict.flags]
    assert unread
    assert [report for report in unread if Flag.UNREADABLE not in report.flagged] == []
    reasons = [reason.message for report in unread for reason in report.verdict.reasons]
    assert any(what in message for message in reasons), reasons


def test_a_member_that_is_too_large_for_memory_is_an_error_of_its_own(opened):
    reports = opened(zipped({"a.jpg": PLAIN, "zeros": bytes(100_000)}), held=50_000)
    assert reports["outer!/zeros"].error.code == "asset.too_large"
    assert "--max-held" in reports["outer!/zeros"].error.message
    assert reports["outer!/zeros"].asset.outer.names == ("zeros",)
    assert reports["outer!/a.jpg"].error is None


def test_encrypted_members_are_a_finding_and_no_flag(opened):
    report = opened(written([Entry(b"x.png", PNG, flags=1)]))["outer"]
    assert "container.member_encrypted" in codes(report)
    assert (report.verdict.flags, report.flagged) == ((), ())


def test_kinds_that_nothing_opens_are_said_to_be_closed(opened):
    report = opened(b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40))["outer"]
    (said,) = [f.message for f in report.findings if f.code == "container.not_opened"]
    assert said == (
        "an archive; its contents were not examined: this program does not open such files"
    )
    assert report.flagged == ()


def test_an_archive_within_the_very_same_archive_is_not_opened_again(opened, monkeypatch):
    """None can be made by hand; what is opened is exchanged instead."""
    data = zipped({"a.zip": b""})

    def of_itself(asset: Asset, found: Any, spending: Any) -> Any:
        del asset, found
        spending.member()
        yield archive.Member("a.zip", Asset.from_bytes(data, "a.zip"))

    monkeypatch.setattr(archive, "members", of_itself)
    reports = opened(data)
    assert list(reports) == ["outer!/a.zip", "outer"]
    (said,) = [f.message for f in reports["outer!/a.zip"].findings if "opened" in f.code]
    assert said.endswith("it is the archive that it is in, once more")
    assert not reports["outer!/a.zip"].flagged


def test_a_crash_of_an_opener_is_an_error_of_the_file(opened, monkeypatch):
    def crash(*_: Any) -> Any:
        yield archive.Member("x.png", Asset.from_bytes(PNG, "x.png"))
        raise ZeroDivisionError

    monkeypatch.setattr(archive, "members", crash)
    reports = opened(zipped({"x.png": PNG}))
    assert reports["outer"].error.code == "internal.fault"
    assert reports["outer!/x.png"].flagged == (Flag.AI,)


def test_members_that_were_done_are_passed_over_and_the_one_that_fell_is_an_error(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({f"{n}.png": PNG for n in range(5)}))
    fell = ErrorInfo("worker.crashed", "it fell")
    progress = contents.MemberProgress(done=2, fallen={2: fell})
    made = [
        (number, report.asset.outer.names[0] if report.asset.outer else "", report.error)
        for number, report in contents.steps(verifier(), path, progress=progress)
        if report is not None
    ]
    assert made == [
        (2, "2.png", fell),
        (3, "3.png", None),
        (4, "4.png", None),
        (5, "", None),
    ]


def test_bytes_in_memory_are_opened_too():
    made = list(contents.verify_all_bytes(verifier(), zipped({"x.png": PNG})))
    assert [report.asset.path for report in made] == ["-!/x.png", "-"]
    small = Verifier(at=AT, options=Options(max_size=10, archives=ArchiveLimits()))
    (report,) = contents.verify_all_bytes(small, zipped({"x.png": PNG}))
    assert report.error is not None
    assert report.error.code == "asset.too_large"


def test_opening_a_missing_file_is_its_error():
    (report,) = verify_all(verifier(), "no-such.zip")
    assert report.error is not None
    assert report.error.code == "asset.missing"


def test_a_record_says_which_file_it_was_in(opened):
    report = opened(zipped({"in.zip": zipped({"x.png": PNG})}))["outer!/in.zip!/x.png"]
    record = report.to_dict()["asset"]
    assert record["outer"]["names"] == ["in.zip", "x.png"]
    assert set(record["outer"]) == {"path", "sha256", "names"}
    assert record["path"].endswith("outer!/in.zip!/x.png")


def test_a_sidecar_on_a_disk_is_never_taken_for_a_members_own(opened, tmp_path):
    side = (FIXTURES / "plain-for-sidecar.c2pa").read_bytes()
    folder = tmp_path / "outer!"
    folder.mkdir()
    (folder / "plain.c2pa").write_bytes(side)
    reports = opened(zipped({"plain.jpg": (FIXTURES / "plain-for-sidecar.jpg").read_bytes()}))
    assert reports["outer!/plain.jpg"].credentials.sidecar is None
