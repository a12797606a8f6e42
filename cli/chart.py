"""A line chart as SVG, written by hand: the same numbers give the same bytes, and it reads without colour.

Every line has a dash and a mark of its own, and its name beside its end. Lengths are whole tenths of a pixel, so
that no floating point is anywhere near a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.sax.saxutils import escape

from ledger.settlement.turns import round_step

Point = tuple[int, int]

WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 96, 150, 66, 64
#: Colours that people with any colour vision can tell apart (Okabe and Ito), dark enough for text on white.
STYLES = (
    ("#0058a3", "", "circle"), ("#b34700", "9 5", "square"), ("#007355", "2 4", "triangle"),
    ("#8a3d70", "12 4 2 4", "diamond"), ("#333333", "5 3", "cross"), ("#7a5c00", "16 5", "plus"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its name and points from left to right; marks are drawn at `marked` of them."""

    name: str
    points: Sequence[Point]
    marked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: what it says, and how a number on it is written."""

    title: str
    text: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From numbers to tenths of pixels, with round numbers at the ticks."""

    low: int
    high: int
    step: int
    start: int
    length: int

    def at(self, value: int) -> str:
        return _tenths(self.start + Fraction(self.length * (value - self.low), self.high - self.low))

    def ticks(self) -> range:
        first = -(-self.low // self.step) * self.step
        return range(first, self.high + 1, self.step)


def line_chart(title: str, subtitle: str, x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """The chart of some lines over one axis. Needs two points or more."""
    across = [point[0] for line in lines for point in line.points]
    up = [0, *(point[1] for line in lines for point in line.points)]
    horizontal = _scale(min(across), max(across), LEFT, WIDTH - LEFT - RIGHT, 7, outward=False)
    vertical = _scale(min(up), max(up), HEIGHT - BOTTOM, TOP + BOTTOM - HEIGHT, 7, outward=True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="{LEFT}" y="46" fill="#555">{escape(subtitle)}</text>',
        *_grid(horizontal, vertical, x, y),
        *(
            part
            for line, style in zip(lines, _styles(lines), strict=True)
            for part in _drawn(line, style, horizontal, vertical)
        ),
        *_names(lines, vertical),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _scale(low: int, high: int, start: int, length: int, ticks: int, *, outward: bool) -> _Scale:
    step = round_step(Fraction(max(high - low, 1), ticks))
    if outward:
        low, high = low // step * step, -(-high // step) * step
    return _Scale(low, max(high, low + step), step, start, length)


def _grid(horizontal: _Scale, vertical: _Scale, x: Axis, y: Axis) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for tick in vertical.ticks():
        at = vertical.at(tick)
        yield f'<line x1="{LEFT}" y1="{at}" x2="{right}" y2="{at}" stroke="{"#444" if tick == 0 else "#ddd"}"/>'
        yield f'<text x="{LEFT - 8}" y="{at}" dy="4" text-anchor="end">{y.text(tick)}</text>'
    for tick in horizontal.ticks():
        at = horizontal.at(tick)
        yield f'<line x1="{at}" y1="{TOP}" x2="{at}" y2="{bottom}" stroke="{"#444" if tick == 0 else "#eee"}"/>'
        yield f'<text x="{at}" y="{bottom + 20}" text-anchor="middle">{x.text(tick)}</text>'
    yield f'<text x="{(LEFT + right) // 2}" y="{HEIGHT - 14}" text-anchor="middle">{escape(x.title)}</text>'
    middle = (TOP + bottom) // 2
    yield f'<text x="20" y="{middle}" text-anchor="middle" transform="rotate(-90 20 {middle})">{escape(y.title)}</text>'


def _styles(lines: Sequence[Line]) -> list[tuple[str, str, str]]:
    return [STYLES[place % len(STYLES)] for place in range(len(lines))]


def _drawn(line: Line, style: tuple[str, str, str], horizontal: _Scale, vertical: _Scale) -> Iterator[str]:
    colour, dash, shape = style
    path = " ".join(f"{horizontal.at(across)},{vertical.at(up)}" for across, up in line.points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    stroke = f'stroke="{colour}" stroke-width="2.5" stroke-linejoin="round"{dashed}'
    yield f'<polyline points="{path}" fill="none" {stroke}/>'
    for across, up in line.points:
        if across in line.marked:
            yield _mark(shape, colour, horizontal.at(across), vertical.at(up))


_SHAPES = {
    "circle": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "square": "M-4 -4h8v8h-8z", "triangle": "M0 -5L5 4H-5z",
    "diamond": "M0 -5L5 0L0 5L-5 0z", "cross": "M-4 -4L4 4M-4 4L4 -4", "plus": "M-5 0H5M0 -5V5",
}  # fmt: skip


def _mark(shape: str, colour: str, across: str, up: str) -> str:
    where = f'transform="translate({across} {up})"'
    return f'<path d="{_SHAPES[shape]}" {where} fill="#fff" stroke="{colour}" stroke-width="2"/>'


def _names(lines: Sequence[Line], vertical: _Scale) -> Iterator[str]:
    """The legend: each name with its dash and mark, beside the end of its line, none over another."""
    wanted = sorted((Fraction(vertical.at(line.points[-1][1])), place) for place, line in enumerate(lines))
    at, left = Fraction(0), WIDTH - RIGHT + 10
    rows: list[tuple[Fraction, int]] = []
    for end, place in wanted:
        at = max(end, at + 20) if rows else end
        rows.append((at, place))
    over = max(Fraction(0), (rows[-1][0] if rows else at) - (HEIGHT - BOTTOM))
    styles = _styles(lines)
    for up, place in rows:
        colour, dash, shape = styles[place]
        where = _tenths(up - over)
        stroke = f'stroke="{colour}" stroke-width="2.5"' + (f' stroke-dasharray="{dash}"' if dash else "")
        yield f'<line x1="{left}" y1="{where}" x2="{left + 34}" y2="{where}" {stroke}/>'
        yield _mark(shape, colour, str(left + 17), where)
        name = escape(lines[place].name)
        yield f'<text x="{left + 42}" y="{where}" dy="4" font-weight="bold" fill="{colour}">{name}</text>'


def _tenths(value: Fraction) -> str:
    """A length with one decimal at most."""
    tenths = round(value * 10)
    sign, (whole, rest) = "-" if tenths < 0 else "", divmod(abs(tenths), 10)
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"
