"""Presentations by their manifest: every representation, every segment, and nothing elsewhere."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from support.archives import zipped
from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest

from provenance import ArchiveLimits, Flag, Options, Origin, TrustStore, Verifier, verify_all
from provenance.base.terms import Assurance, Integrity
from provenance.kit.claims import created
from provenance.kit.films import fragmented
from provenance.kit.writer import sign_fragments
from provenance.media import presentation

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.verdict.report import Report

MADE = Manifest(label(995), (created(AI),), signer=credential(), media_type="video/mp4")
SHOT = Manifest(label(996), (created(CAPTURE),), signer=credential(Who.CAMERA))
COUNT = 4
HLS = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n"


@cache
def film(who: str) -> tuple[bytes, ...]:
    return sign_fragments(fragmented(fragments=COUNT), MADE if who == "ai" else SHOT)


def placed(folder: Path, name: str, who: str) -> None:
    """Put a film into a folder: `name-init.mp4`, `name-1.m4s` ..."""
    init, *segments = film(who)
    (folder / f"{name}-init.mp4").write_bytes(init)
    for n, one in enumerate(segments, 1):
        (folder / f"{name}-{n}.m4s").write_bytes(one)


def mpd(*names: str, duration: str = "PT4S", extra: str = "") -> str:
    found = "".join(
        f'<Representation id="{name}" bandwidth="1000" codecs="avc1.640028"/>' for name in names
    )
    return (
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"'
        f' mediaPresentationDuration="{duration}"><Period><AdaptationSet>{extra}'
        '<SegmentTemplate initialization="$RepresentationID$-init.mp4" duration="1000"'
        f' media="$RepresentationID$-$Number$.m4s" timescale="1000"/>{found}'
        "</AdaptationSet></Period></MPD>"
    )


def playlist(name: str, numbers: tuple[int, ...] = (1, 2, 3, 4)) -> str:
    media = "".join(f"#EXTINF:1.0,\n{name}-{n}.m4s\n" for n in numbers)
    return f'{HLS}#EXT-X-MAP:URI="{name}-init.mp4"\n{media}#EXT-X-ENDLIST\n'


def judge(path: Path) -> Report:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    report = Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC)).verify(path)
    assert report.verdict is not None, report.error
    return report


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def codes(report: Report) -> set[str]:
    return {f.code for f in report.findings}


def said(report: Report) -> list[str]:
    lines = [f for f in report.findings if f.code == "presentation.representation"]
    return sorted(f"{f.where}: {f.message}" for f in lines)


class TestDash:
    def test_all_representations_with_all_segments_are_judged(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        placed(tmp_path, "high", "ai")
        report = judge(written(tmp_path, "film.mpd", mpd("low", "high")))
        assert report.asset.media_type == presentation.DASH
        assert report.axes.integrity is Integrity.INTACT
        assert said(report) == [
            f"{name}: ai_generated, intact; 4 of 4 segments are there" for name in ("high", "low")
        ]
        assert "presentation.missing" not in codes(report)

    def test_one_broken_representation_breaks_the_presentation(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "camera")
        placed(tmp_path, "high", "camera")
        path = written(tmp_path, "film.mpd", mpd("low", "high"))
        assert judge(path).axes.integrity is Integrity.INTACT
        changed = bytearray((tmp_path / "high-3.m4s").read_bytes())
        changed[-1] ^= 1
        (tmp_path / "high-3.m4s").write_bytes(changed)
        report = judge(path)
        assert report.axes.integrity is Integrity.BROKEN
        assert report.flagged

    def test_ai_in_one_representation_is_ai_of_the_presentation(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "camera")
        placed(tmp_path, "high", "ai")
        report = judge(written(tmp_path, "film.mpd", mpd("low", "high")))
        assert report.verdict is not None
        assert report.verdict.origin is Origin.AI_GENERATED
        assert Flag.AI in report.flagged

    def test_a_segment_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        (tmp_path / "low-2.m4s").unlink()
        report = judge(written(tmp_path, "film.mpd", mpd("low")))
        assert report.axes.integrity is Integrity.PARTIAL
        (missing,) = [f for f in report.findings if f.code == "presentation.missing"]
        assert "low-2.m4s" in missing.message

    @pytest.mark.parametrize(
        "timeline",
        [
            '<S t="0" d="1000" r="3"/>',
            '<S t="0" d="1000"/><S d="1000"/><S d="1000" r="1"/>',
        ],
    )
    def test_a_timeline_of_segments_is_followed(self, timeline: str, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        text = mpd("low", duration="").replace(
            '" timescale="1000"/>',
            f'" timescale="1000"><SegmentTimeline>{timeline}</SegmentTimeline></SegmentTemplate>',
        )
        report = judge(written(tmp_path, "film.mpd", text.replace('duration="1000" ', "")))
        assert said(report) == ["low: ai_generated, intact; 4 of 4 segments are there"]

    def test_a_list_of_segments_in_a_folder_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "parts").mkdir()
        placed(tmp_path / "parts", "low", "ai")
        urls = "".join(f'<SegmentURL media="low-{n}.m4s"/>' for n in range(1, COUNT + 1))
        text = (
            '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>parts/</BaseURL><Period>'
            '<AdaptationSet><Representation id="a"><SegmentList>'
            f'<Initialization sourceURL="low-init.mp4"/>{urls}</SegmentList></Representation>'
            "</AdaptationSet></Period></MPD>"
        )
        report = judge(written(tmp_path, "film.mpd", text))
        assert said(report) == ["a: ai_generated, intact; 4 of 4 segments are there"]

    def test_a_manifest_that_is_no_xml_is_said(self, tmp_path: Path) -> None:
        report = judge(written(tmp_path, "film.mpd", mpd("low")[:-9]))
        assert "presentation.unreadable" in codes(report)
        assert report.flagged == ()

    @each("mark", ["", "\ufeff"])
    @each("coding", ["utf-8", *(f"utf-{n}-{e}" for n in (16, 32) for e in ("le", "be"))])
    def test_a_manifest_in_any_coding_is_read(self, coding: str, mark: str, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        for named in ("", f' encoding="{coding[:6]}"'):
            text = mark + mpd("low").replace('version="1.0"', f'version="1.0"{named}')
            (tmp_path / "film.mpd").write_bytes(text.encode(coding))
            report = judge(tmp_path / "film.mpd")
            assert said(report) == ["low: ai_generated, intact; 4 of 4 segments are there"]

    def test_blanks_in_front_of_a_manifest_are_passed_over(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        text = mpd("low").partition("\n")[2]
        for blank in (" ", "\n", "\r\n", "\t"):
            assert judge(written(tmp_path, "film.mpd", blank + text)).flagged

    def test_a_manifest_of_an_odd_number_of_bytes_is_unreadable(self, tmp_path: Path) -> None:
        (tmp_path / "film.mpd").write_bytes(mpd("low").encode("utf-16")[:-1])
        assert "presentation.unreadable" in codes(judge(tmp_path / "film.mpd"))

    def test_a_manifest_with_entities_is_refused(self, tmp_path: Path) -> None:
        text = mpd("low").replace("<MPD", '<!DOCTYPE MPD [<!ENTITY a "b">]><MPD')
        assert "presentation.unreadable" in codes(judge(written(tmp_path, "film.mpd", text)))


class TestHls:
    def test_a_playlist_is_judged_with_its_segments(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        report = judge(written(tmp_path, "low.m3u8", playlist("low")))
        assert report.asset.media_type == presentation.HLS
        assert report.axes.integrity is Integrity.INTACT

    def test_a_master_playlist_is_judged_with_its_playlists(self, tmp_path: Path) -> None:
        (tmp_path / "v").mkdir()
        placed(tmp_path / "v", "low", "ai")
        placed(tmp_path / "v", "sound", "ai")
        written(tmp_path / "v", "low.m3u8", playlist("low"))
        written(tmp_path / "v", "sound.m3u8", playlist("sound"))
        text = (
            f'{HLS}#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="v/sound.m3u8"\n'
            '#EXT-X-STREAM-INF:BANDWIDTH=1000,AUDIO="a"\nv/low.m3u8\n'
        )
        report = judge(written(tmp_path, "film.m3u8", text))
        assert [line.partition(":")[0] for line in said(report)] == ["v/low.m3u8", "v/sound.m3u8"]
        assert report.axes.integrity is Integrity.INTACT

    @pytest.mark.parametrize(
        ("numbers", "integrity"),
        [
            ((1, 2, 4), Integrity.PARTIAL),
            ((1, 2, 2, 3, 4), Integrity.PARTIAL),
            ((1, 3, 2, 4), Integrity.PARTIAL),
        ],
        ids=["left out", "repeated", "in another order"],
    )
    def test_segments_that_are_not_as_they_were_signed_are_broken(
        self, numbers: tuple[int, ...], integrity: Integrity, tmp_path: Path
    ) -> None:
        placed(tmp_path, "low", "ai")
        report = judge(written(tmp_path, "low.m3u8", playlist("low", numbers)))
        assert report.axes.integrity is integrity

    def test_a_segment_of_another_film_is_broken(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "camera")
        (tmp_path / "low-2.m4s").write_bytes(fragmented(width=64, fragments=COUNT)[2])
        report = judge(written(tmp_path, "low.m3u8", playlist("low")))
        assert report.axes.integrity is Integrity.BROKEN


class TestNotAllOfIt:
    """What was not looked at was not found intact."""

    @pytest.mark.parametrize(
        "other",
        ["https://example.com/high.m3u8", "../high.m3u8", "missing.m3u8", "empty.m3u8"],
    )
    def test_a_playlist_that_is_missing_is_named(self, other: str, tmp_path: Path) -> None:
        placed(tmp_path, "low", "camera")
        written(tmp_path, "low.m3u8", playlist("low"))
        written(tmp_path, "empty.m3u8", HLS)
        text = f"{HLS}#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n"
        report = judge(written(tmp_path, "film.m3u8", f"{text}# note\n\n{other}\n"))
        assert report.axes.integrity is Integrity.PARTIAL
        assert report.verdict is not None
        assert report.verdict.assurance is Assurance.SIGNED
        assert Flag.PARTIAL_COVERAGE in report.verdict.flags
        assert "integrity.partial" in {r.code for r in report.verdict.reasons}

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("low-1.m4s\n", "https://example.com/ad.m4s\nlow-1.m4s\n"),
            ("low-1.m4s\n", "gone.m4s\nlow-1.m4s\n"),
            ("low-1.m4s\n", "ad.M3U8\nlow-1.m4s\n"),
            ("#EXT-X-END", '#EXT-X-MAP:URI="other-init.mp4"\n#EXT-X-END'),
            ("#EXT-X-END", '#EXT-X-PART:DURATION=1,URI="other.m4s"\n#EXT-X-END'),
        ],
        ids=["elsewhere", "missing", "a playlist", "another start", "a part"],
    )
    def test_a_segment_besides_those_that_were_signed_is_told(
        self, old: str, new: str, tmp_path: Path
    ) -> None:
        placed(tmp_path, "low", "camera")
        text = playlist("low")
        assert judge(written(tmp_path, "a.m3u8", text)).axes.integrity is Integrity.INTACT
        report = judge(written(tmp_path, "b.m3u8", text.replace(old, new)))
        assert report.axes.integrity is Integrity.PARTIAL

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("<Period>", "<BaseURL>https://example.com/</BaseURL><Period>"),
            ("<Period>", "<BaseURL>x/y</BaseURL><Period><BaseURL>z/</BaseURL>"),
        ],
    )
    def test_addresses_are_those_of_a_player(self, old: str, new: str, tmp_path: Path) -> None:
        (tmp_path / "x" / "yz").mkdir(parents=True)
        placed(tmp_path, "low", "camera")
        placed(tmp_path / "x" / "yz", "low", "camera")
        report = judge(written(tmp_path, "film.mpd", mpd("low").replace(old, new)))
        assert "presentation.nothing" in codes(report)
        assert report.axes.integrity is Integrity.NONE

    @each(
        ("old", "new"),
        [
            ("<Period>", "<Period><BaseURL>./</BaseURL><BaseURL>https://example.com/</BaseURL>"),
            ("<MPD ", '<MPD xml:base="https://example.com/" '),
            ("</AdaptationSet>", '<SegmentTemplate media="x$Number$"/></AdaptationSet>'),
            ("<SegmentTemplate ", '<SegmentTemplate bitstreamSwitching="x.mp4" '),
            ("<SegmentTemplate ", '<SegmentTemplate endNumber="3" '),
            (
                "</MPD>",
                '<Period xmlns:x="http://www.w3.org/1999/xlink" x:href="http://example.com/"/></MPD>',
            ),
        ],
        ids=["a second address", "a base", "two", "another start", "an end", "a part elsewhere"],
    )
    def test_more_segments_than_are_looked_at_are_partial(
        self, old: str, new: str, tmp_path: Path
    ) -> None:
        placed(tmp_path, "low", "camera")
        report = judge(written(tmp_path, "film.mpd", mpd("low").replace(old, new)))
        assert report.axes.integrity is Integrity.PARTIAL

    def test_a_timeline_that_goes_up_to_the_end_is_followed(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        line = '<SegmentTimeline><S t="0" d="1000" r="-1"/></SegmentTimeline></SegmentTemplate>'
        text = mpd("low").replace('" timescale="1000"/>', f'" timescale="1000">{line}')
        report = judge(written(tmp_path, "film.mpd", text.replace('duration="1000" ', "")))
        assert said(report) == ["low: ai_generated, intact; 4 of 4 segments are there"]

    def test_a_broken_representation_next_to_one_of_ai_hides_neither(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        placed(tmp_path, "high", "camera")
        changed = bytearray((tmp_path / "high-3.m4s").read_bytes())
        changed[-1] ^= 1
        (tmp_path / "high-3.m4s").write_bytes(changed)
        report = judge(written(tmp_path, "film.mpd", mpd("low", "high")))
        assert report.verdict is not None
        assert report.verdict.origin is Origin.AI_GENERATED
        assert report.axes.integrity is Integrity.BROKEN
        assert report.verdict.assurance is Assurance.BROKEN
        assert {Flag.AI, Flag.BROKEN} <= set(report.flagged)

    def test_what_cannot_be_examined_is_not_passed_over(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "camera")
        (tmp_path / "high-init.mp4").write_bytes(b"")
        os.truncate(tmp_path / "high-init.mp4", 200)
        report = judge(written(tmp_path, "film.mpd", mpd("low", "high")))
        assert report.axes.integrity is not Integrity.INTACT

    @pytest.mark.parametrize("ordered", [True, False])
    def test_segments_that_are_ranges_of_a_file_are_followed(
        self, ordered: bool, tmp_path: Path
    ) -> None:
        whole = film("camera")
        (tmp_path / "a.mp4").write_bytes(b"".join(whole))
        at = len(whole[0])
        lines = []
        for part in whole[1:]:
            lines.append(f"#EXT-X-BYTERANGE:{len(part)}@{at}\na.mp4\n")
            at += len(part)
        lines = lines if ordered else [lines[0], *lines[2:]]
        text = f'{HLS}#EXT-X-MAP:URI="a.mp4",BYTERANGE="{len(whole[0])}@0"\n{"".join(lines)}'
        report = judge(written(tmp_path, "a.m3u8", text))
        assert ("presentation.limit" in codes(report)) is not ordered


class TestWhereArchivesAreOpened:
    def test_a_presentation_is_judged_with_its_media(self, tmp_path: Path) -> None:
        placed(tmp_path, "low", "ai")
        path = written(tmp_path, "film.mpd", mpd("low"))
        (report,) = verify_all(Verifier(options=Options(archives=ArchiveLimits())), path)
        assert said(report) == ["low: ai_generated, intact; 4 of 4 segments are there"]
        assert Flag.AI in report.flagged

    @pytest.mark.parametrize("name", ["film.mpd", "low.m3u8"])
    def test_a_presentation_in_an_archive_is_said_not_to_be_checked_as_a_whole(
        self, name: str, tmp_path: Path
    ) -> None:
        text = mpd("low") if name.endswith(".mpd") else playlist("low")
        (tmp_path / "a.zip").write_bytes(
            zipped({name: text.encode(), "low-init.mp4": film("ai")[0]})
        )
        options = Options(archives=ArchiveLimits())
        first, *_ = verify_all(Verifier(options=options), tmp_path / "a.zip")
        assert first.asset.media_type in {presentation.DASH, presentation.HLS}
        assert codes(first) == {"presentation.nothing"}

    def test_a_presentation_without_a_folder_has_nothing_to_check(self) -> None:
        report = Verifier().verify_bytes(mpd("low").encode())
        assert codes(report) == {"presentation.nothing"}


class TestHostile:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
    def test_pipes_in_place_of_segments_are_not_waited_for(self, tmp_path: Path) -> None:
        for name in ("a.mp4", "b.m3u8"):
            os.mkfifo(tmp_path / name)
        text = f'{HLS}#EXT-X-MAP:URI="a.mp4"\na.mp4\n'
        assert "presentation.nothing" in codes(judge(written(tmp_path, "x.m3u8", text)))
        text = f"{HLS}#EXT-X-STREAM-INF:BANDWIDTH=1\nb.m3u8\n"
        assert "presentation.nothing" in codes(judge(written(tmp_path, "y.m3u8", text)))

    def test_one_file_named_a_thousand_times_is_not_read_a_thousand_times(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a.mp4").write_bytes(b"".join(film("ai")))
        os.truncate(tmp_path / "a.mp4", 4 << 20)
        text = f'{HLS}#EXT-X-MAP:URI="a.mp4"\n' + "#EXTINF:1,\na.mp4\n" * 100
        monkeypatch.setattr(Verifier, "_film", lambda *_: pytest.fail("it was read"))
        report = judge(written(tmp_path, "x.m3u8", text))
        assert {"presentation.limit", "presentation.nothing"} <= codes(report)

    def test_names_of_segments_are_cleaned(self, tmp_path: Path) -> None:
        name = "https://x/\x1b[31m\u202e\x07"
        text = mpd(name.replace("\x1b", "").replace("\x07", "")) + "\n"
        for path in (
            written(tmp_path, "a.mpd", text),
            written(tmp_path, "a.m3u8", f"{HLS}#EXT-X-STREAM-INF:BANDWIDTH=1\n{name}\n"),
        ):
            shown = json.dumps(judge(path).to_dict())
            assert "presentation.elsewhere" in shown
            assert [code for code in ("\\u001b", "\\u0007", "\\u202e") if code in shown] == []

    def test_deep_and_long_names_are_beyond_it(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").write_bytes(film("ai")[0])
        for name in ("a/../" * 100 + "a.mp4", "./" * 511 + "a.mp4" + "/../b.mp4"):
            report = judge(written(tmp_path, "x.m3u8", f"{HLS}{name}\n"))
            assert {"presentation.elsewhere", "presentation.nothing"} <= codes(report)

    def test_music_and_pages_that_show_a_manifest_are_none(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(b"ID3\4\0\0\0\0\0\0")
        music = "#EXTM3U\n#EXTINF:123,Somebody - Something\na.mp3\nb.mp3\n"
        page = f"<!-- <MPD> --><html><body><pre>{mpd('low')}</pre></body></html>"
        for name, text in (("x.m3u", music), ("x.html", page), ("x.xml", f"<a>{mpd('low')}</a>")):
            report = judge(written(tmp_path, name, text))
            assert report.asset.media_type not in {presentation.DASH, presentation.HLS}
            assert report.findings == ()

    @pytest.mark.parametrize(
        "name",
        ["https://example.com/a.mp4", "//example.com/a", "/etc/passwd", "../../secret", "%2e%2e/x"],
    )
    def test_no_file_outside_of_the_folder_is_opened(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = written(tmp_path, "film.m3u8", f'{HLS}#EXT-X-MAP:URI="{name}"\n{name}\n')
        opened: list[str] = []
        real = os.open
        monkeypatch.setattr(
            os, "open", lambda p, *a, **k: (opened.append(str(p)), real(p, *a, **k))[1]
        )
        report = judge(path)
        assert {"presentation.elsewhere", "presentation.nothing"} <= codes(report)
        own = (str(tmp_path), str(PKI))
        assert [p for p in opened if not p.startswith(own)] == []

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no links")
    def test_a_link_out_of_the_folder_is_beyond_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        (tmp_path / "secret.mp4").write_bytes(film("ai")[0])
        (folder / "a.mp4").symlink_to(tmp_path / "secret.mp4")
        path = written(folder, "film.m3u8", f"{HLS}a.mp4\n")
        assert "presentation.elsewhere" in codes(judge(path))

    def test_a_playlist_of_itself_ends(self, tmp_path: Path) -> None:
        text = f"{HLS}#EXT-X-STREAM-INF:BANDWIDTH=1\nfilm.m3u8\n"
        assert "presentation.nothing" in codes(judge(written(tmp_path, "film.m3u8", text)))

    def test_segments_and_representations_beyond_the_bound_are_said(self, tmp_path: Path) -> None:
        text = mpd(*(f"r{n}" for n in range(100)), duration="PT99999999H")
        report = judge(written(tmp_path, "film.mpd", text))
        assert "presentation.limit" in codes(report)

    def test_files_that_begin_likewise_are_left_alone(self, tmp_path: Path) -> None:
        for text in ("# a title\n", "<note/>", "#EXT", "<x>MPD </x>"):
            report = judge(written(tmp_path, "x.txt", text))
            assert report.asset.media_type == "text/plain"
            assert report.findings == ()
