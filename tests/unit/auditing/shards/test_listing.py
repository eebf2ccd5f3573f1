"""Which objects a source has: order, neighbours, names of every kind, and what is not listed."""

from __future__ import annotations

import os
import socket
import sys
import tempfile

import pytest
from support.each import each

from provenance.auditing.plan import Filters, Plan
from provenance.auditing.shards import listing, object_lists, stores
from provenance.auditing.shards.listing import Listing, ListingRequest
from provenance.auditing.shards.shard_plan import ListedObject
from provenance.auditing.sources import Sources
from provenance.base.errors import AuditError

needs_bytes = pytest.mark.skipif(
    sys.platform in {"win32", "darwin"}, reason="file names of this system are always text"
)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    top = tmp_path / "inbox"
    for name in ("b.jpg", "a/c.png", "a/c.txt", "a.jpg", "a.jpg.xmp", "Z.mp4", "a/deep/x.c2pa"):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return top


def found(source, **more):
    return list(Listing(ListingRequest(str(source), **more)))


def keys(source, **more):
    return [one.key for one in found(source, **more)]


def test_every_file_once_by_the_bytes_of_its_key(tree):
    assert keys(tree) == [
        "Z.mp4",
        "a.jpg",
        "a.jpg.xmp",
        "a/c.png",
        "a/c.txt",
        "a/deep/x.c2pa",
        "b.jpg",
    ]
    # whatever way the folder is named
    assert keys("inbox/") == keys("./inbox/../inbox") == keys(tree)
    one = found("inbox")[1]
    status = (tree / "a.jpg").stat()
    assert (one.size, one.modified_ns, one.error) == (5, status.st_mtime_ns, None)


def test_neighbours_are_named_and_stay_objects_of_their_own(tree):
    (tree / "b.c2pa").mkdir()
    for name in ("n1.jpg", "n10.jpg", "n1_input_params.json", "n1.swarm.json", "n", "n.txt"):
        (tree / "a/deep" / name).touch()
    by_key = {one.key: one for one in found(tree)}
    near = {key: [other.key for other in one.beside] for key, one in by_key.items() if one.beside}
    assert near == {
        "a.jpg": ["a.jpg.xmp"],
        "a/c.png": ["a/c.txt"],
        "a/deep/n": ["a/deep/n.txt"],
        "a/deep/n1.jpg": ["a/deep/n1.swarm.json", "a/deep/n1_input_params.json"],
    }
    assert by_key["a.jpg"].beside == (by_key["a.jpg.xmp"],)
    assert by_key["a/c.txt"].beside == ()


def test_what_filters_keep_away_may_still_be_next_to_what_they_let_through(tree):
    one = Listing(
        ListingRequest("inbox", Filters(include=("*.jpg", "*.png"), exclude=("b*",), max_size=7))
    )
    assert [(f.key, [n.key for n in f.beside]) for f in one] == [
        ("a.jpg", ["a.jpg.xmp"]),
        ("a/c.png", ["a/c.txt"]),
    ]
    assert (one.seen, one.left_out, one.markers) == (7, 5, 0)


@pytest.mark.skipif(os.name != "posix", reason="POSIX only")
def test_what_cannot_be_examined_is_an_object_with_the_error_of_audit(tree, monkeypatch):
    (tree / "nowhere.jpg").symlink_to("gone")
    (tree / "link.jpg").symlink_to("b.jpg")
    (tree / "loop.jpg").symlink_to("loop.jpg")
    (tree / "folder").symlink_to(tree.parent / "other")
    (tree.parent / "other").mkdir()
    (tree.parent / "other/c.png").write_bytes(b"x")
    os.mkfifo(tree / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tree)
        server.bind("socket.jpg")
    real = os.scandir

    def refusing(path):
        if os.fspath(path).rstrip("/").endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    errors = {one.key: one.error for one in found(tree) if one.error}
    assert errors == {
        "a/deep": ("plan.unlisted", "the folder cannot be listed: permission denied"),
        "loop.jpg": ("asset.unreadable", "too many levels of symbolic links"),
        "nowhere.jpg": ("asset.missing", "no such file"),
        "pipe.jpg": ("asset.not_regular", "a FIFO, not a regular file"),
        "socket.jpg": ("asset.not_regular", "a socket, not a regular file"),
    }
    # the same files as an audit goes through, with and without links to folders
    for follow in (False, True):
        planned = {p.path for p in Plan(Sources((f"{tree}",), follow_links=follow), Filters()) if p}
        listed = {f"{tree}/{key}" for key in keys(tree, follow_links=follow)}
        assert listed == planned
    assert "folder/c.png" in keys(tree, follow_links=True)


