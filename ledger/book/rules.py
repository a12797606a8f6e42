"""The rules that every stream shares: who may act, what text is enough, which facts the terms admit.

Each function passes in silence or raises `Refused`. The order of the checks inside a function is the
order in which reasons are given when several apply.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Literal, assert_never

from ledger.book.events import Advance, Contribution, Conversion, Cost, Fact, Liability, Result, Stamp, Withdrawal
from ledger.book.partner_facts import CAPITAL_FACTS, Admission, RatioChange, Retirement, Revaluation
from ledger.book.partner_rules import check_content
from ledger.book.terms_view import TermsView
from ledger.values.errors import Refused
from ledger.values.money import currency, format_amount
from ledger.values.text import hidden_character, is_composed

REFERENCE_LIMIT = 200
TEXT_LIMIT = 4000

Role = Literal["close", "approve", "confirm"]


# --- who may act ------------------------------------------------------------------------------------------


def in_force(terms: TermsView | None, day: date) -> TermsView:
    """The terms of a day, when there are any."""
    if terms is None:
        raise Refused(
            f"the agreement is not in force on {day}",
            "check the date, and that every party has accepted the terms",
        )
    return terms


def check_party(terms: TermsView, stamp: Stamp) -> None:
    """The actor acts for a party of the agreement."""
    check_named_party(terms, stamp.party)


def check_named_party(terms: TermsView, party: str) -> None:
    """A party that a command names is a party of the agreement."""
    if party not in terms.parties:
        raise Refused(f"{party} is no party of {terms.agreement}", f"its parties are {', '.join(terms.parties)}")


def check_role(terms: TermsView, role: Role, stamp: Stamp) -> None:
    """The actor, or its party, has the role; without such a clause every party has it."""
    check_party(terms, stamp)
    allowed = terms.roles.get(role)
    if allowed is not None and stamp.actor not in allowed and stamp.party not in allowed:
        raise Refused(
            f"{stamp.actor} may not {role} in {terms.agreement}",
            f"by the terms this is for {', '.join(allowed)}",
        )


def check_own_voice(terms: TermsView, stamp: Stamp) -> None:
    """The actor may say yes for its own party: where the terms name persons of that party who confirm, it is one."""
    check_party(terms, stamp)
    named = [who for who in terms.roles.get("confirm", ()) if who.startswith(f"{stamp.party}/")]
    if named and stamp.actor not in named and stamp.party not in terms.roles["confirm"]:
        raise Refused(
            f"{stamp.actor} may not confirm for {stamp.party}", f"by the terms this is for {', '.join(named)}"
        )


def under_any(check: Callable[[TermsView], None], *terms: TermsView | None) -> None:
    """One of these terms admits it: those of the time that it is about, or those of today.

    So nothing is left undone because whoever could do it has left, or was not there yet. Raises the refusal
    under the first of the terms that are given (not None).
    """
    refusals = []
    for each in terms:
        if each is None:
            continue
        try:
            check(each)
        except Refused as refusal:
            refusals.append(refusal)
        else:
            return
    raise refusals[0]


# --- text -------------------------------------------------------------------------------------------------


def check_reference(reference: str) -> None:
    """A name that a stream can bear: 1 to 200 printable characters in composed form (NFC), no space at either end."""
    if not reference or len(reference) > REFERENCE_LIMIT or not reference.isprintable():
        raise Refused(
            f"{reference[:REFERENCE_LIMIT]!r} cannot be a reference",
            f"use 1 to {REFERENCE_LIMIT} printable characters, such as an invoice number",
        )
    if not is_composed(reference):
        raise Refused(
            f"the reference {reference!r} is not in composed form (Unicode NFC)",
            "write each letter with its accent as one character, so that what looks the same is the same",
        )
    if reference != reference.strip():
        raise Refused(f"the reference {reference!r} begins or ends with a space", f"write {reference.strip()!r}")


def check_reason(reason: str) -> None:
    """A reason (or an answer) says something."""
    if not reason.strip():
        raise Refused("a reason is missing", "say why, in a sentence that the other parties will understand")
    check_texts(reason)


def check_texts(*texts: str | None) -> None:
    """What a person writes (a note, a reason) stays within what an event may hold, and shows all that it says."""
    check_lengths(*texts)
    for text in texts:
        if text is not None and (hidden := hidden_character(text)):
            raise Refused(
                f"a text contains {hidden}, a character that cannot be seen or that changes how others are shown",
                "write it in one line, without control and format characters",
            )


def check_lengths(*texts: str | None) -> None:
    """A text, also one that was copied from a file as it stood there, stays within what an event may hold."""
    for text in texts:
        if text is not None and len(text) > TEXT_LIMIT:
            raise Refused(
                f"a text is longer than {TEXT_LIMIT} characters",
                "shorten it, and keep the whole as evidence (its SHA-256 goes on record)",
            )


# --- amounts and facts ------------------------------------------------------------------------------------


def money(amount_minor: int, code: str) -> str:
    """An amount as a message shows it: `1234.50 EUR`."""
    return f"{format_amount(amount_minor, currency(code))} {code}"


def check_positive(amount_minor: int, what: str) -> None:
    """An amount that has no negative sense is above zero."""
    if amount_minor <= 0:
        raise Refused(f"the amount of {what} must be above zero", "correct or void the earlier entry to take it back")


def check_fact(fact: Fact, terms: TermsView, stamp: Stamp) -> None:
    """The terms admit this fact from this actor: its party, its currency, its amount, its parties' duties."""
    check_party(terms, stamp)
    check_currency(fact, terms)
    match fact:
        case Result():
            _check_result(fact, terms, stamp)
        case Cost():
            _check_cost(fact, terms, stamp)
        case Liability():
            check_positive(fact.amount_minor, "a liability")
        case Contribution() | Withdrawal():
            check_positive(fact.amount_minor, "a contribution" if isinstance(fact, Contribution) else "a withdrawal")
            check_named_party(terms, fact.party)
            _check_concerned(fact, (fact.party,), stamp)
            if isinstance(fact, Contribution) and fact.deal is not None:
                _check_deal(fact.deal, terms)
        case Advance():
            _check_advance(fact, terms)
            _check_concerned(fact, (fact.paid_by, fact.paid_to), stamp)
        case Admission() | Retirement() | RatioChange() | Revaluation():
            check_content(fact)
            for party in sorted(fact.change_minor):
                check_named_party(terms, party)
            _check_concerned(fact, tuple(sorted(fact.change_minor)), stamp)
        case Conversion():
            _check_conversion(fact, terms)
            _check_concerned(fact, (fact.party,), stamp)
        case _:
            assert_never(fact)


