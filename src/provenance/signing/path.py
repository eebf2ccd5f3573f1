"""Path building: from a leaf to every anchor it reaches, through whatever was supplied.

A depth-first search over names and key identifiers (RFC 5280 section 6, RFC 4158). It is bounded
in certificates, length and steps, so that a hostile chain costs no more than a long honest one.

`cryptography.x509.verification` answers yes or no for one set of anchors at one time. Here it is
asked who signed whatever the time, on which list, and which rule is broken; on what both answer
`tests/unit/signing/test_path_cross_check.py` compares them.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from provenance.base.finding import Severity, error, note, warning
from provenance.base.terms import Tier
from provenance.base.values import dataclass
from provenance.signing import algorithms, constraints, path_rules
from provenance.signing.certificate import name_text
from provenance.signing.chain_answer import AnchorHit
from provenance.signing.der import DerError
from provenance.signing.trust_list import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from provenance.base.finding import Finding
    from provenance.signing.cache import ChainCache
    from provenance.signing.certificate import Certificate
    from provenance.signing.trust_list import Anchor, TrustListInfo
    from provenance.signing.trust_store import TrustStore

# Real chains hold at most five certificates.
MAX_CERTIFICATES = 32
MAX_PATH = 10
MAX_PATHS = 8  # that are kept of a leaf
MAX_STEPS = 256
MAX_CHECKS = 64  # of signatures, in checks with an ordinary key; real chains need at most six
_WORK_OF_A_CHECK = 8  # steps and certificates that take about as long as a check

_TIERS = tuple(Tier)


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a leaf leads. `hits`, strongest first, are empty for a chain that reaches no anchor.

    `sound` says that some path breaks no rule; `path` runs from the leaf to the anchor of the
    first hit, or as far as it goes; `findings` belong to that path. `others` are chains over other
    paths to anchors of the same tier.
    """

    sound: bool
    hits: tuple[AnchorHit, ...]
    path: tuple[Certificate, ...]
    findings: tuple[Finding, ...]
    others: tuple[Chain, ...] = ()

    @property
    def tier(self) -> Tier | None:
        """The strongest tier that was reached."""
        return self.hits[0].tier if self.hits else None

    def at(self, moment: datetime) -> Chain:
        """The chain over the first path of which every authority is valid at `moment`, else this.

        An authority or anchor that was renewed is on a list twice, with the old dates and the
        new ones.
        """

        def in_time(chain: Chain) -> bool:
            return all(certificate.valid_at(moment) for certificate in chain.path[1:])

        return self if in_time(self) else next(filter(in_time, self.others), self)


@dataclass(frozen=True, slots=True)
class _Path:
    certificates: tuple[Certificate, ...]
    findings: tuple[Finding, ...]
    anchors: tuple[Anchor, ...] = ()

    @property
    def faults(self) -> int:
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


def leading_nowhere(fault: Finding) -> Chain:
    """The chain of a leaf that was not read, or not asked about: unsound, and without a path."""
    return Chain(sound=False, hits=(), path=(), findings=(fault,))


def build(
    leaf: bytes, supplied: Sequence[bytes], purpose: Purpose, trust: TrustStore, cache: ChainCache
) -> Chain:
    """Find where `leaf` (DER) leads through `supplied`, in any order, the leaf among them or not.

    Never raises: a leaf that cannot be read gives an unsound chain without a path.
    """
    try:
        first = cache.certificate(leaf)
    except DerError as fault:
        return leading_nowhere(error("chain.certificate_malformed", str(fault), "leaf"))
    about, pool = _pool(first, supplied, cache)
    search = _Search(first, pool, purpose, trust, cache)
    search.run()
    # A search that goes everywhere costs time without a check; an ordinary one has a few steps.
    work = (search.steps + len(pool)) // _WORK_OF_A_CHECK
    cache.charge(("search", first.sha256, tuple(supplied), purpose), work)
    if search.steps > MAX_STEPS:
        about.append(warning("chain.search_bounded", f"stopped after {MAX_STEPS} steps"))
    elif search.checks > MAX_CHECKS:
        message = "stopped: too many of its certificates may have issued one another"
        about.append(warning("chain.search_bounded", message))
    chain = _choose(first, search, trust, purpose)
    return replace(
        _with_findings(chain, about),
        others=tuple(_with_findings(other, about) for other in chain.others),
    )


def _with_findings(chain: Chain, about: list[Finding]) -> Chain:
    return replace(chain, findings=tuple(dict.fromkeys((*chain.findings, *about))))


def _pool(
    leaf: Certificate, supplied: Sequence[bytes], cache: ChainCache
) -> tuple[list[Finding], list[Certificate]]:
    """The supplied certificates that can be read, each once and without the leaf."""
    about: list[Finding] = []
    pool: dict[str, Certificate] = {}
    for position, data in enumerate(supplied[:MAX_CERTIFICATES]):
        try:
            certificate = cache.certificate(data)
        except DerError as fault:
            place = f"certificate {position}"
            about.append(warning("chain.supplied_malformed", str(fault), place))
            continue
        if certificate.sha256 in pool:
            about.append(
                note("chain.duplicate", "supplied more than once", path_rules.where(certificate))
            )
        pool[certificate.sha256] = certificate
    pool.pop(leaf.sha256, None)
    if len(supplied) > MAX_CERTIFICATES:
        message = f"{len(supplied)} certificates supplied, the first {MAX_CERTIFICATES} are used"
        about.append(warning("chain.too_many_certificates", message))
    return about, list(pool.values())


