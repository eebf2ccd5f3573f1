"""Parquet: the documented schema, the same names, and one row group in memory."""

from __future__ import annotations

import io
import json
import os
import sys
from datetime import UTC, datetime

import pytest
from support.ledgers import (
    HOSTILE_NAMES,
    entry,
    environment,
    failed,
    judged,
    moved,
    write,
)

from provenance.auditing import reading
from provenance.base.errors import InstallationError
from provenance.render import parquet_table
from provenance.render.columns import COLUMNS
from provenance.verdict.report import plain

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")


def written(path):
    stream = io.BytesIO()
    with reading.open_ledger(path) as reader:
        environments = {n: run.environment for n, run in reader.runs.items()}
        parquet_table.write_parquet(reader.rows(), environments, stream)
    stream.seek(0)
    return parquet.ParquetFile(stream)


def test_the_schema_of_the_parquet_table_is_fixed(tmp_path) -> None:
    file = written(write(tmp_path / "a.ledger", []))
    assert file.metadata.num_rows == 0
    schema = file.schema_arrow
    assert schema.names == [*(column.name for column in COLUMNS), "record"]
    assert {name: str(schema.field(name).type) for name in ("path", "path_bytes", "size")} == {
        "path": "string",
        "path_bytes": "binary",
        "size": "int64",
    }
    assert str(schema.field("modified").type) == "timestamp[us, tz=UTC]"
    assert str(schema.field("signed_at").type) == "timestamp[us, tz=UTC]"
    assert str(schema.field("flags").type).startswith("list<")
    assert schema.metadata[b"provenance.columns"] == b"1"


def test_rows_come_back_from_parquet(tmp_path) -> None:
    names = sorted(HOSTILE_NAMES, key=os.fsencode)
    rows = [entry(moved(judged("expired-timestamped.jpg"), name)) for name in names]
    rows.append(entry(failed("\x01.jpg")))
    file = written(write(tmp_path / "a.ledger", rows))
    found = file.read().to_pylist()
    assert [os.fsdecode(row["path_bytes"]) for row in found] == ["\x01.jpg", *names]
    missing, first = found[:2]
    assert first["flags"] == ["ai"]
    assert first["signed_at"] < datetime(2026, 6, 1, tzinfo=UTC)
    assert first["modified"] == datetime(2026, 5, 28, 20, 26, 40, 123456, tzinfo=UTC)
    assert json.loads(first["record"])["verdict"]["origin"] == first["origin"] == "ai_generated"
    assert missing["origin"] is None
    assert missing["flags"] is None
    assert missing["error_code"] == "asset.missing"
    environments = json.loads(file.schema_arrow.metadata[b"provenance.environments"])
    assert environments == {"1": plain(environment())}


def test_one_row_group_is_all_that_a_writer_of_parquet_holds(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parquet_table, "GROUP_ROWS", 4)
    rows = [entry(moved(judged("plain.jpg"), f"{n:02}.jpg")) for n in range(10)]
    file = written(write(tmp_path / "a.ledger", rows))
    assert [file.metadata.row_group(n).num_rows for n in range(3)] == [4, 4, 2]


def test_a_part_says_its_shard_and_comes_out_the_same_every_time(tmp_path) -> None:
    path = write(tmp_path / "a.ledger", [entry(judged("ai-generated.png", "a.png"))])
    made = []
    for facts in ({"shard": 3, "plan": "ab"}, {"plan": "ab", "shard": 3}):
        stream = io.BytesIO()
        with reading.open_ledger(path) as reader:
            parquet_table.write_part(reader.rows(), reader.runs[1].environment, facts, stream)
        made.append(stream.getvalue())
    assert made[0] == made[1]
    file = parquet.ParquetFile(io.BytesIO(made[0]))
    whole = written(path)
    assert file.read().to_pylist() == whole.read().to_pylist()
    metadata = file.schema_arrow.metadata
    assert json.loads(metadata.pop(b"provenance.shard")) == {"plan": "ab", "shard": 3}
    assert metadata == whole.schema_arrow.metadata


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InstallationError, match=r"provenance-verifier\[parquet\]"):
        parquet_table.write_parquet([], {}, io.BytesIO())
