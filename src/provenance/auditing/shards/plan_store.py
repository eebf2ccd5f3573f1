"""The plan of an audit in shards: made once, and read by whoever runs a shard of it.

Whatever decides an answer is in `plan.json`: time, policy, trust, options, and which program. Who
reads it needs nothing else, and is refused where the program or the trust lists are not the same.
`plan.json` is written last, so that a plan that is there has all its lists.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Generator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from provenance.auditing.run import deciding_options, fingerprint, plugins, task_of
from provenance.auditing.shards import object_lists, stores
from provenance.auditing.shards.plan_file import VERSION, PlanRefusedError, read_plan
from provenance.auditing.shards.shard_plan import PLAN, Shard, ShardPlan, ShardsRequest, list_name
from provenance.base.errors import AssetError, AuditError, ProvenanceError
from provenance.base.text import clean, printable_path
from provenance.signing import trust_store
from provenance.verdict.policy import to_toml
from provenance.verdict.report import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from provenance.auditing.shards.shard_plan import ListedObject
    from provenance.auditing.shards.stores import ShardStore
    from provenance.auditing.task import AuditTask, DigestMode
    from provenance.base.options import Options
    from provenance.verdict.report import Environment, ListInfo

MAX_PLAN = 256 << 20  # bytes of plan.json: some two million shards
MAX_LIST = 512 << 20  # bytes of one list as it is written
DEFAULT_SIZE = 10_000  # objects of one shard


def make_plan(
    request: ShardsRequest,
    objects: Iterable[ListedObject],
    out: str,
    shard_size: int = DEFAULT_SIZE,
    done: Callable[[int], None] | None = None,
) -> ShardPlan:
    """Write the lists of `objects` and the plan over them to a folder or the prefix of a store.

    `objects` come by the bytes of their keys, each key once; another order is a ValueError. The
    same arguments give the same bytes. `done` is told how many objects are listed so far.

    Raises AuditError `plan.exists` where `out` holds a plan, or lists of another one; `plan.unfit`
    for what shards cannot do: revocation lists and responders; `store.unusable`. What is asked of
    `objects` raises as they do, and leaves no plan.
    """
    if not 1 <= shard_size <= object_lists.MAX_SHARD:
        raise ValueError(f"a shard has 1 to {object_lists.MAX_SHARD} objects")
    _check(request.options)
    store = stores.open_store(out)
    _refuse_existing(store)
    head = _facts(request)  # before the first object is listed: what cannot be read ends it now
    listing = iter(objects)
    try:
        shards = _written(store, listing, shard_size, done)
    finally:  # a listing holds a database, and a traceback would hold the listing
        if isinstance(listing, Generator):
            listing.close()
    data = _dumped(head, shards, shard_size)
    plan = _plan(data, out)
    if not store.put_new(PLAN, data):
        raise _exists(store)
    return plan


def load_plan(out: str, sha256: str | None = None) -> ShardPlan:
    """Read a plan, and compare it with this program; with `sha256` take that very one alone.

    Raises AuditError `plan.unreadable` for what is not a plan, and for one that was made by another
    program, with other trust lists or with other detectors than are here: one line says which.
    `store.unusable` where it cannot be asked for.
    """
    data = _got(stores.open_store(out), PLAN, MAX_PLAN)
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256.lower():
        raise _unreadable(out, PLAN, "not the plan with the SHA-256 that was asked for")
    return _plan(data, out)


def objects(out: str, plan: ShardPlan, shard: int) -> list[ListedObject]:
    """Read which objects a shard has. Raises AuditError `plan.unreadable`, `store.unusable`."""
    if not 0 <= shard < len(plan.shards):
        count = len(plan.shards)
        raise AuditError("plan.unreadable", f"shard {shard} does not exist: the plan has {count}")
    name, wanted = list_name(shard), plan.shards[shard]
    data = _got(stores.open_store(out), name, MAX_LIST)
    if hashlib.sha256(data).hexdigest() != wanted.sha256:
        raise _unreadable(out, name, "it was changed after the plan was made")
    try:
        return object_lists.unpacked(data, wanted.objects)
    except object_lists.ObjectListError as e:
        raise _unreadable(out, name, str(e)) from e


def _check(options: Options) -> None:
    if options.ocsp:
        message = "workers of shards have no network: signers' responders cannot be asked"
        raise AuditError("plan.unfit", message)
    if options.crls:
        message = "a plan of shards holds no revocation lists: leave out --crl"
        raise AuditError("plan.unfit", message)


def _refuse_existing(store: ShardStore) -> None:
    try:
        store.head(PLAN)
    except AssetError:  # not there, or not to be asked for: writing it decides
        return
    raise _exists(store)


def _exists(store: ShardStore) -> AuditError:
    shown = printable_path(store.address)
    return AuditError("plan.exists", f"{shown}: there is a plan already; name another place")


def _facts(request: ShardsRequest) -> dict[str, Any]:
    """Return all of the plan but its shards. Raises where what decides cannot be read."""
    task, environment = task_of(request, request.at)
    told, policy, options = plain(environment), request.policy, request.options
    return {
        "provenance_plan": VERSION,
        "source": stores.open_store(request.source).address,
        "validation_time": told["validation_time"],
        "tool": told["tool"],
        "sdk": told["sdk"],
        "plugins": list(plugins(task)),
        "policy": to_toml(policy),
        "policy_sha256": policy.sha256,
        "trust": {
            "bundled": trust_store.has_bundled(request.trust),
            "lists": told["trust_lists"],
            "supplied": [
                {
                    "name": anchor.name,
                    "purpose": anchor.purpose.value,
                    "content": base64.b64encode(anchor.content).decode("ascii"),
                }
                for anchor in trust_store.supplied(request.trust)
            ],
        },
        "options": {
            "hashes": list(options.hashes),
            "max_size": options.max_size,
            "show_personal_data": options.show_personal_data,
            "plugins": options.plugins,
            "cross_check": options.cross_check.value,
            "archives": None if options.archives is None else plain(options.archives),
        },
        "digest": request.digest.value,
        "media_types": list(request.media_types),
        "fingerprint": _fingerprint(task, environment, request.digest),
    }


def _fingerprint(task: AuditTask, environment: Environment, digest: DigestMode) -> str:
    return fingerprint(task, environment, deciding_options(task, digest, task.at))


def _written(
    store: ShardStore,
    objects: Iterator[ListedObject],
    shard_size: int,
    done: Callable[[int], None] | None,
) -> list[Shard]:
    """Write all lists; return what the plan says of each."""
    shards: list[Shard] = []
    packer, before = object_lists.Packer(), b""
    for number, listed in enumerate(objects, 1):
        key = object_lists.key_bytes(listed.key)
        if number > 1 and key <= before:
            raise ValueError("objects come by the bytes of their keys, each once")
        before = key
        try:
            packer.add(listed)
        except object_lists.ObjectListError as e:
            raise AuditError("plan.unfit", str(e)) from e
        if packer.objects == shard_size:
            shards.append(_put(store, len(shards), packer))
            packer = object_lists.Packer()
        if done is not None:
            done(number)
    if packer.objects:
        shards.append(_put(store, len(shards), packer))
    return shards


def _put(store: ShardStore, number: int, packer: object_lists.Packer) -> Shard:
    """Write a list, or find that very one there, after a planning that was interrupted."""
    name, data = list_name(number), packer.close()
    shard = Shard(packer.objects, packer.size, hashlib.sha256(data).hexdigest())
    if not store.put_new(name, data) and _got(store, name, MAX_LIST) != data:
        shown = f"{printable_path(store.address)}/{name}"
        message = f"{shown} is of another plan, which was not finished; name another place"
        raise AuditError("plan.exists", message)
    return shard


def _dumped(head: dict[str, Any], shards: list[Shard], shard_size: int) -> bytes:
    whole = head | {
        "shard_size": shard_size,
        "objects": sum(shard.objects for shard in shards),
        "size": sum(shard.size for shard in shards),
        "shards": [asdict(shard) for shard in shards],
    }
    data = json.dumps(whole, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"
    if len(data) > MAX_PLAN:
        raise AuditError("plan.unfit", "the plan has too many shards: make them larger")
    return data


def _got(store: ShardStore, name: str, most: int) -> bytes:
    try:
        return store.get(name, most)
    except AssetError as e:
        error = _unreadable(store.address, name, str(e))
        if e.code == "asset.unreadable":  # which may pass, unlike what is wrong with a plan
            raise AuditError("store.unusable", str(error)) from e
        raise error from e


def _unreadable(out: str, name: str, reason: str) -> AuditError:
    shown = f"{printable_path(out).rstrip('/')}/{name}"
    return AuditError("plan.unreadable", f"{shown}: {clean(reason)}")


def _plan(data: bytes, out: str) -> ShardPlan:
    """Make a plan of its bytes, and make sure that it means here what it meant there."""
    try:
        plan = read_plan(data)
        task, environment = task_of(plan, plan.at)
        if (other := _other(plan, task, environment)) is not None:
            raise PlanRefusedError(other)
    except (PlanRefusedError, ProvenanceError) as e:
        raise _unreadable(out, PLAN, str(e)) from e
    return plan


def _other(plan: ShardPlan, task: AuditTask, environment: Environment) -> str | None:
    """Say what is not here as it was where the plan was made; None: nothing."""
    here = tuple(plain(environment.trust_lists))
    for planned in plan.lists:
        if planned not in here:
            return f"made with the trust list {_list(planned)}, which is not in use here"
    for mine in environment.trust_lists:
        if plain(mine) not in plan.lists:
            return f"made without the trust list {_list(plain(mine))}, which is in use here"
    declared = plugins(task)
    if plan.plugins != declared:
        theirs = ", ".join(plan.plugins) or "none"
        return f"made with the plug-ins {theirs}; here there are {', '.join(declared) or 'none'}"
    if plan.fingerprint != _fingerprint(task, environment, plan.digest):
        return "its fingerprint does not match its content"
    return None


def _list(info: dict[str, Any] | ListInfo) -> str:
    told = info if isinstance(info, dict) else plain(info)
    of = f" of {told['date']}" if told["date"] else ""
    return f"{told['name']}{of} (sha256 {told['sha256'][:16]})"
