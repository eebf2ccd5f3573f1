"""Archives that were made to cost time or memory, to hide something, or to be written elsewhere.

`make(seed)` gives one of them, the same bytes each time. As a command it examines many, each in a
process of its own, and prints the worst: `python -m support.hostile_archives 500`, in `tests`.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import random
import struct
import sys
import tarfile
import tempfile
import time
import traceback
import zlib
from typing import TYPE_CHECKING, NamedTuple, cast

from support import archives
from support.archives import PLAIN, PNG, mailbox, message, pdf, tarred, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1 << 20
SECONDS = 2.0  # for each member, see `docs/archives.md`
MEMORY = 300 * MIB  # for the whole process
BARE = 48 * MIB  # of them the interpreter with what it has imported


class Entry:
    """One entry of a ZIP archive, every field as its maker likes."""

    def __init__(self, name: bytes, data: bytes, method: int = 8, flags: int = 0) -> None:
        self.name = name
        self.method = method
        self.flags = flags
        self.data = _deflated(data) if method == 8 else data
        self.size = len(data)
        self.crc = zlib.crc32(data)
        self.extra = b""
        self.local_name: bytes | None = None
        self.local_method: int | None = None
        self.local_packed: int | None = None
        self.at: int | None = None  # where it says it is

    def local(self) -> bytes:
        name = self.name if self.local_name is None else self.local_name
        method = self.method if self.local_method is None else self.local_method
        packed = len(self.data) if self.local_packed is None else self.local_packed
        sizes = (self.crc, packed & 0xFFFFFFFF, self.size & 0xFFFFFFFF)
        head = struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, self.flags, method, 0, 0, *sizes, len(name), 0
        )
        return head + name + self.data

    def listed(self, at: int) -> bytes:
        at = at if self.at is None else self.at
        sizes = (self.crc, len(self.data), self.size & 0xFFFFFFFF)
        head = struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\1\2", 20, 20, self.flags, self.method, 0, 0, *sizes, len(self.name)),
            *(len(self.extra), 0, 0, 0, 0, at & 0xFFFFFFFF),
        )
        return head + self.name + self.extra


def written(entries: list[Entry], *, count: int | None = None, comment: bytes = b"") -> bytes:
    """A ZIP archive of such entries."""
    body, directory = b"", b""
    for one in entries:
        directory += one.listed(len(body))
        body += one.local()
    number = (len(entries) if count is None else count) & 0xFFFF
    facts = (0, 0, number, number, len(directory), len(body), len(comment))
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", *facts) + comment


def _deflated(data: bytes) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return made.compress(data) + made.flush()


def zip_bomb(r: random.Random) -> bytes:
    return zipped({"x.png": PNG, "zeros": bytes(r.choice((20, 200)) * MIB)})


def zip_bombs_within(r: random.Random) -> bytes:
    inner = zipped({f"{n}": bytes(16 * MIB) for n in range(4)})
    for _ in range(r.randrange(1, 4)):
        inner = zipped({f"{n}.zip": inner for n in range(8)})
    return inner


def zip_overlapping(r: random.Random) -> bytes:
    """One kernel that many entries of the directory lead to."""
    kernel = Entry(b"a", bytes(r.choice((1, 8)) * MIB))
    entries = []
    for n in range(r.randrange(50, 400)):
        one = Entry(b"%d.png" % n, b"")
        one.data, one.size, one.crc, one.at = kernel.data, kernel.size, kernel.crc, 0
        entries.append(one)
    body, directory = kernel.local(), b"".join(one.listed(0) for one in entries)
    facts = (0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", *facts)


def zip_in_its_own_tail(r: random.Random) -> bytes:
    """An entry whose data are all that follows it in the archive that it is in."""
    del r
    made = bytearray(written([Entry(b"again.zip", b"", 0), Entry(b"x.png", PNG)]))
    at = made.rfind(b"again.zip") - 46
    size = len(made) - 30 - len(b"again.zip")
    made[at + 20 : at + 28] = struct.pack("<2L", size, size)
    return bytes(made)


def zip_names(r: random.Random) -> bytes:
    names = [
        b"../../../../etc/passwd",
        b"/etc/shadow",
        b"C:\\windows\\x.dll",
        b"..\\..\\x.png",
        b"a\0b.png",
        b"\x1b[2J\x1b[31m.png",
        "\u202egnp.exe".encode(),
        b"x.zip!/inside.png",
        b"\xff\xfe\x80.png",
        b"",
        b"n" * 65_000,
        b"same.png",
        b"same.png",
        b"same.png#2",
        b"folder/",
    ]
    r.shuffle(names)
    return written([Entry(name, PNG if r.random() < 0.5 else PLAIN) for name in names])


def zip_disagreeing(r: random.Random) -> bytes:
    one = Entry(b"picture.txt", PNG, r.choice((0, 8)))
    match r.randrange(4):
        case 0:
            one.local_name = b"other.png"
        case 1:
            one.local_method = 8 - one.method
        case 2:
            one.local_packed = r.choice((0, 1, len(one.data) * 2, 0xFFFFFFFF))
        case _:
            one.at = r.randrange(1 << 32)
    return written([Entry(b"a.jpg", PLAIN), one])


def zip_lying(r: random.Random) -> bytes:
    entries = [Entry(b"%d.png" % n, PNG, r.choice((0, 8))) for n in range(5)]
    for one in entries:
        one.size = r.choice((0, 1, 0xFFFFFFFF, one.size))
        one.crc = r.choice((0, one.crc))
        one.flags = r.choice((0, 0, 0, 1, 8, 64, 0x0800))
        one.method = r.choice((one.method, one.method, 9, 12, 14, 93, 95, 97, 99, 1234))
        one.extra = r.choice(
            (b"", b"\1\0\x18\0" + r.randbytes(24), b"\1\0\xff\xff", r.randbytes(9))
        )
    return written(entries, count=r.choice((None, 0, 65_535)))


def zip_hidden(r: random.Random) -> bytes:
    """An entry between those that the directory lists, or behind it, or in the comment."""
    hidden = Entry(b"hidden.png", PNG, r.choice((0, 8))).local()
    made = written([Entry(b"a.jpg", PLAIN, 0)])
    at = r.choice((0, len(made)))
    if at:
        return written([Entry(b"a.jpg", PLAIN, 0)], comment=hidden)
    shifted = Entry(b"a.jpg", PLAIN, 0)
    shifted.at = len(hidden)
    body = hidden + shifted.local()
    directory = shifted.listed(0)
    return (
        body
        + directory
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), len(body), 0)
    )


def zip_broken(r: random.Random) -> bytes:
    made = bytearray(zipped({f"{n}.png": PNG for n in range(4)}))
    match r.randrange(4):
        case 0:
            return bytes(made[: r.randrange(30, len(made))])
        case 1:
            at = r.randrange(made.find(b"PK\1\2"), len(made))
            made[at : at + r.randrange(1, 60)] = r.randbytes(r.randrange(60))
        case 2:
            for _ in range(r.randrange(1, 200)):
                made[r.randrange(4, len(made))] = r.randrange(256)
        case _:
            made[-6:-2] = r.randbytes(4)
    return bytes(made)


def zip_of_many(r: random.Random) -> bytes:
    """More entries than anyone looks at, most of them leading nowhere."""
    one = Entry(b"x", b"", 0)
    one.at = r.choice((0, 1 << 30))
    return (
        b"PK\3\4"
        + bytes(26)
        + one.listed(0) * r.choice((50_000, 150_000))
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_535, 65_535, 0xFFFFFFF0, 30, 0)
    )


def zip_of_marks(r: random.Random) -> bytes:
    """Nothing but what looks like the beginning of entries."""
    return b"PK\3\4" * r.choice((100_000, 4 * MIB)) + zipped({"x.png": PNG})


def zip_deep(r: random.Random) -> bytes:
    inner = PNG
    for n in range(r.randrange(5, 60)):
        inner = zipped({f"{n}.zip": inner}, r.choice((0, 8)))
    return inner


def tar_kinds(r: random.Random) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for kind in b"123456":
            entry = tarfile.TarInfo(r.choice(("/dev/sda", "../../x", "x")))
            entry.type = bytes([kind])
            entry.linkname = r.choice(("/etc/passwd", "x.png", "../../.."))
            archive.addfile(entry)
        entry = tarfile.TarInfo("x.png")
        entry.size = len(PNG)
        archive.addfile(entry, io.BytesIO(PNG))
    return made.getvalue()


def tar_header(name: bytes, size: bytes, kind: bytes = b"0", rest: bytes = b"") -> bytes:
    """A header of any content, with a check sum that fits."""
    made = bytearray(512)
    made[:100] = name[:100].ljust(100, b"\0")
    made[124:136] = size[:12].ljust(12, b"\0")
    made[156:157] = kind
    made[257:265] = b"ustar\x0000"
    made[386 : 386 + len(rest)] = rest
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


def _octal(size: int) -> bytes:
    return b"%011o\0" % size


def tar_sizes(r: random.Random) -> bytes:
    sizes = (b"77777777777\0", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"-1", b"", b"9" * 12)
    head = tar_header(b"huge.png", r.choice(sizes), r.choice((b"0", b"L", b"x", b"S", b"5", b"1")))
    return head + PNG.ljust(4096, b"\0") + tarred({"x.png": PNG})


def tar_sparse(r: random.Random) -> bytes:
    spots = b"".join(_octal(n) for n in (0, 512, 1 << 40, 512)) + bytes(48)
    old = tar_header(b"holes.png", _octal(len(PNG)), b"S", spots + r.choice((b"\0", b"\1")))
    pax = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
    new = tar_header(b"p", _octal(len(pax)), b"x") + pax.ljust(512, b"\0")
    places = r.choice((b"1\n0\n512\n", b"999999\n" * 70, b"0\n", r.randbytes(40))).ljust(512, b"\0")
    content = places + PNG
    content = content.ljust(-(-len(content) // 512) * 512, b"\0")
    new += tar_header(b"GNUSparseFile.0/x.png", _octal(512 + len(PNG))) + content
    return old + PNG.ljust(-(-len(PNG) // 512) * 512, b"\0") + new + bytes(1024)


def tar_extensions(r: random.Random) -> bytes:
    """Headers of headers: long names without end, a pax header that says a hundred things."""
    kind = r.choice((b"L", b"K", b"x", b"g"))
    data = r.choice((b"a" * 70_000, b"30 path=../../../../etc/passwd\n" * 3000, b"9" * 4096))
    padded = data.ljust(-(-len(data) // 512) * 512, b"\0")
    return (tar_header(b"e", _octal(len(data)), kind) + padded) * r.randrange(1, 60) + tarred(
        {"x.png": PNG}
    )


def tar_strange(r: random.Random) -> bytes:
    junk = r.choice((bytes(40 * MIB), b"\1" * (40 * MIB), r.randbytes(4 * MIB)))
    return tarred({"a.jpg": PLAIN}) + junk + tarred({"x.png": PNG})


def tar_broken(r: random.Random) -> bytes:
    made = bytearray(tarred({f"{n}.png": PNG for n in range(5)}))
    if r.random() < 0.5:
        del made[r.randrange(600, len(made)) :]
    for _ in range(r.randrange(40)):
        made[r.randrange(300, len(made))] = r.randrange(256)
    return bytes(made)


def packed_bomb(r: random.Random) -> bytes:
    data = bytes(r.choice((50, 200)) * MIB)
    if r.random() < 0.5:
        size = b"\x80" + (1 << 50).to_bytes(11, "big")
        data = tar_header(b"x.png", r.choice((size, _octal(1 << 32)))) + data
    return r.choice((gzip.compress, bz2.compress, _xz))(data)


def _xz(data: bytes) -> bytes:
    return lzma.compress(data, preset=0)


def packed_broken(r: random.Random) -> bytes:
    data = r.choice((PNG, tarred({"x.png": PNG, "a.jpg": PLAIN})))
    made = bytearray(r.choice((gzip.compress, bz2.compress, _xz, archives.zstd))(data))
    match r.randrange(3):
        case 0:
            del made[r.randrange(20, len(made)) :]
        case 1:
            made += r.choice((bytes(5000), b"\x1f\x8b", r.randbytes(100), made[:30]))
        case _:
            for _ in range(r.randrange(1, 30)):
                made[r.randrange(12, len(made))] = r.randrange(256)
    return bytes(made)


def packed_many(r: random.Random) -> bytes:
    """Streams behind one another, all of them empty but one."""
    pack = r.choice((gzip.compress, bz2.compress, _xz))
    return pack(b"") * r.choice((1_000, 200_000 // len(pack(b"")))) + pack(PNG)


def packed_deep(r: random.Random) -> bytes:
    data = PNG
    for _ in range(r.randrange(3, 30)):
        data = r.choice((gzip.compress, bz2.compress, _xz))(data)
    return data


def mail_multiparts(r: random.Random) -> bytes:
    head = b"From: a@example.invalid\nMIME-Version: 1.0\n"
    depth = r.choice((20, 200, 3000))
    body = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth)
    )
    return head + body + b"Content-Type: image/png\n\n" + PNG


def mail_boundaries(r: random.Random) -> bytes:
    mark = r.choice((b"a", b"-", b"--", b"b" * 60))
    head = b'From: a@example.invalid\nContent-Type: multipart/mixed; boundary="' + mark + b'"\n\n'
    flood = r.choice((b"--" + mark, b"\n--" + mark, b"\n--" + mark + b"\n", b"-" * 50))
    return head + flood * (r.choice((1, 8)) * MIB // len(flood)) + b"\n--" + mark + b"\n\n" + PNG


def mail_parts(r: random.Random) -> bytes:
    head = b'From: a@example.invalid\nContent-Type: multipart/mixed; boundary="b"\n\n'
    part = b"--b\nContent-Type: image/png\n\n" + r.choice((b"x", PNG[:200], b"")) + b"\n"
    return head + part * r.choice((500, 30_000)) + b"--b--\n"


def mail_headers(r: random.Random) -> bytes:
    flood = r.choice(
        (
            b'Content-Type: multipart/mixed; boundary="' + b"\\x" * 4000 + b"\n",
            b"Content-Type: a" + b';a="' * 4000 + b"\n",
            b"Content-Type: multipart/mixed" + b"; boundary*0=a" * 2000 + b"\n",
            b"X-Long: " + b" =?utf-8?b?AAAA?=" * 20_000 + b"\n",
            b"X: y\n" * 50_000,
            b"Subject:" + b"\n " * 100_000 + b"\n",
        )
    )
    return b"From: a@example.invalid\n" + flood + b"MIME-Version: 1.0\n\n" + PNG


def mail_codings(r: random.Random) -> bytes:
    body = r.choice(
        (
            b"=" * 2 * MIB,
            b"QQ==" * MIB,
            b"!" * 4 * MIB,
            b"A" * (4 * MIB + 1),
            b"=0" * 2 * MIB,
            b"\n" * 4 * MIB,
        )
    )
    coding = r.choice((b"base64", b"quoted-printable", b"x-uuencode", b"8bit"))
    return (
        b"From: a@example.invalid\nMIME-Version: 1.0\nContent-Transfer-Encoding: "
        + coding
        + b"\nContent-Disposition: attachment; filename=../../x.png\n\n"
        + body
    )


def mail_uu(r: random.Random) -> bytes:
    flood = r.choice((b"begin 644 x\n!\n", b"begin 644 ../x.png\nM" + b"A" * 60 + b"\n", b"\nend"))
    return b"From: a@example.invalid\nSubject: x\n\n" + flood * (MIB // len(flood)) + b"`\nend\n"


def mail_box(r: random.Random) -> bytes:
    one = b"From a@b Thu Jan  1 00:00:00 2026\nA: b\n\n"
    flood = r.choice(
        (one * 20_000, b"From " * MIB, b"\nFrom a@b" + b" " * 300 * 1000, one + b"x" * 30 * MIB)
    )
    return mailbox(message("x.png", PNG)) + flood + b"\n" + mailbox(message("x.png", PNG))


def pdf_streams(r: random.Random) -> bytes:
    words = r.choice(
        (
            b"<</Filter/DCTDecode>>stream\n",
            b"<</Filter/DCTDecode/Length 9 0 R>>stream\n",
            b"<</Type/EmbeddedFile/Length 99999999>>stream\n",
            b"<</Filter["
            + b"/FlateDecode" * 30
            + b"/DCTDecode]/Length 3>>stream\nxxx\nendstream\n",
            b"1 1 1 1 1 1 1 1 >>stream\n",
            b"obj" * 3 + b"<<#44#43#54>>stream\n",
        )
    )
    flood = words * (r.choice((1, 6)) * MIB // len(words))
    return b"%PDF-1.7\n" + flood + pdf((archives.IMAGE + b"/Filter /DCTDecode", archives.JPEG))


def pdf_bomb(r: random.Random) -> bytes:
    data = zlib.compress(bytes(r.choice((50, 200)) * MIB))
    return pdf((b"/Type /EmbeddedFile /Filter /FlateDecode", data), (b"/Filter [/Fl /DCT]", data))


def mutated(r: random.Random) -> bytes:
    """An honest one with bytes changed, cut out or repeated."""
    made = bytearray(r.choice(list(archives.WRAPPINGS.values()))())
    for _ in range(r.randrange(1, 30)):
        at = r.randrange(4, len(made))
        match r.randrange(3):
            case 0:
                made[at] = r.randrange(256)
            case 1:
                del made[at : at + r.randrange(1, 40)]
            case _:
                made[at:at] = made[at : at + r.randrange(1, 400)]
    return bytes(made)


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    *(zip_bomb, zip_bombs_within, zip_overlapping, zip_in_its_own_tail, zip_names, zip_disagreeing),
    *(zip_lying, zip_hidden, zip_broken, zip_of_many, zip_of_marks, zip_deep),
    *(tar_kinds, tar_sizes, tar_sparse, tar_extensions, tar_strange, tar_broken),
    *(packed_bomb, packed_broken, packed_many, packed_deep),
    *(mail_multiparts, mail_boundaries, mail_parts, mail_headers, mail_codings, mail_uu, mail_box),
    *(pdf_streams, pdf_bomb),
    *(mutated,) * 9,
)


def make(seed: int) -> tuple[str, bytes]:
    """Return the kind of an archive, and its bytes."""
    kind = KINDS[seed % len(KINDS)]
    return kind.__name__, kind(random.Random(seed))  # noqa: S311 - the same bytes every time


class Cost(NamedTuple):
    """What one archive cost: records, the longest wait for a member and all, memory at the most."""

    records: int
    seconds: float
    total: float
    memory: int


def examined(path: str) -> Cost:
    """Examine one archive in this process. Seconds are those of a processor.

    Memory is what this takes beside what the process held before, of which it is a copy.
    """
    import resource  # not on Windows
    from datetime import UTC, datetime

    from provenance import ArchiveLimits, Options, Verifier
    from provenance.verdict.contents import steps

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    verifier = Verifier(
        at=datetime(2026, 6, 1, tzinfo=UTC), options=Options(archives=ArchiveLimits())
    )
    verifier.prepare()
    count, longest = 0, 0.0
    began = last = time.process_time()
    own = None
    for _, report in steps(verifier, path):
        now = time.process_time()
        longest, last = max(longest, now - last), now
        if report is None:
            continue
        count, own = count + 1, report
        assert report.error is None or not report.error.code.startswith("internal"), report.error
    assert own is not None
    assert own.asset.outer is None
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return Cost(count, longest, time.process_time() - began, peak + BARE)


def apart(work: Callable[[], object]) -> object:
    """Do something in a copy of this process, and return what comes of it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.write(writing, pickle.dumps(work()))
            status = 0
        except BaseException:  # noqa: BLE001 - whatever it is, it is shown
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"it ended with {status}")
    return pickle.loads(data)  # noqa: S301 - from our own copy


