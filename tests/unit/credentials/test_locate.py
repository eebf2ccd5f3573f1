"""Finding the credential: embedded, beside, far away, unreadable, nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.fixture import AI, CAPTURE, instance, label
from support.pki import FIXTURES
from support.writer import Manifest
from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.base.errors import AssetError
from provenance.base.terms import CredentialStatus, Location
from provenance.credentials import jumbf, rebuilt
from provenance.credentials import sdk as _sdk
from provenance.credentials.cross_check import with_sdk_opinion
from provenance.credentials.locate import FoundCredential, find_credential
from provenance.kit import bmff_carrier, carriers, damage, media
from provenance.kit.claims import NewIngredient, created
from provenance.kit.sample import FORMATS
from provenance.kit.writer import build_store, sign_detached, signed_file, store_of
from provenance.media.asset import Asset
from provenance.media.container import scan_container

if TYPE_CHECKING:
    from pathlib import Path

JPEG = media.gradient_jpeg()
OTHER = media.gradient_jpeg(start=(1, 2, 3))
ONE = Manifest(label(901), (created(CAPTURE),), instance_id=instance(901))
TWO = Manifest(label(902), (created(AI),), instance_id=instance(902))
SIGNED = signed_file(JPEG, ONE)


def xmp(value: str) -> bytes:
    """A JPEG whose XMP has this `dcterms:provenance`."""
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'dcterms:provenance="{value}"/></rdf:RDF></x:xmpmeta>'
    )
    return media.gradient_jpeg(app1=b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())


def find(path: Path, **options: Any) -> FoundCredential:
    with Asset.open(path) as asset:
        return find_credential(asset, scan_container(asset), **options)


def codes(found: FoundCredential) -> list[str]:
    return [f.code for f in found.findings]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(JPEG)
    return path


def asked(path: Path, found: FoundCredential) -> FoundCredential:
    """The same, with the SDK's opinion."""
    with Asset.open(path) as asset:
        return with_sdk_opinion(asset, scan_container(asset), found)


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(SIGNED)
    return path


def test_an_embedded_credential_is_read_with_its_place(signed: Path) -> None:
    found = find(signed)
    assert (found.status, found.location) == (CredentialStatus.PRESENT, Location.EMBEDDED)
    assert found.store is not None
    assert found.store.active == label(901)
    assert found.answer is None
    found = asked(signed, found)
    assert found.answer is not None
    assert (found.answer.same_store, found.answer.refusal) == (True, None)
    span = carriers.credential_span(SIGNED)
    assert span is not None
    assert [
        s for s in found.spans if not (span.start <= s.offset <= s.offset + s.length <= span.end)
    ] == []
    assert found.findings == ()
    assert found.media_at_hand


def test_an_embedded_credential_wins_over_a_sidecar(signed: Path) -> None:
    side = signed.with_suffix(".c2pa")
    side.write_bytes(sign_detached(JPEG, TWO))
    for found in (find(signed), find(signed, sidecar=side)):
        assert (found.location, found.sidecar) == (Location.EMBEDDED, None)
        assert found.store is not None
        assert found.store.active == label(901)


def test_a_neighbour_that_matches_is_used_and_named(picture: Path) -> None:
    side = picture.with_suffix(".c2pa")
    side.write_bytes(sign_detached(JPEG, ONE))
    found = find(picture)
    assert (found.status, found.location) == (CredentialStatus.PRESENT, Location.SIDECAR)
    assert found.sidecar == str(side)
    found = asked(picture, found)
    assert found.answer is not None
    assert _sdk.binds(found.answer)


def test_a_neighbour_that_does_not_match_is_a_finding_never_broken(picture: Path) -> None:
    picture.with_suffix(".c2pa").write_bytes(sign_detached(OTHER, ONE))
    found = find(picture)
    assert (found.status, found.location) == (CredentialStatus.ABSENT, Location.NONE)
    assert codes(found) == ["sidecar.mismatch"]
    assert found.store is None


def test_a_neighbour_that_cannot_be_read_is_a_finding(picture: Path) -> None:
    picture.with_suffix(".c2pa").write_bytes(b"no store at all")
    found = find(picture)
    assert found.status is CredentialStatus.ABSENT
    assert [c.partition(".")[0] for c in codes(found)] == ["sidecar"]


