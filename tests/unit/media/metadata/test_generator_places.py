"""Places in which generators write and few programs read."""

import struct

import pytest
from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made

from provenance.media.asset import Asset
from provenance.media.container import scan_container
from provenance.media.metadata import read_metadata
from provenance.media.metadata.field import Field, Metadata

GRAPH = '{"1": {"class_type": "KSampler", "inputs": {}}}'
LABEL = made.xmp({"TC260:AIGC": "{}"})
SETTINGS = "a fox\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"


def metadata(data: bytes) -> Metadata:
    with Asset.from_bytes(data) as asset:
        return read_metadata(asset, scan_container(asset))


def pairs(data: bytes) -> list[tuple[str, str]]:
    return [(f.key, f.value) for f in metadata(data).fields]


def only(data: bytes) -> Field:
    (field,) = metadata(data).fields
    return field


def exr(*attributes: tuple[bytes, bytes, bytes]) -> bytes:
    body = b"".join(
        name + b"\0" + kind + b"\0" + struct.pack("<I", len(value)) + value
        for name, kind, value in attributes
    )
    return b"\x76\x2f\x31\x01\2\0\0\0" + body + b"\0"


def test_the_comf_chunk_of_animated_png_is_read():
    """ComfyUI writes keyword, zero byte and JSON into a chunk of its own, behind the pixels."""
    data = build.png(behind=build.chunk(b"comf", b"prompt\0" + GRAPH.encode()))
    assert pairs(data) == [("prompt", GRAPH)]


@pytest.mark.parametrize(
    "inside",
    [
        f"<metadata><![CDATA[\n{GRAPH}\n]]></metadata>",
        f"<metadata>{GRAPH}</metadata>",
        f"<metadata id='m'>{GRAPH.replace(chr(34), '&quot;')}</metadata>",
    ],
)
def test_text_of_svg_metadata_is_read(inside):
    data = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode()
    assert pairs(data) == [("metadata", GRAPH)]


def test_prose_in_svg_metadata_is_left():
    data = b'<svg xmlns="http://www.w3.org/2000/svg"><metadata>by Jane</metadata></svg>'
    assert pairs(data) == []


def test_xmp_after_a_packet_in_a_comment_is_read():
    decoy = b"<!-- <x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta> -->"
    assert pairs(build.svg(decoy + LABEL)) == [("TC260:AIGC", "{}")]


class TestOpenExr:
    def test_text_attributes_are_read(self):
        data = exr(
            (b"channels", b"chlist", bytes(18)),
            (b"prompt", b"string", GRAPH.encode()),
            (b"workflow", b"string", b"{}"),
        )
        assert pairs(data) == [("prompt", GRAPH), ("workflow", "{}")]

    @each("cut", range(4, 80, 3))
    def test_a_file_cut_anywhere_is_read(self, cut):
        data = exr((b"prompt", b"string", GRAPH.encode()))
        metadata(data[:cut])

    def test_a_size_beyond_the_file_is_said(self):
        data = exr((b"prompt", b"string", b"{}"))
        at = data.index(b"string\0") + 7
        data = data[:at] + b"\xff\xff\xff\x7f" + data[at + 4 :]
        with Asset.from_bytes(data) as asset:
            assert [f.code for f in scan_container(asset).findings] == ["container.truncated"]

    def test_attributes_beyond_the_bound_are_said(self):
        data = exr(*((b"a%d" % i, b"int", bytes(4)) for i in range(2_000)))
        with Asset.from_bytes(data) as asset:
            assert [f.code for f in scan_container(asset).findings] == ["container.limit"]


def test_a_json_chunk_of_wav_is_read():
    data = build.riff(b"WAVE", build.riff_chunk(b"json", b'{"seed": 1}'))
    assert pairs(data) == [("json", '{"seed": 1}')]


