"""Policy files: what they mean, and that nothing in them is misread in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.each import each

from provenance import Policy, PolicyError
from provenance.base.terms import Assurance, Flag, Identity, Integrity, Origin, Revocation
from provenance.verdict import policy as policy_module
from provenance.verdict.policy import (
    DEFAULT_FLAGS,
    DEFAULT_ORIGINS,
    MAX_BYTES,
    SigningDemand,
    parse_policy,
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
        SigningDemand(("press/**", "*.nef"), frozenset({Identity.C2PA, Identity.PRIVATE})),
        SigningDemand(),
    ),
    name="press desk",
)


@pytest.mark.parametrize("policy", [Policy(), FULL, replace(FULL, origins=frozenset(), name="")])
def test_a_policy_survives_as_a_file(policy: Policy) -> None:
    again = parse_policy(to_toml(policy))
    assert again == policy
    assert (again.sha256, again.name) == (policy.sha256, policy.name)
    assert to_toml(again) == to_toml(policy)


DEFAULT_FILE = """\
version = 1
name = "default"

# What flags a file, in addition to its origin. Also: remote_only, partial_coverage, from_input
flags = ["broken", "revoked", "conflict", "unreadable"]

# The assurances at which an origin flags: "any", or a list of
# verified, verified_legacy, verified_private, signed, detected, asserted, broken, none
[origins]
ai_generated = "any"
ai_modified = "any"
ai_possible = []
captured = []
digital_creation = []
unknown = []

# What counts as broken (partial, unchecked) or as revoked
# (revoked_later, unknown, not_checked) beyond what is
[counts_as]
broken = []
revoked = []

# Where given, a file from another vendor or signer is flagged. A signer is an
# organisation on a listed chain, or "sha256:" and the digest of its certificate
[expected]
vendors = []
signers = []

