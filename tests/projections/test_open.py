"""Where an agreement stands: what is open, what was paid and disputed, who owes whom."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.application import Ledger
from ledger.book import dispute, payout
from ledger.terms.written.document import parse_terms
from ledger.values.errors import Refused
from ledger.values.periods import Every
from projections.agreements import Stage, agreement_of, list_agreements
from projections.balances import balances
from projections.disputes import list_disputes
from projections.follower import Follower, projected
from projections.payouts import UNDER_WAY, list_payouts
from projections.standing import standing
from tests.projections.story import BOOK, OTHER_TERMS, TERMS, everything


def after(ledger: Ledger, seq: int) -> Follower:
    """A follower of a store that holds the story up to a seq."""
    ledger.save(*everything()[:seq])
    return Follower(ledger)


# --- agreements -------------------------------------------------------------------------------------------


def test_an_agreement_passes_its_stages(ledger: Ledger) -> None:
    """Proposed, declined, proposed anew, in force, terminated; and who has to answer what is open."""
    follower = Follower(ledger)
    stages: list[Stage] = []
    waiting: list[tuple[str, tuple[str, ...]]] = []
    for event in everything():
        ledger.save(event)
        found = agreement_of(follower, BOOK)
        if not stages or stages[-1] is not found.stage:
            stages.append(found.stage)
        if found.proposal is not None and (found.proposal.digest, found.proposal.waiting_for) not in waiting:
            waiting.append((found.proposal.digest, found.proposal.waiting_for))
    assert stages == [Stage.PROPOSED, Stage.DECLINED, Stage.PROPOSED, Stage.IN_FORCE, Stage.TERMINATED]
    terms, amended = parse_terms(TERMS).digest, parse_terms(OTHER_TERMS).digest
    assert waiting[1:] == [(terms, ("jot",)), (amended, ("acme",))]


def test_the_agreements_of_a_store(ledger: Ledger) -> None:
    """Each is listed with its title, parties, currency, periods, days and the digest of its terms in force."""
    follower = after(ledger, len(everything()))
    ledger.acting_as("kim/kai")
    ledger.agreements.propose(
        parse_terms(TERMS.replace("acme-jot", "kim-jot").replace("acme", "kim").replace("month", "quarter"))
    )
    first, second = list_agreements(follower)
    assert (first.book, first.title, first.parties) == (BOOK, "Audience acquisition for Acme", ("acme", "jot"))
    assert (first.currency, first.every, first.starts_on) == ("EUR", Every.MONTH, date(2026, 1, 1))
    assert (first.ends_on, first.digest, first.changed_seq) == (date(2026, 12, 31), parse_terms(OTHER_TERMS).digest, 49)
    assert first.proposal is None
    assert (second.book, second.stage, second.every) == ("kim-jot", Stage.PROPOSED, Every.QUARTER)
    assert second.proposal is not None
    assert (second.proposal.proposed_by, second.proposal.waiting_for) == ("kim", ("jot",))
    assert [each.book for each in list_agreements(follower, "acme")] == [BOOK]
    assert [each.book for each in list_agreements(follower, "jot")] == [BOOK, "kim-jot"]


# --- payouts and disputes ---------------------------------------------------------------------------------


def test_payouts_as_they_stand_and_stood(ledger: Ledger) -> None:
    """Payouts are listed by their due date, by status and party, now and as known at any seq."""
    follower = after(ledger, len(everything()))
    now = [(each.payout.payout_id, each.payout.status, each.changed_seq) for each in list_payouts(follower, BOOK)]
    assert now == [
        ("2026-01-1", payout.Status.FAILED, 29),
        ("2026-01-2", payout.Status.REVERSED, 47),
        ("2026-02-1", payout.Status.PROPOSED, 50),
    ]
    then = list_payouts(follower, BOOK, known_at=32)
    assert [each.payout.status for each in then] == [payout.Status.FAILED, payout.Status.SENT]
    assert [each.payout.payout_id for each in list_payouts(follower, BOOK, UNDER_WAY)] == ["2026-02-1"]
    assert len(list_payouts(follower, BOOK, party="jot")) == 3
    assert list_payouts(follower, BOOK, party="kim") == ()


def test_disputes_as_they_stand_and_stood(ledger: Ledger) -> None:
    """Disputes are listed by status, now and as known at any seq, with answers and corrections."""
    follower = after(ledger, len(everything()))
    first, second, third = (each.dispute for each in list_disputes(follower, BOOK))
    assert (first.status, first.corrections) == (dispute.Status.RESOLVED, ("S-1",))
    assert first.answers == (dispute.Answer("acme", "we look into it"),)
    assert (second.status, third.status) == (dispute.Status.WITHDRAWN, dispute.Status.OPEN)
    assert [each.dispute for each in list_disputes(follower, BOOK, (dispute.Status.OPEN,))] == [third]
    (then,) = list_disputes(follower, BOOK, known_at=35)
    assert (then.dispute.status, then.changed_seq) == (dispute.Status.OPEN, 35)
    assert then.dispute.answers == first.answers


# --- what is open -----------------------------------------------------------------------------------------


def test_what_is_open_at_the_end(ledger: Ledger) -> None:
    """One cost awaits confirmation, a figure is disputed, a payout waits for approval, March is to be closed."""
    follower = after(ledger, len(everything()))
    found = standing(follower, BOOK, date(2026, 4, 1))
    assert (found.known_at, found.awaiting) == (50, 1)
    assert [each.reference for each in found.first_awaiting.entries] == ["M-4"]
    assert [each.dispute_id for each in found.disputes] == ["2026-01-3"]
    assert [(each.payout_id, each.status) for each in found.payouts] == [("2026-02-1", payout.Status.PROPOSED)]
    assert found.proposal is None
    assert (str(found.to_close), found.is_over) == ("2026-03", True)
    assert [each.payout_id for each in found.overdue] == ["2026-02-1"]


def test_what_is_not_due_yet(ledger: Ledger) -> None:
    """On the due date a payout is not overdue, and on its last day a period is not over."""
    follower = after(ledger, len(everything()))
    assert standing(follower, BOOK, date(2026, 3, 30)).overdue == ()
    assert not standing(follower, BOOK, date(2026, 3, 31)).is_over


def test_what_is_open_before_anything_is_agreed(ledger: Ledger) -> None:
    """A proposal waits for the other party, and there is no period to close."""
    found = standing(after(ledger, 1), BOOK, date(2026, 1, 2))
    assert found.proposal is not None
    assert (found.proposal.waiting_for, found.to_close, found.is_over) == (("jot",), None, False)
    first = standing(after(ledger, 0), BOOK, date(2026, 1, 2))
    assert first == found


def test_the_first_period_is_to_be_closed_first(ledger: Ledger) -> None:
    """Once terms are in force, the period in which the agreement began is the one to close."""
    found = standing(after(ledger, 26), BOOK, date(2026, 2, 1))
    assert (str(found.to_close), found.is_over, found.awaiting) == ("2026-01", True, 1)


@pytest.mark.parametrize("ask", [agreement_of, list_payouts, list_disputes])
def test_no_such_book(ledger: Ledger, ask: object) -> None:
    """Questions about a book that does not exist are refused, with the names of those that do."""
    follower = after(ledger, 4)
    assert callable(ask)
    with pytest.raises(Refused, match="there is no agreement 'nobody'") as refused:
        ask(follower, "nobody")
    assert refused.value.hint is not None
    assert BOOK in refused.value.hint


# --- balances ---------------------------------------------------------------------------------------------


def test_balances_after_the_story(ledger: Ledger) -> None:
    """The last statement, the payout that went back, the dispute and the draft are each visible, and add up."""
    ledger.save(*everything())
    reading = Ledger(ledger.url, "acme/ann", lambda: everything()[-1].recorded_at, projected)
    found = balances(reading, BOOK)
    assert (found.book, found.currency, found.known_at) == (BOOK, "EUR", 50)
    assert found.last is not None
    assert found.last.period.key == "2026-02"
    assert found.plan is not None
    assert found.plan.payables == reading.payouts.payables(BOOK)
    assert found.draft.period.key == "2026-03"
    for each in found.balances:
        assert each.payable is not None
        assert each.payable.closing == found.last.closing_minor[each.party]
        assert each.draft_minor == found.draft.account(each.party).closing.minor
    assert {each.party: each.payable.paid for each in found.balances if each.payable} == {
        "acme": -501_467,
        "jot": 501_467,
    }
    reading.close()


def test_balances_before_the_first_close(ledger: Ledger) -> None:
    """Before any statement there is nothing to pay, and the draft says what is known."""
    ledger.save(*everything()[:26])
    reading = Ledger(ledger.url, "acme/ann", lambda: everything()[25].recorded_at, projected)
    found = balances(reading, BOOK)
    assert (found.last, found.plan) == (None, None)
    assert [(each.party, each.payable) for each in found.balances] == [("acme", None), ("jot", None)]
    assert sum(each.draft_minor for each in found.balances) == -found.draft.liabilities.minor
    reading.close()
