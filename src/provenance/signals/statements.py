"""What one manifest says of origin: its actions, ingredients, metadata and disclosures.

Rules: design of this project, `docs/origin.md`. In short: a source type in `c2pa.created` or
`c2pa.opened` describes the asset; a generative value in any other action means that a part was
changed; the official non-editorial actions never set an origin; training and mining permissions
are rights, never origin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provenance.base.terms import Origin
from provenance.base.text import quotable_name
from provenance.base.values import dataclass
from provenance.credentials import ai_disclosure
from provenance.credentials.manifest import (
    Action,
    ActionsAssertion,
    Assertion,
    ContentError,
    Linkage,
    Manifest,
    Product,
    Relationship,
)
from provenance.signals import generators, odd_forms, signed_metadata, source_types
from provenance.signals.official import INCEPTION_ACTIONS, NON_EDITORIAL_ACTIONS
from provenance.signals.relationships import effective_relationship
from provenance.signals.signal import Basis, GeneratorClaim, Role, Statement
from provenance.signals.source_type_fields import source_type_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.signals.generators import Generator

METADATA = frozenset(
    {
        "c2pa.metadata",
        "cawg.metadata",
        "stds.exif",
        "stds.iptc",
        "stds.iptc.photo-metadata",
        "stds.metadata",
        "stds.schema-org.CreativeWork",
    }
)
_LABELS = (b"AISystem", b"AIGC", b"Credit")  # in the names that `signed_metadata` looks for
_CUSTOM_METADATA = ".metadata"  # ends the label of anybody's metadata assertion (section 18.19)
DISCLOSURES = (ai_disclosure.LABEL, "c2pa.ai_generated_content")
_ACTIONS = frozenset({"c2pa.actions", "c2pa.actions.v2"})
_INGREDIENT = "c2pa.ingredient"
_UNKNOWN = Relationship.COMPONENT_OF  # what an ingredient of no known relationship counts as
_GONE = frozenset({Linkage.MISSING, Linkage.REDACTED})
_MAX_UNKNOWN = 64  # values of one assertion that no vocabulary knows: shown, and of no weight
# Actions that a generative product may have done with its model; cropping is not among them.
_CREATIVE_ACTIONS = frozenset({"c2pa.edited", "c2pa.drawing", "c2pa.dubbed"})


def is_metadata(base: str) -> bool:
    """Tell whether an assertion of this label holds metadata, the standard's or anybody's own."""
    return base in METADATA or base.endswith(_CUSTOM_METADATA)


def speaks_of_origin(base: str) -> bool:
    """Tell whether an assertion that is neither actions nor ingredient may speak of origin."""
    return base in DISCLOSURES or is_metadata(base)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who a manifest's certificate names, and what that name is worth.

    `listed` means that the chain reaches the official or the interim list: who brings an anchor of
    their own may have its certificates name whom they like. `proven` means that the claim
    signature verifies.
    """

    organisation: str = ""
    common_name: str = ""
    listed: bool = False
    proven: bool = False


def read_statements(manifest: Manifest, signer: Signer) -> tuple[Statement, ...]:
    """Return everything the manifest says of origin, in claim order."""
    said = (
        *_from_actions(manifest, signer),
        *_from_ingredients(manifest, signer),
        *_from_metadata(manifest, signer),
        *_from_disclosures(manifest, signer),
        *odd_forms.statements(manifest),
        *_from_bytes(manifest),
    )
    loose = {a.label for a in manifest.assertions if a.linkage is not Linkage.MATCH}
    if not loose:
        return said
    return tuple(_unsealed(s) if loose & {s.where, s.where.rpartition("[")[0]} else s for s in said)


def _unsealed(said: Statement) -> Statement:
    """What is in an altered assertion was not signed, so that no signer vouches for a name."""
    named = said.generator and replace(said.generator, basis=Basis.DECLARED)
    return replace(said, sealed=False, generator=named)


def _from_actions(manifest: Manifest, signer: Signer) -> Iterator[Statement]:
    for action in manifest.all_actions():
        generator = name_generator(manifest, signer, action.agent)
        if action.effective_source_type:
            yield from _by_source_type(action, generator)
        else:
            yield from _by_agent(action, manifest, generator)
    for group in manifest.actions:
        if group.rest:
            generator = name_generator(manifest, signer, None)
            for action in _one_of_each(group):
                yield from _by_source_type(action, generator)