# Files that must carry an intact credential, any number of times:
# [[must_be_signed]]
# paths = ["press/**"]
# identity = ["c2pa"]
"""


def test_the_file_of_the_default_explains_itself() -> None:
    assert to_toml(Policy()) == DEFAULT_FILE


def test_the_file_of_a_policy_has_its_rules_and_no_example() -> None:
    text = to_toml(replace(FULL, vendors=("Caf\u00e9 \x7f",)))
    assert 'vendors = ["Caf\u00e9 \\u007F"]\n' in text
    assert 'ai_generated = ["signed"]\nai_modified = []\n' in text
    assert text.endswith(
        "any number of times:\n"
        '[[must_be_signed]]\npaths = ["press/**", "*.nef"]\nidentity = ["c2pa", "private"]\n\n'
        '[[must_be_signed]]\npaths = ["**"]\nidentity = ["c2pa"]\n'
    )


def test_a_key_left_out_of_a_policy_has_its_default() -> None:
    assert parse_policy("version = 1") == Policy()
    assert parse_policy("version = 1").name == "default"
    narrowed = parse_policy('version = 1\n[origins]\nai_generated = ["verified"]')
    assert (Origin.AI_GENERATED, Assurance.SIGNED) not in narrowed.origins
    assert (Origin.AI_MODIFIED, Assurance.SIGNED) in narrowed.origins
    assert narrowed.flags == DEFAULT_FLAGS
    assert narrowed.name == ""
    assert parse_policy('version = 1\nname = "default"\nflags = []').name == ""
    wider = parse_policy('version = 1\n[origins]\nai_possible = "any"')
    assert wider.origins == DEFAULT_ORIGINS | {(Origin.AI_POSSIBLE, a) for a in Assurance}
    silent = parse_policy("version = 1\nflags = []\n[origins]\nai_generated = []\nai_modified = []")
    assert silent == Policy(frozenset(), frozenset())
    assert list(describe(silent)) == ["No file is flagged, whatever it is."]


def test_the_digest_of_a_policy_is_that_of_its_meaning() -> None:
    one = parse_policy('version = 1\n# a remark\n[expected]\nsigners = ["B", "a"]')
    two = parse_policy('name = "x"\nversion = 1\nexpected = {signers = ["A", "b", "B"]}')
    assert one.sha256 == two.sha256
    assert one.sha256 != Policy().sha256
    rule = "[[must_be_signed]]\npaths = {}\n"
    once = parse_policy("version = 1\n" + rule.format('["a", "b"]'))
    twice = parse_policy(
        "version = 1\n" + rule.format('["b", "a", "b"]') + rule.format('["a", "b"]')
    )
    assert once.sha256 == twice.sha256
    digest = "AB:" * 31 + "AB"
    three = parse_policy(f'version = 1\n[expected]\nsigners = ["SHA256:{digest}"]')
    assert three.signers == ("sha256:" + "ab" * 32,)


def test_the_canonical_form_and_the_digest_are_those_of_every_earlier_version() -> None:
    """A record names its policy by this digest: the same policy must not get another one."""
    assert FULL.canonical() == {
        "version": 1,
        "flags": [
            *("broken", "revoked", "unreadable"),
            *("remote_only", "partial_coverage", "from_input"),
        ],
        "origins": {
            "ai_generated": ["signed"],
            "ai_modified": [],
            "ai_possible": [],
            "captured": [],
            "digital_creation": [],
            "unknown": ["none"],
        },
        "counts_as": {"broken": ["partial", "unchecked"], "revoked": ["revoked_later"]},
        "expected": {
            "vendors": ["adobe", 'quo"te\\\x7f\u202e'],
            "signers": ["nikon", "sha256:" + "ab" * 32],
        },
        "must_be_signed": [
            {"paths": ["**"], "identity": ["c2pa"]},
            {"paths": ["*.nef", "press/**"], "identity": ["c2pa", "private"]},
        ],
    }
    assert FULL.sha256 == "1c6ad3b5153504ac9a100412fffdd91978abfca762b8ace932687314d2842094"
    assert Policy().sha256 == "db789cbbd17bf6d1090b7add1ea485103cdd93ff2c75c3cb495ac66f1ff1e8fd"


@each(
    "rule",
    [
        {"flags": frozenset()},
        {"origins": frozenset()},
        {"counts_as_broken": frozenset({Integrity.PARTIAL})},
        {"counts_as_revoked": frozenset({Revocation.UNKNOWN})},
        {"vendors": ("a",)},
        {"signers": ("a",)},
        {"must_be_signed": (SigningDemand(),)},
    ],
)
def test_a_policy_with_any_rule_of_its_own_is_not_the_default(rule: dict[str, Any]) -> None:
    assert Policy(**rule).name == ""
    assert Policy(**rule, name="default").name == ""
    assert Policy(**rule, name="desk").name == "desk"


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
def test_a_policy_that_is_wrong_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    said = str(caught.value)
    assert message in said
    assert said.isprintable()
    assert len(said) < 400


LONG = "x" * 61
KEYS = "version, name, flags, origins, counts_as, expected, must_be_signed"
LATER = '"revoked_later", "unknown", "not_checked"'


@each(
    ("text", "message"),
    [
        ("flag = []", f"flag: no such key; there are: {KEYS}"),
        (f"{LONG} = 1", f"{LONG[:59]}…: no such key; there are: version, "),
        (f"[origins]\n{LONG} = 1", f"origins.{LONG[:59]}…: no such key; there are: ai_generated, "),
        (f'flags = ["{LONG}"]', f'flags: "{LONG[:59]}…" is not allowed; allowed: "broken", '),
        (
            "[counts_as]\nbroken = [true]",
            'counts_as.broken: true is not allowed; allowed: "partial", "unchecked"',
        ),
        (
            "[counts_as]\nrevoked = [false]",
            f"counts_as.revoked: false is not allowed; allowed: {LATER}",
        ),
        ('[[must_be_signed]]\npaths = [""]', "must_be_signed[0].paths: an entry is empty"),
        (
            "[[must_be_signed]]\nidentity = []",
            "must_be_signed[0].identity: is empty, so the rule asks for nothing",
        ),
        ("name = = 1", "not TOML: Invalid value (at line 2, column "),
    ],
)
def test_a_message_begins_with_the_place_and_ends_with_what_is_allowed(
    text: str, message: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(f"version = 1\n{text}")
    said = str(caught.value)
    assert said.startswith(message) if message.endswith(" ") else said == message


def test_each_bound_is_the_most_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_module, "MAX_ENTRIES", 2)
    rule = "[[must_be_signed]]\n"
    for text, message in (
        ('[expected]\nvendors = ["a", "b"{}]', "expected.vendors: more than 2 entries"),
        (f"{rule}{rule}{{}}", "must_be_signed: more than 2 rules"),
    ):
        more = ', "c"' if "vendors" in text else rule
        parse_policy("version = 1\n" + text.format(""))
        with pytest.raises(PolicyError) as caught:
            parse_policy("version = 1\n" + text.format(more))
        assert str(caught.value) == message
    parse_policy(f'version = 1\nname = "{"a" * 1024}"')
    with pytest.raises(PolicyError, match=r"^name: longer than 1024 characters$"):
        parse_policy(f'version = 1\nname = "{"a" * 1025}"')


def test_a_file_that_is_refused_is_named(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(b"version = 2")
    with pytest.raises(PolicyError) as caught:
        Policy.load(path)
    assert str(caught.value) == f"policy {path}: version: this program knows 1 only"


def test_a_policy_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
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
