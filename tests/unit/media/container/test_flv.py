from unit.media.container import build_metadata as made
from unit.media.container.checks import codes, loaded, places, scanned

from provenance.media.container import BlockKind

DATA = made.flv({"AIGC": "{}"})


def test_script_data_of_flv_is_found():
    found = scanned(DATA)
    assert (found.media_type, found.family, found.can_carry) == ("video/x-flv", "flv", False)
    assert places(DATA) == ["script data"]
    assert loaded(DATA, BlockKind.AMF0)[0].startswith(b"\2\0\x0aonMetaData\x08")


def test_flv_that_is_cut_is_truncated():
    assert codes(DATA) == []
    assert set(codes(DATA[:40])) == {"container.truncated"}
    assert codes(DATA[:9]) == ["container.truncated"]
