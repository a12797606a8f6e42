"""What changed and why, over random histories: the effects of all causes add up to every difference, exactly."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from ledger.settlement.across import across
from ledger.settlement.closing import statement_of
from ledger.settlement.difference import Changed, between, causes_of, lines_of
from ledger.settlement.statement import Statement
from ledger.values.errors import Refused
from tests.playing import Played, play
from tests.strategies import History, histories
from tests.world import Book

laws = settings(max_examples=max(5, settings().max_examples // 4))


def played(history: History) -> Played:
    """A history with at least one close."""
    found = play(history, Book)
    assume(found.statements)
    return found


def some_states(data: st.DataObject, found: Played) -> tuple[Statement, Statement]:
    """A period of the book in two states of knowledge, the later one second."""
    facts = found.book.facts
    period = data.draw(st.sampled_from([made.period for made in found.statements]))
    seqs = sorted(data.draw(st.tuples(*[st.integers(len(found.history.document["parties"]), facts.head())] * 2)))
    try:
        then, now = (statement_of(facts, period, seq) for seq in seqs)
    except Refused:
        assume(False)
    return then, now


def check(rows: list[Changed], then: Statement, now: Statement) -> None:
    """Every row of either statement is there, and its effects are its difference."""
    old, new = lines_of(then), lines_of(now)
    assert {row.key for row in rows} == old.keys() | new.keys()
    for row in rows:
        before, after = (lines[row.key][1].value if row.key in lines else Fraction(0) for lines in (old, new))
        assert row.difference == after - before
        assert sum((effect for _, effect in row.effects), Fraction(0)) == row.difference, row
        assert all(effect for _, effect in row.effects)


@laws
@given(histories(), st.data())
def test_events_account_for_every_difference(history: History, data: st.DataObject) -> None:
    """Whatever two moments are compared: nothing is left that no event has done."""
    found = played(history)
    then, now = some_states(data, found)
    facts = found.book.facts
    rows = between(facts, then, now)
    check(rows, then, now)
    causes = causes_of(facts, then.known_at, now.known_at, now.period.last)
    event(f"{min(len(causes), 9)} causes")
    last = causes[-1].last_seq if causes else then.known_at
    assert {key: figure.value for key, (_, figure) in lines_of(statement_of(facts, now.period, last)).items()} == {
        key: figure.value for key, (_, figure) in lines_of(now).items()
    }


@laws
@given(histories(), st.data())
def test_an_event_is_told_what_it_did(history: History, data: st.DataObject) -> None:
    """The effect of a cause is the difference between the statement behind it and the one before it."""
    found = played(history)
    then, now = some_states(data, found)
    facts = found.book.facts
    causes = causes_of(facts, then.known_at, now.known_at, now.period.last)
    assume(causes)
    cause = data.draw(st.sampled_from(causes))
    before, after = (lines_of(statement_of(facts, now.period, seq)) for seq in (cause.first_seq - 1, cause.last_seq))
    for row in between(facts, then, now):
        effect = sum((effect for each, effect in row.effects if each == cause), Fraction(0))
        values = (lines[row.key][1].value if row.key in lines else Fraction(0) for lines in (after, before))
        assert effect == next(values) - next(values)


@laws
@given(histories(), st.data())
def test_kinds_of_entries_account_for_every_difference(history: History, data: st.DataObject) -> None:
    """Where there are too many events to tell them one by one."""
    found = played(history)
    then, now = some_states(data, found)
    check(between(found.book.facts, then, now, each=0), then, now)


@laws
@given(histories(), st.data())
def test_inputs_account_for_the_difference_of_two_periods(history: History, data: st.DataObject) -> None:
    """Each figure differs by what its inputs do, and by what other terms make of them."""
    found = played(history)
    then, now = (data.draw(st.sampled_from(found.statements)) for _ in range(2))
    rows = across(then, now)
    check(rows, then, now)
    if then is now:
        assert not any(row.effects for row in rows)
