"""Payouts in a store: proposed once, decided on together, dated when the money moved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from msgspec import structs

from ledger.application.core import ATTEMPTS
from ledger.book.events import LiabilityPart, PayoutProposed
from ledger.settlement.payable import Payable, Transfer
from ledger.values.errors import Refused, Stale
from tests.ledger.application.partners import (
    ANA,
    ANN,
    BEN,
    BOOK,
    KAI,
    KIM_TOO,
    LEO,
    Meddled,
    Partners,
    advance,
    chargebacks,
    media,
    sales,
    terms,
)

FEB_10 = date(2026, 2, 10)
NO_CAP = ("media: {cap: 30% of sales}", "media: all")


def proposed(partners: Partners) -> list[tuple[str, str, str, int]]:
    """The proposals on record: name, payer, payee, amount."""
    return [
        (event.stream.rpartition("/")[2], event.payer, event.payee, event.amount_minor)
        for event in partners.events()
        if isinstance(event, PayoutProposed)
    ]


# --- proposing ----------------------------------------------------------------------------------------------


def test_before_the_first_close_nothing_can_be_proposed(partners: Partners) -> None:
    """Payouts settle statements."""
    with pytest.raises(Refused, match="no period is closed yet"):
        partners.as_(ANN).payouts.propose(BOOK)


def test_a_balance_is_proposed_once(anywhere: Partners) -> None:
    """A proposal pays what is payable by the day that the terms say; asked again, nothing is left to propose."""
    anywhere.first_month()
    (event,) = anywhere.as_(ANN).payouts.propose(BOOK)
    assert isinstance(event, PayoutProposed)
    assert (event.payer, event.payee, event.amount_minor) == ("acme", "jot", 454_000)
    assert (event.period, event.due_on) == ("2026-01", date(2026, 3, 2))
    assert anywhere.as_(ANA).payouts.propose(BOOK) == []


def test_a_balance_beyond_what_a_payout_can_be_is_refused_in_words(partners: Partners) -> None:
    """Three sales of the largest amount there is make JOT's share larger than one payout may be."""
    for number in range(3):
        partners.record(f"S-{number}", sales(10**15))
    partners.as_(ANN).statements.close(BOOK)
    with pytest.raises(
        Refused, match=r"acme would pay jot 12000000000000\.00 EUR, more than one payout may be"
    ) as caught:
        partners.as_(ANN).payouts.propose(BOOK)
    assert caught.value.hint
    assert proposed(partners) == []


def test_a_payer_is_not_quit_of_its_debt_on_its_own_word(partners: Partners) -> None:
    """Two people of Acme cannot have paid JOT between them; JOT says so, or approved it before."""
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    partners.as_(BEN).payouts.approve(BOOK, "2026-01-1")
    partners.as_(BEN).payouts.send(BOOK, "2026-01-1", partners.day)
    with pytest.raises(Refused, match="acme cannot say that") as caught:
        partners.as_(BEN).payouts.settle(BOOK, "2026-01-1", partners.day)
    assert caught.value.findings[0].hint == "this is for jot to record"
    (standing,) = partners.ledger.payouts.standings(BOOK)
    assert (standing.step, standing.by) == ("settle", ("jot",))
    assert partners.as_(ANA).payouts.settle(BOOK, "2026-01-1", partners.day)


def test_a_plan_is_what_a_proposal_records(partners: Partners) -> None:
    """The plan shows what would be proposed, and why, and records nothing."""
    partners.first_month()
    made = partners.ledger.payouts.plan(BOOK)
    assert made.transfers == (Transfer("acme", "jot", 454_000),)
    assert made.payables == (Payable("acme", -454_000, 0, 0, 0), Payable("jot", 454_000, 0, 0, 0))
    partners.ledger.dry_run = True
    assert len(partners.as_(ANN).payouts.propose(BOOK)) == 1
    assert proposed(partners) == []


def test_the_minimum_of_the_terms_is_carried(any_url: str) -> None:
    """A balance below it waits for the next statement, and is paid with it."""
    partners = Partners(any_url, terms(("due: net 30", 'due: net 30, minimum payout: "50.00"')))
    partners.record("S-1", sales(10_000))
    partners.as_(ANN).statements.close(BOOK)
    assert partners.as_(ANN).payouts.propose(BOOK) == []
    partners.record("S-2", sales(10_000, FEB_10))
    partners.day = date(2026, 3, 2)
    partners.as_(ANN).statements.close(BOOK)
    partners.as_(ANN).payouts.propose(BOOK)
    assert proposed(partners) == [("2026-02-1", "acme", "jot", 8_000)]
    partners.close()


