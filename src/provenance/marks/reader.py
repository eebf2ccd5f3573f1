"""What `Verifier` is given with `--pixels` or `--signal`: one call of a worker a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.errors import InstallationError
from provenance.base.finding import Finding, note, warning
from provenance.base.terms import Assurance
from provenance.marks import decodable_media, decoder_registry, wire
from provenance.marks.decoder import Medium, PixelReading, WatermarkStatus
from provenance.marks.decoding_process import Decoding, DecodingLimits, WorkerError
from provenance.signals.signal import Basis, GeneratorClaim, Role, Signal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from provenance.marks.decoder import Decoder, Message, WatermarkResult
    from provenance.media.asset import Asset

_WHERE = {Medium.PICTURE: "pixels", Medium.SOUND: "sound"}
_VIDEO_TIMES = 3  # as long as a picture
_PLURAL = {Medium.PICTURE: "pictures were", Medium.SOUND: "sound was"}
_OPTION = {Medium.PICTURE: "--pixels", Medium.SOUND: "--signal"}


class MarkReader:
    """Reads what is hidden in pictures and sounds, with every decoder that can run here.

    `media` says what is looked at; `messages` are payloads to look for beside those that decoders
    know; `plugins` lets decoders of other packages take part; `only` names the decoders to ask, all
    where it is empty. Not to be shared between threads. Raises InstallationError where none of the
    decoders for a medium can run.
    """

    def __init__(
        self,
        media: Collection[Medium],
        *,
        messages: tuple[Message, ...] = (),
        plugins: bool = True,
        limits: DecodingLimits | None = None,
        only: Collection[str] = (),
    ) -> None:
        self._plugins = plugins
        self._messages = messages
        decoders = decoder_registry.load_decoders(plugins=plugins)
        _check_names(only, decoders)
        decoders = tuple(d for d in decoders if not only or d.name in only)
        self._decoders: dict[Medium, tuple[Decoder, ...]] = {}
        self._absent: dict[Medium, tuple[str, ...]] = {}
        asked = {message.decoder for message in messages}
        for medium in sorted(media):
            own = [
                d
                for d in decoders
                if d.medium is medium and (d.name in asked or not d.card.needs_message)
            ]
            ready = tuple(d for d in own if not d.missing())
            if not ready:
                raise InstallationError(_none(medium, own))
            self._decoders[medium] = ready
            self._absent[medium] = tuple(d.name for d in own if d not in ready)
        _check_names((message.decoder for message in messages), decoders)
        if limits is None:
            limits = _limits(d for ready in self._decoders.values() for d in ready)
        self._decoding = Decoding(limits)

    def read(self, asset: Asset, media_type: str) -> PixelReading:
        """Look at one asset. What it does wrong, and to the worker, is in the findings."""
        media_type = decodable_media.media_type_of(asset, media_type)
        there = decodable_media.media_of(media_type)
        if not there:
            message = f"no watermark was looked for: {media_type or 'this format'} is not decoded"
            return PixelReading(findings=(note("watermark.unsupported", message),))
        readings = [
            self._look_in_medium(asset, media_type, m) for m in there if m in self._decoders
        ]
        unasked = [_unasked(medium) for medium in there if medium not in self._decoders]
        return PixelReading(
            fields=tuple(field for reading in readings for field in reading.fields),
            signals=tuple(signal for reading in readings for signal in reading.signals),
            watermarks=tuple(result for reading in readings for result in reading.watermarks),
            findings=(*(finding for reading in readings for finding in reading.findings), *unasked),
        )

    def _look_in_medium(self, asset: Asset, media_type: str, medium: Medium) -> PixelReading:
        what = "sound: " if medium is Medium.SOUND and media_type in decodable_media.VIDEOS else ""
        try:
            answer = self._ask(asset, media_type, medium)
        except WorkerError as e:
            message = f"{what}looking for watermarks was given up: {e}"
            return PixelReading(findings=(warning("watermark.stopped", message),))
        if answer.error:
            message = f"{what}no watermark was looked for: {answer.error}"
            return PixelReading(findings=(warning("watermark.unreadable", message),))
        in_frames = medium is Medium.PICTURE and media_type in decodable_media.VIDEOS
        where = "frames" if in_frames else _WHERE[medium]
        return PixelReading(
            fields=answer.fields,
            signals=tuple(signal for r in answer.results if (signal := _signal(r, where))),
            watermarks=answer.results,
            findings=(
                *_partly(answer, what),
                *self._not_looked(medium),
                *_findings(answer.results),
            ),
        )

    def look(self, asset: Asset, media_type: str, step: str = "") -> wire.CarrierAnswer:
        """Return what the decoders say of an asset, changed first as `transform` names it.

        Of a video the frames are looked at. `media_type` must be one that was asked for. Raises
        WorkerError.
        """
        media_type = decodable_media.media_type_of(asset, media_type)
        medium = medium_of(media_type)
        assert medium is not None  # noqa: S101 - see above
        return self._ask(asset, media_type, medium, step)

    def _ask(
        self, asset: Asset, media_type: str, medium: Medium, step: str = ""
    ) -> wire.CarrierAnswer:
        if asset.size > wire.MAX_MEDIA:
            message = f"{asset.size} bytes, over the bound of {wire.MAX_MEDIA} for decoding"
            return wire.CarrierAnswer(error=message)
        request = {
            "plugins": self._plugins,
            "messages": [wire.plain(m) for m in self._messages],
            "decoders": [d.name for d in self._decoders[medium]],
            "medium": medium,
            "media_type": media_type,
            "step": step,
        }
        frames = medium is Medium.PICTURE and media_type in decodable_media.VIDEOS
        times = _VIDEO_TIMES if frames else 1
        return self._decoding.ask(request, asset.read(0, asset.size), times)

    def messages_of(self, decoder: str) -> frozenset[str]:
        """Return the names of the messages that a decoder looks for."""
        own = {m.name for m in self._messages if m.decoder == decoder}
        asked = (d for decoders in self._decoders.values() for d in decoders)
        return frozenset(
            own.union(*({m.name for m in d.card.messages} for d in asked if d.name == decoder))
        )

    @property
    def media(self) -> frozenset[Medium]:
        """What is looked at."""
        return frozenset(self._decoders)

    def close(self) -> None:
        """End the worker."""
        self._decoding.close()

    def _not_looked(self, medium: Medium) -> tuple[Finding, ...]:
        absent = self._absent[medium]
        if not absent:
            return ()
        message = f"not looked for: {', '.join(absent)} (see provenance watermarks)"
        return (note("watermark.not_installed", message),)


def medium_of(media_type: str) -> Medium | None:
    """Return what is looked at first in a carrier of a media type, None where it is not decoded."""
    return next(iter(decodable_media.media_of(media_type)), None)


def says(result: WatermarkResult) -> str:
    """Return the sentence about a watermark that was decoded."""
    name = " ".join(dict.fromkeys(part for part in (result.product or result.message,) if part))
    what = f"{name} watermark" if name else f"watermark ({result.decoder})"
    article = "an" if what[0] in "AEIOUaeiou" else "a"
    rate = f"{result.matched} of {result.bits} bits, false-positive bound {result.bound:.1e}"
    return f"{article} {what} was decoded ({rate}); anyone can embed it"


def _signal(result: WatermarkResult, where: str) -> Signal | None:
    if result.status is not WatermarkStatus.DETECTED or result.bound is None:
        return None
    generator = None
    if result.vendor or result.product:
        generator = GeneratorClaim(
            result.vendor or None, result.product or None, None, Basis.MARKER
        )
    return Signal(
        detector=f"watermark.{result.decoder}",
        supports=result.origin,
        origin=result.origin,
        says=says(result),
        source_type="",
        where=where,
        part="",
        assurance=Assurance.DETECTED,
        role=Role.ASSET,
        generator=generator,
    )


def _findings(results: tuple[WatermarkResult, ...]) -> tuple[Finding, ...]:
    codes = {
        WatermarkStatus.REFUSED: ("watermark.refused", note),
        WatermarkStatus.FAILED: ("watermark.failed", warning),
        WatermarkStatus.UNDECIDED: ("watermark.undecided", warning),
    }
    findings = []
    for result in results:
        if result.status in codes:
            code, make = codes[result.status]
            findings.append(make(code, f"{result.decoder}: {result.reason}"))
    return tuple(findings)


def _partly(answer: wire.CarrierAnswer, what: str) -> tuple[Finding, ...]:
    """Say what was not looked at of a carrier that was."""
    findings = []
    if answer.kept:
        message = f"{what}looked at in part, since it is cut short or damaged: {answer.kept}"
        findings.append(warning("watermark.cut_short", message))
    if answer.seen:
        message = f"{what}looked at in part: {answer.seen}"
        findings.append(note("watermark.sampled", message))
    return tuple(findings)


def _unasked(medium: Medium) -> Finding:
    what = f"its {_PLURAL[medium]} not looked at: that needs {_OPTION[medium]}"
    return note("watermark.not_asked", what)


def _check_names(names: Iterable[str], decoders: Collection[Decoder]) -> None:
    """Raise InstallationError for a name that no decoder has."""
    known = {decoder.name for decoder in decoders}
    for name in names:
        if name not in known:
            raise InstallationError(f"no decoder is called {name!r}")


def _limits(decoders: Iterable[Decoder]) -> DecodingLimits:
    """Return the usual limits, with as much memory as the decoders say that they need."""
    usual = DecodingLimits()
    needed = max((decoder.memory for decoder in decoders), default=0)
    return replace(usual, memory=max(usual.memory, needed))


def _none(medium: Medium, decoders: list[Decoder]) -> str:
    first = next((m for d in decoders for m in d.missing()), None)
    how = f": {first.how}" if first else ""
    return f"{_OPTION[medium]} needs a decoder of watermarks, and none can run here{how}"
