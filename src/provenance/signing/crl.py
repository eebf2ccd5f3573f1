"""Revocation lists that the user supplies (RFC 5280 section 5).

A list counts for a certificate where the certificate's own issuer signed it. Delta lists, indirect
lists and lists for some reasons only are not used: they say too little alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from provenance.base import files
from provenance.base.errors import TrustMaterialError, reason_of
from provenance.base.finding import note
from provenance.base.terms import Revocation
from provenance.base.values import dataclass
from provenance.signing import algorithms, der, extensions, revocation
from provenance.signing.der import DerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from os import PathLike

    from provenance.base.finding import Finding
    from provenance.signing.cache import ChainCache
    from provenance.signing.certificate import Certificate
    from provenance.signing.model import RevocationAnswer

MAX_FILE_BYTES = 128 * 1024 * 1024
MAX_ENTRIES = 2_000_000
CRL_SIGN = 6  # a bit of KeyUsage, as counted from the left

_AUTHORITY_KEY_ID, _CRL_NUMBER, _REASON_CODE = "2.5.29.35", "2.5.29.20", "2.5.29.21"
_ISSUING_POINT = "2.5.29.28"
_UNDERSTOOD = frozenset({_AUTHORITY_KEY_ID, _CRL_NUMBER, _ISSUING_POINT})
_PEM = re.compile(rb"-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----")
_BEGIN = b"-----BEGIN X509 CRL-----"


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list, read and not judged. `source` is the name of its file.

    `entries` maps a serial number to the DER of its entry. `points` are the addresses that the
    list is for, empty where it is for everything its issuer issued; `unfit` says why it cannot be
    used, or is empty.
    """

    source: str
    sha256: str
    issuer: bytes
    this_update: datetime
    next_update: datetime
    entries: Mapping[int, bytes]
    authority_key_id: bytes | None
    points: tuple[str, ...]
    unfit: str
    scheme: algorithms.Scheme
    tbs: bytes
    signature: bytes


def load(path: str | PathLike[str]) -> tuple[RevocationList, ...]:
    """Read a file of revocation lists: PEM (one or many) or DER (one).

    Raises `TrustMaterialError`, whose one line names the file.
    """
    file = Path(path)
    try:
        content = files.read_small(file, MAX_FILE_BYTES)
    except OSError as fault:
        message = f"{file}: {reason_of(fault)}; name a readable revocation list"
        raise TrustMaterialError(message) from fault
    try:
        blocks = [content]
        if _BEGIN in content:
            texts = _PEM.findall(content)
            if len(texts) != content.count(_BEGIN):
                raise DerError("a block is cut short")
            blocks = [base64.b64decode(b"".join(one.split()), validate=True) for one in texts]
        return tuple(read(one, file.name) for one in blocks)
    except ValueError as fault:
        raise TrustMaterialError(
            f"{file}: holds no revocation list that can be read ({fault}); give PEM or DER"
        ) from fault


def read(data: bytes, source: str = "") -> RevocationList:
    """Read one list in DER (section 5.1). Raises `DerError`."""
    outer = der.parse(data).expect(der.SEQUENCE).children()
    if len(outer) != 3:
        raise DerError("not a revocation list")
    tbs, algorithm, signature = outer
    signed, unused = der.bit_string(signature)
    if unused:
        raise DerError("bad signature")
    fields = list(_elements(tbs.expect(der.SEQUENCE)))
    if fields and fields[0].tag == der.INTEGER:
        del fields[0]
    if len(fields) < 3 or fields[0].raw != algorithm.raw:
        raise DerError("not a revocation list")
    this_update = der.time(fields[2])
    rest = fields[3:]
    next_update = this_update + revocation.DEFAULT_LIFETIME
    if rest and rest[0].tag in {der.UTC_TIME, der.GENERALIZED_TIME}:
        next_update = der.time(rest.pop(0))
    entries: dict[int, bytes] = {}
    if rest and rest[0].tag == der.SEQUENCE:
        for entry in _elements(rest.pop(0)):
            serial = der.integer(next(_elements(entry.expect(der.SEQUENCE)), entry))
            entries[serial] = entry.raw
    held = _Extensions(rest[0].only() if rest and rest[0].tag == 0xA0 else None)
    return RevocationList(
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        issuer=fields[1].expect(der.SEQUENCE).raw,
        this_update=this_update,
        next_update=next_update,
        entries=entries,
        authority_key_id=held.authority_key_id,
        points=held.points,
        unfit=held.unfit,
        scheme=algorithms.read_scheme(algorithm),
        tbs=tbs.raw,
        signature=signed,
    )


def _elements(node: der.Node) -> Iterator[der.Node]:
    """The elements inside, of which a list has more than other structures may have."""
    position, count = node.body, 0
    while position < node.stop:
        count += 1
        if count > MAX_ENTRIES:
            raise DerError("too many entries")
        one = der.element(node, position)
        position = one.end
        yield one


