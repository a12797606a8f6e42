"""Double entry: what every fact and every close does to the accounts of the venture.

The venture keeps one set of accounts. A positive amount is a credit (what the venture owes, or earned), a
negative one a debit (what it is owed, or spent). The postings of a fact add up to nothing, and those of a close
do, so that all accounts together always do.

    current:acme                     what the venture owes a party, as its statement says
    capital:acme                     a party's stake
    venture:funds                    the other side of all stakes
    reserve:jot                      what is held back of a party's shares
    advance:jot:album-1              what a party got ahead on an account and is not recouped
    venture:advances                 the other side of all of these
    venture:liabilities:chargebacks  what the venture owes outsiders
    venture:loss carried forward     what later pools make good
    venture:results:sales            results, costs and liabilities as a charge: these three gather
    venture:costs:media              what happened, until a close makes shares of it
    venture:charges:chargebacks      and leaves nothing on them

A *fact* is posted on its effective date, whatever the terms say: a party that collected a result holds it for
all, a party that paid a cost is owed it. A *close* posts what the terms make of the facts, on the last day of its
period: every party's share, a loss that is carried forward, and, back to whom it came from, what the pool does
not bear (a cost beyond its cap, a metric that is not shared). For the periods before it posts what later
knowledge changes: what follows now, less what followed then.

Foreign money is posted in its own currency, and restated at the close: taken back in that currency, posted on the
same accounts in the agreement's. What exchange gains or loses is posted with the shares that it adds to. So the
postings add up to nothing in each currency.

So the facts known at a cut-off and effective by the end of its period, with all closes up to it, leave on every
current account the closing balance of the statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import assert_never

import msgspec
from msgspec.structs import replace

from ledger.book.closing import Closing
from ledger.book.movements import Kind, Movement
from ledger.settlement.capital import RETURNED_LINE
from ledger.settlement.knowledge import Facts, Knowledge, Total
from ledger.settlement.leaves import inputs_of
from ledger.settlement.settle import Settlement, fold
from ledger.settlement.statement import statement_id
from ledger.settlement.withholding import PAID
from ledger.terms.borne import KINDS
from ledger.terms.exchange import CLAUSE as EXCHANGE
from ledger.terms.retention import RETAINED_LINE, clause_of
from ledger.values.periods import Period

FUNDS = "venture:funds"
ADVANCES = "venture:advances"
LOSS = "venture:loss carried forward"


class Posting(msgspec.Struct, frozen=True):
    """One leg of a balanced journal line: minor units of a currency, credited (or debited, negative) on a day.

    `reference` names the entry or payout that it comes from; `figure` the figure of a statement, and `clause` the
    clause of the terms, that it follows from.
    """

    account: str
    amount_minor: int
    currency: str
    effective_on: date
    clause: str = ""
    figure: str = ""
    reference: str = ""


def current(party: str) -> str:
    """The account of what the venture owes a party."""
    return f"current:{party}"


def capital(party: str) -> str:
    """The account of a party's stake."""
    return f"capital:{party}"


def reserve(party: str) -> str:
    """The account of what is held back of a party's shares."""
    return f"reserve:{party}"


def advance(party: str, name: str) -> str:
    """The account of what a party got ahead and is not recouped: a debit, which nobody owes."""
    return f"advance:{party}:{name}"


def balances(postings: Iterable[Posting]) -> dict[tuple[str, str], int]:
    """What postings leave on each account, by account and currency; accounts that they leave empty included."""
    found: dict[tuple[str, str], int] = {}
    for posting in postings:
        key = (posting.account, posting.currency)
        found[key] = found.get(key, 0) + posting.amount_minor
    return dict(sorted(found.items()))


# --- facts ------------------------------------------------------------------------------------------------


