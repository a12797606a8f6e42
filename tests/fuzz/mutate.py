"""Changes to inputs that look like what people and programs get wrong: bytes, words, numbers, lines, whole pieces.

Every choice is made by one `random.Random`, so that a case is made again by its seed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

#: An input grows to no more than this by changes; large inputs have a list of their own, in `hostile`.
SIZE_LIMIT = 20_000

#: Numbers, days and texts that parsers trip over.
NUMBERS: tuple[str, ...] = (
    "0", "-0", "00", "1", "-1", "+1", "1.", ".5", "0.1", "1e9", "1e999999999", "1e-999999999", "1E+5", "1_000", "0x1F",
    "9" * 18, "9" * 40, "9" * 400, "9" * 5000, "-" + "9" * 5000, "0." + "0" * 60 + "1", "0." + "9" * 5000, "1/0", "0/0",
    "1/3", "-1/3", "1/" + "3" * 31, "1/" + "3" * 5000, "NaN", "-nan", "inf", "-Infinity", "\u0663", "\uff11\uff12",
    "\u00b2", "\u2167", "\u22121", "1,000.00", "1.000,00", "1 000", "1\u00a0000", "1'000", "(1)", "1-", "$1", "100%",
    "12.5 %", "%", "1000000000000000", "1000000000000001", "9223372036854775807", "9223372036854775808", "2147483648",
    "18446744073709551616", "-9223372036854775809",
)  # fmt: skip
DAYS: tuple[str, ...] = (
    "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01", "2024-02-30", "2023-02-29", "2024-02-29",
    "2026-13-01", "2026-00-10", "2026-1-1", "20260101", "2026-W01", "2026-W53-1", "2021-W53", "0001-W01", "9999-W52",
    "9999-W53", "2026-Q4", "2026-Q5", "2026-366", "2026-12", "9999-12", "0001-01", "0000", "9999", "2026", "01/02/2026",
    "2026-01-01T00:00:00Z", "2026-01-01T24:00:00+00:00", "9999-12-31T23:59:59.999999-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-01-01T00:00:60Z", "2016-12-31T23:59:60Z", "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661", "today",
    "now",
)  # fmt: skip
TEXTS: tuple[str, ...] = (
    "", " ", "\0", "\x01", "\x1b[2J", "\x7f", "\x85", "\u00a0", "\u200b", "\u200f", "\u2028", "\u202e", "\u2066",
    "\ufeff",
    "\ufffe", "\uffff", "\u0430cme", "e\u0301", "\u1e9b\u0323", "\U0001f40d", "\U0010ffff",
    "\ufdfa" * 20, "a\u0300" * 30,
    "x" * 300, "../../etc/passwd", "/", ".", "..", "-", "--", "~", "null", "true", "no", "{}", "[]", "{", "[", "}",
    '"', "'",
    "\\", "\\u0000", "\\ud800", "\\UFFFFFFFF", "&a", "*a", "!!python/none", "!", "|", ">", "<<", "? ", ": ", "- ", "#",
    "%",
    "%s", "%n", "{0}", "{0.__class__}", "${HOME}", "$(id)", "`id`", "';--", "=1+1", "@x", "a/b", "a/", "/b", "a/b/c",
    "a b",
    "PK\x03\x04", "\t", "\n", "\r", "\r\n", "\n\n", "\x0b", "\x0c", ",", ";", "|", "\ud800", "\udcff",
)  # fmt: skip
RAW: tuple[bytes, ...] = (
    b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80",
    b"\xc3",
    b"\0" * 8, b"\xff" * 8, b"\x7f\xff\xff\xff\xff\xff\xff\xff", b"PK\x05\x06", b"-----BEGIN ", b"SQLite format 3\0",
)  # fmt: skip

NASTY: tuple[bytes, ...] = (
    *(text.encode("utf-8", "surrogatepass") for text in (*NUMBERS, *DAYS, *TEXTS)),
    *RAW,
)

_NUMBER = re.compile(rb"[+-]?[0-9][0-9.,/%-]*")
_TOKEN = re.compile(rb"[A-Za-z0-9_.%+/-]+|\s+|.", re.DOTALL)


class Mutator:
    """Makes inputs out of others: one of them changed a little, or two of them put together."""

    def __init__(self, random: Random, corpus: Sequence[bytes]) -> None:
        self.random = random
        self.corpus = corpus
        #: The first are drawn more often: most inputs should still be read for some way.
        self._changes: tuple[Callable[[bytes], bytes], ...] = (
            self._number, self._token, self._token, self._cut, self._insert, self._bytes, self._double, self._lines,
            self._splice, self._number, self._foreign_token, self._ends, self._encoding, self._nest, self._truncate,
        )  # fmt: skip

    def next(self) -> bytes:
        """A new input."""
        data = self.random.choice(self.corpus)
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3, 5))):
            changed = self.random.choice(self._changes)(data)
            if len(changed) <= SIZE_LIMIT or len(changed) <= len(data):
                data = changed
        return data

    # --- changes ----------------------------------------------------------------------------------------------

    def _nasty(self) -> bytes:
        return self.random.choice(NASTY)

    def _span(self, data: bytes) -> tuple[int, int]:
        start = self.random.randrange(len(data) + 1)
        return start, min(len(data), start + self.random.choice((1, 1, 2, 4, 16, 64, 256)))

    def _cut(self, data: bytes) -> bytes:
        start, end = self._span(data)
        return data[:start] + data[end:]

    def _insert(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data) + 1)
        return data[:at] + self._nasty() + data[at:]

    def _bytes(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self.random.choice((1, 1, 2, 8))):
            if changed:
                at = self.random.randrange(len(changed))
                changed[at] = self.random.choice(
                    (changed[at] ^ 1 << self.random.randrange(8), self.random.randrange(256))
                )
        return bytes(changed)

    def _double(self, data: bytes) -> bytes:
        start, end = self._span(data)
        return data[:end] + data[start:end] * self.random.choice((1, 1, 2, 50)) + data[end:]

    def _number(self, data: bytes) -> bytes:
        return self._replaced(data, list(_NUMBER.finditer(data)), self.random.choice((*NUMBERS, *DAYS)).encode())

    def _token(self, data: bytes) -> bytes:
        return self._replaced(data, self._tokens(data), self._nasty())

    def _foreign_token(self, data: bytes) -> bytes:
        other = self._tokens(self.random.choice(self.corpus))
        return self._replaced(data, self._tokens(data), self.random.choice(other)[0] if other else b"")

    def _tokens(self, data: bytes) -> list[re.Match[bytes]]:
        """The tokens of a part of the input: looking at all of a long one would take longer than the parser does."""
        start = self.random.randrange(max(1, len(data) - 2000))
        return list(_TOKEN.finditer(data, start, start + 4000))

    def _replaced(self, data: bytes, found: Sequence[re.Match[bytes]], by: bytes) -> bytes:
        if not found:
            return self._insert(data)
        match = self.random.choice(found)
        return data[: match.start()] + by + data[match.end() :]

    def _lines(self, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        if len(lines) < 2:
            return self._double(data)
        one, other = self.random.randrange(len(lines)), self.random.randrange(len(lines))
        match self.random.randrange(4):
            case 0:
                lines[one], lines[other] = lines[other], lines[one]
            case 1:
                del lines[one]
            case 2:
                lines.insert(one, lines[other])
            case _:
                indent = self.random.choice((b" ", b"  ", b"\t", b"- ", b"#"))
                lines[one] = indent + lines[one] if self.random.random() < 0.5 else lines[one].lstrip()
        return b"".join(lines)

    def _splice(self, data: bytes) -> bytes:
        other = self.random.choice(self.corpus)
        start, end = self._span(other)
        if self.random.random() < 0.3:
            start, end = (start, len(other)) if self.random.random() < 0.5 else (0, end)
        at, until = self._span(data)
        return data[:at] + other[start:end] + data[until:]

    def _ends(self, data: bytes) -> bytes:
        old, new = self.random.choice(((b"\n", b"\r\n"), (b"\n", b"\r"), (b"\n", b"\n\n"), (b"\n", b""), (b" ", b"\t")))
        return data.replace(old, new, self.random.choice((1, -1)))

    def _encoding(self, data: bytes) -> bytes:
        text = data.decode("utf-8", "replace")
        return text.encode(self.random.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252")), "replace")

    def _nest(self, data: bytes) -> bytes:
        opening, closing = self.random.choice(
            ((b"[", b"]"), (b"{", b"}"), (b'"', b'"'), (b"(", b")"), (b'{"a":', b"}"))
        )
        depth = self.random.choice((1, 2, 70, 1100))
        start, end = self._span(data)
        return data[:start] + opening * depth + data[start:end] + closing * depth + data[end:]

    def _truncate(self, data: bytes) -> bytes:
        start, _ = self._span(data)
        return data[:start] if self.random.random() < 0.7 else data[start:]
