"""`provenance inspect`: every block and field that was seen in a file, as a tree or as JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from provenance.base.text import printable_path
from provenance.render import decoded
from provenance.render.tree import TREE, TreeNode, draw
from provenance.signals.detectors import detector_registry
from provenance.verdict import inspection as inspecting
from provenance_cli import progress
from provenance_cli.common import AssetPath, library_errors, walked
from provenance_cli.declare import takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    DecodingOptions,
    FormatOptions,
    PersonalDataOptions,
    PluginOptions,
    QuietOptions,
    RecursionOptions,
)
from provenance_cli.output import Printer, is_unicode
from provenance_cli.streams import reader_left

if TYPE_CHECKING:
    from provenance.render.vocabulary import Line
    from provenance.verdict.inspection import BlockInfo, FieldInfo, Inspection, Judgement


@command_("inspect", long=True, epilog="Example: provenance inspect photo.jpg")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=AssetPath())
@takes_options(
    recursive=RecursionOptions,
    answer=FormatOptions,
    quiet=QuietOptions,
    personal=PersonalDataOptions,
    plugins=PluginOptions,
    decoding=DecodingOptions,
)
def inspect_command(
    *,
    files: tuple[str, ...],
    recursive: RecursionOptions,
    answer: FormatOptions,
    quiet: QuietOptions,
    personal: PersonalDataOptions,
    plugins: PluginOptions,
    decoding: DecodingOptions,
) -> None:
    """Show every block and field that was seen in FILE, and what the detectors say of it.

    Pixels and sound are not read unless asked for. The content of a credential never is: see
    `provenance verify`. Exits with 1 where a file could not be examined.
    """
    detectors = detector_registry.load_detectors(plugins=not plugins.no_plugins)
    with library_errors():
        pixels = decoding.reader(plugins=not plugins.no_plugins)
    shown, form = personal.show_personal_data, answer.form
    names = walked(files) if recursive.recursive else files
    inspections = (
        inspecting.inspect(path, detectors=detectors, show_personal_data=shown, pixels=pixels)
        for path in names
    )
    failed = False
    before = ""
    printer = Printer(sys.stdout)
    with progress.showing(len(names), quiet=quiet.quiet) as bar:
        for inspection in inspections:
            failed |= inspection.error is not None
            bar.step()
            bar.clear()
            if form == "json":
                text = json.dumps(inspection.to_dict(), indent=2, ensure_ascii=not is_unicode())
                sys.stdout.write(("," if before else "[") + "\n" + text)
            else:
                sys.stdout.write(before)
                printer.lines(draw(_file(inspection)))
            before = "\n"
            if reader_left():
                break
    if form == "json":
        sys.stdout.write("\n]\n")
    if failed:
        sys.exit(1)


def _file(inspection: Inspection) -> TreeNode:
    """Return the tree of one file."""
    path: Line = (("bold", printable_path(inspection.path)),)
    if inspection.error is not None:
        error = inspection.error
        return TreeNode(path, (_leaf(f"error: {error.message} ({error.code})"),))
    children = [
        _leaf(f"{inspection.media_type}, {_bytes(inspection.size or 0)}{_traits(inspection)}"),
        *(_block(block) for block in inspection.blocks),
    ]
    if inspection.elsewhere:
        fields = tuple(_field(field, "") for field in inspection.elsewhere)
        children.append(TreeNode((("", "in none of the blocks"),), fields))
    if inspection.watermarks:
        answers = tuple(_leaf(text) for text in decoded.texts(inspection.watermarks))
        children.append(TreeNode((("", "watermarks looked for"),), answers))
    if not inspection.blocks:
        children.append(_leaf("no metadata and no credential"))
    if inspection.findings:
        texts = (
            f"{f.severity} {f.code}: {f.message}" + (f" ({f.where})" if f.where else "")
            for f in inspection.findings
        )
        children.append(TreeNode((("", "findings"),), tuple(_leaf(text) for text in texts)))
    return TreeNode(path, tuple(children))


def _leaf(text: str) -> TreeNode:
    return TreeNode((("", text),))


def _traits(inspection: Inspection) -> str:
    text = ", fragmented" if inspection.fragmented else ""
    if inspection.family == "unknown":
        return text + ", a format that is not known"
    return text if inspection.can_carry else text + ", cannot carry a credential"


def _block(block: BlockInfo) -> TreeNode:
    text = f"{block.kind} in {block.place}: {_bytes(block.length)} at {block.offset}"
    if block.ranges > 1:
        text += f", in {block.ranges} ranges"
    if block.coding != "raw":
        text += f", {block.coding}"
    return TreeNode((("", text),), tuple(_field(field, block.kind) for field in block.fields))


def _field(field: FieldInfo, kind: str) -> TreeNode:
    key = f"{field.context} / {field.key}" if field.context else field.key
    if field.source != kind:
        key = f"{field.source} {key}"
    judged = tuple(TreeNode(((TREE, "→ "), ("", _judgement(j)))) for j in field.judged)
    return TreeNode((("", f"{key}: {field.value}"),), judged)


def _judgement(judged: Judgement) -> str:
    made_by = " ".join(dict.fromkeys(filter(None, (judged.vendor, judged.product, judged.model))))
    text = f"{judged.detector}: {judged.origin or 'no origin'}"
    if not judged.whole:
        text += " (a part)"
    return f"{text}: {judged.says}" + (f" [{made_by}]" if made_by else "")


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"
