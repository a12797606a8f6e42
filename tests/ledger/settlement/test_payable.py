"""Who pays whom, as a specification: nothing twice, nothing in doubt, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book import agreement, dispute, entry, payout
from ledger.book.events import Cost, Event, PeriodClosed, Stamp
from ledger.settlement.payable import Payable, Plan, Transfer, payables, plan, settling
from ledger.settlement.replay import Replay
from ledger.terms.written.document import parse_terms
from ledger.values.errors import Refused
from ledger.values.periods import parse_period

TERMS = parse_terms(
    """
agreement: venture
title: Four who share
parties: {acme: {name: Acme}, bob: {name: Bob}, jot: {name: Jot}, kim: {name: Kim}}
currency: EUR
periods: {every: month, from: 2026-01-01}
pool: {results: [sales], less costs: [media]}
shares: [split: {acme: 25%, bob: 25%, jot: 25%, kim: 25%}]
losses: as profits
""",
    "terms.yaml",
)
PARTIES = tuple(TERMS.parties)


def by(actor: str) -> Stamp:
    return Stamp(actor, datetime(2026, 6, 1, 9, tzinfo=UTC), "0123456789abcdef" * 2)


class Book:
    """A book of which only closings, payouts and disputes are told; closing balances are what a test says."""

    def __init__(self, **closing_minor: int) -> None:
        self.events: list[Event] = []
        self._payouts: dict[str, payout.Payout] = {}
        self._disputes: dict[str, dispute.Dispute] = {}
        self.months = 0
        state = agreement.initial()
        self._add(agreement.propose(state, TERMS, by("acme/ann")))
        for party in ("bob", "jot", "kim"):
            state = agreement.initial()
            for event in self.events:
                state = agreement.evolve(state, event)
            self._add(agreement.accept(state, None, by(f"{party}/p")))
        if closing_minor:
            self.close(**closing_minor)

    def _add(self, events: list[Event]) -> Event:
        self.events += events
        return events[-1]

    def close(self, **closing_minor: int) -> None:
        """Close the next month with these balances."""
        self.months += 1
        header = by("acme/ann").on("venture/closing", self.months)
        period = f"2026-{self.months:02d}"
        event = PeriodClosed(
            period=period, cutoff_seq=len(self.events), root="0" * 64, statement="0" * 64, currency="EUR",
            closing_minor=closing_minor, **header,
        )  # fmt: skip
        self._add([event])

    def propose(self, payer: str, payee: str, amount_minor: int) -> str:
        """Put a payout under way."""
        name = f"2026-{self.months:02d}-{len(self._payouts) + 1}"
        self._on(
            name,
            lambda state: payout.propose(
                state, name, period=f"2026-{self.months:02d}", payer=payer, payee=payee, amount_minor=amount_minor,
                due_on=date(2026, 12, 1), terms=TERMS, stamp=by("acme/ann"),
            ),
        )  # fmt: skip
        self._on(name, lambda state: payout.approve(state, TERMS, by("bob/p")))
        return name

    def arrive(self, name: str, day: date = date(2026, 2, 10)) -> None:
        self._on(name, lambda state: payout.settle(state, day, self._payee(state)))

    def fail(self, name: str) -> None:
        self._on(name, lambda state: payout.fail(state, "no such account", self._payer(state)))

    def reverse(self, name: str, day: date = date(2026, 2, 20)) -> None:
        self._on(name, lambda state: payout.reverse(state, day, "recalled", self._payer(state)))

    def _payee(self, state: payout.Payout) -> Stamp:
        assert state.order is not None
        return by(f"{state.order.payee}/p")

    def _payer(self, state: payout.Payout) -> Stamp:
        assert state.order is not None
        return by(f"{state.order.payer}/p")

    def _on(self, name: str, decide: Callable[[payout.Payout], list[Event]]) -> None:
        state = self._payouts.get(name, payout.initial())
        self._payouts[name] = payout.evolve(state, self._add(decide(state)))

    def dispute(self, **effect_minor: int) -> str:
        """Open a dispute that would change accounts by this."""
        name = f"2026-01-{len(self._disputes) + 1}"
        events = dispute.open_dispute(
            dispute.initial(), name, period="2026-01", figure=f"venture/2026-01/{name}", stated_minor=1,
            expected_minor=2, effect_minor=effect_minor, reason="too low", terms=TERMS, stamp=by("jot/ana"),
        )  # fmt: skip
        self._disputes[name] = dispute.evolve(dispute.initial(), self._add(events))
        return name

    def resolve(self, name: str, *corrections: str) -> None:
        state = self._disputes[name]
        events = dispute.resolve(state, "so be it", TERMS, by("acme/ann"), corrections=corrections)
        self._disputes[name] = dispute.evolve(state, self._add(events))

    def record_late(self, reference: str) -> None:
        """A cost of the first month is recorded, whatever month is open."""
        fact = Cost(category="media", effective_on=date(2026, 1, 5), amount_minor=100, currency="EUR", paid_by="jot")
        self._add(entry.record(entry.initial(), reference, fact, TERMS, by("jot/ana")))

    @property
    def facts(self) -> Replay:
        return Replay("venture", enumerate(self.events, 1))

    def payables(self) -> dict[str, Payable]:
        return {found.party: found for found in payables(self.facts)}

    def payable(self) -> dict[str, int]:
        return {found.party: found.payable for found in payables(self.facts)}

    def plan(self, minimum_minor: int = 0) -> Plan:
        return plan(payables(self.facts), minimum_minor)


# --- what is payable ----------------------------------------------------------------------------------------


def test_before_the_first_close_there_is_no_balance_to_pay() -> None:
    """Payouts settle statements: before the first one there is nothing to propose."""
    with pytest.raises(Refused, match="no period is closed yet"):
        payables(Book().facts)


def test_a_closing_balance_is_payable() -> None:
    """What the last statement says is payable, to the one and by the other."""
    assert Book(acme=-500, jot=500).payable() == {"acme": -500, "jot": 500}


def test_only_the_last_statement_counts() -> None:
    """A closing balance contains the ones before it; they are not paid again."""
    book = Book(acme=-500, jot=500)
    book.close(acme=-700, jot=700)
    assert book.payable() == {"acme": -700, "jot": 700}


def test_what_is_under_way_is_not_payable_again() -> None:
    """A payout under way covers its part of the balance."""
    book = Book(acme=-500, jot=500)
    book.propose("acme", "jot", 300)
    assert book.payable() == {"acme": -200, "jot": 200}
    jot = book.payables()["jot"]
    assert (jot.balance, jot.in_flight, jot.held) == (500, -300, 0)


def test_an_arrival_moves_each_balance_once() -> None:
    """When the money arrives the balance is less, and nothing is under way any more."""
    book = Book(acme=-500, jot=500)
    book.arrive(book.propose("acme", "jot", 300))
    jot = book.payables()["jot"]
    assert (jot.closing, jot.paid, jot.balance, jot.in_flight, jot.payable) == (500, -300, 200, 0, 200)


def test_a_failed_payout_frees_its_amount() -> None:
    """What did not arrive is payable as before."""
    book = Book(acme=-500, jot=500)
    book.fail(book.propose("acme", "jot", 500))
    assert book.payable() == {"acme": -500, "jot": 500}


def test_a_reversed_payout_restores_both_balances() -> None:
    """What went back is owed again."""
    book = Book(acme=-500, jot=500)
    name = book.propose("acme", "jot", 500)
    book.arrive(name)
    book.reverse(name)
    assert book.payable() == {"acme": -500, "jot": 500}


@pytest.mark.parametrize("day", [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 1), date(2026, 9, 30)])
def test_the_day_of_an_arrival_does_not_matter_to_what_is_left(day: date) -> None:
    """A payout of a closed, an open or a later period counts from when the book learns it."""
    book = Book(acme=-500, jot=500)
    book.arrive(book.propose("acme", "jot", 500), day)
    assert book.payable() == {"acme": 0, "jot": 0}


def test_an_arrival_that_a_statement_shows_is_not_counted_beside_it() -> None:
    """Once the close of its period has counted a payout, the closing balance contains it."""
    book = Book(acme=-500, jot=500)
    book.arrive(book.propose("acme", "jot", 500), date(2026, 2, 10))
    book.close(acme=-80, jot=80)
    jot = book.payables()["jot"]
    assert (jot.closing, jot.paid, jot.payable) == (80, 0, 80)


def test_an_arrival_of_a_period_after_the_last_close_counts_beside_it() -> None:
    """A payout of March that was known when February was closed is not in February's statement."""
    book = Book(acme=-500, jot=500)
    book.arrive(book.propose("acme", "jot", 500), date(2026, 3, 2))
    book.close(acme=-580, jot=580)
    jot = book.payables()["jot"]
    assert (jot.closing, jot.paid, jot.payable) == (580, -500, 80)


