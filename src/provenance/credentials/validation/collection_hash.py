"""The collection data hash of ZIP archives, `c2pa.hash.collection.data` (2.4, 15.12.5, A.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from provenance.base.finding import Finding, note
from provenance.credentials.validation import zip_entries
from provenance.credentials.validation.byte_source import (
    Digest,
    algorithm,
    digest,
    merged,
    subtract,
)
from provenance.credentials.validation.outcome import (
    BindingOutcome,
    BindingResult,
    Malformed,
    Unknown,
    ranges_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.credentials.validation.byte_source import ByteSource
    from provenance.credentials.validation.zip_entries import Archive

_SECTION = "15.12.5"
_MATCH, _MISMATCH, _MALFORMED, _COUNT, _URI = (
    f"assertion.collectionHash.{end}"
    for end in ("match", "mismatch", "malformed", "incorrectFileCount", "invalidURI")
)
MAX_URIS = 100_000
_MAP_FORM = "the list of files is a map, as early writers have it, where the standard has an array"


def collection_outcome(
    where: str, content: Any, source: ByteSource, family: str, *, claim_algorithm: str
) -> BindingOutcome:
    """Check a collection hash against a ZIP archive. Raises Malformed, Unknown."""
    if not isinstance(content, dict):
        raise Malformed(_MALFORMED, _SECTION, "the collection hash is not a map")
    listed, findings = _listed(content.get("uris"), where)
    name = algorithm(content, claim=claim_algorithm)
    if family != "zip":
        raise Unknown("the files of the collection are not here: only a ZIP archive holds its own")
    try:
        archive = zip_entries.read_archive(source)
    except zip_entries.ArchiveError as e:
        message = f"the files that were signed cannot be found: {e}"
        return BindingOutcome(
            where, BindingResult.MISMATCH, _MISMATCH, _SECTION, message, (), findings
        )
    fault = _fault(listed, content, source, archive, name)
    if fault is not None:
        return BindingOutcome(
            where, BindingResult.MISMATCH, fault[0], _SECTION, fault[1], (), findings
        )
    covered = merged([(e.start, e.end) for e in archive.entries] + [archive.directory])
    loose = subtract([(0, archive.end[0])], covered)
    loose = [r for r in loose if r[0] < archive.directory[1]]  # after it: records of ZIP64
    named = _files_named(listed, archive)
    unlisted = [e for e in archive.entries if e.name not in named and not _needs_no_hash(e.name)]
    loose = merged([*loose, *((e.start, e.end) for e in unlisted)])
    if loose:
        pairs = tuple((a, b - a) for a, b in loose)
        message = f"the hash leaves out bytes of the archive: {ranges_text(pairs)}"
        return BindingOutcome(
            where, BindingResult.PARTIAL, _MATCH, _SECTION, message, pairs, findings
        )
    message = "every file of the archive has the hash that was signed"
    return BindingOutcome(where, BindingResult.MATCH, _MATCH, _SECTION, message, (), findings)


def _needs_no_hash(name: str) -> bool:
    return name == zip_entries.CREDENTIAL or name.endswith("/")  # folders hold nothing


def _files_named(listed: Iterable[str], archive: Archive) -> frozenset[str]:
    """Return the files that URIs name: as they are written, or without percent-encoding.

    `[Content_Types].xml` of Office Open XML is no URI unless its brackets are encoded (RFC 3986);
    some writers leave them as they are.
    """
    held = {entry.name for entry in archive.entries}
    return frozenset(uri if uri in held else unquote(uri) for uri in listed)


def _listed(value: Any, where: str) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """Return the hash by file. Raises Malformed."""
    findings: tuple[Finding, ...] = ()
    if isinstance(value, dict):
        findings = (note("assertion.older_form", _MAP_FORM, where),)
        value = [{**v, "uri": k} if isinstance(v, dict) else v for k, v in value.items()]
    if not isinstance(value, list | tuple) or len(value) > MAX_URIS:
        raise Malformed(_MALFORMED, _SECTION, "the collection hash has no list of files")
    hashes: dict[str, bytes] = {}
    for file in value:
        uri = file.get("uri") if isinstance(file, dict) else None
        hashed = file.get("hash") if isinstance(file, dict) else None
        if not isinstance(uri, str) or not isinstance(hashed, bytes):
            raise Malformed(_MALFORMED, _SECTION, "a file of the collection has no URI or no hash")
        if any(part in {".", ".."} for part in unquote(uri).replace("\\", "/").split("/")):
            raise Malformed(_URI, _SECTION, "a file of the collection lies outside of it")
        if hashes.setdefault(uri, hashed) != hashed:
            raise Malformed(_MALFORMED, _SECTION, "a file of the collection is listed twice")
    return hashes, findings


def _fault(
    listed: dict[str, bytes],
    content: dict[Any, Any],
    source: ByteSource,
    archive: Archive,
    name: str,
) -> tuple[str, str] | None:
    """Return the code and the words of the first failure."""
    by_name = {entry.name: entry for entry in archive.entries}
    if len(by_name) != len(archive.entries):
        return _MISMATCH, "two files of the archive have one name"
    for uri, expected in listed.items():
        entry = by_name.get(uri) or by_name.get(unquote(uri))
        if entry is None:
            return _COUNT, "a file that was signed is missing from the archive"
        if digest(source, name, [(entry.start, entry.end)]) != expected:
            return _MISMATCH, "a file of the archive does not have the hash that was signed"
    central = content.get("zip_central_directory_hash")
    if not isinstance(central, bytes):
        return _MISMATCH, "the collection hash has no hash of the archive's directory"
    if central not in _central(source, archive, name):
        return _MISMATCH, "the directory of the archive does not have the hash that was signed"
    return None


def _central(source: ByteSource, archive: Archive, name: str) -> list[bytes]:
    """Return the hash of the directory and the end record, in the forms that writers give it.

    The check sum of the manifest's own entry is skipped (A.6.2.2), or zero, or as it is.
    """
    forms = []
    for skipped in (b"", bytes(4)):
        hasher = Digest(source, name)
        start, end = archive.directory
        if archive.crc is not None:
            hasher.range(start, archive.crc[0])
            hasher.add(skipped)
            start = archive.crc[1]
        hasher.range(start, end)
        hasher.range(*archive.end)
        forms.append(hasher.value())
    forms.append(digest(source, name, [archive.directory, archive.end]))
    return forms
