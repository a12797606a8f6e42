"""Disputes in a store: a figure is disputed, what it would change is held, and corrections settle it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from ledger.book.events import DisputeOpened, Event
from ledger.settlement.canonical import figure_ids
from ledger.values.errors import Refused, Rejected
from tests.ledger.application.partners import (
    ANA,
    ANN,
    BEN,
    BOOK,
    KAI,
    KIM_TOO,
    Meddled,
    Partners,
    media,
    sales,
    signups,
    terms,
    tracking,
)

JAN = f"{BOOK}/2026-01"


@pytest.fixture
def january(partners: Partners) -> Partners:
    """January closed: sales of 10,000.00, media of 900.00, tracking of 50.00, 30 signups at 2.00."""
    partners.record("T-1", tracking(5_000))
    partners.record("U-1", signups(30), ANN)
    partners.first_month()
    return partners


def opened(events: list[Event]) -> DisputeOpened:
    """The one dispute that was opened."""
    (event,) = events
    assert isinstance(event, DisputeOpened)
    return event


# --- what a dispute is about --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "expected", "effect"),
    [
        # Media of 100.00 less: JOT gets 100.00 less back, and 40% of a pool that has 100.00 more.
        ("inputs/cost.media.jot", "800.00", {"acme": 6_000, "jot": -6_000}),
        # A fee of 10.00 more comes out of what both share.
        ("jot/shares.1", "70.00", {"acme": -600, "jot": 600}),
        # What one party collected.
        ("inputs/result.sales.acme", "9000.00", {"acme": -60_000 + 100_000, "jot": -40_000}),
        # A closing balance changes nothing but itself.
        ("jot/closing", "5000.00", {"jot": 500_000 - 455_600}),
        # A share, or all that the period changes, moves the account of its party, and no other.
        ("jot/share", "3700.00", {"jot": 370_000 - 365_600}),
        ("jot/net", "4500.00", {"jot": 450_000 - 455_600}),
        # What a party is entitled to before rounding.
        ("jot/entitlement", "3700.00", {"jot": 370_000 - 365_600}),
    ],
)
def test_the_effect_of_a_dispute_follows_from_the_figure(
    january: Partners, figure: str, expected: str, effect: dict[str, int]
) -> None:
    """Every balance is worked out anew as if the figure were as expected."""
    event = opened(january.as_(ANA).disputes.open(f"{JAN}/{figure}", expected, "our books say so"))
    assert event.effect_minor == effect
    assert event.stated_minor != event.expected_minor


def test_a_total_that_nobody_holds_is_disputed_at_its_inputs(january: Partners) -> None:
    """A larger pool alone says nothing about who collected the difference, so balances cannot follow from it."""
    with pytest.raises(Refused) as caught:
        january.as_(ANA).disputes.open(f"{JAN}/pool/total", "10050.00", "our books say so")
    assert caught.value.message == f"{JAN}/pool/total alone does not say whose account holds the difference"
    assert f"{JAN}/inputs/cost.media.jot" in (caught.value.hint or "")


def test_a_share_that_had_to_be_rounded_is_disputed_as_it_was_posted(partners: Partners) -> None:
    """Half a cent went to one of them: disputing the share changes that account by the difference, to the cent."""
    partners.record("S-1", sales(10_001))
    partners.as_(ANN).statements.close(BOOK)
    assert opened(partners.as_(ANA).disputes.open(f"{JAN}/jot/share", "41.00", "should be more")).effect_minor == {
        "jot": 100
    }
    assert partners.payable()["jot"] == 4_000


@pytest.mark.parametrize("figure", ["jot/shortfall", "jot/rounding"])
def test_what_no_account_depends_on_cannot_be_disputed(partners: Partners, figure: str) -> None:
    """A dispute that would hold nothing is refused, and the hint names what a balance does follow from."""
    partners.record("S-1", sales(10_001))
    partners.record("S-2", sales(10_001, date(2026, 2, 10)))
    partners.day = date(2026, 3, 2)
    for _ in range(2):
        partners.as_(ANN).statements.close(BOOK)
    with pytest.raises(Refused) as caught:
        partners.as_(ANA).disputes.open(f"{BOOK}/2026-02/{figure}", "1.00", "should be more")
    assert caught.value.message == f"another {BOOK}/2026-02/{figure} changes no account"
    assert caught.value.hint == f"dispute {BOOK}/2026-02/jot/share instead"


def test_what_holds_nothing_back_from_anybody_cannot_be_disputed(january: Partners) -> None:
    """The cap of media is far off: another cap changes no account; nor is there an input behind what nobody said."""
    with pytest.raises(Refused) as caught:
        january.as_(ANA).disputes.open(f"{JAN}/pool/costs.media:2", "3500.00", "35% were agreed")
    assert caught.value.hint == f"dispute {JAN}/acme/closing or {JAN}/jot/closing instead"
    with pytest.raises(Refused, match="alone does not say") as caught:
        january.as_(ANA).disputes.open(f"{JAN}/venture/liabilities", "100.00", "there will be chargebacks")
    assert caught.value.hint == f"dispute {JAN}/acme/closing or {JAN}/jot/closing instead"


def test_if_the_opener_is_right_the_correction_posts_what_was_held(january: Partners) -> None:
    """The effect that was worked out from the figure is the adjustment of the next statement, to the cent."""
    event = opened(january.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "one invoice is double"))
    january.as_(ANA).entries.correct(BOOK, "M-1", {"amount_minor": 80_000}, "it was")
    january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was double", ("M-1",))
    january.day = date(2026, 3, 2)
    february, _ = january.as_(ANN).statements.close(BOOK)
    (adjustment,) = february.adjustments
    assert {party: figure.value for party, figure in adjustment.net.items()} == event.effect_minor


def test_while_it_is_open_and_until_it_is_posted_the_difference_is_held(january: Partners) -> None:
    """Opened, answered, resolved by a correction, closed: the undisputed part is payable all the time."""
    assert january.payable() == {"acme": -455_600, "jot": 455_600}
    january.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "one invoice is double")
    undisputed = {"acme": -449_600, "jot": 449_600}
    assert january.payable() == undisputed
    january.as_(ANA).disputes.answer(BOOK, "2026-01-1", "we look into it")
    january.as_(ANA).entries.correct(BOOK, "M-1", {"amount_minor": 80_000}, "it was")
    january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was double", ("M-1",))
    assert january.payable() == undisputed
    january.day = date(2026, 3, 2)
    january.as_(ANN).statements.close(BOOK)
    assert january.payable() == undisputed
    assert {found.held for found in january.ledger.payouts.payables(BOOK)} == {0}


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_a_dispute_that_is_over_holds_nothing(january: Partners, end: str) -> None:
    """Rejected with a reason, or withdrawn by its opener: all of the balance is payable."""
    january.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "one invoice is double")
    if end == "reject":
        january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it is not")
    else:
        january.as_(ANN).disputes.withdraw(BOOK, "2026-01-1", "we found it")
    assert january.payable() == {"acme": -455_600, "jot": 455_600}


def test_a_row_that_is_rounded_stands_for_what_is_behind_it(partners: Partners) -> None:
    """A row is shown in whole units; disputing it disputes the exact figure, not the rounding."""
    partners.record("S-1", sales(10_001))
    partners.as_(ANN).statements.close(BOOK)
    statement = partners.ledger.statements.statement(BOOK)
    ids = figure_ids(statement)
    rounded = [ids[id(row.figure)] for row in statement.account("jot").rows if row.figure.name.endswith(".rounded")]
    assert rounded == [f"{JAN}/jot/shares.2.rounded"]
    shown, exact = (partners.ledger.statements.figure(each) for each in (*rounded, f"{JAN}/jot/shares.2"))
    effect = partners.ledger.disputes.effect(shown, Fraction(5_000))
    assert effect == partners.ledger.disputes.effect(exact, Fraction(5_000))
    assert effect["jot"] > 900


# --- what can not be disputed -------------------------------------------------------------------------------


def test_only_what_was_issued_can_be_disputed(january: Partners) -> None:
    """A draft is nobody's claim yet."""
    with pytest.raises(Refused, match="is not issued yet"):
        january.as_(ANA).disputes.open(f"{BOOK}/2026-02/jot/closing", "1.00", "too low")
    with pytest.raises(Refused, match="is not issued yet"):
        january.as_(ANA).disputes.open(f"{JAN}@2/jot/closing", "1.00", "too low")


