"""Decoders of another package, as one would be installed: some of them misbehave."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''
import ctypes, os, socket, subprocess, time
from provenance.base.terms import Origin
from provenance.marks.decoder import Card, Medium, Missing, WatermarkResult, WatermarkStatus

class Base:
    version = "3"
    medium = Medium.PICTURE
    memory = 64 << 20
    packages = ()
    card = Card("a test", "nobody", "none", "here")
    def missing(self):
        return ()

class Good(Base):
    name = "good"
    def decode(self, carrier, messages):
        yield WatermarkResult(
            self.name, WatermarkStatus.DETECTED, "a message", "ff", 48, 48, 40, 1, 2.0 ** -48,
            origin=Origin.AI_GENERATED, vendor="Some Vendor", product="Some Model")

class Lost(Base):
    name = "lost"
    def missing(self):
        return (Missing("a model", "ask its maker"),)
    def decode(self, carrier, messages):
        raise AssertionError("never asked")

class Unloadable(Base):
    name = "unloadable"
    packages = ("other_decoders_crash",)
    def decode(self, carrier, messages):
        raise AssertionError("never asked")

class Hears(Base):
    name = "hears"
    medium = Medium.SOUND
    def decode(self, carrier, messages):
        why = f"{len(carrier.samples)} samples at {carrier.rate}"
        yield WatermarkResult(self.name, WatermarkStatus.NOT_DETECTED, reason=why)

class Switch(Base):
    """Does what the colour of the first pixel says."""
    name = "switch"
    def decode(self, carrier, messages):
        what = int(carrier.rgb[0, 0, 0])
        if what == 1:
            os._exit(3)
        if what == 2:
            os.abort()
        if what == 3:
            time.sleep(600)
        if what == 4:
            while True:
                pass
        if what == 5:
            return [len(bytearray(3 << 30))]
        if what == 6:
            socket.create_connection(("127.0.0.1", 9), 1)
        if what == 7:
            subprocess.run(["true"])
        if what == 8:
            with open(os.environ["PYTHON_TEST_OUT"], "wb") as file:
                file.write(b"x" * 100)
        if what == 9:
            raise KeyError("anything")
        if what == 10:
            return [object()]
        if what == 11:
            print("noise on standard output")
            os.write(1, b"more")
        if what == 12:
            return (WatermarkResult("switch", WatermarkStatus.NOT_DETECTED) for _ in range(10**9))
        if what == 13:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.socket(2, 1, 0) < 0:
                raise OSError(ctypes.get_errno(), "refused")
        if what == 14:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.open(os.environ["PYTHON_TEST_OUT"].encode(), os.O_CREAT | os.O_WRONLY) < 0:
                raise OSError(ctypes.get_errno(), "refused")
        return [WatermarkResult("switch", WatermarkStatus.NOT_DETECTED)]
'''


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the package above, for this process and for its workers."""
    site = tmp_path / "site"
    info = site / "other_decoders-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "other_decoders.py").write_text(MODULE)
    (site / "other_decoders_crash.py").write_text("raise KeyError('on import')")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-decoders\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[provenance.watermarks]\n"
        "good = other_decoders:Good\n"
        "hears = other_decoders:Hears\n"
        "lost = other_decoders:Lost\n"
        "none = other_decoders:Base\n"
        "gone = other_decoders:Nothing\n"
        "switch = other_decoders:Switch\n"
        "unloadable = other_decoders:Unloadable\n"
    )
    monkeypatch.syspath_prepend(site)
    path = os.pathsep.join(p for p in (str(site), os.environ.get("PYTHONPATH", "")) if p)
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("PYTHON_TEST_OUT", str(tmp_path / "written"))
    return tmp_path