def test_a_reversal_after_the_statement_that_showed_the_arrival_restores_the_balance() -> None:
    """The statement of February shows the arrival, the reversal of March is beside it."""
    book = Book(acme=-500, jot=500)
    name = book.propose("acme", "jot", 500)
    book.arrive(name, date(2026, 2, 10))
    book.close(acme=-80, jot=80)
    book.reverse(name, date(2026, 3, 2))
    assert book.payable() == {"acme": -580, "jot": 580}


def test_a_sign_that_flips_waits_for_nothing_that_is_not_certain() -> None:
    """An adjustment turns a balance while a payout is under way: only what is owed even if it fails is payable."""
    book = Book(acme=-500, jot=500)
    name = book.propose("acme", "jot", 500)
    book.close(acme=120, jot=-120)
    assert book.payable() == {"acme": 120, "jot": -120}
    book.arrive(name, date(2026, 3, 3))
    assert book.payable() == {"acme": 620, "jot": -620}


def test_a_payout_under_way_that_became_too_much_asks_for_nothing_back_yet() -> None:
    """More is under way than is still due: nothing is payable until it has arrived, or was called off."""
    book = Book(acme=-500, jot=500)
    name = book.propose("acme", "jot", 500)
    book.close(acme=-300, jot=300)
    assert book.payable() == {"acme": 0, "jot": 0}
    book.arrive(name, date(2026, 3, 3))
    assert book.payable() == {"acme": 200, "jot": -200}


