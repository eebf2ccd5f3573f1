"""Text, pages and documents: credentials that are cut, repeated, grafted, or share a line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.kit import archive, carriers, expect
from provenance.kit.sample import ZIPS, SampleClass
from provenance.kit.samples.faulty import SampleWords, after, signed
from provenance.kit.samples.structure_samples import MULTIPLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from provenance.kit.expect import Expected
    from provenance.kit.sample import Bench, Sample

_BEGIN, _END = b"-----BEGIN C2PA MANIFEST-----", b"-----END C2PA MANIFEST-----"
_DATA = "assertion.dataHash.mismatch"
_TWO = "which of them is the credential cannot be told, and none counts"


def _cut(text: bytes) -> bytes:
    """As happens when a part of a text is copied."""
    span = carriers.credential_span(text)
    assert span is not None  # noqa: S101 - the sample was signed
    return text[: span.start + span.length // 2].decode("utf-8", "ignore").encode()


def _twice(text: bytes) -> bytes:
    """The whole text again, with what is hidden in it."""
    return text + text


def _line_twice(program: bytes) -> bytes:
    line, end, rest = program.partition(b"\n")
    return line + end + rest + line + end


def _program_before(program: bytes) -> bytes:
    return b"import os " + program


def _two_scripts(page: bytes) -> bytes:
    span = carriers.credential_span(page)
    assert span is not None  # noqa: S101 - as above
    return page[: span.end] + page[span.start :]


def _between(reference: bytes) -> Callable[[bytes], bytes]:
    """Another reference between the delimiters of a program."""

    def change(program: bytes) -> bytes:
        start = program.index(_BEGIN) + len(_BEGIN)
        return program[:start] + reference + program[program.index(_END) :]

    return change


def _one_delimiter(program: bytes) -> bytes:
    """The line of the manifest block, cut before the second delimiter."""
    return _between(b" see above ")(program).replace(_END, b"", 1)


def _delimiters_without_store(
    name: str, what: str, because: str, code: str, damage: object
) -> Sample:
    """Delimiters without a store: documentation quotes them, and nothing is claimed by them."""
    gone = replace(expect.NO_CREDENTIAL, failure=(code,), findings=(code,))
    return _text(SampleWords(name, what, "A.9.3", because), damage, gone, "comment")


_REFERENCE = "manifest.structuredText."


def _grafted(container: str) -> Sample:
    def build(bench: Bench) -> bytes:
        return signed(bench, container)

    def damage(data: bytes) -> bytes:
        """The store of this document in an archive of other files."""
        other = archive.zip_bytes([("other.txt", b"What nobody signed.")])
        return carriers.embed(other, carriers.extract(data))

    expected = expect.altered(expect.AI, "assertion.collectionHash.incorrectFileCount")
    return after(
        SampleClass.GRAFT,
        SampleWords(
            f"archive-{container}",
            f"the credential of a document in {container} is put into another archive",
            "15.12.5.2",
            "the files that it lists are not those of the archive",
        ),
        damage,
        expected,
        build=build,
        container=container,
    )


def _text(row: SampleWords, damage: object, expected: Expected, container: str) -> Sample:
    assert callable(damage)  # noqa: S101 - a function of bytes
    return after(
        SampleClass.STRUCTURE,
        row,
        damage,
        expected,
        build=lambda bench: signed(bench, container),
        container=container,
    )


_PART = replace(
    expect.unreadable(expect.AI),
    findings=("credential.unread_remains", "manifest.text.corruptedWrapper"),
)


def _several(code: str) -> Expected:
    return replace(MULTIPLE, findings=("credential.multiple_stores", code))


SAMPLES = (
    _text(
        SampleWords(
            "text-copied-in-part",
            "a text that ends within its hidden credential",
            "15.12.1.3.2 and 15.12.1.3.4",
            "the wrapper declares more than is there",
        ),
        _cut,
        _PART,
        "text",
    ),
    _text(
        SampleWords("text-twice", "a text with two hidden credentials", "15.12.1.3.1", _TWO),
        _twice,
        _several("manifest.text.multipleWrappers"),
        "text",
    ),
    _text(
        SampleWords("comment-twice", "a program with two manifest blocks", "A.9.3", _TWO),
        _line_twice,
        _several("manifest.structuredText.multipleReferences"),
        "comment",
    ),
    _text(
        SampleWords(
            "comment-behind-a-program",
            "the line of the manifest block begins with a statement of the program",
            "A.9.4",
            "what the hash leaves out has to be the manifest block and nothing that is run",
        ),
        _program_before,
        expect.altered(expect.AI, _DATA),
        "comment",
    ),
    _delimiters_without_store(
        "comment-empty",
        "a program with the two delimiters and nothing between them",
        "an empty reference leads to no manifest store",
        f"{_REFERENCE}emptyReference",
        _between(b" "),
    ),
    _delimiters_without_store(
        "comment-quoted",
        "a program with words between the two delimiters",
        "the reference shall be a data URI or an address, and words are neither",
        f"{_REFERENCE}malformedReference",
        _between(b" the store in base64 "),
    ),
    _delimiters_without_store(
        "comment-one-delimiter",
        "a program with one of the two delimiters",
        "a manifest block has both delimiters",
        f"{_REFERENCE}noManifest",
        _one_delimiter,
    ),
    _text(
        SampleWords("html-twice", "a page with two manifest elements", "A.7.1", _TWO),
        _two_scripts,
        _several("manifest.html.multipleManifests"),
        "html",
    ),
    *(_grafted(container) for container in sorted(ZIPS)),
)
