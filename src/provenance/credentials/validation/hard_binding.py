"""Every hard binding of one manifest, compared with the media by ourselves (C2PA 2.4, 15.12)."""

from __future__ import annotations

import contextlib
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from provenance.base.values import dataclass
from provenance.credentials.manifest import (
    HARD_BINDINGS,
    ContentError,
    Linkage,
    Relationship,
)
from provenance.credentials.validation import (
    bmff_hash,
    box_hash,
    collection_hash,
    data_hash,
    left_out,
    multi_asset,
)
from provenance.credentials.validation.outcome import (
    BindingOutcome,
    BindingResult,
    Malformed,
    TooMuch,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance.credentials.manifest import Assertion, Manifest, ManifestStore
    from provenance.credentials.validation.byte_source import ByteSource, SourcePart
    from provenance.credentials.validation.left_out import FileLayout
    from provenance.media.hash_thread import Helper, Job

MULTI_ASSET = "c2pa.hash.multi-asset"
MAX_BINDINGS = 4  # of one manifest, of which the standard allows one
_BMFF = "c2pa.hash.bmff"
_DATA = "c2pa.hash.data"


@dataclass(frozen=True, slots=True)
class BoundMedia:
    """The media that a credential is compared with.

    `fragments` are the segments of a film that is in several files. `updated` says that an update
    manifest came after the binding, so that the store has grown. `begun` are hashes that are being
    made already, by the place of their assertions.
    """

    source: ByteSource
    layout: FileLayout
    fragments: Sequence[ByteSource] = ()
    updated: bool = False
    begun: Mapping[str, Job[bytes]] = field(default_factory=dict)


def bound_by(store: ManifestStore) -> str:
    """Return the manifest that holds the binding: an update manifest takes its parent's (15.12)."""
    label, seen = store.active, set[str]()
    while store.manifests[label].is_update and label not in seen:
        seen.add(label)
        parents = [
            i.target
            for i in store.manifests[label].ingredients
            if i.relationship is Relationship.PARENT_OF and i.target in store.manifests
        ]
        if len(parents) != 1 or parents[0] is None:
            break
        label = parents[0]
    return label


def store_outcomes(store: ManifestStore, media: BoundMedia) -> tuple[BindingOutcome, ...]:
    """Check the hard bindings that speak for the asset."""
    label = bound_by(store)
    if label != store.active:
        media = replace(media, updated=True)
    return manifest_outcomes(store.manifests[label], media)


def begin_binding(store: ManifestStore, media: BoundMedia, helper: Helper) -> BoundMedia:
    """Begin to hash what `store_outcomes` will compare, where that is known without a look at it.

    The source is in memory: it may be gone when the hash is made.
    """
    label = bound_by(store)
    manifest = store.manifests[label]
    begun = {}
    for assertion in bindings(manifest)[:1]:
        if assertion.linkage is Linkage.MATCH and assertion.base.startswith(_DATA):
            with contextlib.suppress(ContentError):
                job = data_hash.begin_data_hash(
                    assertion.decode(),
                    media.source,
                    media.layout,
                    helper,
                    claim_algorithm=manifest.algorithm,
                    updated=label != store.active,
                )
                if job is not None:
                    begun[f"{label}/{assertion.label}"] = job
    return replace(media, begun=begun) if begun else media


def takes_fragments(store: ManifestStore) -> bool:
    """Tell whether a hard binding that speaks for the asset covers media segments in other files.

    Who asks another validator about segments that no hash covers is told that they do not match.
    """
    for assertion in bindings(store.manifests[bound_by(store)])[:MAX_BINDINGS]:
        try:
            if _covers_fragments(assertion.decode()):
                return True
        except ContentError:
            continue
    return False


def all_match(outcomes: Sequence[BindingOutcome]) -> bool:
    """Tell whether a hash was compared with the media and matched, whatever it leaves out."""
    results = {outcome.result for outcome in outcomes}
    return bool(results) and results <= {BindingResult.MATCH, BindingResult.PARTIAL}


def is_bound(manifest: Manifest) -> bool:
    """Tell whether a manifest has a hard binding at all."""
    return any(a.base in HARD_BINDINGS for a in manifest.assertions)


def bindings(manifest: Manifest) -> tuple[Assertion, ...]:
    """Return the hard bindings of a manifest; a multi-asset hash is none (18.9.2).

    A BMFF hash of version 1 is as if it were not there (18.6.1): it is returned only where it is
    all that there is.
    """
    held = tuple(a for a in manifest.assertions if a.base in HARD_BINDINGS - {MULTI_ASSET})
    return tuple(a for a in held if a.base != _BMFF) or held


def manifest_outcomes(manifest: Manifest, media: BoundMedia) -> tuple[BindingOutcome, ...]:
    """Check every hard binding of a manifest; several must all match.

    An assertion that a digest does not fit is not what was signed, and is not asked.
    """
    claim = manifest.algorithm
    outcomes = []
    for assertion in bindings(manifest)[:MAX_BINDINGS]:
        if assertion.linkage is not Linkage.MATCH:
            continue
        outcome = _check_one(manifest, assertion, media, claim)
        if outcome.result is BindingResult.MISMATCH and (parts := manifest.named(MULTI_ASSET)):
            outcome = _check_parts(manifest, parts, media, claim) or outcome
        outcomes.append(outcome)
    return tuple(outcomes)


def _check_one(
    manifest: Manifest, assertion: Assertion, media: BoundMedia, claim: str
) -> BindingOutcome:
    where = f"{manifest.label}/{assertion.label}"
    try:
        content = assertion.decode()
        outcome = _compare(where, assertion.base, content, media, claim)
        if media.fragments and all_match((outcome,)) and not _covers_fragments(content):
            raise Unknown("fragments were given, and the hash covers none of them")
        return outcome
    except Malformed as e:
        return BindingOutcome(where, BindingResult.UNCHECKED, e.code, e.section, str(e))
    except Unknown as e:
        beyond = isinstance(e, TooMuch)
        return BindingOutcome(where, BindingResult.UNCHECKED, "", "15.12", str(e), beyond=beyond)
    except ContentError as e:
        message = f"the hard binding cannot be read: {e}"
        return BindingOutcome(
            where, BindingResult.UNCHECKED, "assertion.cbor.invalid", "15.10.3.1", message
        )


def _covers_fragments(content: Any) -> bool:
    """Tell whether a hash has Merkle rows of fragments: they have a hash of the first segment."""
    rows = content.get("merkle") if isinstance(content, dict) else None
    held = rows if isinstance(rows, list | tuple) else ()
    return any(isinstance(row, dict) and row.get("initHash") is not None for row in held)


def _compare(where: str, label: str, content: Any, media: BoundMedia, claim: str) -> BindingOutcome:
    """Compare by the kind of hash. Raises Malformed, Unknown."""
    source, layout = media.source, media.layout
    if label.startswith(_DATA):
        return data_hash.data_hash_outcome(
            where,
            content,
            source,
            layout,
            claim_algorithm=claim,
            updated=media.updated,
            begun=media.begun.get(where),
        )
    if label.startswith("c2pa.hash.boxes"):
        return box_hash.box_hash_outcome(where, content, source, layout, claim_algorithm=claim)
    if label.startswith(_BMFF):
        return bmff_hash.bmff_hash_outcome(
            where, label, content, source, claim_algorithm=claim, fragments=media.fragments
        )
    if label.startswith("c2pa.hash.collection"):
        return collection_hash.collection_outcome(
            where, content, source, layout.family, claim_algorithm=claim
        )
    raise Unknown(f"this version does not know the hard binding {label}")


def _check_parts(
    manifest: Manifest, multi: Sequence[Assertion], media: BoundMedia, claim: str
) -> BindingOutcome | None:
    """Ask the multi-asset hash where the hard binding does not match (15.12.4)."""
    where = f"{manifest.label}/{multi[0].label}"
    if any(assertion.linkage is not Linkage.MATCH for assertion in multi):
        return None
    by_label = {a.label: a for a in manifest.assertions}

    def check_part(label: str, part: SourcePart) -> BindingOutcome:
        own = by_label.get(label)
        if own is None or ".part" not in label or own.linkage is not Linkage.MATCH:
            raise Malformed(
                "assertion.multiAssetHash.malformed", "15.12.4", "a part has no hash assertion"
            )
        extent = _within(media.layout, part)
        inner = BoundMedia(part, extent, (), media.updated)
        base = own.base.removesuffix(".part")
        return _compare(f"{manifest.label}/{label}", base, own.decode(), inner, claim)

    try:
        if len(multi) > 1:
            raise Malformed(
                "assertion.multiAssetHash.malformed", "15.12.4", "two multi-asset hashes"
            )
        return multi_asset.multi_asset_outcome(where, multi[0].decode(), media.source, check_part)
    except Malformed as e:
        # 15.12.4 rejects: the whole does not match, and the parts cannot save it
        return BindingOutcome(where, BindingResult.MISMATCH, e.code, e.section, str(e))
    except (Unknown, ContentError) as e:
        return BindingOutcome(where, BindingResult.UNCHECKED, "", "15.12.4", str(e))


def _within(layout: FileLayout, part: SourcePart) -> FileLayout:
    """Return the layout of a part; one that does not begin the file is bytes and no more."""

    def cut(ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        moved = ((a - part.start, b - part.start) for a, b in ranges)
        return tuple((a, b) for a, b in moved if a >= 0 and b <= part.size)

    if layout.extent is None:
        return layout
    family = layout.family if part.start == 0 else _family(part)
    return left_out.FileLayout(family, cut(layout.extent), cut(layout.metadata), cut(layout.taken))


def _family(part: SourcePart) -> str:
    """Recognise the boxes of a further part by its first bytes."""
    head = part.read(0, 12)
    for start, family in ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG", "png"), (b"GIF8", "gif")):
        if head.startswith(start):
            return family
    return "riff" if head[:4] == b"RIFF" else "unknown"
