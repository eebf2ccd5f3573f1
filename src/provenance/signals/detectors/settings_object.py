"""Settings as an object: what a generator was told, as JSON, in any text."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from provenance.base.terms import Origin
from provenance.media.metadata.field import Source
from provenance.signals.detector import Marker
from provenance.signals.detectors import json_forms, tool_names
from provenance.signals.detectors._index import Index, Indexed, short
from provenance.signals.detectors.tables import is_sampler, is_scheduler, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance.base.finding import Finding
    from provenance.base.json_text import Json
    from provenance.media.metadata.field import Field

_MAX_KEYS = 256  # of one object that are looked at
_MAX_VALUE = 512  # characters of a setting that is in a field of its own
_KEYED = (
    Source.TEXT,
    Source.QUICKTIME,
    Source.EBML,
    Source.VORBIS,
    Source.ID3,
    Source.XMP,
    Source.TAGS,
)
_SETTING_KEYS = ("seed", "Seed", "SEED", "ompt", "OMPT")
_LOCAL = re.compile(r"^.*[:}]|^(?:(?:AI|SD|Torch|StableDiffusion|Stable Diffusion)[ _])+")
"""What is before a setting's own name: `SD:`, `TXXX:`, the namespace of a property, `SD `."""
_MAX_NAME = 128  # characters of the name of a mode
_GIVEN_SAYS = (", starting from something given", ", editing a given picture")
_WITHIN = 2  # levels of objects in which settings are looked for
_GUIDANCE = frozenset(
    {"guidancescale", "cfg", "cfgscale", "guidance", "embeddedguidancescale", "cfgcoef"}
)
_FREE_GUIDANCE = ("guidancescale", "cfg", "cfgscale")  # classifier-free: only diffusion has it
_SAMPLER = frozenset({"sampler", "samplername", "samplertype", "samplesolver", "samplingmethod"})
_SCHEDULER = frozenset({"scheduler", "schedulername", "scheduletype"})
_MODEL = (
    *("model", "basemodel", "modelname", "modelid", "checkpoint", "sdmodel", "modelpath"),
    *("stablediffusionmodel", "usestablediffusionmodel", "modelfile", "ckptname", "ckpt"),
)
_STEPS = frozenset(
    {"steps", "numinferencesteps", "samplesteps", "samplingsteps", "infersteps", "numsteps"}
    | {"inferences"}
)
_PROMPT = frozenset({"prompt", "positiveprompt", "positive", "textprompt"})
_NEGATIVE = frozenset({"negativeprompt", "negative", "uc", "negprompt"})
_SEED = ("seed", "noiseseed", "randomseed", "imageseed")
_SEED_TEXT = re.compile(r"\s{0,8}-?[0-9]{1,23}(?: ?\+ ?[0-9]{1,6})?\s{0,8}")
"""A seed as text: of the third picture of a batch, some write `1234 + 2`."""
_PICTURE = (
    *("size", "imagesize", "aspectratio", "ratio", "resolution", "width", "height", "quality"),
    *("seed", "n", "numimages", "duration", "outputformat", "style", "negativeprompt"),
    *("predictionid", "lyrics"),
)
"""What services that generate are told beside a prompt and a model."""
_MODES = ("mode", "action", "task", "generationmode", "generationtype", "operation", "pipeline")
"""Where settings name what was done, beside the settings of doing it."""
_EDITING = ("inpaint", "outpaint", "infill", "pix2pix")
_STARTING = ("img2img", "image2image", "imagetoimage", "img2vid", "image2video", "imagetovideo")
_GIVEN = frozenset(
    {
        *("initimage", "initimg", "inputimage", "sourceimage", "imagestart", "imagerefs"),
        *("imagepath", "initimagepath", "videosource", "referenceimage", "controlimage"),
        *("initimages", "imageguide", "startimage", "firstframe", "imageurl", "imagestrength"),
        *("refimages", "referenceimages", "inputimages", "maskimage", "imageurls"),
    }
)
_WRITERS = ("software", "app", "generator", "source", "type", "version", "creator", "tool")


class SettingsObject(Indexed):
    """A JSON object with the settings of a generator, or one that names the generator.

    The names of the settings are those of diffusers and ComfyUI, which nearly all tools have. A
    seed and two more of steps, guidance, sampler or scheduler, model and prompt; with a model, or a
    sampler of the table; and with at least one setting that only diffusion has (guidance, a
    negative prompt, inference steps, a sampler of the table): a training run and a simulation have
    seeds, steps and models too. Objects that name their tool are rows of `objects.json`. Prompts
    are never quoted. Settings that stand in a field each are taken together.
    """

    name = "settings.object"
    source = "huggingface/diffusers, pipeline arguments; docs/generators.md for each tool"
    wants = frozenset()
    form = True

    def __init__(self) -> None:
        self.reads = tuple(sorted(Source))

    def idle(self, index: Index) -> bool:
        """Tell whether there is no text, and no field that is a setting."""
        return not index.texts and not _has_setting(index)

    def find(self, index: Index) -> Iterator[Marker | Finding]:
        """Yield a marker for each text that holds settings."""
        for field in index.texts:
            value = field.value
            if "{" not in value or json_forms.begins(value) < 0 or not _hinted(value):
                continue
            parsed, _ = index.json(value)
            marker = _judge(index, field, parsed)
            if marker is not None:
                yield marker
        if _has_setting(index):
            yield from _keyed(index)


