"""Who owes whom, as people ask: by the last statement, by what is known today, then and on any day."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.cli.january import make_january
from tests.stores import Store

FEB_3 = "--today 2026-02-03"
LEO = "--as jot/leo"


@pytest.fixture
def january(place: Store) -> Store:
    """January is closed, and Acme owes JOT 4,540.00."""
    place.fill(make_january)
    return place


def said(pactbook: Pactbook, line: str) -> str:
    """What a command prints, when all is well."""
    ran = pactbook(line)
    assert (ran.code, ran.err) == (0, ""), ran.err
    return ran.out


def jot(pactbook: Pactbook, options: str) -> dict[str, str | None]:
    """JOT's amounts."""
    data = pactbook(f"balance acme-jot {options} --format json").json
    (found,) = (each for each in data["parties"] if each["party"] == "jot")
    return {name: value for name, value in found.items() if name != "party"}


WHOLE = """\
acme-jot, statement of 2026-01, in EUR
Party     closing   paid since     balance   under way   in dispute    payable
──────────────────────────────────────────────────────────────────────────────
acme    -4,540.00         0.00   -4,540.00        0.00        60.00  -4,480.00
jot      4,540.00         0.00    4,540.00        0.00       -60.00   4,480.00

By the statement of 2026-01 and what was paid since, acme owes jot 4,540.00 EUR.

2026-02 up to 2026-02-10, as far as it is known, in EUR
Party     balance   not yet closed       draft
──────────────────────────────────────────────
acme    -4,540.00          -400.00   -4,940.00
jot      4,540.00           400.00    4,940.00

Up to 2026-02-10, acme owes jot 4,940.00 EUR.
"""


def test_a_balance_says_what_was_issued_what_is_open_and_who_owes_whom(january: Store, pactbook: Pactbook) -> None:
    """The statement, what happened to it since, what can be paid, and where the parties stand today."""
    media = "acme-jot/2026-01/inputs/cost.media.jot"
    said(pactbook, f'dispute open {media} --expected 800.00 --reason "double" {FEB_3}')
    said(pactbook, "record result acme-jot S-2 sales 1000.00 --on 2026-02-10 --collected-by acme --today 2026-02-10")
    said(pactbook, "record result acme-jot S-3 sales 5000.00 --on 2026-02-11 --collected-by acme --today 2026-02-10")
    out = said(pactbook, "balance acme-jot --today 2026-02-10")
    assert [line.split() for line in out.splitlines() if not line.startswith("─")] == [
        line.split() for line in WHOLE.splitlines() if not line.startswith("─")
    ]


def test_a_payment_moves_from_payable_to_under_way_to_paid(january: Store, pactbook: Pactbook) -> None:
    """A payout stands in one column at a time."""
    names = ("closing", "paid_since", "balance", "under_way", "in_dispute", "payable", "draft")
    seen = [jot(pactbook, FEB_3)]
    for line in (
        f"propose acme-jot {FEB_3}",
        f"approve acme-jot 2026-01-1 --as acme/ben {FEB_3}",
        f"settle acme-jot 2026-01-1 {LEO} {FEB_3}",
        f"reverse acme-jot 2026-01-1 --reason recalled {LEO} {FEB_3}",
    ):
        said(pactbook, f"payout {line}")
        seen.append(jot(pactbook, FEB_3))
    paid, none = "4540.00", "0.00"
    minus = f"-{paid}"
    assert [tuple(each[name] for name in names) for each in seen] == [
        (paid, none, paid, none, none, paid, paid),
        (paid, none, paid, minus, none, none, paid),
        (paid, none, paid, minus, none, none, paid),
        (paid, minus, none, none, none, none, none),
        (paid, none, paid, none, none, paid, paid),
    ]


def test_a_day_ends_with_what_belongs_to_it(january: Store, pactbook: Pactbook) -> None:
    """Effective up to a day: the draft counts the days up to it, in a closed month too."""
    said(pactbook, "record result acme-jot S-2 sales 1000.00 --on 2026-02-10 --collected-by acme --today 2026-02-12")
    days = "2026-02-09", "2026-02-10", "2026-12-31 --today 2026-12-01"
    assert [jot(pactbook, f"--as-of {day}")["draft"] for day in days] == [
        "4540.00", "4940.00", "4940.00",
    ]  # fmt: skip
    assert jot(pactbook, "--as-of 2026-01-09")["draft"] == "0.00"
    out = said(pactbook, "balance acme-jot --as-of 2026-01-10")
    assert "2026-01 up to 2026-01-10" in out
    assert "balance then" in out
    assert out.endswith("Up to 2026-01-10, acme owes jot 4,540.00 EUR.\n")


def test_what_was_known_then_is_shown_as_then(january: Store, pactbook: Pactbook) -> None:
    """Before January was closed there was no statement; a late cost is not known before it is recorded."""
    said(pactbook, f"record cost acme-jot M-2 media 100.00 --on 2026-01-20 {LEO} --today 2026-02-04")
    now, then = (jot(pactbook, f"--as-of 2026-01-31 {known}")["draft"] for known in ("", "--known-at 5"))
    assert (now, then) == ("4600.00", "4540.00")
    before = pactbook("balance acme-jot --as-of 2026-01-31 --known-at 3")
    assert before.out.startswith("No statement of acme-jot is issued yet, as known at event 3.\n")
    data = pactbook("balance acme-jot --as-of 2026-01-31 --known-at 3 --format json").json
    assert (data["statement"], data["known_at"], data["owed"]) == (None, 3, [])
    assert data["owed_by_draft"] == [{"from": "acme", "to": "jot", "amount": "4000.00"}]
    assert jot(pactbook, "--as-of 2026-01-31 --known-at 3")["payable"] is None