# --- disputes -----------------------------------------------------------------------------------------------


def test_a_dispute_holds_back_its_difference_and_nothing_else() -> None:
    """Acme says that Jot is due 80 less: the other 420 are paid."""
    book = Book(acme=-500, jot=500)
    book.dispute(acme=80, jot=-80)
    assert book.payable() == {"acme": -420, "jot": 420}
    assert {party: found.held for party, found in book.payables().items()} == {"acme": 80, "jot": -80}


def test_whoever_asks_for_more_is_paid_what_is_stated() -> None:
    """Jot says that it is due 80 more: the 500 that both agree on are paid."""
    book = Book(acme=-500, jot=500)
    book.dispute(acme=-80, jot=80)
    assert book.payable() == {"acme": -500, "jot": 500}


def test_a_dispute_about_more_than_the_balance_holds_all_of_it() -> None:
    """Nothing is certain when the difference would turn the balance round."""
    book = Book(acme=-500, jot=500)
    book.dispute(acme=900, jot=-900)
    assert book.payable() == {"acme": 0, "jot": 0}


def test_disputes_hold_together_whatever_each_comes_to() -> None:
    """Two disputes that pull in opposite directions do not cancel each other: each may come true alone."""
    book = Book(acme=-500, jot=500)
    book.dispute(acme=80, jot=-80)
    book.dispute(acme=-200, jot=200)
    assert book.payable() == {"acme": -420, "jot": 420}


def test_a_dispute_between_two_lets_a_third_be_paid() -> None:
    """Jot and Kim disagree about 100 between them: Acme pays each what is certain."""
    book = Book(acme=-1000, jot=600, kim=400)
    book.dispute(jot=100, kim=-100)
    assert book.payable() == {"acme": -1000, "jot": 600, "kim": 300}
    assert book.plan().transfers == (Transfer("acme", "jot", 600), Transfer("acme", "kim", 300))


def test_a_dispute_that_is_rejected_frees_what_it_held() -> None:
    """Resolved without corrections: all of the balance is payable."""
    book = Book(acme=-500, jot=500)
    book.resolve(book.dispute(acme=80, jot=-80))
    assert book.payable() == {"acme": -500, "jot": 500}


