"""The life of an agreement, as a specification."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ledger.book import agreement
from ledger.book.agreement import Agreement
from ledger.book.events import (
    AgreementAccepted,
    AgreementDeclined,
    AgreementProposed,
    AgreementTerminated,
    AmendmentAccepted,
    AmendmentDeclined,
    AmendmentProposed,
    Event,
    Stamp,
)
from ledger.terms.written.document import parse_terms
from ledger.values.errors import Broken, Refused
from ledger.values.periods import Every
from tests.ledger.book_examples import ACME, ANA, BEN, EVE, KAI, KIM, OF_THREE, TERMS, Terms, after

JAN_1, APR_1, JUL_1, OCT_1 = (date(2026, month, 1) for month in (1, 4, 7, 10))
STREAM = "acme-jot/agreement"
BETTER = replace(TERMS, title="Better terms")
OTHER = replace(TERMS, title="Other terms")
WITHOUT_JOT = replace(TERMS, title="Without JOT", parties={"acme": ACME, "kim": KIM})

Step = Callable[[Agreement], list[Event]]


def proposes(terms: Terms, stamp: Stamp) -> Step:
    return lambda state: agreement.propose(state, terms, stamp)


def accepts(stamp: Stamp, digest: str | None = None) -> Step:
    return lambda state: agreement.accept(state, digest, stamp)


def declines(stamp: Stamp, digest: str | None = None) -> Step:
    return lambda state: agreement.decline(state, digest, "not so", stamp)


def amends(terms: Terms, effective_on: date, stamp: Stamp) -> Step:
    return lambda state: agreement.amend(state, terms, effective_on, "as discussed", stamp)


def terminates(effective_on: date, stamp: Stamp, last_closed: date | None = None, today: date = APR_1) -> Step:
    return lambda state: agreement.terminate(state, effective_on, "it is over", stamp, last_closed, today)


def life(*steps: Step) -> Agreement:
    """An agreement after some decisions, each of which happened."""
    state = agreement.initial()
    for step in steps:
        events = step(state)
        assert len(events) == 1
        state = after(agreement.evolve, state, events)
    return state


IN_FORCE = (proposes(TERMS, ANA), accepts(BEN))


def digest_on(state: Agreement, day: date) -> str | None:
    version = agreement.version_on(state, day)
    return None if version is None else version.digest


# --- proposing, accepting, declining ----------------------------------------------------------------------


def test_terms_are_proposed() -> None:
    """A proposal holds the canonical terms and their digest; the proposer has accepted them, nobody is bound."""
    events = agreement.propose(agreement.initial(), TERMS, ANA)
    assert events == [AgreementProposed(terms=TERMS.canonical, digest=TERMS.digest, **ANA.on(STREAM, 1))]
    state = after(agreement.evolve, agreement.initial(), events)
    version = agreement.open_version(state)
    assert version is not None
    assert (version.parties, version.accepted_by) == (frozenset({"acme", "jot"}), frozenset({"jot"}))
    assert not agreement.in_force(state)
    assert digest_on(state, OCT_1) is None


def test_terms_come_into_force_with_the_last_yes() -> None:
    """Of three parties the first proposes and each other accepts; only then the terms are in force."""
    state = life(proposes(OF_THREE, ANA), accepts(BEN))
    assert not agreement.in_force(state)
    events = agreement.accept(state, None, KAI)
    assert events == [AgreementAccepted(digest=OF_THREE.digest, **KAI.on(STREAM, 3))]
    state = after(agreement.evolve, state, events)
    assert agreement.in_force(state)
    assert agreement.open_version(state) is None


def test_terms_hold_from_their_first_day() -> None:
    """The first terms are effective from the day that they name, whenever they were accepted."""
    state = life(*IN_FORCE)
    assert digest_on(state, date(2025, 12, 31)) is None
    assert digest_on(state, JAN_1) == TERMS.digest
    assert digest_on(state, date(2040, 1, 1)) == TERMS.digest


def test_only_a_party_proposes_and_answers() -> None:
    """Whoever acts for no party of the terms has no say in them."""
    with pytest.raises(Refused, match="other is no party of acme-jot"):
        agreement.propose(agreement.initial(), TERMS, EVE)
    with pytest.raises(Refused, match="other has no say in the terms"):
        agreement.accept(life(proposes(TERMS, ANA)), None, EVE)
    with pytest.raises(Refused, match="other has no say in the terms"):
        agreement.decline(life(proposes(TERMS, ANA)), None, "no", EVE)


def test_one_proposal_at_a_time() -> None:
    """Other terms wait until the open ones are answered; after that they are an amendment."""
    with pytest.raises(Refused, match="other terms are open"):
        agreement.propose(life(proposes(TERMS, ANA)), BETTER, BEN)
    with pytest.raises(Refused, match="the agreement is in force") as refused:
        agreement.propose(life(*IN_FORCE), BETTER, BEN)
    assert refused.value.hint == "propose an amendment"


def test_declined_terms_make_room_for_others() -> None:
    """A no ends a proposal, and a new one, even of the same terms, may follow."""
    state = life(proposes(TERMS, ANA))
    events = agreement.decline(state, None, "too little", BEN)
    assert events == [AgreementDeclined(digest=TERMS.digest, reason="too little", **BEN.on(STREAM, 2))]
    state = after(agreement.evolve, state, events)
    with pytest.raises(Refused, match="were declined by acme"):
        agreement.accept(state, None, BEN)
    again = life(proposes(TERMS, ANA), declines(BEN), proposes(TERMS, ANA), accepts(BEN, TERMS.digest))
    assert agreement.in_force(again)
    assert agreement.in_force(life(proposes(TERMS, ANA), declines(BEN), proposes(BETTER, BEN), accepts(ANA)))


def test_a_proposer_withdraws_by_declining() -> None:
    """As long as somebody has not accepted, every party can still say no, the proposer too."""
    assert agreement.open_version(life(proposes(TERMS, ANA), declines(ANA))) is None


def test_terms_in_force_are_not_declined() -> None:
    """What every party accepted is changed by an amendment or ended, not declined."""
    with pytest.raises(Refused, match="are in force: every party accepted them"):
        agreement.decline(life(*IN_FORCE), None, "no", BEN)


def test_terms_are_named_by_the_beginning_of_their_digest() -> None:
    """Eight characters of a digest are enough, fewer or others are not."""
    state = life(proposes(TERMS, ANA))
    assert len(agreement.accept(state, TERMS.digest[:8], BEN)) == 1
    with pytest.raises(Refused, match="is too short for a digest"):
        agreement.accept(state, TERMS.digest[:7], BEN)
    with pytest.raises(Refused, match="no terms with digest 0000000000 were proposed"):
        agreement.accept(state, "0" * 10, BEN)


def test_an_ambiguous_digest_is_refused() -> None:
    """Two documents whose digests begin alike need more characters to tell them apart."""
    state = life(proposes(TERMS, ANA), declines(BEN))
    twin = state.versions[0].digest[:12] + "0" * 52
    twins = structs.replace(state.versions[0], digest=twin, declined_by=None)
    forged = structs.replace(state, versions=(*state.versions, twins))
    with pytest.raises(Refused, match="is ambiguous"):
        agreement.accept(forged, twin[:12], BEN)
    assert agreement.accept(forged, twin[:20], BEN)


def test_nothing_is_accepted_before_it_is_proposed() -> None:
    """An answer needs a question."""
    with pytest.raises(Refused, match="no terms have been proposed"):
        agreement.accept(agreement.initial(), None, BEN)


def test_a_decline_says_why() -> None:
    """A no without a reason helps nobody."""
    with pytest.raises(Refused, match="a reason is missing"):
        agreement.decline(life(proposes(TERMS, ANA)), None, "  ", BEN)


def test_the_canonical_form_of_a_document_is_read() -> None:
    """Parties and first day come from the canonical form that the terms themselves write."""
    document = parse_terms(
        "agreement: acme-jot\ntitle: Audience\n"
        "parties: {acme: {name: Acme GmbH}, jot: {name: JOT Media S.L.}}\n"
        "currency: EUR\nperiods: {every: quarter, from: 2026-04-01}\n"
        "pool: {results: [sales]}\nshares: [{split: {acme: 50%, jot: 50%}}]\nlosses: {acme: 50%, jot: 50%}\n"
    )
    state = after(agreement.evolve, agreement.initial(), agreement.propose(agreement.initial(), document, ANA))
    state = after(agreement.evolve, state, agreement.accept(state, None, BEN))
    assert agreement.version_on(state, date(2026, 3, 31)) is None
    assert digest_on(state, APR_1) == document.digest
    assert agreement.amend(state, document, JUL_1, "none", ANA) == []


def test_unreadable_terms_on_record_are_broken() -> None:
    """A proposal that holds no terms was not written by this book."""
    event = AgreementProposed(terms="{}", digest=TERMS.digest, **ANA.on(STREAM, 1))
    with pytest.raises(Broken, match="terms on record cannot be read"):
        agreement.evolve(agreement.initial(), event)


def test_an_answer_to_nothing_is_broken() -> None:
    """An acceptance of terms that are not open cannot be in the stream."""
    event = AgreementAccepted(digest=TERMS.digest, **BEN.on(STREAM, 1))
    with pytest.raises(Broken, match="an answer to terms that are not open"):
        agreement.evolve(agreement.initial(), event)


# --- amending ---------------------------------------------------------------------------------------------


def test_an_amendment_is_a_whole_new_document() -> None:
    """An amendment names its first day and its reason, and is open until every party accepts it."""
    state = life(*IN_FORCE)
    events = agreement.amend(state, BETTER, JUL_1, "more for all", BEN)
    content = AmendmentProposed(
        terms=BETTER.canonical,
        digest=BETTER.digest,
        effective_on=JUL_1,
        reason="more for all",
        **BEN.on(STREAM, 3),
    )
    assert events == [content]
    state = after(agreement.evolve, state, events)
    assert digest_on(state, JUL_1) == TERMS.digest
    events = agreement.accept(state, BETTER.digest, ANA)
    assert events == [AmendmentAccepted(digest=BETTER.digest, **ANA.on(STREAM, 4))]
    state = after(agreement.evolve, state, events)
    assert digest_on(state, date(2026, 6, 30)) == TERMS.digest
    assert digest_on(state, JUL_1) == BETTER.digest


def test_a_declined_amendment_changes_nothing() -> None:
    """After a no the terms before stay, and another amendment may be proposed."""
    state = life(*IN_FORCE, amends(BETTER, JUL_1, BEN))
    events = agreement.decline(state, None, "too much", ANA)
    assert events == [AmendmentDeclined(digest=BETTER.digest, reason="too much", **ANA.on(STREAM, 4))]
    state = after(agreement.evolve, state, events)
    assert digest_on(state, JUL_1) == TERMS.digest
    assert agreement.amend(state, OTHER, JUL_1, "again", ANA)


def test_what_was_agreed_last_wins_from_its_day_on() -> None:
    """A retroactive amendment replaces later terms too, because it was accepted after them."""
    state = life(*IN_FORCE, amends(BETTER, JUL_1, BEN), accepts(ANA), amends(OTHER, APR_1, ANA), accepts(BEN))
    assert digest_on(state, date(2026, 3, 31)) == TERMS.digest
    assert digest_on(state, APR_1) == OTHER.digest
    assert digest_on(state, OCT_1) == OTHER.digest
    assert [version.order for version in state.versions] == [1, 2, 3]


def test_terms_may_return() -> None:
    """The first terms can be agreed again, from a later day."""
    state = life(*IN_FORCE, amends(BETTER, APR_1, BEN), accepts(ANA), amends(TERMS, JUL_1, BEN), accepts(ANA))
    assert [digest_on(state, day) for day in (JAN_1, APR_1, JUL_1)] == [TERMS.digest, BETTER.digest, TERMS.digest]


def test_an_amendment_that_admits_a_party_needs_its_yes() -> None:
    """A new party is asked like every other."""
    state = life(*IN_FORCE, amends(OF_THREE, JUL_1, ANA), accepts(BEN))
    assert digest_on(state, JUL_1) == TERMS.digest
    assert digest_on(after(agreement.evolve, state, agreement.accept(state, None, KAI)), JUL_1) == OF_THREE.digest


def test_an_amendment_that_leaves_a_party_out_needs_its_yes() -> None:
    """Nobody is put out of an agreement without having accepted it."""
    state = life(*IN_FORCE, amends(WITHOUT_JOT, JUL_1, BEN), accepts(KAI))
    assert digest_on(state, JUL_1) == TERMS.digest
    assert digest_on(after(agreement.evolve, state, agreement.accept(state, None, ANA)), JUL_1) == WITHOUT_JOT.digest


def test_a_retroactive_amendment_asks_everybody_whose_terms_it_replaces() -> None:
    """A party that left in July is asked about an amendment from April: its months from April to June change."""
    admitted = (proposes(OF_THREE, ANA), accepts(BEN), accepts(KAI))
    left = (amends(TERMS, JUL_1, ANA), accepts(BEN), accepts(KAI))
    state = life(*admitted, *left, amends(BETTER, APR_1, ANA), accepts(BEN))
    assert digest_on(state, APR_1) == OF_THREE.digest
    assert digest_on(after(agreement.evolve, state, agreement.accept(state, None, KAI)), APR_1) == BETTER.digest
    later = life(*admitted, *left, amends(BETTER, JUL_1, ANA), accepts(BEN))
    assert digest_on(later, JUL_1) == BETTER.digest


def test_a_new_party_may_propose_its_own_admission() -> None:
    """An amendment is proposed by a party of the old terms or the new."""
    assert life(*IN_FORCE, amends(OF_THREE, JUL_1, KAI), accepts(ANA), accepts(BEN)).versions[-1].order == 2
    with pytest.raises(Refused, match="other is no party of the agreement"):
        agreement.amend(life(*IN_FORCE), OF_THREE, JUL_1, "let me in", EVE)


def test_one_amendment_at_a_time() -> None:
    """Another amendment waits until the open one is answered; the same from another day is another."""
    state = life(*IN_FORCE, amends(BETTER, JUL_1, BEN))
    for terms, day in ((OTHER, JUL_1), (BETTER, OCT_1)):
        with pytest.raises(Refused, match="another amendment is open"):
            agreement.amend(state, terms, day, "no, this", ANA)


def test_nothing_is_amended_to_what_it_is() -> None:
    """Terms that hold from a day on are not proposed again from that day."""
    state = life(*IN_FORCE, amends(BETTER, JUL_1, BEN), accepts(ANA))
    assert agreement.amend(state, BETTER, JUL_1, "again", BEN) == []
    assert agreement.amend(state, BETTER, OCT_1, "again", BEN) == []
    assert agreement.amend(state, BETTER, APR_1, "earlier", BEN)
    assert agreement.amend(state, TERMS, JAN_1, "back to the first", BEN)


@pytest.mark.parametrize(
    ("terms", "effective_on", "message"),
    [
        (BETTER, date(2026, 7, 2), "2026-07-02 is inside 2026-07"),
        (BETTER, date(2025, 12, 1), "the agreement starts on 2026-01-01"),
        (TERMS, date(2025, 12, 1), "the agreement starts on 2026-01-01"),
        (replace(BETTER, agreement="acme-kim"), JUL_1, "keeps the agreement: it is acme-jot, not acme-kim"),
        (replace(BETTER, currency="USD"), JUL_1, "keeps the currency: it is EUR, not USD"),
        (replace(BETTER, every=Every.WEEK), JUL_1, "keeps the settlement period: it is month, not week"),
        (replace(BETTER, starts_on=APR_1), JUL_1, "keeps the first day: it is 2026-01-01, not 2026-04-01"),
    ],
)
def test_an_amendment_keeps_what_the_book_is_built_on(terms: Terms, effective_on: date, message: str) -> None:
    """Slug, currency, periods and first day stay, and an amendment begins with a settlement period."""
    with pytest.raises(Refused, match=message):
        agreement.amend(life(*IN_FORCE), terms, effective_on, "why", BEN)


def test_an_amendment_may_begin_with_a_short_first_period() -> None:
    """An agreement that starts inside a month can be amended from that very day."""
    mid = date(2026, 1, 15)
    first = replace(TERMS, starts_on=mid)
    state = life(proposes(first, ANA), accepts(BEN))
    assert agreement.amend(state, replace(first, title="New"), mid, "why", BEN)
    with pytest.raises(Refused, match="the agreement starts on 2026-01-15"):
        agreement.amend(state, replace(first, title="New"), JAN_1, "why", BEN)


def test_an_amendment_says_why() -> None:
    """An amendment without a reason is refused."""
    with pytest.raises(Refused, match="a reason is missing"):
        agreement.amend(life(*IN_FORCE), BETTER, JUL_1, " ", BEN)


def test_there_is_nothing_to_amend_or_end_before_terms_are_in_force() -> None:
    """A proposal is not an agreement yet."""
    for step in (amends(BETTER, JUL_1, BEN), terminates(JUL_1, BEN)):
        with pytest.raises(Refused, match="the agreement is not in force yet"):
            step(life(proposes(TERMS, ANA)))


# --- terminating ------------------------------------------------------------------------------------------

JUN_30 = date(2026, 6, 30)


def test_any_party_ends_the_agreement() -> None:
    """A termination names the last day; after it no terms are in force, but what was before is settled by them."""
    state = life(*IN_FORCE)
    events = agreement.terminate(state, JUN_30, "it is over", BEN, None, APR_1)
    assert events == [AgreementTerminated(effective_on=JUN_30, reason="it is over", **BEN.on(STREAM, 3))]
    state = after(agreement.evolve, state, events)
    assert digest_on(state, JUN_30) == TERMS.digest
    assert digest_on(state, JUL_1) is None
    last = agreement.last_version_on(state, JUL_1)
    assert last is not None
    assert last.digest == TERMS.digest


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (terminates(JUN_30, EVE), "other is no party of the agreement"),
        (terminates(date(2025, 12, 31), BEN), "it starts on 2026-01-01"),
        (terminates(JUN_30, BEN, JUL_1), "it is closed up to 2026-07-01"),
        (lambda state: agreement.terminate(state, JUN_30, "", BEN, None, APR_1), "a reason is missing"),
    ],
)
def test_a_termination_that_cannot_be_is_refused(step: Step, message: str) -> None:
    """A termination comes from a party, has a reason, and is not before the start or inside what is closed."""
    with pytest.raises(Refused, match=message):
        step(life(*IN_FORCE))


def test_a_termination_may_fall_on_the_last_closed_day() -> None:
    """The last day of the last closed period is the earliest end."""
    assert len(terminates(JUN_30, BEN, JUN_30)(life(*IN_FORCE))) == 1


def test_an_agreement_may_end_on_its_first_day() -> None:
    """One day is the shortest partnership, and its terms can still be amended for that day."""
    state = life(*IN_FORCE, terminates(JAN_1, BEN), amends(BETTER, JAN_1, ANA), accepts(BEN))
    assert digest_on(state, JAN_1) == BETTER.digest


def test_a_termination_stands() -> None:
    """Once ended, the agreement does not end on another day, and nothing is amended after its end."""
    state = life(*IN_FORCE, terminates(JUN_30, BEN))
    with pytest.raises(Refused, match="the agreement already ends on 2026-06-30"):
        agreement.terminate(state, OCT_1, "later", ANA, None, APR_1)
    with pytest.raises(Refused, match="the agreement ends on 2026-06-30, before 2026-07-01"):
        agreement.amend(state, BETTER, JUL_1, "why", BEN)
    assert agreement.amend(state, BETTER, APR_1, "why", BEN)


def test_a_termination_is_brought_forward_and_not_put_off() -> None:
    """A party may end it earlier than was said before, though not inside what is closed; never later."""
    state = life(*IN_FORCE, terminates(JUN_30, BEN), terminates(APR_1, ANA))
    assert state.terminated_on == APR_1
    assert digest_on(state, JUN_30) is None
    with pytest.raises(Refused, match="already ends on 2026-04-01") as refused:
        terminates(JUN_30, BEN)(state)
    assert refused.value.hint == "a termination can be brought forward, not put off"
    with pytest.raises(Refused, match="it is closed up to 2026-03-31"):
        terminates(JAN_1, BEN, date(2026, 3, 31))(state)


def test_an_agreement_is_ended_by_a_party_of_the_present() -> None:
    """Who has left does not end it, nor who is still to join; before the start every party may."""
    left = (amends(WITHOUT_JOT, APR_1, ANA), accepts(BEN), accepts(KAI))
    state = life(*IN_FORCE, *left)
    before, since = date(2026, 3, 31), APR_1
    for stamp, day in ((KAI, before), (ANA, since)):
        with pytest.raises(Refused, match="is no party of the agreement"):
            terminates(OCT_1, stamp, today=day)(state)
    for stamp, day in ((ANA, before), (KAI, since), (ANA, date(2025, 12, 1)), (KAI, date(2025, 12, 1))):
        assert len(terminates(OCT_1, stamp, today=day)(state)) == 1


def test_the_terms_that_govern_a_day_are_never_none() -> None:
    """Before the start they are the first, after the end those of the last day, and never such as begin later."""
    assert agreement.governing(life(proposes(TERMS, ANA)), JUL_1) is None
    state = life(*IN_FORCE, amends(BETTER, JUL_1, ANA), accepts(BEN), terminates(JUN_30, BEN))
    found = [agreement.governing(state, day) for day in (date(2025, 1, 1), APR_1, JUN_30, OCT_1)]
    assert [each and each.digest for each in found] == [TERMS.digest] * 4
    running = life(*IN_FORCE, amends(BETTER, JUL_1, ANA), accepts(BEN))
    found = [agreement.governing(running, day) for day in (JUN_30, JUL_1)]
    assert [each and each.digest for each in found] == [TERMS.digest, BETTER.digest]


# --- laws -------------------------------------------------------------------------------------------------

TERMS_SEEN = st.sampled_from([TERMS, BETTER, OTHER, OF_THREE, WITHOUT_JOT])
STAMPS = st.sampled_from([ANA, BEN, KAI])
DIGESTS = st.one_of(st.none(), TERMS_SEEN.map(lambda terms: terms.digest[:10]))
DAYS = st.sampled_from([JAN_1, APR_1, JUL_1, OCT_1])
STEPS = st.one_of(
    st.builds(proposes, TERMS_SEEN, STAMPS),
    st.builds(accepts, STAMPS, DIGESTS),
    st.builds(accepts, STAMPS),
    st.builds(declines, STAMPS, DIGESTS),
    st.builds(amends, TERMS_SEEN, DAYS, STAMPS),
    st.builds(terminates, DAYS, STAMPS),
)


@pytest.mark.parametrize(
    "steps",
    [
        (proposes(TERMS, ANA),),
        IN_FORCE,
        (proposes(TERMS, ANA), declines(BEN)),
        (*IN_FORCE, amends(BETTER, JUL_1, BEN)),
        (*IN_FORCE, amends(BETTER, JUL_1, BEN), accepts(ANA)),
        (*IN_FORCE, amends(BETTER, JUL_1, BEN), declines(ANA)),
        (*IN_FORCE, terminates(JUN_30, BEN)),
    ],
)
def test_each_step_asked_twice_is_one_step(steps: tuple[Step, ...]) -> None:
    """Every command of an agreement's life, repeated, gives no event."""
    assert steps[-1](life(*steps)) == []


@given(st.sampled_from([(), IN_FORCE]), st.lists(STEPS, max_size=30))
def test_whatever_was_decided_is_not_decided_twice(begun: tuple[Step, ...], history: list[Step]) -> None:
    """After any command, the same command by the same actor gives no event."""
    state = life(*begun)
    for step in history:
        try:
            state = after(agreement.evolve, state, step(state))
        except Refused:
            continue
        assert step(state) == []


@given(st.lists(STEPS, max_size=30))
def test_nobody_is_bound_without_a_yes(history: list[Step]) -> None:
    """Whatever happens, a change of anybody's terms was accepted by everybody whose terms it changed."""
    state = agreement.initial()
    for step in (*IN_FORCE, *history):
        before = {day: agreement.last_version_on(state, day) for day in (JAN_1, APR_1, JUL_1, OCT_1)}
        try:
            state = after(agreement.evolve, state, step(state))
        except Refused:
            continue
        for day, earlier in before.items():
            now = agreement.last_version_on(state, day)
            if now != earlier:
                assert now is not None
                assert now.parties | (earlier.parties if earlier else frozenset()) <= now.accepted_by