def _one_of_each(group: ActionsAssertion) -> Iterator[Action]:
    """Yield what actions beyond a bound say, as far as it means anything, each meaning once."""
    met = set()
    for name, source_type, index in group.rest:
        if not source_types.known(source_type):
            continue
        kind = name if name in INCEPTION_ACTIONS or name in NON_EDITORIAL_ACTIONS else bool(name)
        meaning = (kind, source_types.canonical(source_type)[0])
        if meaning not in met:
            met.add(meaning)
            yield Action(name, source_type, None, "", (), group.part, group.label, index)


def _by_source_type(action: Action, generator: GeneratorClaim | None) -> Iterator[Statement]:
    kind = action.effective_source_type
    value = source_types.origin_of(kind)
    whole = action.name in INCEPTION_ACTIONS
    if action.name in NON_EDITORIAL_ACTIONS or not action.name:
        value = None
    elif not whole:
        value = source_types.of_a_part(value)
    says = f"{action.shown}: {source_types.source_type_named(kind)}"
    yield Statement("c2pa.actions", value, whole, says, kind, action.where, action.part, generator)


def _by_agent(
    action: Action, manifest: Manifest, generator: GeneratorClaim | None
) -> Iterator[Statement]:
    """Read an action without a source type by who did it, where that is a generative product."""
    name, known = _known_agent(action, manifest)
    if known is None or known.generative is not True:
        return
    if action.name == "c2pa.created":
        origin, whole = Origin.AI_GENERATED, True
    elif action.name in _CREATIVE_ACTIONS:
        origin, whole = Origin.AI_POSSIBLE, False
    else:
        return
    says = f"{action.name} by {quotable_name(name)}, a generative product; no source type given"
    yield Statement("c2pa.generator", origin, whole, says, "", action.where, action.part, generator)


def _known_agent(action: Action, manifest: Manifest) -> tuple[str, Generator | None]:
    if action.agent is not None:
        return action.agent.name, generators.by_software_agent(action.agent.name)
    for product in manifest.generators:
        known = generators.by_claim_generator(product.name)
        if known is not None:
            return product.name, known
    return "", None


def _from_ingredients(manifest: Manifest, signer: Signer) -> Iterator[Statement]:
    roles = {
        Relationship.PARENT_OF: Role.ASSET,
        Relationship.INPUT_TO: Role.INPUT,
    }
    for ingredient in manifest.ingredients:
        value = source_types.origin_of(ingredient.source_type)
        if value is None:
            continue
        kind = ingredient.relationship.value if ingredient.relationship else "ingredient"
        yield Statement(
            "c2pa.ingredient",
            value,
            whole=True,
            says=f"{kind}: {source_types.source_type_named(ingredient.source_type)}",
            source_type=ingredient.source_type,
            where=ingredient.label,
            part=ingredient.part,
            generator=name_generator(manifest, signer, None),
            role=roles.get(
                effective_relationship(ingredient, manifest) or _UNKNOWN, Role.COMPONENT
            ),
        )


def _from_metadata(manifest: Manifest, signer: Signer) -> Iterator[Statement]:
    for assertion in manifest.assertions:
        if not is_metadata(assertion.base) or assertion.refused or assertion.linkage in _GONE:
            continue
        try:
            content = assertion.decode()
        except ContentError:
            content = None
        if content is None:  # nor has XML any that was decoded
            yield from _in_bytes(manifest, assertion, acts=False)
            continue
        yield from _from_labels(manifest, signer, assertion, content)
        for value in _telling(source_type_values(content)):
            counts_as = source_types.counts_as(value)
            yield Statement(
                "c2pa.metadata",
                source_types.origin_of(counts_as),
                whole=True,
                says=f"{assertion.base}: {source_types.source_type_named(counts_as)}",
                source_type=counts_as,
                where=assertion.label,
                part=assertion.part,
                generator=name_generator(manifest, signer, None),
                capped=counts_as != source_types.canonical(value)[0],
            )


def _from_labels(
    manifest: Manifest, signer: Signer, assertion: Assertion, content: Any
) -> Iterator[Statement]:
    """Read labels of generated content that are no digital source type."""
    if not any(mark in assertion.payload for mark in _LABELS):
        return

    for marker in signed_metadata.markers(content):
        agent = Product(marker.product or marker.vendor or "")
        yield Statement(
            "c2pa.metadata",
            marker.origin,
            whole=marker.whole,
            says=f"{assertion.base}: {marker.says}",
            source_type="",
            where=assertion.label,
            part=assertion.part,
            generator=name_generator(manifest, signer, agent if agent.name else None),
        )


def _telling(values: list[str]) -> Iterator[str]:
    """Yield every value that means something, and a few of the others to be shown."""
    others = 0
    for value in values:
        if source_types.known(source_types.counts_as(value)):
            yield value
        elif others < _MAX_UNKNOWN:
            others += 1
            yield value


