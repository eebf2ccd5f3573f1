"""Each known fault of the SDK, by a credential of our own that meets it, beside its forged twin."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import cbor2
import pytest
from support.each import each
from support.fixture import AI, CAPTURE, label
from support.pki import PKI, Who, credential
from support.writer import Manifest

from provenance import CrossCheck, Flag, Options, Origin, TrustStore, Verifier
from provenance.base.finding import Severity
from provenance.base.terms import Integrity
from provenance.credentials.manifest import Linkage
from provenance.credentials.sdk import SdkAnswer, SdkRefusal
from provenance.credentials.store import parse_store
from provenance.credentials.validation import second_opinion
from provenance.credentials.validation.zip_entries import CREDENTIAL
from provenance.kit import bmff_carrier, carriers, films, media
from provenance.kit.binding import NewHardBinding, data_hash
from provenance.kit.claims import (
    ManifestFault,
    NewAssertion,
    NewIngredient,
    Twists,
    actions,
    created,
    opened,
)
from provenance.kit.jumbf_boxes import (
    CLAIM,
    STORE,
    ContentKind,
    Embedded,
    assertion_box,
    box,
    superbox,
)
from provenance.kit.writer import build_store, signed_file, store_of

if TYPE_CHECKING:
    from provenance.verdict.report import Report

JPEG = media.gradient_jpeg()
SHOT = Manifest(label(861), (created(CAPTURE),), signer=credential(Who.CAMERA))


@cache
def verifier() -> Verifier:
    trust = TrustStore.load(bundled=False, anchors=[PKI / "anchors.pem"])
    return Verifier(trust=trust, at=datetime(2026, 6, 1, tzinfo=UTC))


def judge(data: bytes) -> Report:
    report = verifier().verify_bytes(data)
    assert report.verdict is not None, report.error
    return report


def severities(report: Report, code: str) -> set[Severity]:
    return {finding.severity for finding in report.findings if finding.code == code}


def with_id(whole: bytes) -> bytes:
    """The superbox with an ID in its description (ISO/IEC 19566-5, toggle 4)."""
    (length,) = struct.unpack_from(">I", whole, 8)
    described = whole[16 : 8 + length]
    described = described[:16] + bytes([described[16] | 4]) + described[17:] + b"\0\0\0\7"
    return box(b"jumb", box(b"jumd", described) + whole[8 + length :])


class TestBoxesWrittenAnew:
    WITH_ID = replace(SHOT, assertions=(replace(created(CAPTURE), box=with_id),))

    def test_a_box_with_an_id_is_hashed_as_it_stands(self) -> None:
        signed = signed_file(JPEG, self.WITH_ID)
        assert second_opinion.rewritten(store_of(signed).data).boxes
        report = judge(signed)
        assert report.axes.integrity is Integrity.INTACT
        assert severities(report, "validators.disagree") == {Severity.NOTE}

    def test_an_altered_box_with_an_id_is_broken(self) -> None:
        data = store_of(signed_file(JPEG, self.WITH_ID)).data
        altered = data.replace(b"digitalCapture", b"digitalCaptuse")
        assert altered != data
        signed = carriers.embed(carriers.strip(signed_file(JPEG, self.WITH_ID)), altered)
        assert judge(signed).axes.integrity is Integrity.BROKEN

    def test_a_store_without_ids_has_no_box_written_anew(self) -> None:
        assert not second_opinion.rewritten(store_of(signed_file(JPEG, SHOT)).data)
        assert not second_opinion.rewritten(b"nothing")


def longer(whole: bytes, more: bytes) -> bytes:
    """A superbox with another box at its end."""
    return struct.pack(">I", len(whole) + len(more)) + whole[4:] + more


def padded(whole: bytes) -> bytes:
    """A superbox with a padding box at its end (ISO/IEC 19566-5, A.4)."""
    return longer(whole, box(b"free", bytes(8)))


def also(parts: list[bytes]) -> list[bytes]:
    """The parts of a manifest, and a box of a type that the standard does not define (11.1.4.2)."""
    return [*parts, superbox(b"\x77" * 16, "org.example.own", box(b"json", b"{}"))]


def in_xml(whole: bytes) -> bytes:
    """An assertion in XML, which anybody's own may be in (18.1)."""
    del whole
    return superbox(b"xml ", "org.example.own", box(b"xml ", b"<a/>"))


