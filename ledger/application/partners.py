"""Commands on the partners: who comes, who goes, another ratio, assets that are worth more or less.

What was agreed is completed here: the capital that it starts from is read from the book where it is not given, and the
change is worked out. It is then recorded as any entry is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.application.core import Core, Decision
from ledger.application.entries import Entries
from ledger.book import entry
from ledger.book.partner_facts import (
    CAPITAL_FACTS,
    Admission,
    CapitalFact,
    Method,
    RatioChange,
    Retirement,
    Revaluation,
    Revalued,
    Valuation,
)
from ledger.book.partner_rules import worked_out
from ledger.book.partnership import Change, Given, change_of, value_of
from ledger.settlement.holdings import capital_on
from ledger.values.errors import Refused

Ratios = Mapping[str, Fraction]


class Partners:
    """The life of a partnership, apart from its results."""

    def __init__(self, core: Core, entries: Entries) -> None:
        self._core = core
        self._entries = entries

    def admit(
        self, book: str, reference: str, party: str, *, on: date, paid_in_minor: int, interest: Fraction,
        ratio: Ratios, method: Method = "bonus", capital: Mapping[str, int] | None = None, **details: Any,
    ) -> Decision:  # fmt: skip
        """A new partner pays in, for an interest in the capital of all.

        `ratio` is how the old partners share what that brings or costs them. `capital` is theirs before, in minor
        units (None: as the book has it on that day). `details` as for `Entries.record`.
        """
        fact = Admission(
            party=party, effective_on=on, amount_minor=paid_in_minor, currency=self._currency(book),
            interest=str(interest), method=method, ratio=_written(ratio), change_minor={},
            capital_minor=self._capital(book, reference, on, ratio, capital),
        )  # fmt: skip
        return self._record(book, reference, fact, details)

    def retire(
        self, book: str, reference: str, party: str, *, on: date, paid_minor: int, ratio: Ratios,
        method: Method = "bonus", capital: Mapping[str, int] | None = None, **details: Any,
    ) -> Decision:  # fmt: skip
        """A partner leaves and is paid for its capital. `ratio` and `capital` are those of all, its own included."""
        fact = Retirement(
            party=party, effective_on=on, amount_minor=paid_minor, currency=self._currency(book), method=method,
            ratio=_written(ratio), capital_minor=self._capital(book, reference, on, ratio, capital), change_minor={},
        )  # fmt: skip
        return self._record(book, reference, fact, details)

    def change_ratio(
        self, book: str, reference: str, *, on: date, old: Ratios, new: Ratios, goodwill_minor: int | None = None,
        valuation: Valuation | None = None, **details: Any,
    ) -> Decision:  # fmt: skip
        """The partners share in another ratio; who gains makes it good, of a goodwill that is given or valued."""
        code = self._currency(book)
        if goodwill_minor is None:
            goodwill_minor = value_of(Given(code), valuation)[-1].minor if valuation and valuation.profits_minor else 0
        fact = RatioChange(
            effective_on=on, amount_minor=goodwill_minor, currency=code, old=_written(old), new=_written(new),
            valuation=valuation, change_minor={},
        )  # fmt: skip
        return self._record(book, reference, fact, details)

    def revalue(
        self, book: str, reference: str, *, on: date, assets: Sequence[Revalued], ratio: Ratios, **details: Any
    ) -> Decision:
        """Assets are found to be worth more or less than they stood at."""
        fact = Revaluation(
            effective_on=on, currency=self._currency(book), assets=tuple(assets), ratio=_written(ratio), change_minor={}
        )
        return self._record(book, reference, fact, details)

    def capital_on(self, book: str, day: date) -> dict[str, int]:
        """The capital of each party at the end of a day, in minor units, as the book knows it now."""
        return capital_on(self._core.facts(book).knowledge(), day)

    def derivation(self, book: str, reference: str, version: int | None = None) -> tuple[CapitalFact, Change]:
        """What an entry says of the partners, and how its change of their capital follows.

        `version` is that of the entry's stream (None: the present one). Raises `Refused` for another kind of entry.
        """
        stream = entry.stream(book, reference)
        events = self._core.streams([stream])[stream][:version]
        state = entry.initial()
        for event in events:
            state = entry.evolve(state, event)
        fact = entry.current(state)
        if not isinstance(fact, CAPITAL_FACTS):
            raise Refused(f"{reference} is no change among partners", f"list them: pactbook entries {book}")
        return fact, change_of(fact, stream)

    # --- helpers ------------------------------------------------------------------------------------------

    def _record(self, book: str, reference: str, fact: CapitalFact, details: dict[str, Any]) -> Decision:
        return self._entries.record(book, reference, worked_out(fact), **details)

    def _currency(self, book: str) -> str:
        return self._core.terms(book).currency

    def _capital(
        self, book: str, reference: str, day: date, ratio: Ratios, given: Mapping[str, int] | None
    ) -> dict[str, int]:
        """The capital that a change starts from: as given, as recorded under this reference, or as the book has it."""
        if given is not None:
            return dict(given)
        state = self._core.load(entry, entry.stream(book, reference))
        before = state.contents[-1] if state.contents else None
        if isinstance(before, Admission | Retirement):
            return before.capital_minor
        held = self.capital_on(book, day)
        return {party: held.get(party, 0) for party in ratio}


def _written(ratio: Ratios) -> dict[str, str]:
    return {party: str(part) for party, part in ratio.items()}
