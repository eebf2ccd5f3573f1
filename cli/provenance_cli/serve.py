"""`provenance serve`: a page and an API on one's own machine."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

import provenance
from provenance.auditing import examine, statement_keys
from provenance.base import installed
from provenance.base.errors import reason_of
from provenance.base.files import read_small
from provenance.base.text import clean
from provenance.base.values import dataclass
from provenance.serve import file_references, server, service_settings
from provenance.signing import crl
from provenance.verdict import policy, verifier
from provenance_cli.common import FILE, OneLineError, Size, library_errors, shown_path
from provenance_cli.declare import OptionGroup, changed, combined, option, takes_options
from provenance_cli.grammar import make_command as command_
from provenance_cli.groups import (
    CHECKS,
    LIMITS,
    OUTPUT,
    ConfinedJobOptions,
    CrossCheckOptions,
    HashOptions,
    PluginOptions,
    PolicyOptions,
    QuietOptions,
    TrustOptions,
)

if TYPE_CHECKING:
    from provenance.auditing.statement_keys import SigningKey
    from provenance.serve.pool import WorkerPool
    from provenance.serve.problems import CountedQuestion as Question

_PORT = 8470
_LEAST_TOKEN = 16  # bytes
_MAX_TOKEN = 4096
_WHO = "Who may ask"
_WHAT = "What may be asked"


@dataclass(frozen=True, slots=True)
class AddressOptions(OptionGroup):
    """Where callers come in."""

    SECTION = _WHO

    port: int = option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="N",
        default=_PORT,
        show_default=True,
        help="0 for any.",
    )
    listen: str = option(
        "--listen",
        default="127.0.0.1",
        show_default=True,
        metavar="ADDRESS",
        help="NETWORK where it is not this computer's own: needs --token-file and --tls-cert.",
    )
    unix: str | None = option(
        "--unix",
        metavar="PATH",
        type=FILE,
        help="Listen on a Unix socket instead, for a proxy on this computer.",
    )
    tls_cert: str | None = option(
        "--tls-cert", metavar="FILE", type=FILE, help="Speak TLS with this certificate chain (PEM)."
    )
    tls_key: str | None = option(
        "--tls-key", metavar="FILE", type=FILE, help="Its private key (PEM), without a password."
    )
    token_file: str | None = option(
        "--token-file",
        metavar="FILE",
        type=FILE,
        help="Whoever asks brings the token in this file: 16 characters or more, on one line.",
    )
    hosts: tuple[str, ...] = option(
        "--allow-host",
        multiple=True,
        metavar="NAME",
        help="A host name by which callers know this service. Repeatable.",
    )
    origins: tuple[str, ...] = option(
        "--allow-origin",
        multiple=True,
        metavar="ORIGIN",
        help="A site whose pages may ask, such as https://queue.example. Repeatable.",
    )


@dataclass(frozen=True, slots=True)
class ServedOptions(OptionGroup):
    """What may be asked."""

    SECTION = _WHAT

    named: tuple[str, ...] = option(
        "--named-policy",
        multiple=True,
        metavar="NAME=FILE",
        help="A policy that a question may name. Repeatable.",
    )
    roots: tuple[str, ...] = option(
        "--root",
        multiple=True,
        metavar="NAME=DIR",
        help="A folder whose files may be named in a question. Repeatable.",
    )
    sign: str | None = option(
        "--sign",
        metavar="KEY.pem",
        type=FILE,
        help="Sign results with this private key where a question asks for that.",
    )
    key_password_file: str | None = option(
        "--key-password-file",
        metavar="FILE",
        type=FILE,
        help="With --sign: the key's password, on one line.",
    )
    no_personal_data: bool = option(
        "--no-personal-data",
        is_flag=True,
        help="Show no titles and descriptions, even where a question asks for them.",
    )


@dataclass(frozen=True, slots=True)
class RevocationListOptions(OptionGroup):
    """What is known of revoked certificates. There is no --ocsp: nobody is asked."""

    SECTION = CHECKS
    SHARED = True

    crls: tuple[str, ...] = option(
        "--crl", multiple=True, metavar="FILE", type=FILE, help="A certificate revocation list."
    )


@dataclass(frozen=True, slots=True)
class CostOptions(OptionGroup):
    """What callers may cost."""

    SECTION = LIMITS

    max_body: int = option(
        "--max-body", type=Size(), default=256 << 20, help="Bytes of one file, 256M if not given."
    )
    max_in_hand: int = option(
        "--max-in-hand",
        type=Size(),
        default=1 << 30,
        help="Bytes of all files that are in memory at a time, 1G if not given.",
    )
    max_waiting: int = option(
        "--max-waiting",
        type=click.IntRange(1, 100_000),
        metavar="N",
        default=64,
        show_default=True,
        help="Questions that wait for a worker.",
    )
    max_connections: int = option(
        "--max-connections",
        type=click.IntRange(1, 100_000),
        metavar="N",
        default=512,
        show_default=True,
        help="Connections that are open at a time.",
    )
    max_members: int = option(
        "--max-members",
        type=click.IntRange(1, 100_000),
        metavar="N",
        default=1000,
        show_default=True,
        shared=True,
        help="Files in one archive.",
    )


@dataclass(frozen=True, slots=True)
class LogOptions(OptionGroup):
    """What is said of questions."""

    SECTION = OUTPUT

    access_log: bool = option(
        "--access-log",
        is_flag=True,
        help="A line on stderr for each question: status, size, time, and the file's SHA-256.",
    )


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What was asked for, group by group."""

    where: AddressOptions
    what: ServedOptions
    policy: PolicyOptions
    second: CrossCheckOptions
    plugins: PluginOptions
    trust: TrustOptions
    lists: RevocationListOptions
    hashes: HashOptions
    costs: CostOptions
    jobs: ConfinedJobOptions
    log: LogOptions
    quiet: QuietOptions


