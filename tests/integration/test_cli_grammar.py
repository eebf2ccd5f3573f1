"""One grammar for all commands: docs/cli.md shows it as a table, and this compares it."""

from __future__ import annotations

import inspect
import io
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from integration.helpers import FIXTURES, ROOT, is_general
from provenance_cli import audit_progress, declare, output, progress
from provenance_cli.common import nearest
from provenance_cli.grammar import Command, make_command
from provenance_cli.main import COMMANDS, SECTIONS, main
from provenance_cli.option import Choice, Option
from support import cli_table
from support.each import each

from provenance.media import digest
from provenance.media.asset import Asset

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = str(FIXTURES / "plain.jpg")
needs_pipes = pytest.mark.skipif(
    sys.platform == "win32", reason="pipes have no names among the files of this system"
)
ALL = {" ".join(names): found for names, found in cli_table.commands()}


def invoke(*arguments: object, **extra: Any) -> Any:
    return CliRunner().invoke(main, [str(one) for one in arguments], **extra)


def test_the_table_has_every_command_and_no_inconsistent_cell() -> None:
    rows = list(cli_table.rows())
    assert len(rows) > 30
    assert {row[0].strip("`").split()[0] for row in rows} == COMMANDS.keys()
    assert [row for row in rows if cli_table.BROKEN in row] == []


class TestTheTableWouldSay:
    """A table that cannot say `inconsistent` proves nothing."""

    def options(self, *declared: Option) -> dict[str, click.Option]:
        return {one.name: one for one in declared if one.name}

    def test_that_an_option_is_spelt_in_another_way(self) -> None:
        other = self.options(Option(["-q", "--silent", "quiet"], is_flag=True))
        assert cli_table._flag("quiet", other) == cli_table.BROKEN
        assert cli_table._flag("quiet", self.options(), needed=True) == cli_table.BROKEN
        assert cli_table._flag("quiet", self.options()) == "-"

    def test_that_a_letter_has_another_meaning(self) -> None:
        found = self.options(Option(["-r", "--rate"], type=int))
        assert cli_table._flag("recursive", found) == cli_table.BROKEN

    def test_that_a_format_has_another_name(self) -> None:
        words = Option(["--format", "form"], type=Choice(["text", "yaml"]), default="text")
        assert cli_table._format("verify", self.options(words)) == cli_table.BROKEN
        words = Option(["--format", "form"], type=Choice(["json", "text"]), default="json")
        assert cli_table._format("verify", self.options(words)) == cli_table.BROKEN

    def test_that_a_command_prints_and_has_no_output_option(self) -> None:
        assert cli_table._output("verify", self.options()) == cli_table.BROKEN

    def test_that_an_option_of_one_name_has_two_types(self) -> None:
        number = Option(["--max-size"], type=int, help="x")
        text = Option(["--max-size"], type=str, help="x")
        meanings = {"--max-size": {cli_table._meaning(number), cli_table._meaning(text)}}
        assert not cli_table._others(self.options(number), meanings)

    def test_that_a_command_is_a_plain_one_of_click(self) -> None:
        assert not cli_table._has_general(click.Command("x"))


