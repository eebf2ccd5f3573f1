"""Run the README's commands as a newcomer would: `readme_commands.py CLONE first|second`.

The first installs and judges a sample, the second installs what the tests need and runs them.
They are the first two shell blocks of the README, run by bash in the clone.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(readme: str) -> list[str]:
    """Return the README's shell blocks in order."""
    return _BLOCK.findall(readme)


def main(clone: str, which: str) -> int:
    """Run one block; a verdict that flags the sample (exit 3) is what the first one expects."""
    commands = blocks((Path(clone) / "README.md").read_text(encoding="utf-8"))
    command = commands[0 if which == "first" else 1]
    code = subprocess.run(["bash", "-ec", command], cwd=clone, check=False).returncode
    return 0 if code == (3 if which == "first" else 0) else code or 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