class _EnoughError(Exception):
    """The search has made as many checks as one chain may cost."""


class _Search:
    """One walk over all paths from a leaf."""

    def __init__(
        self,
        leaf: Certificate,
        pool: list[Certificate],
        purpose: Purpose,
        trust: TrustStore,
        cache: ChainCache,
    ) -> None:
        self._leaf, self._pool, self._purpose = leaf, pool, purpose
        self._trust, self._cache = trust, cache
        self._limits = constraints.Checker(cache)
        self.start = _Path((leaf,), tuple(path_rules.leaf_faults(leaf, purpose)))
        self.anchored: list[_Path] = []
        self.open: list[_Path] = []
        self.steps = 0
        self.checks = 0
        self._checked: set[tuple[str, str]] = set()

    def run(self) -> None:
        with contextlib.suppress(_EnoughError):
            self._walk(self.start.certificates, self.start.findings)

    def _signed(self, issuer: Certificate, child: Certificate) -> bool:
        """Whether the key of `issuer` signed `child`; raises where the search has checked enough.

        What is remembered counts as what is checked now: the answer may not depend on it.
        """
        key = issuer.sha256, child.sha256
        if key not in self._checked:
            self._checked.add(key)
            self.checks += algorithms.cost(issuer.spki)
            if self.checks > MAX_CHECKS:
                raise _EnoughError
        return self._cache.link(issuer, child)

    def _walk(self, path: tuple[Certificate, ...], findings: tuple[Finding, ...]) -> None:
        tip = path[-1]
        anchors = tuple(self._trust.with_digest(tip.sha256, self._purpose))
        if anchors and path[1:]:
            self.anchored.append(_Path(path, self._with_limits(path, findings), anchors))
        if tip.self_issued and not path_rules.key_ids_differ(tip, tip):
            # A root. What signed it is itself, which proves nothing and needs no check.
            if not anchors:
                message = "the chain ends in a root that is not on any trust list"
                ended = note("chain.root_unlisted", message, path_rules.where(tip))
                self.open.append(_Path(path, (*self._with_limits(path, findings), ended)))
            return
        if path[1:]:
            findings = (*findings, *path_rules.signature_faults(tip))
        if not self._extend(path, findings) and not anchors:
            message = (
                f"the certificate of {_issuer(tip)} was not supplied and is not on any trust list"
            )
            missing = note("chain.issuer_missing", message, path_rules.where(tip))
            self.open.append(_Path(path, (*self._with_limits(path, findings), missing)))

    def _with_limits(
        self, path: tuple[Certificate, ...], findings: tuple[Finding, ...]
    ) -> tuple[Finding, ...]:
        """The findings of a path that ends here, with those of its authorities' constraints."""
        return (*findings, *self._limits.faults(path))

    def _extend(self, path: tuple[Certificate, ...], findings: tuple[Finding, ...]) -> bool:
        """Walk on through every issuer of the last certificate; false where there is none."""
        tip = path[-1]
        passed = {(certificate.subject, certificate.spki) for certificate in path}
        found = looped = False
        for issuer, faults in self._issuers(tip):
            self.steps += 1
            if self.steps > MAX_STEPS:
                return True
            if (issuer.subject, issuer.spki) in passed:
                looped = True
                continue
            if len(path) >= MAX_PATH:
                message = f"longer than {MAX_PATH} certificates"
                stop = error("chain.too_long", message, path_rules.where(tip))
                self.open.append(_Path(path, (*findings, stop)))
                return True
            found = True
            self._walk((*path, issuer), (*findings, *faults, *path_rules.ca_faults(issuer, path)))
        if looped and not found:
            stop = error("chain.loop", "the chain leads back to itself", path_rules.where(tip))
            self.open.append(_Path(path, (*findings, stop)))
        return found or looped

    def _issuers(self, child: Certificate) -> Iterator[tuple[Certificate, list[Finding]]]:
        """The certificates that may have issued `child`, anchors first, with each link's faults."""
        named = False
        seen: set[str] = set()
        for issuer in (*self._named_anchors(child), *self._pool):
            if issuer.subject != child.issuer or issuer.sha256 in seen:
                continue
            seen.add(issuer.sha256)
            faults = self._link(issuer, child)
            if faults is not None:
                named = True
                yield issuer, faults
        if named:
            return
        for issuer in self._pool:
            # Signed by this key under another name: say so, rather than that nothing was there.
            if issuer.subject == child.issuer or path_rules.key_ids_differ(issuer, child):
                continue
            if issuer.is_ca and self._signed(issuer, child):
                message = f"issued by {_issuer(child)}, but signed by another name's key"
                yield issuer, [error("chain.name_mismatch", message, path_rules.where(child))]

    def _named_anchors(self, child: Certificate) -> Iterator[Certificate]:
        for anchor in self._trust.with_subject(child.issuer, self._purpose):
            try:
                yield self._cache.certificate(anchor.der)
            except DerError:
                # An anchor that cannot be read anchors nothing; its file was accepted for others.
                continue

    def _link(self, issuer: Certificate, child: Certificate) -> list[Finding] | None:
        """The faults of a link between two certificates of matching names.

        `None` where the key identifiers say that it is another authority of the same name.
        """
        if path_rules.key_faults(issuer) or path_rules.signature_faults(child):
            # Nothing verifies with these; the rule that says so has its own finding.
            return None if path_rules.key_ids_differ(issuer, child) else []
        signed = self._signed(issuer, child)
        if path_rules.key_ids_differ(issuer, child):
            if not signed:
                return None
            message = "the key identifiers name another key than the one that signed"
            return [error("chain.key_identifier_mismatch", message, path_rules.where(child))]
        if signed:
            return []
        message = f"not signed by the key of {path_rules.where(issuer)}"
        return [error("chain.bad_signature", message, path_rules.where(child))]


