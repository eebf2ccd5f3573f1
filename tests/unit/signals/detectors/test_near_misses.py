"""What looks like a marker and is none: words about generators, parts of patterns, other case."""

import json
from pathlib import Path

from support.each import each
from unit.signals.detectors.make import (
    GRAPH,
    RESIZE,
    SETTINGS,
    UUID,
    exif,
    field,
    label,
    png,
    run,
    xmp,
)

from provenance.media.metadata.field import Field, Source
from provenance.signals import generators
from provenance.signals.detectors.detector_registry import builtin

NAMES = (
    "Midjourney", "Stable Diffusion", "AUTOMATIC1111", "Forge", "SD.Next", "ComfyUI", "InvokeAI",
    "NovelAI", "Fooocus", "SwarmUI", "Draw Things", "Ideogram AI", "reve.com", "Aphrodite AI",
    "Made with Google AI", "Edited with Google AI", "Apple Photos Clean Up", "Galaxy AI", "Grok",
    "xAI", "DALL-E 3", "ChatGPT", "Gemini", "Imagen 3", "Sora", "Veo 3", "Firefly", "Doubao",
    "豆包", "即梦AI", "TC260", "AIGC", "trainedAlgorithmicMedia", "AISystemUsed", "KSampler",
    "genAIType", "hf-job-id", "c2pa.created", "sui_image_params", "invokeai_metadata", "Flux.1",
)  # as a table  # fmt: skip
SENTENCES = (
    "{}",
    "A photo about {}, not by it.",
    "Interview with the makers of {} at the fair",
    'Screenshot of the text "Steps: 20, Sampler: Euler a" in {}',
    "{} Signature: yes. Job ID: 12345",
    "#{} #ai #art prompt: a cat",
)
FREE_TEXT = [
    (Source.XMP, "dc:description"), (Source.XMP, "dc:title"), (Source.XMP, "dc:subject"),
    (Source.XMP, "photoshop:Headline"), (Source.XMP, "photoshop:Source"),
    (Source.XMP, "exif:UserComment"), (Source.XMP, "Iptc4xmpExt:PersonInImage"),
    (Source.XMP, "xmp:Label"), (Source.XMP, "xmpMM:DocumentID"), (Source.XMP, "{urn:x}AIGC"),
    (Source.EXIF, "ImageDescription"), (Source.EXIF, "UserComment"), (Source.EXIF, "Artist"),
    (Source.EXIF, "Copyright"), (Source.EXIF, "XPKeywords"), (Source.EXIF, "MakerNote"),
    (Source.IPTC, "2:120"), (Source.IPTC, "2:25"), (Source.IPTC, "2:105"), (Source.IPTC, "2:80"),
    (Source.TEXT, "Comment"), (Source.TEXT, "Description"), (Source.TEXT, "Title"),
    (Source.TEXT, "Author"), (Source.TEXT, "Source"), (Source.TEXT, "parameters"),
    (Source.TEXT, "prompt"), (Source.TEXT, "workflow"), (Source.TEXT, "Dream"),
    (Source.COMMENT, "COM"), (Source.ID3, "TIT2"), (Source.ID3, "COMM:eng:"),
    (Source.ID3, "TXXX:prompt"), (Source.VORBIS, "TITLE"), (Source.VORBIS, "COMMENT"),
    (Source.VORBIS, "DESCRIPTION"), (Source.QUICKTIME, "©nam"), (Source.QUICKTIME, "©cmt"),
    (Source.EBML, "COMMENT"), (Source.RIFF, "ICMT"), (Source.RIFF, "INAM"),
    (Source.PDF, "/Title"), (Source.PDF, "/Keywords"), (Source.OOXML, "Category"),
    (Source.SEGMENT, "APP12"), (Source.TRAILER, "Image_UTC_Data"),
]  # as a table  # fmt: skip


@each(("source", "key"), FREE_TEXT)
@each("media_type", ["image/jpeg", "image/gif"])
def test_words_about_a_generator_are_no_marker(source, key, media_type):
    """Every name in every sentence, in every place where people write."""
    for name in NAMES:
        for sentence in SENTENCES:
            found, _ = run(field(source, key, sentence.format(name)), media_type=media_type)
            assert not found, (name, sentence)


