"""From the bytes of a manifest store to its typed model (C2PA 2.4 section 11).

Our own reading is not the SDK's: it is the same for every run, keeps what the SDK leaves
out, and checks each hashed URI itself, so that what is judged is what was signed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base import cbor
from provenance.base.finding import Finding, error, note, warning
from provenance.credentials import assertion_content, compressed, jumbf, prerelease
from provenance.credentials.budget import Budget
from provenance.credentials.manifest import (
    HARD_BINDINGS,
    HASH_ALGORITHMS,
    HASHES,
    ActionsAssertion,
    Assertion,
    ClaimList,
    HashedUri,
    Ingredient,
    Linkage,
    Loose,
    Manifest,
    ManifestStore,
)
from provenance.signing import cose

if TYPE_CHECKING:
    from provenance.signing.chain_answer import CoseSignature

MAX_MANIFESTS = 2_000
MAX_ASSERTIONS = 1_000  # of one manifest; the SDK's time grows with their square
MAX_REDACTORS = 64  # manifests of one store that redact others
_KINDS = {b"cbor": "cbor", b"json": "json"}
# Why a manifest is loose evidence.
_UNREFERENCED = "no ingredient refers to this manifest, so that no signature covers it"
_SHADOWED = "a later manifest has its label, so that no reference leads to it"
_MISFIT = "it is compressed in a box that is not of this manifest"
_UNDECLARED = "the claim does not name it, so that no signature covers it"


class StoreError(ValueError):
    """A manifest store that cannot be read at all. The message says why."""


def parse_store(data: bytes, budget: Budget | None = None) -> ManifestStore:
    """Read a manifest store. Raises StoreError where no active manifest can be found.

    What the active manifest does not lead to is read too, as loose evidence; where that cannot be
    read it is a finding and spoils nothing. `budget` is the file's, where it has several stores.
    """
    budget = budget or Budget()
    try:
        expanded = compressed.expand(data, jumbf.parse_jumbf(data), budget)
    except jumbf.JumbfError as e:
        raise StoreError(str(e)) from e
    root = expanded.root
    boxes = [c for c in root.children if c.uuid in jumbf.MANIFESTS]
    if not boxes:
        raise StoreError("a manifest store without a manifest")
    if len(root.children) > MAX_MANIFESTS:
        raise StoreError(f"{len(root.children)} manifests, over the limit of {MAX_MANIFESTS}")
    by_label, shadowed = _by_label(boxes)
    twice = {box.label for box in shadowed}
    manifests, unreadable = _manifests(expanded, by_label, twice, budget)
    active = boxes[-1].label  # C2PA 2.4 section 11.1.4: the last one
    reachable = _reachable_from(active, manifests)
    for label in reachable:
        if label in unreadable:
            raise StoreError(unreadable[label])
    manifests = _check_links(_Links(expanded, by_label, manifests, reachable), manifests)
    unreferenced = tuple(sorted(set(manifests) - set(reachable)))
    redacted = _redactors(manifests, reachable)
    manifests = _apply_redactions(manifests, redacted)
    loose, noticed = _read_loose(expanded, shadowed, manifests, reachable, unreferenced, budget)
    ordered = {label: manifests[label] for label in (*reachable, *unreferenced)}
    limits, passed_over = tuple(budget.limits), tuple(budget.passed_over)
    reached = dict.fromkeys((*limits, *passed_over))
    findings = (
        *(
            error("manifest.duplicate_label", "two manifests bear the same label", label)
            for label in sorted(twice)
        ),
        *(warning("credential.limit", f"not everything was read: {why}") for why in reached),
        *noticed,
    )
    return ManifestStore(
        active,
        ordered,
        reachable,
        unreferenced,
        findings,
        tuple(loose),
        limits,
        passed_over,
        redacted=redacted,
        unread=tuple(c.label for c in root.children if _is_unread(c)),
        data=expanded.data,
        label=root.label,
    )


def _by_label(
    boxes: list[jumbf.Superbox],
) -> tuple[dict[str, jumbf.Superbox], list[jumbf.Superbox]]:
    """Return manifests by label, the later of two; and those that a later one shadows."""
    by_label: dict[str, jumbf.Superbox] = {}
    shadowed: list[jumbf.Superbox] = []
    for box in boxes:
        if box.label in by_label:
            shadowed.append(by_label[box.label])
        by_label[box.label] = box
    return by_label, shadowed


def _manifests(
    expanded: compressed.Expanded,
    boxes: dict[str, jumbf.Superbox],
    twice: set[str],
    budget: Budget,
) -> tuple[dict[str, Manifest], dict[str, str]]:
    """Read each manifest of the store; return them by label, and why some are unreadable.

    `twice` are the labels that several manifests have.
    """
    manifests: dict[str, Manifest] = {}
    unreadable: dict[str, str] = {}
    for label, box in reversed(boxes.items()):  # the active one has the first call
        if label in expanded.faults:
            message = f"cannot be expanded: {expanded.faults[label]}"
            manifests[label] = _unsound(label, "manifest.compressed.invalid", message)
            continue
        try:
            manifest = _read_manifest(
                expanded.data, box, budget, unique=label not in twice, placed=True
            )
        except StoreError as e:
            unreadable[label] = str(e)
            manifest = _unsound(label, "manifest.unreadable", f"cannot be read: {e}")
        manifests[label] = manifest if manifest.box is box else replace(manifest, box=box)
    return manifests, unreadable


def _read_loose(
    expanded: compressed.Expanded,
    shadowed: list[jumbf.Superbox],
    manifests: dict[str, Manifest],
    reachable: tuple[str, ...],
    unreferenced: tuple[str, ...],
    budget: Budget,
) -> tuple[list[Loose], list[Finding]]:
    """Read what the active manifest does not lead to, and say where it lies."""
    data, root = expanded.data, expanded.root
    loose = [Loose(manifests[label], _UNREFERENCED) for label in unreferenced]
    findings = [note("manifest.unreferenced", _UNREFERENCED, label) for label in unreferenced]
    odd = [
        (box, f"its box has a type that the standard does not know ({box.uuid[:4]!r})")
        for box in root.children
        if box.uuid not in jumbf.MANIFESTS and box.child(jumbf.CLAIM) is not None
    ]
    findings += [note("manifest.unknown_type", why, box.label) for box, why in odd]
    findings += [
        note("manifest.unreadable", f"a box of the store cannot be read: {box.fault}", box.label)
        for box in root.children
        if _is_unread(box)
    ]
    for box, why in (*((box, _SHADOWED) for box in shadowed), *odd):
        _add_loose(data, box, why, budget, loose, findings)
    for label in (*reachable, *unreferenced):
        if undeclared := manifests[label].undeclared:
            met: list[Finding] = []
            actions, ingredients = _actions_and_ingredients(label, undeclared, budget, met)
            bare = replace(
                manifests[label], assertions=undeclared, actions=actions, ingredients=ingredients
            )
            loose.append(Loose(bare, _UNDECLARED))
    for misfit in expanded.misfits:
        _add_loose(misfit.data, misfit.box, _MISFIT, budget, loose, findings)
    return loose, findings


def _add_loose(
    data: bytes,
    box: jumbf.Superbox,
    why: str,
    budget: Budget,
    loose: list[Loose],
    findings: list[Finding],
) -> None:
    """Read a manifest that no reference leads to; `why` says where it lies."""
    try:
        loose.append(Loose(_read_manifest(data, box, budget, unique=False), why))
    except StoreError as e:
        findings.append(note("manifest.unreadable", f"not read, and {why}: {e}", box.label))


def _is_unread(box: jumbf.Superbox) -> bool:
    """Tell whether a box of the store is not a manifest and could not be walked."""
    return bool(box.fault) and box.uuid not in jumbf.MANIFESTS


def _read_manifest(
    data: bytes, box: jumbf.Superbox, budget: Budget, *, unique: bool, placed: bool = False
) -> Manifest:
    """Read one manifest superbox; what is wrong becomes findings and `sound=False`.

    `placed` tells that it is one of the store's own, whose box can be referred to.
    """
    if box.fault:
        raise StoreError(box.fault)
    claims = [c for c in box.children if c.uuid == jumbf.CLAIM]
    content = claims[0].content(b"cbor") if claims else None
    if len(claims) != 1 or content is None:
        message = f"{len(claims)} claims where one belongs"
        return _unclaimed(data, box, budget, message, "claim.missing")
    if why := budget.take_claim(content.end - content.start):
        return _unclaimed(data, box, budget, f"not read: {why}")
    claim_bytes = data[content.start : content.end]
    try:
        claim, tagged = cbor.decode_and_note(claim_bytes)
    except cbor.CborError as e:
        return _unclaimed(data, box, budget, f"the claim cannot be decoded: {e}")
    if not isinstance(claim, dict):
        return _unclaimed(data, box, budget, "the claim is not a map")

    findings: list[Finding] = []
    version = 2 if claims[0].label == "c2pa.claim.v2" else 1
    older = prerelease.is_shown(claim, version)
    signature = _signature(data, box, findings, older=older)
    named, undeclared, problems = _match_assertions(data, box, claim, version)
    findings += problems
    named, undeclared = budget.admit(named), budget.admit(undeclared)
    made_actions, made_ingredients = _actions_and_ingredients(box.label, named, budget, findings)
    return Manifest(
        label=box.label,
        claim_version=version,
        is_update=box.uuid == jumbf.UPDATE_MANIFEST,
        generators=budget.take_products(assertion_content.generators(claim)),
        title=assertion_content.text_value(claim.get("dc:title")),
        media_type=assertion_content.text_value(claim.get("dc:format")),
        instance_id=assertion_content.text_value(claim.get("instanceID")),
        claim=claim_bytes,
        claim_tagged=tagged,
        signature=signature,
        assertions=named,
        actions=made_actions,
        ingredients=made_ingredients,
        redacts=assertion_content.redactions(claim),
        findings=tuple(findings),
        sound=unique and signature is not None,
        undeclared=undeclared,
        algorithm=assertion_content.text_value(claim.get("alg")),
        soft_algorithm=assertion_content.text_value(claim.get("alg_soft")),
        box=box if placed else None,
        content=claim if budget.keeps(len(claim_bytes)) else None,
    )


def _signature(
    data: bytes, box: jumbf.Superbox, findings: list[Finding], *, older: bool
) -> CoseSignature | None:
    """Read the claim signature of a manifest; `older` tells that its claim is of pre-release."""
    holder = box.child(jumbf.SIGNATURE)
    sealed = holder.content(b"cbor") if holder else None
    if sealed is None:
        findings.append(error("claim_signature.missing", "the claim has no signature", box.label))
        return None
    seal = data[sealed.start : sealed.end]
    try:
        return cose.read_cose(prerelease.unpadded(seal) if older else seal)
    except cose.CoseError as e:
        message = f"the claim signature cannot be read: {e}"
        findings.append(error("claim_signature.malformed", message, box.label))
        return None


def _unsound(label: str, code: str, message: str) -> Manifest:
    return Manifest(
        label=label,
        claim_version=0,
        is_update=False,
        generators=(),
        title="",
        media_type="",
        instance_id="",
        claim=b"",
        signature=None,
        findings=(error(code, message, label),),
        sound=False,
    )


def _unclaimed(
    data: bytes,
    box: jumbf.Superbox,
    budget: Budget,
    message: str,
    code: str = "claim.malformed",
) -> Manifest:
    """Keep what a manifest says whose claim names nothing: it is loose evidence."""
    _, undeclared, _ = _match_assertions(data, box, {}, 2)
    manifest = _unsound(box.label, code, message)
    return replace(manifest, undeclared=budget.admit(undeclared))


def _match_assertions(
    data: bytes, box: jumbf.Superbox, claim: dict[object, object], version: int
) -> tuple[tuple[Assertion, ...], tuple[Assertion, ...], list[Finding]]:
    """Match the claim's hashed URIs with the boxes of the assertion store.

    Returns the assertions that the claim names, those that it does not, and findings.
    """
    findings: list[Finding] = []
    boxes = _assertion_boxes(box.child(jumbf.ASSERTION_STORE), findings)
    default = assertion_content.text_value(claim.get("alg")) or "sha256"
    older = prerelease.is_shown(claim, version)
    named: dict[str, Assertion] = {}
    meant: dict[str, int] = {}
    for part, key in assertion_content.LISTS[version]:
        uris = assertion_content.hashed_uris(claim.get(key), default)
        if len(uris) > MAX_ASSERTIONS:
            raise StoreError(f"{len(uris)} assertions, over the limit of {MAX_ASSERTIONS}")
        for uri in uris:
            label = assertion_content.assertion_label(uri.url, box.label)
            if not label or label in named:
                findings.append(
                    warning("assertion.reference", "a reference that cannot be followed", uri.url)
                )
                continue
            there = boxes.get(label, [])
            linkages = [_check_hashed_uri(data, candidate, uri) for candidate in there]
            if older and Linkage.MISMATCH in linkages:
                _match_prerelease(data, there, uri, linkages, findings)
            # of several with its label the one that the claim means, if any
            meant[label] = linkages.index(Linkage.MATCH) if Linkage.MATCH in linkages else 0
            named[label] = (
                _read_assertion(data, there[meant[label]], label, part, linkages[meant[label]])
                if there
                else Assertion(label, part, "binary", Linkage.MISSING, b"")
            )
    findings += [
        error("assertion.undeclared", "an assertion that the claim does not name", label)
        for label in sorted(set(boxes) - set(named))
    ]
    undeclared = tuple(
        _read_assertion(data, candidate, label, ClaimList.CLAIM, Linkage.MISMATCH)
        for label in sorted(boxes)
        for n, candidate in enumerate(boxes[label])
        if n != meant.get(label)
    )
    return tuple(named.values()), undeclared, findings


def _assertion_boxes(
    store: jumbf.Superbox | None, findings: list[Finding]
) -> dict[str, list[jumbf.Superbox]]:
    """Return the boxes of an assertion store by their labels, several where one comes again."""
    boxes: dict[str, list[jumbf.Superbox]] = {}
    if store is not None and len(store.children) > MAX_ASSERTIONS:
        raise StoreError(f"{len(store.children)} assertions, over the limit of {MAX_ASSERTIONS}")
    for child in store.children if store else ():
        if child.label in boxes:
            message = "two assertions bear the same label"
            findings.append(error("assertion.duplicate_label", message, child.label))
        boxes.setdefault(child.label, []).append(child)
    return boxes


def _match_prerelease(
    data: bytes,
    boxes: list[jumbf.Superbox],
    uri: HashedUri,
    linkages: list[Linkage],
    findings: list[Finding],
) -> None:
    """Let the first box match that has the digest as it was taken before the standard."""
    old = [n for n, box in enumerate(boxes) if prerelease.matches(data, box, uri)]
    if old:
        linkages[old[0]] = Linkage.MATCH
        findings.append(note("credential.prerelease", prerelease.WORDS, boxes[0].label))


def _read_assertion(
    data: bytes, box: jumbf.Superbox, label: str, part: ClaimList, linkage: Linkage
) -> Assertion:
    contents = [b for b in box.boxes if b.kind in _KINDS]
    if not contents:
        xml = box.content(b"xml ")  # kept to be searched; pictures and other files are not
        payload = data[xml.start : xml.end] if xml else b""
        return Assertion(label, part, "binary", linkage, payload)
    payload = data[contents[0].start : contents[-1].end]
    # One box is what such an assertion has (ISO/IEC 19566-5, annex B). Of several one reader
    # takes the first and another the last: none is read, and all of them are searched.
    refused = f"{len(contents)} boxes of content where one belongs" if len(contents) > 1 else ""
    return Assertion(label, part, _KINDS[contents[0].kind], linkage, payload, refused=refused)


def _check_hashed_uri(data: bytes, box: jumbf.Superbox, uri: HashedUri) -> Linkage:
    if uri.algorithm not in HASH_ALGORITHMS:
        return Linkage.UNSUPPORTED
    digest = HASHES[uri.algorithm](memoryview(data)[box.start : box.end]).digest()
    return Linkage.MATCH if digest == uri.digest else Linkage.MISMATCH


def _actions_and_ingredients(
    manifest: str, named: tuple[Assertion, ...], budget: Budget, findings: list[Finding]
) -> tuple[tuple[ActionsAssertion, ...], tuple[Ingredient, ...]]:
    actions: list[ActionsAssertion] = []
    ingredients: list[Ingredient] = []
    for assertion in named:
        if assertion.linkage is Linkage.MISSING:
            continue
        try:
            if assertion.base in {"c2pa.actions", "c2pa.actions.v2"}:
                actions.append(assertion_content.actions(assertion, budget))
            elif assertion.base.startswith("c2pa.ingredient"):
                ingredients.append(assertion_content.ingredient(assertion, manifest, budget))
        except ValueError as e:
            findings.append(error("assertion.malformed", f"cannot be read: {e}", assertion.label))
    return tuple(actions), tuple(ingredients)


def _check_links(links: _Links, manifests: dict[str, Manifest]) -> dict[str, Manifest]:
    """Check each ingredient's hashed URIs against the manifests of the store."""
    return {
        label: replace(
            m,
            ingredients=tuple(replace(i, linkage=links.linkage(m, i)) for i in m.ingredients),
        )
        if m.ingredients
        else m
        for label, m in manifests.items()
    }


