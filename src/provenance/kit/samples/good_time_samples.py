"""The sound samples about time and revocation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import expect, stamps
from provenance.kit.claims import NewAssertion, NewIngredient
from provenance.kit.cose_sign1 import Sealing, Stamp
from provenance.kit.demands import DemandBreach
from provenance.kit.pki_specs import Who
from provenance.kit.sample import Bench, SampleClass
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import signed_file, store_of

if TYPE_CHECKING:
    from provenance.kit.sample import Sample


def stamp(bench: Bench, who: Who = Who.TSA) -> Sealing:
    """A sound time-stamp of 30 days before the reference time."""
    return Sealing(stamp=Stamp(bench.signed_at, bench.pki.authority(who)))


def _claimed_time(name: str, what: str, days: int, code: str) -> Sample:
    def make(bench: Bench) -> bytes:
        how = Sealing(protected={"iat": int(bench.at(days).timestamp())})
        return signed_file(bench.media(), replace(bench.manifest(), sealing=how))

    return good(
        name,
        SampleClass.TRUSTED_TIME,
        f"the signer claims a time of signing {what} the validity of the certificate",
        "15.8.3",
        make,
        because=f"a validator may look at iat, and then says timeOfSigning.{code}, which informs"
        " and rejects nothing",
    )


def stamped(bench: Bench, who: Who = Who.MAIN) -> bytes:
    """A JPEG signed then and time-stamped."""
    return signed_file(bench.media(), replace(bench.manifest(who=who), sealing=stamp(bench)))


def _expired_stamped(bench: Bench) -> bytes:
    inside = Stamp(bench.at(-300), bench.pki.authority())
    manifest = bench.manifest(who=Who.EXPIRED)
    return signed_file(bench.media(), replace(manifest, sealing=Sealing(stamp=inside)))


def answer(bench: Bench, who: Who, said: stamps.OcspStatus, responder: Who = Who.OCSP) -> bytes:
    """An OCSP response about a signer."""
    certificate = bench.pki.certificate
    key = bench.pki.key(responder)
    about, issuer = certificate(who), bench.pki.issuer_of(who)
    return stamps.ocsp_response(about, issuer, certificate(responder), key, said)


def _stapled(bench: Bench) -> bytes:
    response = answer(bench, Who.MAIN, stamps.OcspStatus(bench.at(-29)))
    how = replace(stamp(bench), ocsp=(response,))
    return signed_file(bench.media(), replace(bench.manifest(), sealing=how))


def _later_status(bench: Bench) -> bytes:
    response = answer(bench, Who.MAIN, stamps.OcspStatus(bench.at(-10)))
    base = stamped(bench)
    parent = NewIngredient(
        "parentOf", "base", store=store_of(base), instance_id=bench.instance("base")
    )
    status = NewAssertion("c2pa.certificate-status", {"ocspVals": [response]})
    manifest = replace(
        bench.manifest(status, part="update"),
        ingredients=(parent,),
        update=True,
        sealing=replace(stamp(bench), ocsp=(response,)),
    )
    return signed_file(base, manifest)


SAMPLES = (
    good(
        "stamped",
        SampleClass.TRUSTED_TIME,
        "time-stamped 30 days before the reference time",
        "15.8.2",
        stamped,
        expect.STAMPED,
        because="the authority leads to the kit's time-stamp root and the certificate was valid",
    ),
    _claimed_time("claimed-time", "within", -30, "insideValidity"),
    _claimed_time("claimed-time-outside", "outside of", -300, "outsideValidity"),
    good(
        "expired-stamped",
        SampleClass.TRUSTED_TIME,
        "signed with a certificate that has expired since, time-stamped while it was valid",
        "15.8.2",
        _expired_stamped,
        expect.STAMPED,
        because="with a trusted time-stamp the attested time counts and not the current one",
    ),
    good(
        "ocsp-good",
        SampleClass.TRUSTED_TIME,
        "time-stamped, with a stapled OCSP response that says good",
        "15.9.1",
        _stapled,
        replace(
            expect.STAMPED,
            revocation="good",
            success=(*expect.STAMPED.success, "signingCredential.ocsp.notRevoked"),
        ),
        because="an authorised responder said good, a day after the attested time",
    ),
    good(
        "certificate-status",
        SampleClass.TRUSTED_TIME,
        "an update manifest brings OCSP responses for itself and, in an assertion, for its parent",
        "15.9",
        _later_status,
        replace(
            expect.breaching(expect.STAMPED, DemandBreach.INCEPTION),
            revocation="good",
            success=(*expect.STAMPED.success, "signingCredential.ocsp.notRevoked"),
        ),
        because="a later manifest's certificate-status assertion is used like a stapled response",
    ),
)
