"""Makes docs/commands.md out of the commands' own help, so that the page and the help are one text.

python -m tests.command_reference > docs/commands.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from cli.main import COMMANDS, pactbook

HEAD = """# Commands

This page is made from the help of the commands: `make docs`. Every command also takes the options that are listed
first, before or after its own name.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join((HEAD, _section("pactbook", pactbook), *_sections()))


def _sections() -> Iterator[str]:
    context = click.Context(pactbook, info_name="pactbook")
    for name in COMMANDS:
        command = pactbook.get_command(context, name)
        assert command is not None
        yield _section(f"pactbook {name}", command)
        if isinstance(command, click.Group):
            for below, inner in sorted(command.commands.items()):
                yield _section(f"pactbook {name} {below}", inner)


def _section(title: str, command: click.Command) -> str:
    depth = "##" if title.count(" ") < 2 else "###"
    return f"{depth} {title}\n\n```text\n{_help(title, command)}\n```\n"


def _help(title: str, command: click.Command) -> str:
    names = pactbook.context_settings["help_option_names"]
    context = click.Context(
        command, info_name=title, max_content_width=100, terminal_width=100, help_option_names=names
    )
    lines = command.get_help(context).splitlines()
    if title != "pactbook":
        lines = [line for line in lines if not _is_global(line)]
    return "\n".join(line.rstrip() for line in lines)


_GLOBAL = (
    "--store URL",
    "--as PARTY/PERSON",
    "--format [",
    "-o, --output",
    "--color [",
    "--today DATE",
    "--debug",
    "-h, --help",
)
_FOLLOWING = ("pactbook.db].", "table].")


def _is_global(line: str) -> bool:
    text = line.strip()
    return text.startswith(_GLOBAL) or text in _FOLLOWING


if __name__ == "__main__":
    sys.stdout.write(reference())
