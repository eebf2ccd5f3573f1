"""What brings a package that is missing: told by how this program was installed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from provenance.base import installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INDEX: dict[str, object] = {}
FOLDER = {"url": "file:///srv/a%20b/src", "dir_info": {}}
WHEEL = {"url": "file:///srv/dist/provenance_verifier-0.2.0-py3-none-any.whl"}
GIT = {"url": "https://git.example/p.git", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Make an environment of a kind, and ask in it."""
    home = tmp_path / "tools" / "provenance-verifier"
    info = home / "lib" / "provenance_verifier-0.2.0.dist-info"
    info.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(home))
    monkeypatch.setattr(sys, "path", [str(home / "lib")])

    def ask(
        installer: str, left: str, url: dict[str, object], requirement: str, options: str = ""
    ) -> str:
        (info / "INSTALLER").write_text(f"{installer}\n", encoding="utf-8")
        if url:
            (info / "direct_url.json").write_text(json.dumps(url), encoding="utf-8")
        if left:
            (home / left).write_text("", encoding="utf-8")
        for cached in (installed._distributions, installed.bring):
            cached.cache_clear()
        if requirement.startswith("["):
            return installed.bring_extra(requirement.strip("[]"))
        return installed.bring(requirement, options)

    yield ask
    for cached in (installed._distributions, installed.bring):
        cached.cache_clear()


PIPX, UV = "pipx_metadata.json", "uv-receipt.toml"


@pytest.mark.parametrize(
    ("installer", "left", "url", "requirement", "wanted"),
    [
        ("pip", "", INDEX, "[video]", "pip install 'provenance-verifier[video]'"),
        ("pip", "", FOLDER, "[video]", "pip install 'provenance-verifier[video]'"),
        ("pip", "", INDEX, "trustmark", "pip install trustmark"),
        ("pip", "", INDEX, "setuptools<81", "pip install 'setuptools<81'"),
        ("uv", "", INDEX, "[video]", "uv pip install 'provenance-verifier[video]'"),
        (
            *("pip", PIPX, INDEX, "[video]"),
            "pipx inject provenance-verifier 'provenance-verifier[video]'",
        ),
        (  # pipx may have uv install
            *("uv", PIPX, FOLDER, "trustmark"),
            "pipx inject provenance-verifier trustmark",
        ),
        ("uv", UV, INDEX, "[video]", "uv tool install 'provenance-verifier[video]'"),
        (
            *("uv", UV, FOLDER, "[video]"),
            "uv tool install 'provenance-verifier[video] @ file:///srv/a%20b/src'",
        ),
        (
            *("uv", UV, WHEEL, "[kit]"),
            f"uv tool install 'provenance-verifier[kit] @ {WHEEL['url']}'",
        ),
        (
            *("uv", UV, GIT, "[kit]"),
            "uv tool install 'provenance-verifier[kit] @ git+https://git.example/p.git'",
        ),
        (
            *("uv", UV, FOLDER, "trustmark"),
            "uv tool install --with trustmark 'provenance-verifier @ file:///srv/a%20b/src'",
        ),
        ("uv", UV, INDEX, "torch", "uv tool install --with torch provenance-verifier"),
    ],
)
def test_the_command_fits_what_installed_this(
    said: Callable[..., str],
    installer: str,
    left: str,
    url: dict[str, object],
    requirement: str,
    wanted: str,
) -> None:
    assert said(installer, left, url, requirement) == wanted


def test_options_are_for_pip(said: Callable[..., str]) -> None:
    made = said("pip", "", INDEX, "invisible-watermark==0.2.0", "--no-deps")
    assert made == "pip install --no-deps invisible-watermark==0.2.0"
    made = said("pip", PIPX, INDEX, "invisible-watermark==0.2.0", "--no-deps")
    assert made == (
        "pipx inject --pip-args=--no-deps provenance-verifier invisible-watermark==0.2.0"
    )


@pytest.mark.parametrize("text", ["", "[]", "{", '{"url": 7}', "\0"])
def test_metadata_that_says_nothing_is_that_of_an_index(
    said: Callable[..., str], tmp_path: Path, text: str
) -> None:
    said("uv", UV, INDEX, "[video]")
    info = tmp_path / "tools/provenance-verifier/lib/provenance_verifier-0.2.0.dist-info"
    (info / "direct_url.json").write_text(text, encoding="utf-8")
    installed.bring.cache_clear()
    assert installed.bring_extra("kit") == "uv tool install 'provenance-verifier[kit]'"


def test_without_metadata_of_the_package_the_command_is_that_of_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Callable[..., str]
) -> None:
    del said  # which clears what is kept
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for cached in (installed._distributions, installed.bring):
        cached.cache_clear()
    assert installed.bring("torch") == "pip install torch"
