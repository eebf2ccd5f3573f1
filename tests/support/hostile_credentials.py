"""Credentials that swell: small files, or files of some megabytes, whose reading costs far more.

Every file declares generative AI in its active manifest, or in a manifest or an assertion that a
bound keeps from being read; none of it may be lost. `neighbours` are as large as honest ones get.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import brotli

from provenance.base import cbor
from provenance.kit import carriers, media
from provenance.kit.claims import NewAssertion, NewIngredient, actions, created, opened
from provenance.kit.cose_sign1 import sign1
from provenance.kit.jumbf_boxes import ContentKind, assertion_box, box, content_hash, superbox
from provenance.kit.writer import signed_file, store_of
from support.fixture import AI, HUMAN_EDITS
from support.pki import credential
from support.writer import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 6, 1, tzinfo=UTC)
LABEL = "urn:c2pa:00000000-0000-4000-8000-000000000{:03d}"
_EDITED = {"action": "c2pa.edited", "digitalSourceType": HUMAN_EDITS}
_AI = {"action": "c2pa.created", "digitalSourceType": AI}
_EMPTY = b"\x9a\x00\x0f\xff\xf0" + b"\xa0" * 0xFFFF0  # an array of a million empty maps


class Raw:
    """Content that is CBOR already."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def _box(label: str, content: Any) -> bytes:
    if isinstance(content, Raw):
        return superbox(b"cbor", label, box(b"cbor", content.data))
    return assertion_box(label, content, ContentKind.CBOR)


def manifest(label: str, assertions: dict[str, Any], **claim: Any) -> bytes:
    """A signed manifest as a box, without a hard binding."""
    boxes = {name: _box(name, content) for name, content in assertions.items()}
    whole = {
        "instanceID": "x",
        "claim_generator_info": {"name": "Test Writer"},
        "signature": f"self#jumbf=/c2pa/{label}/c2pa.signature",
        "alg": "sha256",
        "created_assertions": [
            {"url": f"self#jumbf=c2pa.assertions/{name}", "hash": content_hash(made)}
            for name, made in boxes.items()
        ],
        **claim,
    }
    data = cbor.encode(whole)
    return superbox(
        b"c2ma",
        label,
        superbox(b"c2as", "c2pa.assertions", *boxes.values()),
        superbox(b"c2cl", "c2pa.claim.v2", box(b"cbor", data)),
        superbox(b"c2cs", "c2pa.signature", box(b"cbor", sign1(data, credential()))),
    )


def carried(*manifests: bytes) -> bytes:
    """A picture with these manifests; the last is the active one."""
    return carriers.embed(media.gradient_jpeg(), superbox(b"c2pa", "c2pa", *manifests))


def _link(label: str, whole: bytes) -> dict[str, Any]:
    reference = {
        "url": f"self#jumbf=/c2pa/{label}",
        "alg": "sha256",
        "hash": content_hash(whole),
    }
    return {"relationship": "parentOf", "activeManifest": reference}


def _instances(base: str, contents: list[Any]) -> dict[str, Any]:
    return {base + (f"__{n}" if n else ""): content for n, content in enumerate(contents)}


def _lists(count: int) -> dict[str, Any]:
    return _instances("c2pa.actions.v2", [{"actions": [_AI] + [_EDITED] * 9_999}] * count)


def many_actions() -> bytes:
    """Five lists of ten thousand actions."""
    return carried(manifest(LABEL.format(1), _lists(5)))


def packed_actions() -> bytes:
    """Forty such lists in four kilobytes of Brotli."""
    whole = manifest(LABEL.format(1), _lists(40))
    packed = box(b"brob", brotli.compress(whole, quality=9, lgwin=24))
    return carried(superbox(b"c2cm", LABEL.format(1), packed))


def last_action() -> bytes:
    """The one action with AI is the last of nine thousand."""
    return _last(9_000)


def long_list() -> bytes:
    """The same in a list of more than a megabyte, which is not decoded at all."""
    return _last(12_000)


def _last(count: int) -> bytes:
    entries = [_EDITED] * count + [{"action": "c2pa.edited", "digitalSourceType": AI}]
    return carried(manifest(LABEL.format(1), {"c2pa.actions.v2": {"actions": entries}}))


def behind_items() -> bytes:
    """Actions that are behind, and around, more numbers than are read of one file."""
    parts = _instances("org.example.metadata", [{"x": [0] * 900_000}] * 2)
    own = {"actions": [_AI], "metadata": {"x": [0] * 900_000}}
    return carried(manifest(LABEL.format(1), {**parts, "c2pa.actions.v2": own}))


def empty_maps() -> bytes:
    """Metadata of sixteen million empty maps."""
    parts = _instances("org.example.metadata", [Raw(_EMPTY)] * 16)
    return carried(manifest(LABEL.format(1), {"c2pa.actions.v2": {"actions": [_AI]}, **parts}))


def others() -> bytes:
    """The same in assertions that do not speak of origin."""
    parts = _instances("org.example.other", [Raw(_EMPTY)] * 16)
    return carried(manifest(LABEL.format(1), {"c2pa.actions.v2": {"actions": [_AI]}, **parts}))


def empty_bindings() -> bytes:
    """Hard bindings of twelve million empty maps."""
    huge = Raw(b"\x9a\x00\x3f\xff\xf0" + b"\xa0" * 0x3FFFF0)
    parts = _instances("c2pa.hash.bmff.v3", [huge] * 3)
    return carried(manifest(LABEL.format(1), {"c2pa.actions.v2": {"actions": [_AI]}, **parts}))


