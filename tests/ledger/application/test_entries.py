"""Entries in a store: recorded once, decided on together, and files imported as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from ledger.application.together import BATCH
from ledger.book import entry
from ledger.book.events import Event, Fact, LiabilityPart, ResultReported
from ledger.values.errors import FINDINGS_LIMIT, Finding, Refused, Rejected, Stale
from tests.ledger.application.partners import (
    ANA,
    ANN,
    BEN,
    BOOK,
    HALF,
    KAI,
    KIM_TOO,
    Partners,
    chargebacks,
    media,
    sales,
    terms,
)

COUNTED, AWAITING = entry.Status.COUNTED, entry.Status.AWAITING


@dataclass(frozen=True)
class Row:
    """A row of a file, as an import brings it."""

    line: int
    reference: str
    fact: Fact
    note: str | None = None
    original: str | None = None
    source: str | None = None


def rows(*facts: Fact) -> list[Row]:
    """Rows of a file from line 2 on, with references of their own."""
    return [Row(line, f"R-{line}", fact) for line, fact in enumerate(facts, 2)]


def results(partners: Partners) -> list[str]:
    """The references of the results on record."""
    return [event.stream.rpartition("/")[2] for event in partners.events() if isinstance(event, ResultReported)]


def status(partners: Partners, reference: str) -> entry.Status:
    return partners.ledger.entries.current(BOOK, reference).status


# --- one at a time ------------------------------------------------------------------------------------------


def test_a_fact_is_recorded_once(anywhere: Partners) -> None:
    """The same fact again is no event; other content under its reference is refused."""
    (event,) = anywhere.as_(ANN).entries.record(BOOK, "S-1", sales(1_000), note="as reported", original="10.001")
    assert isinstance(event, ResultReported)
    assert (event.fact, event.note, event.original) == (sales(1_000), "as reported", "10.001")
    assert anywhere.as_(BEN).entries.record(BOOK, "S-1", sales(1_000)) == []
    with pytest.raises(Refused, match="already recorded with other content"):
        anywhere.as_(ANN).entries.record(BOOK, "S-1", sales(1_001))
    assert results(anywhere) == ["S-1"]


def test_what_the_counterparty_must_confirm_counts_when_it_has(partners: Partners) -> None:
    """Media over 1,000.00 awaits Acme's yes; rejected, it awaits it again when it is corrected."""
    partners.record("M-1", media(150_000))
    assert status(partners, "M-1") is AWAITING
    partners.as_(ANN).entries.reject(BOOK, "M-1", "not in the plan")
    partners.as_(ANA).entries.correct(BOOK, "M-1", {"amount_minor": 120_000}, "without the newsletter")
    partners.as_(ANN).entries.confirm(BOOK, "M-1", "fine")
    assert status(partners, "M-1") is COUNTED
    assert entry.current(partners.ledger.entries.current(BOOK, "M-1")) == media(120_000)


def test_a_fact_of_a_day_without_terms_is_refused(partners: Partners) -> None:
    """Nothing is recorded for days before the agreement began."""
    with pytest.raises(Refused, match="not in force on 2025-12-31"):
        partners.record("S-1", sales(1_000, date(2025, 12, 31)))


def test_an_entry_follows_the_terms_of_its_own_day(partners: Partners) -> None:
    """Under new terms from February media awaits nothing; January's media still does."""
    partners.amend(terms(('confirm: {costs over: "1000.00"}', "")), date(2026, 2, 1))
    partners.record("M-1", media(150_000))
    partners.record("M-2", media(150_000, date(2026, 2, 12)))
    assert [status(partners, each) for each in ("M-1", "M-2")] == [AWAITING, COUNTED]


def test_a_liability_is_settled_and_released_in_parts(partners: Partners) -> None:
    """What is paid and what turns out not to be owed add up to the liability; a part can be taken back."""
    entries = partners.as_(ANN).entries
    entries.record(BOOK, "CB-1", chargebacks(10_000))
    day = date(2026, 1, 25)
    paid = LiabilityPart(reference="CB-1/1", effective_on=day, amount_minor=4_000, paid_by="acme")
    entries.settle_liability(BOOK, "CB-1", paid)
    rest = LiabilityPart(reference="CB-1/2", effective_on=day, amount_minor=6_000)
    entries.release_liability(BOOK, "CB-1", rest, "the bank found for us")
    assert entry.outstanding_minor(entries.current(BOOK, "CB-1")) == 0
    entries.void(BOOK, "CB-1", "it did not after all", part="CB-1/2")
    assert entry.outstanding_minor(entries.current(BOOK, "CB-1")) == 6_000


