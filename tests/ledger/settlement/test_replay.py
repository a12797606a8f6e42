"""The definition of what settlement reads: every event folded in order, and asked as of any moment."""

from __future__ import annotations

from ledger.settlement.knowledge import Total
from ledger.settlement.replay import Replay
from tests.ledger.settlement.books import advance, book, cost, day, owed, part, recorded, sales, stake, terms


def test_totals_are_sums_of_what_counts() -> None:
    """Per period, kind, name and party, capital by day, results by reporter; with the number of entries behind each."""
    one = recorded(
        book(), S1=sales(100, "01-05"), S2=sales(50, "01-31"), S3=sales(7, "02-01"), S4=sales(9, "01-05", "jot"),
        C1=cost(30, "01-06"), K1=stake(5, "01-07"), A1=advance(2, "01-08"), L1=owed(10, "01-09"),
    )  # fmt: skip
    one.settle("L1", part("P1", 4, "01-20", "jot"))
    one.release("L1", part("P2", 6, "02-20"))
    assert one.facts.knowledge().totals == {
        "2026-01": (
            Total("advance_paid", "", "acme", 2, 0, 1),
            Total("advance_received", "", "jot", 2, 0, 1),
            Total("contribution", "", "acme", 5, 0, 1, day="2026-01-07"),
            Total("cost", "media", "jot", 30, 0, 1),
            Total("liability", "chargebacks", "", 10, 0, 1),
            Total("liability_settled", "chargebacks", "jot", 4, 0, 1),
            Total("result", "sales", "acme", 150, 0, 2, reporter="acme"),
            Total("result", "sales", "jot", 9, 0, 1, reporter="jot"),
        ),
        "2026-02": (
            Total("liability_released", "chargebacks", "", 6, 0, 1),
            Total("result", "sales", "acme", 7, 0, 1, reporter="acme"),
        ),
    }


def test_a_total_of_entries_that_all_went_away_is_none() -> None:
    """Voided, it is as if it had never been; as known before, it is there."""
    one = recorded(book(), S1=sales(100, "01-05"))
    then = one.head
    one.void("S1")
    assert one.facts.knowledge().totals == {}
    assert one.facts.knowledge(then).totals == {
        "2026-01": (Total("result", "sales", "acme", 100, 0, 1, reporter="acme"),)
    }


def test_entries_that_cancel_out_are_still_there() -> None:
    """A sale and its refund add up to nothing, and are two entries that somebody may ask for."""
    one = recorded(book(), S1=sales(100, "01-05"), S2=sales(-100, "01-06"))
    assert one.facts.knowledge().totals == {"2026-01": (Total("result", "sales", "acme", 0, 0, 2, reporter="acme"),)}


def test_changes_are_the_events_between_two_moments_that_touch_days_before_another() -> None:
    """Those after the first moment, up to the second, before the day; with who did it and why."""
    one = recorded(book(), S1=sales(100, "01-05"))
    start = one.head
    recorded(one, S2=sales(50, "01-31"), S3=sales(7, "02-01"), N1=sales(1, "03-01"))
    one.correct("S1", sales(90, "01-05"))
    found = one.facts.changes(start, one.head, day("02-01"))
    assert [(each.seq - start, each.event, each.reference, each.period) for each in found] == [
        (1, "ResultReported", "S2", "2026-01"),
        (4, "EntryCorrected", "S1", "2026-01"),
    ]
    assert [(each.actor, each.reason) for each in found] == [("acme/ann", ""), ("acme/ann", "a slip")]
    assert one.facts.changes(start, start, day("02-01")) == ()
    assert [each.reference for each in one.facts.changes(start, start + 1, day("12-31"))] == ["S2"]


def test_an_event_that_moves_an_entry_changes_both_periods() -> None:
    """Where it was, and where it is now."""
    one = recorded(book(), S1=sales(100, "01-05"))
    start = one.head
    one.correct("S1", sales(100, "02-05"))
    found = one.facts.changes(start, one.head, day("03-01"))
    assert [(each.period, each.effective_on) for each in found] == [
        ("2026-01", day("01-05")),
        ("2026-02", day("02-05")),
    ]


def test_versions_come_into_force_with_the_last_yes() -> None:
    """Known from the event of the last acceptance on, in the order in which they were agreed."""
    one = book()
    one.amend(terms(title="Second"), day("03-01"))
    one.amend(terms(title="Third"), day("02-01"))
    now = one.facts.knowledge()
    assert [(each.terms.title, each.effective_on, each.since_seq) for each in now.versions] == [
        ("Audience acquisition for Acme", day("01-01"), 2),
        ("Second", day("03-01"), 4),
        ("Third", day("02-01"), 6),
    ]
    assert [now.terms_on(day(text)).title for text in ("01-31", "02-01", "03-01")] == [
        "Audience acquisition for Acme", "Third", "Third",
    ]  # fmt: skip
    assert one.facts.knowledge(4).terms_on(day("03-01")).title == "Second"
    assert len(one.facts.knowledge(5).versions) == 2


def test_a_payout_counts_when_it_arrives_and_goes_back_on_its_own_day() -> None:
    """Both stay in the totals, each in its period."""
    one = recorded(book(), S1=sales(100, "01-05"))
    one.close()
    one.pay("acme", "jot", 50, day("02-10"))
    one.reverse("2026-01-1", day("03-01"))
    assert one.facts.knowledge().totals["2026-02"] == (
        Total("payout_paid", "", "acme", 50, 0, 1),
        Total("payout_received", "", "jot", 50, 0, 1),
    )
    assert one.facts.knowledge().totals["2026-03"] == (
        Total("payout_paid", "", "acme", -50, 0, -1),
        Total("payout_received", "", "jot", -50, 0, -1),
    )


def test_a_replay_of_part_of_a_book_is_what_was_known_then() -> None:
    """Nothing after a moment is needed to know what was known at it."""
    one = recorded(book(), S1=sales(100, "01-05"))
    one.close()
    recorded(one, S2=sales(50, "01-31"))
    whole = one.facts
    for seq in range(2, one.head + 1):
        part_only = Replay("acme-jot", one.events[:seq])
        assert part_only.head() == seq
        assert part_only.knowledge() == whole.knowledge(seq)
        assert part_only.closings() == tuple(each for each in whole.closings() if each.seq <= seq)
