"""Runners and workers that are killed, and runners that meet: one row an object in the end."""

import os
import re
import signal

import pytest
from support import killable
from support.object_store import ObjectStore
from support.pki import FIXTURES
from support.sharding import part, planned

from provenance.auditing.shards import parts, stores
from provenance.auditing.shards.shard_plan import part_name
from provenance.kit import media
from provenance.render.rows import EVERYTHING

COUNT = 40
SLOW = "support.examiners:slow"
pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="processes as of Linux")


@pytest.fixture(scope="module")
def server():
    with ObjectStore() as made, pytest.MonkeyPatch.context() as patched:
        for name, value in made.environment.items():
            patched.setenv(name, value)
        yield made


@pytest.fixture(scope="module")
def runners(server, tmp_path_factory):
    del server  # for its environment
    with killable.runners(tmp_path_factory.mktemp("killed") / "runners") as made:
        yield made


@pytest.fixture(scope="module")
def files(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for n in range(COUNT):
        data = media.gradient_jpeg(32 + n, 16)
        if n % 10 == 0:
            data = (FIXTURES / "ai-generated.png").read_bytes()
        (folder / f"{n:02d}").write_bytes(data)
        server.put(f"bucket/in/{n:02d}", data)
    return folder


@pytest.fixture(params=["folder", "store"])
def place(request, files, tmp_path):
    """Source and destination: a folder, or the store."""
    if request.param == "folder":
        return files, tmp_path / "out"
    return "s3://bucket/in", f"s3://bucket/{tmp_path.name}"


def check(out, shards=1):
    """See that each object has one row, and that nothing else passes for a part."""
    store = stores.open_store(str(out))
    names = {one.key for one in store.listed("parts")} if shards else set()
    named = {name for name in names if not name.rpartition("/")[2].startswith(".")}
    assert named == {part_name(n) for n in range(shards)}
    paths = [row["path"] for n in range(shards) for row in part(out, n)]
    assert len(paths) == len(set(paths)) == COUNT
    assert paths == sorted(paths)
    with parts.open_parts(str(out)) as opened:
        assert sum(1 for _ in opened.rows(EVERYTHING)) == COUNT
    return [store.get(part_name(n)) for n in range(shards)], names - named


def without_plan(said):
    """What a runner said after the line on whose plan it is."""
    return re.sub(r"\Aplan [0-9a-f]{16}: .*\n", "", said)


def test_a_runner_that_is_killed_at_any_moment_costs_no_row(runners, place):
    source, out = place
    planned(source, out, 14)
    local = not stores.is_address(str(out))
    for moment in killable.MOMENTS:
        if not local and moment.startswith("with "):
            continue
        code, said = runners.begin(str(out), "--all", "-j", "1", moment=moment).ended()
        assert code == -signal.SIGKILL, moment
        assert without_plan(said) in {"", "shard 0: done before\n"}
    code, said = runners.begin(str(out), "--all", "-j", "2").ended()
    assert code == 0
    assert "shard 0: done before\n" in said
    assert re.search(r"^shard \d: 1\d objects", said, re.MULTILINE)  # what is left
    found, left = check(out, shards=3)
    assert len(left) == (2 if local else 0)  # temporary files, which nobody takes for parts
    calm = f"{out}-calm"
    planned(source, calm, 14)
    assert runners.begin(calm, "--all", "-j", "1").ended()[0] == 0
    assert check(calm, shards=3)[0] == found


def test_what_a_killed_worker_had_is_done_again(runners, place):
    source, out = place
    planned(source, out)
    runner = runners.begin(str(out), "--shard", "0", "-j", "1", examiner=SLOW)
    killable.wait(lambda: runner.passed("row"))
    (first,) = runner.workers()
    os.kill(first, signal.SIGKILL)
    killable.wait(lambda: runner.workers() - {first})
    code, said = runner.ended()
    assert (code, without_plan(said)) == (0, "shard 0: 40 objects, 4 flagged (ai 4)\n")
    check(out)
    assert {row["error_code"] for row in part(out)} == {None}


def test_two_runners_of_one_shard_write_one_part(runners, place):
    source, out = place
    planned(source, out)
    words = (str(out), "--shard", "0", "-j", "1")
    both = [runners.begin(*words, moment="together") for _ in range(2)]
    ends = [one.ended() for one in both]
    assert [code for code, _ in ends] == [0, 0]
    assert sorted("somebody else wrote it first" in said for _, said in ends) == [False, True]
    _, left = check(out)
    assert not left


def test_a_runner_that_is_told_to_end_writes_nothing(runners, place):
    source, out = place
    planned(source, out)
    runner = runners.begin(str(out), "--all", "-j", "1", examiner=SLOW)
    killable.wait(lambda: runner.passed("row"))
    workers = runner.workers()
    os.kill(runner.pid, signal.SIGTERM)
    code, said = runner.ended()
    assert code == 128 + signal.SIGTERM
    line = r"shard 0: interrupted after \d+ of 40; not written\n"
    assert re.match(line, without_plan(said)), said
    assert "next:" not in said
    assert not [one for one in stores.open_store(str(out)).listed() if one.key.startswith("parts")]
    assert workers
    killable.wait(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers))
