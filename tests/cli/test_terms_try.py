"""`pactbook terms try`: what each party gets over a range of results, as a table and as a chart."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import TERMS, Pactbook, Ran

RICH = TERMS.replace(
    "  - split: {acme: 60%, jot: 40%}\nlosses: {acme: 60%, jot: 40%}\n",
    """\
  - fee: {to: jot, each: signups, amount: "2.00"}
  - bands: {of: sales, over: year, mode: marginal, rates: {0: {jot: 10%}, 30000: {jot: 20%}}}
  - split: {acme: 2/3, jot: 1/3}
short: in order
losses: carried forward
cap: {jot: {at most: "20000.00", excess to: acme}}
guarantee: {jot: {at least: "1000.00", borne by: acme}}
""",
)


@pytest.fixture(autouse=True)
def rich(folder: Path) -> None:
    """Beside the plain terms there are some with a fee, bands, a cap, a guarantee and losses carried forward."""
    (folder / "rich.yaml").write_text(RICH, "utf-8")


def cells(ran: Ran) -> list[list[str]]:
    """The words of each line that begins with a number."""
    return [line.split() for line in ran.out.splitlines() if line.strip()[:1] in "-0123456789" and line.strip()]


def adds_up(level: dict[str, Any]) -> bool:
    """Whether shares are all that there was, and a loss that is carried on."""
    shares = sum(Fraction(share) for share in level["shares"].values())
    before, after = Fraction(level["loss_brought_forward"]), Fraction(level["loss_carried_on"])
    return shares == Fraction(level["pool"]) - before + after


# --- the table ------------------------------------------------------------------------------------------


def test_a_range_shows_every_level_with_losses(pactbook: Pactbook) -> None:
    """From FROM to TO, both of them; what is below zero is a loss, borne by its own rule."""
    ran = pactbook("terms try terms.yaml --pools -100:200:100")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("acme-jot: what each party gets of a month, in EUR\n")
    assert cells(ran) == [
        ["-100.00", "-60.00", "-40.00"],
        ["0.00", "0.00", "0.00"],
        ["100.00", "60.00", "40.00"],
        ["200.00", "120.00", "80.00"],
    ]
    assert "In each month: sales collected by acme." in ran.out
    assert "Taken as nothing: media, tracking, chargebacks; say more by --cost media=AMOUNT" in ran.out


def test_levels_are_chosen_so_that_every_turn_is_seen(pactbook: Pactbook) -> None:
    """Where nothing is asked for, the table shows a loss, zero, and each level at which a rule sets in or ends."""
    ran = pactbook("terms try rich.yaml --units signups=500")
    turned = {row[0]: " ".join(row[4:]) for row in cells(ran) if len(row) > 4}
    assert turned == {
        "0.00": "losses",
        "1,000.00": "shares[1], guarantee.jot",
        "1,111.12": "shares[2]",
        "30,000.00": "shares[2]",
        "45,714.29": "cap.jot",
    }
    assert cells(ran)[0][0].startswith("-")
    assert "Levels: a loss, zero, round ones, and each at which a rule sets in or ends" in ran.out


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "--units signups=333",
        "--cost media=30% --cost tracking=17.77",
        "--pools -1000,0.01,777.77,99999.99 --periods 3",
    ],
)
def test_rows_always_add_up(pactbook: Pactbook, asked: str) -> None:
    """Whatever is tried: the shares are the pool, less a loss made good, and a loss carried on; to the cent."""
    data = pactbook(f"terms try rich.yaml {asked} --format json").json
    assert data["levels"]
    assert all(adds_up(each) for level in data["levels"] for each in (level, *level.get("by_period", ())))


def test_several_periods_are_shown_together_and_the_last_alone(pactbook: Pactbook) -> None:
    """Bands over the year and losses carried forward show only when periods follow each other."""
    ran = pactbook("terms try rich.yaml --pools -5000,20000 --periods 3")
    assert "what each party gets of 3 months alike, in EUR, together" in ran.out
    assert "what each party gets of the last of 3 months alike, in EUR" in ran.out
    together, last = cells(ran)[:2], cells(ran)[2:]
    assert [row[:3] for row in together] == [
        ["-5,000.00", "-15,000.00", "-4,500.00"],
        ["20,000.00", "60,000.00", "34,000.00"],
    ]
    assert [row[1:3] for row in last] == [["9,000.00", "-1,500.00"], ["0.00", "10,666.67"]]


def test_one_level_is_shown_period_by_period(pactbook: Pactbook) -> None:
    """With one level and several periods the rows are the periods, and their sum."""
    ran = pactbook("terms try rich.yaml --pools 20000 --periods 2")
    assert "with sales of 20,000.00 in each month" in ran.out
    assert [line.split() for line in ran.out.splitlines() if line.startswith(("2026", "together"))] == [
        ["2026-01", "20,000.00", "12,000.00", "8,000.00"],
        ["2026-02", "20,000.00", "11,333.33", "8,666.67"],
        ["together", "40,000.00", "23,333.33", "16,666.67"],
    ]


def test_quantities_can_be_what_is_tried(pactbook: Pactbook) -> None:
    """The result stays, the number of signups rises: only one thing differs from row to row."""
    ran = pactbook("terms try rich.yaml --metric sales=10000 --units signups=0:1000:500")
    assert cells(ran) == [
        ["0", "10,000.00", "6,000.00", "4,000.00"],
        ["500", "10,000.00", "5,333.33", "4,666.67"],
        ["1000", "10,000.00", "4,666.67", "5,333.33"],
    ]
    assert "In each month: sales 10,000.00 collected by acme." in ran.out


def test_what_happens_besides_is_said(pactbook: Pactbook) -> None:
    """Costs, liabilities, quantities and capital that are taken to happen stand below the table, with who pays."""
    ran = pactbook(
        "terms try rich.yaml --pools 1000 --cost media=30% --liability chargebacks=50 --units signups=3"
        " --capital jot=70"
    )
    assert cells(ran)[0][:2] == ["1,000.00", "650.00"]
    assert "3 signups; media 30.0% of sales paid by jot; chargebacks 50.00 recognised" in ran.out.replace(
        "30%", "30.0%"
    )
    assert "On the first day jot contributes 70.00" in ran.out


@pytest.mark.parametrize(
    ("asked", "error", "hint"),
    [
        ("--pools x", "'--pools': 'x' is not a decimal number", "write digits"),
        ("--pools 1:2", "'--pools': '1:2' is not a range", "write FROM:TO:STEP"),
        ("--pools 2:1:1", "'--pools': '2:1:1' goes nowhere", "with a step above 0"),
        ("--pools 0:1000000:1", "has more than 1000 levels", "take larger steps"),
        ("--pools 0.001", "has more decimals than EUR has", "at most 2 decimals"),
        ("--pools 1,2 --units signups=1,2", "only one thing can differ", "pactbook terms try"),
        ("--metric slaes=1", "'--metric': the terms do not know 'slaes'", "did you mean sales?"),
        ("--units signups", "'--units': 'signups' has no `=`", "write signups=1000"),
        ("--cost rent=1", "'--cost': the terms do not know 'rent'", "media"),
        ("--capital bob=1", "'--capital': the terms do not know 'bob'", "acme"),
        ("--cost media=1 --cost media=2", "'media' is given twice", "one list"),
        ("--periods 0", "'--periods'", "pactbook terms try"),
    ],
)
def test_what_cannot_be_tried_is_refused(pactbook: Pactbook, asked: str, error: str, hint: str) -> None:
    """A number, a name or a range that makes no sense is an error of usage that says what does."""
    ran = pactbook(f"terms try rich.yaml {asked}")
    assert (ran.code, ran.out) == (2, "")
    assert error in ran.err
    assert hint in ran.err


FUND = """\
agreement: the-fund
title: A fund
parties: {lp: {name: Investors}, gp: {name: Manager, reports: [proceeds]}}
currency: USD
periods: {every: year, from: 2026-01-01}
pool: {results: [proceeds]}
shares:
  - return of capital: {to: [lp, gp]}
  - preferred return: {rate: 8%, days: ACT/365F, compound: every year, unpaid: carried}
  - catch-up: {to: gp, rate: 100%, until: 20%, rest: lp}
  - carried interest: {to: gp, rate: 20%, of: remaining}
  - split: {lp: 100%}
