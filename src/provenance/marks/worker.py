"""The worker: decodes media and looks for watermarks, within limits, and answers in JSON.

Run as `python -m provenance.marks.worker`. It reads requests from standard input until that
ends. Before it gets the first carrier it imports what the decoders need, and takes limits on itself
that it cannot raise again; from then on it refuses connections and new processes. It writes nothing
but its answers.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from provenance.marks import carrier, registry, transform, wire
from provenance.marks.model import Medium, Message, WatermarkResult, WatermarkStatus
from provenance.media.metadata.model import Field
from provenance.sandbox import landlock, seccomp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.marks.model import Decoder

_FILES = 256  # open ones; models and libraries are read from disk
_REFUSED = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")


def main() -> None:
    """Answer requests until there are no more."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 0)
    os.dup2(silence, 1)  # packages print as they please; our answers have a way of their own
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    lost: dict[str, str] | None = None
    while (line := wire.receive(source, wire.MAX_REQUEST)) is not None:
        request = json.loads(line)
        if lost is None:
            _limit(RLIMIT_AS=memory, RLIMIT_CORE=0)
            lost = _load(request)
            _close_off()
        media = wire.receive(source, wire.MAX_MEDIA)
        _allow(seconds)
        wire.send(sink, wire.encode(_answer(request, media or b"", lost)))


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
    _limit(RLIMIT_FSIZE=0, RLIMIT_NOFILE=_FILES)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            landlock.no_new_privileges()
            if landlock.version() > 0:
                landlock.restrict(network=False)
        if seccomp.available():
            with contextlib.suppress(OSError):
                seccomp.restrict(network=False)
    sys.addaudithook(_refuse)


def _limit(**limits: int) -> None:
    """Take limits where the system has them, by their names in `resource`."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    for name, most in limits.items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS and refuses it
            resource.setrlimit(kind, (value, value))


def _allow(seconds: int) -> None:
    """Give the next request its processor time, on top of what was used."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


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
    answer["memory"] = _held()
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


def _held() -> int:
    """Return the most memory that this process has held, in bytes; 0 where nothing tells."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
