"""JSON as it is left: where it begins, and what can be read of it where it is cut or broken."""

from __future__ import annotations

import json
from typing import Any

from support.each import each

from provenance.signals.detectors.json_forms import begins, leading_json


@each(
    ("text", "at"),
    [
        ('{"a": 1}', 0),
        ("[1]", 0),
        ('"a"', 0),
        (' \n\0\ufeff{"a": 1}', 4),
        ('prompt:{"a": 1}', 7),
        ('Workflow: {"a": 1}', 10),
        ('parameters\0{"a": 1}', 11),
        ('a b.c-d_e=   {"a": 1}', 13),
        (f"{'k' * 32}:[]", 33),
        (f"{'k' * 33}:[]", -1),
        (f"k:{' ' * 8}[]", 10),
        (f"k:{' ' * 9}[]", -1),
        (f"{' ' * 64}[]", 64),
        (f"{' ' * 65}[]", -1),
        ("see {", -1),
        ("a sentence, with [", -1),
        ("1", -1),
        ("", -1),
    ],
)
def test_where_it_begins(text: str, at: int) -> None:
    assert begins(text) == at


NESTED = {"a": [1, {"b": "c"}]}


@each(
    ("text", "value"),
    [
        (json.dumps(NESTED), NESTED),
        (f"prompt: {json.dumps(NESTED)} and more", NESTED),
        (json.dumps(json.dumps(NESTED)), NESTED),
        (json.dumps(f"prompt: {json.dumps(NESTED)}"), NESTED),
        (json.dumps(json.dumps(json.dumps(NESTED))), NESTED),
        ("[]", []),
        (r"{\"a\": \"b\"}", {"a": "b"}),
        (r"prompt:{\"a\": 1}", {"a": 1}),
        (r"{\"a\": \"x\\\\n\"}", {"a": "x\\n"}),
        (r'{"a": "\"{\\\"b"}', {"a": '"{\\"b'}),
    ],
)
def test_what_can_be_read_whole(text: str, value: Any) -> None:
    assert leading_json(text) == (value, True)


@each(
    "text",
    ["", "a sentence", json.dumps(json.dumps(json.dumps(json.dumps(json.dumps(NESTED))))), '"a"'],
)
def test_where_there_is_nothing(text: str) -> None:
    assert leading_json(text) == (None, False)


def deep(levels: int) -> Any:
    return {"a": deep(levels - 1)} if levels else None


@each(
    ("text", "value"),
    [
        ("{", {}),
        ("[", []),
        ('"a', None),
        ('{"a', {}),
        ('{"a"', {}),
        ('{"a":', {"a": None}),
        ('{"a": 1', {"a": 1}),
        ('{"a": 1,', {"a": 1}),
        ('{"a": 1, "b', {"a": 1}),
        ('{ "a" : 1 , "b" : 2 , ', {"a": 1, "b": 2}),
        ('{\n"a"\t:\r1\n,\n"b": 2\n', {"a": 1, "b": 2}),
        ('{"a": "x", "b": {"c": [1, {"d": 2, "e"', {"a": "x", "b": {"c": [1, {"d": 2}]}}),
        ('{"a": {"b": 1,, "c": 2}', {"a": {"b": 1}}),
        ('{"a":1,"b":2', {"a": 1, "b": 2}),
        ("[1,2", [1, 2]),
        ("[1, 2", [1, 2]),
        ("[1, [2, 3", [1, [2, 3]]),
        ("[1, x, 3]", [1]),
        ("[null, 2", [2]),
        ('{"a": x, "b": 1}', {"a": None}),
        ('{"a": {"b": x}, "c": 1}', {"a": {"b": None}}),
        ('{"a": 1 "b": 2}', {"a": 1}),
        ('{"a" 1, "b": 2}', {}),
        ('{5: 1, "b": 2}', {}),
        ('{"a"::1, "b": 2}', {"a": None}),
        ('prompt: {"a": 1, "b": {"c"', {"a": 1, "b": {}}),
        (json.dumps('{"a": 1, "b'), {"a": 1}),
        ('{"a":' * 7, deep(7)),
        ('{"a":' * 8, deep(7)),
        ("[" * 7, [[[[[[[]]]]]]]),
        ("[" * 9, [[[[[[[]]]]]]]),
    ],
)
def test_what_is_in_front_of_a_cut_or_a_fault(text: str, value: Any) -> None:
    assert leading_json(text) == (value, False)