short: in order
losses: {lp: 100%}
"""


def test_each_tier_of_a_waterfall_turns_where_the_one_before_is_served(pactbook: Pactbook) -> None:
    """Capital of a million comes back, then 8% on it, then the manager catches up to a fifth of the profit."""
    ran = pactbook("terms try - --capital lp=1000000", stdin=FUND)
    assert [row for row in cells(ran) if len(row) > 3] == [
        ["0.00", "0.00", "0.00", "losses"],
        ["1,000,000.00", "0.00", "1,000,000.00", "shares[1]"],
        ["1,080,000.00", "0.00", "1,080,000.00", "shares[2]"],
        ["1,100,000.00", "20,000.00", "1,080,000.00", "shares[3]"],
    ]
    assert "look at capital" not in ran.out
    without = pactbook("terms try - --pools 0,1000", stdin=FUND)
    assert "These terms look at capital, and none is taken to be there (--capital PARTY=AMOUNT)." in without.out


def test_capital_can_be_for_one_deal(pactbook: Pactbook) -> None:
    """Each deal returns its own capital first; capital of another deal does not matter to it."""
    deals = """\
  - each deal: {deals: [alpha, beta], shares: [{return of capital: {to: [lp]}}, {split: {lp: 80%, gp: 20%}}]}
  - split: {lp: 100%}
