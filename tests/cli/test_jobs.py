"""`--jobs` and `--scheduler`: the same output, whoever does the work."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import Pactbook, Ran
from tests.fleet import cluster_process
from tests.fleet.several import make_several, terms

FREE = "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted;"


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of several partnerships, to be copied, not used."""
    path = tmp_path_factory.mktemp("several") / "pactbook.db"
    make_several(path)
    return path


@pytest.fixture
def store(several: Path, folder: Path) -> Path:
    """The store, in the folder where commands look for it."""
    return Path(shutil.copy(several, folder / "pactbook.db"))


def tamper(store: Path, script: str) -> None:
    """Change the store behind the ledger's back."""
    with closing(sqlite3.connect(store)) as connection:
        connection.executescript(script)


def both(pactbook: Pactbook, line: str) -> Ran:
    """How a command ends, alone and with two processes alike."""
    alone = pactbook(line)
    assert pactbook(f"{line} --jobs 2") == alone
    return alone


@pytest.mark.usefixtures("store")
def test_processes_find_a_store_sound_in_the_same_words(pactbook: Pactbook) -> None:
    """The report is the same to the byte."""
    ran = both(pactbook, "verify")
    assert (ran.code, ran.err) == (0, "")
    assert "5 tree heads: " in ran.out


@pytest.mark.slow
def test_processes_find_what_was_changed_in_the_same_words(store: Path, pactbook: Pactbook) -> None:
    """In several books, in the log as a whole and in the tables: the same problems in the same order, the same code."""
    tamper(
        store,
        FREE + "UPDATE events SET leaf = zeroblob(32) WHERE book IN ('p-2', 'p-4') AND seq > 2;"
        "DELETE FROM events WHERE book = 'p-3' AND seq = 5; UPDATE events SET book = x'ff' WHERE position = 9;"
        "UPDATE totals SET amount_minor = '1' WHERE book = 'p-5'; DELETE FROM timeline WHERE book = 'p-1' AND seq = 2;"
        "INSERT INTO books VALUES ('ghost', 1, zeroblob(8)); UPDATE agreements SET book = 'nobody' WHERE book = 'p-4';"
        "INSERT INTO checkpoints VALUES ('none', 3, 'x');",
    )
    ran = both(pactbook, "verify --format json")
    assert ran.code == 5
    wrong = {each["check"]: "\n".join(each["problems"]) for each in ran.json if not each["ok"]}
    for check, problem in {
        "trees": "there is a tree of ghost, which has no events",
        "order": "event 6 of p-3 follows event 4",
        "columns": "says that it belongs to p-1",
        "projections": "timeline: the row p-1/3 stands where the events give p-1/2",
        "checkpoints": "the store: there are 1 checkpoints of none, which has no events",
        "rules": r"b'\xff': event 9",
    }.items():
        assert problem in wrong[check], wrong[check]
    assert next(each for each in ran.json if each["check"] == "trees")["problems"][-1].startswith("event ")


@pytest.mark.usefixtures("store")
def test_one_book_is_examined_alone(store: Path, pactbook: Pactbook) -> None:
    """What is wrong with the tables of another book is not its affair."""
    tamper(store, "UPDATE totals SET amount_minor = '1' WHERE book = 'p-5'; DELETE FROM books WHERE book = 'p-4'")
    assert pactbook("verify p-1").code == 0
    assert pactbook("verify p-5").code == 5


def test_a_broken_head_is_a_finding_like_any_other(store: Path, pactbook: Pactbook) -> None:
    """The book is examined nevertheless."""
    tamper(store, "UPDATE books SET frontier = x'00' WHERE book = 'p-1'")
    ran = pactbook("verify p-1 --format json")
    assert ran.code == 5
    problems = {each["check"]: each["problems"] for each in ran.json}
    assert problems["trees"] == ["the tree of p-1 is not the one that its events make"]
    assert problems["columns"] == problems["rules"] == problems["projections"] == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("--jobs 0", "'0' is not a number of processes"),
        ("--jobs many", "'many' is not a number of processes"),
        ("--jobs -1", "'-1' is not a number of processes"),
        ("--jobs 2 --scheduler tcp://10.0.0.5:8786", "--jobs and --scheduler are two ways to say who works"),
    ],
)
def test_who_works_is_said_once_and_sensibly(pactbook: Pactbook, line: str, error: str) -> None:
    """Anything else is an error of usage, before anything is opened."""
    ran = pactbook(f"verify {line}")
    assert ran.code == 2
    assert error in ran.errors[0]


# --- simulate --each --------------------------------------------------------------------------------------


@pytest.fixture
def offers(store: Path, folder: Path) -> Path:
    """A folder with other terms for three of the agreements."""
    offers = folder / "offers"
    offers.mkdir()
    for book, share in (("p-1", 50), ("p-2", 60), ("p-4", 75)):
        (offers / f"{book}.yaml").write_text(terms(book, share), "utf-8")
    return offers


LATE = "--today 2026-03-20"


