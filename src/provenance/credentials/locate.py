"""Find an asset's credential - embedded, next to it, elsewhere or nowhere - and read it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import field, replace
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError
from provenance.base.finding import Finding, error, warning
from provenance.base.terms import CredentialStatus, Location
from provenance.base.values import dataclass
from provenance.credentials import jumbf, rebuilt, sdk, segments, several, store
from provenance.credentials.validation import hard_binding, left_out
from provenance.media import container, neighbours
from provenance.media.asset import Asset
from provenance.media.container import Block, BlockKind, Scan, Span, jumbf_header
from provenance.media.container.block import Coding
from provenance.media.container.collect import UPDATE_PLACE
from provenance.media.digest import SMALL
from provenance.media.metadata.xmp import MAX_PACKET, remnant, remote_manifest_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provenance.credentials.manifest import ManifestStore
    from provenance.credentials.sdk import SdkAnswer
    from provenance.credentials.segments import Segments
    from provenance.credentials.several import Several
    from provenance.credentials.validation.outcome import BindingOutcome
    from provenance.credentials.validation.second_opinion import Rewritten
    from provenance.media.hash_thread import Helper

MAX_STORE = 64 << 20
_REMAINS_SHARE = 8  # see `_several`: a store of its own may have taken the rest
MAX_XMP = 2 * MAX_PACKET  # bytes of XMP searched for a reference to a credential
UNKNOWN = "application/octet-stream"
_STORE_TYPE = "application/c2pa"


@dataclass(frozen=True, slots=True)
class FoundCredential:
    """The credential of one asset, read but not judged.

    `status` and `location` say whether there is one, and where; `sidecar` names the file that it is
    in, `remote_url` the address that was not fetched.

    `store` is the one active manifest store, `data` its bytes, `spans` where these are in the
    asset's own file. `store` is None where `status` is not `present`, and where there are `several`
    stores, of which none is active. So are stores at no place of the format (`Scan.remains`): where
    there is no other, `status` is `unreadable` and they are `several`.

    `outcomes` say how the hard bindings compare with the media; where `pending` is there, it makes
    them (`settled`). `media_at_hand` is false for a manifest store given alone: then there are
    none. `fragments` are the files of media segments that one of its hashes covers.

    `answer` is the SDK's, None where it was not asked (`cross_check.with_sdk_opinion`);
    `rewritten` is what of the store the SDK writes anew before it checks it.
    """

    status: CredentialStatus
    location: Location = Location.NONE
    sidecar: str | None = None
    remote_url: str | None = None
    store: ManifestStore | None = None
    answer: SdkAnswer | None = None
    spans: tuple[Span, ...] = ()
    media_at_hand: bool = True
    findings: tuple[Finding, ...] = ()
    data: bytes = field(default=b"", repr=False)
    several: tuple[ManifestStore, ...] = ()
    outcomes: tuple[BindingOutcome, ...] = ()
    rewritten: Rewritten | None = None
    fragments: tuple[str, ...] = ()
    pending: Callable[[], tuple[BindingOutcome, ...]] | None = field(
        default=None, repr=False, compare=False
    )

    def settled(self) -> FoundCredential:
        """Return the same with the outcomes of our own check of the hard bindings.

        Raises AssetError where the asset cannot be read.
        """
        if self.pending is None:
            return self
        return replace(self, outcomes=self.pending(), pending=None)


@dataclass(frozen=True, slots=True)
class StoreBytes:
    """A manifest store from elsewhere, to be checked against an asset; `name` says from where."""

    data: bytes = field(repr=False)
    name: str


def find_credential(
    asset: Asset,
    scan: Scan,
    *,
    sidecar: str | os.PathLike[str] | StoreBytes | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
    helper: Helper | None = None,
) -> FoundCredential:
    """Find and read the credential of an asset.

    An embedded credential wins over a sidecar. `sidecar` names one; without it a neighbour with
    the same name and the ending `.c2pa` is looked at. `StoreBytes` are read instead of whatever
    the asset has. The SDK is asked only for a store that our own scan cannot find; what it thinks
    of a credential is for `cross_check.with_sdk_opinion`. Raises AssetError where the asset, the
    named sidecar or a fragment cannot be read. Never opens a socket.
    """
    credential = _find_by_scan(asset, scan, sidecar, fragments, helper)
    if any(f.code == "credential.unread_remains" for f in scan.findings):
        return _with_remains(asset, scan.remains, credential)
    return credential


def _find_by_scan(
    asset: Asset,
    scan: Scan,
    sidecar: str | os.PathLike[str] | StoreBytes | None,
    fragments: Sequence[str | os.PathLike[str]],
    helper: Helper | None,
) -> FoundCredential:
    """Find and read it, as `find_credential` does, but for stores at no place of the format."""
    if isinstance(sidecar, StoreBytes):
        return _from_given_store(asset, scan, sidecar)
    blocks = scan.blocks_of(BlockKind.MANIFEST_STORE)
    if blocks:
        asset.hold()  # its binding is going to be compared with all of it
        try:
            credential = _embedded(asset, scan, blocks, fragments, helper)
        except container.ContainerDecodeError as e:
            return _unreadable(str(e), Location.EMBEDDED)
        if sidecar is None:
            return credential
        message = "an embedded credential wins: the sidecar was not looked at"
        unused = warning("sidecar.unused", message, os.fspath(sidecar))
        return replace(credential, findings=(unused, *credential.findings))
    if any(f.code == "container.credential_not_located" for f in scan.findings):
        found_by_sdk = _ask_for_store(asset, scan, fragments)
        if found_by_sdk is not None:
            return found_by_sdk
    return _from_sidecar(asset, scan, sidecar) or _remote_reference(asset, scan)


def _embedded(
    asset: Asset,
    scan: Scan,
    blocks: Sequence[Block],
    fragments: Sequence[str | os.PathLike[str]],
    helper: Helper | None,
) -> FoundCredential:
    """Read the credential that is in the file itself. Raises ContainerDecodeError."""
    if any(b.place == UPDATE_PLACE for b in blocks):
        return _updated(asset, scan, blocks, fragments)
    if len(blocks) > 1 and scan.family == "text":
        return _of_text(asset, scan, blocks)
    in_one_place = any(f.code == "credential.multiple_stores" for f in scan.findings)
    if len(blocks) > 1 and (scan.family != "pdf" or in_one_place):
        return _several(asset, blocks)
    *earlier, last = blocks  # the latest revision of a PDF counts (C2PA 2.4 section 15.5.2.2)
    data = container.load_block(asset, last, MAX_STORE)
    alone = scan.media_type == _STORE_TYPE
    credential = _from_embedded_store(asset, data, scan, last.spans, fragments, helper, alone=alone)
    if not earlier:
        return credential
    others = _several(asset, earlier, share=_REMAINS_SHARE)
    return _with_loose(credential, others, "it is in the credential of an earlier revision")


def _updated(
    asset: Asset, scan: Scan, blocks: Sequence[Block], fragments: Sequence[str | os.PathLike[str]]
) -> FoundCredential:
    """Read a store that is in two boxes: as it was, and what was added since (BMFF)."""
    update = [b for b in blocks if b.place == UPDATE_PLACE]
    original = [b for b in blocks if b.place != UPDATE_PLACE]
    if len(update) != 1 or len(original) != 1:
        return _several(asset, blocks)
    try:
        parts = [container.load_block(asset, b, MAX_STORE // 2) for b in (*original, *update)]
        data = rebuilt.joined(*parts)
    except (container.ContainerDecodeError, jumbf.JumbfError) as e:
        return _unreadable(f"an update that cannot be joined with it: {e}", Location.EMBEDDED)
    spans = (*original[0].spans, *update[0].spans)
    return _from_embedded_store(asset, data, scan, spans, fragments, alone=False)


def _with_remains(
    asset: Asset, remains: Sequence[Block], credential: FoundCredential
) -> FoundCredential:
    """Add the stores that are at no place of the format: loose evidence, never the credential.

    Where that is all there is, the answer is not that there is none.
    """
    others = _several(asset, remains, share=_REMAINS_SHARE)
    if credential.store is not None or credential.several:
        return _with_loose(
            credential, others, "it is in a manifest store where this format has none"
        )
    return replace(
        credential,
        status=CredentialStatus.UNREADABLE,
        location=Location.EMBEDDED,
        several=others.several,
    )


def _with_loose(credential: FoundCredential, others: FoundCredential, why: str) -> FoundCredential:
    """Add what other stores of a file say that the credential does not include."""
    if credential.store is None:
        return replace(credential, several=(*credential.several, *others.several))
    known = {m.claim for m in credential.store.manifests.values()}
    loose = (statement for store in others.several for statement in store.all_loose(why))
    new = tuple(
        statement
        for statement in loose
        if not statement.manifest.claim or statement.manifest.claim not in known
    )
    return replace(
        credential, store=replace(credential.store, loose=(*credential.store.loose, *new))
    )


def _several(asset: Asset, blocks: Sequence[Block], share: int = 1) -> FoundCredential:
    """Read every store of a file that has several, of which none is active (section 15.5.2.1).

    What each says is loose evidence, so that no store can hide another. They get one part in
    `share` of what a file's credentials may take.
    """
    spans = tuple(span for block in blocks for span in block.spans)
    read = several.of_blocks(asset, blocks, share)
    return replace(_none_active(read, Location.EMBEDDED), spans=spans)


def _several_in_a_row(data: bytes, location: Location) -> FoundCredential | None:
    """Read what is in the place of one store, where there are several; None where there are not.

    All of them are invalid (C2PA 2.4 section 15.5.2.1). Who reads the first misses the others.
    """
    parts = jumbf_header.in_a_row(data)
    if len(parts) == 1:
        return None

    credential = _none_active(several.of_parts(parts), location)
    message = f"{len(parts)} manifest stores in a row, in the place of one: none of them counts"
    return replace(
        credential, findings=(error("credential.multiple_stores", message), *credential.findings)
    )


def _none_active(read: Several, location: Location) -> FoundCredential:
    status = CredentialStatus.PRESENT if read.stores else CredentialStatus.UNREADABLE
    return FoundCredential(status, location, findings=read.findings, several=read.stores)


def _of_text(asset: Asset, scan: Scan, blocks: Sequence[Block]) -> FoundCredential:
    """Read the credential of a text with several: the one whose hash fits all but itself.

    Text is quoted with what is hidden in it, and signed again, so that others may lie there
    lawfully (A.8.4.1). They are loose evidence. Where none fits, or several do, none counts.
    """
    credential = _several(asset, blocks)
    hidden = all(b.coding is Coding.SELECTORS for b in blocks)
    checked = []
    if hidden and not credential.findings and len(credential.several) == len(blocks):
        for block, store in zip(blocks, credential.several, strict=True):
            alone = replace(scan, extent=block.spans)
            checked.append(_check_bindings(asset, alone, store, located=True))
    fitting = [n for n, outcomes in enumerate(checked) if hard_binding.all_match(outcomes)]
    if len(fitting) != 1:
        message = f"{len(blocks)} manifest stores where one belongs: none of them counts"
        said = [error("credential.multiple_stores", message)]
        if hidden:
            message = f"{len(blocks)} hidden credentials, none of which is the text's own"
            said.append(warning("manifest.text.multipleWrappers", message))
        return replace(credential, findings=(*credential.findings, *said))
    (number,) = fitting
    own, block = credential.several[number], blocks[number]
    why = "it is in another hidden credential of the same text"
    others = [store for n, store in enumerate(credential.several) if n != number]
    loose = [statement for store in others for statement in store.all_loose(why)]
    return replace(
        credential,
        store=replace(own, loose=(*own.loose, *loose)),
        several=(),
        spans=block.spans,
        data=container.load_block(asset, block, MAX_STORE),
        outcomes=checked[number],
    )


def _from_given_store(asset: Asset, scan: Scan, given: StoreBytes) -> FoundCredential:
    if (crowded := _several_in_a_row(given.data, Location.SIDECAR)) is not None:
        return replace(crowded, sidecar=given.name)
    try:
        parsed = store.parse_store(given.data)
    except store.StoreError as e:
        return replace(_unreadable(str(e), Location.SIDECAR), sidecar=given.name)
    return _with_sidecar_store(asset, scan, given.data, given.name, parsed)


def _with_sidecar_store(
    asset: Asset, scan: Scan, data: bytes, name: str, parsed: ManifestStore
) -> FoundCredential:
    return FoundCredential(
        CredentialStatus.PRESENT,
        Location.SIDECAR,
        sidecar=name,
        store=parsed,
        data=data,
        outcomes=_check_bindings(asset, scan, parsed, located=True),
    )


def _check_bindings(
    asset: Asset,
    scan: Scan,
    store: ManifestStore,
    fragments: Sequence[Asset] = (),
    *,
    located: bool,
) -> tuple[BindingOutcome, ...]:
    """Compare the hard bindings with the media; `located` says whether the scan found the store."""
    layout = left_out.layout(scan, located=located)
    media = hard_binding.BoundMedia(asset, layout, fragments)
    return hard_binding.store_outcomes(store, media)


def _from_embedded_store(
    asset: Asset,
    data: bytes,
    scan: Scan,
    spans: tuple[Span, ...],
    fragments: Sequence[str | os.PathLike[str]],
    helper: Helper | None = None,
    *,
    alone: bool,
) -> FoundCredential:
    """Read an embedded store, or a manifest store given alone.

    With a helper, the media is hashed meanwhile, and compared when the outcomes are wanted.
    """
    if (crowded := _several_in_a_row(data, Location.EMBEDDED)) is not None:
        return replace(crowded, spans=spans, media_at_hand=not alone)
    try:
        parsed = store.parse_store(data)
    except store.StoreError as e:
        return _unreadable(str(e), Location.EMBEDDED)
    outcomes: tuple[BindingOutcome, ...] = ()
    pending = None
    if helper is not None and asset.size >= SMALL and asset.whole and not (alone or fragments):
        pending = _begin_hashing(asset, scan, parsed, helper, located=bool(spans))
    elif not alone:
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(open_fragment(f)) for f in fragments]
            outcomes = _check_bindings(asset, scan, parsed, opened, located=bool(spans))
    covered = fragments if fragments and _takes_fragments(parsed) else ()
    return FoundCredential(
        CredentialStatus.PRESENT,
        Location.EMBEDDED,
        store=parsed,
        spans=spans,
        media_at_hand=not alone,
        data=data,
        outcomes=outcomes,
        fragments=tuple(os.fspath(f) for f in covered),
        pending=pending,
    )


def _takes_fragments(parsed: ManifestStore) -> bool:
    return hard_binding.takes_fragments(parsed)


def _begin_hashing(
    asset: Asset, scan: Scan, store: ManifestStore, helper: Helper, *, located: bool
) -> Callable[[], tuple[BindingOutcome, ...]]:
    """Begin to hash media that is in memory; return what compares it."""
    media = hard_binding.BoundMedia(asset, left_out.layout(scan, located=located))
    media = hard_binding.begin_binding(store, media, helper)
    return lambda: hard_binding.store_outcomes(store, media)


def segments_of(fragments: Sequence[str | os.PathLike[str]]) -> Segments:
    """Say what media segments have of their own. Raises AssetError where one cannot be read."""

    def each() -> Iterator[Asset]:
        for fragment in fragments:
            with open_fragment(fragment) as asset:
                yield asset

    return segments.look(each())


def open_fragment(path: str | os.PathLike[str]) -> Asset:
    """Open a media segment. Raises AssetError, with the name of the file in its message."""
    try:
        return Asset.open(path)
    except AssetError as e:
        raise AssetError(e.code, f"the fragment {os.fspath(path)}: {e}") from e


def type_hint(scan: Scan) -> str | None:
    """Return the type to tell the SDK, which does not recognise SVG and PDF by itself."""
    return None if scan.media_type == UNKNOWN else scan.media_type


def _unreadable(reason: str, location: Location) -> FoundCredential:
    return FoundCredential(
        CredentialStatus.UNREADABLE,
        location,
        findings=(error("credential.unreadable", f"the manifest store cannot be read: {reason}"),),
    )


def _ask_for_store(
    asset: Asset, scan: Scan, fragments: Sequence[str | os.PathLike[str]]
) -> FoundCredential | None:
    """Let the SDK look where the scan's bounded search found only a hint."""
    data = sdk.manifest_store(asset.stream(), type_hint(scan))
    return _from_embedded_store(asset, data, scan, (), fragments, alone=False) if data else None


