"""Personal data in the manifest, and pictures in it: what a signer publishes without meaning to.

A manifest is copied with the file, and taking something out again breaks its signature. The rules
name the fields and never their values.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from provenance.base.finding import Severity
from provenance.linting.profiles import EU, INTEROP
from provenance.linting.rule import Example, Results, failed, join_listed, passed, rule
from provenance.linting.subject import objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance.linting.rule import RuleProfile
    from provenance.linting.subject import ManifestView, Subject

MAX_FIELDS = 20_000  # of one manifest that are looked at
MAX_DEPTH = 32
MAX_NAME = 256  # characters of one name in a place: every field below it repeats them
MAX_EMAIL = 320  # characters; RFC 5321 section 4.5.3.1
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# One character is enough of what is before the @: more of them only cost time.
_EMAIL = re.compile(r"[^@\s:/<>\"]@[^@\s:/<>\"]{1,250}\.[A-Za-z]{2}")
# Words of a field's name, as written in camel case, with dots, dashes, colons or underscores.
_LOCATION = (
    frozenset({"gps", "latitude"}),
    frozenset({"gps", "longitude"}),
    frozenset({"gps", "position"}),
    frozenset({"latitude"}),
    frozenset({"longitude"}),
    frozenset({"geo", "coordinates"}),
)
_PROMPT = (frozenset({"prompt"}), frozenset({"prompts"}))
_ACCOUNT = tuple(
    frozenset(words.split())
    for words in (
        "email",
        "e mail",
        "username",
        "user name",
        "user id",
        "userid",
        "account",
        "account id",
        "account name",
        "accountid",
        "login",
        "phone",
        "telephone",
    )
)
_PROMPT_TYPE = "c2pa.types.generator.prompt"


def _assertion(label: str, content: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"assertions": {label: content}}


@rule(
    "interop.personal_location",
    title="The manifest holds no position",
    profiles=(INTEROP,),
    severity=Severity.WARNING,
    section="C2PA 2.4 sections 9.2.6 and 18.17; C2PA Security Considerations",
    advice="Leave GPS fields out of metadata assertions unless the user asked for them.",
    example=Example(
        passes=_assertion("c2pa.metadata", {"exif:Make": "Example"}),
        fires=_assertion(
            "c2pa.metadata", {"exif:GPSLatitude": "39,21.102N", "exif:GPSLongitude": "74,26.5737W"}
        ),
    ),
)
def personal_location(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for latitude and longitude in every assertion."""
    return _answer(_fields_called(subject.active, _LOCATION), "a position", "no position")


