"""What a statement says: opening, lines, adjustments, closing, and why they are what they are."""

from __future__ import annotations

import pytest

from ledger.book.events import Result
from ledger.values.figures import Op
from tests.ledger.settlement.books import (
    adjusted,
    advance,
    book,
    closing,
    cost,
    day,
    owed,
    part,
    recorded,
    rows,
    sales,
    stake,
    terms,
    unstake,
)


def test_a_statement_tells_the_whole_period() -> None:
    """Acme collected 1000.00, JOT paid 300.00 of media; both get half of the 700.00, and Acme holds JOT's part."""
    shared = {"results": ["sales"], "less costs": ["media"]}
    made = recorded(book(pool=shared), S1=sales(100_000, "01-05"), C1=cost(30_000, "01-06")).close()
    assert rows(made, "acme") == [
        ("opening", "", 0),
        ("line", "shares[1]", 35_000),
        ("line", "pool.results", -100_000),
        ("closing", "", -65_000),
    ]
    assert rows(made, "jot") == [
        ("opening", "", 0),
        ("line", "shares[1]", 35_000),
        ("line", "pool.costs", 30_000),
        ("closing", "", 65_000),
    ]


def test_a_share_of_parts_has_a_row_for_each() -> None:
    """The rows are whole cents, and add up to the share."""
    shares = [{"fee": {"to": "jot", "rate": "1/3", "of": "sales"}}, {"split": {"acme": "1/3", "jot": "2/3"}}]
    made = recorded(book(shares=shares, short="in order"), S1=sales(5_000, "01-05")).close()
    assert rows(made, "jot") == [
        ("opening", "", 0),
        ("line", "shares[1]", 1_667),  # 1666.67
        ("line", "shares[2]", 2_222),  # 2222.22
        ("closing", "", 3_889),  # 3888.89
    ]


def test_rounding_is_a_row_of_its_own() -> None:
    """Two parts of 0.50 each are shown as 1 and 1; the share is 1, so rounding is -1."""
    shares = [{"fee": {"to": "jot", "rate": "50%", "of": "sales"}}, {"split": {"acme": "0%", "jot": "100%"}}]
    made = recorded(book(shares=shares, short="in order"), S1=sales(1, "01-05")).close()
    assert rows(made, "jot") == [
        ("opening", "", 0),
        ("line", "shares[1]", 1),
        ("line", "shares[2]", 1),
        ("line", "rounding", -1),
        ("closing", "", 1),
    ]


def test_a_share_of_nothing_is_a_row_too() -> None:
    """Nothing happened, and both parties see that their share of it is nothing."""
    made = book().close()
    for party in ("acme", "jot"):
        assert rows(made, party) == [("opening", "", 0), ("line", "shares[1]", 0), ("closing", "", 0)]


def test_payments_between_parties_are_rows_on_both_accounts() -> None:
    """An advance and a payout: the payer's balance rises, the payee's falls."""
    one = recorded(book(), S1=sales(100_000, "01-05"), A1=advance(20_000, "01-10"))
    one.pay("acme", "jot", 25_000, day("01-20"))
    made = one.close()
    assert [amount for _, _, amount in rows(made, "jot")] == [0, 50_000, -20_000, -25_000, 5_000]
    assert [amount for _, _, amount in rows(made, "acme")] == [0, 50_000, -100_000, 20_000, 25_000, -5_000]


def test_a_liability_is_borne_at_once_and_owed_until_it_is_settled() -> None:
    """JOT pays a chargeback in February that January bore; what is still owed outside stands beside the accounts."""
    pool = {"results": ["sales"], "less liabilities": ["chargebacks"]}
    one = recorded(book(pool=pool), S1=sales(100_000, "01-05"), L1=owed(10_000, "01-20"))
    january = one.close()
    assert (closing(january), january.liabilities.minor) == ({"acme": -55_000, "jot": 45_000}, 10_000)
    one.settle("L1", part("P1", 6_000, "02-10", "jot"))
    february = one.close()
    assert (closing(february), february.liabilities.minor) == ({"acme": -55_000, "jot": 51_000}, 4_000)
    one.release("L1", part("P2", 4_000, "03-10"))
    march = one.close()
    assert (closing(march), march.liabilities.minor) == ({"acme": -53_000, "jot": 53_000}, 0)


# --- adjustments ------------------------------------------------------------------------------------------