@needs_bytes
def test_names_that_are_not_text_keep_their_bytes_in_a_listing(tree):
    for name in (b"\xff\xfe.jpg", b"\xff\xfe.xmp", b"new\nline\x1b[2J.jpg"):
        (tree / os.fsdecode(name)).write_bytes(b"x")
    made = found(tree)
    names = [one.key for one in made]
    assert names == sorted(names, key=os.fsencode)
    one = made[names.index("\udcff\udcfe.jpg")]
    assert [near.key for near in one.beside] == ["\udcff\udcfe.xmp"]
    assert object_lists.unpacked(object_lists.packed(made), len(made)) == made


def test_the_plan_itself_is_not_listed(tree):
    for name in ("audit/plan.json", "audit/lists/0.jsonl.gz", "audit2.jpg"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(b"x")
    assert [key for key in keys(tree, out="inbox/a/../audit") if "audit" in key] == ["audit2.jpg"]
    assert len(keys(tree, out="elsewhere")) == len(keys(tree))
    with pytest.raises(AuditError, match="the plan cannot be where the objects are"):
        keys(tree, out="inbox")


@each(
    ("source", "out", "own"),
    [
        ("s3://a/b", "s3://a/b/c/", "c/"),
        ("s3://a", "s3://a/b/c", "b/c/"),
        ("s3://a/b", "s3://a/bc", None),
        ("s3://a/b", "/home/out", None),
        ("/home", "s3://a", None),
    ],
)
def test_the_place_of_a_plan_below_its_source_is_known(source, out, own):
    assert listing._prefix_of_plan(source, out) == own


def test_a_source_that_is_no_folder_is_refused(tree, monkeypatch):
    for source in ("inbox/b.jpg", "gone", "*.jpg"):
        with pytest.raises(AuditError, match="not a folder, nor the address of a store") as caught:
            keys(source)
        assert caught.value.code == "plan.unreadable"

    def refusing(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(AuditError, match="inbox: the folder cannot be listed: permission denied"):
        keys("inbox")


def test_a_listing_leaves_nothing_and_writes_nothing_near_the_source(tree, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = sorted(tree.rglob("*"))
    names = iter(Listing(ListingRequest("inbox")))
    next(names)
    assert (sorted(tree.rglob("*")), list(folder.iterdir())) == (before, [])
    names.close()


def test_a_listing_says_how_far_it_is_and_ends_at_its_bound(tree, monkeypatch):
    monkeypatch.setattr(listing, "_BATCH", 2)
    told = []
    list(Listing(ListingRequest("inbox"), told.append))
    assert told == [2, 4, 6]
    monkeypatch.setattr(listing, "MAX_NAMES", 6)
    with pytest.raises(AuditError, match="more than 6 names"):
        keys("inbox")


class Bucket:
    """A store that lists what it is given, in that order."""

    address, is_local = "s3://bucket/in", False

    def __init__(self, *found):
        self._found = found

    def listed(self, below=""):
        del below
        yield from self._found


@pytest.fixture
def bucket(monkeypatch):
    def made(*objects):
        monkeypatch.setattr(stores, "open_store", lambda address: Bucket(*objects))
        return Listing(ListingRequest("s3://bucket/in"))

    return made


AMBIGUOUS = ("plan.ambiguous", "listed twice, with different ETags")


def test_a_store_is_listed_as_a_folder_is(bucket):
    tag, other = '"one"', '"two"'
    made = bucket(
        ListedObject("b.jpg", 3, 7, tag),
        ListedObject("a/empty.jpg", 0),
        ListedObject("a", 0),  # a folder, as consoles make them; its slash is lost
        ListedObject("b.txt", 2, 7, other),
        ListedObject("b.jpg", 3, 7, tag),  # listed twice
        ListedObject("c/d", 3, 7, tag),
        ListedObject("c/d", 4, 8, other),  # which is c/d/
        ListedObject("a-b", 0),
    )
    near = ListedObject("b.txt", 2, 7, other)
    assert list(made) == [
        ListedObject("a-b", 0),
        ListedObject("a/empty.jpg", 0),
        ListedObject("b.jpg", 3, 7, tag, beside=(near,)),
        near,
        ListedObject("c/d", 4, 8, other, error=AMBIGUOUS),
    ]
    assert (made.seen, made.left_out, made.markers) == (8, 0, 1)


def table(folder, text, name="names.csv"):
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return str(path)


OUTSIDE = ("plan.outside", "the name is not below the source: it was not looked for")


def test_a_table_of_names_below_a_folder(tree, tmp_path):
    outside = (
        "../b.jpg",
        "a/../../b.jpg",
        "/etc/passwd",
        "s3://b/a.jpg",
        "file:///etc/passwd",
        ".",
    )
    lines = ["b.jpg", "./a//c.png", str(tree / "a.jpg"), "gone.jpg", "b.jpg", "a/c.txt", *outside]
    path = table(tmp_path, "path\n" + "\n".join(lines) + "\n,\n")
    made = {one.key: one for one in found(tree, manifest=path)}
    assert {key: one.error for key, one in made.items()} == {
        **dict.fromkeys(outside, OUTSIDE),
        **dict.fromkeys(("a.jpg", "a/c.png", "a/c.txt", "b.jpg")),
        "gone.jpg": ("asset.missing", "no such file"),
        "names.csv:14": ("plan.bad_line", "line 14 of the manifest names no file: no path"),
    }
    assert list(made) == sorted(made)
    assert made["b.jpg"].size == 5  # what the file says counts
    assert [one.key for one in made["a/c.png"].beside] == ["a/c.txt"]
    assert made["a.jpg"].beside == ()  # a.jpg.xmp is not in the table
    with pytest.raises(AuditError, match="no column 'name'"):
        found(tree, manifest=path, column="name")


def test_a_table_of_names_below_an_address(bucket, tmp_path):
    wrong = (
        "s3://bucket/into/a",
        "s3://other/in/a",
        "https://bucket/in/a",
        "/a",
        "a/..",
        "../in/a",
    )
    path = table(
        tmp_path,
        '{"path": "a.jpg", "size": 5, "etag": "0f-2"}\n'
        '{"path": "s3://bucket/in/b c+%20.jpg", "size": "6", "etag": "\\"q\\""}\n'
        '{"path": "c", "size": -1, "etag": 7}\n'
        '{"path": "d", "size": true, "etag": "a\\nb"}\n'
        + "".join(f'{{"path": "{one}"}}\n' for one in ("\u00fc" * 513, *wrong)),
        "names.jsonl",
    )
    bucket()
    made = {one.key: one for one in found("s3://bucket/in", manifest=path)}
    assert [one for one in made.values() if one.error is None] == [
        ListedObject("a.jpg", 5, None, '"0f-2"'),
        ListedObject("b c+%20.jpg", 6, None, '"q"'),
        ListedObject("c"),
        ListedObject("d"),
    ]
    errors = {key: one.error for key, one in made.items() if one.error}
    (long,) = set(errors) - set(wrong)
    assert errors.pop(long) == ("plan.outside", "its name has 1026 bytes: there are at most 1024")
    assert long.startswith("\u00fc" * 450 + "... sha256:")
    assert errors == dict.fromkeys(wrong, OUTSIDE)


def test_a_line_about_nothing_gives_way_to_an_object(tree, tmp_path):
    (tree / "names.csv:2").write_bytes(b"x")
    for lines in ('\n"",\nnames.csv:2\n', '\nnames.csv:3\n"",\n'):
        path = table(tmp_path, "path,x" + lines)
        number = 2 + lines.startswith("\nnames")
        (tree / f"names.csv:{number}").write_bytes(b"x")
        assert [(f.key, f.error) for f in found(tree, manifest=path)] == [
            (f"names.csv:{number}", None)
        ]
