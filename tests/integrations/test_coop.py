"""The signals for Coop's rules: loaded as Coop loads them, and run against a service."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.pki import FIXTURES
from support.serving import running, serves

from provenance.base.terms import Assurance, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = Path(__file__).resolve().parents[2] / "integrations" / "coop"
INTERFACE = Path(__file__).with_name("coop_interface")
TOKEN = "a-token-of-forty-characters-for-this-test"
SECTIONS = {  # REQUIRED_MODEL_CARD_SECTION_IDS of Coop's types/integration.ts
    "trainingData",
    "policyAndTaxonomy",
    "annotationMethodology",
    "performanceBenchmarks",
    "biasAndLimitations",
    "implementationGuidance",
    "relevantLinks",
}


def _node() -> int:
    """The version of Node.js, 0 where there is none."""
    if shutil.which("node") is None:
        return 0
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", said)
    return int(found[1]) if found else 0


needs_node = pytest.mark.skipif(_node() < 20, reason="Node.js 20 is not installed")


def ask(*questions: tuple[dict[str, str], str]) -> Any:
    """Run every signal for each pair of settings and address, as Coop would."""
    asked = [{"environment": environment, "url": url} for environment, url in questions]
    made = subprocess.run(
        ["node", str(INTERFACE / "run.cjs"), str(PLUGIN)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


@dataclass
class Media:
    """A server with the media of items, and what it was asked for."""

    url: str
    seen: list[str] = field(default_factory=list)


@contextlib.contextmanager
def media(root: Path) -> Iterator[Media]:
    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            made.seen.append(self.path)
            if self.path == "/uploads/moved.png":
                self.send_response(302)
                self.send_header("Location", "/private.png")
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root))) as server:
        made = Media(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield made
        finally:
            server.shutdown()


@serves
@needs_node
def test_signals_give_the_verdict_by_name_and_by_bytes(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    (uploads / "a b").mkdir(parents=True)
    shutil.copyfile(FIXTURES / "ai-generated.png", uploads / "a b" / "ä.png")
    shutil.copyfile(FIXTURES / "plain.jpg", uploads / "plain.jpg")
    shutil.copyfile(FIXTURES / "plain.jpg", tmp_path / "private.png")
    (tmp_path / "token").write_text(TOKEN + "\n", "ascii")
    options = ("--root", f"uploads={uploads}", "--token-file", str(tmp_path / "token"))
    with media(tmp_path) as held, running(*options, "--access-log") as service:
        base = {
            "PROVENANCE_COOP_SERVICE": service.url,
            "PROVENANCE_COOP_MEDIA": f"{held.url}/uploads/",
            "PROVENANCE_COOP_TOKEN_FILE": str(tmp_path / "token"),
        }
        named = {**base, "PROVENANCE_COOP_ROOT": "uploads"}
        generated = f"{held.url}/uploads/a%20b/%C3%A4.png?signature=x"
        by_name = ask((named, generated), (named, f"{held.url}/uploads/none.png"))["answers"]
        assert held.seen == []  # no bytes were asked for
        by_bytes = ask(
            (base, generated),
            (base, f"{held.url}/uploads/plain.jpg"),
            (base, f"{held.url}/uploads/none.png"),
            (base, f"{held.url}/uploads/moved.png"),
        )["answers"]
        assert "/private.png" not in held.seen
        refused = held.seen[:]
        outside = [
            f"{held.url}/private.png",
            f"{held.url}/uploads/../private.png",
            f"{held.url}/uploads/%2e%2e/private.png",
            f"{held.url}/uploads/..%2fprivate.png",
            f"{held.url}/uploads/..%5cprivate.png",
            "http://127.0.0.1:1/uploads/plain.jpg",
            f"http://user:word@{held.url.removeprefix('http://')}/uploads/plain.jpg",
            "file:///etc/passwd",
            "plain.jpg",
        ]
        pairs = [(one, url) for one in (base, named) for url in outside]
        strange = ask(*pairs)["answers"]
        assert held.seen == refused
        wrong = {**base, "PROVENANCE_COOP_TOKEN_FILE": ""}
        (unknown,) = ask((wrong, generated))["answers"]
        service.stop()
    for answer in (by_name[0], by_bytes[0]):
        flagged = answer["PROVENANCE_FLAGGED"]
        assert (flagged["score"], flagged["matchedValue"]) == (True, "ai")
        assert flagged["outputType"] == {"scalarType": "BOOLEAN"}
        assert answer["PROVENANCE_ORIGIN"]["score"] == "ai_generated"
        assert answer["PROVENANCE_ASSURANCE"]["score"] == "verified_private"
        assert answer["disabled"] == {"disabled": False}
    assert by_name[1]["PROVENANCE_FLAGGED"] == {"error": "not examined: the service answered 404"}
    assert by_bytes[1]["PROVENANCE_FLAGGED"]["score"] is False
    assert by_bytes[1]["PROVENANCE_ORIGIN"]["score"] == "unknown"
    assert "media address answered 404" in by_bytes[2]["PROVENANCE_FLAGGED"]["error"]
    assert set(by_bytes[3]["PROVENANCE_FLAGGED"]) == {"error"}
    assert [one for one in strange if set(one["PROVENANCE_FLAGGED"]) != {"error"}] == []
    assert "service answered 401" in unknown["PROVENANCE_FLAGGED"]["error"]
    assert service.said.count("POST /v1/verify-reference 200") == 3
    assert service.said.count("POST /v1/verify 200") == 6


@needs_node
def test_the_plugin_says_what_coop_asks_of_it() -> None:
    said = ask(({}, ""))
    manifest, (answer,) = said["manifest"], said["answers"]
    assert re.fullmatch(r"[A-Z_]+", manifest["id"])
    assert {one["id"] for one in manifest["modelCard"]["sections"]} == SECTIONS
    assert set(manifest["signalTypeIds"]) == set(answer["shown"])
    package = json.loads((PLUGIN / "package.json").read_text(encoding="utf-8"))
    assert manifest["version"] == manifest["modelCard"]["version"] == package["version"]
    shown = answer["shown"]
    assert shown["PROVENANCE_ORIGIN"]["outputType"]["enum"] == [one.value for one in Origin]
    weakest_first = [one.value for one in reversed(Assurance)]
    assert shown["PROVENANCE_ASSURANCE"]["outputType"]["enum"] == weakest_first


@needs_node
@pytest.mark.parametrize(
    ("service", "says"),
    [
        ("", "PROVENANCE_COOP_SERVICE: set it"),
        ("ftp://localhost/", "PROVENANCE_COOP_SERVICE: set it"),
        ("http://provenance.example/", "PROVENANCE_COOP_SERVICE: use https"),
        ("https://provenance.example/", "PROVENANCE_COOP_MEDIA: set it"),
    ],
)
def test_what_is_not_set_up_is_disabled_and_says_why(service: str, says: str) -> None:
    (answer,) = ask(({"PROVENANCE_COOP_SERVICE": service}, "https://media.example/a"))["answers"]
    assert answer["disabled"]["disabled"] is True
    assert answer["disabled"]["disabledMessage"].startswith(says)
    assert answer["PROVENANCE_FLAGGED"]["error"].startswith(says)


@pytest.mark.skipif(shutil.which("tsc") is None, reason="TypeScript is not installed")
def test_the_types_of_the_plugin_are_those_of_coops_interface() -> None:
    made = subprocess.run(
        [
            "tsc",
            *("--noEmit", "--allowJs", "--checkJs", "--strict"),
            *("--target", "es2022", "--lib", "es2023,dom,dom.iterable", "--module", "node16"),
            *("--moduleResolution", "node16"),
            str(INTERFACE / "coop-types.d.ts"),
            str(PLUGIN / "index.js"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stdout
