"""What an engine is told, and what it hears."""

import itertools
import pickle

from support.each import each
from support.sharding import part, planned

from provenance.auditing.shards.once import Errand, run_once, spread
from provenance.auditing.shards.shard_run import Runner
from provenance.kit import media


@each("count", [0, 1, 2, 3, 8, 100, 9_999])
def test_every_shard_has_its_turn_and_neighbours_are_apart(count):
    numbers = spread(count)
    assert sorted(numbers) == list(range(count))
    pairs = itertools.pairwise(numbers)
    assert count < 8 or min(abs(a - b) for a, b in pairs) > count // 3


def test_an_errand_and_its_result_can_be_sent(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(media.gradient_jpeg(32, 16))
    made = planned(folder, tmp_path / "out")
    errand = pickle.loads(pickle.dumps(Errand(str(tmp_path / "out"), made.sha256, Runner())))  # noqa: S301 - our own
    result = pickle.loads(pickle.dumps(run_once(errand, 0)))  # noqa: S301 - our own
    assert (result.shard, result.error, result.ran.done) == (0, "", 1)
    assert len(part(tmp_path / "out")) == 1


def test_what_keeps_a_shard_from_being_run_is_in_the_result(tmp_path):
    result = run_once(Errand(str(tmp_path), "0" * 64, Runner()), 3)
    assert (result.shard, result.ran) == (3, None)
    assert "plan.json" in result.error
    assert "\n" not in result.error
