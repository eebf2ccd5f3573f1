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
class ArchiveLimits:
    """How far archives, mailboxes and documents are opened, each file that was named by itself.

    `depth` counts archives within each other, `members` what is in them on all levels. `unpacked`
    bounds the bytes of all members together, and so does `ratio` times the file's own size, but
    never below `RATIO_FLOOR`. `held` is what may be in memory at a time: a compressed member, with
    the compressed archives that it is in. Bytes that need no unpacking are read where they are.
    """

    depth: int = 6
    members: int = 100_000
    unpacked: int = 64 << 30
    ratio: int = 200
    held: int = 160 << 20


RATIO_FLOOR = 256 << 20
"""Bytes that may be unpacked whatever the ratio: pages of one colour shrink a thousandfold."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of one verification; the defaults touch neither network nor pixels.

    `max_size` is in bytes. `hashes` are further digests by name (`md5`, `sha1`, `sha512`); with
    `digest` false none is taken, and with `digest_evidence_only` those of files alone that carry a
    credential or a marker. `show_personal_data` keeps titles and descriptions in the report.
    `plugins` lets third-party detectors take part. `crls` are files of revocation lists (DER or
    PEM); `ocsp` allows the network for one thing, asking a signer's responder, and each call is in
    the report. `cross_check` says when the SDK is asked for a second opinion. `archives` says how
    far archives, mailboxes and documents are opened by `verify_all`; None: they are not.
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
    archives: ArchiveLimits | None = None
