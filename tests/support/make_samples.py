"""Writes `tests/samples`, which the documentation shows: a signed file, its copy, a repository, and
archives.

    cd tests && python -m support.make_samples

Signatures differ from run to run, so the folder with the repository is made anew as a whole.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from provenance.recover.keeping import store_of
from provenance.recover.repository import Repository
from support.archives import PLAIN, PNG, message, stored
from support.soft_bound import signed, stripped

FOLDER = Path(__file__).resolve().parents[1] / "samples"
SAMPLES = FOLDER / "soft-binding"
ARCHIVES = FOLDER / "archives"


def made_archives() -> dict[str, bytes]:
    """An export of a messenger, a letter and a mail; nothing compressed, for the same bytes."""
    document = stored(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": b"<office:document-content/>",
            "Pictures/1.png": PNG,
        }
    )
    chat = stored(
        {
            "chat.txt": b"18:04 Ann: look at this\n",
            "media/IMG-0001.jpg": PLAIN,
            "media/IMG-0002.png": PNG,
            "media/letter.odt": document,
        }
    )
    return {"chat.zip": chat, "letter.odt": document, "mail.eml": message("photo.png", PNG)}


def main() -> None:
    """Make the folders anew."""
    ARCHIVES.mkdir(parents=True, exist_ok=True)
    for name, content in made_archives().items():
        (ARCHIVES / name).write_bytes(content)
    shutil.rmtree(SAMPLES, ignore_errors=True)
    SAMPLES.mkdir(parents=True)
    data = signed()
    (SAMPLES / "signed.jpg").write_bytes(data)
    (SAMPLES / "copy.jpg").write_bytes(stripped(data))
    with Repository.create(SAMPLES / "repository") as repository:
        repository.add(store_of(SAMPLES / "signed.jpg"))


if __name__ == "__main__":
    main()
