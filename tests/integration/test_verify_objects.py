"""`provenance verify s3://bucket/key`: one object of a store, read as a file is."""

import json
import struct

import pytest
from click.testing import CliRunner
from provenance_cli.main import main
from support.each import each
from support.object_store import SECRET, Fault, ObjectStore
from support.pki import FIXTURES

from provenance.kit import media
from provenance.media.asset import HEAD


@pytest.fixture
def server(monkeypatch):
    with ObjectStore() as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


def _verified(*words: str):
    result = CliRunner().invoke(main, ["verify", *words, "--format", "json"])
    assert not isinstance(result.exception, Exception) or result.exit_code, result.exception
    return result.exit_code, json.loads(result.stdout)


def _same(record):
    """What a record says but for its path, and for what the network was used for."""
    record = json.loads(json.dumps(record))
    record["asset"].pop("path")
    record["environment"].pop("network")
    record["environment"].pop("validation_time")
    return record


def test_an_object_is_judged_as_the_file_is(server):
    path = FIXTURES / "ai-generated.png"
    server.put("bucket/a folder/näher #1?.png", path.read_bytes())
    code, record = _verified("s3://bucket/a folder/näher #1?.png")
    assert (code, _same(record)) == (3, _same(_verified(str(path))[1]))
    assert record["asset"]["path"] == "s3://bucket/a folder/näher #1?.png"
    assert record["environment"]["network"] == "objects"
    assert _verified(str(path))[1]["environment"]["network"] == "off"


def test_sidecars_next_to_an_object_are_looked_at(server):
    server.put("bucket/picture.png", media.gradient_png(24, 24))
    server.put("bucket/picture.txt", b"a cat\nSteps: 20, Sampler: Euler, Seed: 7, Size: 8x8\n")
    assert _verified("s3://bucket/picture.png")[1]["verdict"]["origin"] != "unknown"


def test_an_address_of_the_web_is_not_fetched(server):
    server.put("bucket/picture.png", b"x")
    code, record = _verified(f"{server.url}/bucket/picture.png")
    assert (code, record["error"]["code"]) == (1, "asset.missing")
    assert not server.count()


def test_a_large_film_is_read_by_ranges(server):
    size = 1 << 30
    head = struct.pack(">I4s", 28, b"ftyp") + b"isom\0\0\2\0isomiso2avc1"
    head += struct.pack(">I4sQ", 1, b"mdat", size - 28)

    def read(offset: int, length: int) -> bytes:
        return (head[offset:] + bytes(length))[:length] if offset < len(head) else bytes(length)

    server.put_made("bucket/film.mp4", size, read)
    code, record = _verified("s3://bucket/film.mp4")
    assert (code, record["asset"]["media_type"]) == (0, "video/mp4")
    assert server.sent("bucket/film.mp4") > HEAD


@each(
    "fault, says",
    [
        (Fault.GONE, "no such object"),
        (Fault.DENIED, "denies access"),
        (Fault.EXPIRED, "credentials"),
        (None, "bucket or container does not exist"),
    ],
)
def test_an_object_that_cannot_be_read_has_a_record_with_the_error(server, fault, says):
    server.heal()
    server.put("bucket/a.png", b"x")
    if fault is not None:
        server.fail("bucket/a.png", fault)
    code, record = _verified(f"s3://{'bucket' if fault else 'nowhere'}/a.png")
    assert (code, record["verdict"]) == (1, None)
    assert says in record["error"]["message"]
    assert SECRET not in json.dumps(record)


def test_an_address_in_a_list_is_not_fetched(server, tmp_path):
    server.put("bucket/a.png", (FIXTURES / "ai-generated.png").read_bytes())
    listed = tmp_path / "list"
    listed.write_text("s3://bucket/a.png\n")
    code, (record,) = _verified("--files-from", str(listed))
    assert (code, record["error"]["code"]) == (1, "asset.missing")
    assert not server.count("bucket/a.png")
