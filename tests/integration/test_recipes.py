"""The recipes for `provenance serve` (integrations/), with the tools that this machine has."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from integration.helpers import FIXTURES, ROOT
from provenance_cli.serve import serve_command as serve
from support import under_unit
from support.serving import running, serves

from provenance.sandbox import landlock, seccomp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECIPES = ROOT / "integrations"
UNIT = RECIPES / "systemd" / "provenance-serve.service"
LISTEN = RECIPES / "systemd" / "listen.conf"
COMPOSE = RECIPES / "container" / "compose.yaml"
NGINX = RECIPES / "nginx" / "provenance.conf"
PROGRAM = "/opt/provenance/bin/provenance"
HOST = "provenance.example"
TOKEN = "a-token-of-forty-characters-for-this-test"
BEARER = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/octet-stream"}
AI = (FIXTURES / "ai-generated.png").read_bytes()
LARGE = AI + bytes(3 << 20)
NAME = "name-of-a-file.png"

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed here")
httpx = pytest.importorskip("httpx", reason="httpx is not installed here")


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def _systemd() -> int:
    """The version of systemd, 0 where there is none."""
    if shutil.which("systemd-analyze") is None:
        return 0
    said = subprocess.run(
        ["systemd-analyze", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.match(r"systemd (\d+)", said)
    return int(found[1]) if found else 0


needs_systemd = pytest.mark.skipif(_systemd() < 250, reason="systemd 250 is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the recipes have in /etc/provenance."""
    made: Path = tmp_path_factory.mktemp("recipes")
    (made / "token").write_text(TOKEN + "\n", "ascii")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (made / "tls.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (made / "tls.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return made


def settings(path: Path, name: str) -> list[str]:
    """The values of a setting in a unit, lines that go on joined."""
    text = path.read_text(encoding="utf-8").replace("\\\n", "")
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def started(path: Path) -> list[str]:
    """The arguments of the command that a unit starts."""
    program, *arguments = shlex.split(settings(path, "ExecStart")[-1])
    assert (program, arguments.pop(0)) == (PROGRAM, "serve")
    return arguments


def composed() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return made


def placed(arguments: list[str], folder: Path) -> list[str]:
    """The arguments with the files of this test, on a free port."""
    kept = (one for one in arguments if not one.startswith("--port="))
    return [re.sub(r"%d|/run/(secrets|provenance-serve)", str(folder), one) for one in kept]


def verdict(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    made: str = answer.json()["verdict"]["origin"]
    return made


# ---- systemd


@needs_systemd
@pytest.mark.parametrize("listens", [False, True], ids=["socket", "address"])
def test_systemd_knows_every_line_of_the_unit(tmp_path: Path, listens: bool) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace(PROGRAM, sys.executable), "utf-8")
    if listens:
        more = tmp_path / f"{UNIT.name}.d"
        more.mkdir()
        text = LISTEN.read_text("utf-8").replace(PROGRAM, sys.executable)
        (more / LISTEN.name).write_text(text, "utf-8")
    made = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")
    made = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stdout


@serves
@needs_systemd
@pytest.mark.skipif(not under_unit.available(), reason="there is no libseccomp 2")
def test_the_service_works_with_the_calls_that_the_unit_allows(folder: Path) -> None:
    """As the unit starts it; the workers can confine themselves, and the C2PA SDK is asked."""
    allowed = under_unit.allowed(settings(UNIT, "SystemCallFilter"))
    before = (sys.executable, under_unit.__file__, json.dumps(sorted(allowed)))
    with running(*placed(started(UNIT), folder), before=before) as service:
        way = httpx.HTTPTransport(uds=str(folder / "socket"))
        with httpx.Client(transport=way, base_url=f"http://{HOST}") as client:
            found = client.post("/v1/verify?cross_check=always", content=AI, headers=BEARER)
        assert service.stop() == 0
    assert verdict(found) == "ai_generated"
    assert found.json()["sdk_state"] == "Valid"
    if landlock.version() > 0 and seccomp.available():
        assert "not confined" not in service.said


def test_the_systemd_units_for_both_ways_to_listen_have_the_same_bounds() -> None:
    bounds = [re.findall(r"-j .*", " ".join(started(one))) for one in (UNIT, LISTEN)]
    assert bounds[0] == bounds[1] != []
    known = {name for option in serve.params for name in option.opts}
    assert {one for one in started(LISTEN) if one.startswith("-")} <= known


# ---- containers


def test_the_container_writes_nothing_and_may_nothing() -> None:
    made = composed()
    service = made["services"]["serve"]
    assert service["read_only"] is True
    assert "tmpfs" not in service
    assert "volumes" not in service
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] == service["memswap_limit"]  # the same: no swap
    assert service["ulimits"]["core"] == 0
    assert [one for one in service["ports"] if not one.startswith("127.0.0.1:")] == []
    assert sorted(service["secrets"]) == sorted(made["secrets"])
    outside = (RECIPES / "container" / "Containerfile").read_text(encoding="utf-8")
    assert f"USER {service['user']}" in outside
    assert "ARG EXTRAS=serve\n" in outside
    assert '"/source[$EXTRAS]"' in outside


