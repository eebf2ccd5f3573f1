"""Words for people in place of terms: every value of the vocabulary, places, labels, actions."""

from __future__ import annotations

from support.each import each

from provenance.render import plain_words
from provenance.signals import source_types
from provenance.signals.official import INCEPTION_ACTIONS, NON_EDITORIAL_ACTIONS


def test_every_source_type_has_words() -> None:
    names = {uri.rpartition("/")[2] for uri in source_types._TABLE}
    assert set(plain_words.SOURCE_TYPES) == names
    assert [
        uri
        for uri in names
        if plain_words.source_type(uri) != plain_words.SOURCE_TYPES[source_types.short_name(uri)]
    ] == []
    assert plain_words.source_type("x" * 100) == "unknown value"


@each("name", sorted(INCEPTION_ACTIONS | NON_EDITORIAL_ACTIONS))
def test_every_official_action_has_words(name: str) -> None:
    assert "c2pa" not in plain_words.action(name)
    assert "_" not in plain_words.action(name)


@each(
    ("said", "shown"),
    [
        ("c2pa.created: trainedAlgorithmicMedia, x", "Created: generative AI, x"),
        ("c2pa.created: empty", "Created: blank canvas"),
        ("an empty list", "An empty list"),
        ("com.example.edited by OpenAI, GPT-4o", "Com.example.edited by OpenAI, GPT-4o"),
        ("a marker (APP1 @12 ImageDescription).", "A marker (field ImageDescription)."),
        ("x (urn:c2pa:12-34/c2pa.actions.v2[0]); y", "X; y"),
        ("but: urn:c2pa:12-34: c2pa.cropped is not", "But: cropped is not"),
        ("but: contentauth:urn:uuid:12-34/c2pa.ingredient: no", "But: ingredient: no"),
        (
            "altered after signing: a.b.mismatch in c2pa.actions.v2.",
            "Altered after signing: actions.",
        ),
        ("altered after signing: assertion.action.redacted.", "Altered after signing."),
        ("componentOf: compositeSynthetic", "Contains: composite with synthetic parts"),
    ],
)
def test_a_statement_is_told_in_plain_words(said: str, shown: str) -> None:
    assert plain_words.words(said) == shown
