"""What happens in the demo: told once, in the words of the ledger, at the times at which it would have happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from importlib.resources import files
from pathlib import Path

from cli.imports import load_mapping, read_entries
from ledger.application import Ledger, create_store
from ledger.book.events import Cost, Fact, Liability
from ledger.terms.written.document import parse_terms
from ledger.values.periods import parse_period
from projections.follower import projected

AGREEMENT = "acme-jot"
ANN, LEO, MIA = "acme/ann", "jot/leo", "acme/mia"


class _Story:
    """A ledger whose clock we set as the story goes on."""

    def __init__(self, store: str, folder: Path) -> None:
        self.today = date(2024, 12, 16)
        self.folder = folder
        self.ledger = Ledger(store, now=lambda: datetime.combine(self.today, time(9), UTC), facts=projected)

    def on(self, day: date, actor: str) -> Ledger:
        """The ledger on a day, in somebody's hands."""
        self.today = day
        self.ledger.acting_as(actor)
        return self.ledger

    def bring(self, name: str, mapping: str, day: date, actor: str) -> None:
        """Import a file of the demo."""
        path = self.folder / name
        rows = read_entries(path, load_mapping(self.folder / mapping), file_name=name)
        self.on(day, actor).entries.import_all(AGREEMENT, rows, name)

    def record(self, day: date, actor: str, reference: str, fact: Fact, note: str | None = None) -> None:
        """Record one fact."""
        self.on(day, actor).entries.record(AGREEMENT, reference, fact, note=note)


def tell(store: str, folder: Path) -> None:
    """Play the whole story on a store, with its files in `folder`."""
    create_store(store)
    folder.mkdir(parents=True)
    for source in sorted(files("cli.demo").joinpath("files").iterdir(), key=lambda each: each.name):
        (folder / source.name).write_text(source.read_text("utf-8"), "utf-8")
    story = _Story(store, folder)
    try:
        _handshake(story)
        _half_a_year(story)
        _second_thoughts(story)
    finally:
        story.ledger.close()


def _handshake(story: _Story) -> None:
    text = (story.folder / "terms.yaml").read_text("utf-8")
    story.on(date(2024, 12, 16), ANN).agreements.propose(parse_terms(text, "terms.yaml"))
    story.on(date(2024, 12, 18), LEO).agreements.accept(AGREEMENT)


def _half_a_year(story: _Story) -> None:
    story.bring("sales.csv", "sales.map.yaml", date(2025, 8, 1), ANN)
    story.bring("media.csv", "costs.map.yaml", date(2025, 8, 1), LEO)
    for month in range(1, 8):
        tracking = Cost(
            category="tracking", effective_on=date(2025, month, 28), amount_minor=49_000, currency="EUR", paid_by="acme"
        )
        story.record(date(2025, 8, 1), ANN, f"TRK-2025-{month:02d}", tracking, "tracking licence")
    chargeback = Liability(category="chargebacks", effective_on=date(2025, 5, 30), amount_minor=62_000, currency="EUR")
    story.record(date(2025, 8, 1), ANN, "CB-2025-05", chargeback, "card chargebacks expected for May")
    ledger = story.on(date(2025, 8, 4), MIA)
    for _ in ledger.statements.close_through(AGREEMENT, parse_period("2025-06")):
        pass
    ledger.payouts.propose(AGREEMENT)
    ledger = story.on(date(2025, 8, 5), ANN)
    ledger.payouts.approve(AGREEMENT, "2025-06-1")
    ledger.payouts.send(AGREEMENT, "2025-06-1", date(2025, 8, 5), "SEPA 7731")
    story.on(date(2025, 8, 6), LEO).payouts.settle(AGREEMENT, "2025-06-1", date(2025, 8, 6), "SEPA 7731")


def _second_thoughts(story: _Story) -> None:
    """A late invoice, a correction and a void, in months that are closed; then the close that explains them."""
    late = Cost(category="media", effective_on=date(2025, 4, 27), amount_minor=41_250, currency="EUR", paid_by="jot")
    story.record(date(2025, 8, 7), LEO, "M-1999", late, "newsletter, invoice came late")
    ledger = story.on(date(2025, 8, 8), ANN)
    ledger.entries.correct(AGREEMENT, "W-2025-07", {"amount_minor": 612_500}, "two refunds were counted as sales")
    ledger.entries.void(AGREEMENT, "TRK-2025-02", "the licence was free in February")
    ledger.statements.close(AGREEMENT, parse_period("2025-07"))
    story.on(date(2025, 8, 11), ANN).disputes.open(
        f"{AGREEMENT}/2025-07/jot/shares.1", "4600.00", "we counted 1,150 signups in July, not 1,253"
    )
    story.on(date(2025, 8, 12), MIA).payouts.propose(AGREEMENT)
