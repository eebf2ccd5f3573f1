"""The tables of generators: every row is taken, and what is like it in one part only is not.

The samples are made from the rows themselves, so that a new tool is a line.
"""

import json
from pathlib import Path

import pytest
from unit.signals.detectors.make import UUID, field, run

from provenance.base.terms import Origin
from provenance.media.metadata.model import Source
from provenance.signals.detectors import catalogue
from provenance.signals.detectors.tables import is_sampler, is_scheduler, table

FILLED = {
    "text": "some text",
    "whole": 7,
    "number": 7.5,
    "object": {"a": 1},
    "list": [1],
    "present": "x",
    "sampler": "ddim",
    "uuid": UUID,
}
SAMPLES = {  # of patterns: a value that fits, and one that hardly does not
    r"f[0-9]{1,3}\.[0-9.]{1,8}v[0-9]{1,2}-v[0-9]": "f1.0.5v2-v1.10.1RC",
    r"f[0-9]{1,3}\.[0-9.]{1,8}-v[0-9]": "f2.0.1-v1.10.1",
    r"f[0-9]{1,3}\.[0-9]": "f2.0.1v1.10.1-previous-313",
    r"classic\b": "classic",
    r"neo\b": "neo",
    r"v1\.[0-9]": "v1.10.1",
}
LINES = {
    "Cadence:": "F#: 12; Cadence: False; Seed: 3242; Zoom: 1.0025; Prompt: a shiny orb",
    "made with suno": f"made with suno studio; created=2025-10-08T16:20:02.314Z; id={UUID}",
    "suno.com/song/": f"https://suno.com/song/{UUID}",
}


def filled(test: str) -> object:
    """Return a value that a test of a row takes."""
    kind, _, more = test.partition(":")
    if kind == "has":
        return " ".join(more.split("&"))
    if kind in ("begins", "prefix"):
        return more + "1.0"
    return more.split("|")[0] if more else FILLED[kind]


def nested(values: dict[str, object]) -> dict[str, object]:
    """Return an object with values at paths such as `data/product`."""
    made: dict[str, object] = {}
    for path, value in values.items():
        here = made
        *way, last = path.split("/")
        for name in way:
            here = here.setdefault(name, {})
        here[last] = value
    return made


def products(*fields: object) -> set[object]:
    return {marker.product for _, marker in run(*fields)[0]}


@pytest.mark.parametrize("name", ["names", "programs", "objects", "keysets", "textmarks"])
def test_every_row_has_a_source(name):
    for value in table(name).values():
        for row in value if isinstance(value, list) else []:
            if isinstance(row, dict):
                assert len(row["source"]) > 10
                assert Origin(row.get("origin", "ai_generated")) in {
                    Origin.AI_GENERATED,
                    Origin.AI_POSSIBLE,
                }


class TestNames:
    ROWS = tuple(
        (row, place)
        for row in table("names")["names"]
        for place in row.get("only", ["exif:Software", "ebml:WritingApp", "xmp:xmp:CreatorTool"])
    )

    @staticmethod
    def value(row, tail=""):
        if row["match"] == "prefix":
            tail = f"txt2img{row['has']}" if row.get("has", ";") != ";" else "4.5;x"
        return row["name"] + tail

    @pytest.mark.parametrize(("row", "place"), ROWS)
    def test_is_taken(self, row, place):
        source, _, key = place.partition(":")
        made = field(Source(source), key, self.value(row))
        assert products(made) == {row["product"]}
        if row["match"] == "versioned":
            for tail in (" 1.2", "/2.0-beta", " v3"):
                assert products(field(Source(source), key, row["name"] + tail)) == {row["product"]}

    @pytest.mark.parametrize(("row", "place"), ROWS)
    def test_what_is_like_it_is_not(self, row, place):
        source, _, key = place.partition(":")
        for value in (
            f"A review of {row['name']}",
            f"{row['name'].strip()} is a program" if row["match"] != "prefix" else "AI generated",
            row["name"].swapcase(),
            "x" + row["name"],
        ):
            assert not run(field(Source(source), key, value))[0], value
        for elsewhere in (
            field(Source.EXIF, "ImageDescription", self.value(row)),
            field(Source.XMP, "dc:title", self.value(row)),
            field(Source.IPTC, "2:25", self.value(row)),
            field(Source.VORBIS, "TITLE", self.value(row)),
        ):
            assert not run(elsewhere)[0]


class TestPrograms:
    SETTINGS = "a fox\nSteps: 20, Seed: 4, {key}: {value}"

    @pytest.mark.parametrize("row", table("programs")["settings_text"])
    def test_names_the_settings(self, row):
        value = row.get("value") or row.get("prefix") or SAMPLES[row["pattern"]]
        text = self.SETTINGS.format(key=row["keys"][0].title(), value=value)
        assert products(field(Source.TEXT, "parameters", text)) == {row["product"]}

    @pytest.mark.parametrize("row", table("programs")["settings_text"])
    def test_another_word_there_is_nothing(self, row):
        text = self.SETTINGS.format(key=row["keys"][0].title(), value="my own program")
        assert not run(field(Source.TEXT, "parameters", text))[0]


