"""Writing crJSON: a manifest store with its validation results as one JSON document.

The format is the C2PA's (Content Credentials JSON, published with specification 2.4; schema
`https://c2pa.org/crjson/crJSON.schema.json`). What the schema closes is held to it: a field of a
claim that it does not name is left out. What a claim lacks and the schema demands is written
empty, so that a faulty manifest can be shown at all; what it says is never changed.

The validation results are ours: see `provenance.linting.crjson.status`. Only integrity codes
come from the SDK.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance.base import cbor
from provenance.base.version import VERSION
from provenance.credentials import jumbf
from provenance.credentials.manifest import ContentError, Linkage
from provenance.linting.crjson import signature as crjson_signature
from provenance.linting.crjson import status as crjson_status
from provenance.linting.crjson.values import value

if TYPE_CHECKING:
    from provenance.credentials.manifest import Assertion, Manifest, ManifestStore
    from provenance.verdict.verifier import Examined

CONTEXT = {"@vocab": "https://c2pa.org/crjson/"}
GENERATOR = {"name": "provenance", "version": VERSION}
_URIS = ("url", "hash", "alg")
# The fields that the schema's definitions `claimV1` and `claim` name, lists of references apart.
_V1 = ("alg", "alg_soft", "claim_generator", "dc:format", "dc:title", "instanceID", "signature")
_V2 = ("alg", "alg_soft", "dc:title", "instanceID", "signature", "specVersion")
_V1_DEMANDED = ("claim_generator", "dc:format", "instanceID", "signature")
_V2_DEMANDED = ("instanceID", "signature")


def document(examined: Examined) -> dict[str, Any]:
    """Return the crJSON document of an examined asset; without a credential it lists none.

    The asset was examined with `cross_check=CrossCheck.ALWAYS`: a document gives the SDK's results
    next to ours.
    """
    return {
        "@context": dict(CONTEXT),
        "jsonGenerator": dict(GENERATOR),
        "manifests": _manifests(examined),
    }


def text(made: dict[str, Any]) -> str:
    """Return a document as JSON text, ASCII only, ended by a line break."""
    return json.dumps(made, indent=2, allow_nan=False) + "\n"


def _manifests(examined: Examined) -> list[dict[str, Any]]:
    store = examined.gathered.store
    if store is None or not store.active_manifest.claim_version:
        return []  # without the manifest that speaks for the asset, none may stand in its place
    boxes = _boxes(examined.gathered.data)
    order = _order(store, boxes, known=bool(examined.gathered.spans))
    results = crjson_status.results(examined)
    return [
        _manifest(store.manifests[label], boxes.get(label, ()), examined, results[label])
        for label in order
        if store.manifests[label].claim_version
    ]


def _boxes(data: bytes) -> dict[str, tuple[str, ...]]:
    """Return the labels of each manifest's assertion boxes in the order of the store."""
    found: dict[str, tuple[str, ...]] = {}
    for box in jumbf.parse(data).children:  # it was read before, so it can be
        held = box.child(jumbf.ASSERTION_STORE)
        found[box.label] = tuple(c.label for c in held.children) if held else ()
    return found


def _order(
    store: ManifestStore, boxes: dict[str, tuple[str, ...]], *, known: bool
) -> tuple[str, ...]:
    """Return the labels, the active one first, then against the order of the store (section 3.4).

    Where the SDK handed out the store, the order of its boxes changes from read to read: then it
    is the order of the walk.
    """
    rest = reversed(boxes) if known else iter(store.manifests)
    return tuple(dict.fromkeys((store.active, *(n for n in rest if n in store.manifests))))