class TestBoxesTheStandardAllows:
    """C2PA 2.4, 11.1.2, 11.1.4.2 and 11.1.4.3: they are kept, skipped, and nobody's fault."""

    PADDED = replace(SHOT, assertions=(replace(created(CAPTURE), box=padded),))
    FOREIGN = replace(SHOT, twists=Twists(parts=also))
    PADDED_STORE = replace(SHOT, twists=Twists(parts=lambda p: [padded(p[0]), *p[1:]]))
    OWN = NewAssertion("org.example.own", {}, ContentKind.JSON)
    TWO = replace(OWN, box=lambda whole: longer(whole, box(b"json", b"[]")))
    ALLOWED: ClassVar = {
        "padding in an assertion": PADDED,
        "padding in the assertion store": PADDED_STORE,
        "padding in the manifest": replace(
            SHOT, twists=Twists(parts=lambda p: [*p, box(b"free", bytes(8))])
        ),
        "a box of another type": FOREIGN,
        "two boxes of content": replace(SHOT, assertions=(*SHOT.assertions, TWO)),
        "an assertion in XML": replace(
            SHOT, assertions=(*SHOT.assertions, replace(OWN, box=in_xml))
        ),
        "a list of version 1": replace(
            SHOT, twists=Twists(claim=lambda c: c.update(assertions=c["created_assertions"]))
        ),
    }

    @each("made", ALLOWED.values(), ids=ALLOWED)
    def test_take_nothing_from_a_capture(self, made: Manifest) -> None:
        report = judge(signed_file(JPEG, made))
        assert report.axes.integrity is Integrity.INTACT
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED
        assert not report.verdict.flags

    @pytest.mark.parametrize("made", [PADDED, FOREIGN], ids=["padded", "foreign"])
    def test_take_nothing_from_a_capture_that_was_opened(self, made: Manifest) -> None:
        given = NewIngredient("parentOf", store=store_of(signed_file(JPEG, made)))
        edit = Manifest(label(864), (actions(opened()),), (given,), signer=credential())
        report = judge(signed_file(JPEG, edit))
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED

    @each("made", ALLOWED.values(), ids=ALLOWED)
    def test_hide_no_alteration(self, made: Manifest) -> None:
        signed = signed_file(JPEG, made)
        assert judge(signed[:-4] + b"\0" + signed[-3:]).axes.integrity is Integrity.BROKEN
        data = store_of(signed).data.replace(b"digitalCapture", b"digitalCaptuse")
        assert judge(carriers.embed(signed, data)).axes.integrity is Integrity.BROKEN

    def test_do_not_include_a_second_claim(self) -> None:
        twice = Twists(parts=lambda p: [*also(p), p[1]])
        assert (
            judge(signed_file(JPEG, replace(SHOT, twists=twice))).axes.integrity is Integrity.BROKEN
        )

    def test_excuse_no_other_refusal_in_the_same_words(self) -> None:
        store = parse_store(store_of(signed_file(JPEG, SHOT)).data)
        for words in ("required JUMBF box not found", "invalid JUMB box"):
            refused = SdkAnswer(None, None, (), SdkRefusal.MALFORMED, f"Other: {words}")
            opinion = second_opinion.weigh(store, refused, (), second_opinion.Rewritten())
            assert opinion.refusal is SdkRefusal.MALFORMED


