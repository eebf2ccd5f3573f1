"""The official profiles by what they hold assets to, for the rules that several of them share."""

from __future__ import annotations

V0_1 = "conformance-0.1-spec-2.2"
V0_2_FOR_2_2 = "conformance-0.2-spec-2.2"
V0_2_FOR_2_4 = "conformance-0.2-spec-2.4"
CONFORMANCE = (V0_1, V0_2_FOR_2_2, V0_2_FOR_2_4)
FROM_0_2 = (V0_2_FOR_2_2, V0_2_FOR_2_4)
FROM_2_4 = (V0_2_FOR_2_4,)
INTEGRITY = "integrity"
SIGNALS = "signals"
