"""What only a liability goes through: settled in parts, or released."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import pytest

from ledger.book import entry
from ledger.book.entry import Entry
from ledger.book.events import (
    Cost,
    EntryVoided,
    Liability,
    LiabilityPart,
    LiabilityReleased,
    LiabilitySettled,
    Stamp,
)
from ledger.book.liability import release_liability, settle_liability
from ledger.book.movements import Kind, Movement
from ledger.values.errors import Refused
from tests.ledger.book_examples import ANA, BEN, EVE, TERMS, after

OCT_5, OCT_9, NOV_2 = date(2026, 10, 5), date(2026, 10, 9), date(2026, 11, 2)
CHARGEBACK = Liability(category="chargebacks", effective_on=OCT_5, amount_minor=9_000, currency="EUR")
STREAM = "acme-jot/entry/CB-1"


def part(reference: str, amount_minor: int, paid_by: str | None = None, day: date = OCT_9) -> LiabilityPart:
    return LiabilityPart(reference=reference, effective_on=day, amount_minor=amount_minor, paid_by=paid_by)


def recognised() -> Entry:
    """A liability CB-1 of 90.00, recognised by Acme."""
    return after(entry.evolve, entry.initial(), entry.record(entry.initial(), "CB-1", CHARGEBACK, TERMS, BEN))


def settled(state: Entry, what: LiabilityPart, stamp: Stamp = BEN) -> Entry:
    return after(entry.evolve, state, settle_liability(state, what, TERMS, stamp))


def released(state: Entry, what: LiabilityPart) -> Entry:
    return after(entry.evolve, state, release_liability(state, what, "withdrawn by the bank", TERMS, BEN))


def test_a_party_settles_a_part() -> None:
    """A settlement is one event with its payer, and leaves the rest outstanding."""
    state = recognised()
    events = settle_liability(state, part("bank-1", 4_000, "acme"), TERMS, BEN)
    assert events == [LiabilitySettled(part=part("bank-1", 4_000, "acme"), **BEN.on(STREAM, 2))]
    assert entry.outstanding_minor(after(entry.evolve, state, events)) == 5_000


def test_a_part_is_released() -> None:
    """A release says why, has no payer, and leaves the rest outstanding."""
    state = recognised()
    events = release_liability(state, part("letter-1", 1_000), "withdrawn by the bank", TERMS, ANA)
    expected = LiabilityReleased(part=part("letter-1", 1_000), reason="withdrawn by the bank", **ANA.on(STREAM, 2))
    assert events == [expected]
    assert entry.outstanding_minor(after(entry.evolve, state, events)) == 8_000


def test_settled_and_released_parts_add_to_their_own_totals() -> None:
    """A part moves its own total on its own date, under the liability's category."""
    state = released(settled(recognised(), part("bank-1", 4_000, "acme")), part("letter-1", 5_000, day=NOV_2))
    assert entry.counted(state) == (
        Movement(OCT_5, Kind.LIABILITY, "chargebacks", "", 9_000, 0, "CB-1", currency="EUR"),
        Movement(OCT_9, Kind.LIABILITY_SETTLED, "chargebacks", "acme", 4_000, 0, "CB-1", currency="EUR"),
        Movement(NOV_2, Kind.LIABILITY_RELEASED, "chargebacks", "", 5_000, 0, "CB-1", currency="EUR"),
    )
    assert entry.outstanding_minor(state) == 0


def test_a_liability_may_be_settled_on_its_first_day() -> None:
    """What is owed from a day on can be paid that day."""
    assert entry.outstanding_minor(settled(recognised(), part("bank-1", 9_000, "acme", OCT_5))) == 0


def test_two_equal_parts_are_two_payments() -> None:
    """Parts that differ in nothing but their reference both count."""
    state = settled(recognised(), part("bank-1", 4_000, "acme"))
    (event,) = settle_liability(state, part("bank-2", 4_000, "acme"), TERMS, BEN)
    state, moved = entry.evolve_with_movements(state, event)
    assert moved == (Movement(OCT_9, Kind.LIABILITY_SETTLED, "chargebacks", "acme", 4_000, 0, "CB-1", currency="EUR"),)
    assert entry.outstanding_minor(state) == 1_000


