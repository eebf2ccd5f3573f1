"""What is installed, told from the names of metadata folders.

`importlib.metadata` answers the same and takes 25 ms to import, a quarter of a whole run over one
file. Here only folder names and one small file of each are looked at.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from functools import cache

DISTRIBUTION = "provenance-verifier"
_SUFFIX = ".dist-info"
_MAX_ENTRY_POINTS = 64 * 1024


@cache
def _distributions() -> tuple[tuple[str, str], ...]:
    """Return (folder, name) of every installed distribution's metadata, in path order."""
    distributions = []
    for place in dict.fromkeys(sys.path):
        try:
            with os.scandir(place or ".") as entries:
                names = sorted(e.name for e in entries if e.name.endswith(_SUFFIX))
        except OSError:
            continue
        distributions += [(place or ".", name) for name in names]
    return tuple(distributions)


@cache
def version(distribution: str) -> str:
    """Return the version of an installed distribution; empty where there is none."""
    wanted = _normal(distribution)
    for _, folder in _distributions():
        name, _, release = folder.removesuffix(_SUFFIX).partition("-")
        if _normal(name) == wanted:
            return release
    return ""


@cache
def declaring(group: str) -> tuple[str, ...]:
    """Return name and version (`name-1.0`) of every distribution with entry points of a group."""
    header = f"[{group}]".encode()
    distributions = []
    for place, folder in _distributions():
        try:
            with open(os.path.join(place, folder, "entry_points.txt"), "rb") as file:
                if header in file.read(_MAX_ENTRY_POINTS):
                    distributions.append(folder.removesuffix(_SUFFIX))
        except OSError:
            continue
    return tuple(distributions)


@cache
def others_declare(group: str, own: str) -> bool:
    """Tell whether a distribution other than `own` declares entry points of this group."""
    return any(_normal(d.partition("-")[0]) != _normal(own) for d in declaring(group))


def _normal(name: str) -> str:
    return name.replace("-", "_").replace(".", "_").lower()


def sdk() -> str:
    """Return the version of c2pa-python as installed, without loading it."""
    number = version("c2pa-python")
    return f"c2pa-python {number}" if number else "c2pa-python missing"


def bring_extra(name: str) -> str:
    """Return the command that installs an extra of this package where it is installed."""
    return bring(f"{DISTRIBUTION}[{name}]")


@cache
def bring(requirement: str, options: str = "") -> str:
    """Return the command that installs a package where this program finds it.

    `options` are for pip. What installed the program is told by what it left: pipx and uv keep a
    file in an environment of their own, and an installer writes its name into the metadata. None
    of the commands needs this package to be on an index: pip, pipx and uv go by what is installed,
    and `uv tool`, which makes the environment anew, is given the address that it came from.
    """
    wanted = shlex.quote(requirement)
    if os.path.isfile(os.path.join(sys.prefix, "pipx_metadata.json")):
        pip = f" --pip-args={shlex.quote(options)}" if options else ""
        return f"pipx inject{pip} {shlex.quote(os.path.basename(sys.prefix))} {wanted}"
    options = f"{options} " if options else ""
    if os.path.isfile(os.path.join(sys.prefix, "uv-receipt.toml")):
        origin = _origin()
        if requirement.startswith(f"{DISTRIBUTION}["):
            whole = f"{requirement} @ {origin}" if origin else requirement
            return f"uv tool install {shlex.quote(whole)}"
        whole = f"{DISTRIBUTION} @ {origin}" if origin else DISTRIBUTION
        return f"uv tool install --with {wanted} {shlex.quote(whole)}"
    if _written("INSTALLER").strip() == "uv":
        return f"uv pip install {options}{wanted}"
    return f"pip install {options}{wanted}"


def _origin() -> str:
    """Return the address that this package was installed from; empty where it was an index."""
    try:
        record = json.loads(_written("direct_url.json") or "{}")
    except ValueError:
        return ""
    url = record.get("url") if isinstance(record, dict) else None
    vcs = record.get("vcs_info") if isinstance(record, dict) else None
    if not isinstance(url, str):
        return ""
    return f"{vcs.get('vcs', 'git')}+{url}" if isinstance(vcs, dict) else url


def _written(name: str) -> str:
    """Return a file of this package's metadata; empty where there is none."""
    for place, folder in _distributions():
        if _normal(folder.partition("-")[0]) == _normal(DISTRIBUTION):
            try:
                with open(os.path.join(place, folder, name), encoding="utf-8") as file:
                    return file.read(_MAX_ENTRY_POINTS)
            except (OSError, ValueError):
                return ""
    return ""
