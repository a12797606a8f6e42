"""Every fact there is: past tense, one frozen struct each, versioned.

An event's bytes are one line of JSON, and they are the event: stored, hashed and exported as they are,
never written again. The names of the types and fields below are therefore the storage format. To change
one, add a new version (`ResultReported.v2`) and an upcaster in `ledger.store.encoding`; never edit.

Streams: the part before the first slash is the book, which is the agreement's slug.

    acme-jot/agreement              terms proposed, accepted, amended; termination
    acme-jot/entry/INV-2026-117     one recorded fact and what became of it
    acme-jot/closing                periods closed, in order
    acme-jot/payout/2026-10-1       one payment between parties
    acme-jot/dispute/2026-10-1      one disputed figure
    acme-jot/liquidation            the winding up of the partnership
    acme-jot/rate/USD               what a foreign currency was worth, day by day
    acme-jot/key/jot                the keys that a party signs with
    acme-jot/statement/2026-10      who has seen the statement of a period
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from ledger.book.liquidation_events import LIQUIDATION_EVENTS
from ledger.book.partner_facts import Admission, RatioChange, Retirement, Revaluation
from ledger.book.signing_events import SIGNING_EVENTS, Signature
from ledger.book.wire import CurrencyCode, Digest, Minor, Positive, Ratio, Seq, Slug, Text
from ledger.book.wire import Event as Event
from ledger.book.wire import Stamp as Stamp
from ledger.book.wire import Struct as _Struct

# --- what was recorded: the content of an entry -----------------------------------------------------------


class Result(_Struct, frozen=True, kw_only=True, tag_field="kind", tag="result"):
    """What the venture achieved: an amount of money, a quantity, or both.

    `amount_minor` is in minor units of `currency` and may be negative (a refund); `collected_by` is the
    party that holds the cash; `quantity_micro` is in millionths of a unit (30 signups are 30000000).
    """

    metric: Slug
    effective_on: date
    amount_minor: Minor | None = None
    currency: CurrencyCode | None = None
    collected_by: Slug | None = None
    quantity_micro: Minor | None = None


class Cost(_Struct, frozen=True, kw_only=True, tag_field="kind", tag="cost"):
    """What a party paid for the venture, in minor units; negative for a credit note."""

    category: Slug
    effective_on: date
    amount_minor: Minor
    currency: CurrencyCode
    paid_by: Slug


class Liability(_Struct, frozen=True, kw_only=True, tag_field="kind", tag="liability"):
    """What the venture owes an outsider, or expects to (a provision), in minor units."""

    category: Slug
    effective_on: date
    amount_minor: Positive
    currency: CurrencyCode


class Contribution(_Struct, frozen=True, kw_only=True, tag_field="kind", tag="contribution"):
    """Capital that a party put into the venture; `deal` is the one of its deals that it was for, if it was for one."""

    party: Slug
    effective_on: date
    amount_minor: Positive
    currency: CurrencyCode
    deal: Slug | None = None


class Withdrawal(_Struct, frozen=True, kw_only=True, tag_field="kind", tag="withdrawal"):
    """Capital that a party took out of the venture."""

    party: Slug
    effective_on: date
    amount_minor: Positive
    currency: CurrencyCode


class Advance(_Struct, frozen=True, kw_only=True, tag_field="kind", tag="advance"):
    """Money that one party paid another ahead of its entitlement.

    `account` names the account of the terms out of which it is recouped; without one it counts at once, and in full.
    """

    paid_by: Slug
    paid_to: Slug
    effective_on: date
    amount_minor: Positive
    currency: CurrencyCode
    account: Slug | None = None


class Conversion(_Struct, frozen=True, kw_only=True, tag_field="kind", tag="conversion"):
    """Foreign money that a party held for the venture and sold: `amount_minor` of `currency` for `proceeds_minor`.

    The proceeds are in minor units of `into`, the agreement's currency.
    """

    party: Slug
    effective_on: date
    amount_minor: Positive
    currency: CurrencyCode
    proceeds_minor: Positive
    into: CurrencyCode


Fact = (
    Result
    | Cost
    | Liability
    | Contribution
    | Withdrawal
    | Advance
    | Conversion
    | Admission
    | Retirement
    | RatioChange
    | Revaluation
)


class LiabilityPart(_Struct, frozen=True, kw_only=True):
    """One settlement or release of (a part of) a liability. `paid_by` is None for a release."""

    reference: Text
    effective_on: date
    amount_minor: Positive
    paid_by: Slug | None = None


# --- events -----------------------------------------------------------------------------------------------


class AgreementProposed(Event, frozen=True, kw_only=True, tag="AgreementProposed.v1"):
    """A party proposed terms: `terms` is their canonical JSON, `digest` its SHA-256, `signature` the proposer's yes."""

    terms: str
    digest: Digest
    signature: Signature | None = None


