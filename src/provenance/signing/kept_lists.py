"""Newer copies of the C2PA's own trust lists: read, compared, and kept in the user's folder.

A copy takes the place of the bundled list of the same name and tier, whole or not at all. It is
kept as it was supplied, named by its digest, with a sidecar that says where it came from.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from provenance.base.errors import TrustMaterialError, reason_of
from provenance.base.files import read_small
from provenance.base.terms import Tier
from provenance.base.values import dataclass
from provenance.signing import certificate as reading
from provenance.signing import path_rules, trust_material, user_folder
from provenance.signing.trust_list import Purpose, TrustListInfo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAMES = {"c2pa-signers": Purpose.SIGNER, "c2pa-tsa": Purpose.TSA}
MAX_AGE = timedelta(days=45)  # after which the `trust` command advises a newer copy
_SCHEMES = {"C2PA Trust List": "c2pa-signers", "C2PA TSA Trust List": "c2pa-tsa"}
_MAX_SIDECAR = 1 << 16


@dataclass(frozen=True, slots=True)
class NewList:
    """A copy of an official list that was read and not yet kept. `certificates` are DER."""

    info: TrustListInfo
    content: bytes
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What changes where one list takes the place of another: certificates as DER."""

    added: tuple[bytes, ...]
    removed: tuple[bytes, ...]
    same: int


def read_official_list(content: bytes, source: str, name: str | None = None) -> NewList:
    """Read an official list: a list of trusted entities as JSON (ETSI TS 119 602), or PEM.

    `name` is one of `NAMES`; where it is None the list has to say which one it is, as JSON does
    and PEM does not. Raises `TrustMaterialError`.
    """
    material = trust_material.parse_trust_material(content, source)
    said = _SCHEMES.get(material.scheme)
    if material.scheme and name is not None and said not in {None, name}:
        raise TrustMaterialError(f"{source}: it calls itself {material.scheme}, not {name}")
    name = name or said
    if name is None:
        choices = " or ".join(f"--list {choice}" for choice in NAMES)
        raise TrustMaterialError(f"{source}: it does not say which list it is; give {choices}")
    for certificate in material.certificates:
        _check_use(certificate, name, source)
    info = TrustListInfo(
        name=name,
        tier=Tier.C2PA,
        purpose=NAMES[name],
        date=material.date,
        sha256=hashlib.sha256(content).hexdigest(),
        count=len(set(material.certificates)),
        source=source,
        next_update=material.next_update,
    )
    return NewList(info, content, tuple(dict.fromkeys(material.certificates)))


def _check_use(certificate: bytes, name: str, source: str) -> None:
    """Refuse authorities of the other purpose: a list under the wrong name would trust them."""
    uses = reading.read_certificate(certificate).extended_key_usage
    stamping = path_rules.EKU_TIME_STAMPING in (uses or ())
    if uses and stamping != (NAMES[name] is Purpose.TSA):
        holds = "time-stamp authorities" if stamping else "signers"
        raise TrustMaterialError(f"{source}: it lists {holds}, so it is not {name}")


