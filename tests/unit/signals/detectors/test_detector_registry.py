"""Loading detectors, running them, and what becomes of those that break."""

import importlib.metadata
from pathlib import Path

import pytest
from support import declared
from support.each import each
from unit.signals.detectors.make import GRAPH, IPTC, SETTINGS, UUID, codes, exif, meta, png, xmp
from unit.signals.detectors.test_near_misses import NEAR

from provenance.base.finding import Severity, error, note
from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import ENTRY_POINTS, Detector, Marker
from provenance.signals.detectors import detector_registry
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
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: list(entries))
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
    ("attribute", "module"),
    [("NOT_A_DETECTOR", __name__), ("Unmakeable", __name__), ("x", "not_there")],
)
def test_a_plugin_that_cannot_be_loaded_is_a_finding(installed, attribute, module):
    detectors = installed(entry("bad", attribute, module), entry("good", "Plugin"))
    found, findings = detect(meta(png("example", "x")), detectors)
    assert [name for name, _ in found] == ["example"]
    assert codes(findings) == {"detector.failed", "plugin.example.note"}


def test_a_name_that_is_taken_is_a_finding(installed):
    detectors = installed(entry("a", "Plugin"), entry("b", "EXAMPLE"))
    _, findings = detect(meta(), detectors)
    assert [f.code for f in findings] == ["detector.failed"]


@pytest.mark.parametrize("kind", [Crashing, Wrong, NotIterable])
def test_a_detector_that_breaks_keeps_no_other_from_the_file(kind):
    fields = (png("example", "x"), png("parameters", SETTINGS))
    found, findings = detect(meta(*fields), (kind(), *builtin(), Plugin()))
    assert {"automatic1111", "example"} <= {name for name, _ in found}
    assert "detector.failed" in codes(findings)
    assert [f for f in findings if "secret" in f.message] == []


class Impostor(Plugin):
    """Gives a code of ours, one of its own, and what is none."""

    name = "acme mark"

    def detect(self, metadata):
        yield error("assertion.dataHash.mismatch", "a lie")
        yield note("acme mark.old", "an old mark")
        yield note("no code", "words")
        yield note("x" * 300, "too long")


def test_the_code_of_a_plugin_cannot_be_taken_for_one_of_ours():
    _, findings = detect(meta(), (Impostor(),))
    assert [f.code for f in findings] == [
        "plugin.acme_mark.assertion.dataHash.mismatch",
        "plugin.acme_mark.old",
        "detector.failed",
        "detector.failed",
    ]
    assert findings[0].severity is Severity.ERROR
    declared.check_findings(findings)


def test_results_of_a_detector_are_bounded():
    _, findings = detect(meta(), (Endless(),))
    assert len(findings) == detector_registry.MAX_RESULTS + 1
    assert findings[-1].code == "detector.bound"


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