class AgreementAccepted(Event, frozen=True, kw_only=True, tag="AgreementAccepted.v1"):
    """The actor's party accepted the terms of this digest; with its signature where they ask for one."""

    digest: Digest
    signature: Signature | None = None


class AgreementDeclined(Event, frozen=True, kw_only=True, tag="AgreementDeclined.v1"):
    """The actor's party declined the terms of this digest; they can no longer come into force."""

    digest: Digest
    reason: Text


class AmendmentProposed(Event, frozen=True, kw_only=True, tag="AmendmentProposed.v1"):
    """A party proposed whole new terms from `effective_on`, the first day of a settlement period."""

    terms: str
    digest: Digest
    effective_on: date
    reason: Text
    signature: Signature | None = None


class AmendmentAccepted(Event, frozen=True, kw_only=True, tag="AmendmentAccepted.v1"):
    """The actor's party accepted the amendment of this digest; with its signature where it asks for one."""

    digest: Digest
    signature: Signature | None = None


class AmendmentDeclined(Event, frozen=True, kw_only=True, tag="AmendmentDeclined.v1"):
    """The actor's party declined the amendment of this digest."""

    digest: Digest
    reason: Text


class AgreementTerminated(Event, frozen=True, kw_only=True, tag="AgreementTerminated.v1"):
    """The agreement ends: `effective_on` is its last day."""

    effective_on: date
    reason: Text


class EntryEvent(Event, frozen=True, kw_only=True):
    """The first event of an entry.

    `awaits_confirmation` says that the terms then in force ask for the counterparty's yes before it counts.
    `source` tells where it came from (a file's digest and line), `original` the text before rounding,
    `evidence` the SHA-256 of documents.
    """

    awaits_confirmation: bool = False
    note: Text | None = None
    source: Text | None = None
    original: Text | None = None
    evidence: tuple[Digest, ...] = ()


def fact_of(event: EntryEvent) -> Fact:
    """What the first event of an entry records."""
    fact: Fact = event.fact  # type: ignore[attr-defined]  # every kind of it has one, of a type of its own
    return fact


class ResultReported(EntryEvent, frozen=True, kw_only=True, tag="ResultReported.v1"):
    """A party reported a result of the venture."""

    fact: Result


class CostIncurred(EntryEvent, frozen=True, kw_only=True, tag="CostIncurred.v1"):
    """A party paid a cost for the venture."""

    fact: Cost


class LiabilityRecognised(EntryEvent, frozen=True, kw_only=True, tag="LiabilityRecognised.v1"):
    """The venture came to owe an outsider, or expects to."""

    fact: Liability


class CapitalContributed(EntryEvent, frozen=True, kw_only=True, tag="CapitalContributed.v1"):
    """A party paid capital in."""

    fact: Contribution


class CapitalWithdrawn(EntryEvent, frozen=True, kw_only=True, tag="CapitalWithdrawn.v1"):
    """A party took capital out."""

    fact: Withdrawal


