"""Forms of single makers: what each marker says, where each form ends, and that none hides one."""

from __future__ import annotations

import json
from typing import Any

from support.each import each
from unit.signals.detectors.make import UUID, exif, field, png, run, xmp

from provenance.base.terms import Origin
from provenance.media.metadata.field import Field, Source

GENERATED, MODIFIED = Origin.AI_GENERATED, Origin.AI_MODIFIED


def told(name: str, *fields: Field) -> list[tuple[Any, ...]]:
    """Return what each marker of one detector says."""
    found = []
    for detector, marker in run(*fields)[0]:
        if detector == name:
            assert marker.whole is (marker.origin is not MODIFIED)
            by = (marker.vendor, marker.product, marker.model)
            found.append((marker.origin, marker.says, *by, marker.from_input))
    return found


class TestNovelAi:
    SAYS = "NovelAI software with its generation settings"
    SETTINGS = '{"steps": 28, "seed": 1, "request_type": "%s"}'

    def fields(self, comment: str, source: Source = Source.TEXT) -> list[Field]:
        parts = {"Software": "NovelAI", "Source": "NovelAI Diffusion V4", "Comment": comment}
        return [field(source, key, value) for key, value in parts.items()]

    @each(
        ("request", "origin", "given"),
        [
            ("", GENERATED, False),
            ("PromptGenerateRequest", GENERATED, False),
            ("Img2ImgRequest", GENERATED, True),
            ("NativeInfillingRequest", MODIFIED, True),
        ],
    )
    def test_the_kind_of_request_decides(self, request: str, origin: Origin, given: bool) -> None:
        expected = (origin, self.SAYS, "NovelAI", "NovelAI", "NovelAI Diffusion V4", given)
        for source in (Source.TEXT, Source.STEALTH):
            fields = self.fields(self.SETTINGS % request, source)
            assert told("novelai", *fields) == [expected]
            assert told("novelai", *fields, field(source, "Comment", "{")) == [expected]

    @each(
        ("comment", "found"),
        [
            ('{"steps": 1, "scale": 2}', True),
            ('{"sampler": 1, "seed": 2}', True),
            ('{"steps": 1, "noise": 2}', False),
            ("{}", False),
            ("a fox", False),
        ],
    )
    def test_two_settings_have_to_be_there(self, comment: str, found: bool) -> None:
        assert bool(told("novelai", *self.fields(comment))) is found

    def test_another_program_before_it_hides_nothing(self) -> None:
        fields = [png("Software", "Acme"), *self.fields(self.SETTINGS % "")]
        assert len(told("novelai", *fields)) == 1
        assert len(told("novelai", *fields, png("Software", "NovelAI"))) == 1

    def test_what_it_has_judged_is_judged_by_no_form_again(self) -> None:
        line = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512"
        for key in ("Title", "Source"):
            fields = [f for f in self.fields(self.SETTINGS % "") if f.key != key]
            found = {name for name, _ in run(*fields, png(key, line))[0]}
            assert "automatic1111" not in found
            assert "novelai" in found
        found = {name for name, _ in run(*self.fields(self.SETTINGS % ""), png("Other", line))[0]}
        assert "automatic1111" in found


class TestMidjourney:
    SAYS = "Midjourney job id after a prompt"

    @each(
        ("text", "model", "given"),
        [
            (f"a cat --v 6.1 Job ID: {UUID}", "V 6.1", False),
            (f"a cat --niji 5 --ar 3:2 Job ID: {UUID}\0", "Niji 5", False),
            (f"Job ID: mine, a cat --ar 3:2 Job ID: {UUID}", None, False),
            (f"https://a.example/b a cat --v 5 Job ID: {UUID}", "V 5", True),
        ],
    )
    def test_what_a_description_says(self, text: str, model: str | None, given: bool) -> None:
        expected = [(GENERATED, self.SAYS, "Midjourney", "Midjourney", model, given)]
        places = (png("Description", text), exif("ImageDescription", text))
        for place in (*places, xmp("dc:description", text)):
            assert told("midjourney", place) == expected
            assert told("midjourney", png("Description", "a cat"), place) == expected

    @each(
        "prompt",
        ["a cat", "a cat --frame 9 --v 6", "x -n --v 6", "x -N --v 6", "-a --v 6", "a --v 6 -z"],
    )
    def test_what_is_no_prompt_of_its_own(self, prompt: str) -> None:
        assert told("midjourney", png("Description", f"{prompt} Job ID: {UUID}")) == []

    def test_its_id_in_xmp_stands_for_parameters(self) -> None:
        text = png("Description", f"a cat Job ID: {UUID}")
        guid = "Iptc4xmpExt:DigImageGUID"
        assert len(told("midjourney", text, xmp(guid, UUID.upper()))) == 1
        assert told("midjourney", text, xmp(guid, UUID[::-1])) == []


