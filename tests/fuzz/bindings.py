"""Flip bytes of signed files, and compare our own check of the hard bindings with the SDK's.

    PYTHONPATH=tests python tests/fuzz/bindings.py FILE... [--each N] [--seed N]

For every mutant both are asked. Printed are, with how often each was met:

- what is `MATCH` for us where the SDK says mismatch, and no known fault explains it: none may be;
- where we say less than the SDK: each kind is one of `validation.left_out`, `validation.mapping`,
  or a difference to look into.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
from pathlib import Path

from provenance.base.errors import AssetError
from provenance.credentials import locate
from provenance.credentials.validation import second_opinion
from provenance.credentials.validation.outcome import BindingResult
from provenance.media import container
from provenance.media.asset import Asset


def judged(data: bytes, fragments: list[str]) -> tuple[str, str] | None:
    """What we and what the SDK say of one file; None where no credential can be read."""
    with Asset.from_bytes(data) as asset:
        try:
            found = locate.find_credential(
                asset, container.scan_container(asset), fragments=fragments
            )
        except AssetError:
            return None
    if found.store is None or found.answer is None or not found.outcomes:
        return None
    opinion = second_opinion.weigh(
        found.store, found.answer, found.outcomes, found.rewritten or second_opinion.Rewritten()
    )
    order = (
        BindingResult.MISMATCH,
        BindingResult.UNCHECKED,
        BindingResult.PARTIAL,
        BindingResult.MATCH,
    )
    worst = min(found.outcomes, key=lambda o: order.index(o.result))
    ours = f"{worst.result.value} {worst.code}"
    codes = sorted(
        {s.code for s in opinion.failures if "Hash." in s.code and "hashedURI" not in s.code}
    )
    if opinion.refusal is not None:
        codes.append(f"refused: {opinion.message[:60]}")
    return ours, ", ".join(codes) or "no failure of the binding"


def mutants(data: bytes, count: int, seed: int) -> list[tuple[str, bytes]]:
    """The file itself, then `count` copies that differ in one place."""
    dice = random.Random(seed)  # noqa: S311 - the same bytes every time
    made = [("itself", data)]
    for _ in range(count):
        out = bytearray(data)
        kind = dice.choice(("flip", "flip", "flip", "cut", "insert", "append", "swap"))
        at = dice.randrange(len(out))
        if kind == "flip":
            out[at] ^= 1 << dice.randrange(8)
        elif kind == "cut":
            del out[at : at + dice.randrange(1, 64)]
        elif kind == "insert":
            out[at:at] = dice.randbytes(dice.randrange(1, 64))
        elif kind == "append":
            out += dice.randbytes(dice.randrange(1, 64))
        else:
            other = dice.randrange(len(out))
            out[at], out[other] = out[other], out[at]
        made.append((kind, bytes(out)))
    return made


def main() -> int:
    """Run; exit 1 where a match of ours is a mismatch of the SDK's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    met: collections.Counter[tuple[str, str]] = collections.Counter()
    bad: list[str] = []
    total = 0
    for name in args.files:
        data = Path(name).read_bytes()
        for n, (kind, mutant) in enumerate(mutants(data, args.each, args.seed)):
            if n and mutant == data:
                continue
            found = judged(mutant, [])
            total += 1
            if found is None:
                continue
            met[found] += 1
            if found[0].startswith("match") and "mismatch" in found[1]:
                bad.append(f"{name} {n} {kind}: {found}")
    for (ours, theirs), count in met.most_common():
        sys.stdout.write(f"{count:6d}  {ours:48s} {theirs}\n")
    for line in bad[:40]:
        sys.stdout.write(f"BAD {line}\n")
    sys.stdout.write(
        f"{len(args.files)} files, {total} mutants, {len(bad)} matches the SDK denies\n"
    )
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
