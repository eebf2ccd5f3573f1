"""Presentations: DASH and HLS by their manifest, with segments that are not as they were signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provenance.kit import expect, wrappings
from provenance.kit.expect import OtherReading, ValidationState, ValidatorNeed
from provenance.kit.films import fragmented
from provenance.kit.sample import Bench, Sample, SampleClass, SampleFiles
from provenance.kit.samples.faulty import SampleWords, sample
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import sign_fragments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.kit.expect import Expected

    Film = tuple[bytes, ...]

_BMFF = "assertion.bmffHash.mismatch"
_COUNT = 4
_ALL = tuple(range(1, _COUNT + 1))
_HIGH, _LOW = "high", "low"


def _film(bench: Bench, name: str, width: int = 96) -> Film:
    film = fragmented(width=width, fragments=_COUNT)
    return sign_fragments(film, bench.manifest(part=name))


def _files(name: str, film: Film) -> dict[str, bytes]:
    init, *media = film
    parts = {f"{name}-{n}.m4s": segment for n, segment in enumerate(media, start=1)}
    return {f"{name}-init.mp4": init, **parts}


@dataclass(frozen=True, slots=True)
class _SegmentFault:
    """What is wrong with one representation: the order of its segments, or its files."""

    name: str
    what: str
    because: str
    expected: Expected
    numbers: tuple[int, ...] = _ALL
    change: Callable[[Bench, dict[str, bytes]], None] = lambda bench, files: None


def _changed(bench: Bench, files: dict[str, bytes]) -> None:
    del bench
    data = files[f"{_LOW}-3.m4s"]
    files[f"{_LOW}-3.m4s"] = data[:-1] + bytes((data[-1] ^ 1,))


def _without_segment(bench: Bench, files: dict[str, bytes]) -> None:
    del bench
    del files[f"{_LOW}-2.m4s"]


def _foreign(bench: Bench, files: dict[str, bytes]) -> None:
    """A segment of another film that the same signer signed."""
    files[f"{_LOW}-2.m4s"] = _film(bench, "another", 64)[2]


_WAITING = (OtherReading(ValidationState.TRUSTED),)
_PART = expect.partial(expect.AI, _BMFF)
_FAULTS = (
    _SegmentFault(
        "changed",
        "a bit of the third segment is flipped",
        "the leaf of that segment is not the one that was signed",
        expect.altered(expect.AI, _BMFF),
        change=_changed,
    ),
    _SegmentFault(
        "missing",
        "the second segment is not there",
        "content that is absent although a binding for it exists is a failure; not for who is still"
        " waiting for it",
        replace(_PART, findings=("presentation.missing",), readings=_WAITING),
        change=_without_segment,
    ),
    _SegmentFault(
        "left-out",
        "the manifest does not name the second segment",
        "the sequence shall be the one of the signed leaves, and one is absent",
        replace(_PART, readings=_WAITING),
        numbers=(1, 3, 4),
    ),
    _SegmentFault(
        "repeated",
        "the manifest names the second segment twice",
        "locations shall start at zero and increase by one",
        _PART,
        numbers=(1, 2, 2, 3, 4),
    ),
    _SegmentFault(
        "reordered",
        "the manifest names the third segment before the second",
        "the sequence shall be the one of the signed leaves: locations increase by one",
        _PART,
        numbers=(1, 3, 2, 4),
    ),
    _SegmentFault(
        "foreign",
        "the second segment is one of another film of the same signer",
        "the leaf of that segment is not among those that were signed",
        expect.altered(expect.AI, _BMFF),
        change=_foreign,
    ),
)


def _dash(bench: Bench, numbers: tuple[int, ...]) -> bytes:
    return wrappings.dash_list(_folder(bench), _LOW, numbers)


def _hls(bench: Bench, numbers: tuple[int, ...]) -> bytes:
    return wrappings.playlist(_folder(bench), _LOW, numbers)


def _folder(bench: Bench) -> str:
    return bench.name.rpartition("/")[2]


_KINDS: dict[str, Callable[[Bench, tuple[int, ...]], bytes]] = {"dash": _dash, "hls": _hls}


def _faulty(kind: str, fault: _SegmentFault) -> Sample:
    def make(bench: Bench, broken: bool) -> SampleFiles:
        files = _files(_LOW, _film(bench, _LOW))
        if broken:
            fault.change(bench, files)
        text = _KINDS[kind](bench, fault.numbers if broken else _ALL)
        return SampleFiles(text, companions=tuple(files.items()))

    row = SampleWords(
        f"{kind}-{fault.name}", f"{kind.upper()}: {fault.what}", "15.12.2", fault.because
    )
    base = sample(SampleClass.PRESENTATION, row, make, fault.expected, container=kind)
    return replace(base, needs=ValidatorNeed.PRESENTATIONS)


def _two(bench: Bench, broken: bool) -> SampleFiles:
    """Two representations; the fault is in one of them."""
    low, high = _files(_LOW, _film(bench, _LOW)), _files(_HIGH, _film(bench, _HIGH, 64))
    if broken:
        _changed(bench, low)
    text = wrappings.dash(_folder(bench), _HIGH, _LOW, count=_COUNT)
    return SampleFiles(text, companions=(*low.items(), *high.items()))


def _elsewhere(bench: Bench, broken: bool) -> SampleFiles:
    """A playlist that also names a segment at an address."""
    playlist = _hls(bench, _ALL)
    if broken:
        playlist = playlist.replace(
            b"#EXT-X-ENDLIST", b"#EXTINF:1.0,\nhttps://media.example.invalid/5.m4s\n#EXT-X-ENDLIST"
        )
    return SampleFiles(playlist, companions=tuple(_files(_LOW, _film(bench, _LOW)).items()))


def _climbing(bench: Bench, broken: bool) -> SampleFiles:
    """A playlist that also names a file above its folder."""
    playlist = _hls(bench, _ALL)
    if broken:
        playlist = playlist.replace(
            b"#EXT-X-ENDLIST", b"#EXTINF:1.0,\n../../../outside.m4s\n#EXT-X-ENDLIST"
        )
    return SampleFiles(playlist, companions=tuple(_files(_LOW, _film(bench, _LOW)).items()))


_OUTSIDE = replace(
    _PART, state=ValidationState.OPEN, failure=(), findings=("presentation.elsewhere",)
)


def _samples() -> Iterator[Sample]:
    for kind, text in _KINDS.items():

        def make(
            bench: Bench, text: Callable[[Bench, tuple[int, ...]], bytes] = text
        ) -> SampleFiles:
            files = _files(_LOW, _film(bench, _LOW))
            return SampleFiles(text(bench, _ALL), companions=tuple(files.items()))

        yield good(
            kind,
            SampleClass.PRESENTATION,
            f"a signed film in four segments, by its manifest of {kind.upper()}",
            "15.12.2.2",
            make,
            because="every segment's leaf is in the Merkle row, in order, and the initHash fits",
            container=kind,
        )
    yield good(
        "dash-two",
        SampleClass.PRESENTATION,
        "a signed film in two representations of DASH",
        "15.12.2.2",
        lambda bench: _two(bench, False),
        because="each representation has a credential of its own, and both hold",
        container="dash",
    )
    row = SampleWords(
        "dash-one-of-two",
        "a film in two representations of DASH; a bit of one of them is flipped",
        "15.12.2",
        "a player may show either: the presentation is no better than its worst representation",
    )
    yield sample(
        SampleClass.PRESENTATION, row, _two, expect.altered(expect.AI, _BMFF), container="dash"
    )
    for name, what, make_it in (
        ("hls-elsewhere", "a playlist that names a fifth segment at an address", _elsewhere),
        ("hls-climbing", "a playlist that names a file above its folder", _climbing),
    ):
        row = SampleWords(
            name,
            what,
            "15.12.2",
            "what is not in the folder is neither fetched nor opened, and cannot be called checked",
        )
        yield sample(SampleClass.PRESENTATION, row, make_it, _OUTSIDE, container="hls")


SAMPLES = (
    *(replace(one, needs=ValidatorNeed.PRESENTATIONS) for one in _samples()),
    *(_faulty(kind, fault) for kind in _KINDS for fault in _FAULTS),
)