def _from_disclosures(manifest: Manifest, signer: Signer) -> Iterator[Statement]:
    """Read `c2pa.ai-disclosure` (C2PA 2.4 section 18.28) and vendors' own assertions.

    A disclosure names a model that took part, not how: whether the whole was generated is for
    the source type to say.
    """
    for assertion in manifest.named(ai_disclosure.LABEL):
        said = ai_disclosure.read_disclosure(_content_or_none(assertion))
        agent = Product(said.model_name) if said.model_name else None
        model_name = f" ({quotable_name(agent.name)})" if agent else ""
        yield Statement(
            ai_disclosure.LABEL,
            Origin.AI_MODIFIED,
            whole=False,
            says=f"discloses that an AI model took part{model_name}",
            source_type="",
            where=assertion.label,
            part=assertion.part,
            generator=name_generator(manifest, signer, agent),
        )
    for assertion in manifest.named("c2pa.ai_generated_content"):
        data = _content_or_none(assertion)
        if not isinstance(data, dict) or data.get("ai_generated") is not True:
            continue
        model = data.get("model")
        agent = Product(model) if isinstance(model, str) and model else None
        yield Statement(
            "c2pa.vendor",
            Origin.AI_GENERATED,
            whole=True,
            says=f"{assertion.base}: ai_generated is true (an assertion no standard defines)",
            source_type="",
            where=assertion.label,
            part=assertion.part,
            generator=name_generator(manifest, signer, agent),
            capped=True,
        )


def _from_bytes(manifest: Manifest) -> Iterator[Statement]:
    """Search what cannot be decoded, or is over a bound, for words of AI.

    A name in the bytes may be in any field, but whoever made the file put it there.
    """
    read = {g.label for g in manifest.actions} | {i.label for i in manifest.ingredients}
    for assertion in manifest.assertions:
        acts = assertion.base in _ACTIONS
        if assertion.refused or (
            (acts or assertion.base.startswith(_INGREDIENT)) and (assertion.label not in read)
        ):
            yield from _in_bytes(manifest, assertion, acts=acts)


def _in_bytes(manifest: Manifest, assertion: Assertion, *, acts: bool) -> Iterator[Statement]:
    if assertion.linkage in _GONE:
        return
    begins = not acts or any(name.encode() in assertion.payload for name in INCEPTION_ACTIONS)
    for value in source_types.names_in(assertion.payload):
        origin = source_types.origin_of(value)
        yield Statement(
            "c2pa.actions" if acts else "c2pa.metadata",
            origin if begins else source_types.of_a_part(origin),
            whole=begins,
            says=f"{assertion.base}, which cannot be read, has "
            f"{source_types.short_name(value)} in it",
            source_type=value,
            where=assertion.label,
            part=assertion.part,
            generator=name_generator(manifest, Signer(), None),
            role=Role.COMPONENT if assertion.base.startswith(_INGREDIENT) else Role.ASSET,
            capped=True,
        )


def _content_or_none(assertion: Assertion) -> Any:
    if assertion.linkage in _GONE:
        return None
    try:
        return assertion.decode()
    except ContentError:
        return None


def name_generator(
    manifest: Manifest, signer: Signer, agent: Product | None
) -> GeneratorClaim | None:
    """Say who made it: the most specific name first - agent, claim generator, signer.

    The basis is `signer` only where a listed certificate names the same vendor.
    """
    by_signer = generators.by_signer(signer.organisation, signer.common_name)
    named = generators.by_software_agent(agent.name) if agent else None
    claimed = next(
        (g for p in manifest.generators if (g := generators.by_claim_generator(p.name))), None
    )
    main = named or claimed or by_signer
    vouched = signer.listed and signer.proven
    if main is None:
        raw = _unknown_name(manifest, agent)
        return GeneratorClaim(None, raw, None, Basis.DECLARED) if raw else None
    same = [g for g in (named, claimed, by_signer) if g and g.vendor == main.vendor]
    model = next((g.model for g in same if g.model), None)
    if model and agent and named and named.model == model and agent.version:
        model = f"{model} {agent.version}"
    basis = Basis.SIGNER if vouched and by_signer in same else Basis.DECLARED
    product = next((g.product for g in same if g.product), None)
    return GeneratorClaim(main.vendor, product, model, basis)


def _unknown_name(manifest: Manifest, agent: Product | None) -> str:
    for product in (agent, *manifest.generators):
        if product is not None and not generators.is_library(product.name):
            return product.name[:256]
    return ""
