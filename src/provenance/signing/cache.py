"""What was verified already: links, certificates, chains, tokens and answers, by digest.

And how much was verified for the file at hand. A check is counted by what it checks, whether it is
made or remembered, so that what a file is answered does not depend on the files before it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from provenance.signing import algorithms, certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from provenance.signing.algorithms import Scheme
    from provenance.signing.certificate import Certificate
    from provenance.signing.chain_answer import CertificateInfo

DEFAULT_ENTRIES = 4096
# Of one file, in checks with an ordinary key. The dearest real file, of 30 manifests, takes 65; 100
# photos with a signer, a time-stamp and a stapled answer each take 300.
MAX_CHECKS = 768
MAX_CLAIM_CHECKS = 2048

_Value = TypeVar("_Value")


class _Bounded(Generic[_Value]):
    """A map that forgets what was used longest ago."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[Hashable, _Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """The value under `key`, made now where it is not there. A fault is not remembered."""
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        value = make()
        self._held[key] = value
        if len(self._held) > self._limit:
            self._held.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._held)


class ChainCache:
    """Remembers what does not change: use one for many files.

    Holds at most `entries` values of each kind. Everything is keyed by digests of the whole
    input (and of the trust store, where the answer rests on it), so a hit equals a fresh answer.
    Not locked: give each thread its own. Call `begin` before each file: the budget of signature
    checks is one for all that a file holds.
    """

    def __init__(self, entries: int = DEFAULT_ENTRIES) -> None:
        self._certificates: _Bounded[Certificate] = _Bounded(entries)
        self._described: _Bounded[CertificateInfo] = _Bounded(entries)
        self._links: _Bounded[bool] = _Bounded(entries)
        self._results: _Bounded[tuple[object, dict[Hashable, int]]] = _Bounded(entries)
        self.begin_file()

    def begin_file(self) -> None:
        """Begin another file: nothing of its budget is spent."""
        self._file: dict[Hashable, int] = {}
        self._frame: dict[Hashable, int] = {}
        self._spent = self._claims = 0

    @property
    def spent(self) -> bool:
        """Whether the file has used up its checks of certificates, tokens and answers."""
        return self._spent >= MAX_CHECKS

    def take_claim_check(self, spki: bytes) -> bool:
        """Take one check of a claim signature out of the file's budget; false where it is spent.

        These have their own, larger than a manifest store can be with ordinary keys, so that no
        chain takes from the manifests after it the answer whether they were altered.
        """
        self._claims += algorithms.cost(spki)
        return self._claims <= MAX_CLAIM_CHECKS

    def certificate(self, data: bytes) -> Certificate:
        """The certificate that `data` is, in DER. Raises `DerError`."""
        return self._certificates.get(data, lambda: certificate.read_certificate(data))

    def describe(self, parsed: Certificate) -> CertificateInfo:
        """What a report says of a certificate."""
        return self._described.get(parsed.sha256, lambda: certificate.describe(parsed))

    def link(self, issuer: Certificate, child: Certificate) -> bool:
        """Whether the key of `issuer` signed `child`."""
        key = (issuer.sha256, child.sha256)
        self.charge(key, algorithms.cost(issuer.spki))
        return self._links.get(
            key,
            lambda: algorithms.verify(issuer.spki, child.scheme, child.signature, child.tbs),
        )

    def verify(self, spki: bytes, scheme: Scheme, signature: bytes, message: bytes) -> bool:
        """Whether a signature verifies; counted, and remembered only within a `result`."""
        key = hashlib.sha256(spki + signature).digest()
        self.charge(key, algorithms.cost(spki))
        return algorithms.verify(spki, scheme, signature, message)

    def result(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """A whole answer (of a chain, a token, an OCSP response) under a key that tells them apart.

        The first item of `key` names the kind, so that one kind has one type.
        """
        value, counted = self._results.get(key, lambda: self._counted(make))
        for check, price in counted.items():
            self.charge(check, price)
        # One map for values of many types: a key's kind, not the map, says which type it has.
        return value  # type: ignore[return-value]  # see above

    def _counted(self, make: Callable[[], object]) -> tuple[object, dict[Hashable, int]]:
        outer, self._frame = self._frame, {}
        try:
            return make(), self._frame
        finally:
            self._frame = outer

    def charge(self, check: Hashable, price: int) -> None:
        """Count a check of the file, once however often it is asked for."""
        self._frame[check] = price
        if check not in self._file:
            self._file[check] = price
            self._spent += price
