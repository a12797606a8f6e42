"""Disputes as people type them: a figure is disputed, answered, put right or rejected."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.cli.conftest import Pactbook, size
from tests.cli.january import make_january
from tests.stores import Store

FEB_3 = "--today 2026-02-03"
LEO = "--as jot/leo"
MEDIA = "acme-jot/2026-01/inputs/cost.media.jot"
DOUBLE = f'dispute open {MEDIA} --expected 800.00 --reason "one invoice is double" {FEB_3}'


@pytest.fixture
def january(place: Store) -> Store:
    """January is closed, and Acme owes JOT 4,540.00."""
    place.fill(make_january)
    return place


@pytest.fixture
def disputed(january: Store, pactbook: Pactbook) -> Store:
    """Ann disputes what JOT paid for media."""
    assert pactbook(DOUBLE).code == 0
    return january


OPENED = """\
disputed acme-jot/2026-01/inputs/cost.media.jot (2026-01-1): stated 900.00 EUR, expected 800.00 EUR

Party   would change by     balance   under way   in dispute     payable
────────────────────────────────────────────────────────────────────────
acme              60.00   -4,540.00        0.00        60.00   -4,480.00
jot              -60.00    4,540.00        0.00       -60.00    4,480.00
In EUR. In dispute is what all open disputes hold back of a balance; the rest can be paid.
"""


def test_opening_says_what_it_would_change_and_what_it_holds_back(january: Store, pactbook: Pactbook) -> None:
    """Only the difference is held: 100.00 of media less are 60.00 more for Acme and 60.00 less for JOT."""
    ran = pactbook(DOUBLE)
    assert (ran.code, ran.out, ran.err) == (0, OPENED, "")
    assert pactbook(DOUBLE).out == "already so; nothing recorded\n"


def test_a_dry_run_shows_the_same_and_records_nothing(january: Store, pactbook: Pactbook) -> None:
    """What would be held is worked out before anybody is told."""
    before = size()
    ran = pactbook(f"{DOUBLE} --dry-run")
    assert ran.out.startswith(f"would have {OPENED.splitlines()[0]}\n")
    assert ran.out.endswith("\n".join(OPENED.splitlines()[2:]) + "\n")
    assert size() == before


def test_what_is_held_is_not_proposed(disputed: Store, pactbook: Pactbook) -> None:
    """The undisputed part is paid."""
    assert "acme pays jot 4,480.00 EUR" in pactbook(f"payout propose acme-jot {FEB_3}").out


def test_a_dispute_goes_its_way(disputed: Store, pactbook: Pactbook) -> None:
    """Answered, put right, resolved; held until the next close posts the correction; then over."""
    steps = {
        f'dispute answer acme-jot 2026-01-1 "we look into it" {LEO} {FEB_3}': "answered 2026-01-1: we look into it",
        f"correct acme-jot M-1 --amount 800.00 --reason double {LEO} {FEB_3}": (
            "corrected M-1: amount 900.00 EUR -> 800.00 EUR"
        ),
        f'dispute resolve acme-jot 2026-01-1 --correction M-1 --reason "it was" {LEO} {FEB_3}': (
            "resolved 2026-01-1: settled by M-1"
        ),
    }
    for line, said in steps.items():
        assert pactbook(line).out == f"{said}\n"
        assert pactbook(line).out == "already so; nothing recorded\n"
    (held,) = pactbook("dispute list acme-jot --open --format json").json
    assert (held["status"], held["holds"], held["corrections"]) == ("resolved", True, ["M-1"])
    assert "resolved, held until the next close" in pactbook("dispute list acme-jot").out
    pactbook("close acme-jot --today 2026-03-02")
    assert pactbook("dispute list acme-jot --open --format json").json == []
    (over,) = pactbook("dispute list acme-jot --format json").json
    assert (over["status"], over["holds"]) == ("resolved", False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f'resolve acme-jot 2026-01-1 --reason "both are paid" {LEO}', "resolved 2026-01-1: nothing to correct\n"),
        ('withdraw acme-jot 2026-01-1 --reason "we found it"', "withdrew 2026-01-1\n"),
    ],
)
def test_a_dispute_that_is_rejected_or_withdrawn_holds_nothing(
    disputed: Store, pactbook: Pactbook, line: str, said: str
) -> None:
    """All of the balance can be paid again."""
    assert pactbook(f"dispute {line} {FEB_3}").out == said
    assert "acme pays jot 4,540.00 EUR" in pactbook(f"payout propose acme-jot {FEB_3}").out


def test_a_dispute_is_shown_with_what_was_said(disputed: Store, pactbook: Pactbook) -> None:
    """The figure, what is expected, what it would change, and who said what."""
    pactbook(f'dispute answer acme-jot 2026-01-1 "we look into it" {LEO} --today 2026-02-04')
    assert pactbook("dispute show acme-jot 2026-01-1").out == """\
Dispute 2026-01-1 of acme-jot/2026-01/inputs/cost.media.jot: open
acme expects 800.00 EUR; the statement says 900.00 EUR