class TestTwoContents:
    """One reader takes the first of two boxes of content, another the last: none is believed."""

    @each("order", [1, -1])
    @each("cross_check", CrossCheck)
    def test_of_one_list_of_actions_are_unreadable(
        self, order: int, cross_check: CrossCheck
    ) -> None:
        types = (CAPTURE, AI)[::order]
        first, second = (created(one).content for one in types)
        told = replace(
            created(types[0]), box=lambda whole: longer(whole, box(b"cbor", cbor2.dumps(second)))
        )
        assert told.content == first
        signed = signed_file(JPEG, replace(SHOT, assertions=(told,)))
        trust, options = verifier().trust, Options(cross_check=cross_check)
        report = Verifier(trust=trust, at=verifier().at, options=options).verify_bytes(signed)
        assert report.verdict is not None
        assert report.verdict.origin is Origin.AI_GENERATED
        assert report.axes.integrity is Integrity.UNCHECKED
        assert Flag.UNREADABLE in report.verdict.flags


class TestOtherAlgorithms:
    """C2PA 2.4, 15.4.2: a hashed URI names its own algorithm."""

    @staticmethod
    def edit(algorithm: str, *, right: bool = True) -> Manifest:
        parent = store_of(signed_file(JPEG, SHOT))
        digest = hashlib.new(algorithm, parent.manifest(SHOT.label)[8:]).digest()
        named = {
            "url": f"self#jumbf=/c2pa/{SHOT.label}",
            "alg": algorithm,
            "hash": digest if right else digest[::-1],
        }
        given = NewIngredient("parentOf", store=parent, fields={"activeManifest": named})
        return Manifest(label(865), (actions(opened()),), (given,), signer=credential())

    @pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
    def test_a_manifest_is_hashed_by_the_one_that_is_named(self, algorithm: str) -> None:
        report = judge(signed_file(JPEG, self.edit(algorithm)))
        assert report.verdict is not None
        assert report.verdict.origin is Origin.CAPTURED
        assert not report.verdict.flags

    @pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
    def test_a_wrong_hash_by_the_one_that_is_named_breaks_the_link(self, algorithm: str) -> None:
        report = judge(signed_file(JPEG, self.edit(algorithm, right=False)))
        assert report.verdict is not None
        assert Flag.BROKEN in report.verdict.flags


class TestDanglingReferences:
    def test_an_icon_that_does_not_exist_is_the_makers_fault(self) -> None:
        icon = {"url": "self#jumbf=c2pa.databoxes/c2pa.data", "hash": bytes(32)}
        report = judge(signed_file(JPEG, replace(SHOT, generator={"name": "x", "icon": icon})))
        assert report.axes.integrity is Integrity.INTACT
        assert severities(report, "hashedURI.missing") == {Severity.WARNING}

    def test_an_assertion_that_the_claim_names_and_that_does_not_exist_is_broken(self) -> None:
        def name_more(claim: dict[str, Any]) -> None:
            uri = {"url": "self#jumbf=c2pa.assertions/org.example.gone", "hash": bytes(32)}
            claim["created_assertions"].append(uri)

        one = replace(SHOT, twists=replace(SHOT.twists, claim=name_more))
        assert judge(signed_file(JPEG, one)).axes.integrity is Integrity.BROKEN


def motion(optional: bool = True) -> bytes:
    """A picture with a film behind it, as two parts of a multi-asset hash (18.9)."""
    film = b"\0\0\0\x0cftypisom" + bytes(range(256)) * 8
    signed = b""
    for _ in range(2):  # the second time the length of the credential is known
        span = carriers.credential_span(signed) if signed else None
        excluded = (span,) if span else ()
        size = span.length if span else 0
        hashes = (hashlib.sha256(JPEG).digest(), hashlib.sha256(film).digest())
        places = ((0, len(JPEG) + size), (len(JPEG) + size, len(film)))
        names = ("c2pa.hash.data.part", "c2pa.hash.data.part__1")
        parts = [
            {
                "location": {"byteOffset": start, "length": length},
                "hashAssertion": {
                    "url": f"self#jumbf=c2pa.assertions/{name}",
                    "hash": bytes(32),
                },
                **({"optional": True} if n and optional else {}),
            }
            for n, ((start, length), name) in enumerate(zip(places, names, strict=True))
        ]
        bindings = (
            NewHardBinding(names[0], data_hash(hashes[0], excluded)),
            NewHardBinding(names[1], data_hash(hashes[1], ())),
            NewHardBinding("c2pa.hash.multi-asset", {"parts": parts}),
        )
        signed = signed_file(JPEG + film, replace(SHOT, bindings=bindings))
    return signed


