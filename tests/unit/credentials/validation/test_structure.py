"""Structure and form by chapter 15 of C2PA 2.4, over stores that are put together box by box."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from support.each import each
from unit.credentials.raw import Raw, created, ingredient, link, store

from provenance.base.finding import Severity
from provenance.credentials import jumbf
from provenance.credentials.concerns import Concern
from provenance.credentials.store import parse_store
from provenance.credentials.validation import structure
from provenance.kit.jumbf_boxes import UPDATE_MANIFEST, ContentKind, assertion_box, box, superbox

BINDING = {"c2pa.hash.data": {"alg": "sha256", "exclusions": []}}
ACTIONS = {"c2pa.actions.v2": created()}
SOUND = Raw(assertions={**ACTIONS, **BINDING})
BASE = Raw("urn:c2pa:base", {**ACTIONS, **BINDING})
LABEL = SOUND.label
FORM, SEAL = Concern.FORM, Concern.SEAL


def faults(*manifests: Raw | bytes) -> list[tuple[str, Concern | None, bool]]:
    found = structure.structure_faults(parse_store(store(*manifests)))
    return [(f.code, f.concern, f.stops) for f in found]


def codes(*manifests: Raw | bytes) -> list[str]:
    return [code for code, _, _ in faults(*manifests)]


def holding(**assertions: Any) -> Raw:
    """A sound manifest with further assertions."""
    return replace(SOUND, assertions={**SOUND.assertions, **assertions})


def acting(*entries: Any, **fields: Any) -> Raw:
    """A manifest with this list of actions."""
    content = {"actions": list(entries), **fields}
    return replace(SOUND, assertions={"c2pa.actions.v2": content, **BINDING})


CREATED = created()["actions"][0]


@pytest.mark.parametrize("version", [1, 2])
def test_a_sound_manifest_has_no_fault(version: int) -> None:
    assert faults(replace(SOUND, version=version)) == []


class TestClaim:
    @pytest.mark.parametrize(
        ("version", "name"),
        [
            (2, "instanceID"),
            (2, "signature"),
            (2, "claim_generator_info"),
            (1, "claim_generator"),
            (1, "signature"),
        ],
    )
    def test_a_claim_without_a_required_field_is_malformed(self, version: int, name: str) -> None:
        found = faults(replace(SOUND, version=version, claim={name: None}))
        assert found == [("claim.malformed", FORM, True)]

    @pytest.mark.parametrize("name", [None, "", 5, ["x"]])
    def test_a_generator_has_a_name(self, name: Any) -> None:
        info = {"version": "1"} if name is None else {"name": name}
        found = faults(replace(SOUND, claim={"claim_generator_info": info}))
        assert set(found) <= {("claim.malformed", FORM, True), ("claim.malformed", FORM, False)}
        assert ("claim.malformed", FORM, True) in found

    @pytest.mark.parametrize("field", ["version", "operating_system", "specVersion"])
    def test_what_is_said_of_a_generator_is_text(self, field: str) -> None:
        info = {"name": "Raw", field: ["2.4.0"]}
        found = faults(replace(SOUND, claim={"claim_generator_info": info}))
        assert found == [("claim.malformed", FORM, False)]

    @each(
        "fields",
        [
            {"gathered_assertions": {}},
            {"redacted_assertions": {}},
            {"redacted_assertions": "self#jumbf=/c2pa/x/c2pa.assertions/y"},
            {"redacted_assertions": [5]},
            {7: "a field without a name"},
            {"claim_generator_info": {"name": "Raw", b"": 1}},
        ],
    )
    def test_a_claim_with_fields_of_another_type_is_malformed(self, fields: dict[Any, Any]) -> None:
        assert faults(replace(SOUND, claim=fields)) == [("claim.malformed", FORM, False)]

    def test_a_tag_in_the_claim(self) -> None:
        """Its value is read without, and the schema has none: other readers pass over it."""
        fields = {"dc:title": cbor2.CBORTag(6, "a title")}
        assert faults(replace(SOUND, claim=fields)) == [("claim.malformed", FORM, False)]

    def test_an_assertion_without_its_hash(self) -> None:
        """Nothing seals it: that it is not there cannot be told from that it was never there."""
        url = "self#jumbf=c2pa.assertions/org.example.note"
        one = replace(SOUND, claim={"gathered_assertions": [{"url": url}]})
        assert faults(one) == [("claim.malformed", FORM, True)]

    def test_the_algorithm_of_a_reference_is_text(self) -> None:
        held = link("c2pa.hash.data", SOUND.boxes()["c2pa.hash.data"], alg=5)
        listed = [link("c2pa.actions.v2", SOUND.boxes()["c2pa.actions.v2"]), held]
        found = faults(replace(SOUND, claim={"created_assertions": listed}))
        assert ("claim.malformed", FORM, False) in found

    @pytest.mark.parametrize(
        ("label", "version", "expected"),
        [
            ("urn:c2pa:one", 2, []),
            ("urn:uuid:one", 2, []),
            ("urx:c2pa:one", 2, ["claim.malformed"]),
            ("adobe:urn:uuid:one", 1, []),
        ],
    )
    def test_the_label_of_a_manifest(self, label: str, version: int, expected: list[str]) -> None:
        assert codes(replace(SOUND, label=label, version=version)) == expected

    def test_a_hard_binding_that_was_only_gathered(self) -> None:
        """10.2.2: the signer does not speak for it, so that nothing of the signer's binds."""
        found = faults(replace(SOUND, gathered=("c2pa.hash.data",)))
        assert found == [("claim.hardBindings.missing", FORM, True)]

    def test_a_box_without_a_length(self) -> None:
        """ISO/IEC 14496-12, 4.2: only the last box of a file may lack one."""
        whole = SOUND.whole()
        at = whole.rindex(b"cbor") - 4
        assert codes(whole[:at] + bytes(4) + whole[at + 4 :]) == ["manifest.odd_box"]

    def test_a_store_without_a_length(self) -> None:
        found = structure.structure_faults(parse_store(bytes(4) + store(SOUND)[4:]))
        assert [f.code for f in found] == ["manifest.odd_box"]

    @pytest.mark.parametrize("toggle", [0x04, 0x08, 0x10])
    def test_a_description_that_announces_what_it_does_not_have(self, toggle: int) -> None:
        """ISO/IEC 19566-5, A.3: an ID, a hash, a private box after the label."""
        whole = SOUND.whole()
        at = whole.index(b"c2pa.claim.v2") - 1
        odd = whole[:at] + bytes((whole[at] | toggle,)) + whole[at + 1 :]
        assert codes(odd) == ["manifest.odd_box"]

    def test_a_box_that_nothing_may_refer_to(self) -> None:
        """C2PA 2.4, 11.1.4.1.2: labelled and requestable."""
        whole = SOUND.whole().replace(b"\x03c2pa.assertions\0", b"\x02c2pa.assertions\0", 1)
        assert codes(whole) == ["manifest.odd_box"]

    def test_a_store_with_another_label_is_at_fault(self) -> None:
        data = store(SOUND).replace(b"\x03c2pa\0", b"\x03c2pb\0", 1)
        (found,) = structure.structure_faults(parse_store(data))
        assert (found.code, found.stops) == ("manifest.missing", True)

    def test_a_second_claim_is_a_fault(self) -> None:
        second = superbox(jumbf.CLAIM, "c2pa.claim.v2", box(b"cbor", b"\xa0"))
        assert "claim.multiple" in codes(replace(SOUND, extra=(second,)))

    def test_a_claim_that_is_no_cbor_is_malformed(self) -> None:
        assert codes(replace(SOUND, claim_bytes=b"\xbf\xff\xff")) == ["claim.cbor.invalid"]

    @pytest.mark.parametrize(
        "url",
        [
            "self#jumbf=/c2pa/urn:c2pa:other/c2pa.signature",
            "self#jumbf=c2pa.claim.v2",
            "c2pa.signature",
            "",
            5,
        ],
    )
    def test_a_claim_names_its_own_signature(self, url: Any) -> None:
        assert codes(replace(SOUND, claim={"signature": url})) == ["claimSignature.missing"]

    def test_the_reference_to_the_signature_may_be_absolute(self) -> None:
        url = f"self#jumbf=/c2pa/{LABEL}/c2pa.signature"
        assert codes(replace(SOUND, claim={"signature": url})) == []

    @pytest.mark.parametrize(
        ("old", "code"),
        [
            (b"c2pa.signature\0", "claimSignature.missing"),
            (b"c2pa.assertions\0", "assertion.missing"),
        ],
    )
    def test_a_box_that_no_reference_finds(self, old: bytes, code: str) -> None:
        whole = store(SOUND)
        at = whole.index(b"\x03" + old) + 1
        found = parse_store(whole[:at] + b"x" + whole[at + 1 :])
        assert code in [f.code for f in structure.structure_faults(found)]

    def test_a_claim_without_any_algorithm_is_unsupported(self) -> None:
        found = faults(replace(SOUND, claim={"alg": None}))
        assert found == [("algorithm.unsupported", FORM, True)]

    def test_a_claim_that_names_an_assertion_of_another_manifest_is_at_fault(self) -> None:
        whole = assertion_box("org.example.x", {}, ContentKind.CBOR)
        url = "self#jumbf=/c2pa/urn:c2pa:other/c2pa.assertions/org.example.x"
        own = [link(n, b) for n, b in SOUND.boxes().items()]
        claim = {"created_assertions": [*own, link("org.example.x", whole, url=url)]}
        assert faults(replace(SOUND, claim=claim)) == [("assertion.outsideManifest", SEAL, False)]

    @pytest.mark.parametrize(
        "url",
        ["self#jumbf=c2pa.assertions/x", f"self#jumbf=/c2pa/{LABEL}/c2pa.assertions/x"],
    )
    def test_a_claim_does_not_redact_its_own(self, url: str) -> None:
        found = faults(replace(SOUND, claim={"redacted_assertions": [url]}))
        assert found == [("assertion.selfRedacted", SEAL, False)]

    def test_an_icon_that_leads_nowhere_is_a_fault_of_form(self) -> None:
        icon = {"url": "self#jumbf=c2pa.assertions/c2pa.icon", "hash": bytes(32)}
        claim = {"claim_generator_info": {"name": "x", "icon": icon}}
        assert faults(replace(SOUND, claim=claim)) == [("hashedURI.missing", FORM, False)]