def movement_postings(movement: Movement, currency: str) -> tuple[Posting, ...]:
    """What a movement does to the accounts, in its own currency (else `currency`).

    The received side of a payment is posted with its paid side. Foreign money that is sold stays with who held it,
    and only what that gains is posted, by the close.
    """
    sides = _sides(movement)
    if sides is None or not movement.amount_minor:
        return ()
    credit, debit = sides
    day, reference = movement.effective_on, movement.reference
    currency = movement.currency or currency
    return (
        Posting(credit, movement.amount_minor, currency, day, reference=reference),
        Posting(debit, -movement.amount_minor, currency, day, reference=reference),
    )


def _sides(movement: Movement | Total) -> tuple[str, str] | None:
    """The account that is credited, and the one that is debited."""
    name, party = movement.name, movement.party
    match Kind(movement.kind):
        case Kind.RESULT:
            return _results(name), current(party)
        case Kind.COST:
            return current(party), _costs(name)
        case Kind.LIABILITY:
            return _liabilities(name), _charges(name)
        case Kind.LIABILITY_RELEASED:
            return _charges(name), _liabilities(name)
        case Kind.LIABILITY_SETTLED:
            return current(party), _liabilities(name)
        case Kind.CONTRIBUTION | Kind.CAPITAL_CHANGED:
            return capital(party), FUNDS
        case Kind.WITHDRAWAL:
            return FUNDS, capital(party)
        case Kind.ADVANCE_PAID if name:
            return ADVANCES, advance(_counter(movement), name)
        case Kind.ADVANCE_PAID | Kind.PAYOUT_PAID:
            return current(party), current(_counter(movement))
        case Kind.ADVANCE_RECEIVED | Kind.PAYOUT_RECEIVED | Kind.CURRENCY_SOLD | Kind.CURRENCY_PROCEEDS:
            return None
        case kind:
            assert_never(kind)


def _counter(movement: Movement | Total) -> str:
    """The other side of a payment between parties, which is always in the agreement's own currency."""
    return movement.counter if isinstance(movement, Movement) else ""


def _results(metric: str) -> str:
    return f"venture:results:{metric}"


def _costs(category: str) -> str:
    return f"venture:costs:{category}"


def _charges(category: str) -> str:
    return f"venture:charges:{category}"


def _liabilities(category: str) -> str:
    return f"venture:liabilities:{category}"


# --- closes -----------------------------------------------------------------------------------------------


def closing_postings(facts: Facts, closing: Closing) -> tuple[Posting, ...]:
    """What a close does to the accounts: the shares of its period, and what has changed in those before."""
    before = [each for each in facts.closings() if each.period < closing.period]
    now = _follows(facts.knowledge(closing.cutoff_seq), closing.period)
    then = _follows(facts.knowledge(before[-1].cutoff_seq), before[-1].period) if before else {}
    postings = []
    for line in now.keys() | then.keys():
        minor = now.get(line, 0) - then.get(line, 0)
        if minor:
            source = _source(line, closing if line in now else before[-1])
            code = line.currency or closing.currency
            postings.append(Posting(line.account, minor, code, closing.period.last, line.clause, source))
    return tuple(sorted(postings, key=_place))


def _source(line: _Line, known: Closing) -> str:
    """The id of the figure that a line is, as it was known at a close."""
    seq = None if line.period == known.period else known.cutoff_seq
    return f"{statement_id(line.agreement, line.period, seq)}/{line.figure}" if line.figure else ""


def _place(posting: Posting) -> tuple[str, str, str, int]:
    return posting.figure, posting.account, posting.clause, posting.amount_minor


class _Line(msgspec.Struct, frozen=True):
    """Where an amount of a period is posted, and the address of the figure that it is.

    `currency` is a foreign one, "" the agreement's.
    """

    agreement: str
    period: Period
    account: str
    clause: str
    figure: str
    currency: str = ""


def _follows(knowledge: Knowledge, upto: Period) -> dict[_Line, int]:
    """What the terms make of all facts up to the end of a period."""
    found: dict[_Line, int] = {}
    for settled in fold(knowledge, upto):
        totals, restated = _in_own_currency(knowledge, settled)
        own = (
            *_shares(settled),
            *_exchanged(settled),
            *_cleared(settled, totals),
            *_beyond(settled, totals),
            *_not_borne(settled, totals),
            *_not_counted(settled, totals),
            *_returned(settled),
            *_retained(settled),
            *_withheld(settled),
        )
        for account, minor, clause, figure, code in (*((*each, "") for each in own), *restated):
            line = _Line(knowledge.agreement, settled.period, account, clause, figure, code)
            found[line] = found.get(line, 0) + minor
    return found


