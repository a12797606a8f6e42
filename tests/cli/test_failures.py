"""What keeps a store from being used: said in an error and a hint, with nothing lost; and streams that are closed."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from cli.main import run
from tests.cli.conftest import Pactbook, size
from tests.durability.killing import CONTEXT, ended
from tests.durability.story import enter
from tests.stores import Store

pytestmark = pytest.mark.sqlite  # what is told of a server stands in tests/durability/test_server.py
RECORD = "record result acme-jot S-1 sales 10.00 --on 2026-01-05 --collected-by acme"
COMMAND = Path(sys.executable).with_name("pactbook")


@pytest.mark.parametrize(
    ("url", "error", "hint"),
    [
        ("sqlite:///none.db", "there is no store at none.db", "pactbook init"),
        ("sqlite:///no/such/book.db", "there is no store at no/such/book.db", "pactbook init"),
        ("sqlite:////proc/book.db", "there is no store at /proc/book.db", "pactbook init"),
        ("pactbook.db", "the store's address is not a URL", "sqlite:///book.db"),
        ("mongodb://host/x", "a store cannot be kept in 'mongodb'", "postgresql://"),
        ("postgresql://ann@127.0.0.1:1/book", "the server does not answer", "whether the server runs"),
        ("postgresql://ann@no.such.host.invalid/book", "the server does not answer", "check the store's URL"),
    ],
)
def test_a_store_that_is_not_there(book: Store, pactbook: Pactbook, url: str, error: str, hint: str) -> None:
    """A wrong address is an error with the way out, and makes nothing."""
    for line in ("balance acme-jot", RECORD, "rebuild"):
        ran = pactbook(f"{line} --store {url}")
        assert (ran.code, ran.out) == (1, "")
        assert ran.errors[0].startswith(error)
        assert hint in ran.err.partition("hint: ")[2]


def test_a_folder_that_is_not_there(pactbook: Pactbook) -> None:
    """A store is not made where there is no folder; the hint makes it."""
    ran = pactbook("init --store sqlite:///no/such/book.db")
    assert (ran.code, ran.err) == (
        1, "error: the directory no/such does not exist\nhint: make it first: mkdir -p no/such\n",
    )  # fmt: skip


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_store_that_would_keep_nothing(pactbook: Pactbook, url: str) -> None:
    """A store without a file is none."""
    ran = pactbook(f"init --store {url}")
    assert (ran.code, ran.errors) == (1, [f"{url} keeps nothing: it names no file"])


@pytest.mark.parametrize("line", ["balance acme-jot", RECORD, "init", "rebuild", "verify", "close acme-jot 2026-01"])
def test_a_store_of_a_newer_pactbook_is_left_alone(book: Store, folder: Path, pactbook: Pactbook, line: str) -> None:
    """Whoever has not upgraded is told to, and writes nothing."""
    file = folder / "pactbook.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE meta SET value = '1000'")
    before = file.read_bytes()
    ran = pactbook(line)
    assert ran.code == 5
    assert "newer than this pactbook's" in ran.errors[0]
    assert ran.err.endswith("hint: upgrade pactbook\n")
    assert file.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="needs users")
@pytest.mark.parametrize(("file", "folder_mode"), [(0o444, 0o555), (0o444, 0o777), (0o666, 0o555), (0o000, 0o777)])
def test_a_file_that_may_not_be_written(book: Store, folder: Path, file: int, folder_mode: int) -> None:
    """Whoever may not write a store, or beside it, is told of permissions; the store stays as it is."""
    with tempfile.TemporaryDirectory() as name:
        here, notes = Path(name), Path(name) / "notes"
        store = Path(shutil.copy(folder / "pactbook.db", here / "pactbook.db"))
        before = store.read_bytes()
        notes.mkdir(0o777)
        notes.chmod(0o777)
        store.chmod(file)
        here.chmod(folder_mode)
        process = CONTEXT.Process(target=give_as_nobody, args=(RECORD.split(), store, notes))
        process.start()
        assert ended(process) == 1
        here.chmod(0o755)
        store.chmod(0o644)
        error, hint = (notes / "said.txt").read_text().splitlines()
        assert error in ("error: the store may not be written to", f"error: {store} cannot be opened")
        assert "permissions" in hint
        assert store.read_bytes() == before


def give_as_nobody(words: list[str], store: Path, notes: Path) -> None:
    """Give a command without the right to write everywhere, where it was there."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    enter(notes, f"sqlite:///{store}", notes)
    os.environ["XDG_CONFIG_HOME"] = str(notes)
    sys.exit(run(words))


@pytest.mark.skipif(os.name != "posix", reason="needs limits of processes")
def test_a_file_that_may_not_grow(book: Store, folder: Path) -> None:
    """A limit on the size of files is told like a disk that fails: check its limits. Nothing is recorded in part."""
    (folder / "rows.csv").write_text("Id,Day,Amount\n" + "".join(f"O-{row},2026-01-05,1.00\n" for row in range(500)))
    (folder / "map.yaml").write_text(
        'currency: EUR\nentries:\n  - {result: sales, reference: "{Id}", on: Day, amount: Amount, collected by: acme}\n'
    )
    line = ["import", "acme-jot", "rows.csv", "--map", "map.yaml"]

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / "pactbook.db").stat().st_size + 40_000,) * 2)

    ran = subprocess.run([COMMAND, *line], stderr=subprocess.PIPE, text=True, check=False, preexec_fn=limited)
    assert ran.returncode == 1
    error, hint = ran.stderr.splitlines()
    assert error in ("error: the disk failed to read or write the store", "error: the disk is full")
    assert "repeat the command: what is already recorded is not recorded twice" in hint
    assert size() == 2
    assert subprocess.run([COMMAND, *line], check=False).returncode == 0
    assert size() == 502


# --- streams ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_takes_nothing_away(book: Store, closed: str) -> None:
    """A caller that closes streams gets the work done, and its exit code."""
    line = f"{COMMAND} {RECORD} {closed}; {COMMAND} nonsense {closed}; echo $?"
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "2"
    assert "Traceback" not in ran.stderr
    assert "mistake in pactbook" not in ran.stderr
    assert size() == 3
