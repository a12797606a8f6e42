"""The command `pactbook` without its start: a server that has imported everything forks a process for each command.

A page of the documentation has up to thirty commands, and most of the time of a command is Python loading what it
needs. Here a command is a process of its own as ever, with its own folder, environment, streams and exit code; only
the loading was done before. What the installed command does is tried by `README.md` and by the tests in `tests/cli`.

`python -m tests.warm SOCKET` is the server. It ends when its standard input does.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from select import select

CLIENT = """\
#!{python} -IS
import array, json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
asked = json.dumps([os.getcwd(), sys.argv[1:], dict(os.environ)]).encode()
server.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
server.sendall(asked)
server.shutdown(socket.SHUT_WR)
for stream in (0, 1, 2):
    os.close(stream)
os._exit((server.recv(1) or b"\\xff")[0])
"""


@contextmanager
def warm_command() -> Iterator[Path]:
    """A folder with a command `pactbook` that is always warm, for as long as it takes."""
    with tempfile.TemporaryDirectory(prefix="pactbook-") as name:
        folder = Path(name)
        address = str(folder / "socket")
        command = folder / "pactbook"
        command.write_text(CLIENT.format(python=sys.executable, address=address), "utf-8")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        root = Path(__file__).parent.parent
        arguments = [sys.executable, "-m", "tests.warm", address]
        with subprocess.Popen(arguments, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            server.stdout.readline()  # it listens
            yield folder
            server.kill()


def serve(address: str) -> None:
    """Fork for each command that comes, until nobody is there to send one."""
    for package in ("cli", "ledger", "projections"):
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page of what was loaded
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that answer
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        os.write(1, b"ready\n")
        while listening.fileno() in select([listening.fileno(), 0], [], [])[0]:
            asking, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                return _answer(asking)
            asking.close()


def _answer(asking: socket.socket) -> None:
    """Run one command in a process of its own, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(asking, 1, 3)
    with asking.makefile("rb") as request:
        folder, arguments, environment = json.load(request)
    command = os.fork()
    if command:
        for stream in streams:
            os.close(stream)
        os.chdir("/")
        _, status = os.waitpid(command, 0)
        asking.sendall(bytes([os.waitstatus_to_exitcode(status) % 256]))
        os._exit(0)
    asking.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["pactbook", *arguments]
    from cli.main import main

    code: object = None
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))  # taking all modules apart takes long


if __name__ == "__main__":
    serve(sys.argv[1])