class TestKinds:
    def test_a_manifest_with_two_hard_bindings_is_at_fault(self) -> None:
        one = holding(**{"c2pa.hash.boxes": {"alg": "sha256", "boxes": []}})
        assert faults(one) == [("assertion.multipleHardBindings", SEAL, False)]

    def test_a_manifest_with_two_parents_is_at_fault(self) -> None:
        second = {"c2pa.ingredient.v3": ingredient(), "c2pa.ingredient.v3__1": ingredient()}
        one = replace(SOUND, assertions={**SOUND.assertions, **second})
        assert "manifest.multipleParents" in codes(one)

    def test_a_manifest_needs_a_list_of_actions_and_one_that_begins(self) -> None:
        assert codes(replace(SOUND, assertions=BINDING)) == ["assertion.action.missing"]
        assert codes(acting({"action": "c2pa.edited"})) == ["assertion.action.malformed"]
        assert codes(replace(SOUND, version=1, assertions=BINDING)) == []

    UPDATE = Raw("urn:c2pa:update", {"c2pa.ingredient.v3": ingredient(BASE)}, uuid=UPDATE_MANIFEST)

    def test_a_sound_update_has_no_fault(self) -> None:
        assert codes(BASE, self.UPDATE) == []

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            (BINDING, "manifest.update.invalid"),
            ({"c2pa.thumbnail.claim": {}}, "manifest.update.invalid"),
            (
                {"c2pa.actions.v2": {"actions": [{"action": "c2pa.edited"}]}},
                "manifest.update.invalid",
            ),
            ({"c2pa.ingredient.v3__1": ingredient()}, "manifest.update.wrongParents"),
        ],
    )
    def test_an_update_with_what_it_must_not_hold_is_at_fault(
        self, more: dict[str, Any], code: str
    ) -> None:
        one = replace(self.UPDATE, assertions={**self.UPDATE.assertions, **more})
        assert (code, SEAL, False) in faults(BASE, one)

    def test_an_update_of_a_component_is_at_fault(self) -> None:
        held = {"c2pa.ingredient.v3": ingredient(BASE, "componentOf")}
        assert codes(BASE, replace(self.UPDATE, assertions=held)) == [
            "manifest.update.wrongParents"
        ]