class TestOptionalParts:
    FILM = 12 + 256 * 8

    def test_a_part_that_was_taken_away_is_lawful(self) -> None:
        whole = motion()
        assert judge(whole).axes.integrity is Integrity.INTACT
        report = judge(whole[: -self.FILM])
        assert report.axes.integrity is Integrity.INTACT
        assert severities(report, "validators.disagree") == {Severity.NOTE}

    @pytest.mark.parametrize("kept", [1, 1000, FILM - 1])
    def test_a_part_that_was_cut_short_is_broken(self, kept: int) -> None:
        whole = motion()
        report = judge(whole[: len(whole) - self.FILM + kept])
        assert report.axes.integrity is Integrity.BROKEN
        assert severities(report, "assertion.multiAssetHash.mismatch") == {Severity.ERROR}

    def test_a_part_that_was_exchanged_or_added_or_is_not_optional_is_broken(self) -> None:
        whole = motion()
        for data in (
            whole[: -self.FILM] + media.gradient_jpeg(),
            whole + b"more",
            whole[:-1] + b"\0",
            whole[: -self.FILM - 9] + b"\0" + whole[-self.FILM - 8 :],
            motion(optional=False)[: -self.FILM],
        ):
            assert judge(data).axes.integrity is Integrity.BROKEN


FILES = {"mimetype": b"application/epub+zip", "book.xhtml": b"<html/>" * 30}


def epub(files: dict[str, bytes] = FILES, signed: dict[str, bytes] = FILES) -> bytes:
    """An EPUB with a collection hash by the letter; `files` are those that are in it."""
    archive = zipped(signed, b"\0")
    uris = [{"uri": name, "hash": hashlib.sha256(local(archive, name)).digest()} for name in signed]
    content: dict[str, object] = {
        "uris": uris,
        "alg": "sha256",
        "zip_central_directory_hash": bytes(32),
    }
    one = replace(
        SHOT, media_type="application/epub+zip", faults=frozenset({ManifestFault.NO_BINDING})
    )
    for _ in range(2):
        held = NewHardBinding("c2pa.hash.collection.data", dict(content))
        data = build_store(replace(one, bindings=(held,)), None)
        directory = zipped(signed, data)
        start = directory.index(b"PK\1\2")
        own = directory.index(CREDENTIAL.encode(), start) - 30
        made = hashlib.sha256(directory[start:own] + directory[own + 4 :])
        content["zip_central_directory_hash"] = made.digest()
    return zipped(files, data)


