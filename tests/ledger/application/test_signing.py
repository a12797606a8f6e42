"""Keys, signed acceptances and acknowledgements: who may sign, what is asked for, and what a forgery comes to."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest

from ledger.application import Ledger, create_store
from ledger.book import key as keys
from ledger.book.agreement import signed_text
from ledger.book.events import AgreementAccepted
from ledger.book.signing_events import StatementAcknowledged
from ledger.bundle.verify import verify
from ledger.store.keys import SigningKey, signing_key
from ledger.store.notes import Kind
from ledger.terms.written.document import parse_terms
from ledger.values.errors import Refused
from ledger.values.periods import parse_period
from tests.projections.story import ANN, BOOK, LEO, TERMS, sales

ANN_KEY, LEO_KEY = signing_key(ANN, b"a" * 32), signing_key(LEO, b"l" * 32)
SIGNED = parse_terms(TERMS + "signatures: [terms, statements]\n")
JANUARY = parse_period("2026-01")


@pytest.fixture
def ledger(any_url: str) -> Ledger:
    """A store in which nothing is agreed."""
    create_store(any_url)
    return Ledger(any_url, ANN, lambda: datetime(2026, 2, 2, 9, tzinfo=UTC))


def found(ledger: Ledger) -> list[str]:
    """What a check of the book's bundle finds wrong."""
    out = io.BytesIO()
    ledger.audit.export(BOOK, out)
    return [problem for check in verify(io.BytesIO(out.getvalue())) for problem in check.problems]


def agree(ledger: Ledger) -> None:
    """Terms that ask for signatures, proposed and signed by both."""
    ledger.agreements.propose(SIGNED)
    for actor, key in ((ANN, ANN_KEY), (LEO, LEO_KEY)):
        ledger.acting_as(actor)
        ledger.signing.register(BOOK, key.public())
        ledger.agreements.accept(BOOK, signer=key)


def test_terms_that_ask_for_signatures_are_accepted_by_signature_alone(ledger: Ledger) -> None:
    """The proposer signs like the others; until then it has not accepted."""
    ledger.agreements.propose(SIGNED)
    assert ledger.agreement(BOOK).versions[0].accepted_by == frozenset()
    with pytest.raises(Refused, match="ask for signatures"):
        ledger.agreements.accept(BOOK)
    with pytest.raises(Refused, match="not a key that acme has registered"):
        ledger.agreements.accept(BOOK, signer=ANN_KEY)
    agree(ledger)
    assert ledger.agreement(BOOK).versions[0].order == 1
    ledger.acting_as(LEO)
    assert ledger.agreements.accept(BOOK) == []
    assert found(ledger) == []


def test_a_key_belongs_to_the_party_that_its_name_begins_with(ledger: Ledger) -> None:
    """Nobody registers a key for somebody else, nor before there is anything to sign."""
    with pytest.raises(Refused, match="there is no agreement"):
        ledger.signing.register(BOOK, ANN_KEY.public())
    ledger.agreements.propose(SIGNED)
    with pytest.raises(Refused, match="not a key of acme"):
        ledger.signing.register(BOOK, LEO_KEY.public())
    assert len(ledger.signing.register(BOOK, ANN_KEY.public())) == 1
    assert ledger.signing.register(BOOK, ANN_KEY.public()) == []
    ledger.acting_as("bob/bob")
    with pytest.raises(Refused, match="bob is no party"):
        ledger.signing.register(BOOK, signing_key("bob/bob", b"b" * 32).public())


