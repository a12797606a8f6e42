"""The winding up of a partnership: opened and agreed by all, then realised, paid and distributed step by step.

    nothing ── open ▶ proposed ── every party accepts ▶ agreed ── steps ... ▶ all is paid out
                          └─ decline ▶ nothing

One party, the liquidator, records the steps. What they do to the partners' capital is worked out by
`ledger.book.winding_up` from the opening and the steps that count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.book import movements, rules
from ledger.book.events import Event, Stamp
from ledger.book.liquidation_events import (
    AssetRealised,
    CreditorPaid,
    DeficiencyPaid,
    DeficiencyShared,
    LiquidationAccepted,
    LiquidationDeclined,
    LiquidationDistributed,
    LiquidationExpensePaid,
    LiquidationOpened,
    LiquidationStepVoided,
    Step,
)
from ledger.book.movements import Movement
from ledger.book.partnership import ratios
from ledger.book.terms_view import TermsView
from ledger.book.winding_up import Account, account_of, bearing, safe_payments
from ledger.values.errors import Broken, Refused

# --- state ------------------------------------------------------------------------------------------------


class Liquidation(msgspec.Struct, frozen=True):
    """What is known of a liquidation: its opening (None: there is none), who accepted it, and its steps."""

    stream: str = ""
    opened: LiquidationOpened | None = None
    proposer: str = ""
    accepted: frozenset[str] = frozenset()
    steps: tuple[Step, ...] = ()
    voided: frozenset[str] = frozenset()
    version: int = 0

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The parties that have yet to accept the opening."""
        return () if self.opened is None else tuple(sorted(self.opened.ratio.keys() - self.accepted))

    @property
    def agreed(self) -> bool:
        """Whether it is opened and every party has accepted."""
        return self.opened is not None and not self.waits_for

    @property
    def live(self) -> tuple[Step, ...]:
        """The steps that count."""
        return tuple(step for step in self.steps if step.reference not in self.voided)


def initial() -> Liquidation:
    """No liquidation."""
    return Liquidation()


def stream(book: str) -> str:
    """The stream of a book's liquidation: `acme-jot/liquidation`."""
    return f"{book}/liquidation"


def evolve(state: Liquidation, event: Event) -> Liquidation:
    """The liquidation after one more of its events. Raises `Broken` for an event that is none of its own."""
    party = event.actor.partition("/")[0]
    match event:
        case LiquidationOpened():
            return Liquidation(event.stream, event, party, frozenset({party}), version=event.version)
        case LiquidationAccepted():
            return replace(state, accepted=state.accepted | {party}, version=event.version)
        case LiquidationDeclined():
            return Liquidation(event.stream, version=event.version)
        case LiquidationStepVoided():
            return replace(state, voided=state.voided | {event.reference}, version=event.version)
        case Step():
            return replace(state, steps=(*state.steps, event), version=event.version)
        case _:
            raise Broken(f"{type(event).__name__} does not belong to a liquidation ({event.stream})")


def evolve_with_movements(state: Liquidation, event: Event) -> tuple[Liquidation, tuple[Movement, ...]]:
    """The liquidation after one more event, and what that event adds to the totals."""
    after = evolve(state, event)
    return after, movements.difference(counted(state), counted(after))


def counted(state: Liquidation) -> tuple[Movement, ...]:
    """What the liquidation has done to the capital of the partners."""
    if state.opened is None or not state.agreed or not state.steps:
        return ()
    return tuple(
        movement
        for posted in account(state).posted
        for movement in movements.of_change(
            posted.effective_on,
            f"liquidation.{posted.what}",
            {party: figure.minor for party, figure in posted.change.items()},
            state.opened.currency,
            f"liquidation/{posted.reference}",
        )
    )


def account(state: Liquidation) -> Account:
    """Where it stands. Raises `Refused` where there is no liquidation."""
    if state.opened is None:
        raise Refused("there is no liquidation", "open one: pactbook liquidation open --help")
    return account_of(state.opened, state.live)


# --- decisions --------------------------------------------------------------------------------------------


def open_(state: Liquidation, opened: Mapping[str, Any], terms: TermsView, stamp: Stamp) -> list[Event]:
    """Propose to wind up from these balances and rules (the fields of `LiquidationOpened`).

    The same proposal again is no event. `terms` name every party there ever was.
    """
    rules.check_party(terms, stamp)
    event = LiquidationOpened(**opened, **stamp.on(stream(terms.agreement), state.version + 1))
    if state.opened is not None:
        if _content(state.opened) == _content(event):
            return []
        raise Refused(
            f"a liquidation of {terms.agreement} is already {'under way' if state.agreed else 'proposed'}",
            "decline it first, if not everybody has accepted: pactbook liquidation decline --help",
        )
    _check_opening(event, terms)
    return [event]


def accept(state: Liquidation, stamp: Stamp) -> list[Event]:
    """Say yes to the opening; whoever has said so already stays with it."""
    opened = _opened(state)
    _check_partner(opened, stamp)
    if stamp.party in state.accepted:
        return []
    return [LiquidationAccepted(**stamp.on(state.stream, state.version + 1))]


