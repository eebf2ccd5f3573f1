"""Makes the samples: `python -m support.make_fixtures [--force]` from `tests/`.

Samples that are there stay, so that a second run changes nothing; `--force` makes all anew.
`index.json` is written each time from the recipes and the files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict

import c2pa

from support import recipes_sdk, recipes_signing, recipes_writer, sdk
from support.fixture import CHECKED_AT, Fixture
from support.pki import FIXTURES

ALL: tuple[Fixture, ...] = (
    *recipes_sdk.FIXTURES,
    *recipes_signing.FIXTURES,
    *recipes_writer.FIXTURES,
)
LIMIT = 700_000


class Workshop:
    """Makes each sample once, on demand, and takes from disk what is already there."""

    def __init__(self, *, force: bool = False) -> None:
        self._force = force
        self._recipes = {item.name: item for item in ALL}
        self._made: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._made:
            path = FIXTURES / name
            if path.exists() and not self._force:
                self._made[name] = path.read_bytes()
            else:
                self._made[name] = self._recipes[name].make(self)
                path.write_bytes(self._made[name])
        return self._made[name]


def sdk_says(data: bytes, media_type: str) -> dict[str, object]:
    """The SDK's state and failure codes, or the kind of error it raises."""
    try:
        opinion = sdk.opinion(data, media_type)
    except c2pa.C2paError as error:
        return {"error": type(error).__name__.removeprefix("_C2pa")}
    return {"state": opinion.state, "failures": list(opinion.failures)}


def entry(item: Fixture, data: bytes) -> dict[str, object]:
    """One record of `index.json`."""
    record: dict[str, object] = {
        "file": item.name,
        "media_type": item.media_type,
        "what": item.what,
        "made_by": item.made_by,
        "sha256": hashlib.sha256(data).hexdigest(),
        "expected": {**asdict(item.expected), "because": item.because},
        "sdk": sdk_says(data, item.media_type),
    }
    if item.sidecar:
        record["sidecar"] = item.sidecar
    return record


def main() -> None:
    """Make what is missing and write the index."""
    parser = argparse.ArgumentParser(description="Make the test samples.")
    parser.add_argument("--force", action="store_true", help="make every sample anew")
    workshop = Workshop(force=parser.parse_args().force)
    records = [entry(item, workshop[item.name]) for item in ALL]
    index = {
        "about": "Made by support.make_fixtures; see README.md. The SDK's word is for comparison.",
        "anchors": "pki/anchors.pem",
        "at": CHECKED_AT,
        "files": sorted(records, key=lambda record: str(record["file"])),
    }
    text = json.dumps(index, indent=2, ensure_ascii=True) + "\n"
    (FIXTURES / "index.json").write_text(text, encoding="utf-8", newline="\n")
    total = sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file())
    print(f"{len(records)} samples, {total} bytes in all")
    if total > LIMIT:
        raise SystemExit(f"more than {LIMIT} bytes")


if __name__ == "__main__":
    main()
