"""The one module that imports `c2pa`. It asks for integrity, and turns answers into values.

What the SDK does unasked, and what is set against it (measured on c2pa-python 0.38.1):

- Without a context of its own it fetches remote manifests: `core.allowed_network_hosts: []` closes
  remote manifests, OCSP and did:web alike; the two `verify` settings say so once more.
- `verify_trust: False`: with anchors it would verify every link of every chain again for each
  ingredient. Identity, time and revocation are decided by `provenance.signing`; the SDK's own codes
  for them are kept for comparison and never used.
- `decode_identity_assertions: False`: else a CAWG assertion can make an intact file `Invalid`.
- `trust.trust_config`: empty as soon as settings are given, and then real certificates come out as
  `signingCredential.invalid`.
- A `Context` may not be carried over a fork, a `Reader` not be shared between threads.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from provenance.base.errors import InstallationError
from provenance.base.values import dataclass
from provenance.credentials import compressed, jumbf, relabelled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

# Extended key usages of real signing certificates: e-mail protection, document signing, time
# stamping, OCSP signing, Microsoft's and C2PA's own.
_USAGES = (
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.9",
    "1.3.6.1.4.1.311.76.59.1.9",
    "1.3.6.1.4.1.62558.2.1",
)
SETTINGS: dict[str, Any] = {
    "core": {
        "allowed_network_hosts": [],
        "decode_identity_assertions": False,
        "max_decompressed_manifest_size_in_mb": jumbf.MAX_STORE >> 20,
    },
    "verify": {"verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
    "trust": {"trust_config": "\n".join(_USAGES) + "\n"},
}
MANIFEST_STORE_TYPE = "application/c2pa"


class SdkStatusGroup(StrEnum):
    """Which group of the SDK's answer a status was in."""

    SUCCESS = "success"
    INFORMATIONAL = "informational"
    FAILURE = "failure"


class SdkRefusal(StrEnum):
    """Why the SDK gave no answer at all."""

    ABSENT = "absent"
    REMOTE = "remote"
    UNSUPPORTED = "unsupported"
    MALFORMED = "malformed"
    NOT_ASKED = "not_asked"  # by us: it has no bounds of its own


@dataclass(frozen=True, slots=True)
class SdkStatus:
    """One status: code (C2PA 2.4 section 15.2), the manifest and place it concerns.

    `ingredient` is the URI of the ingredient assertion under whose delta it stood, empty for the
    active manifest.
    """

    code: str
    outcome: SdkStatusGroup
    url: str
    explanation: str
    ingredient: str = ""

    @property
    def manifest(self) -> str:
        """The label of the manifest that `url` names; empty where it names none."""
        path = self.url.removeprefix("self#jumbf=").lstrip("/").split("/")
        return path[1] if len(path) > 1 and path[0] == "c2pa" else ""


@dataclass(frozen=True, slots=True)
class SdkAnswer:
    """What the SDK says of one asset; `state` is None where it refused.

    `same_store` says whether it read the very manifests that were expected, None where none were.
    """

    state: str | None
    active: str | None
    statuses: tuple[SdkStatus, ...]
    refusal: SdkRefusal | None = None
    message: str = ""
    fragments: int = 0
    same_store: bool | None = None


# From the SDK's error text (its class, then its message) to ours; the first that fits counts.
# Anything else that is raised over a manifest store means that the store breaks a rule.
_REFUSALS = (
    ("ManifestNotFound", SdkRefusal.ABSENT),
    ("Remote", SdkRefusal.REMOTE),
    ("NotSupported", SdkRefusal.UNSUPPORTED),
)

_LINKS = frozenset({"ingredient.manifest.mismatch", "ingredient.claimSignature.mismatch"})
# What it says where certificates are under 33 in the unprotected header: see `relabelled`.
_NO_CHAIN = "Signature: could not find signing certificate chain"

_IDENTITY_SETTINGS = {**SETTINGS, "core": {**SETTINGS["core"], "decode_identity_assertions": True}}
_contexts: dict[tuple[int, bool], Any] = {}


def _own_context(*, identities: bool = False) -> Any:
    """Return this process's context, made on first use: making one costs 0.3 ms and more."""
    key = (os.getpid(), identities)
    if key not in _contexts:
        _contexts[key] = _module().Context.from_dict(_IDENTITY_SETTINGS if identities else SETTINGS)
    return _contexts[key]


