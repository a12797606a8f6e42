"""What is open? Everything in a book that waits for somebody: answers, confirmations, payments, a close."""

from __future__ import annotations

from datetime import date

import msgspec

from ledger.book import dispute, entry
from ledger.book.dispute import Dispute
from ledger.book.payout import Payout
from ledger.values.periods import Period, period_of
from projections.agreements import ListedAgreement, Proposal, agreement_of
from projections.disputes import list_disputes
from projections.entries import EntryPage, Filter, count_entries, list_entries
from projections.facts import ProjectedFacts
from projections.follower import Follower
from projections.payouts import UNDER_WAY, list_payouts


class Standing(msgspec.Struct, frozen=True):
    """What waits in a book on a day, as known at a seq.

    `proposal` are terms that wait for an answer. `awaiting` counts the entries that wait for the counterparty's
    yes, and `first_awaiting` are the earliest of them. `to_close` is the next period to close, None while no terms
    are in force; `is_over` says that it can be closed.
    """

    agreement: ListedAgreement
    known_at: int
    today: date
    proposal: Proposal | None
    awaiting: int
    first_awaiting: EntryPage
    disputes: tuple[Dispute, ...]
    payouts: tuple[Payout, ...]
    to_close: Period | None

    @property
    def is_over(self) -> bool:
        """Whether the period to close has ended."""
        return self.to_close is not None and self.to_close.last < self.today

    @property
    def overdue(self) -> tuple[Payout, ...]:
        """The payouts under way that should have arrived before today."""
        return tuple(each for each in self.payouts if each.order is not None and each.order.due_on < self.today)


def standing(follower: Follower, book: str, today: date, *, limit: int = 20) -> Standing:
    """What is open in a book; `limit` entries that wait are named. Raises `Refused` where there is no such book."""
    agreement = agreement_of(follower, book)
    facts = ProjectedFacts(follower, book)
    head = facts.head()
    waiting = Filter(status=entry.Status.AWAITING)
    opened = list_disputes(follower, book, (dispute.Status.OPEN,), head)
    under_way = list_payouts(follower, book, UNDER_WAY, known_at=head)
    return Standing(
        agreement=agreement,
        known_at=head,
        today=today,
        proposal=agreement.proposal,
        awaiting=count_entries(follower, book, waiting, head),
        first_awaiting=list_entries(follower, book, waiting, head, limit=limit),
        disputes=tuple(listed.dispute for listed in opened),
        payouts=tuple(listed.payout for listed in under_way),
        to_close=_to_close(facts, agreement),
    )


def _to_close(facts: ProjectedFacts, agreement: ListedAgreement) -> Period | None:
    closings = facts.closings()
    if closings:
        return closings[-1].period.next()
    return None if agreement.digest is None else period_of(agreement.starts_on, agreement.every)
