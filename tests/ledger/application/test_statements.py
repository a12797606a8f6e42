"""Closing in a store: everything known counts, once, whoever records or closes at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pytest
from msgspec.structs import replace

from ledger.application import Core, Ledger, create_store
from ledger.application.core import ATTEMPTS
from ledger.application.issued import parse_figure_id
from ledger.book.closing import Closing
from ledger.book.events import PeriodClosed
from ledger.settlement.canonical import digest, statement_data
from ledger.settlement.knowledge import Facts
from ledger.settlement.replay import Replay
from ledger.settlement.statement import RowKind
from ledger.values.errors import Broken, Refused, Rejected, Stale
from ledger.values.periods import parse_period
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
)

JANUARY, FEBRUARY, MARCH = (parse_period(f"2026-0{month}") for month in (1, 2, 3))


def closings(partners: Partners) -> list[PeriodClosed]:
    """The closes on record."""
    return [event for event in partners.events() if isinstance(event, PeriodClosed)]


# --- closing ------------------------------------------------------------------------------------------------


def test_a_close_counts_everything_that_is_known(anywhere: Partners) -> None:
    """The cut-off is the newest event, and the close stands right behind it, with the root of the book there."""
    anywhere.record("S-1", sales(1_000_000))
    head = anywhere.ledger.head(BOOK)
    made, new = anywhere.as_(ANN).statements.close(BOOK)
    (event,) = closings(anywhere)
    assert new
    assert (event.period, event.cutoff_seq, event.root) == ("2026-01", head.size, head.root.hex())
    assert (event.statement, event.closing_minor) == (digest(made), {"acme": -400_000, "jot": 400_000})
    assert anywhere.ledger.head(BOOK).size == head.size + 1


def test_closing_a_closed_period_gives_the_statement_that_was_issued(partners: Partners) -> None:
    """Whoever closes it again gets the same statement, though more is known by now; nothing is recorded."""
    made, _ = partners.as_(ANN).statements.close(BOOK)
    partners.record("S-1", sales(1_000_000))
    before = partners.names()
    again, new = partners.as_(ANA).statements.close(BOOK, JANUARY)
    assert (statement_data(again), new) == (statement_data(made), False)
    assert partners.names() == before


@pytest.mark.parametrize(
    ("period", "message"),
    [("2026-02", "is not the next period to close"), ("2025-12", "is not the next period to close")],
)
def test_periods_are_closed_in_order(partners: Partners, period: str, message: str) -> None:
    """No period is left out."""
    with pytest.raises(Refused, match=message):
        partners.as_(ANN).statements.close(BOOK, parse_period(period))


def test_a_period_is_closed_when_it_is_over(partners: Partners) -> None:
    """Not on its last day, but on the day after."""
    partners.day = date(2026, 1, 31)
    with pytest.raises(Refused, match="has not ended"):
        partners.as_(ANN).statements.close(BOOK)
    partners.day = date(2026, 2, 1)
    assert partners.as_(ANN).statements.close(BOOK)[1]


def test_months_are_closed_one_after_the_other(partners: Partners) -> None:
    """Closing through March closes every open month up to it, and repeated does nothing."""
    partners.day = date(2026, 4, 1)
    made = [(each.period, new) for each, new in partners.as_(ANN).statements.close_through(BOOK, MARCH)]
    assert made == [(JANUARY, True), (FEBRUARY, True), (MARCH, True)]
    again = [(each.period, new) for each, new in partners.as_(ANN).statements.close_through(BOOK, MARCH)]
    assert again == [(MARCH, False)]


def test_a_period_can_be_closed_though_whoever_had_to_close_it_has_left(partners: Partners) -> None:
    """Kim closes, and leaves in February: January is closed by Kim or by whom today's terms name, not by JOT."""
    kim_closes = terms(*KIM_TOO, ("confirm: {", "roles: {close: [kim]}\nconfirm: {"))
    acme_closes = terms(("confirm: {", "roles: {close: [acme]}\nconfirm: {"))
    partners.amend(kim_closes, JANUARY.first, accepted_by=(ANA, KAI))
    partners.amend(acme_closes, FEBRUARY.first, accepted_by=(ANA, KAI))
    partners.day = date(2026, 3, 3)
    with pytest.raises(Refused, match="jot/ana may not close in acme-jot"):
        partners.as_(ANA).statements.close(BOOK)
    partners.ledger.dry_run = True
    assert partners.as_(KAI).statements.close(BOOK)[0].period == JANUARY
    partners.ledger.dry_run = False
    assert partners.as_(ANN).statements.close(BOOK)[0].period == JANUARY
    with pytest.raises(Refused, match="kim is no party of acme-jot"):
        partners.as_(KAI).statements.close(BOOK)
    assert partners.as_(ANN).statements.close(BOOK)[0].period == FEBRUARY