Party   would change by, in EUR
───────────────────────────────
acme                      60.00
jot                      -60.00

Recorded     by         what       said
────────────────────────────────────────────────────────
2026-02-03   acme/ann   opened     one invoice is double
2026-02-04   jot/leo    answered   we look into it
"""  # fmt: skip
    data = pactbook("dispute show acme-jot 2026-01-1 --format json").json
    assert data["effect"] == {"acme": "60.00", "jot": "-60.00"}
    assert data["answers"] == [{"party": "jot", "text": "we look into it"}]


def test_a_list_has_the_same_columns_for_every_program(disputed: Store, pactbook: Pactbook) -> None:
    """JSON, JSON Lines and CSV agree, and an empty list has its headings."""
    (data,) = pactbook("dispute list acme-jot --format json").json
    assert json.loads(pactbook("dispute list acme-jot --format jsonl").out) == data
    (row,) = csv.DictReader(io.StringIO(pactbook("dispute list acme-jot --format csv").out))
    assert {**row, "effect": json.loads(row["effect"])} == {
        **data,
        "holds": "true",
        "answers": "[]",
        "corrections": "[]",
    }
    pactbook('dispute withdraw acme-jot 2026-01-1 --reason "we found it"')
    assert pactbook("dispute list acme-jot --open --format csv").out == ",".join(data) + "\n"
    assert pactbook("dispute list acme-jot --open").out == "no such disputes\n"


@pytest.mark.parametrize(
    ("line", "code", "error", "hint"),
    [
        (
            f"open {MEDIA} --expected 900.00 --reason x {LEO}",
            1,
            "which is what is expected",
            "the amount that it should be",
        ),
        (f"open {MEDIA} --expected 800,00 --reason x", 2, "'800,00' is not a decimal number", "1234.56"),
        (f"open {MEDIA} --expected 800.001 --reason x", 3, "has more decimals than EUR has (2)", "at most 2"),
        (f"open {MEDIA} --expected 800.00 --reason '' {LEO}", 1, "a reason is missing", "say why"),
        (f"open {MEDIA} --expected 800.00", 2, "missing option '--reason'", ""),
        (f"open {MEDIA} --reason x", 2, "missing option '--expected'", ""),
        ("open acme-jot/2026-01/jot/nothing --expected 1 --reason x", 1, "has no figure 'jot/nothing'", "statement"),
        ("open acme-jot/2026-02/jot/closing --expected 1 --reason x", 1, "is not issued yet", "close the period"),
        ("open acme-jott/2026-01/jot/closing --expected 1 --reason x", 1, "there is no agreement", "did you mean"),
        ("open closing --expected 1 --reason x", 3, "'closing' is not the id of a figure", "looks like"),
        (f"open {MEDIA} --expected 700.00 --reason x", 1, "acme already disputes", "withdraw that dispute first"),
        ("answer acme-jot 2026-01-1 mine", 1, "acme opened the dispute 2026-01-1 and cannot answer it", "withdraw"),
        ("answer acme-jot 2026-01-2 hm", 1, "acme-jot has no dispute '2026-01-2'", "dispute list acme-jot"),
        ("resolve acme-jot 2026-01-1 --reason x", 1, "cannot reject it itself", "another party"),
        (
            "resolve acme-jot 2026-01-1 --reason x --correction M-9",
            1,
            "acme-jot has no entry 'M-9'",
            "record or correct",
        ),
        (f"withdraw acme-jot 2026-01-1 --reason x {LEO}", 1, "acme opened the dispute", "answer or resolve"),
        ("show acme-jot 2026-01-2", 1, "acme-jot has no dispute '2026-01-2'", "dispute list acme-jot"),
        ("list acme-jott", 1, "there is no agreement 'acme-jott'", "did you mean acme-jot?"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(
    disputed: Store, pactbook: Pactbook, line: str, code: int, error: str, hint: str
) -> None:
    """Every refusal says what is wrong and what to do, and records nothing."""
    before = size()
    ran = pactbook(f"dispute {line} {FEB_3}")
    assert (ran.code, ran.out) == (code, "")
    assert error in ran.errors[0]
    assert hint in ran.err
    assert size() == before


def test_an_expected_loss_is_a_negative_amount(january: Store, pactbook: Pactbook) -> None:
    """A minus is no option: a balance may be disputed to be owed the other way round."""
    ran = pactbook(f'dispute open acme-jot/2026-01/jot/closing --expected -10.00 --reason "JOT owes us" {FEB_3}')
    assert (ran.code, ran.out.splitlines()[0]) == (
        0, "disputed acme-jot/2026-01/jot/closing (2026-01-1): stated 4,540.00 EUR, expected -10.00 EUR",
    )  # fmt: skip


def test_the_installed_command_does_the_same(disputed: Store, installed: Pactbook) -> None:
    """As a user calls it."""
    listed = installed("dispute list acme-jot")
    assert (listed.code, listed.err) == (0, "")
    assert "one invoice is double" in listed.out