class AdvancePaid(EntryEvent, frozen=True, kw_only=True, tag="AdvancePaid.v1"):
    """One party paid another ahead of its entitlement."""

    fact: Advance


class PartnerAdmitted(EntryEvent, frozen=True, kw_only=True, tag="PartnerAdmitted.v1"):
    """A new partner came in; it counts once every partner concerned has said yes."""

    fact: Admission


class PartnerRetired(EntryEvent, frozen=True, kw_only=True, tag="PartnerRetired.v1"):
    """A partner left; it counts once every partner concerned has said yes."""

    fact: Retirement


class ProfitRatioChanged(EntryEvent, frozen=True, kw_only=True, tag="ProfitRatioChanged.v1"):
    """The partners share in another ratio, and those who gain make it good to the others; every one says yes."""

    fact: RatioChange


class AssetRevalued(EntryEvent, frozen=True, kw_only=True, tag="AssetRevalued.v1"):
    """Assets stand at another value from now on; it counts once every partner concerned has said yes."""

    fact: Revaluation


class CurrencyConverted(EntryEvent, frozen=True, kw_only=True, tag="CurrencyConverted.v1"):
    """A party sold foreign money that it held for the venture."""

    fact: Conversion


class LiabilitySettled(Event, frozen=True, kw_only=True, tag="LiabilitySettled.v1"):
    """A party paid (a part of) the liability of this stream to the outsider."""

    part: LiabilityPart


class LiabilityReleased(Event, frozen=True, kw_only=True, tag="LiabilityReleased.v1"):
    """(A part of) the liability of this stream turned out not to be owed."""

    part: LiabilityPart
    reason: Text


class EntryConfirmed(Event, frozen=True, kw_only=True, tag="EntryConfirmed.v1"):
    """The counterparty said yes: from here on the entry counts."""

    note: Text | None = None


class EntryAcceptedBySilence(Event, frozen=True, kw_only=True, tag="EntryAcceptedBySilence.v1"):
    """Nobody answered for `days` full days, which by `clause` of the terms means yes: from here on the entry counts.

    The actor is whoever recorded that the term has run out.
    """

    days: Annotated[int, msgspec.Meta(ge=1, le=999)]
    clause: Text

    @property
    def reason(self) -> str:
        """Why the entry counts, in words."""
        return f"no answer for {self.days} {'day' if self.days == 1 else 'days'} ({self.clause})"


class EntryRejected(Event, frozen=True, kw_only=True, tag="EntryRejected.v1"):
    """The counterparty said no: the entry does not count unless it is corrected and confirmed."""

    reason: Text


class EntryCorrected(Event, frozen=True, kw_only=True, tag="EntryCorrected.v1"):
    """The whole content of the entry as it should have been; what was there before stays on record."""

    fact: Fact
    reason: Text
    awaits_confirmation: bool = False
    original: Text | None = None
    evidence: tuple[Digest, ...] = ()


class EntryVoided(Event, frozen=True, kw_only=True, tag="EntryVoided.v1"):
    """The entry should not be there; or only its settlement or release named by `part`."""

    reason: Text
    part: Text | None = None


class PeriodClosed(Event, frozen=True, kw_only=True, tag="PeriodClosed.v1"):
    """A period was closed: entries up to `cutoff_seq` count, and the statement has this digest.

    `root` is the Merkle root of the book at the cut-off, `closing_minor` each party's closing balance.
    The event's own `seq` is always `cutoff_seq + 1`.
    """

    period: str
    cutoff_seq: Seq
    root: Digest
    statement: Digest
    currency: CurrencyCode
    closing_minor: dict[Slug, int]


class PayoutProposed(Event, frozen=True, kw_only=True, tag="PayoutProposed.v1"):
    """A payment of `amount_minor` from one party to another, by `due_on`, to settle the statement of `period`."""

    period: str
    payer: Slug
    payee: Slug
    amount_minor: Positive
    currency: CurrencyCode
    due_on: date


