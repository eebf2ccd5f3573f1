"""Policy files: what they mean, and that nothing in them is misread in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.each import each

from provenance import Policy, PolicyError
from provenance.base.terms import Assurance, Flag, Identity, Integrity, Origin, Revocation
from provenance.verdict.policy import (
    DEFAULT_FLAGS,
    DEFAULT_ORIGINS,
    MAX_BYTES,
    Signing,
    parse,
    to_toml,
)
from provenance.verdict.policy_words import describe

if TYPE_CHECKING:
    from pathlib import Path

FULL = Policy(
    flags=frozenset(Flag) - {Flag.CONFLICT},
    origins=frozenset({(Origin.AI_GENERATED, Assurance.SIGNED), (Origin.UNKNOWN, Assurance.NONE)}),
    counts_as_broken=frozenset({Integrity.PARTIAL, Integrity.UNCHECKED}),
    counts_as_revoked=frozenset({Revocation.REVOKED_LATER}),
    vendors=("Adobe", 'quo"te\\\x7f\u202e'),
    signers=("Nikon", "sha256:" + "ab" * 32),
    must_be_signed=(
        Signing(("press/**", "*.nef"), frozenset({Identity.C2PA, Identity.PRIVATE})),
        Signing(),
    ),
    name="press desk",
)


@pytest.mark.parametrize("policy", [Policy(), FULL, replace(FULL, origins=frozenset(), name="")])
def test_a_policy_survives_as_a_file(policy: Policy) -> None:
    again = parse(to_toml(policy))
    assert again == policy
    assert (again.sha256, again.name) == (policy.sha256, policy.name)
    assert to_toml(again) == to_toml(policy)


def test_what_is_left_out_has_its_default() -> None:
    assert parse("version = 1") == Policy()
    assert parse("version = 1").name == "default"
    narrowed = parse('version = 1\n[origins]\nai_generated = ["verified"]')
    assert (Origin.AI_GENERATED, Assurance.SIGNED) not in narrowed.origins
    assert (Origin.AI_MODIFIED, Assurance.SIGNED) in narrowed.origins
    assert narrowed.flags == DEFAULT_FLAGS
    assert narrowed.name == ""
    assert parse('version = 1\nname = "default"\nflags = []').name == ""
    wider = parse('version = 1\n[origins]\nai_possible = "any"')
    assert wider.origins == DEFAULT_ORIGINS | {(Origin.AI_POSSIBLE, a) for a in Assurance}
    silent = parse("version = 1\nflags = []\n[origins]\nai_generated = []\nai_modified = []")
    assert silent == Policy(frozenset(), frozenset())
    assert list(describe(silent)) == ["No file is flagged, whatever it is."]


def test_the_digest_is_that_of_the_meaning() -> None:
    one = parse('version = 1\n# a remark\n[expected]\nsigners = ["B", "a"]')
    two = parse('name = "x"\nversion = 1\nexpected = {signers = ["A", "b", "B"]}')
    assert one.sha256 == two.sha256
    assert one.sha256 != Policy().sha256
    rule = "[[must_be_signed]]\npaths = {}\n"
    once = parse("version = 1\n" + rule.format('["a", "b"]'))
    twice = parse("version = 1\n" + rule.format('["b", "a", "b"]') + rule.format('["a", "b"]'))
    assert once.sha256 == twice.sha256
    digest = "AB:" * 31 + "AB"
    three = parse(f'version = 1\n[expected]\nsigners = ["SHA256:{digest}"]')
    assert three.signers == ("sha256:" + "ab" * 32,)


@each(
    ("text", "message"),
    [
        ("", "version: missing; begin the file with version = 1"),
        ("version = 2", "version: this program knows 1 only"),
        ("version = true", "version: this program knows 1 only"),
        ("version = 1\nflag = []", "flag: no such key; there are: version, name, flags,"),
        ('version = 1\nflags = "broken"', 'flags: has to be a list; allowed in it: "broken", "rev'),
        ('version = 1\nflags = ["brokn"]', 'flags: "brokn" is not allowed; allowed: "broken", '),
        ("version = 1\nflags = [1]", "flags: a number is not allowed"),
        ('version = 1\nflags = ["ai"]', 'flags: "ai" does not belong here: say in [origins]'),
        ("version = 1\nname = 5", "name: has to be a text, not a number"),
        ("version = 1\norigins = 5", "origins: has to be a table, under [origins]"),
        ("version = 1\n[origins]\nai = []", "origins.ai: no such key; there are: ai_generated,"),
        ('version = 1\n[origins]\nunknown = "all"', "origins.unknown: has to be a list; allowed"),
        ('version = 1\n[origins]\nunknown = ["any"]', ', "none", or "any" alone'),
        ('version = 1\n[counts_as]\nbroken = ["intact"]', 'allowed: "partial", "unchecked"'),
        ("version = 1\n[counts_as]\nexpired = []", "counts_as.expired: no such key"),
        (
            'version = 1\nflags = []\n[counts_as]\nrevoked = ["unknown"]',
            'counts_as.revoked: has no effect while flags leaves out "revoked"',
        ),
        ("version = 1\n[expected]\nsigners = [true]", "expected.signers[0]: has to be a text"),
        ('version = 1\n[expected]\nvendors = ["a", " "]', "expected.vendors: an entry is empty"),
        ('version = 1\n[expected]\nvendors = "a"', "expected.vendors: has to be a list of texts"),
        ('version = 1\n[expected]\nsigners = ["sha256:12"]', "expected.signers[0]: after sha256:"),
        (f'version = 1\n[expected]\nvendors = ["{"a" * 1025}"]', "longer than 1024 characters"),
        ("version = 1\n[must_be_signed]", "must_be_signed: has to be tables, each under [[must"),
        ("version = 1\n[[must_be_signed]]\npath = []", "must_be_signed[0].path: no such key"),
        ("version = 1\n[[must_be_signed]]\npaths = []", "must_be_signed[0].paths: is empty"),
        (
            'version = 1\n[[must_be_signed]]\n[[must_be_signed]]\nidentity = ["unproven"]',
            'must_be_signed[1].identity: "unproven" is not allowed; allowed: "c2pa", "interim",',
        ),
        ("version = = 1", "not TOML: "),
        ("version = 1\nname = [" + "[" * 50_000, "not TOML: nested too deeply"),
        ("version = " + "1" * 10_000, "not TOML: nested too deeply, or a value out of range"),
        ('version = 1\n"\\u001b[2J" = 1', "\ufffd[2J: no such key"),
        ("version = 1\nname = 2026-01-01", "name: has to be a text, not a date or time"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(text)
    said = str(caught.value)
    assert message in said
    assert said.isprintable()
    assert len(said) < 400


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    with pytest.raises(PolicyError, match=r"policy\.toml: no such file"):
        Policy.load(path)
    with pytest.raises(PolicyError, match="is a directory"):
        Policy.load(tmp_path)
    path.write_bytes(b"version = 1\n#\xff")
    with pytest.raises(PolicyError, match="not UTF-8"):
        Policy.load(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(PolicyError, match="larger than"):
        Policy.load(path)
    path.write_bytes(b"\xef\xbb\xbfversion = 1\r\n")
    assert Policy.load(str(path)).sha256 == Policy().sha256
    with pytest.raises(PolicyError, match="null"):
        Policy.load("a\0b")


def test_words_cover_every_rule() -> None:
    said = "\n".join(describe(FULL))
    for part in (
        "what is AI-generated, at assurance signed (exit code 3)",
        "what is of unknown origin, at assurance none (exit code 5)",
        "Counts as broken: a credential that covers the media only in part",
        "Counts as revoked: a signer that was revoked after it signed",
        "another vendor than Adobe or quo",
        "Nikon or sha256:abab",
        "files that match press/** or *.nef",
        "on the C2PA Trust List or on a list of your own",
        "every file",
    ):
        assert part in said
    assert "conflict" not in said
    assert "\u202e" not in said


def test_long_lists_are_cut_in_words() -> None:
    policy = Policy(vendors=tuple(f"v{n}" for n in range(50)))
    assert "v9 or 40 more" in "\n".join(describe(policy))
