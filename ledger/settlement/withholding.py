"""What is withheld of posted shares: held in reserve and released again, and recouped for advances.

It comes after the shares are posted, in whole minor units, and moves them between accounts of the same parties: a
reserve is held for its own party, what is recouped goes to who paid the advance. First the reserve, then recoupment out
of what the reserve left. Each step of the terms that a clause names (or all of a share, where it names none) is a
*section*, with a reserve of its own, so that the money of one is never held for another.

What is held in a period is a vintage, named by the period. What is reversed later is covered out of the vintages of its
section, the oldest first; what is left of a vintage is released when its time has come. Balances and vintages that are
empty are not handed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from ledger.book.movements import Kind
from ledger.settlement.capital import Brought
from ledger.terms.advances import AdvanceAccount
from ledger.terms.context import Inputs
from ledger.terms.document import Terms
from ledger.terms.out_of import keys_by_label
from ledger.terms.reserves import Reserve
from ledger.terms.sharing import Shared
from ledger.values.figures import Figure, Op, add, derive, lesser, multiply, negate, positive, subtract, term
from ledger.values.periods import Period, parse_period

RESERVE = "reserve"
ADVANCE = "advance"
PAID = ".paid"  #: how the address of the row ends that shows what was paid ahead
ALL = ""  #: the section that is all of a share, or what no named step gave of it

AdvanceKey = tuple[str, str, str]
"""An account of advances: who got them, who paid them, and its name."""

Rows = dict[str, tuple[Figure, ...]]
"""Rows of accounts, by party."""


class Withheld(msgspec.Struct, frozen=True):
    """What withholding does in a period, all in whole minor units.

    `rows` change current accounts, `reserves` the reserve accounts of the same parties, `advances` what is not recouped
    yet, by payee and account. `forward` is what the next period starts from.
    """

    rows: Rows
    reserves: Rows
    advances: dict[tuple[str, str], tuple[Figure, ...]]
    forward: tuple[Figure, ...]


class _Frame(msgspec.Struct, frozen=True):
    """A period at work; `was` are the accounts of the terms of the period before it.

    `over` tells that the agreement has ended before it: nothing more is held then.
    """

    period: Period
    terms: Terms
    shared: Shared
    inputs: Inputs
    before: Brought
    was: Mapping[str, AdvanceAccount]
    over: bool

    def named(self, party: str) -> list[str]:
        """The steps that clauses name for a party, in the order of the steps."""
        reserve = self.terms.reserves.get(party)
        asked = {name for account in self.terms.advances.values() if account.payee == party for name in account.out_of}
        asked |= set(reserve.out_of if reserve is not None else ())
        return [label for label in keys_by_label(self.terms.shares) if label in asked]

    def given(self, party: str, label: str) -> Figure | None:
        """What a step gave a party, exactly; None where nothing."""
        return self.shared.taken.get(keys_by_label(self.terms.shares).get(label, ""), {}).get(party)


def withheld(
    terms: Terms,
    shared: Shared,
    inputs: Inputs,
    before: Brought,
    period: Period,
    was: Mapping[str, AdvanceAccount],
    *,
    over: bool,
) -> Withheld:
    """What is withheld of the shares of a period, given what the period before handed on, and `was` its accounts."""
    at = _Frame(period, terms, shared, inputs, before, was, over)
    held = {party: _Sections(at, party) for party in sorted({*terms.reserves, *_vintages(before)})}
    recouping = _Recoupment(at, held)
    recouping.run()
    rows: dict[str, list[Figure]] = {party: list(sections.rows()) for party, sections in held.items()}
    for party, row in recouping.rows:
        rows.setdefault(party, []).append(row)
    return Withheld(
        rows={party: tuple(lines) for party, lines in sorted(rows.items()) if lines},
        reserves={party: lines for party, sections in held.items() if (lines := tuple(sections.account()))},
        advances=recouping.accounts,
        forward=(*(figure for sections in held.values() for figure in sections.forward), *recouping.forward),
    )


# --- reserves -----------------------------------------------------------------------------------------------


def _vintages(before: Brought) -> dict[str, dict[str, dict[str, Figure]]]:
    """What is held from before, by party, section and period."""
    found: dict[str, dict[str, dict[str, Figure]]] = {}
    for name in before.names():
        party, _, rest = name.partition("/")
        if rest.startswith(f"{RESERVE}."):
            section, _, key = rest.removeprefix(f"{RESERVE}.").rpartition(".")
            figure = before.figure(name, f"held in {key}" + (f" of {section}" if section else ""))
            assert figure is not None
            found.setdefault(party, {}).setdefault(section, {})[key] = figure
    return found


@lru_cache(maxsize=4096)
def _is_due(key: str, after: int, now: Period) -> bool:
    """Whether a vintage is released by now; it looks no further, as the calendar may end before that period."""
    period = parse_period(key)
    for _ in range(after):
        if period >= now:
            return False
        period = period.next()
    return period <= now


class _Sections(msgspec.Struct):
    """The reserve of a party in a period: what each of its sections holds anew, and what it lets go."""

    at: _Frame
    party: str
    held: dict[str, Figure] = msgspec.field(default_factory=dict)
    released: dict[str, list[Figure]] = msgspec.field(default_factory=dict)
    forward: list[Figure] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        clause = self.at.terms.reserves.get(self.party)
        vintages = _vintages(self.at.before).get(self.party, {})
        asked = [] if clause is None else list(clause.out_of) or [ALL]
        for section in sorted({*asked, *vintages}):
            self._settle(section, vintages.get(section, {}), clause, clause is not None and section in asked)

    @property
    def clause(self) -> str:
        """The address of the clause."""
        return f"{RESERVE}.{self.party}"

    def _settle(self, section: str, vintages: dict[str, Figure], clause: Reserve | None, asked: bool) -> None:
        money = self._money(section) if asked else None
        left = dict(sorted(vintages.items()))
        if money is not None and money.value < 0:
            left = self._cover(section, left, money)
        for key in list(left):
            if clause is None or _is_due(key, clause.release_after, self.at.period):
                self.released.setdefault(section, []).append(left.pop(key))
        for key, figure in left.items():
            self._keep(section, key, figure)
        if money is not None and money.value > 0 and clause is not None and not self.at.over:
            self._hold(section, money, clause)

    def _money(self, section: str) -> Figure | None:
        return self.at.shared.entitlements.get(self.party) if section == ALL else self.at.given(self.party, section)

    def _cover(self, section: str, vintages: dict[str, Figure], money: Figure) -> dict[str, Figure]:
        """What is reversed, in whole minor units, is covered out of the oldest vintage first."""
        open_ = derive(Op.FLOOR, (negate(money, "reversed", self.clause),), "to cover", self.clause)
        left = {}
        for key, vintage in vintages.items():
            used = lesser((vintage, open_), f"covers what was reversed, out of {key}", self.clause)
            if used.value:
                self.released.setdefault(section, []).append(used)
                open_ = subtract((open_, used), "still to cover", self.clause)
                vintage = subtract((vintage, used), vintage.label, self.clause)
            if vintage.value:
                left[key] = vintage
        return left

    def _hold(self, section: str, money: Figure, clause: Reserve) -> None:
        rate = term(clause.rate, "", "rate of the reserve", self.clause)
        exact = multiply((rate, money), "part to be held", self.clause)
        held = self._within_share(derive(Op.FLOOR, (exact,), "held in whole minor units", self.clause))
        if held.value:
            self.held[section] = held
            self._keep(section, self.at.period.key, held)

    def _within_share(self, held: Figure) -> Figure:
        """At most what the share has: a cap, a guarantee or another step may leave less of it than a step gave."""
        whole = positive(self.at.shared.entitlements[self.party], "share, if anything", self.clause)
        room = derive(Op.FLOOR, (whole,), "share in whole minor units", self.clause)
        if self.held:
            room = subtract((room, *self.held.values()), "less what is held already", self.clause)
        return held if held.value <= room.value else lesser((held, room), "held, within the share", self.clause)

    def left(self, whole: Figure | None) -> Figure:
        """What the reserve leaves of a whole share, with all that it releases."""
        out = [figure for figures in self.released.values() for figure in figures]
        there = self._sum([*([] if whole is None else [whole]), *out], "share, with what is released", "")
        return subtract((there, *self.held.values()), "share after the reserve", self.clause) if self.held else there

    def _keep(self, section: str, key: str, figure: Figure) -> None:
        name = ".".join(part for part in (f"{self.party}/{RESERVE}", section, key) if part)
        self.forward.append(add((figure,), f"held in {key} for {self.party}", self.clause, name))

    def after(self, section: str, money: Figure | None) -> Figure | None:
        """The money of a section after the reserve: less what is held, with what is released."""
        out = self.released.get(section, [])
        parts = [*([money] if money is not None else []), *out]
        if section not in self.held:
            return money if not out else add(parts, "with what is released", self.clause)
        whole = parts[0] if len(parts) == 1 else add(parts, "with what is released", self.clause)
        return subtract((whole, self.held[section]), "after the reserve", self.clause)

    def _sum(self, parts: Iterable[Figure], label: str, name: str) -> Figure:
        return add(tuple(parts), label, self.clause, name, self.at.terms.currency)

    def rows(self) -> Iterator[Figure]:
        """The rows of the current account."""
        if self.held:
            whole = self._sum(self.held.values(), "held", "")
            yield negate(whole, "held in reserve", self.clause, f"{self.party}/{RESERVE}.held")
        if self.released:
            out = [figure for figures in self.released.values() for figure in figures]
            yield self._sum(out, "released from reserve", f"{self.party}/{RESERVE}.released")

    def account(self) -> Iterator[Figure]:
        """The rows of the reserve account: the same with the other sign."""
        if self.held:
            yield self._sum(self.held.values(), "held", f"{self.party}/{RESERVE}.in")
        if self.released:
            out = [figure for figures in self.released.values() for figure in figures]
            yield negate(self._sum(out, "released", ""), "released", self.clause, f"{self.party}/{RESERVE}.out")


# --- advances -----------------------------------------------------------------------------------------------


class _Recoupment(msgspec.Struct):
    """All accounts in their order: what each recoups out of what is there, and what is left to recoup."""

    at: _Frame
    held: Mapping[str, _Sections]
    rows: list[tuple[str, Figure]] = msgspec.field(default_factory=list)
    accounts: dict[tuple[str, str], tuple[Figure, ...]] = msgspec.field(default_factory=dict)
    forward: list[Figure] = msgspec.field(default_factory=list)
    used: dict[tuple[str, str], list[Figure]] = msgspec.field(default_factory=dict)
    recouped: dict[str, list[Figure]] = msgspec.field(default_factory=dict)

    def run(self) -> None:
        """Every account of the terms, then balances of accounts that the terms do not name (any more)."""
        before, paid = self._before(), self._paid()
        order = [(account.payee, account.payer, name) for name, account in self.at.terms.advances.items()]
        known = {*before, *paid}
        for key in [*(key for key in order if key in known), *sorted(known.difference(order))]:
            self._settle(key, before.get(key), paid.get(key), self.at.terms.advances[key[2]] if key in order else None)

    def _before(self) -> dict[AdvanceKey, Figure]:
        """What was not recouped in the periods before. A name without a payer is of the account as the terms had it."""
        found = {}
        for name in self.at.before.names():
            party, _, rest = name.partition("/")
            if rest.startswith(f"{ADVANCE}."):
                account, tagged, payer = rest.removeprefix(f"{ADVANCE}.").partition(".")
                figure = self.at.before.figure(name, f"advances of {account} to recoup, before this period")
                assert figure is not None
                found[party, payer if tagged else self.at.was[account].payer, account] = figure
        return found

    def _paid(self) -> dict[AdvanceKey, Figure]:
        """What was paid ahead in this period."""
        return {
            (party, payer, account): paid
            for (kind, account), per_party in self.at.inputs.amounts.items()
            for party, whole in per_party.items()
            if kind == Kind.ADVANCE_RECEIVED and account
            for payer, paid in self._by_payer(account, party, whole).items()
        }

    def _by_payer(self, account: str, party: str, whole: Figure) -> dict[str, Figure]:
        """What a party got on an account, told apart by who paid it where these are several."""
        found: dict[str, list[Figure]] = {}
        for part in self.at.inputs.parts.get((Kind.ADVANCE_RECEIVED, account, party), ()):
            found.setdefault(part.reporter, []).append(part.amount)
        if len(found) > 1:
            said = f"advances of {account} paid by "
            return {payer: add(parts, said + payer, f"advances.{account}") for payer, parts in found.items()}
        named = self.at.terms.advances.get(account)
        return {next(iter(found), named.payer if named is not None else ""): whole}

    def _settle(
        self, key: AdvanceKey, before: Figure | None, paid: Figure | None, account: AdvanceAccount | None
    ) -> None:
        party, payer, name = key
        clause, own = f"advances.{name}", f"{party}/{ADVANCE}.{name}" + (f".{payer}" if account is None else "")
        lines = [] if paid is None else [add((paid,), "advances paid", clause, f"{own}{PAID}")]
        balance = add([part for part in (before, paid) if part is not None], f"advances of {name} to recoup", clause)
        recouped = self._recouped(name, account, balance) if account is not None else None
        if recouped is not None and account is not None:
            row, label = f"recouped.{name}", f"advance {name} recouped"
            self.rows.append((party, negate(recouped, label, clause, f"{party}/{row}")))
            self.rows.append((account.payer, add((recouped,), label, clause, f"{account.payer}/{row}")))
            lines.append(negate(recouped, "recouped", clause, f"{own}.recouped"))
        if lines:
            self.accounts[party, name] = (*self.accounts.get((party, name), ()), *lines)
        left = balance if recouped is None else subtract((balance, recouped), "left to recoup", clause)
        if left.value:
            self.forward.append(add((left,), f"advances of {name} not recouped", clause, own))

    def _recouped(self, name: str, account: AdvanceAccount, balance: Figure) -> Figure | None:
        """The rate of what is there, less what others took of it, up to the balance; None where it is nothing."""
        clause = f"advances.{name}"
        sections = self._sections(account.payee)
        mine = {each: sections[each] for each in (account.out_of or sections) if each in sections}
        if not mine:
            return None
        base = next(iter(mine.values())) if len(mine) == 1 else add(tuple(mine.values()), "to recoup from", clause)
        rate = term(account.rate, "", "rate of recoupment", clause)
        part = positive(multiply((rate, base), "part that recoups", clause), "part that recoups, if any", clause)
        limit = derive(Op.FLOOR, (part,), "in whole minor units", clause)
        taken = [figure for each in mine for figure in self.used.get((account.payee, each), ())]
        if taken:
            less = subtract((limit, *taken), "less what other advances recouped of it", clause)
            limit = positive(less, "left of it", clause)
        recouped = lesser((self._within_share(account.payee, limit, clause), balance), f"recouped for {name}", clause)
        if not recouped.value:
            return None
        self.recouped.setdefault(account.payee, []).append(recouped)
        self._use(account.payee, mine, recouped, clause)
        return recouped

    def _within_share(self, party: str, limit: Figure, clause: str) -> Figure:
        """At most what the party's whole share has after its reserve, less what was recouped of it before."""
        whole, reserve = self.at.shared.entitlements.get(party), self.held.get(party)
        there = reserve.left(whole) if reserve is not None else whole
        assert there is not None, "a section is a part of a share, or what a reserve released"
        room = derive(Op.FLOOR, (positive(there, "share, if anything", clause),), "in whole minor units", clause)
        if before := self.recouped.get(party):
            room = subtract((room, *before), "less what was recouped already", clause)
        return limit if limit.value <= room.value else lesser((limit, room), "within the share", clause)

    def _sections(self, party: str) -> dict[str, Figure]:
        """What the steps that clauses name gave a party, in their order, and the rest, all after its reserve."""
        named = self.at.named(party)
        found = {}
        exact = {label: given for label in named if (given := self.at.given(party, label)) is not None}
        whole = self.at.shared.entitlements.get(party)
        rest = whole
        if whole is not None and exact:
            rest = subtract((whole, *exact.values()), "the rest of the share", "shares")
        reserve = self.held.get(party)
        gone = [] if reserve is None else [each for each in reserve.released if each not in {*named, ALL}]
        for section in [*named, *gone, ALL]:
            money = rest if section == ALL else exact.get(section)
            after = money if reserve is None else reserve.after(section, money)
            if after is not None:
                found[section] = after
        return found

    def _use(self, party: str, mine: Mapping[str, Figure], recouped: Figure, clause: str) -> None:
        """Note what was taken of each section: in their order, of each what it has; so nothing is taken twice."""
        left = recouped
        for place, (section, money) in enumerate(mine.items(), 1):
            before = self.used.setdefault((party, section), [])
            if place == len(mine) and left.value:
                before.append(left)
            if place == len(mine):
                return
            room = derive(Op.FLOOR, (positive(money, "what it has", clause),), "in whole minor units", clause)
            if before:
                room = positive(subtract((room, *before), "what is left of it", clause), "if anything", clause)
            taken = lesser((room, left), f"recouped of {section}", clause)
            if taken.value:
                before.append(taken)
                left = subtract((left, taken), "recouped of the others", clause)