def test_only_amounts_can_be_disputed(january: Partners) -> None:
    """A rate or a count is disputed by an amount that follows from it."""
    with pytest.raises(Refused, match="is not an amount of money"):
        january.as_(ANA).disputes.open(f"{JAN}/inputs.units/result.signups", "31", "there were 31")


@pytest.mark.parametrize("expected", ["4,600.00", "1.234", "much"])
def test_what_is_expected_is_an_amount(january: Partners, expected: str) -> None:
    """An amount that could be misread is rejected."""
    with pytest.raises(Rejected):
        january.as_(ANA).disputes.open(f"{JAN}/jot/closing", expected, "too low")


def test_what_others_are_divided_by_cannot_be_nothing(any_url: str) -> None:
    """Media over its cap is paid back in the proportion of who paid: without any media there is no proportion."""
    partners = Partners(any_url, terms(("30% of sales", "1% of sales")))
    partners.first_month()
    with pytest.raises(Refused, match="cannot be nothing"):
        partners.as_(ANN).disputes.open(f"{JAN}/pool/costs.media.paid", "0.00", "there was none")
    partners.close()


def test_what_is_stated_cannot_be_disputed(january: Partners) -> None:
    """Who agrees has nothing to dispute."""
    with pytest.raises(Refused, match="which is what is expected"):
        january.as_(ANA).disputes.open(f"{JAN}/jot/shares.1", "60.00", "just to be sure")