def zipped(files: dict[str, bytes], data: bytes) -> bytes:
    """A ZIP archive with a manifest store, whose own check sum is zero."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, body in {**files, CREDENTIAL: data}.items():
            made.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), body)
    whole = bytearray(out.getvalue())
    at = whole.index(CREDENTIAL.encode())
    whole[at - 16 : at - 12] = bytes(4)
    at = whole.rindex(CREDENTIAL.encode())
    whole[at - 30 : at - 26] = bytes(4)
    return bytes(whole)


def local(archive: bytes, name: str) -> bytes:
    """The local header of a file and its data."""
    start = archive.index(name.encode()) - 30
    return archive[start : start + 30 + len(name) + len(FILES[name])]


class TestCollections:
    def test_an_archive_by_the_letter_of_the_standard_is_intact(self) -> None:
        report = judge(epub())
        assert report.axes.integrity is Integrity.INTACT
        assert severities(report, "validators.single") == {Severity.NOTE}

    def test_an_archive_whose_files_were_changed_is_broken(self) -> None:
        for files in (
            {**FILES, "book.xhtml": b"<HTML/>" * 30},
            {**FILES, "more.xhtml": b"<html/>"},
            {"mimetype": FILES["mimetype"]},
        ):
            report = judge(epub(files))
            assert report.axes.integrity is Integrity.BROKEN
            assert {f.severity for f in report.findings if "collectionHash" in f.code} == {
                Severity.ERROR
            }


class TestBeforeTheStandard:
    """The form of Photoshop in 2021 and 2022: hashes over content, padding after a signature."""

    LABEL = "adobe:urn:uuid:0"

    def made(self, signature: str, *, right: bool = True) -> bytes:
        content = cbor2.dumps({"actions": [{"action": "c2pa.opened"}]})
        held = assertion_box(
            "c2pa.actions", {"actions": [{"action": "c2pa.opened"}]}, ContentKind.CBOR
        )
        digest = hashlib.sha256(content if right else content + b"x").digest()
        claim = {
            "assertions": [
                {
                    "url": f"self#jumbf=c2pa/{self.LABEL}/c2pa.assertions/c2pa.actions",
                    "hash": digest,
                }
            ],
            "signature": signature,
            "alg": "sha256",
        }
        sealed = cbor2.dumps(cbor2.CBORTag(18, [b"", {}, None, b"signature"])) + bytes(50)
        manifest = superbox(
            b"c2ma",
            self.LABEL,
            superbox(b"c2as", "c2pa.assertions", held),
            superbox(CLAIM, "c2pa.claim", box(b"cbor", cbor2.dumps(claim))),
            superbox(b"c2cs", "c2pa.signature", box(b"cbor", sealed)),
        )
        return superbox(STORE, "c2pa", manifest)

    OLD = f"self#jumbf=c2pa/{LABEL}/c2pa.signature"

    def test_a_hash_over_the_content_is_named_and_holds(self) -> None:
        manifest = parse_store(self.made(self.OLD)).active_manifest
        assert [a.linkage for a in manifest.assertions] == [Linkage.MATCH]
        assert "credential.prerelease" in {f.code for f in manifest.findings}
        assert manifest.signature is not None  # with the padding behind it

    def test_a_hash_over_other_content_or_without_the_form_in_the_claim_does_not_hold(self) -> None:
        for data in (
            self.made(self.OLD, right=False),
            self.made(f"self#jumbf=/c2pa/{self.LABEL}/c2pa.signature"),
            self.made("self#jumbf=c2pa.signature"),
        ):
            manifest = parse_store(data).active_manifest
            assert [a.linkage for a in manifest.assertions] == [Linkage.MISMATCH]
            assert "credential.prerelease" not in {f.code for f in manifest.findings}


def explained(report: Report) -> set[Severity]:
    return severities(report, "validators.disagree")


class TestIcons:
    """A reference of the claim generator that gives another hash than the claim's own list."""

    ICON = NewAssertion("c2pa.icon", Embedded("image/png", b"a picture"), ContentKind.EMBEDDED)

    def signed(self) -> bytes:
        link = {"url": "self#jumbf=c2pa.assertions/c2pa.icon", "hash": bytes(32)}
        generator = {"name": "Test Writer", "icon": link}
        return signed_file(
            JPEG, replace(SHOT, assertions=(*SHOT.assertions, self.ICON), generator=generator)
        )

    def test_a_hash_of_the_icon_that_is_another_is_the_makers_fault(self) -> None:
        report = judge(self.signed())
        assert report.axes.integrity is Integrity.INTACT
        assert explained(report) == {Severity.NOTE}

    def test_an_icon_that_was_altered_is_broken(self) -> None:
        data = store_of(self.signed()).data
        altered = carriers.embed(JPEG, data.replace(b"a picture", b"a pictura"))
        assert judge(altered).axes.integrity is Integrity.BROKEN