def test_a_folder_of_terms_is_tried_on_the_agreements_that_they_name(offers: Path, pactbook: Pactbook) -> None:
    """What each party gets now and then, of all periods together; the same as for each agreement alone."""
    ran = both(pactbook, f"simulate --each offers {LATE}")
    assert (ran.code, ran.err) == (0, "")
    assert "each for its own agreement (3 of 3)" in ran.out
    rows = [line.split() for line in ran.out.splitlines()]
    differences = [row[-2] for row in rows if "a" in row[:5] and row[0].startswith("p-")]
    [together] = [row for row in rows if row[:2] == ["together", "a"]]
    assert sum(Decimal(each.replace(",", "")) for each in differences) == Decimal(together[-2].replace(",", ""))
    data = pactbook(f"simulate --each offers {LATE} --format json").json
    assert data["failed"] == []
    assert data["simulations"] == [
        pactbook(f"simulate {book} offers/{book}.yaml {LATE} --format json").json for book in ("p-1", "p-2", "p-4")
    ]
    lines = pactbook(f"simulate --each offers {LATE} --format csv").out.splitlines()
    assert lines[0] == "agreement,period,status,party,share_now,share_then,difference,currency"
    assert len(lines) == 1 + 3 * 2 * 2
    now, then = ([line.split(",")[at] for line in lines if line.startswith("p-2,")] for at in (4, 5))
    assert now == then


def test_periods_are_named_for_all(offers: Path, pactbook: Pactbook) -> None:
    """--from and --to, as for one."""
    ran = pactbook(f"simulate --each offers/p-1.yaml --each offers/p-4.yaml --to 2026-01 {LATE}")
    rows = [line.split() for line in ran.out.splitlines() if line.startswith("p-")]
    assert [row[:3] for row in rows] == [[book, "2026-01", party] for book in ("p-1", "p-4") for party in ("a", "b")]


def test_what_cannot_be_simulated_hides_nothing_of_the_others(offers: Path, pactbook: Pactbook) -> None:
    """The others are shown; each error names its agreement; the exit code says that there was one."""
    (offers / "ghost.yaml").write_text(terms("ghost"), "utf-8")
    (offers / "p-5.yaml").write_text(terms("p-5").replace("every: month", "every: quarter"), "utf-8")
    ran = pactbook(f"simulate --each offers {LATE}")
    assert ran.code == 1
    assert ran.errors == [
        "ghost: there is no agreement 'ghost'",
        "p-5: these terms are not for p-5: its settlement period is month, theirs is quarter",
    ]
    assert "(3 of 5)" in ran.out
    failed = pactbook(f"simulate --each offers {LATE} --format json").json["failed"]
    assert [(each["agreement"], each["kind"]) for each in failed] == [("ghost", "refused"), ("p-5", "refused")]


def test_all_documents_are_read_before_anything_is_done(offers: Path, pactbook: Pactbook) -> None:
    """Everything that is wrong with them is said at once."""
    (offers / "bad.yaml").write_text("agreement: Bad", "utf-8")
    (offers / "twice.yml").write_text(terms("p-1", 10), "utf-8")
    (offers / "empty").mkdir()
    ran = pactbook(f"simulate --each offers --each offers/empty --each offers/none.yaml {LATE}")
    assert ran.code == 3
    said = "\n".join(ran.errors)
    for part in (
        "offers/bad.yaml", "offers/twice.yml: these terms are for p-1, and so are those in offers/p-1.yaml",
        "offers/empty: there are no terms documents in this folder", "offers/none.yaml: cannot be read",
    ):  # fmt: skip
        assert part in said


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "missing argument 'AGREEMENT'"),
        ("p-1", "missing argument 'TERMS'"),
        ("p-1 --each offers", "--each takes the place of AGREEMENT and TERMS: its documents name agreements"),
        ("--each offers --as-of 2026-02-01", "--known-at and --as-of look at one agreement; leave them out, or --each"),
        ("p-1 offers/p-1.yaml --jobs 2", "--jobs and --scheduler are for many agreements at once: use --each"),
    ],
)
def test_one_agreement_or_each(pactbook: Pactbook, line: str, error: str) -> None:
    """Anything else is an error of usage."""
    ran = pactbook(f"simulate {line}")
    assert (ran.code, ran.errors) == (2, [error])


# --- the command as it is installed -----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whoever_ends_the_command_ends_its_processes(store: Path, number: signal.Signals) -> None:
    """Stopped or killed in the middle: no process is left behind, and the store is as it was."""
    command = [str(Path(sys.executable).with_name("pactbook")), "rebuild", "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        parent = psutil.Process(process.pid)
        while process.poll() is None and len(parent.children()) < 2:
            time.sleep(0.01)
        others = parent.children(recursive=True)
        assert others
        for other in others:  # so that the work is not done before the signal comes
            other.suspend()
        process.send_signal(number)
        for other in others:
            with suppress(psutil.NoSuchProcess):
                other.resume()
        _, err = process.communicate()
    _, alive = psutil.wait_procs(others, timeout=60)
    assert alive == []
    if number != signal.SIGKILL:
        assert err.strip() == "stopped; nothing was left half done"
    assert store.is_file()


def test_a_cluster_without_the_package_for_it_says_what_to_install(
    pactbook: Pactbook, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "fleet.cluster", raising=False)
    ran = pactbook("verify --scheduler tcp://127.0.0.1:9")
    assert (ran.code, ran.errors) == (1, ["--scheduler needs a package that is not installed"])
    assert "hint: pip install 'pactbook[cluster]'" in ran.err


@pytest.mark.slow
@pytest.mark.usefixtures("offers")
def test_a_cluster_says_the_same(pactbook: Pactbook) -> None:
    """All three commands, to the byte."""
    with cluster_process.running(2) as scheduler:
        for line in ("verify", "rebuild", f"simulate --each offers {LATE} --format json"):
            alone = pactbook(line)
            assert alone.code == 0
            assert pactbook(f"{line} --scheduler {scheduler}") == alone