def test_two_who_propose_at_once_propose_one_payout(store_url: str) -> None:
    """Ben proposes while Ann's proposal is worked out: hers is worked out anew, and there is nothing left."""
    meddled = Meddled(lambda n: other.as_(BEN).payouts.propose(BOOK), times=0)
    partners, other = Partners(store_url, terms(), meddled), Partners(store_url)
    partners.first_month()
    meddled.times = 1
    assert partners.as_(ANN).payouts.propose(BOOK) == []
    assert proposed(partners) == [("2026-01-1", "acme", "jot", 454_000)]
    other.close()
    partners.close()


def test_a_dispute_that_is_opened_while_a_proposal_is_worked_out_holds(any_url: str) -> None:
    """The proposal stands on the newest event, or is worked out anew."""
    meddled = Meddled(lambda n: other.as_(BEN).disputes.open(f"{BOOK}/2026-01/jot/reimbursed", "800.00", "twice"), 0)
    partners, other = Partners(any_url, terms(), meddled), Partners(any_url)
    partners.first_month()
    meddled.times = 1
    partners.as_(ANN).payouts.propose(BOOK)
    assert proposed(partners) == [("2026-01-1", "acme", "jot", 444_000)]
    other.close()
    partners.close()


def test_a_proposal_that_is_always_overtaken_gives_up(any_url: str) -> None:
    """While facts stream in without a pause it is refused as stale, and nothing is proposed."""
    meddled = Meddled(lambda n: other.record(f"S-{n}", sales(100, FEB_10)), times=0)
    partners, other = Partners(any_url, terms(), meddled), Partners(any_url)
    partners.first_month()
    meddled.times = ATTEMPTS
    with pytest.raises(Stale):
        partners.as_(ANN).payouts.propose(BOOK)
    assert proposed(partners) == []
    assert len(partners.as_(ANN).payouts.propose(BOOK)) == 1
    other.close()
    partners.close()


def test_threads_that_propose_together_propose_one_payout(anywhere: Partners) -> None:
    """However many ask at once, a balance is proposed once."""
    anywhere.first_month()
    ledgers = [anywhere.another(actor) for actor in (ANN, BEN, ANA, LEO)]
    with ThreadPoolExecutor(len(ledgers)) as pool:
        made = list(pool.map(lambda ledger: ledger.payouts.propose(BOOK), ledgers))
    assert sorted(len(events) for events in made) == [0, 0, 0, 1]
    assert len(proposed(anywhere)) == 1


# --- what becomes of it -------------------------------------------------------------------------------------


def test_an_arrival_moves_both_accounts_once(anywhere: Partners) -> None:
    """From the proposal to February's statement a payout is counted once, wherever one looks."""
    anywhere.first_month()
    anywhere.as_(ANN).payouts.propose(BOOK)
    assert anywhere.payable() == {"acme": 0, "jot": 0}
    anywhere.day = FEB_10
    anywhere.pay("2026-01-1")
    assert anywhere.payable() == {"acme": 0, "jot": 0}
    anywhere.day = date(2026, 3, 2)
    february, _ = anywhere.as_(ANN).statements.close(BOOK)
    assert {account.party: account.closing.value for account in february.accounts} == {"acme": 0, "jot": 0}
    assert anywhere.payable() == {"acme": 0, "jot": 0}


def test_an_arrival_of_a_later_period_stands_beside_the_last_statement(partners: Partners) -> None:
    """Money that arrived in March is not in February's statement, closed after it, and yet is not paid again."""
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    partners.day = date(2026, 3, 2)
    partners.pay("2026-01-1")
    february, _ = partners.as_(ANN).statements.close(BOOK)
    assert february.account("jot").closing.value == 454_000
    assert partners.payable() == {"acme": 0, "jot": 0}
    partners.day = date(2026, 4, 2)
    march, _ = partners.as_(ANN).statements.close(BOOK)
    assert march.account("jot").closing.value == 0
    assert partners.payable() == {"acme": 0, "jot": 0}


def test_an_arrival_that_is_reported_late_adjusts_the_closed_period(partners: Partners) -> None:
    """Money that arrived in February, and is reported when February is closed, is an adjustment of March."""
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    partners.day = date(2026, 3, 2)
    partners.as_(ANN).statements.close(BOOK)
    partners.pay("2026-01-1", FEB_10)
    assert partners.payable() == {"acme": 0, "jot": 0}
    partners.day = date(2026, 4, 2)
    march, _ = partners.as_(ANN).statements.close(BOOK)
    (adjustment,) = march.adjustments
    assert (adjustment.period, adjustment.net["jot"].minor) == ("2026-02", -454_000)
    assert partners.payable() == {"acme": 0, "jot": 0}


