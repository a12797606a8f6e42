"""Command lines, made from the tree of commands itself: known and unknown options, right and wrong values."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from random import Random

import click

from cli.main import pactbook
from tests.fuzz.mutate import DAYS, NUMBERS, TEXTS
from tests.fuzz.target import ListTarget
from tests.fuzz.world import Copies, called, demo, recorded, sound, within

#: Values that mean something in the store of the demo, by the names of parameters and of their types.
VALUES: dict[str, tuple[str, ...]] = {
    "agreement": ("acme-jot", "acme-jot", "acme-jot", "harbour-practice"),
    "as_": ("acme/ann", "jot/leo", "acme/mia", "dee/dee", "sue/sue", "jan/jan", "nobody/here", "acme"),
    "store": ("sqlite:///pactbook.db", "sqlite:///missing.db", "sqlite:///terms.yaml", "sqlite:///.",
    "postgresql://localhost:1/x"),
    "output": ("out.txt", "out.svg", "-", ".", "", "no/out.txt", "pactbook-demo", "x.png"),
    "figure": (
        "2025-07/jot/shares.1", "acme-jot/2025-07/jot/closing", "2025-07/inputs/result.sales.acme",
        "2025-07/pool/total",
        "2025-06/jot/adjustment.2025-05", "2025-07/acme/share",
    ),
    "reference": ("W-2025-07", "M-1999", "TRK-2025-02", "TRK-2025-03", "CB-2025-05", "NEW-1", "NEW-2", "2025-07-1"),
    "dispute": ("2025-07-1", "2025-07-2"),
    "payouts": ("2025-06-1", "2025-07-1", "2025-07-2"),
    "explain": ("cash", "dee"),
    "digest": ("4d0b1f3a", "0" * 64),
    "named": ("terms.yaml", "acme-jot", "harbour-practice", "harbour.yaml"),
    "mapping_file": ("pactbook-demo/sales.map.yaml", "pactbook-demo/costs.map.yaml", "sales.map.yaml"),
    "file": ("pactbook-demo/sales.csv", "pactbook-demo/media.csv", "sales.csv", "rates.csv", "ann.pem", "new.pem",
    "receipt.json"),
    "path": ("ann.pem", "kept.txt", "receipt.json", "acme-jot.pactbook", "rates.csv", "terms.yaml", "missing.txt", ".",
    ""),
    "key_id": ("00000000", "x"), "since": ("kept.txt", "2025-08-01"), "kinds": ("EntryCorrected", "PeriodClosed"),
    "pools": ("-100:1000:100", "0,5000,90000", "1000"), "metric": ("sales=100", "sales=1,2"), "cost": ("media=30%",
    "rent=10"),
    "units": ("signups=5", "signups=1,2"), "capital": ("acme=50", "dee=100.00,sue=5", "jot:sales=5"),
    "advance": ("acme:jot=1",),
    "transfers": ("dee", "sue", "1/6"), "source": ("ECB",), "trust": ("x+00000000+AAAA",),
    "public": ("x+00000000+AAAA",),
    "category": ("media", "tracking", "chargebacks", "rent", "materials"), "name": ("acme", "jot", "dee", "sue", "jan",
    "sales"),
    "party": ("acme", "jot", "dee", "sue", "jan", "kim"), "account": ("advance",), "asset": ("land",),
    "creditor": ("bank",),
    "amount": ("100.00", "-50.00", "0", "1000000", "0.01", "49.90"), "amounts": ("dee=100.00,sue=50", "land=5000",
    "bank=200.00"),
    "quantity": ("7", "0.5", "-3"), "ratio": ("dee=2,sue=2,jan=1", "dee=1,sue=1", "kim=1,dee=2"), "part": ("1/3",
    "10%", "1"),
    "rate": ("0.9", "10000/10921"), "currency": ("USD", "EUR", "JPY"), "event type": ("EntryCorrected", "EntryVoided"),
    "date": ("2025-07-31", "2025-08-12", "2025-08-31", "2025-09-01", "2026-12-31", "2024-12-31", "2028-02-29"),
    "today": ("2025-08-12", "2025-08-12", "2025-09-02", "2027-01-31", "2024-12-01"),
    "period": ("2025-07", "2025-06", "2025-08", "2025-01", "2024-12", "2026"), "date or period": ("2025-07",
    "2025-09-01"),
    "moment": ("50", "117", "2025-08-05", "2025-08-07T09:00:00Z", "kept.txt"), "integer range": ("1", "3", "41", "0"),
    "text": ("a reason", "x", "acme-jot", "terms.yaml", "2025-07", "EUR", "sales", "jot"),
}  # fmt: skip
_EVERY = tuple(value for values in VALUES.values() for value in values)
#: What examples name, and what is there.
_KNOWN = {
    "2026-10": "2025-07", "2026-10-1": "2025-07-1", "2026-11": "2025-08", "terms-2027.yaml": "terms.yaml",
    "INV-1": "W-2025-07",
    "M-7": "M-1999", "orders.csv": "sales.csv", "orders.map.yaml": "sales.map.yaml", "kept-in-march.txt": "kept.txt",
    "march.txt": "kept.txt", "arias-cicci": "harbour-practice", "dbr": "harbour-practice", "abc": "harbour-practice",
    "arias/ana": "dee/dee", "cicci/leo": "sue/sue", "arias": "dee", "cicci": "sue", "soto": "kim",
    "operator.pem": "ann.pem",
}  # fmt: skip
#: Options of these names are left out: a traceback is what the first is for.
_LEFT_OUT = frozenset({"--debug"})
_ODD = tuple(each for each in (*NUMBERS, *DAYS, *TEXTS) if "\0" not in each)
_ENV = ("STORE", "ACTOR", "FORMAT", "COLOR", "EVIDENCE", "TEXTS", "PASSPHRASE")


@cache
def commands() -> dict[tuple[str, ...], click.Command]:
    """Every command by the words that call it."""
    return dict(_under(pactbook, ()))


def _under(group: click.Group, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _under(command, (*words, name))
        else:
            yield (*words, name), command


@cache
def examples() -> tuple[list[str], ...]:
    """The examples of every command's help, with names that the demo has."""
    lines = (
        line.strip()
        for command in commands().values()
        for line in (command.help or "").replace("\\\n", " ").split("\n")
    )
    found = [shlex.split(line)[1:] for line in lines if line.startswith("pactbook ")]
    return tuple([_KNOWN.get(word, word) for word in words] for words in found)


