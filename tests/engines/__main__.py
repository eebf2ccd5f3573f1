"""Make an environment, install what is needed, and run the trial in it: `python -m engines`."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
ENGINES = ("xargs", "ray", "spark")


def main() -> int:
    """Parse the options, make the environment, run the trial."""
    parser = argparse.ArgumentParser(prog="engines", description=__doc__)
    parser.add_argument("--files", type=int, default=20_000, help="objects (default 20000)")
    parser.add_argument("--shard-size", type=int, help="objects a shard (default a tenth of them)")
    parser.add_argument("--only", choices=ENGINES, help="this engine alone, beside xargs")
    parser.add_argument("--venv", type=Path, help="a folder to keep; used as it is where it exists")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a budget is not kept")
    given = parser.parse_args()
    engines = [name for name in ENGINES if given.only in {None, name} and name != "xargs"]
    if "spark" in engines and shutil.which("java") is None:
        if given.only:
            parser.error("Spark needs Java 17 or later")
        print("spark is left out: there is no Java")
        engines.remove("spark")
    with _environment(given.venv, engines) as (python, variables):
        words = [str(python), "-m", "engines.trial", "--files", str(given.files)]
        words += ["--shard-size", str(given.shard_size or max(given.files // 10, 1))]
        words += ["--strict"] if given.strict else []
        return subprocess.run([*words, *engines], cwd=TESTS, env=variables, check=False).returncode


@contextlib.contextmanager
def _environment(kept: Path | None, engines: list[str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a Python that has what is needed, and the variables for it."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "RAY_", "SPARK_"))}
    with tempfile.TemporaryDirectory() as temporary:
        folder = kept or Path(temporary) / "venv"
        python = folder / "bin" / "python"
        if python.exists():
            # It may lack the project, or have it as it was: what counts is this checkout.
            own = [ROOT / "src", ROOT / "cli"]
            words = [python, "-m", "compileall", "-q", *own, TESTS / "support"]
            subprocess.run(words, check=True, env=clean)
        else:
            own = []
            _install(folder, python, engines, clean)
        path = os.pathsep.join(map(str, [*own, TESTS]))
        yield python, clean | {"PYTHONPATH": path}


def _install(folder: Path, python: Path, engines: list[str], clean: dict[str, str]) -> None:
    began = time.monotonic()
    venv.create(folder, with_pip=True)
    extras = ",".join(["cloud", "parquet", *engines])
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"{ROOT}[{extras}]"], check=True, env=clean)
    size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    took = time.monotonic() - began
    print(f"installed [{extras}] in {took:.0f} s, {size / 1e6:.0f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
