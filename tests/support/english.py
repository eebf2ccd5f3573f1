"""Habits that texts for users do not have: words and turns that a machine can tell from good ones.

A text says where something is (not where it "stands"), what comes after what (not "behind"), and
what is not a JPEG (not "is no JPEG").
"""

from __future__ import annotations

import re

DROPPED = re.compile(
    r"\b(authentic|genuine|stands?|behind|beside|at hand|of ours|on no list|as given|mend)\b"
    r"|(?<![Tt]here )\b(is|are) no\b"
    r"|\bh[eo]ld (\w+ ){0,2}against\b|\bwhat (it|they) says? of\b|\bcomes? along\b"
)
ALLOWED = re.compile(
    r"stands up for|stand behind it"  # idioms of their own
    r"|never (says|says that a file is|called) authentic(, real or human)?"
    r"|[Nn]o more than"
    r"|`[^`]*`"  # code, and names in it
)


def habits(text: str) -> list[str]:
    """Return what is to be said otherwise; a text is taken without its line breaks."""
    return [found[0] for found in DROPPED.finditer(ALLOWED.sub("", " ".join(text.split())))]
