"""Official rules about assertions as a whole: which there are, and fields of single ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.credentials.assertion_content import text_value
from provenance.linting import official_lists
from provenance.linting.examples import HASH
from provenance.linting.profiles import CONFORMANCE, FROM_2_4
from provenance.linting.rule import Example, failed, join_listed, passed, rule
from provenance.linting.subject import mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.linting.rule import Results, RuleProfile
    from provenance.linting.subject import Object, Subject

_METADATA = "c2pa.assertion.metadata"


def _none_of(subject: Subject, labels: Sequence[str], good: str, bad: str) -> Results:
    if labels:
        return failed(f"{bad}: {join_listed(labels)}", labels[0])
    return passed(good, subject.active.label)


@rule(
    "no_deprecated_assertions",
    title="No assertion is deprecated",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 6.3 and appendix C",
    advice="Write the current version: c2pa.actions.v2, c2pa.ingredient.v3, c2pa.hash.bmff.v3,"
    " c2pa.asset-type.v2; move what stds.* held into c2pa.metadata or a CAWG assertion.",
    example=Example(
        passes={"assertions": {"c2pa.metadata": {}}},
        fires={"assertions": {"stds.schema-org.CreativeWork": {}}},
    ),
)
def no_deprecated_assertions(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for labels that the specification has dropped; an instance number is another label."""
    deprecated = [
        label
        for label, _ in subject.active.contents()
        if label.startswith(official_lists.DEPRECATED_PREFIX)
        or label in official_lists.DEPRECATED_ASSERTIONS
    ]
    return _none_of(subject, deprecated, "no assertion is deprecated", "deprecated")


@rule(
    "no_unsupported_assertions",
    title="Every assertion in the c2pa namespace is one that the specification knows",
    profiles=CONFORMANCE,
    section="C2PA 2.2 sections 6.2, 6.2.2 and 6.3",
    advice="Use a label of the specification (thumbnails without a file type:"
    " c2pa.thumbnail.claim), or one in a namespace of your own.",
    example=Example(
        passes={"assertions": {"c2pa.thumbnail.claim": {}}},
        fires={"assertions": {"c2pa.thumbnail.claim.jpeg": {}}},
    ),
)
def no_unsupported_assertions(subject: Subject, profile: RuleProfile) -> Results:
    """Look for standard labels that this version of the specification does not know."""
    known = official_lists.assertions(profile.spec) | official_lists.DEPRECATED_ASSERTIONS
    unknown = [
        label
        for label, _ in subject.active.contents()
        # the rubric takes whatever follows the mark for an instance, a number or not
        if label.startswith("c2pa.") and label.partition("__")[0] not in known
    ]
    return _none_of(subject, unknown, "each standard assertion is known", "not known")


