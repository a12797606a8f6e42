"""The same decision on many entries, in one transaction: all of them, or none.

Whoever voids the eight hundred orders of a returned shipment wants no list of which ones went through. The
entries are read and written in batches on one writer's turn, so it takes moments, and nobody gets in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from ledger.application.core import Core, Decision
from ledger.book import entry
from ledger.book.events import Event
from ledger.store.appender import Appender
from ledger.values.errors import Finding, Refused

BATCH = 1_000

Item = TypeVar("Item")


class ManyRefused(Refused):
    """Rules said no to some of many entries; nothing was recorded for any of them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(finding.message for finding in findings))
        self._findings = tuple(findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was refused, entry by entry."""
        return self._findings


def decide_all(core: Core, book: str, references: Sequence[str], decide: Callable[[entry.Entry], Decision]) -> Decision:
    """Decide on each of the entries, and record all that comes of it, or nothing when one is refused.

    An entry that is named twice is decided on once. Raises `Refused` with everything that was refused.
    """
    decided: Decision = []
    findings: list[Finding] = []
    with core.books.appending() as appender:
        for batch in batches(dict.fromkeys(references), BATCH):
            found, refused = _decide_batch(core, book, batch, decide, appender)
            decided += found
            findings += refused
        if findings:
            appender.rollback()
            raise _refusal(findings)
        if core.dry_run:
            appender.rollback()
        else:
            appender.append([core.mapper.to_stored_event(event) for event in decided])
    return decided


def _decide_batch(
    core: Core, book: str, references: list[str], decide: Callable[[entry.Entry], Decision], appender: Appender
) -> tuple[Decision, list[Finding]]:
    names = {each: entry.stream(book, each) for each in references if each.isprintable()}
    states = entry_states(core, appender, list(names.values()))
    decided: Decision = []
    findings = []
    for reference in references:
        state = states.get(names.get(reference, ""), entry.initial())
        try:
            if not state.contents:
                raise Refused(f"{book} has no entry {reference!r}", f"list them: pactbook entries {book}")
            decided += decide(state)
        except Refused as error:
            findings.append(Finding(error.message, error.hint))
    return decided, findings


def _refusal(findings: list[Finding]) -> Refused:
    [first, *more] = findings
    return ManyRefused(findings) if more else Refused(first.message, first.hint)


def entry_states(core: Core, appender: Appender, names: Sequence[str]) -> dict[str, entry.Entry]:
    """The states of many entries, by stream, as a writer's turn sees them."""
    states = {}
    for name, stored in appender.streams(names).items():
        state = entry.initial()
        for each in stored:
            event = core.mapper.to_domain_event(each)
            assert isinstance(event, Event)
            state = entry.evolve(state, event)
        states[name] = state
    return states


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of up to `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