def test_a_corrected_category_takes_its_parts_along() -> None:
    """Parts follow the liability to its corrected category."""
    state = settled(recognised(), part("bank-1", 4_000, "acme"))
    fines = msgspec.structs.replace(CHARGEBACK, category="fines")
    (event,) = entry.correct(state, fines, "was a fine", TERMS, BEN)
    _, moved = entry.evolve_with_movements(state, event)
    assert [(move.kind, move.name, move.amount_minor) for move in moved] == [
        (Kind.LIABILITY, "chargebacks", -9_000),
        (Kind.LIABILITY_SETTLED, "chargebacks", -4_000),
        (Kind.LIABILITY, "fines", 9_000),
        (Kind.LIABILITY_SETTLED, "fines", 4_000),
    ]


@pytest.mark.parametrize(
    ("what", "stamp", "message"),
    [
        (part("p", 9_001, "acme"), BEN, "only 90.00 EUR of CB-1 is outstanding"),
        (part("p", 0, "acme"), BEN, "must be above zero"),
        (part("p", 1, None), BEN, "needs the party that paid it"),
        (part("p", 1, "jot"), BEN, "acme cannot record what jot paid"),
        (part("p", 1, "other"), BEN, "other is no party of acme-jot"),
        (part("p", 1, "acme"), EVE, "other is no party of acme-jot"),
        (part(" p", 1, "acme"), BEN, "begins or ends with a space"),
        (part("p", 1, "acme", date(2026, 10, 4)), BEN, "CB-1 is owed from 2026-10-05, after 2026-10-04"),
    ],
)
def test_a_settlement_that_cannot_be_is_refused(what: LiabilityPart, stamp: Stamp, message: str) -> None:
    """A settlement is paid by the party that records it, is above zero, and no more than is outstanding."""
    with pytest.raises(Refused, match=message):
        settle_liability(recognised(), what, TERMS, stamp)


def test_a_release_that_cannot_be_is_refused() -> None:
    """A release has no payer, a reason, and no more than is outstanding."""
    with pytest.raises(Refused, match="other is no party of acme-jot"):
        release_liability(recognised(), part("p", 1), "why", TERMS, EVE)
    with pytest.raises(Refused, match="a release is paid by nobody"):
        release_liability(recognised(), part("p", 1, "acme"), "why", TERMS, BEN)
    with pytest.raises(Refused, match="a reason is missing"):
        release_liability(recognised(), part("p", 1), " ", TERMS, BEN)
    with pytest.raises(Refused, match=r"only 50\.00 EUR of CB-1 is outstanding"):
        release_liability(settled(recognised(), part("b", 4_000, "acme")), part("p", 5_001), "why", TERMS, BEN)


def test_only_parties_that_pay_a_category_settle_it() -> None:
    """A category that the terms leave to a party is settled by that party."""
    parties = {**TERMS.parties, "jot": replace(TERMS.parties["jot"], pays=("chargebacks",))}
    with pytest.raises(Refused, match="acme does not pay chargebacks"):
        settle_liability(recognised(), part("p", 1, "acme"), replace(TERMS, parties=parties), BEN)


def test_a_part_reference_is_used_once() -> None:
    """The same part again is no event; other content under its reference is refused, also as a release."""
    state = settled(recognised(), part("bank-1", 4_000, "acme"))
    assert settle_liability(state, part("bank-1", 4_000, "acme"), TERMS, BEN) == []
    with pytest.raises(Refused, match="CB-1 already has a part bank-1 with other content"):
        settle_liability(state, part("bank-1", 3_000, "acme"), TERMS, BEN)
    with pytest.raises(Refused, match="CB-1 already has a part bank-1 with other content"):
        release_liability(state, part("bank-1", 4_000), "why", TERMS, BEN)


def test_a_settlement_is_voided_alone() -> None:
    """A void with a part takes only that part back, and its amount is outstanding again."""
    state = settled(recognised(), part("bank-1", 4_000, "acme"))
    events = entry.void(state, "bounced", BEN, part="bank-1")
    assert events == [EntryVoided(reason="bounced", part="bank-1", **BEN.on(STREAM, 3))]
    state, moved = entry.evolve_with_movements(state, events[0])
    assert moved == (-Movement(OCT_9, Kind.LIABILITY_SETTLED, "chargebacks", "acme", 4_000, 0, "CB-1", currency="EUR"),)
    assert entry.outstanding_minor(state) == 9_000
    assert entry.void(state, "bounced", BEN, part="bank-1") == []


