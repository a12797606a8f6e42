"""Signatures of parties: the keys that they register, the terms they accept, the statements they have seen."""

from __future__ import annotations

from ledger.application.core import Core, Decision
from ledger.book import acknowledgement, agreement, closing, key
from ledger.book.closing import Closing
from ledger.settlement.closing import statement_of
from ledger.store.keys import SigningKey, verify
from ledger.store.notes import Note, PublicKey, parse_key
from ledger.values.errors import Refused
from ledger.values.periods import Period

STATEMENTS = "statements"


class Signing:
    """Who may sign, and what was signed."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def register(self, book: str, public: PublicKey) -> Decision:
        """Let the actor's party sign with a key from now on."""
        core = self._core

        def decision() -> Decision:
            state = core.load(key, key.stream(book, core.stamp().party))
            return key.register(state, book, str(public), _parties(core.agreement(book)), core.stamp())

        return core.decide(decision)

    def revoke(self, book: str, key_id: str, reason: str) -> Decision:
        """Let a key of the actor's party count no more."""
        core = self._core
        core.require_book(book)

        def decision() -> Decision:
            state = core.load(key, key.stream(book, core.stamp().party))
            return key.revoke(state, book, key_id, reason, core.stamp())

        return core.decide(decision)

    def keys(self, book: str) -> dict[str, key.Keys]:
        """The keys of every party, those that were revoked included."""
        parties = sorted(_parties(self._core.agreement(book)))
        return {party: self._core.load(key, key.stream(book, party)) for party in parties}

    def sign(self, book: str, text: str, signer: SigningKey) -> str:
        """The signature of a text with a key that the actor's party has registered.

        Raises `Refused` for another key, and for one that was revoked.
        """
        party = self._core.stamp().party
        valid = self._core.load(key, key.stream(book, party)).valid()
        if str(signer.public()) not in valid:
            hint = f"register it first: pactbook key register {book}"
            raise Refused(f"the key of {signer.name} is not a key that {party} has registered in {book}", hint)
        signature = signer.sign(text)
        assert verify(Note(text, (signature,)), parse_key(str(signer.public()))) is not None
        return str(signature).removesuffix("\n")

    def acknowledge(self, book: str, period: Period, signer: SigningKey | None = None) -> Decision:
        """Say that the actor's party has seen the statement of a closed period, signed where the terms ask for it."""
        core = self._core

        def decision() -> Decision:
            closed = _closed(core.load(closing, closing.stream(book)), book, period)
            made = statement_of(core.facts(book), period)
            if signer is None and STATEMENTS in made.terms.signatures:
                raise Refused(f"statements of {book} are acknowledged by signature", "add --sign")
            parties = frozenset(account.party for account in made.accounts)
            state = core.load(acknowledgement, acknowledgement.stream(book, period.key))
            signature = None if signer is None else self.sign(book, _seen_text(book, closed), signer)
            return acknowledgement.acknowledge(state, book, closed, parties, signature, core.stamp())

        return core.decide(decision)

    def acknowledged(self, book: str, period: Period) -> tuple[str, ...]:
        """The parties that have acknowledged the statement of a period."""
        return self._core.load(acknowledgement, acknowledgement.stream(book, period.key)).parties


def _seen_text(book: str, closed: Closing) -> str:
    return acknowledgement.signed_text(book, closed.period.key, closed.statement, closed.cutoff_seq, closed.root)


def _closed(state: closing.Closings, book: str, period: Period) -> Closing:
    found = closing.closing_of(state, period)
    if found is None:
        raise Refused(f"{book}/{period} is not closed", "only a statement that was issued can be acknowledged")
    return found


def _parties(state: agreement.Agreement) -> frozenset[str]:
    """The parties of all terms that were ever proposed."""
    return frozenset[str]().union(*(version.parties for version in state.versions))