def test_what_failed_or_went_back_is_proposed_again_under_a_new_name(partners: Partners) -> None:
    """A failed payout frees its amount, a reversed one restores it; names are never used twice."""
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    partners.as_(ANN).payouts.fail(BOOK, "2026-01-1", "no such account")
    partners.as_(ANN).payouts.propose(BOOK)
    partners.day = FEB_10
    partners.pay("2026-01-2")
    partners.as_(ANA).payouts.reverse(BOOK, "2026-01-2", FEB_10, "recalled by the bank")
    partners.as_(ANN).payouts.propose(BOOK)
    assert [name for name, *_ in proposed(partners)] == ["2026-01-1", "2026-01-2", "2026-01-3"]
    assert {amount for *_, amount in proposed(partners)} == {454_000}


def test_an_adjustment_that_turns_a_balance_asks_for_the_certain_part_back(partners: Partners) -> None:
    """January's sales turn out to be a tenth: JOT was paid, owes money now, and is asked for it."""
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    partners.pay("2026-01-1")
    partners.as_(ANN).entries.correct(BOOK, "S-1", {"amount_minor": 100_000}, "a decimal point")
    assert partners.payable() == {"acme": 0, "jot": 0}
    partners.day = date(2026, 3, 2)
    february, _ = partners.as_(ANN).statements.close(BOOK)
    owed = int(february.account("jot").closing.value)
    assert owed < 0
    partners.as_(ANN).payouts.propose(BOOK)
    assert proposed(partners)[1:] == [("2026-02-1", "jot", "acme", -owed)]


def test_a_party_that_has_left_is_still_paid(any_url: str) -> None:
    """Kim leaves with the new year's terms; what it was due under the old ones is proposed, approved and paid."""
    partners = Partners(any_url, terms(*KIM_TOO))
    partners.amend(terms(), date(2026, 2, 1), accepted_by=(ANA, KAI))
    partners.record("S-1", sales(1_000_000))
    partners.day = date(2026, 3, 2)
    for _ in range(2):
        partners.as_(ANN).statements.close(BOOK)
    partners.as_(ANN).payouts.propose(BOOK)
    assert proposed(partners) == [
        ("2026-02-1", "acme", "jot", 400_000),
        ("2026-02-2", "acme", "kim", 100_000),
    ]
    partners.as_(KAI).payouts.approve(BOOK, "2026-02-2")
    partners.as_(KAI).payouts.settle(BOOK, "2026-02-2", date(2026, 3, 2))
    assert partners.payable()["kim"] == 0
    partners.close()


def test_a_loss_carried_forward_is_paid_out_of_later_pools(any_url: str) -> None:
    """JOT paid for a loss: it gets what Acme holds now, and the rest when a later pool has made the loss good."""
    partners = Partners(any_url, terms(("losses: {acme: 50%, jot: 50%}", "losses: carried forward"), NO_CAP))
    partners.record("S-1", sales(30_000))
    partners.record("M-1", media(90_000))
    partners.as_(ANN).statements.close(BOOK)
    assert partners.payable() == {"acme": -30_000, "jot": 90_000}
    partners.as_(ANN).payouts.propose(BOOK)
    partners.pay("2026-01-1")
    assert partners.payable() == {"acme": 0, "jot": 60_000}
    assert partners.as_(ANN).payouts.propose(BOOK) == []
    partners.record("S-2", sales(200_000, FEB_10))
    partners.day = date(2026, 3, 2)
    partners.as_(ANN).statements.close(BOOK)
    partners.as_(ANN).payouts.propose(BOOK)
    # 2,000.00 less the loss of 600.00 are shared 60 to 40; JOT gets its 40% and the 600.00.
    assert proposed(partners) == [("2026-01-1", "acme", "jot", 30_000), ("2026-02-1", "acme", "jot", 116_000)]
    partners.close()


def test_what_is_kept_for_a_liability_is_kept_in_proportion(any_url: str) -> None:
    """Acme and Kim hold the money, also what chargebacks will take: each pays JOT its part, and keeps the rest."""
    partners = Partners(any_url, terms(*KIM_TOO))
    partners.record("S-1", sales(600_000))
    partners.record("S-2", structs.replace(sales(400_000), collected_by="kim"), ANN)
    partners.record("CB-1", chargebacks(100_000))
    partners.as_(ANN).statements.close(BOOK)
    assert partners.payable() == {"acme": -150_000, "jot": 360_000, "kim": -310_000}
    partners.as_(ANN).payouts.propose(BOOK)
    assert proposed(partners) == [("2026-01-1", "acme", "jot", 117_391), ("2026-01-2", "kim", "jot", 242_609)]
    partners.pay("2026-01-1")
    partners.as_(BEN).payouts.approve(BOOK, "2026-01-2")
    partners.as_(ANA).payouts.settle(BOOK, "2026-01-2", partners.day)
    part = LiabilityPart(reference="CB-1/1", effective_on=FEB_10, amount_minor=100_000, paid_by="acme")
    partners.as_(ANN).entries.settle_liability(BOOK, "CB-1", part)
    partners.day = date(2026, 3, 2)
    partners.as_(ANN).statements.close(BOOK)
    partners.as_(ANN).payouts.propose(BOOK)
    # Acme paid all of the chargebacks, more than the 326.09 that it had kept for them: Kim owes it the rest.
    assert proposed(partners)[2:] == [("2026-02-1", "kim", "acme", 67_391)]
    partners.close()


