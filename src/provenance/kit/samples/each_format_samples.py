"""For each format what the others have no samples of: sizes that are not, and no place for a store.

A format that has a place for a credential has a sound sample and one whose media was changed in
`good_samples` and `binding_samples`. One without a place is read for other markers: it has a sample
of these, and one whose structure lies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from provenance.kit import carriers, expect, jumbf_boxes, unsigned
from provenance.kit.claims import NewAssertion, created
from provenance.kit.demands import DemandBreach, Success
from provenance.kit.expect import ValidationState
from provenance.kit.sample import FORMATS, GENERATED, NOTE, Bench, SampleClass, SampleFiles
from provenance.kit.samples.faulty import SampleWords, after, sample, signed
from provenance.kit.samples.good_samples import good
from provenance.kit.samples.hostile_samples import huge_box
from provenance.kit.writer import sign_detached, signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.expect import Expected
    from provenance.kit.sample import Sample


def _huge(container: str) -> Sample:
    return after(
        SampleClass.HOSTILE,
        SampleWords(
            f"huge-{container}",
            f"a manifest's box in a {container} declares 2^63 - 1 bytes",
            "11.1.4.2",
            "what cannot be walked as JUMBF holds no manifest",
        ),
        lambda whole: carriers.embed(whole, huge_box(carriers.extract(whole))),
        expect.unreadable(expect.AI),
        build=lambda bench: signed(bench, container),
        container=container,
    )


def _alone(bench: Bench) -> bytes:
    return sign_detached(bench.media(), bench.manifest())


_LEFT_OPEN = "a store without the media that it is of: what can be checked of it is the seal"
_ALONE = replace(
    expect.AI,
    state=ValidationState.OPEN,
    assurance="signed",
    integrity="unchecked",
)


def _flipped(store: bytes) -> bytes:
    """One bit of the identifier in the claim."""
    manifest = jumbf_boxes.first_superbox(store).child(jumbf_boxes.OpenedStore(store).active)
    claim = next(box for box in manifest.children if box.label.startswith("c2pa.claim"))
    at = store.index(b"xmp:iid:", claim.start, claim.end) + len(b"xmp:iid:")
    return store[:at] + bytes((store[at] ^ 1,)) + store[at + 1 :]


ALONE = (
    good(
        "store-alone",
        SampleClass.PLACE,
        "a manifest store in a file of its own, without its media",
        "11.4",
        _alone,
        _ALONE,
        because=_LEFT_OPEN,
        container="c2pa",
    ),
    after(
        SampleClass.SIGNATURE,
        SampleWords(
            "store-alone-changed",
            "one bit of the claim in a manifest store without its media is flipped",
            "15.7",
            "the signature covers the claim, whether the media is there or not",
        ),
        _flipped,
        expect.undecided(expect.unproven(_ALONE, "claimSignature.mismatch"), Success.VALID),
        _ALONE,
        build=_alone,
        container="c2pa",
    ),
    after(
        SampleClass.HOSTILE,
        SampleWords(
            "huge-c2pa",
            "a manifest's box in a store without its media declares 2^63 - 1 bytes",
            "11.1.4.2",
            "what cannot be walked as JUMBF holds no manifest",
        ),
        huge_box,
        expect.unreadable(_ALONE),
        _ALONE,
        build=_alone,
        container="c2pa",
    ),
)

_LIVE = {"sequenceNumber": 7, "streamId": "kit", "continuityMethod": "c2pa.manifestId"}
LIVE = good(
    "live-segment",
    SampleClass.STATEMENT,
    "a film that says of itself that it is the seventh segment of a live stream",
    "19.7.2",
    lambda bench: signed_file(
        bench.media("mp4"),
        bench.manifest(created(GENERATED), NOTE, NewAssertion("c2pa.livevideo.segment", _LIVE)),
    ),
    expect.breaching(
        replace(
            expect.unchecked(expect.AI, findings=("livevideo.not_checked",)),
            state=ValidationState.OPEN,
            failure=(),
        ),
        DemandBreach.UNLISTED_ASSERTION,
    ),
    because="whether it follows the segment before it can be told by those alone who have that one",
    container="mp4",
)

_SAID = replace(expect.NO_CREDENTIAL, origin="ai_generated", assurance="asserted", flags=("ai",))
"""Metadata that nobody signed declares AI."""


class _Unsigned(NamedTuple):
    """A format without a place for a credential: `sound` declares what it can, `lying` is hostile.

    `expected` is what must be said of both; of the hostile one also `finding`, where there is one.
    """

    container: str
    sound: Callable[[], bytes]
    lying: Callable[[], bytes]
    what: str
    expected: Expected = _SAID
    finding: str = ""
    lost: bool = False
    """Whether the lie leaves nothing of what the sound one says."""


_UNSIGNED = (
    _Unsigned(
        "matroska",
        unsigned.matroska,
        lambda: unsigned.matroska(length=1 << 40),
        "tags that are a tebibyte long",
        finding="container.truncated",
    ),
    _Unsigned(
        "flv",
        unsigned.flash,
        lambda: unsigned.flash(count=0xFFFFFFFF),
        "script data that declares 2^32 - 1 members",
    ),
    _Unsigned(
        "exr",
        unsigned.exr,
        lambda: unsigned.exr(size=0xFFFFFFF0),
        "a text that is four gigabytes long, so that the pixels are part of it",
        finding="container.truncated",
        lost=True,
    ),
    _Unsigned(
        "aac",
        unsigned.adts,
        lambda: unsigned.adts(length=8191),
        "a frame that is longer than the file",
        expect.NO_CREDENTIAL,
    ),
    _Unsigned(
        "aiff",
        unsigned.aiff,
        lambda: unsigned.aiff(length=0xFFFFFFF0),
        "an annotation that is four gigabytes long",
        finding="container.truncated",
    ),
    _Unsigned(
        "caf",
        unsigned.caf,
        lambda: unsigned.caf(length=1 << 62),
        "information that is 2^62 bytes long",
        finding="container.truncated",
    ),
    _Unsigned(
        "wavpack",
        unsigned.wavpack,
        lambda: unsigned.wavpack(size=0xFFFFFFF0),
        "a tag that is four gigabytes long",
        finding="container.truncated",
        lost=True,
    ),
    _Unsigned(
        "asf",
        unsigned.windows_media,
        lambda: unsigned.windows_media(count=0xFFFF),
        "a list of one text that declares 65,535",
    ),
    _Unsigned(
        "bmp",
        unsigned.bitmap,
        lambda: unsigned.bitmap(size=124),
        "a second header that reaches over the pixels",
        replace(_SAID, findings=("format.not_read",)),
    ),
    _Unsigned(
        "sealed",
        unsigned.sealed,
        lambda: unsigned.sealed(text=unsigned.GENERATED.encode()),
        "words of AI behind the end of an archive",
        replace(expect.NO_CREDENTIAL, findings=("container.not_opened",)),
    ),
)
_NO_PLACE = "appendix A"


def _unsigned_sample(row: _Unsigned) -> Sample:
    said = row.expected.origin != "unknown"
    what = "a text that declares AI" if said else "nothing about its origin"
    return good(
        f"unsigned-{row.container}",
        SampleClass.PLACE,
        f"{row.container}, which has no place for a credential, with {what}",
        _NO_PLACE,
        lambda bench: row.sound(),
        row.expected,
        because="no manifest store can be in it; what its metadata say, anybody may have written",
        container=row.container,
    )


def _lying(row: _Unsigned) -> Sample:
    base = expect.NO_CREDENTIAL if row.lost else row.expected
    wrong = replace(base, findings=(*base.findings, *((row.finding,) if row.finding else ())))
    return sample(
        SampleClass.HOSTILE,
        SampleWords(
            f"lying-{row.container}",
            f"{row.container}: {row.what}",
            _NO_PLACE,
            "no length is to be trusted, and what can be read is to be read",
        ),
        lambda bench, broken: SampleFiles(row.lying() if broken else row.sound()),
        wrong,
        row.expected,
        container=row.container,
    )


SAMPLES = (
    *(_huge(container) for container in FORMATS if container != "jpeg"),
    *ALONE,
    LIVE,
    *map(_unsigned_sample, _UNSIGNED),
    *map(_lying, _UNSIGNED),
)
