"""Chains of certificates that lead nowhere, or break a rule of path validation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import expect
from provenance.kit.expect import OtherReading, ValidationState
from provenance.kit.pki_specs import Who
from provenance.kit.sample import Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, before

if TYPE_CHECKING:
    from provenance.kit.claims import NewManifest
    from provenance.kit.expect import Expected


def _leaf_alone(bench: Bench, manifest: NewManifest) -> NewManifest:
    whole = bench.pki.credential()
    return replace(manifest, signer=replace(whole, chain=whole.chain[:1]))


def _chained(who: Who, row: SampleWords, expected: Expected, sound: Who = Who.MAIN) -> Sample:
    return before(
        SampleClass.CHAIN,
        row,
        lambda bench, manifest: replace(manifest, signer=bench.pki.credential(who)),
        expected,
        manifest=lambda bench: bench.manifest(who=sound),
    )


_PATH = "14.5.1.2 and 15.7"
CHAINS = (
    _chained(
        Who.STRANGER,
        SampleWords(
            "stranger",
            "a sound chain to a root on no list",
            "15.7",
            "the manifest is Valid; it is not Trusted, which is no lie",
        ),
        expect.unlisted(expect.AI, "chain.issuer_missing"),
    ),
    _chained(
        Who.SELF_SIGNED,
        SampleWords(
            "self-signed",
            "a signer that signed its own certificate",
            "15.7",
            "as an unlisted signer: nothing vouches for the name",
        ),
        expect.unlisted(expect.AI),
    ),
    before(
        SampleClass.CHAIN,
        SampleWords(
            "intermediate-missing",
            "the chain holds the signer's certificate alone",
            "14.5",
            "all intermediates belong into the header; without them no path is built",
        ),
        _leaf_alone,
        expect.unlisted(expect.AI, "chain.issuer_missing"),
    ),
    _chained(
        Who.FORGED,
        SampleWords(
            "forged",
            "the certificate names the kit's authority, which did not sign it",
            _PATH,
            "RFC 5280 section 6 fails at the signature, so the chain is rejected",
        ),
        expect.unchained(expect.AI, "chain.bad_signature"),
    ),
    _chained(
        Who.NOT_A_CA,
        SampleWords(
            "issuer-not-a-ca",
            "the certificate was issued by a signer's certificate",
            _PATH,
            "an issuer shall have the cA boolean",
        ),
        expect.unchained(expect.AI, "chain.not_a_ca"),
    ),
    _chained(
        Who.TOO_DEEP,
        SampleWords(
            "path-too-long",
            "there is an authority below one whose path length is 0",
            _PATH,
            "RFC 5280 section 6.1.4 rejects a path that is longer than allowed",
        ),
        expect.unchained(expect.AI, "chain.path_length"),
    ),
    _chained(
        Who.OTHER_NAME,
        SampleWords(
            "issuer-name",
            "the certificate names another issuer than the one whose key signed it",
            _PATH,
            "RFC 5280 section 6.1.3 compares the names",
        ),
        expect.unchained(expect.AI, "chain.name_mismatch"),
    ),
    _chained(
        Who.OTHER_ORGANISATION,
        SampleWords(
            "name-not-permitted",
            "an authority that may vouch for one organisation alone vouches for another",
            _PATH,
            "RFC 5280 section 6.1.3 rejects a name outside of the permitted subtrees; the"
            " constraint is critical",
        ),
        expect.unchained(expect.AI, "chain.name_not_permitted"),
        Who.NAMED,
    ),
    _chained(
        Who.WITHOUT_POLICY,
        SampleWords(
            "policy-missing",
            "an authority asks for a certificate policy, and the signer's certificate has none",
            _PATH,
            "RFC 5280 section 6.1.5 rejects a path without a valid policy where one is required",
        ),
        expect.unchained(expect.AI, "chain.policy_required"),
        Who.WITH_POLICY,
    ),
    _chained(
        Who.OLD_ISSUER,
        SampleWords(
            "issuer-expired",
            "the signer's certificate is valid, that of its issuer has expired",
            "15.8.2 and 14.5.1.2",
            "the current time lies outside the validity of a CA certificate on the way to the"
            " anchor (15.8.2); who builds the chain for the current time finds none (14.5.1.2), so"
            " that no CA certificate is left to ask",
        ),
        replace(
            expect.outside(expect.AI, "expired", "chain.intermediate_expired"),
            readings=(OtherReading(ValidationState.VALID, (expect.UNTRUSTED,)),),
        ),
    ),
)


SAMPLES = CHAINS
