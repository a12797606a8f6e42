"""Inputs that are made to cost: small ones that explode, deep ones, endless ones. Each is made when it is tried.

`python -m tests.fuzz.hostile` tries them all in a process that is not let take more than `MEMORY`, and names those that
need it or raise what they should not; one that never ends is the last that is named.
"""

from __future__ import annotations

import resource
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.parsers import RULER, TARGETS, import_samples, settings_samples

#: What all readers may take, in bytes beyond what the process has when it begins; and in seconds of the processor.
MEMORY = 300 * 2**20
SECONDS = 300
_MILLION = 10**6
_MANY = 50_000

Make = Callable[[], bytes]


def _laughs() -> bytes:
    """The billion laughs: nine anchors, each a list of nine of the one before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(lines).encode()


def _merged() -> bytes:
    """The same with merge keys."""
    return b"\n".join(b"k%d: &k%d {<<: [%s]}" % (n, n, b", ".join([b"*k%d" % (n - 1)] * 9)) for n in range(1, 10))


#: What is done to every reader: the same bytes mean something else to each.
EVERYWHERE: dict[str, Make] = {
    "nothing": lambda: b"",
    "zeros": lambda: b"\0" * _MANY,
    "spaces": lambda: b" " * _MANY,
    "lines": lambda: b"\n" * _MANY,
    "one line": lambda: b"x" * 3 * _MILLION,
    "quotes": lambda: b'"' * _MANY,
    "open brackets": lambda: b"[" * _MANY,
    "open braces": lambda: b'{"a":' * _MANY,
    "braces of YAML": lambda: b"{a: " * _MANY,
    "hyphens": lambda: b"- " * _MANY,
    "deep indentation": lambda: b"".join(b" " * n + b"a:\n" for n in range(1200)),
    "question marks": lambda: b"? " * _MANY,
    "nines": lambda: b"9" * _MANY,
    "a number that explodes": lambda: b"1e999999999",
    "a small number that explodes": lambda: b"1e-999999999",
    "a ratio that explodes": lambda: b"1e999999999/3",
    "a number in a document": lambda: b"a: 1e999999999\nb: " + b"9" * _MANY,
    "a number in JSON": lambda: b'{"a":1e999999999,"b":' + b"9" * _MANY + b"}",
    "laughs": _laughs,
    "merged": _merged,
    "invalid text": lambda: b"\xff\xfe" + b"\xd8\x00" * _MANY,
    "UTF-16": lambda: ("a: b\n" * 5_000).encode("utf-16"),
    "UTF-32": lambda: ("a: b\n" * 5_000).encode("utf-32"),
    "signs of direction": lambda: ("\u202e\u2066" * _MANY).encode(),
    "combining": lambda: ("a" + "\u0300" * _MANY).encode(),
    "long names": lambda: b"".join(b"k%d: v\n" % n for n in range(3_000)),
    "escapes": lambda: b'"' + b"\\U0010ffff" * 5_000 + b'"',
    "tags": lambda: b"!!x " * _MANY,
}  # fmt: skip


def _table(head: str, rest: Make) -> Make:
    return lambda: head.encode() + RULER + rest()


_MAPPING = import_samples()[0].partition(RULER)[0].decode()
_JSONL = """\
format: jsonl
currency: EUR
entries: [{result: s, reference: '{a}', on: 2026-01-01, amount: b, collected by: c}]
"""

_APPORTIONED = (
    b'{"figures":{"a":{"op":"apportioned","value":"1","operands":["b"],"apportionment":{"parties":["p"],"party":"p",'
    b'"rule":"to","to":"p","order":[%s]}},"b":{"op":"entries","value":"%s"}}}'
)

#: What is made for one reader.
ONLY: dict[str, dict[str, Make]] = {
    "import": {
        "ten thousand columns": _table(_MAPPING, lambda: b",".join(b"c%d" % n for n in range(10_000)) + b"\n"),
        "a hundred thousand columns": _table(_MAPPING, lambda: (b"," * 100_000 + b"\n") * 5),
        "a field without an end": _table(_MAPPING, lambda: b'Row ID,"' + b"x\n" * _MILLION),
        "a field beyond the limit": _table(_MAPPING, lambda: b"Row ID,x\n" + b'"' + b"x" * 200_000 + b'",1\n'),
        "all ends of lines": _table(_MAPPING, lambda: b"Row ID,Sales\r\n1,2\r3,4\n\r5,6\r\r\n" * 10_000),
        "many wrong rows": _table(_MAPPING, lambda: import_samples()[0].partition(RULER)[2] + b"x\n" * 200_000),
        "JSON that is deep": _table(_JSONL, lambda: b'{"a":' + b"[" * 400_000),
        "JSON with numbers": _table(_JSONL, lambda: b'{"a":"x","b":' + b"9" * _MILLION + b"}"),
        "JSON that explodes": _table(_JSONL, lambda: b'{"a":"x","b":1e999999999}\n' * 1000),
        "JSON with many names": _table(_JSONL, lambda: b"{" + b",".join(b'"%d":1' % n for n in range(90_000)) + b"}"),
        "JSON with one name": _table(_JSONL, lambda: b"{" + b",".join([b'"a":1'] * 100_000) + b"}"),
    },
    "settings": {
        "deep lists": lambda: b"store = " + b"[" * 100_000,
        "deep tables": lambda: b"[" + b".".join([b"a"] * 100_000) + b"]",
        "a deep key": lambda: b".".join([b"a"] * 100_000) + b" = 1",
        "a large number": lambda: b"store = " + b"9" * _MILLION,
        "more than settings are": lambda: settings_samples()[0] + b"# x\n" * 5 * _MILLION,
    },
    "key": {
        "more than keys are": lambda: b"# pactbook key of a/ann\n" + b"x" * 5 * _MILLION,
        "many keys": lambda: b"# pactbook key of a/ann\n" + b"-----BEGIN PRIVATE KEY-----\n" * 50_000,
    },
    "rates": {
        "many columns": lambda: b"Date," + b",".join(b"C%d" % n for n in range(100_000)) + b"\n2026-01-01,1\n",
        "a field without an end": lambda: b'Date,USD,GBP\n2026-01-01,"' + b"x\n" * _MILLION,
        "a field larger than the library reads": lambda: b'Date,USD,GBP\n2026-01-01,"' + b"x\n" * 70_000,
        "many wrong rows": lambda: b"Date,USD,GBP\n" + b"x\n" * 200_000,
        "many lines": lambda: b"Date,USD,GBP\n" + b"2026-04-13,1.1684,0.8663\n" * 40_000,
    },
    "figures": {
        "a number that explodes": lambda: b'{"figures":{"a":{"op":"entries","value":"1e999999999"}}}',
        "a party named often": lambda: _APPORTIONED % (b",".join([b'"p"'] * 90_000), b"9" * 4300),
    },
}  # fmt: skip


def cases() -> list[tuple[str, str, Make]]:
    """Every reader with every input that it gets: name of the target, what the input is, and how it is made."""
    special = [(target, what, make) for target, found in ONLY.items() for what, make in found.items()]
    return [*special, *((target, what, make) for target in TARGETS for what, make in EVERYWHERE.items())]


def main() -> None:
    """Try them all, or those of the targets that are named."""
    for reader in TARGETS.values():
        reader.check(reader.samples[0])  # so that all is loaded that will be
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    wanted, wrong = sys.argv[1:] or list(TARGETS), 0
    for target, what, make in cases():
        if target in wanted:
            print(f"{target}: {what}", flush=True)
            data = make()
            try:
                TARGETS[target].check(data)
            except BaseException as error:
                wrong += 1
                at = traceback.extract_tb(error.__traceback__)[-1]
                print(f"WRONG {target}: {what}: {type(error).__name__} at {at.filename}:{at.lineno}: {error!s:.200}")
    print(f"{wrong} of them went wrong")
    sys.exit(int(bool(wrong)))


if __name__ == "__main__":
    main()
