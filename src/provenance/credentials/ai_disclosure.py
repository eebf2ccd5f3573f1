"""The AI disclosure assertion, `c2pa.ai-disclosure` (C2PA 2.4 section 18.28): typed and bounded.

It names a model that took part, and how far people had a hand in it. Everything in it may be of
the wrong type: what is wrong counts as not said.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.base.values import dataclass
from provenance.credentials.assertion_content import text_value
from provenance.credentials.manifest import ContentError, Linkage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.credentials.manifest import Manifest

LABEL = "c2pa.ai-disclosure"
MAX_DISCLOSURES = 16  # of one manifest
MAX_DOMAINS = 16
MODEL_TYPES = frozenset(  # C2PA 2.4 table 12
    "c2pa.types.model" + suffix
    for suffix in (
        *("", ".caffe", ".caffe2", ".catboost", ".coreml", ".flax", ".huggingface.transformers"),
        *(".jax", ".keras", ".lightgbm", ".ml_net", ".mxnet", ".onnx", ".openvino"),
        *(".openvino.parameter", ".openvino.topology", ".paddle", ".pytorch", ".sklearn"),
        *(".tensorflow", ".tensorrt", ".tflite", ".torchscript", ".xgboost"),
    )
)
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")  # as the CDDL of section 18.28.4 has it


class Oversight(StrEnum):
    """How far people had a hand in it, as the maker says; `other` is none of the standard."""

    FULLY_AUTONOMOUS = "fully_autonomous"
    PROMPT_GUIDED = "prompt_guided"
    HUMAN_VALIDATED = "human_validated"
    OTHER = "other"
    NOT_SAID = "not_said"


_LEVELS = (Oversight.FULLY_AUTONOMOUS, Oversight.PROMPT_GUIDED, Oversight.HUMAN_VALIDATED)


@dataclass(frozen=True, slots=True)
class AiDisclosure:
    """One disclosure. Texts are empty where they are not given; `label` is the assertion's."""

    label: str
    part: str
    model_type: str = ""
    model_name: str = ""
    model_identifier: str = ""
    oversight: Oversight = Oversight.NOT_SAID
    scientific_domains: tuple[str, ...] = ()


def disclosures(manifest: Manifest) -> Iterator[AiDisclosure]:
    """Yield the disclosures of a manifest, at most `MAX_DISCLOSURES`; not one that is gone."""
    for assertion in manifest.named(LABEL)[:MAX_DISCLOSURES]:
        if assertion.linkage in {Linkage.MISSING, Linkage.REDACTED}:
            continue
        try:
            data = assertion.decode()
        except ContentError:
            data = None
        yield read_disclosure(data, assertion.label, assertion.part.value)


def read_disclosure(data: Any, label: str = LABEL, part: str = "") -> AiDisclosure:
    """Read what was decoded; anything but a map says nothing. Never raises."""
    if not isinstance(data, dict):
        return AiDisclosure(label, part)
    return AiDisclosure(
        label,
        part,
        model_type=text_value(data.get("modelType")),
        model_name=text_value(data.get("modelName")),
        model_identifier=text_value(data.get("modelIdentifier")),
        oversight=_oversight(data.get("contentProfile")),
        scientific_domains=_domains(data.get("scientificDomain")),
    )


def _oversight(profile: Any) -> Oversight:
    value = profile.get("humanOversightLevel") if isinstance(profile, dict) else None
    if value is None:
        return Oversight.NOT_SAID
    said = [level for level in _LEVELS if level == value]
    return said[0] if said else Oversight.OTHER


def _domains(value: Any) -> tuple[str, ...]:
    """Return the domains: a list by the schema, one text in the standard's own example."""
    held = value if isinstance(value, list) else [value]
    return tuple(domain for domain in map(text_value, held[:MAX_DOMAINS]) if domain)