def test_a_dry_run_of_a_close_issues_nothing(partners: Partners) -> None:
    """The statement that would be issued is returned, and the period stays open."""
    partners.record("S-1", sales(1_000))
    partners.ledger.dry_run = True
    made, _ = partners.as_(ANN).statements.close(BOOK)
    assert made.account("jot").closing.value == 400
    assert closings(partners) == []


# --- races --------------------------------------------------------------------------------------------------


def test_what_is_recorded_while_closing_counts(store_url: str) -> None:
    """Sales come in after the facts were read: the close is made anew, with them."""
    meddled = Meddled(lambda n: recorder.record("S-1", sales(1_000)))
    partners, recorder = Partners(store_url, terms(), meddled), Partners(store_url)
    made, _ = partners.as_(ANN).statements.close(BOOK)
    assert meddled.asked == 2
    assert made.account("jot").closing.value == 400
    assert (closings(partners)[0].cutoff_seq, partners.ledger.head(BOOK).size) == (3, 4)
    recorder.close()
    partners.close()


def test_a_close_that_is_always_overtaken_gives_up(any_url: str) -> None:
    """While sales stream in without a pause the close is refused as stale, and nothing is closed."""
    meddled = Meddled(lambda n: recorder.record(f"S-{n}", sales(1_000)), times=ATTEMPTS)
    partners, recorder = Partners(any_url, terms(), meddled), Partners(any_url)
    with pytest.raises(Stale):
        partners.as_(ANN).statements.close(BOOK)
    assert closings(partners) == []
    assert partners.as_(ANN).statements.close(BOOK)[1]
    recorder.close()
    partners.close()


def test_whoever_is_second_to_close_a_period_does_not_close_the_next_one(store_url: str) -> None:
    """Two close "the next period" at once: January is closed once, and February stays open for both."""
    meddled = Meddled(lambda n: other.as_(BEN).statements.close(BOOK))
    partners, other = Partners(store_url, terms(), meddled), Partners(store_url)
    partners.day = other.day = date(2026, 3, 5)
    made, new = partners.as_(ANN).statements.close(BOOK)
    assert (made.period, new) == (JANUARY, False)
    assert [event.period for event in closings(partners)] == ["2026-01"]
    other.close()
    partners.close()


def test_many_who_close_and_record_at_once_leave_a_whole_book(store_url: str) -> None:
    """Threads close and record together: one close per period, each right behind what it counted."""
    create_store(store_url)
    partners = Partners(store_url, terms())
    partners.day = date(2026, 5, 1)
    ledgers = [partners.another(actor) for actor in (ANN, BEN, ANA)]

    def close(ledger: Ledger) -> None:
        for period in (JANUARY, FEBRUARY):
            _until_done(partial(ledger.statements.close, BOOK, period))

    def record(ledger: Ledger) -> None:
        for number in range(8):
            _until_done(partial(ledger.entries.record, BOOK, f"S-{number}", sales(1_000)))

    with ThreadPoolExecutor(len(ledgers) + 1) as pool:
        running = [pool.submit(close, ledgers[0]), pool.submit(close, ledgers[2]), pool.submit(record, ledgers[1])]
        for each in running:
            each.result()
    found = list(enumerate(partners.events(), 1))
    closed = [(seq, event) for seq, event in found if isinstance(event, PeriodClosed)]
    assert [event.period for _, event in closed] == ["2026-01", "2026-02"]
    assert all(event.cutoff_seq == seq - 1 for seq, event in closed)
    assert sum(type(event).__name__ == "ResultReported" for _, event in found) == 8
    for period in (JANUARY, FEBRUARY):
        assert partners.ledger.statements.statement(BOOK, period).sealed
    partners.close()


