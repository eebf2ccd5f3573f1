"""From the judged store to the manifests of a report: what is shown of each, bounded."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from provenance.base.terms import Assurance, Identity, Integrity, Revocation, TimeStatus
from provenance.base.text import expected, is_label, is_media_type
from provenance.base.values import dataclass
from provenance.credentials import ai_disclosure
from provenance.signals import official, source_types
from provenance.verdict import shown_marks as show
from provenance.verdict.report import (
    MAX_ENTRIES,
    ActionInfo,
    AiDisclosureInfo,
    IngredientInfo,
    ManifestAxes,
    ManifestInfo,
    SignerInfo,
    withheld,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance.credentials.integrity import ManifestIntegrity
    from provenance.credentials.manifest import Manifest, ManifestStore, Product
    from provenance.marks.soft_binding import Declared, MarkCheck
    from provenance.signals.manifest_paths import Strength
    from provenance.signing.chain_answer import ChainVerdict


@dataclass(frozen=True, slots=True)
class CheckedManifests:
    """What is known of the manifests of a store, by label: nothing of one that was not checked.

    `broken` says why a link fails, by the labels of manifest and ingredient. `declared` holds what
    manifests declare of soft bindings and watermarks, `checked` what came of looking for a soft
    binding, by the labels of manifest and binding.
    """

    standings: Mapping[str, ManifestIntegrity] = field(default_factory=dict)
    chains: Mapping[str, ChainVerdict] = field(default_factory=dict)
    strengths: Mapping[str, Strength] = field(default_factory=dict)
    broken: Mapping[tuple[str, str], str] = field(default_factory=dict)
    declared: Mapping[str, Declared] = field(default_factory=dict)
    checked: Mapping[tuple[str, str], MarkCheck] = field(default_factory=dict)


def manifests(
    store: ManifestStore, known: CheckedManifests, *, show_personal_data: bool
) -> tuple[ManifestInfo, ...]:
    """Return what a report shows of each manifest, in the order of the walk.

    Titles and descriptions may name people or hold prompts: they are withheld unless asked for.
    Manifests that nothing refers to come last, unjudged.
    """
    infos = []
    for label, manifest in list(store.manifests.items())[:MAX_ENTRIES]:
        chain = known.chains.get(label)
        standing = known.standings.get(label)
        strength = known.strengths.get(label)
        infos.append(
            ManifestInfo(
                label=label,
                active=label == store.active,
                referenced=standing is not None,
                claim_version=manifest.claim_version,
                update=manifest.is_update,
                title=withheld(manifest.title, "title", show=show_personal_data),
                generators=tuple(product_name(p) for p in manifest.generators[:MAX_ENTRIES]),
                signer=_signer(chain),
                axes=axes(standing.integrity if standing else Integrity.UNCHECKED, chain),
                assurance=strength.assurance if strength else Assurance.NONE,
                limit=strength.reason if strength else "no ingredient refers to this manifest",
                signing_time=chain.signing_time if _proven(chain) and chain else None,
                time_stamp_authority=_authority(chain),
                revoked_at=chain.revocation.time if _proven(chain) and chain else None,
                official_signals=(
                    *official.inceptions(manifest),
                    *official.transformations(manifest),
                ),
                actions=_actions(manifest, show_personal_data=show_personal_data),
                ingredients=_ingredients(
                    manifest, known.broken, show_personal_data=show_personal_data
                ),
                ai_disclosures=_disclosures(manifest),
            )
        )
    return _with_marks(infos, known, show_personal_data=show_personal_data)


def _with_marks(
    infos: list[ManifestInfo], known: CheckedManifests, *, show_personal_data: bool
) -> tuple[ManifestInfo, ...]:
    declared = known.declared
    if not declared:
        return tuple(infos)

    return tuple(
        replace(
            info,
            soft_bindings=show.soft_bindings(
                declared[info.label],
                {label: value for (of, label), value in known.checked.items() if of == info.label},
                show_personal_data=show_personal_data,
            ),
            watermarks=show.watermarks(declared[info.label]),
        )
        if info.label in declared
        else info
        for info in infos
    )


def _disclosures(manifest: Manifest) -> tuple[AiDisclosureInfo, ...]:
    return tuple(
        AiDisclosureInfo(
            model_type=disclosure.model_type,
            model_name=disclosure.model_name,
            model_identifier=disclosure.model_identifier,
            oversight=disclosure.oversight,
            scientific_domains=disclosure.scientific_domains,
            part=disclosure.part,
            where=disclosure.label,
        )
        for disclosure in ai_disclosure.disclosures(manifest)
    )


def product_name(product: Product) -> str:
    """Return the name of a claim generator or software agent, with its version."""
    return f"{product.name} {product.version}".strip()


def _proven(chain: ChainVerdict | None) -> bool:
    return chain is not None and chain.signature_valid


def axes(integrity: Integrity, chain: ChainVerdict | None) -> ManifestAxes:
    """Return the answers for one manifest: nothing is said of a chain whose signature fails."""
    if chain is None or not chain.signature_valid:
        return ManifestAxes(
            integrity, Identity.UNPROVEN, TimeStatus.UNKNOWN, Revocation.NOT_CHECKED
        )
    return ManifestAxes(integrity, chain.identity, chain.time, chain.revocation.status)


def _signer(chain: ChainVerdict | None) -> SignerInfo | None:
    if chain is None or not chain.path:
        return None
    leaf = chain.path[0]
    return SignerInfo(
        organisation=leaf.organisation,
        common_name=leaf.common_name,
        issuer=leaf.issuer,
        serial=leaf.serial,
        sha256=leaf.sha256,
        proven=chain.signature_valid,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        anchor=chain.hits[0].subject if chain.hits else "",
        lists=tuple(dict.fromkeys(hit.list_name for hit in chain.hits)),
    )


def _authority(chain: ChainVerdict | None) -> str:
    if chain is None or not chain.signature_valid:
        return ""
    trusted = [s for s in chain.time_stamps if s.trusted and s.time == chain.signing_time]
    return trusted[0].authority if trusted else ""


def _source_type(value: str, *, show: bool) -> str:
    return expected(value, fits=source_types.known(value), show=show)


def _actions(manifest: Manifest, *, show_personal_data: bool) -> tuple[ActionInfo, ...]:
    return tuple(
        ActionInfo(
            action=expected(a.name, fits=is_label(a.name), show=show_personal_data),
            source_type=_source_type(a.source_type, show=show_personal_data),
            agent=product_name(a.agent) if a.agent else "",
            part=a.part,
            where=a.where,
            description=withheld(a.description, "description", show=show_personal_data),
        )
        for a in manifest.all_actions()[:MAX_ENTRIES]
    )


def _ingredients(
    manifest: Manifest,
    broken: Mapping[tuple[str, str], str],
    *,
    show_personal_data: bool,
) -> tuple[IngredientInfo, ...]:
    return tuple(
        IngredientInfo(
            label=i.label,
            relationship=i.relationship.value if i.relationship else "",
            manifest=i.target or "",
            title=withheld(i.title, "title", show=show_personal_data),
            media_type=expected(
                i.media_type, fits=is_media_type(i.media_type), show=show_personal_data
            ),
            source_type=_source_type(i.source_type, show=show_personal_data),
            broken=broken.get((manifest.label, i.label), ""),
        )
        for i in manifest.ingredients[:MAX_ENTRIES]
    )