def _issuer(child: Certificate) -> str:
    return name_text(child.issuer) or "an issuer without a name"


def _choose(leaf: Certificate, search: _Search, trust: TrustStore, purpose: Purpose) -> Chain:
    """The strongest answer: a sound path to an anchor, else a sound one, else the best broken."""
    unfit: list[Finding] = []
    direct = _trusted_by_name(leaf, trust, purpose)
    longest = max((*search.open, *search.anchored), key=_length, default=search.start)
    # Of an authority's own findings a warning, such as that of a repeated name, bars nothing.
    barred = search.start.faults if purpose is Purpose.TSA else path_rules.named_leaf_faults(leaf)
    named = _Path(longest.certificates, _of_a_named_leaf(longest.findings))
    hits = [(_hit(info, leaf, by_list), named) for info, by_list in direct if not barred]
    for path in sorted(search.anchored, key=lambda path: len(path.certificates)):
        if path.faults:
            continue
        for anchor in path.anchors:
            if purpose is Purpose.SIGNER and not path_rules.SIGNER_EKUS_OF_TIER[
                anchor.info.tier
            ].intersection(leaf.extended_key_usage or ()):
                message = f"its extended key usage is not one that {anchor.info.name} is for"
                unfit.append(warning("chain.eku_not_on_list", message, path_rules.where(leaf)))
                continue
            hits.append((_hit(anchor.info, path.certificates[-1], by_list=False), path))
    if hits:
        hits.sort(key=lambda pair: _TIERS.index(pair[0].tier))
        return _anchored(hits)
    sound = [path for path in search.open if not path.faults]
    broken = [path for path in search.anchored if path.faults]
    if sound:
        best = max(sound, key=_length)
    elif broken:
        best = min(broken, key=_faults)
    else:
        # A sound path to an anchor that may not carry this leaf ends here as well.
        best = min((*search.open, *search.anchored), key=_faults, default=search.start)
    return Chain(not best.faults, (), best.certificates, (*best.findings, *unfit))


def _anchored(hits: list[tuple[AnchorHit, _Path]]) -> Chain:
    """The chain over the first path, and those over others of its tier."""
    named_hits = tuple(dict.fromkeys(hit for hit, _ in hits))
    chains: dict[tuple[Certificate, ...], Chain] = {}
    for hit, path in hits:
        if hit.tier is hits[0][0].tier and len(chains) < MAX_PATHS:
            first = tuple(dict.fromkeys((hit, *named_hits)))
            chains.setdefault(
                path.certificates, Chain(True, first, path.certificates, path.findings)
            )
    best, *others = chains.values()
    return replace(best, others=tuple(others))


def _length(path: _Path) -> int:
    return len(path.certificates)


def _faults(path: _Path) -> tuple[int, int]:
    return path.faults, -len(path.certificates)


def _of_a_named_leaf(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What still matters of a chain that nothing rests on."""
    moot = {"chain.issuer_missing", "chain.root_unlisted"}
    return tuple(
        finding
        for finding in findings
        if finding.severity is not Severity.ERROR and finding.code not in moot
    )


def _trusted_by_name(
    leaf: Certificate, trust: TrustStore, purpose: Purpose
) -> list[tuple[TrustListInfo, bool]]:
    """The lists on which the leaf itself stands, each with whether that is an allow-list.

    C2PA 2.4 section 14.4.3: such a signer needs no chain and keeps only the rules on algorithms.
    A time-stamp authority is spared the chain alone, and must be among the time-stamp anchors.
    """
    lists = [(anchor.info, False) for anchor in trust.with_digest(leaf.sha256, purpose)]
    if purpose is Purpose.SIGNER:
        lists += [(info, True) for info in trust.allows(leaf.sha256)]
    return lists


def _hit(info: TrustListInfo, certificate: Certificate, by_list: bool) -> AnchorHit:
    return AnchorHit(
        tier=info.tier,
        list_name=info.name,
        subject=name_text(certificate.subject),
        sha256=certificate.sha256,
        by_allow_list=by_list,
    )
