"""Writing crJSON: a manifest store with its validation results as one JSON document.

The format is the C2PA's (Content Credentials JSON, `https://c2pa.org/crjson/crJSON.schema.json`),
as it was published with specification 2.4, which the conformance programme asks for, and with 2.5.
What the schema closes is left closed: a field of a claim that it does not name is left out. What a
claim lacks and the schema demands is written empty, so that a faulty manifest can be shown at all;
what it says is never changed.

Everything comes from our own reading and our own validation: see `status` beside this module. What
is decoded was admitted when the store was read (`credentials.budget`), and a document is no larger
than a reader of crJSON takes: what does not fit is left empty, and a failure says so.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.base.version import VERSION
from provenance.credentials import jumbf
from provenance.credentials.budget import Budget
from provenance.credentials.manifest import Assertion, ClaimList, ContentError, Linkage
from provenance.linting.crjson import lists, signature, status
from provenance.linting.crjson.crjson_parsing import MAX_ACTIONS, MAX_ASSERTIONS, MAX_BYTES
from provenance.linting.crjson.json_values import value
from provenance.linting.crjson.results import ERROR, assertion_url, manifest_url

if TYPE_CHECKING:
    from provenance.credentials.locate import FoundCredential
    from provenance.credentials.manifest import Manifest, ManifestStore
    from provenance.verdict.verifier import Examined

CONTEXT = {"@vocab": "https://c2pa.org/crjson/"}
GENERATOR = {"name": "provenance", "version": VERSION}
_URIS = ("url", "hash", "alg")
# The fields that the schema's definitions `claimV1` and `claim` name, lists of references apart.
_V1 = ("alg", "alg_soft", "claim_generator", "dc:format", "dc:title", "instanceID", "signature")
_V2 = ("alg", "alg_soft", "dc:title", "instanceID", "signature", "specVersion")
_V1_DEMANDED = ("claim_generator", "dc:format", "instanceID", "signature")
_V2_DEMANDED = ("instanceID", "signature")
_FRAME = 4096  # bytes of a document around its manifests
_PRETTY = 256 << 10  # bytes up to which a document is set out in lines


class Form(StrEnum):
    """The version of the specification that crJSON was published with.

    2.5 adds to a manifest whether it is an update and whether it was compressed, to its results the
    trust lists that its signer leads to, and ends byte strings with an apostrophe.
    """

    V2_4 = "2.4"
    V2_5 = "2.5"


class _Space:
    """What is left of one document: bytes, and items of claims that are decoded for it.

    The items of assertions are counted where the store is read.
    """

    def __init__(self) -> None:
        self.left = MAX_BYTES - _FRAME
        self.full = False
        self._budget = Budget()

    def takes(self, part: Any) -> bool:
        """Tell whether a part still fits, and take its room."""
        size = len(_compact(part)) + 2
        if size > self.left:
            self.full = True
            return False
        self.left -= size
        return True

    def claim(self, manifest: Manifest) -> Any:
        """Decode the claim of a manifest, None where that is too much."""
        whole = Assertion("c2pa.claim", ClaimList.CLAIM, "cbor", Linkage.MATCH, manifest.claim)
        (admitted,) = self._budget.admit((whole,))
        try:
            return admitted.decode()
        except ContentError:
            self.full = True
            return None


def crjson_document(examined: Examined, form: Form = Form.V2_4) -> dict[str, Any]:
    """Return the crJSON document of an examined asset.

    It lists no manifests where there is none, where the store cannot be read, and where there are
    several stores, none of which counts (C2PA 2.4 section 15.5.2.1).
    """
    return {
        "@context": dict(CONTEXT),
        "jsonGenerator": dict(GENERATOR),
        "manifests": _manifests(examined, form),
    }


def crjson_text(document: dict[str, Any]) -> str:
    """Return a document as JSON text, ASCII only, ended by a line break.

    A large one is one line: set out in lines it could be ten times as large.
    """
    whole = _compact(document)
    if len(whole) > _PRETTY:
        return whole + "\n"
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _compact(part: Any) -> str:
    return json.dumps(part, separators=(",", ":"), allow_nan=False)


def _manifests(examined: Examined, form: Form) -> list[dict[str, Any]]:
    store = examined.credential.store
    if store is None:
        return []
    results = status.results(examined)
    packed = _compressed(examined.credential) if form is Form.V2_5 else frozenset()
    space = _Space()
    manifests: list[dict[str, Any]] = []
    for label in _order(store, known=bool(examined.credential.spans)):
        manifest = store.manifests[label]
        record = _manifest(
            manifest, examined, results[label], _decoded(manifest, space, form), form
        )
        if form is Form.V2_5:
            record |= {
                "isUpdateManifest": manifest.is_update,
                "isCompressedManifest": label in packed,
            }
        if not space.takes(record):
            record |= _claim(manifest, {})
            if not space.takes(record) and manifests:
                break
        record["assertions"] = _assertions(manifest, space, form)
        manifests.append(record)
    if space.full:
        words = "not everything is written: more than a reader of crJSON takes"
        said = {"code": ERROR, "url": manifest_url(store.active), "explanation": words}
        manifests[0]["validationResults"]["failure"].append(said)
    return manifests


def _compressed(credential: FoundCredential) -> frozenset[str]:
    """Return the labels of the manifests that were compressed in the store."""
    try:
        root = jumbf.parse_jumbf(credential.data)
    except jumbf.JumbfError:
        return frozenset()
    return frozenset(c.label for c in root.children if c.uuid == jumbf.COMPRESSED_MANIFEST)


def _order(store: ManifestStore, *, known: bool) -> tuple[str, ...]:
    """Return the labels, the active one first, then against the order of the store (section 3.4).

    Where the SDK handed out the store, the order of its boxes changes from read to read: then it
    is the order of the walk.
    """
    rest = list(store.manifests)
    if known:
        boxes = {label: manifest.box for label, manifest in store.manifests.items()}
        rest.sort(key=lambda label: -box.start if (box := boxes[label]) is not None else 0)
    return tuple(dict.fromkeys((store.active, *rest)))


def _manifest(
    manifest: Manifest,
    examined: Examined,
    results: dict[str, Any],
    claim: dict[str, Any],
    form: Form,
) -> dict[str, Any]:
    """Return a manifest without its assertions."""
    record: dict[str, Any] = {
        "label": manifest.label,
        **_claim(manifest, claim),
        "assertions": {},
        "signature": signature.signature(manifest, examined.chains.get(manifest.label)),
        "validationResults": results,
    }
    if form is Form.V2_5 and (used := lists.uris(examined, manifest.label)):
        record["validationResults"] = results | {"trustListUris": used}
    if deltas := status.deltas(examined, manifest.label):
        record["ingredientDeltas"] = deltas
    return record


def _claim(manifest: Manifest, claim: dict[str, Any]) -> dict[str, Any]:
    if status.claim_label(manifest) == "c2pa.claim.v2":
        return {"claim.v2": claim_v2(claim)}
    return {"claim": claim_v1(claim)}


def _decoded(manifest: Manifest, space: _Space, form: Form) -> dict[str, Any]:
    """Return the claim as JSON knows it; empty for one that could not be read."""
    if not manifest.claim_version:
        return {}
    claim = value(space.claim(manifest), _closing(form))
    return claim if isinstance(claim, dict) else {}


def _closing(form: Form) -> str:
    return "'" if form is Form.V2_5 else ""


def claim_v1(claim: dict[str, Any]) -> dict[str, Any]:
    """Return a version 1 claim as the schema has it (section 3.5.3)."""
    written = _text_fields(claim, _V1, _V1_DEMANDED)
    info = claim.get("claim_generator_info")
    written["claim_generator_info"] = _generators(info) or [{"name": written["claim_generator"]}]
    written["assertions"] = _references(claim.get("assertions"))
    return _finished(written, claim)


def claim_v2(claim: dict[str, Any]) -> dict[str, Any]:
    """Return a version 2 claim as the schema has it (section 3.5.2)."""
    written = _text_fields(claim, _V2, _V2_DEMANDED)
    written["claim_generator_info"] = next(
        iter(_generators(claim.get("claim_generator_info"))), {"name": ""}
    )
    written["created_assertions"] = _references(claim.get("created_assertions"))
    written["gathered_assertions"] = _references(claim.get("gathered_assertions"))
    return _finished(written, claim)


def _text_fields(
    claim: dict[str, Any], names: tuple[str, ...], demanded: tuple[str, ...]
) -> dict[str, Any]:
    texts = {n: claim[n] for n in names if isinstance(claim.get(n), str)}
    return dict.fromkeys(demanded, "") | texts


def _finished(written: dict[str, Any], claim: dict[str, Any]) -> dict[str, Any]:
    redacted = claim.get("redacted_assertions")
    urls = redacted if isinstance(redacted, list) else []
    written["redacted_assertions"] = [u for u in urls if isinstance(u, str)]
    return dict(sorted(written.items()))


def _generators(info: Any) -> list[dict[str, Any]]:
    """Return generator-info maps; an icon without a hashed URI, and a text of another type, go."""
    generators = []
    for entry in info if isinstance(info, list) else [info]:
        if not isinstance(entry, dict):
            continue
        generator = dict(entry)
        generator.setdefault("name", "")
        for name in ("name", "version", "operating_system"):
            if name in generator and not isinstance(generator[name], str):
                del generator[name]
        generator.setdefault("name", "")
        icon = _references([generator.pop("icon", None)])
        if icon:
            generator["icon"] = icon[0]
        generators.append(generator)
    return generators


def _references(uris: Any) -> list[dict[str, Any]]:
    entries = uris if isinstance(uris, list) else []
    maps = (e for e in entries if isinstance(e, dict))
    references = ({k: e[k] for k in _URIS if isinstance(e.get(k), str)} for e in maps)
    return [reference for reference in references if "url" in reference and "hash" in reference][
        : 2 * MAX_ASSERTIONS
    ]


def _assertions(manifest: Manifest, space: _Space, form: Form) -> dict[str, Any]:
    """Return the assertions that the claim names and the store holds, in the order of the store."""
    assertions: dict[str, Any] = {}
    named = {a.label: a for a in manifest.assertions}
    held = manifest.box.child(jumbf.ASSERTION_STORE) if manifest.box is not None else None
    order = [c.label for c in held.children if c.label in named] if held is not None else []
    actions = 0
    for label in dict.fromkeys((*order, *named)):
        assertion = named[label]
        if assertion.linkage in {Linkage.MISSING, Linkage.REDACTED}:
            continue
        content = _assertion_value(manifest, assertion, form)
        listed = content.get("actions") if isinstance(content, dict) else None
        actions += len(listed) if isinstance(listed, list) else 0
        if actions > MAX_ACTIONS or not space.takes({label: content}):
            space.full = True
            if not space.takes({label: {}}):
                break
            content = {}
        assertions[label] = content
    return assertions


def _assertion_value(manifest: Manifest, assertion: Assertion, form: Form) -> Any:
    """Return what an assertion holds; an empty object where nothing can be derived from it."""
    if assertion.kind == "binary":
        # 2.5 closes thumbnails to what is in no file
        url = assertion_url(manifest.label, assertion.label)
        return {"identifier": url} if form is Form.V2_4 else {}
    try:
        return value(assertion.decode(), _closing(form))
    except ContentError:
        return {}
