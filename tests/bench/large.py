"""One large signed MP4: speed against `openssl dgst`, memory against the SDK alone."""

from __future__ import annotations

import json
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import REPORTED, Result, at_least, at_most, compare, compiled, missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SIZE_MB = 1024
MAX_MB = 4000  # a box with a 32-bit size
_CHUNK = 1 << 20
_TESTS = str(Path(__file__).resolve().parents[1])
# Each runs in a process of its own and prints seconds and the memory that the file took: the peak
# above what the process held after a small signed file, when everything is loaded. Not getrusage:
# its peak begins with what the parent had when it forked.
_COUNT = """
import json, sys, time
sys.path.insert(0, sys.argv[3])
{prepare}
def held(what):
    return int(open("/proc/self/status").read().split(what + ":")[1].split()[0])
{small}
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = held("VmRSS")
path = sys.argv[1]
start = time.perf_counter()
{work}
took = time.perf_counter() - start
print(json.dumps([took, held("VmHWM") - before, said]))
"""
_OURS = _COUNT.format(
    prepare="from provenance import verify",
    small="verify(sys.argv[2])",
    work="report = verify(path)\nsaid = [str(report.axes.integrity), report.asset.sha256]",
)
_SDK = _COUNT.format(
    prepare="from bench import sdk\nmade = sdk.context()",
    small="sdk.read(sys.argv[2], made)",
    work="said = [json.loads(sdk.read(path, made))['validation_state'], '']",
)


def make(path: Path, megabytes: int) -> None:
    """Write a signed MP4 whose `mdat` is noise, signed under the project's test PKI."""
    import c2pa
    from support.pki import anchors_pem, credential, offline_settings

    from provenance.kit.films import gradient_mp4

    small = gradient_mp4()
    at = small.rindex(b"mdat") - 4
    size = len(small) - at + megabytes * _CHUNK
    noise = random.Random(0).randbytes(_CHUNK)  # noqa: S311 - noise, not a secret
    plain = path.with_suffix(".plain.mp4")
    with plain.open("wb") as file:
        file.write(small[:at] + struct.pack(">I", size) + small[at + 4 :])
        for _ in range(megabytes):
            file.write(noise)
    who = credential()
    info = c2pa.C2paSignerInfo(
        alg=who.alg.value.encode(), sign_cert=who.chain_pem, private_key=who.key_pem, ta_url=None
    )
    settings = {
        **offline_settings(anchors_pem()),
        "builder": {"thumbnail": {"enabled": False}},
    }
    settings["verify"] = {**_mapping(settings["verify"]), "verify_after_sign": False}
    action = {
        "action": "c2pa.created",
        "digitalSourceType": "http://c2pa.org/digitalsourcetype/empty",
    }
    definition = {
        "claim_generator_info": [{"name": "provenance bench"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(definition, context=context) as builder,
        plain.open("rb") as source,
        path.open("w+b") as target,
    ):
        builder.sign(signer, "video/mp4", source, target)
    plain.unlink()


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _child(script: str, path: Path, env: Mapping[str, str]) -> tuple[float, int, list[str]]:
    small = Path(_TESTS, "fixtures", "ai-generated.png")
    command = (sys.executable, "-c", script, str(path), str(small), _TESTS)
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=env)
    took, peak, said = json.loads(done.stdout)
    return took, peak, said


def _timed(command: Sequence[str]) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return time.perf_counter() - start, done.stdout


def run(rounds: int = 3, megabytes: int = SIZE_MB) -> Iterator[Result]:
    """Make the file, measure, delete it. Needs twice its size in the temporary folder."""
    name = f"{megabytes} MB MP4, digest included"
    speed, memory = at_least(0.9), at_most(1.0)
    openssl = shutil.which("openssl")
    if openssl is None or not sys.platform.startswith("linux"):
        yield missing(name, "openssl dgst -sha256", speed, "needs openssl and /proc")
        return
    if megabytes > MAX_MB:
        yield missing(name, "openssl dgst -sha256", speed, f"at most {MAX_MB} MB")
        return
    with tempfile.TemporaryDirectory() as folder, compiled() as env:
        path = Path(folder) / "large.mp4"
        make(path, megabytes)
        times, peaks, alone = [], [], []
        digest = (openssl, "dgst", "-sha256", str(path))
        _timed(digest)  # into the page cache
        _child(_OURS, path, env)  # into the cache of bytecode
        _child(_SDK, path, env)
        for _ in range(rounds):
            took, peak, said = _child(_OURS, path, env)
            theirs, line = _timed(digest)
            if said[1] not in line or said[0] != "intact":
                yield missing(name, "openssl dgst -sha256", speed, f"wrong answer: {said[0]}")
                return
            times.append((took, theirs))
            seconds, most, _ = _child(_SDK, path, env)
            alone.append((took, seconds))
            peaks.append((peak, most))
        yield compare(name, "openssl dgst -sha256", speed, times)
        yield compare("the same", "c2pa.Reader + .json(), no anchors", REPORTED, alone)
        # The SDK reads ahead of its own hashing by as much as the moment allows: its most counts.
        most = max(theirs for _, theirs in peaks)
        ratios = tuple(ours / most for ours, _ in peaks)
        note = f"{max(ours for ours, _ in peaks) >> 10} MB at most, against {most >> 10} MB"
        yield Result("the same, memory it takes", "c2pa.Reader alone", memory, ratios, note)