class _Links:
    """Digests of the store's manifests, each made once.

    Only a reachable manifest redacts, and only what is below it: see `_redactors`.
    """

    def __init__(
        self,
        expanded: compressed.Expanded,
        boxes: dict[str, jumbf.Superbox],
        manifests: dict[str, Manifest],
        reachable: tuple[str, ...],
    ) -> None:
        self._view = memoryview(expanded.data)
        self._boxes = boxes
        self._packed = expanded.packed
        self._manifests = manifests
        self._redacted = {target for target, _ in _redactors(manifests, reachable)}
        self._digests: dict[tuple[str, str, int, int], bytes] = {}

    def linkage(self, owner: Manifest, ingredient: Ingredient) -> Linkage:
        """Check the link from an ingredient assertion to its manifest.

        A redaction changes the manifest's digest, not its signature: then the hashed URI of the
        signature carries the link (C2PA 2.4 section 15.11.3).
        """
        target, uri = ingredient.target, ingredient.manifest
        if target is None:
            return Linkage.MATCH
        if target not in self._boxes or uri is None:
            return Linkage.MISSING
        names = self._algorithms(owner, target, uri)
        if not HASH_ALGORITHMS.issuperset(names[:1]):
            return Linkage.UNSUPPORTED
        if any(
            uri.digest in self._possible_digests(target, name, ingredient.label) for name in names
        ):
            return Linkage.MATCH
        if target not in self._redacted:
            return Linkage.MISMATCH
        seal = ingredient.claim_signature
        if seal is None:
            return Linkage.REDACTED
        names = self._algorithms(owner, target, seal)
        if not HASH_ALGORITHMS.issuperset(names[:1]):
            return Linkage.UNSUPPORTED
        box = self._boxes[target].child(jumbf.SIGNATURE)
        # c2pa-rs up to 0.49 took the digest with the box's own header
        starts = (box.start, box.start - 8) if box else ()
        sealed = (self._digest(target, n, at, box.end) for n in names for at in starts if box)
        return Linkage.MATCH if seal.digest in sealed else Linkage.MISMATCH

    def _algorithms(self, owner: Manifest, target: str, uri: HashedUri) -> tuple[str, ...]:
        """Return the algorithm of a link: its own, else that of the claim it is in (15.4.2).

        c2pa-rs takes the one of the claim that the link leads to.
        """
        if uri.algorithm:
            return (uri.algorithm,)
        other = self._manifests[target].algorithm
        names = (owner.algorithm or "sha256", other if other in HASH_ALGORITHMS else "sha256")
        return tuple(dict.fromkeys(names))

    def _possible_digests(self, target: str, algorithm: str, label: str) -> list[bytes]:
        """Return the digests that a link may have."""
        box = self._boxes[target]
        digests = [self._digest(target, algorithm, box.start, box.end)]
        if target in self._packed:
            digests.append(HASHES[algorithm](self._packed[target]).digest())
        if not label.startswith("c2pa.ingredient.v"):
            # C2PA 1.0 took the digest of the claim, which names the digests of all the rest
            digests.append(HASHES[algorithm](self._manifests[target].claim).digest())
        return digests

    def _digest(self, target: str, algorithm: str, start: int, end: int) -> bytes:
        key = (target, algorithm, start, end)
        if key not in self._digests:
            self._digests[key] = HASHES[algorithm](self._view[start:end]).digest()
        return self._digests[key]