def test_a_late_entry_is_an_adjustment_of_the_next_statement() -> None:
    """January was issued without 99.00 of sales; February posts the difference and names the entry."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    january = one.close()
    recorded(one, S2=sales(9_900, "01-31"), S3=sales(50_000, "02-05"))
    february = one.close()
    assert closing(january) == closing(one.statement("2026-01")) == {"acme": -50_000, "jot": 50_000}
    assert adjusted(february) == [("2026-01", {"acme": -4_950, "jot": 4_950}, ["S2"])]
    assert rows(february, "jot") == [
        ("opening", "", 50_000),
        ("line", "shares[1]", 25_000),
        ("adjustment", "", 4_950),
        ("closing", "", 79_950),
    ]


def test_a_correction_is_adjusted_where_it_was_and_where_it_goes() -> None:
    """An entry moved from January to February, when January is closed: January loses it, February has it."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    one.correct("S1", sales(100_000, "02-01"))
    february = one.close()
    assert adjusted(february) == [("2026-01", {"acme": 50_000, "jot": -50_000}, ["S1"])]
    assert closing(february) == {"acme": -50_000, "jot": 50_000}


def test_a_void_takes_back_what_was_shared() -> None:
    """After the void nothing is left of the entry, and what was issued still shows it."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    january = one.close()
    one.void("S1")
    assert closing(one.close()) == {"acme": 0, "jot": 0}
    assert closing(one.statement("2026-01")) == closing(january) == {"acme": -50_000, "jot": 50_000}


def test_an_entry_counts_from_when_it_is_confirmed() -> None:
    """What awaited confirmation at the close is an adjustment after the counterparty's yes, not before."""
    one = book(confirm={"results over": "500"})
    recorded(one, S1=sales(100_000, "01-05"))
    assert closing(one.close()) == {"acme": 0, "jot": 0}
    one.confirm("S1", "jot")
    february = one.close()
    assert adjusted(february) == [("2026-01", {"acme": -50_000, "jot": 50_000}, ["S1"])]


def test_retroactive_terms_adjust_every_period_that_they_govern() -> None:
    """From January on Acme has 75%: January and February, both issued, are adjusted in March."""
    one = recorded(book(), S1=sales(100_000, "01-05"), S2=sales(200_000, "02-05"))
    one.close()
    one.close()
    one.amend(terms(shares=[{"split": {"acme": "75%", "jot": "25%"}}]), day("01-01"))
    march = one.close()
    assert adjusted(march) == [
        ("2026-01", {"acme": 25_000, "jot": -25_000}, ["agreement"]),
        ("2026-02", {"acme": 50_000, "jot": -50_000}, ["agreement"]),
    ]
    assert {change.event for each in march.adjustments for change in each.causes} == {"AmendmentAccepted"}


def test_another_remainder_rule_is_a_cause_like_any_other() -> None:
    """The odd cent of January goes to JOT under the new terms: an adjustment of January, which names them."""
    one = recorded(book(), S1=sales(1, "01-05"))
    one.close()
    one.amend(terms(rounding={"to": "jot"}), day("01-01"))
    assert adjusted(one.close()) == [("2026-01", {"acme": -1, "jot": 1}, ["agreement"])]


def test_a_cent_that_moves_on_is_an_adjustment_of_rounding() -> None:
    """January's late cent goes to Acme, who holds it; so February's, which was Acme's, is now due to JOT."""
    one = recorded(book(), S2=sales(1, "02-05"))
    one.close()
    one.close()
    recorded(one, S1=sales(1, "01-05"))
    assert adjusted(one.close()) == [("2026-01", {}, ["S1"]), ("rounding", {"acme": -1, "jot": 1}, [])]


def test_amended_from_its_first_day_on_an_agreement_begins_with_the_new_terms() -> None:
    """Its first period began before that day, and is settled by the terms of its last one."""
    begins = {"every": "month", "from": "2026-01-15"}
    one = recorded(book(periods=begins), S1=sales(1_000, "01-20"))
    one.amend(terms(periods=begins, shares=[{"split": "jot"}]), day("01-15"))
    assert closing(one.close()) == {"acme": -1_000, "jot": 1_000}


