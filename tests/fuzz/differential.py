"""Two other validators against ours, over mutants: `python tests/fuzz/differential.py`.

    --mutants 100000 --seed 1 [--first N] [--only N] [--keep FOLDER]

Where our own check alone says `intact`, neither the C2PA SDK nor `encypher-c2pa` (extra `bench`,
left out where it is not installed) finds a hash or a signature that does not fit, unless the table
of known faults says why: `validation.second_opinion` of the SDK's, `_explained` here of the
other's. And nothing that declared AI, and still holds the words, comes out without a flag.
`signed_mutants` says what is changed. Exit code 1 where something does not hold.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import functools
import os
import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

if not __package__:  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from fuzz import signed_mutants
from fuzz.signed_mutants import AT, PKI, Mutant, verifier
from provenance import CrossCheck
from provenance.base.terms import Flag, Identity, Integrity
from provenance.credentials.concerns import Concern, concern
from provenance.kit.certificates import pem

if TYPE_CHECKING:
    from provenance.verdict.report import Report

_WARNED = frozenset({Flag.AI, Flag.BROKEN, Flag.REVOKED, Flag.CONFLICT, Flag.UNREADABLE})
_FORMS = frozenset({"claim.malformed"})
_BOXES = frozenset({"assertion.boxesHash.mismatch"})
_CERTIFICATES = ("certificate parse failed", "integrity-protected signing certificate")
_TAGGED = "values of the claim have tags"  # as our finding has it
_OF_TAGS = frozenset(
    {
        *("claim.malformed", "claim.hardBindings.missing", "claimSignature.missing"),
        *("assertion.undeclared", "assertion.action.malformed"),
    }
)
_REFERENCES = frozenset({"assertion.missing", "assertion.hashedURI.mismatch", "hashedURI.mismatch"})
_SERIOUS = frozenset({Concern.BINDING, Concern.SEAL, Concern.SIGNATURE})


def judge(mutant: Mutant) -> str:
    """Hold one mutant against the rules. Raises AssertionError; returns what was said."""
    data = mutant.data
    alone = verifier(CrossCheck.NEVER).verify_bytes(data, "mutant")
    if alone.verdict is None:
        assert alone.error is not None
        assert alone.error.code.startswith("asset."), alone.error
        return "error"
    assert not mutant.declares or _WARNED.intersection(alone.verdict.flags), (
        "declared AI, and comes out without a flag"
    )
    if alone.axes.integrity is not Integrity.INTACT:
        return alone.axes.integrity.value
    if Flag.BROKEN in alone.verdict.flags:
        return "intact over what is broken"
    return f"intact, {_by_the_sdk(alone, data)}, {_by_encypher(alone, data)}"


def _by_the_sdk(alone: Report, data: bytes) -> str:
    both = verifier(CrossCheck.ALWAYS).verify_bytes(data, "mutant")
    refused = [m for c, _, m in _said(both) if c == "credential.malformed"]
    if both.axes.integrity is Integrity.UNCHECKED and refused:
        return "the SDK refuses the form" if _said(alone) else f"the SDK refuses: {refused[0]}"
    assert both.axes.integrity is Integrity.INTACT, f"the SDK lowers it: {_said(both)}"
    assert _broken(both) == _broken(alone), f"the SDK breaks a manifest: {_said(both)}"
    return "SDK too"


def _by_encypher(alone: Report, data: bytes) -> str:
    ask = _encypher()
    if ask is None:
        return "no encypher"
    try:
        answer = ask(data, alone.asset.media_type)
    except ValueError as e:
        return f"encypher refuses: {str(e)[:60]}"
    if not answer["present"]:
        return "encypher finds none"
    failures = answer["validation_results"]["failure"]
    serious = [f for f in failures if concern(f["code"], f.get("url") or "") in _SERIOUS]
    counted = [f for f in serious if not _explained(f, alone)]
    if counted and data.endswith(b"\0") and {f["code"] for f in counted} <= _BOXES:
        # zero bytes after the end, which no box holds and nothing shows: 15.12.3 allows padding
        again = ask(data.rstrip(b"\0"), alone.asset.media_type)
        counted = again["validation_results"]["failure"]
    wrong = answer["signature"] == "invalid" or answer["hard_binding"] == "mismatch"
    assert not counted, f"encypher finds {counted}"
    assert not wrong or serious, f"encypher: {answer['signature']}, {answer['hard_binding']}"
    if serious:
        return "encypher explained"
    return "encypher too" if answer["integrity"] == "valid" else "encypher on form"


def _explained(failure: dict[str, Any], alone: Report) -> str:
    """Return why a failure that encypher-c2pa 1.7.1 names does not count, empty where it does.

    `test_differential` has a sample of each.
    """
    code, words = failure["code"], failure.get("explanation") or ""
    said = {finding.code for finding in alone.findings}
    if code == "assertion.inaccessible":
        return "what is kept elsewhere is not fetched, by either"
    if code == "manifest.inaccessible" and "not supported" in words:
        return "a compressed stream of PDF, which A.4 allows, and which it does not read"
    if code in _FORMS and code in said:
        return "a rule of form, which we find too"
    if code in _OF_TAGS and any(_TAGGED in finding.message for finding in alone.findings):
        return "it passes over what has a tag in the claim; we read it, and find the tags too"
    if code == "claim.malformed" and "JUMBF" in words and "manifest.odd_box" in said:
        return "a box that is not as its format has it, which we find too"
    if code in _REFERENCES and said & {"hashedURI.mismatch", "hashedURI.missing"}:
        return "a reference to an icon or the like, a rule of form that we find too"
    if code == "claimSignature.mismatch" and any(one in words for one in _CERTIFICATES):
        # who signed is another question, and the answer is: nobody on a list
        unlisted = alone.axes.identity in {Identity.UNLISTED, Identity.INVALID}
        many = "chain.too_many_certificates" in said
        why = "certificates that it does not take; the key in the first verifies"
        return why if unlisted or many else ""
    return ""


@functools.cache
def _encypher() -> Any:
    """Return a function that asks encypher-c2pa, offline and without its telemetry."""
    os.environ["ENCYPHER_C2PA_ONLINE"] = "off"
    try:
        import encypher_c2pa
    except ImportError:
        return None
    anchors = {
        "trust_pem": pem((PKI.certificate("root"),)),
        "tsa_trust_pem": pem((PKI.certificate("tsa-root"),)),
    }
    encypher_c2pa.set_telemetry_preference(False)  # once: it writes a file
    return functools.partial(
        encypher_c2pa.verify,
        no_default_trust=True,
        validation_time=f"{AT:%Y-%m-%dT%H:%M:%SZ}",
        online=False,
        **anchors,
    )


def _broken(report: Report) -> set[str]:
    broken = {m.label for m in report.credentials.manifests if m.axes.integrity is Integrity.BROKEN}
    links = {
        f"{m.label}/{i.label}"
        for m in report.credentials.manifests
        for i in m.ingredients
        if i.broken
    }
    return broken | links


def _said(report: Report) -> list[tuple[str, str, str]]:
    return [(f.code, f.where, f.message) for f in report.findings if f.severity.value != "note"]


def numbered(seed: int, number: int) -> Mutant:
    """Return the mutant of one number: the same wherever the seeds are the same."""
    return signed_mutants.make(Random(f"{seed}:{number}"))  # noqa: S311 - to be had again


def main() -> int:
    """Run, and print what was said how often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number to begin with")
    parser.add_argument("--only", type=int, metavar="N", help="one mutant")
    parser.add_argument("--keep", type=Path, help="folder for mutants that broke a rule")
    options = parser.parse_args()
    first, count = options.first, options.mutants
    if options.only is not None:
        first, count = options.only, 1
    said: collections.Counter[str] = collections.Counter()
    ways: collections.Counter[tuple[str, str]] = collections.Counter()
    examples: dict[str, int] = {}
    bad: list[str] = []
    start = time.monotonic()
    for number in range(first, first + count):
        mutant = numbered(options.seed, number)
        try:
            answer = judge(mutant)
        except AssertionError as e:
            answer = "BAD"
            bad.append(f"{number} {mutant.seed} {mutant.way}: {e}")
            print(bad[-1][:1_000], file=sys.stderr, flush=True)
            if options.keep is not None:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{options.seed}-{number}").write_bytes(mutant.data)
        said[answer] += 1
        examples.setdefault(answer, number)
        ways[mutant.way, mutant.seed.rpartition(".")[2]] += 1
        if number % 2_000 == 1_999:
            rate = (number + 1 - first) / (time.monotonic() - start)
            print(f"{number + 1 - first} mutants, {rate:.0f} a second", file=sys.stderr, flush=True)
    with contextlib.suppress(BrokenPipeError):
        for answer, times in said.most_common():
            print(f"{times:8} {answer} (--only {examples[answer]})")
        kinds = len({container for _, container in ways})
        print(
            f"{count} mutants of {len(signed_mutants.seeds())} files in {kinds} containers", end=""
        )
        print(f", seed {options.seed}, from {first}: {len(bad)} that must not be")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
