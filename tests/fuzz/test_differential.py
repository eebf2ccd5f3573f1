"""The mutants of signed files: what they are, what must hold of them, and what explains the others.

`differential` runs over many; this is a slice of it.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import cbor2
import pytest
from support.each import each

from fuzz import differential, made, mutate, signed_mutants
from fuzz.signed_mutants import PKI, WAYS, Mutant, verifier
from provenance import CrossCheck
from provenance.base.terms import Integrity
from provenance.kit.sample import Bench
from provenance.kit.samples.sample_catalogue import SAMPLES
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE = 160
HAS_ENCYPHER = importlib.util.find_spec("encypher_c2pa") is not None


def test_a_slice_of_mutants_breaks_no_rule() -> None:
    for number in range(SLICE):
        differential.judge(differential.numbered(20_260_601, number))


def test_a_mutant_is_the_same_whenever_it_is_made() -> None:
    numbers = range(40)
    first = [differential.numbered(5, n) for n in numbers]
    assert first == [differential.numbered(5, n) for n in numbers]
    assert {one.way for one in first} <= {way.__name__[1:] for way in WAYS}


def test_the_seeds_are_sound_and_in_many_containers() -> None:
    found = signed_mutants.seeds()
    assert len(found) >= 100
    assert len(signed_mutants.containers()) >= 24
    for one in found:
        if one.name.startswith("made/"):
            report = verifier(CrossCheck.NEVER).verify_bytes(one.data)
            assert report.axes.integrity is Integrity.INTACT, one.name
            assert one.flagged, one.name


def test_each_way_of_mutating_changes_a_seed_of_each_container() -> None:
    for number, (_, held) in enumerate(signed_mutants.containers()):
        for way in set(WAYS):
            tries = (way(Random(f"{way.__name__}{number}{n}"), held[0]) for n in range(9))  # noqa: S311 - to be had again
            assert any(data != held[0].data for data in tries), (way, held[0].name)


@pytest.mark.parametrize("text", ["svg", "html", "comment", "text", "gif"])
def test_a_mutant_of_an_encoded_store_speaks_only_where_it_is_whole(text: str) -> None:
    one = dict(signed_mutants.containers())[text][0]
    assert signed_mutants._speaks(one.data, one)
    middle = (one.first + one.last) // 2
    assert not signed_mutants._speaks(one.data[:middle] + one.data[middle + 1 :], one)
    hidden = one.data[: one.first] + b"<!--" + one.data[one.first :]
    assert not signed_mutants._speaks(hidden, one) or b"-->" in one.data[: one.first]


def test_a_mutant_that_hides_ai_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="without a flag"):
        differential.judge(Mutant("good/jpeg.jpeg", "struck", b"no file at all", declares=True))
    sound = dict(signed_mutants.containers())["png"][0]
    monkeypatch.setattr(differential, "_by_encypher", lambda *_: "none")
    monkeypatch.setattr(differential, "_broken", lambda report: {id(report)})
    with pytest.raises(AssertionError, match="the SDK breaks a manifest"):
        differential.judge(Mutant(sound.name, "struck", sound.data, declares=True))


def test_cbor_in_other_forms_means_the_same() -> None:
    value = {"a": [1, -2, 300, 2**40, b"x" * 30, "text"], "b": {"c": None, "d": True}}
    plain, met = cbor2.dumps(value), set()
    for number in range(80):
        data = mutate.recoded(Random(number), plain, b"")  # noqa: S311 - to be had again
        if not any(tag in data for tag in (b"\xd8\x40", b"\xc6", b"\xd9\xd9\xf7")):
            assert cbor2.loads(data) == value
        met.add(data)
    assert len(met) > 30
    assert mutate.recoded(Random(1), b"\xff", b"") == b"\xff"  # noqa: S311 - as above


def _sample(name: str, *, faulty: bool = False) -> bytes:
    (one,) = (s for s in SAMPLES if s.name == name)
    return one.make(Bench(PKI, f"{one.group.value}/{name}"), faulty).data


def _tagged() -> bytes:
    """A claim in which a text has a tag."""
    bench = Bench(PKI, "tagged")
    manifest = bench.manifest()

    def written(whole: bytes) -> bytes:
        claim = cbor2.loads(whole)
        return cbor2.dumps({**claim, "instanceID": cbor2.CBORTag(6, claim["instanceID"])})

    twists = replace(manifest.twists, claim_bytes=written)
    return signed_file(bench.media(), replace(manifest, twists=twists))


def _packed() -> bytes:
    return made.signed(Bench(PKI, "made/packed.pdf").manifest(), made.DATA["packed.pdf"])


# A sample, what it is explained by, and the failure as encypher-c2pa 1.7.1 words it.
EXPLAINED: dict[str, tuple[Callable[[], bytes], str, dict[str, str]]] = {
    "elsewhere": (
        lambda: _sample("kept-elsewhere"),
        "what is kept elsewhere is not fetched",
        {"code": "assertion.inaccessible"},
    ),
    "compressed": (
        _packed,
        "a compressed stream of PDF",
        {"code": "manifest.inaccessible", "explanation": "filtered stream is not supported"},
    ),
    "tags": (_tagged, "has a tag in the claim", {"code": "claim.hardBindings.missing"}),
    "tags, by its form": (_tagged, "a rule of form", {"code": "claim.malformed"}),
    "icon": (
        lambda: _sample("icon-hash", faulty=True),
        "a reference to an icon",
        {"code": "assertion.hashedURI.mismatch"},
    ),
    "odd box": (
        lambda: _sample("private-box"),
        "",
        {"code": "claim.malformed", "explanation": "a JUMBF box"},
    ),
    "certificates": (
        lambda: _sample("many-certificates", faulty=True),
        "certificates that it does not take",
        {
            "code": "claimSignature.mismatch",
            "explanation": "integrity-protected signing certificate",
        },
    ),
}
SOUND = "jpeg"


@each("name", EXPLAINED)
def test_a_difference_is_explained_only_by_what_is_in_the_file(name: str) -> None:
    """And explains nothing of a file that does not have it."""
    make, why, failure = EXPLAINED[name]
    alone = verifier(CrossCheck.NEVER).verify_bytes(make())
    assert alone.axes.integrity is Integrity.INTACT
    found = differential._explained(failure, alone)
    assert why in found
    assert bool(found) is bool(why)
    sound = verifier(CrossCheck.NEVER).verify_bytes(_sample(SOUND))
    if failure["code"] not in {"assertion.inaccessible", "manifest.inaccessible"}:
        assert differential._explained(failure, sound) == ""


@pytest.mark.skipif(not HAS_ENCYPHER, reason="encypher-c2pa is not installed (extra `bench`)")
@each("name", [name for name, row in EXPLAINED.items() if row[1]])
def test_a_known_difference_from_the_other_validator_is_explained(name: str) -> None:
    data = EXPLAINED[name][0]()
    alone = verifier(CrossCheck.NEVER).verify_bytes(data)
    assert differential._by_encypher(alone, data) == "encypher explained"
