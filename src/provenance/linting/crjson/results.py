"""Groups of status codes, as crJSON gives them for a manifest (section 3.8)."""

from __future__ import annotations

from enum import StrEnum

from provenance.linting.crjson.standard_codes import FAILURE, INFORMATIONAL


class ResultGroup(StrEnum):
    """The three groups of the standard (C2PA 2.4 section 15.2.2)."""

    SUCCESS = "success"
    INFORMATIONAL = "informational"
    FAILURE = "failure"


MOST = 10_000  # entries of one group; a reader takes twice as many
ERROR = "general.error"  # the standard's code for what has none of its own


class ManifestResults:
    """The groups of one manifest; an entry with the same code and place is given once.

    Of more than `MOST` entries of a group the rest is left out, and of failures that is said.
    """

    def __init__(self) -> None:
        self._groups: dict[ResultGroup, dict[tuple[str, str], str]] = {g: {} for g in ResultGroup}

    def succeed(self, code: str, url: str, explanation: str = "") -> None:
        """Add a success."""
        self._add(ResultGroup.SUCCESS, code, url, explanation)

    def note(self, code: str, url: str, explanation: str = "") -> None:
        """Add an informational code; one that the standard does not have is left out."""
        if code in INFORMATIONAL:
            self._add(ResultGroup.INFORMATIONAL, code, url, explanation)

    def fail(self, code: str, url: str, explanation: str = "") -> None:
        """Add a failure; one that the standard has no code for is `general.error`."""
        if code in FAILURE:
            self._add(ResultGroup.FAILURE, code, url, explanation)
        else:
            self._add(
                ResultGroup.FAILURE, ERROR, url, f"{code}: {explanation}" if explanation else code
            )

    def _add(self, group: ResultGroup, code: str, url: str, explanation: str) -> None:
        entries = self._groups[group]
        if len(entries) < MOST:
            entries.setdefault((code, url), explanation)
        elif group is ResultGroup.FAILURE:
            entries.setdefault((ERROR, ""), f"more than {MOST} failures: the rest is left out")

    def codes(self, group: ResultGroup) -> set[str]:
        """Return the codes of one group."""
        return {code for code, _ in self._groups[group]}

    def statuses(self) -> dict[str, list[dict[str, str]]]:
        """Return the groups as crJSON has them, each sorted by code and place."""
        return {
            group.value: [
                {"code": code}
                | ({"url": url} if url else {})
                | ({"explanation": words} if words else {})
                for (code, url), words in sorted(entries.items())
            ]
            for group, entries in self._groups.items()
        }


def manifest_url(manifest: str) -> str:
    """Return the URI of a manifest (C2PA 2.4 section 8.4)."""
    return f"self#jumbf=/c2pa/{manifest}"


def assertion_url(manifest: str, assertion: str) -> str:
    """Return the URI of an assertion."""
    return f"{manifest_url(manifest)}/c2pa.assertions/{assertion}"


def signature_url(manifest: str) -> str:
    """Return the URI of a claim signature."""
    return f"{manifest_url(manifest)}/c2pa.signature"
