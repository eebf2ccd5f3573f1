"""Look for marks where there are none: `unmarked.py [--made N] [--decoder NAME]`.

Looks for every known message in all collected photos (`tests/negatives/collect.py --more`) and in
2,000 pictures made by code, as they are, and every `--searched`th also for turns and crops, and
prints every hit.

It also holds the stated rate against what is measured: the votes of each picture are compared with
random messages, which nobody wrote, and the share of comparisons whose stated chance is at most
1e-1, 1e-2 ... is printed, where the signs match in more bits than a repeated pattern does, as the
decoders ask for. Where the statement holds, no share is larger than its chance.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from support.textures import texture
from watermarks import measure

SIZES = ((256, 256), (256, 264), (264, 256), (256, 320))
LENGTHS = (32, 48, 136)  # bits of random messages
RANDOM = 10  # messages of each length and picture
DIGITS = range(1, 8)


def pictures(made: int, size: int):
    """Yield (kind, name, picture): the collected photos, of every format, then the made ones."""
    for n, image in enumerate(measure.photos(size, measure.EVERY_FORMAT)):
        yield "collected", str(n), np.asarray(image)
    for seed in range(made):
        yield "made", str(seed), texture(seed, *SIZES[seed % len(SIZES)])


def compared(rgb, method, rng) -> np.ndarray:
    """Return the stated chances, as decimal logarithms, of random messages in one picture."""
    from provenance.marks import planes, soft, votes
    from provenance.marks.invisible import fits

    found = []
    for reading in range(len(planes.READINGS)):
        for given in votes.picture_votes(rgb, method, reading):
            for length in LENGTHS:
                for _ in range(RANDOM):
                    message = "".join(map(str, rng.integers(0, 2, length)))
                    agreed = soft.agreement(given, message)
                    found.append(agreed.chance if fits(agreed, message) else 0.0)
    return np.array(found)


def main(arguments: list[str]) -> int:
    """Look at all pictures; 1 where there was a hit."""
    from provenance.marks.dwtdct import DwtDct
    from provenance.marks.dwtdctsvd import DwtDctSvd

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--made", type=int, default=2000)
    parser.add_argument("--size", type=int, default=1024, help="pixels a side at most")
    parser.add_argument("--decoder", choices=("dwtdct", "dwtdctsvd"), default="dwtdct")
    parser.add_argument("--searched", type=int, default=1, help="search every so many")
    options = parser.parse_args(arguments)
    decoder = DwtDct() if options.decoder == "dwtdct" else DwtDctSvd()
    messages = decoder.card.messages
    rng = np.random.default_rng(36)
    looked: dict[str, int] = {}
    hits: dict[str, int] = {}
    searched = 0
    shares = dict.fromkeys(DIGITS, 0)
    of = 0
    for kind, name, rgb in pictures(options.made, options.size):
        looked[kind] = looked.get(kind, 0) + 1
        result = decoder.plain(rgb, messages)
        if result is None and sum(looked.values()) % options.searched == 0:
            searched += 1
            result = decoder.searched(rgb, messages)
        if result is not None and result.status == "detected":
            hits[kind] = hits.get(kind, 0) + 1
            print(f"hit: {kind} {name}: {result.message}, {result.bound:.1e}, {result.reason}")
        chances = compared(rgb, decoder.method, rng)
        of += len(chances)
        for digits in DIGITS:
            shares[digits] += int((chances <= -digits).sum())
        if sum(looked.values()) % 200 == 0:
            print(sum(looked.values()), looked, hits, flush=True)
    for kind, count in looked.items():
        print(f"{options.decoder}: {hits.get(kind, 0)} hits in {count} {kind} pictures")
    print(f"{searched} of them were searched for turns and crops")
    for digits in DIGITS:
        print(f"stated 1e-{digits}: measured {shares[digits] / of:.1e} ({shares[digits]} of {of})")
    return int(bool(hits))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
