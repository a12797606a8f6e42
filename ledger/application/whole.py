"""The ledger as one object: all commands by noun on one store; and how a store is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ledger.application.agreements import Agreements
from ledger.application.audit import Audit
from ledger.application.core import Core, utc_now
from ledger.application.disputes import Disputes
from ledger.application.entries import Entries
from ledger.application.evidence import Evidence
from ledger.application.liquidations import Liquidations
from ledger.application.partners import Partners
from ledger.application.payouts import Payouts
from ledger.application.rates import RatesOfExchange
from ledger.application.signing import Signing
from ledger.application.statements import Statements
from ledger.application.texts import Texts
from ledger.settlement.knowledge import Facts
from ledger.store.engine import make_engine
from ledger.store.schema import check_schema, create_schema
from ledger.store.shelf import shelf_beside
from ledger.values.errors import Refused


class Ledger(Core):
    """Everything that can be done with a store of agreements, by noun.

    `evidence` and `texts` name the folders for documents and for private texts; a SQLite file has them beside it.
    """

    def __init__(
        self,
        url: str,
        actor: str | None = None,
        now: Callable[[], datetime] = utc_now,
        facts: Callable[[Core, str], Facts] | None = None,
        *,
        evidence: str | None = None,
        texts: str | None = None,
    ) -> None:
        super().__init__(url, actor, now, facts)
        self.evidence = Evidence(self, shelf_beside(self.engine, evidence, "evidence"))
        self.texts = Texts(self, shelf_beside(self.engine, texts, "texts", 0o400))
        self.entries = Entries(self)
        self.partners = Partners(self, self.entries)
        self.liquidations = Liquidations(self)
        self.rates = RatesOfExchange(self)
        self.statements = Statements(self)
        self.payouts = Payouts(self)
        self.disputes = Disputes(self, self.statements)
        self.audit = Audit(self, self.evidence)
        self.signing = Signing(self)
        self.agreements = Agreements(self, self.signing)


def create_store(url: str) -> bool:
    """Make the tables of a store, and tell whether they are new: where there is a store already, it stays as it is."""
    if url.removesuffix(":memory:").rstrip("/") == "sqlite:":
        raise Refused(f"{url} keeps nothing: it names no file", "name one, such as sqlite:///pactbook.db")
    engine = make_engine(url)
    new = False
    try:
        try:
            check_schema(engine)
        except Refused:
            new = True
        create_schema(engine)
        return new
    finally:
        engine.dispose()
