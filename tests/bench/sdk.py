"""The baseline: `c2pa.Reader` as its own users call it, offline."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import c2pa

import provenance.signing
from provenance.credentials import sdk as _sdk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DATA = provenance.signing.__path__[0]


def official_lists() -> str:
    """Both official lists as PEM: signers and time-stamp authorities."""
    texts = []
    for name in ("c2pa-signers.pem", "c2pa-tsa.pem"):
        with open(f"{_DATA}/data/{name}", encoding="ascii") as file:
            texts.append(file.read())
    return "\n".join(texts)


def context(anchors: str | None = None) -> Any:
    """A context with the network closed, our own list of usages, and `anchors` if given."""
    trust = {**_sdk.SETTINGS["trust"], **({"trust_anchors": anchors} if anchors else {})}
    verify = {**_sdk.SETTINGS["verify"], "verify_trust": anchors is not None}
    return c2pa.Context.from_dict({**_sdk.SETTINGS, "trust": trust, "verify": verify})


def read(path: Path, made: Any) -> str | None:
    """Read one file and its JSON; None where the SDK refuses it."""
    with contextlib.suppress(c2pa.C2paError), c2pa.Reader(str(path), context=made) as reader:
        return str(reader.json())
    return None


def read_all(paths: Iterable[Path], made: Any) -> None:
    """Read many files, one after the other."""
    for path in paths:
        read(path, made)