def test_no_name_of_the_generator_table_in_a_caption_is_a_marker():
    table = json.loads(Path(generators._TABLE).read_text(encoding="utf-8"))
    for row in table["names"]:
        fields = [field(source, key, row["name"]) for source, key in FREE_TEXT]
        assert not run(*fields)[0], row["name"]


LONG = "QUJD" * 20

NEAR: dict[str, list[list[Field]]] = {
    "credit.line": [
        [xmp("photoshop:Credit", "made with google ai")],
        [xmp("photoshop:Credit", "Made with Google AI by Jane")],
        [xmp("dc:rights", "Made with Google AI")],
        [field(Source.IPTC, "2:120", "Edited with Google AI")],
    ],
    "xai": [
        [exif("ImageDescription", "Signature: " + LONG)],
        [exif("Artist", UUID)],
        [exif("Artist", UUID), exif("ImageDescription", "Signature: " + LONG[:63])],
        [exif("Artist", UUID), exif("ImageDescription", "signature: " + LONG)],
        [exif("Artist", UUID), exif("ImageDescription", "My Signature: " + LONG)],
        [exif("Artist", UUID), exif("ImageDescription", "Signature: " + LONG + " and more")],
        [exif("Artist", "Jane " + UUID), exif("ImageDescription", "Signature: " + LONG)],
        [exif("Artist", UUID[:-1]), exif("UserComment", "Signature: " + LONG)],
    ],
    "midjourney": [
        [png("Description", f"a cat Job ID: {UUID}")],
        [png("Description", "a cat --v 6 --ar 3:2")],
        [png("Description", f"a cat --v 6 Job ID: {UUID[:-1]}")],
        [png("Description", f"a cat --v 6 job id: {UUID}")],
        [png("Description", f'He typed "a cat --v 6 Job ID: {UUID}" and waited')],
        [png("Description", f"render farm -- Job ID: {UUID}")],
        [png("Title", f"a cat --v 6 Job ID: {UUID}")],
        [png("Description", f"a cat Job ID: {UUID}"), xmp("Iptc4xmpExt:DigImageGUID", "x" + UUID)],
        [xmp("Iptc4xmpExt:DigImageGUID", UUID)],
    ],
    "automatic1111": [
        [png("parameters", "Steps: many, Sampler: UniPC, CFG scale: 5, Seed: 1")],
        [png("parameters", SETTINGS.lower())],
        [png("parameters", "Use Steps: 20, Sampler: Euler a, CFG scale: 7 for portraits")],
        [png("Comment", "Steps: 200, Seed: 42, Size: 64x64")],
        [png("parameters", "Steps: 5000, Sampler: NUTS, Seed: 42, Chains: 4")],
        [field(Source.VORBIS, "DESCRIPTION", "Steps: 16, Sampler: MPC2000, CFG scale: 7, Seed: 3")],
        [field(Source.COMMENT, "Comment", "Steps: 16, Sampler: Akai S900, Seed: 3, Tempo: 120")],
        [png("Comment", "Garden plan. Steps: 12, Size: 30x40, Model: terrace")],
        [exif("UserComment", "Steps: 12 to the door. Sampler: a drum machine. Seed: sunflower")],
    ],
    "comfyui": [
        [png("prompt", "a cat")],
        [png("prompt", {"text": "KSampler", "class_type": "KSampler"})],
        [png("workflow", {"nodes": ["KSampler"], "links": []})],
        [png("workflow", {"nodes": [{"type": "KSampler"}]})],
        [png("workflow", {"name": "CI", "on": "push", "jobs": {"build": {"steps": []}}})],
        [exif("UserComment", "This is the prompt, as I ran it: " + json.dumps(GRAPH))],
    ],
    "invokeai": [
        [png("invokeai_metadata", "null")],
        [png("invokeai_metadata", {})],
        [png("sd-metadata", {"image": "a.png"})],
        [png("sd-metadata", {"image": {"width": 3}})],
        [png("Dream", "I had a dream -s 50 -S 3")],
        [png("Dream", '"I had a dream", she said -s')],
        [png("dream", '"a cat" -s50 -S1234')],
    ],
    "novelai": [
        [png("Software", "NovelAI")],
        [png("Software", "NovelAI"), png("Source", "my novel"), png("Comment", "a fine text")],
        [png("Software", "NovelAI"), png("Comment", {"steps": 1, "seed": 2})],
        [png("Software", "novelai"), png("Source", "x"), png("Comment", {"steps": 1, "seed": 2})],
    ],
    "fooocus": [
        [png("fooocus_scheme", "fooocus")],
        [png("fooocus_scheme", "fooocus"), png("parameters", "a cat")],
        [png("fooocus_scheme", "other"), png("parameters", {"seed": 1, "sampler": "x"})],
        [png("parameters", {"seed": 1, "sampler": "x"})],
        [exif("MakerNote", "fooocus"), exif("UserComment", "a cat")],
        [exif("UserComment", {"metadata_scheme": "fooocus"})],
        [exif("UserComment", {"metadata_scheme": "other", "seed": 1, "sampler": "x"})],
    ],
    "settings.object": [
        [png("parameters", {"prompt": "cal", "steps": 9, "seed": 1, "sampler": "hmc", "scale": 2})],
        [png("Comment", {"steps": 28, "seed": 1, "sampler": "x", "scale": 5})],
        [png("parameters", {"seed": 42, "steps": 1000, "model": "resnet50"})],
        [png("parameters", {"seed": 42, "steps": 10, "model": "resnet50", "scheduler": "cosine"})],
        [png("Comment", {"seed": 7, "model": "gpt-4", "prompt": "a", "temperature": 0.7})],
        [png("Comment", {"seed": 7, "fitness": 0.3, "guidance": 2, "steps": 9})],
        [png("Comment", {"negative_prompt": "a", "guidance_scale": 7, "model": "x"})],
        [field(Source.QUICKTIME, "\xa9cmt", {"aigc_info": {"aigc_label_type": 0}})],
        [
            field(
                Source.QUICKTIME, "\xa9cmt", {"data": {"product": "lv", "exportType": "generation"}}
            )
        ],
        [exif("UserComment", {"data": {"product": "dreamina"}})],
        [exif("UserComment", {"type": "WanGPx by nobody", "seed": 1})],
        [png("Comment", {"software": "Blender", "seed": 1, "steps": 2})],
        [png("parameters", {"sui_image_params": {}})],
        [png("parameters", {"text": "sui_image_params"})],
        [png("parameters", '"sui_image_params": {"seed": 1}')],
    ],
    "drawthings": [
        [xmp("exif:UserComment", {"c": "a cat", "seed": 1, "steps": 2})],
        [xmp("exif:UserComment", {"c": 1, "seed": 1, "steps": 2, "sampler": "x"})],
        [xmp("exif:UserComment", {"c": "x", "seed": "1", "steps": 2, "sampler": "x"})],
        [xmp("dc:description", {"c": "x", "seed": 1, "steps": 2, "sampler": "x"})],
    ],
    "vendor.name": [
        [exif("Make", "ideogram ai")],
        [exif("Make", "Ideogram AI Camera")],
        [exif("Model", "Ideogram AI")],
        [exif("Software", "Ideogram AI")],
        [exif("Make", "reve.com")],
        [exif("Software", "www.reve.com")],
        [exif("Software", "reve")],
        [exif("Software", "Aphrodite AI Editor 2")],
        [exif("Software", "Midjourney")],
        [exif("Software", "Adobe Firefly")],
        [xmp("xmp:CreatorTool", "ComfyUI")],
    ],
    "samsung": [
        [field(Source.TRAILER, "PhotoEditor_Re_Edit_Data", {"genAIType": 0})],
        [field(Source.TRAILER, "PhotoEditor_Re_Edit_Data", {"genAIType": "00"})],
        [field(Source.TRAILER, "PhotoEditor_Re_Edit_Data", {"genAIType": True})],
        [field(Source.TRAILER, "PhotoEditor_Re_Edit_Data", {"rotation": 1})],
        [field(Source.TRAILER, "PhotoEditor_Re_Edit_Data", '"genAIType": 2')],
        [field(Source.TRAILER, "Other_Data", {"genAIType": 2})],
        [exif("UserComment", {"genAIType": 2})],
    ],
    "hosted.job": [
        [png("hf-job-id", "")],
        [png("hf-job-id", "a job")],
        [png("Description", "hf-job-id " + UUID)],
    ],
    "tc260": [
        [png("aigc", label())],
        [xmp("dc:description", {"AIGC": label()})],
        [xmp("{urn:other}AIGC", label())],
        [exif("UserComment", {"Label": "1"})],
        [exif("UserComment", {"Label": "1", "Title": "AIGC"})],
        [exif("UserComment", {"AIGC": {"topic": "AIGC"}})],
        [exif("UserComment", "AIGC{}")],
        [exif("UserComment", "ContentProducer: Jane")],
        [exif("ImageDescription", 'a talk on {"AIGC": {"Label": "1"}}')],
        [field(Source.SEGMENT, "APP12", "AIGC is short for")],
        [field(Source.VORBIS, "TITLE", label())],
    ],
    "iptc.source_type": [
        [xmp("Iptc4xmpExt:DigitalSourceType", "algorithmicMedia")],
        [xmp("Iptc4xmpExt:DigitalSourceType", "untrainedAlgorithmicMedia")],
        [xmp("dc:source", "trainedAlgorithmicMedia")],
    ],
    "iptc.ai": [
        [xmp("Iptc4xmpExt:AISystemUsed", "Keine")],
        [xmp("Iptc4xmpExt:AISystemUsed", "Midjourney wurde nicht benutzt")],
        [xmp("Iptc4xmpExt:AIPromptInformation", "no prompt: a photograph")],
        [xmp("Iptc4xmpExt:AIPromptWriterName", "Jane Doe")],
    ],
    "credential.remnant": [
        [xmp("dcterms:provenance", "Collection of the City Museum, c2pa working group visit")],
    ],
    "settings.keys": [
        [png("prompt", "a cat"), png("seed", "3"), png("steps", "20"), png("scale", "2")],
        [
            png("prompt", "fit"),
            png("seed", "3"),
            png("sampler", "nuts"),
            png("steps", "9"),
            png("scale", "2"),
        ],
        [png("seed", "1"), png("num_inference_steps", "25")],
        [png("postprocessing", "denoised, sharpened")],
        [png("extras", "two prints")],
        [png("faceswap", "a game for children")],
        [exif("ImageDescription", "alignments of the landmarks at the source of the river")],
        [png("generation_data", {"year": 2024, "solar": 12, "wind": 20})],
        [png("GenerationInfoJson", {"year": 2024, "turbine": "Prompt"})],
        [png("smproj", "a project")],
        [field(Source.SEGMENT, "APP15", "landmarks")],
    ],
    "text.mark": [
        [field(Source.ID3, "COMM", "made with suno; created=2025-10-08T16:20:02.314Z; id=12")],
        [field(Source.ID3, "COMM", "We discuss songs made with suno and udio")],
        [field(Source.ID3, "COMM", "hear it at https://suno.com/song/" + UUID)],
        [field(Source.ID3, "WOAS", "https://suno.com/song/")],
        [field(Source.ID3, "WOAS", "https://example.com/suno.com/song/" + UUID)],
    ],
}


@each(("detector", "fields"), [(name, fields) for name, rows in NEAR.items() for fields in rows])
def test_a_near_miss_of_a_marker_is_none(detector, fields):
    assert [marker for _, marker in run(*fields)[0] if marker.origin is not None] == []
    assert detector in {one.name for one in builtin()}


def test_a_graph_that_only_resizes_is_not_ai():
    (_, marker), *rest = run(png("prompt", RESIZE))[0]
    assert not rest
    assert marker.origin == "ai_possible"