def _in_own_currency(knowledge: Knowledge, settled: Settlement) -> tuple[list[Total], list[_Restated]]:
    """The totals of a period with foreign money converted, and the lines that restate it."""
    totals = [each for each in knowledge.totals.get(settled.period.key, ()) if each.kind != Kind.CURRENCY_SOLD]
    if not any(total.currency for total in totals):
        return totals, []
    pool = settled.borne.pool.shared()
    shared = {Kind.RESULT: pool.results, Kind.COST: pool.costs}
    shared |= dict.fromkeys((Kind.LIABILITY, Kind.LIABILITY_RELEASED, Kind.LIABILITY_SETTLED), pool.liabilities)
    converted = {key: iter(parts) for key, parts in inputs_of(knowledge, settled.period).foreign.items()}
    found, lines = [], []
    for total in totals:
        if not total.currency:
            found.append(total)
            continue
        part = next(converted[total.kind, total.name, total.party])
        sides, foreign, own = _sides(total), part.amount.minor, part.converted.minor
        assert sides is not None
        assert (part.currency, foreign) == (total.currency, total.amount_minor)
        clause, inside = f"{EXCHANGE}.{part.currency}", total.name in shared.get(Kind(total.kind), ())
        for account, sign in zip(sides, (1, -1), strict=True):
            lines.append((account, -sign * foreign, clause, part.amount.name if inside else "", part.currency))
            lines.append((account, sign * own, clause, part.converted.name if inside else "", ""))
        found.append(replace(total, amount_minor=own, currency="", day=""))
    return found, lines


_Amount = tuple[str, int, str, str]
"""Account, minor units, clause, address of the figure."""

_Restated = tuple[str, int, str, str, str]
"""The same, and the currency where it is a foreign one."""


def _exchanged(settled: Settlement) -> Iterator[_Amount]:
    """What exchange gained or lost: with the parties that hold the money, and on what is owed."""
    for party, gain in settled.pool.exchange.held.items():
        yield current(party), -gain.minor, EXCHANGE, f"{party}/exchange"
    for category, gain in settled.pool.exchange.owed.items():
        yield _liabilities(category), -gain.minor, EXCHANGE, gain.name


def _shares(settled: Settlement) -> Iterator[_Amount]:
    """Every party's share, and the change of the loss that is carried forward."""
    for party, share in settled.shares.items():
        yield current(party), share.minor, "shares", f"{party}/share"
    brought = settled.pool.pool.minor - settled.available.minor
    yield LOSS, brought - settled.loss.minor, "losses", "pool/loss"


def _cleared(settled: Settlement, totals: Iterable[Total]) -> Iterator[_Amount]:
    """What gathered on the accounts of results, costs and charges; none of it stays there."""
    pool = settled.borne.pool
    for total in totals:
        name, minor = total.name, total.amount_minor
        match Kind(total.kind):
            case Kind.RESULT:
                inside = name in pool.results
                yield _results(name), -minor, "pool.results", f"results/{name}" if inside else ""
                if not inside:
                    yield current(total.party), minor, "pool.results", ""
            case Kind.COST:
                inside = any(cost.category == name for cost in pool.costs)
                yield _costs(name), minor, "pool.costs", f"pool/costs.{name}" if inside else ""
            case Kind.LIABILITY | Kind.LIABILITY_RELEASED | Kind.LIABILITY_SETTLED as kind:
                yield from _liability(kind, total, name in pool.liabilities)
            case _:
                pass  # payments and capital need no terms


