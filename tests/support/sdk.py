"""The SDK, offline: signs what it is willing to sign and says what it thinks of a file."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import c2pa

from support.pki import anchors_pem, credential, offline_settings

if TYPE_CHECKING:
    from provenance.kit.certificates import Credential


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the SDK says of a file: its one-word state, its failure codes, the whole report."""

    state: str
    failures: tuple[str, ...]
    report: dict[str, Any]


def _failures(results: dict[str, Any]) -> list[str]:
    active = results.get("activeManifest") or {}
    deltas = [delta["validationDeltas"] for delta in results.get("ingredientDeltas") or []]
    return [item["code"] for part in (active, *deltas) for item in part.get("failure", [])]


def opinion(data: bytes, media_type: str, anchors: str | None = None) -> Opinion:
    """Read a file's embedded credential; raises `c2pa.C2paError` as the SDK does."""
    settings = offline_settings(anchors_pem() if anchors is None else anchors)
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader,
    ):
        report = json.loads(reader.json())
    failures = sorted(_failures(report.get("validation_results", {})))
    return Opinion(report["validation_state"], tuple(failures), report)


def sign(
    data: bytes,
    media_type: str,
    definition: dict[str, object],
    *,
    signer: Credential | None = None,
    ingredients: tuple[tuple[dict[str, object], str, bytes], ...] = (),
    detached: bool = False,
    compressed: bool = False,
) -> bytes:
    """Sign with the SDK; `ingredients` are (definition, media type, bytes).

    `compressed` asks for a compressed manifest. Returns the signed file, or the manifest store
    alone where `detached`.
    """
    who = signer or credential()
    info = c2pa.C2paSignerInfo(
        alg=who.alg.value.encode(), sign_cert=who.chain_pem, private_key=who.key_pem, ta_url=None
    )
    out = io.BytesIO()
    settings = {**offline_settings(anchors_pem()), "builder": {"thumbnail": {"enabled": False}}}
    core = settings["core"]
    assert isinstance(core, dict)
    settings["core"] = {**core, "prefer_compress_manifests": compressed}
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Signer.from_info(info) as tool,
        c2pa.Builder(definition, context=context) as builder,
    ):
        for item, kind, body in ingredients:
            builder.add_ingredient(item, kind, io.BytesIO(body))
        if detached:
            builder.set_no_embed()
        store = builder.sign(tool, media_type, io.BytesIO(data), out)
    return store if detached else out.getvalue()


def crjson(data: bytes, media_type: str) -> dict[str, Any]:
    """The SDK's own crJSON of a file; raises `c2pa.C2paError` where it refuses the file."""
    with (
        c2pa.Context.from_dict(offline_settings(anchors_pem())) as context,
        c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader,
    ):
        document = json.loads(reader.crjson())
    assert isinstance(document, dict)
    return document
