"""What is decoded of one file's credentials, all manifests and stores together.

A few kilobytes can expand to megabytes of claims, and each of these to objects many times as large.
The bounds are far above real files: the richest at hand has 30 manifests with 180 KB of assertions,
49 actions and 52 ingredients. A bound that was reached is said, and flags the file where origin is
spoken of: see `ManifestStore.limits`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from provenance.base import cbor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.credentials.manifest import Assertion, Product

FREE = 512 << 10  # bytes of assertions that are decoded without a look at what that costs
EXPANDED = 64 << 20  # bytes that compressed manifests expand to
ITEMS = 300_000  # of CBOR or JSON in assertions beyond; an item takes up to 180 bytes of memory
CLAIMS = 4 << 20  # bytes of claims
KEPT = 256 << 10  # bytes of claims that stay decoded
ACTIONS = 5_000  # read in full; of further ones action and source type are
PRODUCTS = 64  # claim generators of one manifest; real ones have three at most
STATUSES = 2_000  # failures that ingredients recorded
_SPEAKING = ("c2pa.actions", "c2pa.ingredient", "c2pa.ai", "stds.")  # may speak of origin
_METADATA = "metadata"


@dataclass(slots=True)
class Budget:
    """What is left of one file's bounds.

    `limits` says which were reached where origin is spoken of, `passed_over` which elsewhere; each
    once.
    """

    expanded: int = EXPANDED
    free: int = FREE
    items: int = ITEMS
    claims: int = CLAIMS
    kept: int = KEPT
    actions: int = ACTIONS
    statuses: int = STATUSES
    limits: dict[str, None] = field(default_factory=dict)
    passed_over: dict[str, None] = field(default_factory=dict)

    def admit(self, assertions: Iterable[Assertion]) -> tuple[Assertion, ...]:
        """Return assertions, those that may not be decoded any more marked as refused."""
        return tuple(map(self._admitted, assertions))

    def _admitted(self, assertion: Assertion) -> Assertion:
        size = len(assertion.payload)
        if size <= self.free:
            self.free -= size
            return assertion
        count = _items(assertion, self.items + 1)
        if count <= self.items:
            self.items -= count
            return replace(assertion, kept=False)
        self.items //= 2  # else a thousand such assertions would be counted in turn
        why = f"over the limit of {ITEMS} items in assertions of one file"
        base = assertion.base
        speaks = base.startswith(_SPEAKING) or base.endswith(_METADATA)
        (self.limits if speaks else self.passed_over)[why] = None
        return replace(assertion, refused=why)

    def take_claim(self, size: int) -> str:
        """Take a claim of so many bytes; return why it may not be decoded, empty where it may."""
        if size > cbor.MAX_BYTES:
            why = f"a claim of over {cbor.MAX_BYTES} bytes"
        elif size > self.claims:
            why = f"over the limit of {CLAIMS} bytes of claims in one file"
        else:
            self.claims -= size
            return ""
        self.limits[why] = None
        return why

    def keeps(self, size: int) -> bool:
        """Tell whether a claim of so many bytes may stay decoded."""
        self.kept -= size
        return self.kept >= 0

    def take_products(self, products: tuple[Product, ...]) -> tuple[Product, ...]:
        """Return as many claim generators of one manifest as are read."""
        if len(products) > PRODUCTS:
            self.limits[f"over {PRODUCTS} claim generators in one manifest"] = None
        return products[:PRODUCTS]

    def take_actions(self, count: int) -> int:
        """Take so many actions; return how many of them are to be read in full."""
        if count > self.actions:
            why = (
                f"over {ACTIONS} actions in one file: of further ones only the source type was read"
            )
            self.limits[why] = None
        granted = min(count, self.actions)
        self.actions -= granted
        return granted

    def take_statuses(self, count: int) -> bool:
        """Take so many recorded failures; false where that is too many."""
        self.statuses -= count
        if self.statuses < 0:
            self.limits[f"over {STATUSES} recorded failures in one file"] = None
        return self.statuses >= 0


def _items(assertion: Assertion, most: int) -> int:
    if assertion.kind == "cbor":
        return cbor.items(assertion.payload, most)
    return sum(assertion.payload.count(mark) for mark in (b",", b"[", b"{", b":"))
