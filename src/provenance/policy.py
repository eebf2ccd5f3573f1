"""What the user wants flagged. The verdict says what is; the policy says what matters."""

from __future__ import annotations

from provenance.terms import Flag
from provenance.values import dataclass

DEFAULT_FLAGS = frozenset({Flag.AI, Flag.BROKEN, Flag.REVOKED, Flag.CONFLICT, Flag.UNREADABLE})

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_AI = 3
EXIT_BROKEN = 4
EXIT_OTHER = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """Which flags of a verdict flag the file. The default is the first five of `Flag`."""

    flags: frozenset[Flag] = DEFAULT_FLAGS

    def flagged(self, flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
        """Return those of a verdict's flags that this policy asks for, in their order."""
        return tuple(f for f in flags if f in self.flags)

    def exit_code(self, flags: tuple[Flag, ...]) -> int:
        """Return the exit code for one verdict: 3 AI, 4 broken or revoked, 5 other, else 0."""
        hit = self.flagged(flags)
        if Flag.AI in hit:
            return EXIT_AI
        if Flag.BROKEN in hit or Flag.REVOKED in hit:
            return EXIT_BROKEN
        return EXIT_OTHER if hit else EXIT_OK


def combine(codes: set[int]) -> int:
    """Return the one exit code of a run: 3 over 4 over 5 over 1 over 0."""
    for code in (EXIT_AI, EXIT_BROKEN, EXIT_OTHER, EXIT_ERROR):
        if code in codes:
            return code
    return EXIT_OK
