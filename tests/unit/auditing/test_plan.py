"""The plan: folders, patterns, lists, manifests, filters, loops, and names of every kind."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime

import pytest
from support.each import each

from provenance.auditing import plan as planning
from provenance.auditing import sources
from provenance.auditing.plan import Filters, Plan
from provenance.auditing.sources import Sources
from provenance.base.errors import AuditError

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")
needs_bytes = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="file names of this system are always text"
)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("b.jpg", "a.png", "sub/c.jpg", "sub/deep/d.jpg", "sub2/e.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def locked(tree, monkeypatch):
    """The tree, with a folder that cannot be listed."""
    real = os.scandir

    def refusing(path):
        if path == "sub/deep":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    return tree


def planned(*paths, filters=None, ledger=None, **more):
    return list(Plan(Sources(tuple(map(str, paths)), **more), filters or Filters(), ledger))


def names(*paths, **more):
    return [p.path for p in planned(*paths, **more)]


def test_folders_are_walked_in_order(tree):
    assert names("sub", "b.jpg") == ["sub/c.jpg", "sub/deep/d.jpg", "b.jpg"]
    assert names(".") == ["./a.png", "./b.jpg", "./sub/c.jpg", "./sub/deep/d.jpg", "./sub2/e.txt"]
    assert names("sub/") == ["sub/c.jpg", "sub/deep/d.jpg"]


def test_a_large_folder_is_sorted_block_by_block_and_complete(tree, monkeypatch):
    monkeypatch.setattr(planning, "SORTED", 3)
    for n in range(10):
        (tree / "sub2" / f"{n}").touch()
    assert sorted(names("sub2")) == sorted([*(f"sub2/{n}" for n in range(10)), "sub2/e.txt"])


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.jpg", ["b.jpg"]),
        ("sub*", ["sub/c.jpg", "sub/deep/d.jpg", "sub2/e.txt"]),
        ("sub/*.jpg", ["sub/c.jpg"]),
        ("**/*.jpg", ["b.jpg", "sub/c.jpg", "sub/deep/d.jpg"]),
        ("sub/**/d.*", ["sub/deep/d.jpg"]),
        ("./su[b]/?.jpg", ["sub/c.jpg"]),
    ],
)
def test_a_pattern_names_the_files_that_fit(tree, pattern, found):
    assert names(pattern) == found


def test_a_pattern_with_a_root(tree):
    assert names(f"{tree}/sub/*") == [f"{tree}/sub/c.jpg", f"{tree}/sub/deep/d.jpg"]


def test_a_pattern_does_not_walk_where_nothing_can_fit(tree, monkeypatch):
    walked = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: walked.append(path) or real(path))
    names("*.jpg")
    assert walked == ["."]


def test_a_pattern_that_fits_nothing_is_one_error(tree):
    (one,) = planned("*.webp")
    assert (one.path, one.error.code) == ("*.webp", "asset.missing")
    (one,) = planned("none/*.jpg")
    assert (one.path, one.error.code) == ("none/*.jpg", "asset.missing")


def test_a_file_whose_name_is_a_pattern(tree):
    (tree / "[x].jpg").touch()
    assert names("[x].jpg") == ["[x].jpg"]


def test_what_is_missing_is_planned_and_judged_later(tree):
    (one,) = planned("gone.jpg")
    assert (one.path, one.size, one.error) == ("gone.jpg", None, None)


@posix
class TestLinks:
    def test_that_lead_in_a_circle_end(self, tree):
        (tree / "sub" / "loop").symlink_to(tree)
        (tree / "sub" / "again").symlink_to(tree / "sub2")
        assert names("sub") == ["sub/c.jpg", "sub/deep/d.jpg"]
        followed = names("sub", follow_links=True)
        assert len(followed) == 5
        assert {os.path.basename(name) for name in followed} == {
            *("a.png", "b.jpg", "c.jpg", "d.jpg", "e.txt")
        }

    def test_links_to_files_are_files(self, tree):
        (tree / "sub2" / "link").symlink_to(tree / "b.jpg")
        (tree / "sub2" / "nowhere").symlink_to(tree / "none")
        (tree / "sub2" / "itself").symlink_to(tree / "sub2" / "itself")
        assert names("sub2") == ["sub2/e.txt", "sub2/itself", "sub2/link", "sub2/nowhere"]

    def test_a_folder_named_as_a_link_is_walked(self, tree):
        (tree / "door").symlink_to(tree / "sub")
        assert names("door") == ["door/c.jpg", "door/deep/d.jpg"]

    def test_a_folder_that_cannot_be_listed_is_an_error(self, locked):
        last = planned("sub")[-1]
        assert (last.path, last.error.code) == ("sub/deep", "plan.unlisted")
        assert "permission denied" in last.error.message

    @pytest.mark.parametrize("pattern", ["sub/*/d.jpg", "**/d.jpg", "s*/deep/*"])
    def test_a_folder_on_the_way_of_a_pattern_that_cannot_be_listed_is_an_error(
        self, locked, pattern
    ):
        (only,) = planned(pattern)
        assert (only.path, only.error.code) == ("sub/deep", "plan.unlisted")

    def test_a_folder_that_goes_away_in_the_middle_is_an_error(self, tree):
        walk = iter(Plan(Sources(("sub",)), Filters()))
        assert next(walk).path == "sub/c.jpg"
        (tree / "sub" / "deep" / "d.jpg").unlink()
        (tree / "sub" / "deep").rmdir()
        (last,) = walk
        assert last.error.code == "plan.unlisted"


class TestFilters:
    def test_by_name_keep_and_leave_out(self, tree):
        assert names(".", filters=Filters(include=("*.jpg",), exclude=("d.*",))) == [
            *("./b.jpg", "./sub/c.jpg")
        ]

    def test_sizes_are_inclusive_and_what_is_left_out_is_counted(self, tree):
        (tree / "sub2" / "big").write_bytes(b"x" * 100)
        plan = Plan(Sources((".",)), Filters(min_size=100, max_size=100))
        assert [p.path for p in plan] == ["./sub2/big"]
        assert plan.left_out == 5
        assert [p.path for p in plan] == ["./sub2/big"]
        assert plan.left_out == 5  # of the last time

    def test_by_time_have_both_ends(self, tree):
        old = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
        os.utime(tree / "b.jpg", (old, old))
        border = int(old * 1_000_000_000)
        assert names("b.jpg", "a.png", filters=Filters(before_ns=border)) == ["b.jpg"]
        assert names("b.jpg", "a.png", filters=Filters(after_ns=border + 1)) == ["a.png"]

    def test_keep_what_cannot_be_examined(self, tree):
        assert names("gone", filters=Filters(min_size=1)) == ["gone"]


class TestOwnFiles:
    def test_the_ledger_is_not_audited(self, tree):
        for end in ("", "-wal", "-shm", "-journal", "-lock"):
            (tree / "sub" / f"l{end}").touch()
        (tree / "sub2" / "l").touch()
        assert names("sub", "sub2", ledger="sub/l") == [
            *("sub/c.jpg", "sub/deep/d.jpg", "sub2/e.txt", "sub2/l")
        ]
        for name in ("l.run-1.rows", "l.run-12.statement.json", "l.run-x.rows", "l.run-1.rows.bak"):
            (tree / "sub2" / name).touch()
        assert names("sub2", ledger="sub2/l") == [
            *("sub2/e.txt", "sub2/l.run-1.rows.bak", "sub2/l.run-x.rows")
        ]
        assert "./sub/l" not in names(".", ledger=str(tree / "sub2" / ".." / "sub" / "l"))


HOSTILE = [
    b"new\nline.jpg",
    b"tab\tquote\"'`.jpg",
    b"comma,semi;.csv",
    b"=cmd('calc')!A0.jpg",
    b"\x1b[31mred\x1b]0;title\x07.jpg",
    b"\xff\xfe\x80 bad.jpg",
    "\u202egpj.exe".encode(),
    b"-rf",
    b" ",
    b"<script>alert(1)</script>".replace(b"/", b"_"),
    b"a" * 255,
]


@needs_bytes
class TestLists:
    @pytest.fixture
    def hostile(self, tmp_path, monkeypatch):
        folder = tmp_path / "hostile"
        folder.mkdir()
        for name in HOSTILE:
            with open(os.path.join(os.fsencode(folder), name), "wb"):
                pass
        monkeypatch.chdir(folder)
        return [os.fsdecode(name) for name in sorted(HOSTILE)]

    def test_folders_give_every_name_as_it_is(self, hostile):
        assert [os.path.basename(name) for name in names(".")] == hostile

    def test_lists_give_every_name_as_it_is(self, hostile, tmp_path):
        (tmp_path / "list").write_bytes(b"\0".join(map(os.fsencode, hostile)))
        assert names(files_from=str(tmp_path / "list"), null=True) == hostile
        lines = [name for name in hostile if "\n" not in name]
        (tmp_path / "lines").write_bytes(b"\r\n".join(map(os.fsencode, lines)) + b"\r\n\n")
        assert names(files_from=str(tmp_path / "lines")) == lines

    def test_tables_give_every_name_as_it_is(self, hostile, tmp_path):
        import csv

        with open(tmp_path / "t.csv", "w", newline="", errors="surrogateescape") as file:
            csv.writer(file).writerows([["id", "path"], *([n, h] for n, h in enumerate(hostile))])
        assert names(manifest=str(tmp_path / "t.csv")) == hostile
        table = "".join(json.dumps({"file": name}) + "\n" for name in hostile)
        (tmp_path / "t.jsonl").write_text(table)
        assert names(manifest=str(tmp_path / "t.jsonl"), column="file") == hostile

    def test_a_path_of_four_thousand_characters_and_more(self, tmp_path):
        for length in (4000, 1 << 16):
            (tmp_path / "list").write_bytes(b"x" * length)
            assert names(files_from=str(tmp_path / "list")) == ["x" * length]

    @pytest.mark.parametrize("data", [b"x" * 200_000, b"a\0b\n", b"\xff\xfea\0\n\0"])
    def test_that_are_none_are_refused_before_anything_begins(self, tmp_path, data):
        (tmp_path / "list").write_bytes(data)
        with pytest.raises(AuditError) as caught:
            sources.check_sources(Sources(files_from=str(tmp_path / "list")))
        assert caught.value.code == "plan.unreadable"


class TestTables:
    def test_what_names_no_file_is_an_error_with_its_line(self, tmp_path):
        table = tmp_path / "t.csv"
        table.write_text('path,n\na.jpg,1\n,2\n\n"b.jpg"\n')
        found = planned(manifest=str(table))
        assert [p.path for p in found] == ["a.jpg", f"{table}:3", "b.jpg"]
        assert found[1].error.code == "plan.bad_line"

    @each("line", ["{", "[1]", '{"path": 7}', '{"path": ""}', '{"p": "a"}', '{"path": "\\ud800"}'])
    def test_json_that_names_no_file_is_an_error_with_its_line(self, tmp_path, line):
        table = tmp_path / "t.jsonl"
        table.write_text(f'{{"path": "a"}}\n{line}\n' + "[" * 5000 + "\n" + '{"path": "b"}')
        found = planned(manifest=str(table))
        assert [p.path for p in found] == ["a", f"{table}:2", f"{table}:3", "b"]

    def test_a_byte_order_mark_is_none_of_the_header(self, tmp_path):
        (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfpath\r\na.jpg\r\n")
        assert names(manifest=str(tmp_path / "t.csv")) == ["a.jpg"]

    def test_a_huge_field_is_one_error(self, tmp_path):
        (tmp_path / "t.csv").write_text("path\n" + "x" * 200_000 + "\nb\n")
        found = planned(manifest=str(tmp_path / "t.csv"))
        assert found[0].error.code == "plan.bad_line"
        assert found[-1].path == "b"

    @pytest.mark.parametrize("wanted", [{"manifest": "none.csv"}, {"files_from": "none"}])
    def test_that_cannot_be_read_are_refused_at_once(self, tmp_path, monkeypatch, wanted):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(AuditError, match="no such file"):
            sources.check_sources(Sources(**wanted))

    @pytest.mark.parametrize(
        ("name", "text"), [("t.csv", "a,b\n1,2\n"), ("t.jsonl", '\n{"a": 1}\n{"path": "b"}\n')]
    )
    def test_a_missing_column_is_an_error(self, tmp_path, name, text):
        (tmp_path / name).write_text(text)
        with pytest.raises(AuditError, match="--path-column") as caught:
            sources.check_sources(Sources(files_from="-", manifest=str(tmp_path / name)))
        assert caught.value.code == "plan.unreadable"

    @pytest.mark.parametrize(
        "text", ['[\n{"path": "a"}\n]', '[{"path": "a"}]', "a.jpg\nb.jpg\n", '"path"', "\n[" * 5000]
    )
    def test_json_that_is_not_json_lines_is_an_error(self, tmp_path, text):
        (tmp_path / "t.json").write_text(text)
        with pytest.raises(AuditError, match="one object a line") as caught:
            sources.check_sources(Sources(manifest=str(tmp_path / "t.json")))
        assert caught.value.code == "plan.unreadable"

    @pytest.mark.parametrize("value", ["7", '""', "null", '"\\ud800"'])
    def test_a_first_line_of_the_right_shape_is_a_bad_line_alone(self, tmp_path, value):
        table = tmp_path / "t.jsonl"
        table.write_text(f'{{"path": {value}}}\n{{"path": "b"}}')
        sources.check_sources(Sources(manifest=str(table)))
        assert names(manifest=str(table)) == [f"{table}:1", "b"]

    def test_a_manifest_of_nothing_names_nothing(self, tmp_path):
        (tmp_path / "t.jsonl").write_text("\n")
        sources.check_sources(Sources(manifest=str(tmp_path / "t.jsonl")))
        assert names(manifest=str(tmp_path / "t.jsonl")) == []


@pytest.mark.parametrize("name", ["files_from", "manifest"])
def test_standard_input_is_read_once_whatever_lies_about(tree, name):
    (tree / "-").touch()
    assert not sources.can_be_read_twice(Sources(**{name: "-"}))
    assert sources.can_be_read_twice(Sources(**{name: "./-"}))
