"""Evidence that was removed, or that cannot be read, must not turn into a clean capture."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from support.pki import FIXTURES
from support.writer import Manifest

from provenance import Origin, TrustStore, Verifier
from provenance.kit import media
from provenance.kit.claims import NewAssertion, actions
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from provenance import Report


class TestWhatIsLeftUnsaid:
    CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

    def judged(self, *assertions: NewAssertion) -> Report:
        begun = actions({"action": "c2pa.created", "digitalSourceType": self.CAPTURE})
        made = Manifest("urn:c2pa:00000000-0000-4000-8000-00000000a001", (begun, *assertions))
        roots = [FIXTURES / "pki" / "anchors.pem"]
        trust = TrustStore.load(bundled=False, anchors=roots, tsa_anchors=roots)
        verifier = Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))
        return verifier.verify_bytes(signed_file(media.gradient_jpeg(), made))

    def test_a_claim_of_capture_alone_is_captured(self) -> None:
        found = self.judged().verdict
        assert found is not None
        assert found.origin is Origin.CAPTURED

    def test_actions_that_cannot_be_read_are_a_gap(self) -> None:
        edit = {"action": "c2pa.edited", "description": "x" * (1 << 20)}
        beyond_our_bounds = NewAssertion("c2pa.actions.v2__1", {"actions": [edit]})
        found = self.judged(beyond_our_bounds).verdict
        assert found is not None
        assert found.origin is Origin.UNKNOWN
        assert any("cannot be read" in r.message for r in found.reasons), found.reasons

    def test_a_source_type_is_found_however_deep_it_stands(self) -> None:
        nested: dict[str, object] = {"Iptc4xmpExt:DigitalSourceType": self.MODEL}
        for _ in range(24):
            nested = {"x": nested}
        found = self.judged(NewAssertion("c2pa.metadata", nested)).verdict
        assert found is not None
        assert found.origin is Origin.AI_GENERATED