def test_a_key_is_changed_by_registering_another_and_revoking_the_first(ledger: Ledger) -> None:
    """What was signed before still counts; the revoked key signs nothing more."""
    agree(ledger)
    ledger.acting_as(LEO)
    new = signing_key("jot/mia", b"m" * 32)
    ledger.signing.register(BOOK, new.public())
    assert len(ledger.signing.revoke(BOOK, LEO_KEY.public().id.hex(), "the laptop was stolen")) == 1
    assert ledger.signing.revoke(BOOK, LEO_KEY.public().id.hex(), "again") == []
    with pytest.raises(Refused, match="was revoked"):
        ledger.signing.register(BOOK, LEO_KEY.public())
    with pytest.raises(Refused, match="jot has no key 00000000"):
        ledger.signing.revoke(BOOK, "00000000", "why")
    _close(ledger)
    ledger.acting_as(LEO)
    with pytest.raises(Refused, match="not a key that jot has registered"):
        ledger.signing.acknowledge(BOOK, JANUARY, LEO_KEY)
    ledger.signing.acknowledge(BOOK, JANUARY, new)
    assert [each.revoked for each in ledger.signing.keys(BOOK)["jot"].keys] == [True, False]
    assert found(ledger) == []


def test_a_statement_is_acknowledged_once_and_names_what_it_stands_on(ledger: Ledger) -> None:
    """Digest, size and root of the close; signed where the terms ask for it."""
    agree(ledger)
    with pytest.raises(Refused, match="is not closed"):
        ledger.signing.acknowledge(BOOK, JANUARY, LEO_KEY)
    _close(ledger)
    ledger.acting_as(LEO)
    with pytest.raises(Refused, match="by signature"):
        ledger.signing.acknowledge(BOOK, JANUARY)
    [event] = ledger.signing.acknowledge(BOOK, JANUARY, LEO_KEY)
    assert isinstance(event, StatementAcknowledged)
    [closed] = ledger.facts(BOOK).closings()
    assert (event.statement, event.size, event.root) == (closed.statement, closed.cutoff_seq, closed.root)
    assert ledger.signing.acknowledge(BOOK, JANUARY, LEO_KEY) == []
    assert ledger.signing.acknowledged(BOOK, JANUARY) == ("jot",)
    assert found(ledger) == []


@pytest.mark.parametrize("by", ["another key", "a cosigner's signature", "another text"])
def test_a_forged_signature_is_found_in_the_bundle(ledger: Ledger, by: str) -> None:
    """Whoever writes events past the ledger cannot write the signature of a party."""
    ledger.agreements.propose(SIGNED)
    ledger.signing.register(BOOK, ANN_KEY.public())
    text = signed_text(BOOK, SIGNED.digest)
    forger: SigningKey = signing_key(ANN, b"x" * 32)
    line = {
        "another key": forger.sign(text),
        "a cosigner's signature": ANN_KEY.cosign(text, 1),
        "another text": ANN_KEY.sign(text.replace("accepted", "declined")),
    }[by]
    header = ledger.stamp().on(f"{BOOK}/agreement", 2)
    ledger.save(AgreementAccepted(digest=SIGNED.digest, signature=str(line).strip(), **header))
    assert any(problem.startswith("event 3: the signature does not count") for problem in found(ledger))


def test_an_acknowledgement_of_another_statement_is_found_in_the_bundle(ledger: Ledger) -> None:
    """Its digest, size and root have to be those of the close."""
    agree(ledger)
    _close(ledger)
    [closed] = ledger.facts(BOOK).closings()
    header = ledger.acting_as(LEO).stamp().on(f"{BOOK}/statement/2026-01", 1)
    ledger.save(
        StatementAcknowledged(
            period="2026-01", statement=closed.statement, size=closed.cutoff_seq - 1, root=closed.root, **header
        )
    )
    assert any("acknowledges another statement" in problem for problem in found(ledger))


def test_either_kind_of_key_has_an_id_of_its_own() -> None:
    """So that a cosignature is never taken for an acceptance."""
    assert LEO_KEY.public().id != LEO_KEY.public(Kind.COSIGNATURE).id
    assert keys.initial().valid() == []


def _close(ledger: Ledger) -> None:
    ledger.acting_as(ANN)
    ledger.entries.record(BOOK, "S-1", sales(date(2026, 1, 9), 100_000))
    ledger.statements.close(BOOK, JANUARY)
