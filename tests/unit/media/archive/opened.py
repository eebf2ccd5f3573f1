"""What tests of archives ask: what is found in some bytes, and what is said of them."""

from __future__ import annotations

from provenance.base.options import ArchiveLimits
from provenance.media import archive
from provenance.media.archive import ExhaustedError, Member, Spending, Unread
from provenance.media.asset import Asset
from provenance.media.container import scan_container


class Opened:
    """Everything that opening a file gave, in its order."""

    def __init__(self, data: bytes, name: str = "outer", **limits: int) -> None:
        self.members: dict[str, bytes | str] = {}  # the content, or the code of an error
        self.notes: dict[str, list[str]] = {}  # codes of the member's own findings
        self.codes: list[str] = []
        self.messages: list[str] = []
        self.unread: list[str] = []
        self.exhausted = ""
        with Asset.from_bytes(data, name) as asset:
            spending = Spending(ArchiveLimits(**limits), asset.size)
            try:
                for one in archive.members(asset, scan_container(asset), spending):
                    self._take(one)
            except ExhaustedError as e:
                self.exhausted = str(e)

    def _take(self, one: object) -> None:
        if isinstance(one, Member):
            assert one.name not in self.members
            self.notes[one.name] = [finding.code for finding in one.findings]
            if one.asset is None:
                assert one.error is not None
                self.members[one.name] = one.error.code
            else:
                with one.asset as inner:
                    self.members[one.name] = inner.read(0, inner.size)
        elif isinstance(one, Unread):
            self.unread.append(one.what)
        else:
            self.codes.append(one.code)
            self.messages.append(one.message)
