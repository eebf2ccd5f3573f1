"""S3 inventories as AWS documents them, in three formats, and what is not one."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest
from support.each import each

from provenance.auditing.shards import inventory, stores
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.auditing.shards.stores import Fetched
from provenance.base.errors import AssetError, AuditError

SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag"
WHEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
NS = int(WHEN.timestamp()) * 10**9
FOLDER = "daily/bucket/all"
KEY = f"{FOLDER}/data/1"
# bucket, key, is it the latest version, is it a delete marker, size
ROWS = [
    ("bucket", "in/a b+c%20.jpg", True, False, 5),
    ("bucket", "in/z\u00fc.jpg", True, False, 6),
    ("bucket", "in/old.jpg", False, False, 7),
    ("bucket", "in/gone.jpg", True, True, None),
    ("bucket", "into/other.jpg", True, False, 8),
    ("another", "in/other.jpg", True, False, 9),
    ("bucket", "in/", True, False, 0),
    ("bucket", "in/folder/", True, False, 0),
    ("bucket", "in//up.jpg", True, False, 1),
    ("bucket", "in/../up.jpg", True, False, 1),
    ("bucket", "in/" + "k" * 1025, True, False, 1),
    ("bucket", "in/empty", True, False, 0),
]
OUTSIDE = ("plan.outside", "the name is not below the source: it was not looked for")


def csv_rows(rows):
    """As S3 writes them: every value in quotes, keys URL-encoded."""
    return gzip.compress(
        "".join(
            f'"{bucket}","{quote_plus(key, safe="/")}","v","{latest}","{marker}",'
            f'"{"" if size is None else size}","2026-05-04T03:02:01.000Z","{size}f-2"\n'.replace(
                "True", "true"
            ).replace("False", "false")
            for bucket, key, latest, marker, size in rows
        ).encode()
    )


def arrow_rows(rows):
    import pyarrow as pa

    return pa.table(
        {
            "bucket": [row[0] for row in rows],
            "key": [row[1] for row in rows],
            "version_id": ["v" for _ in rows],
            "is_latest": [row[2] for row in rows],
            "is_delete_marker": [row[3] for row in rows],
            "size": pa.array([row[4] for row in rows], pa.int64()),
            "last_modified_date": pa.array([WHEN for _ in rows], pa.timestamp("ms", "UTC")),
            "e_tag": [f"{row[4]}f-2" for row in rows],
        }
    )


def parquet_rows(rows):
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(arrow_rows(rows), sink, row_group_size=5)
    return sink.getvalue().to_pybytes()


def orc_rows(rows):
    import pyarrow as pa
    from pyarrow import orc

    sink = pa.BufferOutputStream()
    orc.write_table(arrow_rows(rows), sink)
    return sink.getvalue().to_pybytes()


WRITERS = {"CSV": csv_rows, "ORC": orc_rows, "Parquet": parquet_rows}


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def described(form, *parts, **changes):
    """The manifest.json over data files."""
    files = [
        {"key": f"{FOLDER}/data/{n}", "size": len(one), "MD5checksum": md5(one)}
        for n, one in enumerate(parts, 1)
    ]
    top = {
        "sourceBucket": "bucket",
        "destinationBucket": "arn:aws:s3:::elsewhere",
        "version": "2016-11-30",
        "creationTimestamp": "1514944800000",
        "fileFormat": form,
        "fileSchema": SCHEMA if form == "CSV" else "struct<bucket:string>",
        "files": files,
    }
    return json.dumps(top | changes).encode()


def near(folder, manifest, *parts):
    """Write an inventory as it is in its bucket, and return where its manifest is."""
    (folder / "data").mkdir(parents=True)
    day = folder / "2026-05-04T00-00Z"
    day.mkdir()
    for n, one in enumerate(parts, 1):
        (folder / "data" / f"{n}").write_bytes(one)
    (day / "manifest.json").write_bytes(manifest)
    return str(day / "manifest.json")


def read(address, source="s3://bucket/in"):
    return list(inventory.objects(address, source))


@each("form", WRITERS)
def test_three_formats_say_the_same(tmp_path, form):
    parts = WRITERS[form](ROWS[:7]), WRITERS[form](ROWS[7:])
    made = read(near(tmp_path, described(form, *parts), *parts))
    assert made[:2] == [
        ListedObject("a b+c%20.jpg", 5, NS, '"5f-2"'),
        ListedObject("z\u00fc.jpg", 6, NS, '"6f-2"'),
    ]
    assert [(one.key, one.error) for one in made[2:4]] == [
        ("/up.jpg", OUTSIDE),
        ("../up.jpg", OUTSIDE),
    ]
    assert made[4].error == ("plan.outside", "its name has 1025 bytes: there are at most 1024")
    assert made[4].key.startswith("k" * 900 + "... sha256:")
    assert made[5:] == [ListedObject("empty", 0, NS, '"0f-2"')]
    whole = read(near(tmp_path / "2", described(form, *parts), *parts), "s3://bucket")
    assert {one.key for one in whole} >= {"in/a b+c%20.jpg", "into/other.jpg"}


def test_columns_that_are_left_out_and_bytes_that_are_no_text(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    keys = pa.array([b"in/\xff.jpg", b"in/b.jpg"], pa.binary())
    when = pa.array([NS // 10**6, None], pa.int64())  # milliseconds, where nothing says so
    words = pa.array(["bucket", "bucket"]).dictionary_encode()
    table = pa.table({"Bucket": words, "Key": keys, "LastModifiedDate": when})
    parquet.write_table(table, sink)
    data = sink.getvalue().to_pybytes()
    assert read(near(tmp_path, described("Parquet", data), data)) == [
        ListedObject("\udcff.jpg", None, NS),
        ListedObject("b.jpg"),
    ]
    data = gzip.compress(b'"bucket","in/%FF.jpg"\n')
    manifest = described("CSV", data, fileSchema="Bucket, Key")
    assert read(near(tmp_path / "2", manifest, data)) == [ListedObject("\udcff.jpg")]


GOOD = csv_rows(ROWS)
LINE = b'"bucket","in/a","v","true","false","5","",""\n'


@each(
    ("manifest", "data", "said"),
    [
        (b"\0", GOOD, "it is not JSON"),
        (b"[" * 100_000, GOOD, "it is not JSON"),
        (b"[]", GOOD, "not the manifest.json of an S3 Inventory"),
        (b"{}", GOOD, "fileFormat: it has to be a text"),
        (described("TSV", GOOD), GOOD, "fileFormat: there are CSV, ORC and Parquet"),
        (described("CSV", GOOD, files={}), GOOD, "files: it has to be a list"),
        (described("CSV", GOOD, files=[1]), GOOD, "files: each has to be an object"),
        (described("CSV", GOOD, fileSchema="Bucket, Size"), GOOD, "no column key"),
        (described("CSV", GOOD, fileSchema="Bucket, Key, Key"), GOOD, "no column key, or several"),
        (described("CSV", GOOD, sourceBucket="other"), GOOD, "of the bucket other, not of s3://bu"),
        (described("CSV", GOOD + b"x"), GOOD, "not as long as manifest.json says"),
        (described("CSV", GOOD[:-1] + b"x"), GOOD, "its MD5 is not the one in manifest.json"),
        (
            described("CSV", files=[{"key": KEY, "size": 1 << 40, "MD5checksum": "0" * 32}]),
            GOOD,
            "a size has to be a number",
        ),
        (
            described("CSV", files=[{"key": KEY, "size": 1, "MD5checksum": "g" * 32}]),
            GOOD,
            "32 hexadecimal digits",
        ),
        (
            described("CSV", files=[{"key": "../../x", "size": 1, "MD5checksum": "0" * 32}]),
            GOOD,
            "the data file is not next to",
        ),
        (None, b"not compressed", "it cannot be read"),
        (None, GOOD[:-8], "it cannot be read"),
        (None, gzip.compress(b'"bucket","in/a"\n'), "a line with 2 columns, where there are 8"),
        (None, gzip.compress(b'"' + b"k" * 70_000), "a line is too long"),
        (None, gzip.compress(LINE.replace(b"true", b"yes")), "neither true nor false"),
        (None, gzip.compress(b'"bucket"x\n'), "it cannot be read"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_a_file_that_is_no_inventory_is_refused(tmp_path, manifest, data, said):
    path = near(tmp_path, manifest or described("CSV", data), data)
    with pytest.raises(AuditError, match=said) as caught:
        read(path)
    assert caught.value.code == "plan.unreadable"


@each("form", ["ORC", "Parquet"])
def test_what_pyarrow_cannot_read_is_refused(tmp_path, form):
    good = WRITERS[form](ROWS)
    for n, data in enumerate((b"PAR1", good[:-20] + b"\0" * 20, csv_rows(ROWS))):
        path = near(tmp_path / str(n), described(form, data), data)
        with pytest.raises(AuditError, match="it cannot be read"):
            read(path)
    import pyarrow as pa
    from pyarrow import orc, parquet

    for n, (columns, said) in enumerate(
        (
            ({"bucket": ["bucket"]}, "no column key"),
            ({"bucket": ["bucket"], "key": [1.5]}, "a column is double"),
            ({"bucket": ["bucket"], "key": [None]}, "a column is null|no key"),
            ({"bucket": ["bucket"], "key": ["in/a"], "is_latest": ["no"]}, "neither true nor"),
        ),
        9,
    ):
        sink = pa.BufferOutputStream()
        table = pa.table(columns)
        if form == "ORC" and columns.get("key") == [None]:
            table = pa.table(columns | {"key": pa.array([None], pa.string())})
        (orc if form == "ORC" else parquet).write_table(table, sink)
        data = sink.getvalue().to_pybytes()
        with pytest.raises(AuditError, match=said):
            read(near(tmp_path / str(n), described(form, data), data))


def test_an_inventory_has_to_be_of_a_bucket_of_s3(tmp_path):
    path = near(tmp_path, described("CSV", GOOD), GOOD)
    with pytest.raises(AuditError, match="SOURCE has to be s3://"):
        read(path, str(tmp_path))
    with pytest.raises(AuditError, match=r"none\.json: no such file"):
        read(str(tmp_path / "none.json"))


class Bucket:
    """A store with two objects, which counts what is fetched of them."""

    def __init__(self, held):
        self.held = held
        self.fetched = []

    def get(self, key, most):
        assert len(self.held[key]) <= most
        return self.held[key]

    def fetch(self, key, offset, length, etag):
        if key not in self.held:
            raise AssetError("asset.missing", "no such object")
        self.fetched.append((offset, length, etag))
        data = self.held[key]
        return Fetched(data[offset : offset + length], ListedObject(key, len(data), etag='"tag"'))


def test_data_files_are_fetched_from_the_bucket_of_the_manifest(monkeypatch):
    place = f"{FOLDER}/2026-05-04T00-00Z/manifest.json"
    held = {place: described("CSV", GOOD), KEY: GOOD}
    bucket, opened = Bucket(held), []
    monkeypatch.setattr(stores, "open_store", lambda address: opened.append(address) or bucket)
    monkeypatch.setattr(inventory, "_CHUNK", 200)
    made = read(f"s3://reports/{place}")
    assert made[0] == ListedObject("a b+c%20.jpg", 5, NS, '"5f-2"')
    assert opened == ["s3://reports"]  # and not the one that manifest.json names
    assert bucket.fetched[0] == (0, 200, None)
    assert bucket.fetched[1] == (200, min(200, len(GOOD) - 200), '"tag"')
    for change, said in ((b"", "no such object"), (GOOD + b"x", "not as long as")):
        held.pop(KEY, None)
        if change:
            held[KEY] = change
        with pytest.raises(AuditError, match=said):
            read(f"s3://reports/{place}")