class TestBlocksOfMedia:
    """The payload of a box begins at byte 8 where its header ends there (ISO/IEC 14496-12)."""

    def signed(self) -> bytes:
        film = films.gradient_mp4()
        at, end = next((a, b) for kind, a, b in bmff_carrier.boxes(film) if kind == b"mdat")
        hashes = [hashlib.sha256(film[at + 8 : end]).digest()]
        row = {"uniqueId": 0, "localId": 0, "count": 1, "hashes": hashes}

        def made(digest: bytes) -> bytes:
            def change(content: dict[str, Any]) -> None:
                rest = {"xpath": "/mdat", "subset": [{"offset": 16, "length": 0}]}
                content["exclusions"] = [*bmff_carrier.EXCLUSIONS, rest]
                content |= {"merkle": [row], "hash": digest}

            one = replace(SHOT, media_type="video/mp4", twists=Twists(binding=change))
            return signed_file(film, one)

        return made(bmff_carrier.digest(made(bytes(32)), pieces=frozenset({b"mdat"})))

    def test_blocks_that_begin_with_the_payload_are_intact(self) -> None:
        report = judge(self.signed())
        assert report.axes.integrity is Integrity.INTACT
        assert explained(report) == {Severity.NOTE}

    @pytest.mark.parametrize("place", [-20, -1])
    def test_a_block_that_was_altered_is_broken(self, place: int) -> None:
        data = bytearray(self.signed())
        data[place] ^= 1
        assert judge(bytes(data)).axes.integrity is Integrity.BROKEN


class TestManifestsBelow:
    """An ingredient's manifest that cannot be read spoils the link and not the active manifest."""

    def signed(self) -> bytes:
        parent = NewIngredient("parentOf", store=store_of(signed_file(JPEG, SHOT)))

        def cut(parts: list[bytes]) -> list[bytes]:
            (whole,) = parts
            at = whole.index(b"c2pa.claim.v2\0") + len(b"c2pa.claim.v2\0") + 8
            return [whole[:at] + b"\xff" + whole[at + 1 :]]

        edit = Manifest(label(862), (actions(opened()),), (parent,), signer=credential())
        return signed_file(JPEG, replace(edit, twists=Twists(carried=cut)))

    def test_the_active_one_is_intact_and_the_link_is_not(self) -> None:
        report = judge(self.signed())
        assert report.axes.integrity is Integrity.INTACT
        assert Flag.BROKEN in report.flagged

    def test_an_active_manifest_that_was_altered_is_broken(self) -> None:
        data = bytearray(self.signed())
        data[-20] ^= 1
        assert judge(bytes(data)).axes.integrity is Integrity.BROKEN


class TestFormsOfOneAssertion:
    """It gives up the whole credential where one assertion is not as its schema has it."""

    def signed(self, content: dict[str, Any], label_: str = "c2pa.certificate-status") -> Report:
        one = NewAssertion(label_, content, ContentKind.CBOR)
        return judge(signed_file(JPEG, replace(SHOT, assertions=(*SHOT.assertions, one))))

    def test_a_form_that_ours_finds_too_is_no_vote(self) -> None:
        report = self.signed({})
        assert report.axes.integrity is Integrity.INTACT
        codes = {f.code: f.severity for f in report.findings}
        assert codes["assertion.cbor.invalid"] is Severity.WARNING
        assert codes["validators.single"] is Severity.NOTE
        assert "credential.malformed" not in codes

    def test_a_form_that_ours_does_not_find_lowers_the_answer(self) -> None:
        """Where ours finds nothing wrong with that very assertion."""
        refused = "Decoding: could not decode assertion c2pa.other (version 1): missing field"
        for forms, expected in (({"c2pa.other"}, None), ({"c2pa.actions"}, SdkRefusal.MALFORMED)):
            answer = SdkAnswer(None, None, (), SdkRefusal.MALFORMED, refused)
            store = parse_store(store_of(signed_file(JPEG, SHOT)).data)
            opinion = second_opinion.weigh(
                store, answer, (), second_opinion.Rewritten(), forms=forms
            )
            assert opinion.refusal is expected

    def test_a_claim_counts_for_itself(self) -> None:
        refused = (
            "Decoding: claim could not be converted from CBOR: claim_generator_info is missing"
        )
        answer = SdkAnswer(None, None, (), SdkRefusal.MALFORMED, refused)
        store = parse_store(store_of(signed_file(JPEG, SHOT)).data)
        made = second_opinion.weigh(store, answer, (), second_opinion.Rewritten(), forms={""})
        assert (made.refusal, bool(made.silent)) == (None, True)