def test_strangers_dispute_nothing(january: Partners) -> None:
    """Only parties of the agreement have claims under it."""
    with pytest.raises(Refused, match="kim is no party"):
        january.as_(KAI).disputes.open(f"{JAN}/jot/shares.1", "70.00", "why not")


# --- names, races, former parties ---------------------------------------------------------------------------


def test_the_same_dispute_again_is_no_event(january: Partners) -> None:
    """A colleague who opens the same dispute changes nothing; another expectation is refused."""
    figure = f"{JAN}/jot/shares.1"
    january.as_(ANA).disputes.open(figure, "70.00", "our tracking counted 35")
    assert january.as_("jot/leo").disputes.open(figure, "70.00", "35, as Ana says") == []
    with pytest.raises(Refused, match="jot already disputes"):
        january.as_("jot/leo").disputes.open(figure, "72.00", "36")


def test_disputes_are_numbered_within_their_period(january: Partners) -> None:
    """A dispute is named by the period that it is about."""
    january.as_(ANA).disputes.open(f"{JAN}/jot/shares.1", "70.00", "35 signups")
    january.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "double")
    january.day = date(2026, 3, 2)
    january.record("S-2", sales(100_000, date(2026, 2, 3)))
    january.record("M-2", media(1_000, date(2026, 2, 3)))
    january.as_(ANN).statements.close(BOOK)
    january.as_(BEN).disputes.open(f"{BOOK}/2026-02/inputs/cost.media.jot", "8.00", "double again")
    assert [each.dispute_id for each in january.ledger.facts(BOOK).disputes()] == [
        "2026-01-1",
        "2026-01-2",
        "2026-02-1",
    ]


