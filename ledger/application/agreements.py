"""Commands on agreements: propose, accept, decline, amend, terminate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger.application.core import Core, Decision
from ledger.book import agreement, closing
from ledger.settlement.knowledge import Knowledge, TermsInForce
from ledger.settlement.settle import fold
from ledger.terms.document import Terms
from ledger.values.periods import period_of


@dataclass(frozen=True, slots=True)
class Effect:
    """What other terms would change in a closed period, per party, in minor units."""

    period: str
    net_minor: dict[str, int]


class Agreements:
    """The life of an agreement, from proposal to termination."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def propose(self, terms: Terms) -> Decision:
        """Propose terms; the proposer's party has thereby accepted them."""
        core = self._core
        return core.decide(lambda: agreement.propose(self._load(terms.agreement), terms, core.stamp()))

    def accept(self, book: str, digest: str | None = None) -> Decision:
        """Accept the open proposal or amendment for the actor's party."""
        core = self._core
        return core.decide(lambda: agreement.accept(core.agreement(book), digest, core.stamp()))

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
        now = facts.knowledge()
        version = TermsInForce(terms, effective_on, now.known_at + 1)
        amended = Knowledge(now.agreement, now.known_at, (*now.versions, version), now.totals, now.ended_on)
        upto = closings[-1].period
        found = []
        for old, new in zip(fold(now, upto), fold(amended, upto), strict=True):
            net = {}
            for party in sorted({*old.net, *new.net}):
                before = old.net[party].value if party in old.net else Fraction(0)
                after = new.net[party].value if party in new.net else Fraction(0)
                if before != after:
                    net[party] = int(after - before)
            if net:
                found.append(Effect(old.period.key, net))
        return found

    def _load(self, book: str) -> agreement.Agreement:
        return self._core.load(agreement, agreement.stream(book))


def first_day_of_period(terms: Terms, day: date) -> date:
    """The first day of the settlement period that a day belongs to, from which an amendment may take effect."""
    return max(period_of(day, terms.every).first, terms.starts_on)
