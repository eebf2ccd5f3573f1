"""The kit's manifests, signed by the test PKI where a test does not say by whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provenance.kit import claims
from support.pki import credential

if TYPE_CHECKING:
    from provenance.kit.certificates import Credential


@dataclass(frozen=True, slots=True)
class Manifest(claims.NewManifest):
    """A manifest to be written and signed."""

    signer: Credential | None = field(default_factory=credential)