def _from_sidecar(
    asset: Asset, scan: Scan, named: str | os.PathLike[str] | None
) -> FoundCredential | None:
    """Use a sidecar: the one named, or a neighbour that matches."""
    path = os.fspath(named) if named is not None else _neighbour(asset)
    if path is None:
        return None

    try:
        open_ = asset.open_neighbour if named is None else Asset.open
        with open_(path, max_size=MAX_STORE) as side:
            data = side.read(0, side.size)
    except AssetError as e:
        if named is not None:
            raise AssetError(e.code, f"the sidecar {path}: {e}") from e
        return None
    if (crowded := _several_in_a_row(data, Location.SIDECAR)) is not None:
        held = (
            _with_sidecar_store(asset, scan, data, path, candidate) for candidate in crowded.several
        )
        if named is None and not any(
            hard_binding.all_match(candidate.outcomes) for candidate in held
        ):
            return _passed_over(asset, scan, path, "has several credentials, none its own")
        return replace(crowded, sidecar=path)
    try:
        parsed = store.parse_store(data)
    except store.StoreError as e:
        if named is None:
            return _passed_over(asset, scan, path, f"cannot be read: {e}")
        return replace(_unreadable(str(e), Location.SIDECAR), sidecar=path)
    credential = _with_sidecar_store(asset, scan, data, path, parsed)
    if named is None and not hard_binding.all_match(credential.outcomes):
        return _passed_over(asset, scan, path, "is a credential that was made for a different file")
    return credential


