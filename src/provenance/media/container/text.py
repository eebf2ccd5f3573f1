"""Text: a store hidden in variation selectors, or in a comment (C2PA 2.4 sections A.8 and A.9).

Unstructured text has a `C2PATextManifestWrapper`: a zero-width no-break space, then each byte of
the wrapper as one variation selector, which nothing shows. Structured text, such as source code or
Markdown, has a comment or lines of front matter between fixed delimiters, with the address of a
store or the store itself in base64. Both are looked for in every file that begins as text does,
whatever its name, since text is copied and pasted.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from provenance.base.values import dataclass
from provenance.media.container import coded, jumbf_header, leftovers, xmp_document
from provenance.media.container.block import Coding, Family, Span
from provenance.media.container.bounds import MAX_TEXT_SEARCH, MAX_TEXT_STORES
from provenance.media.container.coded import CODED
from provenance.media.container.collect import Collector
from provenance.media.container.comments import encloses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provenance.media.asset import Asset
    from provenance.media.container.block import Scan

_PEEK = 4_096  # bytes in which text has no control characters
_CONTROLS = bytes(n for n in range(32) if n not in b"\t\n\v\f\r\x1b") + b"\x7f"
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins; UTF-32 is not met in files
BEGIN, END = b"-----BEGIN C2PA MANIFEST-----", b"-----END C2PA MANIFEST-----"
_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]+")
_SCHEME = b"data:application/c2pa;base64,"
_DATA = re.compile(_SCHEME, re.IGNORECASE)
_TIDY = re.compile(rb"[A-Za-z0-9+/]*={0,2}")  # the decoder takes more, and passes it over
_BREAK = re.compile(rb"[ \t]*\r?\n[ \t]*")
_NAMED = re.compile(rb"data:\s*application/c2pa", re.IGNORECASE)
_LONGEST = 1_024  # bytes of an address, and of what is quoted of a store
_URI = re.compile(rb"(?!data:)[a-z][a-z0-9+.-]*:[^\s\"'<>]{1,1024}", re.IGNORECASE)
_ADDRESS = re.compile(rb"https?://[^\s\"'<>]{1,1024}", re.IGNORECASE)
_COMMENT, _WRAPPER = "comment", "C2PATextManifestWrapper"  # places
_CODED_START = 16  # characters of base64 in front of `CODED`
_HEAD = 256  # characters of base64 decoded to judge the superbox


def _selectors(data: bytes) -> bytes:
    """Return bytes as variation selectors in UTF-8 (A.8.3.1)."""
    return "".join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in data).encode()


MARK = b"\xef\xbb\xbf"  # U+FEFF in UTF-8
_MAGIC = _selectors(b"C2PATXT\0")
_STORE = _selectors(b"jumdc2pa")  # the description box of a manifest store
_RUN = re.compile(  # at most so many at a time: what it matched of each is kept until it ends
    rb"(?:\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x86][\x80-\xbf]|\xf3\xa0\x87[\x80-\xaf]){1,4096}"
)
_LEADS = bytes(range(0xF0, 0xF8))  # bytes that begin a character of four, a pair in UTF-16
_FOLLOWING = bytes(range(0x80, 0xC0))  # bytes that begin no character
_FIXED = 13  # bytes of a wrapper in front of the store: magic, version, length


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A `C2PATextManifestWrapper` in UTF-8: its bytes from `start` to `end`.

    `fault` says what is wrong with it, empty where nothing is.
    """

    start: int
    end: int
    fault: str = ""


def wrappers(data: bytes) -> Iterator[Wrapper]:
    """Find the wrappers in text as UTF-8, in order (A.8.4.2)."""
    at = data.find(MARK + _MAGIC)
    while at >= 0:
        end = _run_end(data, at + len(MARK))
        yield _wrapper(data, at, end)
        at = data.find(MARK + _MAGIC, end)


def _run_end(data: bytes, at: int) -> int:
    """Return where the variation selectors end that begin at `at`."""
    while run := _RUN.match(data, at):
        at = run.end()
    return at


def _wrapper(data: bytes, start: int, stop: int) -> Wrapper:
    text = data[start + len(MARK) : stop].decode()
    header = unselected(text[:_FIXED])
    if len(header) < _FIXED:
        return Wrapper(start, stop, "it ends before it says how long it is")
    declared = _FIXED + int.from_bytes(header[9:13], "big")
    if header[8] != 1:
        return Wrapper(start, stop, f"version {header[8]}, where 1 is the only one")
    if declared > len(text):
        there = len(text) - _FIXED
        return Wrapper(start, stop, f"it declares {declared - _FIXED} bytes; {there} are there")
    return Wrapper(start, start + len(MARK) + len(text[:declared].encode()))


