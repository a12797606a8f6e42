"""The walls of the house, as a test: which room may import which, and who may reach the world outside.

Imports are read from the source of every module, those inside functions and for types included. Arrows go one
way, from the command line down to the values, so a rule can be understood without what is above it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

DOMAIN = ("ledger.values", "ledger.terms", "ledger.book", "ledger.settlement")

#: What of the store is about bytes and proofs alone, without a database.
SIGNED = ("ledger.store.notes", "ledger.store.keys", "ledger.store.checkpoint")
PURE = ("ledger.store.encoding", "ledger.store.proof", *SIGNED)

#: A room, and the rooms that it may import besides itself. Modules belong to the room with the longest name
#: that fits (`ledger.application` is also the room of `ledger.application_queries`).
ROOMS: dict[str, tuple[str, ...]] = {
    "ledger": (),
    "ledger.values": (),
    "ledger.terms": ("ledger.values",),
    "ledger.book": ("ledger.values", "ledger.terms"),
    "ledger.settlement": ("ledger.values", "ledger.terms", "ledger.book"),
    "ledger.store": ("ledger.values", "ledger.book"),
    # A bundle is verified without database or application: of the store it knows only bytes and the tree.
    "ledger.bundle": (*DOMAIN, *PURE),
    "ledger.application": (*DOMAIN, "ledger.bundle", "ledger.store"),
    "projections": (*DOMAIN, "ledger.bundle", "ledger.application"),
    # Work on one book is what the application and the projections do; who is to blame for an error is told by its kind.
    "fleet": (*DOMAIN, "ledger.bundle", *SIGNED, "ledger.store.failures", "ledger.application", "projections"),
    # A bundle and a checkpoint are read without a ledger, keys are made without one.
    "cli": (*DOMAIN, "ledger.bundle", *SIGNED, "ledger.application", "projections", "fleet"),
}

#: A library, and the rooms that may import it. One that is not listed may not be imported at all.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "msgspec": ("ledger", "projections", "cli"),
    "iso4217": ("ledger.values",),
    "holidays": ("ledger.values",),
    "yaml": ("ledger.terms", "cli"),
    "marshmallow": ("ledger.terms", "cli.imports"),
    "eventsourcing": ("ledger.store", "ledger.application"),
    "sqlalchemy": ("ledger.store", "projections"),
    "psycopg": ("ledger.store", "projections"),
    "cryptography": ("ledger.store.keys",),
    "click": ("cli",),
    "rich": ("cli",),
    "distributed": ("fleet.cluster",),
}

#: What the domain never imports of the standard library: clock, chance, environment, files, processes, network.
WORLD = frozenset(
    {
        "asyncio", "getpass", "glob", "http", "locale", "logging", "multiprocessing", "os", "pathlib", "platform",
        "random", "secrets", "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time",
        "urllib", "uuid", "zoneinfo",
    }
)  # fmt: skip


# --- reading imports --------------------------------------------------------------------------------------


def sources(root: Path) -> dict[str, ast.Module]:
    """Every module of the product under a root, by its dotted name."""
    trees = {}
    for room in ("ledger", "projections", "fleet", "cli"):
        for path in sorted(root.glob(f"{room}/**/*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            trees[name] = ast.parse(path.read_text("utf-8"), str(path))
    return trees


def imports(name: str, modules: dict[str, ast.Module]) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it: modules of ours in full, of others as written."""
    for node in ast.walk(modules[name]):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                base = origin(name, modules, module, level)
                for alias in aliases:
                    full = f"{base}.{alias.name}"
                    yield full if full in modules else base
            case ast.Call(func=ast.Name(id="__import__" | "import_module"), args=[ast.Constant(value=str(target)), *_]):
                yield target
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(target)), *_]):
                yield target
            case _:
                pass


def origin(name: str, modules: dict[str, ast.Module], module: str | None, level: int) -> str:
    """The module that a `from` import names, dots at its front resolved."""
    if level == 0:
        return module or ""
    is_package = any(other.startswith(f"{name}.") for other in modules)
    parts = name.split(".")
    package = parts[: len(parts) - level + 1] if is_package else parts[: len(parts) - level]
    return ".".join([*package, *([module] if module else [])])


def within(name: str, room: str) -> bool:
    """Whether a module belongs to a room: the room itself, what is inside it, or `room_more`."""
    return name == room or name.startswith((f"{room}.", f"{room}_"))