def _has_setting(index: Index) -> bool:
    """Tell whether a key ends as those that no settings are without: a seed, or a prompt."""
    return any(key[-4:] in _SETTING_KEYS for _, key in index.present)


def _keyed(index: Index) -> Iterator[Marker]:
    """Judge the fields of one source together: many tools write one text a setting."""
    for source in _KEYED:
        settings: dict[str, Json] = {}
        first: Field | None = None
        for field in islice(index.every(source), _MAX_KEYS):
            name = _LOCAL.sub("", field.key)
            settings.setdefault(name, field.value[:_MAX_VALUE])
            if first is None and name[-4:] in _SETTING_KEYS:
                first = field
        if first is not None and (_is_settings(settings) or _is_request(settings, keyed=True)):
            yield _by_form(settings, first)


def _hinted(value: str) -> bool:
    return any(hint in value for hint in table("objects")["hints"])


def _judge(index: Index, field: Field, parsed: Json) -> Marker | None:
    if isinstance(parsed, list) and parsed:
        parsed = parsed[0]
    objects = list(_objects(index, parsed, _WITHIN))
    for row in table("objects")["tools"]:
        for settings in objects:
            marker = _by_row(row, settings, field)
            if marker is not None:
                return marker
    for settings in objects:
        if _is_settings(settings) or _is_request(settings):
            return _by_form(settings, field)
    return None


def _objects(index: Index, value: Json, levels: int) -> Iterator[dict[str, Json]]:
    """Yield an object and those within it, JSON within JSON opened.

    Not the nodes of a graph: one sampler has all settings, and says nothing of what was saved.
    """
    if not isinstance(value, dict) or isinstance(value.get("class_type"), str):
        return
    yield value
    if levels:
        for inner in list(value.values())[:_MAX_KEYS]:
            opened = index.json(inner)[0] if isinstance(inner, str) and inner[:1] == "{" else inner
            yield from _objects(index, opened, levels - 1)


def _by_row(row: dict[str, Any], settings: dict[str, Json], field: Field) -> Marker | None:
    """Judge an object by the row of a tool: all its tests have to hold."""
    if not all(_passes(_at(settings, path), test) for path, test in row["needs"].items()):
        return None
    at_least = row.get("some")
    if (
        at_least
        and sum(_at(settings, path) is not None for path in at_least["of"]) < at_least["count"]
    ):
        return None
    model = next(filter(None, (_model_name(_at(settings, p)) for p in row.get("model", ()))), None)
    if model and row.get("model_behind"):
        model = model.partition(row["model_behind"])[2] or None
    started, edited = _mode(_at(settings, path) for path in row.get("mode", ()))
    given = started or edited or any(_given(settings, path) for path in row.get("from_input", ()))
    edited = edited or (
        given
        and any(
            word in str(_at(settings, path)).casefold()
            for path in row.get("model_kind", ())
            for word in table("objects")["edit_models"]
        )
    )
    origin = Origin.AI_MODIFIED if edited else Origin(row.get("origin", "ai_generated"))
    says = row.get("says") or f"{row['product']} generation settings"
    if given:
        says += _GIVEN_SAYS[edited]
    return Marker(
        origin,
        says,
        field,
        vendor=row.get("vendor"),
        product=row["product"],
        model=short(model, 128) if model else None,
        whole=origin is not Origin.AI_MODIFIED,
        from_input=given,
    )


def _given(settings: dict[str, Json], path: str) -> bool:
    """Tell whether a setting names something given; `key=ABC`: one of the letters is in it."""
    path, letters, wanted = path.partition("=")
    value = _at(settings, path)
    if letters:
        return isinstance(value, str) and not set(wanted).isdisjoint(value)
    return _filled(value)


def _at(settings: dict[str, Json], path: str) -> Json:
    value: Json = settings
    for name in path.split("/"):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _passes(value: Json, test: str) -> bool:
    kind, mark, wanted = test.partition(":")
    if mark:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        return text.startswith(wanted) if kind == "prefix" else text in wanted.split("|")
    match kind:
        case "text":
            return isinstance(value, str) and bool(value.strip())
        case "whole":
            return _whole(value)
        case "number":
            return _number(value)
        case "object":
            return isinstance(value, dict) and bool(value)
        case "list":
            return isinstance(value, list)
        case _:
            return value is not None


