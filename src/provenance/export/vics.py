"""Project VIC data model, VICS 2.0, in JSON: one case with a media entry for each file.

Fields as public readers and writers of that model have them (GLEAPP, IPED, Griffeye importers).
`Category` is null: nobody categorised anything. No flag of the model is set. What was found is in
`Tags`, in `Comments`, and as properties in `Exifs`. MD5 and SHA-1, by which the tools of the model
find files again, are there where they were taken (`--hash md5,sha1`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from provenance.base.terms import Assurance
from provenance.base.version import VERSION
from provenance.export.item import made_identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.export.item import Item

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"
_INDENT = "        "


def write(items: Iterator[Item], stream: TextIO, *, case: str = "") -> int:
    """Write the case; return how many files are in it. `case` is its number, for people."""
    head = {
        "CaseID": made_identifier("vics", case),
        "CaseNumber": case,
        "SourceApplicationName": "provenance",
        "SourceApplicationVersion": VERSION,
    }
    stream.write(f'{{\n  "@odata.context": {json.dumps(CONTEXT)},\n  "value": [\n    {{\n')
    stream.writelines(f"      {json.dumps(k)}: {json.dumps(v)},\n" for k, v in head.items())
    stream.write('      "Media": [')
    count = 0
    for item in items:
        count += 1
        stream.write(",\n" if count > 1 else "\n")
        stream.write(_INDENT + json.dumps(media(item, count)))
    stream.write("\n      ]\n    }\n  ]\n}\n")
    return count


def media(item: Item, number: int) -> dict[str, Any]:
    """Return one media entry; `number` is its place in the case, from 1."""
    entry: dict[str, Any] = {"MediaID": number, "Category": None}
    entry |= {name: value for name, value in (("MD5", item.md5), ("SHA1", item.sha1)) if value}
    if item.size is not None:
        entry["MediaSize"] = item.size
    if item.media_type:
        entry["MimeType"] = item.media_type
    entry["RelativeFilePath"] = item.path
    place: dict[str, Any] = {"FileName": item.name, "FilePath": item.path}
    entry["MediaFiles"] = [{"MD5": item.md5, **place} if item.md5 else place]
    entry["Tags"] = ", ".join(_tags(item))
    entry["Comments"] = item.sentence()
    entry["Exifs"] = [
        {**({"MD5": item.md5} if item.md5 else {}), "PropertyName": name, "PropertyValue": value}
        for name, value in _properties(item)
        if value
    ]
    return entry


def _tags(item: Item) -> Iterator[str]:
    if item.error:
        yield "not examined"
        return
    if item.conflict:
        yield "AI: conflicting evidence"
    elif item.assurance == Assurance.BROKEN and "ai" in item.flags:
        yield "AI: by a broken credential alone"
    elif item.is_ai:
        yield "AI generated" if item.origin == "ai_generated" else "AI modified"
    if "broken" in item.flags:
        yield "credential broken"
    if "revoked" in item.flags:
        yield "signer revoked"


def _properties(item: Item) -> Iterator[tuple[str, str]]:
    yield "provenance.origin", item.origin
    yield "provenance.assurance", item.assurance
    yield "provenance.generator", item.generator
    yield "provenance.signer", item.signer
    yield "provenance.integrity", item.integrity
    yield "provenance.flags", ", ".join(item.flags)
    yield "provenance.sha256", item.sha256
    yield "provenance.tool", item.tool