class TestFaceSets:
    """DeepFaceLab keeps a pickle in APP15: its keys are looked for, it is never loaded."""

    KEYS = b"\x80\x03}q\0(X\x09\0\0\0face_typeX\x09\0\0\0landmarksX\x0b\0\0\0source_rect"

    def test_keys_of_the_pickle_are_named(self):
        data = build.jpeg(build.segment(0xEF, self.KEYS))
        assert pairs(data) == [("APP15", "face_type landmarks source_rect")]

    @pytest.mark.parametrize("body", [b"\x80\x03}q\0.", b"face_type landmarks", b"\x80"])
    def test_other_data_in_the_segment_is_left_alone(self, body):
        assert pairs(build.jpeg(build.segment(0xEF, body))) == []

    def test_a_pickle_is_never_executed(self, tmp_path):
        target = tmp_path / "made"
        command = f"cbuiltins\nopen\n(V{target}\nVw\ntR.".encode()
        pairs(build.jpeg(build.segment(0xEF, b"\x80\x03" + command + self.KEYS)))
        assert not target.exists()


def test_titles_of_tracks_are_read():
    """ffmpeg writes the title of a track as `name`; Deforum calls its subtitles so."""
    trak = build.box(b"trak", build.box(b"udta", build.box(b"name", b"Deforum Data")))
    data = made.movie(meta=trak)
    assert pairs(data) == [("name", "Deforum Data")]


@pytest.mark.parametrize(("kind", "major"), [(b"WOAS", 3), (b"WOAS", 4), (b"WAS", 2)])
def test_addresses_in_id3_are_read(kind, major):
    address = b"https://suno.com/song/1"
    if major == 2:
        frames = kind + len(address).to_bytes(3, "big") + address
        data = build.mp3(frames, major=2)
    else:
        data = build.mp3(build.frame(kind, address, major=major), major=major)
    assert pairs(data) == [("WOAS", address.decode())]


def test_addresses_in_id3_with_a_description_are_read():
    data = build.mp3(build.frame(b"WXXX", b"\3song\0https://suno.com/song/1"))
    assert pairs(data) == [("WXXX:song", "https://suno.com/song/1")]


def test_xmp_in_a_photoshop_resource_is_read():
    resource = b"8BIM\x04\x24\0\0" + struct.pack(">I", len(LABEL)) + LABEL
    field = only(build.jpeg(build.segment(0xED, b"Photoshop 3.0\0" + resource)))
    assert (field.source, field.key, field.place) == ("xmp", "TC260:AIGC", "APP13")


@pytest.mark.parametrize("kind", [1, 7])
def test_xmp_in_exif_is_read(kind):
    structure = made.exif({700: (kind, LABEL), 0x0131: (2, b"x\0")})
    for data in (
        build.jpeg(made.exif_segment(structure)),
        build.png(build.chunk(b"eXIf", structure)),
    ):
        assert ("TC260:AIGC", "{}") in pairs(data)


def test_xmp_of_a_tiff_is_read_once():
    assert pairs(build.tiff({700: (1, LABEL)})) == [("TC260:AIGC", "{}")]


class TestUserComment:
    @each(
        "text",
        [
            SETTINGS,
            SETTINGS.replace("a fox", "\u732b\u3068\u6d77"),
            SETTINGS.replace("fox", "caf\u00e9"),
        ],
    )
    @each("tail", [b"", b"\0", b"\0\0\0"])
    def test_utf_8_after_the_word_unicode_is_read(self, text, tail):
        """Writers put UTF-8 there, line ends and all."""
        comment = b"UNICODE\0" + text.encode() + tail
        assert pairs(build.jpeg(made.exif_segment(made.exif({}, {0x9286: (7, comment)})))) == [
            ("UserComment", text)
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "\u591c\u306e\u6d77\u3068\u706f\u53f0" * 9,
            "\u041a\u043e\u0442 \u0438 \u043c\u043e\u0440\u0435",
        ],
    )
    @pytest.mark.parametrize(("encoding", "order"), [("utf-16-le", "<"), ("utf-16-be", ">")])
    def test_utf_16_stays_what_it_is(self, text, encoding, order):
        comment = b"UNICODE\0" + text.encode(encoding)
        structure = made.exif({}, {0x9286: (7, comment)}, order=order)
        assert pairs(build.jpeg(made.exif_segment(structure))) == [("UserComment", text)]


def test_settings_behind_a_long_prompt_are_kept():
    text = "fox " * 60_000 + SETTINGS
    data = build.png(made.text_chunk(b"tEXt", b"parameters", text.encode()))
    found = metadata(data)
    assert found.fields[0].value.endswith(SETTINGS)
    assert [f.code for f in found.findings] == ["metadata.limit"]
