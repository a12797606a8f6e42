"""The life of an entry, as a specification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.book import entry, liability
from ledger.book.entry import Entry, Status
from ledger.book.events import (
    Advance,
    AdvancePaid,
    CapitalContributed,
    CapitalWithdrawn,
    Contribution,
    Cost,
    CostIncurred,
    EntryConfirmed,
    EntryCorrected,
    EntryRejected,
    EntryVoided,
    Event,
    Fact,
    Liability,
    LiabilityPart,
    LiabilityRecognised,
    Result,
    ResultReported,
    Stamp,
    Withdrawal,
)
from ledger.book.movements import Kind, Movement
from ledger.values.errors import Refused
from tests.ledger.book_examples import ANA, BEN, EVE, KAI, LEO, OF_THREE, TERMS, Account, Terms, after

OCT_5 = date(2026, 10, 5)
SALES = Result(metric="sales", effective_on=OCT_5, amount_minor=50_000, currency="EUR", collected_by="acme")
SIGNUPS = Result(metric="signups", effective_on=OCT_5, quantity_micro=30_000_000)
MEDIA = Cost(category="media", effective_on=OCT_5, amount_minor=20_000, currency="EUR", paid_by="jot")
CHARGEBACK = Liability(category="chargebacks", effective_on=OCT_5, amount_minor=9_000, currency="EUR")
STAKE = Contribution(party="jot", effective_on=OCT_5, amount_minor=100_000, currency="EUR")
DRAWING = Withdrawal(party="jot", effective_on=OCT_5, amount_minor=40_000, currency="EUR")
ADVANCE = Advance(paid_by="acme", paid_to="jot", effective_on=OCT_5, amount_minor=70_000, currency="EUR")

CAUTIOUS = replace(TERMS, confirm={"cost": 10_000, "result": 60_000})
MORE_MEDIA = msgspec.structs.replace(MEDIA, amount_minor=25_000)
STREAM = "acme-jot/entry/INV-7"


def recorded(fact: Fact, stamp: Stamp, terms: Terms = TERMS) -> Entry:
    """An entry INV-7 of which one fact is recorded."""
    return after(entry.evolve, entry.initial(), entry.record(entry.initial(), "INV-7", fact, terms, stamp))


def then(state: Entry, events: list[Event]) -> Entry:
    """The entry after a decision."""
    return after(entry.evolve, state, events)


# --- recording --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "stamp", "event"),
    [
        (SALES, BEN, ResultReported),
        (SIGNUPS, BEN, ResultReported),
        (MEDIA, ANA, CostIncurred),
        (CHARGEBACK, BEN, LiabilityRecognised),
        (STAKE, ANA, CapitalContributed),
        (DRAWING, ANA, CapitalWithdrawn),
        (ADVANCE, BEN, AdvancePaid),
    ],
)
def test_each_kind_of_fact_is_recorded_by_its_own_event(fact: Fact, stamp: Stamp, event: Callable[..., Event]) -> None:
    """A fact is recorded by the event that the business calls it, first in a stream of its reference, and counts."""
    assert entry.record(entry.initial(), "INV-7", fact, TERMS, stamp) == [event(fact=fact, **stamp.on(STREAM, 1))]
    state = recorded(fact, stamp)
    assert entry.is_counted(state)
    assert (state.reference, state.recorder, entry.current(state)) == ("INV-7", stamp.party, fact)


def test_a_record_keeps_where_it_came_from() -> None:
    """Note, source, original text and evidence go on record with the fact."""
    digest = "ab" * 32
    events = entry.record(
        entry.initial(), "INV-7", MEDIA, TERMS, ANA, note="n", source="f:3", original="200.004", evidence=(digest,)
    )
    header = ANA.on(STREAM, 1)
    assert events == [
        CostIncurred(fact=MEDIA, note="n", source="f:3", original="200.004", evidence=(digest,), **header)
    ]


def test_a_reference_may_hold_a_slash() -> None:
    """A reference is everything after `entry/`, slashes included."""
    state = then(entry.initial(), entry.record(entry.initial(), "2026/117", MEDIA, TERMS, ANA))
    assert (state.stream, state.reference) == ("acme-jot/entry/2026/117", "2026/117")


def test_other_content_under_the_same_reference_is_a_correction() -> None:
    """A reference that is taken refuses other content, and points to `pactbook correct`."""
    with pytest.raises(Refused, match="INV-7 is already recorded with other content") as refused:
        entry.record(recorded(MEDIA, ANA), "INV-7", MORE_MEDIA, TERMS, ANA)
    assert "pactbook correct acme-jot INV-7" in str(refused.value.hint)


def test_content_from_before_a_correction_is_not_recorded_again() -> None:
    """A file imported again after a correction changes nothing: its content is known already."""
    state = recorded(MEDIA, ANA)
    state = then(state, entry.correct(state, MORE_MEDIA, "invoice was wrong", TERMS, ANA))
    assert entry.record(state, "INV-7", MEDIA, TERMS, ANA) == []
    assert entry.current(state) == MORE_MEDIA


def test_a_known_fact_is_known_even_without_terms() -> None:
    """Recording the same again after the agreement ended is harmless."""
    assert entry.record(recorded(MEDIA, ANA), "INV-7", MEDIA, None, ANA) == []


def test_a_voided_reference_is_not_used_again() -> None:
    """Content after a void needs a reference of its own, also the content that was voided: it is not "already so"."""
    state = recorded(MEDIA, ANA)
    state = then(state, entry.void(state, "paid twice", ANA))
    for fact in (MEDIA, MORE_MEDIA):
        with pytest.raises(Refused, match="INV-7 was voided; it does not count") as refused:
            entry.record(state, "INV-7", fact, TERMS, ANA)
        assert refused.value.hint == "record it anew under another reference"


def changed(fact: Fact, **changes: object) -> Fact:
    return msgspec.structs.replace(fact, **changes)


@pytest.mark.parametrize(
    ("fact", "stamp", "message"),
    [
        (MEDIA, EVE, "other is no party of acme-jot"),
        (changed(MEDIA, currency="USD"), ANA, "acme-jot is kept in EUR, not in USD"),
        (changed(MEDIA, paid_by="other"), ANA, "other is no party of acme-jot"),
        (changed(MEDIA, paid_by="acme"), BEN, "acme does not pay media"),
        (MEDIA, BEN, "acme cannot record what jot paid"),
        (changed(MEDIA, amount_minor=0), ANA, "the cost media is zero"),
        (SALES, ANA, "jot does not report sales"),
        (changed(SALES, collected_by=None), BEN, "not known who collected the money of sales"),
        (changed(SALES, collected_by="other"), BEN, "other is no party of acme-jot"),
        (changed(SALES, currency=None), BEN, "the amount of sales has no currency"),
        (changed(SALES, amount_minor=None), BEN, "neither an amount nor a quantity"),
        (changed(SALES, amount_minor=0), BEN, "neither an amount nor a quantity"),
        (changed(SIGNUPS, quantity_micro=0), BEN, "neither an amount nor a quantity"),
        (changed(CHARGEBACK, amount_minor=-1), BEN, "the amount of a liability must be above zero"),
        (changed(STAKE, amount_minor=0), ANA, "the amount of a contribution must be above zero"),
        (changed(STAKE, party="other"), ANA, "other is no party of acme-jot"),
        (changed(DRAWING, amount_minor=0), ANA, "the amount of a withdrawal must be above zero"),
        (changed(ADVANCE, amount_minor=0), BEN, "the amount of an advance must be above zero"),
        (changed(ADVANCE, paid_to="acme"), BEN, "acme cannot pay an advance to itself"),
        (changed(ADVANCE, paid_to="other"), BEN, "other is no party of acme-jot"),
        (changed(ADVANCE, paid_by="other"), BEN, "other is no party of acme-jot"),
        (changed(ADVANCE, account="album-1"), BEN, "acme-jot has no account album-1 for advances on 2026-10-05"),
        (STAKE, BEN, "acme cannot record a contribution of jot"),
        (DRAWING, BEN, "acme cannot record a withdrawal of jot"),
    ],
)
def test_what_the_terms_do_not_admit_is_refused(fact: Fact, stamp: Stamp, message: str) -> None:
    """A fact needs a party that may record it, the agreed currency, parties of the agreement and an amount."""
    with pytest.raises(Refused, match=message) as refused:
        entry.record(entry.initial(), "INV-7", fact, TERMS, stamp)
    assert refused.value.hint


def test_a_metric_that_nobody_is_named_for_may_be_reported_by_any_party() -> None:
    """Only a metric that some party lists under `reports` is reserved."""
    fact = Result(metric="leads", effective_on=OCT_5, quantity_micro=1)
    assert entry.is_counted(recorded(fact, ANA))
    assert entry.is_counted(recorded(fact, BEN))


def test_a_refund_and_a_credit_note_are_below_zero() -> None:
    """Results and costs may be negative."""
    assert entry.is_counted(recorded(changed(SALES, amount_minor=-500), BEN))
    assert entry.is_counted(recorded(changed(MEDIA, amount_minor=-500), ANA))


def test_a_fact_needs_terms_in_force_on_its_day() -> None:
    """Before the start and after the end there is nothing to record under."""
    with pytest.raises(Refused, match="the agreement is not in force on 2026-10-05"):
        entry.record(entry.initial(), "INV-7", MEDIA, None, ANA)


@pytest.mark.parametrize("reference", ["", "x" * 201, "a\nb", "a\tb", "a\x00b", "\u200b", " a", "a ", "\ud800"])
def test_a_reference_is_printable_and_not_too_long(reference: str) -> None:
    """A reference has 1 to 200 printable characters, and no space at either end."""
    with pytest.raises(Refused, match="reference"):
        entry.record(entry.initial(), reference, MEDIA, TERMS, ANA)


@pytest.mark.parametrize("reference", ["7", "x" * 200, "Rechnung 12/ä", "行 3"])
def test_a_reference_is_in_the_reporters_own_words(reference: str) -> None:
    """Spaces inside, slashes and any script are fine."""
    assert len(entry.record(entry.initial(), reference, MEDIA, TERMS, ANA)) == 1


def test_a_reference_that_looks_like_another_is_refused() -> None:
    """An accent as a character of its own would make two references of what looks like one."""
    with pytest.raises(Refused, match="is not in composed form") as refused:
        entry.record(entry.initial(), "Mu\u0308ller 7", MEDIA, TERMS, ANA)
    assert "one character" in str(refused.value.hint)
    assert len(entry.record(entry.initial(), "M\u00fcller 7", MEDIA, TERMS, ANA)) == 1


@pytest.mark.parametrize("mark", ["\x1b", "\x00", "\n", "\u202e", "\u2066", "\u200b", "\ud800"])
def test_a_text_shows_all_that_it_says(mark: str) -> None:
    """A note or reason holds no character that is invisible or turns others round; a file's own text may."""
    state, waiting, text = recorded(MEDIA, ANA), recorded(MEDIA, ANA, CAUTIOUS), f"a{mark}b"
    decisions: list[Callable[[], list[Event]]] = [
        lambda: entry.record(entry.initial(), "INV-7", MEDIA, TERMS, ANA, note=text),
        lambda: entry.confirm(waiting, CAUTIOUS, BEN, note=text),
        lambda: entry.reject(waiting, text, CAUTIOUS, BEN),
        lambda: entry.correct(state, MORE_MEDIA, text, TERMS, ANA),
        lambda: entry.void(state, text, ANA),
    ]
    for decide in decisions:
        with pytest.raises(Refused, match=rf"a text contains U\+{ord(mark):04X}"):
            decide()
    assert entry.record(entry.initial(), "INV-7", MEDIA, TERMS, ANA, original="1\t2")


