"""What a book knew at a moment, and which days count: `--known-at` and `--as-of`, once for all commands that read.

A moment is an event (its seq), an instant, a day, or a checkpoint that somebody kept. Whatever it is, it stands for the
events up to one of them, so that what was known then is known for ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from cli.files import read_checkpoint
from cli.options import DATE, Parsed
from cli.session import session
from ledger.values.errors import Rejected
from ledger.values.periods import parse_date

Command = TypeVar("Command", bound=Callable[..., Any])

_MOST = 10**15
_LAST = datetime.max.replace(tzinfo=UTC)
_HINT = "name an event (120), an instant (2026-10-31T14:30:00Z), a day (2026-10-31) or the file of a checkpoint"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as it was written: an event, the first instant that does not count any more, or a checkpoint."""

    text: str
    seq: int | None = None
    before: datetime | None = None
    checkpoint: Path | None = None


def parse_moment(text: str) -> Moment:
    """The moment that somebody wrote. Raises `Rejected` for what is none."""
    if text.isascii() and text.isdigit():
        if len(text) > len(str(_MOST)) or not 1 <= int(text) <= _MOST:
            raise Rejected(f"{text} is not in the range of events", f"events count from 1; {_HINT}")
        return Moment(text, seq=int(text))
    if os.path.isfile(text):  # which says no to a name that is too long, where a Path raises
        return Moment(text, checkpoint=Path(text))
    if text[:1].isdigit():
        return Moment(text, before=_end(text))
    raise Rejected(f"{text!r} is neither a moment nor a file", _HINT)


def _end(text: str) -> datetime:
    """The first instant that is later than a day, or than an instant."""
    if len(text) == len("2026-10-31"):
        day = parse_date(text)
        return datetime.combine(day + timedelta(days=1), time(), UTC) if day < date.max else _LAST
    instant = parse_instant(text)
    return instant + timedelta(microseconds=1) if instant < _LAST else _LAST


def parse_instant(text: str) -> datetime:
    """An instant with its offset from UTC. Raises `Rejected` for anything else."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Rejected(f"{text!r} is not a moment", "write a day 2026-10-31, or an instant 2026-10-31T14:30:00Z")


MOMENT = Parsed("moment", parse_moment)


def seq_of(book: str, moment: Moment) -> int:
    """The last event of a book that was known at a moment.

    Raises `Refused` where the book does not reach so far, `Broken` for a checkpoint of another history.
    """
    if moment.before is not None:
        from projections.moments import seq_before

        return seq_before(session().follower, book, moment.before)
    if moment.checkpoint is not None:
        shown = read_checkpoint(moment.checkpoint)
        session().ledger.audit.check(book, shown)
        return shown.head.size
    assert moment.seq is not None
    return moment.seq


# --- the options ----------------------------------------------------------------------------------------


def known_at_option(command: Command) -> Command:
    """`--known-at`: the axis of what the book knew. The command gets the seq of an event, or None."""

    @wraps(command)
    def resolved(*args: Any, known_at: Moment | None, **given: Any) -> Any:
        seq = None if known_at is None else seq_of(given["agreement"], known_at)
        return command(*args, known_at=seq, **given)

    return _known_at(resolved)  # type: ignore[return-value]  # it is called as the command was


def seen_at_option(command: Command) -> Command:
    """`--known-at` for a command that asks the ledger: it is given one that knows what the book knew then."""

    @wraps(command)
    def seen(*args: Any, known_at: Moment | None, **given: Any) -> Any:
        if known_at is not None:
            session().look_back(given["agreement"], seq_of(given["agreement"], known_at))
        return command(*args, **given)

    return _known_at(seen)  # type: ignore[return-value]  # it is called as the command was


def seen_option(command: Command) -> Command:
    """`--known-at` and `--as-of` for a command that asks the ledger for facts: it sees only those."""

    @wraps(command)
    def seen(*args: Any, known_at: Moment | None, as_of: date | None, **given: Any) -> Any:
        if known_at is not None or as_of is not None:
            book = given["agreement"]
            session().look_back(book, None if known_at is None else seq_of(book, known_at), as_of)
        return command(*args, **given)

    return as_of_option(_known_at(seen))  # type: ignore[return-value]  # it is called as the command was


def as_of_option(command: Command) -> Command:
    """`--as-of`: the axis of effective dates."""
    return click.option("--as-of", metavar="DATE", type=DATE, help="Effective up to this day.")(command)


def _known_at(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--known-at", metavar="MOMENT", type=MOMENT,
        help="As the book knew it then: at an event (its seq), an instant, a day, or a checkpoint (its file).",
    )(command)  # fmt: skip
