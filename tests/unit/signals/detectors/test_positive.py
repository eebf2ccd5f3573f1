"""Each marker in each of its places, and what it is taken to say."""

from dataclasses import replace

import pytest
from support.each import each
from unit.signals.detectors.make import (
    IPTC,
    SETTINGS,
    UUID,
    codes,
    exif,
    field,
    only,
    png,
    run,
    xmp,
)

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source

GENERATED, MODIFIED, POSSIBLE = Origin.AI_GENERATED, Origin.AI_MODIFIED, Origin.AI_POSSIBLE
SIGNATURE = "Signature: " + "QUJD" * 20 + "QQ=="
KEY = "Iptc4xmpExt:DigitalSourceType"
A1111 = f"a duck\nNegative prompt: monochrome\n{SETTINGS}"

CASES = [
    # detector, origin, (vendor, product, model), fields
    ("credit.line", GENERATED, ("Google", None, None),
     [xmp("photoshop:Credit", "Made with Google AI")]),
    (
        "credit.line",
        MODIFIED,
        ("Google", None, None),
        [field(Source.IPTC, "2:110", "Edited with Google AI\0")],
    ),
    (
        "credit.line",
        MODIFIED,
        ("Apple", "Photos Clean Up", None),
        [xmp("photoshop:Credit", "Apple Photos Clean Up")],
    ),
    (
        "xai",
        GENERATED,
        ("xAI", "Grok", None),
        [exif("ImageDescription", SIGNATURE), exif("Artist", UUID), exif("UserComment", SIGNATURE)],
    ),
    ("xai", GENERATED, ("xAI", "Grok", None),
     [exif("Artist", UUID), exif("UserComment", SIGNATURE)]),
    (
        "midjourney",
        GENERATED,
        ("Midjourney", "Midjourney", "V 5.2"),
        [png("Description", f"a control panel --ar 4:3 --v 5.2 Job ID: {UUID}")],
    ),
    (
        "midjourney",
        GENERATED,
        ("Midjourney", "Midjourney", "Niji 6"),
        [exif("ImageDescription", f"a cat --niji 6 Job ID: {UUID}")],
    ),
    (
        "midjourney",
        GENERATED,
        ("Midjourney", "Midjourney", None),
        [
            png("Description", f"a cat Job ID: {UUID}"),
            xmp("Iptc4xmpExt:DigImageGUID", UUID.upper()),
        ],
    ),
    ("automatic1111", GENERATED, (None, None, None), [png("parameters", A1111)]),
    (
        "automatic1111",
        GENERATED,
        (None, "Stable Diffusion web UI", "sd_xl"),
        [exif("UserComment", f"{A1111}, Model hash: 31e35c80fc, Model: sd_xl, Version: v1.10.1")],
    ),
    (
        "automatic1111",
        GENERATED,
        (None, "Stable Diffusion WebUI Forge", "flux1-dev"),
        [
            png(
                "parameters",
                "a cat\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1,"
                " Distilled CFG Scale: 3.5, Seed: 7, Model: flux1-dev, Version: f2.0.1v1.10.1",
            )
        ],
    ),
    (
        "automatic1111",
        GENERATED,
        (None, "SD.Next", "sdxl"),
        [
            png(
                "parameters",
                "a cat\nSteps: 20, Size: 1024x1024, Seed: 7, Sampler: Euler a, CFG scale: 6.0,"
                " App: SD.Next, Model: sdxl",
            )
        ],
    ),
    ("novelai", GENERATED, ("NovelAI", "NovelAI", "Stable Diffusion 1D44365E"),
     [png("Software", "NovelAI"), png("Source", "Stable Diffusion 1D44365E"),
      png("Comment", {"steps": 50, "sampler": "k_euler", "seed": 2, "scale": 10.0})]),
    ("invokeai", GENERATED, (None, "InvokeAI", "juggernautXL"),
     [png("invokeai_metadata", {"generation_mode": "sdxl_txt2img", "seed": 3, "steps": 35,
                                "model": {"model_name": "juggernautXL"}})]),
    ("invokeai", POSSIBLE, (None, "InvokeAI", None), [png("invokeai_metadata", {"width": 3})]),
    ("invokeai", GENERATED, (None, "InvokeAI", "sd-1.5"),
     [png("sd-metadata", {"model_weights": "sd-1.5", "image": {"prompt": [], "seed": 1}})]),
    ("invokeai", GENERATED, (None, "InvokeAI", None),
     [png("Dream", '"a "red" cat" -s 50 -S 1234 -W 512 -H 512 -C 7.5 -A k_lms')]),
    ("invokeai", GENERATED, (None, "InvokeAI", None), [png("Dream", '"a cat" -s50 -S1234')]),
    ("fooocus", GENERATED, (None, "Fooocus", "juggernaut"),
     [png("fooocus_scheme", "fooocus"),
      png("parameters", {"base_model": "juggernaut", "seed": "1", "sampler": "dpmpp"})]),
    ("fooocus", GENERATED, (None, "Fooocus", None),
     [exif("MakerNote", "fooocus"), exif("UserComment", {"seed": "1", "sampler": "dpmpp"})]),
    ("fooocus", GENERATED, (None, "Fooocus", "juggernaut"),
     [exif("UserComment", {"base_model": "juggernaut", "seed": "1",
                           "metadata_scheme": "fooocus"})]),
    ("settings.object", GENERATED, (None, "SwarmUI", "sdxl"),
     [png("parameters", {"sui_image_params": {"prompt": "a cat", "model": "sdxl"}})]),
    ("settings.object", GENERATED, (None, "SwarmUI", None),
     [exif("UserComment", {"sui_image_params": {"seed": 1}, "sui_extra_data": {}})]),
    ("drawthings", GENERATED, (None, "Draw Things", "sd_v1.5"),
     [xmp("exif:UserComment", {"c": "a cat", "uc": "", "seed": 1, "steps": 20,
                               "sampler": "DDIM", "model": "sd_v1.5"})]),
    ("settings.object", GENERATED, (None, None, "m"),
     [png("prompt", "a cat"), png("negative_prompt", ""), png("steps", "20"), png("seed", "7"),
      png("guidance_scale", "7.5"), png("model", "m")]),
    ("settings.object", GENERATED, (None, None, "m"),
     [png("sd:model", "m"), png("sd:prompt", "a cat"), png("sd:seed", "7"),
      png("sd:guidance_scale", "7.5")]),
    ("settings.object", GENERATED, (None, None, None),
     [field(Source.QUICKTIME, "seed", "7"), field(Source.QUICKTIME, "sampler", "euler_a"),
      field(Source.QUICKTIME, "steps", "20")]),
    ("vendor.name", GENERATED, ("Ideogram", "Ideogram", None), [exif("Make", "Ideogram AI\0")]),
    ("vendor.name", GENERATED, ("Reve", "Reve", None), [exif("Software", "reve.com")]),
    ("vendor.name", GENERATED, ("Reve", "Reve", None), [xmp("xmp:CreatorTool", "reve.com")]),
    ("vendor.name", GENERATED, ("Aphrodite AI", "Aphrodite AI", None),
     [exif("Make", "Aphrodite AI")]),
    ("vendor.name", GENERATED, ("Aphrodite AI", "Aphrodite AI", None),
     [exif("Software", "Aphrodite AI v1.0")]),
    ("samsung", MODIFIED, ("Samsung", "Photo assist", None),
     [field(Source.TRAILER, "PhotoEditor_Re_Edit_Data", {"originalPath": "x", "genAIType": 2})]),
    ("hosted.job", POSSIBLE, (None, None, None), [png("hf-job-id", UUID)]),
    ("hosted.job", POSSIBLE, (None, None, None), [png("hf-job-id", "69fb7223317220dbbd1a53da")]),
]  # as a table  # fmt: skip


