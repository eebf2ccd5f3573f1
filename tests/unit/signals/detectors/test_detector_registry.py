"""Loading detectors, running them, and what becomes of those that break."""

import importlib.metadata
from pathlib import Path

import pytest
from support import declared
from support.each import each
from unit.signals.detectors.make import (
    GRAPH,
    IPTC,
    SETTINGS,
    UUID,
    codes,
    exif,
    field,
    meta,
    png,
    xmp,
)
from unit.signals.detectors.test_near_misses import NEAR

from provenance.base.finding import Severity, error, note
from provenance.base.terms import Origin
from provenance.base.text import LIMIT
from provenance.media.metadata.field import Source
from provenance.signals.detector import ENTRY_POINTS, Detector, Marker
from provenance.signals.detectors import detector_registry
from provenance.signals.detectors._index import Indexed, wanted
from provenance.signals.detectors.detector_registry import builtin, detect, load_detectors


class Plugin:
    name = "example"
    version = "1"
    source = "a test"
    reads = ("text",)

    def detect(self, metadata):
        for f in metadata.named(Source.TEXT, "example"):
            yield Marker(Origin.AI_POSSIBLE, "an example", f)
            yield note("example.note", "an example")


class Crashing(Plugin):
    name = "crashing"

    def detect(self, metadata):
        yield from super().detect(metadata)
        raise KeyError("a secret of the file")


class Endless(Plugin):
    name = "endless"

    def detect(self, metadata):
        while True:
            yield note("example.note", "again")


class Wrong(Plugin):
    name = "wrong"

    def detect(self, metadata):
        return ["ai!", Marker(None, "x", None), None]


class WithoutField(Plugin):
    name = "without a field"

    def detect(self, metadata):
        return [Marker(None, "x", None)]


class NotIterable(Plugin):
    name = "not_iterable"

    def detect(self, metadata):
        return 5


class Unmakeable(Plugin):
    def __init__(self):
        raise RuntimeError


NOT_A_DETECTOR = object()
EXAMPLE = Plugin()


def entry(name: str, attribute: str, module: str = __name__) -> importlib.metadata.EntryPoint:
    return importlib.metadata.EntryPoint(name, f"{module}:{attribute}", ENTRY_POINTS)


@pytest.fixture
def installed(monkeypatch):
    def install(*entries):
        found = {ENTRY_POINTS: list(entries)}
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: found[group])
        monkeypatch.setattr(importlib.metadata.EntryPoint, "load", _load)
        return load_detectors()

    return install


def _load(self):
    module, _, attribute = self.value.partition(":")
    if module != __name__:
        raise ImportError(module)
    return globals()[attribute]


def test_built_in_detectors_have_names_of_their_own():
    names = [d.name for d in builtin()]
    assert len(names) == len(set(names))
    for detector in builtin():
        assert isinstance(detector, Detector)
        assert detector.source
        assert set(detector.reads) <= set(Source)
        assert detector.__class__.__doc__


def test_a_detector_is_registered_in_one_line():
    """Every module with a detector is named once in the registry, and nowhere else."""
    folder = Path(detector_registry.__file__).parent
    named = {name.partition(":")[0] for name in detector_registry._NAMES}
    defining = {
        path.stem
        for path in folder.glob("*.py")
        if "(Indexed):" in path.read_text(encoding="utf-8")
    }
    assert named == defining
    assert "provenance.detectors" not in Path("pyproject.toml").read_text(encoding="utf-8")


@each("detector", builtin(), ids=lambda d: d.name)
def test_a_detector_has_a_row_in_the_page_and_samples(detector):
    """A new detector needs a documentation row, a positive sample and a near miss."""
    page = Path("docs/markers.md").read_text(encoding="utf-8")
    assert f"| `{detector.name}` |" in page
    here = Path(__file__).parent
    samples = "".join(p.read_text(encoding="utf-8") for p in here.glob("test_*.py"))
    assert f'"{detector.name}"' in samples
    own = here / f"test_{type(detector).__module__.rpartition('.')[2]}.py"
    assert detector.name in NEAR or "_not" in own.read_text(encoding="utf-8")