class Lines(ListTarget):
    """Command lines in the demo's folder. Words such as PACTBOOK_STORE=x at the front are set in the environment."""

    cost = 60

    def __init__(self) -> None:
        super().__init__(lambda: [json.dumps(words).encode() for words in examples()], self._call, self.cost)

    @property
    def copies(self) -> Copies:
        """The folder to work in."""
        return _copies()

    def case(self, random: Random) -> bytes:
        words = list(random.choice(examples())) if random.random() < 0.3 else _made(random)
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 4))):
            words = _changed(random, words)
        for option, name, chance in (("--as", "as_", 0.8), ("--today", "today", 0.7), ("--format", "", 0.2)):
            if random.random() < chance and option not in words:
                words += [option, random.choice(VALUES[name] if name else ("json", "jsonl", "csv"))]
        if random.random() < 0.1:
            words.insert(0, f"PACTBOOK_{random.choice(_ENV)}={_value(random)}")
        return json.dumps([_harmless(word) for word in words if word not in _LEFT_OUT]).encode()

    def _call(self, data: bytes) -> None:
        words = json.loads(data)
        env = {}
        while words and words[0].startswith("PACTBOOK_"):
            name, _, value = words.pop(0).partition("=")
            env[name] = value.replace("\0", "")
        folder = self.copies.fresh()
        store = folder / "pactbook.db"
        before = recorded(store)
        with within(folder):
            ended = called(words, env)
        sound(ended)
        if ended.code or "--dry-run" in words:
            assert recorded(store) == before, f"code {ended.code}, and something was recorded"


@cache
def _copies() -> Copies:
    return Copies(demo())


def _made(random: Random) -> list[str]:
    """A command with its arguments and some of its options, most of them with values that fit."""
    path, command = random.choice(list(commands().items()))
    words = list(path)
    for param in command.params:
        if isinstance(param, click.Argument):
            if param.required or random.random() < 0.7:
                words += [_value(random, param) for _ in range(param.nargs if param.nargs > 0 else random.randrange(3))]
        elif isinstance(param, click.Option) and random.random() < _chance(param):
            words += _option(random, param)
    return words


def _chance(option: click.Option) -> float:
    """How often an option is given."""
    if option.name in ("as_", "today", "format_"):
        return 0  # `case` gives these
    return 1 if option.required else 0.05 if option.name in ("store", "output", "color") else 0.2


def _option(random: Random, option: click.Option) -> list[str]:
    name = random.choice(option.opts)
    if option.is_flag or option.count:
        return [name]
    if random.random() < 0.05:
        return [f"{name}={_value(random, option)}"]
    return [name, *(_value(random, option) for _ in range(option.nargs))]


def _value(random: Random, param: click.Parameter | None = None) -> str:
    chance = random.random()
    if param is not None and chance < 0.9:
        if isinstance(param.type, click.Choice):
            return str(random.choice(list(param.type.choices)))
        name = param.name if param.name in VALUES else param.type.name
        return random.choice(VALUES.get(name or "", _EVERY))
    return random.choice(_EVERY if chance < 0.95 else _ODD)


def _changed(random: Random, words: list[str]) -> list[str]:
    words, at = list(words), random.randrange(len(words) + 1)
    match random.randrange(6):
        case 0 if at < len(words):
            del words[at]
        case 1 if at < len(words):
            words.insert(at, words[at])
        case 2 if at < len(words) and words[at]:
            place = random.randrange(len(words[at]))
            words[at] = words[at][:place] + random.choice(_ODD) + words[at][place + random.randrange(2) :]
        case 3:
            params = [
                each for each in random.choice(list(commands().values())).params if isinstance(each, click.Option)
            ]
            words[at:at] = _option(random, random.choice(params)) if params else []
        case 4:
            words.insert(at, _value(random))
        case _ if at < len(words):
            words[at] = _value(random)
    return words


def _harmless(word: str) -> str:
    """The word, unless it would lead out of the folder, or to a server."""
    word = re.sub(r"(?<![\w.])/+(?=.)", "", word) if not word.startswith("sqlite:///") else word
    word = re.sub(r"^sqlite:////+", "sqlite:///", word)
    word = re.sub(r"(\.\./?){4,}", "../", word)
    return word if "postgres" not in word else "postgresql://localhost:1/x"


TARGET = Lines()