class TestAssertions:
    def test_an_assertion_that_is_missing_altered_or_twice_breaks_the_seal(self) -> None:
        missing = link("org.example.gone", assertion_box("org.example.gone", {}, ContentKind.CBOR))
        own = [link(n, b) for n, b in SOUND.boxes().items()]
        wrong = [{**own[0], "hash": bytes(32)}, own[1]]
        weak = [{**own[0], "alg": "md5"}, own[1]]
        for links, expected in (
            ([*own, missing], ("assertion.missing", SEAL, False)),
            (wrong, ("assertion.hashedURI.mismatch", SEAL, False)),
            (weak, ("algorithm.unsupported", Concern.UNKNOWN, False)),
        ):
            assert faults(replace(SOUND, claim={"created_assertions": links})) == [expected]

    @pytest.mark.parametrize(
        ("label", "kind", "stops"),
        [
            ("c2pa.soft-binding", b"cbor", False),
            ("c2pa.metadata", b"json", True),
        ],
    )
    def test_an_assertion_whose_content_cannot_be_read_is_at_fault(
        self, label: str, kind: bytes, stops: bool
    ) -> None:
        uuid = kind + jumbf.SUFFIX
        whole = superbox(uuid, label, box(kind, b"\xbf\xff\xff"))
        found = faults(holding(**{label: whole}))
        assert found == [(f"assertion.{kind.decode()}.invalid", FORM, stops)]

    def test_a_box_that_says_another_type_than_it_holds(self) -> None:
        label = "c2pa.actions.v2"
        content = b'{"actions": [{"action": "c2pa.created"}]}'
        whole = superbox(b"cbor" + jumbf.SUFFIX, label, box(b"json", content))
        one = replace(SOUND, assertions={label: whole, **BINDING})
        assert ("assertion.cbor.invalid", FORM, True) in faults(one)

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ({"label": "org.x", "size": 1, "location": {}}, []),
            ({"label": "org.x", "size": 1}, ["assertion.cloud-data.malformed"]),
            (
                {"label": "c2pa.hash.data", "size": 1, "location": {}},
                ["assertion.cloud-data.hardBinding"],
            ),
            (
                {"label": "c2pa.actions", "size": 1, "location": {}},
                ["assertion.cloud-data.malformed"],
            ),
            ([], ["assertion.cloud-data.malformed"] * 3),
        ],
    )
    def test_cloud_data_needs_its_fields(self, content: Any, expected: list[str]) -> None:
        found = structure.structure_faults(
            parse_store(store(holding(**{"c2pa.cloud-data": content})))
        )
        assert [f.code for f in found] == expected
        assert [f for f in found if f.concern is not FORM] == []

    @each(
        ("content", "expected"),
        [
            ({"location": {"url": "https://x"}}, []),
            ({"location": {"url": "https://x", "alg": "sha256", "hash": b"x"}}, []),
            ({"location": {"url": "https://x", "alg": "sha256"}}, ["malformed"]),
            ({"location": {}}, ["malformed"]),
            ({}, ["malformed"]),
            ([], ["malformed"]),
            ({"location": {"url": "x"}, "label": "c2pa.actions"}, ["malformed"]),
            ({"location": {"url": "x"}, "label": "c2pa.external-reference"}, ["malformed"]),
            # the list of 15.10.3.2.2 has whole labels, and not the oldest of actions
            ({"location": {"url": "x"}, "label": "c2pa.action"}, []),
            ({"location": {"url": "x"}, "label": "c2pa.hash.mine"}, []),
        ],
    )
    def test_an_external_reference_needs_its_fields(
        self, content: Any, expected: list[str]
    ) -> None:
        label = "c2pa.external-reference"
        one = replace(holding(**{label: content}), gathered=(label,))
        assert codes(one) == [f"assertion.external-reference.{name}" for name in expected]

    def test_an_external_reference_is_not_created(self) -> None:
        one = holding(**{"c2pa.external-reference": {"location": {"url": "https://x"}}})
        assert codes(one) == ["assertion.external-reference.created"]

    @pytest.mark.parametrize("content", [{}, [], "text", None])
    def test_a_time_stamp_assertion_without_a_time_stamp(self, content: Any) -> None:
        one = holding(**{"c2pa.time-stamp": content})
        assert faults(one) == [("assertion.timestamp.malformed", FORM, False)]
        assert codes(holding(**{"c2pa.time-stamp": {LABEL: b"token"}})) == []

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"multiAssetPartIndex": 0, "embeddedOriginalPreservationImage": {"hash": b"x"}},
            {"multiAssetPartIndex": 0},
            {"embeddedOriginalPreservationImage": {"url": "x"}},
        ],
    )
    def test_an_original_preservation_image_needs_its_parameters(
        self, parameters: dict[str, Any]
    ) -> None:
        content = {"type": "exif.originalPreservationImage", "parameters": parameters}
        one = holding(**{"c2pa.alternative-content-representation": content})
        assert codes(one) == ["assertion.alternativeContentRepresentation.malformed"]


