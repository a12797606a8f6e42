"""Time travel: whatever is asked for as it was known at a moment is what it was then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook
from tests.cli.january import make_told
from tests.stores import Store


@pytest.fixture(autouse=True)
def told(place: Store) -> Store:
    """January is closed, paid and disputed: ten events."""
    place.fill(make_told)
    return place


def seqs(pactbook: Pactbook, options: str) -> list[int]:
    """The events of a history."""
    ran = pactbook(f"history acme-jot {options} --format json")
    assert ran.code == 0, ran.err
    return [each["seq"] for each in ran.json["events"]]


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        ("3", 3),
        ("10", 10),
        ("2026-01-02", 2),
        ("2026-02-02", 5),
        ("2026-02-02T08:59:59.999999Z", 2),
        ("2026-02-02T09:00:00Z", 5),
        ("2026-02-02T10:00:00+01:00", 5),
        ("2026-03-01", 10),
        ("9999-12-31", 10),
    ],
)
def test_a_moment_is_an_event_an_instant_or_a_day(pactbook: Pactbook, moment: str, last: int) -> None:
    """An instant counts what was recorded in it; a day counts to its end, in UTC."""
    assert seqs(pactbook, f"--known-at {moment}") == list(range(1, last + 1))


@pytest.mark.parametrize(
    ("moment", "code", "said"),
    [
        ("0", 2, "0 is not in the range of events"),
        ("yesterday", 2, "'yesterday' is neither a moment nor a file"),
        ("2026-02-30", 2, "'2026-02-30' is not a date"),
        ("2026-02-02T09:00:00", 2, "'2026-02-02T09:00:00' is not a moment"),
        ("2026-01-01", 1, "acme-jot knew nothing yet then"),
    ],
)
def test_what_is_no_moment_is_refused(pactbook: Pactbook, moment: str, code: int, said: str) -> None:
    """With what a moment may be."""
    ran = pactbook(f"balance acme-jot --known-at {moment}")
    assert ran.code == code
    assert said in ran.err
    assert "hint: " in ran.err


def test_a_checkpoint_is_a_moment_once_the_book_is_the_one_that_it_says(pactbook: Pactbook, folder: Path) -> None:
    """Its size counts; a root that the book never had is an integrity failure."""
    pactbook("key new ann.pem --name acme/ann")
    pactbook("checkpoint acme-jot --key ann.pem --size 4 -o kept.txt")
    assert seqs(pactbook, "--known-at kept.txt") == [1, 2, 3, 4]
    assert pactbook("balance acme-jot --as-of 2026-01-31 --known-at kept.txt --format json").json["known_at"] == 4
    assert pactbook("balance acme-jot --known-at terms.yaml").code == 3
    text = (folder / "kept.txt").read_text()
    root = text.splitlines()[2]
    (folder / "other.txt").write_text(text.replace(root, "A" * 43 + "="))
    ran = pactbook("entries acme-jot --known-at other.txt")
    assert ran.code == 5
    assert "first 4 events have root" in ran.err


def test_an_agreement_is_shown_as_it_stood(pactbook: Pactbook) -> None:
    """Before it was accepted it was only proposed; a termination that came later is not there yet."""
    assert pactbook("agreement show acme-jot --known-at 1 --format json").json["status"] == "proposed"
    assert pactbook("agreement show acme-jot --known-at 2 --format json").json["status"] == "in force"
    pactbook("agreement terminate acme-jot --on 2026-06-30 --reason over --today 2026-02-04")
    assert pactbook("agreement show acme-jot --as-of 2026-07-01 --format json").json["status"] == "ended on 2026-06-30"
    assert "until" in pactbook("agreement show acme-jot --as-of 2026-06-30 --format json").json["status"]
    assert pactbook("agreement show acme-jot --known-at 10 --format json").json["status"] == "in force"


def test_payouts_are_listed_as_they_stood(pactbook: Pactbook) -> None:
    """As known at an event; and as of a day, without what was settled later, overdue reckoned on it."""
    pactbook("payout reverse acme-jot 2026-01-1 --on 2026-03-20 --reason recalled --as jot/leo --today 2026-03-20")

    def listed(options: str) -> list[tuple[str, int]]:
        ran = pactbook(f"payout list acme-jot {options} --format json")
        assert ran.code == 0, ran.err
        return [(each["status"], each["overdue_days"]) for each in ran.json]

    assert listed("--known-at 5") == []
    assert listed("--known-at 6 --as-of 2026-03-05") == [("proposed", 3)]
    assert listed("--known-at 2026-02-03") == [("settled", 0)]
    assert listed("--as-of 2026-02-02") == []
    assert listed("--as-of 2026-02-03") == [("settled", 0)]
    assert listed("--as-of 2026-03-20") == [("reversed", 0)]


def test_disputes_are_listed_as_they_stood(pactbook: Pactbook) -> None:
    """One that was not open yet is not there."""
    assert pactbook("dispute list acme-jot --known-at 7 --format json").json == []
    assert len(pactbook("dispute list acme-jot --known-at 8 --format json").json) == 1
    pactbook("dispute withdraw acme-jot 2026-01-1 --reason settled --today 2026-02-04")
    assert pactbook("dispute show acme-jot 2026-01-1 --known-at 9 --format json").json["status"] == "open"
    assert "withdraw" not in pactbook("dispute show acme-jot 2026-01-1 --known-at 9").out


def test_a_statement_up_to_a_day_is_never_the_issued_one(pactbook: Pactbook) -> None:
    """Nothing of later days counts, whatever was issued; its figures are explained with the same day."""
    early = pactbook("statement acme-jot 2026-01 --as-of 2026-01-09 --format json").json
    assert (early["sealed"], early["as_of"], early["available"]["amount"]) == (False, "2026-01-09", "0.00")
    whole = pactbook("statement acme-jot 2026-01 --as-of 2026-01-10 --known-at 5 --format json").json
    assert (whole["sealed"], whole["available"]["amount"]) == (False, "9100.00")
    issued = pactbook("statement acme-jot 2026-01 --format json").json
    assert issued["sealed"]
    assert "nothing of the days after 2026-01-09" in pactbook("statement acme-jot 2026-01 --as-of 2026-01-09").out
    explained = pactbook("explain acme-jot 2026-01/jot/share --known-at 5 --as-of 2026-01-09")
    assert " 0.00 EUR" in explained.out


def test_a_figure_is_explained_as_it_was_known(pactbook: Pactbook) -> None:
    """Its address is enough; an id that says so itself goes without the option."""
    then = pactbook("explain acme-jot 2026-01/inputs/cost.media.jot --known-at 9").out
    now = pactbook("explain acme-jot 2026-01/inputs/cost.media.jot --known-at 10").out
    assert ("900.00 EUR" in then, "800.00 EUR" in now) == (True, True)
    twice = pactbook("explain acme-jot 2026-01@9/inputs/cost.media.jot --known-at 9")
    assert twice.code == 2


def test_events_are_told_up_to_the_day_that_they_are_about(pactbook: Pactbook) -> None:
    """What is about no day belongs to the day on which it was recorded."""
    assert seqs(pactbook, "--as-of 2026-01-09") == [1, 2]
    assert seqs(pactbook, "--as-of 2026-01-10") == [1, 2, 3, 4, 10]
    assert seqs(pactbook, "--as-of 2026-02-02") == [1, 2, 3, 4, 5, 10]


def test_other_terms_are_tried_on_what_was_known(pactbook: Pactbook, folder: Path) -> None:
    """The history of then, and of the days up to one."""
    (folder / "other.yaml").write_text(
        (folder / "terms.yaml").read_text().replace("jot: 40%}\nlosses", "jot: 40%}\nlosses")
    )
    text = (folder / "terms.yaml").read_text().replace("split: {acme: 60%, jot: 40%}", "split: {acme: 50%, jot: 50%}")
    (folder / "other.yaml").write_text(text)

    def total(options: str) -> str:
        ran = pactbook(f"simulate acme-jot other.yaml {options} --format json")
        assert ran.code == 0, ran.err
        return str(ran.json["totals"]["jot"])

    assert [total(f"--known-at {seq}") for seq in (3, 4, 10)] == ["1000.00", "910.00", "920.00"]
    assert total("--as-of 2026-01-09") == "0.00"


def test_a_moment_beyond_the_book_is_refused(pactbook: Pactbook) -> None:
    """Nothing is known yet of what is to come."""
    for command in ("agreement show", "payout list", "dispute list", "statement"):
        ran = pactbook(f"{command} acme-jot --known-at 11")
        assert (ran.code, "nothing is known yet at 11" in ran.err) == (1, True)
