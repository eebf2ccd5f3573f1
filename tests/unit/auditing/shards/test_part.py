"""One part: what no runner of shards wrote is refused in one line, and costs no memory."""

from __future__ import annotations

import hashlib
import io
import json

import pytest
from support import parts as made
from support.each import each
from support.ledgers import entry, failed, judged, write

from provenance.auditing.shards import parts
from provenance.auditing.shards.shard_plan import PLAN, part_name
from provenance.base.errors import AuditError
from provenance.render import parquet_table
from provenance.render.rows import RowSelection

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

KEY = part_name(0)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Plan and one part of three rows."""
    rows = [entry(judged("ai-generated.png", "a")), entry(judged("plain.jpg", "b"))]
    path = tmp_path_factory.mktemp("part") / "a.ledger"
    return made.files(write(path, [*rows, entry(failed("c"))]), 3)


def read(folder, files):
    with parts.open_parts(str(made.write(folder, files))) as opened:
        return list(opened.rows())


def refused(folder, files, message):
    with pytest.raises(AuditError) as caught:
        read(folder, files)
    assert caught.value.code == "parts.unusable"
    said = str(caught.value)
    assert message in said
    assert said.isprintable()
    assert len(said) < 800


def table(files):
    return pq.read_table(io.BytesIO(files[KEY]))


def of(found, **options):
    stream = io.BytesIO()
    pq.write_table(found, stream, **options)
    return stream.getvalue()


def told(found, **values):
    """The table with other metadata; a value that is None takes a key away."""
    metadata = dict(found.schema.metadata)
    for name, value in values.items():
        key = f"provenance.{name}".encode()
        metadata.pop(key)
        if value is not None:
            metadata[key] = value if isinstance(value, bytes) else json.dumps(value).encode()
    return found.replace_schema_metadata(metadata)


def column(found, name, values, kind=None):
    """The table with another column in the place of one of its own."""
    at = found.schema.get_field_index(name)
    field = found.schema.field(name)
    values = pa.array(values, kind or field.type)
    return found.set_column(at, pa.field(name, values.type), values)


def moved(found):
    """The same rows under names that come after."""
    raw = [b"x" + one for one in found["path_bytes"].to_pylist()]
    return column(found, "path_bytes", raw).cast(found.schema)


@each(
    ("data", "message"),
    [
        (b"", "no whole Parquet file"),
        (b"PAR1", "no whole Parquet file"),
        (b"path,size\r\na,1\r\n" * 100, "no whole Parquet file"),
        (b"PAR1" + bytes(100) + (1 << 31).to_bytes(4, "little") + b"PAR1", "no whole Parquet"),
        (b"PAR1" + bytes(100) + (90).to_bytes(4, "little") + b"PAR1", "not a part of an audit"),
        (b"PAR1" + bytes(100) + (90).to_bytes(4, "little") + b"PARE", "no whole Parquet file"),
        (b"PAR1" + bytes(17 << 20) + (17 << 20).to_bytes(4, "little") + b"PAR1", "its metadata"),
    ],
    ids=range(7),
)
def test_a_part_that_is_no_parquet_is_refused(files, tmp_path, data, message) -> None:
    refused(tmp_path, files | {KEY: data}, message)


def test_a_part_cut_or_changed_anywhere_is_refused_or_the_same(files, tmp_path) -> None:
    whole = read(tmp_path / "good", files)
    data = files[KEY]
    for at in range(0, len(data), len(data) // 60):
        for name, bad in (("cut", data[:at]), ("bit", _flipped(data, at))):
            error = None
            try:
                found = read(tmp_path / f"{name}{at}", files | {KEY: bad})
            except AuditError as e:
                error = e
            if error is None:  # a bit that is of no meaning, or of a value
                assert name == "bit"
                assert len(found) == len(whole)
            else:
                assert error.code == "parts.unusable"
                assert str(error).isprintable()


def test_metadata_that_contradict_themselves_end_no_process(files, tmp_path) -> None:
    """A column that may be empty, by its statistics, and may not, by its schema."""
    optional, required = b"\x25\x02\x18\x04size", b"\x25\x00\x18\x04size"
    assert files[KEY].count(optional) == 1
    refused(tmp_path, files | {KEY: files[KEY].replace(optional, required)}, "not a part of")


def _flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


SHARD = {"plan": "0" * 64, "shard": 0, "schema_version": "1.0", "isolation": []}


@each(
    ("change", "message"),
    [
        (lambda t: t.drop_columns(["record"]), "there is no column record"),
        (lambda t: t.drop_columns(["path_bytes"]), "there is no column path_bytes"),
        (lambda t: t.append_column("size", t["size"]), "not a part of an audit"),
        (lambda t: column(t, "size", [1, 2, 3], pa.int32()), "the column size has another type"),
        (lambda t: column(t, "origin", [b"a"] * 3, pa.binary()), "the column origin has another"),
        (lambda t: column(t, "flags", [["a"]] * 3, pa.list_(pa.binary())), "the column flags"),
        (lambda t: column(t, "path_bytes", ["a"] * 3, pa.string()), "the column path_bytes"),
        (lambda t: t.replace_schema_metadata({}), "its columns are not of version 1"),
        (lambda t: told(t, columns=b"2"), "its columns are not of version 1"),
        (lambda t: told(t, shard=None), "not JSON"),
        (lambda t: told(t, shard=b"[" * 10_000), "nested too deep"),
        (lambda t: told(t, shard=[]), "not a part of an audit"),
        (lambda t: told(t, shard={}), "not a part of an audit"),
        (lambda t: told(t, shard=b"{}" + b" " * (5 << 20)), "longer than"),
        (lambda t: told(t, shard=SHARD | {"shard": "0"}), "described in another way"),
        (lambda t: told(t, shard=SHARD | {"isolation": [{"on": True}]}), "not a part of an audit"),
        (lambda t: told(t, shard=SHARD | {"shard": 7}), "it says that it is of shard 7"),
        (lambda t: told(t, shard=SHARD), "it belongs to another plan"),
        (lambda t: told(t, environments=None), "not JSON"),
        (lambda t: told(t, environments={"1": {}, "2": {}}), "it is not of one run"),
        (lambda t: told(t, environments={"1": {"tool": 1}}), "not a part of an audit"),
        (lambda t: told(t, environments={"1": None}), "not a part of an audit"),
        (lambda t: column(t, "run_id", [1, 1, 2]), "a row of another run"),
        (lambda t: column(t, "seen_run", [1, None, 1]), "a row of another run"),
        (lambda t: column(t, "path_bytes", [b"a", None, b"c"]), "a row of another run"),
        (lambda t: column(t, "record", ["{}", None, "{}"]), "a row of another run"),
        (lambda t: column(t, "record", ["\u202e"] * 3), "a row that no audit writes"),
        (lambda t: column(t, "origin", ["genuine"] * 3), "a row that no audit writes"),
        (lambda t: column(t, "flagged", [["bad"]] * 3), "a row that no audit writes"),
        (lambda t: column(t, "flags", [[None]] * 3), "not a part of an audit"),
        (lambda t: column(t, "error_code", ["\x1b[2J"] * 3), "a row that no audit writes"),
        (lambda t: column(t, "signed_at", [1 << 62] * 3), "not a part of an audit"),
        (lambda t: column(t, "path_bytes", [b"a", b"c", b"b"]), "not in the plan's order"),
        (lambda t: column(t, "path_bytes", [b"a", b"a", b"b"]), "not in the plan's order"),
        (lambda t: pa.concat_tables([t, moved(t)]), "the plan has 3 objects, and the part has 6"),
        (lambda t: told(t, shard=SHARD | {"left_out": "1"}), "described in another way"),
        (
            lambda t: column(t, "model", pa.array([b"\xff"] * 3).view(pa.string()), pa.string()),
            "not a part of an audit",
        ),
    ],
    ids=range(37),
)
def test_a_part_with_other_columns_or_metadata_is_refused(files, tmp_path, change, message) -> None:
    refused(tmp_path, files | {KEY: of(change(table(files)))}, message)


def test_further_columns_at_the_end_and_other_ways_to_write_are_read(files, tmp_path) -> None:
    expected = read(tmp_path / "good", files)
    found = table(files).append_column("later", pa.array([1, 2, 3]))
    data = of(found, compression="gzip", use_dictionary=False, row_group_size=1)
    assert read(tmp_path / "other", files | {KEY: data}) == expected
    members = files | {PLAN: made.plan([2])}
    plan = hashlib.sha256(members[PLAN]).hexdigest()
    inside = told(
        column(table(files), "path_bytes", [b"a", b"a\0x", b"b"]), shard=SHARD | {"plan": plan}
    )
    assert [row.path for row in read(tmp_path / "members", members | {KEY: of(inside)})] == [
        "a",
        "a!/x",
        "b",
    ]


def test_a_few_bytes_that_stand_for_many_are_not_made(files, tmp_path) -> None:
    """One long text in each of many rows: less than 100 kB that would be 80 GB."""
    rows = 2000
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * (40 << 20)])
    names = [f"{n:06}".encode() for n in range(rows)]
    found = pa.concat_tables([table(files).slice(0, 1)] * rows)
    found = column(found, "path_bytes", names)
    at = found.schema.get_field_index("error_message")
    found = found.set_column(at, "error_message", long)
    metadata = table(files).schema.metadata
    bad = of(
        found.replace_schema_metadata(metadata),
        store_schema=False,
        compression="zstd",
        dictionary_pagesize_limit=1 << 30,
    )
    assert len(bad) < 200_000
    with pytest.raises(AuditError, match=r"parts.*part-00000000"):
        read(tmp_path, files | {KEY: bad})
    assert pa.default_memory_pool().max_memory() < 1 << 30


def test_objects_that_were_left_out_are_counted_where_the_part_says_so(files, tmp_path) -> None:
    facts = SHARD | {"plan": hashlib.sha256(files[PLAN]).hexdigest()}
    for name, left_out, rows, whole in (
        ("unsaid", None, 2, True),
        ("said", 1, 2, True),
        ("fewer", 0, 2, False),
        ("more", 2, 2, False),
    ):
        said = facts if left_out is None else facts | {"left_out": left_out}
        found = files | {KEY: of(told(table(files).slice(0, rows), shard=said))}
        if whole:
            assert len(read(tmp_path / name, found)) == rows
        else:
            refused(tmp_path / name, found, "the plan has 3 objects, and the part has 2")


def test_only_the_columns_asked_for_are_read_from_a_part(files, tmp_path) -> None:
    with parts.open_parts(str(made.write(tmp_path, files))) as opened:
        whole = list(opened.rows())
        assert [row.path for row in opened.rows(RowSelection(flagged=True))] == ["a"]
        assert list(opened.rows(RowSelection(since_run=1))) == whole
        assert list(opened.rows(RowSelection(since_run=2))) == []
        assert list(opened.outlines()) == [row._replace(record="") for row in whole]


def test_a_part_is_no_earlier_report(files) -> None:
    assert not parquet_table.is_own(files[KEY][:100], files[KEY])
