"""Random agreements and histories: whatever the terms are and whatever happens, these laws hold at every close.

Histories come from `tests.strategies` and are played (`tests.playing`) on a book without a store, a smaller number
on a real ledger. To make and play one takes longer than to look at it, so each is held against all laws about one
matter. `--hypothesis-profile=thorough` tries many more of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ledger.book import entry, payout
from ledger.book.events import PeriodClosed
from ledger.book.movements import Movement
from ledger.settlement import journal
from ledger.settlement.canonical import all_figures, canonical_bytes, digest, figure_ids, statement_data
from ledger.settlement.closing import statement_of
from ledger.settlement.statement import RowKind, Statement
from ledger.values.figures import Op, evaluate, repeat, walk
from ledger.values.periods import parse_period
from tests.auditor import audit, total
from tests.checker import is_plain, wrong_figures
from tests.playing import Played, play
from tests.settling import settled, terms_of
from tests.strategies import Document, History, documents, histories, ratios
from tests.world import Book

few = settings(max_examples=settings().max_examples // 2)
many = settings(max_examples=settings().max_examples * 3 // 4)

Law = Callable[[Played], None]
LAWS: dict[str, list[Law]] = {}
"""What holds of every book, by what it is about."""


def law(about: str) -> Callable[[Law], Law]:
    """Have a law checked on each history that is tried for its matter; it leaves the book as it found it."""

    def kept(each: Law) -> Law:
        LAWS.setdefault(about, []).append(each)
        return each

    return kept


def played(history: History) -> Played:
    """A history on a book without a store; what came of it is noted for hypothesis' statistics."""
    found = play(history, Book)
    event(f"{len(found.statements)} closes")
    event("adjusted" if any(made.adjustments for made in found.statements) else "not adjusted")
    return found


# --- statements -------------------------------------------------------------------------------------------


@law("statements")
def all_accounts_add_up_to_nothing(found: Played) -> None:
    """What the venture owes its parties and outsiders is what they owe it and what later pools must make good."""
    for made in found.statements:
        balances = sum(account.closing.minor for account in made.accounts)
        kept = made.retained.minor if made.retained is not None else 0
        held = sum(account.closing.minor for account in made.reserves)
        assert balances + held + made.liabilities.minor + kept - made.loss.minor == 0


@law("statements")
def every_statement_ties_out(found: Played) -> None:
    """Opening, lines and adjustments add up to closing; a statement opens where the last one closed."""
    before: dict[tuple[str, bool], Fraction] = {}
    for made in found.statements:
        for account, is_capital in [*((a, False) for a in made.accounts), *((a, True) for a in made.capital)]:
            parts = [row.figure.value for row in account.rows if row.kind in (RowKind.LINE, RowKind.ADJUSTMENT)]
            assert all(value.denominator == 1 for value in parts)
            assert account.opening.value + sum(parts) == account.closing.value
            assert account.opening.value == before.get((account.party, is_capital), 0)
        before = {(account.party, False): account.closing.value for account in made.accounts}
        before |= {(account.party, True): account.closing.value for account in made.capital}


@law("statements")
def adjustments_are_listed_as_they_are_posted(found: Played) -> None:
    """What the list of adjustments says of a party is what the rows of its account say."""
    for made in found.statements:
        for account in made.accounts:
            rows = [row.figure.value for row in account.rows if row.kind is RowKind.ADJUSTMENT]
            listed = [
                adjustment.net[account.party].value
                for adjustment in made.adjustments
                if account.party in adjustment.net
            ]
            assert rows == listed
            assert all(rows), "an adjustment of nothing is none"


@law("statements")
def parts_equal_the_whole(found: Played) -> None:
    """Shares add up to what was available and the loss that is carried on, exactly and once they are rounded."""
    for made in found.statements:
        settlement = made.settlement
        shares = sum(share.minor for share in settlement.shares.values())
        assert shares == settlement.available.minor + settlement.loss.minor
        exact = sum((figure.value for figure in settlement.shared.entitlements.values()), Fraction(0))
        assert abs(exact - shares) <= Fraction(1, 2)
        assert settlement.loss.value >= 0 or settlement.terms.losses.carried_forward
        reimbursed = sum(figure.minor for figure in settlement.pool.reimbursed.values())
        assert reimbursed == settlement.pool.costs.minor