def room_of(name: str) -> str:
    """The room of a module."""
    return max((room for room in ROOMS if within(name, room)), key=len)


# --- the walls --------------------------------------------------------------------------------------------


def violations(root: Path) -> list[str]:
    """Every import under a root that goes through a wall."""
    modules = sources(root)
    return [
        f"{name} imports {target}: {why}"
        for name in modules
        for target in dict.fromkeys(imports(name, modules))
        if (why := objection(name, target))
    ]


def objection(name: str, target: str) -> str | None:
    """What is wrong with a module's importing another, if anything."""
    top = target.partition(".")[0]
    if top in {"ledger", "projections", "fleet", "cli"}:
        room = room_of(name)
        # A package that only holds the room (`ledger`, `ledger.store`) is not a way around the wall.
        allowed = room_of(target) == room or any(within(target, other) for other in ROOMS[room])
        return None if allowed else f"{room} may import {', '.join(ROOMS[room]) or 'nothing of ours'}"
    if top in sys.stdlib_module_names:
        outside = top in WORLD and any(within(name, room) for room in DOMAIN)
        return "the domain does not reach the world outside" if outside else None
    if top not in LIBRARIES:
        return "no room may import it; see LIBRARIES"
    rooms = LIBRARIES[top]
    return None if any(within(name, room) for room in rooms) else f"only {', '.join(rooms)} may"


def cycles(root: Path) -> list[list[str]]:
    """Every set of modules under a root that import each other in a circle (Tarjan's components)."""
    modules = sources(root)
    graph = {name: sorted({other for other in imports(name, modules) if other in modules}) for name in modules}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            circle = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(circle) > 1 or name in graph[name]:
                found.append(sorted(circle))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def undocumented(root: Path) -> list[str]:
    """Every public class and function of the ledger and the projections that does not say what it means."""
    return [
        f"{name}.{node.name}"
        for name, tree in sources(root).items()
        if not within(name, "cli")
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if not node.name.startswith("_") and ast.get_docstring(node) is None
    ]


# --- the house as it is -----------------------------------------------------------------------------------


def test_every_import_goes_one_way() -> None:
    """Command line, projections, application, settlement, book, terms, values: each knows only what is below it."""
    assert violations(ROOT) == []


def test_no_modules_import_each_other() -> None:
    """No circle anywhere: every module can be read after those it imports."""
    assert cycles(ROOT) == []


def test_everything_public_says_what_it_means() -> None:
    """Each public class and function of the ledger and the projections begins with its meaning in a sentence."""
    assert undocumented(ROOT) == []


def test_the_table_has_no_arrow_up() -> None:
    """The table itself is a ladder: a room may import only rooms that stand above it in the table."""
    rooms = list(ROOMS)
    for place, (room, others) in enumerate(ROOMS.items()):
        assert {room_of(other) for other in others} <= set(rooms[:place]), room


def test_the_house_is_found() -> None:
    """The tests above look at real modules, and at all the rooms they should."""
    found = sources(ROOT)
    assert {"ledger.values.money", "ledger.book.events"} <= found.keys()
    assert "sqlalchemy" not in imports("ledger.values.money", found)
    assert "iso4217" in imports("ledger.values.money", found), "imports inside functions count"


# --- the checker itself -----------------------------------------------------------------------------------


def house(root: Path, **files: str) -> Path:
    """A small house with the given modules (`ledger__values__money="import os"`)."""
    rooms = ("ledger/values", "ledger/terms", "ledger/book", "ledger/settlement", "ledger/store", "projections", "cli")
    for room in rooms:
        (root / room).mkdir(parents=True)
        (root / room / "__init__.py").touch()
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return root