@rule(
    "interop.personal_prompt",
    title="The manifest holds no prompt",
    profiles=(INTEROP,),
    severity=Severity.WARNING,
    section="C2PA 2.4 sections 18.15.4.7 and 18.16.8; C2PA Security Considerations",
    advice="Leave prompts out unless the user asked for them: people write names into them.",
    example=Example(
        passes=_assertion("org.example.generation", {"org.example.seed": 7}),
        fires=_assertion("org.example.generation", {"org.example.prompt": "a gradient"}),
    ),
)
def personal_prompt(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for prompts in actions, ingredients and custom assertions."""
    places = list(_fields_called(subject.active, _PROMPT))
    for label, held in subject.active.contents():
        kinds = objects(held.get("dataTypes")) if label.startswith("c2pa.ingredient") else ()
        if any(k.get("type") == _PROMPT_TYPE for k in kinds):
            places.append(f"{label}/dataTypes")
    return _answer(places, "a prompt", "no prompt")


@rule(
    "interop.personal_account",
    title="The manifest names no account",
    profiles=(INTEROP,),
    severity=Severity.WARNING,
    section="C2PA Security Considerations; CAWG Identity Assertion 1.2",
    advice="Leave e-mail addresses, user names and account numbers out. Who wants to be named signs"
    " a CAWG identity assertion, which can be redacted.",
    example=Example(
        passes=_assertion("org.example.run", {"model": "example-1"}),
        fires=_assertion("org.example.run", {"user_id": "u-4711"}),
    ),
)
def personal_account(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for fields named like an account, and for values that are e-mail addresses."""
    places = [*_fields_called(subject.active, _ACCOUNT), *_emails(subject.active)]
    return _answer(places, "an account or address", "no account")


@rule(
    "interop.thumbnail",
    title="The manifest holds no thumbnail",
    profiles=(INTEROP,),
    severity=Severity.NOTE,
    section="C2PA 2.4 section 18.13",
    advice="Leave thumbnails out where the content is sensitive: they show it to all who read the"
    " credential, also where the file itself is shown blurred or not at all.",
    example=Example(
        passes={"assertions": {"c2pa.thumbnail.claim": None}},
        fires=_assertion(
            "c2pa.thumbnail.claim",
            {"identifier": "self#jumbf=/c2pa/x/c2pa.assertions/c2pa.thumbnail.claim"},
        ),
    ),
)
def thumbnail(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for thumbnails of the asset and of its ingredients, in every manifest."""
    thumbnails = [
        a.label
        for view in subject.manifests
        for a in view.manifest.assertions
        if a.base.startswith("c2pa.thumbnail")
    ]
    if thumbnails:
        return failed(f"thumbnails in the manifests: {len(thumbnails)}", join_listed(thumbnails))
    return passed("there is no thumbnail", subject.active.label)


@rule(
    "eu.personal_data",
    title="The signed marking holds nothing private",
    profiles=(EU,),
    severity=Severity.NOTE,
    section="Code of Practice on Transparency of AI-Generated Content, sub-measure 1.1.1",
    advice="Leave private data out of the marking, or put what the user asked for into an assertion"
    " of its own, which can be redacted.",
    example=Example(
        passes=_assertion("org.example.run", {"model": "example-1"}),
        fires=_assertion("org.example.run", {"prompt": "a gradient"}),
    ),
)
def eu_personal_data(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for all of the above in one go."""
    view = subject.active
    places = [*_fields_called(view, (*_LOCATION, *_PROMPT, *_ACCOUNT)), *_emails(view)]
    return _answer(places, "private data", "nothing private")


def _answer(occurrences: Any, bad: str, good: str) -> Results:
    places = list(dict.fromkeys(occurrences))
    if places:
        return failed(f"{bad} is in {join_listed(places)}", places[0].partition("/")[0])
    return passed(f"{good} was found by name")


def _fields_called(view: ManifestView, wanted: tuple[frozenset[str], ...]) -> Iterator[str]:
    """Yield the places of fields whose name has all words of one of the sets, and has a value.

    The words that count are the last ones: `user_id` is an account, `user_id_hashing` is not.
    """
    for path, value in _fields(view):
        if value in (None, "", [], {}):
            continue
        words = [w.lower() for w in _PARTS.findall(path.rpartition("/")[2])]
        if any(frozenset(words[-len(phrase) :]) == phrase for phrase in wanted):
            yield path


def _emails(view: ManifestView) -> Iterator[str]:
    for path, value in _fields(view):
        if isinstance(value, str) and len(value) <= MAX_EMAIL and _EMAIL.search(value):
            yield path


def _fields(view: ManifestView) -> Iterator[tuple[str, Any]]:
    """Yield (place, value) of every field of every assertion, at most 20,000."""
    left = MAX_FIELDS
    pending: list[tuple[str, Any, int]] = [
        (label, held, 0) for label, held in reversed(tuple(view.contents()))
    ]
    while pending and left > 0:
        path, value, depth = pending.pop()
        entries: list[tuple[str, Any]] = []
        if isinstance(value, dict):
            named = itertools.islice(value.items(), left)
            entries = [(f"{path}/{key[:MAX_NAME]}", member) for key, member in named]
        elif isinstance(value, list):
            entries = [(path, element) for element in value if isinstance(element, dict | list)]
            left -= len(value) - len(entries)
        left -= len(entries)
        if isinstance(value, dict):
            yield from entries
        if depth < MAX_DEPTH:
            pending += [(p, v, depth + 1) for p, v in reversed(entries)]


RULES = (personal_location, personal_prompt, personal_account, thumbnail, eu_personal_data)