def _model_name(value: Json) -> str | None:
    """Return the name of a model: a text, or the name within an object that describes one."""
    if isinstance(value, dict):
        value = next(
            (value[k] for k in ("name", "model_name", "modelName", "label") if value.get(k)), None
        )
    return value if isinstance(value, str) and value.strip() else None


def _filled(value: Json) -> bool:
    return value not in (None, "", False, 0, "None", "none", [], {})


def _whole(value: Json) -> bool:
    if isinstance(value, str):
        return value.strip().isdigit() and len(value) < 24
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Json) -> bool:
    if isinstance(value, str):
        text = value.strip()
        return text.replace(".", "", 1).isdigit() and len(text) < 24
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_seed(value: Json) -> bool:
    if isinstance(value, str):
        return _SEED_TEXT.fullmatch(value) is not None
    return _whole(value)


def _folded(settings: dict[str, Json]) -> dict[str, Json]:
    folded: dict[str, Json] = {}
    for key, value in list(settings.items())[:_MAX_KEYS]:
        folded.setdefault(
            key[:64].replace("_", "").replace(" ", "").replace("-", "").lower(), value
        )
    return folded


def _is_settings(settings: dict[str, Json]) -> bool:
    keys = _folded(settings)
    seeded = any(_is_seed(keys.get(key)) for key in _SEED)
    guided = any(_number(keys.get(key)) for key in _GUIDANCE)
    steps = any(_whole(keys.get(key)) for key in _STEPS)
    sampler = _first(keys, _SAMPLER)
    scheduler = _first(keys, _SCHEDULER)
    model = _model(keys)
    prompt = any(isinstance(keys.get(key), str) for key in _PROMPT)
    negative = any(isinstance(keys.get(key), str) for key in _NEGATIVE)
    known = bool(sampler and is_sampler(sampler)) or bool(scheduler and is_scheduler(scheduler))
    more = (steps, guided, bool(sampler or scheduler), model is not None, prompt or negative)
    own = guided or negative or known or _whole(keys.get("numinferencesteps"))
    if steps and guided and prompt and negative:
        return True  # all that a pipeline of diffusers is told, in whichever way it was loaded
    if seeded and steps and prompt and any(_number(keys.get(key)) for key in _FREE_GUIDANCE):
        return True
    return seeded and sum(more) >= 2 and (model is not None or known) and own


def _is_request(request: dict[str, Json], *, keyed: bool = False) -> bool:
    """Tell whether an object is what a service was asked: a prompt, a model that only generates."""
    keys = _folded(request)
    model = _model(keys)
    if model is None or not any(_prompted(keys.get(key)) for key in _PROMPT):
        return False
    # a host names the maker in front: `google/nano-banana`, `fal-ai/flux/dev`
    name = model[:_MAX_NAME].casefold()
    parts = [name, *(name.split("/", depth)[-1] for depth in (1, 2))]
    hosted = table("objects")["hosted_models"]
    begins, exactly = tuple(hosted["begins"]), hosted["exactly"]
    named = any(part.startswith(begins) or part in exactly for part in parts)
    # a text each may be of a drawing of a training run, which has a seed and a model too
    return named and any(k in keys for k in _PICTURE if k != "seed" or not keyed)


def _prompted(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _first(keys: dict[str, Json], wanted: frozenset[str]) -> str | None:
    values = (keys.get(key) for key in wanted)
    return next((v for v in values if isinstance(v, str) and v), None)


def _model(keys: dict[str, Json]) -> str | None:
    return next(filter(None, (_model_name(keys.get(key)) for key in _MODEL)), None)


def _by_form(settings: dict[str, Json], field: Field) -> Marker:
    keys = _folded(settings)
    vendor, product = _writer(keys)
    started, edited = _mode(keys.get(key) for key in _MODES)
    given = started or edited or any(_filled(keys.get(key)) for key in _GIVEN)
    says = "generation settings as an object"
    if given:
        says += _GIVEN_SAYS[edited]
    model = _model(keys)
    return Marker(
        Origin.AI_MODIFIED if edited else Origin.AI_GENERATED,
        says,
        field,
        vendor=vendor,
        product=product,
        model=short(model, 128) if model else None,
        whole=not edited,
        from_input=given,
    )


def _mode(values: Iterable[Json]) -> tuple[bool, bool]:
    """Return (whether a mode starts from a picture, whether it edits one)."""
    names = [
        "".join(c for c in value[:_MAX_NAME].casefold() if c.isalnum())
        for value in values
        if isinstance(value, str)
    ]
    return (
        any(word in name for name in names for word in _STARTING),
        any(word in name for name in names for word in _EDITING),
    )


def _writer(keys: dict[str, Json]) -> tuple[str | None, str | None]:
    """Return the maker that an object names, where the table of names knows it."""
    for key in _WRITERS:
        value = keys.get(key)
        row = tool_names.known(value) if isinstance(value, str) else None
        if row:
            return row.get("vendor"), row["product"]
    return None, None
