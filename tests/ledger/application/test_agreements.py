"""Agreements in a store: proposed and accepted, amended with their effect known beforehand, and ended."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.book.agreement import Agreement
from ledger.settlement.whatif import Effect
from ledger.values.errors import Refused
from ledger.values.periods import parse_period
from tests.ledger.application.partners import ANA, ANN, BOOK, HALF, KAI, KIM_TOO, Partners, media, sales, terms

FEB_1 = date(2026, 2, 1)


def test_terms_bind_nobody_before_everybody_has_accepted(strangers: Partners) -> None:
    """A proposal is on record, and no terms are in force until the other party says yes."""
    strangers.as_(ANN).agreements.propose(terms())
    with pytest.raises(Refused, match="acme-jot is not in force"):
        strangers.ledger.terms(BOOK)
    strangers.as_(ANA).agreements.accept(BOOK)
    assert strangers.ledger.terms(BOOK) == terms()


def test_saying_the_same_again_records_nothing(partners: Partners) -> None:
    """Proposing or accepting what is in force is no event."""
    before = partners.names()
    assert partners.as_(ANN).agreements.propose(terms()) == []
    assert partners.as_(ANA).agreements.accept(BOOK) == []
    assert partners.names() == before


def test_a_proposal_can_be_declined_and_made_again(strangers: Partners) -> None:
    """A no ends the proposal; the same terms can be proposed anew, and accepted."""
    strangers.as_(ANN).agreements.propose(terms())
    strangers.as_(ANA).agreements.decline(BOOK, "the cap is too low")
    strangers.as_(ANN).agreements.propose(terms())
    strangers.as_(ANA).agreements.accept(BOOK, terms().digest[:8])
    assert strangers.names() == [
        "AgreementProposed", "AgreementDeclined", "AgreementProposed", "AgreementAccepted",
    ]  # fmt: skip


def test_what_was_never_proposed_can_not_be_accepted(strangers: Partners) -> None:
    """An agreement that does not exist is named as such."""
    with pytest.raises(Refused, match="there is no agreement 'acme-jot'"):
        strangers.as_(ANA).agreements.accept(BOOK)


def test_a_party_of_another_agreement_has_no_say(partners: Partners) -> None:
    """Only those whom the terms name can answer."""
    partners.as_(ANN).agreements.amend(terms(HALF), FEB_1, "a new deal")
    with pytest.raises(Refused, match="kim"):
        partners.as_(KAI).agreements.accept(BOOK)


def test_new_terms_govern_from_their_day_on(partners: Partners) -> None:
    """January is settled under the first terms, February under the new ones."""
    partners.amend(terms(HALF), FEB_1)
    partners.record("S-1", sales(1_000))
    partners.record("S-2", sales(1_000, date(2026, 2, 5)))
    partners.day = date(2026, 3, 2)
    january, february = (partners.as_(ANN).statements.close(BOOK)[0] for _ in range(2))
    assert january.settlement.shares["jot"].value == 400
    assert february.settlement.shares["jot"].value == 500


def test_the_effect_of_retroactive_terms_is_what_the_next_close_adjusts(anywhere: Partners) -> None:
    """What a party is shown before it accepts is exactly what it is then credited or charged."""
    anywhere.first_month()
    anywhere.record("S-2", sales(55_555, date(2026, 2, 5)))
    anywhere.day = date(2026, 3, 2)
    anywhere.as_(ANN).statements.close(BOOK)
    amended = terms(HALF)
    told = anywhere.ledger.agreements.effects(amended, date(2026, 1, 1))
    anywhere.amend(amended, date(2026, 1, 1))
    anywhere.day = date(2026, 4, 2)
    statement, _ = anywhere.as_(ANN).statements.close(BOOK)
    posted = [
        Effect(adjusted.period, {party: int(figure.value) for party, figure in adjusted.net.items()})
        for adjusted in statement.adjustments
    ]
    assert told == posted
    assert told[0] == Effect("2026-01", {"acme": -91_000, "jot": 91_000})


def test_terms_for_periods_to_come_have_no_effect_on_closed_ones(partners: Partners) -> None:
    """Nothing that was closed changes by terms that govern later days, nor before anything was closed."""
    assert partners.ledger.agreements.effects(terms(HALF), date(2026, 1, 1)) == []
    partners.first_month()
    assert partners.ledger.agreements.effects(terms(HALF), FEB_1) == []


def test_a_third_party_is_admitted_with_everybodys_yes(partners: Partners) -> None:
    """Terms that name a new party come into force when it has accepted them too."""
    partners.amend(terms(*KIM_TOO), FEB_1)
    assert sorted(partners.ledger.terms(BOOK).parties) == ["acme", "jot"]
    partners.as_(KAI).agreements.accept(BOOK)
    assert sorted(partners.ledger.terms(BOOK).parties) == ["acme", "jot", "kim"]


def test_terms_that_are_agreed_but_not_in_force_yet_are_not_those_of_today(partners: Partners) -> None:
    """Until their day comes the earlier ones hold: JOT does not lose its say by what is to come."""
    partners.amend(terms(*KIM_TOO), date(2026, 4, 1), accepted_by=(ANA, KAI))
    assert partners.ledger.terms(BOOK) == terms()
    with pytest.raises(Refused, match="kim is no party"):
        partners.as_(KAI).agreements.terminate(BOOK, date(2026, 6, 30), "changed our mind")
    partners.day = date(2026, 4, 1)
    assert partners.ledger.terms(BOOK) == terms(*KIM_TOO)
    partners.as_(KAI).agreements.terminate(BOOK, date(2026, 6, 30), "changed our mind")
    partners.day = date(2026, 9, 1)
    assert partners.ledger.terms(BOOK) == terms(*KIM_TOO)
    partners.day = date(2025, 12, 1)
    assert partners.ledger.terms(BOOK) == terms()


def test_a_close_is_not_overtaken_by_a_termination(partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    """January is closed while JOT ends the agreement in it: the end is decided again, on what is closed by now."""
    other, ledger = partners.another(ANN), partners.as_(ANA)
    read = ledger.agreement

    def overtaken(book: str) -> Agreement:
        state = read(book)
        other.statements.close(BOOK, parse_period("2026-01"))
        return state

    monkeypatch.setattr(ledger, "agreement", overtaken)
    with pytest.raises(Refused, match="it is closed up to 2026-01-31"):
        ledger.agreements.terminate(BOOK, date(2026, 1, 15), "we are done")
    assert "AgreementTerminated" not in partners.names()


def test_an_agreement_ends_no_earlier_than_it_is_closed(partners: Partners) -> None:
    """What was closed was closed under an agreement in force."""
    partners.first_month()
    with pytest.raises(Refused, match="it is closed up to 2026-01-31"):
        partners.as_(ANN).agreements.terminate(BOOK, date(2026, 1, 15), "we are done")
    partners.as_(ANN).agreements.terminate(BOOK, date(2026, 2, 15), "we are done")
    with pytest.raises(Refused, match="not in force on 2026-02-16"):
        partners.record("M-2", media(100, date(2026, 2, 16)))
    assert len(partners.record("M-3", media(100, date(2026, 2, 15)))) == 1


def test_two_parties_that_accept_at_the_same_time_both_have_accepted(
    strangers: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kim answers while JOT does: both answers are on record, and the terms are in force."""
    strangers.as_(ANN).agreements.propose(terms(*KIM_TOO))
    other, ledger = strangers.another(KAI), strangers.as_(ANA)
    read = ledger.agreement

    def overtaken(book: str) -> Agreement:
        state = read(book)
        if state.versions[-1].accepted_by == {"acme"}:
            other.agreements.accept(BOOK)
        return state

    monkeypatch.setattr(ledger, "agreement", overtaken)
    ledger.agreements.accept(BOOK)
    assert strangers.names() == ["AgreementProposed", "AgreementAccepted", "AgreementAccepted"]
    assert sorted(other.terms(BOOK).parties) == ["acme", "jot", "kim"]
