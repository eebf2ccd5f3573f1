"""The groups of options that several commands have: each means the same in all, said here once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

import provenance
from provenance.auditing import media_types, task
from provenance.base.values import dataclass
from provenance.marks import decoder, known
from provenance.marks import reader as decoders
from provenance.signing import crl, trust_store
from provenance.verdict import policy as verdict_policy
from provenance_cli.common import FILE, HashNames, Moment, OneLineError, Size
from provenance_cli.declare import ChangedGroup, OptionGroup, changed, option, options_of
from provenance_cli.option import Choice, offers, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from provenance.auditing.task import FileLimits
    from provenance.marks.reader import MarkReader
    from provenance.render.formats import OutputFormat
    from provenance.signing.trust_store import TrustStore

FILES = "Which files"
OUTPUT = "Output"
TRUST = "Trust and time"
CHECKS = "Checks"
LIMITS = "Limits"


@dataclass(frozen=True, slots=True)
class TrustListOptions(OptionGroup):
    """Whom to trust."""

    SECTION = TRUST
    SHARED = True

    trust_anchors: tuple[str, ...] = option(
        "--trust-anchors",
        multiple=True,
        metavar="FILE",
        type=FILE,
        help="Certificates (PEM, DER or LoTE JSON) that signers may chain to, as `private`.",
    )
    tsa_anchors: tuple[str, ...] = option(
        "--tsa-anchors",
        multiple=True,
        metavar="FILE",
        type=FILE,
        help="Certificates that time-stamp authorities may chain to, as `private`.",
    )
    cawg_anchors: tuple[str, ...] = option(
        "--cawg-anchors",
        multiple=True,
        metavar="FILE",
        type=FILE,
        help="Certificates that CAWG identities may chain to, as `private`.",
    )
    no_bundled_trust: bool = option(
        "--no-bundled-trust", is_flag=True, help="Ignore the bundled trust lists."
    )

    @property
    def is_own(self) -> bool:
        """Whether other lists than the bundled ones are asked for."""
        own = (self.trust_anchors, self.tsa_anchors, self.cawg_anchors)
        return any(own) or self.no_bundled_trust

    def load(self) -> trust_store.TrustStore:
        """Load the lists. Use inside `library_errors`."""
        return trust_store.TrustStore.load(
            bundled=not self.no_bundled_trust,
            anchors=self.trust_anchors,
            tsa_anchors=self.tsa_anchors,
            cawg_anchors=self.cawg_anchors,
        )

    def load_own(self) -> TrustStore | None:
        """Load the lists where they are not the bundled ones alone. Use inside `library_errors`."""
        return self.load() if self.is_own else None


@dataclass(frozen=True, slots=True)
class TrustOptions(TrustListOptions):
    """Whom to trust, and as of when."""

    at: datetime | None = option(
        "--at",
        type=Moment(),
        metavar="TIME",
        help="Validation time instead of now, e.g. 2026-06-01T00:00:00Z.",
    )


@dataclass(frozen=True, slots=True)
class RevocationOptions(OptionGroup):
    """What is known of revoked certificates."""

    SECTION = TRUST
    SHARED = True

    crls: tuple[str, ...] = option(
        "--crl", multiple=True, metavar="FILE", type=FILE, help="A certificate revocation list."
    )
    ocsp: bool = option(
        "--ocsp",
        is_flag=True,
        help="NETWORK: ask signers' own responders; calls are in the report.",
    )

    def check(self) -> None:
        """Read the lists: what cannot be read ends a run before its first file."""
        if self.crls:
            for path in self.crls:
                crl.load_crls(path)


@dataclass(frozen=True, slots=True)
class CrossCheckOptions(OptionGroup):
    """The second opinion."""

    SECTION = CHECKS
    SHARED = True

    cross_check: str = option(
        "--cross-check",
        type=Choice(["auto", "always", "never"]),
        metavar="WHEN",
        default="auto",
        help="When the C2PA SDK gives a second opinion: auto (where it matters), always, never.",
    )


@dataclass(frozen=True, slots=True)
class PolicyOptions(OptionGroup):
    """What flags a file."""

    SECTION = CHECKS
    SHARED = True

    policy: str | None = option(
        "--policy", metavar="FILE", type=FILE, help="What flags a file, instead of the default."
    )

    def load(self) -> verdict_policy.Policy:
        """Load the policy. Use inside `library_errors`."""
        if self.policy is None:
            return verdict_policy.Policy()
        return verdict_policy.Policy.load(self.policy)


@dataclass(frozen=True, slots=True)
class PluginOptions(OptionGroup):
    """What other packages bring."""

    SECTION = CHECKS
    SHARED = True

    no_plugins: bool = option(
        "--no-plugins", is_flag=True, help="Ignore detectors and decoders of other packages."
    )


@dataclass(frozen=True, slots=True)
class DecodingOptions(OptionGroup):
    """Whether pictures and sounds are decoded."""

    SECTION = CHECKS
    SHARED = True

    pixels: bool = option(
        "--pixels",
        is_flag=True,
        help="PIXELS: decode pictures and frames of videos, and look for watermarks.",
    )
    signal: bool = option(
        "--signal",
        is_flag=True,
        help="SOUND: decode recordings and the sound of videos, and look for watermarks.",
    )
    messages: str | None = option(
        "--messages", metavar="FILE", type=FILE, help="Watermark messages of your own, in TOML."
    )

    def reader(self, *, plugins: bool = True) -> MarkReader | None:
        """Return what decodes as the options say, None where they ask for nothing.

        It is closed with the command. Raises ProvenanceError where nothing can decode here, or the
        messages cannot be read.
        """
        if not self.pixels and not self.signal:
            if self.messages and typed("messages"):
                raise click.UsageError("--messages goes with --pixels or --signal")
            return None
        media = [decoder.Medium.PICTURE] * self.pixels + [decoder.Medium.SOUND] * self.signal
        messages = known.load_messages(self.messages) if self.messages else ()
        reader = decoders.MarkReader(media, messages=messages, plugins=plugins)
        click.get_current_context().call_on_close(reader.close)
        return reader


_BOUNDS = {  # options and the fields of `ArchiveLimits` that they are
    "max_depth": "depth",
    "max_members": "members",
    "max_unpacked": "unpacked",
    "max_ratio": "ratio",
    "max_held": "held",
}


@dataclass(frozen=True, slots=True)
class ArchiveOptions(OptionGroup):
    """Whether files in files are looked at, and what that may cost."""

    SECTION = "Archives"
    SHARED = True

    archives: bool = option(
        "--archives",
        is_flag=True,
        help="Open archives, mailboxes and documents: a record for each file in them.",
    )
    max_depth: int | None = option(
        "--max-depth",
        type=click.IntRange(1, 32),
        metavar="N",
        help="With --archives: archives within each other, 6 if not given.",
    )
    max_members: int | None = option(
        "--max-members",
        type=click.IntRange(1, 100_000_000),
        metavar="N",
        help="With --archives: files in one file, 100000 if not given.",
    )
    max_unpacked: int | None = option(
        "--max-unpacked",
        type=Size(),
        help="With --archives: bytes of all files in one file, 64G if not given.",
    )
    max_ratio: int | None = option(
        "--max-ratio",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        help="With --archives: those bytes for each byte of the file, 200 if not given.",
    )
    max_held: int | None = option(
        "--max-held",
        type=Size(),
        help="With --archives: what may be unpacked in memory at a time, 160M if not given.",
    )

    def limits(self) -> provenance.ArchiveLimits | None:
        """Return the bounds that were asked for, None without --archives."""
        given = {name: getattr(self, name) for name in _BOUNDS}
        given = {name: value for name, value in given.items() if value is not None}
        if not self.archives:
            for name in given:
                if typed(name):
                    raise click.UsageError(f"--{name.replace('_', '-')} goes with --archives")
            return None

        return provenance.ArchiveLimits(**{_BOUNDS[name]: value for name, value in given.items()})


@dataclass(frozen=True, slots=True)
class ReadingOptions(OptionGroup):
    """What is taken of each file, and of which."""

    SECTION = LIMITS
    SHARED = True

    max_size: int | None = option(
        "--max-size", type=Size(), help="Do not open larger files (e.g. 500M): an error each."
    )


@dataclass(frozen=True, slots=True)
class HashOptions(OptionGroup):
    """Further digests."""

    SECTION = OUTPUT
    SHARED = True

    hashes: tuple[str, ...] = option(
        "--hash",
        type=HashNames(),
        default=(),
        metavar="NAMES",
        help="Additional digests besides SHA-256: md5,sha1,sha512.",
    )


@dataclass(frozen=True, slots=True)
class PersonalDataOptions(OptionGroup):
    """Whether personal data is shown."""

    SECTION = OUTPUT
    SHARED = True

    show_personal_data: bool = option(
        "--show-personal-data",
        is_flag=True,
        help="PERSONAL DATA: show prompts, names, titles, positions and other values.",
    )


@dataclass(frozen=True, slots=True)
class ExitOptions(OptionGroup):
    """How a run ends."""

    SECTION = OUTPUT

    exit_zero: bool = option("--exit-zero", is_flag=True, once=True, help="Never exit 3, 4 or 5.")

    @property
    def dropped(self) -> frozenset[int]:
        """The exit codes that are not to be given."""
        return verdict_policy.EXIT_FLAGGED if self.exit_zero else frozenset()


@dataclass(frozen=True, slots=True)
class RecursionOptions(OptionGroup):
    """Whether folders are gone through."""

    SECTION = FILES

    recursive: bool = option(
        "-r", "--recursive", is_flag=True, once=True, help="Go through directories."
    )


@dataclass(frozen=True, slots=True)
class ListedFileOptions(OptionGroup):
    """Names that are read from a list."""

    SECTION = FILES

    files_from: str | None = option(
        "--files-from",
        metavar="FILE",
        type=FILE,
        once=True,
        help="Read names from FILE, one a line; - for stdin.",
    )
    null: bool = option(
        "-0", "--null", is_flag=True, once=True, help="Names in --files-from end with NUL."
    )


def _media_types() -> Iterable[str]:
    return (*media_types.KINDS, *media_types.KNOWN, *media_types.FAMILIES)


@dataclass(frozen=True, slots=True)
class FilterOptions(OptionGroup):
    """Which of the files below a folder are meant."""

    SECTION = FILES

    include: tuple[str, ...] = option(
        "--include", multiple=True, metavar="PATTERN", help="Only such names."
    )
    exclude: tuple[str, ...] = option(
        "--exclude", multiple=True, metavar="PATTERN", help="No such names."
    )
    types: tuple[str, ...] = option(
        "--type",
        multiple=True,
        metavar="TYPE",
        shell_complete=offers(_media_types),
        help="Only such content: image, video, audio, image/png ...",
    )

    def media_types(self) -> tuple[str, ...]:
        """Return the types as they are compared; refuse one that no file is told to be of."""
        return tuple(map(_media_type, self.types))


def _media_type(value: str) -> str:
    """Return a media type, or a kind of them as `image/`."""
    wanted = value.lower()
    kind, _, rest = wanted.partition("/")
    if kind not in media_types.KINDS:
        known = ", ".join(media_types.KINDS)
        raise click.UsageError(f"--type {value!r}: give {known}, or a whole type as image/png")
    if not rest:
        return f"{kind}/"
    if wanted in media_types.KNOWN or any(
        wanted.startswith(f) and wanted != f for f in media_types.FAMILIES
    ):
        return wanted
    known = ", ".join(
        media_type
        for media_type in (*media_types.KNOWN, *(f"{f}*" for f in media_types.FAMILIES))
        if media_type.startswith(kind)
    )
    raise click.UsageError(f"--type {value!r} is not known; known are {known}")


@dataclass(frozen=True, slots=True)
class SidecarOptions(OptionGroup):
    """A manifest store of its own."""

    SECTION = FILES

    sidecar: str | None = option(
        "--sidecar",
        metavar="FILE",
        type=FILE,
        once=True,
        help="The manifest store of a single FILE.",
    )


@dataclass(frozen=True, slots=True)
class FragmentOptions(OptionGroup):
    """The parts of a film."""

    SECTION = FILES

    fragments: tuple[str, ...] = option(
        "--fragments",
        multiple=True,
        metavar="GLOB",
        once=True,
        help="Media segments of a fragmented MP4 FILE.",
    )


@dataclass(frozen=True, slots=True)
class OutputOptions(OptionGroup):
    """Where the result goes. `Command` writes it there; a command only prints."""

    SECTION = OUTPUT

    output: str | None = option(
        "-o",
        "--output",
        metavar="FILE",
        type=FILE,
        once=True,
        help="Write the result to FILE, whole or not at all.",
    )


@dataclass(frozen=True, slots=True)
class FormatOptions(OutputOptions):
    """What the result looks like."""

    SECTION = OUTPUT

    form: str = option(
        "--format",
        type=Choice(["text", "json"]),
        metavar="FORMAT",
        default="text",
        help="text: for people; json: for programs.",
    )


def format_options(*formats: OutputFormat, was: Mapping[str, str] | None = None) -> ChangedGroup:
    """Return `FormatOptions` with formats of a command's own; the first is the default.

    `was` has formats that were renamed.
    """
    words = [form.name for form in formats]
    said = "; ".join(f"{form.name}: {form.what}" for form in formats).replace("`", "")
    return changed(
        FormatOptions, form={"type": Choice(words, was), "default": words[0], "help": f"{said}."}
    )


@dataclass(frozen=True, slots=True)
class QuietOptions(OptionGroup):
    """How much is said."""

    SECTION = OUTPUT

    quiet: bool = option("-q", "--quiet", is_flag=True, help="No progress.")


@dataclass(frozen=True, slots=True)
class VerbosityOptions(QuietOptions):
    """How much is said, more than usual too."""

    verbose: bool = option("-v", "--verbose", is_flag=True, help="Say everything.")


@dataclass(frozen=True, slots=True)
class JobOptions(OptionGroup):
    """How many things are done at a time."""

    SECTION = LIMITS

    jobs: int | None = option(
        "-j",
        "--jobs",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="Processes at a time; one a processor if not given.",
    )

    @property
    def count(self) -> int:
        """How many: as given, or as many as the processors that this process may use."""
        if self.jobs is not None:
            return self.jobs
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1


_LEAST_MEMORY = 16 << 20  # bytes


@dataclass(frozen=True, slots=True)
class ConfinedJobOptions(JobOptions):
    """What confined processes may take, and how many there are."""

    SECTION = LIMITS

    timeout: float = option(
        "--timeout",
        type=click.FloatRange(0.1, 86400.0),
        metavar="SECONDS",
        default=60.0,
        show_default=True,
        help="Seconds a file, and one more for each 16 MiB.",
    )
    max_memory: int = option(
        "--max-memory",
        type=Size(),
        default=2 << 30,
        help="Memory of a worker beyond its own, 2G if not given.",
    )

    def check(self) -> None:
        """Refuse what cannot be meant."""
        if self.max_memory < _LEAST_MEMORY:
            raise click.UsageError("--max-memory: less than 16M is too little for ordinary files")
        if self.timeout != self.timeout:
            raise click.UsageError("--timeout has to be a number")

    def limits(self) -> FileLimits:
        """Return the bounds of one file."""
        self.check()
        return task.FileLimits(timeout=self.timeout, memory=self.max_memory)


def shared() -> frozenset[str]:
    """Return the keys of the options that mean the same for every command."""
    keys = {"color"}
    for group in globals().values():
        if (
            isinstance(group, type)
            and issubclass(group, OptionGroup)
            and group is not OptionGroup
            and group.SHARED
        ):
            keys |= {o.key for o in options_of(ChangedGroup(group, {})) if not o.once}
    return frozenset(keys)


def new_file(flag: str, path: str | None) -> None:
    """Refuse to write over what is there."""
    if path is not None and os.path.lexists(path):
        raise OneLineError(f"{flag} {path}: exists already; name a new file")