def test_a_neighbour_does_not_silence_what_the_asset_itself_says(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(xmp("self#jumbf=/c2pa/x"))
    path.with_suffix(".c2pa").write_bytes(sign_detached(OTHER, ONE))
    assert set(codes(find(path))) == {"sidecar.mismatch", "credential.remnant"}


def test_a_named_sidecar_that_does_not_match_is_judged(picture: Path, tmp_path: Path) -> None:
    side = tmp_path / "elsewhere.manifest"
    side.write_bytes(sign_detached(OTHER, ONE))
    found = find(picture, sidecar=side)
    assert (found.status, found.location) == (CredentialStatus.PRESENT, Location.SIDECAR)
    found = asked(picture, found)
    assert found.answer is not None
    assert not _sdk.binds(found.answer)


def test_a_named_sidecar_that_cannot_be_read_is_unreadable(picture: Path, tmp_path: Path) -> None:
    side = tmp_path / "side.c2pa"
    side.write_bytes(b"no store at all")
    found = find(picture, sidecar=side)
    assert (found.status, found.location) == (CredentialStatus.UNREADABLE, Location.SIDECAR)
    assert (found.sidecar, codes(found)) == (str(side), ["credential.unreadable"])


def test_a_named_sidecar_that_is_not_there_is_an_error(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetError) as caught:
        find(picture, sidecar=tmp_path / "missing.c2pa")
    assert caught.value.code == "asset.missing"


def test_a_fragment_that_is_not_there_is_an_error(signed: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetError):
        find(signed, fragments=[tmp_path / "missing.m4s"])


@pytest.mark.parametrize("url", ["https://example.invalid/x.c2pa", "http://example.invalid/y"])
def test_a_remote_reference_is_shown_and_not_followed(tmp_path: Path, url: str) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(xmp(url))
    found = find(path)
    assert (found.status, found.location) == (CredentialStatus.REMOTE, Location.NONE)
    assert found.remote_url == url


def test_a_remnant_of_a_removed_credential_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(xmp("self#jumbf=/c2pa/urn:c2pa:x"))
    found = find(path)
    assert (found.status, codes(found)) == (CredentialStatus.ABSENT, ["credential.remnant"])


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x", "javascript:1", "c2pa"])
def test_an_address_of_no_remote_store_is_no_credential(tmp_path: Path, url: str) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(xmp(url))
    assert find(path).status is CredentialStatus.ABSENT


def test_a_remote_reference_beside_an_embedded_credential_is_not_remote(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(signed_file(xmp("https://example.invalid/x"), ONE))
    assert find(path).status is CredentialStatus.PRESENT


@pytest.mark.parametrize("keep", [0.05, 0.3, 0.6, 0.95])
def test_a_credential_that_is_cut_off_is_unreadable(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(damage.truncate(signed_file(media.gradient_png(), ONE), keep))
    found = find(path)
    assert found.status is CredentialStatus.UNREADABLE
    assert "credential.unreadable" in codes(found)


def test_a_store_that_cannot_be_parsed_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(carriers.embed(media.gradient_png(), b"\0\0\0\x10jumbjunkjunk"))
    assert find(path).status is CredentialStatus.UNREADABLE


def test_a_manifest_store_alone_has_no_media(tmp_path: Path) -> None:
    for name in ("alone.c2pa", "alone.bin"):
        path = tmp_path / name
        path.write_bytes(carriers.extract(SIGNED))
        found = find(path)
        assert found.status is CredentialStatus.PRESENT
        assert not found.media_at_hand


def test_two_stores_in_one_file_are_said_and_neither_is_judged_by_the_other(tmp_path: Path) -> None:
    png = media.gradient_png()
    first, second = (carriers.embed(png, carriers.extract(signed_file(png, m))) for m in (ONE, TWO))
    span = carriers.credential_span(second)
    assert span is not None
    both = first[:33] + second[span.start : span.end] + first[33:]
    path = tmp_path / "x.png"
    path.write_bytes(both)
    found = find(path)
    assert found.status is CredentialStatus.PRESENT
    assert (found.store, found.answer) == (None, None)
    actives = [store.active for store in found.several]
    assert actives == [store_of(second).active, store_of(first).active]


def test_an_ambiguous_store_is_an_error_finding(
    signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = _sdk.ask_sdk
    monkeypatch.setattr(_sdk, "ask_sdk", lambda *a, **k: replace(real(*a, **k), same_store=False))
    found = find(signed)
    assert codes(found) == []
    assert codes(asked(signed, found)) == ["credential.ambiguous"]


def test_an_ordinary_picture_has_no_credential(picture: Path) -> None:
    assert find(picture) == FoundCredential(CredentialStatus.ABSENT)


def test_a_sidecar_is_looked_for_by_the_same_name_only(picture: Path) -> None:
    picture.with_name("picture.jpg.c2pa").write_bytes(sign_detached(JPEG, ONE))
    picture.with_name("other.c2pa").write_bytes(sign_detached(JPEG, ONE))
    assert find(picture).status is CredentialStatus.ABSENT


def test_a_directory_or_fifo_named_like_a_sidecar_is_passed_over(picture: Path) -> None:
    picture.with_suffix(".c2pa").mkdir()
    assert find(picture).status is CredentialStatus.ABSENT


def test_bytes_in_memory_have_no_neighbour() -> None:
    with Asset.from_bytes((FIXTURES / "plain-for-sidecar.jpg").read_bytes()) as asset:
        assert find_credential(asset, scan_container(asset)).status is CredentialStatus.ABSENT


def test_xmp_without_end_is_searched_within_a_bound() -> None:
    empty = build.itxt(made.xmp({"dc:title": "x" * 1_000_000}))
    inner = "<r:provenance xmlns:r='http://purl.org/dc/terms/'>https://example.org/a</r:provenance>"
    reference = build.itxt(made.xmp(inner=inner))
    for count, status in ((1, CredentialStatus.REMOTE), (3, CredentialStatus.ABSENT)):
        with Asset.from_bytes(build.png(empty * count + reference)) as asset:
            found = find_credential(asset, scan_container(asset))
        assert found.status is status
        codes = [f.code for f in found.findings]
        assert codes == ([] if status is CredentialStatus.REMOTE else ["metadata.limit"])


def update_of(data: bytes) -> bytes:
    """An ISO BMFF file with an update manifest in a box of its own, at the end (A.5.3)."""
    parent = NewIngredient("parentOf", media_type="video/mp4", store=store_of(data))
    made = Manifest(label(904), ingredients=(parent,), update=True, instance_id=instance(904))
    whole = build_store(made, None)
    root = jumbf.parse_jumbf(whole)
    last = root.children[-1]
    added = rebuilt.store_of(whole, root, [whole[last.start : last.end]])
    return data.replace(b"manifest\0", b"original\0", 1) + bmff_carrier.provenance_box(
        b"update", added
    )


class TestUpdatesOfBmff:
    """Two boxes hold one store: ours joins them, whether or not the SDK is asked."""

    SIGNED = signed_file(
        FORMATS["mp4"].make(), Manifest(label(903), (created(AI),), instance_id=instance(903))
    )

    def found(self, data: bytes) -> FoundCredential:
        with Asset.from_bytes(data) as asset:
            return find_credential(asset, scan_container(asset))

    def test_an_update_is_joined_with_its_original(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_sdk, "_module", None)
        found = self.found(update_of(self.SIGNED))
        assert found.store is not None
        assert found.store.active == label(904)
        assert found.store.reachable == (label(904), label(903))
        assert [one.result.value for one in found.outcomes] == ["match"]

    def test_the_sdk_reads_an_update_alike(self) -> None:
        with Asset.from_bytes(update_of(self.SIGNED)) as asset:
            found = scan_container(asset)
            asked = with_sdk_opinion(asset, found, find_credential(asset, found))
        assert asked.answer is not None
        assert (asked.answer.active, asked.answer.same_store) == (label(904), True)

    def test_altered_media_of_an_update_are_broken(self) -> None:
        data = update_of(self.SIGNED)
        at = data.index(b"mdat") + 20
        found = self.found(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :])
        assert [one.result.value for one in found.outcomes] == ["mismatch"]

    def test_a_damaged_update_is_said(self) -> None:
        data = update_of(self.SIGNED)
        at = data.rindex(b"jumdc2pa")
        found = self.found(data[: at - 4] + b"\xff\xff\xff\xff" + data[at:])
        assert found.status is CredentialStatus.UNREADABLE

    def test_two_updates_are_several_stores(self) -> None:
        data = update_of(self.SIGNED)
        again = data[data.rindex(b"uuid") - 4 :]
        assert self.found(data + again).several


class TestDamagedLooseManifests:
    """The SDK refuses a whole store over a manifest that nothing refers to; it is asked again."""

    OTHER = store_of(signed_file(JPEG, TWO))

    def asked(self, loose: bytes, data: bytes | None = None) -> FoundCredential:
        made = data or signed_file(JPEG, replace(ONE, unreferenced=(loose,)))
        with Asset.from_bytes(made) as asset:
            found = scan_container(asset)
            return with_sdk_opinion(asset, found, find_credential(asset, found))

    def test_a_sound_loose_manifest_is_given_to_the_sdk(self) -> None:
        found = self.asked(self.OTHER.manifest(label(902)))
        assert found.answer is not None
        assert (found.answer.refusal, "validators.disagree" in codes(found)) == (None, False)

    def test_a_damaged_loose_manifest_is_left_out_of_what_the_sdk_gets(self) -> None:
        loose = self.OTHER.manifest(label(902)).replace(b"c2as", b"c2xx", 1)
        found = self.asked(loose)
        assert found.answer is not None
        assert found.answer.refusal is None
        assert found.answer.active == ONE.label
        assert "validators.disagree" in codes(found)

    def test_a_damaged_manifest_that_the_active_one_leads_to_is_not_left_out(self) -> None:
        """Damage there is what the SDK is asked about."""
        store = carriers.extract(SIGNED)
        broken = carriers.embed(SIGNED, store.replace(b"c2as", b"c2xx", 1))
        found = self.asked(b"", broken)
        assert found.answer is not None
        assert found.answer.refusal is not None
