"""`provenance shards plan`: fix what an audit in shards goes through, and what decides answers."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from provenance.auditing import task
from provenance.auditing.shards import listing, plan_store, shard_plan, stores
from provenance.base import options
from provenance.base.errors import AuditError
from provenance.base.values import dataclass
from provenance_cli import progress
from provenance_cli.common import (
    FILE,
    AssetPath,
    CannotGoOnError,
    OneLineError,
    library_errors,
    shown_path,
)
from provenance_cli.declare import OptionGroup, changed, combined, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    FILES,
    LIMITS,
    ArchiveOptions,
    CrossCheckOptions,
    FilterOptions,
    HashOptions,
    OutputOptions,
    PersonalDataOptions,
    PluginOptions,
    PolicyOptions,
    QuietOptions,
    ReadingOptions,
    RevocationOptions,
    TrustOptions,
)
from provenance_cli.which import DigestOptions, FileChoiceOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.auditing.shards.listing import Listing, ListingRequest
    from provenance.auditing.shards.shard_plan import ListedObject, ShardPlan, ShardsRequest

_ENDS = frozenset({"store.unusable", "store.credentials"})  # of AuditError: exit 1, the rest 2


@dataclass(frozen=True, slots=True)
class InventoryOptions(OptionGroup):
    """What S3 itself has listed."""

    SECTION = FILES

    inventory: str | None = option(
        "--inventory",
        once=True,
        metavar="ADDRESS",
        type=FILE,
        help="The manifest.json of an S3 Inventory of SOURCE: a file, or NETWORK: s3://...",
    )


@dataclass(frozen=True, slots=True)
class ShardSizeOptions(OptionGroup):
    """How objects are divided."""

    SECTION = LIMITS

    shard_size: int = option(
        "--shard-size",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        default=10_000,
        show_default=True,
        help="Objects of one shard.",
    )


@dataclass(frozen=True, slots=True)
class ShardsPlanOptions:
    """What was asked for, group by group."""

    output: OutputOptions
    filters: FilterOptions
    which: FileChoiceOptions
    inventory: InventoryOptions
    shards: ShardSizeOptions
    digests: DigestOptions
    hashes: HashOptions
    personal: PersonalDataOptions
    policy: PolicyOptions
    plugins: PluginOptions
    second: CrossCheckOptions
    archives: ArchiveOptions
    trust: TrustOptions
    revocation: RevocationOptions
    reading: ReadingOptions
    quiet: QuietOptions


@command_(
    "plan",
    long=True,
    keeps_output=True,
    short_help="Fix what is examined, and how, in shards.",
    epilog="Exit codes: 1 a store cannot be listed or written, 2 wrong usage, 0 the plan is there."
    "\n\nExample: provenance shards plan ./inbox --output ./inbox-audit",
)
@click.argument("source", metavar="SOURCE", type=AssetPath())
@takes_options(
    asked=combined(
        ShardsPlanOptions,
        output=changed(
            OutputOptions,
            output={
                "required": True,
                "metavar": "OUT",
                "help": "Where the plan goes: a new folder, or NETWORK: s3://bucket/prefix.",
            },
        ),
        filters=FilterOptions,
        which=changed(
            FileChoiceOptions,
            manifest={"help": "A CSV or JSONL table of names below SOURCE; - for stdin."},
        ),
        inventory=InventoryOptions,
        shards=ShardSizeOptions,
        digests=DigestOptions,
        hashes=HashOptions,
        personal=PersonalDataOptions,
        policy=PolicyOptions,
        plugins=PluginOptions,
        second=CrossCheckOptions,
        archives=ArchiveOptions,
        trust=TrustOptions,
        revocation=RevocationOptions,
        reading=ReadingOptions,
        quiet=QuietOptions,
    ),
)
def shards_plan_command(*, source: str, asked: ShardsPlanOptions) -> None:
    """Fix in OUT what an audit of SOURCE examines, and how, divided into shards.

    SOURCE is a folder, or NETWORK: the address of a store, such as s3://bucket/prefix. Nothing of
    the objects is read, only their names and sizes. Time, policy, trust lists and options are those
    of now, for whoever runs a shard later.
    """
    wanted = _wanted(source, asked)
    try:
        with library_errors(AuditError):
            _plan(wanted, asked)
    except AuditError as e:
        raise (CannotGoOnError if e.code in _ENDS else OneLineError)(str(e)) from e


def _wanted(source: str, asked: ShardsPlanOptions) -> ListingRequest:
    """Say what is listed; refuse what cannot be meant."""
    which = asked.which
    which.check()
    if which.manifest is not None and asked.inventory.inventory is not None:
        raise click.UsageError("--manifest and --inventory are two lists: give one")
    if which.manifest == "-" and sys.stdin is None:
        raise click.UsageError("standard input is closed")
    if which.follow_links and stores.is_address(source):
        raise click.UsageError("--follow-links is for folders")
    return listing.ListingRequest(
        source=source,
        filters=which.kept(asked.filters),
        out=asked.output.output,
        follow_links=which.follow_links,
        manifest=which.manifest,
        column=which.path_column,
        inventory=asked.inventory.inventory,
    )


def _request(source: str, asked: ShardsPlanOptions) -> ShardsRequest:
    return shard_plan.ShardsRequest(
        source=source,
        at=asked.trust.at or datetime.now(UTC).replace(microsecond=0),
        policy=asked.policy.load(),
        trust=asked.trust.load(),
        options=options.Options(
            hashes=asked.hashes.hashes,
            max_size=asked.reading.max_size,
            show_personal_data=asked.personal.show_personal_data,
            plugins=not asked.plugins.no_plugins,
            crls=asked.revocation.crls,
            ocsp=asked.revocation.ocsp,
            cross_check=options.CrossCheck(asked.second.cross_check),
            archives=asked.archives.limits(),
        ),
        digest=task.DigestMode(asked.digests.digest),
        media_types=asked.filters.media_types(),
    )


def _plan(wanted: ListingRequest, asked: ShardsPlanOptions) -> None:
    """Make the plan and say so. Use inside `library_errors`."""
    request, out = _request(wanted.source, asked), asked.output.output
    assert out is not None  # noqa: S101 - it is required
    counted = _Counted()
    with progress.showing(None, "objects", quiet=asked.quiet.quiet) as shown:

        def listed(count: int) -> None:
            shown.done = count

        def written(count: int) -> None:
            shown.at(count, objects.seen - objects.left_out)

        objects = listing.Listing(wanted, listed)
        counted_objects = counted.over(objects)
        plan = plan_store.make_plan(request, counted_objects, out, asked.shards.shard_size, written)
    _say(plan, objects, counted, out)


class _Counted:
    """Counts objects that cannot be examined, in passing."""

    def __init__(self) -> None:
        self.wrong = 0

    def over(self, listing: Listing) -> Iterator[ListedObject]:
        for listed in listing:
            self.wrong += listed.error is not None
            yield listed


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _say(plan: ShardPlan, listing: Listing, counted: _Counted, out: str) -> None:
    objects, shards = sum(shard.objects for shard in plan.shards), len(plan.shards)
    size = sum(shard.size for shard in plan.shards)
    counts = f"{_count(objects, 'object')}, {_count(size, 'byte')}, in {_count(shards, 'shard')}"
    click.echo(counts)
    for count, what in (
        (counted.wrong, "cannot be examined: each gets a record that says why"),
        (listing.left_out, "left out by filters"),
        (listing.markers, "left out: empty, with others below it, as consoles make folders"),
    ):
        if count:
            click.echo(f"  {count:,} {what}")
    click.echo(f"plan: {shown_path(out.rstrip('/'))}/plan.json")
    click.echo(f"sha256: {plan.sha256}")
    if shards:
        click.echo(f"next: provenance shards run {shlex.quote(shown_path(out))} --shard 0")
