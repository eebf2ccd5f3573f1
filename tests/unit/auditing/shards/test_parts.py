"""A folder of parts is a ledger for whoever reads it: the same rows, the same reports."""

from __future__ import annotations

import hashlib
import io
import json
import os

import pytest
from support import parts as made
from support import s3
from support.each import each
from support.ledgers import AT, HOSTILE_NAMES, copies, entry, failed, judged, moved, write

from provenance import Options, Policy, TrustStore
from provenance.auditing import diff, ledger_totals, reading
from provenance.auditing.shards import part, parts, plan_store, stores
from provenance.auditing.shards.shard_plan import PLAN, ListedObject, part_name
from provenance.auditing.task import DigestMode
from provenance.base.errors import AssetError, AuditError
from provenance.render import formats
from provenance.render.rows import EVERYTHING, ReportRequest, RowChange, RowSelection

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pytest.importorskip("duckdb", reason="duckdb is not installed")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """Every kind of row: flagged, signed, with a time of signing, failed, under hostile names."""
    reports = [judged(name) for name in ("ai-generated.png", "expired-timestamped.jpg")]
    rows = [entry(moved(reports[0], name)) for name in HOSTILE_NAMES]
    rows += [entry(moved(reports[1], "inbox/stamped.jpg")), entry(failed("inbox/none"))]
    rows += copies(judged("plain.jpg"), [f"inbox/{n:03}.jpg" for n in range(20)])
    return write(tmp_path_factory.mktemp("parts") / "a.ledger", rows)


@pytest.fixture(scope="module")
def out(ledger, tmp_path_factory):
    """The same rows in parts of seven."""
    return made.write(tmp_path_factory.mktemp("shards") / "a.ledger", made.files(ledger, 7))


def shown(results, form, selection=EVERYTHING):
    """One format of `report`, but for what the two are called and when a run was."""
    one = formats.format_named(formats.REPORT, form)
    stream = io.BytesIO() if one.binary else io.StringIO(newline="")
    asked = ReportRequest(
        results, selection, lambda: ledger_totals.count_ledger(results, selection)
    )
    one.load().report(asked, stream)
    if one.binary:
        return pa.parquet.read_table(io.BytesIO(stream.getvalue())).to_pylist()
    text = stream.getvalue()
    for before, after in (
        ("of the audit.", "of the ledger."),
        ("2026-06-01 00:00:00 to 01:00:00 UTC (", "as of 2026-06-01 00:00:00 UTC, in shards ("),
        ("begun 2026-06-01T00:00:00Z, ended 2026-06-01T01:00:00Z", "in shards"),
    ):
        text = text.replace(before, after)
    return text


@each("form", formats.format_names(formats.REPORT))
@each("selection", [EVERYTHING, RowSelection(flagged=True)])
def test_every_format_of_parts_is_that_of_the_ledger(ledger, out, form, selection) -> None:
    with reading.open_ledger(ledger) as reader, parts.open_parts(str(out)) as opened:
        expected, found = (shown(one, form, selection) for one in (reader, opened))
        assert found == expected
        assert len(found) > 20


