"""Time-stamps that do not count, and what a stapled response says of revocation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cryptography.x509 import ocsp

from provenance.kit import expect, stamps
from provenance.kit.cose_sign1 import Sealing, Stamp
from provenance.kit.pki_specs import Who
from provenance.kit.sample import Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, before
from provenance.kit.samples.good_time_samples import answer, stamp
from provenance.kit.stamps import TokenOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest


def _expired(bench: Bench) -> NewManifest:
    """Signed with a certificate that has expired, time-stamped while it was valid: sound."""
    inside = Stamp(bench.at(-400), bench.pki.authority())
    return replace(bench.manifest(who=Who.EXPIRED), sealing=Sealing(stamp=inside))


def _restamped(**changes: Any) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(_: Bench, manifest: NewManifest) -> NewManifest:
        if manifest.sealing.stamp is None:
            raise ValueError("there is no time-stamp to change")
        stamp = replace(manifest.sealing.stamp, **changes)
        return replace(manifest, sealing=replace(manifest.sealing, stamp=stamp))

    return change


def _stamped_by(who: Who) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda bench, manifest: _restamped(authority=bench.pki.authority(who))(bench, manifest)


def _ignored(
    name: str,
    what: str,
    code: str,
    finding: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    section: str = "15.8.2",
) -> Sample:
    """A time-stamp that does not count, over a certificate that has expired since."""
    expected = expect.outside(expect.STAMPED, "expired", "time.expired", finding)
    row = SampleWords(
        name,
        what,
        section,
        f"the time-stamp is ignored ({code}), so the current time counts: outside the validity",
    )
    said = replace(expected, informational=(code,))
    return before(SampleClass.TIME_STAMP, row, change, said, expect.STAMPED, manifest=_expired)


_NONE = SampleWords(
    "expired",
    "signed with a certificate that has expired; there is no time-stamp",
    "15.8.2",
    "the current time is outside the validity; expiry is not tampering",
)
STAMPS = (
    before(
        SampleClass.TIME_STAMP,
        _NONE,
        lambda _, one: replace(one, sealing=Sealing()),
        expect.outside(expect.STAMPED, "expired"),
        expect.STAMPED,
        manifest=_expired,
    ),
    before(
        SampleClass.TIME_STAMP,
        SampleWords(
            "not-yet-valid",
            "signed with a certificate that is not valid yet",
            "15.8.2",
            "the current time is outside the validity",
        ),
        lambda bench, one: replace(one, signer=bench.pki.credential(Who.FUTURE)),
        expect.outside(expect.AI, "not_yet_valid"),
    ),
    before(
        SampleClass.TIME_STAMP,
        SampleWords(
            "stamped-in-the-future",
            "not valid yet, and time-stamped at a time that is still to come",
            "15.8.2",
            "the authority was valid then, and so is the certificate; whether a time that has not"
            " come yet can be attested, the standard does not say",
        ),
        lambda bench, one: replace(
            one,
            signer=bench.pki.credential(Who.FUTURE),
            sealing=Sealing(stamp=Stamp(bench.at(500), bench.pki.authority())),
        ),
        replace(
            expect.outside(expect.AI, "not_yet_valid", "time.not_yet_valid", "timestamp.future"),
            state=expect.ValidationState.OPEN,
        ),
    ),
    before(
        SampleClass.TIME_STAMP,
        SampleWords(
            "stamped-after-expiry",
            "a trusted time-stamp says that it was signed after the certificate had expired",
            "15.8.2",
            "the attested time counts, and it is outside the validity",
        ),
        lambda bench, one: _restamped(when=bench.signed_at)(bench, one),
        expect.outside(expect.STAMPED, "expired"),
        expect.STAMPED,
        manifest=_expired,
    ),
    _ignored(
        "stranger-authority",
        "the time-stamp is by an authority on no list",
        "timeStamp.untrusted",
        "timestamp.untrusted",
        _stamped_by(Who.STRANGER_TSA),
    ),
    _ignored(
        "authority-expired",
        "the attested time is after the authority's certificate had expired",
        "timeStamp.outsideValidity",
        "timestamp.outside_validity",
        lambda bench, one: _restamped(
            when=bench.at(-250), authority=bench.pki.authority(Who.EXPIRED_TSA)
        )(bench, one),
    ),
    _ignored(
        "authority-for-mail",
        "the authority's certificate is for e-mail and not for time-stamps",
        "timeStamp.untrusted",
        "timestamp.chain_invalid",
        _stamped_by(Who.MAIL_TSA),
    ),
    _ignored(
        "other-bytes",
        "the time-stamp is over other bytes",
        "timeStamp.mismatch",
        "timestamp.mismatch",
        _restamped(other=True),
    ),
    _ignored(
        "token-signature",
        "the signature of the time-stamp does not verify",
        "timeStamp.mismatch",
        "timestamp.bad_signature",
        _restamped(options=TokenOptions(break_signature=True)),
    ),
    _ignored(
        "token-digest",
        "the signed digest of the time-stamp is of another one",
        "timeStamp.mismatch",
        "timestamp.bad_signature",
        _restamped(options=TokenOptions(wrong_digest=True)),
    ),
    _ignored(
        "imprint-sha1",
        "the message imprint is a SHA-1",
        "timeStamp.untrusted",
        "timestamp.weak_hash",
        _restamped(options=TokenOptions(imprint="sha1")),
    ),
    _ignored(
        "authority-missing",
        "the authority's certificate is not in the time-stamp",
        "timeStamp.untrusted",
        "timestamp.signer_missing",
        _restamped(options=TokenOptions(leave_out=True)),
    ),
    _ignored(
        "not-a-token",
        "the time-stamp cannot be read",
        "timeStamp.malformed",
        "timestamp.malformed",
        _restamped(tokens=lambda made: [b"\x30\x03abc" for _ in made]),
    ),
    _ignored(
        "two-tokens",
        "the header holds two time-stamps",
        "timeStamp.malformed",
        "timestamp.several",
        _restamped(tokens=lambda made: made * 2),
        "15.8.1.1",
    ),
)


def _revoked(bench: Bench) -> NewManifest:
    """Time-stamped, with a response that says good: sound."""
    response = answer(bench, Who.REVOKED, stamps.OcspStatus(bench.at(-29)))
    return replace(bench.manifest(who=Who.REVOKED), sealing=replace(stamp(bench), ocsp=(response,)))


_GOOD = replace(expect.STAMPED, revocation="good")


def _answered(
    said: Callable[[Bench], stamps.OcspStatus], responder: Who = Who.OCSP, about: Who = Who.REVOKED
) -> Callable[[Bench, NewManifest], NewManifest]:
    def change(bench: Bench, manifest: NewManifest) -> NewManifest:
        response = answer(bench, about, said(bench), responder)
        return replace(manifest, sealing=replace(manifest.sealing, ocsp=(response,)))

    return change


def _unheard(
    name: str,
    what: str,
    finding: str,
    change: Callable[[Bench, NewManifest], NewManifest],
    because: str,
) -> Sample:
    """A response that does not count: nothing is known of revocation, and nothing is wrong."""
    expected = replace(_GOOD, revocation="not_checked", findings=(finding,))
    return before(
        SampleClass.REVOCATION,
        SampleWords(name, what, "15.9.1", because),
        change,
        expected,
        _GOOD,
        manifest=_revoked,
    )


def _of_the_authority(bench: Bench, said: stamps.OcspStatus) -> NewManifest:
    """Time-stamped, with what the root says of the authority between it and the signer."""
    manifest = bench.manifest()
    authority, root = bench.pki.issuer_of(Who.MAIN), bench.pki.certificate("root")
    response = stamps.ocsp_response(authority, root, root, bench.pki.key("root"), said)
    return replace(manifest, sealing=replace(stamp(bench), ocsp=(response,)))


def _buried(manifest: NewManifest) -> NewManifest:
    """The same response behind 64 that cannot be read."""
    return replace(
        manifest, sealing=replace(manifest.sealing, ocsp=(b"\x30\0",) * 64 + manifest.sealing.ocsp)
    )


_SINCE = 60
_REVOKED = replace(
    _GOOD,
    state=expect.ValidationState.INVALID,
    failure=("signingCredential.ocsp.revoked",),
    success=(),
    assurance="broken",
    revocation="revoked",
    flags=("ai", "revoked"),
    findings=("revocation.revoked",),
)
REVOCATIONS = (
    before(
        SampleClass.REVOCATION,
        SampleWords(
            "revoked",
            "revoked before the attested time, by a stapled response",
            "15.9.1",
            "an accepted response that says revoked rejects the claim",
        ),
        _answered(lambda bench: stamps.revoked(bench.at(-29), bench.at(-_SINCE))),
        _REVOKED,
        _GOOD,
        manifest=_revoked,
    ),
    before(
        SampleClass.REVOCATION,
        SampleWords(
            "authority-revoked",
            "the authority that issued the signer's certificate was revoked before the attested"
            " time, by a stapled response of the root",
            "15.9",
            "where a CA certificate was revoked at the time of a trusted time-stamp, the claim"
            " signature is rejected with signingCredential.untrusted",
        ),
        lambda bench, _: _of_the_authority(bench, stamps.revoked(bench.at(-29), bench.at(-_SINCE))),
        replace(expect.unchained(expect.STAMPED, "chain.authority_revoked"), readings=()),
        expect.STAMPED,
        manifest=lambda bench: _of_the_authority(bench, stamps.OcspStatus(bench.at(-29))),
    ),
    before(
        SampleClass.REVOCATION,
        SampleWords(
            "unknown",
            "the authority's responder does not know the certificate",
            "15.9.1 and 15.9.2",
            "15.9.1 rejects the claim where certStatus is revoked; of unknown 15.9.2 says that an"
            " informational code shall be recorded, so the manifest stays Trusted. For a verdict a"
            " signer whom its own authority does not know is not enough",
        ),
        _answered(lambda bench: stamps.OcspStatus(bench.at(-29), 7, ocsp.OCSPCertStatus.UNKNOWN)),
        replace(
            _GOOD,
            assurance="signed",
            revocation="unknown",
            findings=("revocation.unknown",),
        ),
        _GOOD,
        manifest=_revoked,
    ),
    before(
        SampleClass.REVOCATION,
        SampleWords(
            "revoked-among-junk",
            "revoked before the attested time, by the last of 65 stapled responses; the others"
            " cannot be read",
            "15.9 and 15.9.1",
            "where several responses are found, each is tried until one is accepted",
        ),
        lambda bench, one: _buried(
            _answered(lambda b: stamps.revoked(b.at(-29), b.at(-_SINCE)))(bench, one)
        ),
        _REVOKED,
        _GOOD,
        manifest=lambda bench: _buried(_revoked(bench)),
    ),
    _unheard(
        "stranger-responder",
        "the response is by a responder of another authority",
        "revocation.unauthorised",
        _answered(lambda bench: stamps.OcspStatus(bench.at(-29)), Who.STRANGER_OCSP),
        "only an authorised responder is heard (RFC 6960 section 4.2.2.2)",
    ),
    _unheard(
        "forged-revocation",
        "a responder of another authority says revoked",
        "revocation.unauthorised",
        _answered(
            lambda bench: stamps.revoked(bench.at(-29), bench.at(-_SINCE)), Who.STRANGER_OCSP
        ),
        "a stranger cannot revoke: only an authorised responder is heard",
    ),
    _unheard(
        "other-certificate",
        "the response is about another certificate",
        "revocation.other_certificate",
        _answered(lambda bench: stamps.OcspStatus(bench.at(-29)), about=Who.MAIN),
        "a response speaks for the certificate that it names",
    ),
    _unheard(
        "too-old",
        "the response had run out before the attested time",
        "revocation.out_of_window",
        _answered(lambda bench: stamps.OcspStatus(bench.at(-90))),
        "the attested time is after nextUpdate",
    ),
    _unheard(
        "from-tomorrow",
        "the response is dated after the validation time",
        "revocation.out_of_window",
        _answered(lambda bench: stamps.OcspStatus(bench.at(175))),
        "the current time may not be earlier than thisUpdate",
    ),
    _unheard(
        "not-a-response",
        "the stapled response cannot be read",
        "revocation.malformed",
        lambda _, one: replace(one, sealing=replace(one.sealing, ocsp=(b"\x30\x03abc",))),
        "what cannot be decoded is not accepted",
    ),
)

SAMPLES = (*STAMPS, *REVOCATIONS)
