"""A split by capital: what remains, in proportion to what the parties have put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar

from ledger.terms.context import Context, PerParty
from ledger.terms.shares.on_capital import average_capital, opening_capital, with_capital
from ledger.terms.shares.split import split
from ledger.terms.shares.step import Named, Step, Taking, Trouble, said_rates
from ledger.values.daycounts import DayCount
from ledger.values.figures import Figure, Op, add, derive, multiply, positive
from ledger.values.money import Currency


class Balance(StrEnum):
    """Which capital counts: at the beginning of the period, at its end, of an average day, or all ever paid in."""

    OPENING = "opening"
    CLOSING = "closing"
    AVERAGE = "average"
    CONTRIBUTED = "contributed"


class SplitByCapital(Step, frozen=True):
    """What remains, in proportion to the capital of the parties; one below zero counts as none.

    Where nobody has capital above zero it is shared by the rates of `otherwise`. `days` says how the days of an
    average are counted, and is None for the other balances.
    """

    balance: Balance
    otherwise: Mapping[str, Fraction]
    days: DayCount | None = None

    word: ClassVar[str] = "split by capital"
    bears: ClassVar[bool] = True

    def take(self, ctx: Context) -> Taking:
        return Taking(self._shared(ctx.base("remaining"), ctx, "share"))

    def bear(self, ctx: Context) -> PerParty:
        return self._shared(ctx.remaining, ctx, "loss")

    def _shared(self, amount: Figure, ctx: Context, what: str) -> PerParty:
        capital = {party: self._capital(party, ctx) for party in with_capital(ctx)}
        counted = {party: figure for party, figure in capital.items() if figure.value}
        if not counted:
            return split(amount, self.otherwise, ctx, what)
        whole = add(list(capital.values()), "capital of all parties", ctx.clause)
        return {
            party: multiply(
                (derive(Op.QUOTIENT, (figure, whole), f"part of {party}", ctx.clause), amount),
                f"{what} of {party}", ctx.clause, f"{party}/{ctx.name}",
            )
            for party, figure in counted.items()
        }  # fmt: skip

    def _capital(self, party: str, ctx: Context) -> Figure:
        held = self._held(party, ctx)
        return positive(held, f"{held.label}, if above zero", ctx.clause)

    def _held(self, party: str, ctx: Context) -> Figure:
        match self.balance:
            case Balance.OPENING:
                return opening_capital(ctx, party)
            case Balance.CLOSING:
                return ctx.stakes.closing(party)
            case Balance.CONTRIBUTED:
                return ctx.stakes.contributed(party)
            case Balance.AVERAGE:
                assert self.days is not None, "the document was checked: an average has a day count"
                return average_capital(ctx, party, self.days)

    def reading(self, currency: Currency, whole: str = "the pool") -> str:
        base = {
            Balance.OPENING: "the opening capital of the period",
            Balance.CLOSING: "the capital at the end of the period, before its shares",
            Balance.AVERAGE: f"the average capital of the period ({self.days})",
            Balance.CONTRIBUTED: "all capital that each party has contributed so far",
        }[self.balance]
        return f"What remains is shared in proportion to {base}; where there is none: {said_rates(self.otherwise)}."

    def receivers(self) -> None:
        """Anybody that has capital; `otherwise` only says who gets it where nobody has."""

    def parties(self) -> Iterator[Named]:
        for party in self.otherwise:
            yield ("otherwise", party), party

    def troubles(self, last: bool) -> Iterator[Trouble]:
        if not last:
            yield (), "nothing remains after a split by capital", "make it the last step"
        if self.balance is Balance.AVERAGE and self.days is None:
            yield (), "an average needs to say how days are counted", f"add `days: 30/360`; allowed: {_ALLOWED}"
        if self.balance is not Balance.AVERAGE and self.days is not None:
            yield (
                ("days",),
                f"the {self.balance} balance does not depend on days",
                "leave it out, or write `balance: average`",
            )


_ALLOWED = " | ".join(DayCount)
