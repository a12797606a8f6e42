"""Payouts as people type them: from the balance that asks for one to the day the money arrived."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook, size
from tests.cli.january import make_january
from tests.stores import Store

FEB_3 = "--today 2026-02-03"
BEN, LEO = "--as acme/ben", "--as jot/leo"
JAN_1 = "acme-jot 2026-01-1"


@pytest.fixture
def january(place: Store) -> Store:
    """January is closed, and Acme owes JOT 4,540.00."""
    place.fill(make_january)
    return place


@pytest.fixture
def proposed(january: Store, pactbook: Pactbook) -> Store:
    """Ann has proposed the payout 2026-01-1."""
    assert pactbook(f"payout propose acme-jot {FEB_3}").code == 0
    return january


def cells(out: str) -> list[list[str]]:
    """The rows of the first table in an output, cell by cell."""
    lines = out.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("─"))
    rows = [line for line in lines[start + 1 :] if line and not line.startswith("─")]
    return [[cell.strip() for cell in row.split("   ") if cell.strip()] for row in rows]


# --- proposing ------------------------------------------------------------------------------------------


def test_a_proposal_says_who_pays_whom_by_when_and_why(january: Store, pactbook: Pactbook) -> None:
    """A line per payment, and each party's way from its balance to what it is paid."""
    ran = pactbook(f"payout propose acme-jot {FEB_3}")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == "proposed 2026-01-1: acme pays jot 4,540.00 EUR by 2026-03-02"
    acme, jot, _ = cells(ran.out)
    assert acme == ["acme", "-4,540.00", "0.00", "0.00", "-4,540.00", "-4,540.00", "0.00"]
    assert jot == ["jot", "4,540.00", "0.00", "0.00", "4,540.00", "4,540.00", "0.00"]


def test_asking_twice_proposes_nothing_twice(proposed: Store, pactbook: Pactbook) -> None:
    """The second time there is nothing to propose, and the table says what covers the balance."""
    before = size()
    ran = pactbook(f"payout propose acme-jot {BEN} {FEB_3}")
    assert (ran.code, ran.out.splitlines()[0], size()) == (0, "already so; nothing recorded", before)
    _, jot, _ = cells(ran.out)
    assert jot == ["jot", "4,540.00", "-4,540.00", "0.00", "0.00", "0.00", "0.00", "payouts under way"]


def test_a_dry_run_shows_the_proposal_and_records_nothing(january: Store, pactbook: Pactbook) -> None:
    """The line, the event as it would be recorded, and the same reasons."""
    before = size()
    ran = pactbook(f"payout propose acme-jot --dry-run {FEB_3}")
    line, _, event, *_ = ran.out.splitlines()
    assert line == "would have proposed 2026-01-1: acme pays jot 4,540.00 EUR by 2026-03-02"
    assert json.loads(event)["type"] == "PayoutProposed.v1"
    assert size() == before


def test_programs_get_the_events(january: Store, pactbook: Pactbook) -> None:
    """In JSON a proposal is the events that were recorded."""
    (event,) = pactbook(f"payout propose acme-jot --format json {FEB_3}").json
    assert (event["payer"], event["payee"], event["amount_minor"], event["due_on"]) == (
        "acme", "jot", 454_000, "2026-03-02",
    )  # fmt: skip


def test_why_something_waits_is_said(book: Store, folder: Path, pactbook: Pactbook) -> None:
    """Below the minimum, or held by a dispute, or both."""
    terms = (folder / "terms.yaml").read_text("utf-8")
    terms = terms.replace("acme-jot", "small").replace("due: net 30", 'due: net 30, minimum payout: "50.00"')
    (folder / "small.yaml").write_text(terms, "utf-8")
    january = "--today 2026-01-12"
    for line in (
        f"agreement propose small.yaml {january}",
        f"agreement accept small {LEO} {january}",
        f"record result small S-1 sales 200.00 --on 2026-01-10 --collected-by acme {january}",
        f"close small {FEB_3}",
        f'dispute open small/2026-01/inputs/result.sales.acme --expected 100.00 --reason "a refund" {FEB_3}',
    ):
        assert pactbook(line).code == 0, line
    ran = pactbook(f"payout propose small {FEB_3}")
    _, jot, _ = cells(ran.out)
    assert jot == [
        "jot",
        "80.00",
        "0.00",
        "-40.00",
        "40.00",
        "0.00",
        "40.00",
        "open disputes; below the minimum of 50.00",
    ]


