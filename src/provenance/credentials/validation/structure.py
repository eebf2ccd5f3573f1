"""Structure and form of every manifest on the way to the active one, by chapter 15 of C2PA 2.4.

In the order of the standard:

- 15.6 and 15.7: the claim, and where its signature is (`claim`);
- 15.10.1: what a standard and an update manifest must and must not hold (`kinds`);
- 15.10.3.1: each assertion is there, sealed, and can be read (`assertions`);
- 15.10.3.2: the rules of each kind of assertion (`assertions`, `actions`);
- 15.10.3.3: references between boxes (`references`);
- 15.11: ingredients, their links and redactions (`ingredients`).

Signatures and certificates (15.7 to 15.9) are `provenance.signing`'s, the media (15.12)
`hard_binding`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.credentials.validation import actions, assertions, claim, ingredients, kinds
from provenance.credentials.validation.references import References

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import ManifestStore
    from provenance.credentials.validation.fault import RuleFault


def structure_faults(store: ManifestStore) -> tuple[RuleFault, ...]:
    """Check every reachable manifest of a store; what nothing refers to rejects nothing."""
    return tuple(dict.fromkeys(_faults(store)))


def _faults(store: ManifestStore) -> Iterator[RuleFault]:
    references = References(store)
    yield from claim.absolute_uri_faults(store)
    for label in store.reachable:
        manifest = store.manifests[label]
        yield from claim.claim_faults(manifest, references)
        if not manifest.claim_version:
            continue
        yield from kinds.kind_faults(manifest)
        yield from assertions.assertion_faults(manifest, references)
        yield from actions.action_faults(manifest, references)
        yield from ingredients.ingredient_faults(manifest, references)
    yield from ingredients.redactions(store)
