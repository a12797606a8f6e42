"""The capital of every party on a day: what a change among partners starts from."""

from __future__ import annotations

from datetime import date

from ledger.book.movements import Kind
from ledger.settlement.capital import HELD
from ledger.settlement.knowledge import Knowledge
from ledger.settlement.settle import fold
from ledger.values.errors import Refused
from ledger.values.periods import period_of

_SIGNS = {Kind.CONTRIBUTION: 1, Kind.WITHDRAWAL: -1, Kind.CAPITAL_CHANGED: 1}


def capital_on(knowledge: Knowledge, day: date) -> dict[str, int]:
    """The capital of each party at the end of a day, in minor units, as far as it is known.

    What a period's own steps do to capital (giving it back, adding a share) is done on the period's last day.
    Raises `Refused` for a day before the agreement began.
    """
    first = knowledge.first_period
    period = period_of(day, knowledge.versions[0].terms.every)
    if period < first:
        raise Refused(f"{knowledge.agreement} had not begun on {day}", f"its first period is {first}")
    settled = fold(knowledge, period)[-1]
    ending = f"/{HELD}"
    held = {name.removesuffix(ending): each.minor for name, each in settled.forward.items() if name.endswith(ending)}
    if day == period.last:
        return held
    for party, lines in settled.capital.items():
        held[party] -= sum(line.minor for line in lines)
    for total in knowledge.totals.get(period.key, ()):
        sign = _SIGNS.get(Kind(total.kind))
        if sign and total.day <= day.isoformat():
            held[total.party] = held.get(total.party, 0) + sign * total.amount_minor
    return held