def measured(seed: int, folder: str) -> tuple[str, Cost]:
    """Make an archive and examine it, each in a process of its own."""
    path = os.path.join(folder, "hostile.bin")

    def written() -> str:
        kind, data = make(seed)
        with open(path, "wb") as file:
            file.write(data)
        return kind

    return cast("str", apart(written)), cast("Cost", apart(lambda: examined(path)))


def main(most: int, first: int = 0) -> int:
    """Examine so many archives, and print the worst of them."""
    from provenance import Verifier

    Verifier().prepare()  # imported once, for all copies of this process
    worst: dict[str, tuple[float, str]] = {}
    failed = records = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + most):
            try:
                kind, cost = measured(seed, folder)
            except RuntimeError as e:
                failed += 1
                print(f"{seed} {KINDS[seed % len(KINDS)].__name__}: {e}", flush=True)
                continue
            if not (seed + 1) % 50:
                print(f"{seed + 1 - first} done", file=sys.stderr, flush=True)
            records += cost.records
            facts = {"seconds": cost.seconds, "total": cost.total, "MiB": cost.memory / MIB}
            for name, value in facts.items():
                worst[name] = max(worst.get(name, (0.0, "")), (value, f"{seed} {kind}"))
            if cost.seconds > SECONDS or cost.memory > MEMORY:
                failed += 1
                print(seed, kind, cost, flush=True)
    print(f"{most} archives, {records} records, {failed} over a bound")
    for name, (value, which) in worst.items():
        print(f"most {name}: {value:.2f} ({which})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
