"""Text out of files, made by somebody who wants to move the terminal or forge a line."""

import json
import unicodedata
from dataclasses import replace
from datetime import datetime

import pytest
from click.testing import CliRunner
from integration.helpers import ANCHORS, AT, FIXTURES, TRUST
from provenance_cli.main import main
from support.each import each
from support.fixture import AI, CAPTURE
from support.writer import Manifest

from provenance import Options, TrustStore, Verifier
from provenance.base.text import LIMIT, URL_LIMIT
from provenance.kit import claims
from provenance.kit.jumbf_boxes import ContentKind
from provenance.kit.media import gradient_jpeg, gradient_png
from provenance.kit.writer import signed_file
from provenance.render import records, report_text
from provenance.verdict.report import MAX_ENTRIES

ESCAPE = "\x1b[2J\x1b[31m\x1b]0;owned\x07\x9b1A\x90q\x9c"
BIDI = "\u202egnp.exe\u202c \u2066\u2067\u2068\u2069 \u200e\u200f\u061c\u200b\ufeff"
LINES = "one\ntwo\r\nthree\x0bfour\x0cfive\u2028six\u2029seven\x85eight\ttab\bback"
NULS = "before\0after\x00"
TAGS = "\U000e0041\U000e0042\ue000\uffff\U0010ffff"
FORGED = '\n{"verdict": "captured"}\ncaptured\tverified\t-\tother.jpg\n'
MARKUP = "[bold red]x[/bold red][link=http://example.invalid]y[/link]<b>&amp;%n%s{0}"
LONG = "A" * 60_000
STRINGS = {
    "escape": ESCAPE,
    "bidi": BIDI,
    "lines": LINES,
    "nuls": NULS,
    "tags": TAGS,
    "forged": FORGED,
    "markup": MARKUP,
    "long": LONG,
    "all": "".join((ESCAPE, BIDI, LINES, NULS, TAGS, FORGED, MARKUP)) + LONG,
}
LABEL = "urn:c2pa:00000000-0000-4000-8000-000000000777"
LAYOUT = {"\n"}  # what the renderers themselves write
FORMS = [
    ("--format", "text"),
    ("--quiet",),
    ("--format", "json"),
    ("--format", "jsonl"),
    ("--format", "text", "--show-personal-data"),
    ("--format", "jsonl", "--show-personal-data"),
]


def everywhere(value):
    """A credential with one string in every place that takes text."""
    agent = {"name": value, "version": value, value[:50]: value}
    strange = {
        "action": value,
        "digitalSourceType": value,
        "softwareAgent": agent,
        "description": value,
        "reason": value,
    }
    made = claims.actions(
        {
            "action": "c2pa.created",
            "digitalSourceType": AI,
            "softwareAgent": agent,
            "description": value,
        },
        strange,
        claims.placed(),
    )
    metadata = claims.NewAssertion(
        "c2pa.metadata",
        {"@context": {}, "Iptc4xmpExt:DigitalSourceType": value, "dc:creator": value},
        ContentKind.JSON,
    )
    disclosure = claims.NewAssertion("c2pa.ai-disclosure", {"modelType": value, "modelName": value})
    vendor = claims.NewAssertion(
        "c2pa.ai_generated_content", {"ai_generated": True, "model": value}
    )
    return Manifest(
        LABEL,
        (made, metadata, disclosure, vendor),
        (claims.NewIngredient("componentOf", value, media_type=value, instance_id=value),),
        generator={"name": value, "version": value},
        title=value,
        instance_id=value,
    )


@pytest.fixture(scope="module", params=sorted(STRINGS))
def hostile(request, tmp_path_factory):
    """A file whose credential is sound and whose every text is hostile."""
    path = tmp_path_factory.mktemp("hostile") / f"{request.param}.jpg"
    path.write_bytes(signed_file(gradient_jpeg(), everywhere(STRINGS[request.param])))
    return path


@pytest.fixture(scope="module")
def tampered(hostile):
    """The same with the last bytes of the media changed: more is said of what is wrong."""
    data = bytearray(hostile.read_bytes())
    data[-20] ^= 1
    path = hostile.with_name(f"tampered-{hostile.name}")
    path.write_bytes(data)
    return path


def run(*arguments):
    result = CliRunner().invoke(main, ["verify", *map(str, arguments), *TRUST])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def harmful(said):
    """The characters of an output that control, reorder or hide, with their names."""
    return {
        f"U+{ord(c):04X}"
        for c in said
        if c not in LAYOUT
        and (unicodedata.category(c)[0] == "C" or unicodedata.category(c) in {"Zl", "Zp"})
    }


