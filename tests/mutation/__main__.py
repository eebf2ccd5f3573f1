"""Change what decides, and see which changes no test notices: `python tests/mutation [MODULE ...]`.

A mutant is a module with one small change: `and` for `or`, None for an argument, 9 for 8. A mutant
that no test fails for (a survivor) shows a rule that nothing checks. Here every survivor is argued
in `survivors.toml`: it behaves like the original, or only in a way that is free on purpose. The
wording of messages is free by one rule, `mutants.wording`, and needs no entry.

It needs mutmut 3 beside the test extra: `pip install -e '.[test,mutation]'`. The tree is copied to
a temporary folder, and each module's own unit tests (`MODULES`) run there, without network and
without the shared folder of real files: some minutes a module.

Exit code 1: a survivor without an entry (it is printed as one, to kill or to argue), an entry that
no longer survives, or a mutant that could not be judged. 0: none of these. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

if not __package__:  # run as a folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from mutation.mutants import Mutant, accepted, read

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
COPIED = ("src", "cli", "tests", "docs", "pyproject.toml", "README.md")
MODULES: dict[str, tuple[str, ...]] = {
    "verdict/assess": ("unit/verdict/test_assess.py",),
    "verdict/assurance": ("unit/verdict/test_assurance.py",),
    "signals/paths": ("unit/signals/test_paths.py",),
    "signals/gaps": ("unit/signals/test_gaps.py",),
    "signals/statements": ("unit/signals/test_statements.py",),
    "signals/source_type_fields": ("unit/signals/test_statements.py",),
    "credentials/validation/left_out": (
        "unit/credentials/validation/test_left_out.py",
        "unit/credentials/validation/test_data_hash.py",
    ),
    "credentials/validation/data_hash": ("unit/credentials/validation/test_data_hash.py",),
    "credentials/validation/mapping": (
        "unit/credentials/validation/test_mapping.py",
        "unit/credentials/validation/test_bmff_hash.py",
    ),
    "credentials/validation/second_opinion": (
        "unit/credentials/validation/test_second_opinion_rules.py",
    ),
    "credentials/validation/bmff_hash": ("unit/credentials/validation/test_bmff_hash.py",),
    "credentials/validation/box_hash": ("unit/credentials/validation/test_box_hash.py",),
    "credentials/validation/merkle": ("unit/credentials/validation/test_merkle.py",),
    "signing/engine": ("unit/signing/test_judging.py",),
    "signing/path": ("unit/signing/test_path.py", "unit/signing/test_cases.py"),
    "signing/revocation": ("unit/signing/test_revocation.py",),
    "signing/timestamp": ("unit/signing/test_timestamp.py",),
}
# What mutmut records: the exit code of pytest, or its own. Whoever ends up waiting is noticed too.
CAUGHT = {1, 3, 36, 24, -24, 152, 255}
SURVIVED = {0, 5, 33}  # the tests pass; there are none


def main() -> int:
    """Run mutmut over the modules that are named, and compare the survivors with the list."""
    parser = argparse.ArgumentParser(prog="mutation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)}")
    parser.add_argument("--processes", type=int, default=1, help="tests at once (default: 1)")
    parser.add_argument("--keep", type=Path, help="work in this folder, which is left as it is")
    options = parser.parse_args()
    chosen = options.modules or list(MODULES)
    if unknown := sorted(set(chosen) - set(MODULES)):
        parser.error(f"no such module: {', '.join(unknown)}")
    if find_spec("mutmut") is None:
        parser.error("mutmut is missing: pip install -e '.[test,mutation]'")
    explained = accepted(SURVIVORS)
    sound = True
    for module in chosen:
        with TemporaryDirectory(prefix="mutation-") as temporary:
            folder = (options.keep or Path(temporary)) / module.replace("/", "-")
            _prepare(folder, module)
            if not _run(folder, options.processes):
                return 1
            listed = Counter({m: n for m, n in explained.items() if m.module == module})
            sound = _judge(folder, module, listed) and sound
    return 0 if sound else 1


def _prepare(folder: Path, module: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder / name)
    settings = {
        "source_paths": [_source(module)],
        "pytest_add_cli_args": ["-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": [f"tests/{name}" for name in MODULES[module]],
        "also_copy": [name for name in COPIED if name != "pyproject.toml"],
    }
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.mutmut]\n")
        file.writelines(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())


def _run(folder: Path, processes: int) -> bool:
    """Let mutmut test every mutant; its output, endless progress, goes to a file."""
    environment = {k: v for k, v in os.environ.items() if k != "PROVENANCE_SHARED"}
    log = folder / "mutmut.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)],
            cwd=folder,
            env=environment | {"PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        print(log.read_text("utf-8", "replace")[-3000:])
        print(f"mutmut ended with exit code {done.returncode}")
    return done.returncode == 0


def _judge(folder: Path, module: str, listed: Counter[Mutant]) -> bool:
    """Print what became of the mutants of one module; tell whether every survivor is explained."""
    path = folder / "mutants" / _source(module)
    known = read(module, path.read_text("utf-8"))
    recorded = json.loads(path.with_name(f"{path.name}.meta").read_text("utf-8"))
    counts: Counter[str] = Counter()
    left: Counter[Mutant] = Counter()
    for name, code in recorded["exit_code_by_key"].items():
        mutant, wording = known[name.rpartition(".")[2]]
        if code in CAUGHT:
            counts["killed"] += 1
        elif code not in SURVIVED:
            counts["not judged"] += 1
            print(f"# not judged, exit code {code}: {name}\n{mutant}\n")
        elif wording:
            counts["wording"] += 1
        else:
            left[mutant] += 1
    counts["explained"] = (left & listed).total()
    for mutant, number in sorted((left - listed).items()):
        counts["unexplained"] += number
        print(f"# unexplained survivor\n{mutant}\n" + (f"times = {number}\n" if number > 1 else ""))
    for mutant, number in sorted((listed - left).items()):
        counts["out of date"] += number
        print(f"# this entry no longer survives\n{mutant}\n")
    total = len(recorded["exit_code_by_key"])
    print(f"{module}: {total} mutants", *(f"{n} {what}" for what, n in counts.items()), sep=", ")
    sys.stdout.flush()
    return not (counts["unexplained"] or counts["out of date"] or counts["not judged"])


def _source(module: str) -> str:
    return f"src/provenance/{module}.py"


if __name__ == "__main__":
    sys.exit(main())
