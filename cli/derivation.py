"""A derivation as a tree of lines; and those of what entries put on record of the partners' capital."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.session import session

if TYPE_CHECKING:
    from ledger.values.figures import Entries, Figure
    from ledger.values.money import Currency

_WORDS = {
    "sum": "sum",
    "difference": "the first less the others",
    "negative": "with the other sign",
    "product": "product",
    "quotient": "the first divided by the second",
    "lesser": "the lesser",
    "greater": "the greater",
    "floor": "rounded down",
    "round": "rounded",
    "band": "the value of the band reached",
    "term": "terms",
}


def tree(root: Figure, unit: Currency, depth: int | None = None) -> Iterator[str]:
    """Every figure on a line, its operands indented below it; what stands above already is not repeated."""
    from ledger.settlement.canonical import figure_text

    lines: list[tuple[str, Figure, bool]] = []
    seen: set[int] = set()

    def visit(figure: Figure, indent: str, branch: str, level: int) -> None:
        again = id(figure) in seen and bool(figure.operands)
        seen.add(id(figure))
        lines.append((indent + branch, figure, again))
        if again or (depth is not None and level >= depth):
            return
        below = indent + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        shown = [part for part in figure.operands if _matters(figure, part)]
        for place, part in enumerate(shown):
            visit(part, below, "└─ " if place == len(shown) - 1 else "├─ ", level + 1)

    visit(root, "", "", 0)
    texts = [figure_text(figure, unit) for _, figure, _ in lines]
    left = max(len(prefix) + len(figure.label) for prefix, figure, _ in lines)
    right = max(len(text) for text in texts)
    for (prefix, figure, again), text in zip(lines, texts, strict=True):
        label = f"{prefix}{figure.label}"
        yield f"{label:<{left}}  {text:>{right}}  {_how(figure, again)}".rstrip()


def _matters(figure: Figure, part: Figure) -> bool:
    """Whether an operand is worth a line: not what adds nothing, nor a shortfall that there is not."""
    if figure.apportionment is not None:
        return bool(part.value)
    return part.op.value != "sum" or bool(part.operands)


def _how(figure: Figure, again: bool) -> str:
    """How the figure came about, the clause, and its address."""
    if again:
        return f"see above ({figure.name or figure.label})"
    if figure.apportionment is not None:
        what = f"apportioned by the rule `{figure.apportionment.rule.name.value}`"
    elif figure.entries is not None:
        count = figure.entries.count
        what = f"{count:,} {'entry' if count == 1 else 'entries'}"
    elif figure.op.value == "fixed":
        what = "recorded rate"
    elif figure.reference:
        what = f"carried from {figure.reference}"
    else:
        what = _WORDS[figure.op.value]
    cited = f" [{figure.clause}]" if figure.clause else ""
    return f"{what}{cited}" + (f"  {figure.name}" if figure.name else "")


# --- what entries put on record ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Derivation:
    """A figure that follows from what an entry (or a step of a liquidation) says was agreed.

    `source` is where it stands, such as `acme-jot/entry/KIM-1`; the ids of its figures begin with that.
    """

    source: str
    figure: Figure

    @property
    def id(self) -> str:
        """The id of the figure."""
        return f"{self.source}/{self.figure.name}"

    def text(self, unit: Currency) -> str:
        """The tree, under its id."""
        return "\n".join((self.id, *tree(self.figure, unit)))

    def data(self, unit: Currency) -> dict[str, Any]:
        """The figure and all below it as JSON types."""
        return figures_data(self.source, [self.figure], unit)


def figures_data(source: str, roots: list[Figure], unit: Currency) -> dict[str, Any]:
    """Figures and all below them as JSON types, by ids that begin with where they stand."""
    from ledger.settlement.canonical import figure_data
    from ledger.values.figures import addresses, walk

    ids = {key: f"{source}/{address}" for key, address in addresses(roots).items()}
    return {ids[id(each)]: figure_data(each, ids, unit) for each in reversed(list(walk(roots)))}


def derivations(query: Entries, references: Iterable[str]) -> list[Derivation]:
    """How what is behind an input came about, as known then: only changes of capital have a derivation."""
    from ledger.book.movements import Kind

    if query.kind != Kind.CAPITAL_CHANGED:
        return []
    of = _of_step if query.name.startswith("liquidation.") else _of_entry
    return [each for reference in references for each in of(query, reference)]


def _of_entry(query: Entries, reference: str) -> Iterator[Derivation]:
    from ledger.book.entry import stream

    at = stream(query.agreement, reference)
    _, change = session().ledger.partners.derivation(query.agreement, reference, _version(query, at))
    yield Derivation(at, change.change[query.party])


def _of_step(query: Entries, reference: str) -> Iterator[Derivation]:
    from ledger.book.liquidation import account, stream

    at = stream(query.agreement)
    state = session().ledger.liquidations.state(query.agreement, _version(query, at))
    for posted in account(state).posted:
        same = f"liquidation/{posted.reference}" == reference and f"liquidation.{posted.what}" == query.name
        if same and query.party in posted.change:
            yield Derivation(f"{query.agreement}/{reference}", posted.change[query.party])


def _version(query: Entries, stream: str) -> int:
    from projections.entries import stream_version

    return stream_version(session().follower, query.agreement, stream, query.known_at)
