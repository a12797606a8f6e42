"""What changes the partners' capital otherwise than by paying in or taking out: the content of such entries.

Each holds what was agreed (`..._minor` in minor units of `currency`, ratios as text such as `7` or `1/3`) and, in
`change_minor`, what follows for the capital of every party concerned. That is put on record because every one of them
has to say yes to it; `ledger.book.partnership` works it out from the rest, and whoever reads the book can do so again.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from ledger.book.wire import CurrencyCode, Minor, Ratio, Slug, Struct

Method = Literal["bonus", "goodwill"]
NotNegative = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
Named = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Admission(Struct, frozen=True, kw_only=True, tag_field="kind", tag="admission"):
    """A new partner pays in `amount_minor` and gets an `interest` in the capital of all.

    `capital_minor` is what the old partners' capital was before, `ratio` how they share what it brings or
    costs them. Under the method `bonus` the total is what is there; under `goodwill` it is raised to what the
    payment says the whole is worth.
    """

    party: Slug
    effective_on: date
    amount_minor: NotNegative
    currency: CurrencyCode
    interest: Ratio
    method: Method
    capital_minor: dict[Slug, Minor]
    ratio: dict[Slug, Ratio]
    change_minor: dict[Slug, Minor]


class Retirement(Struct, frozen=True, kw_only=True, tag_field="kind", tag="retirement"):
    """A partner leaves and is paid `amount_minor` for its capital.

    `capital_minor` and `ratio` are those of all partners before, the one that leaves included. What it is paid
    beyond its capital is a bonus from the others, or its part of a goodwill that is recorded for all.
    """

    party: Slug
    effective_on: date
    amount_minor: NotNegative
    currency: CurrencyCode
    method: Method
    capital_minor: dict[Slug, Minor]
    ratio: dict[Slug, Ratio]
    change_minor: dict[Slug, Minor]


class Valuation(Struct, frozen=True, kw_only=True):
    """How a goodwill was valued: so many years' purchase of the average profit, or of what it is above normal.

    With `capital_minor` and `rate` the normal profit (that rate of that capital) is taken off the average first.
    """

    profits_minor: tuple[Minor, ...]
    years: Ratio
    capital_minor: NotNegative | None = None
    rate: Ratio | None = None


class RatioChange(Struct, frozen=True, kw_only=True, tag_field="kind", tag="ratio_change"):
    """The partners share profits in another ratio: who gains pays who gives up, of a goodwill of `amount_minor`.

    The goodwill is not kept as an asset. `old` and `new` name everybody who has a part before or after.
    """

    effective_on: date
    amount_minor: NotNegative
    currency: CurrencyCode
    old: dict[Slug, Ratio]
    new: dict[Slug, Ratio]
    change_minor: dict[Slug, Minor]
    valuation: Valuation | None = None


class Revalued(Struct, frozen=True, kw_only=True):
    """An asset (or, with negative amounts, a liability): what it stood at, and what it is found to be worth."""

    name: Named
    before_minor: Minor
    after_minor: Minor


class Revaluation(Struct, frozen=True, kw_only=True, tag_field="kind", tag="revaluation"):
    """Assets are found to be worth more or less than they stood at: the gain or loss is shared by the `ratio`."""

    effective_on: date
    currency: CurrencyCode
    assets: tuple[Revalued, ...]
    ratio: dict[Slug, Ratio]
    change_minor: dict[Slug, Minor]

    @property
    def amount_minor(self) -> int:
        """The gain (a loss is negative)."""
        return sum(each.after_minor - each.before_minor for each in self.assets)


CapitalFact = Admission | Retirement | RatioChange | Revaluation
CAPITAL_FACTS = (Admission, Retirement, RatioChange, Revaluation)
