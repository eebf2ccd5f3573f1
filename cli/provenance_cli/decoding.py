"""The options that let pictures and sounds be decoded, and the reader that they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provenance.marks.reader import Reader

_OPTIONS = (
    click.option(
        "--pixels",
        is_flag=True,
        help="PIXELS: decode pictures and frames of videos, and look for watermarks.",
    ),
    click.option(
        "--signal",
        is_flag=True,
        help="SOUND: decode recordings and the sound of videos, and look for watermarks.",
    ),
    click.option("--messages", metavar="FILE", help="Watermark messages of your own, in TOML."),
)


def decoding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --pixels, --signal and --messages to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def reader(options: Mapping[str, Any], *, plugins: bool = True) -> Reader | None:
    """Return what decodes as the options say, None where they ask for nothing.

    Raises ProvenanceError where nothing can decode here, or the messages cannot be read.
    """
    if not options["pixels"] and not options["signal"]:
        if options["messages"]:
            raise click.UsageError("--messages goes with --pixels or --signal")
        return None
    from provenance.marks import known  # noqa: PLC0415 - only where it was asked for
    from provenance.marks.model import Medium  # noqa: PLC0415 - as above
    from provenance.marks.reader import Reader  # noqa: PLC0415 - as above

    media = [Medium.PICTURE] * options["pixels"] + [Medium.SOUND] * options["signal"]
    messages = known.load(options["messages"]) if options["messages"] else ()
    return Reader(media, messages=messages, plugins=plugins)
