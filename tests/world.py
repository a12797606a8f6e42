"""A book without a store: commands are decided by the deciders, and what they decide is kept in a list.

Tests of what follows from a book (`ledger.settlement`) play it here, many times a second. `tests.stored` has the
same book on a real ledger.
"""

from __future__ import annotations

from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Protocol, TypeVar

from ledger.book import agreement, closing, dispute, entry, liability, payout, rate
from ledger.book.entry import Entry
from ledger.book.events import Event, Fact, LiabilityPart, Stamp
from ledger.book.silence import accept_by_silence
from ledger.settlement import canonical
from ledger.settlement.closing import closing_statement, statement_of
from ledger.settlement.knowledge import Facts
from ledger.settlement.replay import Replay
from ledger.settlement.silence import run_out
from ledger.settlement.statement import Statement
from ledger.terms.document import Terms
from ledger.terms.written.document import parse_terms, read_canonical
from ledger.values.periods import Period, parse_period

S = TypeVar("S")


class Room(Protocol[S]):
    """A stream's module: where its states begin and how events change them."""

    def initial(self) -> S: ...

    def evolve(self, state: S, event: Event) -> S: ...


NOW = datetime(2040, 1, 1, 12, tzinfo=UTC)
"""When all begins to be recorded: after the end of every period that tests close."""