# --- figures ----------------------------------------------------------------------------------------------


@law("statements")
def every_figure_is_its_own_derivation(found: Played) -> None:
    """Each figure's operation, done again on its operands, gives its value; and so does the whole derivation."""
    for made in found.statements:
        for figure in walk(made.roots()):
            if figure.operands:
                assert repeat(figure, tuple(part.value for part in figure.operands)) == figure.value
        for account in made.accounts:
            assert evaluate(account.closing) == account.closing.value


@law("statements")
def a_statement_can_be_checked_from_its_data_alone(found: Played) -> None:
    """Whoever has the exported statement, and nothing else of ours, comes to every figure in it."""
    for made in found.statements:
        data = json.loads(canonical_bytes(statement_data(made)))
        assert is_plain(data)
        assert wrong_figures(data) == []


@law("statements")
def every_figure_has_an_id_of_its_own(found: Played) -> None:
    """No two figures of a statement have the same id, and each id begins with the statement's."""
    for made in found.statements:
        ids = figure_ids(made)
        assert ids.keys() == all_figures(made).keys()
        assert len(set(ids.values())) == len(ids)
        assert all(each.startswith(f"acme-jot/{made.period}/") for each in ids.values())


@law("statements")
def a_figure_carried_over_is_the_figure_that_it_names(found: Played) -> None:
    """Each reference leads to a statement, and there to a figure of the same value."""
    book = found.book
    made = [statement_of(book.facts, closing.period) for closing in book.facts.closings()]
    known: dict[str, dict[str, Fraction]] = {}
    for figure in walk(root for each in made for root in each.roots()):
        if figure.op is Op.CARRIED:
            where, address = figure.reference.split("/", 2)[1:]
            if where not in known:
                known[where] = values(at(book, where))
            assert known[where].get(address) == figure.value


def at(book: Any, where: str) -> Statement:
    """The statement `2026-01`, or `2026-01@17`."""
    period, _, seq = where.partition("@")
    return statement_of(book.facts, parse_period(period), int(seq) if seq else None)


def values(made: Statement) -> dict[str, Fraction]:
    """The value of every figure by its address."""
    ids, figures = figure_ids(made), all_figures(made)
    return {each.removeprefix(f"{made.id}/"): figures[key].value for key, each in ids.items()}


# --- knowledge --------------------------------------------------------------------------------------------


@law("knowledge")
def what_was_issued_stays(found: Played) -> None:
    """After all that came later, each closed period's statement is the same to the byte, and so is its digest."""
    assert isinstance(found.book, Book)
    closes = [event for _, event in found.book.events if isinstance(event, PeriodClosed)]
    for made, close in zip(found.statements, closes, strict=True):
        again = statement_of(found.book.facts, made.period)
        assert canonical_bytes(statement_data(again)) == canonical_bytes(statement_data(made))
        assert digest(again) == close.statement


@law("knowledge")
def a_draft_says_what_a_close_will(found: Played) -> None:
    """The statement of the next period, as known now, has the balances with which it is then closed."""
    assert isinstance(found.book, Book)
    book = found.book.fork()
    draft = statement_of(book.facts, book.next_period(), book.head)
    closed = book.close()
    assert not draft.sealed
    assert [(a.party, a.closing.value) for a in draft.accounts] == [(a.party, a.closing.value) for a in closed.accounts]


@law("knowledge")
def the_auditor_agrees(found: Played) -> None:
    """A slow and obvious recomputation from what people did comes to the same balances, pools and shares."""
    for made, expected in zip(found.statements, audit(found.history.document, found.log), strict=True):
        assert stated(made) == expected


