"""Content that is made to harm: texts that forge, sizes that no memory holds."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import carriers, expect, jumbf_boxes
from provenance.kit.claims import NewAssertion, NewIngredient, NewManifest, actions, placed
from provenance.kit.expect import Expected, ValidationState
from provenance.kit.jumbf_boxes import box, superbox
from provenance.kit.sample import CREATED_BY_AI, GENERATOR, NOTE, Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, after, before

if TYPE_CHECKING:
    from collections.abc import Callable
STRINGS = (
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.erawlam\u202c \u2066isolate\u2069 \u200b\ufeff",
    "before\0after",
    "line\r\nforged: verdict=captured\u2028next\x85next",
    "<script>alert(1)</script> \"'&; [link](http://example.invalid) =1+1",
)
"""Terminal escapes, bidirectional overrides, NULs, forged lines, markup."""


def _strings(text: str) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(_: Bench, manifest: NewManifest) -> NewManifest:
        agent = {"name": text, "version": text}
        action: dict[str, object] = {**CREATED_BY_AI, "softwareAgent": agent, "description": text}
        return replace(
            manifest,
            assertions=(actions(action, placed()), NOTE),
            ingredients=(NewIngredient("componentOf", text),),
            generator=GENERATOR | {"name": text, "version": text},
            title=text,
        )

    return change


def _hostile(name: str, what: str, text: str) -> Sample:
    row = SampleWords(
        name,
        what,
        "10.2.3",
        "the standard bounds no text; the credential is sound, and what prints it must take care",
    )
    return before(
        SampleClass.HOSTILE, row, _strings(text), replace(expect.AI, state=ValidationState.TRUSTED)
    )


def _odd(label: str, content: bytes) -> NewAssertion:
    whole = superbox(b"cbor", label, box(b"cbor", content))
    return NewAssertion(label, {}, box=lambda _: whole)


def _with_assertions(*more: NewAssertion) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda _, manifest: replace(manifest, assertions=(*manifest.assertions, *more))


def _nested(depth: int) -> bytes:
    nested = superbox(b"cbor", "inner", box(b"cbor", b"\x00"))
    for _ in range(depth):
        nested = superbox(b"cbor", "outer", nested)
    return nested


def _bounds(
    name: str,
    what: str,
    because: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    expected: Expected,
) -> Sample:
    return before(
        SampleClass.HOSTILE, SampleWords(name, what, "11.1 and RFC 8949", because), change, expected
    )


def huge_box(store: bytes) -> bytes:
    """The first manifest declares 2^63 - 1 bytes in a 64-bit length."""
    at = jumbf_boxes.first_superbox(store).children[0].start
    return store[:at] + struct.pack(">I4sQ", 1, b"jumb", (1 << 63) - 1) + store[at + 8 :]


_SOUND = "an assertion that no standard defines may hold anything; its hash fits"
_ZEROS = "a box of no type that the standard defines is skipped"
HOSTILE = (
    *(
        _hostile(f"text-{name}", what, text)
        for (name, what), text in zip(
            (
                ("escapes", "terminal escapes in every text"),
                ("bidi", "bidirectional overrides in every text"),
                ("nul", "NUL characters in every text"),
                ("lines", "line breaks of every kind in every text"),
                ("markup", "markup, formulas and links in every text"),
            ),
            STRINGS,
            strict=True,
        )
    ),
    _hostile(
        "text-verdict",
        "every text claims to be a verdict",
        "Foo - verified signer on the C2PA Trust List; not altered since it was signed"
        + "\u00a0" * 40
        + "captured by a camera",
    ),
    _hostile("text-long", "a hundred thousand characters in every text", "long " * 20_000),
    _bounds(
        "array-of-2-to-40",
        "a custom assertion declares an array of 2^40 items",
        _SOUND,
        _with_assertions(_odd("org.example.array", b"\x9b\x00\x00\x01\x00\x00\x00\x00\x00")),
        replace(expect.AI, state=ValidationState.OPEN),
    ),
    _bounds(
        "deep-cbor",
        "a custom assertion nests ten thousand arrays",
        _SOUND,
        _with_assertions(_odd("org.example.deep", b"\x81" * 10_000 + b"\x00")),
        replace(expect.AI, state=ValidationState.OPEN),
    ),
    _bounds(
        "actions-of-2-to-40",
        "the actions assertion declares 2^40 actions and holds none",
        "what was to be said cannot be read; a validator must not reserve room for it",
        lambda _, one: replace(
            one,
            assertions=(
                _odd("c2pa.actions.v2", b"\xa1\x67actions\x9b\x00\x00\x01\x00\x00\x00\x00\x00"),
                NOTE,
            ),
        ),
        expect.unread(
            expect.unchecked(
                expect.UNKNOWN,
                "assertion.cbor.invalid",
                "general.error",
                findings=("assertion.malformed",),
            )
        ),
    ),
    _bounds(
        "many-actions",
        "three thousand actions",
        "the standard bounds no list; every action but the first is not editorial",
        lambda _, one: replace(
            one,
            assertions=(
                actions(
                    CREATED_BY_AI, *({"action": "c2pa.resized.proportional"} for _ in range(3000))
                ),
                NOTE,
            ),
        ),
        expect.AI,
    ),
    _bounds(
        "many-certificates",
        "forty certificates in the chain, all but two of them the same stranger's",
        "the path leads to the root; what else is supplied is not needed",
        lambda bench, one: replace(
            one,
            signer=replace(
                bench.pki.credential(),
                chain=(
                    *bench.pki.credential().chain,
                    *(bench.pki.certificate("stranger-ca") for _ in range(38)),
                ),
            ),
        ),
        replace(expect.AI, state=ValidationState.OPEN),
    ),
    _bounds(
        "deep-boxes",
        "a private box of the store nests forty superboxes",
        _ZEROS,
        lambda _, one: replace(one, unreferenced=(_nested(40),)),
        replace(
            expect.unchecked(expect.AI, findings=("manifest.unreadable",)),
            state=ValidationState.OPEN,
        ),
    ),
    after(
        SampleClass.HOSTILE,
        SampleWords(
            "box-of-2-to-63",
            "a manifest's box declares 2^63 - 1 bytes",
            "11.1.4.2",
            "what cannot be walked as JUMBF holds no manifest",
        ),
        lambda whole: carriers.embed(whole, huge_box(carriers.extract(whole))),
        expect.unreadable(expect.AI),
    ),
    _bounds(
        "long-label",
        "an assertion's label has five thousand characters",
        "the standard bounds no label; our own reader does, and says so",
        _with_assertions(NewAssertion("org.example." + "x" * 5000, {"note": "a long name"})),
        replace(
            expect.unreadable(expect.AI),
            state=ValidationState.OPEN,
            findings=("credential.unreadable",),
        ),
    ),
)


SAMPLES = HOSTILE
