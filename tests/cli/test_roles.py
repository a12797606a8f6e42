"""The roles of a store on PostgreSQL: an owner makes it, operators append, readers read; nobody changes an event."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.cli.conftest import TERMS, Pactbook, Ran

SCRIPT = Path(__file__).parents[2] / "examples" / "postgresql" / "roles.sql"
MARK = os.getpid()
OWNER, ANN, LEO = (f"pactbook_test_{name}_{MARK}" for name in ("owner", "ann", "leo"))
ROLES = (OWNER, ANN, LEO, "pactbook_operator", "pactbook_reader")
FORBIDDEN = psycopg.errors.InsufficientPrivilege


class Server:
    """A database with a store that its owner made, and the roles of the script."""

    def __init__(self, url: str, pactbook: Pactbook) -> None:
        self._url = url
        self._pactbook = pactbook

    def url(self, user: str | None = None) -> str:
        """The URL of the database, for a user (None: the one who made the database)."""
        url = make_url(self._url)
        return (url if user is None else url.set(username=user)).render_as_string(hide_password=False)

    def run(self, user: str, line: str) -> Ran:
        """A command line, as a user of the server."""
        return self._pactbook(f"{line} --store '{self.url(user)}'")

    def sql(self, user: str | None, *statements: str) -> None:
        """Statements, each by itself, as a user of the server."""
        with psycopg.connect(self.url(user), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture
def server(postgres_url: str, pactbook: Pactbook, folder: Path) -> Iterator[Server]:
    """A store made by an owner, with an operator (Ann) and a reader (Leo)."""
    made = Server(postgres_url, pactbook)
    name = make_url(postgres_url).database
    made.sql(
        None,
        f"CREATE ROLE {OWNER} LOGIN CREATEROLE",
        f"ALTER DATABASE {name} OWNER TO {OWNER}",
        f"CREATE ROLE {ANN} LOGIN",
        f"CREATE ROLE {LEO} LOGIN",
    )
    assert made.run(OWNER, "init").code == 0
    made.sql(OWNER, SCRIPT.read_text("utf-8"), SCRIPT.read_text("utf-8"))
    made.sql(None, f"GRANT pactbook_operator TO {ANN}", f"GRANT pactbook_reader TO {LEO}")
    yield made
    made.sql(
        None,
        f"ALTER DATABASE {name} OWNER TO CURRENT_USER",
        *(f"DROP OWNED BY {role} CASCADE" for role in ROLES),
        f"DROP ROLE {', '.join(ROLES)}",
    )


def agree(server: Server, folder: Path) -> None:
    """Ann's server account serves both parties."""
    (folder / "terms.yaml").write_text(TERMS, "utf-8")
    for line in ("agreement propose terms.yaml --as acme/ann", "agreement accept acme-jot --as jot/leo"):
        assert server.run(ANN, f"{line} --today 2026-01-02").code == 0


def test_an_operator_does_all_that_a_partnership_needs(server: Server, folder: Path) -> None:
    """Every kind of command works for an operator, rebuilding the projections included."""
    agree(server, folder)
    (folder / "sales.csv").write_text("Invoice,Day,Net\nS-1,2026-01-09,100.00\nS-2,2026-01-10,50.00\n", "utf-8")
    (folder / "map.yaml").write_text(
        "currency: EUR\nentries:\n  - result: sales\n    reference: '{Invoice}'\n    on: Day\n    amount: Net\n"
        "    collected by: acme\n",
        "utf-8",
    )
    for line in (
        "import acme-jot sales.csv --map map.yaml --as acme/ann",
        "record cost acme-jot M-1 media 20.00 --on 2026-01-12 --as jot/leo",
        "close acme-jot 2026-01 --as acme/ann",
        "payout propose acme-jot --as acme/ann",
        "payout approve acme-jot 2026-01-1 --as jot/leo",
        "dispute open acme-jot/2026-01/jot/closing --expected 1.00 --reason why --as jot/leo",
        "balance acme-jot",
        "rebuild",
        "verify",
        "doctor",
        "init",
    ):
        ran = server.run(ANN, f"{line} --today 2026-02-03")
        assert (ran.code, ran.errors) == (0, []), line


