"""Effective on a day, as known at an event: both axes at once, held against a replay of what was known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from ledger.application import Ledger
from ledger.book.events import Event
from ledger.settlement.payable import payables
from ledger.settlement.replay import Replay
from ledger.values.errors import Refused
from ledger.values.periods import Perspective
from projections.balances import balances
from projections.follower import Follower, projected
from projections.perspective import FactsSeen
from tests.projections.story import BOOK, everything, new_ledger
from tests.stores import Stores

EVENTS = everything()
DAYS = [date(2026, 1, 5), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 6), date(2026, 2, 28), date(2026, 6, 1)]


class ReplayUpTo(Replay):
    """The definition: the book replayed, and what belongs to later days left out."""

    def __init__(self, book: str, events: list[tuple[int, Event]], last: date) -> None:
        super().__init__(book, events)
        self._moved = [moved for moved in self._moved if moved.movement.effective_on <= last]


@pytest.fixture(scope="module")
def ledger(any_stores: Stores) -> Iterator[Ledger]:
    """The whole story on a store."""
    with any_stores.new() as url, closing(new_ledger(url)) as made:
        made.save(*EVENTS)
        yield made


def replayed(known_at: int, last: date = date.max) -> Replay:
    return ReplayUpTo(BOOK, list(enumerate(EVENTS[:known_at], 1)), last)


@pytest.mark.parametrize("day", [None, *DAYS], ids=str)
def test_what_is_seen_is_what_a_replay_of_it_says(ledger: Ledger, day: date | None) -> None:
    """At every event and on every day: totals, changes, closings, payouts and disputes are those of then."""
    follower = Follower(ledger)
    for known_at in range(4, len(EVENTS) + 1):
        seen = FactsSeen(follower, BOOK, Perspective(day, known_at))
        then = replayed(known_at, day or date.max)
        assert seen.head() == then.head()
        assert seen.closings() == then.closings()
        assert seen.knowledge() == then.knowledge()
        assert seen.payouts() == then.payouts()
        assert seen.disputes() == then.disputes()
        for close in seen.closings():
            assert seen.knowledge(close.cutoff_seq) == then.knowledge(close.cutoff_seq)
            before = close.period.next().first
            assert seen.changes(close.cutoff_seq, known_at, before) == then.changes(close.cutoff_seq, known_at, before)
            assert seen.counts(close.cutoff_seq, known_at, before) == then.counts(close.cutoff_seq, known_at, before)
            if day is None:
                assert seen.decided(close.cutoff_seq, known_at) == then.decided(close.cutoff_seq, known_at)


def test_balances_of_then_are_those_that_were_shown_then(ledger: Ledger, any_stores: Stores) -> None:
    """What is payable at an event that is long past is what the book said when it was the newest."""
    for known_at in range(30, len(EVENTS) + 1, 5):
        day = date(2026, 2, 20)
        with any_stores.new() as url, closing(new_ledger(url)) as now:
            now.save(*EVENTS[:known_at])
            shown = balances(now, BOOK, Perspective(day))
        remembered = balances(ledger, BOOK, Perspective(day, known_at))
        assert remembered.plan == shown.plan
        assert remembered.balances == shown.balances
        assert (remembered.known_at, remembered.last) == (known_at, shown.last)
        if shown.plan is not None:
            assert shown.plan.payables == payables(replayed(known_at))


def test_balances_of_a_day_end_with_what_belongs_to_it(ledger: Ledger) -> None:
    """On the last day of a period the draft is the statement of that period as known now."""
    seen = balances(ledger, BOOK, Perspective(date(2026, 2, 28)))
    expected = ledger.statements.statement(BOOK, seen.draft.period, len(EVENTS))
    assert [each.draft_minor for each in seen.balances] == [each.closing.minor for each in expected.accounts]


def test_every_entry_changes_a_balance_on_its_own_day(ledger: Ledger) -> None:
    """Between two neighbouring days lies what belongs to the second: JOT's payout of February 6th, arrived."""
    at = next(seq for seq, event in enumerate(EVENTS, 1) if type(event).__name__ == "PayoutSettled")
    fifth, sixth = (balances(ledger, BOOK, Perspective(date(2026, 2, day), at)) for day in (5, 6))
    payout = next(each for each in replayed(at).payouts() if each.settled is not None)
    assert payout.order is not None
    moved = {
        after.party: after.draft_minor - before.draft_minor
        for before, after in zip(fifth.balances, sixth.balances, strict=True)
    }
    assert moved == {payout.order.payer: payout.order.amount_minor, payout.order.payee: -payout.order.amount_minor}


def test_balances_need_an_agreement_in_force_on_the_day(ledger: Ledger) -> None:
    """No balance before the agreement began, was in force, or exists."""
    with pytest.raises(Refused, match="2025-12 is not a period of acme-jot"):
        balances(ledger, BOOK, Perspective(date(2025, 12, 31)))
    with pytest.raises(Refused, match="no terms of acme-jot were in force yet"):
        balances(ledger, BOOK, Perspective(None, 2))
    with pytest.raises(Refused, match="there is no agreement 'nope'"):
        balances(ledger, "nope")


def test_without_a_perspective_it_is_now(ledger: Ledger) -> None:
    """The newest event and today, or the agreement's first day where that is still to come."""
    seen = balances(ledger, BOOK)
    assert (seen.as_of, seen.known_at) == (max(ledger.today, date(2026, 1, 1)), len(EVENTS))
    assert projected(ledger, BOOK).head() == seen.known_at
