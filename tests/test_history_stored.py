"""Random histories on a real ledger: neither the store nor the tables that follow it change a figure.

Every way to read a book for settlement is held against the definition, `ledger.settlement.replay`; a new one is
one more line in `READERS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.application import Core, create_store
from ledger.settlement.canonical import canonical_bytes, statement_data
from ledger.settlement.closing import statement_of
from ledger.settlement.knowledge import Facts
from ledger.settlement.statement import Statement
from ledger.terms.written.document import parse_terms
from ledger.values.errors import Refused
from ledger.values.periods import Period
from projections.follower import projected
from tests.auditor import total
from tests.playing import Played, play
from tests.stored import StoredBook, open_ledger
from tests.stores import Stores
from tests.strategies import History, documents, histories
from tests.world import Book

READERS: dict[str, Callable[[Core, str], Facts] | None] = {"replay": None, "tables": projected}

few = settings(max_examples=settings().max_examples // 8)


@contextmanager
def stored(history: History, reader: str, stores: Stores) -> Iterator[Played]:
    """A history played on a ledger in a store that is gone afterwards."""
    with stores.new() as url:
        create_store(url)
        ledger = open_ledger(url, facts=READERS[reader])
        try:
            yield play(history, lambda text: StoredBook(text, ledger))
        finally:
            ledger.close()
            ledger.engine.dispose()


def written(made: Statement) -> bytes:
    """A statement to the byte."""
    return canonical_bytes(statement_data(made))


@pytest.mark.parametrize("reader", READERS)
@few
@given(history=histories())
def test_the_store_changes_nothing(any_stores: Stores, reader: str, history: History) -> None:
    """The same steps on a ledger are accepted and refused alike, and its statements are the same to the byte."""
    expected = play(history, Book)
    with stored(history, reader, any_stores) as found:
        assert found.log == expected.log
        assert [written(made) for made in found.statements] == [written(made) for made in expected.statements]


@few
@given(history=histories(), data=st.data())
def test_what_was_known_is_the_same_from_tables_and_from_events(
    any_stores: Stores, history: History, data: st.DataObject
) -> None:
    """A statement of any period, as known at any moment, is the same from what follows the book as from the book."""
    with stored(history, "tables", any_stores) as found:
        assert isinstance(found.book, StoredBook)
        tables, events = found.book.facts, found.book.ledger.replay("acme-jot")
        for _ in range(4):
            known_at = data.draw(
                st.one_of(st.none(), st.integers(len(found.history.document["parties"]), events.head()))
            )
            period = data.draw(st.sampled_from(periods(events)))
            assert written(statement_of(tables, period, known_at)) == written(statement_of(events, period, known_at))
        assert tables.payouts() == events.payouts()
        assert tables.disputes() == events.disputes()
        assert tables.closings() == events.closings()


@few
@given(history=histories(), data=st.data())
def test_the_effects_of_an_amendment_are_what_it_then_changes(
    any_stores: Stores, history: History, data: st.DataObject
) -> None:
    """What is shown before anybody accepts retroactive terms is what the next close adjusts, party by party."""
    header = {word: history.document[word] for word in ("agreement", "title", "currency", "periods")}
    text = json.dumps(data.draw(documents(header)))
    with stored(history, "replay", any_stores) as found:
        assert isinstance(found.book, StoredBook)
        found.book.close()  # so that nothing else is left to adjust
        terms = parse_terms(text)
        effective_on = max(terms.starts_on, data.draw(st.sampled_from(periods(found.book.facts))).first)
        effects = found.book.ledger.agreements.effects(terms, effective_on)
        try:
            found.book.amend(text, effective_on)
        except Refused:
            assume(False)  # the agreement has ended before
        made = found.book.close()
    adjusted = [{party: figure.minor for party, figure in each.net.items()} for each in made.adjustments]
    assert total(adjusted) == total([effect.net_minor for effect in effects])


def periods(facts: Facts) -> list[Period]:
    """The first periods of an agreement, closed or not."""
    found = [facts.knowledge().first_period]
    while len(found) < 6:
        found.append(found[-1].next())
    return found
