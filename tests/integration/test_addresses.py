"""An address given to a command that takes files: the answer says what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from provenance_cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "https://example.org/a.jpg"),
        ("lint", "gs://bucket/a.jpg"),
        ("inspect", "az://container/a.jpg"),
        ("chain", "https://example.org/a.jpg"),
    ],
)
def test_a_command_given_a_web_address_says_to_download_the_file_first(
    arguments: tuple[str, ...],
) -> None:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code in {1, 2}
    assert "download the file first" in result.output
    assert "no such file" not in result.output


def test_verify_does_not_go_through_a_store() -> None:
    result = CliRunner().invoke(main, ["verify", "-r", "s3://bucket/folder"])
    assert result.exit_code == 2
    assert "provenance shards plan" in result.output


def test_an_audit_records_a_web_address_as_an_error_of_that_entry(tmp_path: Path) -> None:
    """A list may hold addresses: none of them stops the run."""
    ledger = str(tmp_path / "l.ledger")
    arguments = ["audit", "s3://bucket/a.jpg", "--ledger", ledger, "--format", "jsonl", "-j", "1"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "download the file first" in result.stdout
