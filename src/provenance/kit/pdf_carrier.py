"""A page without anything on it in PDF (ISO 32000), and a manifest store in it (C2PA 2.4, A.4)."""

from __future__ import annotations

import re

from provenance.kit.media import StoreSpan

_OBJECTS = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 64 48] /Resources << >> /Contents 4 0 R >>",
)
_DRAWING = b"0.2 0.4 0.8 rg 8 8 48 32 re f"
_CATALOGUE = (
    b"<< /Type /Catalog /Pages 2 0 R /AF [6 0 R] /Names << /EmbeddedFiles"
    b" << /Names [(content_credential.c2pa) 6 0 R] >> >> >>"
)
_FILE = (
    b"<< /Type /Filespec /AFRelationship /C2PA_Manifest /F (content_credential.c2pa)"
    b" /UF (content_credential.c2pa) /Subtype /application#2Fc2pa /EF << /F 5 0 R >> >>"
)
_STREAM = re.compile(rb"\n5 0 obj\n<< /Type /EmbeddedFile [^>]*/Length (\d+) >>\nstream\n")


def _object(number: int, content: bytes) -> bytes:
    return b"%d 0 obj\n%s\nendobj\n" % (number, content)


def _stream(words: bytes, data: bytes) -> bytes:
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (words, len(data), data)


def _end(sections: bytes, start: int, previous: bytes) -> bytes:
    trailer = b"trailer\n<< /Size 7 /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n"
    return sections + trailer % (previous, start)


def page() -> bytes:
    """A document of one page with a rectangle on it."""
    document = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate((*_OBJECTS, _stream(b"", _DRAWING)), start=1):
        places.append(len(document))
        document += _object(number, content)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % n for n in places)
    return document + _end(table, len(document), b"")


class _Pdf:
    """An embedded file of an incremental update; the content of its stream is left out."""

    def find(self, data: bytes) -> StoreSpan | None:
        match = _STREAM.search(data)
        return StoreSpan(match.end(), int(match[1])) if match else None

    def payload(self, data: bytes, span: StoreSpan) -> bytes:
        return data[span.start : span.end]

    def insert(self, data: bytes, store: bytes) -> bytes:
        before = int(data.rpartition(b"startxref\n")[2].partition(b"\n")[0])
        document, places = data, {}
        words = b"/Type /EmbeddedFile /Subtype /application#2Fc2pa "
        held = ((5, _stream(words, store)), (6, _FILE), (1, _CATALOGUE))
        for number, content in held:
            places[number] = len(document)
            document += _object(number, content)
        rows = {number: b"%010d 00000 n \n" % place for number, place in places.items()}
        table = b"xref\n1 1\n" + rows[1] + b"5 2\n" + rows[5] + rows[6]
        return document + _end(table, len(document), b" /Prev %d" % before)

    def cut(self, data: bytes, span: StoreSpan) -> bytes:
        return data[: data.rindex(b"\n5 0 obj\n", 0, span.start) + 1]


PDF = _Pdf()
