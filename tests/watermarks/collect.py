"""Download the coder that marks are measured against: `collect.py [FOLDER]`.

It is invisible-watermark 0.2.0 (MIT), held against its pinned digest and unpacked: its coders
and its RivaGAN models. The package is not installed, since installing it brings PyTorch, which none
of these files needs. Without FOLDER they go into the environment of this Python, where the tests
look for them; without them the tests that need them are skipped.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from negatives import collect

HOME = Path(sys.prefix, "share", "provenance-watermarks")
PACKAGE: dict[str, Any] = {
    "name": "invisible-watermark",
    "version": "0.2.0",
    "sha256": "644311beed9cfe4a9a5a4a46c740f47800cef184fe2e1297f3f4542e2d992f8b",
}
FILES = ("maxDct.py", "dwtDctSvd.py", "rivagan_decoder.onnx", "rivagan_encoder.onnx")


def main(arguments: list[str]) -> int:
    """Download what is missing; 1 where the archive is not the one that was pinned."""
    folder = Path(arguments[0]) if arguments else HOME
    if all((folder / "imwatermark" / name).is_file() for name in FILES):
        return 0
    from unearth import PackageFinder  # the test extra

    finder = PackageFinder(index_urls=collect._indexes(), only_binary=[":all:"])
    try:
        archive = collect.download(finder, PACKAGE)
    except collect.CollectError as e:
        print(f"{PACKAGE['name']}: {e}", file=sys.stderr)
        return 1
    except Exception as e:  # noqa: BLE001 - the client's errors are of no one kind
        print(f"{PACKAGE['name']}: cannot be had: {e}", file=sys.stderr)
        return 0
    (folder / "imwatermark").mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
        for name in FILES:
            (folder / "imwatermark" / name).write_bytes(wheel.read(f"imwatermark/{name}"))
    print(f"{PACKAGE['name']}: {len(FILES)} files", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
