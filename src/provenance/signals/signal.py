"""A signal: what something says of the media's origin, where it is, and how far it carries."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from provenance.base.values import dataclass

if TYPE_CHECKING:
    from provenance.base.terms import Assurance, Origin


class Role(StrEnum):
    """What the manifest of a signal is to the asset, along the path from the active manifest."""

    ASSET = "asset"
    COMPONENT = "component"
    INPUT = "input"


class Basis(StrEnum):
    """What the name of a generator rests on. Only `signer` is identity."""

    SIGNER = "signer"
    DECLARED = "declared"
    MARKER = "marker"


BY_SETTINGS = "by its settings"


def generator_name(vendor: str | None, product: str | None, model: str | None) -> str:
    """Return who made it for an overview: the vendor, else the product, else that settings say so.

    Empty where nothing is known of a generator at all.
    """
    return vendor or product or (BY_SETTINGS if model else "")


@dataclass(frozen=True, slots=True)
class GeneratorClaim:
    """Who or what made the media, as far as something says so."""

    vendor: str | None
    product: str | None
    model: str | None
    basis: Basis

    @property
    def shown(self) -> str:
        """Name and model for an overview."""
        name = generator_name(self.vendor, self.product, self.model)
        return ", ".join(filter(None, (name, self.model)))


@dataclass(frozen=True, slots=True)
class Statement:
    """What one place of one manifest says of origin, before its path is considered.

    `origin` is what it would mean for an asset that the manifest describes, None where it means
    nothing for the origin and is only shown. `whole` tells a statement about the asset from one
    about a change to it. `capped` is set for evidence that the standard does not define: it never
    counts as verified. `sealed` tells whether the claim has the digest of what says it:
    otherwise it is not what was signed. `part` is `created`, `gathered` or `claim`.
    """

    detector: str
    origin: Origin | None
    whole: bool
    says: str
    source_type: str
    where: str
    part: str
    generator: GeneratorClaim | None = None
    capped: bool = False
    role: Role = Role.ASSET
    sealed: bool = True


@dataclass(frozen=True, slots=True)
class Signal:
    """A statement with its path and its assurance.

    `supports` is the origin it supports for this asset, None where it supports none (an input's
    origin, a neutral source type). `path` runs from the active manifest to the one that says it;
    `weakest` is the manifest on that path that limits `assurance`, `limit` why. `signer` is the
    certificate's organisation, `signer_proven` whether the claim signature verifies, `sealed`
    whether that signature is over what says it. `loose` marks what the active manifest does not
    lead to: it lies in bytes that no signature of the asset covers, and has no path. `from_input`
    is set where unsigned metadata says that the generator was given a picture, a clip or a voice.
    """

    detector: str
    supports: Origin | None
    origin: Origin | None
    says: str
    source_type: str
    where: str
    part: str
    assurance: Assurance
    role: Role
    path: tuple[str, ...] = ()
    weakest: str = ""
    limit: str = ""
    signer: str = ""
    signer_proven: bool = False
    generator: GeneratorClaim | None = None
    whole: bool = True
    sealed: bool = True
    loose: bool = False
    from_input: bool = False