"""
    terms = FUND.partition("  - return")[0].replace("results: [proceeds]", "results: [alpha, beta]") + deals
    terms += "short: in order\nlosses: {lp: 100%}\n"
    ran = pactbook("terms try - --pools 100 --capital lp:alpha=50 --capital lp:beta=500", stdin=terms)
    assert cells(ran) == [["100.00", "10.00", "90.00"]]
    assert "On the first day lp contributes 50.00 for alpha" in ran.out


def test_what_is_not_paid_of_a_share_stands_beside_it(pactbook: Pactbook) -> None:
    """A share that stays in as capital is a share all the same; what is paid of it has a column of its own."""
    terms = TERMS + "retain: {jot: 25%}\n"
    ran = pactbook("terms try - --pools 100,200", stdin=terms)
    assert cells(ran) == [
        ["100.00", "60.00", "40.00", "30.00"],
        ["200.00", "120.00", "80.00", "60.00"],
    ]
    assert "jot paid" in ran.out
    assert "Paid: the share less what stays in as capital" in ran.out
    assert pactbook("terms try - --pools 100 --format json", stdin=terms).json["levels"][0]["due"]["jot"] == "30.00"


def test_a_trial_turns_where_an_advance_is_recouped(pactbook: Pactbook) -> None:
    """A royalty of 40% recoups an advance of 4,000.00 at sales of 10,000.00; from there on it is paid."""
    terms = TERMS.replace("  - split", "  - fee: {to: jot, rate: 40%, of: sales}\n    as: royalty\n  - split")
    terms += "short: in order\nadvances: [{first: {from: acme, to: jot, rate: 100%, out of: [royalty]}}]\n"
    ran = pactbook("terms try - --advance first=4000", stdin=terms)
    assert ["10,000.00", "3,600.00", "6,400.00", "7,600.00", "2,400.00", "advances.first"] in cells(ran)
    assert "On the first day acme pays jot an advance of 4,000.00 on first." in ran.out
    assert "This is royalty." in pactbook("terms show -", stdin=terms).out


def test_what_cannot_be_known_beforehand_is_said(pactbook: Pactbook) -> None:
    """Rates of exchange and withdrawals are in no trial, and whose terms look at them are told."""
    abroad = TERMS + "exchange: {USD: {rate: on the day, differences: shared}}\n"
    ran = pactbook("terms try - --pools 1", stdin=abroad)
    assert "what rates of exchange do is not known beforehand" in ran.out
    drawn = (
        TERMS.replace("  - split", "  - interest on withdrawals: {rate: 5%, days: flat}\n  - split")
        + "short: in full\n"
    )
    assert "No withdrawals are taken to be made" in pactbook("terms try - --pools 1", stdin=drawn).out


def test_an_advance_is_paid_on_the_first_day(pactbook: Pactbook) -> None:
    """It changes nobody's share, and is told."""
    ran = pactbook("terms try terms.yaml --pools 100 --advance acme:jot=70")
    assert cells(ran) == [["100.00", "60.00", "40.00"]]
    assert "On the first day acme pays jot an advance of 70.00." in ran.out
    assert "the terms do not know 'acme:bob'" in pactbook("terms try terms.yaml --advance acme:bob=70").err