@each(("detector", "origin", "generator", "fields"), CASES)
def test_each_marker_gives_its_detector_origin_and_vendor(detector, origin, generator, fields):
    name, marker = only(*fields)
    assert (name, marker.origin) == (detector, origin)
    assert (marker.vendor, marker.product, marker.model) == generator
    assert marker.whole is (origin is not MODIFIED)
    assert marker.field in fields


@each(("detector", "origin", "generator", "fields"), CASES)
def test_a_prompt_is_never_quoted(detector, origin, generator, fields):
    _, marker = only(*fields)
    for word in ("cat", "duck", "control panel"):
        assert word not in f"{marker.says} {marker.product} {marker.model}"


class TestIptcSourceType:
    @each(
        ("code", "origin"),
        [
            ("trainedAlgorithmicMedia", GENERATED),
            ("compositeWithTrainedAlgorithmicMedia", MODIFIED),
            ("compositeSynthetic", MODIFIED),
            ("screenCapture", POSSIBLE),
            ("digitalCapture", Origin.CAPTURED),
            ("digitalCreation", Origin.DIGITAL_CREATION),
            ("algorithmicMedia", None),
            ("humanEdits", None),
        ],
    )
    def test_each_value_of_the_vocabulary_has_its_origin(self, code, origin):
        name, marker = only(xmp(KEY, IPTC + code))
        assert (name, marker.origin, marker.whole) == ("iptc.source_type", origin, True)
        assert marker.source_type == IPTC + code

    @each(
        "written",
        [
            "https" + IPTC[4:] + "trainedAlgorithmicMedia",
            "trainedAlgorithmicMedia",
            "TrainedAlgorithmicMedia",
            IPTC.upper() + "trainedalgorithmicmedia",
            IPTC + "trainedAlgorithmicMedia/",
            IPTC + "trainedAlgorithmicMedia?lang=en",
            IPTC + "trainedAlgorithmicMedia#x",
            IPTC + "trained%41lgorithmicMedia",
            IPTC.replace("//", "//www.") + "trainedAlgorithmicMedia",
        ],
    )
    def test_common_mistakes_are_understood_and_said(self, written):
        found, findings = run(xmp(KEY, f" {written}\n"))
        assert found[0][1].origin is GENERATED
        assert codes(findings) == {"iptc.source_type_form"}

    @pytest.mark.parametrize(
        "written",
        [
            "untrainedAlgorithmicMedia",
            "http://example.com/trainedAlgorithmicMedia",
            "trainedAlgorithmicMedia/not",
            "trainedAlgorithmicMedia or not",
            "this is not trainedAlgorithmicMedia",
        ],
    )
    def test_a_value_of_no_vocabulary_is_a_finding_and_no_marker(self, written):
        found, findings = run(xmp(KEY, written))
        assert not found
        assert codes(findings) == {"iptc.source_type_unknown"}

    @pytest.mark.parametrize(
        ("source", "key"),
        [
            (Source.TEXT, "DigitalSourceType"),
            (Source.QUICKTIME, "digital_source_type"),
            (Source.EBML, "DigitalSourceType"),
            (Source.VORBIS, "digital_source_type"),
            (Source.ID3, "TXXX:DigitalSourceType"),
        ],
    )
    def test_outside_of_xmp_only_values_of_ai_are_heard(self, source, key):
        for value in ("trainedAlgorithmicMedia", IPTC + "trainedAlgorithmicMedia"):
            name, marker = only(field(source, key, value))
            assert (name, marker.origin) == ("iptc.source_type", GENERATED)
            assert marker.source_type == IPTC + "trainedAlgorithmicMedia"
        for value in ("digitalCapture", "none", "", "no trainedAlgorithmicMedia"):
            assert run(field(source, key, value)) == ((), ())

    def test_a_value_after_any_number_of_others_is_heard(self):
        others = [xmp(KEY, f"value {i}", context=f"{KEY}[{i}]") for i in range(1, 400)]
        found, _ = run(*others, xmp(KEY, IPTC + "trainedAlgorithmicMedia", context=f"{KEY}[400]"))
        assert [marker.origin for _, marker in found] == [GENERATED]

    @pytest.mark.parametrize("context", ["xmpMM:Pantry/rdf:li", "Iptc4xmpExt:ArtworkOrObject[1]"])
    def test_a_value_in_a_part_only_allows_ai(self, context):
        _, marker = only(xmp(KEY, IPTC + "trainedAlgorithmicMedia", context=context))
        assert (marker.origin, marker.whole) == (POSSIBLE, False)

    @pytest.mark.parametrize(
        "context", ["", f"{KEY}[2]", f"{KEY}/rdf:Bag/rdf:li", "rdf:Description"]
    )
    def test_a_value_in_a_list_of_its_own_is_of_the_asset(self, context):
        _, marker = only(xmp(KEY, IPTC + "trainedAlgorithmicMedia", context=context))
        assert (marker.origin, marker.whole) == (GENERATED, True)


