"""What a worker has of our environment: what programs run by, and nothing that opens a door.

Credentials of clouds, registries and databases are in environment variables, under any name. What
is taken over by a hostile file could put them into its record: so they are never there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.sandbox import hidden

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "PWD", "LANG", "LANGUAGE", "TZ", "TZDIR"),
        *("TMPDIR", "TEMP", "TMP", "LOCPATH", "VIRTUAL_ENV", "CONDA_PREFIX"),
        # Windows, without which Python does not even start.
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "OS", "USERPROFILE"),
        *("HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES"),
        *("NUMBER_OF_PROCESSORS", "SSL_CERT_FILE", "SSL_CERT_DIR"),  # the latter for OCSP
        # Where trust lists, and models of decoders, were put.
        *hidden.NAMED_BY,
        *("PROVENANCE_DATA", "HF_HOME", "HF_HUB_CACHE", "TORCH_HOME", "AUDIOSEAL_CACHE_DIR"),
    }
)
_PREFIXES = (
    *("LC_", "PYTHON", "XDG_", "LD_", "DYLD_", "MALLOC_", "PROCESSOR_", "COVERAGE_", "COV_"),
    *("OMP_", "MKL_", "OPENBLAS_", "KMP_", "CUDA_", "NVIDIA_"),
)


def kept(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a worker gets, by name."""
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in _NAMES or name.startswith(_PREFIXES)
    }