@pytest.mark.parametrize("name", ALL)
class TestEveryCommand:
    def test_shows_help_and_version(self, name: str) -> None:
        for option in ("-h", "--help"):
            result = invoke(*name.split(), option)
            assert result.exit_code == 0
            assert result.stdout.startswith("Usage: ")
        for option in ("-V", "--version"):
            result = invoke(*name.split(), option)
            assert (result.exit_code, result.stdout.split()[0]) == (0, "provenance")

    def test_fits_its_help_into_eighty_columns(self, name: str) -> None:
        shown = invoke(*name.split(), "--help", env={"COLUMNS": "80"}).stdout
        example = [line for line in shown.splitlines() if len(line) > 80]
        assert example == []

    def test_hands_typed_groups_over(self, name: str) -> None:
        """The annotations, which mypy checks the body against, name what really comes."""
        callback = ALL[name].callback
        assert callback is not None
        wanted = inspect.signature(callback).parameters
        for argument, one in getattr(callback, "__groups__", {}).items():
            made = one.kind if isinstance(one, declare.CombinedGroups) else one.group
            assert wanted[argument].annotation == made.__name__, argument
            if isinstance(one, declare.CombinedGroups):
                hints = made.__annotations__
                assert {k: v.group.__name__ for k, v in one.parts.items()} == hints
        assert [p for p in wanted.values() if p.kind is p.VAR_KEYWORD] == []

    def test_documents_each_option_on_its_page(self, name: str) -> None:
        first = name.split(maxsplit=1)[0]
        pages = [*(ROOT / "docs").glob(f"{first}*.md"), ROOT / "docs" / "cli.md"]
        pages += [ROOT / "docs" / f"{linked}.md" for linked in ("verify", "attest", "archives")]
        text = "".join(page.read_text(encoding="utf-8") for page in pages)
        missing = [
            spelling
            for p in ALL[name].params
            if isinstance(p, click.Option) and not is_general(p)
            for spelling in p.opts
            if f"`{spelling}" not in text and not re.search(rf"[ `]{spelling}[ `=\n]", text)
        ]
        assert missing == []


def test_verify_stands_first_and_every_command_in_one_section() -> None:
    assert next(iter(COMMANDS)) == "verify"
    assert sum(map(len, SECTIONS.values())) == len(COMMANDS)
    shown = invoke("--help").stdout
    assert shown.index("  verify") < shown.index("  audit") < shown.index("General:")


def test_options_stand_in_groups_the_general_ones_last() -> None:
    titles = re.findall(r"^(\w[\w ]+):$", invoke("verify", "--help").stdout, re.MULTILINE)
    assert titles[0] == "Which files"
    assert titles[-1] == "General"
    assert len(titles) == len(set(titles)) > 5


class TestDidYouMean:
    def test_a_misspelt_command_is_answered_with_the_nearest(self) -> None:
        assert "Did you mean 'verify'?" in invoke("verfy", PLAIN).stderr
        assert "Did you mean 'make'?" in invoke("kit", "mke").stderr
        assert "Did you mean" not in invoke("xyzzy").stderr

    def test_a_file_in_place_of_a_command_is_answered_with_verify(self) -> None:
        result = invoke(PLAIN)
        assert result.exit_code == 2
        assert f"provenance verify '{PLAIN}'" in result.stderr

    def test_a_misspelt_option_is_answered_with_the_nearest(self) -> None:
        assert "Did you mean '--quiet'?" in invoke("verify", "--quite", PLAIN).stderr

    @each(
        ("arguments", "meant"),
        [
            (("verify", "--format", "jsn"), "json"),
            (("verify", "--hash", "sha25"), "sha256"),
            (("lint", "--fail-on", "warn"), "warning"),
            (("--color", "alway", "verify"), "always"),
            (("audit", "--recheck", "error"), "errors"),
            (("completion", "zhs"), "zsh"),
        ],
    )
    def test_a_misspelt_value_is_answered_with_the_nearest(
        self, arguments: tuple[str, ...], meant: str
    ) -> None:
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert f"Did you mean '{meant}'?" in result.stderr

    def test_a_word_like_nothing_known_gets_no_suggestion(self) -> None:
        assert nearest("xyzzy", ["text", "json"]) == ""
        assert "Did you mean" not in invoke("verify", "--format", "xyzzy").stderr


