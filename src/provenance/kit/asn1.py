"""The one door to `asn1crypto`, which builds what `cryptography` does not: CMS, odd certificates.

Raises InstallationError on import where the extra `[kit]` is not installed.
"""

from __future__ import annotations

from provenance.base.errors import InstallationError

try:
    from asn1crypto import algos, cms, core, ocsp, tsp, x509
except ImportError as e:
    raise InstallationError(
        "making samples needs asn1crypto: pip install 'provenance-verifier[kit]'"
    ) from e

__all__ = ["algos", "cms", "core", "ocsp", "tsp", "x509"]
