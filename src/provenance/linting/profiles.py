"""The profiles: what each is checked against, and where that is.

The laws and codes are technical checks of what a file says. They are not legal advice, and a file
that passes them may still break the law, or need none of it.
"""

from __future__ import annotations

from provenance.linting.rule import RuleProfile

V0_1 = "conformance-0.1-spec-2.2"
V0_2_FOR_2_2 = "conformance-0.2-spec-2.2"
V0_2_FOR_2_4 = "conformance-0.2-spec-2.4"
CONFORMANCE = (V0_1, V0_2_FOR_2_2, V0_2_FOR_2_4)
FROM_0_2 = (V0_2_FOR_2_2, V0_2_FOR_2_4)
FROM_2_4 = (V0_2_FOR_2_4,)
INTEGRITY = "integrity"
TEXT = "text"
SIGNALS = "signals"
CERTIFICATE = "certificate"
CALIFORNIA = "disclosure-california"
EU = "disclosure-eu"
GB45438 = "label-gb45438"
IPTC = "iptc"
INTEROP = "interop"
AI_DISCLOSURE = "ai-disclosure"

_RUBRICS = "C2PA asset rubrics (c2pa-org/conformance-public, asset-rubrics)"

PROFILES: tuple[RuleProfile, ...] = (
    RuleProfile(INTEGRITY, "Well formed, valid and trusted", f"{_RUBRICS}, integrity"),
    RuleProfile(
        V0_1,
        "C2PA conformance programme 0.1 for specification 2.2",
        f"{_RUBRICS}, conformance0.1-spec2.2",
        (2, 2),
    ),
    RuleProfile(
        V0_2_FOR_2_2,
        "C2PA conformance programme 0.2 for specification 2.2",
        f"{_RUBRICS}, conformance0.2-spec2.2",
        (2, 2),
    ),
    RuleProfile(
        V0_2_FOR_2_4,
        "C2PA conformance programme 0.2 for specification 2.4",
        f"{_RUBRICS}, conformance0.2-spec2.4",
        (2, 4),
    ),
    RuleProfile(
        TEXT,
        "A text whose credential was made for text",
        f"{_RUBRICS}, text-conformance 1.0",
        (2, 4),
    ),
    RuleProfile(
        SIGNALS, "What each manifest says of its origin", f"{_RUBRICS}, signals 1.0 (local)"
    ),
    RuleProfile(
        CERTIFICATE,
        "The signing certificate, its time-stamp and its status",
        "C2PA Certificate Policy 0.2, profiles (https://github.com/c2pa-org/conformance-public);"
        " C2PA 2.4 sections 10.3.2.5, 14.4, 14.5, 15.8 and 15.9 (https://spec.c2pa.org/specifications/)",
        (2, 4),
    ),
    RuleProfile(
        CALIFORNIA,
        "California AI Transparency Act: the latent disclosure",
        "California Business and Professions Code section 22757.3(a), SB 942 of 2024 as amended by"
        " AB 853 of 2025 and SB 1000 of 2026 (signed 2026-09-30), operative 2026-08-02"
        " (https://leginfo.legislature.ca.gov/faces/"
        "codes_displayText.xhtml?lawCode=BPC&division=8.&chapter=25.). The amendment of 2026 was"
        " read in summaries, not in its chaptered words",
        legal=True,
    ),
    RuleProfile(
        EU,
        "EU Code of Practice on Transparency of AI-Generated Content: the marking layers",
        "Code of Practice on Transparency of AI-Generated Content, final version of 2026-06-10,"
        " Commitment 1, Measures 1.1 to 1.3, for Regulation (EU) 2024/1689 Article 50(2)"
        " (https://digital-strategy.ec.europa.eu/en/policies/code-practice-ai-generated-content)",
        legal=True,
    ),
    RuleProfile(
        GB45438,
        "GB 45438-2025: the implicit label in file metadata",
        "GB 45438-2025, chapter 6 and annex E, mandatory since 2025-09-01"
        " (https://openstd.samr.gov.cn/bzgk/gb/newGbInfo?hcno=F32EA2A561F1886CD8D606513512D547);"
        " places by TC260-PG-20257A, 20258A, 20259A and 202510A of 2025-08"
        " (https://www.tc260.org.cn/tc260/sjzn/list_2.shtml). The annex was read in the words of"
        " those who implement it, not in the standard itself",
        legal=True,
    ),
    RuleProfile(
        IPTC,
        "IPTC Digital Source Type, and whether it agrees with the credential",
        "IPTC Photo Metadata Standard 2025.1 (https://www.iptc.org/std/photometadata/specification/"
        "IPTC-PhotoMetadata); IPTC NewsCodes, Digital Source Type"
        " (https://cv.iptc.org/newscodes/digitalsourcetype/)",
    ),
    RuleProfile(
        AI_DISCLOSURE,
        "The AI disclosure assertion: model, oversight, domain",
        "C2PA 2.4 section 18.28 (https://spec.c2pa.org/specifications/)",
        (2, 4),
    ),
    RuleProfile(
        INTEROP,
        "Traps that make one reader say something else than another",
        "C2PA 2.4 (https://spec.c2pa.org/specifications/) and what real products got wrong",
        (2, 4),
    ),
)
