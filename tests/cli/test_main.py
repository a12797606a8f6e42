"""The command line's frame: help, errors, exit codes, output, colour, time; and that nothing typed is thrown back."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli import main
from cli.main import COMMANDS, SUMMARIES
from cli.main import pactbook as root
from cli.output import catching_up, counting
from ledger.values.errors import Stale
from tests.cli.conftest import TERMS, Pactbook, make_store, size
from tests.stores import Store


def every_command(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, groups included, by how it is called."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from every_command(found, (*path, name))


# --- help -----------------------------------------------------------------------------------------------


def test_every_command_has_help_with_an_example_that_parses(
    pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """-h and --help say what a command does, in a sentence first; the examples are command lines that exist."""
    commands = dict(every_command(root))
    assert {name.partition(" ")[0] for name in commands if name} == set(COMMANDS)
    helps = {name: pactbook(f"{name} --help") for name in commands}
    monkeypatch.setattr(click.Command, "invoke", lambda self, ctx: None)
    for name, shown in helps.items():
        assert (shown.code, shown.err) == (0, ""), name
        assert shown.out == pactbook(f"{name} -h").out
        if isinstance(commands[name], click.Group):
            continue
        text = shown.out.partition("Example:")[2].partition("Options:")[0].replace("\\\n", " ")
        examples = [line.strip() for line in text.splitlines()]
        lines = [line.removeprefix("pactbook ").partition(" && ")[0] for line in examples if line]
        assert lines, f"{name} has no example"
        for line in lines:
            ran = pactbook(line)
            assert (ran.code, ran.err) == (0, ""), f"{name}: {line}: {ran.err}"


def test_the_summaries_of_commands_are_theirs() -> None:
    """What the list of commands says needs no import of any of them, and names them all."""
    assert list(SUMMARIES) == list(COMMANDS)


def test_listing_commands_imports_none_of_them(folder: Path) -> None:
    """Help is instant: neither the ledger's store nor a library that is heavy is loaded for it."""
    code = "import sys; from cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.split())
    assert not loaded & {"sqlalchemy", "marshmallow", "rich", "eventsourcing", "holidays", "email", "cli.record"}


def test_exit_codes_are_documented(pactbook: Pactbook) -> None:
    """A script's author finds them where one looks first; without arguments help is shown."""
    shown = pactbook("--help")
    assert "2 usage, 3 input rejected" in shown.out
    assert "5 integrity failure" in shown.out
    assert pactbook("").out == shown.out


def test_the_version_is_told(installed: Pactbook) -> None:
    """`pactbook --version` is what a report of a mistake begins with."""
    ran = installed("--version")
    assert (ran.code, ran.out.split()[0]) == (0, "pactbook,")


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("statment", "no such command 'statment'", "did you mean statement?"),
        ("xyzzy", "no such command 'xyzzy'", "pactbook [OPTIONS] [COMMAND] [ARGS]... (more: pactbook --help)"),
        ("agreement shwo x", "no such command 'shwo'", "did you mean show?"),
        ("close --fromat json x", "no such option '--fromat'", "did you mean --format?"),
        ("--fromat json close", "no such option '--fromat'", "did you mean --format?"),
        ("close", "missing argument 'AGREEMENT'", "pactbook close [OPTIONS] AGREEMENT [PERIOD]"),
        ("close acme-jot 2026-13", "invalid value for '[PERIOD]': '2026-13' is not a period", "write a month 2026-10"),
        ("close acme-jot --today 3.10.2026", "invalid value for '--today'", "write a date as year-month-day"),
        ("close acme-jot --format xml", "'xml' is not one of", "pactbook close [OPTIONS]"),
        ("config --as", "option '--as' requires an argument", "see pactbook --help"),
    ],
)
def test_errors_of_usage_name_the_right_word(pactbook: Pactbook, line: str, error: str, hint: str) -> None:
    """A misspelt word is answered with the nearest right one, a missing one with how the command is called."""
    ran = pactbook(line)
    assert (ran.code, ran.out) == (2, "")
    first, second = ran.err.splitlines()
    assert first.startswith("error: ")
    assert error in first
    assert second.startswith(f"hint: {hint}")


