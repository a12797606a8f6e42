"""What every command rests on: who acts, what is loaded, and what happens when somebody else was faster."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.application import Ledger, create_store
from ledger.application.core import ATTEMPTS
from ledger.book import agreement, entry
from ledger.book.events import Event, Fact
from ledger.values.errors import Refused, Rejected, Stale
from tests.ledger.application.partners import ANA, ANN, BEN, BOOK, Partners, media, sales, terms


@pytest.mark.parametrize("actor", ["acme/ann", "acme/Ann Müller"])
def test_an_actor_is_a_person_of_a_party(partners: Partners, actor: str) -> None:
    """Whoever acts is named as party/person, and acts for the party."""
    assert partners.as_(actor).stamp().party == "acme"


@pytest.mark.parametrize("actor", ["acme", "/ann", "acme/", "acme/ ann", "acme/ann ", ""])
def test_a_name_that_is_no_person_of_a_party_is_rejected(partners: Partners, actor: str) -> None:
    """Nobody acts under half a name."""
    with pytest.raises(Rejected, match="is not an actor"):
        partners.as_(actor).stamp()


def test_nobody_acts_without_a_name(partners: Partners) -> None:
    """A command that records asks who does it."""
    ledger = Ledger(partners.url)
    try:
        with pytest.raises(Rejected, match="who does this is not known") as rejected:
            ledger.stamp()
        assert "--as" in str(rejected.value.hint)
    finally:
        ledger.close()


def test_making_a_store_twice_changes_nothing(partners: Partners) -> None:
    """A store that is there already keeps its events."""
    before = partners.events()
    create_store(partners.url)
    assert partners.events() == before


@pytest.mark.parametrize(("asked", "hint"), [("acme-jott", "did you mean acme-jot?"), ("zz", "there are: acme-jot")])
def test_an_agreement_that_does_not_exist_is_named_with_those_that_do(
    partners: Partners, asked: str, hint: str
) -> None:
    """A misspelt agreement is no empty one."""
    with pytest.raises(Refused, match=f"there is no agreement '{asked}'") as refused:
        partners.ledger.payouts.payables(asked)
    assert refused.value.hint == hint


def test_events_are_read_in_the_order_of_the_book(anywhere: Partners) -> None:
    """Each event has its seq, without gaps, however the pages fall; and a part can be read."""
    anywhere.record("S-1", sales(100))
    anywhere.record("S-2", sales(200))
    ledger = anywhere.ledger
    assert [seq for seq, _ in ledger.events_of(BOOK)] == [1, 2, 3, 4]
    assert [seq for seq, _ in ledger.events_of(BOOK, after=1, upto=3)] == [2, 3]
    assert [(each.position, each.seq) for each in ledger.recorded(2, 10)] == [(3, 3), (4, 4)]
    assert [type(each.event).__name__ for each in ledger.recorded(0, 1)] == ["AgreementProposed"]


def test_a_stored_line_is_what_the_book_hashes(partners: Partners) -> None:
    """The line that a follower reads is the one that is stored, with the event's type first."""
    (recorded, *_) = partners.ledger.recorded(0, 1)
    assert recorded.line.startswith(b'{"type":"AgreementProposed.v1","stream":"acme-jot/agreement","version":1,')


def test_a_decision_is_made_anew_when_somebody_was_faster(anywhere: Partners) -> None:
    """What was decided on a state that has changed meanwhile is decided again on what is there now."""
    anywhere.record("S-1", sales(100))
    other, ledger = anywhere.another(BEN), anywhere.as_(ANN)
    seen: list[Fact] = []

    def decision() -> list[Event]:
        state = ledger.entries.current(BOOK, "S-1")
        seen.append(entry.current(state))
        if len(seen) == 1:
            other.entries.correct(BOOK, "S-1", {"amount_minor": 200}, "a refund")
        return entry.correct(state, sales(300), "two refunds", terms(), ledger.stamp())

    (event,) = ledger.decide(decision)
    assert seen == [sales(100), sales(200)]
    assert (event.actor, event.version) == (ANN, 3)


def test_a_decision_is_made_anew_when_what_it_read_besides_has_changed(anywhere: Partners) -> None:
    """Recording stands on the terms in force: when they change in between, it is decided under the new ones."""
    other, ledger = anywhere.another(ANA), anywhere.as_(ANN)
    asked: list[int] = []

    def unchanged() -> dict[str, int]:
        asked.append(ledger.agreement(BOOK).version)
        return {agreement.stream(BOOK): asked[-1]}

    def decision() -> list[Event]:
        if len(asked) == 1:
            other.agreements.terminate(BOOK, date(2026, 6, 30), "the campaign is over")
        return entry.record(entry.initial(), "S-1", sales(100), terms(), ledger.stamp())

    (event,) = ledger.decide(decision, unchanged=unchanged)
    assert asked == [2, 3]
    assert anywhere.events()[-1] == event


def test_a_command_that_is_always_overtaken_gives_up(partners: Partners) -> None:
    """After a few attempts the command is refused as stale, and has recorded nothing."""
    partners.record("S-1", sales(100))
    other, ledger = partners.another(BEN), partners.as_(ANN)
    tried: list[int] = []

    def decision() -> list[Event]:
        state = ledger.entries.current(BOOK, "S-1")
        tried.append(len(tried))
        other.entries.correct(BOOK, "S-1", {"amount_minor": 200 + len(tried)}, "again")
        return entry.correct(state, sales(300), "two refunds", terms(), ledger.stamp())

    with pytest.raises(Stale) as stale:
        ledger.decide(decision)
    assert stale.value.exit_code == 4
    assert len(tried) == ATTEMPTS
    assert {event.actor for event in partners.events()[3:]} == {BEN}


def test_a_dry_run_decides_and_records_nothing(anywhere: Partners) -> None:
    """A dry run returns the events that would be recorded, again and again."""
    before = anywhere.names()
    anywhere.ledger.dry_run = True
    made = [type(anywhere.record("S-1", sales(100))[0]).__name__ for _ in range(2)]
    assert (made, anywhere.names()) == (["ResultReported"] * 2, before)
    with pytest.raises(Refused, match="acme cannot record what jot paid"):
        anywhere.record("M-1", media(100), ANN)


def test_every_event_has_a_salt_of_its_own(partners: Partners) -> None:
    """Two events never share their random salt."""
    partners.record("S-1", sales(100))
    salts = [event.salt for event in partners.events()]
    assert len(set(salts)) == len(salts)
