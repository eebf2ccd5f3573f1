"""Every kind of metadata has a parser that is there, and a sample whose fields it gives."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from support.each import each
from unit.media.container import build
from unit.media.metadata.checks import metadata
from unit.media.metadata.samples import samples

from provenance.media import metadata as room
from provenance.media.container import BlockKind

PARSED = [kind for kind in BlockKind if kind.parser]
# What serves several parsers, or reads what another one hands on. A parser is in the enumeration.
SHARED = {
    *("__init__", "exif_tags", "harmless", "interest", "field", "parsers", "sink", "xmp"),
    *("xmp_parse", "beside"),
}
FILES = build.tc260_files() | samples()


def test_every_module_of_metadata_is_a_parser_or_serves_several() -> None:
    found = {path.stem for path in Path(room.__file__).parent.glob("*.py")}
    assert found == {kind.parser.partition(":")[0] for kind in PARSED} | SHARED


@each("kind", PARSED)
def test_each_kind_of_metadata_has_a_parser_and_a_sample(kind: BlockKind) -> None:
    module, _, name = kind.parser.partition(":")
    assert getattr(import_module(f"{room.__name__}.{module}"), name)
    assert any(
        field.source is kind
        for data in FILES.values()
        for field in metadata(data, everything=True).fields
    ), f"no file has a field of {kind}"