def test_a_group_alone_shows_its_help(pactbook: Pactbook) -> None:
    """`pactbook agreement` lists what can be done with agreements."""
    ran = pactbook("agreement")
    assert (ran.code, "terminate" in ran.err) == (2, True)


def test_an_argument_that_is_no_text_is_refused(book: Store, installed: Pactbook) -> None:
    """Bytes that are not text in the terminal's encoding reach no ledger."""
    command = Path(sys.executable).with_name("pactbook")
    ended = subprocess.run([command, "close", b"acme\xff"], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr.startswith(b"error: 'acme\\udcff' is not text")) == (2, True)


def test_a_mistake_of_ours_is_told_from_one_of_the_user(
    book: Store, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw says so and asks for a report, in two lines; --debug shows where it happened."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("cli.store._show_settings", broken)
    ran = pactbook("config")
    assert (ran.code, ran.errors) == (70, ["unexpected ZeroDivisionError: division by zero"])
    assert "hint: this is a mistake in pactbook" in ran.err
    with pytest.raises(ZeroDivisionError):
        pactbook("config --debug")


def test_a_change_in_between_asks_to_repeat(book: Store, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was overtaken is told to look again: exit code 4, so that a script can repeat the command."""

    def overtaken(*_: object, **__: object) -> None:
        raise Stale("somebody else recorded something meanwhile", "look again and repeat the command")

    monkeypatch.setattr("ledger.application.entries.Entries.void_all", overtaken)
    ran = pactbook("void acme-jot INV-1 --reason x")
    assert (ran.code, ran.errors) == (4, ["somebody else recorded something meanwhile"])
    assert "hint: look again and repeat the command" in ran.err


def test_an_interrupted_command_says_that_nothing_is_half_done(
    pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends a command quietly, with the exit code that shells expect."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.store._show_settings", interrupted)
    ran = pactbook("config")
    assert (ran.code, ran.err.strip()) == (130, "stopped; nothing was left half done")


def test_who_acts_must_be_known_only_where_somebody_acts(
    book: Store, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading needs no name; recording does, and says how to give it."""
    monkeypatch.delenv("PACTBOOK_ACTOR")
    assert pactbook("agreement show acme-jot").code == 0
    ran = pactbook("record contribution acme-jot C 1 --on 2026-01-01 --party acme")
    assert (ran.code, ran.errors) == (3, ["who does this is not known"])
    assert "--as party/person" in ran.err
    named = pactbook("record contribution acme-jot C 1 --on 2026-01-01 --as jot/leo")
    assert named.out.startswith("recorded C: contribution jot")


# --- output ---------------------------------------------------------------------------------------------


def test_output_that_nobody_reads_any_more_is_no_error(book: Store, folder: Path) -> None:
    """`| head` ends silently, however much was still to come."""
    rows = "".join(f"O-{number},2026-01-05,1.00\n" for number in range(3_000))
    (folder / "rows.csv").write_text(f"Id,Day,Amount\n{rows}", "utf-8")
    (folder / "map.yaml").write_text(
        "currency: EUR\nentries:\n"
        "  - {result: sales, reference: '{Id}', on: Day, amount: Amount, collected by: acme}\n",
        "utf-8",
    )
    command = shlex.quote(str(Path(sys.executable).with_name("pactbook")))
    script = (
        f"{command} import acme-jot rows.csv --map map.yaml > /dev/null && "
        f"{{ {command} entries acme-jot --format csv; echo $? > code; }} | head -n 1; "
        f"{{ {command} entries acme-jot --format csv; echo $? > code; }} | true"
    )
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert ended.stdout.startswith("reference,kind,name")
    assert (ended.stdout.count("\n"), ended.stderr) == (1, "")
    assert (folder / "code").read_text() == "0\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_an_error(book: Store) -> None:
    """A full disk is told in one line, and is no success."""
    command = Path(sys.executable).with_name("pactbook")
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([command, "config"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "error: the output: No space left on device\n")


@pytest.mark.parametrize("name", ["out.txt", "-"])
def test_output_goes_to_a_file_or_stdout(pactbook: Pactbook, folder: Path, name: str) -> None:
    """-o writes a whole file or none; a dash is stdout."""
    shown = pactbook("config --format csv")
    ran = pactbook(f"config --format csv -o {name}")
    written = ran.out if name == "-" else (folder / name).read_text("utf-8")
    assert written.splitlines()[0] == shown.out.splitlines()[0]
    assert [each.name for each in folder.iterdir() if "partial" in each.name] == []


def test_output_goes_to_a_pipe_as_it_is(pactbook: Pactbook, folder: Path) -> None:
    """What is no file (a pipe, /dev/null) is written to; it is never replaced by a file."""
    pipe, read = folder / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert pactbook("config --format csv -o pipe").code == 0
    reader.join()
    assert read[0].startswith(b"setting,")
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["''", ".", "..", "/"])
def test_output_to_a_folder_is_refused(pactbook: Pactbook, name: str) -> None:
    """Also to one whose name no file beside it can have."""
    ran = pactbook(f"config -o {name}")
    assert (ran.code, len(ran.errors)) == (1, 1)
    assert "cannot be written: Is a directory" in ran.err


def test_an_output_file_that_cannot_be_written_is_refused(pactbook: Pactbook) -> None:
    """A folder that is not there: said, and nothing left behind."""
    ran = pactbook("config -o none/out.txt")
    assert (ran.code, ran.errors) == (1, ["none/out.txt cannot be written: No such file or directory"])


def test_colour_is_for_terminals_and_for_who_asks(
    book: Store, pactbook: Pactbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None when piped; --color before NO_COLOR before FORCE_COLOR; data formats never have any."""
    line = "agreement show acme-jot"
    assert "\x1b" not in pactbook(line).out
    assert "\x1b" in pactbook(f"{line} --color always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in pactbook(line).out
    assert "\x1b" not in pactbook(f"{line} --color never").out
    assert "\x1b" not in pactbook(f"{line} --format csv").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in pactbook(line).out
    assert "\x1b" in pactbook(f"{line} --color always").out


def test_nothing_is_cut_or_wrapped_when_piped(book: Store, installed: Pactbook) -> None:
    """However narrow the terminal is said to be, an identifier in a pipe is whole."""
    reference = "R-" + "0123456789" * 19
    ran = installed(f"record contribution acme-jot {reference} 1.00 --on 2026-01-01", env={"COLUMNS": "20"})
    assert reference in ran.out
    listed = installed("entries acme-jot", env={"COLUMNS": "20"})
    assert reference in listed.out
    assert "\x1b" not in listed.out


def test_control_characters_do_not_reach_the_terminal(book: Store, pactbook: Pactbook, folder: Path) -> None:
    """A reason cannot clear the screen or forge a line: it is refused, and the refusal does not do so either."""
    reason = "bad\x1b[2Jreason\x07"
    ran = pactbook(f"agreement terminate acme-jot --on 2027-12-31 --reason {shlex.quote(reason)}")
    assert (ran.code, "a text contains U+001B" in ran.err) == (1, True)
    actor = shlex.quote("acme/a\x1bn")
    named = pactbook(f"record contribution acme-jot C 1 --on 2026-01-01 --as {actor}")
    assert (named.code, "it contains U+001B" in named.err) == (3, True)
    assert not {"\x1b", "\x07"} & set(ran.out + ran.err + named.out + named.err)


def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody watches the terminal, and a clock goes on by a second whenever it is asked."""
    clock = count(1)
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


def test_a_long_count_is_shown_and_wiped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """After a second a counter stands on one line of the terminal; at the end the line is empty again."""
    watch(monkeypatch)
    with counting("rows") as advance:
        for _ in range(3):
            advance(1_000)
    shown = capsys.readouterr().err
    assert shown.split("\r")[1:3] == ["rows: 2,000", "rows: 3,000"]
    assert shown.endswith(" \r")
    assert "\n" not in shown


def test_a_count_that_nobody_watches_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe or a log there is no counter."""
    with counting("rows") as advance:
        advance(1_000)
    catching_up()(1_000, 5_000)
    assert capsys.readouterr().err == ""


def test_catching_up_is_told_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Projections that are far behind say how far they are, and leave an empty line."""
    watch(monkeypatch)
    progress = catching_up()
    for position in (2_000, 4_000, 6_000):
        progress(position, 6_500)
    shown = capsys.readouterr().err
    assert "catching up with the log: 4,000 of 6,500" in shown
    assert shown.endswith(" \r")


# --- time -----------------------------------------------------------------------------------------------


def test_today_fixes_the_clock(book: Store, pactbook: Pactbook) -> None:
    """With --today a command is as if it were given on that day: rules see it, and the record shows it."""
    early = pactbook("close acme-jot 2026-01 --today 2026-01-31")
    assert (early.code, early.errors) == (1, ["2026-01 has not ended: its last day is 2026-01-31"])
    assert pactbook("close acme-jot 2026-01 --today 2026-02-01").code == 0
    ran = pactbook("record contribution acme-jot C 1 --on 2026-01-01 --today 2026-02-02 --format json")
    assert ran.json[0]["recorded_at"] == "2026-02-02T12:00:00Z"


# --- whatever is typed ----------------------------------------------------------------------------------

LINES = [
    "agreement propose terms.yaml",
    "agreement accept acme-jot --digest 12345678",
    "agreement decline acme-jot --reason why",
    "agreement amend terms.yaml --from 2026-02 --reason why",
    "agreement terminate acme-jot --on 2026-12-31 --reason why",
    "agreement show acme-jot --format json",
    "agreement list --format csv",
    "record result acme-jot INV-1 sales 1234.50 --on 2026-10-03 --quantity 3 --collected-by acme --dry-run",
    "record cost acme-jot M-7 media -800.00 --on 2026-10-05 --paid-by jot --note x --evidence terms.yaml",
    "record liability acme-jot CB-1 chargebacks 400.00 --on 2026-10-31 --currency EUR",
    "record liability-settled acme-jot CB-1 PAY-1 200.00 --on 2026-11-12 --paid-by acme",
    "record liability-released acme-jot CB-1 PAY-1 200.00 --on 2026-11-12 --reason why",
    "record contribution acme-jot CAP-1 50000 --on 2026-01-01 --party acme",
    "record advance acme-jot ADV-1 100 --to jot --from acme --on 2026-01-01",
    "import acme-jot terms.yaml --map terms.yaml --dry-run",
    "entries acme-jot --kind cost --name media --party jot --period 2026-10 --status counted --known-at 3 --limit 2",
    "confirm acme-jot INV-1 CB-1 --note x",
    "reject acme-jot INV-1 --reason why --from -",
    "correct acme-jot INV-1 --reason why --amount 5 --quantity 3 --on 2026-10-03 --metric sales --collected-by jot",
    "void acme-jot INV-1 CB-1 --reason why --part PAY-1",
    "close acme-jot 2026-01 --through 2026-03 --today 2026-12-01",
    "statement acme-jot 2026-01 --known-at 2",
    "explain acme-jot 2026-01/jot/share --depth 2 --limit 3",
    "payout propose acme-jot --dry-run",
    "payout list acme-jot --format csv",
    "payout approve acme-jot 2026-01-1",
    "payout send acme-jot 2026-01-1 --on 2026-02-10 --reference B-1",
    "payout fail acme-jot 2026-01-1 --reason why",
    "dispute open acme-jot/2026-01/jot/share --expected 50.00 --reason why",
    "dispute list acme-jot",
    "dispute resolve acme-jot 2026-01-1 --reason why",
    "history acme-jot --limit 3 --format jsonl",
    "rebuild",
    "doctor --format jsonl",
    "config show",
    "init --store sqlite:///other.db",
]
WORDS = sorted({word for line in LINES for word in line.split()} | {"-h", "--help", "--color", "always", "-o", "out"})
VALUES = [word for word in WORDS if not word.startswith("-")]
GARBAGE = st.one_of(
    st.sampled_from(["", "-", "--", "---", "-1", "-1e5", "=", "--=", "a/b", "../..", "9" * 400, "%", "\0", "é", "０"]),
    st.text(max_size=8),
)  # fmt: skip


@st.composite
def typed(draw: st.DrawFn) -> list[str]:
    """A command line as somebody in a hurry types it: a good one with words lost, doubled, swapped or mangled."""
    words = shlex.split(draw(st.sampled_from(LINES)))
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        place = draw(st.integers(0, len(words)))
        match draw(st.sampled_from(["value", "value", "value", "insert", "drop"])):
            case "value":
                values = [each for each, word in enumerate(words) if not word.startswith("--")][1:]
                for each in [draw(st.sampled_from(values))] if values else []:
                    words[each] = draw(st.one_of(st.sampled_from(VALUES), GARBAGE))
            case "insert":
                words.insert(place, draw(st.one_of(st.sampled_from(WORDS), GARBAGE)))
            case _:
                del words[place : place + 1]
    # What would leave the folder, wait for a server or show a traceback on purpose is not for this test.
    return [word for word in words if word != "--debug" and not word.startswith(("postgres", "sqlite:////"))]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store in which something is recorded; to be copied, not used."""
    folder = tmp_path_factory.mktemp("template")
    make_store(f"sqlite:///{folder / 'pactbook.db'}")
    (folder / "terms.yaml").write_text(TERMS, "utf-8")
    for line in (
        "record result acme-jot INV-1 sales 100.00 --on 2026-01-03 --collected-by acme --as acme/ann",
        "record liability acme-jot CB-1 chargebacks 400.00 --on 2026-01-31 --as acme/ann",
        "close acme-jot 2026-01 --as acme/ann --today 2026-02-03",
    ):
        assert run_in(folder, shlex.split(line))[0] == 0
    return folder


@settings(max_examples=3 * settings().max_examples, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=typed())
def test_nothing_that_can_be_typed_gives_a_traceback(template: Path, words: list[str]) -> None:
    """Every command line ends with a documented exit code, and what is wrong is told in lines that say so."""
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(template, Path(name) / "work")
        code, out, err = run_in(folder, words)
    assert code in range(6), (words, err)
    assert "Traceback" not in out + err
    if code and not err.startswith(("Usage:", "hint: keep")) and not out:
        assert all(line.startswith(("error: ", "hint: ", "note: ")) for line in err.splitlines()), (words, err)


def run_in(folder: Path, words: list[str]) -> tuple[int, str, str]:
    """Run a command line in a folder, with nothing on standard input."""
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(), "utf-8")
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main.run(words)
    finally:
        os.chdir(before)
        sys.stdin = stdin
    return code, out.getvalue(), err.getvalue()


def test_a_known_good_line_of_the_game_runs(template: Path, tmp_path: Path) -> None:
    """The game is played on a store that answers: an unmangled line records."""
    folder = Path(shutil.copytree(template, tmp_path / "game"))
    code, out, _ = run_in(folder, shlex.split(next(line for line in LINES if "CAP-1" in line)))
    assert (code, out.startswith("recorded CAP-1")) == (0, True)
    assert size(store=f"sqlite:///{folder / 'pactbook.db'}") == 6
