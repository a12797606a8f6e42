"""What foreign currencies were worth: one stream per currency, one rate per day.

    BOOK/rate/USD: fix 2026-01-05, fix 2026-01-06, ... and fix 2026-01-05 anew, with a reason

A rate is a fact like any other: who fixed it stays on record, the same again is nothing new, and another rate for
the same day is refused unless it is said why. Both stay in the book; the later one counts from when it was recorded.
Any party may fix a rate; only the party that fixed one may fix it anew. The others dispute a figure that it led to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import msgspec

from ledger.book import rules
from ledger.book.events import Event, RateFixed, Stamp
from ledger.book.terms_view import TermsView
from ledger.values.errors import Broken, Refused
from ledger.values.money import currency

#: Numerator and denominator of a rate have no more digits than this.
RATE_DIGITS = 15

# --- state ------------------------------------------------------------------------------------------------


class Quoted(msgspec.Struct, frozen=True):
    """A rate that somebody wants to fix: units of the agreement's currency for one of the foreign one, on a day.

    `quote` is how it was published, `source` by whom, as text.
    """

    day: date
    rate: Fraction
    quote: str | None = None
    source: str | None = None


class Fixed(msgspec.Struct, frozen=True):
    """The rate that counts for a day, and the party that fixed it."""

    rate: Fraction
    party: str


class Rates(msgspec.Struct, frozen=True):
    """The rates of one currency by day. Version 0: none was fixed yet."""

    by_day: Mapping[date, Fixed] = msgspec.field(default_factory=dict)
    version: int = 0


def initial() -> Rates:
    """A currency of which no rate is fixed."""
    return Rates()


def stream(book: str, code: str) -> str:
    """The stream of a currency's rates: `acme-jot/rate/USD`."""
    return f"{book}/rate/{code}"


# --- evolve -----------------------------------------------------------------------------------------------


def evolve(state: Rates, event: Event) -> Rates:
    """The rates after one more. Raises `Broken` for any event but `RateFixed`."""
    match event:
        case RateFixed():
            fixed = Fixed(Fraction(event.rate), event.actor.partition("/")[0])
            return Rates({**state.by_day, event.effective_on: fixed}, event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to the rates of a currency ({event.stream})")


# --- decisions --------------------------------------------------------------------------------------------


def fix(
    state: Rates, code: str, quoted: Quoted, terms: TermsView, stamp: Stamp, *, reason: str | None = None
) -> list[Event]:
    """Fix the rate of a day; the same again is no event. `reason` says why it differs from the one before."""
    check_currency(code, terms)
    rules.check_party(terms, stamp)
    _check_rate(code, quoted)
    before = state.by_day.get(quoted.day)
    if before is not None:
        if before.rate == quoted.rate:
            return []
        _check_fixed_anew(code, quoted, before, terms, stamp, reason)
    elif reason is not None:
        raise Refused(f"no rate of {code} is fixed for {quoted.day} that could be corrected", "leave the reason out")
    event = RateFixed(
        currency=code,
        into=terms.currency,
        effective_on=quoted.day,
        rate=str(quoted.rate),
        quote=quoted.quote,
        source=quoted.source,
        reason=reason,
        **stamp.on(stream(terms.agreement, code), state.version + 1),
    )
    return [event]


def check_currency(code: str, terms: TermsView) -> None:
    """Refuse the agreement's own currency; raises `Rejected` for a code that ISO 4217 does not list."""
    if currency(code).code == terms.currency:
        raise Refused(f"{terms.agreement} is kept in {code} itself", "rates are those of foreign currencies")


def _check_rate(code: str, quoted: Quoted) -> None:
    if quoted.rate <= 0 or max(quoted.rate.as_integer_ratio()) >= 10**RATE_DIGITS:
        raise Refused(
            f"the rate of {code} on {quoted.day} must be above zero, a ratio of numbers of up to {RATE_DIGITS} digits",
            "write a decimal such as 0.9157, or a ratio such as 10000/10921",
        )
    rules.check_texts(quoted.quote, quoted.source)


def _check_fixed_anew(
    code: str, quoted: Quoted, before: Fixed, terms: TermsView, stamp: Stamp, reason: str | None
) -> None:
    if reason is None:
        raise Refused(
            f"the rate of {code} on {quoted.day} is fixed already: {before.rate} there, {quoted.rate} here",
            f"if it was wrong: pactbook rate record {terms.agreement} {code} RATE --on {quoted.day} --correct REASON",
        )
    if before.party != stamp.party:
        raise Refused(
            f"the rate of {code} on {quoted.day} was fixed by {before.party}, so only {before.party} can correct it",
            f"ask {before.party}, or open a dispute on the figure that it led to",
        )
    rules.check_reason(reason)
