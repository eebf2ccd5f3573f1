"""Faults of the claim: its hashed URIs and its fields."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.kit import damage, expect
from provenance.kit.claims import ManifestFault
from provenance.kit.demands import DemandBreach, Success
from provenance.kit.jumbf_boxes import CLAIM, ContentKind, assertion_box, box, remove, superbox
from provenance.kit.sample import GENERATOR, NOTE, Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, after, before, twist

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest
_URI = "assertion.hashedURI.mismatch"


def _links(claim: dict[str, Any]) -> list[dict[str, Any]]:
    links = claim["created_assertions"]
    assert isinstance(links, list)  # noqa: S101 - of our own making
    return links


def _note_link(claim: dict[str, Any]) -> dict[str, Any]:
    return next(link for link in _links(claim) if link["url"].endswith(NOTE.label))


def _outside(claim: dict[str, Any]) -> None:
    _note_link(claim)["url"] = f"self#jumbf=/c2pa/urn:c2pa:elsewhere/c2pa.assertions/{NOTE.label}"


def _weak(claim: dict[str, Any]) -> None:
    """The right digest by an algorithm that is not allowed."""
    whole = assertion_box(NOTE.label, NOTE.content, NOTE.kind)
    digest = hashlib.md5(whole[8:], usedforsecurity=False).digest()
    _note_link(claim).update(alg="md5", hash=digest)


def _no_algorithm(claim: dict[str, Any]) -> None:
    del claim["alg"]


def _dropped(parts: list[bytes]) -> list[bytes]:
    return [remove(parts[0], (NOTE.label,)), *parts[1:]]


_STRAY = assertion_box("org.example.stray", {"note": "nobody signed this"}, ContentKind.CBOR)
HASHED_URIS = (
    after(
        SampleClass.HASHED_URI,
        SampleWords(
            "assertion-changed",
            "one bit of an assertion is flipped after signing",
            "15.10.3.1",
            "the computed hash is not the one in the claim; the claim itself is signed",
        ),
        lambda whole: damage.flip_assertion(whole, NOTE.label),
        expect.altered(expect.AI, _URI),
    ),
    before(
        SampleClass.HASHED_URI,
        SampleWords(
            "hash-wrong",
            "the claim's hash of the first assertion is all zeros",
            "15.10.3.1",
            "the computed hash is not the one in the claim, whoever is to blame",
        ),
        lambda _, one: replace(one, faults=frozenset({ManifestFault.URI_MISMATCH})),
        expect.altered(expect.AI, _URI),
    ),
    before(
        SampleClass.HASHED_URI,
        SampleWords(
            "assertion-missing",
            "an assertion that the claim names is not there",
            "15.10.3.1",
            "the URI cannot be resolved",
        ),
        twist(parts=_dropped),
        expect.undecided(
            expect.altered(expect.AI, "assertion.missing"),
            Success.WELL_FORMED,  # of hashed URIs in general the code is hashedURI.missing
        ),
    ),
    before(
        SampleClass.HASHED_URI,
        SampleWords(
            "assertion-undeclared",
            "an assertion is in the store that the claim does not name",
            "15.10.3.1",
            "what the claim does not name is not signed; the claim is rejected",
        ),
        lambda _, one: replace(one, undeclared=(_STRAY,)),
        expect.altered(expect.AI, "assertion.undeclared"),
    ),
    before(
        SampleClass.HASHED_URI,
        SampleWords(
            "outside-manifest",
            "the claim names an assertion of another manifest",
            "15.10.3.1",
            "assertions belong in the manifest of the claim; the one there is undeclared",
        ),
        twist(claim=_outside),
        expect.undecided(
            expect.altered(
                expect.AI,
                "assertion.outsideManifest",
                "assertion.missing",
                "assertion.undeclared",
                findings=("assertion.undeclared",),
            ),
            Success.WELL_FORMED,  # who looks for the manifest that is named misses its claim
        ),
    ),
    before(
        SampleClass.HASHED_URI,
        SampleWords(
            "algorithm-missing",
            "neither the claim nor its hashed URIs name an algorithm",
            "15.4.2",
            "without one at any of these places the claim is rejected",
        ),
        twist(claim=_no_algorithm),
        expect.undecided(
            expect.unchecked(
                expect.AI, "algorithm.unsupported", findings=("credential.malformed",)
            ),
            Success.VALID,
            Success.WELL_FORMED,  # who asks the claim for the field finds it malformed
        ),
    ),
    before(
        SampleClass.HASHED_URI,
        SampleWords(
            "algorithm-not-allowed",
            "a hashed URI names MD5",
            "15.4.4",
            "MD5 is on neither list of hashes",
        ),
        twist(claim=_weak),
        expect.UNSUPPORTED,
    ),
)


def _without(*fields: str) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(claim: dict[str, Any]) -> None:
        for field in fields:
            claim.pop(field, None)

    return twist(claim=change)


def _all_gathered(claim: dict[str, Any]) -> None:
    claim["gathered_assertions"] = claim.pop("created_assertions")


def _no_name(_: Bench, manifest: NewManifest) -> NewManifest:
    return replace(manifest, generator={k: v for k, v in GENERATOR.items() if k != "name"})


def _claim_box(content: bytes, label: str = "c2pa.claim.v2") -> bytes:
    return superbox(CLAIM, label, box(b"cbor", content))


def _malformed(
    name: str,
    what: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    *breaches: DemandBreach,
) -> Sample:
    row = SampleWords(
        name,
        what,
        "15.6.2",
        "the field is required; what was signed is still what stands here",
    )
    return before(
        SampleClass.CLAIM,
        row,
        change,
        expect.breaching(
            expect.unchecked(expect.AI, "claim.malformed", findings=("credential.malformed",)),
            *breaches,
        ),
    )


CLAIMS = (
    before(
        SampleClass.CLAIM,
        SampleWords(
            "cbor-invalid",
            "the claim is no well-formed CBOR",
            "15.6.2",
            "a claim that cannot be read says nothing",
        ),
        twist(claim_bytes=lambda whole: whole[:-1] + b"\xff"),
        expect.unclaimed(expect.AI, "claim.cbor.invalid", findings=("claim.malformed",)),
    ),
    before(
        SampleClass.CLAIM,
        SampleWords(
            "not-a-map", "the claim is an array", "15.6.2", "none of the required fields is there"
        ),
        twist(claim_bytes=lambda _: b"\x80"),
        expect.unclaimed(expect.AI, "claim.malformed"),
    ),
    _malformed("no-instance-id", "the claim has no instanceID", _without("instanceID")),
    _malformed(
        "no-generator",
        "the claim has no claim_generator_info",
        _without("claim_generator_info"),
        DemandBreach.SPEC_VERSION,
    ),
    _malformed(
        "no-created-assertions",
        "the claim has no created_assertions; all stand among the gathered",
        twist(claim=_all_gathered),
        DemandBreach.INCEPTION,
    ),
    _malformed("generator-without-name", "claim_generator_info has no name", _no_name),
    before(
        SampleClass.CLAIM,
        SampleWords("missing", "there is no claim box", "15.11.3.3", "the claim cannot be located"),
        twist(parts=lambda parts: [parts[0], parts[2]]),
        expect.unclaimed(expect.AI, "claim.missing"),
    ),
    before(
        SampleClass.CLAIM,
        SampleWords(
            "two",
            "there are two claim boxes of one label",
            "15.6.1",
            "there shall only be one; which of them was signed must not be guessed",
        ),
        twist(parts=lambda parts: [parts[0], parts[1], parts[1], parts[2]]),
        expect.unclaimed(expect.AI, "claim.multiple", findings=("claim.missing",)),
    ),
    before(
        SampleClass.CLAIM,
        SampleWords(
            "two-versions",
            "a version 1 claim stands beside the version 2 claim",
            "15.6.1",
            "both labels name a claim, and there shall only be one",
        ),
        twist(
            parts=lambda parts: [
                parts[0],
                parts[1],
                _claim_box(b"\xa1\x63alg\x66sha256", "c2pa.claim"),
                parts[2],
            ]
        ),
        expect.unclaimed(expect.AI, "claim.multiple", findings=("claim.missing",)),
    ),
)


SAMPLES = (*HASHED_URIS, *CLAIMS)
