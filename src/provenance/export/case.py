"""CASE 1.5 with UCO 1.5 as JSON-LD: tool, action and result for each file.

https://ontology.caseontology.org and https://ontology.unifiedcyberontology.org. Each file is an
observable with name, size, type and digests; an investigative action by the tool leads from it to
an analytic result, whose classification is the origin. The classification has no confidence: the
assurance is not a number, and is said in words. Identifiers are made from digest and path, so the
same results give the same bytes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from provenance.export.item import made_identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.export.item import Item

CONTEXT = {
    "kb": "urn:provenance-verifier:case:",
    "investigation": "https://ontology.caseontology.org/case/investigation/",
    "action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "analysis": "https://ontology.unifiedcyberontology.org/uco/analysis/",
    "core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def write(items: Iterator[Item], stream: TextIO) -> int:
    """Write the graph; return how many files are in it."""
    stream.write(f'{{\n  "@context": {json.dumps(CONTEXT)},\n  "@graph": [')
    count, tools, between = 0, set[str](), "\n    "
    for one in items:
        count += 1
        made = list(nodes(one))
        if one.tool not in tools:  # one for each version that wrote into a ledger
            tools.add(one.tool)
            made.insert(0, _tool(one.tool))
        for node in made:
            stream.write(between + json.dumps(node))
            between = ",\n    "
    stream.write("\n  ]\n}\n")
    return count


def _tool(name: str) -> Node:
    return {
        "@id": _tool_id(name),
        "@type": "tool:AnalyticTool",
        "core:name": name.partition(" ")[0],
        "tool:toolType": "content credential verifier",
        "tool:version": name.partition(" ")[2],
    }


def _tool_id(name: str) -> str:
    return f"kb:tool-{made_identifier('case', 'tool', name)}"


def nodes(one: Item) -> Iterator[Node]:
    """Yield the file, the action and its result; no result for a file that was not examined."""
    file = f"kb:file-{one.identifier('file')}"
    yield {"@id": file, "@type": "observable:File", "core:hasFacet": list(_facets(one))}
    action = f"kb:action-{one.identifier('action')}"
    result = f"kb:result-{one.identifier('result')}"
    made: Node = {
        "@id": action,
        "@type": "investigation:InvestigativeAction",
        "core:name": "origin of the media examined",
        "core:description": one.sentence(),
        "action:instrument": {"@id": _tool_id(one.tool)},
        "action:object": {"@id": file},
    }
    if one.error:
        yield made
        return
    yield made | {"action:result": {"@id": result}}
    yield {
        "@id": result,
        "@type": "analysis:AnalyticResult",
        "core:name": f"origin: {one.origin}",
        "core:description": one.sentence(),
        "core:hasFacet": [
            {
                "@id": f"kb:classification-facet-{one.identifier('classification-facet')}",
                "@type": "analysis:ArtifactClassificationResultFacet",
                "analysis:classification": {
                    "@id": f"kb:classification-{one.identifier('classification')}",
                    "@type": "analysis:ArtifactClassification",
                    "analysis:class": {"@type": "xsd:string", "@value": one.origin},
                },
            }
        ],
    }


def _facets(one: Item) -> Iterator[Node]:
    facet: Node = {
        "@id": f"kb:file-facet-{one.identifier('file-facet')}",
        "@type": "observable:FileFacet",
        "observable:fileName": one.name,
        "observable:filePath": one.path,
    }
    if one.size is not None:
        facet["observable:sizeInBytes"] = _integer(one.size)
    yield facet
    content: Node = {
        "@id": f"kb:content-facet-{one.identifier('content-facet')}",
        "@type": "observable:ContentDataFacet",
    }
    if one.media_type:
        content["observable:mimeType"] = one.media_type
    digests = (("MD5", one.md5), ("SHA1", one.sha1), ("SHA256", one.sha256))
    held = [_hash(one, name, value) for name, value in digests if value]
    if held:
        content["observable:hash"] = held
    if len(content) > 2:
        yield content


def _hash(one: Item, name: str, value: str) -> Node:
    return {
        "@id": f"kb:hash-{one.identifier(f'hash {name}')}",
        "@type": "types:Hash",
        "types:hashMethod": name,
        "types:hashValue": {"@type": "xsd:hexBinary", "@value": value},
    }


def _integer(value: int) -> Node:
    return {"@type": "xsd:integer", "@value": str(value)}