def test_texts_have_a_limit() -> None:
    """A note, source, original or reason that an event could not hold is refused, not cut."""
    limit, beyond = "x" * 4000, "x" * 4001
    assert entry.record(entry.initial(), "INV-7", MEDIA, TERMS, ANA, note=limit, source=limit, original=limit)
    state, waiting = recorded(MEDIA, ANA), recorded(MEDIA, ANA, CAUTIOUS)
    decisions: list[Callable[[], list[Event]]] = [
        lambda: entry.record(entry.initial(), "INV-7", MEDIA, TERMS, ANA, note=beyond),
        lambda: entry.record(entry.initial(), "INV-7", MEDIA, TERMS, ANA, source=beyond),
        lambda: entry.record(entry.initial(), "INV-7", MEDIA, TERMS, ANA, original=beyond),
        lambda: entry.confirm(waiting, CAUTIOUS, BEN, note=beyond),
        lambda: entry.reject(waiting, beyond, CAUTIOUS, BEN),
        lambda: entry.correct(state, MORE_MEDIA, beyond, TERMS, ANA),
        lambda: entry.correct(state, MORE_MEDIA, "why", TERMS, ANA, original=beyond),
        lambda: entry.void(state, beyond, ANA),
    ]
    for decide in decisions:
        with pytest.raises(Refused, match="longer than 4000 characters"):
            decide()