def long_chain() -> bytes:
    """A thousand manifests, each the parent of the next; the first is AI."""
    made = [manifest(_long(0), {"c2pa.actions.v2": {"actions": [_AI]}})]
    for n in range(1, 1000):
        own = {"c2pa.actions.v2": {"actions": [{"action": "c2pa.opened"}]}}
        link = _link(_long(n - 1), made[-1])
        made.append(manifest(_long(n), {**own, "c2pa.ingredient.v3": link}))
    return carried(*made)


def _long(number: int) -> str:
    return f"urn:c2pa:{number:08d}-" + "x" * 200


def claims() -> bytes:
    """Thirty manifests with claims of a megabyte, and an active one."""
    urls = [f"self#jumbf=/c2pa/{LABEL.format(n)}/c2pa.assertions/a" for n in range(999)]
    junk = [
        manifest(LABEL.format(n), {"a": {}}, redacted_assertions=urls * 12) for n in range(1, 31)
    ]
    links = [_link(LABEL.format(n), whole) for n, whole in enumerate(junk, 1)]
    own = {"c2pa.actions.v2": {"actions": [_AI]}, **_instances("c2pa.ingredient.v3", links)}
    return carried(*junk, manifest(LABEL.format(999), own))


def generators() -> bytes:
    """A claim with a hundred thousand generators."""
    several = [{"name": f"g{n}"} for n in range(60_000)]
    entries = {"c2pa.actions.v2": {"actions": [_AI] + [_EDITED] * 1_000}}
    return carried(manifest(LABEL.format(1), entries, claim_generator_info=several))


def recorded() -> bytes:
    """Ingredients that record sixty thousand failures."""
    failures = [{"code": f"x.{n}", "url": "u"} for n in range(30_000)]
    one = {
        "relationship": "componentOf",
        "validationResults": {"activeManifest": {"failure": failures[:9_999]}},
        "validationStatus": failures,
    }
    parts = _instances("c2pa.ingredient.v3", [one] * 2)
    return carried(manifest(LABEL.format(1), {"c2pa.actions.v2": {"actions": [_AI]}, **parts}))


def source_types() -> bytes:
    """Metadata with a hundred thousand source types of nobody's vocabulary."""
    values = [f"v{n}" for n in range(100_000)]
    parts = {"org.example.metadata": {"Iptc4xmpExt:DigitalSourceType": [*values, AI]}}
    return carried(manifest(LABEL.format(1), parts))


def loose() -> bytes:
    """A thousand manifests that nothing refers to, each with actions."""
    junk = [
        manifest(f"urn:c2pa:{n}", {"c2pa.actions.v2": {"actions": [_EDITED] * 40}})
        for n in range(1000)
    ]
    return carried(*junk, manifest(LABEL.format(1), {"c2pa.actions.v2": {"actions": [_AI]}}))


def web() -> bytes:
    """Manifests each of which has all earlier ones as ingredients: paths beyond number."""
    made: list[bytes] = []
    for n in range(60):
        links = [_link(f"urn:c2pa:{i}", whole) for i, whole in enumerate(made)]
        parts = _instances("c2pa.ingredient.v3", links)
        own = {"c2pa.actions.v2": {"actions": [_AI if n == 0 else {"action": "c2pa.opened"}]}}
        made.append(manifest(f"urn:c2pa:{n}", {**own, **parts}))
    return carried(*made)


def one_claim() -> bytes:
    """A claim of more than a megabyte."""
    several = [{"name": f"g{n}"} for n in range(99_000)]
    entries = {"c2pa.actions.v2": {"actions": [_AI]}}
    return carried(manifest(LABEL.format(1), entries, claim_generator_info=several))


HOSTILE: tuple[Callable[[], bytes], ...] = (
    many_actions,
    packed_actions,
    last_action,
    long_list,
    behind_items,
    others,
    empty_maps,
    empty_bindings,
    long_chain,
    claims,
    generators,
    one_claim,
    recorded,
    source_types,
    loose,
    web,
)
WHOLE = frozenset({long_chain, source_types, web})
"""What is read whole, however much it is."""
UNFLAGGED = WHOLE | {others, empty_bindings}
"""What is unread where nothing speaks of origin does not make a file unreadable."""


def rich() -> bytes:
    """Fifteen hundred actions, sixty ingredients and a megabyte of metadata, all honest."""
    parent = store_of(signed_file(media.gradient_jpeg(), Manifest(LABEL.format(1), (created(AI),))))
    several = [NewIngredient("parentOf", store=parent)]
    several += [NewIngredient("componentOf", title=f"layer {n}") for n in range(60)]
    entries = [_EDITED] * 1_500
    parts = (
        actions(opened(0), *entries),
        NewAssertion(
            "org.example.metadata",
            {"@context": {"x": "http://example.org/"}, "x:y": ["y" * 1000] * 900},
        ),
    )
    return signed_file(media.gradient_jpeg(), Manifest(LABEL.format(2), parts, tuple(several)))


def large() -> bytes:
    """Assertions of megabytes in few pieces: depth maps, model cards."""
    parts = [NewAssertion(f"org.example.depth__{n}", {"data": "y" * 900_000}) for n in range(1, 5)]
    parts.append(NewAssertion("org.example.card", {"text": "z" * (3 << 20)}))
    return signed_file(media.gradient_jpeg(), Manifest(LABEL.format(1), (created(AI), *parts)))


NEIGHBOURS: tuple[Callable[[], bytes], ...] = (rich, large)