def test_a_reader_reads_everything_and_records_nothing(server: Server, folder: Path) -> None:
    """A reader sees what was recorded a moment ago, whether anybody has brought the projections up to date or not."""
    agree(server, folder)
    for number in (1, 2):
        line = f"record result acme-jot S-{number} sales 100.00 --on 2026-01-09 --collected-by acme --as acme/ann"
        assert server.run(ANN, f"{line} --today 2026-02-03").code == 0
        for behind in (True, False):
            seen = server.run(LEO, "entries acme-jot --format jsonl --today 2026-02-03")
            assert (seen.code, len(seen.out.splitlines())) == (0, number), behind
            for question in ("balance acme-jot", "statement acme-jot 2026-01", "verify", "history acme-jot"):
                ran = server.run(LEO, f"{question} --today 2026-02-03")
                assert (ran.code, ran.errors) == (0, []), (question, behind)
            server.run(ANN, "balance acme-jot --today 2026-02-03")
    for line in ("void acme-jot S-1 --reason no --as acme/ann", "rebuild"):
        ran = server.run(LEO, f"{line} --today 2026-02-03")
        assert (ran.code, ran.errors) == (1, ["the store may not be written to"]), line
        assert "hint: " in ran.err


CHANGES = (
    "UPDATE events SET topic = 'x'",
    "DELETE FROM events",
    "TRUNCATE events",
    "ALTER TABLE events DISABLE TRIGGER ALL",
    "DROP TRIGGER events_are_not_changed ON events",
    "CREATE OR REPLACE FUNCTION pactbook_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
    "SET session_replication_role = replica",
    "DROP TABLE events CASCADE",
    "DELETE FROM books",
    "DELETE FROM log_head",
    "UPDATE nodes SET level = 1",
    "DELETE FROM checkpoints",
    "UPDATE meta SET value = '1'",
)


@pytest.mark.parametrize("user", [ANN, LEO], ids=["operator", "reader"])
def test_nobody_changes_what_was_recorded(server: Server, user: str, folder: Path) -> None:
    """The server refuses it before the triggers would, and nobody but the owner can take those away."""
    agree(server, folder)
    for statement in CHANGES:
        with pytest.raises(FORBIDDEN):
            server.sql(user, statement)
    with pytest.raises(psycopg.errors.RestrictViolation, match="never changed or deleted"):
        server.sql(OWNER, "DELETE FROM events")


def test_a_reader_writes_no_table_at_all(server: Server) -> None:
    """Each table can be read by both roles, and written by operators alone; none was forgotten by the script."""
    with psycopg.connect(server.url(OWNER)) as connection:
        rows = connection.execute(
            "SELECT tablename, has_table_privilege('pactbook_reader', quote_ident(tablename), 'SELECT'),"
            " has_table_privilege('pactbook_operator', quote_ident(tablename), 'SELECT'),"
            " has_table_privilege('pactbook_reader', quote_ident(tablename), 'INSERT, UPDATE, DELETE, TRUNCATE')"
            " FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    assert len(rows) > 15
    assert [name for name, *found in rows if found != [True, True, False]] == []


def test_tables_that_the_owner_makes_anew_are_for_the_same_people(server: Server, folder: Path) -> None:
    """After the owner has folded the log anew, operators and readers go on as before."""
    agree(server, folder)
    assert server.run(OWNER, "rebuild").code == 0
    for user, line in ((LEO, "agreement list"), (ANN, "rebuild"), (LEO, "agreement list")):
        ran = server.run(user, line)
        assert (ran.code, ran.errors) == (0, []), (user, line)


def test_tables_of_another_version_are_made_by_their_owner(server: Server, folder: Path) -> None:
    """After an upgrade an operator still gets answers; `init` by the owner, and all is as before."""
    agree(server, folder)
    server.sql(OWNER, "UPDATE projection_position SET version = 1")
    assert server.run(ANN, "balance acme-jot --today 2026-02-03").code == 0
    refused = server.run(ANN, "rebuild")
    assert refused.errors == ["the tables that answers are read from have to be made by their owner"]
    assert "pactbook init" in refused.err
    assert server.run(OWNER, "init").code == 0
    assert server.run(ANN, "rebuild").code == 0