def test_before_the_first_close_there_is_nothing_to_propose(book: Store, pactbook: Pactbook) -> None:
    """Payouts settle statements."""
    ran = pactbook("payout propose acme-jot")
    assert (ran.code, ran.errors) == (1, ["no period is closed yet, so there is no balance to pay"])


# --- what becomes of it ---------------------------------------------------------------------------------


def test_a_payout_goes_its_way(proposed: Store, pactbook: Pactbook) -> None:
    """Approved by a second person, sent by the payer, settled by the payee; each step once."""
    steps = {
        f"payout approve {JAN_1} {BEN} {FEB_3}": "approved 2026-01-1: acme pays jot 4,540.00 EUR",
        f"payout send {JAN_1} --reference 'SEPA 1' {BEN} {FEB_3}": (
            "sent 2026-01-1: acme ordered to pay jot 4,540.00 EUR on 2026-02-03"
        ),
        f"payout settle {JAN_1} --on 2026-02-04 {LEO} --today 2026-02-05": (
            "settled 2026-01-1: acme paid jot 4,540.00 EUR, arrived on 2026-02-04"
        ),
        f"payout reverse {JAN_1} --on 2026-02-06 --reason recalled {LEO} --today 2026-02-06": (
            "reversed 2026-01-1: what acme paid jot went back, 4,540.00 EUR on 2026-02-06"
        ),
    }
    for line, said in steps.items():
        dry = pactbook(f"{line} --dry-run")
        assert dry.out.splitlines()[0] == f"would have {said}"
        ran = pactbook(line)
        assert (ran.code, ran.out, ran.err) == (0, f"{said}\n", "")
    again = pactbook(f"payout reverse {JAN_1} --on 2026-02-06 --reason recalled {LEO} --today 2026-02-06")
    assert (again.code, again.out) == (0, "already so; nothing recorded\n")


def test_a_payout_that_is_called_off_can_be_proposed_again(proposed: Store, pactbook: Pactbook) -> None:
    """What it covered is payable again, under a new name."""
    ran = pactbook(f'payout fail {JAN_1} --reason "the account was closed" {FEB_3}')
    assert ran.out == "called off 2026-01-1: acme does not pay jot 4,540.00 EUR by it\n"
    assert "proposed 2026-01-2" in pactbook(f"payout propose acme-jot {FEB_3}").out