def stated(made: Statement) -> dict[str, Any]:
    """A statement in the auditor's words."""
    settlement = made.settlement
    adjusted = [{party: figure.minor for party, figure in each.net.items()} for each in made.adjustments]
    return {
        "period": made.period.key,
        "opening": total([{account.party: account.opening.minor} for account in made.accounts]),
        "net": total([{party: figure.minor for party, figure in settlement.net.items()}]),
        "adjusted": total(adjusted),
        "closing": total([{account.party: account.closing.minor} for account in made.accounts]),
        "pool": settlement.pool.pool.minor,
        "available": settlement.available.minor,
        "shares": total([{party: share.minor for party, share in settlement.shares.items()}]),
        "owed": total([shortfalls(made)]),
        "liabilities": made.liabilities.minor,
        "loss": made.loss.minor,
        "capital": total([{account.party: account.closing.minor} for account in made.capital]),
        "held": total([{account.party: account.closing.minor} for account in made.reserves]),
        "unrecouped": total([{f"{each.party} {each.name}": each.closing.minor} for each in made.advances]),
    }


def shortfalls(made: Statement) -> dict[str, Fraction]:
    """What rounding owes each party after a period."""
    return {
        name.partition("/")[0]: figure.value
        for name, figure in made.settlement.forward.items()
        if name.endswith("/shortfall")
    }


# --- order ------------------------------------------------------------------------------------------------


@law("knowledge")
def order_within_an_epoch_never_matters(found: Played) -> None:
    """Parties named in another order, facts recorded in another order between two closes: the same statements."""
    other = play(backwards(found.history), Book)
    assert [scrubbed(made) for made in found.statements] == [scrubbed(made) for made in other.statements]


def backwards(history: History) -> History:
    """The parties in the opposite order, and each run of recorded facts, too."""
    steps: list[Document] = []
    run: list[Document] = []
    for step in (*history.steps, {"do": "end"}):
        if step["do"] == "record":
            run.append(step)
        else:
            steps += [*reversed(run), step]
            run = []
    document = {word: history.document[word] for word in reversed(history.document)}
    document["parties"] = {party: document["parties"][party] for party in reversed(document["parties"])}
    return History(document, tuple(steps[:-1]))


def scrubbed(made: Statement) -> Any:
    """A statement's data without who recorded what at which place in the book."""
    data = statement_data(made)
    for adjustment in data["adjustments"]:
        causes = [{**cause, "seq": None, "actor": None} for cause in adjustment["causes"]]
        adjustment["causes"] = sorted(causes, key=lambda cause: (cause["reference"], cause["event"]))
    return data


# --- the journal ------------------------------------------------------------------------------------------


def movements(book: Book) -> Iterator[tuple[int, Movement]]:
    """What every event added to the totals, with its seq."""
    states: dict[str, Any] = {}
    for seq, each in book.events:
        room = {"entry": entry, "payout": payout}.get(each.stream.split("/")[1])
        if room is not None:
            state = states.get(each.stream) or room.initial()
            states[each.stream], moved = room.evolve_with_movements(state, each)
            yield from ((seq, movement) for movement in moved)


@law("journal")
def postings_add_up_to_nothing_and_to_the_balances(found: Played) -> None:
    """Every fact and every close is balanced; together they leave the statement's balances on the accounts."""
    assert isinstance(found.book, Book)
    code = found.history.document["currency"]
    facts = [(seq, journal.movement_postings(movement, code)) for seq, movement in movements(found.book)]
    closed: list[journal.Posting] = []
    for made, closing in zip(found.statements, found.book.facts.closings(), strict=True):
        postings = journal.closing_postings(found.book.facts, closing)
        closed += postings
        assert sum(posting.amount_minor for posting in postings) == 0
        known = [
            p for seq, pair in facts if seq <= closing.cutoff_seq for p in pair if p.effective_on <= made.period.last
        ]
        assert sum(posting.amount_minor for posting in known) == 0
        left = {account: minor for (account, _), minor in journal.balances([*known, *closed]).items() if minor}
        assert left == expected_balances(made, left)


