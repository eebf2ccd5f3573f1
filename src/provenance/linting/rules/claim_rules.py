"""Official rules about the claim and the label of its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.linting import official_lists
from provenance.linting.examples import LABEL
from provenance.linting.profiles import CONFORMANCE, FROM_0_2, FROM_2_4
from provenance.linting.rule import Example, failed, passed, rule

if TYPE_CHECKING:
    from provenance.linting.rule import Results, RuleProfile
    from provenance.linting.subject import ManifestView, Subject

_URN = "urn:c2pa:"


@rule(
    "active_manifest_urn",
    title="The active manifest is labelled with a urn:c2pa",
    profiles=CONFORMANCE,
    section="C2PA 2.2 sections 8.1 and 10.2.1",
    advice="Label manifests urn:c2pa:<UUID>, not urn:uuid:<UUID>.",
    example=Example(passes={}, fires={"label": LABEL.replace(_URN, "urn:uuid:")}),
)
def active_manifest_urn(subject: Subject, _profile: RuleProfile) -> Results:
    """Look at the label of the active manifest."""
    label = subject.active.label
    if label.startswith(_URN):
        return passed(f"the label opens with {_URN}", label)
    return failed(f"the label does not open with {_URN}", label)


@rule(
    "mandatory_spec_version",
    title="The claim generator names the version of the specification",
    profiles=FROM_0_2,
    section="C2PA 2.4 section 10.2.3.2",
    advice="Write specVersion into claim_generator_info of a version 2 claim, such as 2.4.0; it"
    " must agree with the version that the product is assessed for.",
    example=Example(
        passes={},
        fires={"claim.v2": {"claim_generator_info": {"specVersion": "1.4.0"}}},
    ),
)
def mandatory_spec_version(subject: Subject, profile: RuleProfile) -> Results:
    """Compare major and minor version; before 2.4 the field may be missing."""
    view = subject.active
    expected = profile.spec or official_lists.V2_4
    version = _spec_version(view)
    where = f"{view.claim_label}/claim_generator_info"
    if version is None:
        if expected < official_lists.V2_4:
            return passed("specVersion is not given, which this version allows", where)
        if view.manifest.claim_version != 2:
            return failed("the claim is of version 1, which has no specVersion", where)
        return failed("specVersion is missing", where)
    if not isinstance(version, str):
        return failed("specVersion is not a text", where)
    major, minor = expected
    if version.split(".")[:2] == [str(major), str(minor)]:
        return passed(f"specVersion is {version}", where)
    return failed(f"specVersion is {version}, not {major}.{minor}", where)


def _spec_version(view: ManifestView) -> Any:
    """Return the specVersion of the first claim generator of a version 2 claim."""
    named = view.generators() if view.manifest.claim_version == 2 else ()
    return named[0].get("specVersion") if named else None


@rule(
    "no_deprecated_claim_fields",
    title="The claim holds no field that the specification has moved",
    profiles=FROM_2_4,
    section="C2PA 2.4 sections 10.2.1 and 10.2.3.2",
    advice="Write specVersion into claim_generator_info, not into the claim itself.",
    example=Example(passes={}, fires={"claim.v2": {"specVersion": "2.4.0"}}),
)
def no_deprecated_claim_fields(subject: Subject, _profile: RuleProfile) -> Results:
    """Look for specVersion in the claim itself."""
    view = subject.active
    if view.manifest.claim_version == 2 and view.claim.get("specVersion") is not None:
        return failed("specVersion is in the claim itself", view.claim_label)
    return passed("the claim holds no field that was moved", view.claim_label)


RULES = (active_manifest_urn, mandatory_spec_version, no_deprecated_claim_fields)
