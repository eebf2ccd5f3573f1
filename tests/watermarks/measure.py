"""Measure the decoders of picture marks on photos: `measure.py [--write] FOLDER`.

The photos are those that `tests/negatives/collect.py --more` collected: pictures of PyPI packages
that are JPEG files of at least 256 pixels a side, none twice, scaled down to `--size` (512).
invisible-watermark's own coder marks

- all of them by method dwtDct with the three messages that generators write: StableDiffusionV1 in
  8 bits, SDXL and FLUX in floating point, as their programs do;
- every third one by method dwtDctSvd with the same messages, in 8 bits with red and blue
  exchanged, as SD.Next does.

Another third is left as it is, too. Then `provenance watermarks evaluate` is run on the folders
`unmarked` and `marked-...`, for each method and transformation, a few at a time. `--write` keeps
its JSON in `tests/watermarks/measured`, from which `tests/support/doc_tables.py` makes the table of
`docs/watermarks.md`, and draws the plots in `docs`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from negatives import collect

ROOT = Path(__file__).resolve().parents[2]
MEASURED = Path(__file__).with_name("measured")
METHODS = ("dwtdct", "dwtdctsvd")
MESSAGES = ("StableDiffusionV1", "SDXL", "FLUX")
SMALLEST = 256  # pixels a side
PHOTOS = frozenset({".jpg", ".jpeg"})
EVERY_FORMAT = PHOTOS | {".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"}


def photos(size: int, suffixes: frozenset[str] = PHOTOS):
    """Yield the collected photos, RGB, each once, at most `size` pixels a side."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    seen = set()
    for path in sorted(collect.HOME.rglob("*")):
        if path.suffix.lower() not in suffixes:
            continue
        try:
            with Image.open(path) as opened:
                image = opened.convert("RGB")
        except (OSError, SyntaxError, ValueError):
            continue  # broken on purpose, for the tests of the package that it comes from
        digest = hashlib.sha256(image.tobytes()).digest()
        if digest in seen or min(image.size) < SMALLEST:
            continue
        seen.add(digest)
        image.thumbnail((size, size))
        if image.width * image.height >= SMALLEST * SMALLEST:
            yield image


def marked(image, method: str, message: str):
    """Mark a photo as the program does that writes the message."""
    import numpy as np
    from PIL import Image
    from support import reference

    from provenance.marks.known import DWT_DCT

    bits = next(m.bits for m in DWT_DCT if m.name == message)
    rgb = np.asarray(image)
    if method == "dwtdctsvd":
        made = reference.embed(rgb[..., ::-1], bits, svd=True)[..., ::-1]
    elif message == "StableDiffusionV1":
        made = reference.embed(rgb, bits)
    else:
        made = reference.embed_float(rgb, bits)
    return Image.fromarray(np.ascontiguousarray(made))


def make(folder: Path, size: int) -> None:
    """Write `unmarked` and, for each method, `marked-METHOD/MESSAGE`, as PNG."""
    for n, image in enumerate(photos(size)):
        made = [(f"marked-dwtdct/{MESSAGES[n % 3]}", marked(image, "dwtdct", MESSAGES[n % 3]))]
        if n % 3 == 1:
            made.append(("unmarked", image))
        elif n % 3 == 0:
            message = MESSAGES[n // 3 % 3]
            made.append((f"marked-dwtdctsvd/{message}", marked(image, "dwtdctsvd", message)))
        for place, picture in made:
            (folder / place).mkdir(parents=True, exist_ok=True)
            picture.save(folder / place / f"{n:04d}.png")


def measured(folder: Path, method: str, step: str) -> dict[str, Any]:
    """Return what the command says of one method after one transformation."""
    command = [str(Path(sys.executable).with_name("provenance")), "watermarks", "evaluate"]
    command += ["--no-plugins", "--decoder", method, "--step", step, "--format", "json"]
    command += ["--positives", str(folder / f"marked-{method}")]
    command += ["--negatives", str(folder / "unmarked")]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    made: dict[str, Any] = json.loads(done.stdout)
    for row in made["rows"]:
        found, false = (row[side] for side in ("true_positives", "false_positives"))
        counts = f"{found['hits']} of {found['of']}, {false['hits']} of {false['of']}"
        print(f"{method:<10} {step:<32}{counts}", flush=True)
    return made


def main(arguments: list[str]) -> int:
    """Make the folders, run the command, and keep its answers."""
    from provenance.marks import evaluation, plot, transform

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=512, help="pixels a side at most")
    parser.add_argument("--write", action="store_true", help="renew what the documentation says")
    parser.add_argument("--method", choices=METHODS, action="append", help="only this one")
    parser.add_argument("--step", choices=transform.names(), action="append", help="only this one")
    parser.add_argument("--jobs", type=int, default=2, help="transformations at a time")
    options = parser.parse_args(arguments)
    if not (options.folder / "unmarked").is_dir():
        make(options.folder, options.size)
    for method in options.method or METHODS:
        with ThreadPoolExecutor(options.jobs) as pool:
            look = partial(measured, options.folder, method)
            parts = list(pool.map(look, options.step or transform.names()))
        whole = parts[0] | {"rows": [row for part in parts for row in part["rows"]]}
        data = json.dumps(whole, indent=1) + "\n"
        (options.folder / f"{method}.json").write_text(data)
        if options.write:
            MEASURED.mkdir(exist_ok=True)
            (MEASURED / f"{method}.json").write_text(data)
            drawn = plot.svg(evaluation.from_dict(whole))
            (ROOT / "docs" / f"watermarks-{method}.svg").write_text(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