# --- confirming and rejecting -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "stamp", "awaits"),
    [
        (changed(MEDIA, amount_minor=10_000), ANA, False),
        (changed(MEDIA, amount_minor=10_001), ANA, True),
        (changed(MEDIA, amount_minor=-10_001), ANA, True),
        (SALES, BEN, False),
        (changed(SALES, amount_minor=60_001), BEN, True),
        (SIGNUPS, BEN, False),
        (CHARGEBACK, BEN, False),
        (STAKE, ANA, False),
    ],
)
def test_an_entry_awaits_confirmation_over_the_limit_of_its_kind(fact: Fact, stamp: Stamp, awaits: bool) -> None:
    """Over the agreed amount, in absolute value, a kind needs the counterparty's yes; a kind without a limit never."""
    state = recorded(fact, stamp, CAUTIOUS)
    assert state.status is (Status.AWAITING if awaits else Status.COUNTED)
    assert (entry.counted(state) == ()) is awaits


@pytest.mark.parametrize(
    ("fact", "stamp", "awaits"),
    [
        (STAKE, ANA, False),
        (changed(STAKE, amount_minor=100_001), ANA, True),
        (changed(DRAWING, amount_minor=1), ANA, True),
        (ADVANCE, BEN, True),
        (ADVANCE, ANA, True),
        (SIGNUPS, BEN, True),
        (changed(SALES, amount_minor=1), BEN, True),
    ],
)
def test_capital_advances_and_quantities_await_confirmation_where_the_terms_say_so(
    fact: Fact, stamp: Stamp, awaits: bool
) -> None:
    """Every kind has a limit, and a limit of zero is for all of it, a quantity without money included."""
    limits = {"contribution": 100_000, "withdrawal": 0, "advance": 69_999, "result": 0}
    state = recorded(fact, stamp, replace(TERMS, confirm=limits))
    assert state.status is (Status.AWAITING if awaits else Status.COUNTED)


