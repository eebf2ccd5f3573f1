"""What a sample does that `provenance lint` must say, beyond the specification's failure codes.

The kit's sound manifest meets every demand of the conformance programme. What a sample does against
one, on purpose or as its fault, is a `DemandBreach`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Success(StrEnum):
    """The rules that ask for failure codes, by the question."""

    WELL_FORMED = "well_formed_success"
    VALID = "valid_success"
    TRUSTED = "trusted_success"


class DemandBreach(StrEnum):
    """A demand of the programme that a manifest does not meet, by the id of its rule."""

    LABEL = "active_manifest_urn"
    """The label is a `urn:uuid`, as before version 2 (C2PA 2.2 section 8.1)."""
    SPEC_VERSION = "mandatory_spec_version"
    """The claim generator names no version of the specification (2.4 section 10.2.3.2)."""
    INCEPTION = "inception_action_position"
    """No actions assertion among the created ones opens with how the asset began. An update
    manifest has none, since nothing begins with it; the rubric makes no exception for it."""
    COMPLETENESS = "mandatory_all_actions_included"
    """The actions assertion does not say whether it is complete."""
    UNLISTED_ASSERTION = "no_unsupported_assertions"
    """An assertion of the standard that the rubric does not list (2.4 section 19.3.2)."""
    OLD_ASSERTION = "no_deprecated_assertions"
    """An assertion in a form that a later one took the place of (2.2 section 6.3)."""
    OLD_ACTION = "no_deprecated_actions"
    """`c2pa.color_adjustments`, now `c2pa.adjustedColor` (2.2 section 18.14.11)."""
    SILENT_CREATION = "mandatory_dst_for_created_action"
    """`c2pa.created` without a source type (2.2 section 18.14.4.5)."""
    SILENT_EDIT = "mandatory_dst_for_perceptible_transformations"
    """An editorial action without a source type (additional requirements)."""
    OPENED_SOURCE = "no_dst_for_opened_action"
    """`c2pa.opened` with a source type, which belongs to what was opened (requirements of 0.2)."""
    OPENED_NOTHING = "opened_action_ingredient_reference"
    """`c2pa.opened` does not name one ingredient (2.4 section 15.10.3.2.3)."""
    RELATIONSHIP = "ingredient_relationship_values"
    """A relationship that is none of the three (2.2 section 18.15.3)."""
    RESULTS = "ingredient_v3_mandatory_validation_results"
    """An ingredient with a manifest and no validation results (2.2 section 18.15.12.4.3)."""
    REPRESENTATION = "alternative_content_representation_choice"
    """An original preservation image that names no place, or two (2.4 section 18.14.2)."""
    CHOICE = "ingredient_v3_choice"
    """An ingredient with a manifest and a source type (2.4 section 18.16.12.3)."""


@dataclass(frozen=True, slots=True)
class Lint:
    """What a sample does to lint, beyond the failure codes that the specification asks for.

    `undecided` are rules that the specification leaves open beside those codes; where the rule of a
    code is among them, one of them all must fail. `shown` is False
    where there is no manifest store that counts or can be read: crJSON lists no manifest then, and
    whatever asks for one fails. `below` is set where the codes are an ingredient's: the rubric
    reads the results of the active manifest, and whether a broken link is told there or among the
    ingredient's own is left open.
    """

    breaches: tuple[DemandBreach, ...] = ()
    undecided: tuple[Success | DemandBreach, ...] = ()
    shown: bool = True
    below: bool = False