class TestSamsung:
    @each(
        ("value", "found"),
        [
            *((one, True) for one in (1, -1, "8", " -8 ")),
            *((one, False) for one in (0, "0", "-0", "00", "X0X", "8-", "--8", "\u0668", "", "X")),
            *((one, False) for one in (True, None, 1.5)),
        ],
    )
    def test_which_value_is_a_kind_of_edit(self, value: object, found: bool) -> None:
        says = "Galaxy AI edit recorded by the photo editor"
        expected = [(MODIFIED, says, "Samsung", "Photo assist", None, False)] if found else []
        for key in ("PhotoEditor_Re_Edit_Data", "PEg_Info"):
            one = field(Source.TRAILER, key, json.dumps({"genAIType": value}))
            assert told("samsung", one) == expected


class TestFooocus:
    SAYS = "Fooocus generation settings"
    AS_TEXT = "a fox\nSteps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 1"

    @each(
        ("scheme", "settings", "found"),
        [
            ("fooocus", '{"seed": 1, "steps": 2}', True),
            ("fooocus", '{"seed": 1, "size": 2}', False),
            ("a1111", '{"seed": 1, "steps": 2}', True),
            ("a1111", AS_TEXT, True),
            ("a1111", "Steps:30, Seed: 1", False),
            ("fooocus", AS_TEXT, False),
            ("sepia", AS_TEXT, False),
        ],
    )
    def test_settings_have_the_form_that_the_scheme_names(
        self, scheme: str, settings: str, found: bool
    ) -> None:
        expected = [(GENERATED, self.SAYS, None, "Fooocus", None, False)] if found else []
        in_png = png("fooocus_scheme", scheme), png("parameters", settings)
        assert told("fooocus", *in_png) == expected
        assert told("fooocus", exif("MakerNote", scheme), exif("UserComment", settings)) == expected

    def test_what_is_no_such_settings_hides_none_behind_it(self) -> None:
        settings = {"metadata_scheme": "fooocus", "seed": 1, "base_model": 5, "steps": 2}
        before = [exif("UserComment", text) for text in ("a fox", 'no "metadata_scheme" here')]
        assert len(told("fooocus", *before, exif("UserComment", settings))) == 1


class TestDrawThings:
    def test_a_model_has_a_name(self) -> None:
        settings = {"c": "a fox", "seed": 1, "steps": 2, "sampler": "x"}
        for model, name in (("sdxl", "sdxl"), (5, None), ({"name": "sdxl"}, None)):
            one = xmp("exif:UserComment", {**settings, "model": model})
            says = "Draw Things generation settings"
            assert told("drawthings", one) == [(GENERATED, says, None, "Draw Things", name, False)]


class TestXai:
    SAYS = "xAI signature, with an image id as the artist"

    @each(("length", "found"), [(64, True), (63, False), (200, True)])
    def test_a_signature_in_either_place(self, length: int, found: bool) -> None:
        expected = [(GENERATED, self.SAYS, "xAI", "Grok", None, False)] if found else []
        text = "Signature: " + "Q" * length
        for key in ("ImageDescription", "UserComment"):
            assert told("xai", exif("Artist", UUID), exif(key, text)) == expected
        both = [exif("UserComment", text), exif("ImageDescription", text)]
        assert told("xai", exif("Artist", UUID), *both) == expected
        assert told("xai", exif("Artist", "a person"), *both) == []
        assert len(told("xai", exif("Artist", "a person"), exif("Artist", UUID), *both)) == found


