"""What the book needs to know of the terms: parties, currency, periods, who may do what.

The deciders of `ledger.book` ask an agreement's terms a handful of questions and never settle anything.
They see the terms through this window, so that a clause can change without a line of the book.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from ledger.values.periods import Every


class PartyView(Protocol):
    """A party of the agreement: its legal name, the metrics it reports, the categories it pays."""

    @property
    def name(self) -> str: ...

    @property
    def reports(self) -> tuple[str, ...]: ...

    @property
    def pays(self) -> tuple[str, ...]: ...


class ExchangeView(Protocol):
    """How a foreign currency is exchanged: `shared` says that the parties share what holding it gains or loses."""

    @property
    def shared(self) -> bool: ...


class AdvanceView(Protocol):
    """An account of recoupable advances: who pays them, and to whom."""

    @property
    def payer(self) -> str: ...

    @property
    def payee(self) -> str: ...


class TermsView(Protocol):
    """The signed document, as far as recording facts depends on it.

    `confirm` holds, by kind of entry (`result`, `cost`, `advance` and so on), the absolute amount in minor units
    *over* which the counterparty's yes is needed, zero for all of it; a kind that is absent never needs it.
    `silence` is after how many full days without an answer it is not needed any more; None: it always is.
    `roles` holds, by role (`close`, `approve`, `confirm`), the parties or actors that may; a role that is
    absent is any party's. `exchange` has the foreign currencies that entries may be in,
    `deals` are those that the terms share out one by one.
    """

    @property
    def agreement(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def parties(self) -> Mapping[str, PartyView]: ...

    @property
    def currency(self) -> str: ...

    @property
    def every(self) -> Every: ...

    @property
    def starts_on(self) -> date: ...

    @property
    def digest(self) -> str: ...

    @property
    def canonical(self) -> str: ...

    @property
    def advances(self) -> Mapping[str, AdvanceView]: ...

    @property
    def confirm(self) -> Mapping[str, int]: ...

    @property
    def silence(self) -> int | None: ...

    @property
    def exchange(self) -> Mapping[str, ExchangeView]: ...

    @property
    def deals(self) -> Sequence[str]: ...

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]: ...