def decline(state: Liquidation, reason: str, stamp: Stamp) -> list[Event]:
    """Say no to the opening, before everybody has accepted it."""
    opened = _opened(state)
    _check_partner(opened, stamp)
    if state.agreed:
        raise Refused("every party has accepted the liquidation", "it is under way; void a step that is wrong")
    rules.check_reason(reason)
    return [LiquidationDeclined(reason=reason, **stamp.on(state.stream, state.version + 1))]


def record(state: Liquidation, kind: type[Step], content: Mapping[str, Any], stamp: Stamp) -> list[Event]:
    """Record a step: `content` are the fields of its kind. The same step again is no event."""
    step = kind(**content, **stamp.on(state.stream, state.version + 1))
    for before in state.steps:
        if before.reference == step.reference:
            return _again(state, before, step)
    opened = _opened(state)
    if state.waits_for:
        raise Refused(
            f"the liquidation waits for {', '.join(state.waits_for)}", "every party has to accept its opening first"
        )
    _check_liquidator(opened, stamp)
    rules.check_reference(step.reference)
    rules.check_texts(step.note)
    first = max((opened.effective_on, *(each.effective_on for each in state.live)))
    if step.effective_on < first:
        raise Refused(
            f"{step.reference} is of {step.effective_on}, before {first}", "record the steps in the order of their days"
        )
    _check_step(account(state), step)
    return [step]


def distribute(state: Liquidation, content: Mapping[str, Any], stamp: Stamp) -> list[Event]:
    """Pay the partners what is safe, holding back `reserve_minor`; `content` is the rest of the step."""
    for before in state.steps:
        if before.reference == content["reference"] and isinstance(before, LiquidationDistributed):
            return record(state, LiquidationDistributed, {**content, "payments_minor": before.payments_minor}, stamp)
    _check_not_negative("what is held back", content["reserve_minor"])
    payments = safe_payments(account(state), content["reserve_minor"]).minor()
    return record(state, LiquidationDistributed, {**content, "payments_minor": payments}, stamp)


def void(state: Liquidation, reference: str, reason: str, stamp: Stamp) -> list[Event]:
    """Take a step back, as long as nothing was paid out or shared among the partners after it."""
    opened = _opened(state)
    if reference in state.voided:
        return []
    place = next((n for n, step in enumerate(state.live) if step.reference == reference), None)
    if place is None:
        raise Refused(f"the liquidation has no step {reference!r}", "list them: pactbook liquidation show --help")
    _check_liquidator(opened, stamp)
    rules.check_reason(reason)
    for later in state.live[place + 1 :]:
        if isinstance(later, LiquidationDistributed | DeficiencyShared):
            raise Refused(f"{later.reference} stands on {reference}", f"void {later.reference} first")
    left = account_of(opened, [step for step in state.live if step.reference != reference])
    if left.cash.value < 0:
        raise Refused(f"without {reference} there would not have been the cash for later steps", "void those first")
    return [LiquidationStepVoided(reference=reference, reason=reason, **stamp.on(state.stream, state.version + 1))]


# --- checks -----------------------------------------------------------------------------------------------


def _content(event: Event) -> dict[str, Any]:
    own = {name: getattr(event, name) for name in event.__struct_fields__}
    return {name: value for name, value in own.items() if name not in Event.__struct_fields__}


def _again(state: Liquidation, before: Step, step: Step) -> list[Event]:
    if before.reference in state.voided:
        raise Refused(f"{before.reference} was voided; it does not count", "record it anew under another reference")
    if type(before) is type(step) and _content(before) == _content(step):
        return []
    raise Refused(
        f"{before.reference} is already recorded with other content",
        f"void {before.reference}, then record it under another reference",
    )


def _opened(state: Liquidation) -> LiquidationOpened:
    if state.opened is None:
        raise Refused("there is no liquidation", "open one: pactbook liquidation open --help")
    return state.opened


def _check_partner(opened: LiquidationOpened, stamp: Stamp) -> None:
    if stamp.party not in opened.ratio:
        raise Refused(f"{stamp.party} has no part in the liquidation", f"it is of {', '.join(sorted(opened.ratio))}")


def _check_liquidator(opened: LiquidationOpened, stamp: Stamp) -> None:
    if stamp.party != opened.liquidator:
        raise Refused(
            f"{stamp.party} is not the liquidator", f"by the opening {opened.liquidator} records what happens"
        )