def _reachable_from(active: str, manifests: dict[str, Manifest]) -> tuple[str, ...]:
    """Return the labels reachable from the active manifest, depth first, without repetition."""
    seen: dict[str, None] = {}
    pending = [active]
    while pending:
        label = pending.pop()
        if label in seen:
            continue
        seen[label] = None
        targets = (i.target for i in sorted(manifests[label].ingredients, key=lambda i: i.label))
        pending += reversed([t for t in targets if t is not None and t in manifests])
    return tuple(seen)


def _redactors(
    manifests: dict[str, Manifest], reachable: tuple[str, ...]
) -> dict[tuple[str, str], str]:
    """Return who redacts which assertion: (manifest, assertion) -> label of the redactor.

    A manifest redacts its ingredients' assertions (C2PA 2.4 section 6.8). Its own, or those of a
    manifest above it, it cannot: an ingredient must not excuse a change to what refers to it.
    """
    declared: dict[tuple[str, str], str] = {}
    below: dict[str, set[str]] = {}

    def reach(label: str) -> set[str]:
        if label not in below:
            below[label] = set(_reachable_from(label, manifests))
        return below[label]

    redactors = [label for label in reachable if manifests[label].redacts][:MAX_REDACTORS]
    for redactor in redactors:
        for url in manifests[redactor].redacts:
            target = assertion_content.manifest_label(url)
            if target is None or target not in reach(redactor) or redactor in reach(target):
                continue  # not below, or a cycle, which has no above
            if label := assertion_content.assertion_label(url, target):
                declared[target, label] = redactor
    return declared


