"""Neighbours of each form, in every container and every place of it: none is flagged."""

import json

from negatives.near_misses import MAKERS
from support.each import each

from provenance.base.terms import Origin
from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.signals.detectors.detector_registry import builtin, detect

UUID = "123e4567-e89b-12d3-a456-426614174000"
TEXTS = {
    # settings as text
    "a drum machine": "Steps: 16, Sampler: MPC2000, CFG scale: 7, Seed: 3",
    "an old sampler": "Steps: 16, Sampler: Akai S900, Seed: 3, Tempo: 120",
    "a sampler's log": "emcee run\nSteps: 5000, Sampler: NUTS, Seed: 42, Chains: 4",
    "a recipe": "Steps: 6, Seed: sunflower, Size: large, Model: grandmother's",
    "a staircase": "Steps: 14, Size: 90x210, Model: oak, Version: 2",
    "an automaton": "Rule 30. Steps: 200, Seed: 42, Size: 64x64",
    "a stepper motor": "Steps: 200, Model: Nema17, Version: 1.2, Guidance: rail",
    "a lesson": "Use Steps: 20, Sampler: Euler a, CFG scale: 7 for portraits",
    "a dance": "Steps: 32; Model: Ana; Version: slow",
    "a solver": "Solver: Euler, Steps: 1000, Seed: 1, dt: 0.01",
    "a seed catalogue": "Seed: 12, Size: 3x4, Model: Roma, Version: F1",
    "a walk": "Steps: 8412, Guidance: 5 km, App: StepCounter 2",
    "a plotter": "Steps: 400\nSeed: 7\nPen: 0.3 mm",
    "a name of a sampler alone": "Euler a, DPM++ 2M Karras and UniPC compared",
    "walkers and steps": "Steps: 5000, Sampler: EnsembleSampler, Seed: 42, Size: 512x4096",
    "chains and draws": "Steps: 2000, Sampler: NUTS, Seed: 8927, Size: 4x1000, Model: radon",
    "a map of a game": "Seed: 8675309, Size: 256x256, Steps: 4, Version: 1.20.4",
    "a game": "Size: 1920x1080, Seed: 12, Steps: 400, Model: Leader, Version: 1.0.12.9",
    "noise": "Seed: 12345, Size: 1920x1080, Steps: 8, Octaves: 6, Scale: 0.01",
    "a focus log": "Focuser Steps: 1240, Guidance: PHD2, Size: 4656x3520, Model: A1, Version: 3.1",
    "a stack": "Steps: 35, Step size: 4, Size: 8256x5504, Model: Z 8, Version: 2.00",
    "a filter": "Anisotropic diffusion. Steps: 20, Kappa: 30, Size: 512x512, Version: R2024a",
    "a chat": json.dumps(
        {"messages": [{"role": "user", "content": "why? Steps: 20, Sampler: Euler a, Seed: 1"}]}
    ),
    # objects
    "a registration": json.dumps({"seed": 1, "steps": 9, "task": "image-to-image", "model": "SyN"}),
    "dynamics": json.dumps({"seed": 4, "steps": 9, "model": "EAM", "pipeline": "inpaint"}),
    "a fit": json.dumps({"prompt": "cal", "steps": 9, "seed": 1, "sampler": "hmc", "scale": 2}),
    "a training run": json.dumps({"seed": 42, "steps": 1000, "model": "resnet50", "lr": 0.1}),
    "a schedule": json.dumps({"seed": 4, "steps": 9, "model": "vit", "scheduler": "cosine"}),
    "a language model": json.dumps({"model": "gpt-4", "prompt": "x", "seed": 7, "temperature": 1}),
    "a fractal": json.dumps({"steps": 28, "seed": 1, "sampler": "x", "scale": 5}),
    "a dose plan": json.dumps({"c": "x", "seed": 1, "steps": 20}),
    "a weather run": json.dumps({"seed": 3, "model": "WRF", "cfg": "run.cfg", "steps": 9}),
    "a power plant": json.dumps({"year": 2024, "solar": 12, "wind": 20}),
    "a label that denies": json.dumps({"aigc_info": {"aigc_label_type": 0}}),
    "an edited clip": json.dumps({"data": {"product": "lv", "exportType": "generation"}}),
    "a seed bank": json.dumps({"seed": "Roma", "guidance": "sow in May", "model": "F1"}),
    "an empty set of parameters": json.dumps({"sui_image_params": {}}),
    "a farm": json.dumps({"type": "WanGPx by nobody", "seed": 1}),
    # graphs
    "a lecture": json.dumps({"q1": {"class_type": "lecture", "inputs": {"room": "A1"}}}),
    "tasks": json.dumps({"nodes": [{"id": "a", "type": "task"}], "links": [{"source": "a"}]}),
    "an audio patch": json.dumps(
        {"nodes": [{"id": 1, "type": "audio/oscillator"}], "links": [[1, 1, 0, 2, 0, "audio"]]}
    ),
    "a workflow engine": json.dumps({"nodes": [{"id": 1, "type": "n8n.set"}], "links": []}),
    "a lesson on graphs": 'We build {"class_type": "KSampler", "inputs": {}} by hand in ComfyUI',
    "a social graph": json.dumps({"nodes": [{"id": 1, "type": "person"}], "links": [], "seed": 1}),
    "a state machine": json.dumps({"1": {"class_type": "State", "inputs": {"next": ["2", 0]}}}),
    # lines and names
    "a print job": f"Poster run 4 --rush Job ID: {UUID}",
    "a render farm": f"blender -b s.blend --frame 12 --engine CYCLES Job ID: {UUID}",
    "a render farm of the letters": f"render --v --frame 3 --seed 4 Job ID: {UUID}",
    "a job without flags": f"Exported by DAM. Job ID: {UUID}",
    "a podcast": "We discuss songs made with suno and udio",
    "a song's address": f"hear it at https://suno.com/song/{UUID}",
    "a dream": '"I was flying over the city" - from my dream journal',
    "a policy": "AI generated content policy meeting; flux of ideas",
    "a company": "Black Forest Labs press office",
    "a label without AI": "No AI was used for this image.",
    "a face set": "face_type and landmarks explained",
    "alignments": "alignments of the landmarks at the source of the river",
    "a denial": "AISystemUsed: Keine",
    "a denial in a comment": "AI-generated: false (screen recording)",
    "a report": "AI-generated deepfakes and the law: an interview with a judge",
    "captions by a program": "AI-generated subtitles",
    "a caption by a program": json.dumps({"model": "llava", "prompt": "describe", "seed": 1}),
    "a request for words": json.dumps({"model": "gpt-4o", "prompt": "x", "size": "long", "n": 1}),
    "a task graph": json.dumps(
        {"nodes": [{"id": 1, "type": "LoadImage"}], "links": [[1, 1, 0, 2, 0]]}
    ),
    "a flow of mail": json.dumps(
        {"nodes": [{"type": "n8n-nodes-base.openAi", "parameters": {}}], "connections": {}}
    ),
    "subtitles": "We set Seed: 42 and Steps: 30 in Deforum.",
    "a farm's log": "F1: 0; Cadence: weekly; Seed: wheat",
    "an inference server": "num_inference_steps: 40; latency: 3 ms",
}  # as a table  # fmt: skip