class TestActions:
    BAD, MISMATCH = "assertion.action.malformed", "assertion.action.ingredientMismatch"

    def test_an_assertion_without_actions_keeps_the_origin_from_being_known(self) -> None:
        one = replace(SOUND, assertions={"c2pa.actions.v2": {"templates": []}, **BINDING})
        assert (self.BAD, FORM, True) in faults(one)

    @each(
        "entries",
        [
            [{"action": "c2pa.edited"}, CREATED],
            [CREATED, CREATED],
            [{**CREATED, "digitalSourceType": 5}],
            [{**CREATED, "parameters": {"relatedAssertions": []}}],
            [{**CREATED, "parameters": {"relatedAssertions": [{"url": "self#jumbf=x"}]}}],
            [{**CREATED, 5: 5}],
            [CREATED, {"action": ""}],
        ],
    )
    def test_a_list_of_actions_that_breaks_a_rule_is_at_fault(self, entries: list[Any]) -> None:
        assert set(codes(acting(*entries))) == {self.BAD}

    def test_created_belongs_into_the_first_list(self) -> None:
        assert codes(holding(**{"c2pa.actions.v2__1": created()})) == [self.BAD]

    @each("name", ["c2pa.opened", "c2pa.placed", "c2pa.removed"])
    @each("parameters", [None, {}, {"ingredients": []}, {"ingredients": 5}])
    def test_actions_that_need_an_ingredient_and_have_none_are_at_fault(
        self, name: str, parameters: Any
    ) -> None:
        entry = {"action": name} | ({} if parameters is None else {"parameters": parameters})
        entries = [entry] if name == "c2pa.opened" else [CREATED, entry]
        assert codes(acting(*entries)) == [self.MISMATCH]

    @each(
        ("name", "relationship", "right"),
        [
            ("c2pa.opened", "parentOf", True),
            ("c2pa.opened", "componentOf", False),
            ("c2pa.placed", "componentOf", True),
            ("c2pa.placed", "parentOf", False),
            ("c2pa.transcoded", "parentOf", True),
            ("c2pa.transcoded", "inputTo", False),
        ],
    )
    def test_an_action_that_names_an_ingredient_of_another_relationship_is_at_fault(
        self, name: str, relationship: str, right: bool
    ) -> None:
        held = ingredient(BASE, relationship)
        whole = assertion_box("c2pa.ingredient.v3", held, ContentKind.CBOR)
        parameters = {"ingredients": [link("c2pa.ingredient.v3", whole)]}
        entry = {"action": name, "parameters": parameters}
        one = acting(*([entry] if name == "c2pa.opened" else [CREATED, entry]))
        one = replace(one, assertions={**one.assertions, "c2pa.ingredient.v3": held})
        assert codes(BASE, one) == ([] if right else [self.MISMATCH])

    @pytest.mark.parametrize("digest", ["bytes", "text", "numbers", "wrong"])
    def test_digests_in_the_forms_that_makers_wrote_are_understood(self, digest: str) -> None:
        import base64

        held = ingredient(BASE)
        whole = assertion_box("c2pa.ingredient.v3", held, ContentKind.CBOR)
        right = hashlib.sha256(whole[8:]).digest()
        written = {
            "bytes": right,
            "text": base64.b64encode(right).decode(),
            "numbers": list(right),
            "wrong": bytes(32),
        }[digest]
        parameters = {"ingredients": [link("c2pa.ingredient.v3", whole, hash=written)]}
        one = acting({"action": "c2pa.opened", "parameters": parameters})
        one = replace(one, assertions={**one.assertions, "c2pa.ingredient.v3": held})
        expected = [("hashedURI.mismatch", FORM, False)] if digest == "wrong" else []
        assert faults(BASE, one) == expected

    @each(
        "named",
        [
            None,
            "",
            5,
            [],
            "self#jumbf=/c2pa/x",
            "self#jumbf=/c2pa/urn:c2pa:none/c2pa.assertions/c2pa.metadata",
            "self#jumbf=c2pa.signature",
            "https://example.org/c2pa.assertions/c2pa.actions.v2",
        ],
    )
    def test_a_redaction_that_names_nothing_is_at_fault(self, named: Any) -> None:
        entry = {"action": "c2pa.redacted", "parameters": {"redacted": named}}
        there = "self#jumbf=c2pa.assertions/c2pa.hash.data"
        whole = {"action": "c2pa.redacted", "parameters": {"redacted": there}}
        (found,) = structure.structure_faults(parse_store(store(acting(CREATED, whole, entry))))
        assert (found.code, found.place) == (
            "assertion.action.redactionMismatch",
            "c2pa.actions.v2[2]",
        )

    def test_a_watermark_without_a_soft_binding_is_at_fault(self) -> None:
        one = acting(CREATED, {"action": "c2pa.watermarked.bound"})
        assert codes(one) == ["assertion.action.softBindingMissing"]
        held = {**one.assertions, "c2pa.soft-binding": {"alg": "x"}}
        assert codes(replace(one, assertions=held)) == []