class TestTextMarks:
    SUNO = f"made with suno; created=2025-01-01T00:00:00Z; id={UUID}"
    DEFORUM = "F#: 3; Cadence: False; Seed: 12; Angle: 0"

    @each(
        ("one", "expected"),
        [
            (png("a", SUNO), ("Suno's line with the time and the id of a song", "Suno", "Suno")),
            (png("a", DEFORUM), ("Deforum's line of settings for a frame", None, "Deforum")),
            (field(Source.ID3, "WOAS", f"https://suno.com/song/{UUID}"),
             ("address of a song at Suno as the source of the recording", "Suno", "Suno")),
            (field(Source.ID3, "WXXX:x", f"https://suno.com/song/{UUID}"),
             ("address of a song at Suno as the source of the recording", "Suno", "Suno")),
        ],
    )  # as a table  # fmt: skip
    def test_what_a_line_says(self, one: Field, expected: tuple[Any, ...]) -> None:
        assert told("text.mark", one) == [(GENERATED, *expected, None, False)]
        others = [png("b", "x" * 600), png("c", "see suno.com/song/ for made with suno")]
        assert told("text.mark", *others, one, one) == [(GENERATED, *expected, None, False)] * 2

    def test_an_address_counts_in_its_fields_alone(self) -> None:
        for key in ("WOAR", "TIT2"):
            assert told("text.mark", field(Source.ID3, key, f"https://suno.com/song/{UUID}")) == []
        assert told("text.mark", png("WOAS", f"https://suno.com/song/{UUID}")) == []

    def test_a_line_has_512_characters_at_most(self) -> None:
        for length, count in ((512, 1), (513, 0)):
            assert len(told("text.mark", png("a", self.DEFORUM.ljust(length, "x")))) == count


class TestRemnant:
    EDITED = "the XMP history names an action of C2PA, but there is no credential: it was removed"
    HISTORY = "xmpMM:History/rdf:Seq/rdf:li"

    def noted(self, *fields: Field) -> list[tuple[str, str]]:
        return [(one.message, one.where) for one in run(*fields)[1]]

    def test_a_history_says_it_once_for_each_packet(self) -> None:
        saved = xmp("stEvt:action", "saved", context=self.HISTORY)
        edited = xmp("stEvt:action", "c2pa.edited", context=self.HISTORY)
        later = xmp("stEvt:action", "c2pa.edited", context=self.HISTORY, offset=9)
        assert self.noted(saved, edited, edited, later) == [
            (self.EDITED, "XMP @0 stEvt:action"),
            (self.EDITED, "XMP @9 stEvt:action"),
        ]

    def test_a_reference_is_named_by_its_place(self) -> None:
        key = "dcterms:provenance"
        fields = [xmp(key, "https://a.example"), xmp(key, "self#jumbf=x", offset=9)]
        ((_, where),) = self.noted(*fields, xmp(key, "self#jumbf=y", offset=9))
        assert where == f"XMP @9 {key}"

    def test_a_sidecar_says_nothing_of_a_credential_and_hides_none(self) -> None:
        for key, value, context in (
            ("dcterms:provenance", "self#jumbf=x", ""),
            ("stEvt:action", "c2pa.edited", self.HISTORY),
        ):
            sidecar = field(Source.XMP, key, value, place="beside a.xmp", context=context)
            assert self.noted(sidecar) == []
            own = xmp(key, value, context=context, offset=9)
            assert [where for _, where in self.noted(sidecar, own)] == [f"XMP @9 {key}"]


def test_a_form_that_is_none_hides_none_behind_it() -> None:
    with_none = [png("Description", "a cat"), field(Source.TRAILER, "PEg_Info", "{}")]
    edit = field(Source.TRAILER, "PEg_Info", '{"genAIType": 1}')
    assert len(told("samsung", *with_none, edit)) == 1
    assert told("midjourney", *with_none) == []
