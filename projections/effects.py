"""What did an event change? The totals that it moved, and the balances of all parties in the draft of the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec
from sqlalchemy import select

from ledger.application import Core
from ledger.settlement.knowledge import Facts, Knowledge
from ledger.settlement.settle import Settlement, fold
from ledger.values.errors import Refused
from ledger.values.periods import Period, period_of
from projections.follower import Follower
from projections.history import Told
from projections.tables import movements


class Moved(msgspec.Struct, frozen=True):
    """What an event added to a total, in minor units of `currency` ("": the agreement's own) and millionths."""

    period: str
    kind: str
    name: str
    party: str
    currency: str
    amount_minor: int
    quantity_micro: int


class Effects(msgspec.Struct, frozen=True):
    """What an event changed: totals; and by how much, in minor units, each party is owed more at the end of `period`.

    The period is the open one of the time, or a later one that the event is about.
    """

    period: str | None
    balances_minor: Mapping[str, int]
    totals: tuple[Moved, ...]


def effects(core: Core, follower: Follower, book: str, told: Iterable[Told]) -> dict[int, Effects]:
    """What each of some events of a book changed, by seq."""
    events = sorted(told, key=lambda each: each.seq)
    moved = _moved(follower, book, [each.seq for each in events])
    drafts = _Drafts(core.facts(book), core.today)
    return {each.seq: drafts.effects(each, moved.get(each.seq, ())) for each in events}


class _Drafts:
    """The balances in the draft of a period at some events; neighbours share what they have in common."""

    def __init__(self, facts: Facts, today: date) -> None:
        self._facts = facts
        self._today = today
        self._last: tuple[Knowledge, tuple[Settlement, ...]] | None = None
        self._balances: dict[tuple[int, str], dict[str, int]] = {}

    def effects(self, told: Told, moved: tuple[Moved, ...]) -> Effects:
        period = self._period(told)
        if period is None or not (moved or told.type in _WITHOUT_TOTALS):
            return Effects(None, {}, moved)
        before, after = self._at(told.seq - 1, period), self._at(told.seq, period)
        changed = {party: after.get(party, 0) - before.get(party, 0) for party in sorted({*before, *after})}
        return Effects(period.key, {party: minor for party, minor in changed.items() if minor}, moved)

    def _period(self, told: Told) -> Period | None:
        """The period that was open, or the later one that the event is about if that has begun by now."""
        try:
            first = self._facts.knowledge(told.seq).first_period
        except Refused:
            return None
        closed = [closing.period for closing in self._facts.closings() if closing.seq < told.seq]
        following = closed[-1].next() if closed else first
        about = told.effective_on
        if about is None or about > max(self._today, following.last):
            return following
        return max(following, period_of(about, self._facts.knowledge(told.seq).versions[0].terms.every))

    def _at(self, seq: int, period: Period) -> dict[str, int]:
        """What each party is owed at the end of a period, as known at an event."""
        key = seq, period.key
        if key not in self._balances:
            try:
                known = self._facts.knowledge(seq)
            except Refused:  # no terms were in force yet
                return {}
            folded = fold(known, period, self._last)
            self._last = known, folded
            found: dict[str, int] = {}
            for settled in folded:
                for party, net in settled.net.items():
                    found[party] = found.get(party, 0) + net.minor
            self._balances[key] = found
        return self._balances[key]


#: Events that change what is settled without moving a total.
_WITHOUT_TOTALS = frozenset({"AmendmentAccepted", "AgreementTerminated", "RateFixed"})


def _moved(follower: Follower, book: str, seqs: list[int]) -> dict[int, tuple[Moved, ...]]:
    """What the events added to totals, by seq."""
    found: dict[int, list[Moved]] = {}
    at = movements.c
    with follower.reading() as connection:
        for some in (seqs[start : start + 500] for start in range(0, len(seqs), 500)):
            wanted = select(movements).where(at.book == book, at.seq.in_(some)).order_by(at.seq, at.n)
            for row in connection.execute(wanted):
                each = Moved(
                    row.period, row.kind, row.name, row.party, row.currency, int(row.amount_minor),
                    int(row.quantity_micro),
                )  # fmt: skip
                found.setdefault(row.seq, []).append(each)
    return {seq: tuple(each) for seq, each in found.items()}
