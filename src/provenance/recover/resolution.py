"""What a resolver of soft bindings is asked and what it answers: values and the one protocol.

Two resolvers exist: a folder (`FolderResolver`) and a service that speaks the C2PA Soft Binding
Resolution API (`provenance.recover.client`).
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from provenance.base.errors import RepositoryError
from provenance.base.text import printable_path
from provenance.base.values import dataclass
from provenance.recover.repository import Repository

if TYPE_CHECKING:
    import os

MAX_RESULTS = 100  # of one question
MAX_UPLOAD = 256 << 20  # bytes of content that is handed over


class BindingBasis(StrEnum):
    """Where a soft binding that is asked about comes from."""

    DECODED = "decoded"
    GIVEN = "given"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Query:
    """A soft binding to ask about.

    `value` is the binding's value as bytes, UTF-8 where `is_text`. `where` says which decoder or
    assertion it comes from.
    """

    algorithm: str
    value: bytes = field(repr=False)
    is_text: bool
    basis: BindingBasis
    where: str = ""


@dataclass(frozen=True, slots=True)
class ManifestMatch:
    """One answer: the identifier of a manifest.

    `endpoint` is the address of another API that has it, or empty. `similarity` is 0 to 100 by the
    resolver's own measure, None where it gives none. `fault` says why it cannot be used: it is
    named in the report, and nothing is fetched for it.
    """

    manifest: str
    endpoint: str = ""
    similarity: int | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """Content to ask with. `algorithm` names the one to look for, empty for any."""

    data: bytes = field(repr=False)
    media_type: str
    algorithm: str = ""


@dataclass(frozen=True, slots=True)
class ResolverCall:
    """One request over the network, as the report names it. `size` is that of the answer."""

    method: str
    url: str
    status: int | None
    size: int
    error: str = ""
    redirects: tuple[str, ...] = ()


class ResolutionError(Exception):
    """A question that got no answer that can be used; the message says why."""


class Resolver(Protocol):
    """Something that knows which manifests a soft binding leads to.

    Each method raises ResolutionError where it gets no usable answer.
    """

    @property
    def address(self) -> str:
        """Where it is, as the user named it."""

    @property
    def asked(self) -> tuple[ResolverCall, ...]:
        """Every request over the network so far, in order."""

    def by_binding(self, query: Query, limit: int) -> tuple[ManifestMatch, ...]:
        """Return the manifests of a soft binding, at most `limit`, then those with a fault."""

    def by_content(self, upload: Upload, limit: int) -> tuple[ManifestMatch, ...]:
        """Return the manifests of content, which is handed over for that."""

    def store(self, match: ManifestMatch) -> bytes | None:
        """Return the manifest store of a match; None where it is not there."""


class FolderResolver:
    """A repository in a folder; nothing goes over the network."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Raises RepositoryError where the folder is not a repository."""
        self.address = printable_path(str(folder))
        self._folder = folder
        with Repository.open(folder):
            pass  # what cannot be opened stops the run before anything is read

    @property
    def asked(self) -> tuple[ResolverCall, ...]:
        """No request is made."""
        return ()

    def by_binding(self, query: Query, limit: int) -> tuple[ManifestMatch, ...]:
        """Return the stores that declare this value, or a fingerprint that is close to it."""
        try:
            with Repository.open(self._folder) as repository:
                hits = repository.find(query.algorithm, query.value, limit)
        except RepositoryError as e:
            raise ResolutionError(str(e)) from e
        return tuple(ManifestMatch(hit.held.manifest, similarity=hit.similarity) for hit in hits)

    def by_content(self, upload: Upload, limit: int) -> tuple[ManifestMatch, ...]:
        """Refuse: a folder decodes nothing."""
        del upload, limit
        raise ResolutionError("a folder looks nothing up by content: leave out --upload")

    def store(self, match: ManifestMatch) -> bytes | None:
        """Return the store from the folder."""
        try:
            with Repository.open(self._folder) as repository:
                return repository.manifest(match.manifest)
        except RepositoryError as e:
            raise ResolutionError(str(e)) from e