@rule(
    "no_unrecognized_custom_assertions",
    title="Every assertion of one's own bears a namespace",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 6.2.2",
    advice="Prefix the label with a domain of your own, such as com.example.render.",
    example=Example(
        passes={"assertions": {"com.example.render": {}}},
        fires={"assertions": {"render": {}}},
    ),
)
def no_unrecognized_custom_assertions(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for labels without a dot."""
    bare = [label for label, _ in subject.active.contents() if "." not in label]
    return _none_of(subject, bare, "each assertion has a namespace", "without a namespace")


@rule(
    "review_ratings_datasource",
    title="No review rating is next to an entry that a person made",
    profiles=CONFORMANCE,
    section="C2PA 2.2 section 18.3.3",
    advice="Take reviewRatings away where dataSource is a human entry.",
    example=Example(
        passes={
            "assertions": {
                _METADATA: {"reviewRatings": [{"value": 5}], "dataSource": {"type": "signer"}}
            }
        },
        fires={
            "assertions": {
                _METADATA: {
                    "reviewRatings": [{"value": 5}],
                    "dataSource": {"type": "humanEntry.anonymous"},
                }
            }
        },
    ),
)
def review_ratings_datasource(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for both in one assertion."""
    labels = [
        label
        for label, held in subject.active.contents()
        if held.get("reviewRatings") is not None
        and text_value(mapping(held.get("dataSource")).get("type")) in official_lists.HUMAN_ENTRIES
    ]
    return _none_of(
        subject, labels, "no rating next to a human entry", "reviewRatings next to a human entry"
    )


def _alternative(parameters: Object) -> Object:
    return {"type": official_lists.PRESERVATION_IMAGE, "parameters": parameters}


@rule(
    "alternative_content_representation_choice",
    title="An original preservation image is given in exactly one of two ways",
    profiles=FROM_2_4,
    section="C2PA 2.4 section 15.10.3.2.7",
    advice="Give either multiAssetPartIndex or embeddedOriginalPreservationImage.",
    example=Example(
        passes={
            "assertions": {
                "c2pa.alternative-content-representation": _alternative({"multiAssetPartIndex": 1})
            }
        },
        fires={"assertions": {"c2pa.alternative-content-representation": _alternative({})}},
    ),
)
def alternative_content_representation_choice(subject: Subject, _profile: RuleProfile) -> Results:
    """Count the two parameters of each such assertion."""
    labels = []
    for label, held in subject.active.contents():
        parameters = mapping(held.get("parameters"))
        kinds = (held.get("type"), parameters.get("type"))
        if official_lists.PRESERVATION_IMAGE not in kinds:
            continue
        names = ("multiAssetPartIndex", "embeddedOriginalPreservationImage")
        if sum(parameters.get(n) is not None for n in names) != 1:
            labels.append(label)
    return _none_of(
        subject, labels, "no choice is open or doubled", "both ways or neither are given"
    )


_FORBIDDEN = frozenset(
    {"c2pa.actions", "c2pa.actions.v2", "c2pa.cloud-data", "c2pa.external-reference"}
)
_FORBIDDEN_PREFIXES = ("c2pa.hash", "c2pa.ingredient")


def _external(label: str) -> Object:
    return {"label": label, "url": "https://example.com/assertion", "alg": "sha256", "hash": HASH}


@rule(
    "forbidden_labels_in_external_references",
    title="No external reference is to actions, hashes, ingredients or another reference",
    profiles=FROM_2_4,
    section="C2PA 2.4 sections 15.10.3.2.2 and 18.24.1",
    advice="Keep these assertions in the manifest itself.",
    example=Example(
        passes={"assertions": {"c2pa.external-reference": _external("com.example.render")}},
        fires={"assertions": {"c2pa.external-reference": _external("c2pa.actions.v2")}},
    ),
)
def forbidden_labels_in_external_references(subject: Subject, _profile: RuleProfile) -> Results:
    """Look at every assertion that names a label and a URL."""
    references = []
    for label, held in subject.active.contents():
        other = text_value(held.get("label"))
        if held.get("url") is None or held.get("relationship") is not None:
            continue
        if other in _FORBIDDEN or other.startswith(_FORBIDDEN_PREFIXES):
            references.append((label, other))
    if references:
        names = join_listed(other for _, other in references)
        return failed(f"an external reference is to {names}", references[0][0])
    return passed("no external reference is to a forbidden label", subject.active.label)


@rule(
    "no_url_in_hashes",
    title="No hash assertion holds a url",
    profiles=FROM_2_4,
    section="C2PA 2.4 sections 18.5 and 18.6",
    advice="Take the field url out of the hash assertion.",
    example=Example(
        passes={},
        fires={"assertions": {"c2pa.hash.data": {"url": "https://example.com/"}}},
    ),
)
def no_url_in_hashes(subject: Subject, _profile: RuleProfile) -> Results:
    """Look at the data hash and the BMFF hash."""
    labels = ("c2pa.hash.data", "c2pa.hash.bmff.v3")
    with_url = [n for n in labels if subject.active.content(n).get("url")]
    return _none_of(subject, with_url, "no hash assertion holds a url", "with a url")


@rule(
    "no_box_hash_for_tiff",
    title="A TIFF or DNG file is not bound by a box hash",
    profiles=FROM_2_4,
    section="C2PA 2.4 sections 15.10.1.2 and 18.7.3.3",
    advice="Bind TIFF and DNG files with c2pa.hash.data.",
    example=Example(
        passes={"assertions": {"c2pa.asset-type.v2": {"dc:format": "image/tiff"}}},
        fires={
            "assertions": {
                "c2pa.asset-type.v2": {"dc:format": "image/tiff"},
                "c2pa.hash.boxes": {"alg": "sha256", "boxes": []},
            }
        },
    ),
)
def no_box_hash_for_tiff(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for a box hash beside a declared TIFF type."""
    declared = text_value(subject.active.content("c2pa.asset-type.v2").get("dc:format"))
    boxed = any(label == "c2pa.hash.boxes" for label, _ in subject.active.contents())
    if boxed and declared in official_lists.TIFF_TYPES:
        return failed(f"a box hash binds {declared}", "c2pa.hash.boxes")
    return passed("no box hash binds a TIFF file", subject.active.label)


RULES = (
    no_deprecated_assertions,
    no_unsupported_assertions,
    no_unrecognized_custom_assertions,
    review_ratings_datasource,
    alternative_content_representation_choice,
    forbidden_labels_in_external_references,
    no_url_in_hashes,
    no_box_hash_for_tiff,
)
