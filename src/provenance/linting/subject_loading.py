"""From a file, or a crJSON document, to the subject that rules are asked of."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.errors import AssetError, ProvenanceError
from provenance.linting.crjson import crjson_parsing, crjson_writing
from provenance.linting.subject import FileEvidence, Subject
from provenance.media.asset import Asset
from provenance.media.metadata import read_metadata
from provenance.media.metadata.beside import is_beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from provenance.verdict.verifier import Verifier

_HEAD = 64  # bytes that tell a JSON document from media


class DocumentAloneError(ProvenanceError):
    """A crJSON document that was given together with parts of a media file."""

    code = "lint.document_alone"


def load_subject(
    path: str | os.PathLike[str],
    verifier: Verifier,
    *,
    sidecar: str | os.PathLike[str] | None = None,
    fragments: Sequence[str | os.PathLike[str]] = (),
) -> tuple[Subject, dict[str, Any]]:
    """Return the subject of one file and its crJSON document.

    A crJSON document is told by its content and read as it is; anything else is examined by
    `verifier`. A document brings its own validation results, so that the trust lists of `verifier`
    do not count for it; its validation time counts where the document names none.

    Raises AssetError where the file cannot be read, CrJsonError for a JSON document that is no
    crJSON, and DocumentAloneError for a document beside which `sidecar` or `fragments` are given.
    """
    name = os.fspath(path)
    with Asset.open(name, max_size=verifier.options.max_size) as asset:
        if crjson_parsing.looks_like(asset.read(0, min(_HEAD, asset.size))):
            if asset.size > crjson_parsing.MAX_BYTES:
                message = (
                    f"{asset.size} bytes of JSON, over the limit of {crjson_parsing.MAX_BYTES}"
                )
                raise crjson_parsing.CrJsonError(message)
            if sidecar is not None or fragments:
                message = "is a crJSON document: a sidecar and fragments go with a media file"
                raise DocumentAloneError(f"{name} {message}")
            document = crjson_parsing.parse_crjson(asset.read(0, asset.size))
            subject = crjson_parsing.subject(document, name)
            _unchanged(asset)
            return replace(subject, at=subject.at or verifier.at), document
        examined = verifier.examine(asset, sidecar=sidecar, fragments=fragments)
        metadata = read_metadata(asset, examined.scan, everything=True)
        _unchanged(asset)
    # What a file next to this one says is not in the file, and meets no demand on it.
    own = tuple(field for field in metadata.fields if not is_beside(field))
    metadata = replace(metadata, fields=own)
    document = crjson_writing.crjson_document(examined)
    evidence = FileEvidence(
        report=examined.report,
        scan=examined.scan,
        metadata=metadata,
        store=examined.credential.store,
        chains=examined.chains,
        outcomes=examined.credential.outcomes,
    )
    subject = crjson_parsing.subject(document, name)
    return replace(subject, evidence=evidence, at=verifier.at), document


def _unchanged(asset: Asset) -> None:
    if asset.changed():
        raise AssetError("asset.changed", "the file changed while it was read: try again")