def _check_opening(event: LiquidationOpened, terms: TermsView) -> None:
    rules.check_texts(event.note)
    if event.currency != terms.currency:
        raise Refused(f"{terms.agreement} is kept in {terms.currency}, not in {event.currency}", "give its amounts so")
    if event.effective_on < terms.starts_on:
        raise Refused(f"{terms.agreement} had not begun on {event.effective_on}", f"it begins on {terms.starts_on}")
    _check_not_negative("the cash", event.cash_minor)
    for what in (event.assets_minor, event.creditors_minor, event.loans_minor):
        for name, minor in sorted(what.items()):
            if minor <= 0:
                raise Refused(f"the amount of {name} must be above zero", f"leave {name} out, if there is none")
    for party in sorted({*event.ratio, *event.capital_minor, *event.loans_minor, event.liquidator}):
        rules.check_named_party(terms, party)
    odd = (event.ratio.keys() ^ event.capital_minor.keys()) | (event.loans_minor.keys() - event.ratio.keys())
    if odd:
        raise Refused(
            f"either capital or ratio is missing of {', '.join(sorted(odd))}", "give both of every partner, or 0"
        )
    if event.liquidator not in event.ratio:
        raise Refused(f"{event.liquidator} has no part in the liquidation", "name one of the partners as liquidator")
    if len(event.ratio) < 2 or not sum(ratios(event.ratio).values()):
        raise Refused("there is nobody to share gains and losses", "give the ratio of two partners or more")
    there = event.cash_minor + sum(event.assets_minor.values())
    owed = sum((*event.creditors_minor.values(), *event.loans_minor.values(), *event.capital_minor.values()))
    if there != owed:
        raise Refused(
            f"the opening does not balance: cash and assets are {rules.money(there, event.currency)}, "
            f"creditors, loans and capital {rules.money(owed, event.currency)}",
            "cash + assets = creditors + partners' loans + capital",
        )


def _check_not_negative(what: str, minor: int) -> None:
    if minor < 0:
        raise Refused(f"{what} is negative", "give an amount of zero or more")


_ABOVE_ZERO = {"book_minor": "the book value", "owed_minor": "the debt that is settled", "amount_minor": "the amount"}
_NOT_NEGATIVE = {"proceeds_minor": "the proceeds", "paid_minor": "what is paid", "reserve_minor": "what is held back"}


def _check_amounts(step: Step) -> None:
    for name in step.__struct_fields__:
        if name in _ABOVE_ZERO and getattr(step, name) <= 0:
            raise Refused(f"{_ABOVE_ZERO[name]} must be above zero", "void an earlier step to take it back")
        if name in _NOT_NEGATIVE:
            _check_not_negative(_NOT_NEGATIVE[name], getattr(step, name))


def _check_step(account: Account, step: Step) -> None:
    """The step is possible where the liquidation stands."""
    _check_amounts(step)
    match step:
        case AssetRealised():
            _check_within(step.book_minor, account.assets, step.asset, "asset", account)
        case LiquidationExpensePaid():
            _check_cash(step.amount_minor, account)
        case CreditorPaid():
            _check_within(step.owed_minor, account.creditors, step.creditor, "creditor", account)
            _check_cash(step.paid_minor, account)
        case DeficiencyPaid():
            _check_short(account, step.party, step.amount_minor)
        case DeficiencyShared():
            _check_shared(account, step.party)
        case LiquidationDistributed():
            _check_distribution(account, step)
        case _:
            raise AssertionError(f"{type(step).__name__} is no step of a liquidation")


def _check_within(minor: int, left: Mapping[str, Any], name: str, what: str, account: Account) -> None:
    if name not in left:
        raise Refused(f"there is no {what} {name} (left)", f"there are: {', '.join(sorted(left)) or 'none'}")
    if minor > left[name].minor:
        raise Refused(f"only {rules.money(left[name].minor, account.unit)} of {name} is left", "check the amount")


def _check_cash(minor: int, account: Account) -> None:
    if minor > account.cash.minor:
        raise Refused(
            f"there is only {rules.money(account.cash.minor, account.unit)} in cash", "record what was realised first"
        )


def _check_short(account: Account, party: str, minor: int) -> int:
    claims = account.claims()
    if party not in claims:
        raise Refused(f"{party} has no part in the liquidation", f"it is of {', '.join(claims)}")
    short = -claims[party].minor
    if short <= 0:
        raise Refused(f"{party} is not short of anything", "only a partner whose capital is negative is")
    if minor > short:
        raise Refused(f"{party} is short of {rules.money(short, account.unit)} only", "check the amount")
    return short


def _check_shared(account: Account, party: str) -> None:
    _check_short(account, party, 0)
    if account.assets:
        raise Refused(
            f"it is not certain yet what {party} is short of: {', '.join(sorted(account.assets))} is not sold",
            "safe payments take it for lost already; share it when all is sold",
        )
    if not bearing(account, [each for each in account.parties() if each not in account.insolvent | {party}]):
        raise Refused(f"nobody is left to bear what {party} is short of", "every other partner is insolvent too")


def _check_distribution(account: Account, step: LiquidationDistributed) -> None:
    schedule = safe_payments(account, step.reserve_minor)
    if not schedule.minor():
        raise Refused(
            f"nothing is safe to pay: {rules.money(schedule.available.minor, account.unit)} is free, "
            f"{rules.money(schedule.loss.minor, account.unit)} may still be lost",
            "pactbook liquidation show prints the schedule",
        )
    if dict(step.payments_minor) != schedule.minor():
        raise Refused("the payments are not those that are safe", "leave them to pactbook to work out")


def is_safe(state: Liquidation, step: LiquidationDistributed) -> bool:
    """Whether a distribution that comes next pays exactly what is safe."""
    return safe_payments(account(state), step.reserve_minor).minor() == dict(step.payments_minor)
