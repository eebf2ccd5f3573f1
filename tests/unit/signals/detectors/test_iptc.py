"""IPTC's properties for AI and its source types: what each marker and each finding says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.each import each
from unit.signals.detectors.make import IPTC, png, run, xmp

from provenance.base.terms import Origin
from provenance.signals.detectors import ai_systems

if TYPE_CHECKING:
    from provenance.media.metadata.field import Field

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
AI, CAPTURE = IPTC + "trainedAlgorithmicMedia", IPTC + "digitalCapture"
KEY = "Iptc4xmpExt:DigitalSourceType"
PART = "xmpMM:Pantry/rdf:Bag/rdf:li"


def told(*fields: Field, of: str = "iptc.ai") -> list[tuple[Any, ...]]:
    found = []
    for name, marker in run(*fields)[0]:
        if name == of:
            by = (marker.vendor, marker.product, marker.model)
            found.append((marker.origin, marker.says, *by, marker.whole, marker.field.value))
    return found


def noted(*fields: Field) -> list[tuple[str, str, str]]:
    return [(one.code, one.message, one.where) for one in run(*fields)[1]]


def ai(name: str, value: str, *, offset: int = 0, context: str = "") -> Field:
    return xmp(f"Iptc4xmpExt:AI{name}", value, offset=offset, context=context)


FILLED = "IPTC properties for generative AI are filled in: "


class TestProperties:
    @each(
        ("fields", "expected"),
        [
            ([ai("PromptInformation", "a"), ai("SystemUsed", "Midjourney")],
             (MODIFIED, FILLED + "AIPromptInformation, AISystemUsed", "Midjourney", "Midjourney",
              None, False, "Midjourney")),
            ([ai("SystemUsed", "Imagen"), ai("SystemVersionUsed", "4")],
             (MODIFIED, FILLED + "AISystemUsed, AISystemVersionUsed", "Google", "Imagen",
              "Imagen 4", False, "Imagen")),
            ([ai("SystemUsed", "Imagen v3"), ai("SystemVersionUsed", "4")],
             (MODIFIED, FILLED + "AISystemUsed, AISystemVersionUsed", "Google", "Imagen",
              "Imagen v3", False, "Imagen v3")),
            ([ai("SystemVersionUsed", "Imagen 4"), ai("PromptWriterName", "a")],
             (MODIFIED, FILLED + "AISystemVersionUsed, AIPromptWriterName", "Google", "Imagen",
              "Imagen 4", False, "Imagen 4")),
            ([ai("SystemUsed", "Acme"), ai("SystemVersionUsed", "Imagen 4")],
             (MODIFIED, FILLED + "AISystemUsed, AISystemVersionUsed", "Google", "Imagen",
              "Imagen 4", False, "Acme")),
            ([ai("SystemUsed", "Imagen"), xmp(KEY, AI)],
             (GENERATED, FILLED + "AISystemUsed", "Google", "Imagen", None, True, "Imagen")),
            ([ai("PromptInformation", "a"), ai("PromptWriterName", "b"), xmp(KEY, AI)],
             (GENERATED, FILLED + "AIPromptInformation, AIPromptWriterName", None, None, None,
              True, "a")),
            ([ai("SystemUsed", "Imagen"), xmp(KEY, CAPTURE)],
             (MODIFIED, FILLED + "AISystemUsed", "Google", "Imagen", None, False, "Imagen")),
            ([ai("SystemUsed", "Imagen"), xmp(KEY, AI, offset=9)],
             (MODIFIED, FILLED + "AISystemUsed", "Google", "Imagen", None, False, "Imagen")),
            ([ai("SystemUsed", "Imagen"), xmp(KEY, AI, context=PART)],
             (MODIFIED, FILLED + "AISystemUsed", "Google", "Imagen", None, False, "Imagen")),
        ],
    )  # as a table  # fmt: skip
    def test_what_a_packet_says(self, fields: list[Field], expected: tuple[Any, ...]) -> None:
        assert told(*fields) == [expected]

    def test_each_packet_speaks_for_itself(self) -> None:
        fields = [ai("SystemUsed", "Imagen"), ai("SystemUsed", "Midjourney", offset=9)]
        assert [one[3] for one in told(*fields)] == ["Imagen", "Midjourney"]

    def test_what_is_empty_or_of_a_part_says_nothing(self) -> None:
        assert told(ai("SystemUsed", " \0")) == []
        assert told(ai("SystemUsed", "Imagen", context=PART)) == []
        assert noted(ai("PromptInformation", "a")) == []

    @each(
        ("fields", "name", "key"),
        [
            ([ai("SystemUsed", "Acme\0")], "Acme", "SystemUsed"),
            ([ai("SystemVersionUsed", "9"), ai("SystemUsed", "Acme")], "Acme", "SystemUsed"),
            ([ai("PromptInformation", "a"), ai("SystemVersionUsed", "x9")], "x9",
             "SystemVersionUsed"),
            ([ai("SystemUsed", "x" * 81)], "a long text", "SystemUsed"),
        ],
    )  # as a table  # fmt: skip
    def test_a_system_of_which_nobody_knows_is_named(
        self, fields: list[Field], name: str, key: str
    ) -> None:
        message = f"an AI system that is not in the table, so it gives no origin: {name}"
        where = f"XMP @0 Iptc4xmpExt:AI{key}"
        assert noted(*fields) == [("marker.unknown_system", message, where)]
        assert told(*fields) == []


class TestSourceTypes:
    FORM = "the digital source type is not written as its URI "
    UNKNOWN = ("iptc.source_type_unknown", "a digital source type that is not in the vocabulary",
               f"XMP @0 {KEY}")  # as a table  # fmt: skip

    def told(self, *fields: Field) -> list[tuple[Any, ...]]:
        return [
            (marker.origin, marker.says, marker.source_type, marker.whole)
            for name, marker in run(*fields)[0]
            if name == "iptc.source_type"
        ]

    @each(
        ("one", "expected"),
        [
            (xmp(KEY, AI), (GENERATED, "digital source type trainedAlgorithmicMedia", AI, True)),
            (xmp(KEY, CAPTURE),
             (Origin.CAPTURED, "digital source type digitalCapture", CAPTURE, True)),
            (xmp(KEY, AI, context=PART),
             (POSSIBLE, ("digital source type trainedAlgorithmicMedia, of a part that the packet"
              " describes"), AI, False)),
            (xmp(KEY, CAPTURE, context=PART),
             (None, "digital source type digitalCapture, of a part that the packet describes",
              CAPTURE, False)),
            (png("DigitalSourceType", AI.upper()),
             (GENERATED, "digital source type trainedAlgorithmicMedia", AI, True)),
        ],
    )  # as a table  # fmt: skip
    def test_what_a_value_says(self, one: Field, expected: tuple[Any, ...]) -> None:
        assert self.told(one) == [expected]
        assert self.told(xmp(KEY, " "), xmp(KEY, "nonsense"), one) == [expected]

    def test_how_it_is_written(self) -> None:
        assert noted(xmp(KEY, AI)) == []
        for value in ("trainedAlgorithmicMedia", AI.upper()):
            where = f"XMP @0 {KEY}"
            assert noted(xmp(KEY, value)) == [("iptc.source_type_form", self.FORM + AI, where)]

    def test_eight_unknown_values_are_noted(self) -> None:
        for count in (7, 8, 9, 20):
            fields = [xmp(KEY, f"nonsense{n}") for n in range(count)]
            assert noted(*fields, xmp(KEY, AI)) == [self.UNKNOWN] * min(count, 8)
            assert len(self.told(*fields, xmp(KEY, AI))) == 1

    def test_a_plain_text_is_heard_where_it_says_ai(self) -> None:
        texts = [png("DigitalSourceType", value) for value in (CAPTURE, "nonsense", "")]
        assert self.told(*texts) == []
        assert noted(*texts) == []


@each(
    ("text", "found"),
    [
        ("DALL-E", ("OpenAI", "DALL·E", None)),
        ("Imagen", ("Google", "Imagen", None)),
        ("imagen", ("Google", "Imagen", None)),
        ("Imagen 4", ("Google", "Imagen", "Imagen 4")),
        ("Imagen v4 Ultra", ("Google", "Imagen", "Imagen v4 Ultra")),
        ("Google Imagen 4", ("Google", "Google Imagen", "Google Imagen 4")),
        ("Imagen  4,  2026", ("Google", "Imagen", "Imagen 4")),
        ("Imagen via ChatGPT Image", ("Google", "Imagen", None)),
        ("Adobe Photoshop, Imagen", ("Google", "Imagen", None)),
        ("V4, Imagen", ("Google", "Imagen", None)),
        ("Imagen, Turbo", ("Google", "Imagen", None)),
        ("Generative AI by iStock", ("Getty Images", "Generative AI by iStock", None)),
        ("Imagen," * 8, ("Google", "Imagen", None)),
        ("Imagen," * 9, None),
        ("Imagen was not used", None),
        ("Imagen, no", None),
        ("Imagen no", None),
        ("v4", None),
        ("Adobe Photoshop", None),
        ("Acme", None),
        (",", None),
        ("", None),
        (f"Imagen{' ' * 250}no", ("Google", "Imagen", None)),
        (f"Imagen{' ' * 249}no", None),
    ],
)
def test_names_of_systems(text: str, found: tuple[Any, ...] | None) -> None:
    one = ai_systems.named_system(text)
    assert (one and (one.vendor, one.product, one.model)) == found
