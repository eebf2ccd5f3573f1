"""The page of one file or a few: what it holds, in which order, and that no file can break it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from support.each import each
from support.ledgers import HOSTILE_NAMES, failed, judged, moved, verifier
from support.pages import Elements
from support.pki import FIXTURES

from provenance.base.finding import error
from provenance.base.text import printable_path
from provenance.render import manifest_tree, report_text
from provenance.render.headline import headline
from provenance.render.page import single

HOSTILE = "</script></p><img src=x onerror=alert(1)>\u202egpj.\x1b[2J\n\"'&"


def page(*reports):
    return single.page_top() + "".join(map(single.line, reports)) + single.page_bottom()


def shown(text):
    return " ".join("".join(Elements(text).shown).split())


def test_the_page_of_a_file_has_no_script_and_asks_nobody():
    elements = Elements(page(judged("chain-of-three.jpg")))
    policy = next(a["content"] for tag, a in elements.tags if "http-equiv" in a)
    (style,) = (made for name, made in elements.texts if name == "style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy is not None
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'; script-src 'none'" in policy
    for tag, attributes in elements.tags:
        assert tag not in {"script", "img", "link", "iframe", "object", "embed", "a", "form"}
        assert not {"src", "style", "href", "action"} & attributes.keys()
    assert elements.unclosed == []


def test_the_page_of_a_file_has_the_order_of_the_text_output():
    report = judged("tampered.png")
    said = shown(page(report))
    head = ["".join(span for _, span in line) for line in headline(report)]
    places = [
        said.index(part)
        for part in (
            "tampered.png",
            *head,
            "image/png, 2,636 bytes",
            report.asset.sha256,
            *report_text.reasons(report),
            "Next:",
            "Manifests",
            "claim generator: Test Generator 1.0",
            "Reasons in full",
            "Evidence",
            "assertion.dataHash.mismatch",
            "How it was examined",
        )
    ]
    assert places == sorted(places)


def test_the_tree_tells_relations_and_states():
    said = shown(page(judged("chain-of-three.jpg")))
    for part in ("Test Signing Organisation intact", "made from Test Camera Maker intact"):
        assert part in said
    said = shown(page(judged("generated-from-upload.png")))
    assert "given as input without a credential" in said


def test_the_page_of_a_file_shows_loose_manifests_apart():
    said = shown(page(judged("unreferenced.jpg")))
    assert "Not linked from the active manifest:" in said


def test_the_page_of_a_file_withholds_titles():
    said = shown(page(judged("capture.jpg")))
    assert "[title withheld]" in said
    assert said.count("capture.jpg") == 1  # its path


def test_the_page_of_a_file_that_could_not_be_examined_says_why():
    said = shown(page(failed("a.jpg"), judged("plain.jpg")))
    assert "could not be examined: no such file" in said
    assert "origin unknown" in said


@each("name", HOSTILE_NAMES)
def test_no_name_is_markup_in_the_page_of_a_file(name):
    made = page(moved(judged("ai-generated.png"), name))
    assert made.isascii()
    elements = Elements(made)
    assert not {"script", "img", "b"} & {tag for tag, _ in elements.tags}
    assert elements.unclosed == []
    assert printable_path(name).split() == "".join(_heading(made)).split()


def _heading(made):
    found = made[made.index("<h1") :]
    return Elements(found[: found.index("</h1>") + 5]).shown


def test_no_text_of_a_file_is_markup_in_its_page():
    report = judged("chain-of-three.jpg")
    (first, *rest) = report.credentials.manifests
    signer = replace(
        first.signer,
        organisation=HOSTILE,
        issuer=HOSTILE,
        anchor=HOSTILE,
        lists=(HOSTILE,),
        sha256=HOSTILE,
    )
    action = replace(first.actions[0], action=HOSTILE, source_type=HOSTILE, agent=HOSTILE)
    ingredient = replace(first.ingredients[0], relationship=HOSTILE, broken=HOSTILE)
    first = replace(
        first,
        label=HOSTILE,
        title=HOSTILE,
        generators=(HOSTILE,) * 3,
        signer=signer,
        limit=HOSTILE,
        actions=(action,),
        ingredients=(ingredient,),
        time_stamp_authority=HOSTILE,
    )
    report = replace(
        report,
        asset=replace(report.asset, media_type=HOSTILE, hashes=((HOSTILE, HOSTILE),)),
        credentials=replace(
            report.credentials, manifests=(first, *rest), sidecar=HOSTILE, remote_url=HOSTILE
        ),
        findings=(error(HOSTILE, HOSTILE, HOSTILE),),
        signals=tuple(replace(s, says=HOSTILE, where=HOSTILE) for s in report.signals),
        environment=replace(report.environment, tool=HOSTILE, sdk=HOSTILE, network=HOSTILE),
    )
    made = page(report)
    elements = Elements(made)
    assert not {"script", "img"} & {tag for tag, _ in elements.tags}
    assert elements.unclosed == []
    assert made.isascii()
    said = "".join(elements.shown)
    assert not {c for c in said if not c.isprintable()} - {"\n"}
    assert made.count("&lt;img src=x onerror") >= 15


def test_long_lists_and_texts_are_bounded():
    report = judged("chain-of-three.jpg")
    (first, *rest) = report.credentials.manifests
    many = tuple(replace(rest[0], label=f"m{n}", referenced=True) for n in range(400))
    ingredients = tuple(replace(first.ingredients[0], manifest=f"m{n}") for n in range(400))
    first = replace(first, ingredients=ingredients, title="x" * 10_000_000)
    report = replace(
        report,
        credentials=replace(report.credentials, manifests=(first, *many)),
        findings=tuple(error("a.b", f"{n}" + "y" * 100_000) for n in range(500)),
        signals=report.signals * 200,
    )
    made = page(report)
    assert len(made) < 200_000
    assert made.count('class="node"') <= manifest_tree.MOST_ON_A_PAGE
    assert "401 manifests; the JSON record has all." in shown(made)
    assert "480 more in the JSON record" in shown(made)


def test_a_finding_in_many_places_is_said_once():
    report = judged("plain.jpg")
    found = tuple(error("a.b", "odd", f"place {n}") for n in range(9))
    said = shown(page(replace(report, findings=found)))
    assert said.count("odd") == 1
    assert "place 0, place 1, place 2, place 3, 5 more places" in said


def test_a_circle_of_manifests_ends():
    report = judged("chain-of-three.jpg")
    manifests = report.credentials.manifests
    (first, *_) = manifests
    back = replace(
        manifests[-1], ingredients=(replace(first.ingredients[0], manifest=first.label),)
    )
    credentials = replace(report.credentials, manifests=(*manifests[:-1], back))
    assert "made from shown above" in shown(page(replace(report, credentials=credentials)))


def test_every_sample_makes_a_page():
    for path in sorted(FIXTURES.glob("*.*")):
        if path.suffix in {".jpg", ".png", ".mp4", ".wav", ".c2pa"}:
            made = page(verifier().verify(path))
            assert Elements(made).unclosed == [], path


@each(
    ("name", "step"),
    [
        ("tampered.png", "Do not apply what the credential says to this file."),
        ("grafted.jpg", "Do not apply what the credential says to this file."),
        ("revoked.jpg", "Do not attribute the credential to the named signer."),
        ("generated-from-upload.png", "Treat the file as one that may show a real person."),
        ("expired.jpg", "Treat it as what the signer says."),
        ("truncated.png", "Ask for the original file."),
        ("plain.jpg", "Decide by other means."),
    ],
)
def test_the_next_step_is_that_of_what_weighs_most(name, step):
    assert f"Next: {step}" in shown(page(judged(name)))


def test_what_was_not_looked_for_is_said_of_unknown_origins():
    assert "Not looked for: watermarks in the picture (--pixels)" in shown(
        page(judged("plain.jpg"))
    )
    assert "Not looked for" not in shown(page(judged("tampered.png")))


def test_the_page_of_a_file_proposes_no_step_that_it_has_done_itself():
    for path in sorted(FIXTURES.glob("*.jpg")):
        said = shown(page(judged(path.name))).partition("Next: ")[2].partition("Manifests")[0]
        assert not said.startswith("Nothing")
        assert "Look at the finding" not in said[:200]


def test_a_file_that_could_not_be_examined_has_a_next_step():
    assert "Next: Check the path." in shown(page(failed("a.jpg")))