@pytest.mark.parametrize(
    ("module", "text", "complaint"),
    [
        ("ledger__values__money", "from ledger.book import entry", "ledger.values may import nothing of ours"),
        ("ledger__values__money", "def f():\n    import ledger.terms.document", "imports ledger.terms.document"),
        ("ledger__values__money", "from ..terms import document", "imports ledger.terms"),
        ("ledger__values__money", "import ledger", "imports ledger: ledger.values may import nothing of ours"),
        ("ledger__terms__pool", "if TYPE_CHECKING:\n    from ledger.book.events import Event", "imports ledger.book"),
        ("ledger__book__entry", "from ledger.settlement import closing", "imports ledger.settlement"),
        ("ledger__store__recorder", "from ledger.terms.document import Terms", "imports ledger.terms.document"),
        ("ledger__settlement__closing", "from ledger.store import proof", "imports ledger.store"),
        ("ledger__bundle", "from ledger.store.recorder import Recorder", "imports ledger.store.recorder"),
        ("ledger__bundle", "from ledger import application", "imports ledger"),
        ("ledger__application", "import projections.entries", "imports projections.entries"),
        ("projections__entries", "from ledger.store.encoding import decode", "imports ledger.store.encoding"),
        ("projections__entries", "from cli.output import table", "imports cli.output"),
        (
            "cli__audit",
            "from importlib import import_module\nimport_module('ledger.store.proof')",
            "ledger.store.proof",
        ),
        ("cli__audit", "import importlib\nimportlib.import_module('ledger.store.proof')", "ledger.store.proof"),
        ("ledger__values__periods", "import time", "the domain does not reach the world outside"),
        ("ledger__settlement__closing", "def f():\n    from os import environ", "imports os: the domain"),
        ("ledger__terms__document", "import urllib.request", "imports urllib.request: the domain"),
        ("ledger__book__entry", "import sqlalchemy.orm", "only ledger.store, projections may"),
        ("ledger__book__entry", "from eventsourcing.domain import Aggregate", "only ledger.store, ledger.application"),
        ("cli__record", "import sqlalchemy", "only ledger.store, projections may"),
        ("cli__record", "import marshmallow", "only ledger.terms, cli.imports may"),
        ("projections__entries", "import rich.table", "only cli may"),
        ("ledger__terms__pool", "import iso4217", "only ledger.values may"),
        ("cli__main", "import requests", "no room may import it"),
    ],
)
def test_a_planted_import_is_caught(tmp_path: Path, module: str, text: str, complaint: str) -> None:
    """An import through a wall is found wherever it hides, and the complaint names the wall."""
    (found,) = violations(house(tmp_path, **{module: text}))
    assert found.startswith(f"{module.replace('__', '.')} imports ")
    assert complaint in found


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (
            "ledger__values__money",
            "import re\nfrom fractions import Fraction\nfrom ledger.values.errors import Rejected",
        ),
        ("ledger__values__money", "from .errors import Rejected\nfrom . import errors"),
        ("ledger__store__recorder", "import os\nimport sqlalchemy\nfrom ledger.book.events import Event"),
        ("ledger__bundle", "from ledger.store.proof import root\nfrom ledger.settlement import closing"),
        ("ledger__application", "import time\nfrom ledger.store import recorder\nimport eventsourcing.application"),
        ("ledger__application_queries", "from ledger.application import Ledger\nfrom ledger.store import recorder"),
        ("projections__entries", "import sqlalchemy\nfrom ledger.application import Ledger"),
        ("cli__imports__csv", "import marshmallow\nimport click\nfrom projections.entries import totals"),
    ],
)
def test_what_is_allowed_is_not_caught(tmp_path: Path, module: str, text: str) -> None:
    """The walls have their doors."""
    assert violations(house(tmp_path, **{module: text})) == []


def test_a_planted_circle_is_caught(tmp_path: Path) -> None:
    """Three modules in a circle are found, though one of the imports hides in a function."""
    house(
        tmp_path,
        ledger__values__money="from ledger.values.periods import Period",
        ledger__values__periods="from ledger.values import figures",
        ledger__values__figures="def f():\n    from ledger.values.money import Currency",
        ledger__values__errors="",
    )
    assert cycles(tmp_path) == [["ledger.values.figures", "ledger.values.money", "ledger.values.periods"]]


def test_a_missing_docstring_is_caught(tmp_path: Path) -> None:
    """Public classes and functions are asked for; what is private is not, nor is the command line."""
    house(
        tmp_path,
        ledger__values__money="def f(): ...\ndef _g(): ...\nclass A:\n    'An A.'",
        projections__entries="class B: ...\nclass _C: ...\nasync def h(): ...",
        cli__main="def f(): ...",
    )
    assert undocumented(tmp_path) == ["ledger.values.money.f", "projections.entries.B", "projections.entries.h"]