def texts(value, key=""):
    """Every text of a record with its key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, name
            yield from texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, key)
    elif isinstance(value, str):
        yield key, value


@each("form", FORMS, ids=" ".join)
def test_no_output_format_lets_hostile_text_through(hostile, tampered, form):
    for path in (hostile, tampered, FIXTURES / "hostile-strings.jpg"):
        result = run(path, *form)
        assert result.exit_code == 3
        assert result.stderr == ""
        said = result.stdout
        if form[0] == "--quiet":
            assert len(said.splitlines()) == 1
            assert said.count("\t") == 4
            said = said.replace("\t", " ")
        assert harmful(said) == set()
        if "json" not in form[1:2]:
            assert "\n{" not in said  # no forged line
        if form[:2] == ("--format", "jsonl"):
            assert said.count("\n") == 1


@each("shown", [False, True])
def test_records_hold_nothing_harmful_and_nothing_long(hostile, tampered, shown):
    trust = TrustStore.load(anchors=(ANCHORS,))
    options = Options(show_personal_data=shown)
    verifier = Verifier(trust=trust, at=datetime.fromisoformat(AT), options=options)
    for path in (hostile, tampered):
        report = verifier.verify(path)
        assert report.error is None
        record = json.loads(records.line(report))
        for key, value in texts({k: v for k, v in record.items() if k != "asset"}):
            assert harmful(value) == set(), key
            assert "\n" not in value
            assert len(value) <= (URL_LIMIT if key in LONGER else LIMIT), key


LONGER = {"url", "message", "remote_url", "says", "reason", "limit", "subject", "issuer", "anchor"}


def test_text_output_is_bounded(hostile):
    said = run(hostile, "--show-personal-data").stdout
    assert len(said.splitlines()) < 200
    assert max(map(len, said.splitlines())) < 4 * URL_LIMIT
    assert len(said) < 50_000


def test_hostile_text_does_not_hide_the_claim_of_ai(hostile):
    (record,) = map(json.loads, run(hostile, "--format", "jsonl").stdout.splitlines())
    assert record["verdict"]["origin"] == "ai_generated"
    assert record["axes"]["integrity"] == "intact"


def test_a_string_of_ten_megabytes_in_a_manifest_is_cut(tmp_path):
    path = tmp_path / "large.png"
    manifest = replace(everywhere("x"), title="\x1b" * 10_000_000)
    path.write_bytes(signed_file(gradient_png(), replace(manifest, media_type="image/png")))
    for form in FORMS:
        result = run(path, *form)
        assert result.exit_code in {3, 4, 5}
        assert harmful(result.stdout.replace("\t", " ")) == set()
        assert len(result.stdout) < 50_000


def test_thousands_of_actions_and_ingredients_are_bounded(tmp_path):
    path = tmp_path / "many.jpg"
    many = claims.actions(
        {"action": "c2pa.created", "digitalSourceType": CAPTURE},
        *({"action": f"c2pa.edited\x1b{n}", "digitalSourceType": AI} for n in range(3000)),
    )
    parts = tuple(claims.NewIngredient("componentOf", f"\u202e{n}") for n in range(600))
    path.write_bytes(signed_file(gradient_jpeg(), Manifest(LABEL, (many,), parts)))
    said = run(path).stdout
    assert harmful(said) == set()
    assert len(said.splitlines()) < 300
    (record,) = map(json.loads, run(path, "--format", "jsonl").stdout.splitlines())
    (manifest,) = record["credentials"]["manifests"] or ({"actions": [], "ingredients": []},)
    assert len(manifest["actions"]) <= MAX_ENTRIES
    assert len(manifest["ingredients"]) <= MAX_ENTRIES
    assert len(record["signals"]) <= MAX_ENTRIES
    assert len(record["findings"]) <= MAX_ENTRIES + 1


@pytest.mark.parametrize("name", ["escape", "bidi", "lines", "tags", "markup"])
def test_hostile_remote_addresses_are_cleaned(tmp_path, name):
    bad = STRINGS[name].replace("\0", "").replace('"', "").replace("<", "").replace("&", "")
    legal = "".join(c for c in bad if c in "\t\n\r" or (ord(c) >= 32 and c not in "\uffff\ufffe"))
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        ' xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="http://example.invalid/'
        f'{legal}{"z" * 3000}"/></rdf:RDF></x:xmpmeta>'
    ).encode()
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet
    media = gradient_jpeg()
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    path = tmp_path / "remote.jpg"
    path.write_bytes(media[:2] + segment + media[2:])
    (record,) = map(json.loads, run(path, "--format", "jsonl").stdout.splitlines())
    assert record["credentials"]["status"] == "remote"
    assert len(record["credentials"]["remote_url"]) <= URL_LIMIT
    assert harmful(record["credentials"]["remote_url"]) == set()
    assert harmful(run(path).stdout) == set()


@pytest.mark.skipif("os.name != 'posix'", reason="POSIX only")
@each("name", ["escape", "bidi", "lines", "tags", "markup", "forged"])
def test_hostile_file_names_are_cleaned(tmp_path, name):
    odd = STRINGS[name].replace("\0", "").replace("/", "_")[:60] + ".jpg"
    path = tmp_path / odd
    path.write_bytes((FIXTURES / "plain.jpg").read_bytes())
    quiet = run(path, "--quiet").stdout
    assert len(quiet.splitlines()) == 1
    assert quiet.count("\t") == 4
    assert harmful(quiet.replace("\t", " ")) == set()
    assert harmful(run(path).stdout) == set()
    said = run(path, "--format", "jsonl").stdout
    assert said.isascii()
    assert said.count("\n") == 1
    assert harmful(said) == set()
    assert json.loads(said)["asset"]["path"] == str(path)  # machines get it exactly


def test_lines_of_the_renderer_hold_no_line_breaks(hostile, tampered):
    verifier = Verifier(
        trust=TrustStore.load(anchors=(ANCHORS,)), options=Options(show_personal_data=True)
    )
    for path in (hostile, tampered):
        report = verifier.verify(path)
        for line in (*report_text.report_lines(report), report_text.quiet_line(report)):
            said = "".join(part for _, part in line)
            assert harmful(said.replace("\t", " ")) == set()
            assert "\n" not in said
