"""A store in an empty folder, and two ways to call the command: in this process, and as it is installed."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from cli.session import DEFAULT_STORE
from ledger.application import Ledger, create_store
from ledger.terms.written.document import parse_terms
from tests.stores import Store, Stores

TERMS = """\
agreement: acme-jot
title: Audience acquisition for Acme
parties:
  acme: {name: Acme GmbH, reports: [sales, signups], pays: [tracking]}
  jot:  {name: JOT Media S.L., pays: [media]}
currency: EUR
periods: {every: month, from: 2026-01-01, due: net 30}
pool:
  results: [sales]
  less costs: {media: all, tracking: all}
  less liabilities: [chargebacks]
shares:
  - split: {acme: 60%, jot: 40%}
losses: {acme: 60%, jot: 40%}
confirm: {costs over: "1000.00"}
"""

START = datetime(2026, 1, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, and what it printed on either stream."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)

    @property
    def errors(self) -> list[str]:
        """The lines of complaint, hints left out."""
        return [line.removeprefix("error: ") for line in self.err.splitlines() if line.startswith("error: ")]


Pactbook = Callable[..., Ran]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with no settings from outside; Ann of Acme is at work."""
    for name in list(os.environ):
        if name.startswith("PACTBOOK_") or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.setenv("PACTBOOK_ACTOR", "acme/ann")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    (work / "terms.yaml").write_text(TERMS, "utf-8")
    return work


@pytest.fixture
def place(stores: Stores, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Where commands look for a store, to be filled. A test that asks for it runs on each kind of database."""
    made = stores.place(folder / "pactbook.db")
    if not made.url.startswith("sqlite"):
        monkeypatch.setenv("PACTBOOK_STORE", made.url)
        for name in ("evidence", "texts"):  # a server has no folders of its own
            monkeypatch.setenv(f"PACTBOOK_{name.upper()}", str(folder / f"pactbook.{name}"))
    yield made
    stores.drop(made)


@pytest.fixture
def store(place: Store) -> Store:
    """Where commands look for a store; there is none yet, but `pactbook init` can make one."""
    place.clear()
    return place


def make_store(url: str) -> None:
    """Make a store with one agreement, accepted by both parties."""
    create_store(url)
    ledger = Ledger(url, "acme/ann", lambda: START)
    ledger.agreements.propose(parse_terms(TERMS))
    ledger.acting_as("jot/leo")
    ledger.agreements.accept("acme-jot")
    ledger.close()


@pytest.fixture
def book(place: Store) -> Store:
    """The store with one agreement in force, where commands look for it."""
    place.fill(make_store)
    return place


def size(book: str = "acme-jot", store: str | None = None) -> int:
    """How many events a book has, by default in the store that commands use."""
    ledger = Ledger(store or os.environ.get("PACTBOOK_STORE", DEFAULT_STORE))
    try:
        return ledger.head(book).size
    finally:
        ledger.close()


@pytest.fixture
def pactbook(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Pactbook:
    """Calls a command line in this process: `pactbook("close acme-jot --today 2026-11-01")`."""

    def call(line: str, *, stdin: str | bytes = b"") -> Ran:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), "utf-8"))
        capsys.readouterr()
        code = run(shlex.split(line))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def installed() -> Pactbook:
    """Calls the installed command in a process of its own, as a user does."""
    command = Path(sys.executable).with_name("pactbook")

    def call(line: str, *, stdin: str = "", env: dict[str, str] | None = None) -> Ran:
        ended = subprocess.run(
            [command, *shlex.split(line)], input=stdin, capture_output=True, text=True, check=False,
            env={**os.environ, **(env or {})}, timeout=120,
        )  # fmt: skip
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    return call