class Book:
    """One agreement, in force from the first event on, and all that happens under it."""

    def __init__(self, text: str) -> None:
        terms = parse_terms(text)
        self.slug = terms.agreement
        self._kept: list[tuple[int, Event]] = []
        self.now = NOW
        self.parties = tuple(terms.parties)
        proposer, *others = self.parties
        self.put(agreement.propose(agreement.initial(), terms, self.by(proposer)))
        for party in others:
            self.accept(party)

    def fork(self) -> Book:
        """The same book, to go on with in another way."""
        other = copy(self)
        other._kept = list(self._kept)
        return other

    # --- who, when, and what is known -------------------------------------------------------------------

    def by(self, party: str, person: str = "ann") -> Stamp:
        """A stamp of a person of a party; salts count, so that no two events are the same."""
        return Stamp(f"{party}/{person}", self.now, f"{self.head + 1:032x}")

    def wait(self, days: int) -> None:
        """Some days pass."""
        self.now += timedelta(days=days)

    def put(self, events: list[Event]) -> list[Event]:
        """Keep what was decided."""
        for event in events:
            self._kept.append((self.head + 1, event))
        return events

    @property
    def events(self) -> list[tuple[int, Event]]:
        """Every event with its seq."""
        return self._kept

    @property
    def head(self) -> int:
        """The seq of the newest event."""
        return len(self._kept)

    @property
    def facts(self) -> Facts:
        """What the book says now."""
        return Replay(self.slug, self.events)

    def load(self, room: Room[S], stream: str) -> S:
        """The present state of a stream."""
        return reduce(room.evolve, (event for _, event in self.events if event.stream == stream), room.initial())

    def entry(self, reference: str) -> Entry:
        """The present state of an entry."""
        return self.load(entry, entry.stream(self.slug, reference))

    def terms_on(self, day: date) -> Terms | None:
        """The terms in force on a day."""
        version = agreement.version_on(self.load(agreement, agreement.stream(self.slug)), day)
        return None if version is None else read_canonical(version.terms)

    @property
    def terms(self) -> Terms:
        """The terms that govern today."""
        return self.governing(NOW.date())

    def governing(self, day: date) -> Terms:
        """The terms that govern a day; after the end of the agreement those of its last day."""
        version = agreement.governing(self.load(agreement, agreement.stream(self.slug)), day)
        assert version is not None
        return read_canonical(version.terms)

    # --- the agreement ------------------------------------------------------------------------------------

    def accept(self, party: str) -> list[Event]:
        """A party says yes to what is open."""
        state = self.load(agreement, agreement.stream(self.slug))
        return self.put(agreement.accept(state, None, self.by(party)))

    def amend(self, text: str, effective_on: date) -> list[Event]:
        """Whole new terms from a day on, accepted by all who are asked."""
        state = self.load(agreement, agreement.stream(self.slug))
        made = self.put(agreement.amend(state, parse_terms(text), effective_on, "as agreed", self.by(self.parties[0])))
        if not made:
            return []
        asked = self.load(agreement, agreement.stream(self.slug)).versions[-1].asked
        for party in sorted(asked - {self.parties[0]}):
            made += self.accept(party)
        return made

    def terminate(self, effective_on: date) -> list[Event]:
        """The agreement ends with a day."""
        state, closed = self.load(agreement, agreement.stream(self.slug)), self.facts.closings()
        who, last = self.by(next(iter(self.terms.parties))), closed[-1].period.last if closed else None
        return self.put(agreement.terminate(state, effective_on, "it is done", who, last, NOW.date()))

    def fix(self, code: str, quoted: rate.Quoted, party: str = "", reason: str | None = None) -> list[Event]:
        """Fix the rate of a day."""
        state = self.load(rate, rate.stream(self.slug, code))
        return self.put(rate.fix(state, code, quoted, self.terms, self.by(party or self.parties[0]), reason=reason))

    # --- entries ------------------------------------------------------------------------------------------

    def record(self, reference: str, fact: Fact, party: str = "") -> list[Event]:
        """Record a fact, by default by the party whose it is."""
        who = party or owner(fact) or self.parties[0]
        terms = self.terms_on(fact.effective_on)
        return self.put(entry.record(self.entry(reference), reference, fact, terms, self.by(who)))

    def correct(self, reference: str, fact: Fact) -> list[Event]:
        """Replace the content of an entry, by who recorded it."""
        state = self.entry(reference)
        terms = self.terms_on(fact.effective_on)
        return self.put(entry.correct(state, fact, "a slip", terms, self.by(state.recorder or self.parties[0])))

    def void(self, reference: str, part: str | None = None) -> list[Event]:
        """Take an entry, or a part of a liability, back."""
        state = self.entry(reference)
        recorders = {each.content.reference: each.recorder for each in state.parts}
        who = recorders.get(part or "", state.recorder) or self.parties[0]
        return self.put(entry.void(state, "not ours", self.by(who), part=part))

    def confirm(self, reference: str, party: str) -> list[Event]:
        """The counterparty says yes."""
        state = self.entry(reference)
        terms = self.governing(entry.current(state).effective_on)
        return self.put(entry.confirm(state, terms, self.by(party), also=(self.terms,)))

    def reject(self, reference: str, party: str) -> list[Event]:
        """The counterparty says no."""
        state = self.entry(reference)
        terms = self.governing(entry.current(state).effective_on)
        return self.put(entry.reject(state, "not agreed", terms, self.by(party), also=(self.terms,)))

    def settle(self, reference: str, part: LiabilityPart) -> list[Event]:
        """A party pays (a part of) a liability."""
        state, who = self.entry(reference), self.by(part.paid_by or self.parties[0])
        terms, *also = self._terms_of_part(state, part)
        return self.put(liability.settle_liability(state, part, terms, who, also=also))

    def release(self, reference: str, part: LiabilityPart) -> list[Event]:
        """(A part of) a liability is not owed."""
        state, who = self.entry(reference), self.by(self.parties[0])
        terms, *also = self._terms_of_part(state, part)
        return self.put(liability.release_liability(state, part, "it was not owed", terms, who, also=also))

    def _terms_of_part(self, state: Entry, part: LiabilityPart) -> list[Terms]:
        days = (part.effective_on, entry.current(state).effective_on, NOW.date())
        return [self.governing(day) for day in days]

    # --- statements ---------------------------------------------------------------------------------------

    def next_period(self) -> Period:
        """The next period to close."""
        state = self.load(closing, closing.stream(self.slug))
        return closing.next_period(state, self.terms.first_period)

    def close(self) -> Statement:
        """Close the next period."""
        period, today_terms = self.next_period(), self.terms
        who = self.by(next(iter(today_terms.parties)))
        for waiting, days in run_out(self.facts, self.now):
            self.put(accept_by_silence(waiting.entry, days, self.by(who.party)))
        facts = self.facts
        made = closing_statement(facts, period)
        self.put(
            closing.close(
                self.load(closing, closing.stream(self.slug)), period, made.terms, who, today_terms=today_terms,
                cutoff_seq=self.head, root="0" * 64, statement=canonical.digest(made),
                closing_minor={account.party: account.closing.minor for account in made.accounts}, today=NOW.date(),
            )
        )  # fmt: skip
        return made

    def statement(self, period: str, known_at: int | None = None) -> Statement:
        """A statement as issued, or as known at a seq."""
        return statement_of(self.facts, parse_period(period), known_at)

    # --- payouts and disputes -----------------------------------------------------------------------------

    def pay(self, payer: str, payee: str, amount_minor: int, day: date) -> list[Event]:
        """A payment is proposed, approved by a second person, and arrives on a day."""
        closings = self.facts.closings()
        period = closings[-1].period.key if closings else self.next_period().key
        name = f"{period}-{len(self.facts.payouts()) + 1}"
        self.put(
            payout.propose(
                payout.initial(), name, period=period, payer=payer, payee=payee, amount_minor=amount_minor,
                due_on=day, terms=self.terms, stamp=self.by(payer),
            )
        )  # fmt: skip
        self.put(payout.approve(self.payout(name), self.terms, self.by(payee, "bob")))
        return self.put(payout.settle(self.payout(name), day, self.by(payer)))

    def reverse(self, name: str, day: date) -> list[Event]:
        """The money of a payout goes back."""
        state = self.payout(name)
        assert state.order is not None
        return self.put(payout.reverse(state, day, "recalled", self.by(state.order.payer)))

    def payout(self, name: str) -> payout.Payout:
        """The present state of a payout."""
        return self.load(payout, payout.stream(self.slug, name))

    def dispute(self, party: str, effect_minor: dict[str, int]) -> list[Event]:
        """A party disputes its last closing balance, and says what accounts should change by."""
        closing_now = self.facts.closings()[-1] if self.facts.closings() else None
        if closing_now is None:
            return []
        period = closing_now.period.key
        stated = closing_now.closing_minor.get(party, 0)
        return self.put(
            dispute.open_dispute(
                dispute.initial(), f"{period}-{len(self.facts.disputes()) + 1}", period=period,
                figure=f"{self.slug}/{period}/{party}/closing", stated_minor=stated,
                expected_minor=stated + effect_minor[party], effect_minor=effect_minor, reason="it is not so",
                terms=self.terms, stamp=self.by(party), others=self.facts.disputes(),
            )
        )  # fmt: skip


def owner(fact: Fact) -> str | None:
    """The party that a fact is about, who records it."""
    for field in ("collected_by", "paid_by", "party"):
        if found := getattr(fact, field, None):
            return str(found)
    return None