def test_a_dispute_that_was_right_holds_until_a_statement_shows_its_correction() -> None:
    """What both sides know to be wrong is not paid in the meantime."""
    book = Book(acme=-500, jot=500)
    name = book.dispute(acme=80, jot=-80)
    book.record_late("INV-9")
    book.resolve(name, "INV-9")
    assert book.payable() == {"acme": -420, "jot": 420}
    book.close(acme=-420, jot=420)
    assert book.payable() == {"acme": -420, "jot": 420}
    assert book.payables()["jot"].held == 0


# --- who pays whom ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("balances", "transfers"),
    [
        ({}, ()),
        ({"acme": 0, "jot": 0}, ()),
        ({"acme": -500, "jot": 500}, (Transfer("acme", "jot", 500),)),
        ({"acme": -500, "jot": 300, "kim": 200}, (Transfer("acme", "jot", 300), Transfer("acme", "kim", 200))),
        # Equal amounts find each other, whatever the names.
        (
            {"acme": -10, "bob": -20, "jot": 20, "kim": 10},
            (Transfer("acme", "kim", 10), Transfer("bob", "jot", 20)),
        ),
        (
            {"acme": -30, "bob": -20, "dan": 20, "jot": 15, "kim": 15},
            (Transfer("acme", "jot", 15), Transfer("acme", "kim", 15), Transfer("bob", "dan", 20)),
        ),
        # Where no two are equal the largest pays the largest.
        (
            {"acme": -70, "bob": -10, "jot": 60, "kim": 20},
            (Transfer("acme", "jot", 60), Transfer("acme", "kim", 10), Transfer("bob", "kim", 10)),
        ),
        # A loss that later pools make good: creditors get in proportion what there is.
        ({"acme": -90, "jot": 200, "kim": 100}, (Transfer("acme", "jot", 60), Transfer("acme", "kim", 30))),
        # Money kept for a liability: debtors pay in proportion what is due.
        ({"acme": -60, "bob": -40, "jot": 80}, (Transfer("acme", "jot", 48), Transfer("bob", "jot", 32))),
        # Nobody owes anything, or nobody is due anything.
        ({"acme": 100, "jot": 20}, ()),
        ({"acme": -100, "jot": 0}, ()),
        # A unit cannot be divided: it goes to one of them, and a party that gets none is not paid nothing.
        ({"acme": -1, "jot": 5, "kim": 5}, (Transfer("acme", "jot", 1),)),
    ],
)
def test_balances_are_settled_net(balances: dict[str, int], transfers: tuple[Transfer, ...]) -> None:
    """Who owes pays those who are due, in few payments, and in proportion where one side is short."""
    assert settling(balances) == transfers


BALANCES = st.dictionaries(
    st.sampled_from(("acme", "bob", "dan", "eve", "jot", "kim", "zoe")),
    st.integers(-10_000, 10_000) | st.integers(-9, 9),
)


@given(BALANCES)
def test_what_is_paid_is_what_is_received(balances: dict[str, int]) -> None:
    """All that both sides have in common is paid, by those who owe and to those who are due, and no more."""
    made = settling(balances)
    left = dict(balances)
    for each in made:
        assert each.amount_minor > 0
        assert balances[each.payer] < 0 < balances[each.payee]
        left[each.payer] += each.amount_minor
        left[each.payee] -= each.amount_minor
    assert sum(left.values()) == sum(balances.values())
    assert all(0 <= left[party] * sign <= balances[party] * sign for party in left for sign in [_sign(balances[party])])
    due, owed = (sum(max(0, sign * minor) for minor in balances.values()) for sign in (1, -1))
    assert sum(each.amount_minor for each in made) == min(due, owed)


@given(BALANCES)
def test_there_are_fewer_payments_than_parties(balances: dict[str, int]) -> None:
    """Each payment settles one of its two parties for good, and no two parties pay each other twice."""
    made = settling(balances)
    involved = {party for each in made for party in (each.payer, each.payee)}
    assert len(made) < len(involved) or not made
    assert len({(each.payer, each.payee) for each in made}) == len(made)


