"""The throw-away PKI of a kit: authorities, signers, time-stamp authorities, a responder.

Every certificate is made when it is first asked for, from the seed and the reference time. Sound
ones keep to the C2PA certificate profiles (Certificate Policy 0.2); each of the others breaks one
rule, named in `provenance.kit.pki_specs`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from provenance.kit import stamps
from provenance.kit.certificates import CertSpec, Credential, algorithm_of, issue
from provenance.kit.keys import Alg, Seed, private_key
from provenance.kit.pki_specs import SPECS, Who

if TYPE_CHECKING:
    from cryptography import x509

    from provenance.kit.keys import PrivateKey


class Pki:
    """Keys and certificates by name, each made once. Not for threads."""

    def __init__(self, seed: Seed, at: datetime) -> None:
        self.seed = seed
        self.at = at
        self._keys: dict[str, PrivateKey] = {}
        self._certificates: dict[str, x509.Certificate] = {}

    def key(self, name: str) -> PrivateKey:
        """The private key of a certificate."""
        if name not in self._keys:
            self._keys[name] = private_key(self.seed, name, SPECS[name].kind)
        return self._keys[name]

    def certificate(self, name: str) -> x509.Certificate:
        """A certificate by its name in `SPECS`."""
        if name not in self._certificates:
            self._certificates[name] = self._issue(SPECS[name])
        return self._certificates[name]

    def _issue(self, spec: CertSpec) -> x509.Certificate:
        first, last = (self.at + timedelta(days=days) for days in spec.days)
        serial = self.seed.integer(f"serial/{spec.name}", 120) | 1
        issuer = self.certificate(spec.issuer) if spec.issuer else None
        signing = self.key(spec.signer or spec.issuer or spec.name)
        return issue(
            spec, self.key(spec.name), (first, last), serial, issuer=issuer, signing_key=signing
        )

    def credential(self, who: Who = Who.MAIN, alg: Alg | None = None) -> Credential:
        """An end-entity credential with its chain; the root is left out."""
        chain = [self.certificate(who)]
        spec = SPECS[who]
        while spec.issuer and SPECS[spec.issuer].issuer:
            spec = SPECS[spec.issuer]
            chain.append(self.certificate(spec.name))
        key = self.key(who)
        return Credential(str(who), alg or algorithm_of(key), key, tuple(chain))

    def issuer_of(self, who: Who) -> x509.Certificate:
        """The certificate that issued an end-entity credential."""
        return self.certificate(SPECS[who].issuer or who)

    def authority(self, who: Who = Who.TSA) -> stamps.Authority:
        """A time-stamp authority as tokens need it."""
        credential = self.credential(who)
        return stamps.Authority(credential.leaf, credential.key, credential.chain[1:])
