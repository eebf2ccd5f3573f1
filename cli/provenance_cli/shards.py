"""`provenance shards`: an audit in parts that any number of machines can work on."""

from __future__ import annotations

from provenance_cli import shards_plan, shards_run
from provenance_cli.grammar import group


@group("shards", epilog="Example: provenance shards plan ./inbox --output ./inbox-audit")
def command() -> None:
    """Audit what is too much for one machine: plan shards, then run each."""


command.add_command(shards_plan.command)
command.add_command(shards_run.command)
