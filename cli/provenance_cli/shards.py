"""`provenance shards`: an audit in parts that any number of machines can work on."""

from __future__ import annotations

from provenance_cli import shards_plan, shards_run
from provenance_cli.grammar import make_group


@make_group("shards", epilog="Example: provenance shards plan ./inbox --output ./inbox-audit")
def shards_command() -> None:
    """Audit what is too much for one machine: plan shards, then run each."""


shards_command.add_command(shards_plan.shards_plan_command)
shards_command.add_command(shards_run.shards_run_command)
