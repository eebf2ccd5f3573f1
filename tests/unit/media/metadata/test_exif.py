import struct

from support.each import each
from unit.media.container import build
from unit.media.container import build_metadata as made
from unit.media.metadata.checks import codes, metadata, pairs

from provenance.media.metadata.field import Source

IFD0 = {0x010F: (2, b"Maker\0"), 0x010E: (2, "é 画".encode() + b"\0"), 0x0112: (3, b"\1\0")}
INNER = {0x829A: (5, struct.pack("<II", 1, 60)), 0x9003: (2, b"2020:01:01 00:00:00\0")}
EXPECTED = [
    ("ImageDescription", "é 画"),
    ("Make", "Maker"),
    ("ExposureTime", "1/60"),
    ("DateTimeOriginal", "2020:01:01 00:00:00"),
]


def jpeg(structure: bytes) -> bytes:
    return build.jpeg(made.exif_segment(structure))


def in_containers(structure: bytes) -> dict[str, bytes]:
    return {
        "jpeg": jpeg(structure),
        "png": build.png(build.chunk(b"eXIf", structure)),
        "png-behind": build.png(behind=build.chunk(b"eXIf", structure)),
        "png-profile": build.png(
            made.text_chunk(
                b"zTXt",
                b"Raw profile type exif",
                b"\nexif\n%8d\n" % (len(structure) + 6) + (b"Exif\0\0" + structure).hex().encode(),
            )
        ),
        "webp": build.riff(b"WEBP", build.riff_chunk(b"EXIF", structure)),
        "webp-header": build.riff(b"WEBP", build.riff_chunk(b"EXIF", b"Exif\0\0" + structure)),
        "heic": made.exif_heic(structure),
        "heic-idat": made.exif_heic(structure, method=1),
        "jxl": build.jxl(build.box(b"Exif", bytes(4) + structure)),
        "tiff": structure,
    }


@each("name", in_containers(b""))
def test_exif_is_read_in_each_container(name):
    found = metadata(in_containers(made.exif(IFD0, INNER))[name])
    assert [(f.key, f.value) for f in found.fields] == EXPECTED
    assert {f.source for f in found.fields} == {Source.EXIF}
    assert found.findings == ()


def test_exif_in_big_endian_order_is_read():
    inner = {0x829A: (5, struct.pack(">II", 1, 60))}
    assert pairs(jpeg(made.exif({}, inner, order=">"))) == [("ExposureTime", "1/60")]


def test_exif_in_bigtiff_is_read():
    assert pairs(build.tiff({0x010F: (2, b"Maker of long name\0")}, big=True)) == [
        ("Make", "Maker of long name")
    ]


def test_the_position_in_exif_is_withheld():
    data = jpeg(made.exif(IFD0, gps=True))
    assert pairs(data)[-1] == ("GPS", "present")
    assert ("GPSLatitudeRef", "N") in pairs(data, everything=True)


def test_exif_in_full_names_the_tags_it_knows_and_numbers_the_rest():
    found = pairs(jpeg(made.exif(IFD0 | {0x5555: (4, bytes(4))}, INNER)), everything=True)
    assert ("Orientation", "1") in found
    assert ("0x5555", "0") in found


@each(
    ("raw", "text"),
    [
        (b"ASCII\0\0\0Steps: 20\0\0", "Steps: 20"),
        (made.user_comment("Steps: 20"), "Steps: 20"),
        (made.user_comment("Steps: 20", encoding="utf-16-le"), "Steps: 20"),
        (made.user_comment("画像 Steps", encoding="utf-16-le"), "画像 Steps"),
        (made.user_comment("画像 Steps", encoding="utf-16"), "画像 Steps"),
        (b"UNICODE\0Steps: 20, Sampler", "Steps: 20, Sampler"),
        (b"JIS\0\0\0\0\0" + "日本語".encode("iso2022_jp"), "日本語"),
        (b"JIS\0\0\0\0\0" + "日本語".encode("shift_jis"), "日本語"),
        (bytes(8) + b"plain", "plain"),
        (b'{"AIGC":{"Label":"1"}}', '{"AIGC":{"Label":"1"}}'),
        (b"ASCII\0\0\0caf\xe9", "café"),
    ],
)
def test_the_user_comment_of_exif_is_read_in_each_coding(raw, text):
    assert pairs(jpeg(made.exif({}, {0x9286: (7, raw)}))) == [("UserComment", text)]


def test_the_xp_comment_of_exif_is_read():
    raw = "say 画".encode("utf-16-le") + b"\0\0"
    assert pairs(jpeg(made.exif({0x9C9C: (1, raw)}))) == [("XPComment", "say 画")]


LOOP = made.exif({0x8769: (4, struct.pack("<I", 8))})


@each(
    ("structure", "code"),
    [
        (b"", None),
        (b"II", "metadata.malformed"),
        (b"nothing of the kind", "metadata.malformed"),
        (b"II*\0\xff\xff\xff\xff", "metadata.malformed"),
        (b"II*\0\x08\0\0\0\xff\xff", "metadata.limit"),
        (LOOP, "metadata.malformed"),
        (made.exif({0x010F: (2, b"Maker\0")})[:-4], "metadata.malformed"),
    ],
)
def test_malformed_exif_is_a_finding(structure, code):
    assert (codes(jpeg(structure)) or [None])[0] == code


def test_entries_of_exif_that_share_their_bytes_are_bounded():
    entries = struct.pack("<HHI4s", 270, 2, 50_000, b"\1\0\0\0") * 1_000
    data = jpeg(b"II*\0\x08\0\0\0\xe8\x03" + entries + bytes(50_000))
    assert codes(data) == ["metadata.limit"]
