"""Recording one fact at a time, as a person types it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ledger.application import Ledger
from tests.cli.conftest import Pactbook, size
from tests.stores import Store

ON = "--on 2026-10-03"
BY = "--collected-by acme"
SALES = "result acme-jot INV-1 sales"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            f"result acme-jot INV-1 sales 1234.50 {ON} --collected-by acme",
            "recorded INV-1: result sales, 1234.50 EUR, on 2026-10-03, collected by acme",
        ),
        (
            f"result acme-jot INV-1 sales 1234.50 --quantity 3 {ON} --collected-by jot",
            "recorded INV-1: result sales, 1234.50 EUR, quantity 3, on 2026-10-03, collected by jot",
        ),
        (
            f"result acme-jot S-1 signups --quantity 30 {ON}",
            "recorded S-1: result signups, quantity 30, on 2026-10-03",
        ),
        (
            f"result acme-jot INV-1-R sales -50.00 {ON} --collected-by acme",
            "recorded INV-1-R: result sales, -50.00 EUR, on 2026-10-03, collected by acme",
        ),
        (
            f"result {ON} --collected-by acme -- acme-jot INV-1-R sales -50.00",
            "recorded INV-1-R: result sales, -50.00 EUR, on 2026-10-03, collected by acme",
        ),
        (
            f"result acme-jot S-2 signups --quantity -2.5 {ON}",
            "recorded S-2: result signups, quantity -2.5, on 2026-10-03",
        ),
        (
            f"cost acme-jot M-7 media 800.00 {ON} --as jot/leo",
            "recorded M-7: cost media, 800.00 EUR, on 2026-10-03, paid by jot",
        ),
        (
            f"cost acme-jot T-1 tracking -8 {ON} --paid-by acme",
            "recorded T-1: cost tracking, -8.00 EUR, on 2026-10-03, paid by acme",
        ),
        (
            f"cost acme-jot M-8 media 1000.01 {ON} --as jot/leo",
            "recorded M-8: cost media, 1000.01 EUR, on 2026-10-03, paid by jot (counts once another party confirms it)",
        ),
        (
            f"liability acme-jot CB-1 chargebacks 400.00 {ON}",
            "recorded CB-1: liability chargebacks, 400.00 EUR, on 2026-10-03",
        ),
        (
            f"contribution acme-jot CAP-1 50000 {ON}",
            "recorded CAP-1: contribution acme, 50000.00 EUR, on 2026-10-03",
        ),
        (
            f"contribution acme-jot CAP-2 50000 {ON} --party jot --as jot/leo",
            "recorded CAP-2: contribution jot, 50000.00 EUR, on 2026-10-03",
        ),
        (
            f"withdrawal acme-jot CAP-3 100.10 {ON} --currency EUR",
            "recorded CAP-3: withdrawal acme, 100.10 EUR, on 2026-10-03",
        ),
        (
            f"advance acme-jot ADV-1 2500 --to jot {ON}",
            "recorded ADV-1: advance, 2500.00 EUR, on 2026-10-03, paid by acme, paid to jot",
        ),
        (
            f"advance acme-jot ADV-2 2500 --from jot --to acme {ON}",
            "recorded ADV-2: advance, 2500.00 EUR, on 2026-10-03, paid by jot, paid to acme",
        ),
    ],
)
def test_a_fact_is_recorded_and_said_in_a_line(book: Store, pactbook: Pactbook, line: str, said: str) -> None:
    """Every kind of fact is one command, answered by one line; asked again, it is so already."""
    ran = pactbook(f"record {line}")
    assert (ran.code, ran.out, ran.err) == (0, f"{said}\n", "")
    again = pactbook(f"record {line}")
    assert (again.code, again.out, again.err) == (0, "already so; nothing recorded\n", "")


@pytest.mark.parametrize(
    ("line", "code", "error", "hint"),
    [
        (f"{SALES} 1234,50 {ON}", 2, "'1234,50' is not a decimal number", "1234.56"),
        (f"{SALES} 1.234,50 {ON}", 2, "'1.234,50' is not a decimal number", "1234.56"),
        (f"{SALES} -1,50 {ON}", 2, "'-1,50' is not a decimal number", "1234.56"),
        (f"{SALES} 1e3 {ON}", 2, "'1e3' is not a decimal number", "1234.56"),
        (f"{SALES} 12.505 {ON} {BY}", 3, "more decimals than EUR has (2)", "at most 2"),
        (f"{SALES} 9999999999999999 {ON} {BY}", 3, "is too large", "split the entry"),
        (f"{SALES} 12.50 {ON}", 1, "who collected the money of sales", "acme or jot"),
        (f"{SALES} 12.50 {ON} --collected-by kim", 1, "kim is no party of acme-jot", "acme, jot"),
        (f"{SALES} {ON}", 1, "neither an amount nor a quantity", "at least one"),
        (f"{SALES} --quantity 1 {BY} {ON}", 2, "needs an AMOUNT", "pactbook record"),
        (f"result acme-jot INV-1 Sales 12.50 {ON}", 2, "'Sales' is not a short name", "lower-case"),
        (f"{SALES} 12.50", 2, "missing option '--on'", "record result"),
        (f"{SALES} 12.50 --on 31.10.2026", 2, "'31.10.2026' is not a date", "2026-10-31"),
        (f"{SALES} 12.50 --on 2026-02-30", 2, "'2026-02-30' is not a date", "2026-10-31"),
        (f"{SALES} 12.50 --onn 2026-10-03", 2, "no such option '--onn'", "did you mean --on?"),
        (f"{SALES} -x", 2, "no such option '-x'", "pactbook record result"),
        (f"{SALES} 12.50 1 {ON}", 2, "unexpected extra argument (1)", "pactbook record result"),
        (f"{SALES} 12.50 {ON} {BY} --currency USD", 1, "kept in EUR, not in USD", "convert"),
        (f"{SALES} 12.50 {ON} {BY} --currency EURO", 3, "not a currency of ISO 4217", "EUR"),
        (f"result acme-jot ' x' sales 12.50 {ON} {BY}", 1, "begins or ends with a space", "write 'x'"),
        (f"result acme-jot '' sales 12.50 {ON} {BY}", 1, "cannot be a reference", "invoice number"),
        (f"result acme-jott INV-1 sales 12.50 {ON}", 1, "there is no agreement 'acme-jott'", "did you mean acme-jot?"),
        (f"{SALES} 12.50 --on 2025-12-31 {BY}", 1, "not in force on 2025-12-31", "date"),
        (f"{SALES} 12.50 {ON} {BY} --as jot/leo", 1, "jot does not report sales", "acme"),
        (f"{SALES} 12.50 {ON} {BY} --as leo", 3, "'leo' is not an actor", "party/person"),
        (f"cost acme-jot M-7 media 800.00 {ON}", 1, "acme does not pay media", "jot pays it"),
        (f"cost acme-jot M-7 media 800.00 {ON} --paid-by jot", 1, "acme cannot record what jot paid", "ask jot"),
        (f"cost acme-jot M-7 media {ON}", 2, "missing argument 'AMOUNT'", "record cost"),
        (f"liability acme-jot CB-1 chargebacks -4 {ON}", 1, "must be above zero", "correct or void"),
        (f"advance acme-jot ADV-1 10 {ON}", 2, "missing option '--to'", "record advance"),
        (f"advance acme-jot ADV-1 10 --to acme {ON}", 1, "cannot pay an advance to itself", "two parties"),
        (f"result acme-jot I sales 1 {ON} {BY} --evidence no.pdf", 3, "no.pdf cannot be read", "SHA-256"),
        ("rslt acme-jot", 2, "no such command 'rslt'", "did you mean result?"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_refused_with_a_hint(
    book: Store, pactbook: Pactbook, line: str, code: int, error: str, hint: str
) -> None:
    """Every refusal says what is wrong and what to do; nothing is printed as data, and nothing is recorded."""
    ran = pactbook(f"record {line}")
    assert ran.code == code, ran.err
    assert ran.out == ""
    [said] = ran.errors
    assert error in said
    assert hint in ran.err.partition("hint: ")[2]
    assert size() == 2


def test_other_content_under_a_reference_points_to_correct(book: Store, pactbook: Pactbook) -> None:
    """The refusal shows what is there, what is here, and the command that would change it."""
    pactbook(f"record result acme-jot INV-1 sales 10.00 {ON} --collected-by acme")
    ran = pactbook("record result acme-jot INV-1 sales 12.00 --on 2026-10-04 --collected-by acme")
    assert ran.code == 1
    assert ran.errors == [
        "INV-1 is already recorded with other content: "
        "amount 10.00 EUR there, 12.00 EUR here, on 2026-10-03 there, 2026-10-04 here"
    ]
    assert "pactbook correct acme-jot INV-1" in ran.err


def test_a_name_that_the_terms_do_not_mention_is_pointed_out(book: Store, pactbook: Pactbook) -> None:
    """A misspelt metric would count nowhere: it is recorded, and remarked upon."""
    ran = pactbook(f"record result acme-jot INV-1 salse 10.00 {ON} --collected-by acme")
    assert ran.code == 0
    assert ran.err == "note: the terms of acme-jot do not mention salse; did you mean sales?\n"


def test_a_dry_run_shows_the_event_and_records_nothing(book: Store, pactbook: Pactbook) -> None:
    """--dry-run decides as ever, shows the very line that would be stored, and leaves the book as it is."""
    line = f"record result acme-jot INV-1 sales 10.00 {ON} --collected-by acme"
    ran = pactbook(f"{line} --dry-run")
    assert ran.code == 0
    assert ran.out.startswith("would have recorded INV-1: result sales, 10.00 EUR")
    assert '{"type":"ResultReported.v1","stream":"acme-jot/entry/INV-1","version":1,' in ran.out
    assert pactbook(line).out.startswith("recorded INV-1")
    refused = pactbook(f"record result acme-jot INV-1 sales 11.00 {ON} --collected-by acme --dry-run")
    assert refused.code == 1


def test_evidence_note_and_original_stay_with_the_fact(book: Store, pactbook: Pactbook, folder: Path) -> None:
    """Documents are recorded by their SHA-256, and texts as they are."""
    (folder / "invoice.pdf").write_bytes(b"%PDF")
    ran = pactbook(
        f"record result acme-jot INV-1 sales 10.00 {ON} --collected-by acme --format json"
        " --note 'as agreed' --original '11.20 USD' --evidence invoice.pdf --evidence terms.yaml"
    )
    [event] = ran.json
    assert event["type"] == "ResultReported.v1"
    assert event["note"] == "as agreed"
    assert event["original"] == "11.20 USD"
    digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("invoice.pdf", "terms.yaml")]
    assert event["evidence"] == digests


def test_json_lines_are_the_stored_bytes(book: Store, pactbook: Pactbook) -> None:
    """What a program reads is what the book keeps, byte for byte; nothing new is no line."""
    line = f"record contribution acme-jot CAP-1 10 {ON} --format jsonl"
    ran = pactbook(line)
    ledger = Ledger(book.url)
    assert ran.out.encode() == ledger.recorded(2, 1)[0].line + b"\n"
    ledger.close()
    again = pactbook(line)
    assert (again.code, again.out) == (0, "")


def test_csv_of_what_was_recorded_has_its_headings_even_when_nothing_was(book: Store, pactbook: Pactbook) -> None:
    """A spreadsheet gets one row per event under headings that do not change."""
    line = f"record contribution acme-jot CAP-1 10 {ON} --format csv"
    first, again = pactbook(line), pactbook(line)
    heading = "type,stream,version,recorded_at,actor,content\n"
    assert first.out.startswith(heading + "CapitalContributed.v1,acme-jot/entry/CAP-1,1,")
    assert again.out == heading


def test_a_liability_is_settled_and_released_in_parts(book: Store, pactbook: Pactbook) -> None:
    """Each part says what is left of the liability, and no part can exceed it."""
    pactbook("record liability acme-jot CB-1 chargebacks 400.00 --on 2026-10-31")
    paid = pactbook("record liability-settled acme-jot CB-1 PAY-1 150.00 --on 2026-11-12")
    assert paid.out == "recorded PAY-1: 150.00 EUR of CB-1 paid by acme on 2026-11-12; 250.00 EUR outstanding\n"
    other = pactbook("record liability-settled acme-jot CB-1 PAY-2 50.00 --on 2026-11-12 --paid-by jot --as jot/leo")
    assert other.out == "recorded PAY-2: 50.00 EUR of CB-1 paid by jot on 2026-11-12; 200.00 EUR outstanding\n"
    again = pactbook("record liability-settled acme-jot CB-1 PAY-1 150.00 --on 2026-11-12")
    assert again.out == "already so; nothing recorded\n"
    rest = pactbook("record liability-released acme-jot CB-1 REL-1 200.00 --on 2026-12-31 --reason 'time barred'")
    assert rest.out == "recorded REL-1: 200.00 EUR of CB-1 released on 2026-12-31; 0.00 EUR outstanding\n"
    much = pactbook("record liability-settled acme-jot CB-1 PAY-3 0.01 --on 2027-01-02")
    assert (much.code, much.errors) == (1, ["only 0.00 EUR of CB-1 is outstanding"])


def test_only_a_liability_is_settled(book: Store, pactbook: Pactbook) -> None:
    """A settlement of what is no liability, or is not there, is refused."""
    pactbook(f"record result acme-jot S-1 signups --quantity 1 {ON}")
    ran = pactbook("record liability-settled acme-jot S-1 PAY-1 1.00 --on 2026-11-12")
    assert ran.errors == ["S-1 is recorded as result, not as a liability"]
    ran = pactbook("record liability-settled acme-jot CB-9 PAY-1 1.00 --on 2026-11-12")
    assert ran.errors == ["acme-jot has no entry 'CB-9'"]


def test_the_installed_command_records(book: Store, installed: Pactbook) -> None:
    """What the tests above call in their own process is what a terminal runs, a refund included."""
    ran = installed(f"record result acme-jot INV-1-R sales -50.00 {ON} --collected-by acme")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "recorded INV-1-R: result sales, -50.00 EUR, on 2026-10-03, collected by acme\n"
