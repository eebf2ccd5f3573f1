"""`provenance shards run` says whose plan it runs, before it reads anything of it."""

import json
import os

from click.testing import CliRunner
from provenance_cli.main import main
from support.pki import FIXTURES

from provenance.kit import media


def test_a_plan_of_somebody_else_is_seen_for_what_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.jpg").write_bytes(media.gradient_jpeg(8, 8))
    anchors = str(FIXTURES / "pki" / "root.pem")
    words = ["inbox", "-o", "out", "--at", "2026-06-01T00:00:00Z", "--show-personal-data"]
    made = CliRunner().invoke(main, ["shards", "plan", *words, "--trust-anchors", anchors])
    assert made.exit_code == 0, made.output
    path = tmp_path / "out" / "plan.json"
    other = json.loads(path.read_text()) | {"source": f"{tmp_path}/\x1b[2Jno such folder"}
    path.write_text(json.dumps(other))
    result = CliRunner().invoke(main, ["shards", "run", "out", "--shard", "0"])
    first = result.output.partition("\n")[0]
    assert result.exit_code == 1
    assert "shard 0: not done: no worker can be started" in result.output
    assert first.startswith("plan ")
    assert "\x1b" not in result.output
    assert f": {tmp_path}/" in first
    assert "no such folder, as of 2026-06-01T00:00:00Z; trusts " in first
    assert first.endswith("root.pem; shows personal data")
    assert not (tmp_path / "out" / "parts").exists()


def test_a_source_that_is_not_mounted_is_no_news_of_its_files(tmp_path):
    inbox, out = tmp_path / "inbox", str(tmp_path / "out")
    inbox.mkdir()
    (inbox / "a.jpg").write_bytes(media.gradient_jpeg(8, 8))
    assert CliRunner().invoke(main, ["shards", "plan", str(inbox), "-o", out]).exit_code == 0
    os.remove(inbox / "a.jpg")
    result = CliRunner().invoke(main, ["shards", "run", out, "--all"])
    assert result.exit_code == 1
    assert f"shard 0: not done: {inbox}: nothing is in it: is it mounted?" in result.output
    part = tmp_path / "out" / "parts" / "part-00000000.parquet"
    part.parent.mkdir()
    part.symlink_to("nowhere")
    (inbox / "b.jpg").write_bytes(b"")
    result = CliRunner().invoke(main, ["shards", "run", out, "--all"])
    assert result.exit_code == 1
    assert f"not done: {part}: it is neither there nor written" in result.output
    part.unlink()
    result = CliRunner().invoke(main, ["shards", "run", out, "--all"])
    assert (result.exit_code, "asset.missing 1" in result.output) == (0, True)
