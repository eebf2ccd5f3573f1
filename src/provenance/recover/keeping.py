"""What goes into a repository, and what is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance.base.errors import RepositoryError
from provenance.base.options import Options
from provenance.base.terms import CredentialStatus, Integrity
from provenance.credentials import store
from provenance.credentials.locate import find_credential
from provenance.marks import declared
from provenance.marks.soft_binding import Declared
from provenance.media import container
from provenance.media.asset import Asset
from provenance.verdict import shown_marks
from provenance.verdict.report import plain
from provenance.verdict.verifier import Verifier

if TYPE_CHECKING:
    import os

    from provenance.recover.repository import Held, Repository


def store_of(path: str | os.PathLike[str]) -> bytes:
    """Return the manifest store of a file that is fit to be kept.

    Raises AssetError where the file cannot be read, RepositoryError where it has no credential or
    a broken one: what anyone may have written must not be found under somebody's name.
    """
    with Asset.open(path) as asset:
        credential = find_credential(asset, container.scan_container(asset))
    if credential.status is not CredentialStatus.PRESENT or not credential.data:
        raise RepositoryError("there is no credential that can be read")
    report = Verifier(options=Options(digest=False)).verify(path)
    if report.axes.integrity is Integrity.BROKEN:
        raise RepositoryError("its credential is broken: see `provenance verify`")
    return credential.data


def listing(repository: Repository, held: Held) -> list[dict[str, Any]]:
    """Return the soft bindings of a kept store as a report shows them. Raises RepositoryError."""
    try:
        parsed = store.parse_store(repository.read(held))
    except store.StoreError as e:
        raise RepositoryError(f"the repository is damaged: {held.digest}: {e}") from e
    shown = shown_marks.soft_bindings(Declared(declared.read_for_asset(parsed)))
    return [plain(binding) for binding in shown]
