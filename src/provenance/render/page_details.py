"""What the HTML report shows of one flagged file: reasons, evidence, chain, manifests; bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from provenance.base.text import URL_LIMIT, clean_any

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.render.rows import Row

MOST = 20  # entries of one list


def details(row: Row) -> dict[str, Any]:
    """Return the details of a row; those of a record that is damaged say so."""
    try:
        return _details(json.loads(row.record))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return _empty("The record of this file is damaged.")


def _empty(error: str) -> dict[str, Any]:
    made: dict[str, Any] = {"error": error, "sha256": ""}
    for name in ("reasons", "signals", "findings", "manifests"):
        made |= _cut(name, [], _text)
    return made


def _details(record: dict[str, Any]) -> dict[str, Any]:
    if record["error"] is not None:
        return _empty(_text(record["error"]["message"]))
    told = [f for f in record["findings"] if f["severity"] != "note"]
    return {
        "error": "",
        "sha256": _text(record["asset"]["sha256"] or ""),
        **_cut("reasons", record["verdict"]["reasons"], lambda r: _text(r["message"])),
        **_cut("signals", record["signals"], _signal),
        **_cut("findings", told, _finding),
        **_cut("manifests", record["credentials"]["manifests"], _manifest),
    }


def _cut(name: str, values: list[Any], show: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the first values of a list as they are shown, and how many are left."""
    return {name: [show(v) for v in values[:MOST]], f"{name}_left": max(0, len(values) - MOST)}


def _text(value: Any) -> str:
    return clean_any(value, URL_LIMIT)


def _signal(signal: dict[str, Any]) -> str:
    return _text(f"{signal['says']} - {signal['assurance']}, in {signal['where']}")


def _finding(finding: dict[str, Any]) -> str:
    return _text(f"{finding['severity']}: {finding['code']}: {finding['message']}")


def _manifest(m: dict[str, Any]) -> dict[str, Any]:
    signer = m["signer"]
    chain = []
    if signer is not None:
        name = signer["organisation"] or signer["common_name"] or "unnamed"
        chain = [name, signer["issuer"], signer["anchor"]]
    return {
        "label": _text(m["label"]),
        "active": m["active"],
        "signer": _text(chain[0]) if chain else "",
        "proven": bool(signer and signer["proven"]),
        "chain": [_text(part) for part in chain if part],
        "lists": [_text(name) for name in signer["lists"][:MOST]] if signer else [],
        **{
            axis: _text(m["axes"][axis]) for axis in ("identity", "integrity", "time", "revocation")
        },
        "signed_at": _text(m["signing_time"] or ""),
        "authority": _text(m["time_stamp_authority"]),
        "assurance": _text(m["assurance"]),
        "limit": _text(m["limit"]),
        "generators": [_text(g) for g in m["generators"][:MOST]],
        **_cut("actions", m["actions"], _action),
        **_cut("ingredients", m["ingredients"], _ingredient),
    }


def _action(action: dict[str, Any]) -> str:
    kind = action["source_type"].rpartition("/")[2]
    agent = f"({action['agent']})" if action["agent"] else ""
    return _text(" ".join(p for p in (action["action"], kind, agent) if p))


def _ingredient(item: dict[str, Any]) -> str:
    state = item["manifest"] or "no credential"
    broken = f", link broken ({item['broken']})" if item["broken"] else ""
    return _text(f"{item['relationship'] or 'ingredient'}: {state}{broken}")