def test_only_the_two_sides_of_an_advance_record_it() -> None:
    """Who pays or gets it may; a third party may not."""
    with pytest.raises(Refused, match="kim cannot record an advance of acme to jot") as refused:
        entry.record(entry.initial(), "INV-7", ADVANCE, OF_THREE, KAI)
    assert refused.value.hint == "this is for acme or jot to record"
    for stamp in (BEN, ANA):
        assert entry.is_counted(recorded(ADVANCE, stamp, OF_THREE))


def test_an_advance_on_an_account_is_between_its_parties() -> None:
    """The account is one of the terms, with this payer and this payee; its movements bear its name."""
    terms = replace(TERMS, advances={"album-1": Account("acme", "jot"), "album-2": Account("jot", "acme")})
    state = recorded(changed(ADVANCE, account="album-1"), BEN, terms)
    assert {movement.name for movement in entry.counted(state)} == {"album-1"}
    with pytest.raises(Refused, match="album-2 is for advances of jot to acme, not of acme to jot"):
        entry.record(entry.initial(), "INV-7", changed(ADVANCE, account="album-2"), terms, BEN)
    with pytest.raises(Refused, match="has no account album-3") as refused:
        entry.record(entry.initial(), "INV-7", changed(ADVANCE, account="album-3"), terms, BEN)
    assert str(refused.value.hint).startswith("its accounts are album-1, album-2; ")


def test_the_counterparty_confirms() -> None:
    """With the counterparty's yes an entry counts."""
    state = recorded(MEDIA, ANA, CAUTIOUS)
    events = entry.confirm(state, CAUTIOUS, BEN, note="seen")
    assert events == [EntryConfirmed(note="seen", **BEN.on(STREAM, 2))]
    assert entry.is_counted(then(state, events))


