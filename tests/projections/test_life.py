"""Partners who come and go, and a liquidation: the tables, the statements and the doctor say what the events say."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import msgspec
import pytest

from ledger.application import Ledger
from ledger.application.integrity import check_store
from ledger.book.events import PartnerAdmitted
from ledger.book.liquidation_events import LIQUIDATION_EVENTS, LiquidationDistributed
from ledger.bundle.partners import PartnerAudit
from ledger.settlement.canonical import digest
from ledger.settlement.closing import statement_of
from ledger.values.periods import parse_period
from projections import tables
from projections.follower import Follower, projected
from tests.projections.story_life import ANN, BOOK, EVA, LEO, Life, life

LATEST = date(9999, 12, 31)


def test_the_story_has_every_event_of_its_kind() -> None:
    """What is tested here is tested on every event in which partners come, go or wind up."""
    names = {"PartnerAdmitted", "PartnerRetired", "ProfitRatioChanged", "AssetRevalued"}
    assert {type(each).__name__ for each in life()} >= names | {each.__name__ for each in LIQUIDATION_EVENTS}


def test_the_tables_know_what_the_book_knew_at_every_moment(sqlite_ledger: Ledger) -> None:
    """Knowledge, causes of late changes, and statements are the same by tables and by replay."""
    sqlite_ledger.save(*life())
    by_tables, replay = projected(sqlite_ledger, BOOK), sqlite_ledger.replay(BOOK)
    for known_at in range(4, len(life()) + 1):
        assert by_tables.knowledge(known_at) == replay.knowledge(known_at)
    assert by_tables.changes(0, len(life()), LATEST) == replay.changes(0, len(life()), LATEST)
    for period in ("2026-Q1", "2026-Q2"):
        made = [statement_of(facts, parse_period(period)) for facts in (by_tables, replay)]
        assert digest(made[0]) == digest(made[1])


def test_the_size_of_a_page_does_not_matter(ledger: Ledger) -> None:
    """Followed event by event, or at once: the same rows."""
    ledger.save(*life())

    def content(follower: Follower) -> list[bytes]:
        with follower.reading() as connection:
            return list(tables.dump(connection))

    one_by_one = content(Follower(ledger, page=1))
    follower = Follower(ledger)
    follower.rebuild()
    assert content(follower) == one_by_one


def test_the_capital_account_has_a_line_for_each(sqlite_ledger: Ledger) -> None:
    """What was issued, and what later knowledge makes of it in the next statement."""
    sqlite_ledger.save(*life())
    replay = sqlite_ledger.replay(BOOK)
    first, second = (statement_of(replay, parse_period(period)) for period in ("2026-Q1", "2026-Q2"))

    def rows(made: object, party: str) -> dict[str, Fraction]:
        (account,) = (each for each in made.capital if each.party == party)  # type: ignore[attr-defined]
        return {row.figure.label: row.figure.value for row in account.rows}

    soto = rows(first, "soto")
    assert soto["capital contributed"] == 2_500_000
    assert soto["soto admitted"] == 500_000
    assert soto["closing capital"] == 0
    assert sum(rows(first, party)["closing capital"] for party in ("arias", "cicci")) == 5_930_001
    cicci = rows(second, "cicci")
    assert cicci["capital recorded late"] != 0
    assert {"liquidation: realisation", "liquidation: deficiency shared"} <= cicci.keys()


def test_a_change_counts_once_everybody_has_said_yes(sqlite_ledger: Ledger) -> None:
    """Not after the first yes, and anew after a correction."""
    story = Life(sqlite_ledger)
    story.agree()
    ratio = {"arias": Fraction(3), "cicci": Fraction(7)}

    def held() -> int:
        return sqlite_ledger.partners.capital_on(BOOK, date(2026, 1, 31)).get("soto", 0)

    story.on(story.today, EVA).partners.admit(
        BOOK, "S-1", "soto", on=story.today, paid_in_minor=2_500_000, interest=Fraction(1, 3), ratio=ratio
    )
    assert held() == 0
    story.confirm("S-1", ANN)
    assert held() == 0
    story.confirm("S-1", LEO)
    assert held() == 3_000_000
    story.on(story.today, EVA).entries.correct(BOOK, "S-1", {"amount_minor": 2_500_003}, "three cents")
    assert held() == 0
    story.confirm("S-1", ANN, LEO)
    assert held() == 3_000_001


@pytest.mark.parametrize("story", [life()], ids=["life"])
def test_the_doctor_works_out_again_what_was_put_on_record(sqlite_ledger: Ledger, story: tuple[object, ...]) -> None:
    """A sound book passes; a change or a payment that does not follow from what was agreed is named."""
    sqlite_ledger.save(*story)
    checks = {check.name: check for check in check_store(sqlite_ledger)}
    assert all(check.ok for check in checks.values())
    assert checks["partners"].found.startswith("8 changes")
    audit = PartnerAudit()
    for event in life():
        if isinstance(event, PartnerAdmitted):
            wrong = {**event.fact.change_minor, "arias": 0}
            fact = msgspec.structs.replace(event.fact, change_minor=wrong)
            event = msgspec.structs.replace(event, fact=fact)
        if isinstance(event, LiquidationDistributed) and event.reference == "PAY-2":
            event = msgspec.structs.replace(event, payments_minor={"cicci": 1})
        audit.take(event, "it")
    assert audit.check().problems == [
        "it changes capital otherwise than follows from what was agreed",
        "it pays partners otherwise than was safe",
    ]
