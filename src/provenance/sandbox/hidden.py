"""What a worker must not read: other processes, and the files that hold credentials.

The environment of the caller is a file too, below /proc. Landlock knows only what may be read: that
is all the rest.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROC = "/proc"
_OWN = ("self", "cpuinfo", "meminfo", "stat", "sys", "version")  # of /proc
_AT_HOME = (
    *(".aws", ".azure", ".boto", ".config/gcloud", ".docker", ".git-credentials", ".gnupg"),
    *(".kube", ".netrc", ".oci", ".pgpass", ".pypirc", ".ssh"),
)
_ELSEWHERE = ("/run/secrets", "/var/run/secrets")  # where clusters put tokens
NAMED_BY = (
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AZURE_FEDERATED_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS"),
)
"""Variables that hold no secret, but the path of one."""


def credentials(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the places of credentials, there or not."""
    home = os.path.expanduser("~")
    named = [environment[name] for name in NAMED_BY if environment.get(name)]
    return (*(os.path.join(home, name) for name in _AT_HOME), *_ELSEWHERE, *named)


def readable(hidden: tuple[str, ...]) -> Iterator[str]:
    """Yield files and folders that have in them all that may be read, on a system with /proc."""
    places = {_PROC, *map(os.path.realpath, hidden)}
    yield from (os.path.join(_PROC, name) for name in _OWN)
    yield from _unhidden_in(os.sep, places)
    for path in map(os.path.realpath, (sys.prefix, sys.base_prefix, *filter(None, sys.path))):
        if not _below(path, places):  # it may be in a folder that cannot be listed
            yield path


def _unhidden_in(folder: str, hidden: set[str]) -> Iterator[str]:
    """Yield what is in a folder and holds nothing hidden, and the same of folders that do."""
    try:
        names = os.listdir(folder)
    except OSError:  # as /home of many machines: what is known to be there is gone into
        names = [os.path.relpath(secret, folder).partition(os.sep)[0] for secret in hidden]
    for name in sorted(names):
        path = os.path.join(folder, name)
        if os.path.islink(path) or path in hidden:
            continue
        if below := _below(path, hidden):
            yield from _unhidden_in(path, below)
        else:
            yield path


def _below(path: str, hidden: set[str]) -> set[str]:
    return {secret for secret in hidden if secret == path or secret.startswith(path + os.sep)}