@pytest.mark.parametrize(
    ("line", "code", "error", "hint"),
    [
        (f"approve {JAN_1}", 1, "acme/ann proposed the payout 2026-01-1 and cannot approve it too", "second person"),
        (f"send {JAN_1} {BEN}", 1, "the payout 2026-01-1 is not approved", "approve"),
        (f"settle {JAN_1} {LEO} --on 2026-02-04", 1, "2026-02-04 has not come yet", "on the day"),
        (f"settle {JAN_1} {LEO} --on 2025-12-31", 1, "acme-jot was not in force on 2025-12-31", "bank statement"),
        (f"settle {JAN_1} {LEO} --on 4.2.2026", 2, "'4.2.2026' is not a date", "2026-10-31"),
        (f"reverse {JAN_1} --reason x", 1, "the payout 2026-01-1 has not arrived: it is proposed", "go back"),
        (f"fail {JAN_1} --reason ' '", 1, "a reason is missing", "say why"),
        (f"fail {JAN_1}", 2, "missing option '--reason'", ""),
        ("approve acme-jot", 2, "missing argument 'PAYOUT...'", ""),
        ("approve acme-jot 2026-01-9", 1, "acme-jot has no payout '2026-01-9'", "payout list acme-jot"),
        ("approve acme-jott 2026-01-1", 1, "there is no agreement 'acme-jott'", "did you mean acme-jot?"),
        ("list acme-jott", 1, "there is no agreement 'acme-jott'", "did you mean acme-jot?"),
        ("list acme-jot --status paid", 2, "'paid' is not one of", ""),
        ("propose acme-jott", 1, "there is no agreement 'acme-jott'", "did you mean acme-jot?"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(
    proposed: Store, pactbook: Pactbook, line: str, code: int, error: str, hint: str
) -> None:
    """Every refusal says what is wrong and what to do, and records nothing."""
    before = size()
    ran = pactbook(f"payout {line} --today 2026-02-02")
    assert (ran.code, ran.out) == (code, "")
    assert error in ran.errors[0]
    assert hint in ran.err
    assert size() == before


def test_several_payouts_are_refused_together(proposed: Store, pactbook: Pactbook) -> None:
    """Every refusal is told; what could have been recorded is not."""
    before = size()
    ran = pactbook(f"payout approve {JAN_1} 2026-01-7 2026-01-8 {BEN}")
    assert (ran.code, ran.errors, size()) == (
        1, ["acme-jot has no payout '2026-01-7'", "acme-jot has no payout '2026-01-8'"], before,
    )  # fmt: skip


# --- listing --------------------------------------------------------------------------------------------


def test_a_list_says_who_has_to_act_next(proposed: Store, pactbook: Pactbook) -> None:
    """Where a payout stands, how long it is overdue, and whose turn it is."""
    (row,) = cells(pactbook("payout list acme-jot --today 2026-03-05").out)
    assert row == [
        "2026-01-1", "proposed", "acme", "jot", "4,540.00 EUR", "2026-03-02", "3 days",
        "approve: acme or jot, not acme/ann",
    ]  # fmt: skip
    pactbook(f"payout approve {JAN_1} {BEN} {FEB_3}")
    assert cells(pactbook(f"payout list acme-jot {FEB_3}").out)[0][-1] == "send: acme"
    pactbook(f"payout send {JAN_1} {BEN} {FEB_3}")
    assert cells(pactbook(f"payout list acme-jot {FEB_3}").out)[0][-1] == "settle: jot"
    pactbook(f"payout settle {JAN_1} {LEO} {FEB_3}")
    settled = pactbook("payout list acme-jot --today 2026-03-05 --format json").json[0]
    assert (settled["overdue_days"], settled["next"], settled["next_by"]) == (0, None, None)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", 1),
        ("--status proposed", 1),
        ("--status sent --status proposed", 1),
        ("--status settled", 0),
        ("--overdue --today 2026-03-02", 0),
        ("--overdue --today 2026-03-03", 1),
        ("--period 2026-01", 1),
        ("--period 2026-02", 0),
    ],
)
def test_a_list_is_narrowed_down(proposed: Store, pactbook: Pactbook, options: str, found: int) -> None:
    """By status, by what is overdue, by period."""
    assert len(pactbook(f"payout list acme-jot {options} --format json").json) == found


def test_a_list_has_the_same_columns_for_every_program(proposed: Store, pactbook: Pactbook) -> None:
    """JSON, JSON Lines and CSV agree, and an empty list has its headings."""
    (data,) = pactbook("payout list acme-jot --format json").json
    assert data["amount"] == "4540.00"
    assert json.loads(pactbook("payout list acme-jot --format jsonl").out) == data
    (row,) = csv.DictReader(io.StringIO(pactbook("payout list acme-jot --format csv").out))
    assert row == {name: "" if value is None else str(value) for name, value in data.items()}
    empty = pactbook("payout list acme-jot --status failed --format csv").out
    assert empty == ",".join(data) + "\n"
    assert pactbook("payout list acme-jot --status failed").out == "no such payouts\n"


def test_the_installed_command_does_the_same(january: Store, installed: Pactbook) -> None:
    """As a user calls it: a proposal, and the list of it."""
    assert installed(f"payout propose acme-jot {FEB_3}").code == 0
    listed = installed(f"payout list acme-jot {FEB_3} --format csv")
    assert (listed.code, listed.err) == (0, "")
    assert "2026-01-1,2026-01,proposed,acme,jot,4540.00,EUR,2026-03-02,0,approve,acme jot,acme/ann" in listed.out
