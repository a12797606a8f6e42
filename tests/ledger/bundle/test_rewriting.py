"""Whole events dropped, swapped, repeated, moved, cut off or signed by another; and a book that is rewritten with care.

What an attacker can compute anew is computed anew: leaves, root, manifest, terms, statements, and what closings and
acknowledgements say of them. It cannot sign, and it cannot change a checkpoint that somebody else keeps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import msgspec
import pytest

from ledger.book.events import Event, PeriodClosed, ResultReported
from ledger.book.signing_events import KeyRegistered, StatementAcknowledged
from ledger.bundle.contents import statement_members
from ledger.settlement.replay import Replay
from ledger.settlement.statement import Statement
from ledger.store.checkpoint import Checkpoint, text_of
from ledger.store.encoding import decode, encode
from ledger.store.notes import Note
from ledger.store.proof import Frontier, leaf_hash
from tests.ledger.bundle.forging import BOOK as LINES
from tests.ledger.bundle.forging import lines, opened, problems, rewritten, written
from tests.ledger.bundle.signed_book import BOOK, key_of, signed

STORED = lines(signed().bundle)
EVENTS = [decode(line) for line in STORED]
LAST = len(STORED)


def changes() -> Iterator[tuple[str, int, list[bytes]]]:
    """Every way to drop, repeat, swap or move an event: what was done, the first place concerned, the lines."""
    for place in range(LAST):
        rest = STORED[:place] + STORED[place + 1 :]
        yield f"drop {place + 1}", place, rest
        yield f"repeat {place + 1}", place + 1, [*STORED[: place + 1], *STORED[place:]]
        yield f"cut before {place + 1}", place, STORED[:place]
        for to in range(place + 1, LAST):
            yield f"move {place + 1} to {to + 1}", place, [*rest[:to], STORED[place], *rest[to:]]
            swapped = list(STORED)
            swapped[place], swapped[to] = swapped[to], swapped[place]
            yield f"swap {place + 1} and {to + 1}", place, swapped


def with_lines(stored: list[bytes]) -> bytes:
    """The bundle with other lines, and everything else as it was."""
    return written(opened(signed().bundle) | {LINES: b"".join(each + b"\n" for each in stored)})


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_an_event_out_of_its_place_is_found(step: int) -> None:
    """By its leaf; the first event that is concerned is named."""
    for what, place, stored in list(changes())[::step]:
        found = problems(with_lines(stored))
        assert found, what
        if place < len(stored):
            named = [problem for problem in found if problem.startswith(f"event {place + 1} ")]
            assert named, (what, found)


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_an_event_out_of_its_place_is_found_by_who_kept_a_checkpoint(step: int) -> None:
    """Also where leaves, root, terms, statements and manifest were made to fit, and only that."""
    for what, place, stored in list(changes())[::step]:
        data = rewritten(stored, BOOK, honest=False)
        if what == "repeat 14" or not stored:
            assert problems(data)
        elif place + 1 <= signed().first.head.size:
            assert problems(data, signed().first), what
        else:
            assert problems(data, signed().last), what


# --- an attacker who takes care of everything -----------------------------------------------------------------


def with_care(events: list[Event], sign: Callable[[Event, str], str | None] = lambda event, text: None) -> list[bytes]:
    """The lines of a history in which every version, cut-off, root and digest is what it would honestly have been."""
    tree, versions, done = Frontier(), dict[str, int](), list[tuple[int, Event]]()
    closed: dict[str, PeriodClosed] = {}
    for seq, event in enumerate(events, 1):
        versions[event.stream] = versions.get(event.stream, 0) + 1
        event = msgspec.structs.replace(event, version=versions[event.stream])
        if isinstance(event, PeriodClosed):
            event = msgspec.structs.replace(event, cutoff_seq=seq - 1, root=tree.root().hex())
            replay = Replay(BOOK, [*done, (seq, event)])
            made = dict(statement_members(replay))[f"statements/{event.period}.json"]
            balances = {each.party: each.closing.minor for each in _statement(replay, event).accounts}
            event = msgspec.structs.replace(event, statement=hashlib.sha256(made).hexdigest(), closing_minor=balances)
            closed[event.period] = event
        if isinstance(event, StatementAcknowledged):
            of = closed[event.period]
            event = msgspec.structs.replace(
                event, statement=of.statement, size=of.cutoff_seq, root=of.root, signature=sign(event, event.period)
            )
        done.append((seq, event))
        tree = tree.push(leaf_hash(encode(event)))
    return [encode(event) for _, event in done]


def _statement(replay: Replay, event: PeriodClosed) -> Statement:
    from ledger.settlement.closing import statement_of
    from ledger.values.periods import parse_period

    return statement_of(replay, parse_period(event.period))


def inflated() -> list[Event]:
    """The history in which Ann's first result was ten times as much."""
    place = next(n for n, event in enumerate(EVENTS) if isinstance(event, ResultReported))
    fact = msgspec.structs.replace(EVENTS[place].fact, amount_minor=10_010)  # type: ignore[attr-defined]
    return [*EVENTS[:place], msgspec.structs.replace(EVENTS[place], fact=fact), *EVENTS[place + 1 :]]


