"""Samsung's record of an edit with Galaxy AI, in trailers made by hand."""

import json

import pytest
from support.each import each
from support.shared import CORPUS, needs_corpus
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.metadata.checks import metadata

from provenance.base.terms import Origin
from provenance.signals.detectors.detector_registry import builtin, detect

KEYS = ("PhotoEditor_Re_Edit_Data", "PEg_Info")
REAL = {"genImageVersion": "v1", "connectorType": "srvg", "genAIType": 8}


def found(data: bytes):
    markers, findings = detect(metadata(data), builtin())
    assert not findings
    return [(name, marker.origin, marker.whole) for name, marker in markers]


@each("key", KEYS)
@each("front", [build.jpeg(), build.png(), build.heic(build.PACKET)])
@each("value", [REAL, {"genAIType": 1}, {"genAIType": "2"}, {"genAIType": -1}])
def test_an_edit_with_ai_in_samsungs_trailer_is_a_marker(key, front, value):
    data = front + made.sef({"Image_UTC_Data": b"1", key: json.dumps(value).encode()})
    assert found(data) == [("samsung", Origin.AI_MODIFIED, False)]


def test_two_entries_of_samsung_are_two_markers():
    data = build.jpeg() + made.sef(dict.fromkeys(KEYS, json.dumps(REAL).encode()))
    assert len(found(data)) == 2


@each("key", KEYS)
@each(
    "value",
    [
        b"", b"{}", b"8", b'"genAIType": 8', b'{"genAIType": 0}', b'{"genAIType": "0"}',
        b'{"genAIType": true}', b'{"genAIType": null}', b'{"genAIType": []}', b'{"genaitype": 8}',
        b'{"genAIType": 8', b'{"about": {"genAIType": 8}}', b'[{"genAIType": 8}]',
        b'{"connectorType": "genAIType"}',
    ],
)  # as a table  # fmt: skip
def test_values_that_only_look_like_an_edit_with_ai_are_none(key, value):
    assert found(build.jpeg() + made.sef({key: value})) == []


@pytest.mark.parametrize("key", ["PEg_Info2", "peg_info", "PEg", "Image_UTC_Data", ""])
def test_another_entry_of_samsung_is_no_marker(key):
    data = build.jpeg() + made.sef({key: json.dumps(REAL).encode()})
    assert found(data) == []


def test_the_name_of_samsungs_entry_in_another_place_is_no_marker():
    text = json.dumps(REAL).encode()
    assert found(build.png(made.text_chunk(b"tEXt", b"PEg_Info", text))) == []
    assert found(build.jpeg(build.segment(0xFE, b"PEg_Info" + text))) == []


@pytest.mark.corpus
@needs_corpus[1]
def test_a_real_file_of_samsung_is_recognised():
    data = (CORPUS / "samsung_black_1.png").read_bytes()
    assert ("samsung", Origin.AI_MODIFIED, False) in found(data)
