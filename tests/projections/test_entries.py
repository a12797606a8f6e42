"""Which entries count: listed at any moment, and behind every input of a statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.application import Ledger
from ledger.book import entry
from ledger.book.entry import Status
from ledger.book.events import Event, LiabilityPart
from ledger.settlement.leaves import inputs_of
from ledger.settlement.replay import Replay
from ledger.values.errors import Refused, Rejected
from ledger.values.figures import Entries
from ledger.values.money import MICRO
from ledger.values.periods import parse_period
from projections.behind import Counted, behind
from projections.entries import EVERYTHING, Filter, Listed, count_entries, list_entries
from projections.follower import Follower
from tests.projections.histories import followed, some
from tests.projections.story import BOOK, everything
from tests.stores import Stores
from tests.strategies import History, histories


@pytest.fixture
def follower(ledger: Ledger) -> Follower:
    """A follower of a store that holds the story."""
    ledger.save(*everything())
    return Follower(ledger)


def listed(follower: Follower, wanted: Filter = EVERYTHING, known_at: int | None = None) -> list[Listed]:
    """All pages of a listing, by pages of two."""
    page = list_entries(follower, BOOK, wanted, known_at, limit=2)
    found = list(page.entries)
    while page.next is not None:
        page = list_entries(follower, BOOK, wanted, known_at, limit=2, after=page.next)
        found += page.entries
    return found


def references(follower: Follower, **wanted: object) -> list[str]:
    """The references of the entries that pass a filter, in order."""
    return [each.reference for each in listed(follower, Filter(**wanted))]  # type: ignore[arg-type]


# --- lists ------------------------------------------------------------------------------------------------


def test_every_entry_by_its_day(follower: Follower) -> None:
    """All entries stand in the order of their effective dates, each once, over as many pages as it takes."""
    found = listed(follower)
    assert [each.effective_on for each in found] == sorted(each.effective_on for each in found)
    opened = {event.stream.partition("/entry/")[2] for event in everything() if "/entry/" in event.stream}
    assert sorted(each.reference for each in found) == sorted(opened)
    assert count_entries(follower, BOOK) == len(opened)


def test_an_entry_says_what_became_of_it(follower: Follower) -> None:
    """A corrected and confirmed cost shows its content, who recorded it when, and how often it was changed."""
    (found,) = listed(follower, Filter(reference="M-3"))
    assert (found.kind, found.name, found.party, found.counter) == ("cost", "media", "jot", "")
    assert (found.amount_minor, found.quantity_micro, found.currency) == (110_000, None, "EUR")
    assert (found.status, found.recorder, found.version) == (Status.COUNTED, "jot", 4)
    assert (found.recorded_seq, found.changed_seq) == (15, 20)
    assert found.recorded_at == everything()[14].recorded_at
    (noted,) = listed(follower, Filter(reference="S-1"))
    assert (noted.note, noted.status) == ("as exported", Status.VOIDED)


def test_a_liability_shows_what_is_outstanding(follower: Follower) -> None:
    """Of a liability of 900.00, a settled and a released part are gone, and the voided part is owed again."""
    (found,) = listed(follower, Filter(kind="liability"))
    assert (found.amount_minor, found.outstanding_minor) == (90_000, 40_000)
    assert found.effective_on == date(2026, 1, 8)


def test_filters_narrow_the_list(follower: Follower) -> None:
    """By kind, name, party (either side), status, period, days, and the beginning of a reference; and by several."""
    assert references(follower, kind="advance") == ["ADV-1"]
    assert references(follower, name="signups") == ["N-1"]
    assert references(follower, party="jot", kind="advance") == ["ADV-1"]
    assert references(follower, status=Status.AWAITING) == ["M-4"]
    assert references(follower, status=Status.VOIDED) == ["S-1"]
    assert references(follower, period=parse_period("2026-02")) == ["S-2", "S-3", "M-4"]
    assert references(follower, first=date(2026, 1, 30), last=date(2026, 2, 1)) == ["M-5", "S-4", "N-1", "S-2"]
    assert references(follower, reference="S-") == ["S-1", "S-4", "S-2", "S-3"]
    assert references(follower, reference="S-", period=parse_period("2026-01")) == ["S-1", "S-4"]
    assert references(follower, reference="M-_") == []
    assert count_entries(follower, BOOK, Filter(reference="S-", period=parse_period("2026-01"))) == 2


def test_a_list_as_it_was_known(follower: Follower) -> None:
    """At an earlier seq an entry has its earlier content and status, and later entries are not there."""
    (found,) = listed(follower, Filter(reference="M-3"), known_at=18)
    assert (found.status, found.amount_minor, found.version) == (Status.REJECTED, 170_000, 2)
    assert listed(follower, Filter(reference="M-3"), known_at=14) == []
    assert count_entries(follower, BOOK, known_at=5) == 1


def test_pages_must_be_real(follower: Follower) -> None:
    """A page that no list has named is rejected, and so is a book that is not there."""
    for token in ("", "x", "2026-01-05", "2026-01-05.x", "2026-1-5.7", "2026-01-05.-7"):
        with pytest.raises(Rejected):
            list_entries(follower, BOOK, after=token)
    for ask in (list_entries, count_entries):
        with pytest.raises(Refused, match="there is no agreement 'nobody'"):
            ask(follower, "nobody")


# --- behind a figure --------------------------------------------------------------------------------------


def counted(follower: Follower, query: Entries, limit: int = 2) -> list[Counted]:
    """All that is behind an input, over all pages."""
    page = behind(follower, query, limit=limit)
    found = list(page.entries)
    while page.next is not None:
        page = behind(follower, query, limit=limit, after=page.next)
        assert len(page.entries) <= limit
        found += page.entries
    return found


def leaves(replay: Replay, known_at: int | None) -> list[tuple[Entries, int, int]]:
    """Every input of every period with its value: the query, and amount and quantity as totals have them."""
    knowledge = replay.knowledge(known_at)
    found = []
    for key in knowledge.totals:
        inputs = inputs_of(knowledge, parse_period(key))
        for (kind, name), parties in inputs.amounts.items():
            for party, figure in parties.items():
                units = inputs.quantities.get((kind, name), {}).get(party)
                assert figure.entries is not None
                found.append((figure.entries, figure.minor, int(units.value * MICRO) if units else 0))
    return found


def add_up(follower: Follower, replay: Replay, known_at: int | None) -> None:
    """What is behind each input adds up to it: amounts, quantities, and how many count."""
    for query, amount, quantity in leaves(replay, known_at):
        found = counted(follower, query)
        assert sum(each.amount_minor for each in found) == amount
        assert sum(each.quantity_micro for each in found) == quantity
        assert sum(each.count for each in found) == query.count
        assert len({each.reference for each in found}) == len(found)


def test_what_is_behind_an_input_adds_up_to_it(follower: Follower) -> None:
    """At every moment of the story, the entries behind every input add up to its value."""
    replay = follower.core.replay(BOOK)
    for known_at in (None, *range(4, len(everything()), 3)):
        add_up(follower, replay, known_at)


def test_what_is_behind_an_input(follower: Follower) -> None:
    """Media of January: four invoices, who recorded them, and which event made each count as it does."""
    query = Entries(BOOK, "cost", "media", "jot", "2026-01", len(everything()), 4)
    found = [
        (each.reference, each.amount_minor, each.currency, each.seq, each.actor) for each in counted(follower, query)
    ]
    assert found == [
        ("M-1", 60_000, "EUR", 13, "jot/leo"),
        ("M-2", 160_000, "EUR", 17, "acme/ann"),
        ("M-3", 110_000, "EUR", 20, "acme/bob"),
        ("M-5", 70_000, "EUR", 45, "jot/leo"),
    ]


def test_what_was_taken_back_is_not_behind_anything(follower: Follower) -> None:
    """A voided result and one that was moved to another period are left out, once that is known."""
    query = Entries(BOOK, "result", "sales", "acme", "2026-01", 16, 2)
    assert [each.reference for each in counted(follower, query)] == ["S-1", "S-2"]
    later = Entries(BOOK, "result", "sales", "acme", "2026-01", len(everything()), 1)
    assert [each.reference for each in counted(follower, later)] == ["S-4"]


def test_a_part_that_was_taken_back_is_not_behind_anything(follower: Follower) -> None:
    """Of two settlements of a liability in a month, one voided, the other is left, with its day and its event."""
    entries = Ledger(follower.core.url, "acme/ann").entries
    part = LiabilityPart(reference="P-9", effective_on=date(2026, 1, 20), amount_minor=7_000, paid_by="acme")
    entries.settle_liability(BOOK, "CB-1", part)
    query = Entries(BOOK, "liability_settled", "chargebacks", "acme", "2026-01", 51, 2)
    assert [(each.amount_minor, each.count, each.seq) for each in counted(follower, query)] == [(27_000, 2, 51)]
    entries.void(BOOK, "CB-1", "paid by card", "P-9")
    (left,) = counted(follower, Entries(BOOK, "liability_settled", "chargebacks", "acme", "2026-01", 52, 1))
    assert (left.amount_minor, left.count, left.seq, left.effective_on) == (20_000, 1, 22, date(2026, 1, 10))


def test_a_quantity_has_no_currency(follower: Follower) -> None:
    """A number of signups is behind its input without an amount of money."""
    (found,) = counted(follower, Entries(BOOK, "result", "signups", "", "2026-01", len(everything()), 1))
    assert (found.currency, found.amount_minor, found.quantity_micro) == (None, 0, 30_500_000)


def test_a_reversed_payout_is_behind_the_month_it_went_back_in(follower: Follower) -> None:
    """A payout that arrived in February and went back in March counts against March, and stays in February."""
    head, amounts = len(everything()), []
    for period in ("2026-02", "2026-03"):
        (found,) = counted(follower, Entries(BOOK, "payout_paid", "", "acme", period, head, 1))
        assert (found.reference, found.currency) == ("2026-01-2", "EUR")
        amounts.append((found.amount_minor, found.count, found.effective_on.month))
    assert amounts == [(amounts[0][0], 1, 2), (-amounts[0][0], -1, 3)]


# --- random histories -------------------------------------------------------------------------------------


@some
@given(history=histories(), sizes=st.lists(st.integers(1, 12), min_size=1, max_size=3), data=st.data())
def test_whatever_happened(any_stores: Stores, history: History, sizes: list[int], data: st.DataObject) -> None:
    """In any history, lists are what the entries were at that moment, and inputs what is behind them."""
    with followed(history, any_stores, sizes) as (ledger, events):
        follower, replay = Follower(ledger), Replay(BOOK, events)
        for known_at in (
            None,
            *data.draw(st.lists(st.integers(len(ledger.terms(BOOK).parties) + 1, len(events)), max_size=2)),
        ):
            add_up(follower, replay, known_at)
            moment = len(events) if known_at is None else known_at
            found = {each.reference: each for each in listed(follower, known_at=known_at)}
            assert {reference: shown(each) for reference, each in found.items()} == states(events[:moment])


def states(events: Sequence[tuple[int, Event]]) -> dict[str, tuple[object, ...]]:
    """What every entry was after some events, by its own fold."""
    folded: dict[str, tuple[entry.Entry, list[int]]] = {}
    for seq, event in events:
        if "/entry/" in event.stream:
            state, seqs = folded.get(event.stream, (entry.initial(), []))
            folded[event.stream] = entry.evolve(state, event), [*seqs, seq]
    return {
        state.reference: (
            state.status, state.recorder, state.version, seqs[0], seqs[-1],
            state.contents[-1].effective_on, state.contents[-1].amount_minor,
            entry.outstanding_minor(state) if state.contents[-1].__struct_config__.tag == "liability" else None,
        )
        for state, seqs in folded.values()
    }  # fmt: skip


def shown(found: Listed) -> tuple[object, ...]:
    """What a list says of an entry, in the same order."""
    return (
        found.status, found.recorder, found.version, found.recorded_seq, found.changed_seq,
        found.effective_on, found.amount_minor, found.outstanding_minor,
    )  # fmt: skip
