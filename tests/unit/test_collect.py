"""What a downloaded archive holds cannot lead out of the folder, nor fill the disk."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile

import pytest
from negatives import collect


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info, b""


def test_media_only_under_plain_numbered_names(tmp_path):
    archive = tar(
        (tarfile.TarInfo("p/setup.py"), b"print()"),
        (tarfile.TarInfo("../../out.jpg"), b"1"),
        (tarfile.TarInfo("/etc/a b\n.PNG"), b"2"),
        link("p/link.jpg", "/etc/passwd"),
        (tarfile.TarInfo("p/empty.jpg"), b""),
    )
    assert collect.unpack(archive, tmp_path / "p-1") == 2
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == [
        "p-1",
        "p-1/0000-out.jpg",
        "p-1/0001-a_b_.PNG",
    ]


def test_media_are_collected_from_zip_archives_under_plain_names(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../x.wav", b"sound")
        archive.writestr("x.py", b"code")
    assert collect.unpack(out.getvalue(), tmp_path / "p-1") == 1
    assert (tmp_path / "p-1" / "0000-x.wav").read_bytes() == b"sound"


def test_bounds_leave_no_package_behind(tmp_path, monkeypatch):
    archive = tar(*((tarfile.TarInfo(f"{n}.jpg"), bytes(100)) for n in range(3)))
    monkeypatch.setattr(collect, "MAX_PACKAGE", 250)
    with pytest.raises(collect.CollectError, match="more than"):
        collect.unpack(archive, tmp_path / "p-1")
    assert not (tmp_path / "p-1").exists()
    monkeypatch.setattr(collect, "MAX_MEMBER", 99)
    with pytest.raises(collect.CollectError, match="no media"):
        collect.unpack(archive, tmp_path / "p-2")


def test_another_archive_than_the_pinned_one_is_refused():
    class Answer:
        content = b"other"

        def raise_for_status(self) -> None: ...

    class Finder:
        session = type("Session", (), {"get": staticmethod(lambda _: Answer())})
        best = type("Best", (), {"link": type("Link", (), {"normalized": ""})})

        def find_best_match(self, requirement, allow_yanked):
            assert requirement == "p==1"
            assert allow_yanked
            return type("Match", (), {"best": self.best})

    with pytest.raises(collect.CollectError, match="pinned"):
        collect.download(Finder(), {"name": "p", "version": "1", "sha256": "0" * 64})


def test_every_package_is_pinned():
    listed = collect.packages(more=True)
    assert len({p["name"] for p in listed}) == len(listed)
    for package in listed:
        assert re.fullmatch(r"[0-9a-f]{64}", package["sha256"]), package["name"]
        assert package["licence"]
        assert package["holds"]
