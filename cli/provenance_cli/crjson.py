"""`provenance verify --format crjson`: the credential of one file as a crJSON document."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.media.asset import Asset
    from provenance.verdict.verifier import Verifier


def run(
    verifier: Verifier, path: str, limit: int, sidecar: str | None, fragments: Sequence[str]
) -> int:
    """Print the document of one file; return the exit code that `verify` gives it.

    `limit` is how many bytes of standard input (`-`) are kept. A file that cannot be examined has
    no document: one line on stderr says why.
    """
    from provenance.base.errors import AssetError  # noqa: PLC0415 - not for --help
    from provenance.base.text import URL_LIMIT, clean, printable_path  # noqa: PLC0415 - not for --help
    from provenance.linting.crjson import write as crjson  # noqa: PLC0415 - not for --help
    from provenance.verdict.policy import EXIT_ERROR  # noqa: PLC0415 - not for --help

    try:
        with _open(verifier, path, limit) as asset:
            found = verifier.examine(asset, sidecar=sidecar, fragments=fragments)
    except AssetError as e:
        click.echo(f"Error: {printable_path(path)}: {clean(str(e), URL_LIMIT)}", err=True)
        return EXIT_ERROR
    sys.stdout.write(crjson.text(crjson.document(found)))
    sys.stdout.flush()
    verdict = found.report.verdict
    return verifier.policy.exit_code(verdict.flags) if verdict else EXIT_ERROR


def _open(verifier: Verifier, path: str, limit: int) -> Asset:
    from provenance.base.errors import AssetError  # noqa: PLC0415 - not for --help
    from provenance.media.asset import Asset  # noqa: PLC0415 - not for --help

    if path != "-":
        return Asset.open(path, max_size=verifier.options.max_size)
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise AssetError("asset.too_large", f"more than {limit} bytes on standard input")
    return Asset.from_bytes(data, path)