def test_the_counterparty_rejects() -> None:
    """With the counterparty's no an entry does not count."""
    state = recorded(MEDIA, ANA, CAUTIOUS)
    events = entry.reject(state, "not ordered", CAUTIOUS, BEN)
    assert events == [EntryRejected(reason="not ordered", **BEN.on(STREAM, 2))]
    assert then(state, events).status is Status.REJECTED


@pytest.mark.parametrize(
    ("stamp", "message"),
    [
        (ANA, "jot recorded INV-7 and cannot confirm or reject it itself"),
        (LEO, "jot recorded INV-7 and cannot confirm or reject it itself"),
        (EVE, "other is no party of acme-jot"),
    ],
)
def test_nobody_confirms_for_its_own_party(stamp: Stamp, message: str) -> None:
    """Neither the recorder nor a colleague nor an outsider can confirm or reject."""
    state = recorded(MEDIA, ANA, CAUTIOUS)
    with pytest.raises(Refused, match=message):
        entry.confirm(state, CAUTIOUS, stamp)
    with pytest.raises(Refused, match=message):
        entry.reject(state, "no", CAUTIOUS, stamp)


def test_the_terms_may_name_who_confirms() -> None:
    """With a role for it, only that party or person may confirm."""
    state = recorded(MEDIA, ANA, CAUTIOUS)
    only_zoe = replace(CAUTIOUS, roles={"confirm": ("acme/zoe",)})
    with pytest.raises(Refused, match="acme/ben may not confirm in acme-jot"):
        entry.confirm(state, only_zoe, BEN)
    assert entry.confirm(state, replace(CAUTIOUS, roles={"confirm": ("acme",)}), BEN)
    assert entry.confirm(state, only_zoe, BEN._replace(actor="acme/zoe"))


def test_any_other_party_of_three_may_confirm() -> None:
    """Among three parties the yes of one other party is enough."""
    state = recorded(MEDIA, ANA, replace(OF_THREE, confirm={"cost": 0}))
    assert entry.is_counted(then(state, entry.confirm(state, OF_THREE, KAI)))


def test_a_rejected_entry_is_corrected_before_it_is_confirmed() -> None:
    """A yes after a no needs a correction between them, and so does every amount that was rejected."""
    state = recorded(MEDIA, ANA, CAUTIOUS)
    state = then(state, entry.reject(state, "too much", CAUTIOUS, BEN))
    with pytest.raises(Refused, match="INV-7 was rejected"):
        entry.confirm(state, CAUTIOUS, BEN)
    state = then(state, entry.correct(state, changed(MEDIA, amount_minor=100), "as agreed", CAUTIOUS, ANA))
    assert state.status is Status.AWAITING
    assert entry.is_counted(then(state, entry.confirm(state, CAUTIOUS, BEN)))


def test_a_rejected_entry_waits_until_it_is_confirmed_however_often_it_is_corrected() -> None:
    """A second correction below every limit does not count by itself; one after the yes does."""
    state = recorded(MEDIA, ANA, CAUTIOUS)
    state = then(state, entry.reject(state, "too much", CAUTIOUS, BEN))
    for minor in (100, 99):
        less = changed(MEDIA, amount_minor=minor)
        state = then(state, entry.correct(state, less, "as agreed", CAUTIOUS, ANA))
        assert (state.status, entry.counted(state)) == (Status.AWAITING, ())
    state = then(state, entry.confirm(state, CAUTIOUS, BEN))
    state = then(state, entry.correct(state, changed(MEDIA, amount_minor=98), "a slip", CAUTIOUS, ANA))
    assert entry.is_counted(state)


def test_what_counts_is_not_rejected_but_disputed() -> None:
    """A counted entry does not await an answer."""
    with pytest.raises(Refused, match="does not await confirmation") as refused:
        entry.reject(recorded(MEDIA, ANA), "no", TERMS, BEN)
    assert refused.value.hint == "open a dispute instead"


# --- correcting and voiding -------------------------------------------------------------------------------


def test_a_correction_holds_the_whole_new_content() -> None:
    """A correction replaces the content, says why, and keeps the earlier content on record."""
    state = recorded(MEDIA, ANA)
    events = entry.correct(state, MORE_MEDIA, "invoice was wrong", TERMS, ANA)
    assert events == [EntryCorrected(fact=MORE_MEDIA, reason="invoice was wrong", **ANA.on(STREAM, 2))]
    assert then(state, events).contents == (MEDIA, MORE_MEDIA)