def check_currency(fact: Fact, terms: TermsView) -> None:
    """The amount is in the agreement's currency, or in a foreign one that the terms know how to exchange.

    What parties pay each other, and their capital, is in the agreement's currency alone.
    """
    if fact.currency is None or fact.currency == terms.currency:
        return
    kept = f"{terms.agreement} is kept in {terms.currency}, not in {fact.currency}"
    if isinstance(fact, Contribution | Withdrawal | Advance):
        hint = f"convert the amount to {terms.currency}: capital and what parties pay each other is in {terms.currency}"
        raise Refused(kept, hint)
    if fact.currency not in terms.exchange:
        hint = f"convert the amount to {terms.currency} and keep the original as text"
        if terms.exchange:
            hint += f"; by its clause `exchange` entries may also be in {', '.join(terms.exchange)}"
        else:
            hint += ", or agree on a clause `exchange` that says at which rate"
        raise Refused(kept, hint)


def _check_result(fact: Result, terms: TermsView, stamp: Stamp) -> None:
    own = terms.parties.get(stamp.party)
    reporters = [] if own and fact.metric in own.reports else _reporters(fact.metric, terms)
    if reporters:
        raise Refused(
            f"{stamp.party} does not report {fact.metric}", f"by the terms {' or '.join(reporters)} reports it"
        )
    if not fact.amount_minor and not fact.quantity_micro:
        raise Refused(
            f"the result {fact.metric} has neither an amount nor a quantity", "give at least one, other than zero"
        )
    if fact.collected_by is not None:
        check_named_party(terms, fact.collected_by)
    if fact.amount_minor is None:
        return
    if fact.currency is None:
        raise Refused(f"the amount of {fact.metric} has no currency", f"the agreement is kept in {terms.currency}")
    if fact.collected_by is None:
        raise Refused(
            f"it is not known who collected the money of {fact.metric}",
            f"name the party that holds the cash: {' or '.join(terms.parties)}",
        )


def _reporters(metric: str, terms: TermsView) -> list[str]:
    return [slug for slug, party in terms.parties.items() if metric in party.reports]


def _check_cost(fact: Cost, terms: TermsView, stamp: Stamp) -> None:
    if fact.amount_minor == 0:
        raise Refused(f"the cost {fact.category} is zero", "give an amount, negative for a credit note")
    check_payer(fact.category, fact.paid_by, terms, stamp)