def is_wrapper(head: bytes) -> bool:
    """Tell whether the first 64 bytes of a place in a file begin a wrapper, whatever the coding."""
    wide = (MARK + _MAGIC).decode()
    begins = (MARK + _MAGIC, wide.encode("utf-16-le"), wide.encode("utf-16-be"))
    return head.startswith(begins)


def unselected(text: str) -> bytes:
    """Return the bytes that variation selectors encode (A.8.3.2). Raises ValueError."""
    if not _BYTES.keys() >= set(text):
        raise ValueError("a character that is not a variation selector")
    wide = text.encode("utf-32-le")  # a number that is added is many times faster than a table
    low, plane = (
        int.from_bytes(part, "little") for part in (wide[::4], wide[2::4].translate(_PLANES))
    )
    return (low + plane).to_bytes(len(text), "little")


_BYTES = {chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16): b for b in range(256)}
_PLANES = bytes(16 if n == 0x0E else 0 for n in range(256))  # U+E0100 encodes 16


def decoded(data: bytes) -> str:
    """Return a whole text file as text. Raises ValueError for what is not Unicode."""
    if data.startswith(_WIDE):
        return data.decode("utf-16")
    return data.decode("utf-8")


def store_of(data: bytes) -> bytes:
    """Return the store in a run of variation selectors, as it is in the file, its mark in front.

    Without a wrapper that can be read, it is all from where a store begins. Raises ValueError.
    """
    coding = {MARK[:2]: "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    text = data.decode(coding.get(data[:2], "utf-8")).removeprefix("\ufeff")
    hidden = unselected(text)
    if hidden.startswith(b"C2PATXT\0") and len(hidden) >= _FIXED:
        return hidden[_FIXED : _FIXED + int.from_bytes(hidden[9:13], "big")]
    return hidden[max(hidden.find(b"jumb") - 4, 0) :]


def scan_text(asset: Asset) -> Scan:
    """Find the manifest stores of a text file, or the reference to one."""
    out = Collector(asset)
    data = asset.read(0, min(asset.size, MAX_TEXT_SEARCH))
    if asset.size > MAX_TEXT_SEARCH:
        out.limit(f"only the first {MAX_TEXT_SEARCH} bytes were searched")
    if data.startswith(_WIDE):
        _wide(out, data)
    else:
        _hidden(out, data, lambda at: at)
        _delimited(out, data)
        _introduced(out, data)
    leftovers.raw(out, data)
    xmp_document.packets(out, data)
    return out.finish("text/plain", "text")


def _wide(out: Collector, data: bytes) -> None:
    """Search UTF-16, of which only the wrapper has a place that is known in the file's bytes."""
    text = data[: len(data) & ~1].decode("utf-16", "replace")
    narrow = text.encode("utf-8", "replace")

    known = (0, 2)

    def place(at: int) -> int:
        nonlocal known
        first, start = known if known[0] <= at else (0, 2)
        part = narrow[first:at]
        units = len(part.translate(None, _FOLLOWING)) + len(part)
        known = at, start + 2 * (units - len(part.translate(None, _LEADS)))
        return known[1]

    _hidden(out, narrow, place)
    for met, block in enumerate(_blocks(narrow)):
        if met >= MAX_TEXT_STORES:
            out.limit(f"more than {MAX_TEXT_STORES} manifest blocks", _COMMENT)
            return
        if _readable(narrow[block.first : block.last].strip()) is not None:
            out.remain(_COMMENT, place(block.start))


def _hidden(out: Collector, data: bytes, place: Callable[[int], int]) -> None:
    """Add the stores in variation selectors; `place` gives an offset's place in the file."""
    known: list[tuple[int, int]] = []
    for wrapper in wrappers(data):
        if len(known) >= MAX_TEXT_STORES:
            out.limit(f"more than {MAX_TEXT_STORES} wrappers", _WRAPPER)
            break
        known.append((wrapper.start, wrapper.end))
        begin = place(wrapper.start)
        span = Span(begin, place(wrapper.end) - begin)
        if wrapper.fault:
            out.fault("manifest.text.corruptedWrapper", wrapper.fault, _WRAPPER)
            out.remain(_WRAPPER, begin, (span,), Coding.SELECTORS)
        else:
            out.coded_store(_WRAPPER, span, Coding.SELECTORS)
    selected(out, data, place, known)


def selected(
    out: Collector,
    data: bytes,
    place: Callable[[int], int] = int,
    known: Sequence[tuple[int, int]] = (),
) -> None:
    """Add the stores in variation selectors that no wrapper leads to; `known` are those of one."""
    at = data.find(_STORE)
    while at >= 0 and len(out.remains) < MAX_TEXT_STORES:
        end = next((end for start, end in known if start <= at < end), 0)
        if not end:
            first, end = _run_before(data, at), _run_end(data, at)
            begin = place(first)
            span = Span(begin, place(end) - begin)
            out.remain("variation selectors", begin, (span,), Coding.SELECTORS)
        at = data.find(_STORE, end)  # another in the same run would be the same once more


def _run_before(data: bytes, at: int) -> int:
    """Return where the box header begins that is in front of a description box, as selectors."""
    text = data[max(at - 128, 0) : at].decode("utf-8", "ignore")[-12:]
    kept = ""
    for letter in reversed(text):
        if letter not in _BYTES:
            break
        kept = letter + kept
    return at - len(kept.encode())


@dataclass(frozen=True, slots=True)
class _Block:
    """A manifest block from `start` to `end`; between the delimiters is `first` to `last`."""

    start: int
    first: int
    last: int
    end: int


def _blocks(data: bytes) -> Iterator[_Block]:
    """Find the delimiters that belong together, in order: the last of the first before an END."""
    at = 0
    while (last := data.find(END, at)) >= 0:
        start = data.rfind(BEGIN, at, last)
        at = last + len(END)
        if start >= 0:
            yield _Block(start, start + len(BEGIN), last, at)


def _delimited(out: Collector, data: bytes) -> None:
    """Add the stores between delimiters; a reference that cannot be read is a note."""
    met = stores = 0
    for block in _blocks(data):
        met += 1
        if met > MAX_TEXT_STORES:
            out.limit(f"more than {MAX_TEXT_STORES} manifest blocks", _COMMENT)
            return
        between = data[block.first : block.last]
        reference = between.strip()
        store = _readable(reference)
        if store is not None:
            stores += 1
            start = block.first + len(between) - len(between.lstrip())
            span = Span(start + store, len(reference) - store)
            out.coded_store(_COMMENT, span, Coding.BASE64, (_extent(data, block, span),))
        elif unnamed := _unnamed(data, block.first, block.last):
            out.remain(_COMMENT, unnamed.offset, (unnamed,), Coding.BASE64)
        else:
            _referred(out, block, reference)
    if stores > 1:
        message = f"{stores} manifest blocks where one belongs"
        out.fault("manifest.structuredText.multipleReferences", message, _COMMENT)
    if not met and (BEGIN in data or END in data):
        if unnamed := _unnamed(data, 0, len(data)):  # one letter of the other delimiter is wrong
            out.remain(_COMMENT, unnamed.offset, (unnamed,), Coding.BASE64)
        message = "only one of the two delimiters, or not in their order"
        out.note("manifest.structuredText.noManifest", message, _COMMENT)


def _referred(out: Collector, block: _Block, reference: bytes) -> None:
    """Note what is between two delimiters, where that is not a store."""
    if len(reference) <= _LONGEST and _ADDRESS.fullmatch(reference):
        out.note("container.remote_reference", "the address of a manifest store", _COMMENT)
    elif not reference:
        out.note("manifest.structuredText.emptyReference", "nothing between them", _COMMENT)
    elif len(reference) > _LONGEST and _NAMED.match(reference):
        out.remain(_COMMENT, block.start)  # whatever it says, nobody quotes so much
    elif len(reference) <= _LONGEST and _URI.fullmatch(reference):
        message = "an address that is not one of the web, so that no way leads to the store"
        out.note("manifest.structuredText.noResolutionPath", message, _COMMENT)
    else:
        message = "delimiters without a manifest store or an address between them"
        out.note("manifest.structuredText.malformedReference", message, _COMMENT)


def _introduced(out: Collector, data: bytes) -> None:
    """Add stores in base64 of which only what is in front of them says so: no delimiter does."""
    at = data.find(CODED)
    while at >= 0 and len(out.remains) < MAX_TEXT_STORES:
        begin = coded.begins(data, at)
        at = data.find(CODED, at + 1)
        named = begin >= 0 and coded.is_introduced(data[max(begin - _LONGEST, 0) : begin])
        if named and not out.holds(begin, leftovers.STORE):
            out.remain(_COMMENT, begin, (coded.span(data, begin),), Coding.BASE64)


def _readable(reference: bytes) -> int | None:
    """Return where base64 begins in a reference that holds a store, damaged or not."""
    match = _DATA.match(reference)
    if match is None:
        return None
    first = bytes(c for c in reference[match.end() : match.end() + _HEAD] if c in _ALPHABET)
    start = binascii.a2b_base64(first[: len(first) // 4 * 4])
    return match.end() if start[4:8] == b"jumb" or jumbf_header.begins(start) >= 0 else None


def _unnamed(data: bytes, first: int, last: int) -> Span | None:
    """Return where base64 of a store is that nothing says is one."""
    at = data.find(CODED, first, last)
    run = _BASE64.match(data, max(at - _CODED_START, 0)) if at >= 0 else None
    return Span(run.start(), run.end() - run.start()) if run else None


def _extent(data: bytes, block: _Block, coded: Span) -> Span:
    """Return the lines of a block with the line ends around them (A.9.4).

    No hash covers them, so nothing may be in them that a program could run, or that would make more
    or less of the text a comment. Where something else is next to the block, it is the block and no
    more; where it is in the block, it is the base64 alone.
    """
    after = coded.offset + coded.length
    if not _TIDY.fullmatch(data, coded.offset, after):
        return coded
    gaps = data[block.first : coded.offset - len(_SCHEME)], data[after : block.last]
    flat = not any(gap.strip(b" \t") for gap in gaps)
    if not flat and not all(_BREAK.fullmatch(gap) for gap in gaps):
        return coded
    start, end = block.start, block.end
    line = data.rfind(b"\n", 0, start) + 1
    stop = data.find(b"\n", end)
    stop = len(data) if stop < 0 else stop
    marks = data[line:start], data[end:stop].removesuffix(b"\r")
    if encloses(*marks, data, line, flat=flat):
        start, end = line, min(stop + 1, len(data))
        if data[start - 1 : start] == b"\n":
            start -= 2 if data[start - 2 : start] == b"\r\n" else 1
    return Span(start, end - start)


SOUGHT = (
    *(_STORE, CODED),
    *(m.decode().encode(c) for c in ("utf-16-le", "utf-16-be") for m in (_STORE, CODED)),
)
"""What a store of text has near its start, in every coding of text."""


def overlooked(out: Collector, end: int) -> None:
    """Add a store of text in what was not recognised as text, up to a place in the file.

    One control character, or UTF-16 without the mark of its order, is enough for that.
    """
    for at in leftovers.marks(out, _STORE, 0, end):
        data = out.asset.read(at, end - at)
        out.remain(leftovers.PLACE, at, (Span(at, _run_end(data, 0)),), Coding.SELECTORS)
        return
    for at in leftovers.marks(out, CODED, 0, end):
        base = max(at - _LONGEST, 0)
        begin = coded.begins(out.asset.read(base, at - base), at - base)
        if begin < 0 or not coded.is_introduced(out.asset.read(base, begin)):
            continue
        run = coded.span(out.asset.read(base + begin, end - base - begin), 0)
        first = base + begin
        out.remain(leftovers.PLACE, first, (Span(first, run.length),), Coding.BASE64)
        return
    for mark in SOUGHT[2:]:
        for at in leftovers.marks(out, mark, 0, end):
            out.remain(leftovers.PLACE, at)
            return


def _recognise(asset: Asset, head: bytes) -> bool:
    """Tell whether a file begins as text does: no control characters, in some Unicode or ASCII."""
    first = asset.read(0, _PEEK)
    if head.startswith(_WIDE):
        first = first[: len(first) & ~1].decode("utf-16", "ignore").encode("utf-8", "ignore")
    return bool(first) and len(first) == len(first.translate(None, _CONTROLS))


FAMILY = Family(
    title="text",
    media_types=("text/plain",),
    scan=scan_text,
    example=b"# " + BEGIN + b" https://example.com/a.c2pa " + END + b"\n",
    store="variation selectors (A.8), or a comment between delimiters (A.9)",
    recognise=_recognise,
    near_miss=b"text\0with a zero byte",
    checksums=False,
)
