"""Bindings of many pieces: files of a collection, parts of a file, boxes that are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.kit import archive, binding, bmff_carrier, carriers, damage, expect, films, media
from provenance.kit.binding import BindingKind
from provenance.kit.claims import Linked, NewAssertion, created
from provenance.kit.demands import Success
from provenance.kit.media import StoreSpan
from provenance.kit.sample import GENERATED, NOTE, Bench, SampleClass
from provenance.kit.samples.faulty import SampleWords, after, before, sample, signed, twist
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest
    from provenance.kit.sample import Sample

_COLLECTION, _MULTI, _BOXES, _BMFF = (
    f"assertion.{name}." for name in ("collectionHash", "multiAssetHash", "boxesHash", "bmffHash")
)


_DATA = "assertion.dataHash.mismatch"


def _book(bench: Bench) -> bytes:
    return signed(bench, "epub")


def _listed(
    change: Callable[[dict[str, Any]], None],
) -> Callable[[Bench, NewManifest], NewManifest]:
    return twist(binding=change)


def _outside(content: dict[str, Any]) -> None:
    content["uris"] = [*content["uris"], {"uri": "../outside.txt", "hash": bytes(32)}]


def _unlisted(content: dict[str, Any]) -> None:
    del content["uris"]


def _unhashed(content: dict[str, Any]) -> None:
    content["uris"] = [{"uri": link["uri"]} for link in content["uris"]]


_NOT_COMPARED = "nothing can be compared with what was signed, and nothing shows an alteration"
COLLECTIONS = (
    after(
        SampleClass.BINDING,
        SampleWords(
            "collection-file-missing",
            "a file that the collection hash lists is gone from the archive",
            "15.12.5.1 and 15.12.5.2",
            "a listed file that is not found is rejected; the directory is another one as well",
        ),
        lambda whole: archive.replaced(whole, archive.PAGE, None),
        expect.altered(
            expect.AI,
            f"{_COLLECTION}incorrectFileCount",
            f"{_COLLECTION}mismatch",
        ),
        build=_book,
        container="epub",
    ),
    after(
        SampleClass.BINDING,
        SampleWords(
            "collection-file-added",
            "a file was added to the archive that the collection hash does not list",
            "15.12.5.2",
            "the hash of the directory covers every entry, so that nothing can be added",
        ),
        lambda whole: archive.replaced(whole, "added.xhtml", b"<p>nobody signed this</p>"),
        expect.altered(expect.AI, f"{_COLLECTION}mismatch"),
        build=_book,
        container="epub",
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "collection-outside",
            "the collection hash lists a file above the archive",
            "15.12.5.1",
            "neither . nor .. may be a part of a URI; nothing is looked for there",
        ),
        _listed(_outside),
        expect.undecided(  # the code is on no list; who cannot read the assertion says malformed
            expect.unchecked(
                expect.AI,
                f"{_COLLECTION}invalidURI",
                findings=(f"{_COLLECTION}invalidURI",),
            ),
            Success.WELL_FORMED,
        ),
        container="epub",
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "collection-without-uris",
            "the collection hash has no list of files",
            "15.12.5.1",
            f"the field is required; {_NOT_COMPARED}",
        ),
        _listed(_unlisted),
        expect.unchecked(
            expect.AI, f"{_COLLECTION}malformed", findings=(f"{_COLLECTION}malformed",)
        ),
        container="epub",
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "collection-without-hashes",
            "the files of the collection hash have no hashes",
            "15.12.5.1",
            f"each shall have a uri and a hash; {_NOT_COMPARED}",
        ),
        _listed(_unhashed),
        expect.unchecked(
            expect.AI, f"{_COLLECTION}malformed", findings=(f"{_COLLECTION}malformed",)
        ),
        container="epub",
    ),
)

_FIRST, _SECOND, _WHOLE = "c2pa.hash.data.part", "c2pa.hash.data.part__1", "c2pa.hash.multi-asset"
_Parts = list[dict[str, Any]]


def _twins(
    bench: Bench,
    *,
    optional: bool = True,
    change: Callable[[_Parts], _Parts] = lambda parts: parts,
) -> tuple[bytes, int]:
    """A signed JPEG with a second one behind it, each a part; returns it and where that begins."""
    second = media.gradient_jpeg(48, 32, start=(200, 40, 40))
    data = bench.media() + second

    def assertions(span: StoreSpan, own: bytes) -> tuple[NewAssertion, ...]:
        def parts(links: dict[str, dict[str, object]]) -> object:
            first: dict[str, Any] = {"location": {"byteOffset": 0, "length": len(own)}}
            last: dict[str, Any] = {"location": {"byteOffset": len(own), "length": len(second)}}
            first["hashAssertion"], last["hashAssertion"] = links[_FIRST], links[_SECOND]
            if optional:
                last["optional"] = True
            return {"parts": change([first, last])}

        return (
            created(GENERATED),
            NOTE,
            NewAssertion(_FIRST, binding.data_hash(binding.digest(own, (span,)), (span,))),
            NewAssertion(_SECOND, binding.data_hash(binding.digest(second, ()), ())),
            NewAssertion(_WHOLE, Linked(parts)),
        )

    # The parts depend on where the credential is, and its size on them: again until both hold.
    pair, before_last = b"", b""
    span, own = StoreSpan(20, 5000), bytes(9000)
    while not pair or len(pair) != len(before_last):
        before_last = pair
        pair = signed_file(data, bench.manifest(*assertions(span, own)))
        credential = carriers.credential_span(pair)
        if credential is None:
            raise LookupError("no credential in what was signed")
        if (credential, pair[: -len(second)]) == (span, own):
            break
        span, own = credential, pair[: -len(second)]
    pair = signed_file(data, bench.manifest(*assertions(span, own)))
    return pair, len(pair) - len(second)


def _without_second(bench: Bench, **how: Any) -> bytes:
    whole, at = _twins(bench, **how)
    return whole[:at]


def _changed_second(bench: Bench, broken: bool) -> bytes:
    whole, at = _twins(bench)
    place = at + 200
    return whole[:place] + bytes((whole[place] ^ 1,)) + whole[place + 1 :] if broken else whole


def _multi(row: SampleWords, end: str, **how: Any) -> Sample:
    """The second part was taken away, and the multi-asset hash does not allow that.

    That the hard binding does not match may be said as well: it is left out only where every part
    matches.
    """

    def make(bench: Bench, broken: bool) -> bytes:
        return _without_second(bench, **how) if broken else _twins(bench)[0]

    return sample(
        SampleClass.BINDING, row, make, expect.altered(expect.AI, f"{_MULTI}{end}", _DATA)
    )


_LOST = "the hard binding does not match, so the parts are asked"
MULTI_ASSETS = (
    good(
        "multi-asset",
        SampleClass.BINDING,
        "two pictures in one JPEG, each of them a part of a multi-asset hash",
        "15.12.4",
        lambda bench: _twins(bench)[0],
        because="the data hash covers the whole file and matches; the parts are not asked",
    ),
    good(
        "multi-asset-part-removed",
        SampleClass.BINDING,
        "the same without its second part, which is optional",
        "15.12.4",
        _without_second,
        because=f"{_LOST}: one matches, and the other may be missing; no failure of the hard"
        " binding is recorded then",
    ),
    sample(
        SampleClass.BINDING,
        SampleWords(
            "multi-asset-part-changed",
            "one bit of the second part of a multi-asset hash is flipped",
            "15.12.4",
            f"{_LOST}, and the hash of one of them is not that of its assertion",
        ),
        _changed_second,
        expect.altered(expect.AI, f"{_MULTI}mismatch", _DATA),
    ),
    _multi(
        SampleWords(
            "multi-asset-part-missing",
            "the second part of a multi-asset hash is gone, and it is not optional",
            "15.12.4",
            f"{_LOST}, and a part that is not optional shall be there",
        ),
        "missingPart",
        optional=False,
    ),
    _multi(
        SampleWords(
            "multi-asset-without-parts",
            "the second part is gone, and the multi-asset hash has an empty list of parts",
            "15.12.4",
            f"{_LOST}, and an empty list is rejected",
        ),
        "malformed",
        change=lambda _: [],
    ),
    _multi(
        SampleWords(
            "multi-asset-uncovered",
            "the second part is gone, and the first one ends before the file does",
            "15.12.4",
            f"{_LOST}, and together they shall cover every byte",
        ),
        "malformed",
        change=lambda parts: [_shorter(parts[0]), parts[1]],
    ),
)


def _shorter(part: dict[str, Any]) -> dict[str, Any]:
    place = part["location"]
    return {**part, "location": {**place, "length": place["length"] - 300}}


def _boxed(bench: Bench) -> NewManifest:
    return replace(bench.manifest(), binding=BindingKind.BOXES)


def _no_boxes(content: dict[str, Any]) -> None:
    del content["boxes"]


def _no_names(content: dict[str, Any]) -> None:
    del content["boxes"][-1]["names"]


_EXIF = b"Exif\0\0II*\0\x08\0\0\0" + bytes(48)


def _photo() -> bytes:
    return media.gradient_jpeg(app1=_EXIF)


def _exif_left_out(content: dict[str, Any]) -> None:
    for entry in content["boxes"]:
        if entry["names"] == ["APP1"]:
            entry["excluded"] = True


def _with_range(bench: Bench, picture: bytes, name: str, box: StoreSpan, hole: StoreSpan) -> bytes:
    """A picture whose box hash leaves out a range of one box."""
    digest = binding.digest(picture[: box.end], (StoreSpan(0, box.start), hole))

    def change(content: dict[str, Any]) -> None:
        for entry in content["boxes"]:
            if entry["names"] == [name]:
                entry["hash"] = digest
                entry["exclusions"] = [{"start": hole.start - box.start, "length": hole.length}]

    manifest = _boxed(bench)
    return signed_file(picture, replace(manifest, twists=replace(manifest.twists, binding=change)))


def _exif_range_left_out(bench: Bench) -> bytes:
    picture = _photo()
    at = picture.index(_EXIF)
    segment = StoreSpan(at - 4, len(_EXIF) + 4)  # with its marker and its length
    return _with_range(bench, picture, "APP1", segment, StoreSpan(at + 20, 30))


def _scan_left_out(bench: Bench, broken: bool) -> bytes:
    picture = bench.media()
    if not broken:
        return signed_file(picture, _boxed(bench))
    start = picture.index(b"\xff\xda")
    scan = StoreSpan(start, len(picture) - 2 - start)  # up to the end of the image
    return _with_range(bench, picture, "SOS", scan, StoreSpan(len(picture) - 60, 16))


BOXES = (
    good(
        "box-hash-metadata-left-out",
        SampleClass.COVERAGE,
        "a box-hashed JPEG whose EXIF segment is excluded",
        "15.12.3 and 18.7.1",
        lambda bench: signed_file(
            _photo(),
            replace(_boxed(bench), twists=replace(_boxed(bench).twists, binding=_exif_left_out)),
        ),
        because="a box may be excluded as a whole, and asset metadata may be",
    ),
    good(
        "box-hash-range-in-metadata",
        SampleClass.COVERAGE,
        "a box-hashed JPEG whose hash leaves out a part of the EXIF",
        "15.12.3 and 18.7.1",
        _exif_range_left_out,
        replace(expect.AI, informational=(f"{_BOXES}additionalExclusionsPresent",)),
        because="beside the store a range may hold asset metadata, which is reported and rejects"
        " nothing",
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "box-hash-without-boxes",
            "a general box hash has no list of boxes",
            "15.12.3",
            f"the field is required; {_NOT_COMPARED}",
        ),
        twist(binding=_no_boxes),
        expect.unchecked(expect.AI, f"{_BOXES}malformed", findings=(f"{_BOXES}malformed",)),
        manifest=_boxed,
    ),
    before(
        SampleClass.BINDING,
        SampleWords(
            "box-hash-without-names",
            "an entry of a general box hash names no box",
            "15.12.3",
            f"each entry shall have names; {_NOT_COMPARED}",
        ),
        twist(binding=_no_names),
        expect.unchecked(expect.AI, f"{_BOXES}malformed", findings=(f"{_BOXES}malformed",)),
        manifest=_boxed,
    ),
    sample(
        SampleClass.COVERAGE,
        SampleWords(
            "box-hash-scan-left-out",
            "a general box hash leaves out 16 bytes of the scan",
            "15.12.3",
            "beside the store a range may hold metadata; any other data is rejected",
        ),
        _scan_left_out,
        expect.altered(expect.AI, f"{_BOXES}mismatch"),
    ),
    after(
        SampleClass.COVERAGE,
        SampleWords(
            "box-hash-after-the-end",
            "another picture is after the end of a box-hashed JPEG",
            "15.12.3",
            "what the list does not name is rejected; a hash over boxes does not cover what is in"
            " none of them",
        ),
        lambda whole: whole + media.gradient_jpeg(start=(90, 20, 20)),
        expect.altered(expect.AI, f"{_BOXES}unknownBox", f"{_BOXES}mismatch"),
        build=lambda bench: signed_file(bench.media(), _boxed(bench)),
    ),
    after(
        SampleClass.COVERAGE,
        SampleWords(
            "box-hash-between-boxes",
            "seventy thousand bytes stand between two segments of a box-hashed JPEG",
            "15.12.3 and 18.7.1",
            "boxes that are listed one by one do not cover what is between them: it is in no box"
            " that is named",
        ),
        lambda whole: _before_tables(whole, b"x" * 70_000),
        expect.altered(expect.AI, f"{_BOXES}unknownBox", f"{_BOXES}mismatch", findings=()),
        build=lambda bench: signed_file(bench.media(), _boxed(bench)),
    ),
)


def _before_tables(whole: bytes, filling: bytes) -> bytes:
    at = next(start for marker, start, _ in carriers.segments(whole) if marker == 0xDB)
    return whole[:at] + filling + whole[at:]


_IN_PIECES = {"xpath": "/mdat", "subset": [{"offset": 16, "length": 0}]}  # A.5.6, example 21


def _film(bench: Bench, *, long: bool = True, **changes: Any) -> bytes:
    """A film whose media is hashed in two pieces, by a Merkle row; `changes` are fields of it."""
    film = films.gradient_mp4(long=long)
    head = 16 if long else 8
    body = next(
        film[at + head : end] for kind, at, end in bmff_carrier.boxes(film) if kind == b"mdat"
    )
    half = len(body) // 2 + 1
    row: dict[str, object] = {
        "uniqueId": 0,
        "localId": 0,
        "count": 2,
        "alg": "sha256",
        "hashes": [binding.digest(piece, ()) for piece in (body[:half], body[half:])],
        "fixedBlockSize": half,
        **changes,
    }
    row = {key: value for key, value in row.items() if value is not None}
    manifest = bench.manifest()

    def signed_with(digest: bytes) -> bytes:
        def change(content: dict[str, Any]) -> None:
            content["exclusions"] = [*bmff_carrier.EXCLUSIONS, _IN_PIECES]
            content |= {"merkle": [row], "hash": digest}

        return signed_file(film, replace(manifest, twists=replace(manifest.twists, binding=change)))

    return signed_with(bmff_carrier.digest(signed_with(bytes(32)), pieces=frozenset({b"mdat"})))


def _above(bench: Bench, change: Callable[[list[bytes]], list[bytes]] = list) -> bytes:
    """The same film with the row above its two blocks, and a C2PA box that leads there from each.

    `change` is what happens to the two boxes; they are in no hash.
    """
    film = films.gradient_mp4(long=True)
    body = next(
        film[at + 16 : end] for kind, at, end in bmff_carrier.boxes(film) if kind == b"mdat"
    )
    half = len(body) // 2 + 1
    low, high = (binding.digest(piece, ()) for piece in (body[:half], body[half:]))
    signed_film = _film(bench, hashes=[binding.digest(low + high, ())])
    boxes = [
        bmff_carrier.merkle_box(n, [other], unique=0, local=0)
        for n, other in enumerate((high, low))
    ]
    return signed_film + b"".join(change(boxes))


def _sized(
    name: str, what: str, because: str, expected: expect.Expected | None = None, **changes: Any
) -> Sample:
    code = f"{_BMFF}malformed"
    return sample(
        SampleClass.BINDING,
        SampleWords(name, what, "15.12.2.1", because),
        lambda bench, broken: _film(bench, **(changes if broken else {})),
        expected or expect.unchecked(expect.AI, code, findings=(code,)),
        container="mp4",
    )


PIECES = (
    good(
        "bmff-hash-in-pieces",
        SampleClass.BINDING,
        "an MP4 whose media is hashed in two blocks of a fixed size",
        "15.12.2.1 and A.5.6",
        _film,
        because="the leaves of the Merkle row fit the blocks, and the hash fits all that is around"
        " them",
        container="mp4",
    ),
    good(
        "bmff-hash-in-pieces-short-header",
        SampleClass.BINDING,
        "the same in a box whose header has 8 bytes and not 16",
        "15.12.2.1 and A.5.4.1.1",
        lambda bench: _film(bench, long=False),
        because="it is the payload of the box that is divided into blocks; the eight bytes of it"
        " that the exclusion leaves in are hashed twice",
        container="mp4",
    ),
    after(
        SampleClass.BINDING,
        SampleWords(
            "bmff-piece-changed",
            "one bit of a block of the media is flipped",
            "15.12.2.1",
            "the leaf is not the one of the Merkle row",
        ),
        damage.flip_media,
        expect.altered(expect.AI, f"{_BMFF}mismatch"),
        build=_film,
        container="mp4",
    ),
    good(
        "bmff-hash-in-pieces-row-above",
        SampleClass.BINDING,
        "an MP4 whose media is hashed in two blocks, with the row above them in the credential",
        "15.12.2.1 and A.5.4.1.1",
        _above,
        because="the C2PA box of each block leads from its leaf to the one hash of the row",
        container="mp4",
    ),
    sample(
        SampleClass.BINDING,
        SampleWords(
            "bmff-paths-missing",
            "the C2PA boxes are gone that lead from the blocks of the media to the row above them",
            "15.12.2.1",
            "where there are more leaves than hashes and the auxiliary box does not exist, the"
            " manifest is rejected; who has the whole file can compare every block without them",
        ),
        lambda bench, broken: _above(bench, (lambda _: []) if broken else list),
        expect.undecided(
            expect.unchecked(expect.AI, f"{_BMFF}malformed", findings=(f"{_BMFF}malformed",)),
            Success.VALID,
        ),
        container="mp4",
    ),
    sample(
        SampleClass.BINDING,
        SampleWords(
            "bmff-path-changed",
            "the C2PA box of the first block leads to another hash than that of the row",
            "15.12.2.1",
            "the hash calculated from the auxiliary box and the leaf does not match the row",
        ),
        lambda bench, broken: _above(
            bench, (lambda made: [made[0][:-32] + bytes(32), made[1]]) if broken else list
        ),
        expect.altered(expect.AI, f"{_BMFF}mismatch"),
        container="mp4",
    ),
    _sized(
        "bmff-two-kinds-of-blocks",
        "a Merkle row gives a fixed size of its blocks and variable ones",
        "where both fields are present the manifest is rejected",
        variableBlockSizes=[100, 200],
    ),
    _sized(
        "bmff-blocks-do-not-add-up",
        "the variable sizes of the blocks do not add up to the media",
        "their sum shall be the size of the payload; the media may have been cut as well",
        # Who compares the blocks none the less finds them to be others.
        expect.undecided(expect.altered(expect.AI, f"{_BMFF}malformed"), Success.VALID),
        fixedBlockSize=None,
        variableBlockSizes=[100, 200],
    ),
)

SAMPLES = (*COLLECTIONS, *MULTI_ASSETS, *BOXES, *PIECES)
