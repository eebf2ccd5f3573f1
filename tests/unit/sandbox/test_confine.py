"""What confines a process says so, and says where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.sandbox import confine, landlock, limits, seccomp

if TYPE_CHECKING:
    import pytest


def test_on_other_systems_the_measures_say_that_they_are_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "resource", None)
    monkeypatch.setattr("sys.platform", "elsewhere")
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert not seccomp.available()
    told = confine.close_off(open_files=64, network=False)
    assert [m for m in told if m.on] == []
    missing = ("not available", "nothing here")
    assert [m.says for m in told if not any(words in m.says for words in missing)] == []
    limits.allow_cpu(1)
    limits.hold_memory(0, 1)
    assert limits.peak_memory() == 0
    assert not limits.take("memory", "RLIMIT_AS", 1, "").on
