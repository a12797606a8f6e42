"""An agreement between Acme and JOT (and sometimes Kim), as small as the book needs it, and who acts in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar, Union

import msgspec

from ledger.book.events import EVENTS, Event, Stamp
from ledger.values.periods import Every

S = TypeVar("S")

ANY_EVENT: Any = Union[EVENTS]  # noqa: UP007  (a union of what a tuple holds)


@dataclass(frozen=True)
class Party:
    name: str
    reports: tuple[str, ...] = ()
    pays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exchange:
    shared: bool = True


@dataclass(frozen=True)
class Account:
    """An account of advances."""

    payer: str
    payee: str


ACME = Party("Acme GmbH", reports=("sales", "signups"), pays=("tracking",))
JOT = Party("JOT Media S.L.", pays=("media",))
KIM = Party("Kim Ltd")


@dataclass(frozen=True)
class Terms:
    """A stand-in for a signed document with the questions that the book asks of one."""

    agreement: str = "acme-jot"
    title: str = "Audience acquisition for Acme"
    parties: Mapping[str, Party] = field(default_factory=lambda: {"acme": ACME, "jot": JOT})
    currency: str = "EUR"
    every: Every = Every.MONTH
    starts_on: date = date(2026, 1, 1)
    advances: Mapping[str, Account] = field(default_factory=dict)
    deals: tuple[str, ...] = ()
    confirm: Mapping[str, int] = field(default_factory=dict)
    silence: int | None = None
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exchange: Mapping[str, Exchange] = field(default_factory=dict)

    @property
    def canonical(self) -> str:
        document = {
            "agreement": self.agreement,
            "currency": self.currency,
            "parties": {slug: {"name": party.name} for slug, party in self.parties.items()},
            "periods": {"every": self.every.value, "from": self.starts_on.isoformat()},
            "title": self.title,
        }
        return json.dumps(document, separators=(",", ":"), sort_keys=True)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.canonical.encode()).hexdigest()


TERMS = Terms()
OF_THREE = replace(TERMS, parties={"acme": ACME, "jot": JOT, "kim": KIM})


def by(actor: str) -> Stamp:
    """A stamp of an actor, at a fixed moment."""
    return Stamp(actor, datetime(2026, 11, 2, 9, 30, tzinfo=UTC), "0123456789abcdef" * 2)


BEN = by("acme/ben")
ANA = by("jot/ana")
LEO = by("jot/leo")
KAI = by("kim/kai")
EVE = by("other/eve")


def after(evolve: Callable[[S, Event], S], state: S, events: Iterable[Event]) -> S:
    """The state after some events, each of which survives being written and strictly read."""
    for event in events:
        assert msgspec.json.decode(msgspec.json.encode(event), type=ANY_EVENT) == event
        state = evolve(state, event)
    return state