def test_an_agreement_or_entry_that_does_not_exist_is_named(partners: Partners) -> None:
    """The refusal says what is missing."""
    with pytest.raises(Refused, match="acme-jot has no entry 'S-1'"):
        partners.as_(ANN).entries.void(BOOK, "S-1", "a slip")
    with pytest.raises(Refused, match="there is no agreement 'acme-jo'"):
        partners.as_(ANN).entries.confirm("acme-jo", "S-1")


# --- several together ---------------------------------------------------------------------------------------


def test_many_entries_are_voided_together(anywhere: Partners) -> None:
    """All of them, each once though it is named twice; and repeated, nothing happens."""
    names = [f"S-{number}" for number in range(1, 6)]
    for name in names:
        anywhere.record(name, sales(1_000))
    assert len(anywhere.as_(ANN).entries.void_all(BOOK, [*names, "S-1"], "a returned shipment")) == 5
    assert anywhere.as_(ANN).entries.void_all(BOOK, names, "a returned shipment") == []


def test_when_one_of_many_is_refused_none_is_recorded(anywhere: Partners) -> None:
    """All refusals are told at once, and the others are as before."""
    anywhere.record("M-1", media(150_000))
    anywhere.record("M-2", media(150_000))
    anywhere.as_(ANA).entries.void(BOOK, "M-2", "not ours")
    before = anywhere.names()
    with pytest.raises(Refused) as refused:
        anywhere.as_(ANN).entries.confirm_all(BOOK, ["M-1", "M-2", "M-3"])
    assert [finding.message for finding in refused.value.findings] == [
        "M-2 was voided; it does not count",
        "acme-jot has no entry 'M-3'",
    ]
    assert anywhere.names() == before
    assert status(anywhere, "M-1") is AWAITING


def test_a_party_that_left_answers_for_its_own_time(partners: Partners) -> None:
    """Kim was a party in January: it confirms, rejects and settles what is of January, and nothing later."""
    partners.amend(terms(*KIM_TOO), date(2026, 1, 1), accepted_by=(ANA, KAI))
    for reference in ("M-1", "M-2"):
        partners.record(reference, media(150_000))
    partners.record("CB-1", chargebacks(9_000))
    partners.amend(terms(), date(2026, 2, 1), accepted_by=(ANA, KAI))
    partners.record("M-3", media(150_000, date(2026, 2, 2)))
    kim = partners.as_(KAI).entries
    assert len(kim.confirm(BOOK, "M-1")) == len(kim.reject(BOOK, "M-2", "not in the plan")) == 1
    with pytest.raises(Refused, match="kim is no party of acme-jot"):
        kim.confirm(BOOK, "M-3")
    with pytest.raises(Refused, match="kim is no party of acme-jot"):
        kim.reject(BOOK, "M-3", "no")
    paid = LiabilityPart(reference="bank-1", effective_on=date(2026, 2, 2), amount_minor=4_000, paid_by="kim")
    assert len(kim.settle_liability(BOOK, "CB-1", paid)) == 1
    rest = LiabilityPart(reference="letter-1", effective_on=date(2026, 2, 3), amount_minor=1_000)
    assert len(kim.release_liability(BOOK, "CB-1", rest, "the bank found for us")) == 1
    partners.day = date(2026, 3, 3)
    partners.as_(ANN).statements.close(BOOK)
    made, _ = partners.as_(ANN).statements.close(BOOK)
    assert made.account("kim").closing.value


