"""`provenance serve` under attack: ways in which one caller once harmed the others."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import sys
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from integration.helpers import FIXTURES
from support import liar
from support.key_files import write
from support.serving import Service, answered, ask, connected, own_certificate, running, serves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    serves,
    pytest.mark.skipif(sys.platform != "linux", reason="open files are handed over on Linux"),
]
AI = (FIXTURES / "ai-generated.png").read_bytes()
POST = b"POST /v1/verify HTTP/1.1\r\nHost: localhost\r\n"
CONNECTIONS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the services of these tests are set up with."""
    made: Path = tmp_path_factory.mktemp("hostile")
    (made / "root").mkdir()
    (made / "token").write_text("a-token-of-forty-characters-for-this-test\n", "ascii")
    write(made, signer=Ed25519PrivateKey.generate())
    return made


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[Service]:
    """One with room for few connections."""
    options = ("--max-connections", str(CONNECTIONS), "--root", f"files={folder / 'root'}")
    with running(*options) as made:
        yield made


def works(port: int) -> None:
    """Fail where a caller is not answered."""
    assert ask(port, "POST", "/v1/verify", AI).status == 200


def test_the_socket_of_the_next_one_is_left_alone(tmp_path: Path) -> None:
    """It may begin while this one ends."""
    from provenance.serve import server

    place = str(tmp_path / "socket")
    with server._bound(server.Listener(path=place)):
        os.unlink(place)
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(place)
    assert os.path.exists(place)
    os.unlink(place)
    with server._bound(server.Listener(path=place)):
        assert os.path.exists(place)
    assert not os.path.exists(place)
