"""Changes among partners as entries: who may record one, who has to say yes, and what silence means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.book import entry
from ledger.book.entry import Entry, Status
from ledger.book.events import Stamp
from ledger.book.movements import Kind
from ledger.book.partner_facts import Admission, CapitalFact
from ledger.book.partner_rules import worked_out
from ledger.book.silence import accepts_at
from ledger.values.errors import Refused
from tests.ledger.book_examples import ANA, BEN, EVE, KAI, LEO, OF_THREE, TERMS, after

DAY = date(2026, 7, 1)


def kim(**changes: Any) -> CapitalFact:
    """Kim comes in; Acme and JOT bear its bonus."""
    given: dict[str, Any] = {
        "party": "kim", "effective_on": DAY, "amount_minor": 2_500_000, "currency": "EUR", "interest": "1/3",
        "method": "bonus", "capital_minor": {"acme": 3_500_000, "jot": 3_000_000}, "ratio": {"acme": "7", "jot": "3"},
        "change_minor": {},
    }  # fmt: skip
    return worked_out(Admission(**{**given, **changes}))


def recorded(stamp: Stamp = KAI, fact: CapitalFact | None = None, terms: Any = OF_THREE) -> Entry:
    events = entry.record(entry.initial(), "KIM-1", fact or kim(), terms, stamp)
    return after(entry.evolve, entry.initial(), events)


def confirmed(state: Entry, *stamps: Stamp, terms: Any = OF_THREE) -> Entry:
    for stamp in stamps:
        state = after(entry.evolve, state, entry.confirm(state, terms, stamp))
    return state


def test_it_counts_once_every_party_concerned_has_said_yes() -> None:
    """The recorder says yes by recording; each other party once, in any order; twice is nothing."""
    state = recorded()
    assert (state.status, entry.waits_for(state)) == (Status.AWAITING, ("acme", "jot"))
    assert entry.counted(state) == ()
    state = confirmed(state, LEO)
    assert (state.status, entry.waits_for(state)) == (Status.AWAITING, ("acme",))
    assert entry.confirm(state, OF_THREE, ANA) == []
    state = confirmed(state, BEN)
    assert state.status is Status.COUNTED
    assert entry.confirm(state, OF_THREE, BEN) == []
    moved = [(each.kind, each.name, each.party, each.amount_minor) for each in entry.counted(state)]
    assert moved == [
        (Kind.CONTRIBUTION, "", "kim", 2_500_000),
        (Kind.CAPITAL_CHANGED, "admission.kim", "acme", -350_000),
        (Kind.CAPITAL_CHANGED, "admission.kim", "jot", -150_000),
        (Kind.CAPITAL_CHANGED, "admission.kim", "kim", 500_000),
    ]


def test_every_correction_and_every_no_asks_everybody_anew() -> None:
    """A yes was to what stood there then."""
    state = confirmed(recorded(), LEO, BEN)
    events = entry.correct(state, kim(amount_minor=2_600_000), "it paid more", OF_THREE, KAI)
    state = after(entry.evolve, state, events)
    assert (state.status, entry.waits_for(state)) == (Status.AWAITING, ("acme", "jot"))
    state = confirmed(state, LEO)
    state = after(entry.evolve, state, entry.reject(state, "too little", OF_THREE, BEN))
    assert (state.status, entry.waits_for(state)) == (Status.REJECTED, ("acme", "jot"))


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (lambda: recorded(EVE), "other is no party of acme-jot"),
        (lambda: recorded(KAI, terms=TERMS), "kim is no party of acme-jot"),
        (lambda: recorded(fact=msgspec.structs.replace(kim(), currency="USD")), "acme-jot is kept in EUR, not in USD"),
        (lambda: recorded(fact=msgspec.structs.replace(kim(), change_minor={"kim": 1})),
         "the change of capital is not what follows from what was agreed"),
        (lambda: recorded(
            KAI, kim(party="jot", capital_minor={"acme": 1}, ratio={"acme": "1"})),
         "kim cannot record an admission among acme, jot"),
        (lambda: confirmed(recorded(), KAI), "kim recorded KIM-1 and cannot confirm or reject it itself"),
        (lambda: confirmed(recorded(LEO, kim(party="jot", capital_minor={"acme": 1}, ratio={"acme": "1"})), KAI),
         "KIM-1 does not change the capital of kim"),
        (lambda: confirmed(recorded(), LEO, terms=replace(OF_THREE, roles={"confirm": ("jot/ana", "acme/ann")})),
         "jot/leo may not confirm for jot"),
    ],
)  # fmt: skip
def test_who_may_not_is_told_why(say: Callable[[], object], why: str) -> None:
    """Only those concerned record it, and only those asked say yes."""
    with pytest.raises(Refused) as refused:
        say()
    assert refused.value.message == why


def test_a_role_that_names_others_takes_nobodys_voice() -> None:
    """Terms that let only Acme confirm what is reported do not decide about the capital of JOT."""
    terms = replace(OF_THREE, roles={"confirm": ("acme",)})
    assert confirmed(recorded(), LEO, BEN, terms=terms).status is Status.COUNTED


def test_silence_changes_nobodys_capital() -> None:
    """Whatever the term is: it never runs out."""
    assert accepts_at(recorded(), 10) is None
