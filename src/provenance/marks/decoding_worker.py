"""The worker: decodes media and looks for watermarks, within limits, and answers in JSON.

Before it gets the first carrier it imports what the decoders need, and takes limits on itself that
it cannot raise again; from then on it refuses connections and new processes.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from provenance.marks import (
    carrier,
    decodable_media,
    decoder_registry,
    pictures,
    sounds,
    transform,
    wire,
)
from provenance.marks.carrier import Picture, Sound
from provenance.marks.decoder import Medium, Message, WatermarkResult, WatermarkStatus
from provenance.marks.frame_answers import together
from provenance.marks.videos import Frames
from provenance.media.metadata.field import Field
from provenance.sandbox import confine, frames, limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.decoder import Decoder
    from provenance.sandbox.serving import ServiceLine

_FILES = 256  # open ones; models and libraries are read from disk
_REFUSED = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


def main(line: ServiceLine) -> None:
    """Answer requests until there are no more."""
    lost: dict[str, str] | None = None
    while (data := line.receive(wire.MAX_REQUEST)) is not None:
        request = frames.unpacked(data)
        if lost is None:
            limits.take("memory", "RLIMIT_AS", request["memory"], "")
            limits.take("core_dumps", "RLIMIT_CORE", 0, "")
            lost = _load(request)
            _close_off()
        media = line.receive(wire.MAX_MEDIA)
        limits.allow_cpu(request["processor"])
        line.send(frames.packed(_answer(request, media or b"", lost)))


def _load(request: dict[str, Any]) -> dict[str, str]:
    """Import what the decoders of a request need; return by decoder what cannot be, and why."""
    known = _decoders(bool(request["plugins"]))
    lost = {}
    for name in request["decoders"]:
        for package in known[name].packages if name in known else ():
            try:
                importlib.import_module(package)
            except Exception as e:  # noqa: BLE001 - the record says it; packages may raise anything
                lost[name] = f"{package} cannot be imported ({type(e).__name__})"
    return lost


def _close_off() -> None:
    """Give up what decoding does not need: by the kernel where it offers that, and in Python."""
    confine.close_off(open_files=_FILES, network=False)
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Keep decoders, which may be anybody's code, from the network and from other programs."""
    del arguments
    if event.startswith(_REFUSED) and event != "socket.__new__":
        raise PermissionError(f"{event}: decoders open no connections and start no programs")


@cache
def _decoders(plugins: bool) -> dict[str, Decoder]:
    return {decoder.name: decoder for decoder in decoder_registry.load_decoders(plugins=plugins)}


def _answer(request: dict[str, Any], media: bytes, lost: dict[str, str]) -> dict[str, Any]:
    """Look at one carrier. Whatever goes wrong is in the answer; `lost` is what `_load` gave.

    The one place that answers for broken media. Frames that were looked at before a video broke
    off count.
    """
    answer: dict[str, Any] = dict.fromkeys(("error", "seen", "kept"), "")
    looked: list[tuple[float, list[WatermarkResult]]] = []
    fields: dict[Field, None] = {}
    in_video = False
    try:
        opened = _open(media, request["media_type"], Medium(request["medium"]))
        in_video = isinstance(opened, Frames)
        for piece in opened if isinstance(opened, Frames) else (opened,):
            looked.append((piece.at or 0.0, _results_of(piece, request, lost, fields)))
            answer["kept"] = piece.kept
        answer["seen"] = opened.seen
    except carrier.CarrierError as e:
        answer["error"] = str(e)
    except MemoryError:
        answer["error"] = "it takes more memory than a decoder may have"
    except Exception as e:  # noqa: BLE001 - a decoder of media may raise whatever it likes
        answer["error"] = f"its decoder failed ({type(e).__name__})"
    if looked and answer["error"]:
        answer["kept"] = f"{len(looked)} frames; {answer['error']}"
        answer["error"] = ""
    results = list(together(looked)) if in_video else [r for _, said in looked for r in said]
    answer["results"] = [wire.plain(result) for result in results[: wire.MAX_RESULTS]]
    answer["fields"] = [wire.plain(field) for field in list(fields)[: wire.MAX_RESULTS]]
    answer["memory"] = limits.peak_memory()
    return answer


def _open(media: bytes, media_type: str, medium: Medium) -> Picture | Sound | Frames:
    """Return the carrier, or the frames of a video. Raises what decoders of media raise."""
    if medium is Medium.SOUND:
        return sounds.open_sound(media, media_type)
    if media_type in decodable_media.VIDEOS:
        return Frames(media)
    return pictures.open_picture(media, media_type)


def _results_of(
    opened: Picture | Sound,
    request: dict[str, Any],
    lost: dict[str, str],
    fields: dict[Field, None],
) -> list[WatermarkResult]:
    """Return what the decoders answer for one picture or sound; fields that they read are added."""
    results: list[WatermarkResult] = []
    for answer in _look(opened, request, lost):
        if isinstance(answer, Field):
            fields[answer] = None
        elif len(results) < wire.MAX_RESULTS:
            results.append(answer)
    return results


def _look(
    opened: Picture | Sound, request: dict[str, Any], lost: dict[str, str]
) -> Iterator[WatermarkResult | Field]:
    """Yield what every decoder of a request says of one picture or sound."""
    known = _decoders(bool(request["plugins"]))
    messages = tuple(wire.message(dict(message)) for message in request["messages"])
    if isinstance(opened, Picture) and request["step"]:
        opened = transform.apply(request["step"], opened)
    for decoder in (known[name] for name in request["decoders"] if name in known):
        if decoder.name in lost:
            why = lost[decoder.name]
            yield WatermarkResult(decoder.name, WatermarkStatus.FAILED, reason=why)
            continue
        own = tuple(m for m in messages if m.decoder == decoder.name)
        yield from _decode(decoder, opened, (*decoder.card.messages, *own))


def _decode(
    decoder: Decoder, opened: Any, messages: tuple[Message, ...]
) -> Iterator[WatermarkResult | Field]:
    """Yield what a decoder yields, then why it went no further, where it did not."""
    status, why = WatermarkStatus.FAILED, ""
    try:
        for answer in islice(decoder.decode(opened, messages), wire.MAX_RESULTS):
            if isinstance(answer, WatermarkResult | Field):
                yield answer
            else:
                why = f"it returned {type(answer).__name__}"
    except carrier.CarrierError as e:
        status, why = WatermarkStatus.REFUSED, str(e)
    except MemoryError:
        why = "it takes more memory than a decoder may have"
    except Exception as e:  # noqa: BLE001 - decoders may be anybody's code
        why = f"it failed ({type(e).__name__})"
    if why:
        yield WatermarkResult(decoder.name, status, reason=why)
