"""Writes `tests/samples`, which the documentation shows: a signed file, its copy, a repository.

    cd tests && python -m support.make_samples

Signatures differ from run to run, so the folder is made anew as a whole.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from provenance.recover.keeping import store_of
from provenance.recover.repository import Repository
from support.soft_bound import signed, stripped

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "soft-binding"


def main() -> None:
    """Make the folder anew."""
    shutil.rmtree(SAMPLES, ignore_errors=True)
    SAMPLES.mkdir(parents=True)
    data = signed()
    (SAMPLES / "signed.jpg").write_bytes(data)
    (SAMPLES / "copy.jpg").write_bytes(stripped(data))
    with Repository.create(SAMPLES / "repository") as repository:
        repository.add(store_of(SAMPLES / "signed.jpg"))


if __name__ == "__main__":
    main()