def test_new_terms_leave_what_was_before_them_alone() -> None:
    """An amendment from February on changes February, whenever the facts are recorded."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.amend(terms(shares=[{"split": {"acme": "75%", "jot": "25%"}}]), day("02-01"))
    recorded(one, S2=sales(100_000, "02-05"), S3=sales(2_000, "01-06"))
    assert {party: share.minor for party, share in one.close().settlement.shares.items()} == {
        "acme": 51_000,
        "jot": 51_000,
    }
    assert {party: share.minor for party, share in one.close().settlement.shares.items()} == {
        "acme": 75_000,
        "jot": 25_000,
    }


def test_a_period_may_change_because_one_before_it_did() -> None:
    """A cost found late makes January a loss that February would have had to make good first."""
    pool = {"results": ["sales"], "less costs": ["media"]}
    one = recorded(book(pool=pool, losses="carried forward"), S2=sales(100_000, "02-05"))
    one.close()
    one.close()
    recorded(one, C1=cost(30_000, "01-06"))
    march = one.close()
    assert adjusted(march) == [
        ("2026-01", {"jot": 30_000}, ["C1"]),
        ("2026-02", {"acme": -15_000, "jot": -15_000}, []),
    ]
    assert closing(march) == {"acme": -65_000, "jot": 65_000}


def test_the_order_of_late_entries_names_each_event_once() -> None:
    """Two events on one entry are two causes, in the order in which they were recorded."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    recorded(one, S2=sales(500, "01-06"))
    one.correct("S2", sales(700, "01-06"))
    february = one.close()
    ((_, _, references),) = adjusted(february)
    assert references == ["S2", "S2"]
    assert [change.event for change in february.adjustments[0].causes] == ["ResultReported", "EntryCorrected"]


# --- capital ----------------------------------------------------------------------------------------------


def test_a_stake_is_an_account_of_its_own() -> None:
    """Capital is not shared: it opens with what was there, and ends with what is left of it."""
    one = recorded(book(), K1=stake(500_000, "01-02"))
    one.close()
    recorded(one, K2=unstake(100_000, "02-10"), K3=stake(5_000, "01-30"))
    february = one.close()
    assert rows(february, "acme", capital=True) == [
        ("opening", "", 500_000),
        ("line", "", -100_000),
        ("adjustment", "", 5_000),
        ("closing", "", 405_000),
    ]
    assert closing(february) == {"acme": 0, "jot": 0}


def test_capital_that_was_taken_back_altogether() -> None:
    """A contribution that is voided after the close leaves the account at nothing."""
    one = recorded(book(), K1=stake(500_000, "01-02"))
    one.close()
    one.void("K1")
    assert rows(one.close(), "acme", capital=True) == [
        ("opening", "", 500_000),
        ("adjustment", "", -500_000),
        ("closing", "", 0),
    ]


# --- parties ----------------------------------------------------------------------------------------------


def test_a_party_that_joins_opens_with_nothing() -> None:
    """Kim joins in February: her account has no statement before it to refer to."""
    one = recorded(book(), S1=sales(100_000, "01-05"))
    one.close()
    three = {name: {"name": name.title()} for name in ("acme", "jot", "kim")}
    one.amend(terms(parties=three, shares=[{"split": {"acme": "50%", "jot": "25%", "kim": "25%"}}]), day("02-01"))
    recorded(one, S2=sales(100_000, "02-05"))
    february = one.close()
    assert rows(february, "kim") == [("opening", "", 0), ("line", "shares[1]", 25_000), ("closing", "", 25_000)]
    assert february.account("kim").opening.op is Op.TERM
    assert february.account("jot").opening.reference == "acme-jot/2026-01/jot/closing"


def test_a_party_that_left_keeps_its_account() -> None:
    """Kim is no party any more, but what the venture owes her stays until it is paid."""
    three = {name: {"name": name.title()} for name in ("acme", "jot", "kim")}
    one = recorded(book(parties=three, shares=[{"split": {"acme": "75%", "kim": "25%"}}]), S1=sales(100_000, "01-05"))
    one.close()
    one.amend(terms(), day("02-01"))
    assert closing(one.close()) == {"acme": -25_000, "jot": 0, "kim": 25_000}


def test_there_is_no_account_of_nobody() -> None:
    """A quantity of what the pool is made of, collected by nobody, opens no account."""
    one = book()
    one.record("Q1", Result(metric="sales", effective_on=day("01-05"), quantity_micro=3_000_000))
    assert closing(one.close()) == {"acme": 0, "jot": 0}


def test_an_account_is_asked_for_by_party() -> None:
    """Who has none is not there."""
    made = book().close()
    assert made.account("jot").party == "jot"
    with pytest.raises(KeyError):
        made.account("kim")