@pytest.mark.parametrize(
    ("before", "fact", "stamp"),
    [
        (MEDIA, changed(MEDIA, amount_minor=-500), ANA),
        (SIGNUPS, changed(SIGNUPS, quantity_micro=-1), BEN),
        (STAKE, changed(STAKE, amount_minor=1), ANA),
    ],
)
def test_a_correction_may_be_below_what_it_corrects(before: Fact, fact: Fact, stamp: Stamp) -> None:
    """A cost may turn out to be a credit note, a count may be taken back, a stake may be smaller."""
    state = recorded(before, stamp)
    assert entry.current(then(state, entry.correct(state, fact, "as it is", TERMS, stamp))) == fact


def test_a_correction_over_the_limit_awaits_confirmation_again() -> None:
    """A correction is held to the same limit as a new entry, and until then nothing of the entry counts."""
    state = recorded(changed(MEDIA, amount_minor=9_000), ANA, CAUTIOUS)
    state = then(state, entry.correct(state, MORE_MEDIA, "more", CAUTIOUS, ANA))
    assert state.status is Status.AWAITING
    assert entry.counted(state) == ()


@pytest.mark.parametrize(
    ("fact", "stamp", "reason", "message"),
    [
        (MORE_MEDIA, BEN, "why", "recorded by jot, so only jot can change it"),
        (SIGNUPS, ANA, "why", "recorded as cost: a correction cannot make it result"),
        (MORE_MEDIA, ANA, " ", "a reason is missing"),
        (changed(MEDIA, amount_minor=0), ANA, "why", "the cost media is zero"),
        (changed(MEDIA, currency="USD"), ANA, "why", "kept in EUR, not in USD"),
    ],
)
def test_a_correction_follows_the_rules_of_a_record(fact: Fact, stamp: Stamp, reason: str, message: str) -> None:
    """A correction comes from the recording party, keeps the kind, has a reason, and is admitted by the terms."""
    with pytest.raises(Refused, match=message):
        entry.correct(recorded(MEDIA, ANA), fact, reason, TERMS, stamp)


def test_a_correction_needs_terms_on_its_new_day() -> None:
    """An entry cannot be moved to a day without terms."""
    with pytest.raises(Refused, match="not in force on 2025-12-31"):
        entry.correct(recorded(MEDIA, ANA), changed(MEDIA, effective_on=date(2025, 12, 31)), "moved", None, ANA)


def test_a_colleague_may_correct_and_void() -> None:
    """It is the party that answers for an entry, not the person."""
    state = recorded(MEDIA, ANA)
    assert entry.correct(state, MORE_MEDIA, "typo", TERMS, LEO)
    assert entry.void(state, "typo", LEO)


def test_a_void_takes_everything_back() -> None:
    """A voided entry no longer counts, whether it was counted or not."""
    state = recorded(MEDIA, ANA)
    events = entry.void(state, "paid twice", ANA)
    assert events == [EntryVoided(reason="paid twice", **ANA.on(STREAM, 2))]
    assert entry.counted(then(state, events)) == ()
    waiting = recorded(MEDIA, ANA, CAUTIOUS)
    assert then(waiting, entry.void(waiting, "typo", ANA)).status is Status.VOIDED


def test_only_the_recording_party_voids_and_says_why() -> None:
    """Another party cannot void an entry, and a void needs a reason."""
    with pytest.raises(Refused, match="recorded by jot, so only jot can change it"):
        entry.void(recorded(MEDIA, ANA), "no", BEN)
    with pytest.raises(Refused, match="a reason is missing"):
        entry.void(recorded(MEDIA, ANA), "", ANA)


def test_a_voided_entry_stays_void() -> None:
    """Nothing brings a voided entry back: neither yes, nor no, nor a correction."""
    state = recorded(MEDIA, ANA)
    state = then(state, entry.void(state, "paid twice", ANA))
    steps_back: list[Callable[[], list[Event]]] = [
        lambda: entry.confirm(state, TERMS, BEN),
        lambda: entry.reject(state, "no", TERMS, BEN),
        lambda: entry.correct(state, MORE_MEDIA, "again", TERMS, ANA),
    ]
    for decide in steps_back:
        with pytest.raises(Refused, match="INV-7 was voided"):
            decide()