def compare(before: Sequence[bytes], after: Sequence[bytes]) -> ListChanges:
    """Compare two lists by their certificates; order does not count."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    return ListChanges(
        added=tuple(certificate for certificate in new if certificate not in old),
        removed=tuple(certificate for certificate in old if certificate not in new),
        same=sum(certificate in old for certificate in new),
    )


def keep(new_list: NewList, loaded: datetime) -> None:
    """Keep a list in the user's folder; `loaded` is the time, aware.

    The sidecar is written last and in one step: until then the former list holds. Raises
    `TrustMaterialError`.
    """
    folder, info = user_folder.directory(), new_list.info
    name = f"{info.name}-{info.sha256[:16]}.list"
    user_folder.replace_file(folder / name, new_list.content)
    facts = {
        "file": name,
        "sha256": info.sha256,
        "date": info.date,
        "count": info.count,
        "source": info.source,
        "next_update": info.next_update.isoformat() if info.next_update else None,
        "loaded": loaded.astimezone(UTC).isoformat(timespec="seconds"),
    }
    user_folder.replace_file(
        folder / user_folder.sidecar(info.name), json.dumps(facts, indent=2).encode("ascii")
    )
    _tidy(folder, info.name, but=name)


def forget(name: str) -> bool:
    """Go back to the bundled list; tell whether there was another. Raises `TrustMaterialError`."""
    folder = user_folder.directory()
    try:
        (folder / user_folder.sidecar(name)).unlink()
    except FileNotFoundError:
        return False
    except OSError as e:
        raise TrustMaterialError(f"{folder}: {reason_of(e)}") from e
    _tidy(folder, name, but="")
    return True


def kept(name: str) -> TrustListInfo | None:
    """Return what is kept in place of a bundled list, None where nothing is.

    Raises `TrustMaterialError` for a sidecar that cannot be read: it is never ignored.
    """
    facts = _facts(name)
    if facts is None:
        return None
    promised = facts["next_update"]
    return TrustListInfo(
        name=name,
        tier=Tier.C2PA,
        purpose=NAMES[name],
        date=facts["date"],
        sha256=facts["sha256"],
        count=facts["count"],
        source=facts["source"],
        next_update=datetime.fromisoformat(promised) if promised else None,
    )


def day(info: TrustListInfo) -> str:
    """Return the day of a list that is kept, in ISO form: its own, else that of its loading."""
    facts = None if info.date else _facts(info.name)
    return info.date or (facts["loaded"][:10] if facts else "")


def certificates(info: TrustListInfo) -> tuple[bytes, ...]:
    """Return the certificates of the list that is kept. Raises `TrustMaterialError`.

    Also where it is not the one that `info` describes: a list that changes is never half used.
    """
    folder = user_folder.directory()
    facts = _facts(info.name)
    try:
        content = (
            b""
            if facts is None
            else read_small(folder / facts["file"], trust_material.MAX_FILE_BYTES)
        )
    except OSError as e:
        message = f"{folder / info.name}: {reason_of(e)}; {_again(info.name)}"
        raise TrustMaterialError(message) from e
    if hashlib.sha256(content).hexdigest() != info.sha256:
        raise TrustMaterialError(
            f"{folder}: the list {info.name} was altered since it was loaded; {_again(info.name)}"
        )
    return trust_material.parse_trust_material(content, info.source).certificates


def _facts(name: str) -> dict[str, Any] | None:
    if not user_folder.holds(name):
        return None
    path = user_folder.directory() / user_folder.sidecar(name)
    try:
        facts = json.loads(read_small(path, _MAX_SIDECAR))
        texts = ("file", "sha256", "date", "source", "loaded")
        if not all(isinstance(facts[key], str) for key in texts) or type(facts["count"]) is not int:
            raise TypeError
        if os.path.basename(facts["file"]) != facts["file"]:
            raise ValueError
        if facts["date"]:
            date.fromisoformat(facts["date"])
        for key in ("loaded", "next_update"):
            if facts[key] is not None and datetime.fromisoformat(facts[key]).tzinfo is None:
                raise ValueError
    except (OSError, LookupError, TypeError, ValueError, RecursionError) as e:
        raise TrustMaterialError(f"{path}: cannot be read; {_again(name)}") from e
    checked: dict[str, Any] = facts
    return checked


def _again(name: str) -> str:
    """Say how to get out of it: `update` compares with the list in force, so it comes second."""
    return f"go back to the bundled one with `provenance trust forget {name}`, then load it again"


def _tidy(folder: Path, name: str, but: str) -> None:
    """Remove former copies: what is left of them does no harm."""
    for former in folder.glob(f"{name}-*.list"):
        if former.name != but:
            former.unlink(missing_ok=True)
