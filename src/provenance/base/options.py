"""What is asked of one verification."""

from __future__ import annotations

from enum import StrEnum

from provenance.base.values import dataclass


class CrossCheck(StrEnum):
    """When the C2PA SDK is asked for a second opinion on a credential.

    `auto`: where a wrong "intact" could clear a file, and where our own check finds anything but a
    clean credential. `never` leaves our own check alone to answer.
    """

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of one verification; the defaults touch neither network nor pixels.

    `max_size` is in bytes. `hashes` are further digests by name (`md5`, `sha1`, `sha512`); with
    `digest` false none is taken, and with `digest_evidence_only` those of files alone that carry a
    credential or a marker. `show_personal_data` keeps titles and descriptions in the report.
    `plugins` lets third-party detectors take part. `crls` are files of revocation lists (DER or
    PEM); `ocsp` allows the network for one thing, asking a signer's responder, and each call is in
    the report. `cross_check` says when the SDK is asked for a second opinion.
    """

    digest: bool = True
    digest_evidence_only: bool = False
    hashes: tuple[str, ...] = ()
    max_size: int | None = None
    show_personal_data: bool = False
    plugins: bool = True
    crls: tuple[str, ...] = ()
    ocsp: bool = False
    cross_check: CrossCheck = CrossCheck.AUTO
