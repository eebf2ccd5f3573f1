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
    for item in items:
        count += 1
        item_nodes = list(nodes(item))
        if item.tool not in tools:  # one for each version that wrote into a ledger
            tools.add(item.tool)
            item_nodes.insert(0, _tool(item.tool))
        for node in item_nodes:
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


def nodes(item: Item) -> Iterator[Node]:
    """Yield the file, the action and its result; no result for a file that was not examined."""
    file = f"kb:file-{item.identifier('file')}"
    yield {"@id": file, "@type": "observable:File", "core:hasFacet": list(_facets(item))}
    action = f"kb:action-{item.identifier('action')}"
    result = f"kb:result-{item.identifier('result')}"
    examination: Node = {
        "@id": action,
        "@type": "investigation:InvestigativeAction",
        "core:name": "origin of the media examined",
        "core:description": item.sentence(),
        "action:instrument": {"@id": _tool_id(item.tool)},
        "action:object": {"@id": file},
    }
    if item.error:
        yield examination
        return
    yield examination | {"action:result": {"@id": result}}
    yield {
        "@id": result,
        "@type": "analysis:AnalyticResult",
        "core:name": f"origin: {item.origin}",
        "core:description": item.sentence(),
        "core:hasFacet": [
            {
                "@id": f"kb:classification-facet-{item.identifier('classification-facet')}",
                "@type": "analysis:ArtifactClassificationResultFacet",
                "analysis:classification": {
                    "@id": f"kb:classification-{item.identifier('classification')}",
                    "@type": "analysis:ArtifactClassification",
                    "analysis:class": {"@type": "xsd:string", "@value": item.origin},
                },
            }
        ],
    }


def _facets(item: Item) -> Iterator[Node]:
    facet: Node = {
        "@id": f"kb:file-facet-{item.identifier('file-facet')}",
        "@type": "observable:FileFacet",
        "observable:fileName": item.name,
        "observable:filePath": item.path,
    }
    if item.size is not None:
        facet["observable:sizeInBytes"] = _integer(item.size)
    yield facet
    content: Node = {
        "@id": f"kb:content-facet-{item.identifier('content-facet')}",
        "@type": "observable:ContentDataFacet",
    }
    if item.media_type:
        content["observable:mimeType"] = item.media_type
    digests = (("MD5", item.md5), ("SHA1", item.sha1), ("SHA256", item.sha256))
    held = [_hash(item, name, value) for name, value in digests if value]
    if held:
        content["observable:hash"] = held
    if len(content) > 2:
        yield content


def _hash(item: Item, name: str, value: str) -> Node:
    return {
        "@id": f"kb:hash-{item.identifier(f'hash {name}')}",
        "@type": "types:Hash",
        "types:hashMethod": name,
        "types:hashValue": {"@type": "xsd:hexBinary", "@value": value},
    }


def _integer(value: int) -> Node:
    return {"@type": "xsd:integer", "@value": str(value)}