@each("place", MAKERS)
def test_no_text_about_generators_is_flagged_in_any_place(place):
    for name, text in TEXTS.items():
        with Asset.from_bytes(MAKERS[place](text)) as asset:
            found, _ = detect(
                read_metadata(asset, scan_container(asset), everything=True), builtin()
            )
        assert all(marker.origin is None for _, marker in found), (name, found)


FORMS = {
    "settings as text": "a fox\nNegative prompt: bad\nSteps: 20, Sampler: Euler a, CFG scale: 7,"
    " Seed: 1, Size: 512x512",
    "settings as an object": json.dumps(
        {"prompt": "a fox", "seed": 1, "steps": 20, "cfg": 7, "sampler": "euler", "model": "m"}
    ),
    "a graph": json.dumps(
        {
            "3": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["4", 0]}},
            "4": {"class_type": "UNETLoader", "inputs": {"unet_name": "m.safetensors"}},
            "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
        }
    ),
}
SHORT = {"jpeg iptc caption", "jpeg iptc keywords", "jpeg iptc people"}  # cut at 255 bytes
SPLIT = {"jpeg xmp keywords"}  # a list: split at commas


@each("place", [p for p in MAKERS if p not in SHORT | SPLIT])
@each("form", FORMS)
def test_each_form_of_a_marker_is_recognised_in_every_place(form, place):
    """In every place of every container, as the file is read when it is verified."""
    with Asset.from_bytes(MAKERS[place](FORMS[form])) as asset:
        found, _ = detect(read_metadata(asset, scan_container(asset)), builtin())
    assert Origin.AI_GENERATED in {marker.origin for _, marker in found}
