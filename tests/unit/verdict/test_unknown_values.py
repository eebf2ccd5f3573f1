"""Free text of a file where a name of a vocabulary belongs: it is not shown unless asked for."""

from __future__ import annotations

import json

import pytest
from support.each import each
from support.hostile_credentials import AT
from support.pki import FIXTURES
from support.writer import Manifest

from provenance import Options, TrustStore, Verifier
from provenance.base.text import UNKNOWN_VALUE, expected, is_label, is_media_type
from provenance.kit import media
from provenance.kit.claims import NewAssertion, NewIngredient, actions, created
from provenance.kit.writer import signed_file

SECRET = "Jane Doe of 5 Main Street, born in 1990"
LABEL = "urn:c2pa:00000000-0000-4000-8000-00000000b001"


def reported(*assertions: NewAssertion, show: bool = False, **more: object) -> str:
    """The record of a signed picture, as text."""
    roots = [FIXTURES / "pki" / "anchors.pem"]
    trust = TrustStore.load(bundled=False, anchors=roots, tsa_anchors=roots)
    verifier = Verifier(trust=trust, at=AT, options=Options(show_personal_data=show))
    data = signed_file(media.gradient_jpeg(), Manifest(LABEL, assertions, **more))  # type: ignore[arg-type]  # of a manifest
    return json.dumps(verifier.verify_bytes(data).to_dict())


PLACES = {
    "source type of an action": (actions({"action": "c2pa.created", "digitalSourceType": SECRET}),),
    "source type of an edit": (
        created("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"),
        NewAssertion(
            "c2pa.actions.v2__1",
            {"actions": [{"action": "c2pa.edited", "digitalSourceType": SECRET}]},
        ),
    ),
    "name of an action": (actions({"action": SECRET}),),
    "source type in metadata": (
        NewAssertion("org.example.metadata", {"Iptc4xmpExt:DigitalSourceType": SECRET}),
    ),
    "algorithm of a soft binding": (
        NewAssertion(
            "c2pa.soft-binding", {"alg": SECRET, "blocks": [{"scope": {}, "value": b"x"}]}
        ),
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_value_of_no_vocabulary_reads_unknown_value(place: str) -> None:
    found = reported(*PLACES[place])
    assert "Jane" not in found
    assert "Main" not in found
    assert UNKNOWN_VALUE in found


@pytest.mark.parametrize("place", PLACES)
def test_a_value_of_no_vocabulary_is_shown_where_asked_for(place: str) -> None:
    assert SECRET in reported(*PLACES[place], show=True)


def test_the_media_type_of_an_ingredient_is_shown_only_in_its_form() -> None:
    one = NewIngredient("componentOf", media_type=SECRET)
    assert "Jane" not in reported(ingredients=(one,))
    assert SECRET in reported(ingredients=(one,), show=True)
    assert "image/avif" in reported(
        ingredients=(NewIngredient("componentOf", media_type="image/avif"),)
    )


def test_an_instance_id_is_in_no_report() -> None:
    for show in (False, True):
        assert "Jane" not in reported(instance_id=SECRET, show=show)


def test_codes_recorded_by_an_earlier_tool_are_shown_only_in_their_form() -> None:
    said = {
        "relationship": SECRET,
        "dc:title": "",
        "validationStatus": [{"code": SECRET, "url": "x"}],
    }
    assert "Jane" not in reported(NewAssertion("c2pa.ingredient.v2", said))


def test_labels_and_actions_of_honest_files_stay() -> None:
    found = reported(
        actions(
            {"action": "c2pa.created", "digitalSourceType": "digitalCapture"},
            {"action": "com.example.retouched_2", "digitalSourceType": ""},
        )
    )
    assert UNKNOWN_VALUE not in found
    assert "com.example.retouched_2" in found
    assert "digitalCapture" in found


@pytest.mark.parametrize("text", ["c2pa.edited", "com.example.a-b_c", "c2pa:x", "a.b.c.d.e.f.g"])
def test_a_text_in_the_form_of_a_label_is_shown(text: str) -> None:
    assert is_label(text)
    assert expected(text, fits=is_label(text)) == text


@each("text", ["edited", "a b.c", "a..b", ".a", "a.", "a." + "b" * 41, "é.a", "a.b\n"])
def test_a_text_that_is_no_label_is_withheld(text: str) -> None:
    assert not is_label(text)
    assert expected(text, fits=is_label(text)) == UNKNOWN_VALUE
    assert expected(text, fits=False, show=True) == text
    assert expected("", fits=False) == ""


def test_only_well_formed_media_types_are_shown() -> None:
    assert is_media_type("image/svg+xml")
    assert is_media_type("png")
    assert is_media_type("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    for text in ("image", "secret/jane", "image/jane doe", "image/", "image/jpeg; q=Jane", SECRET):
        assert not is_media_type(text)