def test_nothing_happens_to_what_is_not_recorded() -> None:
    """Every later decision needs an entry."""
    nothing = entry.initial()
    decisions: list[Callable[[], list[Event]]] = [
        lambda: entry.confirm(nothing, TERMS, BEN),
        lambda: entry.reject(nothing, "no", TERMS, BEN),
        lambda: entry.correct(nothing, MEDIA, "x", TERMS, ANA),
        lambda: entry.void(nothing, "x", ANA),
    ]
    for decide in decisions:
        with pytest.raises(Refused, match="nothing is recorded under this reference"):
            decide()


# --- movements --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "stamp", "expected"),
    [
        (SALES, BEN, [Movement(OCT_5, Kind.RESULT, "sales", "acme", 50_000, 0, "INV-7", "", 1, "EUR", "acme")]),
        (SIGNUPS, BEN, [Movement(OCT_5, Kind.RESULT, "signups", "", 0, 30_000_000, "INV-7", reporter="acme")]),
        (MEDIA, ANA, [Movement(OCT_5, Kind.COST, "media", "jot", 20_000, 0, "INV-7", currency="EUR")]),
        (CHARGEBACK, BEN, [Movement(OCT_5, Kind.LIABILITY, "chargebacks", "", 9_000, 0, "INV-7", currency="EUR")]),
        (STAKE, ANA, [Movement(OCT_5, Kind.CONTRIBUTION, "", "jot", 100_000, 0, "INV-7", currency="EUR")]),
        (DRAWING, ANA, [Movement(OCT_5, Kind.WITHDRAWAL, "", "jot", 40_000, 0, "INV-7", currency="EUR")]),
        (
            ADVANCE,
            BEN,
            [
                Movement(OCT_5, Kind.ADVANCE_PAID, "", "acme", 70_000, 0, "INV-7", "jot", currency="EUR"),
                Movement(OCT_5, Kind.ADVANCE_RECEIVED, "", "jot", 70_000, 0, "INV-7", "acme", currency="EUR"),
            ],
        ),
    ],
)
def test_each_kind_of_fact_adds_to_its_totals(fact: Fact, stamp: Stamp, expected: list[Movement]) -> None:
    """A counted fact adds one movement on its effective date; an advance adds one for each side."""
    (event,) = entry.record(entry.initial(), "INV-7", fact, TERMS, stamp)
    state, moved = entry.evolve_with_movements(entry.initial(), event)
    assert list(moved) == expected == list(entry.counted(state))


def test_a_correction_moves_the_old_content_out_and_the_new_in() -> None:
    """A correction to another month takes the old amount out of its month."""
    state = recorded(MEDIA, ANA)
    moved_fact = changed(MEDIA, effective_on=date(2026, 11, 1))
    (event,) = entry.correct(state, moved_fact, "wrong month", TERMS, ANA)
    _, moved = entry.evolve_with_movements(state, event)
    assert moved == (
        -Movement(OCT_5, Kind.COST, "media", "jot", 20_000, 0, "INV-7", currency="EUR"),
        Movement(date(2026, 11, 1), Kind.COST, "media", "jot", 20_000, 0, "INV-7", currency="EUR"),
    )


def test_a_void_moves_the_content_out() -> None:
    """A void is the negative of what counted before."""
    state = recorded(MEDIA, ANA)
    (event,) = entry.void(state, "paid twice", ANA)
    assert entry.evolve_with_movements(state, event)[1] == (
        -Movement(OCT_5, Kind.COST, "media", "jot", 20_000, 0, "INV-7", currency="EUR"),
    )


# --- laws -------------------------------------------------------------------------------------------------

Step = Callable[[Entry], list[Event]]

AMOUNTS = st.sampled_from([1, 500, 9_000, 10_001, 25_000])
DAYS = st.sampled_from([date(2026, 9, 30), OCT_5, date(2026, 11, 1)])
STAMPS = st.sampled_from([ANA, BEN, LEO])
LIABILITIES = st.builds(lambda amount, day: changed(CHARGEBACK, amount_minor=amount, effective_on=day), AMOUNTS, DAYS)
COSTS = st.builds(lambda amount, day: changed(MEDIA, amount_minor=-amount, effective_on=day), AMOUNTS, DAYS)
RESULTS = st.builds(
    lambda amount, count: changed(SALES, amount_minor=amount, quantity_micro=count), AMOUNTS, st.integers(-9, 9)
)
STRICT = replace(TERMS, confirm={"cost": 10_000, "liability": 10_000, "result": 10_000})


