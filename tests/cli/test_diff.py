"""What changed and why, on the command line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Pactbook
from tests.cli.january import make_told
from tests.stores import Store


@pytest.fixture(autouse=True)
def told(place: Store) -> Store:
    """January is closed, paid and disputed: ten events."""
    place.fill(make_told)
    return place


def rows(pactbook: Pactbook, line: str) -> dict[str, Any]:
    """The rows that differ, by figure, each with its causes by name."""
    ran = pactbook(f"diff acme-jot {line} --format json")
    assert ran.code == 0, ran.err
    data = ran.json
    for row in data["rows"]:
        assert sum(Decimal(each["effect"]) for each in row["effects"]) == Decimal(row["difference"])
    return {
        row["figure"]: (
            row["then"],
            row["now"],
            {
                f"{data['causes'][each['cause']]['what']} {data['causes'][each['cause']]['reference']}": each["effect"]
                for each in row["effects"]
            },
        )
        for row in data["rows"]
    }


def test_what_changed_since_a_statement_was_issued(pactbook: Pactbook) -> None:
    """By default it is what was issued against what is known now; a correction says what it did to each row."""
    found = rows(pactbook, "2026-01")
    assert found["pool/costs.media"] == ("900.00", "800.00", {"EntryCorrected M-1": "-100.00"})
    assert found["jot/share"] == ("3640.00", "3680.00", {"EntryCorrected M-1": "40.00"})
    assert found["jot/closing"] == ("4540.00", "4480.00", {"EntryCorrected M-1": "-60.00"})
    assert "acme/opening" not in found
    assert rows(pactbook, "2026-01 --between 5 9") == {}


def test_each_event_between_two_moments_is_told_its_part(pactbook: Pactbook, folder: Path) -> None:
    """Effects add up; backwards they have the other sign."""
    sales, media, correction = "ResultReported S-1", "CostIncurred M-1", "EntryCorrected M-1"
    then = rows(pactbook, "2026-01 --between 2026-01-31 now")["jot/closing"]
    assert then == ("0.00", "4480.00", {sales: "4000.00", media: "540.00", correction: "-60.00"})
    back = rows(pactbook, "2026-01 --between now 2026-01-31")["jot/closing"]
    assert back == ("4480.00", "0.00", {sales: "-4000.00", media: "-540.00", correction: "60.00"})
    pactbook("key new ann.pem --name acme/ann")
    pactbook("checkpoint acme-jot --key ann.pem --size 3 -o kept.txt")
    assert rows(pactbook, "2026-01 --between kept.txt issued")["jot/closing"][2] == {media: "540.00"}


def test_two_periods_differ_by_their_inputs(pactbook: Pactbook) -> None:
    """Each input of a figure is told what it makes of the difference."""
    pactbook("record result acme-jot S-2 sales 4000 --on 2026-02-10 --collected-by acme --today 2026-03-01")
    found = rows(pactbook, "2026-01 2026-02 --today 2026-03-01")
    assert found["jot/share"] == (
        "3640.00",
        "1600.00",
        {"input inputs/cost.media.jot": "360.00", "input inputs/result.sales.acme": "-2400.00"},
    )
    closing = found["jot/closing"][2]
    assert closing["input jot/opening"] == "4540.00"


def test_people_see_a_line_for_each_cause(pactbook: Pactbook) -> None:
    """The row with what it was and is, and what did it, who and why."""
    ran = pactbook("diff acme-jot 2026-01")
    assert ran.code == 0
    assert "acme-jot: 2026-01 as issued and 2026-01 as known at event 10, in EUR" in ran.out
    line = next(line for line in ran.out.splitlines() if line.startswith("jot/share "))
    assert line.split("  ")[-1].strip() == "EntryCorrected M-1 (event 10), jot/leo: it was double"
    assert "no row differs" in pactbook("diff acme-jot 2026-01 --between 9 9").out
    assert "closing" in pactbook("diff acme-jot 2026-01 --between 9 9 --all").out


def test_people_see_the_largest_of_very_many_causes(pactbook: Pactbook) -> None:
    """And what the others add up to."""
    for number in range(15):
        line = f"record result acme-jot N-{number} sales {number + 1} --on 2026-01-20 --collected-by acme"
        assert pactbook(f"{line} --today 2026-02-05").code == 0
    out = pactbook("diff acme-jot 2026-01 --between 10 now").out
    assert out.count("ResultReported N-14 ") > 1
    assert "ResultReported N-0 " not in out
    assert " +6.00   3 others; the data have them all" in out


def test_programs_get_a_record_for_each_effect(pactbook: Pactbook) -> None:
    """Figure, difference and cause in one line."""
    lines = pactbook("diff acme-jot 2026-01 --format csv").out.splitlines()
    assert lines[0].startswith("section,figure,label,clause,then,now,difference,effect,currency,what,reference")
    assert any(line.startswith("current,jot/share,") and ",EntryCorrected,M-1,10,10,1," in line for line in lines)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("2026-02 --today 2026-03-01", 1, "acme-jot/2026-02 is not issued yet"),
        ("2026-01 2026-01 --between 1 2", 2, "name two periods, or two moments of one"),
        ("2026-01 --between 3", 2, "requires 2 arguments"),
        ("2026-01 --between 1 now", 1, "no terms of acme-jot were in force yet"),
        ("2026-01 --between 3 99", 1, "nothing is known yet at 99"),
    ],
)
def test_what_cannot_be_compared_is_refused(pactbook: Pactbook, line: str, code: int, said: str) -> None:
    """With a reason."""
    ran = pactbook(f"diff acme-jot {line}")
    assert (ran.code, said in ran.err) == (code, True), ran.err