def _until_done(command: Callable[[], object]) -> None:
    """Repeat a command as its user would, while somebody else is faster or February has to wait for January."""
    for _ in range(200):
        try:
            command()
        except (Stale, Refused):
            continue
        return
    raise AssertionError("never done")


# --- asking -------------------------------------------------------------------------------------------------


def test_what_was_issued_never_changes(anywhere: Partners) -> None:
    """A late cost, a correction and a void leave January's statement as it was, and adjust February's."""
    anywhere.record("S-1", sales(1_000_000))
    anywhere.record("M-1", media(90_000))
    anywhere.record("M-2", media(10_000))
    issued, _ = anywhere.as_(ANN).statements.close(BOOK)
    anywhere.record("M-3", media(5_000))
    anywhere.as_(ANN).entries.correct(BOOK, "S-1", {"amount_minor": 900_000}, "refunds")
    anywhere.as_(ANA).entries.void(BOOK, "M-2", "not ours")
    assert statement_data(anywhere.ledger.statements.statement(BOOK, JANUARY)) == statement_data(issued)
    anywhere.day = date(2026, 3, 2)
    february, _ = anywhere.as_(ANN).statements.close(BOOK)
    (adjustment,) = february.adjustments
    assert {cause.reference for cause in adjustment.causes} == {"M-3", "S-1", "M-2"}
    # JOT: 40% of what the pool changed (-100,000 + 5,000), and 5,000 less of costs paid back.
    assert adjustment.net["jot"].value == -38_000 - 5_000
    assert adjustment.net["acme"].value == -57_000 + 100_000


def test_a_statement_is_shown_as_known_at_any_event(partners: Partners) -> None:
    """What the book knew at an event, effective in a period, can be asked for at any time."""
    partners.record("S-1", sales(1_000))
    partners.record("S-2", sales(2_000))
    partners.as_(ANN).statements.close(BOOK)
    known = [partners.ledger.statements.statement(BOOK, JANUARY, seq) for seq in (2, 3, 4)]
    assert [each.settlement.pool.pool.value for each in known] == [0, 1_000, 3_000]
    assert [each.id for each in known] == ["acme-jot/2026-01@2", "acme-jot/2026-01@3", "acme-jot/2026-01"]


def test_without_a_period_the_last_closed_is_shown(partners: Partners) -> None:
    """Before the first close it is the open one."""
    assert partners.ledger.statements.statement(BOOK).id == "acme-jot/2026-01@2"
    partners.as_(ANN).statements.close(BOOK)
    assert partners.ledger.statements.statement(BOOK).id == "acme-jot/2026-01"
    assert partners.ledger.statements.open_period(BOOK) == FEBRUARY


def test_a_draft_shows_where_the_parties_stand_today(partners: Partners) -> None:
    """The draft of the present period opens with the last closing balances and contains all open periods."""
    partners.first_month()
    partners.record("S-2", sales(10_000, date(2026, 2, 10)))
    partners.record("S-3", sales(10_000, date(2026, 3, 1)))
    partners.day = date(2026, 3, 2)
    made = partners.ledger.statements.draft(BOOK)
    assert (made.period, made.sealed) == (MARCH, False)
    assert made.account("jot").closing.value == 454_000 + 4_000 + 4_000


@pytest.mark.parametrize("period", ["2026-03", "3000-01", "9999-12"])
def test_what_has_not_begun_has_no_statement(partners: Partners, period: str) -> None:
    """A period that is still to come is refused, however far off, with the one that is present."""
    for ask in (
        lambda: partners.ledger.statements.statement(BOOK, parse_period(period)),
        lambda: partners.ledger.statements.statement(BOOK, parse_period(period), 2),
        lambda: partners.ledger.statements.figure(f"{BOOK}/{period}/jot/share"),
        lambda: partners.ledger.statements.figure(f"{BOOK}/{period}@2/jot/share"),
    ):
        with pytest.raises(Refused) as caught:
            ask()
        assert (caught.value.message, caught.value.hint) == (f"{period} has not begun", "the present period is 2026-02")


