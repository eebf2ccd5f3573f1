"""The shared folder of real files, and a throw-away reader of their manifest stores."""

from __future__ import annotations

import io
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import c2pa
import cbor2

from provenance.signing.chain_answer import CoseSignature, TimeStampToken

SHARED = Path(os.environ.get("PROVENANCE_SHARED", Path(__file__).resolve().parents[4] / "shared"))
CORPUS, TRUST = SHARED / "corpus", SHARED / "trust"
REASON = "the shared folder of real files is not there (set PROVENANCE_SHARED)"
EKUS = (
    "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.5.5.7.3.8\n1.3.6.1.5.5.7.3.9\n"
    "1.3.6.1.4.1.311.76.59.1.9\n1.3.6.1.4.1.62558.2.1\n"
)


def context(**trust: str) -> c2pa.Context:
    """A context without network; `trust` are its trust settings."""
    verify = {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": bool(trust)}
    settings: dict[str, Any] = {"core": {"allowed_network_hosts": []}, "verify": verify}
    if trust:
        verify["verify_timestamp_trust"] = True
        settings["trust"] = {"trust_config": EKUS, **trust}
    return c2pa.Context(c2pa.Settings.from_dict(settings))


def _boxes(data: bytes, start: int, end: int) -> list[tuple[bytes, int, int]]:
    found = []
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4], "big")
        found.append((data[start + 4 : start + 8], start + 8, start + size))
        start += size
    return found


def _inside(data: bytes, start: int, end: int) -> tuple[str, list[tuple[bytes, int, int]]]:
    (_, at, _), *rest = _boxes(data, start, end)
    return data[at + 17 : data.index(0, at + 17)].decode(), rest


@cache
def manifests(name: str) -> dict[str, tuple[CoseSignature, bytes]]:
    """The signature and the claim of every manifest of a file, the active one last."""
    reader = c2pa.Reader(str(CORPUS / name), context=context())
    active = json.loads(reader.json())["active_manifest"]
    sink = io.BytesIO()
    reader.resource_to_stream(f"self#jumbf=/c2pa/{active}/c2pa.signature", sink)
    data = sink.getvalue()
    ((_, start, end),) = _boxes(data, 0, len(data))
    found = {}
    for _, low, high in _inside(data, start, end)[1]:
        label, parts = _inside(data, low, high)
        held = {}
        for kind, inner, outer in parts:
            if kind == b"jumb":
                name_, content = _inside(data, inner, outer)
                held[name_] = data[content[0][1] : content[0][2]]
        claim = held.get("c2pa.claim.v2") or held["c2pa.claim"]
        found[label] = (_cose(held["c2pa.signature"]), claim)
    return {label: found[label] for label in sorted(found, key=lambda label: label == active)}


def _cose(data: bytes) -> CoseSignature:
    protected, loose, _, signature = cbor2.loads(data).value
    strict = cbor2.loads(protected)
    chain = next(part[key] for key in (33, "x5chain") for part in (strict, loose) if key in part)
    stamps = [
        TimeStampToken(header, entry["val"])
        for header in ("sigTst2", "sigTst")
        for entry in loose.get(header, {}).get("tstTokens", ())
    ]
    return CoseSignature(
        algorithm=strict.get(1),
        protected=protected,
        signature=signature,
        certificates=(chain,) if isinstance(chain, bytes) else tuple(chain),
        time_stamps=tuple(stamps),
        ocsp=tuple(one or b"" for one in loose.get("rVals", {}).get("ocspVals", ())),
    )


def signed() -> list[dict[str, Any]]:
    """The entries of the index whose files carry a credential that the SDK reads from media."""
    index = CORPUS / "index.json"
    if not index.is_file():
        return []
    entries = json.loads(index.read_text("utf-8"))
    present = [one for one in entries if one["credentials"] == "present"]
    return [one for one in present if not one["file"].endswith(".c2pa")]