def test_a_party_that_joined_answers_for_what_was_before(partners: Partners) -> None:
    """Whoever is a party today may confirm an entry of the time before it came."""
    partners.record("M-1", media(150_000))
    partners.amend(terms(*KIM_TOO), date(2026, 2, 1), accepted_by=(ANA, KAI))
    partners.day = date(2026, 1, 31)
    with pytest.raises(Refused, match="kim is no party of acme-jot"):
        partners.as_(KAI).entries.confirm(BOOK, "M-1")
    partners.day = date(2026, 2, 1)
    assert len(partners.as_(KAI).entries.confirm(BOOK, "M-1")) == 1


# --- importing ----------------------------------------------------------------------------------------------


def test_a_file_is_imported_as_a_whole(anywhere: Partners) -> None:
    """All its rows are on record, in their order, with one actor, and each with a salt of its own."""
    made = anywhere.as_(ANA).entries.import_all(BOOK, rows(media(1_000), media(150_000), media(3_000)), "media.csv")
    assert (made.recorded, made.repeated, made.awaiting) == (3, 0, 1)
    tally = made.tallies["cost", "media", "EUR"]
    assert (tally.recorded, tally.amount_minor) == (3, 154_000)
    events = anywhere.events()[2:]
    assert [event.stream for event in events] == [f"{BOOK}/entry/R-{line}" for line in (2, 3, 4)]
    assert len({event.salt for event in events}) == 3


def test_the_same_file_again_records_nothing(partners: Partners) -> None:
    """A file that was imported already is counted and skipped; a longer one brings only what is new."""
    file = rows(sales(1_000), sales(2_000))
    partners.as_(ANN).entries.import_all(BOOK, file, "sales.csv")
    before = partners.names()
    again = partners.as_(BEN).entries.import_all(BOOK, file, "sales.csv")
    assert (again.recorded, again.repeated) == (0, 2)
    assert partners.names() == before
    longer = partners.as_(ANN).entries.import_all(BOOK, rows(sales(1_000), sales(2_000), sales(3_000)), "sales.csv")
    assert (longer.recorded, longer.repeated) == (1, 2)


def test_a_file_that_was_voided_in_part_is_imported_again(partners: Partners) -> None:
    """What was voided stays so, and is counted apart: neither as there already nor as wrong; other content is wrong."""
    file = rows(sales(1_000), sales(2_000))
    partners.as_(ANN).entries.import_all(BOOK, file, "sales.csv")
    partners.ledger.entries.void(BOOK, "R-3", "returned")
    again = partners.ledger.entries.import_all(BOOK, file, "sales.csv")
    assert (again.recorded, again.repeated, again.voided) == (0, 1, 1)
    with pytest.raises(Rejected, match="R-3: was voided, with other content"):
        partners.ledger.entries.import_all(BOOK, [Row(3, "R-3", sales(2_500))], "sales.csv")
    with pytest.raises(Refused, match="R-3 was voided; it does not count"):
        partners.ledger.entries.record(BOOK, "R-3", sales(2_000))


def test_with_one_bad_row_nothing_of_a_file_is_recorded(anywhere: Partners) -> None:
    """What the file says wrongly and what the rules refuse is reported together, with lines; nothing is recorded."""
    anywhere.record("R-3", media(999))
    before = anywhere.names()
    file: list[Row | Finding] = [
        *rows(media(1_000), media(2_000)),
        Finding('amount "1.234,56" is not a decimal number', file="media.csv", line=4),
        Row(5, "R-5", media(100, date(2025, 12, 1))),
        Row(6, "R-6", sales(100)),
        Row(7, "R-7", media(5_000)),
    ]
    with pytest.raises(Rejected) as rejected:
        anywhere.as_(ANA).entries.import_all(BOOK, file, "media.csv")
    assert [finding.line for finding in rejected.value.findings] == [4, 3, 5, 6]
    assert all(finding.file == "media.csv" for finding in rejected.value.findings)
    assert anywhere.names() == before
    assert anywhere.as_(ANA).entries.import_all(BOOK, rows(media(1_000)), "media.csv").recorded == 1