class TestSchemas:
    """What a standard assertion must have by chapter 18: form, and nothing was altered."""

    @each(
        ("label", "content", "expected"),
        [
            ("c2pa.certificate-status", {}, ["assertion.cbor.invalid"]),
            ("c2pa.certificate-status", {"ocspVals": [1]}, ["assertion.cbor.invalid"]),
            ("c2pa.certificate-status", {"ocspVals": ["base64"]}, []),
            ("c2pa.certificate-status", {"ocspVals": [b"x"]}, []),
            ("c2pa.metadata", {"dc:title": "x"}, ["assertion.json.invalid"]),
            ("c2pa.metadata", {"@context": {}}, []),
        ],
    )
    def test_fields_of_an_assertion_have_the_types_of_the_schema(
        self, label: str, content: Any, expected: list[str]
    ) -> None:
        found = faults(holding(**{label: content}))
        assert found == [(code, FORM, False) for code in expected]

    @pytest.mark.parametrize(("size", "expected"), [(1, []), (0, 1), (True, 1), ("1", 1)])
    def test_the_size_of_data_elsewhere_is_a_number(self, size: Any, expected: Any) -> None:
        held = {"label": "org.x", "size": size, "location": {"url": "https://example.org"}}
        found = codes(holding(**{"c2pa.cloud-data": held}))
        assert found == (expected and ["assertion.cloud-data.malformed"])

    @each(
        "fields",
        [
            {"reason": 5},
            {"changes": {}},
            {"actors": "x"},
            {"related": 1},
            {"softwareAgentIndex": "1"},
            {7: "a field without a name"},
        ],
    )
    def test_fields_of_an_action_have_the_types_of_the_schema(self, fields: dict[Any, Any]) -> None:
        assert faults(acting({**CREATED, **fields})) == [
            ("assertion.action.malformed", FORM, False)
        ]