@needs("docker-compose")
def test_compose_takes_the_file() -> None:
    made = subprocess.run(
        ["docker-compose", "-f", str(COMPOSE), "config", "--quiet"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr


@serves
def test_the_command_of_the_container_serves_and_is_found_healthy(folder: Path) -> None:
    service = composed()["services"]["serve"]
    program, *arguments = service["command"]
    assert program == "serve"
    _, python, *check = service["healthcheck"]["test"]
    assert python == "python"
    with running(*placed(arguments, folder)) as made:
        assert made.url == f"https://0.0.0.0:{made.port}/"
        context = ssl.create_default_context(cafile=str(folder / "tls.crt"))
        with client(made.port, context) as asked:
            for host in ("localhost", "serve"):
                sent = {**BEARER, "Host": host}
                found = asked.post("/v1/verify", content=AI, headers=sent)
                assert verdict(found) == "ai_generated"
        code = check[1].replace(":8470/", f":{made.port}/")
        assert code != check[1]
        subprocess.run([sys.executable, check[0], code], timeout=60, check=True)
        made.stop()
        gone = subprocess.run(
            [sys.executable, check[0], code], capture_output=True, timeout=60, check=False
        )
        assert gone.returncode != 0


# ---- nginx


@contextlib.contextmanager
def client(port: int, context: ssl.SSLContext) -> Iterator[httpx.Client]:
    """One that knows the service by its name, and finds it on this computer."""
    with httpx.Client(
        base_url=f"https://127.0.0.1:{port}",
        verify=context,
        headers={"Host": f"{HOST}:{port}"},
    ) as made:

        def named(request: httpx.Request) -> None:
            request.extensions["sni_hostname"] = HOST

        made.event_hooks["request"] = [named]
        yield made


@contextlib.contextmanager
def proxied(folder: Path, place: Path, text: str) -> Iterator[httpx.Client]:
    """Run nginx with a configuration; its folders for temporary files are gone by then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = re.sub(r"^.*listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443", f"listen 127.0.0.1:{port}")
    text = text.replace("/etc/provenance", str(folder))
    text = text.replace("/run/provenance-serve/socket", str(folder / "behind"))
    place.mkdir()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"    {kind}_temp_path {place}/{kind};\n" for kind in kinds)
    (place / "provenance.conf").write_text(text, "utf-8")
    configuration = place / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""
    configuration.write_text(
        f"daemon off;\nmaster_process off;\n{user}pid {place}/pid;\n"
        f"error_log {place}/error.log info;\nevents {{}}\n"
        f"http {{\n{temporary}    access_log {place}/access.log;\n"
        f"    include {place}/provenance.conf;\n}}\n",
        "utf-8",
    )
    command = ["nginx", "-p", str(place), "-e", str(place / "error.log"), "-c", str(configuration)]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _connected(port, process)
        for kind in kinds:
            (place / kind).rmdir()  # from now on a temporary file is an error
        context = ssl.create_default_context(cafile=str(folder / "tls.crt"))
        with client(port, context) as made:
            yield made
    finally:
        process.terminate()
        process.wait(timeout=30)


def _connected(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it listens."""
    for _ in range(500):
        assert process.poll() is None, "nginx ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise AssertionError("nginx does not listen")


def chunks() -> Iterator[bytes]:
    for at in range(0, len(LARGE), 1 << 16):
        yield LARGE[at : at + (1 << 16)]


@serves
@needs("nginx")
def test_nginx_passes_bodies_on_without_a_file_and_names_nothing(
    folder: Path, tmp_path: Path
) -> None:
    text = NGINX.read_text(encoding="utf-8")
    target = f"/v1/verify?name={NAME}"
    place = tmp_path / "nginx"
    unix = ("--unix", str(folder / "behind"), "--allow-host", HOST)
    with running(*unix, "--token-file", str(folder / "token")) as service:
        with proxied(folder, place, text) as asked:
            found = asked.post(target, content=LARGE, headers=BEARER)
            assert verdict(found) == "ai_generated"
            assert found.json()["asset"]["size"] == len(LARGE)
            assert found.headers["strict-transport-security"].startswith("max-age=")
            # Without its length too.
            assert verdict(asked.post(target, content=chunks(), headers=BEARER)) == "ai_generated"
            # The page asks with its origin, which has the port.
            own = {**BEARER, "Origin": f"https://{asked.headers['Host']}"}
            assert verdict(asked.post(target, content=AI, headers=own)) == "ai_generated"
            # The token is the service's, and so is the name.
            assert asked.post(target, content=AI).status_code == 401
            other = asked.get("/v1/service", headers={"Host": "other.example"})
            assert other.status_code == 421
            service.stop()
            assert asked.post(target, content=AI, headers=BEARER).status_code == 502
        assert [one.name for one in place.iterdir() if NAME in one.read_text("utf-8")] == []
    assert NAME not in service.said


@serves
@needs("nginx")
@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("proxy_request_buffering off;", "proxy_request_buffering on;"),
        ("proxy_http_version 1.1;", "proxy_http_version 1.0;"),
    ],
)
def test_each_line_of_nginx_that_keeps_bodies_off_the_disk_is_needed(
    folder: Path, tmp_path: Path, line: str, instead: str
) -> None:
    """The other test would notice a temporary file: without these lines there is one, and 500."""
    text = NGINX.read_text(encoding="utf-8")
    assert text.count(line) == 1
    with proxied(folder, tmp_path / "nginx", text.replace(line, instead)) as asked:
        found = asked.post("/v1/verify", content=chunks(), headers=BEARER)
    assert found.status_code == 500


def test_the_recipes_agree_on_names_and_sizes() -> None:
    text = NGINX.read_text(encoding="utf-8")
    arguments = started(UNIT)
    assert f"server_name {arguments[arguments.index('--allow-host') + 1]};" in text
    assert f"unix:{arguments[arguments.index('--unix') + 1]};" in text
    most = int(arguments[arguments.index("--max-body") + 1].removesuffix("M"))
    assert f"client_max_body_size {2 * most}m;" in text