def test_what_stays_with_the_venture_is_said(january: Store, pactbook: Pactbook) -> None:
    """Acme keeps what the venture owes outsiders until it is settled."""
    said(pactbook, "record liability acme-jot CB-1 chargebacks 500.00 --on 2026-02-05 --today 2026-02-05")
    out = said(pactbook, "balance acme-jot --today 2026-02-05")
    assert out.endswith(
        "Up to 2026-02-05, acme owes jot 4,340.00 EUR; acme holds 500.00 EUR for liabilities outstanding.\n"
    )


def test_a_loss_that_later_pools_make_good_is_said(book: Store, folder: Path, pactbook: Pactbook) -> None:
    """Who paid for a loss that is carried forward is due it out of later pools; nobody owes it now."""
    terms = (folder / "terms.yaml").read_text("utf-8").replace("acme-jot", "lean")
    (folder / "lean.yaml").write_text(
        terms.replace("{acme: 60%, jot: 40%}\nconfirm", "carried forward\nconfirm"), "utf-8"
    )
    january = "--today 2026-01-12"
    said(pactbook, f"agreement propose lean.yaml {january}")
    said(pactbook, f"agreement accept lean {LEO} {january}")
    assert said(pactbook, f"balance lean {january}").endswith("Up to 2026-01-12, nobody owes anything.\n")
    said(pactbook, f"record cost lean M-1 media 300.00 --on 2026-01-10 {LEO} {january}")
    assert said(pactbook, f"balance lean {january}").endswith(
        "Up to 2026-01-12, jot is due 300.00 EUR out of later pools (a loss carried forward).\n"
    )


def test_a_balance_has_the_same_columns_for_every_program(january: Store, pactbook: Pactbook) -> None:
    """JSON names its schema; JSON Lines and CSV have a line per party with the same amounts."""
    data = pactbook(f"balance acme-jot {FEB_3} --format json").json
    assert (data["schema"], data["statement"], data["draft"], data["as_of"]) == (
        "pactbook/balance/1", "2026-01", "2026-02", "2026-02-03",
    )  # fmt: skip
    assert data["owed"] == [{"from": "acme", "to": "jot", "amount": "4540.00"}]
    rows = list(csv.DictReader(io.StringIO(pactbook(f"balance acme-jot {FEB_3} --format csv").out)))
    for row, party in zip(rows, data["parties"], strict=True):
        assert {name: row[name] for name in party} == party
        assert (row["agreement"], row["known_at"], row["currency"]) == ("acme-jot", "5", "EUR")


@pytest.mark.parametrize(
    ("line", "code", "error", "hint"),
    [
        ("acme-jott", 1, "there is no agreement 'acme-jott'", "did you mean acme-jot?"),
        ("acme-jot --as-of 2025-12-31", 1, "2025-12 is not a period of acme-jot", "its first period is 2026-01"),
        ("acme-jot --as-of 3000-01-01 --today 2026-02-03", 1, "3000-01 has not begun", "the present period is 2026-02"),
        ("acme-jot --as-of 31.12.2026", 2, "'31.12.2026' is not a date", "2026-10-31"),
        ("acme-jot --known-at 0", 2, "0 is not in the range", ""),
        ("acme-jot --known-at 1", 1, "no terms of acme-jot were in force yet", "accept"),
    ],
)
def test_what_cannot_be_asked_is_said(
    january: Store, pactbook: Pactbook, line: str, code: int, error: str, hint: str
) -> None:
    """Every refusal says what is wrong and what to do."""
    ran = pactbook(f"balance {line}")
    assert (ran.code, ran.out) == (code, "")
    assert error in ran.errors[0]
    assert hint in ran.err


def test_the_installed_command_does_the_same(january: Store, installed: Pactbook) -> None:
    """As a user calls it."""
    ran = installed(f"balance acme-jot {FEB_3}")
    assert (ran.code, ran.err) == (0, "")
    assert "acme owes jot 4,540.00 EUR." in ran.out


def test_what_is_retained_as_capital_is_said(book: Store, folder: Path, pactbook: Pactbook) -> None:
    """Acme holds the money of which JOT's half stays in; where a loss came off the capital, the capital pays."""
    terms = (folder / "terms.yaml").read_text("utf-8").replace("acme-jot", "firm")
    (folder / "firm.yaml").write_text(f"{terms}\nretain: {{jot: 100%}}\n", "utf-8")
    january = "--today 2026-01-12"
    said(pactbook, f"agreement propose firm.yaml {january}")
    said(pactbook, f"agreement accept firm {LEO} {january}")
    said(pactbook, f"record result firm S-1 sales 1000.00 --on 2026-01-10 --collected-by acme {january}")
    assert said(pactbook, f"balance firm {january}").endswith(
        "Up to 2026-01-12, acme holds 400.00 EUR for what is retained as capital.\n"
    )
    for reference in ("M-1", "M-2"):
        said(pactbook, f"record cost firm {reference} media 900.00 --on 2026-01-10 {LEO} {january}")
    assert "out of the capital that bears losses" in said(pactbook, f"balance firm {january}")
