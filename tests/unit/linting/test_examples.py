"""Merge patches (RFC 7396), with the cases of its appendix A, and the base document."""

from __future__ import annotations

import copy
from typing import Any

from support.crjson import faults
from support.each import each

from provenance.linting import examples, rule_catalogue

RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@each(("base", "patch", "expected"), RFC_7396)
def test_a_merge_patch_is_applied_as_rfc_7396_says(base: Any, patch: Any, expected: Any) -> None:
    before = copy.deepcopy((base, patch))
    assert examples.merged(base, patch) == expected
    assert (base, patch) == before


@each("name", sorted(rule_catalogue.PROFILES))
def test_the_base_document_is_valid_crjson(name: str) -> None:
    assert faults(examples.example_document({}, rule_catalogue.PROFILES[name])) == []
