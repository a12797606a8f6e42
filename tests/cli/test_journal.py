"""`pactbook journal`: a second opinion from programs that nobody here wrote."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from cli.journal import account
from ledger.book.events import Event
from tests.cli.conftest import Pactbook
from tests.projections.dollars import dollars
from tests.projections.story import everything, new_ledger
from tests.stores import Store

STORIES: list[Callable[[], tuple[Event, ...]]] = [everything, dollars]
HLEDGER = shutil.which("hledger")


@pytest.fixture(params=STORIES, ids=["everything", "dollars"])
def told(request: pytest.FixtureRequest, store: Store, folder: Path) -> Path:
    """A folder with a store in which everything happened; one in which it did in three currencies."""
    ledger = new_ledger(store.url)
    ledger.save(*request.param())
    ledger.close()
    return folder


def checked(*command: str | Path) -> str:
    """What another program prints; it must have nothing to object to."""
    ran = subprocess.run([*command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def our_balances(pactbook: Pactbook) -> dict[str, Fraction]:
    """The closing balances of the last statement, as pactbook states them."""
    import json

    data = json.loads(pactbook("balance acme-jot --format json").out)
    return {each["party"]: Fraction(each["closing"]) for each in data["parties"]}


@pytest.mark.skipif(HLEDGER is None, reason="hledger is not installed here: apt-get install hledger")
def test_hledger_checks_the_journal_and_comes_to_the_same_balances(told: Path, pactbook: Pactbook) -> None:
    """All assertions hold; what it adds up to the last close is what the statement says."""
    assert pactbook("journal acme-jot -o book.journal").code == 0
    assert HLEDGER is not None
    path = told / "book.journal"
    checked(HLEDGER, "-f", path, "check")
    last = max(re.findall(r"^(\S+) \* \(\d+\) balances after", path.read_text("utf-8"), re.MULTILINE))
    for party, closing in our_balances(pactbook).items():
        name = account(f"current:{party}")
        found = checked(HLEDGER, "-f", path, "bal", f"^{name}$", "cur:EUR", "-N", "-B", "-e", _day_after(last), "-E")
        amount = re.search(r"(-?[\d.]+) ?EUR", found)
        assert (Fraction(amount[1]) if amount else 0) == -closing


def test_bean_check_passes_on_the_journal(told: Path, pactbook: Pactbook) -> None:
    """Beancount opens each account, balances each transaction and asserts each balance."""
    assert pactbook("journal acme-jot --format beancount -o book.beancount").code == 0
    checked(Path(sys.executable).with_name("bean-check"), told / "book.beancount")


def test_a_wrong_balance_is_found_by_bean_check(told: Path, pactbook: Pactbook) -> None:
    """So the check above can fail: one cent is enough."""
    assert pactbook("journal acme-jot --format beancount -o book.beancount").code == 0
    path = told / "book.beancount"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    [*_, place] = [n for n, line in enumerate(lines) if " balance Liabilities:Current" in line and "EUR" in line]
    lines[place] = re.sub(r"(\d) ~", lambda digit: f"{(int(digit[1]) + 1) % 10} ~", lines[place])
    path.write_text("".join(lines), "utf-8")
    ran = subprocess.run(
        [Path(sys.executable).with_name("bean-check"), path], capture_output=True, text=True, check=False
    )
    assert ran.returncode != 0


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("current:acme", "Liabilities:Current:Acme"),
        ("advance:jot:album-1", "Assets:Advance:Jot:Album-1"),
        ("venture:results:paid_social", "Income:Results:Paid-U-social"),
        ("venture:loss carried forward", "Equity:Venture:Loss"),
    ],
)
def test_accounts_have_names_that_other_programs_take(ours: str, theirs: str) -> None:
    """And no two of ours have the same."""
    assert account(ours) == theirs


def test_a_book_that_is_not_there_has_no_journal(store: Store, pactbook: Pactbook) -> None:
    """It is said which there are."""
    new_ledger(store.url).close()
    ran = pactbook("journal nothing")
    assert (ran.code, "there is no agreement 'nothing'" in ran.err) == (1, True)


def _day_after(day: str) -> str:
    from datetime import date, timedelta

    return str(date.fromisoformat(day) + timedelta(days=1))
