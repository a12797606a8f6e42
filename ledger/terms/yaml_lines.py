"""YAML as text with line numbers: what a person wrote, not what YAML makes of it.

YAML reads `1.10` as a float, `no` as false and `010` as eight. Here every scalar stays the text that was
written, so that each field decides what it means, and every value knows its line, so that an error can
point at it. What a document of a few pages never needs is refused: anchors and aliases (which can blow up
a small file), tags, several documents, repeated keys, keys that are not plain text, very deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import yaml

from ledger.values.errors import Finding, Rejected

Path = tuple[str | int, ...]
Data: TypeAlias = "dict[str, Data] | list[Data] | str | None"
Lines = dict[Path, int]

#: A document of more bytes than this is refused before it is read.
SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 64
_FINDINGS_LIMIT = 100

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HINTS = (
    ("\\t", "indent with spaces, not with tabs"),
    ("cannot start any token", "put text that begins with a special character into quotes"),
    ("mapping values are not allowed", 'put text that contains ": " into quotes, and check the indentation'),
    ("could not find expected ':'", "write `key: value`, one on each line"),
    ("<block end>", "check the indentation, and put text that begins with { or [ into quotes"),
    ("end of stream", "a quote or a bracket is not closed"),
)


def read_yaml(text: str, file: str) -> tuple[dict[str, Data], Lines]:
    """The mapping that a YAML document holds, and the line (from 1) of each place in it.

    Data is made of dict, list, str and None only. A path is a tuple such as `("shares", 0, "fee")`; an
    item of a mapping has the line of its key, and `()` is the document. `file` names it in errors.

    Raises `Rejected`, with every finding up to the first error of syntax.
    """
    if len(text) > SIZE_LIMIT or len(text.encode("utf-8", "surrogatepass")) > SIZE_LIMIT:
        raise Rejected([Finding(f"the document is larger than {SIZE_LIMIT} bytes", file=file)])
    text = text.removeprefix("\ufeff")
    if bad := _UNPRINTABLE.search(text):
        raise Rejected([_unprintable(bad[0], file, *_position(text, bad.start()))])
    reader = _Reader(yaml.parse(text, Loader=yaml.SafeLoader), file)
    data = reader.document()
    if reader.findings:
        raise Rejected(reader.findings[:_FINDINGS_LIMIT], more=max(0, len(reader.findings) - _FINDINGS_LIMIT))
    if not isinstance(data, dict):
        what = "is empty" if data is None else "is not a mapping"
        raise Rejected([Finding(f"the document {what}", "write `key: value` lines", file, reader.lines.get((), 1))])
    return data, reader.lines


def decode_utf8(raw: bytes, file: str) -> str:
    """The text of a document's bytes. Raises `Rejected` for too many of them, or when they are not UTF-8."""
    if len(raw) > SIZE_LIMIT:
        raise Rejected([Finding(f"the document is larger than {SIZE_LIMIT} bytes", file=file)])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _position(raw[: error.start].decode("utf-8"), None)
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise Rejected([Finding(message, "save the file as UTF-8", file, line, column)]) from None


