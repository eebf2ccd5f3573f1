"""Whatever stands in a field: nothing raises, nothing takes long, a bound reached is said."""

import contextlib
import json
import sys

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.each import each
from unit.signals.detectors.make import (
    GRAPH,
    SETTINGS,
    UUID,
    codes,
    field,
    label,
    meta,
    png,
    run,
    xmp,
)

from provenance.base.json_text import JsonError, leading, parse_json, parse_unique
from provenance.media.metadata.field import MAX_FIELDS, MAX_JSON, MAX_VALUE, Field, Source
from provenance.signals.detectors._index import ANY, Indexed
from provenance.signals.detectors.convert import camera_exif, marker_signals
from provenance.signals.detectors.detector_registry import builtin, detect

WANTED = sorted(
    {(s, k) for d in builtin() if isinstance(d, Indexed) for s, k in d.wants if k != ANY}
    | {(Source.SEGMENT, "APP4"), (Source.COMMENT, "comment"), (Source.TEXT, "Comment")}
)
TEXTS = (
    SETTINGS, UUID, json.dumps(label()), json.dumps({"AIGC": label()}), json.dumps(GRAPH),
    "AIGC{", "prompt:{", "workflow: {", "Signature: " + "A" * 70, "Steps: ", ", Sampler: ",
    "--v 6 Job ID: ", '"sui_image_params"', '"class_type"', '{"nodes":[{"id":1,"type":', "&quot;",
    "&#x110000;", '"a" -s 5 -S 3', "NovelAI", "fooocus", "c2pa.edited", "self#jumbf", "genAIType",
    "trainedAlgorithmicMedia", "\ud800", "\0", "\u202e", "{", "}", "[", '"', ":", ",", "1", "\n",
)  # as a table  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = (
    "Label", "AIGC", "ContentProducer", "prompt", "workflow", "nodes", "links", "class_type", "id",
    "inputs", "outputs", "type", "mode", "definitions", "subgraphs", "image", "model", "seed",
    "steps", "sampler", "c", "genAIType", "sui_image_params", "model_weights", "base_model",
)  # as a table  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)
pieces = st.lists(st.sampled_from(TEXTS) | st.text(max_size=10), max_size=8).map("".join)
contents = pieces | values.map(json.dumps) | values.map(lambda v: "prompt:" + json.dumps(v))
fields = st.builds(
    lambda place, text, offset, context: Field(*place, text, "block", offset, context),
    st.sampled_from(WANTED),
    contents,
    st.integers(0, 1 << 40),
    st.sampled_from(["", "xmpMM:History", "xmpMM:Pantry[1]", "//[[::"]),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(fields, max_size=6), st.sampled_from(["image/gif", "image/png", "video/mp4"]))
def test_arbitrary_fields_give_the_same_bounded_answer_twice(made, media_type):
    found, findings = run(*made, media_type=media_type)
    camera_exif(meta(*made))
    for signal in marker_signals(found):
        assert signal.assurance == "asserted"
    assert (found, findings) == run(*made, media_type=media_type)


@given(contents)
def test_reading_json_raises_one_error_alone(text):
    for function in (parse_json, parse_unique):
        with contextlib.suppress(JsonError):
            function(text)
    assert len(leading(text)) <= len(text)


LONG = (
    "[" * MAX_JSON,
    '{"a":' * 200_000,
    '{"AIGC":' * 100_000 + "1" + "}" * 100_000,
    "9" * 100_000,
    '"' + "\\u0041" * 150_000 + '"',
    "{" + " " * 1_000_000 + "}",
    '{"a":1' + ',"a":1' * 150_000 + "}",
    "&amp;" * 200_000,
    "Steps: " * 150_000,
    "Steps: 1\n" * 100_000,
    "Steps: 1, " * 100_000,
    "prompt:{" * 100_000,
    "--a " * 250_000,
    "Signature: " + "A" * MAX_VALUE + "!",
    "Job ID: " * 100_000,
    '"' + " -s 1" * 200_000,
    '"' * MAX_JSON,
    "AIGC" * 200_000,
    '{"nodes":[' + '{"id":1,"type":"x"},' * 50_000 + '{}],"links":[]}',
    '{"class_type":{}}' + "\\" * 100_000,
)


def everywhere(text: str) -> list[Field]:
    """Fields with one text, in every place that a detector looks at."""
    return [field(source, key, text[:MAX_JSON]) for source, key in WANTED]


@each("text", LONG, ids=range(len(LONG)))
@each("prefix", ["", "AIGC"])
def test_hostile_text_in_every_place_at_once_does_no_harm(text, prefix):
    """A share of the places, which is more than is read of one file."""
    found, _ = run(*everywhere(prefix + text)[::12], media_type="image/gif")
    assert [name for name, _ in found if name == "tc260"] == []


def test_more_json_than_is_parsed_of_one_file_is_a_finding():
    big = json.dumps({"1": {"class_type": "x", "inputs": {"text": "y" * (MAX_JSON - 100)}}})
    _, findings = run(png("prompt", big), png("prompt", big + " "), png("prompt", big + "  "))
    assert "detector.bound" in codes(findings)


def test_a_label_still_counts_where_the_bound_of_json_is_used_up():
    big = json.dumps({"seed": "y" * (MAX_JSON - 100)})
    filling = [png("prompt", big + " " * i) for i in range(3)]
    found, findings = run(*filling, xmp("TC260:AIGC", label()))
    assert [name for name, _ in found] == ["tc260"]
    assert codes(findings) == {"detector.bound"}


def test_one_value_in_many_fields_is_parsed_only_once():
    found, findings = run(*(png("prompt", GRAPH, offset=i) for i in range(100)))
    assert (len(found), findings) == (100, ())


def test_more_markers_than_are_kept_are_a_finding():
    _, findings = run(*(png("hf-job-id", UUID, offset=i) for i in range(500)))
    assert codes(findings) == {"detector.bound"}


def calls(function) -> int:
    """How many functions a call runs, of Python and of C: the same on every machine."""
    count = 0

    def tick(_frame, event, _arg):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(tick)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def test_the_cost_of_detectors_grows_as_the_number_of_fields():
    """Ten times the fields cost ten times as much, and no more."""

    def looked_at(number: int) -> int:
        made = meta(*(field(Source.XMP, f"x:K{i}", "v", offset=i) for i in range(number)))
        assert detect(made, builtin()) == ((), ())
        return calls(lambda: detect(made, builtin()))

    assert looked_at(MAX_FIELDS) <= 11 * looked_at(MAX_FIELDS // 10)
    assert looked_at(MAX_FIELDS) < 10 * MAX_FIELDS


def test_ordinary_metadata_costs_little():
    """Sorting in a hundred fields, and asking the detectors, which have nothing to read."""
    made = meta(*(field(Source.XMP, f"x:K{i}", "v") for i in range(100)))
    detect(made, builtin())
    assert calls(lambda: detect(made, builtin())) < 10 * len(made.fields)
