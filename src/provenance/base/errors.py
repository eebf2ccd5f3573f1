"""What stops us from asking. What an asset does wrong is a finding, never one of these."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def reason_of(e: Exception) -> str:
    """Return why the system refused a file, in lower case and without the name of the file.

    `e` is an OSError, or the ValueError for a name that no file can have.
    """
    return (getattr(e, "strerror", None) or str(e) or type(e).__name__).lower()


class ProvenanceError(Exception):
    """Base of every error this package raises on purpose.

    `code` is stable and dotted; the message is for people and says what to do.
    """

    code = "error"


class TrustMaterialError(ProvenanceError):
    """An anchors file, a trust list or a revocation list that cannot be read. Never ignored."""

    code = "trust.unreadable"


class PolicyError(ProvenanceError):
    """A policy file that cannot be read or says what no policy can. Never used in part."""

    code = "policy.invalid"


class InstallationError(ProvenanceError):
    """A part of the installation is missing or does not behave as this version expects."""

    code = "installation.broken"


class RepositoryError(ProvenanceError):
    """A repository of manifest stores that cannot be opened, read or written."""

    code = "repository.unreadable"


class AssetError(ProvenanceError):
    """A file that could not be examined: the record gets `error` and no verdict.

    `code` is one of `asset.missing`, `asset.not_regular`, `asset.unreadable`,
    `asset.too_large`, `asset.changed`; `member.damaged` or `member.unsupported` for a file in a
    file; `internal.fault` for a crash of this program, `internal.memory` where it needs too much.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AuditError(ProvenanceError):
    """What keeps a whole audit from beginning or from going on; the ledger keeps what it has.

    `code` is one of `ledger.unusable`, `ledger.foreign`, `ledger.busy`, `plan.unreadable`,
    `plan.unfit`, `plan.exists`, `parts.unusable`, `store.unusable`, `store.credentials`,
    `worker.start`, or `output` where the command cannot print its records.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class EvidenceError(ProvenanceError):
    """A key, a signed statement or a time-stamp that cannot be used.

    `code` is one of `key.unreadable`, `statement.unreadable`, `statement.unwritable`,
    `run.unfinished`, `result.unsigned`, `timestamp.unavailable`. A signature that does not
    verify is a result, not an error.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextlib.contextmanager
def crashes_told() -> Iterator[None]:
    """Turn a crash into an AssetError: one bad file must not cost the others.

    A broken installation still raises. The few other places that catch everything are listed in
    `tests/unit/test_walls.py`, each with its reason.
    """
    try:
        yield
    except ProvenanceError:
        raise
    except MemoryError as e:
        raise AssetError("internal.memory", "it takes more memory than there is") from e
    except Exception as e:
        message = f"a fault of this program ({type(e).__name__}): please report"
        raise AssetError("internal.fault", message) from e