def _manifest(
    manifest: Manifest, order: tuple[str, ...], examined: Examined, results: dict[str, Any]
) -> dict[str, Any]:
    claim = _decoded(manifest)
    key = "claim.v2" if manifest.claim_version == 2 else "claim"
    made: dict[str, Any] = {
        "label": manifest.label,
        key: claim_v2(claim) if manifest.claim_version == 2 else claim_v1(claim),
        "assertions": _assertions(manifest, order),
        "signature": crjson_signature.signature(manifest, examined.chains.get(manifest.label)),
        "validationResults": results,
    }
    deltas = crjson_status.deltas(examined, manifest.label)
    if deltas:
        made["ingredientDeltas"] = deltas
    return made


def _decoded(manifest: Manifest) -> dict[str, Any]:
    made = value(cbor.decode(manifest.claim))
    return made if isinstance(made, dict) else {}


def claim_v1(claim: dict[str, Any]) -> dict[str, Any]:
    """Return a version 1 claim as the schema has it (section 3.5.3)."""
    made = _named(claim, _V1, _V1_DEMANDED)
    info = claim.get("claim_generator_info")
    made["claim_generator_info"] = _generators(info) or [{"name": made["claim_generator"]}]
    made["assertions"] = _references(claim.get("assertions"))
    return _finished(made, claim)


def claim_v2(claim: dict[str, Any]) -> dict[str, Any]:
    """Return a version 2 claim as the schema has it (section 3.5.2)."""
    made = _named(claim, _V2, _V2_DEMANDED)
    made["claim_generator_info"] = next(
        iter(_generators(claim.get("claim_generator_info"))), {"name": ""}
    )
    made["created_assertions"] = _references(claim.get("created_assertions"))
    made["gathered_assertions"] = _references(claim.get("gathered_assertions"))
    return _finished(made, claim)


def _named(
    claim: dict[str, Any], names: tuple[str, ...], demanded: tuple[str, ...]
) -> dict[str, Any]:
    made = {n: claim[n] for n in names if isinstance(claim.get(n), str)}
    return dict.fromkeys(demanded, "") | made


def _finished(made: dict[str, Any], claim: dict[str, Any]) -> dict[str, Any]:
    redacted = claim.get("redacted_assertions")
    urls = redacted if isinstance(redacted, list) else []
    made["redacted_assertions"] = [u for u in urls if isinstance(u, str)]
    return dict(sorted(made.items()))


def _generators(info: Any) -> list[dict[str, Any]]:
    """Return generator-info maps; an icon that is no hashed URI, and a text of another type, go."""
    made = []
    for entry in info if isinstance(info, list) else [info]:
        if not isinstance(entry, dict):
            continue
        one = dict(entry)
        one.setdefault("name", "")
        for name in ("name", "version", "operating_system"):
            if name in one and not isinstance(one[name], str):
                del one[name]
        one.setdefault("name", "")
        icon = _references([one.pop("icon", None)])
        if icon:
            one["icon"] = icon[0]
        made.append(one)
    return made


def _references(uris: Any) -> list[dict[str, Any]]:
    entries = uris if isinstance(uris, list) else []
    maps = (e for e in entries if isinstance(e, dict))
    made = ({k: e[k] for k in _URIS if isinstance(e.get(k), str)} for e in maps)
    return [one for one in made if "url" in one and "hash" in one]


def _assertions(manifest: Manifest, order: tuple[str, ...]) -> dict[str, Any]:
    """Return the assertions that the claim names and the store holds, in the order of the store."""
    named = {a.label: a for a in manifest.assertions}
    labels = dict.fromkeys((*(n for n in order if n in named), *named))
    held = (named[n] for n in labels)
    return {
        a.label: _content(manifest, a)
        for a in held
        if a.linkage not in {Linkage.MISSING, Linkage.REDACTED}
    }


def _content(manifest: Manifest, assertion: Assertion) -> dict[str, Any]:
    if assertion.kind == "binary":
        return {
            "identifier": f"self#jumbf=/c2pa/{manifest.label}/c2pa.assertions/{assertion.label}"
        }
    try:
        made = value(assertion.decode())
    except ContentError:
        return {}
    return made if isinstance(made, dict) else {}
