"""The life of a payout, as a specification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import payout
from ledger.book.events import (
    Event,
    PayoutApproved,
    PayoutFailed,
    PayoutProposed,
    PayoutReversed,
    PayoutSent,
    PayoutSettled,
    Stamp,
)
from ledger.book.movements import Kind, Movement
from ledger.book.payout import Payout, Status
from ledger.values.errors import Refused
from tests.ledger.book_examples import ANA, BEN, EVE, KAI, LEO, OF_THREE, TERMS, Terms, after

NOV_3, NOV_5, NOV_9, NOV_30 = (date(2026, 11, day) for day in (3, 5, 9, 30))
STREAM = "acme-jot/payout/2026-10-1"
LONG = "x" * 4001

Step = Callable[[Payout], list[Event]]


def proposes(
    stamp: Stamp = ANA,
    payer: str = "acme",
    payee: str = "jot",
    amount_minor: int = 50_000,
    terms: Terms = TERMS,
    payout_id: str = "2026-10-1",
) -> Step:
    return lambda state: payout.propose(
        state,
        payout_id,
        period="2026-10",
        payer=payer,
        payee=payee,
        amount_minor=amount_minor,
        due_on=NOV_30,
        terms=terms,
        stamp=stamp,
    )


def approves(stamp: Stamp = BEN, terms: Terms = TERMS) -> Step:
    return lambda state: payout.approve(state, terms, stamp, note="fine")


def sends(day: date = NOV_3, stamp: Stamp = BEN) -> Step:
    return lambda state: payout.send(state, day, stamp, reference="SEPA 1")


def settles(day: date = NOV_5, stamp: Stamp = ANA) -> Step:
    return lambda state: payout.settle(state, day, stamp, reference="SEPA 1")


def fails(stamp: Stamp = BEN) -> Step:
    return lambda state: payout.fail(state, "account closed", stamp)


def reverses(day: date = NOV_9, stamp: Stamp = BEN) -> Step:
    return lambda state: payout.reverse(state, day, "sent back", stamp)


def life(*steps: Step) -> Payout:
    """A payout after some decisions, each of which happened."""
    state = payout.initial()
    for step in steps:
        events = step(state)
        assert len(events) == 1
        state = after(payout.evolve, state, events)
    return state


PROPOSED = (proposes(),)
APPROVED = (*PROPOSED, approves())
SENT = (*APPROVED, sends())
SETTLED = (*SENT, settles())
FAILED = (*SENT, fails())
REVERSED = (*SETTLED, reverses())


@pytest.mark.parametrize(
    ("given_steps", "when", "event"),
    [
        (
            (),
            proposes(),
            PayoutProposed(
                period="2026-10",
                payer="acme",
                payee="jot",
                amount_minor=50_000,
                currency="EUR",
                due_on=NOV_30,
                **ANA.on(STREAM, 1),
            ),
        ),
        (PROPOSED, approves(), PayoutApproved(note="fine", **BEN.on(STREAM, 2))),
        (APPROVED, sends(), PayoutSent(effective_on=NOV_3, reference="SEPA 1", **BEN.on(STREAM, 3))),
        (SENT, settles(), PayoutSettled(effective_on=NOV_5, reference="SEPA 1", **ANA.on(STREAM, 4))),
        (APPROVED, settles(), PayoutSettled(effective_on=NOV_5, reference="SEPA 1", **ANA.on(STREAM, 3))),
        (PROPOSED, fails(), PayoutFailed(reason="account closed", **BEN.on(STREAM, 2))),
        (APPROVED, fails(), PayoutFailed(reason="account closed", **BEN.on(STREAM, 3))),
        (SENT, fails(), PayoutFailed(reason="account closed", **BEN.on(STREAM, 4))),
        (SETTLED, reverses(), PayoutReversed(effective_on=NOV_9, reason="sent back", **BEN.on(STREAM, 5))),
    ],
)
def test_each_step_is_one_event(given_steps: tuple[Step, ...], when: Step, event: Event) -> None:
    """A payout is proposed, approved, sent and settled; or fails before it arrives; or is reversed after."""
    assert when(life(*given_steps)) == [event]


@pytest.mark.parametrize(
    ("given_steps", "when", "message"),
    [
        ((), proposes(payout_id=" 1"), "begins or ends with a space"),
        (PROPOSED, lambda state: payout.approve(state, TERMS, BEN, note=LONG), "longer than 4000 characters"),
        (APPROVED, lambda state: payout.send(state, NOV_3, BEN, reference=LONG), "longer than 4000 characters"),
        (SENT, lambda state: payout.settle(state, NOV_5, ANA, reference=LONG), "longer than 4000 characters"),
        ((), proposes(EVE), "other is no party of acme-jot"),
        ((), proposes(payer="other"), "other is no party of acme-jot"),
        ((), proposes(payee="other"), "other is no party of acme-jot"),
        ((), proposes(payee="acme"), "acme cannot pay itself"),
        ((), proposes(amount_minor=0), "the amount of a payout must be above zero"),
        (PROPOSED, proposes(amount_minor=1), "was proposed with other content"),
        ((), approves(), "there is no such payout"),
        (PROPOSED, approves(ANA), "jot/ana proposed the payout 2026-10-1 and cannot approve it too"),
        (PROPOSED, approves(EVE), "other is no party of acme-jot"),
        (PROPOSED, approves(terms=replace(TERMS, roles={"approve": ("acme/zoe",)})), "acme/ben may not approve"),
        (FAILED, approves(), "is over: it was called off or failed"),
        (REVERSED, approves(), "is over: it was reversed"),
        (PROPOSED, sends(), "2026-10-1 is not approved"),
        (APPROVED, sends(stamp=ANA), "jot cannot say that of the payout"),
        (SENT, sends(NOV_5), "2026-10-1 is sent already"),
        (SETTLED, sends(NOV_5), "2026-10-1 is settled already"),
        (FAILED, sends(), "is over: it was called off or failed"),
        (PROPOSED, settles(), "2026-10-1 is not approved"),
        (SENT, settles(stamp=KAI), "kim cannot say that of the payout"),
        (SENT, settles(stamp=BEN), "acme cannot say that of the payout"),
        (APPROVED, settles(stamp=BEN), "acme cannot say that of the payout"),
        ((), proposes(amount_minor=10**15 + 1), r"jot 10000000000000\.01 EUR, more than one payout may be"),
        (SENT, settles(date(2026, 11, 2)), "cannot arrive on 2026-11-02: it was sent on 2026-11-03"),
        (SETTLED, settles(NOV_9), "2026-10-1 is settled already"),
        (FAILED, settles(), "is over: it was called off or failed"),
        (SENT, fails(EVE), "other cannot say that of the payout"),
        (SETTLED, fails(), "2026-10-1 has arrived"),
        (REVERSED, fails(), "is over: it was reversed"),
        (SENT, reverses(), "has not arrived: it is sent"),
        (FAILED, reverses(), "has not arrived: it is failed"),
        (SETTLED, reverses(stamp=EVE), "other cannot say that of the payout"),
        (SETTLED, reverses(NOV_3), "cannot go back on 2026-11-03: it arrived on 2026-11-05"),
        (REVERSED, reverses(NOV_30), "was reversed on 2026-11-09"),
        (SENT, lambda state: payout.fail(state, " ", BEN), "a reason is missing"),
        (SETTLED, lambda state: payout.reverse(state, NOV_9, "", BEN), "a reason is missing"),
    ],
)
def test_a_step_that_cannot_be_is_refused(given_steps: tuple[Step, ...], when: Step, message: str) -> None:
    """Each step follows its forerunner, in time and by the right party, and every refusal says what to do."""
    with pytest.raises(Refused, match=message) as refused:
        when(life(*given_steps))
    assert refused.value.hint


def test_a_colleague_of_the_proposer_may_approve() -> None:
    """It takes a second person, not a second party, unless the terms name who approves."""
    assert len(approves(LEO)(life(*PROPOSED))) == 1
    assert len(approves(BEN, replace(TERMS, roles={"approve": ("acme",)}))(life(*PROPOSED))) == 1


def test_the_payer_may_say_that_it_arrived_once_somebody_of_the_payee_approved() -> None:
    """Nobody is quit of a debt on its own word alone; the payee may always say so."""
    by_payer, by_payee = life(*APPROVED), life(proposes(BEN), approves(LEO))
    assert payout.may_settle(by_payer) == ("jot",)
    assert payout.may_settle(by_payee) == ("jot", "acme")
    assert len(settles(stamp=BEN)(by_payee)) == len(settles(stamp=ANA)(by_payer)) == 1
    assert payout.may_settle(payout.initial()) == ()


def test_the_largest_payout_is_the_largest_amount() -> None:
    """What an event can hold can be paid."""
    assert len(proposes(amount_minor=10**15)(payout.initial())) == 1


def test_a_third_party_may_call_off_what_it_proposed() -> None:
    """A payout between two parties that a third proposed can be called off by the third."""
    state = life(proposes(KAI, terms=OF_THREE))
    assert len(fails(KAI)(state)) == 1


@pytest.mark.parametrize("given_steps", [APPROVED, SENT, SETTLED])
def test_what_was_approved_stays_approved(given_steps: tuple[Step, ...]) -> None:
    """A second approval, even by another person, is no event."""
    assert approves(LEO)(life(*given_steps)) == []


@pytest.mark.parametrize(
    ("steps", "status", "in_flight_minor"),
    [
        ((), Status.PROPOSED, 0),
        (PROPOSED, Status.PROPOSED, 50_000),
        (APPROVED, Status.APPROVED, 50_000),
        (SENT, Status.SENT, 50_000),
        (SETTLED, Status.SETTLED, 0),
        (FAILED, Status.FAILED, 0),
        (REVERSED, Status.REVERSED, 0),
    ],
)
def test_a_payout_is_in_flight_until_it_arrives(steps: tuple[Step, ...], status: Status, in_flight_minor: int) -> None:
    """From its proposal until it arrives or fails, the amount is on its way."""
    state = life(*steps)
    assert (state.status, payout.in_flight_minor(state)) == (status, in_flight_minor)


def pair(day: date) -> tuple[Movement, Movement]:
    return (
        Movement(day, Kind.PAYOUT_PAID, "", "acme", 50_000, 0, "2026-10-1", "jot", currency="EUR"),
        Movement(day, Kind.PAYOUT_RECEIVED, "", "jot", 50_000, 0, "2026-10-1", "acme", currency="EUR"),
    )


@pytest.mark.parametrize("steps", [(), PROPOSED, APPROVED, SENT, FAILED])
def test_no_account_is_touched_before_the_money_arrives(steps: tuple[Step, ...]) -> None:
    """Proposed, approved, sent or failed payouts move nothing."""
    assert payout.counted(life(*steps)) == ()


def test_an_arrival_moves_both_accounts_once() -> None:
    """The payer's and the payee's account move on the day on which the money arrived."""
    assert payout.counted(life(*SETTLED)) == pair(NOV_5)


def test_a_reversal_moves_both_accounts_back_on_its_own_day() -> None:
    """What arrived stays where it was; the way back is a pair of its own."""
    assert payout.counted(life(*REVERSED)) == (*pair(NOV_5), *(-movement for movement in pair(NOV_9)))
    (event,) = reverses()(life(*SETTLED))
    assert payout.evolve_with_movements(life(*SETTLED), event)[1] == tuple(-movement for movement in pair(NOV_9))


def test_money_may_arrive_on_the_day_it_was_sent() -> None:
    """An instant payment is sent and settled on one day."""
    assert life(*APPROVED, sends(NOV_3), settles(NOV_3)).status is Status.SETTLED


def test_money_that_goes_back_on_the_day_it_arrived_leaves_nothing() -> None:
    """A reversal on the same day is allowed, and the totals of that day are as before."""
    moved = payout.counted(life(*SENT, settles(NOV_5), reverses(NOV_5)))
    sums = Counter[str]()
    for movement in moved:
        sums[movement.party] += movement.amount_minor
    assert set(sums.values()) == {0}


STAMPS = st.sampled_from([ANA, BEN, LEO])
DAYS = st.sampled_from([NOV_3, NOV_5, NOV_9])
STEPS = st.one_of(
    st.builds(proposes, STAMPS, amount_minor=st.sampled_from([50_000, 1])),
    st.builds(approves, STAMPS),
    st.builds(sends, DAYS, STAMPS),
    st.builds(settles, DAYS, STAMPS),
    st.builds(fails, STAMPS),
    st.builds(reverses, DAYS, STAMPS),
)


@pytest.mark.parametrize("steps", [PROPOSED, APPROVED, SENT, SETTLED, FAILED, REVERSED])
def test_each_step_asked_twice_is_one_step(steps: tuple[Step, ...]) -> None:
    """Every command of a payout's life, repeated, gives no event."""
    assert steps[-1](life(*steps)) == []


@given(st.sampled_from([(), APPROVED, SETTLED]), st.lists(STEPS, max_size=25))
def test_whatever_was_decided_is_not_decided_twice(begun: tuple[Step, ...], history: list[Step]) -> None:
    """After any command, the same command by the same actor gives no event."""
    state = life(*begun)
    for step in history:
        try:
            state = after(payout.evolve, state, step(state))
        except Refused:
            continue
        assert step(state) == []


@given(st.sampled_from([(), APPROVED, SENT]), st.lists(STEPS, max_size=25))
def test_movements_add_up_to_what_counts(begun: tuple[Step, ...], history: list[Step]) -> None:
    """After any history, the movements of its events are what the payout counts for, and both sides are equal."""
    state, moved = life(*begun), list[Movement]()
    for step in history:
        try:
            events = step(state)
        except Refused:
            continue
        for event in events:
            state, more = payout.evolve_with_movements(state, event)
            moved.extend(more)
    assert tuple(moved) == payout.counted(state)
    paid = sum(move.amount_minor for move in moved if move.kind is Kind.PAYOUT_PAID)
    assert paid == sum(move.amount_minor for move in moved if move.kind is Kind.PAYOUT_RECEIVED)