class TestIptcAi:
    def test_a_system_without_a_source_type_is_a_modification(self):
        _, marker = only(xmp("Iptc4xmpExt:AISystemUsed", "DALL-E 3"))
        assert (marker.origin, marker.whole, marker.vendor) == (MODIFIED, False, "OpenAI")

    def test_a_system_with_a_source_type_of_the_same_packet_is_generation(self):
        system = xmp("Iptc4xmpExt:AISystemUsed", "Some Engine", offset=7)
        version = xmp("Iptc4xmpExt:AISystemVersionUsed", "4", offset=7)
        kind = xmp(KEY, IPTC + "trainedAlgorithmicMedia", offset=7)
        found = dict(run(system, version, kind)[0])
        marker = found["iptc.ai"]
        assert (marker.origin, marker.whole) == (GENERATED, True)
        assert (marker.vendor, marker.product, marker.model) == (None, None, None)

    def test_a_source_type_of_another_packet_says_nothing_of_this_one(self):
        system = xmp("Iptc4xmpExt:AISystemUsed", "Midjourney v6.1", offset=7)
        kind = xmp(KEY, IPTC + "trainedAlgorithmicMedia", offset=9000)
        assert dict(run(system, kind)[0])["iptc.ai"].origin is MODIFIED

    def test_prompt_and_writer_are_named_by_kind_only(self):
        _, marker = only(
            xmp("Iptc4xmpExt:AISystemUsed", "Stable Diffusion XL"),
            xmp("Iptc4xmpExt:AIPromptInformation", "a secret garden"),
            xmp("Iptc4xmpExt:AIPromptWriterName", "Jane Doe"),
        )
        assert "AISystemUsed, AIPromptInformation, AIPromptWriterName" in marker.says
        shown = f"{marker.says} {marker.product} {marker.model} {marker.vendor}"
        assert "garden" not in shown
        assert "Jane" not in shown

    @each(
        "value",
        [
            "",
            " ",
            "None",
            "n/a",
            "No AI",
            "-",
            "No AI was used",
            "no AI.",
            "None (a camera)",
            "Not AI",
            "Keine",
            "not used",
            "нет",
            "無し",
            "aucun système",
            "Midjourney was not used",
            "No Midjourney, DALL-E",
            "Some Engine 4",
        ],
    )
    def test_a_value_that_names_no_known_system_is_no_marker(self, value):
        found, findings = run(xmp("Iptc4xmpExt:AISystemUsed", value))
        assert not found
        assert codes(findings) == ({"marker.unknown_system"} if value.strip() else set())

    @each(
        "value",
        [
            "DALL-E 3",
            "OpenAI DALL-E 3 via ChatGPT",
            "Midjourney v6.1",
            "Adobe Firefly 3",
            "Stable Diffusion XL 1.0",
            "FLUX.1 dev, ComfyUI",
            "google gemini",
        ],
    )
    def test_each_known_system_is_named(self, value):
        assert only(xmp("Iptc4xmpExt:AISystemUsed", value))[1].origin is MODIFIED

    @pytest.mark.parametrize(
        "value", ["No AI was used for this image.", "This photograph was not created with AI"]
    )
    def test_a_prompt_alone_is_no_marker(self, value):
        assert run(xmp("Iptc4xmpExt:AIPromptInformation", value)) == ((), ())


