"""Path building by itself: lists and tiers, several paths, and where a search stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from unit.signing import pki
from unit.signing.lists import together, trusting
from unit.signing.pki import END, START, Issued, authority, issue

from provenance.base.finding import error
from provenance.base.terms import Tier
from provenance.signing import path
from provenance.signing.cache import ChainCache
from provenance.signing.chain_answer import AnchorHit
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from provenance.signing.path import Chain
    from provenance.signing.trust_store import TrustStore

ROOT = authority("Path root")
MIDDLE = authority("Path middle", ROOT)
LEAF = issue("Path leaf", MIDDLE, eku=(pki.EMAIL, pki.CLAIM_EKU))
DAY = timedelta(days=1)
ODD: dict[str, Any] = {"ca": None, "usage": (pki.SIGN,)}


def read(one: Issued) -> Any:
    return ChainCache().certificate(one.der)


def build(
    leaf: Issued,
    *supplied: Issued | bytes,
    trust: TrustStore,
    purpose: Purpose = Purpose.SIGNER,
    cache: ChainCache | None = None,
) -> Chain:
    ders = [one if isinstance(one, bytes) else one.der for one in supplied]
    return path.build(leaf.der, ders, purpose, trust, cache or ChainCache())


def said(chain: Chain) -> list[str]:
    return [f"{one.severity} {one.code} [{one.where}] {one.message}" for one in chain.findings]


def names(chain: Chain) -> list[str]:
    describe = ChainCache().describe
    return [describe(one).common_name.removeprefix("Path ") for one in chain.path]


def hit(tier: Tier, anchor: Issued, *, by_list: bool = False) -> AnchorHit:
    info = ChainCache().describe(read(anchor))
    named = "allowed" if by_list else f"{tier} list"
    return AnchorHit(tier, named, info.subject, info.sha256, by_list)


# ---- lists and tiers ------------------------------------------------------------------------


def test_the_strongest_list_comes_first_and_every_list_is_named() -> None:
    trust = together(
        trusting(ROOT),
        trusting(ROOT, tier=Tier.INTERIM),
        trusting(MIDDLE, tier=Tier.C2PA),
    )
    chain = build(LEAF, trust=trust)
    assert chain.hits == (
        hit(Tier.C2PA, MIDDLE),
        hit(Tier.INTERIM, ROOT),
        hit(Tier.PRIVATE, ROOT),
    )
    assert (chain.tier, chain.sound, names(chain)) == (Tier.C2PA, True, ["leaf", "middle"])
    assert (said(chain), chain.others) == ([], ())


def test_a_list_stands_only_for_its_usages() -> None:
    mail = issue("Path mail", MIDDLE)
    listed = trusting(ROOT, tier=Tier.C2PA)
    chain = build(mail, MIDDLE, trust=listed)
    assert (chain.sound, chain.hits, names(chain)) == (True, (), ["mail", "middle", "root"])
    usage = "its extended key usage is not one that c2pa list is for"
    assert said(chain) == [f"warning chain.eku_not_on_list [CN=Path mail, O=Test] {usage}"]
    chain = build(mail, MIDDLE, trust=together(listed, trusting(ROOT, tier=Tier.INTERIM)))
    assert chain.hits == (hit(Tier.INTERIM, ROOT),)
    assert said(chain) == []


def test_a_time_stamp_anchor_stands_for_no_claim_and_needs_no_usage_of_claims() -> None:
    trust = trusting(ROOT, tier=Tier.C2PA, purpose=Purpose.TSA)
    stamping = issue("Path TSA", MIDDLE, eku=(pki.STAMPING,))
    chain = build(stamping, MIDDLE, trust=trust, purpose=Purpose.TSA)
    assert (chain.hits, said(chain)) == ((hit(Tier.C2PA, ROOT),), [])
    assert build(LEAF, MIDDLE, trust=trust).hits == ()


def test_an_anchor_that_cannot_be_read_is_passed_over() -> None:
    odd = trusting(ROOT)
    odd.__dict__["_all"] = tuple(
        replace(anchor, der=der) for anchor in odd._all for der in (b"junk", anchor.der)
    )
    assert names(build(LEAF, MIDDLE, trust=odd)) == ["leaf", "middle", "root"]


# ---- trusted by name ------------------------------------------------------------------------


STRANGER = pki.key("path stranger")
TWO_NAMES = x509.Name(
    [*pki.name("Path two"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Another")]
)
TWICE = (
    "warning chain.name_repeated [CN=Path two, O=Test, O=Another]"
    " its subject has more than one O: the first of each counts"
)


def test_a_signer_that_is_trusted_by_name_needs_no_chain() -> None:
    """What its chain breaks, or where it ends, is nothing that the answer rests on."""
    leaf = issue("Path two", MIDDLE, signer=STRANGER, subject=TWO_NAMES, eku=None)
    for trust, by_list in (
        (together(trusting(leaf)), False),
        (together(allowed=leaf), True),
    ):
        for supplied, path_names in (((), ["two"]), ((MIDDLE,), ["two", "middle"])):
            chain = build(leaf, *supplied, trust=trust)
            assert (chain.sound, names(chain)) == (True, path_names)
            tier = Tier.INTERIM if by_list else Tier.PRIVATE
            assert chain.hits == (hit(tier, leaf, by_list=by_list),)
            assert said(chain) == [TWICE]


def test_the_longest_path_of_one_that_is_trusted_by_name_is_shown() -> None:
    other = authority("Path middle", authority("Path nobody"), key_label="Path middle")
    chain = build(LEAF, other, MIDDLE, ROOT, trust=trusting(LEAF))
    assert names(chain) == ["leaf", "middle", "root"]
    assert chain.hits == (hit(Tier.PRIVATE, LEAF),)
    both = build(LEAF, MIDDLE, trust=together(trusting(LEAF, tier=Tier.INTERIM), trusting(ROOT)))
    assert both.hits == (hit(Tier.INTERIM, LEAF), hit(Tier.PRIVATE, ROOT))
    assert names(both) == ["leaf", "middle", "root"]


def test_the_rules_on_algorithms_hold_for_one_that_is_trusted_by_name() -> None:
    weak = issue("Path weak", MIDDLE, kind="RSA-1024")
    chain = build(weak, MIDDLE, trust=together(trusting(weak), allowed=weak))
    assert (chain.sound, chain.hits) == (False, ())
    assert said(chain)[0].startswith("error chain.weak_key [CN=Path weak, O=Test]")


def test_a_time_stamp_authority_that_is_trusted_by_name_keeps_its_rules() -> None:
    def stamping(label: str, **options: Any) -> Issued:
        return issue(label, MIDDLE, **{"eku": (pki.STAMPING,), **options})

    def judged(one: Issued) -> Chain:
        trust = together(trusting(one, purpose=Purpose.TSA), allowed=one)
        return build(one, trust=trust, purpose=Purpose.TSA)

    sound = stamping("Path stamping")
    assert judged(sound).hits == (hit(Tier.PRIVATE, sound),)
    two = judged(stamping("Path two", subject=TWO_NAMES))
    assert (len(two.hits), said(two)) == (1, [TWICE])
    for label, options in {
        "mailing": {"eku": (pki.STAMPING, pki.EMAIL)},
        "without usage": {"usage": None},
    }.items():
        odd = judged(stamping(f"Path {label}", **options))
        assert (odd.sound, odd.hits) == (False, ())
    # The allow-list is one of signers.
    only = build(sound, trust=together(allowed=sound), purpose=Purpose.TSA)
    assert only.hits == ()


# ---- several paths --------------------------------------------------------------------------


def renewed(days: int, **options: Any) -> Issued:
    """The same authority with other dates: valid for the day that many days after `START`."""
    dates = (START + days * DAY, START + (days + 1) * DAY)
    return authority("Path renewed", dates=dates, **options)


RENEWED_LEAF = issue("Path renewed leaf", renewed(0))


def moment(days: int) -> datetime:
    return START + days * DAY + timedelta(hours=1)


def test_the_path_that_is_in_time_is_taken() -> None:
    anchors = [renewed(days) for days in range(12)]
    chain = build(RENEWED_LEAF, trust=trusting(*anchors))
    assert chain.path[1].der == anchors[0].der
    assert len(chain.others) == path.MAX_PATHS - 1
    for days in range(path.MAX_PATHS):
        assert chain.at(moment(days)).path[1].der == anchors[days].der
    for days in (path.MAX_PATHS, 20):
        assert chain.at(moment(days)) is chain
    fourth = chain.at(moment(3))
    every = {read(one).sha256 for one in anchors}
    assert fourth.hits[0].sha256 == read(anchors[3]).sha256
    assert {one.sha256 for one in fourth.hits} == every
    assert len(fourth.hits) == len(every)
    assert (fourth.sound, fourth.findings, fourth.others) == (True, (), ())


def test_of_two_paths_in_time_the_first_is_taken() -> None:
    first, second = renewed(0), authority("Path renewed")
    for anchors in ((first, second), (second, first)):
        chain = build(RENEWED_LEAF, trust=trusting(*anchors))
        assert chain.at(moment(0)) is chain
        assert chain.path[1].der == anchors[0].der


def test_the_leafs_own_dates_choose_no_path() -> None:
    late = issue("Path late leaf", renewed(0), dates=(START + 5 * DAY, END))
    chain = build(late, trust=trusting(renewed(1), renewed(0)))
    assert chain.at(moment(0)).path[1].der == renewed(0).der


def test_every_authority_of_the_path_has_to_be_in_time() -> None:
    top = renewed(0)
    low = authority("Path low", top, dates=(START, START + DAY))
    new = authority("Path low", top, dates=(START + DAY, START + 2 * DAY))
    leaf = issue("Path low leaf", low)
    both = trusting(renewed(0), renewed(1))
    chain = build(leaf, low, new, trust=both)
    assert [one.der for one in chain.path[1:]] == [low.der, renewed(0).der]
    assert [one.der for one in chain.at(moment(1)).path[1:]] == [new.der, renewed(1).der]


def test_a_path_to_a_weaker_list_is_no_other_path() -> None:
    trust = together(trusting(renewed(0), tier=Tier.INTERIM), trusting(renewed(1)))
    chain = build(RENEWED_LEAF, trust=trust)
    assert [one.tier for one in chain.hits] == [Tier.INTERIM, Tier.PRIVATE]
    assert chain.at(moment(1)) is chain
    assert chain.others == ()


def test_what_is_noted_of_the_certificates_holds_for_every_path() -> None:
    chain = build(RENEWED_LEAF, RENEWED_LEAF, RENEWED_LEAF, trust=trusting(renewed(0), renewed(1)))
    for one in (chain, *chain.others):
        assert said(one) == [
            "note chain.duplicate [CN=Path renewed leaf, O=Test] supplied more than once"
        ]


def test_the_shorter_way_is_taken_first() -> None:
    """Of two ways to anchors of one list; the longer one is kept."""
    cross = authority("Path root", authority("Path above"), key_label="Path root")
    trust = trusting(authority("Path above"), ROOT)
    chain = build(LEAF, cross, MIDDLE, trust=trust)
    assert names(chain) == ["leaf", "middle", "root"]
    assert [names(one) for one in chain.others] == [["leaf", "middle", "root", "above"]]
    assert [one.subject for one in chain.hits] == ["CN=Path root, O=Test", "CN=Path above, O=Test"]


def test_a_sound_way_to_nowhere_is_better_than_a_broken_one_to_an_anchor() -> None:
    odd = authority("Path middle", ROOT, usage=(pki.SIGN,))
    other = authority("Path middle", authority("Path nobody"))
    chain = build(LEAF, odd, other, trust=trusting(ROOT))
    assert (chain.sound, chain.hits, names(chain)) == (True, (), ["leaf", "middle"])
    assert [one.code for one in chain.findings] == ["chain.issuer_missing"]


def test_a_sound_way_to_an_anchor_is_found_after_a_shorter_broken_one() -> None:
    odd = authority("Path middle", ROOT, usage=(pki.SIGN,))
    longer = authority("Path middle", authority("Path between", ROOT))
    chain = build(LEAF, odd, longer, authority("Path between", ROOT), trust=trusting(ROOT))
    assert (chain.sound, names(chain)) == (True, ["leaf", "middle", "between", "root"])
    assert chain.hits == (hit(Tier.PRIVATE, ROOT),)


def test_a_broken_way_to_an_anchor_is_shown_before_a_broken_one_to_nowhere() -> None:
    worse = authority("Path middle", ROOT, **ODD)
    odd = authority("Path middle", authority("Path nobody"), usage=(pki.SIGN,))
    chain = build(LEAF, odd, worse, trust=trusting(ROOT))
    assert (chain.sound, names(chain)) == (False, ["leaf", "middle", "root"])


def test_of_the_sound_ways_to_nowhere_the_longest_is_shown() -> None:
    other = authority("Path middle", authority("Path nobody"))
    for supplied in ((other, MIDDLE, ROOT), (MIDDLE, ROOT, other)):
        chain = build(LEAF, *supplied, trust=trusting())
        assert names(chain) == ["leaf", "middle", "root"]
        assert [one.code for one in chain.findings] == ["chain.root_unlisted"]


def test_of_broken_ways_the_one_with_fewer_faults_is_shown_then_the_longer_one() -> None:
    worse = authority("Path middle", ROOT, **ODD)
    odd = authority("Path middle", ROOT, usage=(pki.SIGN,))
    between = authority("Path root", authority("Path above"), key_label="Path root")
    for supplied in ((worse, odd), (odd, worse)):
        chain = build(LEAF, *supplied, trust=trusting(ROOT))
        assert (chain.sound, names(chain)) == (False, ["leaf", "middle", "root"])
        assert [one.code for one in chain.findings] == ["chain.key_usage"]
        chain = build(LEAF, *supplied, between, trust=trusting(ROOT, authority("Path above")))
        assert names(chain) == ["leaf", "middle", "root", "above"]
        chain = build(LEAF, *supplied, trust=trusting())
        assert (chain.sound, names(chain)) == (False, ["leaf", "middle"])
        assert [one.code for one in chain.findings] == ["chain.key_usage", "chain.issuer_missing"]


def test_an_authority_of_another_key_is_none_of_the_path_however_weak_it_is() -> None:
    weak = authority("Path middle", ROOT, kind="RSA-1024", key_label="path weak")
    chain = build(LEAF, weak, trust=trusting(ROOT))
    assert (chain.sound, names(chain)) == (True, ["leaf"])
    assert [one.code for one in chain.findings] == ["chain.issuer_missing"]


def test_a_loop_of_authorities_keeps_no_path_from_being_found() -> None:
    a, b = authority("Path A"), authority("Path B")
    loop = (authority("Path A", b), authority("Path B", a))
    other = authority("Path A", key_label="path another A", key_ids=False, ca=None)
    chain = build(issue("Path leaf of A", a), *loop, other, trust=trusting())
    assert names(chain) == ["leaf of A", "A", "B", "A"]
    assert [one.code for one in chain.findings] == [
        "chain.bad_signature",
        "chain.not_a_ca",
        "chain.root_unlisted",
    ]


def test_an_authority_of_another_name_is_looked_for_where_there_is_none_of_the_name() -> None:
    alias = authority("Path alias", ROOT, key_label="Path middle")
    worse = authority("Path middle", ROOT, **ODD)
    chain = build(LEAF, worse, alias, trust=trusting(ROOT))
    assert [one.code for one in chain.findings] == ["chain.not_a_ca", "chain.key_usage"]
    lost = issue("Path lost", MIDDLE, issuer_name="Path nobody")
    chain = build(lost, ROOT, authority("Path stranger"), MIDDLE, trust=trusting(ROOT))
    assert [one.code for one in chain.findings] == ["chain.name_mismatch"]


@pytest.mark.parametrize(
    ("options", "supplied"),
    [
        ({"authority_key": b"\1" * 20}, MIDDLE),  # its identifiers name another key
        ({"key_ids": False}, ROOT),  # did not sign it
        ({"key_ids": False}, issue("Path no authority", ROOT, key_label="Path middle")),
    ],
)
def test_an_authority_of_another_name_that_did_not_issue_a_leaf_is_not_taken(
    options: dict[str, Any], supplied: Issued
) -> None:
    lost = issue("Path lost", MIDDLE, issuer_name="Path nobody", **options)
    chain = build(lost, supplied, trust=trusting(ROOT))
    assert chain.findings[-1].code == "chain.issuer_missing"
    assert names(chain) == ["lost"]


def test_what_an_authority_may_vouch_for_is_asked() -> None:
    limit = x509.NameConstraints(None, [x509.DirectoryName(pki.name("Path limited"))])
    low = authority("Path limiting", ROOT, more=((limit, True),))
    leaf = issue("Path limited", low)
    for trust, more in ((trusting(ROOT), []), (trusting(), ["chain.issuer_missing"])):
        chain = build(leaf, low, trust=trust)
        assert [one.code for one in chain.findings] == ["chain.name_excluded", *more]
        assert (chain.sound, chain.hits) == (False, ())


# ---- where a search stops -------------------------------------------------------------------


def ladder(steps: int) -> tuple[Issued, list[Issued]]:
    """A leaf and the authorities above it, the lowest first."""
    above = [ROOT]
    for number in range(steps - 1):
        above.append(authority(f"Path rung {number}", above[-1]))
    return issue(f"Path leaf under {steps}", above[-1]), above[::-1]


def test_a_path_has_at_most_ten_certificates() -> None:
    leaf, above = ladder(path.MAX_PATH - 1)
    chain = build(leaf, *above, trust=trusting(ROOT))
    assert (len(chain.path), said(chain), chain.tier) == (path.MAX_PATH, [], Tier.PRIVATE)
    leaf, above = ladder(path.MAX_PATH)
    chain = build(leaf, *above, trust=trusting(ROOT))
    assert (len(chain.path), chain.sound, chain.hits) == (path.MAX_PATH, False, ())
    assert said(chain) == [
        "error chain.too_long [CN=Path rung 0, O=Test] longer than 10 certificates"
    ]


def test_thirty_two_certificates_are_read() -> None:
    fill = [LEAF] * (path.MAX_CERTIFICATES - 1)
    chain = build(LEAF, *fill, MIDDLE, trust=trusting(ROOT))
    assert {one.code for one in chain.findings} == {"chain.duplicate"}
    assert chain.tier is Tier.PRIVATE


def test_what_cannot_be_read_is_named_by_its_place_and_the_rest_is_used() -> None:
    chain = build(LEAF, b"", b"\x30\x00", MIDDLE, trust=trusting(ROOT))
    assert chain.tier is Tier.PRIVATE
    assert said(chain) == [
        "warning chain.supplied_malformed [certificate 0] cut short",
        "warning chain.supplied_malformed [certificate 1] not a certificate",
    ]


def test_a_leaf_that_cannot_be_read_leads_nowhere() -> None:
    chain = path.build(b"", [ROOT.der], Purpose.SIGNER, trusting(ROOT), ChainCache())
    fault = error("chain.certificate_malformed", "cut short", "leaf")
    assert chain == path.Chain(False, (), (), (fault,))
    assert chain.tier is None


STEPS = "warning chain.search_bounded [] stopped after 3 steps"


@pytest.mark.parametrize(("steps", "stopped"), [(3, False), (4, True)])
def test_a_search_takes_so_many_steps(
    steps: int, stopped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path, "MAX_STEPS", 3)
    leaf, above = ladder(steps)
    chain = build(leaf, *above, trust=trusting(ROOT))
    assert said(chain) == [STEPS] * stopped
    assert bool(chain.hits) is not stopped


CHECKS = (
    "warning chain.search_bounded []"
    " stopped: too many of its certificates may have issued one another"
)


@pytest.mark.parametrize(("checks", "stopped"), [(3, False), (2, True)])
def test_a_search_makes_so_many_checks(
    checks: int, stopped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path, "MAX_CHECKS", checks)
    leaf, above = ladder(3)
    chain = build(leaf, *above, trust=trusting(ROOT))
    assert said(chain) == [CHECKS] * stopped
    assert bool(chain.hits) is not stopped


def test_one_pair_of_certificates_is_one_check_and_a_larger_key_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two ways up share their upper part; a check with P-521 counts twice."""
    monkeypatch.setattr(path, "MAX_CHECKS", 6)
    large = authority("Path large", ROOT, kind="P-521")
    low = authority("Path low", large)
    again = authority("Path low", large, dates=(START, END - DAY))
    leaf = issue("Path leaf of two", low)
    held = ChainCache()
    # Of the leaf by both (2), of both by the large key (2 each), of that by the root (1).
    bounded = build(leaf, low, again, large, trust=trusting(ROOT), cache=held)
    assert CHECKS in said(bounded)
    assert build(leaf, low, again, large, trust=trusting(ROOT), cache=held) == bounded
    monkeypatch.setattr(path, "MAX_CHECKS", 7)
    chain = build(leaf, low, again, large, trust=trusting(ROOT))
    assert (said(chain), len(chain.others)) == ([], 1)


def test_what_a_search_goes_through_is_charged_to_the_file() -> None:
    """Eight steps, or eight certificates, cost as much as a check; the same search costs once."""
    leaf, above = ladder(7)
    fill = [authority(f"Path fill {number}") for number in range(10)]
    held = ChainCache()
    for _ in range(2):
        build(leaf, *above, *fill, trust=trusting(ROOT), cache=held)
        assert held._spent == 7 + (7 + 17) // 8
    build(leaf, *above, *fill[1:], leaf, trust=trusting(ROOT), cache=held)
    assert held._spent == 7 + (7 + 17) // 8 + (7 + 16) // 8
