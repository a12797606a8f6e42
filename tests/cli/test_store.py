"""The store's own commands: made, rebuilt, examined; and the settings with their origins."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Pactbook, size
from tests.stores import NOUGHT, Store, hexed, rewriting

# --- init -----------------------------------------------------------------------------------------------


def test_init_makes_a_store_once(pactbook: Pactbook, folder: Path) -> None:
    """The first time it is made, afterwards it is left as it is, and both are said."""
    assert pactbook("init").out == "made a store: sqlite:///pactbook.db\n"
    assert (folder / "pactbook.db").is_file()
    again = pactbook("init")
    assert (again.code, again.out) == (0, "there is a store already: sqlite:///pactbook.db; nothing changed\n")
    assert pactbook("init --format json").json == {"store": "sqlite:///pactbook.db", "new": False}


def test_init_of_another_store_says_how_to_keep_using_it(pactbook: Pactbook, folder: Path) -> None:
    """A store that only a flag named would be forgotten by the next command."""
    ran = pactbook("init --store sqlite:///book.db")
    assert (ran.code, (folder / "book.db").is_file()) == (0, True)
    assert 'store = "sqlite:///book.db"' in ran.err


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("mysql://u:secret@h/d", "a store cannot be kept in 'mysql'"),
        ("book.db", "the store's address is not a URL"),
        ("sqlite:///none/book.db", "the directory none does not exist"),
        ("sqlite:///terms.yaml", "terms.yaml is not a pactbook store"),
    ],
)
def test_a_store_that_cannot_be_made_is_refused(pactbook: Pactbook, url: str, error: str) -> None:
    """The reason is said, the way out too, and a password never."""
    ran = pactbook(f"init --store {url}")
    assert (ran.code, ran.out) == (1, "")
    assert error in ran.errors[0]
    assert "hint: " in ran.err
    assert "secret" not in ran.err


def test_without_a_store_commands_point_to_init(pactbook: Pactbook, folder: Path) -> None:
    """Looking for a store does not make one."""
    ran = pactbook("agreement list")
    assert (ran.code, ran.errors) == (1, ["there is no store at pactbook.db"])
    assert "pactbook init" in ran.err
    assert not (folder / "pactbook.db").exists()


# --- doctor and rebuild ---------------------------------------------------------------------------------


@pytest.fixture
def closed(book: Store, pactbook: Pactbook) -> Store:
    """A book with a closed month, and its projections."""
    for number in range(1, 8):
        pactbook(f"record result acme-jot INV-{number} sales 10.00 --on 2026-01-0{number} --collected-by acme")
    assert pactbook("close acme-jot 2026-01 --today 2026-02-03").code == 0
    return book


def examined(pactbook: Pactbook) -> dict[str, tuple[bool, list[str]]]:
    """What the doctor found, by check: whether it is sound, and the problems."""
    return {each["check"]: (each["ok"], each["problems"]) for each in pactbook("doctor --format json").json}


def test_a_sound_store_passes_every_check(closed: Store, pactbook: Pactbook) -> None:
    """Each check is a line, and says how much it looked at."""
    ran = pactbook("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert "10 events: in canonical form" in ran.out
    assert "1 sealed statement: with the digests and balances that were recorded" in ran.out
    checks = examined(pactbook)
    assert list(checks) == [
        "python", "packages", "store", "schema", "position", "bytes", "columns", "order", "trees", "closings",
        "partners", "statements", "projections",
    ]  # fmt: skip
    assert all(ok for ok, _ in checks.values())


RAISED = rewriting('minor":1000', 'minor":9000', "seq = 4")
SPACED = rewriting('minor":1000', 'minor": 1000', "seq = 4")
SWAPPED = rewriting("INV-2", "INV-9", "seq = 4")


@pytest.mark.parametrize(
    ("statement", "check", "problem"),
    [
        (RAISED, "trees", "event 4 of acme-jot has another leaf"),
        (SPACED, "bytes", "event 4 of acme-jot is not written"),
        (SWAPPED, "columns", "event 4 of acme-jot: version 1 of acme-jot/entry/INV-2 says"),
        ("UPDATE events SET book = 'other', seq = 1 WHERE seq = 4", "columns", "event 1 of other says that it belongs"),
        (f"UPDATE events SET leaf = {NOUGHT} WHERE seq = 4", "trees", "event 4 of acme-jot has another leaf"),
        ("UPDATE books SET size = 9", "trees", "the tree of acme-jot is not the one that its events make"),
        ("DELETE FROM books", "trees", "the tree of acme-jot is not the one that its events make"),
        ("DELETE FROM events WHERE seq = 4", "order", "event 5 of acme-jot is at position 5, not 4"),
        ("DELETE FROM events WHERE seq = 10", "order", "the log ends at position 9, its head says 10"),
        ("UPDATE events SET version = 2 WHERE seq = 4", "order", "the versions of acme-jot/entry/INV-2 have gaps"),
        ("UPDATE totals SET amount_minor = '1'", "projections", "totals: the row acme-jot/0/2026-01/"),
        ("DELETE FROM closings", "projections", "closings: the row acme-jot/1 is missing"),
    ],
)  # fmt: skip
def test_whatever_was_changed_behind_the_ledger_is_named(
    closed: Store, pactbook: Pactbook, statement: str, check: str, problem: str
) -> None:
    """The check that is about it fails and names the event; the exit code says that integrity is lost."""
    pactbook("doctor")
    closed.tamper(statement)
    ran = pactbook("doctor")
    assert ran.code == 5
    ok, problems = examined(pactbook)[check]
    assert not ok
    assert any(each.startswith(problem) for each in problems), problems
    assert "hint: " in ran.err


def test_a_rewritten_event_with_a_new_leaf_and_tree_is_found_by_the_close(closed: Store, pactbook: Pactbook) -> None:
    """Who rewrites an event and all that follows from it still contradicts the root that a closing recorded."""
    from ledger.store.proof import Frontier, leaf_hash

    closed.tamper(RAISED)
    states = closed.read("SELECT state FROM events ORDER BY seq")
    leaves = [leaf_hash(bytes(state)) for (state,) in states]
    changes = [f"UPDATE events SET leaf = {hexed(leaf)} WHERE seq = {seq}" for seq, leaf in enumerate(leaves, 1)]
    closed.tamper(*changes, f"UPDATE books SET frontier = {hexed(Frontier().extend(leaves).to_bytes())}")
    checks = examined(pactbook)
    assert checks["trees"] == (True, [])
    assert checks["closings"][1] == ["the close of acme-jot/2026-01 recorded another root than its events have"]
    assert not checks["statements"][0] or not checks["projections"][0]


@pytest.mark.sqlite
def test_a_file_that_is_damaged_is_told_from_one_that_is_missing(closed: Store, pactbook: Pactbook) -> None:
    """No store: exit code 1, and the way to make one. A store that is no database any more: said, not thrown."""
    missing = pactbook("doctor --store sqlite:///none.db")
    assert (missing.code, "there is no store at none.db" in missing.out) == (1, True)
    content = closed.path.read_bytes()
    closed.path.write_bytes(content[:4096] + b"\xff" * 8192 + content[12288:])
    ran = pactbook("doctor")
    assert ran.code in (1, 5)
    assert "WRONG" in ran.out


def test_rebuild_makes_the_projections_anew(closed: Store, pactbook: Pactbook) -> None:
    """Tables that were tampered with are dropped and folded from the events; nothing recorded is touched."""
    before = pactbook("statement acme-jot 2026-01").out
    closed.change("UPDATE totals SET amount_minor = '1'")
    assert pactbook("statement acme-jot 2026-01").code == 5
    assert pactbook("doctor").code == 5
    assert pactbook("rebuild").out == "rebuilt the projections, up to position 10 of the log\n"
    assert pactbook("rebuild --format json").json["position"] == 10
    assert pactbook("statement acme-jot 2026-01").out == before
    assert pactbook("doctor").code == 0
    assert size() == 10


def test_a_store_on_a_server_works_alike(postgres_url: str, pactbook: Pactbook) -> None:
    """From init to a closed month and back to the doctor, on PostgreSQL."""
    on = f"--store {shlex.quote(postgres_url)}"
    assert pactbook(f"init {on}").code == 0
    assert pactbook(f"init {on} --format json").json["new"] is False
    pactbook(f"agreement propose terms.yaml {on}")
    pactbook(f"agreement accept acme-jot --as jot/leo {on}")
    for number in (1, 2, 3):
        line = f"record result acme-jot INV-{number} sales 10.00 --on 2026-01-0{number} --collected-by acme {on}"
        assert pactbook(line).out.startswith("recorded")
    assert pactbook(f"void acme-jot INV-1 INV-2 --reason x {on}").out == "voided 2 entries\n"
    assert pactbook(f"close acme-jot 2026-01 --today 2026-02-03 {on}").code == 0
    assert pactbook(f"rebuild {on}").code == 0
    ran = pactbook(f"doctor {on}")
    assert (ran.code, ran.err) == (0, "")
    assert "8 events: in canonical form" in ran.out


# --- settings -------------------------------------------------------------------------------------------


def origins(pactbook: Pactbook, line: str = "config show --format json") -> dict[str, tuple[str | None, str]]:
    """Each setting with its value and where it came from."""
    return {each["setting"]: (each["value"], each["origin"]) for each in pactbook(line).json}


def test_a_flag_goes_before_the_environment_and_files(
    pactbook: Pactbook, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flag, environment, project file (here or above), user file, default: each is told as the origin."""
    assert origins(pactbook)["store"] == ("sqlite:///pactbook.db", "default")
    user = folder.parent / "home" / ".config" / "pactbook" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text('store = "sqlite:///user.db"\nformat = "csv"\n', "utf-8")
    assert origins(pactbook)["store"] == ("sqlite:///user.db", str(user))
    project = folder / "pactbook.toml"
    project.write_text('store = "sqlite:///project.db"\n', "utf-8")
    below = folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert origins(pactbook)["store"] == ("sqlite:///project.db", str(project))
    monkeypatch.setenv("PACTBOOK_STORE", "sqlite:///environment.db")
    assert origins(pactbook)["store"] == ("sqlite:///environment.db", "PACTBOOK_STORE")
    flag = origins(pactbook, "--store sqlite:///before.db config show --format json")
    assert flag["store"] == ("sqlite:///before.db", "--store")
    late = origins(pactbook, "--store sqlite:///before.db config show --store sqlite:///flag.db --format json")
    assert late["store"] == ("sqlite:///flag.db", "--store")
    assert late["as"] == ("acme/ann", "PACTBOOK_ACTOR")
    assert late["format"] == ("json", "--format")
    assert pactbook("config").out.startswith("setting,value,origin\nstore,sqlite:///environment.db,PACTBOOK_STORE\n")


def test_a_password_is_not_shown(pactbook: Pactbook) -> None:
    """Settings can be pasted into a message to support."""
    ran = pactbook("config --store postgresql://finance:p:w@db.example.com:5432/pact")
    assert "postgresql://finance:***@db.example.com:5432/pact" in ran.out
    assert "p:w" not in ran.out


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("store = sqlite\n", "the settings cannot be read"),
        ("stroe = 'x'\n", "'stroe' is not a setting"),
        ("store = 3\n", "'store' is not a setting"),
        ("format = 'xml'\n", "'xml' is not a format"),
    ],
)
def test_a_wrong_settings_file_is_named(pactbook: Pactbook, folder: Path, text: str, error: str) -> None:
    """Settings that cannot be used stop every command, with the file that they stand in."""
    (folder / "pactbook.toml").write_text(text, "utf-8")
    ran = pactbook("agreement list" if "format" not in text else "config")
    assert ran.code == 3
    assert error in ran.errors[0]
    assert "pactbook.toml" in ran.err
