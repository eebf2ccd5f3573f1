"""Change what decides, and see which changes no test notices: `python tests/mutation [MODULE ...]`.

A mutant is a module with one small change: `and` for `or`, None for an argument, 9 for 8. A mutant
that no test fails for (a survivor) shows a rule that nothing checks. Here every survivor is argued
in `survivors.toml`: it behaves like the original, or only in a way that is free on purpose. What is
free by a rule (`wording` and `same` in `mutants.py`) needs no entry.

mutmut makes the mutants: `pip install -e '.[test,mutation]'`. The tree is copied to a temporary
folder, and each module's own unit tests (`MODULES`) run there, without network and without the
shared folder of real files, once for each mutant (`forked.py`): about a minute a module.

Exit code 1: a survivor without an entry (it is printed as one, to kill or to argue), an entry that
no longer survives, or a mutant that could not be judged. 0: none of these. 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if not __package__:  # run as a folder
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from mutation.mutants import Mutant, accepted, read

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
PATHS = ("src", "cli", "tests")  # where Python finds modules
COPIED = ("src", "cli", "tests", "docs", "pyproject.toml", "README.md")
_POLICY = ("unit/verdict/test_policy.py", "unit/verdict/test_policy_file.py")
_BOX_HASH = ("unit/credentials/validation/test_box_hash.py",)
_BMFF_HASH = ("unit/credentials/validation/test_bmff_hash.py",)
_DATA_HASH = ("unit/credentials/validation/test_data_hash.py",)
_DETECTORS = tuple(
    f"unit/signals/detectors/test_{name}.py"
    for name in (
        "positive",
        "near_misses",
        "tables",
        "detector_registry",
        "convert",
        "index",
        "comfyui",
        "graphs",
        "graph_model",
        "graph_walk",
        "json_forms",
        "settings_object",
        "settings_markers",
        "settings_text",
        "settings_words",
        "stated",
        "tool_names",
        "key_sets",
        "invokeai",
        "iptc",
        "makers",
        "tc260",
        "samsung",
    )
)
_FORMS = ("unit/export/test_forms.py",)
MODULES: dict[str, tuple[str, ...]] = {
    "verdict/assess": ("unit/verdict/test_assess.py",),
    "verdict/assurance": ("unit/verdict/test_assurance.py",),
    "verdict/policy": _POLICY,
    "verdict/policy_words": ("unit/verdict/test_policy_words.py",),
    "signals/manifest_paths": ("unit/signals/test_manifest_paths.py",),
    "signals/gaps": ("unit/signals/test_gaps.py",),
    "signals/statements": ("unit/signals/test_statements.py",),
    "signals/source_type_fields": ("unit/signals/test_statements.py",),
    "signals/odd_forms": ("unit/signals/test_odd_forms.py",),
    **{
        f"signals/detectors/{name}": _DETECTORS
        for name in (
            "_index",
            "ai_systems",
            "convert",
            "credit_lines",
            "detector_registry",
            "drawthings",
            "fooocus",
            "graph_model",
            "graph_walk",
            "graphs",
            "hosted_job",
            "invokeai",
            "iptc_ai",
            "iptc_source_type",
            "json_forms",
            "key_sets",
            "midjourney",
            "novelai",
            "remnant",
            "samsung",
            "settings_object",
            "settings_text",
            "stated",
            "tables",
            "tc260",
            "text_marks",
            "tool_names",
            "xai",
        )
    },
    "credentials/validation/byte_source": ("unit/credentials/validation/test_byte_source.py",),
    "credentials/validation/left_out": (
        "unit/credentials/validation/test_left_out.py",
        *_DATA_HASH,
    ),
    "credentials/validation/data_hash": _DATA_HASH,
    "credentials/validation/mapping": (
        "unit/credentials/validation/test_mapping.py",
        *_BMFF_HASH,
    ),
    "credentials/validation/second_opinion": (
        "unit/credentials/validation/test_second_opinion_rules.py",
        "unit/credentials/validation/test_second_opinion.py",
    ),
    "credentials/validation/bmff_boxes": ("unit/credentials/validation/test_bmff_boxes.py",),
    "credentials/validation/bmff_hash": _BMFF_HASH,
    "credentials/validation/box_hash": _BOX_HASH,
    "credentials/validation/box_layout": ("unit/credentials/validation/test_box_layout.py",),
    "credentials/validation/merkle": ("unit/credentials/validation/test_merkle.py",),
    "export/case": _FORMS,
    "export/item": ("unit/export/test_item.py",),
    "export/ncmec": _FORMS,
    "export/signed_result": ("unit/export/test_signed_result.py",),
    "export/stamping": ("unit/export/test_stamping.py",),
    "export/vics": _FORMS,
    "signing/claim_signature": (
        "unit/signing/test_judging.py",
        "unit/signing/test_claim_signature.py",
    ),
    "signing/path": ("unit/signing/test_path.py", "unit/signing/test_cases.py"),
    "signing/revocation": ("unit/signing/test_revocation.py",),
    "signing/timestamp": ("unit/signing/test_timestamp.py",),
}
PASSED = 0
# A test failed, or computed too long. What waits too long is not judged: the machine may be busy.
CAUGHT = {1, -signal.SIGXCPU, -signal.SIGKILL}


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
            _prepare(folder)
            found = _run(folder, module, _mutated(folder, module), options.processes)
            if found is None:
                return 1
            listed = Counter({m: n for m, n in explained.items() if m.module == module})
            sound = _judge(folder, module, found, listed) and sound
    return 0 if sound else 1


def _prepare(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignore = shutil.ignore_patterns(".*")
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, folder / name)


def _mutated(folder: Path, module: str) -> list[str]:
    """Put a module with all its mutants in its place; return their names."""
    from mutmut.mutation.file_mutation import (
        mutate_file_contents,
    )  # it is asked for once it is there

    path = folder / _source(module)
    made = mutate_file_contents(str(path), path.read_text("utf-8"))
    path.write_text(made.code, "utf-8")
    return list(made.mutant_names)


def _run(folder: Path, module: str, names: list[str], processes: int) -> dict[str, Any] | None:
    """Return what `forked` wrote; None where the tests do not run."""
    out, log = folder / "codes.json", folder / "log"
    command = ["mutation.forked", module, str(out), str(processes), *_tests(module)]
    if _python(folder, log, *command, given="\n".join(names)):
        print(log.read_text("utf-8", "replace")[-3000:])
        return None
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found


def _survives(folder: Path, module: str, name: str) -> bool:
    """Tell whether no test fails in a process that was never without the mutant."""
    command = ["pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *_tests(module)]
    mutant = f"provenance.{module.replace('/', '.')}.{name}"
    return not _python(folder, folder / "log", *command, mutant=mutant)


def _python(folder: Path, log: Path, *command: str, given: str = "", mutant: str = "") -> int:
    environment = {k: v for k, v in os.environ.items() if k != "PROVENANCE_SHARED"}
    paths = (*(str(folder / name) for name in PATHS), environment.get("PYTHONPATH", ""))
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONHASHSEED": "0"}
    with log.open("wb") as output:
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=environment | {"MUTANT_UNDER_TEST": mutant},
            input=given.encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def _judge(folder: Path, module: str, found: dict[str, Any], listed: Counter[Mutant]) -> bool:
    """Print what became of the mutants of one module; tell whether every survivor is explained."""
    known = read(module, (folder / _source(module)).read_text("utf-8"))
    counts: Counter[str] = Counter()
    left: Counter[Mutant] = Counter()
    for name, code in sorted(found["codes"].items()):
        mutant, free = known[name]
        hidden = name.rpartition("__mutmut_")[0] in found["early"]
        if code in CAUGHT or (hidden and code == PASSED and not _survives(folder, module, name)):
            counts["killed"] += 1
        elif code == PASSED and free:
            counts["free by rule"] += 1
        elif code == PASSED:
            left[mutant] += 1
        else:
            counts["not judged"] += 1
            print(f"# not judged, exit code {code}: {name}\n{mutant}\n")
    counts["explained"] = (left & listed).total()
    for mutant, number in sorted((left - listed).items()):
        counts["unexplained"] += number
        print(f"# unexplained survivor\n{mutant}\n" + (f"times = {number}\n" if number > 1 else ""))
    for mutant, number in sorted((listed - left).items()):
        counts["out of date"] += number
        print(f"# this entry no longer survives\n{mutant}\n")
    print(
        f"{module}: {len(found['codes'])} mutants",
        *(f"{n} {what}" for what, n in counts.items()),
        sep=", ",
    )
    sys.stdout.flush()
    return not (counts["unexplained"] or counts["out of date"] or counts["not judged"])


def _tests(module: str) -> list[str]:
    return [f"tests/{name}" for name in MODULES[module]]


def _source(module: str) -> str:
    return f"src/provenance/{module}.py"


if __name__ == "__main__":
    sys.exit(main())
