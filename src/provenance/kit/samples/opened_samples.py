"""Pictures in archives, mailboxes and documents: sound, altered, and where they are hidden.

The expectation is of the picture, or of the archive where `member` is empty: the standard speaks of
files and not of what they are wrapped in, so that a state is asked of the picture alone.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from provenance.kit import archive, damage, expect, wrappings
from provenance.kit.expect import ValidationState, ValidatorNeed
from provenance.kit.sample import Bench, Sample, SampleClass
from provenance.kit.samples.faulty import SampleWords, sample
from provenance.kit.samples.good_samples import good
from provenance.kit.wrappings import ForgedEntry
from provenance.kit.writer import signed_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.kit.expect import Expected

_PICTURE = "picture.png"
_MISMATCH = "assertion.dataHash.mismatch"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class _Wrapping:
    """One kind of wrapping: `wrap` takes a picture; `member` is what the picture is called then.

    Where that is empty, it is called like the file without its ending.
    """

    name: str
    container: str
    what: str
    wrap: Callable[[bytes], bytes]
    member: str = _PICTURE
    picture: str = "png"


def _pdf(data: bytes) -> bytes:
    words = b"/Type /XObject /Subtype /Image /Width 64 /Height 48 /ColorSpace /DeviceRGB"
    return _pdf_of((words + b" /BitsPerComponent 8 /Filter /DCTDecode", data))


def _attached(data: bytes) -> bytes:
    return _pdf_of((b"/Type /EmbeddedFile /Filter /FlateDecode", zlib.compress(data)))


def _pdf_of(*streams: tuple[bytes, bytes], length: int | None = None) -> bytes:
    document = b"%PDF-1.7\n"
    for number, (words, data) in enumerate(streams, 4):
        size = len(data) if length is None else length
        head = b"%d 0 obj\n<< %s /Length %d >>\nstream\n" % (number, words, size)
        document += head + data + b"\nendstream\nendobj\n"
    return document + b"trailer\n<< /Size 9 >>\n%%EOF\n"


def _zip(data: bytes) -> bytes:
    return wrappings.zipped(("note.txt", b"A text without meaning."), (_PICTURE, data))


def _tar(data: bytes) -> bytes:
    return wrappings.tarred(("note.txt", b"A text without meaning."), (_PICTURE, data))


def _nested(data: bytes) -> bytes:
    inner = wrappings.letter(_PICTURE, data)
    message = wrappings.message("letter.docx", inner)
    return wrappings.gzipped(wrappings.tarred(("mail.mbox", wrappings.mailbox(message))))


_WRAPPINGS = (
    _Wrapping("zip", "zip", "a ZIP archive", _zip),
    _Wrapping(
        "zip-stored",
        "zip",
        "a ZIP archive without compression",
        lambda data: archive.zip_bytes([(_PICTURE, data)]),
    ),
    _Wrapping("tar", "tar", "a tar archive", _tar),
    _Wrapping("tar-gz", "gzip", "a tar archive under gzip", lambda d: wrappings.gzipped(_tar(d))),
    _Wrapping("gz", "gzip", "a file of gzip", wrappings.gzipped, ""),
    _Wrapping(
        "tar-bz2", "bzip2", "a tar archive under bzip2", lambda d: wrappings.bzipped(_tar(d))
    ),
    _Wrapping("tar-xz", "xz", "a tar archive under xz", lambda d: wrappings.xzipped(_tar(d))),
    _Wrapping(
        "tar-zst", "zstd", "a tar archive under Zstandard", lambda d: wrappings.zstandard(_tar(d))
    ),
    _Wrapping(
        "mbox",
        "mbox",
        "the second message of a mailbox",
        lambda d: wrappings.mailbox(
            wrappings.message("note.txt", b"A text."), wrappings.message(_PICTURE, d)
        ),
        f"2.eml!/{_PICTURE}",
    ),
    _Wrapping("eml", "eml", "a message", lambda d: wrappings.message(_PICTURE, d)),
    _Wrapping(
        "docx",
        "docx",
        "a text document of Office Open XML",
        lambda d: wrappings.letter(_PICTURE, d),
        f"word/media/{_PICTURE}",
    ),
    _Wrapping(
        "pptx",
        "pptx",
        "slides of Office Open XML",
        lambda d: wrappings.slides(_PICTURE, d),
        f"ppt/media/{_PICTURE}",
    ),
    _Wrapping(
        "xlsx",
        "xlsx",
        "a workbook of Office Open XML",
        lambda d: wrappings.sheet(_PICTURE, d),
        f"xl/media/{_PICTURE}",
    ),
    _Wrapping(
        "odt",
        "odt",
        "a text document of OpenDocument",
        lambda d: wrappings.open_letter(_PICTURE, d),
        f"Pictures/{_PICTURE}",
    ),
    _Wrapping("epub", "epub", "a book", lambda d: wrappings.book(_PICTURE, d)),
    _Wrapping("pdf", "pdf", "a picture of a PDF", _pdf, "object-4.jpg", "jpeg"),
    _Wrapping("pdf-attached", "pdf", "a file attached to a PDF", _attached, "object-4.bin"),
    _Wrapping(
        "nested",
        "gzip",
        "a document in a message in a mailbox in a compressed tar archive",
        _nested,
        f"mail.mbox!/1.eml!/letter.docx!/word/media/{_PICTURE}",
    ),
)


def _picture(bench: Bench, container: str = "png") -> bytes:
    return signed_file(bench.media(container), bench.manifest())


def _opened(wrapped: Sample, member: str = "") -> Sample:
    return replace(wrapped, needs=ValidatorNeed.ARCHIVES, member=member)


def _sound_and_altered(kind: _Wrapping) -> Iterator[Sample]:
    def sound(bench: Bench) -> bytes:
        return kind.wrap(_picture(bench, kind.picture))

    def altered(bench: Bench, broken: bool) -> bytes:
        picture = _picture(bench, kind.picture)
        return kind.wrap(damage.flip_media(picture) if broken else picture)

    yield _opened(
        good(
            kind.name,
            SampleClass.OPENED,
            f"a signed picture in {kind.what}",
            "15.5",
            sound,
            because="the picture is a file of its own, and what it is wrapped in changes nothing",
            container=kind.container,
        ),
        kind.member or kind.name,
    )
    yield _opened(
        sample(
            SampleClass.OPENED,
            SampleWords(
                f"{kind.name}-altered",
                f"a signed picture in {kind.what}; a pixel was changed before it was put there",
                "15.12.1",
                "the digest of the picture's bytes is not that of its data hash",
            ),
            altered,
            expect.altered(expect.AI, _MISMATCH),
            container=kind.container,
        ),
        kind.member or f"{kind.name}-altered",
    )


_FOUND = replace(
    expect.NO_CREDENTIAL,
    state=ValidationState.OPEN,
    findings=("container.opened", "container.member_flagged"),
)
"""An archive in which a flagged file was found: it has no credential of its own."""


def _with(*findings: str) -> Expected:
    return replace(_FOUND, findings=(*_FOUND.findings, *findings))


def _unlisted(files: list[tuple[str, bytes]]) -> Callable[[Bench, bool], bytes]:
    def make(bench: Bench, broken: bool) -> bytes:
        entries = [ForgedEntry(name, data) for name, data in files]
        hidden = ForgedEntry(_PICTURE, _picture(bench), listed=not broken)
        return wrappings.lying_zip([*entries[:-1], hidden, *entries[-1:]])

    return make


def _zip_hostile(
    name: str, what: str, entry: Callable[[bytes], ForgedEntry], finding: str
) -> Sample:
    def make(bench: Bench, broken: bool) -> bytes:
        picture = _picture(bench)
        return wrappings.lying_zip([entry(picture) if broken else ForgedEntry(_PICTURE, picture)])

    return _hostile(name, "zip", what, make, _with(finding))


_NOWHERE = "none: archives are no matter of the standard"
_TOLD = "the picture must be found all the same, and what is odd about the archive must be said"


def _hostile(
    name: str,
    container: str,
    what: str,
    make: Callable[[Bench, bool], bytes],
    expected: Expected,
    *,
    because: str = _TOLD,
) -> Sample:
    row = SampleWords(name, what, _NOWHERE, because)
    return _opened(sample(SampleClass.OPENED, row, make, expected, _FOUND, container=container))


def _harmless(
    name: str,
    container: str,
    what: str,
    make: Callable[[Bench, bool], bytes],
    member: str = _PICTURE,
) -> Sample:
    """What is odd about the archive changes nothing about the picture in it."""
    row = SampleWords(name, what, _NOWHERE, "the picture must be found whole all the same")
    return _opened(sample(SampleClass.HOSTILE, row, make, expect.AI, container=container), member)


_DOCUMENTS: dict[str, Callable[[], list[tuple[str, bytes]]]] = {
    "docx": lambda: archive.files(archive.docx()),
    "odt": lambda: archive.files(archive.odt()),
    "epub": lambda: archive.files(archive.epub()),
    "pptx": lambda: archive.files(
        wrappings.office("presentationml.presentation", "ppt/presentation.xml")
    ),
    "xlsx": lambda: archive.files(wrappings.office("spreadsheetml.sheet", "xl/workbook.xml")),
    "zip": lambda: archive.files(archive.plain()),
}


def _cut(wrap: Callable[[bytes], bytes]) -> Callable[[Bench, bool], bytes]:
    """Two pictures in a tar archive that is compressed; the stream ends within the second one."""

    def make(bench: Bench, broken: bool) -> bytes:
        more = bench.pki.seed.data("noise", 400_000)  # so that the first one is whole
        whole = wrap(wrappings.tarred((_PICTURE, _picture(bench)), ("noise.bin", more)))
        return whole[: -len(whole) // 3] if broken else whole

    return make


def _climbing_tar(bench: Bench, broken: bool) -> bytes:
    return wrappings.tarred((f"../../{_PICTURE}" if broken else _PICTURE, _picture(bench)))


def _climbing_mail(bench: Bench, broken: bool) -> bytes:
    return wrappings.message(f"../../{_PICTURE}" if broken else _PICTURE, _picture(bench))


def _split_mailbox(bench: Bench, broken: bool) -> bytes:
    message = wrappings.message(_PICTURE, _picture(bench))
    text = b"See the picture."
    quoted = text + b"\r\n\r\n>From sender@example.invalid Thu Jan  1 00:00:00 2026\r\nFromage."
    return wrappings.mailbox(message.replace(text, quoted) if broken else message)


def _lying_pdf(bench: Bench, broken: bool) -> bytes:
    words = b"/Type /XObject /Subtype /Image /Filter /DCTDecode"
    return _pdf_of((words, _picture(bench, "jpeg")), length=3 if broken else None)


def _bomb(bench: Bench, broken: bool) -> bytes:
    """A picture, and behind it 200 MiB of zeros in as many KiB."""
    zeros = wrappings.zeros(200 * _MIB) if broken else wrappings.zeros(_MIB)
    return wrappings.packed_zip([(_PICTURE, *wrappings.deflated(_picture(bench))), ("0", *zeros)])


HOSTILE = (
    *(
        _hostile(
            f"{kind}-unlisted",
            kind,
            "a signed picture between the entries of an archive that the directory does not list",
            _unlisted(files()),
            _with("container.member_unlisted"),
        )
        for kind, files in _DOCUMENTS.items()
    ),
    _opened(
        sample(
            SampleClass.OPENED,
            SampleWords(
                "zip-two-names",
                "an entry that is a text by the directory and a picture by its own header",
                _NOWHERE,
                _TOLD,
            ),
            lambda bench, broken: wrappings.lying_zip(
                [ForgedEntry("note.txt", _picture(bench), local=_PICTURE if broken else "")]
            ),
            replace(expect.AI, findings=("container.member_disagrees",)),
            container="zip",
        ),
        "note.txt",
    ),
    _zip_hostile(
        "zip-climbing",
        "an entry whose name leads out of any folder",
        lambda data: ForgedEntry(f"../../{_PICTURE}", data),
        "container.member_names",
    ),
    _opened(
        sample(
            SampleClass.OPENED,
            SampleWords(
                "zip-encrypted",
                "an entry that is encrypted",
                _NOWHERE,
                "what is in it cannot be known, and that is said; nobody is flagged for a password",
            ),
            lambda bench, broken: wrappings.lying_zip(
                [ForgedEntry(_PICTURE, _picture(bench), flags=1 if broken else 0)]
            ),
            replace(_FOUND, findings=("container.member_encrypted",)),
            _FOUND,
            container="zip",
        )
    ),
    _hostile(
        "tar-climbing",
        "tar",
        "a name that leads out of any folder",
        _climbing_tar,
        _with("container.member_names"),
    ),
    _harmless("zip-bomb", "zip", "200 MiB of zeros next to a signed picture", _bomb),
    *(
        _hostile(
            f"{name}-cut",
            container,
            f"a tar archive under {container} that ends within its second file",
            _cut(wrap),
            _with("container.damaged"),
        )
        for name, container, wrap in (
            ("tar-gz", "gzip", wrappings.gzipped),
            ("tar-bz2", "bzip2", wrappings.bzipped),
            ("tar-xz", "xz", wrappings.xzipped),
            ("tar-zst", "zstd", wrappings.zstandard),
        )
    ),
    _hostile(
        "mail-climbing",
        "eml",
        "an attachment whose name leads out of any folder",
        _climbing_mail,
        _with("container.member_names"),
    ),
    _harmless(
        "mailbox-separator",
        "mbox",
        "lines in a message that look as if the next one began there",
        _split_mailbox,
        f"1.eml!/{_PICTURE}",
    ),
    _harmless(
        "pdf-length",
        "pdf",
        "a signed picture in a PDF whose stream is longer than it says",
        _lying_pdf,
        "object-4.jpg",
    ),
)

SAMPLES = (
    *(one for kind in _WRAPPINGS for one in _sound_and_altered(kind)),
    *HOSTILE,
)
