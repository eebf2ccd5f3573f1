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
    for one in items:
        count += 1
        stream.write(",\n" if count > 1 else "\n")
        stream.write(_INDENT + json.dumps(media(one, count)))
    stream.write("\n      ]\n    }\n  ]\n}\n")
    return count


def media(one: Item, number: int) -> dict[str, Any]:
    """Return one media entry; `number` is its place in the case, from 1."""
    made: dict[str, Any] = {"MediaID": number, "Category": None}
    made |= {name: value for name, value in (("MD5", one.md5), ("SHA1", one.sha1)) if value}
    if one.size is not None:
        made["MediaSize"] = one.size
    if one.media_type:
        made["MimeType"] = one.media_type
    made["RelativeFilePath"] = one.path
    place: dict[str, Any] = {"FileName": one.name, "FilePath": one.path}
    made["MediaFiles"] = [{"MD5": one.md5, **place} if one.md5 else place]
    made["Tags"] = ", ".join(_tags(one))
    made["Comments"] = one.sentence()
    made["Exifs"] = [
        {**({"MD5": one.md5} if one.md5 else {}), "PropertyName": name, "PropertyValue": value}
        for name, value in _properties(one)
        if value
    ]
    return made


def _tags(one: Item) -> Iterator[str]:
    if one.error:
        yield "not examined"
        return
    if one.conflict:
        yield "AI: conflicting evidence"
    elif one.assurance == Assurance.BROKEN and "ai" in one.flags:
        yield "AI: by a broken credential alone"
    elif one.is_ai:
        yield "AI generated" if one.origin == "ai_generated" else "AI modified"
    if "broken" in one.flags:
        yield "credential broken"
    if "revoked" in one.flags:
        yield "signer revoked"


def _properties(one: Item) -> Iterator[tuple[str, str]]:
    yield "provenance.origin", one.origin
    yield "provenance.assurance", one.assurance
    yield "provenance.generator", one.generator
    yield "provenance.signer", one.signer
    yield "provenance.integrity", one.integrity
    yield "provenance.flags", ", ".join(one.flags)
    yield "provenance.sha256", one.sha256
    yield "provenance.tool", one.tool