class TestRenamed:
    """What 0.1.0 called otherwise does for one version, with a word on standard error."""

    def test_an_option_under_its_old_name_works_with_a_note(self, tmp_path: Path) -> None:
        ledger = tmp_path / "a.ledger"
        result = invoke("audit", PLAIN, "--ledger", ledger, "--workers", "1", "--progress", "none")
        assert result.exit_code == 0
        assert result.stderr.startswith("Note: --workers is now called --jobs;")

    def test_a_value_under_its_old_name_works_with_a_note(self) -> None:
        ledger = FIXTURES / "audit" / "june.ledger"
        result = invoke("report", ledger, "--format", "summary")
        assert (result.exit_code, result.stdout) == (0, invoke("report", ledger).stdout)
        assert result.stderr.startswith("Note: summary is now called text;")

    def test_old_names_after_two_dashes_are_file_names(self) -> None:
        result = invoke("verify", "-q", "--", "--workers")
        assert "--jobs" not in result.stderr
        assert "--workers" in result.stdout


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class TestColor:
    """--color outweighs NO_COLOR, which outweighs FORCE_COLOR, which outweighs the terminal."""

    def coloured(self, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *when: str) -> bool:
        del monkeypatch

        @make_command("x")
        def x() -> None:
            output.Printer(stream).line((("bad", "red"),))

        assert CliRunner().invoke(x, [*when]).exit_code == 0
        return "\x1b[" in stream.getvalue()

    @pytest.mark.parametrize(
        ("when", "no", "force", "terminal", "wanted"),
        [
            ((), "", "", True, True),
            ((), "", "", False, False),
            ((), "1", "", True, False),
            ((), "", "1", False, True),
            ((), "1", "1", True, False),
            (("--color", "always"), "1", "", False, True),
            (("--color", "never"), "", "1", True, False),
            (("--color", "auto"), "1", "", True, False),
        ],
    )
    def test_which_of_option_variables_and_terminal_decides_on_colour(
        self,
        monkeypatch: pytest.MonkeyPatch,
        when: tuple[str, ...],
        no: str,
        force: str,
        terminal: bool,
        wanted: bool,
    ) -> None:
        for name, value in (("NO_COLOR", no), ("FORCE_COLOR", force), ("TERM", "xterm")):
            monkeypatch.setenv(name, value)
        stream = Terminal() if terminal else io.StringIO()
        assert self.coloured(monkeypatch, stream, *when) is wanted

    def test_a_dumb_terminal_gets_no_colour(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "dumb")
        assert not self.coloured(monkeypatch, Terminal())
        assert self.coloured(monkeypatch, Terminal(), "--color", "always")

    def test_the_option_counts_before_the_command_as_after_it(self) -> None:
        for arguments in (
            ("--color", "always", "verify", PLAIN),
            ("verify", PLAIN, "--color", "always"),
        ):
            assert "\x1b[" in invoke(*arguments).stdout
        result = invoke("--color", "always", "verify", "--color", "never", PLAIN)
        assert "\x1b[" not in result.stdout

    def test_a_pipe_with_colours_has_whole_lines(self) -> None:
        plain = invoke("verify", PLAIN, "--color", "never").stdout
        coloured = invoke("verify", PLAIN, "--color", "always", env={"COLUMNS": "40"}).stdout
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


class TestOutput:
    def test_a_file_gets_what_would_be_printed(self, tmp_path: Path) -> None:
        for form in ("text", "json", "jsonl", "crjson"):
            target = tmp_path / form
            arguments = ("verify", FIXTURES / "capture.jpg", "--at", "2026-06-01T00:00:00Z")
            shown = invoke(*arguments, "--format", form)
            written = invoke(*arguments, "--format", form, "-o", target)
            assert (written.exit_code, written.stdout) == (shown.exit_code, "")
            assert target.read_bytes() == shown.stdout_bytes

    def test_the_exit_code_is_the_same_with_an_output_file(self, tmp_path: Path) -> None:
        ai = FIXTURES / "ai-generated.png"
        assert invoke("verify", "-q", ai, "-o", tmp_path / "a").exit_code == 3
        assert (tmp_path / "a").read_text(encoding="utf-8").startswith("ai_generated")

    def test_an_earlier_result_is_replaced_and_nothing_else(self, tmp_path: Path) -> None:
        target = tmp_path / "a.json"
        arguments = ("verify", PLAIN, "--format", "json", "-o", target)
        assert invoke(*arguments).exit_code == 0
        assert invoke(*arguments).exit_code == 0
        target.write_text('{"name": "package"}', encoding="utf-8")
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert result.stderr.endswith("not an earlier json result; name a new file\n")
        assert target.read_text(encoding="utf-8") == '{"name": "package"}'

    @pytest.mark.parametrize("form", ["sarif", "junit", "json"])
    def test_a_report_that_ci_writes_each_time_is_replaced(self, tmp_path: Path, form: str) -> None:
        for _ in range(2):
            result = invoke("lint", PLAIN, "--format", form, "-o", tmp_path / "a")
            assert result.exit_code == 3, result.stderr

    def test_the_evidence_is_never_written_over(self, tmp_path: Path) -> None:
        photo = tmp_path / "photo.jpg"
        content = (FIXTURES / "plain.jpg").read_bytes()
        photo.write_bytes(content)
        for arguments in (("verify", photo, "-o", photo), ("verify", PLAIN, "-o", photo)):
            assert invoke(*arguments).exit_code == 2
            assert photo.read_bytes() == content

    @pytest.mark.parametrize(
        "given",
        [
            ("audit", "--ledger"),
            ("lint", "--crjson"),
            ("lint", "--write-baseline"),
            ("recover", "--repository", FIXTURES, "--save"),
        ],
        ids=str,
    )
    def test_two_results_do_not_go_into_one_new_file(
        self, tmp_path: Path, given: tuple[object, ...]
    ) -> None:
        place = tmp_path / "new"
        result = invoke(*given, place, PLAIN, "-o", f"{tmp_path}/./new")
        assert result.exit_code == 2
        assert "has another use in this command" in result.stderr
        assert list(tmp_path.iterdir()) == []

    def test_a_run_that_cannot_be_meant_leaves_nothing(self, tmp_path: Path) -> None:
        target = tmp_path / "a"
        result = invoke("verify", PLAIN, "--policy", tmp_path / "none", "-o", target)
        assert result.exit_code == 2
        assert list(tmp_path.iterdir()) == []

    def test_an_output_in_a_folder_that_does_not_exist_is_an_error(self, tmp_path: Path) -> None:
        result = invoke("schema", "-o", tmp_path / "none" / "a")
        assert result.exit_code == 2
        assert result.stderr.startswith(f"Error: --output {tmp_path / 'none' / 'a'} cannot be")