def test_an_advance_is_no_payout(partners: Partners) -> None:
    """Money that was paid ahead is in the account already; only the rest is proposed."""
    partners.record("A-1", advance(100_000))
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    assert proposed(partners) == [("2026-01-1", "acme", "jot", 354_000)]


# --- several at once, and dates -----------------------------------------------------------------------------


def three(partners: Partners) -> tuple[str, ...]:
    """Three payouts under way: of January, and of two later corrections."""
    partners.first_month()
    names = []
    for month in (1, 2, 3):
        partners.day = date(2026, month + 1, 3)
        if month > 1:
            partners.record(f"M-{month}", media(10_000, date(2026, month, 12)))
            partners.record(f"S-{month}", sales(100_000, date(2026, month, 12)))
            partners.as_(ANN).statements.close(BOOK)
        partners.as_(ANN).payouts.propose(BOOK)
        names.append(f"2026-{month:02d}-1")
    return tuple(names)


def test_several_payouts_are_decided_on_together(anywhere: Partners) -> None:
    """Approved, sent and settled in one go, each once though it is named twice."""
    names = three(anywhere)
    approved = anywhere.as_(BEN).payouts.approve(BOOK, (*names, names[0]))
    sent = anywhere.as_(BEN).payouts.send(BOOK, names, date(2026, 4, 2), "SEPA 1")
    settled = anywhere.as_(ANA).payouts.settle(BOOK, names, date(2026, 4, 3), "SEPA 1")
    assert [len(approved), len(sent), len(settled)] == [3, 3, 3]
    assert anywhere.as_(BEN).payouts.approve(BOOK, names) == []


def test_when_one_of_several_is_refused_none_is_recorded(anywhere: Partners) -> None:
    """All that was refused is said at once, and the others are as before."""
    names = three(anywhere)
    anywhere.as_(BEN).payouts.approve(BOOK, names[1])
    before = anywhere.names()
    with pytest.raises(Refused) as refused:
        anywhere.as_(BEN).payouts.send(BOOK, (*names, "2026-09-9"), date(2026, 4, 2))
    assert [finding.message for finding in refused.value.findings] == [
        "the payout 2026-01-1 is not approved",
        "the payout 2026-03-1 is not approved",
        "acme-jot has no payout '2026-09-9'",
    ]
    assert anywhere.names() == before


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (date(2025, 12, 31), "acme-jot was not in force on 2025-12-31"),
        (date(2026, 2, 5), "2026-02-05 has not come yet"),
    ],
)
def test_money_moves_on_a_day_of_the_agreement_that_has_come(partners: Partners, day: date, message: str) -> None:
    """A date that no statement would ever show, or that lies ahead, is a slip of the pen."""
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    partners.as_(BEN).payouts.approve(BOOK, "2026-01-1")
    for command in (partners.ledger.payouts.send, partners.ledger.payouts.settle):
        with pytest.raises(Refused, match=message):
            command(BOOK, "2026-01-1", day)
    # Where the day begins before it does in UTC, tomorrow is today.
    partners.as_(ANA).payouts.settle(BOOK, "2026-01-1", date(2026, 2, 4))
    with pytest.raises(Refused, match=message):
        partners.ledger.payouts.reverse(BOOK, "2026-01-1", day, "recalled")


def test_a_payout_arrives_after_the_agreement_has_ended(partners: Partners) -> None:
    """The last balances are paid when the venture is over."""
    partners.first_month()
    partners.as_(ANN).payouts.propose(BOOK)
    partners.as_(ANN).agreements.terminate(BOOK, date(2026, 2, 1), "we are done")
    partners.day = FEB_10
    partners.pay("2026-01-1")
    assert partners.payable() == {"acme": 0, "jot": 0}


def test_an_agreement_or_payout_that_does_not_exist_is_named(partners: Partners) -> None:
    """The refusal says what there is."""
    with pytest.raises(Refused, match="there is no agreement 'acme-jo'"):
        partners.as_(ANN).payouts.approve("acme-jo", "2026-01-1")
    with pytest.raises(Refused, match="acme-jot has no payout '2026-01-1'"):
        partners.as_(ANN).payouts.fail(BOOK, "2026-01-1", "no such account")
