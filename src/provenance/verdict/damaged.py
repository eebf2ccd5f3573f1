"""What is left of evidence in a manifest store that is damaged, and that no reader can take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.terms import GENERATIVE, Assurance, CredentialStatus, Integrity
from provenance.media.container import BlockKind
from provenance.signals import unread_words

if TYPE_CHECKING:
    from provenance.credentials.locate import FoundCredential
    from provenance.credentials.manifest import ManifestStore
    from provenance.media.asset import Asset
    from provenance.media.container import Scan
    from provenance.verdict.evidence import Evidence


def with_words(
    asset: Asset, scan: Scan, credential: FoundCredential, evidence: Evidence
) -> Evidence:
    """Add what the bytes of a damaged manifest store say of AI, where nothing that was read does.

    One changed letter in the name of a box hides what is in it from every reader.
    """
    damaged = (
        credential.status is CredentialStatus.UNREADABLE
        or evidence.axes.integrity is Integrity.BROKEN
        or evidence.broken_links
        or (credential.store is not None and credential.store.unread)
    )
    apart = b"" if damaged or credential.store is None else _unreadable_loose(credential.store)
    if not (damaged or apart) or any(signal.origin in GENERATIVE for signal in evidence.signals):
        return evidence
    blocks = (*scan.blocks_of(BlockKind.MANIFEST_STORE), *scan.remains)
    words = (
        unread_words.words(apart or credential.data, Assurance.BROKEN)
        if apart or credential.data
        else unread_words.words_of(asset, blocks, Assurance.BROKEN)
    )
    if apart:  # as what is read of such a manifest: no weight against a signer who is known
        words = tuple(replace(signal, loose=True) for signal in words)
    return replace(evidence, signals=(*evidence.signals, *words)) if words else evidence


def _unreadable_loose(store: ManifestStore) -> bytes:
    """Return the bytes of the manifests that nothing refers to, and that cannot be read."""
    boxes = (loose.manifest.box for loose in store.loose if not loose.manifest.sound)
    return b"".join(store.data[box.start : box.end] for box in boxes if box is not None)