class PayoutApproved(Event, frozen=True, kw_only=True, tag="PayoutApproved.v1"):
    """Somebody other than the proposer agreed to the payment."""

    note: Text | None = None


class PayoutSent(Event, frozen=True, kw_only=True, tag="PayoutSent.v1"):
    """The payer ordered the payment."""

    effective_on: date
    reference: Text | None = None


class PayoutSettled(Event, frozen=True, kw_only=True, tag="PayoutSettled.v1"):
    """The money arrived: from this date both current accounts show it."""

    effective_on: date
    reference: Text | None = None


class PayoutFailed(Event, frozen=True, kw_only=True, tag="PayoutFailed.v1"):
    """The payment will not arrive (or was called off before it was sent); no account was touched."""

    reason: Text


class PayoutReversed(Event, frozen=True, kw_only=True, tag="PayoutReversed.v1"):
    """The money went back after it had arrived: both current accounts are as before."""

    effective_on: date
    reason: Text


class DisputeOpened(Event, frozen=True, kw_only=True, tag="DisputeOpened.v1"):
    """The actor's party disputes a figure and says what it should be.

    Amounts are in minor units of `currency`. `effect_minor` is what each party's account would change by
    if the opener is right; `stated_minor` is the figure as the statement shows it, rounded to minor units.
    """

    period: str
    figure: Text
    stated_minor: int
    expected_minor: int
    currency: CurrencyCode
    effect_minor: dict[Slug, int]
    reason: Text


class DisputeAnswered(Event, frozen=True, kw_only=True, tag="DisputeAnswered.v1"):
    """The other side said what it thinks of the dispute."""

    answer: Text


class DisputeResolved(Event, frozen=True, kw_only=True, tag="DisputeResolved.v1"):
    """The dispute is over: `corrections` name the entries that were corrected, none when it was rejected."""

    reason: Text
    corrections: tuple[Text, ...] = ()


class DisputeWithdrawn(Event, frozen=True, kw_only=True, tag="DisputeWithdrawn.v1"):
    """The opener's party no longer disputes the figure."""

    reason: Text


class RateFixed(Event, frozen=True, kw_only=True, tag="RateFixed.v1"):
    """What one unit of the foreign `currency` was worth on a day: `rate` units of `into`, the agreement's currency.

    `rate` is an exact ratio in lowest terms (`10000/10921`), `quote` how it was published (`1 EUR = 1.0921 USD`),
    `source` by whom. `reason` says why it takes the place of a rate that was fixed for the same day before.
    """

    currency: CurrencyCode
    into: CurrencyCode
    effective_on: date
    rate: Ratio
    quote: Text | None = None
    source: Text | None = None
    reason: Text | None = None


EVENTS: tuple[type[Event], ...] = (
    AgreementProposed, AgreementAccepted, AgreementDeclined,
    AmendmentProposed, AmendmentAccepted, AmendmentDeclined, AgreementTerminated,
    ResultReported, CostIncurred, LiabilityRecognised,
    CapitalContributed, CapitalWithdrawn, AdvancePaid,
    PartnerAdmitted, PartnerRetired, ProfitRatioChanged, AssetRevalued, CurrencyConverted,
    LiabilitySettled, LiabilityReleased,
    EntryConfirmed, EntryAcceptedBySilence, EntryRejected, EntryCorrected, EntryVoided,
    RateFixed,
    PeriodClosed,
    PayoutProposed, PayoutApproved, PayoutSent, PayoutSettled, PayoutFailed, PayoutReversed,
    DisputeOpened, DisputeAnswered, DisputeResolved, DisputeWithdrawn,
    *SIGNING_EVENTS,
    *LIQUIDATION_EVENTS,
)  # fmt: skip
"""Every event type, in the order in which a partnership meets them."""


def topic(event_type: type[Event]) -> str:
    """The versioned name under which an event of this type is stored, such as `ResultReported.v1`."""
    tag = event_type.__struct_config__.tag
    assert isinstance(tag, str)
    return tag
