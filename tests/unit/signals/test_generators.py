"""The generator table: exact names only, longest first, libraries never generators."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from support import costs
from support.each import each

from provenance.signals import generators
from provenance.signals.generators import (
    Generator,
    NameMeaning,
    by_claim_generator,
    by_signer,
    by_software_agent,
    is_library,
    vendor_of_signer,
)

TABLE = json.loads(
    Path(generators.__file__).with_name("generators.json").read_text(encoding="utf-8")
)


def fold(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "").strip().casefold()


@each(
    ("organisation", "common_name", "expected"),
    [
        ("OpenAI", "Truepic Lens CLI in Sora", Generator("OpenAI")),
        ("OpenAI OpCo, LLC", None, Generator("OpenAI")),
        ("Google LLC", "Pixel Camera", Generator("Google", "Pixel Camera", None, False)),
        ("Google LLC", "Pixel Studio", Generator("Google", "Pixel Studio", None, True)),
        ("Google LLC", "something new", Generator("Google")),
        ("Adobe Inc.", "Adobe Firefly C2PA", Generator("Adobe", "Firefly", None, True)),
        ("Adobe Inc.", "cai-prod", Generator("Adobe")),
        ("Amazon Web Services, Inc.", "Amazon Web Services, Inc.", Generator("Amazon")),
        ("Black Forest Labs Inc.", "info@blackforestlabs.ai", Generator("Black Forest Labs")),
        ("Microsoft Corporation", "Microsoft Corporation", Generator("Microsoft")),
        ("Samsung Galaxy", "Samsung Galaxy", Generator("Samsung", "Galaxy")),
        ("NIKON CORPORATION", "NIKON CORPORATION", Generator("Nikon", None, None, False)),
        (None, "xAI Grok Imagine", Generator("xAI", "Grok Imagine", None, True)),
    ],
)
def test_signers_of_real_files_are_known_vendors(organisation, common_name, expected):
    assert by_signer(organisation, common_name) == expected
    assert vendor_of_signer(organisation, common_name) == expected.vendor


@each(
    ("organisation", "common_name"),
    [
        (None, None),
        ("", ""),
        ("C2PA Test Signing Cert", "C2PA Signer"),
        ("NotOpenAI", None),
        ("OpenAI fan club", "OpenAI"),
        ("OpenAI/1.0", None),
        # a common name of somebody else's product needs that somebody's organisation
        (None, "Google Photos"),
        ("Stranger", "Google Photos"),
        ("Stranger", "xAI Grok Imagine"),
    ],
)
def test_unknown_signers_are_no_vendor(organisation, common_name):
    assert by_signer(organisation, common_name) is None
    assert vendor_of_signer(organisation, common_name) is None


@each(
    ("text", "expected"),
    [
        (
            "Adobe_Firefly c2pa-adobe-js/0.16.1 c2pa-rs/0.27.1",
            Generator("Adobe", "Firefly", None, True),
        ),
        (
            "Adobe_Firefly adobe_c2pa/0.12.4+sven2 c2pa-rs/0.32.7",
            Generator("Adobe", "Firefly", None, True),
        ),
        (
            "Adobe_Express/1.0.0 adobe_c2pa/0.7.11 c2pa-rs/0.28.1",
            Generator("Adobe", "Express", None, False),
        ),
        (
            "Adobe Photoshop 23.3.1 (build 20220419.r.426; mac; ContentCredentials 37f01a3)",
            Generator("Adobe", "Photoshop", None, False),
        ),
        ("lightroom/8.5.1", Generator("Adobe", "Lightroom", None, False)),
        (
            "M11-P/2.0.2 (Serial: 5889294) lc_c2pa/v1.6.1",
            Generator("Leica", "M11-P", None, False),
        ),
        ("Galaxy S25 c2pa-rs/0.62.0", Generator("Samsung", "Galaxy S25")),
        ("Amazon_Bedrock c2pa-rs/0.32.7", Generator("Amazon", "Amazon Bedrock")),
        (
            "Digimarc Validate c2patool/0.7.0 c2pa-rs/0.28.3",
            Generator("Digimarc", "Digimarc Validate", None, False),
        ),
        (
            "Microsoft_Responsible_AI/1.0",
            Generator("Microsoft", "Responsible AI Image Provenance"),
        ),
        ("Dreamina/7.5.0", Generator("ByteDance", "Dreamina", None, True)),
        ("ChatGPT", Generator("OpenAI", "ChatGPT", None, True)),
        (
            "Black Forest Labs API",
            Generator("Black Forest Labs", "Black Forest Labs API", None, True),
        ),
    ],
)
def test_claim_generators_are_named(text, expected):
    assert by_claim_generator(text) == expected
    assert not is_library(text)


@each(
    ("name", "expected"),
    [
        ("GPT-4o", Generator("OpenAI", None, "GPT-4o", True)),
        ("gpt-image", Generator("OpenAI", None, "gpt-image", True)),
        ("gpt-image 2.0", Generator("OpenAI", None, "gpt-image", True)),
        ("Flux.2", Generator("Black Forest Labs", None, "FLUX.2", True)),
        (
            "FLUX.1 Kontext [pro]",
            Generator("Black Forest Labs", None, "FLUX.1 Kontext [pro]", True),
        ),
        ("DALL·E", Generator("OpenAI", "DALL·E", None, True)),
        ("Sora", Generator("OpenAI", "Sora", None, True)),
        ("Adobe Firefly 1.0", Generator("Adobe", "Firefly", None, True)),
        (
            "Image Creator from Designer",
            Generator("Microsoft", "Image Creator from Designer", None, True),
        ),
        ("Photo assist", Generator("Samsung", "Photo assist")),
        ("豆包", Generator("ByteDance", "Doubao", None, True)),
    ],
)
def test_software_agents_are_named(name, expected):
    assert by_software_agent(name) == expected


def test_folding_is_nfc_trim_and_case_only():
    assert by_software_agent("  aDoBe FIREFLY\n") == by_software_agent("Adobe Firefly")
    assert by_software_agent("Adobe  Firefly") is None
    assert by_software_agent("Adobe\u00a0Firefly") is None
    assert by_software_agent("Adobe Fire\u200bfly") is None
    assert by_software_agent("\u202eAdobe Firefly") is None


@pytest.mark.parametrize(
    "like_it",
    [
        "Micro\N{LATIN SMALL LETTER LONG S}oft Corporation",
        "\N{FULLWIDTH LATIN CAPITAL LETTER M}ICROSOFT Corporation",
    ],
)
def test_a_signer_that_only_looks_like_a_vendor_is_not_it(like_it):
    assert by_signer("microsoft CORPORATION", None).vendor == "Microsoft"
    assert by_signer(like_it, None) is None


@each(
    "near_miss",
    [
        "NotOpenAI",
        "openai fan art",
        "OpenAI/1.0",
        "Adobe Fireflyx",
        "Adobe Firefly fan art",
        "Adobe Firefly 1.0 fan art",
        "Adobe Firefly/fan",
        "Adobe Firefly, really",
        "Not Adobe Firefly",
        "in the style of Midjourney",
        "Midjourney 7",
        "Soraya",
        "Sora-like",
        "FLUX.22",
        "gpt-images",
        "Photo assistant",
        "photoshop",
        "DALL",
        "make_test_xxxxxx/0.16.1 c2pa-rs/0.16.1",
        "",
        " ",
        "/",
        None,
    ],
)
def test_near_misses_of_names_are_no_generator(near_miss):
    assert by_software_agent(near_miss) is None
    assert by_claim_generator(near_miss) is None
    assert not is_library(near_miss)


def test_the_longest_name_that_fits_is_taken():
    short, long = (
        by_software_agent("Titan Image Generator G1"),
        by_software_agent("Titan Image Generator G1 v2"),
    )
    assert short is not None
    assert long is not None
    assert (short.model, long.model) == ("Titan Image Generator G1", "Titan Image Generator G1 v2")
    assert by_software_agent("Sora 1") == Generator("OpenAI", "Sora", None, True)
    assert by_software_agent("Sora 2") == Generator("OpenAI", "Sora", "Sora 2", True)
    # "Adobe c2pa-adobe-js" is a library although "Adobe" is a vendor
    assert by_claim_generator("Adobe c2pa-adobe-js/0.16.1") is None
    assert by_claim_generator("Adobe") == Generator("Adobe")


@each(
    "library",
    [
        "Google C2PA Core Generator Library",
        "Google C2PA SDK for Android",
        "c2pa-rs",
        "c2pa-rs/0.62.0",
        "c2patool/0.7.0 c2pa-rs/0.28.4",
        "make_test_images/0.36.0 c2pa-rs/0.36.0",
        "Make Test Images 0.36.0",
        "Truepic Lens CLI in Sora",
        "Truepic Lens SDK v1.1.3 in Vision Camera v3.1.5",
        "Truepic_Lens_SDK_libc2pa/2.5.1",
        "c2pa-js",
        "Adobe c2pa-adobe-js",
    ],
)
def test_libraries_are_never_generators(library):
    assert is_library(library)
    assert by_claim_generator(library) is None
    assert by_software_agent(library) is None


HOSTILE = (
    "a" * 10_000_000,
    "a " * 5_000_000,
    "/" * 10_000_000,
    " " * 10_000_000,
    "(" * 1_000_000,
    "\u0130" * 1_000_000,
    "e\u0301" * 1_000_000,
    "\x00\x1b[31mSora",
    "Sora\x00",
    "\ud800",
)


@each("hostile", HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_text_is_nothing(hostile):
    assert by_claim_generator(hostile) is None
    assert by_software_agent(hostile) is None
    assert by_signer(hostile, hostile) is None
    assert not is_library(hostile)


@pytest.mark.parametrize("ask", [by_claim_generator, by_software_agent, is_library])
def test_hostile_text_is_not_copied(ask):
    ask("warm the table")
    for hostile in HOSTILE:
        assert costs.memory(lambda text=hostile: ask(text)) < 1 << 20


def test_text_is_cut_before_it_is_matched():
    assert by_software_agent(" " * generators.MAX_TEXT + "Sora") is None
    assert by_software_agent("Sora 1" + " 1" * 1_000_000) is not None


def test_signers_of_generators_are_sorted_without_duplicates():
    keys = [(fold(e.get("organisation")), fold(e.get("common_name"))) for e in TABLE["signers"]]
    assert keys == sorted(set(keys))
    assert ("", "") not in keys


def test_names_of_generators_are_sorted_without_duplicates():
    keys = [fold(e["name"]) for e in TABLE["names"]]
    assert keys == sorted(set(keys))
    assert max(map(len, keys)) < generators.MAX_TEXT // 4


def test_every_entry_is_complete():
    for entry in TABLE["signers"] + TABLE["names"]:
        assert entry["source"].strip(), entry
        assert entry.get("generative") in {True, False, None}
        assert all(v is not None for v in entry.values()), "absent means null"
        assert all(v == v.strip() for v in entry.values() if isinstance(v, str)), entry


def test_signer_entries_have_known_fields():
    known = {"organisation", "common_name", "vendor", "product", "generative", "source"}
    for entry in TABLE["signers"]:
        assert set(entry) <= known, entry
        assert entry["vendor"]


def test_name_entries_have_known_fields():
    known = {"name", "match", "kind", "vendor", "product", "model", "generative", "source"}
    for entry in TABLE["names"]:
        assert set(entry) <= known, entry
        match = NameMeaning(entry["match"])
        if entry["kind"] == "library":
            assert set(entry) == {"name", "match", "kind", "source"}, entry
        else:
            assert entry["kind"] == "product"
            assert entry["vendor"]
            assert match is not NameMeaning.TOKEN, "only a library may be followed by anything"


def test_one_company_has_one_spelling_in_the_table():
    vendors = {e["vendor"] for e in TABLE["signers"] + TABLE["names"] if "vendor" in e}
    assert len({v.casefold() for v in vendors}) == len(vendors)


def test_every_entry_is_found_under_its_own_name():
    for entry in TABLE["signers"]:
        found = by_signer(entry.get("organisation"), entry.get("common_name"))
        assert found is not None
        assert (found.vendor, found.product) == (entry["vendor"], entry.get("product"))
    for entry in TABLE["names"]:
        found = by_claim_generator(entry["name"])
        assert is_library(entry["name"]) == (entry["kind"] == "library") == (found is None)