class _Extensions:
    """What the extensions of a list say of its reach (section 5.2)."""

    def __init__(self, sequence: der.Node | None) -> None:
        self.authority_key_id: bytes | None = None
        self.points: tuple[str, ...] = ()
        self.unfit = ""
        for entry in sequence.expect(der.SEQUENCE).children() if sequence else ():
            parts = entry.expect(der.SEQUENCE).children()
            if len(parts) not in {2, 3}:
                raise DerError("bad extension")
            name = der.oid(parts[0])
            value = der.parse(parts[-1].expect(der.OCTET_STRING).content)
            if name == _AUTHORITY_KEY_ID:
                for part in value.children():
                    if part.tag == 0x80:
                        self.authority_key_id = part.content
            elif name == _ISSUING_POINT:
                self._issuing_point(value)
            elif name not in _UNDERSTOOD and len(parts) == 3 and der.boolean(parts[1]):
                # 2.5.29.27 among them: a delta list, which is nothing without its base.
                self.unfit = f"its critical extension {name} is not understood"

    def _issuing_point(self, value: der.Node) -> None:
        refused = {
            0x82: "it is for authorities only",
            0xA3: "it is for some reasons only",
            0x84: "it is an indirect list",
            0x85: "it is for attribute certificates only",
        }
        for part in value.expect(der.SEQUENCE).children():
            if part.tag == 0xA0:
                self.points = extensions.full_names(part) or ("a name that is not an address",)
            elif part.tag == 0x83 or (part.tag in refused and part.content != b"\0"):
                self.unfit = refused.get(part.tag, refused[0xA3])


def judge(
    leaf: Certificate,
    issuer: Certificate | None,
    lists: Sequence[RevocationList],
    *,
    signed_at: datetime | None,
    at: datetime,
    cache: ChainCache,
) -> tuple[tuple[RevocationAnswer, ...], tuple[Finding, ...]]:
    """What the user's lists say of `leaf`, for the time that matters. Never raises.

    Lists of other issuers are passed over in silence.
    """
    answers: list[RevocationAnswer] = []
    found: list[Finding] = []
    for one in lists:
        if one.issuer != leaf.issuer:
            continue
        if issuer is None:
            message = "the issuer's certificate is missing, so the list cannot be checked"
            found.append(note("revocation.issuer_missing", message, one.source))
            continue
        if one.authority_key_id and (issuer.subject_key_id or b"") not in {
            b"",
            one.authority_key_id,
        }:
            continue  # another key of the same name
        reason = _fault(one, issuer, cache)
        if reason:
            found.append(note("revocation.crl_unusable", reason, one.source))
            continue
        answer, about = _one(one, leaf, signed_at, at)
        found += about
        if answer is not None:
            answers.append(answer)
    return tuple(answers), tuple(dict.fromkeys(found))


def _fault(one: RevocationList, issuer: Certificate, cache: ChainCache) -> str:
    if one.unfit:
        return f"the list is not used: {one.unfit}"
    if issuer.key_usage is not None and CRL_SIGN not in issuer.key_usage:
        return "the issuer's key is not for signing revocation lists"
    good = cache.result(
        ("crl signature", one.sha256, issuer.sha256),
        lambda: cache.verify(issuer.spki, one.scheme, one.signature, one.tbs),
    )
    return "" if good else "the issuer's signature on the list does not verify"


def _one(
    one: RevocationList, leaf: Certificate, signed_at: datetime | None, at: datetime
) -> tuple[RevocationAnswer | None, list[Finding]]:
    status, revoked_at, reason = Revocation.GOOD, None, ""
    entry = one.entries.get(leaf.serial)
    try:
        if entry is not None:
            status, revoked_at, reason = _entry(entry)
        elif one.points and not set(one.points) & set(_own_points(leaf)):
            message = "the list is for a part of what its issuer issued, and not for this one"
            return None, [note("revocation.other_certificate", message, one.source)]
    except DerError as fault:
        message = f"the entry cannot be read: {fault}"
        return None, [note("revocation.malformed", message, one.source)]
    single = revocation.Single(
        hash="",
        name_hash=b"",
        key_hash=b"",
        serial=leaf.serial,
        status=status,
        revoked_at=revoked_at,
        reason=reason,
        this_update=one.this_update,
        next_update=one.next_update,
    )
    return revocation.weigh(single, one.source, signed_at, at)


def _entry(data: bytes) -> tuple[Revocation, datetime | None, str]:
    """When and why a certificate was revoked (section 5.3)."""
    parts = der.parse(data).children()
    if len(parts) < 2:
        raise DerError("an entry without its time")
    code = 0
    for extension in parts[2].expect(der.SEQUENCE).children() if parts[2:] else ():
        fields = extension.expect(der.SEQUENCE).children()
        if len(fields) >= 2 and der.oid(fields[0]) == _REASON_CODE:
            held = der.parse(fields[-1].expect(der.OCTET_STRING).content).expect(0x0A)
            code = int.from_bytes(held.content[:4], "big")
    if code == revocation.REMOVE_FROM_CRL:
        return Revocation.GOOD, None, revocation.REASONS[code]
    reason = revocation.REASONS.get(code, f"reason {code}")
    return Revocation.REVOKED, der.time(parts[1]), reason


def _own_points(leaf: Certificate) -> tuple[str, ...]:
    held = extensions.read(leaf).get(extensions.CRL_DISTRIBUTION_POINTS)
    return extensions.distribution_points(held.value) if held else ()