class TestReferences:
    """15.10.3.3 and 15.4.2, of every standard assertion."""

    LABEL = "c2pa.asset-type"

    def referring(self, **fields: Any) -> Raw:
        digest = link("c2pa.actions.v2", SOUND.boxes()["c2pa.actions.v2"])
        return holding(**{self.LABEL: {"inner": [{"to": {**digest, **fields}}]}})

    def test_a_reference_that_fits_has_no_fault(self) -> None:
        assert faults(self.referring()) == []

    def test_a_reference_with_another_hash_is_a_mismatch(self) -> None:
        assert faults(self.referring(hash=bytes(32))) == [("hashedURI.mismatch", FORM, False)]

    def test_a_reference_that_leads_nowhere_is_missing(self) -> None:
        url = "self#jumbf=c2pa.assertions/c2pa.none"
        assert faults(self.referring(url=url)) == [("hashedURI.missing", FORM, False)]

    def test_what_an_assertion_says_of_itself_is_not_looked_at(self) -> None:
        bad = {"url": "self#jumbf=c2pa.assertions/c2pa.none", "hash": bytes(32)}
        assert faults(holding(**{self.LABEL: {"metadata": {"reference": bad}}})) == []

    def test_a_reference_to_another_place_is_not_looked_at(self) -> None:
        assert faults(self.referring(url="https://example.org/x")) == []

    def test_the_algorithm_is_the_nearest(self) -> None:
        whole = SOUND.boxes()["c2pa.actions.v2"][8:]
        held = {
            "url": "self#jumbf=c2pa.assertions/c2pa.actions.v2",
            "hash": hashlib.sha384(whole).digest(),
        }
        assert faults(holding(**{self.LABEL: {"alg": "sha384", "to": held}})) == []
        assert codes(holding(**{self.LABEL: {"to": held}})) == ["hashedURI.mismatch"]

    def test_the_claim_signature_that_an_ingredient_names_is_compared(self) -> None:
        wrong = {**ingredient(BASE)["claimSignature"], "hash": bytes(32)}
        held = ingredient(BASE, claimSignature=wrong)
        assert faults(BASE, holding(**{"c2pa.ingredient.v3": held})) == [
            ("hashedURI.mismatch", FORM, False)
        ]