@given(BALANCES)
def test_the_order_of_parties_does_not_matter(balances: dict[str, int]) -> None:
    """The same balances give the same payments, in whatever order they are told."""
    assert settling(dict(reversed(balances.items()))) == settling(balances)


@given(BALANCES)
def test_a_side_that_is_cut_is_cut_in_proportion(balances: dict[str, int]) -> None:
    """Nobody's part is a minor unit away from its exact proportion."""
    made = settling(balances)
    for sign in (1, -1):
        side = {party: minor * sign for party, minor in balances.items() if minor * sign > 0}
        total = sum(each.amount_minor for each in made)
        for party, minor in side.items():
            part = sum(each.amount_minor for each in made if party in (each.payer, each.payee))
            assert abs(part * sum(side.values()) - minor * total) < sum(side.values())


# --- the minimum --------------------------------------------------------------------------------------------


def test_less_than_the_minimum_is_carried() -> None:
    """A balance below the minimum of the terms is not paid, and the plan says so."""
    made = Book(acme=-499, jot=499).plan(500)
    jot = next(found for found in made.payables if found.party == "jot")
    assert (made.transfers, made.is_below_minimum(jot), made.waiting_minor(jot)) == ((), True, 499)


def test_the_minimum_itself_is_paid() -> None:
    """The minimum is the least that is paid."""
    assert Book(acme=-500, jot=500).plan(500).transfers == (Transfer("acme", "jot", 500),)


def test_the_minimum_never_strands_a_part() -> None:
    """A party that is due enough gets all of it, though a part of it comes from somebody that owes little."""
    made = Book(acme=-497, bob=-3, jot=500).plan(400)
    assert made.transfers == (Transfer("acme", "jot", 497), Transfer("bob", "jot", 3))


def test_who_carries_leaves_the_others_as_they_are() -> None:
    """A small balance waits; the payer keeps as much as is not paid."""
    made = Book(acme=-1003, jot=1000, kim=3).plan(10)
    assert made.transfers == (Transfer("acme", "jot", 1000),)
    assert {found.party: made.waiting_minor(found) for found in made.payables} == {"acme": -3, "jot": 0, "kim": 3}


def test_the_minimum_is_about_what_is_payable_now() -> None:
    """What a dispute leaves of a balance is carried where it is below the minimum."""
    book = Book(acme=-500, jot=500)
    book.dispute(acme=450, jot=-450)
    assert book.plan(100).transfers == ()


@given(BALANCES, st.integers(0, 2_000))
def test_the_minimum_stops_no_one_else(balances: dict[str, int], minimum_minor: int) -> None:
    """Whoever is due the minimum is paid as if those who are due less were not there."""
    found = tuple(Payable(party, minor, 0, 0, 0) for party, minor in balances.items())
    kept = {party: minor for party, minor in balances.items() if not 0 < minor < minimum_minor}
    made = plan(found, minimum_minor)
    assert made.transfers == settling(kept)
    assert sum(made.paid_minor(each.party) for each in found) == 0
    assert all(made.waiting_minor(each) == each.payable for each in found if made.is_below_minimum(each))


# --- in doubt, and over time --------------------------------------------------------------------------------

CHANGES = st.lists(
    st.tuples(st.sampled_from(PARTIES), st.sampled_from(PARTIES), st.integers(1, 600)).filter(
        lambda each: each[0] != each[1]
    ),
    max_size=3,
)


@settings(max_examples=settings().max_examples, deadline=None)
@given(st.tuples(*[st.integers(-500, 500)] * 3), CHANGES, CHANGES)
def test_what_is_payable_is_owed_whatever_comes(
    balances: tuple[int, ...], flights: list[tuple[str, str, int]], claims: list[tuple[str, str, int]]
) -> None:
    """Any payouts under way may fail or arrive, any dispute may be won or lost: nobody pays more than it owes then."""
    closing = dict(zip(PARTIES, (*balances, -sum(balances)), strict=True))
    book = Book(**closing)
    for payer, payee, minor in flights:
        book.propose(payer, payee, minor)
    for loser, winner, minor in claims:
        book.dispute(**{loser: -minor, winner: minor})
    changes = [{payer: minor, payee: -minor} for payer, payee, minor in flights]
    changes += [{loser: -minor, winner: minor} for loser, winner, minor in claims]
    for party, payable in book.payable().items():
        outcomes = [closing[party] + sum(some) for some in product(*[(0, each.get(party, 0)) for each in changes])]
        assert all(0 <= abs(payable) <= outcome * _sign(payable) for outcome in outcomes if payable)
        assert payable or min(outcomes) <= 0 <= max(outcomes)