def test_taking_care_gives_the_honest_book() -> None:
    """The attacker's tool is sound: of the true events it makes the true lines, but for the signature."""
    signature = next(each.signature for each in EVENTS if isinstance(each, StatementAcknowledged) and each.signature)
    honest = with_care(EVENTS, lambda event, _: getattr(event, "signature", None))
    assert signature is not None
    assert honest == STORED
    assert problems(rewritten(honest, BOOK), signed().first) == []


def test_a_rewritten_book_keeps_a_signature_that_is_not_of_it() -> None:
    """Who has signed for a statement need not have kept anything: its acknowledgement gives the forger away."""
    stored = with_care(inflated(), lambda event, _: getattr(event, "signature", None))
    found = problems(rewritten(stored, BOOK))
    place = next(n for n, event in enumerate(EVENTS) if isinstance(event, StatementAcknowledged))
    assert found == [problem for problem in found if problem.startswith(f"event {place + 1}: the signature does not")]
    assert len(found) == 1


def test_a_rewritten_book_is_not_the_one_of_a_checkpoint_that_was_kept() -> None:
    """Without the signature nothing in the file is wrong: that is what a checkpoint in other hands is for."""
    data = rewritten(with_care(inflated()), BOOK)
    assert problems(data) == []
    for kept in (signed().first, signed().last):
        (found,) = problems(data, kept)
        assert "have another root" in found


def test_a_book_without_its_newest_events_is_only_too_short_for_a_later_checkpoint() -> None:
    """A file alone cannot say what was left out of it."""
    data = rewritten(STORED[:-2], BOOK)
    assert problems(data) == []
    assert problems(data, signed().first) == []
    (found,) = problems(data, signed().last)
    assert f"is of {LAST} events; there are only {LAST - 2}" in found


def test_a_signature_by_another_key_does_not_count() -> None:
    """Neither one of a stranger, nor one of the other party, nor one of a key that is registered only later."""

    def signed_by(actor: str) -> Callable[[Event, str], str | None]:
        return lambda event, _: None if event.signature is None else again(event, actor)  # type: ignore[attr-defined]

    def again(event: Event, actor: str) -> str:
        from ledger.book.acknowledgement import signed_text

        assert isinstance(event, StatementAcknowledged)
        text = signed_text(BOOK, event.period, event.statement, event.size, event.root)
        return str(key_of(actor).sign(text)).removesuffix("\n")

    for actor, expected in (("b/bo", 0), ("a/ann", 1), ("c/eve", 1)):
        found = problems(rewritten(with_care(EVENTS, signed_by(actor)), BOOK))
        assert len(found) == expected, (actor, found)
        assert all("the signature does not count" in problem for problem in found)


def test_a_key_of_a_stranger_cannot_be_slipped_in() -> None:
    """Who registers a key has to be a party, and the key has to bear its name."""
    place = next(n for n, event in enumerate(EVENTS) if isinstance(event, KeyRegistered))
    eve = str(key_of("c/eve").public())
    for event in (
        msgspec.structs.replace(EVENTS[place], key=eve),
        msgspec.structs.replace(EVENTS[place], key=eve, actor="c/eve", stream=f"{BOOK}/key/c"),
    ):
        found = problems(rewritten(with_care([*EVENTS[:place], event, *EVENTS[place + 1 :]]), BOOK))
        assert any(problem.startswith(f"event {place + 1}, by") for problem in found), found


@pytest.mark.parametrize("name", ["b/bo", "a/ann"])
def test_nobody_signs_a_checkpoint_in_the_name_of_another(name: str) -> None:
    """A name below a checkpoint counts for nothing; the key does."""
    head = Frontier().extend(map(leaf_hash, STORED)).head()
    text = text_of(BOOK, head)
    eve = key_of("c/eve")
    forged = type(eve)(name, eve.private)
    note = Checkpoint(BOOK, head, Note(text).signed((forged.sign(text),)))
    member = {f"checkpoints/{head.size}.txt": str(note.note).encode()}
    (found,) = problems(rewritten(STORED, BOOK, member))
    assert "has not registered the key" in found
