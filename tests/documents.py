"""Runs the examples of a Markdown page: files that it shows are written, commands that it shows are run.

A block after a comment `<!-- file: NAME -->` is that file. In a `console` block, lines that begin with `$ ` are
commands (a backslash continues one), and what follows is their output, both streams, where `...` stands for
anything. All blocks of a page share one folder. `$ export NAME=value` holds for the commands after it.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import CodeBlockParser
from sybil.typing import Parser

from cli.session import DEFAULT_STORE

_FILE = re.compile(r"^<!-- file: (?P<name>[\w./-]+) -->\n+```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"export (\w+)=(\S+)\Z")


@dataclass(frozen=True, slots=True)
class Command:
    """A command line of a transcript, and the output that the page shows for it."""

    line: str
    output: str


def commands(transcript: str) -> Iterator[Command]:
    """The commands of a `console` block with their outputs."""
    line, output = "", ""
    continued = False
    for text in transcript.splitlines(keepends=True):
        if continued:
            line += text
        elif text.startswith("$ "):
            if line:
                yield Command(line.strip(), output)
            line, output = text[2:], ""
        else:
            output += text
            continue
        continued = text.rstrip("\n").endswith("\\")
    if line:
        yield Command(line.strip(), output)


def _on_server(store: str, folder: Path) -> dict[str, str]:
    """The settings of a page whose store is on a server."""
    beside = {f"PACTBOOK_{name.upper()}": str(folder / f"pactbook.{name}") for name in ("evidence", "texts")}
    return {"PACTBOOK_STORE": store, **beside}


class Page:
    """A page under test: a folder of its own, and the environment that its commands share."""

    def __init__(self, folder: Path, store: str = "sqlite", command: Path | None = None) -> None:
        """`command` is the folder with the command `pactbook`, by default the one that is installed.

        A `store` on a server is named by the environment, and so are the folders that lie beside a file.
        """
        self.folder = folder
        self.ran = 0
        beside_python = str(Path(sys.executable).parent)
        first = [str(command)] if command else []
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PACTBOOK_")}
        self.env = {
            **kept,
            "PATH": os.pathsep.join([*first, beside_python, kept.get("PATH", "")]),
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "NO_COLOR": "1",
            "COLUMNS": "200",
            **({} if store.startswith("sqlite") else _on_server(store, folder)),
            "PACTBOOK_EXAMPLES": str(Path(__file__).parent.parent / "examples"),
        }

    def run(self, path: Path) -> int:
        """Run every example of a page; returns how many commands there were. Raises on the first that differs."""
        parsers: list[Parser] = [CodeBlockParser(language="console", evaluator=self._console), self._files]
        document = Sybil(parsers=parsers).parse(path)
        for example in document.examples():
            example.evaluate()
        return self.ran

    def _console(self, example: Example) -> str | None:
        for command in commands(str(example.parsed)):
            self.ran += 1
            if export := _EXPORT.match(command.line):
                self.env[export[1]] = export[2]
                continue
            got = self._shell(command.line)
            expected = command.output.replace(DEFAULT_STORE, "...") if "PACTBOOK_STORE" in self.env else command.output
            if not doctest.OutputChecker().check_output(expected, got, doctest.ELLIPSIS):
                return f"$ {command.line}\n--- the page says\n{command.output}--- it prints\n{got}"
        return None

    def _shell(self, line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.stderr + done.stdout

    def _files(self, document: Document) -> Iterable[Region]:
        for match in _FILE.finditer(document.text):
            yield Region(match.start(), match.end(), (match["name"], match["text"]), self._write)

    def _write(self, example: Example) -> None:
        name, text = example.parsed
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, "utf-8")
