"""Terms by name: a file, standard input, or what a store holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.session import session
from ledger.values.errors import Finding, Refused, Rejected

if TYPE_CHECKING:
    from ledger.terms.document import Terms

_DIGEST = re.compile(r"[0-9a-f]{8,64}\Z")


def read_terms(file: str) -> Terms:
    """The terms in a file (- for stdin). Raises `Rejected` with everything that is wrong with them."""
    from ledger.terms.written.document import parse_terms
    from ledger.terms.yaml_lines import SIZE_LIMIT, decode_utf8

    name = "standard input" if file == "-" else file
    try:
        with click.open_file(file, "rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        hint = "name a terms document, or - to read it from standard input"
        raise Rejected([Finding(f"cannot be read: {error.strerror or error}", hint, name)]) from None
    return parse_terms(decode_utf8(raw, name), name)


def find_terms(named: str) -> Terms:
    """The terms that somebody names: a file, - for stdin, an agreement of the store, or a digest's beginning.

    A file wins. An agreement stands for its terms in force, or for those proposed last where none are.
    """
    if named == "-" or Path(named).exists() or not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", named):
        return read_terms(named)
    if _DIGEST.match(named):
        return _by_digest(named)
    return _of_agreement(named)


def _of_agreement(book: str) -> Terms:
    from ledger.book import agreement as stream
    from ledger.terms.written.document import read_canonical

    try:
        ledger = session().ledger
        state = ledger.agreement(book)
    except Refused as error:
        hint = f"{error.hint}; or name a file" if error.hint else "name a file, or an agreement of the store"
        raise Refused(f"there is no file {book!r}, and {error.message}", hint) from None
    version = stream.last_version_on(state, ledger.today) or stream.last_in_force(state) or state.versions[-1]
    return read_canonical(version.terms)


def _by_digest(prefix: str) -> Terms:
    from ledger.terms.written.document import read_canonical

    ledger = session().ledger
    versions = [version for book in ledger.books.books() for version in ledger.agreement(book).versions]
    found = {version.digest: version.terms for version in versions if version.digest.startswith(prefix)}
    if len(found) != 1:
        what = "no terms" if not found else "several terms"
        raise Refused(f"{what} of the store have a digest that begins with {prefix}", "see pactbook agreement show")
    return read_canonical(next(iter(found.values())))
