"""Commands on agreements: propose, accept, decline, amend, terminate; and what other terms would change."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.application.core import Core, Decision
from ledger.application.issued import check_begun
from ledger.application.signing import Signing
from ledger.book import agreement, closing
from ledger.settlement.knowledge import Knowledge
from ledger.settlement.whatif import Effect, check_comparable, effects
from ledger.store.keys import SigningKey
from ledger.terms.document import Terms
from ledger.values.errors import Refused
from ledger.values.periods import Period, every, parse_period


class Simulation(msgspec.Struct, frozen=True):
    """What periods would have come to under other terms; `closed` are the keys of those with a statement."""

    effects: list[Effect]
    closed: frozenset[str]


class Agreements:
    """The life of an agreement, from proposal to termination."""

    def __init__(self, core: Core, signing: Signing) -> None:
        self._core = core
        self._signing = signing

    def propose(self, terms: Terms) -> Decision:
        """Propose terms; the proposer's party has thereby accepted them, unless they ask for signatures."""
        core = self._core
        return core.decide(lambda: agreement.propose(self._load(terms.agreement), terms, core.stamp()))

    def accept(self, book: str, digest: str | None = None, signer: SigningKey | None = None) -> Decision:
        """Accept the open proposal or amendment for the actor's party, signed where a key is given."""
        core = self._core

        def decision() -> Decision:
            state = core.agreement(book)
            return agreement.accept(state, digest, core.stamp(), self._signature(book, state, digest, signer))

        return core.decide(decision)

    def _signature(
        self, book: str, state: agreement.Agreement, digest: str | None, signer: SigningKey | None
    ) -> str | None:
        """The signature of the terms that are meant."""
        if signer is None:
            return None
        return self._signing.sign(book, agreement.signed_text(book, agreement.named(state, digest).digest), signer)

    def decline(self, book: str, reason: str, digest: str | None = None) -> Decision:
        """Decline the open proposal or amendment; the proposer withdraws it by this."""
        core = self._core
        return core.decide(lambda: agreement.decline(core.agreement(book), digest, reason, core.stamp()))

    def amend(self, terms: Terms, effective_on: date, reason: str) -> Decision:
        """Propose whole new terms from the first day of a settlement period."""
        core = self._core
        book = terms.agreement
        return core.decide(lambda: agreement.amend(core.agreement(book), terms, effective_on, reason, core.stamp()))

    def terminate(self, book: str, effective_on: date, reason: str) -> Decision:
        """End the agreement: `effective_on` is its last day. A period that is closed meanwhile is not overtaken."""
        core = self._core

        def closings() -> closing.Closings:
            return core.load(closing, closing.stream(book))

        def decision() -> Decision:
            last = closing.last_closed(closings())
            last_day = last.period.last if last is not None else None
            return agreement.terminate(core.agreement(book), effective_on, reason, core.stamp(), last_day, core.today)

        return core.decide(decision, unchanged=lambda: {closing.stream(book): closings().version})

    def effects(self, terms: Terms, effective_on: date) -> list[Effect]:
        """What these terms would change in the periods closed so far, if they came into force now."""
        facts = self._core.facts(terms.agreement)
        closings = facts.closings()
        if not closings or closings[-1].period.last < effective_on:
            return []
        found = effects(facts.knowledge(), terms, effective_on, closings[-1].period)
        return [effect for effect in found if effect.net_minor]

    def simulate(self, book: str, terms: Terms, first: Period | None = None, last: Period | None = None) -> Simulation:
        """What these terms would have made of the history of a book, from one period to another; nothing is recorded.

        Where no periods are named it is all of them, up to the last one that is closed or has entries. Raises
        `Refused` for terms that are not for this agreement, and for periods that it does not have.
        """
        facts = self._core.facts(book)
        known, closings = facts.knowledge(), facts.closings()
        check_comparable(known, terms)
        begin = first or known.first_period
        end = last or self._last_lived(known, closings)
        for period in (begin, end):
            check_begun(facts, period, self._core.today)
            if period.first < known.first_period.first or every(period.key) is not terms.every:
                raise Refused(f"{period} is not a period of {book}", f"its first period is {known.first_period}")
        if end.first < begin.first:
            raise Refused(f"{end} is before {begin}", "name the periods from the first to the last")
        found = effects(known, terms, max(begin.first, terms.starts_on), end)
        return Simulation(found, frozenset(closing.period.key for closing in closings))

    def _last_lived(self, known: Knowledge, closings: tuple[closing.Closing, ...]) -> Period:
        """The last period that is closed or has entries, of those that have begun."""
        lived = [known.first_period, *(each.period for each in closings)]
        lived += [period for key in known.totals if (period := parse_period(key)).first <= self._core.today]
        return max(lived)

    def _load(self, book: str) -> agreement.Agreement:
        return self._core.load(agreement, agreement.stream(book))