LONG = [name for name, found in ALL.items() if found.long]


class TestProgress:
    @pytest.fixture
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """As on a terminal, without waiting for the first second."""
        made: list[str] = []

        def renew(self: progress.ShownProgress, now: float) -> None:
            made.append(self.words(now))

        monkeypatch.setattr(progress, "is_terminal", lambda: True)
        monkeypatch.setattr(progress.ShownProgress, "renew", renew)
        step = progress.ShownProgress.step

        def stepped(self: progress.ShownProgress) -> None:
            step(self)
            self.renew(self._since + 2)

        monkeypatch.setattr(progress.ShownProgress, "step", stepped)
        return made

    def test_is_shown_by_the_commands_that_take_long(self) -> None:
        assert {"verify", "audit", "lint", "kit run", "kit make", "recover"} <= set(LONG)
        assert {"watermarks evaluate", "inspect", "repository add"} <= set(LONG)

    @needs_pipes
    def test_does_not_take_a_name_out_of_a_pipe(self, terminal: list[str], tmp_path: Path) -> None:
        names = tmp_path / "names"
        os.mkfifo(names)
        text = f"{FIXTURES / 'plain.jpg'}\n" * 2_000  # more than is read at once
        writer = threading.Thread(target=names.write_text, args=(text,))
        writer.start()
        result = invoke("verify", "--format", "jsonl", "--no-plugins", "--files-from", str(names))
        writer.join()
        assert result.stdout.count("\n") == 2_000
        assert terminal

    @pytest.mark.parametrize("name", ["verify", "lint", "inspect"])
    def test_says_how_many_files_and_how_long_is_left(self, terminal: list[str], name: str) -> None:
        found = [str(FIXTURES / one) for one in ("plain.jpg", "capture.jpg")]
        invoke(name, *found)
        assert terminal
        assert terminal[-1].startswith("2 of 2 files, 1/s, 0 s to go") or name == "verify"
        assert "files" in terminal[0]

    @pytest.mark.parametrize("name", ["verify", "lint", "inspect"])
    def test_is_not_shown_with_quiet(self, terminal: list[str], name: str) -> None:
        invoke(name, "-q", PLAIN)
        assert terminal == []

    def test_is_not_shown_without_a_terminal(self, tmp_path: Path) -> None:
        for name in ("verify", "lint", "inspect"):
            assert invoke(name, PLAIN).stderr == ""
        ledger = tmp_path / "a.ledger"
        assert invoke("audit", PLAIN, "--ledger", ledger, "-j", "1").stderr == ""

    def test_counts_names_and_estimates_in_plain_words(self) -> None:
        shown = progress.ShownProgress(300, "files", lambda: (0.0, ""), 100.0)
        shown.done = 12
        assert shown.words(103.0) == "12 of 300 files, 4/s, 1 min 12 s to go"
        shown.done = 1
        assert shown.words(160.0).startswith("1 of 300 files, 1/min, 4 h 59 min to go")
        assert (
            progress.ShownProgress(None, "samples", lambda: (0.0, "x"), 0.0).words(1.0)
            == "1 s so far, x"
        )

    def test_a_line_is_taken_away_before_anything_is_printed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("COLUMNS", "20")
        shown = progress.ShownProgress(300, "files", lambda: (0.0, "much more than fits"), 0.0)
        shown.clear()
        assert terminal.getvalue() == ""
        shown.renew(1.0)
        assert terminal.getvalue() == "\r\x1b[K" + "0 of 300 files, much"[:19]
        shown.clear()  # standard output goes elsewhere: the line stays
        assert terminal.getvalue().count("\r\x1b[K") == 1
        monkeypatch.setattr(sys, "stdout", terminal)
        shown.clear()
        shown.clear()
        assert terminal.getvalue().count("\r\x1b[K") == 2

    def test_of_one_large_file_estimates_the_time_left(self) -> None:
        half = progress.ShownProgress(1, "files", lambda: (0.25, "1 of 4 MiB of this one"), 0.0)
        assert half.words(10.0) == "0 of 1 files, 30 s to go, 1 of 4 MiB of this one"

    def test_says_how_far_the_digest_of_a_file_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Asset.from_bytes(bytes(4 << 20)) as asset:
            one = digest.Digester(asset, ("sha256",))
            monkeypatch.setattr(digest, "current", one)
            assert progress.digesting() == (0.0, "0 of 4 MiB of this one")
            one.done = 1 << 20
            assert progress.digesting() == (0.25, "1 of 4 MiB of this one")
            one.done = one.size
            assert progress.digesting() == (0.0, "")

    def test_an_audit_says_nothing_in_a_pipe_unless_asked(self) -> None:
        audit: Any = None
        assert type(audit_progress.display("auto", audit)) is audit_progress.SilentReport
        assert type(audit_progress.display("lines", audit)) is audit_progress.LineReport