@command_("serve", epilog="Example: provenance serve")
@takes_options(
    asked=combined(
        ServeOptions,
        where=AddressOptions,
        what=ServedOptions,
        policy=PolicyOptions,
        second=CrossCheckOptions,
        plugins=PluginOptions,
        trust=TrustOptions,
        lists=RevocationListOptions,
        hashes=HashOptions,
        costs=CostOptions,
        jobs=changed(
            ConfinedJobOptions, jobs={"help": "Files at a time; one a processor if not given."}
        ),
        log=LogOptions,
        quiet=changed(
            QuietOptions, quiet={"help": "Do not say where the service is, nor what it did."}
        ),
    )
)
def serve_command(*, asked: ServeOptions) -> None:
    """Open a page in the browser, and an API, that give the verdicts of verify.

    Files that are sent stay in memory while they are examined, and nothing of them is kept. For
    this computer alone, unless --listen says otherwise. Ctrl-C ends it.
    """
    with library_errors():
        listener, settings = _listener(asked.where), _settings(asked)

        try:
            served = server.run_service(
                settings,
                listener,
                begun=_nothing if asked.quiet.quiet else _begun,
                log=_line if asked.log.access_log else None,
                fault=_say_line,
            )
        except OSError as e:
            place = listener.path or f"{listener.address}:{listener.port}"
            why = (e.strerror or str(e)).lower()
            raise OneLineError(f"cannot listen on {place}: {why}") from e
    if not asked.quiet.quiet:
        counted = served.counters
        _say_line(f"ended; files: {counted.files:,}, could not be examined: {counted.errors:,}")


def _listener(where: AddressOptions) -> server.Listener:
    """Return where callers come in. Refuses what would let strangers in."""
    if (where.tls_cert is None) != (where.tls_key is None):
        raise click.UsageError("--tls-cert and --tls-key go together")
    _need_framework()

    listener = server.Listener(
        where.listen, where.port, where.unix or "", where.tls_cert or "", where.tls_key or ""
    )
    if not server.is_private(listener) and not (listener.certificate and where.token_file):
        raise click.UsageError(
            f"--listen {where.listen}: other computers can reach that address, so that it needs"
            " --token-file, --tls-cert and --tls-key; for a proxy on this computer use --unix"
        )
    return listener


def _need_framework() -> None:
    missing = [n for n in ("starlette", "uvicorn", "prometheus_client") if find_spec(n) is None]
    if missing:
        raise OneLineError(f"serve needs {', '.join(missing)}: {installed.bring_extra('serve')}")


def _settings(asked: ServeOptions) -> service_settings.ServiceSettings:
    costs = asked.costs
    if costs.max_in_hand < costs.max_body:
        raise click.UsageError("--max-in-hand has to be --max-body at least")
    bounds = service_settings.Bounds(
        max_body=costs.max_body,
        in_hand=costs.max_in_hand,
        waiting=costs.max_waiting,
        connections=costs.max_connections,
    )
    return service_settings.ServiceSettings(
        task=_task(asked),
        bounds=bounds,
        callers=_callers(asked.where),
        workers=asked.jobs.count,
        at=asked.trust.at,
        roots=dict(_root(root) for root in asked.what.roots),
        key=_key(asked.what),
        personal_data=not asked.what.no_personal_data,
        access_log=asked.log.access_log,
    )