def _liability(kind: Kind, total: Total, inside: bool) -> Iterator[_Amount]:
    name, clause = total.name, "pool.liabilities"
    minor = -total.amount_minor if kind is Kind.LIABILITY_RELEASED else total.amount_minor
    if kind is not Kind.LIABILITY_SETTLED:
        yield _charges(name), minor, clause, f"pool/liabilities.{name}" if inside else ""
        if not inside:
            yield _liabilities(name), -minor, clause, ""
    elif not inside:
        yield _liabilities(name), minor, clause, ""
        yield current(total.party), -minor, clause, ""


def _not_borne(settled: Settlement, totals: Iterable[Total]) -> Iterator[_Amount]:
    """Of a category that the pool bears in part, what it does not: nothing that the venture owes."""
    bears = settled.borne
    outside: dict[tuple[str, str, str], int] = {}
    for total in totals:
        if total.kind in KINDS and total.name in bears.changing and total.name in bears.pool.liabilities:
            key = total.kind, total.name, total.party
            outside[key] = outside.get(key, 0) + total.amount_minor
    for (kind, name, party), minor in outside.items():
        counted = bears.inputs.of(kind, name).get(party)
        beyond = minor - (0 if counted is None else counted.minor)
        yield _liabilities(name), -beyond if kind == Kind.LIABILITY else beyond, "pool.liabilities", ""
        if kind == Kind.LIABILITY_SETTLED:
            yield current(party), -beyond, "pool.liabilities", ""


def _beyond(settled: Settlement, totals: Iterable[Total]) -> Iterator[_Amount]:
    """Costs that the pool does not bear: they stay with who paid them."""
    paid: dict[str, int] = {}
    for total in totals:
        if total.kind == Kind.COST:
            paid[total.party] = paid.get(total.party, 0) + total.amount_minor
    reimbursed: Mapping[str, int] = {party: figure.minor for party, figure in settled.pool.reimbursed.items()}
    for party, minor in paid.items():
        figure = f"{party}/reimbursed" if party in reimbursed else ""
        yield current(party), reimbursed.get(party, 0) - minor, "pool.costs", figure


def _returned(settled: Settlement) -> Iterator[_Amount]:
    """Capital that the steps gave back: as a share it is on the current account, so the stake is smaller by it."""
    for party, lines in settled.capital.items():
        for line in lines:
            if line.name == f"{party}/{RETURNED_LINE}":
                yield capital(party), line.minor, line.clause, line.name
                yield FUNDS, -line.minor, line.clause, line.name


def _retained(settled: Settlement) -> Iterator[_Amount]:
    """What of the shares becomes capital: the party is owed so much less, and has so much more of a stake."""
    for party, kept in settled.retained.items():
        yield current(party), -kept.minor, clause_of(party), f"{party}/retained"
        yield capital(party), kept.minor, clause_of(party), f"{party}/{RETAINED_LINE}"


def _not_counted(settled: Settlement, totals: Iterable[Total]) -> Iterator[_Amount]:
    """What parties reported as collected and does not count, as another's number does: nobody holds it for all."""
    if not settled.compared:
        return
    held: dict[str, int] = {}
    for total in totals:
        if total.kind == Kind.RESULT and total.name in settled.terms.pool.results:
            held[total.party] = held.get(total.party, 0) + total.amount_minor
    for party in sorted({*held, *settled.pool.collected} - {""}):
        counts = settled.pool.collected.get(party)
        minor = held.get(party, 0) - (0 if counts is None else counts.minor)
        yield current(party), minor, "authority", "" if counts is None else counts.name


def _withheld(settled: Settlement) -> Iterator[_Amount]:
    """What is held of shares, released, and recouped: it moves between accounts of the same parties, or two parties."""
    for party, rows in settled.withheld.rows.items():
        for row in rows:
            yield current(party), row.minor, row.clause, row.name
    for party, rows in settled.withheld.reserves.items():
        for row in rows:
            yield reserve(party), row.minor, row.clause, row.name
    for (party, name), rows in settled.withheld.advances.items():
        for row in rows:
            if not row.name.endswith(PAID):  # the fact itself is posted when it is recorded
                yield advance(party, name), -row.minor, row.clause, row.name
                yield ADVANCES, row.minor, row.clause, row.name
