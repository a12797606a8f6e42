"""A Dask cluster on this machine: a scheduler, and real worker processes, each with a nanny that starts it anew.

python -m tests.fleet.cluster_process WORKERS    prints the scheduler's address and waits for the end of its input
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(workers: int) -> Iterator[str]:
    """The address of the scheduler of a cluster that runs meanwhile."""
    command = [sys.executable, "-W", "ignore", "-m", __name__, str(workers)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://127.0.0.1:")
        yield address
        process.communicate()


def main(workers: int) -> None:
    """Run until nobody needs it any more."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
