"""The accounts beside the current ones: stakes, what is held in reserve, and advances that are not recouped yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import msgspec

from ledger.settlement.settle import Settlement
from ledger.values.figures import Figure


class Side(msgspec.Struct, frozen=True):
    """An account beside the current ones: whose, its address, the words of its rows, and what changes it in a period.

    `late` is the word for what later knowledge changes in earlier periods; `name` that of an account of advances.
    """

    party: str
    own: str
    opening: str
    late: str
    closing: str
    lines: Callable[[Settlement], Sequence[Figure]]
    name: str = ""

    def balance(self, settlements: tuple[Settlement, ...]) -> Fraction | None:
        """What the periods leave on it; None where they never touch it."""
        changes = [line.value for each in settlements for line in self.lines(each)]
        return sum(changes, Fraction(0)) if changes else None


def stakes(*folds: tuple[Settlement, ...]) -> list[Side]:
    """The capital account of everybody who ever had one."""
    return [_stake(party) for party in sorted({party for each in _all(folds) for party in each.capital})]


def reserves(*folds: tuple[Settlement, ...]) -> list[Side]:
    """The reserve of everybody of whom anything was ever held."""
    return [_reserve(party) for party in sorted({party for each in _all(folds) for party in each.withheld.reserves})]


def advances(*folds: tuple[Settlement, ...]) -> list[Side]:
    """What is not recouped yet, by who got it and on which account."""
    return [_unrecouped(*key) for key in sorted({key for each in _all(folds) for key in each.withheld.advances})]


def _all(folds: tuple[tuple[Settlement, ...], ...]) -> list[Settlement]:
    return [settled for folded in folds for settled in folded]


def _stake(party: str) -> Side:
    words = ("opening capital", "capital recorded late", "closing capital")
    return Side(party, f"{party}/capital", *words, lambda settled: settled.capital.get(party, ()))


def _reserve(party: str) -> Side:
    words = ("opening reserve", "reserve of earlier periods", "closing reserve")
    return Side(party, f"{party}/reserve", *words, lambda settled: settled.withheld.reserves.get(party, ()))


def _unrecouped(party: str, name: str) -> Side:
    words, own = ("opening not recouped", "of earlier periods", "closing not recouped"), f"{party}/advance.{name}"
    return Side(party, own, *words, lambda settled: settled.withheld.advances.get((party, name), ()), name)