def test_two_who_open_disputes_at_once_both_have_opened_one(store_url: str) -> None:
    """When both would be the first of a period, one becomes the second."""
    meddled = Meddled(
        lambda n: n == asked + 2 and other.as_(ANA).disputes.open(f"{JAN}/jot/shares.2", "4000.00", "low"), 0
    )
    partners, other = Partners(store_url, terms(), meddled), Partners(store_url)
    partners.first_month()
    # The figure is looked up first; then the other disputes are read, and right after that JOT opens one.
    asked, meddled.times = meddled.asked, 2
    partners.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "double")
    assert [(each.dispute_id, each.opener) for each in partners.ledger.facts(BOOK).disputes()] == [
        ("2026-01-1", "jot"),
        ("2026-01-2", "acme"),
    ]
    assert meddled.asked >= asked + 3
    other.close()
    partners.close()


def test_a_correction_that_settles_a_dispute_is_on_record(january: Partners) -> None:
    """Nobody settles a dispute by an entry that is not there."""
    january.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "double")
    with pytest.raises(Refused, match="acme-jot has no entry 'M-9'"):
        january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was", ("M-9", "M-1"))


def test_what_settles_a_dispute_has_changed_since_and_counts(january: Partners) -> None:
    """Neither an entry that is as it was, nor one that waits for a confirmation, releases what is held."""
    january.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "double")
    undisputed = january.payable()
    with pytest.raises(Refused, match="M-1 has not changed since the dispute 2026-01-1 was opened"):
        january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was", ("M-1",))
    january.record("M-8", media(200_000, date(2026, 2, 2)))
    with pytest.raises(Refused, match="M-8 does not count: it is awaiting"):
        january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was", ("M-8",))
    january.as_(BEN).entries.confirm(BOOK, "M-8")
    assert january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was", ("M-8",))
    assert january.payable() == undisputed
    assert january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was", ("M-8",)) == []


@pytest.mark.parametrize("how", ["credit note", "void"])
def test_what_settles_a_dispute_is_held_until_a_close_posts_it(january: Partners, how: str) -> None:
    """A credit note of the open month holds as a voided entry does: until the next statement shows it."""
    january.as_(BEN).disputes.open(f"{JAN}/inputs/cost.media.jot", "800.00", "double")
    undisputed = january.payable()
    if how == "void":
        january.as_(ANA).entries.void(BOOK, "M-1", "not ours")
    else:
        january.record("M-1C", media(-10_000, date(2026, 2, 2)))
    january.as_(ANA).disputes.resolve(BOOK, "2026-01-1", "it was", ("M-1" if how == "void" else "M-1C",))
    assert january.payable() == undisputed
    january.day = date(2026, 3, 2)
    january.as_(ANN).statements.close(BOOK)
    assert {found.held for found in january.ledger.payouts.payables(BOOK)} == {0}


def test_a_party_that_has_left_may_dispute_what_it_is_owed(any_url: str) -> None:
    """Kim left with February; January's statement, and February's balance, are still its concern."""
    partners = Partners(any_url, terms(*KIM_TOO))
    partners.amend(terms(), date(2026, 2, 1), accepted_by=(ANA, KAI))
    partners.record("S-1", sales(1_000_000))
    partners.day = date(2026, 3, 2)
    for _ in range(2):
        partners.as_(ANN).statements.close(BOOK)
    partners.as_(KAI).disputes.open(f"{JAN}/kim/shares.2", "1100.00", "ten percent of 11,000.00")
    partners.as_(KAI).disputes.open(f"{BOOK}/2026-02/kim/closing", "1100.00", "and so the balance")
    assert partners.as_(ANN).disputes.answer(BOOK, "2026-01-1", "we will see")
    assert partners.as_(KAI).disputes.withdraw(BOOK, "2026-01-1", "we found it")
    partners.close()


def test_an_agreement_or_dispute_that_does_not_exist_is_named(partners: Partners) -> None:
    """The refusal says what there is."""
    with pytest.raises(Refused, match="there is no agreement 'acme-jo'"):
        partners.as_(ANN).disputes.answer("acme-jo", "2026-01-1", "yes")
    with pytest.raises(Refused, match="acme-jot has no dispute '2026-01-1'"):
        partners.as_(ANN).disputes.withdraw(BOOK, "2026-01-1", "we found it")