def _apply_redactions(
    manifests: dict[str, Manifest], declared: dict[tuple[str, str], str]
) -> dict[str, Manifest]:
    """Mark assertions that a later, reachable manifest declares as redacted.

    A hard binding or an actions assertion may not be redacted (C2PA 2.4 section 6.8): those keep
    their mismatch. Nor may a manifest redact its own assertions.
    """
    if not declared:
        return manifests
    result = dict(manifests)
    forbidden: list[tuple[str, Finding]] = []
    for label in {target for target, _ in declared} & set(manifests):
        findings: list[Finding] = []
        kept: list[Assertion] = []
        for assertion in manifests[label].assertions:
            redactor = declared.get((label, assertion.label))
            if redactor is None or assertion.linkage is Linkage.MATCH:
                kept.append(assertion)
                continue
            where = f"{label}/{assertion.label}"
            if assertion.base in HARD_BINDINGS or assertion.base.startswith("c2pa.actions"):
                message = f"this assertion may not be redacted, but {redactor} did"
                forbidden.append((redactor, error("redaction.forbidden", message, where)))
                kept.append(assertion)
            else:
                findings.append(note("redaction", f"removed by {redactor}", where))
                kept.append(replace(assertion, linkage=Linkage.REDACTED))
        gone = {a.label for a in kept if a.linkage is not Linkage.MATCH}
        result[label] = replace(
            manifests[label],
            assertions=tuple(kept),
            actions=tuple(g for g in manifests[label].actions if g.label not in gone),
            findings=(*manifests[label].findings, *findings),
        )
    for redactor, finding in forbidden:
        result[redactor] = replace(result[redactor], findings=(*result[redactor].findings, finding))
    return result
