"""README and docs say what is so: their examples run, their links lead somewhere, no command is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import COMMANDS, SUMMARIES
from tests.command_reference import reference
from tests.documents import Page, commands
from tests.stores import Store
from tests.warm import warm_command

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.fixture(scope="module")
def warm() -> Iterator[Path]:
    """A folder with the command `pactbook`, which has loaded already what it needs."""
    with warm_command() as folder:
        yield folder


def _id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_examples_of_a_page_run_and_print_what_it_says(
    page: Path, tmp_path: Path, any_store: Store, warm: Path
) -> None:
    """Whoever copies the commands of a page into an empty folder sees what the page shows."""
    expected = page.read_text("utf-8").count("\n$ ") if "```console" in page.read_text("utf-8") else 0
    command = None if page.name == "README.md" else warm  # one page is run with the command that is installed
    assert Page(tmp_path, any_store.url, command).run(page) >= min(1, expected)


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_between_pages_lead_to_a_file(page: Path) -> None:
    """A link from one page to another never dangles."""
    targets = _LINK.findall(page.read_text("utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_a_transcript_is_read_as_commands_with_their_output() -> None:
    """A command may go on over lines, and what follows up to the next one is its output."""
    found = list(commands("$ echo one \\\n  two\none two\n$ true\n$ echo three\nthree\n"))
    assert [(each.line, each.output) for each in found] == [
        ("echo one \\\n  two", "one two\n"),
        ("true", ""),
        ("echo three", "three\n"),
    ]


def test_a_wrong_output_on_a_page_is_found(tmp_path: Path, any_store: Store) -> None:
    """The check can fail: a page that lies about an output does not pass."""
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo truth\nlie\n```\n", "utf-8")
    with pytest.raises(Exception, match="the page says"):
        Page(tmp_path, any_store.url).run(page)


def test_the_page_of_commands_is_what_their_help_says() -> None:
    """The reference is made from the help; `make docs` makes it anew when a command has changed."""
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == reference()


def test_every_command_is_listed_with_a_summary_and_ends_its_help_with_an_example() -> None:
    """Nobody has to guess what a command is for or how it is typed."""
    assert set(COMMANDS) == set(SUMMARIES)
    without = [
        section.splitlines()[0] for section in re.split(r"^#+ ", reference(), flags=re.MULTILINE)[3:] if _bare(section)
    ]
    assert without == []


def _bare(section: str) -> bool:
    return "Example:" not in section and "Commands:" not in section
