"""`provenance verify --format crjson`: the credential of one file as a crJSON document."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from provenance.base.errors import AssetError
from provenance.base.terms import CredentialStatus
from provenance.base.text import URL_LIMIT, clean, printable_path
from provenance.linting.crjson import crjson_writing
from provenance.media import asset
from provenance.verdict import policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provenance.verdict.verifier import Verifier


_NOT_SHOWN = {
    "present": "the file has several manifest stores, none of which counts",
    "remote": "the manifest store is elsewhere and was not fetched",
    "unreadable": "the manifest store cannot be read",
}


def print_crjson(
    verifier: Verifier,
    path: str,
    limit: int,
    sidecar: str | None,
    fragments: Sequence[str],
    *,
    version: str,
) -> int:
    """Print the document of one file; return the exit code that `verify` gives it.

    `limit` is how many bytes of standard input (`-`) are kept, `version` that of the specification
    whose crJSON is meant. A file that cannot be examined has no document: one line on stderr says
    why. One line says so too where a credential is there and no document can show it.
    """
    try:
        with _open(verifier, path, limit) as asset:
            examined = verifier.examine(asset, sidecar=sidecar, fragments=fragments)
    except AssetError as e:
        click.echo(f"Error: {printable_path(path)}: {clean(str(e), URL_LIMIT)}", err=True)
        return policy.EXIT_ERROR
    sys.stdout.write(
        crjson_writing.crjson_text(
            crjson_writing.crjson_document(examined, crjson_writing.Form(version))
        )
    )
    sys.stdout.flush()
    status = examined.report.credentials.status
    if examined.credential.store is None and status is not CredentialStatus.ABSENT:
        words = f"Warning: {printable_path(path)}: {_NOT_SHOWN[status.value]}"
        click.echo(f"{words}, so that crJSON lists no manifest", err=True)
    verdict = examined.report.verdict
    return verifier.policy.exit_code(examined.report.flagged) if verdict else policy.EXIT_ERROR


def _open(verifier: Verifier, path: str, limit: int) -> asset.Asset:
    if path != "-":
        return asset.Asset.open(path, max_size=verifier.options.max_size)
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise AssetError("asset.too_large", f"more than {limit} bytes on standard input")
    return asset.Asset.from_bytes(data, path)
