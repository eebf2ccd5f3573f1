"""The lines of the text format about AI disclosures: what the maker says of its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.base.text import clean
from provenance.credentials.ai_disclosure import Oversight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provenance.render.vocabulary import Line
    from provenance.verdict.report import AiDisclosureInfo, ManifestInfo

_MAX_LINES = 6
_OVERSIGHT = {
    Oversight.FULLY_AUTONOMOUS: "no human review",
    Oversight.PROMPT_GUIDED: "guided by a prompt, no human approval",
    Oversight.HUMAN_VALIDATED: "reviewed and approved by a human",
    Oversight.OTHER: "human oversight not given in a known form",
    Oversight.NOT_SAID: "",
}


def disclosure_lines(manifests: Sequence[ManifestInfo]) -> Iterator[Line]:
    """Yield one line for each disclosure of the manifests that count, without repetition."""
    said = dict.fromkeys(
        _disclosure_words(disclosure)
        for m in manifests
        if m.referenced
        for disclosure in m.ai_disclosures
    )
    for text in list(said)[:_MAX_LINES]:
        yield (("dim", "  AI model   "), ("", text))


def _disclosure_words(disclosure: AiDisclosureInfo) -> str:
    model = (
        disclosure.model_name or disclosure.model_identifier or disclosure.model_type or "not named"
    )
    more = (_OVERSIGHT[disclosure.oversight], ", ".join(disclosure.scientific_domains))
    return "; ".join(clean(part) for part in (model, *more) if part) + " (declared)"
