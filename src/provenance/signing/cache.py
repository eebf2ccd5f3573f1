"""What was verified already: links, certificates, chains, tokens and answers, by digest."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from provenance.signing import algorithms, certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from provenance.signing.certificate import Certificate
    from provenance.signing.model import CertificateInfo

DEFAULT_ENTRIES = 4096

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
    Not locked: give each thread its own.
    """

    def __init__(self, entries: int = DEFAULT_ENTRIES) -> None:
        self._certificates: _Bounded[Certificate] = _Bounded(entries)
        self._described: _Bounded[CertificateInfo] = _Bounded(entries)
        self._links: _Bounded[bool] = _Bounded(entries)
        self._results: _Bounded[object] = _Bounded(entries)

    def certificate(self, data: bytes) -> Certificate:
        """The certificate that `data` is, in DER. Raises `DerError`."""
        return self._certificates.get(data, lambda: certificate.read(data))

    def describe(self, one: Certificate) -> CertificateInfo:
        """What a report says of a certificate."""
        return self._described.get(one.sha256, lambda: certificate.describe(one))

    def link(self, issuer: Certificate, child: Certificate) -> bool:
        """Whether the key of `issuer` signed `child`."""
        return self._links.get(
            (issuer.sha256, child.sha256),
            lambda: algorithms.verify(issuer.spki, child.scheme, child.signature, child.tbs),
        )

    def result(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """A whole answer (of a chain, a token, an OCSP response) under a key that tells them apart.

        The first item of `key` names the kind, so that one kind has one type.
        """
        # One map for values of many types: a key's kind, not the map, says which type it has.
        return self._results.get(key, make)  # type: ignore[return-value]  # see above