def test_keys_of_live_video_are_checked_and_no_segment_is() -> None:
    found = faults(holding(**{"c2pa.session-keys": {"keys": [{1: 2}]}}))
    assert found == [
        ("livevideo.sessionkey.invalid", FORM, False),
        ("assertion.session_keys.not_checked", None, False),
    ]


def test_a_bmff_hash_of_version_1_is_as_if_it_were_not_there() -> None:
    """18.6.1: it is no second hard binding."""
    assert faults(holding(**{"c2pa.hash.bmff": {"hash": bytes(32)}})) == []
    two = codes(holding(**{"c2pa.hash.bmff.v2": {"hash": bytes(32)}}))
    assert two == ["assertion.multipleHardBindings"]


class TestIngredients:
    MALFORMED = "assertion.ingredient.malformed"

    def over(self, content: Any) -> list[tuple[str, Concern | None, bool]]:
        held = {**SOUND.assertions, "c2pa.ingredient.v3": content}
        return faults(BASE, replace(SOUND, assertions=held))

    def test_a_sound_ingredient_has_no_fault(self) -> None:
        assert self.over(ingredient(BASE)) == []

    @pytest.mark.parametrize("relationship", [None, "siblingOf", 5])
    def test_an_unknown_relationship_stops_the_check(self, relationship: Any) -> None:
        assert (self.MALFORMED, FORM, True) in self.over(
            ingredient(BASE, relationship=relationship)
        )

    def test_an_ingredient_with_a_manifest_and_a_source_type_is_at_fault(self) -> None:
        content = ingredient(BASE, digitalSourceType="x")
        assert self.over(content) == [(self.MALFORMED, FORM, False)]

    def test_an_ingredient_with_a_manifest_and_no_results_is_at_fault(self) -> None:
        content = ingredient(BASE, validationResults=None)
        assert self.over(content) == [(self.MALFORMED, FORM, False)]

    def test_of_an_ingredient_without_a_manifest_nothing_is_known(self) -> None:
        assert self.over(ingredient()) == [("ingredient.unknownProvenance", None, False)]
        assert self.over(ingredient(None, "inputTo")) == []
        one = holding(**{"c2pa.ingredient.v3": ingredient()})
        (found,) = structure.structure_faults(parse_store(store(one)))
        assert found.finding.severity is Severity.NOTE

    def test_an_ingredient_that_is_no_map_stops_the_check(self) -> None:
        assert self.over([]) == [(self.MALFORMED, FORM, True)]

    def test_a_thumbnail_of_other_bytes_is_altered_only_where_nothing_else_seals_it(self) -> None:
        data = superbox(jumbf.DATABOX_STORE, "c2pa.databoxes", _databox())
        url = "self#jumbf=c2pa.databoxes/c2pa.data"
        right = hashlib.sha256(_databox()[8:]).digest()
        for digest, expected in ((right, []), (bytes(32), [("hashedURI.mismatch", SEAL, False)])):
            content = ingredient(BASE, thumbnail={"url": url, "hash": digest})
            held = {**SOUND.assertions, "c2pa.ingredient.v3": content}
            assert faults(BASE, replace(SOUND, assertions=held, extra=(data,))) == expected


def _databox() -> bytes:
    content = cbor2.dumps({"dc:format": "image/png", "data": b"x"})
    return superbox(b"cbor" + jumbf.SUFFIX, "c2pa.data", box(b"cbor", content))


NOTE = {"org.example.note": {"note": "x"}}


class TestRedactions:
    GONE = "self#jumbf=/c2pa/urn:c2pa:base/c2pa.assertions/org.example.note"

    def over(self, base: bytes, of: Raw, **claim: Any) -> list[str]:
        held = {**SOUND.assertions, "c2pa.ingredient.v3": ingredient(of)}
        claim = {"redacted_assertions": [self.GONE], **claim}
        return codes(base, replace(SOUND, assertions=held, claim=claim))

    def test_a_redacted_assertion_is_gone_or_zeros(self) -> None:
        base = replace(BASE, assertions={**BASE.assertions, **NOTE})
        whole = base.whole()
        assert self.over(whole, base) == ["assertion.notRedacted"]
        content = cbor2.dumps(NOTE["org.example.note"])
        zeros = whole.replace(content, bytes(len(content)))
        assert self.over(zeros, base) == []
        other = whole.replace(content, content[:-1] + b"y")
        assert self.over(other, base) == ["assertion.notRedacted"]
