"""Measure the decoders of picture marks on photos: `measure.py [--size N] [--write] FOLDER`.

The photos are those that `tests/negatives/collect.py --more` collected: pictures of PyPI packages
that are JPEG files of at least 256 pixels a side, none twice, scaled down to `--size` (512).
invisible-watermark's own coder marks

- all of them by method dwtDct with the three messages that generators write: StableDiffusionV1 in
  8 bits, SDXL and FLUX in floating point, as their programs do;
- every second one by method dwtDctSvd with the same messages, in 8 bits with red and blue
  exchanged, as SD.Next does.

The others are left as they are, too.

Then `provenance watermarks evaluate` is run for each method on the folders `unmarked` and
`marked-...`, which stay for a look. `--write` puts its JSON into `tests/watermarks/measured`, from
which `tests/support/doc_tables.py` makes the table of `docs/watermarks.md`, and the plots into
`docs`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

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
        if n % 2:
            made.append(("unmarked", image))
        else:
            message = MESSAGES[n // 2 % 3]
            made.append((f"marked-dwtdctsvd/{message}", marked(image, "dwtdctsvd", message)))
        for place, picture in made:
            (folder / place).mkdir(parents=True, exist_ok=True)
            picture.save(folder / place / f"{n:04d}.png")


def main(arguments: list[str]) -> int:
    """Make the folders, run the command, and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=512, help="pixels a side at most")
    parser.add_argument("--write", action="store_true", help="renew what the documentation says")
    parser.add_argument("--method", choices=METHODS, action="append", help="only this one")
    options = parser.parse_args(arguments)
    if not (options.folder / "unmarked").is_dir():
        make(options.folder, options.size)
    for method in options.method or METHODS:
        plot = options.folder / f"{method}.svg"
        command = [str(Path(sys.executable).with_name("provenance")), "watermarks", "evaluate"]
        command += ["--no-plugins", "--decoder", method]
        command += ["--positives", str(options.folder / f"marked-{method}")]
        command += ["--negatives", str(options.folder / "unmarked")]
        command += ["--format", "json", "--plot", str(plot)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        (options.folder / f"{method}.json").write_bytes(done.stdout)
        for row in json.loads(done.stdout)["rows"]:
            found, false = (row[side] for side in ("true_positives", "false_positives"))
            counts = f"{found['hits']} of {found['of']}, {false['hits']} of {false['of']}"
            print(f"{method:<10} {row['transformation']:<32}{counts}", flush=True)
        if options.write:
            MEASURED.mkdir(exist_ok=True)
            (MEASURED / f"{method}.json").write_bytes(done.stdout)
            (ROOT / "docs" / f"watermarks-{method}.svg").write_bytes(plot.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