def test_the_first_and_the_next_period_can_be_seen_before_they_begin(partners: Partners) -> None:
    """Before an agreement starts its first period can be looked at, and after a close always the next one."""
    partners.day = date(2025, 12, 20)
    assert partners.ledger.statements.statement(BOOK, JANUARY).period == JANUARY
    with pytest.raises(Refused, match="2026-02 has not begun"):
        partners.ledger.statements.statement(BOOK, FEBRUARY)
    partners.day = date(2026, 2, 1)
    partners.as_(ANN).statements.close(BOOK)
    partners.day = date(2026, 1, 31)
    assert partners.ledger.statements.statement(BOOK, FEBRUARY).period == FEBRUARY
    with pytest.raises(Refused, match="2026-Q3 is not a period of acme-jot"):
        partners.ledger.statements.statement(BOOK, parse_period("2026-Q3"))


def test_a_statement_that_is_not_the_issued_one_is_broken(any_url: str) -> None:
    """When a sealed statement comes out with another digest than its close recorded, nobody is shown it."""

    class Altered(Replay):
        def closings(self) -> tuple[Closing, ...]:
            return tuple(replace(each, statement="0" * 64) for each in super().closings())

    def altered(core: Core, book: str) -> Facts:
        return Altered(book, core.events_of(book))

    partners = Partners(any_url, terms(), facts=altered)
    partners.as_(ANN).statements.close(BOOK)
    with pytest.raises(Broken, match="is not the one that was issued"):
        partners.ledger.statements.statement(BOOK, JANUARY)
    partners.close()


def test_every_figure_of_a_statement_is_found_by_its_id(partners: Partners) -> None:
    """The ids that a statement prints lead to their figures, with the value that it shows."""
    partners.record("U-1", signups(7))
    partners.first_month()
    data = statement_data(partners.ledger.statements.statement(BOOK))
    figures: dict[str, dict[str, str]] = data["figures"]
    assert len(figures) > 30
    for each in list(figures)[::7]:
        found = partners.ledger.statements.figure(each)
        assert (found.id, str(found.figure.value)) == (each, figures[each]["value"])


def test_a_statement_ties_out(partners: Partners) -> None:
    """Opening and rows add up to the closing balance of every party."""
    partners.first_month()
    for account in partners.ledger.statements.statement(BOOK).accounts:
        counted = [row.figure.value for row in account.rows[:-1] if row.kind is not RowKind.SUBTOTAL]
        assert sum(counted) == account.closing.value


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("acme-jot/2026-10/jot/share", ("acme-jot", "2026-10", None, "jot/share")),
        ("acme-jot/2026-10@1200/pool/total", ("acme-jot", "2026-10", 1200, "pool/total")),
    ],
)
def test_the_id_of_a_figure_says_where_it_is(text: str, parts: tuple[str, str, int | None, str]) -> None:
    """Agreement, period, state of knowledge, address."""
    book, period, known_at, address = parse_figure_id(text)
    assert (book, period.key, known_at, address) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "share",
        "acme-jot/2026-10",
        "acme-jot/2026-10/",
        "acme-jot/oct/x",
        "a/2026-10@x/y",
        "a/2026-10@/y",
        "/2026-10/x",
        "a//x",
        "\udcff/2026-10/x",
        "a\0/2026-10/x",
        "a/2026-10/" + "x" * 1000,
    ],
)
def test_what_is_no_id_of_a_figure_is_rejected(text: str) -> None:
    """Anything else is malformed, and the message shows what an id looks like."""
    with pytest.raises(Rejected) as caught:
        parse_figure_id(text)
    assert len(caught.value.message) < 500
    assert caught.value.message.isprintable()


def test_an_id_that_leads_nowhere_is_refused(partners: Partners) -> None:
    """A statement says which figures it has."""
    with pytest.raises(Refused, match="has no figure 'jot/nothing'"):
        partners.ledger.statements.figure("acme-jot/2026-01/jot/nothing")
