"""What a command works with: the settings of this call, and the ledger that they name, opened when needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.values.errors import Finding, Refused, Rejected

if TYPE_CHECKING:
    from ledger.application import Ledger
    from ledger.settlement.knowledge import Facts
    from projections.follower import Follower
    from projections.glance import Glance
    from projections.sql import Tables

DEFAULT_STORE = "sqlite:///pactbook.db"
PROJECT_FILE = "pactbook.toml"
SETTINGS_LIMIT = 8 * 1024  #: the size of a file of settings in bytes; keys of very many parts would fill the memory


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting's value, and where it came from."""

    value: str | None
    origin: str


SETTINGS = {
    "store": DEFAULT_STORE, "as": None, "format": "table", "color": "auto", "evidence": None, "texts": None,
}  # fmt: skip
"""Every setting that may stand in a file or the environment, with its default."""


@dataclass
class Session:
    """One call of the command line.

    `given` holds what flags said, by the names of `SETTINGS`; `today` fixes the clock to a day, for tests
    and for trying things out; `debug` lets tracebacks through; `progress` is told how far the projections are
    while they catch up with the log.
    """

    given: dict[str, str] = field(default_factory=dict)
    output: str | None = None
    today: date | None = None
    debug: bool = False
    progress: Callable[[int, int], None] = lambda position, last: None
    _glances: dict[str, Glance | None] = field(default_factory=dict)

    @cached_property
    def settings(self) -> dict[str, Setting]:
        """Every setting with its origin: flag, then environment, project file, user file, default."""
        files = [_read_settings(path) for path in _settings_files()]
        return {name: self._setting(name, default, files) for name, default in SETTINGS.items()}

    def _setting(self, name: str, default: str | None, files: list[tuple[Path, dict[str, str]]]) -> Setting:
        if name in self.given:
            return Setting(self.given[name], f"--{name}")
        variable = "PACTBOOK_ACTOR" if name == "as" else f"PACTBOOK_{name.upper()}"
        if os.environ.get(variable):
            return Setting(os.environ[variable], variable)
        for path, values in files:
            if name in values:
                return Setting(values[name], str(path))
        return Setting(default, "default")

    def setting(self, name: str) -> str | None:
        """The value of a setting."""
        return self.settings[name].value

    @property
    def format(self) -> str:
        """How output is written: table, json, jsonl or csv."""
        chosen = self.setting("format") or "table"
        if chosen not in FORMATS:
            origin = self.settings["format"].origin
            raise Rejected(f"{chosen!r} is not a format (it comes from {origin})", f"use one of: {', '.join(FORMATS)}")
        return chosen

    @property
    def store(self) -> str:
        """The URL of the store."""
        return self.setting("store") or DEFAULT_STORE

    def now(self) -> datetime:
        """The present instant in UTC, or noon of the day that --today names."""
        return datetime.now(UTC) if self.today is None else datetime.combine(self.today, time(12), UTC)

    @property
    def day(self) -> date:
        """The present day in UTC, or the one that --today names."""
        return self.now().date()

    # --- for commands that only read ---------------------------------------------------------------------

    def tables(self, book: str) -> Tables:
        """The projections, with all that a book holds. Raises `Refused` where there is no such book."""
        glance = self._glance(book)
        if glance is not None:
            return glance
        self.ledger.require_book(book)
        return self.follower

    def facts(self, book: str) -> Facts:
        """What a book knows, for settlement. Raises `Refused` where there is no such book."""
        glance = self._glance(book)
        if glance is None:
            return self.ledger.facts(book)
        from projections.facts import ProjectedFacts

        return ProjectedFacts(glance, book)

    def _glance(self, book: str) -> Glance | None:
        """The tables as they stand, where that is enough: to open a ledger takes far longer."""
        if "ledger" in self.__dict__:
            return None
        if book not in self._glances:
            from projections.glance import glance

            self._glances[book] = found = glance(self.store, book)
            if found is not None:
                self.at_exit(found.close)
        return self._glances[book]

    @property
    def has_looked(self) -> bool:
        """Whether this call has opened a store."""
        return "ledger" in self.__dict__ or bool(self._glances)

    # --- for all others ----------------------------------------------------------------------------------

    @cached_property
    def follower(self) -> Follower:
        """The projections of this store."""
        from projections.follower import Follower

        return Follower(self.ledger, self.progress)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger of this store, which settles from the projections."""
        from ledger.application import Ledger
        from projections.facts import ProjectedFacts

        ledger = Ledger(
            self.store,
            actor=self.setting("as"),
            now=self.now,
            facts=lambda _, book: ProjectedFacts(self.follower, book),
            evidence=self.setting("evidence"),
            texts=self.setting("texts"),
        )
        self.at_exit(ledger.close)
        return ledger

    def look_back(self, book: str, known_at: int | None, as_of: date | None = None) -> None:
        """From here on the ledger is the one that a book was at an event, or of the days up to one; for reading only.

        The projections still follow the book as it is.
        """
        from ledger.application import Ledger
        from ledger.values.periods import Perspective
        from projections.perspective import FactsSeen

        follower, seen = self.follower, Perspective(as_of, known_at)
        head = self.ledger.head(book).size
        if known_at is not None and known_at > head:
            self.ledger.require_book(book)
            raise Refused(f"nothing is known yet at {known_at}", f"the newest event is {head}")
        past = Ledger(
            self.store,
            actor=self.setting("as"),
            now=self.now,
            facts=lambda _, name: FactsSeen(follower, name, seen),
        )
        past.known_at = known_at
        self.at_exit(past.close)
        self.__dict__["ledger"] = past

    def at_exit(self, close: Callable[[], Any]) -> None:
        """Have something closed when the command is over."""
        click.get_current_context().find_root().call_on_close(close)


FORMATS = ("table", "json", "jsonl", "csv")


def _settings_files() -> list[Path]:
    """The files that settings may stand in: the project's (here or in a folder above), then the user's."""
    here = Path.cwd()
    found = [folder / PROJECT_FILE for folder in (here, *here.parents) if (folder / PROJECT_FILE).is_file()][:1]
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pactbook" / "config.toml"
    return [*found, *([home] if home.is_file() else [])]


def _read_settings(path: Path) -> tuple[Path, dict[str, str]]:
    import tomllib

    try:
        with path.open("rb") as file:
            raw = file.read(SETTINGS_LIMIT + 1)
        if len(raw) > SETTINGS_LIMIT:
            raise ValueError(f"there are more than {SETTINGS_LIMIT:,} bytes")
        data = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError, OSError) as error:  # the library lets numbers and nesting fail as they may
        raise Rejected([Finding(f"the settings cannot be read: {error}", file=str(path))]) from None
    wrong = [
        Finding(f"{name!r} is not a setting", f"known: {', '.join(SETTINGS)}", str(path))
        for name, value in data.items()
        if name not in SETTINGS or not isinstance(value, str)
    ]
    if wrong:
        raise Rejected(wrong)
    return path, data


def session() -> Session:
    """The session of the running command."""
    found = click.get_current_context().find_object(Session)
    assert found is not None
    return found