def expected_balances(made: Statement, left: dict[str, int]) -> dict[str, int]:
    """The accounts that a close leaves open, and what stands on them by the statement."""
    expected = {journal.current(account.party): account.closing.minor for account in made.accounts}
    expected |= {journal.capital(account.party): account.closing.minor for account in made.capital}
    expected |= {journal.reserve(account.party): account.closing.minor for account in made.reserves}
    ahead = {journal.advance(account.party, account.name): -account.closing.minor for account in made.advances}
    expected |= {**ahead, journal.ADVANCES: -sum(ahead.values())}
    kept = made.retained.minor if made.retained is not None else 0
    expected[journal.FUNDS] = kept - sum(account.closing.minor for account in made.capital)
    expected[journal.LOSS] = -made.loss.minor
    outside = {account: minor for account, minor in left.items() if account.startswith("venture:liabilities:")}
    assert sum(outside.values()) == made.liabilities.minor
    return {account: minor for account, minor in {**expected, **outside}.items() if minor}


@law("journal")
def postings_cite_figures_that_are_there(found: Played) -> None:
    """The figure that a posting names is one of its statement."""
    known: dict[str, dict[str, Fraction]] = {}
    for closing in found.book.facts.closings():
        for posting in journal.closing_postings(found.book.facts, closing):
            if posting.figure:
                where, address = posting.figure.split("/", 2)[1:]
                if where not in known:
                    known[where] = values(at(found.book, where))
                assert address in known[where]


# --- all of these laws ------------------------------------------------------------------------------------


@pytest.mark.parametrize("about", LAWS)
@many
@given(history=histories())
def test_laws_hold_whatever_happens(about: str, history: History) -> None:
    """Each law above, of every book that people could have made."""
    found = played(history)
    for holds in LAWS[about]:
        holds(found)


# --- rounding ---------------------------------------------------------------------------------------------


@few
@given(histories(amendments=False))
def test_nobody_loses_by_rounding_over_the_years(history: History) -> None:
    """Under the carried rule a party's shares stay within two minor units of what it is due, all periods together."""
    document = {**history.document, "rounding": "carried"}
    for made in played(History(document, history.steps)).statements:
        assert all(abs(shortfall) < 2 for shortfall in shortfalls(made).values())


@few
@given(st.data(), st.integers(0, 10**6), st.integers(0, 500))
def test_a_larger_pool_takes_from_nobody(data: st.DataObject, minor: int, more: int) -> None:
    """Under a plain split nobody's entitlement falls when the pool grows, nor a share by more than one unit."""
    terms = terms_of(shares=[{"split": data.draw(ratios(("acme", "jot", "kim")))}])

    def shared(amount: int) -> Any:
        return settled(terms, {"results": {"sales": Fraction(amount, 100)}})[0]

    less, grown = shared(minor), shared(minor + more)
    for party, figure in less.shared.entitlements.items():
        assert grown.shared.entitlements[party].value >= figure.value
        assert grown.shares[party].minor >= less.shares[party].minor - 1
        if len(less.shares) == 2:
            assert grown.shares[party].minor >= less.shares[party].minor


@few
@given(documents(), st.integers(-(10**6), 10**6), st.integers(0, 10**9))
def test_any_terms_that_are_accepted_can_be_settled(document: Document, minor: int, units: int) -> None:
    """No document that passes leads to a period that cannot be closed, whatever the numbers are."""
    book = Book(json.dumps(document))
    made = book.close()
    assert all(not figure.value for figure in made.settlement.pool.lines)
    terms = book.terms
    given_amounts = {
        "results": {"sales": Fraction(minor, terms.unit.scale)},
        "units": {"signups": Fraction(units, 10**6)},
    }
    for settlement in settled(terms, given_amounts, {}, given_amounts):
        assert (
            sum(share.minor for share in settlement.shares.values())
            == settlement.available.minor + settlement.loss.minor
        )
