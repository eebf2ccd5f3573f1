"""The digests that a report gives of an asset, taken while everything else goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.media.digest import Digester

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.base.options import Options
    from provenance.media.asset import Asset
    from provenance.media.hash_thread import Helper


class ReportDigests:
    """Digests as the options ask for them: of any asset, or of one with evidence alone.

    They are begun at once. For those of assets with evidence that is only so for what is read from
    afar, which is read once; else they are begun when `know` says that there is evidence.
    """

    def __init__(
        self, asset: Asset, options: Options, helper: Helper | None, *, sha256: str | None = None
    ) -> None:
        """Begin. `sha256` is the one that is known already, and is not taken again."""
        names = ("sha256", *options.hashes) if options.digest else ()
        self._names = tuple(n for n in dict.fromkeys(names) if n != "sha256" or not sha256)
        self._asset = asset
        self._helper = helper
        self._evidence_only = options.digest_evidence_only
        if self._names and not self._evidence_only:
            asset.hold()
        self._at_once = not self._evidence_only or asset.passes_once
        self._digester = self._begun(self._names if self._at_once else ())

    def _begun(self, names: Sequence[str]) -> Digester:
        digester = Digester(self._asset, names, self._helper)
        digester.start()
        return digester

    def know(self, *, evidence: bool) -> None:
        """Begin, or give up what was begun, now that it is known whether there is evidence."""
        if self._evidence_only and not (evidence and self._at_once):
            self._digester = self._begun(self._names if evidence else ())

    def taken(self) -> dict[str, str]:
        """Wait for them; hex by name. Raises AssetError where the asset cannot be read."""
        return self._digester.hexdigests()
