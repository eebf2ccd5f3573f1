"""Faults of the claim signature, and certificates that break their profile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import damage, expect
from provenance.kit.claims import ManifestFault
from provenance.kit.cose_sign1 import X5CHAIN, Sealing, sign1
from provenance.kit.jumbf_boxes import SIGNATURE, box, superbox
from provenance.kit.pki_specs import Who
from provenance.kit.sample import Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, after, before, twist
from provenance.kit.samples.good_samples import good
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.claims import NewManifest
    from provenance.kit.expect import Expected
_MISMATCH = "claimSignature.mismatch"
_INVALID, _UNTRUSTED = "signingCredential.invalid", "signingCredential.untrusted"
_ANYONE = "the claims may have been written by anyone; the certificates are only claimed"


def _sealed(
    how: Callable[[Bench, NewManifest], Sealing],
) -> Callable[[Bench, NewManifest], NewManifest]:
    return lambda bench, manifest: replace(manifest, sealing=how(bench, manifest))


def _no_signature(_: Bench, manifest: NewManifest) -> NewManifest:
    return replace(manifest, signer=None)


def _signature_elsewhere(claim: dict[str, object]) -> None:
    claim["signature"] = "self#jumbf=/c2pa/urn:c2pa:elsewhere/c2pa.signature"


def _garbage(parts: list[bytes]) -> list[bytes]:
    return [*parts[:-1], superbox(SIGNATURE, "c2pa.signature", box(b"cbor", b"\xff\x00garbage"))]


def _other_payload(bench: Bench, manifest: NewManifest) -> NewManifest:
    """The signature covers a payload of its own, which stands in it; the claim is another."""
    payload = b"\xa1\x64note\x65other"
    forged = sign1(payload, bench.pki.credential(), Sealing(payload=payload))

    def swap(parts: list[bytes]) -> list[bytes]:
        return [*parts[:-1], superbox(SIGNATURE, "c2pa.signature", box(b"cbor", forged))]

    return replace(manifest, twists=replace(manifest.twists, parts=swap))


def _critical(*labels: int | str, **headers: object) -> Callable[[Bench, NewManifest], NewManifest]:
    """The signer calls these labels critical (RFC 8152 section 3.1)."""
    named: dict[int | str, object] = {2: list(labels)}
    named.update(headers.items())
    return _sealed(lambda _, manifest: replace(manifest.sealing, protected=named))


def _second_chain(bench: Bench, manifest: NewManifest) -> Sealing:
    stranger = bench.pki.credential(Who.STRANGER).chain_der
    return replace(manifest.sealing, unprotected={X5CHAIN: stranger})


SIGNATURES = (
    after(
        SampleClass.SIGNATURE,
        SampleWords("bit-flipped", "one bit of the claim signature is flipped", "15.7", _ANYONE),
        damage.flip_signature,
        expect.unproven(expect.AI, _MISMATCH),
    ),
    after(
        SampleClass.SIGNATURE,
        SampleWords(
            "claim-edited", "one bit of the claim is flipped after signing", "15.7", _ANYONE
        ),
        damage.flip_claim,
        expect.unproven(expect.AI, _MISMATCH),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "wrong-key",
            "signed by another key than that of the certificate shown: framing",
            "15.7",
            _ANYONE,
        ),
        lambda _, one: replace(one, faults=frozenset({ManifestFault.WRONG_KEY})),
        expect.unproven(expect.AI, _MISMATCH),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "attached-payload",
            "the signature covers a payload that it carries itself, and not the claim",
            "13.2.3 and 15.7",
            "the payload is the claim, detached; a signature over other bytes says nothing of it",
        ),
        _other_payload,
        expect.unproven(expect.AI, _MISMATCH),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "empty-payload",
            "the payload of the signature is a byte string of no length, where it shall be nil",
            "13.2.3",
            "a byte array of length zero cannot be used to indicate detached content: it is other"
            " content than the claim",
        ),
        _sealed(lambda _, one: replace(one.sealing, payload=b"")),
        expect.unproven(expect.AI, _MISMATCH, findings=("signature.other_payload",)),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "der-encoded",
            "the signature is written in DER, as X.509 does it",
            "13.2 and RFC 8152 section 8.1",
            "COSE has two integers of a fixed length; what they are is the same, so that for us"
            " nothing was altered",
        ),
        _sealed(lambda _, one: replace(one.sealing, der=True)),
        expect.malformed(expect.AI, _MISMATCH, findings=("signature.der_encoded",)),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "critical-header",
            "the signer calls a header critical that no standard defines",
            "13.2.2 and RFC 8152 section 3.1",
            "who does not understand a critical header shall not accept the signature",
        ),
        _critical("x-unknown", **{"x-unknown": 1}),
        expect.unproven(
            expect.AI,
            _MISMATCH,
            _INVALID,
            "general.error",
            findings=("signature.critical_header",),
        ),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "critical-header-missing",
            "the signer calls a header critical that is not there",
            "13.2.2 and RFC 8152 section 3.1",
            "that such a header is not in the protected bucket is a fatal error",
        ),
        _critical(98),
        expect.unproven(
            expect.AI,
            _MISMATCH,
            _INVALID,
            "general.error",
            findings=("claim_signature.malformed",),
        ),
    ),
    good(
        "critical-chain",
        SampleClass.ALGORITHM,
        "the signer calls the header of the certificates critical",
        "13.2.2 and RFC 8152 section 3.1",
        lambda bench: signed_file(bench.media(), _critical(X5CHAIN)(bench, bench.manifest())),
        because="every validator has to understand that header",
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "box-missing",
            "there is no claim signature box",
            "15.7",
            "the URI of the signature cannot be resolved",
        ),
        _no_signature,
        expect.unproven(expect.AI, "claimSignature.missing", findings=("claim_signature.missing",)),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "uri-elsewhere",
            "the claim names a signature in a manifest that is not there",
            "15.7",
            "the URI does not resolve within the manifest of the claim; the signature that stands"
            " there verifies, so the signer is known",
        ),
        twist(claim=_signature_elsewhere),
        expect.altered(expect.AI, "claimSignature.missing"),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "not-cose",
            "the claim signature box holds no COSE structure",
            "15.7",
            "what cannot be read does not verify; the standard names no code of its own for it",
        ),
        twist(parts=_garbage),
        expect.unproven(
            expect.AI,
            _MISMATCH,
            "claimSignature.missing",
            _INVALID,
            "general.error",
            findings=("claim_signature.malformed",),
        ),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "algorithm-not-allowed",
            "signed with ES256K",
            "13.2.1 and 15.7",
            "secp256k1 is on neither list of signature algorithms",
        ),
        lambda bench, one: replace(one, signer=bench.pki.credential(Who.SECP256K1)),
        expect.unproven(
            expect.AI,
            "algorithm.unsupported",
            _INVALID,
        ),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "no-certificate",
            "the signature carries no certificate",
            "14.5 and 15.7",
            "without a credential there is no key to validate the signature with",
        ),
        _sealed(lambda _, one: replace(one.sealing, protected={X5CHAIN: None})),
        expect.unproven(
            expect.AI,
            _INVALID,
            _UNTRUSTED,
            _MISMATCH,
            "general.error",
            findings=(),
        ),
    ),
    before(
        SampleClass.SIGNATURE,
        SampleWords(
            "two-chains",
            "label 33 is in both headers, with two different chains",
            "14.5",
            "a header in both buckets makes the signature malformed: there are two credentials",
        ),
        _sealed(_second_chain),
        expect.unproven(
            expect.AI, _INVALID, _MISMATCH, "general.error", findings=("claim_signature.malformed",)
        ),
    ),
)


def _profile(
    who: Who,
    name: str,
    what: str,
    because: str,
    finding: str,
    section: str = "14.5.1.1",
    effect: Callable[[Expected, str], Expected] = expect.rejected,
) -> Sample:
    return before(
        SampleClass.PROFILE,
        SampleWords(name, what, section, because),
        lambda bench, manifest: replace(manifest, signer=bench.pki.credential(who)),
        effect(expect.AI, finding),
    )


PROFILES = (
    _profile(
        Who.EKU_SERVER,
        "eku-server",
        "the certificate is for TLS servers",
        "the signing purpose is not among its extended key usages: the certificate is rejected, and"
        " no anchors are associated with the usage that it has",
        "chain.wrong_eku",
        "14.5.1.2",
        expect.misused,
    ),
    _profile(
        Who.EKU_ANY,
        "eku-any",
        "the certificate is for any extended key usage",
        "anyExtendedKeyUsage shall not be present",
        "chain.wrong_eku",
    ),
    _profile(
        Who.EKU_MISSING,
        "eku-missing",
        "the certificate has no extended key usage",
        "the extension shall be present in an end-entity certificate",
        "chain.wrong_eku",
    ),
    _profile(
        Who.EKU_MIXED,
        "eku-mixed",
        "the certificate is for time-stamping as well",
        "one for time-stamping shall be for no other purpose",
        "chain.wrong_eku",
    ),
    _profile(
        Who.LEAF_IS_CA,
        "leaf-is-ca",
        "a certificate authority's own certificate signed",
        "only end-entity certificates shall sign claims, and the cA boolean of these shall not be"
        " asserted (14.5.1.1); 14.5.1.2 asks for the profile once more where it builds the chain",
        "chain.leaf_is_ca",
        "14.5.1.1 and 14.5.1.2",
        expect.misused,
    ),
    _profile(
        Who.USAGE_MISSING,
        "key-usage-missing",
        "the certificate has no key usage",
        "the extension shall be present",
        "chain.key_usage",
    ),
    _profile(
        Who.USAGE_WRONG,
        "key-usage-wrong",
        "the key usage is keyAgreement alone",
        "certificates that sign manifests shall assert digitalSignature",
        "chain.key_usage",
    ),
    _profile(
        Who.USAGE_CERT_SIGN,
        "key-usage-cert-sign",
        "the key usage allows certificates, and the certificate is no authority",
        "keyCertSign shall only be asserted with the cA boolean",
        "chain.key_usage",
    ),
    before(
        SampleClass.PROFILE,
        SampleWords(
            "rsa-1024",
            "the key is RSA of 1024 bits",
            "14.5.1.1",
            "the modulus shall have at least 2048 bits: what such a key signs proves nothing",
        ),
        lambda bench, one: replace(one, signer=bench.pki.credential(Who.RSA_1024)),
        expect.unproven(expect.AI, _INVALID, "algorithm.unsupported", findings=()),
    ),
    _profile(
        Who.CRITICAL,
        "critical-extension",
        "the certificate has a critical extension that nobody knows",
        "the chain shall be validated by RFC 5280 section 6, which rejects critical extensions that"
        " are not understood (6.1.4 and 6.1.5): a chain that is rejected leads to no anchor",
        "chain.critical_extension",
        "14.5.1.2 and 15.7",
        expect.unchained,
    ),
    _profile(
        Who.SHA1,
        "sha1-signed",
        "the certificate is signed with SHA-1",
        "sha1WithRSAEncryption is not an allowed value; who does not verify it has no chain",
        "chain.weak_hash",
        "14.5.1.1 and 14.5.1.2",
        expect.misused,
    ),
    _profile(
        Who.VERSION_1,
        "version-1",
        "the certificate is of version 1, and so without extensions",
        "the version shall be v3",
        "chain.version",
    ),
    _profile(
        Who.NO_AUTHORITY_KEY,
        "no-authority-key",
        "the certificate has no authority key identifier",
        "it shall be present in any certificate that is not self-signed",
        "chain.authority_key_missing",
    ),
    _profile(
        Who.UNIQUE_ID,
        "unique-id",
        "the certificate has an issuerUniqueID",
        "the optional unique identifiers shall not be present",
        "chain.unique_id",
    ),
)


SAMPLES = (*SIGNATURES, *PROFILES)