class TestObjects:
    ROWS = table("objects")["tools"]

    @staticmethod
    def made(row):
        values = {path: filled(test) for path, test in row["needs"].items()}
        some = row.get("some", {"of": [], "count": 0})
        values |= dict.fromkeys(some["of"][: some["count"]], "x")
        return values

    @pytest.mark.parametrize("row", ROWS, ids=lambda r: r["product"])
    @pytest.mark.parametrize("place", [(Source.TEXT, "anything"), (Source.QUICKTIME, "\xa9cmt")])
    def test_is_taken(self, row, place):
        found, _ = run(field(*place, nested(self.made(row))))
        assert [marker.product for _, marker in found] == [row["product"]]
        assert found[0][1].vendor == row.get("vendor")

    @pytest.mark.parametrize("row", ROWS, ids=lambda r: r["product"])
    def test_without_one_of_its_keys_it_is_not(self, row):
        values = self.made(row)
        for path in row["needs"]:
            rest = {key: value for key, value in values.items() if key != path}
            assert row["product"] not in products(field(Source.TEXT, "x", nested(rest))) or any(
                other["product"] == row["product"] and other is not row for other in self.ROWS
            )

    @pytest.mark.parametrize("row", ROWS, ids=lambda r: r["product"])
    def test_in_the_middle_of_a_sentence_it_is_not(self, row):
        text = "In this lesson we write " + json.dumps(nested(self.made(row))) + " by hand"
        assert not run(field(Source.EXIF, "ImageDescription", text))[0]


class TestKeySets:
    ROWS = table("keysets")["sets"]

    @staticmethod
    def fields(row):
        source = Source(row["source_kind"])
        return [field(source, key, str(filled(test))) for key, test in row["needs"].items()]

    @pytest.mark.parametrize("row", ROWS, ids=lambda r: r["says"])
    def test_is_taken(self, row):
        found, _ = run(*self.fields(row))
        assert row["product"] in {marker.product for _, marker in found}
        assert Origin(row.get("origin", "ai_generated")) in {marker.origin for _, marker in found}

    @pytest.mark.parametrize("row", ROWS, ids=lambda r: r["says"])
    def test_without_one_of_its_keys_it_is_not(self, row):
        made = self.fields(row)
        for left_out in range(len(made)):
            rest = made[:left_out] + made[left_out + 1 :]
            assert row["product"] not in products(*rest)

    @pytest.mark.parametrize("row", ROWS, ids=lambda r: r["says"])
    def test_another_value_is_not(self, row):
        if set(row["needs"].values()) == {"text"}:
            pytest.skip("only one program writes this key")
        made = [field(f.source, f.key, "two words") for f in self.fields(row)]
        assert not run(*made)[0]


@pytest.mark.parametrize("row", table("textmarks")["marks"], ids=lambda r: r["says"])
def test_lines(row):
    source, _, key = row.get("fields", ["id3:COMM"])[0].partition(":")
    line = LINES[row["hint"]]
    assert products(field(Source(source), key, line)) == {row["product"]}
    short = line[:-8] if "id=" in line or "/song/" in line else line.replace("Seed", "Speed")
    for value in (f"I heard: {line}", short, row["hint"] + " by a friend of mine"):
        assert not run(field(Source(source), key, value))[0], value


@pytest.mark.parametrize(
    "name",
    [
        "Euler a", "DPM++ 2M Karras", "dpmpp_2m_sde_gpu", "euler_a discrete",
        "k_euler_ancestral", "UniPC", "Default - DPM++ 2M", "DDIM CFG++", "LCM", "res_multistep",
        "DPM++ SDE Exponential", "Euler Beta", "DPM++ 3M SDE SGM Uniform", "sample_dpmpp_2m",
        "FlowMatchEulerDiscrete",
    ],
)  # as a table  # fmt: skip
def test_samplers(name):
    assert is_sampler(name)


@pytest.mark.parametrize("name", ["NUTS", "hmc", "MPC2000", "Akai S900", "x", "random", "uniform"])
def test_no_samplers(name):
    assert not is_sampler(name)
    assert not is_scheduler(name) or name == "uniform"


def test_the_page_is_made_from_the_tables():
    """`python -m provenance.signals.detectors.catalogue docs/generators.md` writes it."""
    text = Path("docs/generators.md").read_text(encoding="utf-8")
    begin, end = catalogue.BEGIN, catalogue.END
    assert text.partition(begin)[2].partition(end)[0].strip() == catalogue.page().strip()


def test_tools_that_leave_no_mark_name_the_code_that_shows_it():
    silent = table("silent")
    assert all("/" in one["code"] for one in silent["none"])
    assert len(set(silent["unknown"])) == len(silent["unknown"])