def test_without_plugins_no_entry_points_are_searched_for(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "entry_points", None)
    assert load_detectors(plugins=False) == builtin()


def test_plugins_come_behind_the_built_in_ones_by_name(installed):
    detectors = installed(
        entry("b", "EXAMPLE"),
        entry("a", "Crashing"),
    )
    assert [d.name for d in detectors[len(builtin()) :]] == ["crashing", "example"]


@pytest.mark.parametrize(
    ("attribute", "module", "why"),
    [
        ("NOT_A_DETECTOR", __name__, "it is not a detector"),
        ("Unmakeable", __name__, "RuntimeError"),
        ("x", "not_there", "ImportError"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_a_finding(installed, attribute, module, why):
    detectors = installed(entry("bad", attribute, module), entry("good", "Plugin"))
    assert [d.name for d in detectors[len(builtin()) :]] == ["bad (failed)", "example"]
    found, findings = detect(meta(png("example", "x")), detectors)
    assert [name for name, _ in found] == ["example"]
    assert [(f.code, f.message) for f in findings] == [
        ("detector.failed", f"the detector bad failed: {why}"),
        ("plugin.example.note", "an example"),
    ]


def test_a_name_that_is_taken_is_a_finding(installed):
    detectors = installed(entry("a", "Plugin"), entry("b", "EXAMPLE"))
    _, findings = detect(meta(), detectors)
    assert [(f.code, f.message) for f in findings] == [
        ("detector.failed", "the detector b failed: the name 'example' is taken")
    ]


@pytest.mark.parametrize("kind", [Crashing, Wrong, NotIterable])
def test_a_detector_that_breaks_keeps_no_other_from_the_file(kind):
    fields = (png("example", "x"), png("parameters", SETTINGS))
    found, findings = detect(meta(*fields), (kind(), *builtin(), Plugin()))
    assert {"automatic1111", "example"} <= {name for name, _ in found}
    assert "detector.failed" in codes(findings)
    assert [f for f in findings if "secret" in f.message] == []


@each(
    ("kind", "why"),
    [
        (Crashing, "crashing failed: KeyError"),
        (Wrong, "wrong failed: returned str"),
        (WithoutField, "without a field failed: returned Marker"),
        (NotIterable, "not_iterable failed: TypeError"),
    ],
)
def test_why_a_detector_failed_is_said_without_a_word_of_the_file(kind, why):
    found, findings = detect(meta(png("example", "x")), (kind(),))
    assert [name for name, _ in found] == (["crashing"] if kind is Crashing else [])
    failed = [f.message for f in findings if f.code == "detector.failed"]
    assert failed[0] == f"the detector {why}"
    assert len(failed) == (3 if kind is Wrong else 1)


class Impostor(Plugin):
    """Gives a code of ours, one of its own, and what is none."""

    name = "Acme mark"

    def detect(self, metadata):
        yield error("assertion.dataHash.mismatch", "a lie")
        yield note("Acme mark.old", "an old mark")
        yield note("no code", "words")
        yield note("x" * 300, "too long")


def test_the_code_of_a_plugin_cannot_be_taken_for_one_of_ours():
    _, findings = detect(meta(), (Impostor(),))
    assert [f.code for f in findings] == [
        "plugin.Acme_mark.assertion.dataHash.mismatch",
        "plugin.Acme_mark.old",
        "detector.failed",
        "detector.failed",
    ]
    why = "the detector Acme mark failed: returned a finding whose code is not dotted words"
    assert {f.message for f in findings[2:]} == {why}
    assert findings[0].severity is Severity.ERROR
    declared.check_findings(findings)


class Long(Plugin):
    """Gives two codes: with the name before it, one has all the letters that are left."""

    name = "long"
    most = LIMIT - len("plugin.long.")

    def detect(self, metadata):
        return [note("x" * (self.most + more), "words") for more in (0, 1)]


def test_the_code_of_a_plugin_has_a_longest_length():
    _, (first, second) = detect(meta(), (Long(),))
    assert (len(first.code), second.code) == (LIMIT, "detector.failed")


class Many(Plugin):
    name = "many"
    count = detector_registry.MAX_RESULTS

    def detect(self, metadata):
        return [note("example.note", "again")] * self.count


def test_results_of_a_detector_are_bounded():
    most = detector_registry.MAX_RESULTS
    _, findings = detect(meta(), (Endless(),))
    assert len(findings) == most + 1
    message = f"endless: more than {most} results, the rest is left out"
    assert (findings[-1].code, findings[-1].message) == ("detector.bound", message)
    _, findings = detect(meta(), (Many(),))
    assert (len(findings), codes(findings)) == (most, {"plugin.many.example.note"})


class Speaking(Indexed):
    """Marks the fields with its key, as its arguments say."""

    source = "a test"
    wants = wanted(Source.TEXT, "example", "other")

    def __init__(self, name, *, key="example", form=False, rules=False, claims=False, **says):
        super().__init__()
        self.name, self.key, self.form, self.rules = name, key, form, rules
        self.claims, self.says = claims, {"origin": Origin.AI_GENERATED, **says}

    def find(self, index):
        for one in index.get(Source.TEXT, self.key):
            if self.claims:
                index.claim(*index.get(Source.TEXT, "other"))
            yield Marker(says=self.name, field=one, **self.says)


def heard(*detectors):
    found, findings = detect(meta(png("example", "x"), png("other", "x", offset=9)), detectors)
    assert findings == ()
    return [(name, marker.vendor, marker.product) for name, marker in found]


def names(*detectors):
    return [name for name, _, _ in heard(*detectors)]


class TestForms:
    """A form fits into any text: it is heard where nobody speaks who knows the place better."""

    FORM = Speaking("form", form=True)

    def test_a_form_is_heard_where_no_other_detector_speaks_of_the_field(self):
        assert names(Speaking("place"), self.FORM) == ["place"]
        assert names(self.FORM, Speaking("place")) == ["place"]
        assert names(Speaking("place", key="other"), self.FORM) == ["form", "place"]
        assert names(Speaking("place", origin=None), self.FORM) == ["form", "place"]

    def test_a_form_says_nothing_of_what_a_larger_whole_has(self):
        part = Speaking("part", form=True, key="other", product="A")
        assert names(Speaking("whole", claims=True), part) == ["whole"]
        assert names(Speaking("whole"), part) == ["whole", "part"]

    def test_of_two_forms_of_one_origin_that_with_a_product_is_heard(self):
        assert names(self.FORM, Speaking("named", form=True, product="A")) == ["named"]
        other = Speaking("named", form=True, product="A", origin=Origin.AI_MODIFIED)
        assert names(self.FORM, other) == ["form", "named"]
        elsewhere = Speaking("named", form=True, key="other", product="A")
        assert names(self.FORM, elsewhere) == ["form", "named"]

    def test_beside_a_form_that_rules_no_other_is_heard_that_names_no_product(self):
        ruling = Speaking("ruling", form=True, rules=True)
        assert names(self.FORM, ruling) == ["ruling"]
        other = Speaking("named", form=True, product="A", origin=Origin.AI_MODIFIED)
        assert names(ruling, other) == ["named", "ruling"]
        assert names(Speaking("form", form=True, key="other"), ruling) == ["ruling", "form"]


class TestHosts:
    """A program that runs ComfyUI has made what its graph made."""

    HOST = Speaking("host", key="other", vendor="Its maker", product="SwarmUI")

    def test_a_graph_is_that_of_a_host_which_names_itself(self):
        graph = Speaking("graph", vendor="Comfy Org", product="ComfyUI")
        assert heard(graph, self.HOST) == [
            ("graph", "Its maker", "SwarmUI"),
            ("host", "Its maker", "SwarmUI"),
        ]

    def test_a_form_without_a_product_is_the_host_s_and_a_place_is_not(self):
        form = Speaking("form", form=True)
        assert heard(form, self.HOST)[0] == ("form", "Its maker", "SwarmUI")
        place = Speaking("place", vendor="Somebody")
        assert heard(place, self.HOST)[0] == ("place", "Somebody", None)

    def test_what_names_another_product_keeps_it(self):
        other = Speaking("other", form=True, vendor="Somebody", product="A")
        assert heard(other, self.HOST)[0] == ("other", "Somebody", "A")

    def test_a_program_that_runs_no_graphs_gives_its_name_to_none(self):
        graph = Speaking("graph", vendor="Comfy Org", product="ComfyUI")
        program = Speaking("program", key="other", vendor="Its maker", product="A")
        assert heard(graph, program)[0] == ("graph", "Comfy Org", "ComfyUI")


class TestBeside:
    """Anybody can put a file next to another one."""

    def weighed(self, source, *, origin=Origin.AI_GENERATED, place="beside a.json"):
        marker = Marker(
            origin, "settings", field(source, "k", "v", place=place), whole=False, from_input=True
        )
        (made,) = detect(meta(png("example", "x")), (Giving(marker),))[0]
        return made[1]

    def test_settings_in_a_file_next_to_this_one_are_a_hint(self):
        made = self.weighed(Source.BESIDE)
        assert made.origin is Origin.AI_POSSIBLE
        assert made.says == "settings, in a file next to this one"
        assert (made.whole, made.from_input) == (True, False)

    def test_a_sidecar_speaks_of_the_file_that_it_belongs_to(self):
        made = self.weighed(Source.XMP)
        assert made.origin is Origin.AI_GENERATED
        assert made.says == "settings, in a file next to this one"
        assert (made.whole, made.from_input) == (False, True)

    def test_what_says_nothing_of_the_origin_is_no_hint(self):
        assert self.weighed(Source.BESIDE, origin=None).origin is None

    def test_what_is_in_the_file_is_said_as_it_is(self):
        made = self.weighed(Source.XMP, place="APP1")
        assert (made.says, made.origin) == ("settings", Origin.AI_GENERATED)


class Giving(Plugin):
    """Gives these markers."""

    def __init__(self, *markers, name="giving"):
        self.name, self.markers = name, markers

    def detect(self, metadata):
        return self.markers


def test_markers_of_one_field_come_by_the_names_of_their_detectors_then_by_their_words():
    one = png("example", "x")
    given = (Marker(None, "z", one), Marker(None, "a", one))
    found, _ = detect(meta(one), (Giving(*given, name="b"), Giving(*given, name="a")))
    assert [(name, m.says) for name, m in found] == [("a", "a"), ("a", "z"), ("b", "a"), ("b", "z")]


def test_a_field_of_a_detector_s_own_comes_behind_those_of_the_file():
    one, own = png("example", "x"), png("own", "x")
    given = [Marker(None, "x", each_) for each_ in (own, one)]
    found, _ = detect(meta(one), [Giving(m, name=m.field.key) for m in given])
    assert [name for name, _ in found] == ["example", "own"]
    given[0] = Marker(None, "x", png("an own", "x"))
    found, _ = detect(meta(one), [Giving(m, name=m.field.key) for m in given])
    assert [name for name, _ in found] == ["example", "an own"]


def test_markers_come_in_file_order_and_the_same_each_time():
    late = xmp("Iptc4xmpExt:DigitalSourceType", IPTC + "trainedAlgorithmicMedia", offset=900)
    early = png("parameters", SETTINGS, offset=10)
    first = exif("Make", "Ideogram AI")
    job = png("hf-job-id", UUID, offset=10)
    found, _ = detect(meta(late, early, job, first), builtin())
    assert [name for name, _ in found] == [
        "vendor.name",
        "automatic1111",
        "hosted.job",
        "iptc.source_type",
    ]
    assert detect(meta(late, early, job, first), builtin()) == (found, ())


@each("detector", builtin(), ids=lambda d: d.name)
def test_each_detector_alone_finds_what_all_find_together(detector):
    metadata = meta(png("parameters", SETTINGS), png("prompt", GRAPH), png("hf-job-id", UUID))
    alone = [(detector.name, r) for r in detector.detect(metadata) if isinstance(r, Marker)]
    assert tuple(alone) == detect(metadata, (detector,))[0]


def test_no_metadata_give_no_markers():
    assert detect(meta(), builtin()) == ((), ())