def _passed_over(asset: Asset, scan: Scan, path: str, why: str) -> FoundCredential:
    """Say of a neighbour that it was looked at and is not this file's; it breaks nothing."""
    credential = _remote_reference(asset, scan)
    message = f"the file next to it, {os.path.basename(path)}, {why}"
    return replace(
        credential, findings=(*credential.findings, warning("sidecar.mismatch", message, path))
    )


def _neighbour(asset: Asset) -> str | None:
    candidate = neighbours.credential(asset.path)
    return candidate if candidate is not None and asset.has_neighbour(candidate) else None


def _remote_reference(asset: Asset, scan: Scan) -> FoundCredential:
    """Look for a reference in XMP, which is never followed."""
    findings = []
    left = MAX_XMP
    for block in scan.blocks_of(BlockKind.XMP):
        left -= block.length
        if left < 0:
            message = f"more than {MAX_XMP} bytes of XMP: the rest is not searched for a reference"
            findings.append(warning("metadata.limit", message, block.place))
            break
        try:
            packet = container.load_block(asset, block, min(MAX_PACKET, left + block.length))
            left -= max(len(packet) - block.length, 0)  # what it expands to counts
        except container.ContainerLimitError as e:
            left -= MAX_PACKET
            findings.append(warning("xmp.unreadable", str(e), block.place))
            continue
        except container.ContainerDecodeError as e:
            findings.append(warning("xmp.unreadable", str(e), block.place))
            continue
        reference = remote_manifest_url(packet)
        if reference.malformed:
            message = "XMP that may refer to a credential cannot be read"
            findings.append(warning("xmp.unreadable", message, block.place))
        if reference.url is None:
            continue
        if reference.url.startswith(("http://", "https://")):
            return FoundCredential(
                CredentialStatus.REMOTE, remote_url=reference.url, findings=tuple(findings)
            )
        if reference.url.startswith("self#jumbf"):
            findings.append(remnant(block.place, block.offset))
    return FoundCredential(CredentialStatus.ABSENT, findings=tuple(findings))
