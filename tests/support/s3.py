"""An S3 of the test's own: moto's server in this process, which `s3://` leads to meanwhile."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.request import Request, urlopen

from provenance.auditing.shards import stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextlib.contextmanager
def bucket(name: str) -> Iterator[str]:
    """Serve an empty bucket; give its address."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        with urlopen(Request(f"{url}/{name}", method="PUT")):  # noqa: S310 - our own server
            pass
        with patch.dict(os.environ, _environment(url)):
            yield f"s3://{name}"
    finally:
        server.stop()


def _environment(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def put(address: str, made: Mapping[str, bytes]) -> str:
    """Write objects below an address; give it back."""
    store = stores.open_store(address)
    for key, data in made.items():
        assert store.put_new(key, data)
    return address
