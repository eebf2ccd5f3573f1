"""What commands share: options for trust and time, and how library errors are said."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provenance.base.options import ArchiveLimits
    from provenance.signing.trust_store import TrustStore

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_HASHES = ("md5", "sha1", "sha256", "sha512")


class Moment(click.ParamType[datetime]):
    """A point in time with its zone, RFC 3339: 2026-06-01T00:00:00Z."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Parse; a date without a zone is refused, since it names no point in time."""
        if isinstance(value, datetime):
            return value
        try:
            made = datetime.fromisoformat(value)
            if made.tzinfo is not None:
                made = made.astimezone(UTC)
        except (ValueError, OverflowError):
            made = None
        if made is None or made.tzinfo is None:
            self.fail(f"{value!r} is no time with a zone, such as 2026-06-01T00:00:00Z", param, ctx)
        return made


class Size(click.ParamType[int]):
    """A number of bytes, with K, M or G for binary multiples."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse; zero and below are refused."""
        if isinstance(value, int):
            return value
        digits = value.rstrip("KMGkmg")
        unit = _UNITS.get(value[len(digits) :].upper())
        if not digits.isdecimal() or len(digits) > 15 or unit is None or int(digits) == 0:
            self.fail(f"{value!r} is no size, such as 500M", param, ctx)
        return int(digits) * unit


class HashNames(click.ParamType[tuple[str, ...]]):
    """Names of digests, separated by commas."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Parse; an unknown name is refused."""
        if isinstance(value, tuple):
            return value
        names = tuple(n.strip().lower() for n in value.split(",") if n.strip())
        if not names:
            self.fail(f"no name given: {', '.join(_HASHES)}", param, ctx)
        for name in names:
            if name not in _HASHES:
                self.fail(f"{name!r} is none of {', '.join(_HASHES)}", param, ctx)
        return tuple(n for n in dict.fromkeys(names) if n != "sha256")


class AssetPath(click.Path):
    """The path of a file to examine; whether it can be read is for the answer to say.

    Refuses `-`, which only `verify` takes.
    """

    def __init__(self) -> None:
        super().__init__(readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path as it is."""
        if value == "-":
            self.fail(
                "only `provenance verify` reads standard input (for a file of that name: ./-)",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


FILE = click.Path(readable=False)  # what cannot be read is said in the words of who reads it


class OneLineError(click.ClickException):
    """Wrong usage that only the library can see: one line, exit 2."""

    exit_code = 2

    def format_message(self) -> str:
        """Return the message on one line, whatever the names of files in it hold."""
        from provenance.base.text import printable  # noqa: PLC0415 - only for an error

        return printable(self.message)


@contextlib.contextmanager
def library_errors(*but: type[Exception]) -> Iterator[None]:
    """Turn errors of the library, `but` some, into one line on stderr and exit 2."""
    from provenance.base.errors import ProvenanceError  # noqa: PLC0415 - only inside a command

    try:
        yield
    except but:
        raise
    except ProvenanceError as e:
        raise OneLineError(str(e)) from e


_TRUST_OPTIONS = (
    click.option(
        "--trust-anchors",
        multiple=True,
        metavar="FILE",
        type=FILE,
        help="Certificates (PEM, DER or LoTE JSON) that signers may chain to, as `private`.",
    ),
    click.option(
        "--tsa-anchors",
        multiple=True,
        metavar="FILE",
        type=FILE,
        help="Certificates that time-stamp authorities may chain to, as `private`.",
    ),
    click.option(
        "--no-bundled-trust", is_flag=True, help="Use none of the trust lists that come along."
    ),
)
_CAWG_ANCHORS = click.option(
    "--cawg-anchors",
    multiple=True,
    metavar="FILE",
    type=FILE,
    help="Certificates that CAWG identities may chain to, as `private`.",
)
_AT = click.option(
    "--at", type=Moment(), help="Validation time instead of now, e.g. 2026-06-01T00:00:00Z."
)


def trust_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --trust-anchors, --tsa-anchors, --no-bundled-trust and --at to a command."""
    for option in reversed((*_TRUST_OPTIONS, _AT)):
        command = option(command)
    return command


def trust_files_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --trust-anchors, --tsa-anchors and --no-bundled-trust to a command."""
    for option in reversed(_TRUST_OPTIONS):
        command = option(command)
    return command


def cross_check_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --cross-check to a command."""
    return click.option(
        "--cross-check",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="When the C2PA SDK gives a second opinion.",
    )(command)


_ARCHIVES = (
    click.option(
        "--archives",
        is_flag=True,
        help="Open archives, mailboxes and documents: a record for each file in them.",
    ),
    click.option(
        "--max-depth",
        type=click.IntRange(1, 32),
        metavar="N",
        help="With --archives: archives within each other, 6 if not given.",
    ),
    click.option(
        "--max-members",
        type=click.IntRange(1, 100_000_000),
        metavar="N",
        help="With --archives: files in one file, 100000 if not given.",
    ),
    click.option(
        "--max-unpacked",
        type=Size(),
        help="With --archives: bytes of all files in one file, 64G if not given.",
    ),
    click.option(
        "--max-ratio",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        help="With --archives: those bytes for each byte of the file, 200 if not given.",
    ),
    click.option(
        "--max-held",
        type=Size(),
        help="With --archives: what may be unpacked in memory at a time, 160M if not given.",
    ),
)
_BOUNDS = {  # options and the fields of `ArchiveLimits` that they are
    "max_depth": "depth",
    "max_members": "members",
    "max_unpacked": "unpacked",
    "max_ratio": "ratio",
    "max_held": "held",
}


def archive_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --archives and its bounds to a command."""
    for option in reversed(_ARCHIVES):
        command = option(command)
    return command


def archive_limits(options: dict[str, Any]) -> ArchiveLimits | None:
    """Return the bounds that were asked for, None without --archives."""
    given = {field: options[name] for name, field in _BOUNDS.items() if options[name] is not None}
    if not options["archives"]:
        if given:
            name = next(n for n in _BOUNDS if options[n] is not None).replace("_", "-")
            raise click.UsageError(f"--{name} goes with --archives")
        return None
    from provenance.base.options import ArchiveLimits  # noqa: PLC0415 - not for --help

    return ArchiveLimits(**given)


def cawg_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --cawg-anchors to a command."""
    return _CAWG_ANCHORS(command)


def load_trust(
    trust_anchors: tuple[str, ...],
    tsa_anchors: tuple[str, ...],
    no_bundled_trust: bool,
    cawg_anchors: tuple[str, ...] = (),
) -> TrustStore:
    """Load the trust store that the options name. Use inside `library_errors`."""
    from provenance.signing.trust_store import TrustStore  # noqa: PLC0415 - only inside a command

    return TrustStore.load(
        bundled=not no_bundled_trust,
        anchors=trust_anchors,
        tsa_anchors=tsa_anchors,
        cawg_anchors=cawg_anchors,
    )


def shown_path(path: str) -> str:
    """Return a path as it is printed."""
    from provenance.base.text import printable_path  # noqa: PLC0415 - only inside a command

    return printable_path(path)
