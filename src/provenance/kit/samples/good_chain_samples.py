"""The sound samples about what stands below: chains of ingredients, redaction, what is ignored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.kit import expect
from provenance.kit.claims import NewAssertion, NewIngredient, Twists, actions, created, opened
from provenance.kit.demands import DemandBreach
from provenance.kit.jumbf_boxes import ContentKind, OpenedStore, blank, remove
from provenance.kit.pki_specs import Who
from provenance.kit.sample import CAPTURE, GENERATED, HUMAN_EDITS, Bench, Sample, SampleClass
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable


def chain(bench: Bench, depth: int) -> bytes:
    """A capture under `depth` manifests, each of which opened the one below and declares so."""
    photo = bench.signed(created(CAPTURE), who=Who.CAMERA, part="0")
    edit = {"action": "c2pa.color_adjustments", "digitalSourceType": HUMAN_EDITS}
    for level in range(1, depth + 1):
        parent = NewIngredient(
            "parentOf",
            f"version {level - 1}",
            store=store_of(photo),
            instance_id=bench.instance(str(level - 1)),
        )
        manifest = bench.manifest(actions(opened(), edit), part=str(level))
        photo = signed_file(bench.media(), replace(manifest, ingredients=(parent,)))
    return photo


def _deep(depth: int) -> Sample:
    return good(
        f"chain-{depth:02}",
        SampleClass.MANIFEST,
        f"a capture under {depth} manifests, each an edit that declares humanEdits",
        "15.11.3.3",
        lambda bench: chain(bench, depth),
        expect.breaching(expect.CAPTURED, DemandBreach.OLD_ACTION),
        because="every manifest on the path is validated and trusted, and no action is AI",
    )


def _redacted(
    bench: Bench, change: Callable[[bytes, tuple[str, ...]], bytes], *, told: bool
) -> bytes:
    """A parent whose note is gone, declared in the claim and, where `told`, in an action."""
    note = NewAssertion("org.example.private", {"note": "not for everybody"}, ContentKind.JSON)
    base = store_of(bench.signed(created(GENERATED), note, part="base"))
    gone = OpenedStore(change(base.data, (base.active, "c2pa.assertions", "org.example.private")))
    parent = NewIngredient("parentOf", "base", store=gone, instance_id=bench.instance("base"))
    url = f"self#jumbf=/c2pa/{base.active}/c2pa.assertions/org.example.private"
    removed = {
        "action": "c2pa.redacted",
        "reason": "c2pa.PII.present",
        "parameters": {"redacted": url},
    }

    def declare(claim: dict[str, Any]) -> None:
        claim["redacted_assertions"] = [url]

    manifest = replace(
        bench.manifest(actions(opened(), *((removed,) if told else ()))),
        ingredients=(parent,),
        twists=Twists(claim=declare),
    )
    return signed_file(bench.media(), manifest)


def unreferenced(bench: Bench) -> bytes:
    """A capture whose store also holds a generated manifest that nothing refers to."""
    other = store_of(bench.signed(part="other"))
    manifest = bench.manifest(created(CAPTURE), who=Who.CAMERA)
    return signed_file(
        bench.media(), replace(manifest, unreferenced=(other.manifest(other.active),))
    )


SAMPLES = (
    *(_deep(depth) for depth in (1, 2, 5, 10, 30)),
    good(
        "redaction",
        SampleClass.MANIFEST,
        "an assertion of the parent was taken out, declared in the claim",
        "15.11.3.3.1",
        # An action that named it would name what cannot be resolved any more (15.10.3.2.3).
        lambda bench: _redacted(bench, remove, told=False),
        because="the claim signature's hash carries the link, and only a note is gone",
    ),
    good(
        "redaction-zeros",
        SampleClass.MANIFEST,
        "an assertion of the parent is filled with zeros, declared in claim and action",
        "15.11.3.3.1",
        lambda bench: _redacted(bench, blank, told=True),
        because="what is redacted may still be present where it holds nothing but zeros",
    ),
    good(
        "unreferenced",
        SampleClass.MANIFEST,
        "a capture whose store also holds a generated manifest that nothing refers to",
        "15.11.3.3",
        unreferenced,
        replace(expect.CAPTURED, findings=("manifest.unreferenced",)),
        because="manifests that no ingredient leads to are ignored",
    ),
)
