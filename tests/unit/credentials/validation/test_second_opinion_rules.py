"""Which failures of the SDK count, rule by rule, over values: no file and no SDK is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.each import each

from provenance.base import cbor
from provenance.credentials import jumbf
from provenance.credentials.manifest import (
    Assertion,
    ClaimList,
    HashedUri,
    Ingredient,
    Linkage,
    Manifest,
    ManifestStore,
)
from provenance.credentials.sdk import SdkAnswer, SdkRefusal, SdkStatus, SdkStatusGroup
from provenance.credentials.validation import outcome, second_opinion
from provenance.credentials.validation.outcome import BindingResult
from provenance.credentials.validation.second_opinion import Opinion, Rewritten
from provenance.kit.jumbf_boxes import ASSERTION_STORE, CLAIM, MANIFEST, STORE, box, superbox

ACTIVE, OLDER = "urn:c2pa:active", "urn:c2pa:older"
DATA_MATCH, DATA_MISMATCH = "assertion.dataHash.match", "assertion.dataHash.mismatch"


def assertion(label: str, linkage: Linkage) -> Assertion:
    return Assertion(label, ClaimList.CREATED, "cbor", linkage, b"")


def ingredient(label: str, target: str | None, linkage: Linkage) -> Ingredient:
    return Ingredient(label, ClaimList.CREATED, None, "", "", "", target, None, None, (), linkage)


def manifest(
    label: str,
    *assertions: Assertion,
    ingredients: Any = (),
    version: int = 2,
    generators: Any = None,
) -> Manifest:
    """A manifest whose claim says what made it; version 0 for a claim that cannot be read."""
    claim = cbor.encode({"claim_generator_info": generators}) if version else b"junk"
    return Manifest(
        label, version, False, (), "", "", "", claim, None, assertions, ingredients=ingredients
    )


STORE_OF_TWO = ManifestStore(
    ACTIVE,
    {
        ACTIVE: manifest(
            ACTIVE,
            assertion("org.example.kept", Linkage.MATCH),
            assertion("org.example.gone", Linkage.MISSING),
            assertion("org.example.changed", Linkage.MISMATCH),
            assertion("org.example.both", Linkage.MATCH),
            ingredients=(
                ingredient("c2pa.ingredient.v3", None, Linkage.MATCH),
                ingredient("c2pa.ingredient.v3__1", OLDER, Linkage.MATCH),
                ingredient("c2pa.ingredient.v3__2", OLDER, Linkage.MISMATCH),
                ingredient("c2pa.ingredient.v3__3", "urn:c2pa:third", Linkage.MATCH),
            ),
        ),
        OLDER: manifest(
            OLDER,
            assertion("org.example.both", Linkage.MISSING),
            assertion("org.example.older", Linkage.MISSING),
        ),
    },
    (ACTIVE, OLDER),
    (),
)


def url(label: str, owner: str = ACTIVE) -> str:
    return f"self#jumbf=/c2pa/{owner}/c2pa.assertions/{label}"


def failure(code: str, where: str, inside: str = "") -> SdkStatus:
    return SdkStatus(code, SdkStatusGroup.FAILURE, where, "in its words", inside)


def success(code: str, where: str) -> SdkStatus:
    return SdkStatus(code, SdkStatusGroup.SUCCESS, where, "in its words")


def weigh(
    *statuses: SdkStatus,
    boxes: Rewritten | None = None,
    outcomes: tuple[outcome.BindingOutcome, ...] = (),
    refusal: SdkRefusal | None = None,
    message: str = "",
    store: ManifestStore = STORE_OF_TWO,
    **more: Any,
) -> Opinion:
    answer = SdkAnswer("Invalid", ACTIVE, statuses, refusal, message)
    return second_opinion.weigh(store, answer, outcomes, boxes or Rewritten(), **more)


def compared(
    result: BindingResult, where: str = "c2pa.hash.data", code: str = DATA_MATCH, **more: Any
) -> outcome.BindingOutcome:
    return outcome.BindingOutcome(f"{ACTIVE}/{where}", result, code, "", "", **more)


def test_of_the_sdks_codes_only_failures_are_weighed() -> None:
    said = (
        success("claimSignature.validated", url("x")),
        SdkStatus("timeStamp.untrusted", SdkStatusGroup.INFORMATIONAL, "", ""),
        failure("assertion.cbor.invalid", url("x")),
    )
    assert weigh(*said) == Opinion(said[2:], (), None)


NOT_NAMED = "what is missing is not an assertion that the claim names"
ANEW = "the SDK writes the box anew; its bytes in the file have the hash"
LINK_ANEW = "the SDK writes a box of the manifest anew"
EARLY = "the SDK counts the blocks of media from byte 16 of their box"
RANGE = "the SDK's check of the range; every byte of it is accounted for"
OPTIONAL = "the SDK does not ask the multi-asset hash where an optional part is gone"
FORM = "the hash cannot be compared"
IN_DER = "the SDK does not read a signature in DER"
MISSING, HASHED = "hashedURI.missing", "assertion.hashedURI.mismatch"
LINK = "ingredient.manifest.mismatch"
SIGNATURE = f"self#jumbf=/c2pa/{ACTIVE}/c2pa.signature"


@each(
    ("code", "where", "why"),
    [
        (MISSING, "self#jumbf=c2pa.databoxes/c2pa.data", NOT_NAMED),
        ("assertion.missing", "self#jumbf=c2pa.databoxes/org.example.gone", NOT_NAMED),
        (MISSING, url("org.example.unknown"), NOT_NAMED),
        (MISSING, url("org.example.kept"), NOT_NAMED),
        (MISSING, url("org.example.gone"), ""),
        (MISSING, url("org.example.changed"), ""),
        ("assertion.missing", "self#jumbf=c2pa.assertions/org.example.gone", ""),
        # The other manifest's, by its name or not.
        (MISSING, url("org.example.older", OLDER), ""),
        (MISSING, url("org.example.older"), NOT_NAMED),
        (MISSING, "self#jumbf=c2pa.assertions/org.example.older", NOT_NAMED),
        (MISSING, url("org.example.both", OLDER), ""),
        (MISSING, url("org.example.both"), NOT_NAMED),
        (MISSING, f"self#jumbf=x/{OLDER}/c2pa.assertions/org.example.both", ""),
        ("assertion.inaccessible", "self#jumbf=c2pa.databoxes/c2pa.data", ""),
    ],
)
def test_a_reference_that_dangles_explains_its_failure(code: str, where: str, why: str) -> None:
    one = failure(code, where)
    gave_up = failure("general.error", "")
    expected = Opinion((), ((one, why), (gave_up, GAVE_UP)), None)
    assert weigh(gave_up, one) == (expected if why else Opinion((gave_up, one), (), None))


GAVE_UP = "the SDK gives up a manifest over a reference"


def test_that_the_sdk_gave_up_is_explained_by_a_reference_alone() -> None:
    der = failure("claimSignature.mismatch", SIGNATURE)
    gave_up, other = failure("general.error", ""), failure("assertion.cbor.invalid", "")
    assert weigh(gave_up, der, der_encoded={ACTIVE}).failures == (gave_up,)
    reference = failure(MISSING, "self#jumbf=c2pa.databoxes/c2pa.data")
    assert weigh(other, gave_up, reference).failures == (other,)


@each(
    ("code", "where", "boxes", "why"),
    [
        (HASHED, url("org.example.kept"), {(ACTIVE, "org.example.kept")}, ANEW),
        (
            HASHED,
            "self#jumbf=c2pa.assertions/org.example.kept",
            {(ACTIVE, "org.example.kept")},
            ANEW,
        ),
        (HASHED, url("org.example.changed"), {(ACTIVE, "org.example.changed")}, ""),
        (HASHED, url("org.example.kept"), {(OLDER, "org.example.kept")}, ""),
        (HASHED, url("org.example.kept"), {(ACTIVE, "org.example.both")}, ""),
        (HASHED, url("org.example.kept"), set(), ""),
        (HASHED, url("org.example.unknown"), {(ACTIVE, "org.example.unknown")}, ""),
        (HASHED, url("x", "urn:c2pa:nobody"), {("urn:c2pa:nobody", "x")}, ""),
        ("assertion.json.invalid", url("org.example.kept"), {(ACTIVE, "org.example.kept")}, ""),
    ],
)
def test_a_box_that_the_sdk_writes_anew_explains_its_failure(
    code: str, where: str, boxes: set[tuple[str, str]], why: str
) -> None:
    one = failure(code, where)
    opinion = weigh(one, boxes=Rewritten(frozenset(boxes)))
    assert opinion == (Opinion((), ((one, why),), None) if why else Opinion((one,), (), None))


@each(
    ("code", "label", "touched", "explained"),
    [
        (LINK, "c2pa.ingredient.v3__1", OLDER, True),
        ("ingredient.hashedURI.mismatch", "c2pa.ingredient.v3__1", OLDER, True),
        ("ingredient.claimSignature.mismatch", "c2pa.ingredient.v3__1", OLDER, False),
        (LINK, "c2pa.ingredient.v3__1", ACTIVE, False),
        (LINK, "c2pa.ingredient.v3__2", OLDER, False),  # ours does not match either
        (LINK, "c2pa.ingredient.v3__3", OLDER, False),  # of another manifest
        (LINK, "c2pa.ingredient.v3", OLDER, False),  # of none
        (LINK, "c2pa.ingredient.v3__9", OLDER, False),
    ],
)
def test_a_box_written_anew_explains_the_failure_of_links_to_its_manifest(
    code: str, label: str, touched: str, explained: bool
) -> None:
    boxes = Rewritten(frozenset({(touched, "org.example.any")}))
    for one in (failure(code, url(label)), failure(code, url("another", OLDER), url(label))):
        opinion = weigh(one, boxes=boxes)
        assert opinion.explained == (((one, LINK_ANEW),) if explained else ())
        assert opinion.failures == (() if explained else (one,))


OTHERWISE = "the SDK takes SHA-256 of a manifest where its reference names another algorithm"


@each(
    ("algorithm", "linkage", "where", "inside", "explained"),
    [
        ("sha384", Linkage.MATCH, "", "c2pa.ingredient.v3", True),
        ("sha512", Linkage.MATCH, "", "c2pa.ingredient.v3", True),
        ("sha256", Linkage.MATCH, "", "c2pa.ingredient.v3", False),
        ("", Linkage.MATCH, "", "c2pa.ingredient.v3", False),
        ("sha384", Linkage.MISMATCH, "", "c2pa.ingredient.v3", False),
        ("sha384", Linkage.MATCH, "", "c2pa.ingredient.v3__1", False),
        # Where it does not say which ingredient: by the address of the manifest.
        ("sha384", Linkage.MATCH, f"self#jumbf=/c2pa/{OLDER}", "", True),
        ("sha384", Linkage.MATCH, f"self#jumbf=/c2pa/{ACTIVE}", "", False),
        ("sha384", Linkage.MATCH, f"self#jumbf=/c2pa/{OLDER}", "c2pa.ingredient.v3__1", False),
    ],
)
def test_another_algorithm_of_a_link_explains_its_failure(
    algorithm: str, linkage: Linkage, where: str, inside: str, explained: bool
) -> None:
    link = replace(
        ingredient("c2pa.ingredient.v3", OLDER, linkage),
        manifest=HashedUri(f"self#jumbf=/c2pa/{OLDER}", algorithm, b""),
    )
    without = ingredient("c2pa.ingredient.v3", None, linkage)
    own = manifest(ACTIVE, ingredients=(without, link))
    store = ManifestStore(ACTIVE, {ACTIVE: own}, (ACTIVE,), ())
    one = failure(LINK, where or url("any"), url(inside) if inside else "")
    opinion = weigh(one, store=store)
    assert opinion.explained == (((one, OTHERWISE),) if explained else ())
    assert opinion.failures == (() if explained else (one,))
    other = failure("assertion.cbor.invalid", where, url(inside) if inside else "")
    assert weigh(other, store=store).failures == (other,)


ICON = "the hash is that of a reference to an icon; the one in the claim's list is right"


def icon(where: Any) -> dict[str, Any]:
    return {"name": "x", "icon": {"url": where, "hash": bytes(32)}}


@each(
    ("generators", "version", "explained"),
    [
        (icon(url("org.example.kept")), 2, True),
        (icon("self#jumbf=c2pa.assertions/org.example.kept"), 2, True),
        ([{"name": "y"}, 7, icon(url("org.example.kept"))], 1, True),
        ([{}] * 63 + [icon(url("org.example.kept"))], 1, True),
        ([{}] * 64 + [icon(url("org.example.kept"))], 1, False),
        (icon(url("org.example.kept", OLDER)), 2, False),
        (icon(url("org.example.both")), 2, False),
        (icon("self#jumbf=c2pa.databoxes/org.example.kept"), 2, False),
        (icon(7), 2, False),
        ({"name": "x", "icon": 7}, 2, False),
        ({"name": "x"}, 2, False),
        (None, 2, False),
        (icon(url("org.example.kept")), 0, False),  # a claim that cannot be read
    ],
)
def test_another_hash_in_the_reference_to_an_icon_explains_its_failure(
    generators: Any, version: int, explained: bool
) -> None:
    kept = assertion("org.example.kept", Linkage.MATCH)
    changed = assertion("org.example.changed", Linkage.MISMATCH)
    own = manifest(ACTIVE, kept, changed, version=version, generators=generators)
    store = ManifestStore(ACTIVE, {ACTIVE: own}, (ACTIVE,), ())
    one = failure(HASHED, url("org.example.kept"))
    opinion = weigh(one, store=store)
    assert opinion == (
        Opinion((), ((one, ICON),), None) if explained else Opinion((one,), (), None)
    )
    anew = weigh(one, store=store, boxes=Rewritten(frozenset({(ACTIVE, "org.example.kept")})))
    assert anew.explained == ((one, ANEW),)


OURS = compared(BindingResult.MATCH)
OTHER = compared(BindingResult.MISMATCH, "c2pa.hash.boxes")
PARTS = "c2pa.hash.multi-asset"


@each(
    ("outcomes", "matched", "why"),
    [
        ((OURS,), True, RANGE),
        ((OTHER, OURS), True, RANGE),
        ((compared(BindingResult.PARTIAL),), True, RANGE),
        ((OURS,), False, ""),
        ((), True, ""),
        ((compared(BindingResult.MATCH, "c2pa.hash.data__1"),), True, ""),
        ((compared(BindingResult.MISMATCH),), True, ""),
        ((compared(BindingResult.MATCH, early=True),), False, EARLY),
        ((compared(BindingResult.PARTIAL, early=True),), False, EARLY),
        ((compared(BindingResult.MATCH, early=True),), True, RANGE),
        ((compared(BindingResult.MISMATCH, early=True),), False, ""),
        ((OTHER, compared(BindingResult.MATCH, "c2pa.hash.boxes", early=True)), False, ""),
        ((compared(BindingResult.UNCHECKED),), False, FORM),
        ((compared(BindingResult.UNCHECKED, code="", media_absent=True),), False, FORM),
        ((compared(BindingResult.UNCHECKED, code=""),), False, ""),
        ((compared(BindingResult.MISMATCH, code="", media_absent=True),), False, ""),
        ((compared(BindingResult.MATCH, PARTS),), False, OPTIONAL),
        ((OTHER, compared(BindingResult.MATCH, PARTS)), False, OPTIONAL),
        ((compared(BindingResult.MISMATCH, PARTS), OURS), True, RANGE),
        ((compared(BindingResult.MISMATCH, PARTS),), False, ""),
        ((compared(BindingResult.MATCH, f"x{PARTS}"),), False, ""),
    ],
)
def test_a_binding_that_matches_here_explains_the_sdks_mismatch(
    outcomes: tuple[outcome.BindingOutcome, ...], matched: bool, why: str
) -> None:
    one = failure(DATA_MISMATCH, url("c2pa.hash.data"))
    other = success(DATA_MATCH, url("c2pa.hash.data") if matched else url("c2pa.hash.data__2"))
    opinion = weigh(other, one, outcomes=outcomes)
    assert opinion == (Opinion((), ((one, why),), None) if why else Opinion((one,), (), None))


def test_only_a_match_here_explains_and_only_a_mismatch_there_is_explained() -> None:
    mismatch = failure(DATA_MISMATCH, url("c2pa.hash.data"))
    other = success("assertion.hashedURI.match", url("c2pa.hash.data"))
    assert weigh(other, mismatch, outcomes=(OURS,)).failures == (mismatch,)
    malformed = failure("assertion.dataHash.malformed", url("c2pa.hash.data"))
    found = success(DATA_MATCH, url("c2pa.hash.data"))
    assert weigh(found, malformed, outcomes=(OURS,)).failures == (malformed,)


@each(
    ("code", "where", "der", "explained"),
    [
        ("claimSignature.mismatch", SIGNATURE, {ACTIVE}, True),
        ("claimSignature.mismatch", "self#jumbf=c2pa.signature", {ACTIVE}, True),
        ("claimSignature.mismatch", f"self#jumbf=/c2pa/{OLDER}/c2pa.signature", {ACTIVE}, False),
        ("claimSignature.mismatch", SIGNATURE, {OLDER}, False),
        ("claimSignature.mismatch", SIGNATURE, (), False),
        ("claimSignature.missing", SIGNATURE, {ACTIVE}, False),
    ],
)
def test_a_signature_in_der_explains_its_failure(
    code: str, where: str, der: Any, explained: bool
) -> None:
    one = failure(code, where)
    opinion = weigh(one, der_encoded=der)
    assert opinion.explained == (((one, IN_DER),) if explained else ())
    assert opinion.failures == (() if explained else (one,))


COLLECTION = compared(BindingResult.MATCH, "c", "assertion.collectionHash.match")
OLD = "a store with prerelease content"


@each(
    ("refusal", "message", "outcomes", "older", "silent"),
    [
        (None, "words", (), False, ""),
        (SdkRefusal.UNSUPPORTED, "words", (), False, "the SDK does not read this kind of file"),
        (SdkRefusal.NOT_ASKED, "too large for it", (), False, "too large for it"),
        (SdkRefusal.ABSENT, "words", (COLLECTION,), True, None),
        (SdkRefusal.REMOTE, OLD, (), True, None),
        (SdkRefusal.MALFORMED, "words", (), False, None),
        (
            SdkRefusal.MALFORMED,
            "words",
            (COLLECTION, COLLECTION),
            False,
            "the SDK reads neither an array of files nor a check sum of zero",
        ),
        (SdkRefusal.MALFORMED, "words", (COLLECTION, OURS), False, None),
        (
            SdkRefusal.MALFORMED,
            "words",
            (compared(BindingResult.PARTIAL, "c", "assertion.collectionHash.match"),),
            False,
            None,
        ),
        (SdkRefusal.MALFORMED, OLD, (), True, "the SDK does not read the pre-release form"),
        (SdkRefusal.MALFORMED, OLD, (), False, None),
        (SdkRefusal.MALFORMED, "words", (), True, None),
    ],
)
def test_an_answer_of_the_sdk_that_is_none_weighs_nothing(
    refusal: SdkRefusal | None,
    message: str,
    outcomes: tuple[outcome.BindingOutcome, ...],
    older: bool,
    silent: str | None,
) -> None:
    opinion = weigh(refusal=refusal, message=message, outcomes=outcomes, older=older)
    kept = refusal if silent is None else None
    assert opinion == Opinion((), (), kept, message, silent or "")


BELOW = "the SDK gives up over a manifest of an ingredient"


@each(
    ("active", "older", "targets", "silent"),
    [
        (2, 0, (OLDER,), BELOW),
        (1, 0, (None, "urn:c2pa:gone", OLDER), BELOW),
        (2, 1, (OLDER,), ""),
        (2, 0, (), ""),
        (2, 0, ("urn:c2pa:gone",), ""),
        (0, 0, (OLDER,), ""),
        (0, 2, (ACTIVE,), ""),
    ],
)
def test_manifests_of_ingredients_that_cannot_be_read_explain_that_the_sdk_gave_up(
    active: int, older: int, targets: tuple[str | None, ...], silent: str
) -> None:
    links = tuple(
        ingredient(f"c2pa.ingredient.v3__{n}", target, Linkage.MATCH)
        for n, target in enumerate(targets)
    )
    store = ManifestStore(
        ACTIVE,
        {
            ACTIVE: manifest(ACTIVE, ingredients=links, version=active),
            OLDER: manifest(OLDER, version=older),
        },
        (ACTIVE, OLDER),
        (),
    )
    opinion = weigh(refusal=SdkRefusal.MALFORMED, message="words", store=store)
    kept = None if silent else SdkRefusal.MALFORMED
    assert opinion == Opinion((), (), kept, "words", silent)
    assert weigh(refusal=SdkRefusal.REMOTE, store=store).refusal is SdkRefusal.REMOTE


PART = "the SDK gives up the whole credential over the form of one part"
UNDECODED = "Decoding: could not decode assertion {} (version 2)"


@each(
    ("message", "forms", "silent"),
    [
        (UNDECODED.format("c2pa.actions.v2"), {"c2pa.actions.v2"}, PART),
        (UNDECODED.format("c2pa.actions.v2"), {"", "c2pa.actions"}, ""),
        (UNDECODED.format("c2pa.actions.v2"), (), ""),
        (UNDECODED.format("x" * 128), {"x" * 128}, PART),
        (UNDECODED.format("x" * 129), {"x" * 129}, ""),
        (UNDECODED.format("a/b"), {"a/b"}, ""),
        ("x " + UNDECODED.format("c2pa.actions.v2"), {"c2pa.actions.v2"}, ""),
        ("Decoding: claim could not be converted from CBOR: x", {""}, PART),
        ("Decoding: claim could not be converted from CBOR: x", {"c2pa.actions"}, ""),
        ("x Decoding: claim could not be converted from CBOR", {""}, ""),
        ("words", {""}, ""),
    ],
)
def test_forms_that_break_a_rule_explain_that_the_sdk_gave_up(
    message: str, forms: Any, silent: str
) -> None:
    opinion = weigh(refusal=SdkRefusal.MALFORMED, message=message, forms=forms)
    kept = None if silent else SdkRefusal.MALFORMED
    assert opinion == Opinion((), (), kept, message, silent)
    other = weigh(refusal=SdkRefusal.REMOTE, message=message, forms=forms)
    assert other.refusal is SdkRefusal.REMOTE


def test_the_older_form_has_to_be_told() -> None:
    opinion = weigh(refusal=SdkRefusal.MALFORMED, message=OLD)
    assert (opinion.refusal, opinion.silent) == (SdkRefusal.MALFORMED, "")


FOR_CLAIM = "the SDK takes a box of another type in the manifest for a claim"


def with_boxes(*uuids: bytes) -> Manifest:
    """A manifest with boxes of these types."""
    inside = [superbox(uuid, f"box.{n}", box(b"json", b"{}")) for n, uuid in enumerate(uuids)]
    root = jumbf.parse_jumbf(superbox(STORE, "c2pa", superbox(MANIFEST, ACTIVE, *inside)))
    return replace(manifest(ACTIVE), box=root.children[0])


@each(
    ("uuids", "code", "explained"),
    [
        ((CLAIM, b"\x77" * 16), "claim.multiple", True),
        ((CLAIM, ASSERTION_STORE), "claim.multiple", False),
        ((CLAIM, CLAIM, b"\x77" * 16), "claim.multiple", False),
        ((b"\x77" * 16,), "claim.multiple", False),
        ((CLAIM, b"\x77" * 16), "claim.missing", False),
    ],
)
def test_a_box_of_another_type_explains_that_the_sdk_sees_two_claims(
    uuids: tuple[bytes, ...], code: str, explained: bool
) -> None:
    one = failure(code, "")
    own = with_boxes(*uuids)
    for manifests in ({ACTIVE: own}, {ACTIVE: own, OLDER: manifest(OLDER)}):
        store = ManifestStore(ACTIVE, manifests, tuple(manifests), ())
        opinion = weigh(one, store=store)
        assert opinion.explained == (((one, FOR_CLAIM),) if explained else ())
        assert opinion.failures == (() if explained else (one,))


@each(
    ("version", "content", "silent"),
    [
        (2, {"assertions": []}, True),
        (2, {"created_assertions": []}, False),
        (2, None, False),
        (1, {"assertions": []}, False),
        (1, {}, False),
    ],
)
def test_a_list_of_version_1_in_a_claim_of_version_2_explains_the_sdk_s_refusal(
    version: int, content: Any, silent: bool
) -> None:
    own = replace(manifest(ACTIVE, version=version), content=content)
    store = ManifestStore(ACTIVE, {ACTIVE: own}, (ACTIVE,), ())
    words = "Other: unsupported claim version"
    opinion = weigh(refusal=SdkRefusal.MALFORMED, message=words, store=store)
    odd = "the SDK refuses the form of a part that the standard allows" if silent else ""
    assert opinion == Opinion((), (), None if silent else SdkRefusal.MALFORMED, words, odd)


# ---- boxes that are written anew ------------------------------------------------------------


def toggled(whole: bytes, bits: int) -> bytes:
    """A superbox with other toggles in its description, whose label stays."""
    made = bytearray(whole)
    made[32] |= bits
    return bytes(made)


def store(manifest_bits: int = 0, inner_bits: int = 0, leaf_bits: int = 0) -> bytes:
    leaf = toggled(superbox(b"json", "org.example.leaf", box(b"json", b"{}")), leaf_bits)
    inner = toggled(superbox(ASSERTION_STORE, "c2pa.assertions", leaf), inner_bits)
    plain = superbox(MANIFEST, OLDER, superbox(ASSERTION_STORE, "c2pa.assertions"))
    return superbox(STORE, "c2pa", plain, toggled(superbox(MANIFEST, ACTIVE, inner), manifest_bits))


@each(
    ("bits", "anew"),
    [
        (0x04, True),
        (0x08, True),
        (0x20, True),
        (0x40, True),
        (0x80, True),
        (0x10, False),
        (0, False),
    ],
)
def test_toggles_that_are_not_kept(bits: int, anew: bool) -> None:
    for made, label in (
        (store(manifest_bits=bits), ""),
        (store(inner_bits=bits), "c2pa.assertions"),
        (store(leaf_bits=bits), "org.example.leaf"),
    ):
        found = second_opinion.rewritten(made)
        assert found == Rewritten(frozenset({(ACTIVE, label)} if anew else ()))
        assert bool(found) is anew
        assert found.touches(ACTIVE) is anew
        assert found.holds(ACTIVE, label) is anew
        assert not found.touches(OLDER)
        assert not found.holds(OLDER, label)
    assert second_opinion.rewritten(b"") == Rewritten()


def test_a_manifest_with_a_box_of_another_type_is_written_anew() -> None:
    other = superbox(b"\x77" * 16, "org.example.own", box(b"json", b"{}"))
    claim = superbox(CLAIM, "c2pa.claim", box(b"cbor", b"\xa0"))
    for boxes, anew in (((claim, other), {(ACTIVE, "")}), ((other,), set()), ((claim,), set())):
        made = superbox(STORE, "c2pa", superbox(MANIFEST, ACTIVE, *boxes))
        assert second_opinion.rewritten(made).boxes == anew


def test_a_manifest_and_a_box_in_it_are_both_known_as_written_anew() -> None:
    found = second_opinion.rewritten(store(4, 4, 4))
    labels = {"", "c2pa.assertions", "org.example.leaf"}
    assert found.boxes == {(ACTIVE, label) for label in labels}


def test_a_description_that_is_cut_short_has_no_toggles() -> None:
    """At the end of the store too; the shortest whole one has no label."""
    uuid = superbox(MANIFEST, "")[16:32]
    for described, boxes in (
        (b"", set()),
        (uuid[:15], set()),
        (uuid, set()),
        (uuid + b"\4", {("", "")}),
    ):
        made = superbox(STORE, "c2pa", box(b"jumb", box(b"jumd", described)))
        assert second_opinion.rewritten(made).boxes == boxes


@pytest.mark.parametrize("bits", [0, 4])
def test_a_description_may_have_a_long_header(bits: int) -> None:
    whole = toggled(superbox(MANIFEST, ACTIVE), bits)
    described = whole[16:]
    size = (16 + len(described)).to_bytes(8, "big")
    long = (1).to_bytes(4, "big") + b"jumd" + size + described
    found = second_opinion.rewritten(superbox(STORE, "c2pa", box(b"jumb", long)))
    assert found.boxes == ({(ACTIVE, "")} if bits else set())