def test_values_come_back_as_the_ledger_has_them(ledger, out) -> None:
    with reading.open_ledger(ledger) as reader, parts.open_parts(str(out)) as opened:
        expected = [row._replace(mtime_ns=row.mtime_ns // 1000 * 1000) for row in reader.rows()]
        assert list(opened.rows()) == expected  # but for the microsecond
        assert opened.notes == ()
        assert opened.runs[1].state == "finished"
        assert opened.runs[1].environment == reader.runs[1].environment
        assert opened.runs[1].measures(on=True) == ("landlock",)
        assert [opened.report(row) for row in expected] == [reader.report(r) for r in expected]


def test_one_row_group_of_a_part_is_in_memory_at_a_time(ledger, out, monkeypatch) -> None:
    held = []
    plain = part._checked

    def counted(batch, pyarrow):
        held.append(pa.total_allocated_bytes())
        return plain(batch, pyarrow)

    with reading.open_ledger(ledger) as reader:
        rows, run = list(reader.rows()), reader.runs[1]
    folder = out.parent / "large"
    body = '{"asset":{},' + '"x":"' + "y" * 100_000 + '"}'
    many = [rows[0]._replace(path_bytes=b"%06d" % n, record=body) for n in range(60)]
    files = {PLAN: made.plan([10] * 6)}
    for n in range(6):
        files[part_name(n)] = made.part(
            many[n * 10 : n * 10 + 10],
            run.environment,
            plan=hashlib.sha256(files[PLAN]).hexdigest(),
            shard=n,
            schema_version="1.0",
            isolation=[],
        )
    monkeypatch.setattr(part, "_checked", counted)
    with parts.open_parts(str(made.write(folder, files))) as opened:
        assert sum(1 for _ in opened.rows()) == 60
    assert max(held) < 2 * held[0] + (1 << 20)


@each("address", ["", "/", "/parts", "/parts/"])
def test_the_folder_of_the_parts_is_named_or_the_one_above(out, address) -> None:
    with parts.open_parts(f"{out}{address}") as opened:
        assert opened.path == str(out)
        assert opened.shards_missing == 0


def test_shards_that_are_not_done_are_said(ledger, tmp_path) -> None:
    files = made.files(ledger, 7, but=(0, 2))
    half = made.write(tmp_path / "half", files)
    note = "2 of 7 shards are not done: 14 objects are not in these figures"
    with parts.open_parts(str(half)) as opened:
        assert opened.notes == (note,)
        assert opened.runs[1].state == "unfinished"
        count = ledger_totals.count_ledger(opened, EVERYTHING).files
        assert count == len(HOSTILE_NAMES) + 22 - 14
        for form in ("text", "html"):
            assert note in shown(opened, form)
        assert "run 1: unfinished, in shards" in shown(opened, "text")
    one = made.write(tmp_path / "one", {k: v for k, v in files.items() if k == PLAN})
    with parts.open_parts(str(one)) as opened:
        assert opened.runs == {}
        assert opened.notes[0].startswith("7 of 7 shards are not done: ")
        assert "           0  files, 0 bytes\n" in shown(opened, "text")
        assert "The audit has no run." in shown(opened, "html")


@each(
    ("change", "message"),
    [
        ({PLAN: None}, "no plan.json in it: name the folder of an audit in shards"),
        ({PLAN: b"["}, "not the plan of an audit in shards"),
        ({PLAN: b'{"provenance_plan":2,"shards":[]}'}, "not the plan of an audit"),
        ({PLAN: b'{"provenance_plan":1,"shards":[{"objects":-1}]}'}, "not the plan of an audit"),
        ({PLAN: b'{"provenance_plan":1,"shards":[{}]}'}, "not the plan of an audit"),
        ({PLAN: b'{"provenance_plan":1,"shards":[]}'}, "the plan has 0 shards"),
        ({PLAN: b'{"provenance_plan":1,"shards":[{"objects":7}]}'}, "the plan has 1 shards"),
        ({part_name(7): b""}, "part-00000007.parquet: the plan has 7 shards"),
        ({part_name(1): b""}, "part-00000001.parquet: not a part of an audit in shards"),
    ],
)
def test_a_folder_that_is_no_audit_in_shards_is_refused(ledger, tmp_path, change, message) -> None:
    files = {k: v for k, v in (made.files(ledger, 7) | change).items() if v is not None}
    with (
        pytest.raises(AuditError, match=message) as caught,
        parts.open_parts(str(made.write(tmp_path, files))) as opened,
    ):
        list(opened.rows())
    assert caught.value.code == "parts.unusable"


def test_a_plan_is_read_as_it_is_written(tmp_path) -> None:
    """What this reader takes from `plan.json` is what `shards.plan` puts there."""
    found = [ListedObject(f"{n}.jpg", 1) for n in range(5)]
    wish = plan_store.ShardsRequest(
        str(tmp_path), AT, Policy(), TrustStore.load(), Options(), DigestMode.ALL
    )
    written = plan_store.make_plan(wish, found, str(tmp_path / "out"), 2)
    with parts.open_parts(str(tmp_path / "out")) as opened:
        assert opened.plan.sha256 == written.sha256
        assert opened.plan.objects == (2, 2, 1)
        assert opened.notes == ("3 of 3 shards are not done: 5 objects are not in these figures",)


def test_all_parts_are_of_one_plan_one_order_and_the_same_rules(ledger, tmp_path) -> None:
    files = made.files(ledger, 30)
    with reading.open_ledger(ledger) as reader:
        rows, run = list(reader.rows()), reader.runs[1]
    facts = {
        "plan": hashlib.sha256(files[PLAN]).hexdigest(),
        "shard": 1,
        "schema_version": run.schema_version,
        "isolation": run.columns["isolation"],
    }
    other = run.environment | {"validation_time": "2026-06-02T00:00:00Z"}
    weaker = [measure | {"on": False} for measure in facts["isolation"]]
    for name, bad, message in (
        ("rules", made.part(rows[30:], other, **facts), "judged by other rules"),
        (
            "version",
            made.part(rows[30:], run.environment, **facts | {"schema_version": "2"}),
            "other",
        ),
        (
            "plan",
            made.part(rows[30:], run.environment, **facts | {"plan": "f" * 64}),
            "another plan",
        ),
        ("order", made.part(rows[: len(rows) - 30], run.environment, **facts), "plan's order"),
    ):
        folder = made.write(tmp_path / name, files | {part_name(1): bad})
        with pytest.raises(AuditError, match=message), parts.open_parts(str(folder)) as opened:
            list(opened.rows())
    data = made.part(rows[30:], run.environment, **facts | {"isolation": weaker})
    with parts.open_parts(str(made.write(tmp_path / "ok", files | {part_name(1): data}))) as opened:
        list(opened.rows())
        assert opened.runs[1].measures(on=True) == ()
        assert opened.runs[1].measures(on=False) == ("landlock", "network")


def test_a_damaged_record_is_said_and_costs_no_other(ledger, tmp_path) -> None:
    with reading.open_ledger(ledger) as reader:
        rows, run = list(reader.rows())[:2], reader.runs[1]
    rows[0] = rows[0]._replace(record='{"asset":')
    files = {PLAN: made.plan([2])}
    files[part_name(0)] = made.part(
        rows,
        run.environment,
        plan=hashlib.sha256(files[PLAN]).hexdigest(),
        shard=0,
        schema_version="1.0",
        isolation=[],
    )
    with parts.open_parts(str(made.write(tmp_path, files))) as opened:
        first, second = opened.rows()
        for method in (opened.full_record, opened.report):
            with pytest.raises(AuditError, match=r"the record of .* is damaged"):
                method(first)
        assert json.loads(opened.full_record(second))["schema_version"] == "1.0"


def test_differences_of_a_ledger_and_of_parts(ledger, out, tmp_path) -> None:
    with reading.open_ledger(ledger) as reader:
        rows, run = list(reader.rows()), reader.runs[1]
    later = [rows[0]._replace(sha256="0" * 64), *rows[2:]]
    files = {PLAN: made.plan([len(later)])}
    files[part_name(0)] = made.part(
        later,
        run.environment,
        plan=hashlib.sha256(files[PLAN]).hexdigest(),
        shard=0,
        schema_version="1.0",
        isolation=[],
    )
    other = str(made.write(tmp_path, files))
    for a in (str(ledger), str(out)):
        with parts.results(a) as before, parts.results(other) as after:
            found = [(one.changes, one.row.path_bytes) for one in diff.differences(before, after)]
            back = [one.changes for one in diff.differences(after, before)]
        assert found == [
            ((RowChange.CHANGED_BYTES,), rows[0].path_bytes),
            ((RowChange.GONE,), rows[1].path_bytes),
        ]
        assert back == [(RowChange.CHANGED_BYTES,), (RowChange.NEW, RowChange.NEWLY_FLAGGED)]
        with parts.results(str(ledger)) as before, parts.results(str(out)) as after:
            assert list(diff.differences(before, after)) == []


def test_parts_of_a_store_are_read_as_those_of_a_folder(ledger, out) -> None:
    files = made.files(ledger, 7)
    with s3.bucket("audits") as bucket:
        address = s3.put(f"{bucket}/june", files)
        for named in (address, f"{address}/parts"):
            with parts.open_parts(str(out)) as local, parts.open_parts(named) as remote:
                assert remote.path == address
                assert list(remote.rows()) == list(local.rows())
                assert list(remote.outlines()) == list(local.outlines())
        with pytest.raises(AuditError, match=r"no plan\.json in it"), parts.open_parts(bucket):
            pass


def test_a_part_that_is_replaced_while_it_is_read_is_refused(ledger, monkeypatch) -> None:
    monkeypatch.setattr(part, "_TAIL", 100)
    files = made.files(ledger, 100)
    with s3.bucket("audits") as bucket:
        address = s3.put(f"{bucket}/replaced", files)
        with parts.open_parts(address) as opened:
            store = stores.open_store(address)
            file = part.ObjectFile(store, part_name(0))
            store._obstore.put(store._store, part_name(0), b"x" * file.size)
            with pytest.raises(AssetError, match="replaced since"):
                file.read(10)
            with pytest.raises(AuditError, match="not a part of an audit"):
                list(opened.rows())


def test_pyarrow_and_duckdb_open_all_parts_as_one(ledger, out) -> None:
    import duckdb
    from pyarrow import dataset

    with reading.open_ledger(ledger) as reader:
        count = ledger_totals.count_ledger(reader, EVERYTHING)
    table = dataset.dataset(out / "parts").to_table(columns=["path_bytes", "flagged"])
    assert table.num_rows == count.files
    assert {os.fsdecode(raw) for raw in table["path_bytes"].to_pylist()} >= set(HOSTILE_NAMES)
    asked = "SELECT count(*), count(*) FILTER (len(flagged) > 0), sum(size)"
    (found,) = duckdb.sql(f"{asked} FROM '{out}/parts/*.parquet'").fetchall()
    assert found == (count.files, count.flagged, count.size)
