"""The one door to `asn1crypto`, which builds what `cryptography` does not: CMS, odd certificates.

Raises InstallationError on import where the extra `[kit]` is not installed.
"""

from __future__ import annotations

from provenance.base import installed
from provenance.base.errors import InstallationError

try:
    from asn1crypto import algos, cms, core, ocsp, tsp, x509
except ImportError as e:
    how = installed.bring_extra("kit")
    raise InstallationError(f"making samples needs asn1crypto: {how}") from e

__all__ = ["algos", "cms", "core", "ocsp", "tsp", "x509"]
