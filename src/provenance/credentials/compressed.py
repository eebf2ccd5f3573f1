"""Compressed manifests (C2PA 2.4 section 11.2.4): a `c2cm` superbox around one `brob` box.

The Brotli stream is the JUMBF superbox of a standard or update manifest, from its first byte. A
store is expanded first and read as if it had never been compressed. What is wrong with one is said,
and the box stays as it is.

A link to such a manifest is over the box as it is, compressed (section 11.1.3.2). That text is of
2.4; makers before it, and the SDK, took the digest of the manifest that comes out. `packed` keeps
what the first needs, and `store` accepts either: what is read is the manifest that comes out, and
both digests leave no choice of it.
"""

from __future__ import annotations

from dataclasses import field

from provenance.base.unbrotli import BrotliError, BrotliLimitError, unbrotli
from provenance.base.values import dataclass
from provenance.credentials import jumbf, rebuilt
from provenance.credentials.budget import Budget


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a compressed manifest holds that is not the manifest of its label: loose evidence.

    `data` is what the stream expanded to, `box` the superbox in it.
    """

    data: bytes
    box: jumbf.Superbox


@dataclass(frozen=True, slots=True)
class Expanded:
    """A store without compressed manifests. `faults` are by label, `misfits` in file order.

    `packed` is what the digest of a box is taken over as long as it is compressed, by label.
    """

    data: bytes
    root: jumbf.Superbox
    faults: dict[str, str]
    misfits: tuple[Misfit, ...] = ()
    packed: dict[str, bytes] = field(default_factory=dict)


class _CompressedError(ValueError):
    """A compressed manifest that cannot be read. The message says why."""

    def __init__(self, message: str, *held: Misfit) -> None:
        super().__init__(message)
        self.held = held


def expand(data: bytes, root: jumbf.Superbox, budget: Budget | None = None) -> Expanded:
    """Return a store without compressed manifests, walked anew, and what is wrong by label.

    `root` is what `jumbf.parse_jumbf` gave for `data`. All expanded manifests of a file together
    have at most `budget.expanded` bytes. Raises JumbfError where the expanded store breaks a bound.
    """
    if not any(map(_is_compressed, root.children)):
        return Expanded(data, root, {})
    faults: dict[str, str] = {}
    misfits: list[Misfit] = []
    packed: dict[str, bytes] = {}
    parts: list[bytes] = []
    budget = budget or Budget()
    for box in root.children:
        part = data[box.start : box.end]
        if box.uuid == jumbf.COMPRESSED_MANIFEST:
            try:
                part = _manifest(data, box, budget)
                packed[box.label] = data[box.start : box.end]
            except _CompressedError as e:
                faults[box.label] = f"cannot be expanded: {e}"
                misfits += e.held
        elif _is_compressed(box):
            misfits += _misfits_in(data, box, budget)
        parts.append(part)
    whole = rebuilt.store_of(data, root, parts)
    return Expanded(whole, jumbf.parse_jumbf(whole), faults, tuple(misfits), packed)


def _is_compressed(box: jumbf.Superbox) -> bool:
    """Tell whether a box of the store holds a compressed one, by its type or under another."""
    if box.uuid == jumbf.COMPRESSED_MANIFEST:
        return True
    return box.uuid not in jumbf.MANIFESTS and box.content(b"brob") is not None


def contents(data: bytes) -> bytes:
    """Return what the compressed boxes of a store hold, one after the other, as far as it is had.

    For a search of words in a store that is not read as one. At most the budget of a file.
    """
    if b"brob" not in data:
        return b""
    try:
        root = jumbf.parse_jumbf(data)
    except jumbf.JumbfError:
        return b""
    budget = Budget()
    return b"".join(held.data for box in root.children for held in _misfits_in(data, box, budget))


def contains(whole: bytes, part: bytes) -> bool:
    """Tell whether every manifest of store `part` is in store `whole`, compressed or not.

    The SDK compresses anew what it gives back, and no two encoders write the same stream.
    """
    if jumbf.contains(whole, part):
        return True
    if b"brob" not in whole:
        return False
    try:
        expanded = (expand(data, jumbf.parse_jumbf(data)).data for data in (whole, part))
        return jumbf.contains(*expanded)
    except jumbf.JumbfError:
        return False


def _manifest(data: bytes, box: jumbf.Superbox, budget: Budget) -> bytes:
    """Return the manifest that a box holds; what is none, or not its own, is a misfit."""
    if len(box.boxes) != 1 or box.children:
        message = "it does not hold one compressed box"
        raise _CompressedError(message, *_misfits_in(data, box, budget))
    held = _expanded_misfit(data, box, budget)
    if held.box.uuid not in jumbf.MANIFESTS - {jumbf.COMPRESSED_MANIFEST}:
        raise _CompressedError("what was compressed is not a manifest", held)
    if held.box.label != box.label:
        raise _CompressedError("the manifest inside has another label", held)
    return held.data[held.box.start : held.box.end]


def _misfits_in(data: bytes, box: jumbf.Superbox, budget: Budget) -> tuple[Misfit, ...]:
    try:
        return (_expanded_misfit(data, box, budget),)
    except _CompressedError:
        return ()


def _expanded_misfit(data: bytes, box: jumbf.Superbox, budget: Budget) -> Misfit:
    content = box.content(b"brob")
    if content is None:
        raise _CompressedError("it does not hold one compressed box")
    try:
        expanded = unbrotli(data[content.start : content.end], budget.expanded)
        budget.expanded -= len(expanded)
        return Misfit(expanded, jumbf.superbox(expanded))
    except BrotliLimitError as e:
        budget.limits["over the limit of what manifests of one file expand to"] = None
        budget.expanded //= 2  # else each of a hundred would be expanded up to the limit
        raise _CompressedError(str(e)) from e
    except BrotliError as e:
        raise _CompressedError(str(e)) from e
    except jumbf.JumbfError as e:
        raise _CompressedError(f"what was compressed is not a manifest: {e}") from e