def test_a_voided_part_is_not_recorded_again() -> None:
    """The same part after its void is not "already so": it does not count, and needs another reference."""
    state = released(settled(recognised(), part("bank-1", 4_000, "acme")), part("letter-1", 1_000))
    for each in ("bank-1", "letter-1"):
        state = after(entry.evolve, state, entry.void(state, "bounced", BEN, part=each))
    with pytest.raises(Refused, match="the part bank-1 of CB-1 was voided; it does not count") as refused:
        settle_liability(state, part("bank-1", 4_000, "acme"), TERMS, BEN)
    assert refused.value.hint == "record it anew under another reference"
    with pytest.raises(Refused, match="the part letter-1 of CB-1 was voided"):
        release_liability(state, part("letter-1", 1_000), "why", TERMS, BEN)


def test_a_part_is_voided_by_the_party_that_recorded_it() -> None:
    """JOT's settlement of a liability that Acme recognised is JOT's to void."""
    state = settled(recognised(), part("bank-1", 4_000, "jot"), ANA)
    with pytest.raises(Refused, match="recorded by jot, so only jot can change it"):
        entry.void(state, "bounced", BEN, part="bank-1")
    assert len(entry.void(state, "bounced", ANA, part="bank-1")) == 1


def test_an_unknown_part_cannot_be_voided() -> None:
    """A void names a part that is there."""
    with pytest.raises(Refused, match="CB-1 has no part bank-9"):
        entry.void(recognised(), "bounced", BEN, part="bank-9")


def test_a_liability_with_live_parts_is_not_voided() -> None:
    """Its settlements and releases are voided first, and then it can go."""
    state = settled(recognised(), part("bank-1", 4_000, "acme"))
    with pytest.raises(Refused, match=r"settled or released in part \(bank-1\)"):
        entry.void(state, "never owed", BEN)
    state = after(entry.evolve, state, entry.void(state, "bounced", BEN, part="bank-1"))
    state = after(entry.evolve, state, entry.void(state, "never owed", BEN))
    assert entry.counted(state) == ()


def test_a_correction_covers_what_is_settled() -> None:
    """A liability is corrected down to what is settled or released, and no further; nor past a part's date."""
    state = settled(recognised(), part("bank-1", 4_000, "acme"))
    enough = msgspec.structs.replace(CHARGEBACK, amount_minor=4_000)
    assert entry.outstanding_minor(after(entry.evolve, state, entry.correct(state, enough, "less", TERMS, BEN))) == 0
    with pytest.raises(Refused, match=r"40\.00 EUR of CB-1 is already settled or released"):
        entry.correct(state, msgspec.structs.replace(CHARGEBACK, amount_minor=3_999), "less", TERMS, BEN)
    with pytest.raises(Refused, match="a part of CB-1 was settled or released before 2026-11-02"):
        entry.correct(state, msgspec.structs.replace(CHARGEBACK, effective_on=NOV_2), "later", TERMS, BEN)


def test_a_liability_is_settled_once_it_counts() -> None:
    """A liability that awaits confirmation is not settled or released before it has it."""
    cautious = replace(TERMS, confirm={"liability": 0})
    state = after(entry.evolve, entry.initial(), entry.record(entry.initial(), "CB-1", CHARGEBACK, cautious, BEN))
    with pytest.raises(Refused, match="CB-1 does not count: it is awaiting"):
        settle_liability(state, part("bank-1", 1, "acme"), cautious, BEN)
    assert entry.outstanding_minor(state) == 0


def test_only_a_liability_is_settled() -> None:
    """A cost is paid when it is recorded; there is nothing to settle."""
    cost = Cost(category="tracking", effective_on=OCT_5, amount_minor=1, currency="EUR", paid_by="acme")
    state = after(entry.evolve, entry.initial(), entry.record(entry.initial(), "C", cost, TERMS, BEN))
    with pytest.raises(Refused, match="C is recorded as cost, not as a liability"):
        settle_liability(state, part("p", 1, "acme"), TERMS, BEN)
    assert entry.outstanding_minor(state) == 0


def test_a_part_needs_terms() -> None:
    """Before the agreement begins nothing is settled."""
    with pytest.raises(Refused, match="not in force"):
        settle_liability(recognised(), part("p", 1, "acme"), None, BEN)
