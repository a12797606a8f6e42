"""A folder in which commands are called in this process: the demo's store and files, a key, a bundle, a checkpoint."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cli.demo.story import tell
from cli.main import run
from cli.output import LINE_LIMIT
from tests.fuzz.parsers import rates_samples

EXAMPLES = Path(__file__).parents[2] / "examples"
#: What a command line may end with: what `pactbook --help` says, and what a shell calls stopped.
CODES = frozenset({0, 1, 2, 3, 4, 5, 130})
#: The tables that hold what was recorded. Projections follow from them, and catch up whenever somebody asks; documents
#: are kept before the entry that refers to them, so that one without any entry does no harm.
RECORDED = ("events", "books", "nodes", "checkpoints", "log_head", "meta")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def called(arguments: Sequence[str], env: dict[str, str] | None = None) -> Ended:
    """Call a command in this process and in the current folder, with nothing on its standard input."""
    before = sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, dict(os.environ)
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True) for _ in range(2))
    try:
        sys.stdin = io.TextIOWrapper(io.BytesIO(), "utf-8")
        sys.stdout, sys.stderr = out, err
        sys.__stdout__ = sys.__stderr__ = None  # type: ignore[misc]  # closed by a command whose output nobody reads
        os.environ.update(env or {})
        code = run(arguments)
    finally:
        sys.stdin, sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__, kept = before  # type: ignore[misc]
        os.environ.clear()
        os.environ.update(kept)
    printed = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]
    return Ended(code, *printed)


def sound(ended: Ended) -> None:
    """What holds however a command ends: a known code, no accident, and a word about what is wrong."""
    assert "error: unexpected" not in ended.err, ended.err[-600:]
    assert "Traceback" not in ended.err, ended.err[-600:]
    assert ended.code in CODES, ended.code
    assert max(map(len, ended.err.splitlines()), default=0) < 3 * LINE_LIMIT, "a line that nobody reads"
    assert ended.code in (0, 1, 5) or ended.err.strip(), f"code {ended.code} without a word"


def recorded(store: Path) -> dict[str, list[tuple[Any, ...]]] | None:
    """Everything that was recorded in a store, with the types that SQLite gives it; None where it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(store)) as connection:
            connection.text_factory = bytes
            return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in RECORDED}
    except (sqlite3.Error, UnicodeDecodeError):
        return None


@contextlib.contextmanager
def within(folder: Path) -> Iterator[None]:
    """Work in a folder, with no settings from outside."""
    outside = {name: os.environ[name] for name in os.environ if name.startswith(("PACTBOOK_", "XDG_"))}
    home, here = os.environ.get("HOME"), Path.cwd()
    for name in outside:
        del os.environ[name]
    os.environ["HOME"] = str(folder / "home")
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.update(outside)
        if home is not None:
            os.environ["HOME"] = home


class Copies:
    """A folder that is made again from a model whenever something in it was changed."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self._kept = tempfile.TemporaryDirectory(prefix="pactbook-fuzz-")
        #: Deep enough that `../../..` leads nowhere that matters.
        self.folder = Path(self._kept.name) / "a/b/c/d"
        self._seen: dict[str, tuple[int, int]] | None = None

    def fresh(self) -> Path:
        """The folder, as the model is."""
        if self._seen is None or self._state() != self._seen:
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(self.model, self.folder)
            self._seen = self._state()
        return self.folder

    def _state(self) -> dict[str, tuple[int, int]]:
        found = (path for path in self.folder.rglob("*") if path.name != "pactbook.db-shm")
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found if path.is_file()}


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@cache
def demo() -> Path:
    """The model: made once, and not to be worked in."""
    made = tempfile.TemporaryDirectory(prefix="pactbook-fuzz-")
    _KEPT.append(made)
    folder = Path(made.name)
    shutil.copy(EXAMPLES / "terms/partnership.yaml", folder / "harbour.yaml")
    with within(folder):
        tell("sqlite:///pactbook.db", folder / "pactbook-demo")
        for line in (
            "agreement propose harbour.yaml --as dee/dee --today 2025-08-12",
            "agreement accept harbour-practice --as sue/sue --today 2025-08-12",
            "agreement accept harbour-practice --as jan/jan --today 2025-08-12",
            "key new ann.pem --name acme/ann", "key register acme-jot ann.pem --as acme/ann --today 2025-08-12",
            "checkpoint acme-jot --key ann.pem --as acme/ann --today 2025-08-12 -o kept.txt",
            "audit export acme-jot -o acme-jot.pactbook",
            "audit receipt acme-jot --statement 2025-06 -o receipt.json", "balance acme-jot",
        ):  # fmt: skip
            ended = called(line.split())
            assert ended.code == 0, (line, ended)
        for name in ("terms.yaml", "sales.csv", "sales.map.yaml"):
            shutil.copy(folder / "pactbook-demo" / name, folder / name)
        (folder / "rates.csv").write_bytes(rates_samples()[0])
        with contextlib.closing(sqlite3.connect("pactbook.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
    return folder