def path_text(path: Path) -> str:
    """A path as people read it: `("shares", 1, "fee")` is `shares[2].fee`, counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def findings_of(messages: object, lines: Lines, file: str, path: Path = ()) -> list[Finding]:
    """A finding at its place for each message about a document, in the order of its lines.

    `messages` is nested as the document is, as marshmallow's `ValidationError.messages` are: mappings by
    key or index down to lists of texts. A text may have a `hint`; `_schema` means the place itself. What
    has no line (a key that is missing) gets the line of what it is missing from.
    """
    return sorted(_findings_of(messages, lines, file, path), key=lambda finding: finding.line or 0)


def _findings_of(messages: object, lines: Lines, file: str, path: Path) -> Iterator[Finding]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _findings_of(inner, lines, file, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _findings_of(inner, lines, file, path)
    else:
        line = next((lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), None)
        hint = getattr(messages, "hint", None)
        yield Finding(str(messages), hint, file, line, path=path_text(path) or None)


class _Reader:
    """Builds data out of parser events; a place that is wrong is noted and read on past."""

    def __init__(self, events: Iterator[yaml.Event], file: str) -> None:
        self.events = events
        self.file = file
        self.lines: Lines = {}
        self.findings: list[Finding] = []

    def document(self) -> Data:
        """The first document; a second one, or an error of syntax, becomes a finding."""
        data: Data = None
        documents = 0
        try:
            for event in self.events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self.note(event, (), "a second document starts here", "keep one document in a file")
                        break
                elif isinstance(event, yaml.NodeEvent):
                    data = self.value(event, ())
        except yaml.MarkedYAMLError as error:
            self.findings.append(_syntax(error, self.file))
        except _TooDeep:
            pass
        except (yaml.YAMLError, ValueError, OverflowError):
            # PyYAML lets `chr` and `int` fail on escapes such as "\UFFFFFFFF" and on endless version numbers.
            self.findings.append(Finding("not valid YAML: a number in it is out of range", file=self.file))
        return data

    def value(self, event: yaml.Event, path: Path) -> Data:
        """The value that starts with this event."""
        self.lines.setdefault(path, _place(event)[0])
        if isinstance(event, yaml.AliasEvent):
            self.note(event, path, f"an alias (*{event.anchor}) is not allowed", "write the value out")
            return None
        assert isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent))
        if event.anchor is not None:
            self.note(event, path, f"an anchor (&{event.anchor}) is not allowed", "write the value out")
        if event.tag is not None:
            self.note(event, path, f"a tag ({event.tag}) is not allowed", "leave it out: every value is text")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if len(path) >= DEPTH_LIMIT:
            self.note(event, path[:4], f"nested more than {DEPTH_LIMIT} levels deep", None)
            raise _TooDeep
        return self.mapping(path) if isinstance(event, yaml.MappingStartEvent) else self.sequence(path)

    def scalar(self, event: yaml.ScalarEvent) -> str | None:
        text = event.value
        if not event.style and text in _NULLS:
            return None
        if bad := _UNPRINTABLE.search(text):
            self.findings.append(_unprintable(bad[0], self.file, *_place(event)))
        return text

    def sequence(self, path: Path) -> list[Data]:
        items: list[Data] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.value(event, (*path, len(items))))
        return items

    def mapping(self, path: Path) -> dict[str, Data]:
        items: dict[str, Data] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, path)
            place = path if key is None else (*path, key)
            if key is not None and key in items:
                first = self.lines[place]
                self.note(event, place, f"{key!r} is written twice", f"it is already on line {first}; keep one")
            elif key is not None:
                self.lines[place] = _place(event)[0]
            value = self.value(next(self.events), place)
            if key is not None:
                items.setdefault(key, value)
        return items

    def key(self, event: yaml.Event, path: Path) -> str | None:
        """The text of a key, or None (and a finding) when it is none."""
        if isinstance(event, yaml.ScalarEvent):
            text = self.value(event, path)
            if isinstance(text, str) and text:
                return text
        else:
            self.value(event, (*path, "?"))  # a level of its own: keys within keys are nested, too
        self.note(event, path, "a key must be text", "write a word before the colon")
        return None

    def note(self, event: yaml.Event, path: Path, message: str, hint: str | None) -> None:
        self.findings.append(Finding(message, hint, self.file, *_place(event), path_text(path) or None))


class _TooDeep(Exception):
    """The document is nested too deep to read on."""


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column of an event, from 1."""
    mark = event.start_mark
    assert mark is not None
    return mark.line + 1, mark.column + 1


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Finding:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or error.context or "it cannot be read"
    hint = next((hint for part, hint in _HINTS if part in problem), None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return Finding(f"not valid YAML: {problem}", hint, file, line, column)


def _unprintable(character: str, file: str, line: int, column: int) -> Finding:
    return Finding(f"the character U+{ord(character):04X} is not allowed", "remove it", file, line, column)


def _position(text: str, index: int | None) -> tuple[int, int]:
    """Line and column, from 1, of a place in a text (of its end for None)."""
    before = text if index is None else text[:index]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
