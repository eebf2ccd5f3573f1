"""What every parser fills: fields and findings, within bounds that hold for the whole asset."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from provenance.base.finding import Finding, note, warning
from provenance.media import container
from provenance.media.container.block import Coding
from provenance.media.metadata.field import MAX_FIELDS, MAX_JSON, MAX_VALUE, Field, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.media.asset import Asset
    from provenance.media.container.block import Block

    Read = Callable[[int, int], bytes]

MAX_FINDINGS = 32  # a hostile file could repeat one defect without end
MAX_TEXT = 6 << 20  # characters of all values together: 24 MiB in the widest form
MAX_INFLATED = 6 << 20  # bytes inflated for one asset: some 10 ms
MAX_BLOCK = 4 << 20  # bytes of one block held in memory
MAX_LOADED = 5 << 20  # bytes of all blocks: searching and parsing them takes some 30 ms
_WINDOW = 128 * 1024  # blocks up to this size are read in one go, larger ones by pieces
_OPENING = 64  # characters within which a JSON value begins, after a prefix or quotes


class SinkFullError(Exception):
    """A bound for the whole asset was reached: nothing more is read. Never leaves the package."""


class Sink:
    """Gathers the fields of one asset. `begin` names the block that is being read."""

    __slots__ = (
        *("asset", "everything", "fields", "findings", "inflatable", "main"),
        *("loadable", "offset", "place", "room", "source"),
    )

    def __init__(self, asset: Asset, *, everything: bool) -> None:
        self.asset = asset
        self.everything = everything
        self.fields: list[Field] = []
        self.findings: list[Finding] = []
        self.room = MAX_TEXT
        self.inflatable = MAX_INFLATED
        self.loadable = MAX_LOADED
        self.main = b""  # the XMP packet that names an extended one
        self.place = ""
        self.offset = 0
        self.source = Source.XMP

    def begin_block(self, block: Block) -> None:
        """Take what follows as coming from this block."""
        self.place = block.place
        self.offset = block.spans[0].offset if block.spans else 0
        self.source = block.kind

    def add(self, key: str, value: str, context: str = "") -> None:
        """Add a field; of its value the first and the last 64 Ki characters are kept.

        Of one that looks like JSON it is 1 MiB in all.

        Raises FullError after MAX_FIELDS fields or MAX_TEXT characters.
        """
        if len(value) > MAX_VALUE:
            value = self._cut(value)
        if len(key) > MAX_VALUE:
            key = self._cut(key)
        self.room -= len(value) + len(key)
        if self.room < 0 or len(self.fields) >= MAX_FIELDS:
            self.limit("more metadata than is read of one file")
            raise SinkFullError
        self.fields.append(Field(self.source, key, value, self.place, self.offset, context))

    def text(self, key: str, data: bytes, context: str = "") -> None:
        """Add a field from bytes that are UTF-8, or else Latin-1; NULs at the end are left out."""
        if len(data) > MAX_JSON:
            self.limit(f"a value of {len(data)} bytes")
            first, last = data[: MAX_JSON - MAX_VALUE], data[1 - MAX_VALUE :]
            while first[-1] & 0xC0 == 0x80 and len(first) > MAX_JSON - MAX_VALUE - 3:
                first = first[:-1]  # not within a character
            first = first[:-1] if first[-1] >= 0xC0 else first
            data = first + b"\n" + last.lstrip(bytes(range(0x80, 0xC0)))
        self.add(key, decoded(data), context)

    def limit(self, message: str) -> None:
        """Note that a bound was reached: what lies after it was not read."""
        self._note(warning("metadata.limit", message, self.place))

    def malformed(self, message: str) -> None:
        """Note that metadata is not what it should be."""
        self._note(note("metadata.malformed", message, self.place))

    def load(self, block: Block, limit: int = MAX_BLOCK) -> bytes | None:
        """Return a block's bytes, joined and decoded; None and a finding where that cannot be."""
        if self.loadable <= 0:
            self.limit("more metadata than is read of one file")
            raise SinkFullError
        coded = block.coding is not Coding.RAW
        if coded:
            limit = min(limit, MAX_JSON, self.inflatable)
        try:
            data = container.load_block(self.asset, block, limit)
        except container.ContainerLimitError as e:
            self.limit(str(e))
            self.inflatable -= limit if coded else 0
            return None
        except container.ContainerDecodeError as e:
            self.malformed(str(e))
            return None
        self.inflatable -= len(data) if coded else 0
        self.loadable -= len(data)
        return data

    def window(self, block: Block) -> tuple[Read, int] | None:
        """Return a way to read a block by offset within it, and its length.

        A large block that is in one range is not held in memory.
        """
        length = block.length
        if length > _WINDOW and len(block.spans) == 1 and block.coding is Coding.RAW:
            start, read = block.offset, self.asset.read
            return (lambda at, count: read(start + at, min(count, length - at))), length
        data = self.load(block)
        if data is None:
            return None
        return (lambda at, count: data[at : at + count]), len(data)

    def inflate(self, data: bytes) -> bytes:
        """Inflate zlib data, up to 1 MiB; what does not fit is a finding, as is what is broken."""
        limit = min(MAX_JSON, self.inflatable)
        if limit <= 0:
            self.limit("more compressed metadata than is read of one file")
            return b""
        decoder = zlib.decompressobj()
        try:
            result = decoder.decompress(data, limit)
        except zlib.error as e:
            self.malformed(f"not deflate data: {e}")
            return b""
        self.inflatable -= len(result)
        if len(result) == limit and not decoder.eof:
            self.limit(f"text that inflates to more than {limit} bytes")
        elif not decoder.eof:
            self.malformed("compressed text that does not end")
        return result

    def _cut(self, value: str) -> str:
        """Leave out the middle of a value: settings are at its end, after a long prompt."""
        start = value[:_OPENING]
        bound = MAX_JSON if "{" in start or "[" in start else 2 * MAX_VALUE
        if len(value) > bound:
            self.limit(f"a value of {len(value)} characters")
            return value[: bound - MAX_VALUE] + "\n" + value[1 - MAX_VALUE :]
        return value

    def _note(self, finding: Finding) -> None:
        if len(self.findings) < MAX_FINDINGS and finding not in self.findings:
            self.findings.append(finding)


def decoded(data: bytes) -> str:
    """Decode text of an unstated encoding: UTF-8 where it is that, Latin-1 otherwise."""
    data = data.rstrip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