def _task(asked: ServeOptions) -> service_settings.ServiceTask:
    costs = asked.costs
    for path in asked.lists.crls:
        crl.load_crls(path)  # what cannot be read stops the service before its first question
    options = provenance.Options(
        hashes=asked.hashes.hashes,
        plugins=not asked.plugins.no_plugins,
        crls=asked.lists.crls,
        cross_check=provenance.CrossCheck(asked.second.cross_check),
    )
    policies = _policies(asked)
    trust = asked.trust.load()
    first = next(iter(policies.values()))
    lists = verifier.Verifier(first, trust, asked.trust.at, options).prepare().trust_lists
    return service_settings.ServiceTask(
        policies=policies,
        trust=trust,
        trust_lists=lists,
        options=options,
        crl_digests=examine.crl_digests(options.crls),
        archives=provenance.ArchiveLimits(members=costs.max_members),
        limits=asked.jobs.limits(),
    )


def _policies(asked: ServeOptions) -> dict[str, policy.Policy]:
    policies = {service_settings.DEFAULT: asked.policy.load()}
    for pair in asked.what.named:
        name, path = _pair("--named-policy", pair)
        if name in policies:
            raise click.UsageError(f"--named-policy {name!r} is there already")
        policies[name] = policy.Policy.load(path)
    return policies


def _pair(option_: str, value: str) -> tuple[str, str]:
    name, sign, path = value.partition("=")
    if not sign or not path or not name.isidentifier():
        raise click.UsageError(f"{option_} {value!r}: give NAME=PATH, the name of letters")
    return name, path


def _root(value: str) -> tuple[str, str]:
    name, path = _pair("--root", value)
    if not file_references.available():
        raise OneLineError("--root is not available on this system")
    if not os.path.isdir(path):
        raise OneLineError(f"--root {shown_path(path)}: no such directory")
    return name, os.path.realpath(path)


def _callers(where: AddressOptions) -> service_settings.Callers:
    for origin in where.origins:
        scheme, sign, rest = origin.partition("://")
        if scheme not in {"http", "https"} or not sign or not rest or "/" in rest or "*" in rest:
            raise click.UsageError(f"--allow-origin {origin!r}: give one as https://queue.example")
    hosts = {host.lower() for host in (*where.hosts, where.listen)}
    return service_settings.Callers(
        frozenset(hosts),
        frozenset(allowed.lower() for allowed in where.origins),
        _token(where.token_file),
    )


def _token(path: str | None) -> bytes | None:
    if path is None:
        return None

    try:
        token = read_small(path, _MAX_TOKEN).strip()
    except OSError as e:
        raise OneLineError(f"--token-file {shown_path(path)}: {reason_of(e)}") from e
    if len(token) < _LEAST_TOKEN or not token.isascii() or len(token.split()) != 1:
        raise OneLineError(
            f"--token-file {shown_path(path)}: give {_LEAST_TOKEN} characters of ASCII or more, on"
            " one line, without spaces"
        )
    return token


def _key(what: ServedOptions) -> SigningKey | None:
    if what.sign is None:
        if what.key_password_file is not None:
            raise click.UsageError("--key-password-file goes with --sign")
        return None

    return statement_keys.load_signing_key(what.sign, what.key_password_file)


def _begun(url: str, pool: WorkerPool) -> None:
    click.echo(f"serving at {url} (Ctrl-C ends it)")
    sys.stdout.flush()
    open_ = [measure for measure in pool.measures if not measure.on]
    for measure in open_:
        click.echo(f"not confined: {measure.name}: {measure.says}", err=True)


def _nothing(url: str, pool: WorkerPool) -> None:
    del url, pool


def _line(asked: Question) -> None:
    digest = f" sha256:{asked.digest}" if asked.digest else ""
    said = f"{asked.method} {asked.path} {asked.status or 499} {asked.received}"
    _say_line(clean(f"{said} {asked.seconds * 1000:.1f}ms{digest}", 400))


def _say_line(line: str) -> None:
    click.echo(clean(line, 400), err=True)
