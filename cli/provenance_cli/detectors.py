"""`provenance detectors`: what looks for markers of AI origin, and where each is documented."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from provenance.base.text import clean_any
from provenance.media.metadata import field
from provenance.signals.detectors import detector_registry
from provenance_cli.declare import takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import FormatOptions, PluginOptions

if TYPE_CHECKING:
    from provenance.signals.detector import Detector

SCHEMA_VERSION = "1.0"
WIDTH = 88  # columns of the text


@command_("detectors", epilog="Example: provenance detectors --no-plugins")
@takes_options(answer=FormatOptions, plugins=PluginOptions)
@click.pass_context
def detectors_command(ctx: click.Context, *, answer: FormatOptions, plugins: PluginOptions) -> None:
    """List what looks for markers of AI origin outside content credentials.

    Built-in detectors come first, then those that other packages register. Exits with 1 where one
    of those cannot be loaded.
    """
    own = {id(detector) for detector in detector_registry.builtin()}
    loaded = detector_registry.load_detectors(plugins=not plugins.no_plugins)
    rows = [_row(detector, built_in=id(detector) in own) for detector in loaded]
    if answer.form == "json":
        # ASCII, so that any output can carry it
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "detectors": rows}, indent=2))
    else:
        for row in rows:
            click.echo(_text(row))
    if any(row["failed"] for row in rows):
        ctx.exit(1)


def _row(detector: Detector, *, built_in: bool) -> dict[str, Any]:
    """Return what a detector says of itself; a plug-in may say anything."""
    reads = detector.reads if isinstance(detector.reads, tuple | list) else ()
    failed = ""
    if isinstance(
        detector, detector_registry.FailedDetector
    ):  # it has one answer to any file: why it cannot be used
        failed = "; ".join(f.message for f in detector.detect(field.Metadata("")))
    return {
        "name": clean_any(detector.name),
        "version": clean_any(detector.version),
        "reads": [clean_any(name) for name in reads],
        "source": clean_any(detector.source),
        "built_in": built_in,
        "failed": clean_any(failed),
    }


def _text(row: dict[str, Any]) -> str:
    kind = "built-in" if row["built_in"] else "plug-in"
    head = f"{row['name']} {row['version']}".rstrip() + f" ({kind})"
    if row["failed"]:
        parts = [f"failed: {row['failed']}"]
    else:
        parts = [f"reads: {', '.join(row['reads'])}", f"source: {row['source']}"]
    lines = (
        line
        for part in parts
        for line in textwrap.wrap(
            _ascii(part), WIDTH, initial_indent="  ", subsequent_indent="    "
        )
    )
    return "\n".join((_ascii(head), *lines))


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")