def check_payer(category: str, paid_by: str, terms: TermsView, stamp: Stamp) -> None:
    """The payer is a party that the terms let pay this category, and it records the payment itself."""
    check_named_party(terms, paid_by)
    payers = [slug for slug, party in terms.parties.items() if category in party.pays]
    if payers and paid_by not in payers:
        raise Refused(f"{paid_by} does not pay {category}", f"by the terms {' or '.join(payers)} pays it")
    if stamp.party != paid_by:
        raise Refused(
            f"{stamp.party} cannot record what {paid_by} paid", f"ask {paid_by} to record it: the payer has the receipt"
        )


def _check_advance(fact: Advance, terms: TermsView) -> None:
    check_positive(fact.amount_minor, "an advance")
    check_named_party(terms, fact.paid_by)
    check_named_party(terms, fact.paid_to)
    if fact.paid_by == fact.paid_to:
        raise Refused(f"{fact.paid_by} cannot pay an advance to itself", "name the two parties")
    if fact.account is not None:
        _check_account(fact.account, fact, terms)


def _check_deal(deal: str, terms: TermsView) -> None:
    """Where terms share deal by deal, capital is for one of their deals: for another no step would give it back."""
    if terms.deals and deal not in terms.deals:
        raise Refused(f"{terms.agreement} has no deal {deal}", f"its deals are {', '.join(terms.deals)}")


def _check_account(name: str, fact: Advance, terms: TermsView) -> None:
    account = terms.advances.get(name)
    if account is None:
        listed = f"its accounts are {', '.join(terms.advances)}" if terms.advances else "its terms have none"
        raise Refused(
            f"{terms.agreement} has no account {name} for advances on {fact.effective_on}",
            f"{listed}; an advance without an account counts at once and in full",
        )
    if (account.payer, account.payee) != (fact.paid_by, fact.paid_to):
        raise Refused(
            f"{name} is for advances of {account.payer} to {account.payee}, not of {fact.paid_by} to {fact.paid_to}",
            "name the payer and the payee of the account, or another account",
        )


def _check_conversion(fact: Conversion, terms: TermsView) -> None:
    check_named_party(terms, fact.party)
    if fact.currency == terms.currency or fact.into != terms.currency:
        raise Refused(
            f"a conversion sells foreign money for {terms.currency}, not {fact.currency} for {fact.into}",
            "name the foreign amount first, then what it brought",
        )
    if not terms.exchange[fact.currency].shared:
        raise Refused(
            f"by the terms what {fact.currency} gains or loses is with its holder, so a conversion changes nothing",
            f"`exchange: {{{fact.currency}: {{differences: shared}}}}` would share it",
        )
    check_positive(min(fact.amount_minor, fact.proceeds_minor), "a conversion")


def _check_concerned(fact: Fact, parties: tuple[str, ...], stamp: Stamp) -> None:
    if stamp.party not in parties:
        kind = kind_of(fact)
        what = _WHOSE[kind]
        raise Refused(
            f"{stamp.party} cannot record {what} {(' to ' if kind == 'advance' else ', ').join(parties)}",
            f"this is for {' or '.join(parties)} to record",
        )


_WHOSE = {
    "contribution": "a contribution of",
    "withdrawal": "a withdrawal of",
    "advance": "an advance of",
    "conversion": "a conversion of",
    "admission": "an admission among",
    "retirement": "a retirement among",
    "ratio_change": "a change of ratio among",
    "revaluation": "a revaluation among",
}


def needs_confirmation(terms: TermsView, fact: Fact) -> bool:
    """Whether the terms ask for the counterparty's yes: the absolute amount is over the kind's limit.

    A limit of zero is for all of the kind: also for a result that is a quantity without money. What changes the
    capital of several parties always needs the yes of each of them. A limit is an amount of the
    agreement's currency; what foreign money is worth is not known yet, so all of it needs the yes.
    """
    if isinstance(fact, CAPITAL_FACTS):
        return True
    over = terms.confirm.get(kind_of(fact))
    if over is None:
        return False
    foreign = fact.currency is not None and fact.currency != terms.currency
    return over == 0 or foreign or abs(fact.amount_minor or 0) > over


def kind_of(fact: Fact) -> str:
    """The kind of a fact in the words of the terms: `result`, `cost`, `liability` and so on."""
    return _kind(type(fact))


@cache
def _kind(fact: type[Fact]) -> str:
    return str(fact.__struct_config__.tag)