def test_a_gif_comment_of_the_web_ui_is_a_marker():
    comment = field(Source.COMMENT, "comment", A1111)
    for media_type in ("image/gif", "image/jpeg"):
        assert only(comment, media_type=media_type)[0] == "automatic1111"


@pytest.mark.parametrize(
    "where",
    [
        xmp("dcterms:provenance", "self#jumbf=/c2pa/urn:uuid:1"),
        xmp("stEvt:action", "c2pa.edited", context="xmpMM:History/rdf:Seq/rdf:li"),
        xmp("xmpMM:History", "c2pa.color_adjustments"),
    ],
)
def test_an_address_of_a_removed_credential_is_a_remnant(where):
    found, findings = run(where)
    assert not found
    assert [f.code for f in findings] == ["credential.remnant"]


def test_a_packet_is_one_remnant_whatever_it_holds():
    history = "xmpMM:History/rdf:Seq/rdf:li"
    parts = [
        xmp("stEvt:action", "c2pa.opened", context=history),
        xmp("stEvt:action", "c2pa.edited", context=history),
        xmp("dcterms:provenance", "self#jumbf=/c2pa/urn:uuid:1"),
        xmp("dcterms:provenance", "self#jumbf=/c2pa/urn:uuid:2"),
    ]
    _, findings = run(*parts)
    (only_one,) = findings
    assert only_one.where.endswith("dcterms:provenance")
    other = [replace(part, offset=9000) for part in parts]
    _, findings = run(*parts, *other)
    assert [f.code for f in findings] == ["credential.remnant"] * 2


@pytest.mark.parametrize(
    "where",
    [
        xmp("dcterms:provenance", "https://example.com/m.c2pa"),
        xmp("stEvt:action", "saved", context="xmpMM:History"),
        xmp("stEvt:action", "c2pa.edited", context="xmpMM:Pantry"),
        xmp("stEvt:parameters", "converted to c2pa.something", context="xmpMM:History"),
    ],
)
def test_other_addresses_are_no_remnant(where):
    assert run(where) == ((), ())


@pytest.mark.parametrize(
    ("prompt", "given"),
    [
        ("a cat --v 6.1", False),
        ("https://s.mj.run/q1w2 as an elf --v 6.1", True),
        ("<https://s.mj.run/q1w2> as an elf --v 6.1", True),
        ("a cat --cref https://cdn.example.org/her.png --v 6.1", True),
    ],
)
def test_an_address_in_a_prompt_of_midjourney_is_a_picture(prompt, given):
    _, marker = only(png("Description", f"{prompt} Job ID: {UUID}"))
    assert (marker.product, marker.from_input) == ("Midjourney", given)
