"""The life of a dispute, as a specification."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import dispute
from ledger.book.dispute import Answer, Dispute
from ledger.book.events import (
    DisputeAnswered,
    DisputeOpened,
    DisputeResolved,
    DisputeWithdrawn,
    Event,
    Stamp,
)
from ledger.values.errors import Refused
from tests.ledger.book_examples import ANA, BEN, EVE, LEO, TERMS, after

STREAM = "acme-jot/dispute/2026-10-1"
FIGURE = "acme-jot/2026-10/jot/shares[1]"
EFFECT = {"acme": -2_000, "jot": 2_000}

Step = Callable[[Dispute], list[Event]]


def opens(
    stamp: Stamp = ANA,
    expected_minor: int = 12_000,
    effect_minor: dict[str, int] | None = None,
    reason: str = "thirty signups are missing",
    others: tuple[Dispute, ...] = (),
    dispute_id: str = "2026-10-1",
    figure: str = FIGURE,
) -> Step:
    return lambda state: dispute.open_dispute(
        state,
        dispute_id,
        period="2026-10",
        figure=figure,
        stated_minor=10_000,
        expected_minor=expected_minor,
        effect_minor=EFFECT if effect_minor is None else effect_minor,
        reason=reason,
        terms=TERMS,
        stamp=stamp,
        others=others,
    )


def answers(text: str = "they were bots", stamp: Stamp = BEN) -> Step:
    return lambda state: dispute.answer(state, text, TERMS, stamp)


def resolves(stamp: Stamp = BEN, corrections: tuple[str, ...] = (), reason: str = "looked at together") -> Step:
    return lambda state: dispute.resolve(state, reason, TERMS, stamp, corrections=corrections)


def withdraws(stamp: Stamp = ANA) -> Step:
    return lambda state: dispute.withdraw(state, "found them", stamp)


def life(*steps: Step) -> Dispute:
    """A dispute after some decisions, each of which happened."""
    state = dispute.initial()
    for step in steps:
        events = step(state)
        assert len(events) == 1
        state = after(dispute.evolve, state, events)
    return state


OPEN = (opens(),)
REJECTED = (opens(), resolves())
CORRECTED = (opens(), resolves(ANA, ("R-1",)))
WITHDRAWN = (opens(), withdraws())


@pytest.mark.parametrize(
    ("given_steps", "when", "event"),
    [
        (
            (),
            opens(),
            DisputeOpened(
                period="2026-10",
                figure=FIGURE,
                stated_minor=10_000,
                expected_minor=12_000,
                currency="EUR",
                effect_minor=EFFECT,
                reason="thirty signups are missing",
                **ANA.on(STREAM, 1),
            ),
        ),
        (OPEN, answers(), DisputeAnswered(answer="they were bots", **BEN.on(STREAM, 2))),
        (OPEN, resolves(), DisputeResolved(reason="looked at together", **BEN.on(STREAM, 2))),
        (
            OPEN,
            resolves(ANA, ("R-1", "R-2")),
            DisputeResolved(reason="looked at together", corrections=("R-1", "R-2"), **ANA.on(STREAM, 2)),
        ),
        (OPEN, withdraws(), DisputeWithdrawn(reason="found them", **ANA.on(STREAM, 2))),
        (OPEN, withdraws(LEO), DisputeWithdrawn(reason="found them", **LEO.on(STREAM, 2))),
    ],
)
def test_each_step_is_one_event(given_steps: tuple[Step, ...], when: Step, event: Event) -> None:
    """A dispute is opened and answered, and ends by corrections, by a rejection, or withdrawn."""
    assert when(life(*given_steps)) == [event]


@pytest.mark.parametrize(
    ("given_steps", "when", "message"),
    [
        ((), opens(EVE), "other is no party of acme-jot"),
        ((), opens(effect_minor={"other": 1}), "other is no party of acme-jot"),
        ((), opens(expected_minor=10_000), r"is stated as 100\.00 EUR, which is what is expected"),
        ((), opens(reason=""), "a reason is missing"),
        ((), opens(dispute_id=" 1"), "begins or ends with a space"),
        (OPEN, opens(expected_minor=13_000), r"jot already disputes .* \(2026-10-1\) and expects 120\.00 EUR"),
        (OPEN, opens(BEN), "there is a dispute 2026-10-1 already"),
        (REJECTED, opens(), "there is a dispute 2026-10-1 already"),
        ((), answers(), "there is no such dispute"),
        ((), resolves(), "there is no such dispute"),
        ((), withdraws(), "there is no such dispute"),
        (OPEN, answers(stamp=ANA), "jot opened the dispute 2026-10-1 and cannot answer it itself"),
        (OPEN, answers(stamp=LEO), "jot opened the dispute 2026-10-1 and cannot answer it itself"),
        (OPEN, answers(stamp=EVE), "other is no party of acme-jot"),
        (OPEN, answers(""), "a reason is missing"),
        (REJECTED, answers(), "the dispute 2026-10-1 is over: it was resolved"),
        (OPEN, resolves(ANA), "jot opened the dispute 2026-10-1 and cannot reject it itself"),
        (OPEN, resolves(EVE, ("R-1",)), "other is no party of acme-jot"),
        (OPEN, resolves(reason=" "), "a reason is missing"),
        (OPEN, resolves(corrections=("",)), "cannot be a reference"),
        (REJECTED, resolves(corrections=("R-1",)), "is over: it was resolved"),
        (WITHDRAWN, resolves(), "is over: it was withdrawn"),
        (OPEN, withdraws(BEN), "jot opened the dispute 2026-10-1, so only jot can withdraw it"),
        (REJECTED, withdraws(), "is over: it was resolved"),
        (OPEN, lambda state: dispute.withdraw(state, "", ANA), "a reason is missing"),
        (OPEN, answers("x" * 4001), "longer than 4000 characters"),
        ((), opens(figure="x" * 4001), "longer than 4000 characters"),
    ],
)
def test_a_step_that_cannot_be_is_refused(given_steps: tuple[Step, ...], when: Step, message: str) -> None:
    """The opener does not judge its own dispute, nobody else withdraws it, and what is over is over."""
    with pytest.raises(Refused, match=message) as refused:
        when(life(*given_steps))
    assert refused.value.hint


def test_a_figure_is_disputed_once_by_a_party() -> None:
    """Under another name the same dispute is no event while it is open; another expectation is refused."""
    known = life(opens())
    assert opens(LEO, others=(known,), dispute_id="2026-10-2")(dispute.initial()) == []
    with pytest.raises(Refused, match="jot already disputes"):
        opens(expected_minor=1, others=(known,), dispute_id="2026-10-2")(dispute.initial())
    assert opens(BEN, 9_000, others=(known,), dispute_id="2026-10-2")(dispute.initial())
    assert opens(others=(life(*REJECTED),), dispute_id="2026-10-2")(dispute.initial())


def test_every_answer_is_kept() -> None:
    """A dispute may be answered several times."""
    state = life(opens(), answers("first"), answers("second"))
    assert state.answers == (Answer("acme", "first"), Answer("acme", "second"))


def test_a_dispute_is_open_until_it_is_resolved_or_withdrawn() -> None:
    """Whichever way it ends, it is over; and one that never was opened is none."""
    assert dispute.is_open(life(*OPEN))
    for steps in (REJECTED, CORRECTED, WITHDRAWN, ()):
        assert not dispute.is_open(life(*steps))


def test_a_resolution_names_what_was_corrected() -> None:
    """The corrections lead from the dispute to the entries, and none means that it was rejected."""
    assert life(*CORRECTED).corrections == ("R-1",)
    assert life(*REJECTED).corrections == ()


def test_another_agreements_stream_is_its_own() -> None:
    """A dispute belongs to the book of the terms that it is opened under."""
    (event,) = dispute.open_dispute(
        dispute.initial(),
        "1",
        period="2026-10",
        figure=FIGURE,
        stated_minor=0,
        expected_minor=1,
        effect_minor={},
        reason="why",
        terms=replace(TERMS, agreement="acme-kim"),
        stamp=BEN,
    )
    assert event.book == "acme-kim"


STAMPS = st.sampled_from([ANA, BEN, LEO])
STEPS = st.one_of(
    st.builds(opens, STAMPS, st.sampled_from([12_000, 13_000])),
    st.builds(answers, st.sampled_from(["a", "b"]), STAMPS),
    st.builds(resolves, STAMPS, st.sampled_from([(), ("R-1",)])),
    st.builds(withdraws, STAMPS),
)


@given(st.lists(STEPS, max_size=20))
def test_whatever_was_decided_is_not_decided_twice(history: list[Step]) -> None:
    """After any command, the same command by the same actor gives no event."""
    state = dispute.initial()
    for step in history:
        try:
            state = after(dispute.evolve, state, step(state))
        except Refused:
            continue
        assert step(state) == []
