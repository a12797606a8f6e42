"""A file to import: read once for its digest and its encoding, then again for its rows.

The digest stands on every event, so it must be known before the first row. Standard input and pipes cannot
be read twice; they are copied to a temporary file.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO

from cli.imports.mapping import Encoding
from ledger.values.errors import Finding, Rejected

#: A line of more bytes than this is no row of a table.
LINE_LIMIT = 1 << 20
_CHUNK = 1 << 20
_WORKBOOK = b"PK\x03\x04"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Source:
    """An open file with its SHA-256; `problem` is why its bytes cannot be read as text, if they cannot."""

    def __init__(self, file: str | Path | BinaryIO, encoding: Encoding, name: str) -> None:
        self.name = name
        try:
            self.stream = _reopenable(file)
            self._closing = weakref.finalize(self, self.stream.close)
            self.digest, self.problem = _scan(self.stream, encoding, name)
            self._state = _state(self.stream)
        except OSError as error:
            raise Rejected([Finding(f"cannot be read: {error.strerror or error}", file=name)]) from None

    def changed(self) -> bool:
        """Whether somebody wrote to the file since its digest was taken."""
        return _state(self.stream) != self._state

    def close(self) -> None:
        """Close the file (and forget a copy)."""
        self._closing()


def _state(stream: BinaryIO) -> tuple[int, int]:
    status = os.fstat(stream.fileno())
    return status.st_size, status.st_mtime_ns


def _reopenable(file: str | Path | BinaryIO) -> BinaryIO:
    """The file, opened so that it can be read twice."""
    if isinstance(file, (str, Path)):
        opened: BinaryIO = open(file, "rb")  # noqa: SIM115  (closed with the source)
        if opened.seekable():
            return opened
        with opened:
            return _copy(opened)
    return _copy(file)


def _copy(stream: BinaryIO) -> BinaryIO:
    copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the source)
    while chunk := stream.read(_CHUNK):
        copy.write(chunk)
    copy.flush()
    copy.seek(0)
    return copy


def _scan(stream: BinaryIO, encoding: Encoding, name: str) -> tuple[str, Finding | None]:
    """The digest of all bytes, and the first thing that keeps them from being text."""
    digest = hashlib.sha256()
    check = _Check(encoding, name)
    problem: Finding | None = None
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        problem = problem or check.chunk(chunk)
    return digest.hexdigest(), problem or check.end()


class _Check:
    """Looks at bytes as they pass: encoding, NUL, endless lines, and files of another kind."""

    def __init__(self, encoding: Encoding, name: str) -> None:
        self.encoding = encoding
        self.name = name
        self.decoder = codecs.getincrementaldecoder(encoding.value)("strict")
        self.offset = 0
        self.line = 1
        self.open_line = 0

    def chunk(self, chunk: bytes) -> Finding | None:
        problem = self._kind(chunk) if self.offset == 0 else None
        problem = problem or self._text(chunk, final=False)
        self.offset += len(chunk)
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self.open_line = self.open_line + len(chunk) if end < 0 else len(chunk) - end - 1
        if problem is None and self.open_line > LINE_LIMIT:
            problem = self._finding(f"a line is longer than {LINE_LIMIT} bytes", "is this a table?")
        return problem

    def end(self) -> Finding | None:
        return self._text(b"", final=True)

    def _kind(self, head: bytes) -> Finding | None:
        if head.startswith(_WORKBOOK):
            return self._finding("is a workbook or an archive, not text", "save the sheet as CSV")
        utf_16 = head.startswith(_UTF_16)
        if utf_16 and self.encoding in (Encoding.UTF_8, Encoding.UTF_8_SIG):
            return self._finding("is UTF-16", "write `encoding: utf-16` in the mapping")
        if not utf_16 and self.encoding is Encoding.UTF_16:
            return self._finding("does not begin with the mark of UTF-16", "leave `encoding` out for UTF-8")
        return None

    def _text(self, chunk: bytes, *, final: bool) -> Finding | None:
        try:
            text = self.decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            held = len(error.object) - len(chunk)
            at, byte = self.offset - held + error.start, error.object[error.start]
            self.line += chunk.count(b"\n", 0, max(0, error.start - held))
            hint = "name the file's encoding in the mapping; Excel in Europe often writes `encoding: cp1252`"
            return self._finding(f"byte 0x{byte:02x} at offset {at} is not {self.encoding}", hint)
        if "\0" in text:
            self.line += text.count("\n", 0, text.index("\0"))
            return self._finding("has a NUL character", "is this a text file?")
        self.line += text.count("\n")
        return None

    def _finding(self, message: str, hint: str) -> Finding:
        return Finding(message, hint, self.name, self.line)