# --- data -----------------------------------------------------------------------------------------------


def test_a_trial_in_json_has_all_of_it(pactbook: Pactbook) -> None:
    """Amounts are strings without separators; what was assumed and where the terms turn is there, too."""
    data = pactbook("terms try rich.yaml --units signups=500 --cost media=30% --format json").json
    assert set(data) == {
        "schema", "agreement", "terms", "currency", "periods", "varied", "assumed", "levels", "notes",
    }  # fmt: skip
    assert (data["schema"], data["varied"]) == ("pactbook/trial/1", {"what": "result", "name": "sales"})
    assert data["assumed"] == {
        "results": {}, "units": {"signups": "500"}, "costs": {"media": "30% of sales"}, "liabilities": {},
        "capital": {}, "advances": {},
    }  # fmt: skip
    assert set(data["levels"][0]) == {
        "level", "pool", "loss_brought_forward", "shares", "due", "loss_carried_on", "turns",
    }  # fmt: skip
    assert ["losses"] in [level["turns"] for level in data["levels"]]


def test_a_trial_in_csv_is_a_row_for_each_level_and_period(pactbook: Pactbook) -> None:
    """A spreadsheet gets plain columns; over several periods all of them are there, and their sum."""
    text = pactbook("terms try terms.yaml --pools 0,100 --periods 2 --format csv").out
    found = list(csv.DictReader(io.StringIO(text)))
    assert [row["period"] for row in found] == ["all", "2026-01", "2026-02"] * 2
    assert found[3] == {
        "sales": "100.00", "period": "all", "pool": "200.00", "loss brought forward": "0.00",
        "acme": "120.00", "jot": "80.00", "loss carried on": "0.00",
    }  # fmt: skip


# --- the chart ------------------------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


def test_a_chart_is_drawn_beside_the_table(pactbook: Pactbook, folder: Path) -> None:
    """-o with an SVG file takes the chart; the table is printed all the same."""
    table = pactbook("terms try rich.yaml --units signups=500").out
    assert pactbook("terms try rich.yaml --units signups=500 -o chart.svg").out == table
    root = ElementTree.fromstring((folder / "chart.svg").read_text("utf-8"))
    said = [element.text for element in root.iter(f"{SVG}text")]
    assert said[0] == "Audience acquisition for Acme"
    assert {"acme", "jot", "sales in EUR in each month", "share in EUR", "0", "20,000"} <= set(said)
    lines = list(root.iter(f"{SVG}polyline"))
    assert len(lines) == 2
    assert len({line.get("stroke-dasharray") for line in lines}) == 2, "lines are told apart without colour"


def test_the_same_terms_give_the_same_chart(pactbook: Pactbook, folder: Path) -> None:
    """Every byte is the same each time, and no number has a tail of digits."""
    pactbook("terms try rich.yaml -o one.svg")
    pactbook("terms try rich.yaml -o two.svg --format json")
    one = (folder / "one.svg").read_bytes()
    assert one == (folder / "two.svg").read_bytes()
    numbers = one.replace(b'"', b" ").replace(b",", b" ").split()
    assert not [each for each in numbers if each.count(b".") == 1 and len(each.partition(b".")[2]) > 2]


def test_a_chart_of_one_level_goes_over_time(pactbook: Pactbook, folder: Path) -> None:
    """Period by period for one level; one level in one period makes no line."""
    assert pactbook("terms try rich.yaml --pools 9000 --periods 12 -o time.svg").code == 0
    assert ">month<" in (folder / "time.svg").read_text("utf-8")
    ran = pactbook("terms try rich.yaml --pools 9000 -o point.svg")
    assert (ran.code, ran.errors) == (1, ["a chart needs two levels or more"])
    assert not (folder / "point.svg").exists()


def test_names_in_a_chart_are_text(pactbook: Pactbook, folder: Path) -> None:
    """A title with angle brackets does not break the picture."""
    (folder / "odd.yaml").write_text(TERMS.replace("Audience acquisition", "<b> & Co"), "utf-8")
    assert pactbook("terms try odd.yaml -o odd.svg").code == 0
    root = ElementTree.fromstring((folder / "odd.svg").read_text("utf-8"))
    assert next(root.iter(f"{SVG}text")).text == "<b> & Co for Acme"