@st.composite
def parts(draw: st.DrawFn, paid_by: str | None) -> LiabilityPart:
    reference = draw(st.sampled_from(["p1", "p2", "p3"]))
    day = draw(st.sampled_from([OCT_5, date(2026, 12, 1)]))
    return LiabilityPart(reference=reference, effective_on=day, amount_minor=draw(AMOUNTS), paid_by=paid_by)


@st.composite
def steps(draw: st.DrawFn, facts: st.SearchStrategy[Fact]) -> Step:
    """Any command that an entry understands, by anybody, sensible or not."""
    stamp = draw(STAMPS)
    fact, settled, released = draw(facts), draw(parts("jot")), draw(parts(None))
    part = draw(st.sampled_from([None, "p1", "p2", "p3"]))
    choices: list[Step] = [
        lambda state: entry.record(state, "INV-7", fact, STRICT, stamp),
        lambda state: entry.confirm(state, STRICT, stamp),
        lambda state: entry.reject(state, "no", STRICT, stamp),
        lambda state: entry.correct(state, fact, "better", STRICT, stamp),
        lambda state: entry.void(state, "gone", stamp, part=part),
        lambda state: liability.settle_liability(state, settled, STRICT, stamp),
        lambda state: liability.release_liability(state, released, "not owed", STRICT, stamp),
    ]
    return draw(st.sampled_from(choices))


HISTORIES = st.sampled_from([LIABILITIES, COSTS, RESULTS]).flatmap(lambda facts: st.lists(steps(facts), max_size=25))


def totals(moved: tuple[Movement, ...]) -> Counter[tuple[object, ...]]:
    """Movements summed by everything that tells totals apart, zeros left out."""
    sums: Counter[tuple[object, ...]] = Counter()
    for move in moved:
        key = (move.effective_on, move.kind, move.name, move.party, move.reference, move.counter)
        sums[*key, "minor"] += move.amount_minor
        sums[*key, "micro"] += move.quantity_micro
        sums[*key, "count"] += move.count
    return Counter({key: value for key, value in sums.items() if value})


@given(HISTORIES)
def test_movements_add_up_to_what_counts(history: list[Step]) -> None:
    """After any history, the movements of its events sum to what the entry counts for now."""
    state, moved = entry.initial(), list[Movement]()
    for step in history:
        try:
            events = step(state)
        except Refused:
            continue
        for event in events:
            state, more = entry.evolve_with_movements(state, event)
            moved.extend(more)
    assert totals(tuple(moved)) == totals(entry.counted(state))


@given(HISTORIES)
def test_whatever_was_decided_is_not_decided_twice(history: list[Step]) -> None:
    """After any command, the same command by the same actor gives no event."""
    state = entry.initial()
    for step in history:
        try:
            state = then(state, step(state))
        except Refused:
            continue
        assert step(state) == []


@given(HISTORIES)
def test_a_liability_is_never_settled_beyond_its_amount(history: list[Step]) -> None:
    """Whatever happens, what is settled and released stays within what was owed."""
    state = entry.initial()
    for step in history:
        try:
            state = then(state, step(state))
        except Refused:
            continue
        assert entry.outstanding_minor(state) >= 0


def test_capital_is_for_a_deal_that_there_is() -> None:
    """Where terms share deal by deal, no step would give back what is for another."""
    terms = replace(TERMS, deals=("alpha", "beta"))
    fact = Contribution(party="jot", effective_on=date(2026, 10, 5), amount_minor=1, currency="EUR", deal="gamma")
    with pytest.raises(Refused, match="has no deal gamma"):
        entry.record(entry.initial(), "CAP-1", fact, terms, ANA)
    assert entry.record(entry.initial(), "CAP-1", msgspec.structs.replace(fact, deal="beta"), terms, ANA)
    assert entry.record(entry.initial(), "CAP-1", fact, TERMS, ANA)