DAYS = st.dates(date(2026, 1, 1), date(2026, 8, 31))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("close"), st.tuples(*[st.integers(-900, 900)] * 3)),
        st.just(("propose",)),
        st.tuples(st.sampled_from(("arrive", "fail", "reverse")), st.integers(0, 9), DAYS),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=settings().max_examples, deadline=None)
@given(STEPS)
def test_over_any_history_balances_are_what_was_earned_less_what_arrived(steps: list[tuple[object, ...]]) -> None:
    """Closes, proposals, arrivals on any day, failures and reversals in any order: nothing is counted twice or lost."""
    history = _History()
    for step in steps:
        history.take(step)
        history.check()
    history.settle_everything()


class _History:
    """A book beside the plainest account of it: what was earned, and which payouts have arrived."""

    def __init__(self) -> None:
        self.book = Book(**dict.fromkeys(PARTIES, 0))
        self.earned = dict.fromkeys(PARTIES, 0)
        self.under_way: list[str] = []
        self.arrived: list[str] = []
        self.moves: list[tuple[date, Mapping[str, int]]] = []
        self.orders: dict[str, Transfer] = {}
        self.arrivals: dict[str, date] = {}

    def take(self, step: tuple[object, ...]) -> None:
        match step:
            case ("close", (int(one), int(two), int(three))):
                self.close(dict(zip(PARTIES, (one, two, three, -one - two - three), strict=True)))
            case ("propose",):
                self.propose()
            case ("arrive", int(place), date() as day) if self.under_way:
                self.arrive(self.under_way.pop(place % len(self.under_way)), day)
            case ("fail", int(place), date()) if self.under_way:
                self.book.fail(self.under_way.pop(place % len(self.under_way)))
            case ("reverse", int(place), date() as day) if self.arrived:
                self.reverse(self.arrived.pop(place % len(self.arrived)), day)

    def close(self, earned: Mapping[str, int]) -> None:
        if self.book.months == 7:
            return
        last = parse_period(f"2026-{self.book.months + 1:02d}").last
        for party, minor in earned.items():
            self.earned[party] += minor
        shown = {party: self.earned[party] + self._moved(party, last) for party in PARTIES}
        self.book.close(**shown)

    def propose(self) -> None:
        made = self.book.plan().transfers
        for each in made:
            name = self.book.propose(each.payer, each.payee, each.amount_minor)
            self.orders[name] = each
            self.under_way.append(name)
        assert self.book.plan().transfers == (), "asking twice proposes nothing twice"

    def arrive(self, name: str, day: date) -> None:
        self.book.arrive(name, day)
        self.arrived.append(name)
        self.arrivals[name] = day
        self._move(name, day, 1)

    def reverse(self, name: str, day: date) -> None:
        day = max(day, self.arrivals[name])
        self.book.reverse(name, day)
        self._move(name, day, -1)

    def _move(self, name: str, day: date, sign: int) -> None:
        order = self.orders[name]
        self.moves.append((day, {order.payer: sign * order.amount_minor, order.payee: -sign * order.amount_minor}))

    def _moved(self, party: str, upto: date = date.max) -> int:
        return sum(move.get(party, 0) for day, move in self.moves if day <= upto)

    def check(self) -> None:
        balances = {party: found.balance for party, found in self.book.payables().items()}
        assert balances == {party: self.earned[party] + self._moved(party) for party in PARTIES}

    def settle_everything(self) -> None:
        """When all that is under way has arrived, and what is payable is paid, nothing is owed."""
        for name in self.under_way:
            self.arrive(name, date(2026, 8, 31))
        self.under_way = []
        self.propose()
        for name in self.under_way:
            self.arrive(name, date(2026, 8, 31))
        assert set(self.book.payable().values()) == {0}


def _sign(minor: int) -> int:
    return (minor > 0) - (minor < 0)