class TestLintFilters:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in ("plain.jpg", "ai-generated.png", "tone.wav"):
            (tmp_path / name).write_bytes((FIXTURES / name).read_bytes())
        return tmp_path

    def judged(self, folder: Path, *arguments: str) -> set[str]:
        result = invoke(
            "lint", "-r", folder, "--profile", "interop", "--format", "json", *arguments
        )
        return set(re.findall(r'"path": "[^"]*/([^/"]+)"', result.stdout))

    def test_choose_files_by_name_and_by_content(self, folder: Path) -> None:
        assert self.judged(folder, "--include", "*.jpg") == {"plain.jpg"}
        assert self.judged(folder, "--exclude", "*.jpg") == {"ai-generated.png", "tone.wav"}
        assert self.judged(folder, "--type", "image") == {"plain.jpg", "ai-generated.png"}
        assert self.judged(folder, "--type", "audio/wav") == {"tone.wav"}

    def test_a_run_that_looks_at_nothing_does_not_pass(self, folder: Path) -> None:
        result = invoke("lint", "-r", folder, "--include", "*.heic")
        assert result.exit_code == 2
        assert "there is no file to judge" in result.stderr

    def test_of_lint_need_a_folder_that_is_walked(self) -> None:
        assert invoke("lint", PLAIN, "--type", "image").exit_code == 2

    def test_leave_what_is_named_itself_in(self, folder: Path) -> None:
        result = invoke(
            *("lint", "-r", folder / "tone.wav", "--type", "image", "--format", "json"),
        )
        assert "tone.wav" in result.stdout


def test_a_command_of_click_that_lost_its_class_would_be_noticed() -> None:
    assert [found for found in ALL.values() if not isinstance(found, Command)] == []
