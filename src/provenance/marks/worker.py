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

from provenance.marks import carrier, registry, transform, wire
from provenance.marks.model import Medium, Message, WatermarkResult, WatermarkStatus
from provenance.media.metadata.model import Field
from provenance.sandbox import confine, frames, limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.model import Decoder
    from provenance.sandbox.serving import Line

_FILES = 256  # open ones; models and libraries are read from disk
_REFUSED = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


def main(line: Line) -> None:
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
    return {decoder.name: decoder for decoder in registry.load(plugins=plugins)}


def _answer(request: dict[str, Any], media: bytes, lost: dict[str, str]) -> dict[str, Any]:
    """Look at one carrier. Whatever goes wrong is in the answer; `lost` is what `_load` gave."""
    known = _decoders(bool(request["plugins"]))
    messages = tuple(wire.message(one) for one in request["messages"])
    decoders = [known[name] for name in request["decoders"] if name in known]
    answer: dict[str, Any] = {"results": [], "fields": [], "memory": 0, "error": ""}
    medium = Medium(request["medium"])
    opened, answer["error"] = _open(media, request["media_type"], medium)
    if opened is not None and medium is Medium.PICTURE and request["step"]:
        opened = transform.apply(request["step"], opened)
    for decoder in decoders if opened is not None else ():
        if decoder.name in lost:
            why = lost[decoder.name]
            result = WatermarkResult(decoder.name, WatermarkStatus.FAILED, reason=why)
            answer["results"].append(wire.plain(result))
            continue
        own = tuple(m for m in messages if m.decoder == decoder.name)
        for found in _decode(decoder, opened, (*decoder.card.messages, *own)):
            kind = "fields" if isinstance(found, Field) else "results"
            if len(answer[kind]) < wire.MAX_RESULTS:
                answer[kind].append(wire.plain(found))
    answer["memory"] = limits.peak_memory()
    return answer


def _open(media: bytes, media_type: str, medium: Medium) -> tuple[Any, str]:
    """Return the carrier, or why there is none. The one place that answers for broken media."""
    opener = carrier.open_picture if medium is Medium.PICTURE else carrier.open_sound
    try:
        return opener(media, media_type), ""
    except carrier.CarrierError as e:
        return None, str(e)
    except MemoryError:
        return None, "it takes more memory than a decoder may have"
    except Exception as e:  # noqa: BLE001 - a decoder of media may raise whatever it likes
        return None, f"its decoder failed ({type(e).__name__})"


def _decode(
    decoder: Decoder, opened: Any, messages: tuple[Message, ...]
) -> Iterator[WatermarkResult | Field]:
    """Yield what a decoder yields, then why it went no further, where it did not."""
    status, why = WatermarkStatus.FAILED, ""
    try:
        for found in islice(decoder.decode(opened, messages), wire.MAX_RESULTS):
            if isinstance(found, WatermarkResult | Field):
                yield found
            else:
                why = f"it returned {type(found).__name__}"
    except carrier.CarrierError as e:
        status, why = WatermarkStatus.REFUSED, str(e)
    except MemoryError:
        why = "it takes more memory than a decoder may have"
    except Exception as e:  # noqa: BLE001 - decoders may be anybody's code
        why = f"it failed ({type(e).__name__})"
    if why:
        yield WatermarkResult(decoder.name, status, reason=why)
