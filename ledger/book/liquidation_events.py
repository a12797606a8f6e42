"""The events of a liquidation: opened from the last balances, agreed, and then step by step until all is paid out.

They stand in one stream, `acme-jot/liquidation`. What follows from a step (who bears a loss) is not stored: it is
worked out from the opening and the steps (`ledger.book.winding_up`). What was paid out is, since money moved.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from ledger.book.partner_facts import NotNegative
from ledger.book.wire import CurrencyCode, Event, Minor, Positive, Ratio, Slug, Text

Deficiencies = Literal["ratio", "capitals"]


class LiquidationOpened(Event, frozen=True, kw_only=True, tag="LiquidationOpened.v1"):
    """A party proposed to wind up, from these balances; it begins when every other party has said yes.

    Amounts are in minor units of `currency`: `assets_minor` are book values, `creditors_minor` what is owed to
    outsiders, `loans_minor` what is owed to partners besides their capital. Cash and assets are what creditors,
    loans and capital are. `ratio` shares gains and losses; what an insolvent partner owes is borne by the others by
    that `ratio`, or by the `capitals` that they open with (the rule in Garner v Murray). The `liquidator` is
    the party that records the steps.
    """

    effective_on: date
    currency: CurrencyCode
    liquidator: Slug
    ratio: dict[Slug, Ratio]
    capital_minor: dict[Slug, Minor]
    cash_minor: NotNegative
    deficiencies: Deficiencies
    loans_minor: dict[Slug, Positive] = msgspec.field(default_factory=dict)
    assets_minor: dict[Slug, Positive] = msgspec.field(default_factory=dict)
    creditors_minor: dict[Slug, Positive] = msgspec.field(default_factory=dict)
    note: Text | None = None


class LiquidationAccepted(Event, frozen=True, kw_only=True, tag="LiquidationAccepted.v1"):
    """The actor's party said yes to the opening balances and rules."""


class LiquidationDeclined(Event, frozen=True, kw_only=True, tag="LiquidationDeclined.v1"):
    """The actor's party said no (or withdrew its own proposal); another opening may be proposed."""

    reason: Text


class Step(Event, frozen=True, kw_only=True):
    """One thing that happened in a liquidation, under the liquidator's own reference."""

    reference: Text
    effective_on: date
    note: Text | None = None


class AssetRealised(Step, frozen=True, kw_only=True, tag="AssetRealised.v1"):
    """(A part of) an asset that stood at `book_minor` was sold for `proceeds_minor`."""

    asset: Slug
    book_minor: Positive
    proceeds_minor: NotNegative


class LiquidationExpensePaid(Step, frozen=True, kw_only=True, tag="LiquidationExpensePaid.v1"):
    """A cost of winding up was paid."""

    category: Slug
    amount_minor: Positive


class CreditorPaid(Step, frozen=True, kw_only=True, tag="CreditorPaid.v1"):
    """`owed_minor` of what a creditor was owed is settled by paying `paid_minor`."""

    creditor: Slug
    owed_minor: Positive
    paid_minor: NotNegative


class DeficiencyPaid(Step, frozen=True, kw_only=True, tag="DeficiencyPaid.v1"):
    """A partner paid in what its capital was short of."""

    party: Slug
    amount_minor: Positive


class DeficiencyShared(Step, frozen=True, kw_only=True, tag="DeficiencyShared.v1"):
    """A partner cannot pay what its capital is short of: the others bear it."""

    party: Slug


class LiquidationDistributed(Step, frozen=True, kw_only=True, tag="LiquidationDistributed.v1"):
    """Partners were paid what is safe: `reserve_minor` was held back for expenses to come."""

    reserve_minor: NotNegative
    payments_minor: dict[Slug, Positive]


class LiquidationStepVoided(Event, frozen=True, kw_only=True, tag="LiquidationStepVoided.v1"):
    """A step should not be there."""

    reference: Text
    reason: Text


LIQUIDATION_EVENTS: tuple[type[Event], ...] = (
    LiquidationOpened, LiquidationAccepted, LiquidationDeclined,
    AssetRealised, LiquidationExpensePaid, CreditorPaid, DeficiencyPaid, DeficiencyShared,
    LiquidationDistributed, LiquidationStepVoided,
)  # fmt: skip