def test_rows_of_one_file_are_compared_with_each_other(partners: Partners) -> None:
    """A row that is there twice counts once; the same reference with other content is a finding, batches apart too."""
    twice = [*rows(sales(1_000)), Row(9, "R-2", sales(1_000))]
    made = partners.as_(ANN).entries.import_all(BOOK, twice, "sales.csv")
    assert (made.recorded, made.repeated) == (1, 1)
    far = [*rows(*[sales(1_000 + number) for number in range(BATCH)]), Row(9_999, "R-7", sales(5))]
    with pytest.raises(Rejected) as rejected:
        partners.as_(ANN).entries.import_all(BOOK, far[1:], "sales.csv")
    (finding,) = rejected.value.findings
    assert finding.line == 9_999
    assert results(partners) == ["R-2"]


def test_a_long_file_is_whole_too(anywhere: Partners) -> None:
    """Thousands of rows go in batches into one transaction: a refusal in the last leaves nothing of the first."""
    count = 2 * BATCH + 10
    file = rows(*[sales(1_000 + number) for number in range(count)])
    progress: list[int] = []
    with pytest.raises(Rejected):
        anywhere.as_(ANN).entries.import_all(BOOK, [*file, Row(1, "R-x", media(1))], "sales.csv")
    assert results(anywhere) == []
    made = anywhere.as_(ANN).entries.import_all(BOOK, iter(file), "sales.csv", progress=progress.append)
    assert (made.recorded, sum(progress)) == (count, count)
    assert [seq for seq, _ in anywhere.ledger.events_of(BOOK)] == list(range(1, count + 3))


def test_a_dry_run_of_an_import_records_nothing(anywhere: Partners) -> None:
    """It says what would be recorded, with all findings; and the file can then be imported."""
    file = rows(sales(1_000), sales(2_000))
    before = anywhere.names()
    assert anywhere.as_(ANN).entries.import_all(BOOK, file, "sales.csv", dry_run=True).recorded == 2
    assert anywhere.names() == before
    assert anywhere.as_(ANN).entries.import_all(BOOK, file, "sales.csv").recorded == 2


def test_findings_are_counted_where_there_are_too_many(partners: Partners) -> None:
    """A file that is wrong throughout says so without end; the first thousand findings are told, the rest counted."""
    wrong = (Finding("no number", line=line) for line in range(FINDINGS_LIMIT + 5))
    with pytest.raises(Rejected) as rejected:
        partners.as_(ANN).entries.import_all(BOOK, wrong, "sales.csv")
    assert (len(rejected.value.findings), rejected.value.more) == (FINDINGS_LIMIT, 5)


def test_an_import_that_is_broken_off_leaves_nothing(anywhere: Partners) -> None:
    """Ctrl-C in the middle of a file: what was read so far is not on record, and the store goes on working."""

    def interrupted() -> Iterator[Row]:
        yield from rows(*[sales(1_000 + number) for number in range(BATCH + 1)])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        anywhere.as_(ANN).entries.import_all(BOOK, interrupted(), "sales.csv")
    assert results(anywhere) == []
    anywhere.record("S-1", sales(1_000))
    assert results(anywhere) == ["S-1"]


def test_an_import_stands_on_the_terms_that_are_in_force_when_it_is_recorded(partners: Partners) -> None:
    """The terms change between reading the agreement and recording the file: nothing is recorded, repeat it."""
    other = partners.another(ANA)
    ledger = partners.as_(ANN)
    ledger.agreements.amend(terms(HALF), date(2026, 2, 1), "a new deal")
    read = ledger.agreement

    def overtaken(book: str) -> object:
        state = read(book)
        other.agreements.accept(BOOK)
        return state

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "agreement", overtaken)
        with pytest.raises(Stale):
            ledger.entries.import_all(BOOK, rows(sales(1_000)), "sales.csv")
    assert results(partners) == []
    assert ledger.entries.import_all(BOOK, rows(sales(1_000)), "sales.csv").recorded == 1


def test_an_import_names_its_actor_and_keeps_where_a_row_came_from(partners: Partners) -> None:
    """Each entry keeps the file's digest and line, and the text before rounding."""
    row = Row(2, "R-2", sales(1_000), "as exported", "10.004", "sha256:0a1b:2")
    partners.as_(BEN).entries.import_all(BOOK, [row], "sales.csv")
    event: Event = partners.events()[-1]
    assert isinstance(event, ResultReported)
    assert (event.actor, event.note, event.original, event.source) == (
        BEN, "as exported", "10.004", "sha256:0a1b:2",
    )  # fmt: skip
