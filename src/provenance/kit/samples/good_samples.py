"""The sound samples: containers, algorithms, versions, places, bindings, kinds of manifests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import expect, media
from provenance.kit.binding import BindingKind
from provenance.kit.claims import NewAssertion, NewIngredient, actions, created
from provenance.kit.cose_sign1 import ChainPlace, Sealing, Stamp, StampHeader
from provenance.kit.demands import DemandBreach
from provenance.kit.expect import OtherReading, ValidationState
from provenance.kit.films import fragmented
from provenance.kit.jumbf_boxes import ContentKind, Embedded, box, superbox
from provenance.kit.keys import Alg
from provenance.kit.pki_specs import Who
from provenance.kit.sample import (
    BMFF,
    FORMATS,
    GENERATED,
    ZIPS,
    Bench,
    Sample,
    SampleClass,
    SampleFiles,
)
from provenance.kit.writer import sign_detached, sign_fragments, signed_file, store_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.expect import Expected
_TRUSTED = "every rule holds and the signer leads to the kit's root"
UPDATE = expect.breaching(expect.AI, DemandBreach.INCEPTION)
"""An update manifest, which has no actions here."""
_OF_VERSION_1 = (
    DemandBreach.LABEL,
    DemandBreach.SPEC_VERSION,
    DemandBreach.INCEPTION,
    DemandBreach.COMPLETENESS,
    DemandBreach.OLD_ASSERTION,
)
"""A version 1 claim can meet none of these: what they ask for came with version 2 or later."""


def good(  # noqa: PLR0913 - one row of a table
    name: str,
    group: SampleClass,
    what: str,
    section: str,
    make: Callable[[Bench], SampleFiles | bytes],
    expected: Expected = expect.AI,
    *,
    because: str = _TRUSTED,
    container: str = "jpeg",
) -> Sample:
    """A sample without a fault."""

    def make_files(bench: Bench, _: bool) -> SampleFiles:
        result = make(bench)
        return result if isinstance(result, SampleFiles) else SampleFiles(result)

    return Sample(
        name,
        group,
        what,
        section,
        because,
        make_files,
        expected,
        container=container,
    )


_TEXTS = {"html": "A.7", "text": "A.8", "comment": "A.9"}


def _in_container(container: str) -> Sample:
    binding, section = "data hash (18.5)", "A.3"
    if container in BMFF:
        binding, section = "BMFF hash (18.6)", "A.5"
    elif container in ZIPS:
        binding, section = "collection data hash (18.8)", "A.6"
    elif container == "font":
        binding = "box hash (18.7)"
    elif container == "pdf":
        section = "A.4"
    elif container in _TEXTS:
        section = _TEXTS[container]
    return good(
        container,
        SampleClass.CONTAINER,
        f"generated media in {container}, bound by a {binding}",
        section,
        lambda bench: signed_file(bench.media(container), bench.manifest()),
        container=container,
    )


def _by(who: Who, alg: Alg | None = None) -> Callable[[Bench], bytes]:
    def make(bench: Bench) -> bytes:
        signer = bench.pki.credential(who, alg)
        return signed_file(bench.media(), replace(bench.manifest(), signer=signer))

    return make


_ALGORITHMS = (
    (Alg.ES256, Who.MAIN),
    (Alg.ES384, Who.ES384),
    (Alg.ES512, Who.ES512),
    (Alg.PS256, Who.PS256),
    (Alg.PS384, Who.PS256),
    (Alg.PS512, Who.PS256),
    (Alg.ED25519, Who.ED25519),
)


def _version_1(bench: Bench, sealing: Sealing, who: Who = Who.MAIN) -> bytes:
    source = {"action": "c2pa.created", "digitalSourceType": GENERATED}
    manifest = bench.manifest(actions(source, version=1), who=who)
    label = bench.label().replace("urn:c2pa:", "urn:uuid:")
    return signed_file(
        bench.media(), replace(manifest, label=label, claim_version=1, sealing=sealing)
    )


def _stamped_version_1(bench: Bench) -> bytes:
    stamp = Stamp(bench.signed_at, bench.pki.authority(), StampHeader.CLAIM)
    place = ChainPlace.UNPROTECTED_TEXT
    return _version_1(bench, Sealing(stamp=stamp, place=place))


def _sidecar(bench: Bench) -> SampleFiles:
    data = bench.media()
    return SampleFiles(data, sidecar=sign_detached(data, bench.manifest()))


REMOTE = "https://manifests.example.invalid/{}.c2pa"


def remote_media(bench: Bench) -> bytes:
    """A JPEG whose XMP names a manifest store at an address that cannot exist."""
    packet = (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'dcterms:provenance="{REMOTE.format(bench.name)}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    return media.gradient_jpeg(app1=b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())


def _fragments(bench: Bench) -> SampleFiles:
    init, *rest = sign_fragments(fragmented(), bench.manifest())
    return SampleFiles(init, fragments=tuple(rest))


def update(bench: Bench, *assertions: NewAssertion, who: Who = Who.MAIN) -> bytes:
    """A generated JPEG with an update manifest on top."""
    base = bench.signed(part="base")
    parent = NewIngredient(
        "parentOf", "base", store=store_of(base), instance_id=bench.instance("base")
    )
    held = assertions or (NewAssertion("org.example.note", {"note": "no pixel changed"}),)
    manifest = replace(bench.manifest(*held, who=who), ingredients=(parent,), update=True)
    return signed_file(base, manifest)


def _compressed(bench: Bench) -> bytes:
    return signed_file(
        bench.media(), replace(bench.manifest(), compressed=True, binding=BindingKind.BOXES)
    )


def _private_box(bench: Bench) -> bytes:
    kind = bytes.fromhex("0f1e2d3c4b5a49788796a5b4c3d2e1f0")
    private = superbox(kind, "org.example.private", box(b"free", bytes(8)))
    return signed_file(bench.media(), replace(bench.manifest(), unreferenced=(private,)))


def _large(bench: Bench) -> bytes:
    picture = media.gradient_png(160, 120)
    bulk = NewAssertion("org.example.bulk", {"data": bench.pki.seed.data("bulk", 70_000)})

    thumbnail = NewAssertion(
        "c2pa.thumbnail.claim", Embedded("image/png", picture), ContentKind.EMBEDDED, created=False
    )
    return signed_file(bench.media(), bench.manifest(created(GENERATED), bulk, thumbnail))


SAMPLES = (
    *(_in_container(name) for name in FORMATS),
    *(
        good(
            alg.value,
            SampleClass.ALGORITHM,
            f"signed with {alg.value.upper()}",
            "13.2.1",
            _by(who, alg),
            because=f"{alg.value.upper()} is on the allowed list",
        )
        for alg, who in _ALGORITHMS
    ),
    good(
        "level-2",
        SampleClass.ALGORITHM,
        "signed by a certificate of assurance level 2",
        "14.5.1",
        _by(Who.CAMERA),
        because="the level is an extension that no rule of validation asks for",
    ),
    good(
        "claim-v1",
        SampleClass.VERSION,
        "a version 1 claim",
        "15.6.1",
        lambda bench: _version_1(bench, Sealing()),
        expect.breaching(expect.AI, *_OF_VERSION_1),
        because="older claims are found by their label and validated by the same rules",
    ),
    good(
        "claim-v1-stamped",
        SampleClass.VERSION,
        "a version 1 claim with sigTst, its chain in the unprotected header as x5chain",
        "14.5 and 15.8.1.1",
        _stamped_version_1,
        expect.breaching(expect.STAMPED, *_OF_VERSION_1),
        because="validators accept the text label and either bucket, and sigTst covers the claim",
    ),
    good(
        "claim-v2-unprotected-chain",
        SampleClass.VERSION,
        "a version 2 claim, its chain in the unprotected header as x5chain",
        "14.5",
        lambda bench: signed_file(
            bench.media(),
            replace(bench.manifest(), sealing=Sealing(place=ChainPlace.UNPROTECTED_TEXT)),
        ),
        because="validators accept the header from either bucket",
    ),
    good(
        "claim-v2-unprotected-33",
        SampleClass.VERSION,
        "a version 2 claim, its chain in the unprotected header under label 33",
        "14.5",
        lambda bench: signed_file(
            bench.media(), replace(bench.manifest(), sealing=Sealing(place=ChainPlace.UNPROTECTED))
        ),
        because="generators of today write the protected header; validators shall accept either"
        " label from either bucket, for the sake of older ones",
    ),
    good(
        "sidecar",
        SampleClass.PLACE,
        "the manifest store beside the file, in a neighbouring .c2pa",
        "15.5.3.1",
        _sidecar,
        replace(expect.AI, readings=(OtherReading(ValidationState.ABSENT),)),
        because="without an embedded store a validator should look for the same name with .c2pa;"
        " one that does not has found no store",
    ),
    good(
        "remote",
        SampleClass.PLACE,
        "XMP names a manifest store at an address; nothing is embedded",
        "15.5.3.1",
        remote_media,
        replace(
            expect.NO_CREDENTIAL,
            failure=("manifest.inaccessible",),
            credential="remote",
            flags=("remote_only",),
        ),
        because="the address cannot be reached, as for any validator that is offline",
    ),
    good(
        "absent",
        SampleClass.PLACE,
        "no credential and no metadata",
        "15.5",
        lambda bench: bench.media(),
        expect.NO_CREDENTIAL,
        because="there is no manifest store to be found; absence is not evidence",
    ),
    good(
        "box-hash-jpeg",
        SampleClass.BINDING,
        "a JPEG bound by a general box hash",
        "15.12.3",
        lambda bench: signed_file(
            bench.media(), replace(bench.manifest(), binding=BindingKind.BOXES)
        ),
        because="every box is listed, in order, and every hash fits",
    ),
    good(
        "box-hash-png",
        SampleClass.BINDING,
        "a PNG bound by a general box hash",
        "15.12.3",
        lambda bench: signed_file(
            bench.media("png"), replace(bench.manifest(), binding=BindingKind.BOXES)
        ),
        because="every box is listed, in order, and every hash fits",
        container="png",
    ),
    good(
        "bmff-hash-v2",
        SampleClass.BINDING,
        "an MP4 bound by a BMFF hash of version 2",
        "15.10.1.2",
        lambda bench: signed_file(
            bench.media("mp4"), replace(bench.manifest(), binding=BindingKind.BMFF_V2)
        ),
        expect.breaching(expect.AI, DemandBreach.OLD_ASSERTION),
        because="version 2 is deprecated and still a hard binding",
        container="mp4",
    ),
    good(
        "fragmented",
        SampleClass.BINDING,
        "a fragmented MP4: an initialisation segment and three media segments",
        "15.12.2.2",
        _fragments,
        because="every segment's leaf is in the Merkle row, and the initHash fits",
        container="mp4",
    ),
    good(
        "update",
        SampleClass.MANIFEST,
        "an update manifest on top of a generated picture",
        "15.12",
        update,
        UPDATE,
        because="an update manifest takes its hard binding from its parentOf ingredient",
    ),
    good(
        "compressed",
        SampleClass.MANIFEST,
        "a compressed manifest, bound by a general box hash",
        "11.2.4 and 15.5.4",
        _compressed,
        because="it is decompressed and validated like any other; it may not hold a data hash",
    ),
    good(
        "private-box",
        SampleClass.MANIFEST,
        "the store also holds a box of a type that the standard does not define",
        "11.1.4.2",
        _private_box,
        because="the store may hold boxes of other types, which consumers skip",
    ),
    good(
        "large-store",
        SampleClass.MANIFEST,
        "a store of over 64 KiB, so that a JPEG needs several segments for it",
        "A.3.1",
        _large,
        because="a store is one JUMBF box, in as many APP11 segments as it takes",
    ),
)