MAX_SMALL_READS = 150_000  # a second at most; the richest real files take some thousands
_SMALL_READ = 4_096  # bytes


def load_sdk() -> None:
    """Load the SDK now rather than at the first credential. Raises InstallationError.

    Also where it could not call us back: where no memory may be both written and executed, ctypes
    makes a callback in a file, which a confined process cannot write.
    """
    import ctypes  # noqa: PLC0415 - the SDK needs it too

    _own_context()
    try:
        ctypes.CFUNCTYPE(None)(load_sdk)
    except MemoryError as e:
        why = "memory may not be written and executed here (MemoryDenyWriteExecute, execmem)"
        raise InstallationError(f"the C2PA SDK cannot be used: {why}") from e


def _module() -> Any:
    try:
        import c2pa  # noqa: PLC0415 - 70 ms, and not needed for a file without a credential
    except (ImportError, OSError) as e:
        raise InstallationError(f"the C2PA SDK cannot be loaded: {e}") from e
    return c2pa


class _Reads:
    """A stream that ends after many small reads: the SDK makes some for every segment of a file.

    It has no bound of its own, and a file of 64 MB can have sixteen million segments.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = MAX_SMALL_READS
        self.seek, self.tell = stream.seek, stream.tell

    @property
    def spent(self) -> bool:
        """Whether the bound was reached: then what the SDK says is worth nothing."""
        return self._left < 0

    def read(self, length: int = -1) -> bytes:
        """Read up to so many bytes."""
        self._count(length)
        return self._stream.read(length)

    def readinto(self, into: memoryview) -> int:
        """Read into a buffer."""
        self._count(len(into))
        data = self._stream.read(len(into))
        into[: len(data)] = data
        return len(data)

    def write(self, data: bytes) -> int:
        """Refuse: the SDK asks whether there is such a method, and does not call it."""
        raise OSError("not to be written to")

    def flush(self) -> None:
        """Nothing is written."""

    def _count(self, length: int) -> None:
        if 0 <= length < _SMALL_READ:
            self._left -= 1
        if self._left < 0:
            raise OSError("too many reads")


def ask_sdk(
    stream: BinaryIO,
    media_type: str | None,
    *,
    manifest_store: bytes | None = None,
    fragments: Sequence[BinaryIO] = (),
    expected_store: bytes | None = None,
) -> SdkAnswer:
    """Let the SDK check one asset; `stream` is at its start and stays open.

    `media_type` is a hint, None to let the SDK look for itself. `manifest_store` is a sidecar's
    content. `fragments` are the media segments of fragmented MP4, checked one by one.
    `expected_store` is what our own scan found: a file made so that two readers find two stores
    must not have one judged by the other.
    """
    counted = _Reads(stream)
    answer = _ask(counted, media_type, manifest_store, fragments, expected_store)
    if counted.spent:
        message = "the SDK was stopped, since it takes too many reads for this file"
        return SdkAnswer(None, None, (), SdkRefusal.NOT_ASKED, message)
    return answer


def _ask(
    stream: _Reads,
    media_type: str | None,
    manifest_store: bytes | None,
    fragments: Sequence[BinaryIO],
    expected_store: bytes | None,
) -> SdkAnswer:
    c2pa = _module()
    context = _own_context()
    try:
        with c2pa.Reader(media_type, stream, manifest_store, context) as reader:
            answer = _statuses(json.loads(reader.json()))
            state, active = answer.state, answer.active
            same = None
            if expected_store is not None:
                same = compressed.contains(expected_store, _store_of(reader, active) or b"")
            statuses = list(answer.statuses)
            for n, fragment in enumerate(fragments):
                stream.seek(0)
                reader.with_fragment(media_type, stream, fragment)
                more = _statuses(json.loads(reader.json()))
                # The answer for the init segment alone is no answer for the whole.
                statuses = list(more.statuses) if n == 0 else statuses + list(more.statuses)
                state = more.state
            return SdkAnswer(
                state,
                active,
                tuple(dict.fromkeys(statuses)),
                fragments=len(fragments),
                same_store=same,
            )
    except c2pa.C2paError as e:
        refused = SdkAnswer(None, None, (), _refusal(type(e).__name__, str(e)), str(e))
        if (
            refused.refusal is SdkRefusal.MALFORMED
            and str(e).startswith(_NO_CHAIN)
            and not fragments
        ):
            again = _ask_relabelled(stream, media_type, manifest_store or expected_store or b"")
            return again or refused
        return refused
    except ValueError as e:  # JSON that is none, or text that is no Unicode
        return SdkAnswer(None, None, (), SdkRefusal.MALFORMED, f"unreadable answer: {e}")


def _refusal(name: str, message: str) -> SdkRefusal:
    """Return what an error of the SDK says, by its name or by how its message begins."""
    kind = name.removeprefix("_C2pa")
    for prefix, refusal in _REFUSALS:
        if kind == prefix or message.startswith(prefix + ":"):
            return refusal
    return SdkRefusal.MALFORMED


def _ask_relabelled(stream: _Reads, media_type: str | None, store: bytes) -> SdkAnswer | None:
    """Ask of a copy of the store whose certificates stand where the SDK looks for them.

    The links to manifests that differ in the copy cannot match there; ours are checked over the
    store itself. The answer has no `state`: of the file itself the SDK says nothing.
    """
    copy, changed = _relabelled(store)
    if not changed:
        return None
    stream.seek(0)
    answer = _ask(stream, media_type, copy, (), None)
    kept = (s for s in answer.statuses if not (s.code in _LINKS and s.manifest in changed))
    return replace(answer, state=None, statuses=tuple(kept))


def ask_identities(store: bytes) -> SdkAnswer:
    """Let the SDK check the CAWG identity assertions of a manifest store given alone.

    Only the statuses of identity assertions mean anything here: the media is not looked at, so
    bindings fail, and it knows no lists. The network stays closed; a `did:web` document is then
    unavailable.
    """
    c2pa = _module()
    try:
        with c2pa.Reader(
            MANIFEST_STORE_TYPE, io.BytesIO(store), None, _own_context(identities=True)
        ) as reader:
            return _statuses(json.loads(reader.json()))
    except (c2pa.C2paError, ValueError) as e:
        if str(e).startswith(_NO_CHAIN):
            copy, changed = _relabelled(store)
            if changed:
                return ask_identities(copy)
        return SdkAnswer(None, None, (), SdkRefusal.MALFORMED, str(e))


def _relabelled(store: bytes) -> tuple[bytes, frozenset[str]]:
    return relabelled.relabel(store)


def _statuses(document: dict[str, Any]) -> SdkAnswer:
    results = document.get("validation_results") or {}
    statuses = _group(results.get("activeManifest"), "")
    for delta in results.get("ingredientDeltas") or ():
        statuses += _group(
            delta.get("validationDeltas"), str(delta.get("ingredientAssertionURI", ""))
        )
    return SdkAnswer(
        document.get("validation_state"), document.get("active_manifest"), tuple(statuses)
    )


def _group(group: dict[str, Any] | None, ingredient: str) -> list[SdkStatus]:
    return [
        SdkStatus(s["code"], outcome, s.get("url") or "", s.get("explanation") or "", ingredient)
        for outcome in SdkStatusGroup
        for s in (group or {}).get(outcome.value) or ()
    ]


def binds(answer: SdkAnswer) -> bool:
    """Tell whether some hard binding was compared with the media and matched."""
    codes = {(s.code, s.outcome) for s in answer.statuses}
    return any(
        c.endswith("Hash.match") and o is SdkStatusGroup.SUCCESS for c, o in codes
    ) and not any(c.endswith("Hash.mismatch") and o is SdkStatusGroup.FAILURE for c, o in codes)


def manifest_store(stream: BinaryIO, media_type: str | None) -> bytes | None:
    """Return the whole manifest store, for a container whose own scan did not find it."""
    c2pa = _module()
    with (
        contextlib.suppress(c2pa.C2paError, ValueError),
        c2pa.Reader(media_type, _Reads(stream), None, _own_context()) as reader,
    ):
        return _store_of(reader, json.loads(reader.json()).get("active_manifest"))
    return None


def _store_of(reader: Any, active: str | None) -> bytes | None:
    """Return the bytes of the store that a reader holds.

    `resource_to_stream` with the URI of a signature box gives the whole store on 0.38.1, its
    manifests in an order that changes from read to read, without those that nothing refers to.
    This is undocumented: a test compares it with the bytes that the container scan finds.
    """
    out = io.BytesIO()
    reader.resource_to_stream(f"self#jumbf=/c2pa/{active}/c2pa.signature", out)
    data = out.getvalue()
    return data if data[4:8] == b"jumb" else None
