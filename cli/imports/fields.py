"""How single values are written in a mapping: marshmallow fields whose errors say what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from marshmallow import ValidationError, fields

from cli.imports.dates import DatePattern, contradiction, parse_pattern
from cli.imports.expressions import Column, Sum, Template, parse_column, parse_sum, parse_template
from cli.imports.mapping import Condition, Conditions, Name, NameFrom
from ledger.terms.problems import Problem
from ledger.terms.written.fields import Clause, Slug, Word, refuse
from ledger.values.errors import Rejected
from ledger.values.money import currency
from ledger.values.periods import parse_date

_QUOTES = "a value that begins with a brace needs quotes: '{Row ID}'"


class Composed(fields.Field[Any]):
    """A value that may be more than a scalar: `read` makes it, or raises `ValidationError`."""

    default_error_messages = Word.default_error_messages

    def read(self, value: Any) -> Any:
        """What the value means."""
        return value

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.read(value)


class YesNo(Word):
    """`true` or `false`."""

    def parse(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise Rejected(f"{text!r} is neither true nor false", "write true, or leave the line out")
        return text == "true"


class Count(Word):
    """A whole number within limits."""

    def __init__(self, lowest: int, highest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lowest, self.highest = lowest, highest

    def parse(self, text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 9 and self.lowest <= int(text) <= self.highest:
            return int(text)
        raise Rejected(f"{text!r} is not a number here", f"write a whole number from {self.lowest} to {self.highest}")


class Mark(Word):
    """One of a few signs, which have names too."""

    def __init__(self, signs: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.signs = signs

    def parse(self, text: str) -> str:
        if text in self.signs.values():
            return text
        if text in self.signs:
            return self.signs[text]
        allowed = [repr(sign) if sign.isprintable() and sign != " " else name for name, sign in self.signs.items()]
        raise Rejected(f"{text!r} is not a mark for this", f"allowed here: {', '.join(allowed)}")


class Symbol(Word):
    """A sign or code that stands beside numbers, such as `$` or `EUR`."""

    def parse(self, text: str) -> str:
        body = text.strip()
        if not body or len(body) > 10 or any(mark.isdigit() or mark in "+-.,'()" for mark in body):
            raise Rejected(
                f"{text!r} cannot stand beside numbers", "write a sign or code of up to 10 letters, such as $"
            )
        return body


class _Expression(Word):
    """A scalar that refers to columns; a brace without quotes, which YAML takes for a mapping, is explained."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            raise refuse("must be a single value, not a mapping", _QUOTES)
        return super()._deserialize(value, attr, data, **kwargs)


class ColumnName(_Expression):
    """A column of the file."""

    def parse(self, text: str) -> Column:
        return parse_column(text)


class Text(_Expression):
    """A text made of columns, such as `{Order}:{Line}`."""

    def parse(self, text: str) -> Template:
        return parse_template(text)


class Reference(_Expression):
    """A text that differs from row to row: it needs a column."""

    def parse(self, text: str) -> Template:
        template = parse_template(text)
        if not list(template.columns):
            hint = f"put the column between braces, in quotes: '{{{text.strip()}}}'"
            raise Rejected(f"{text!r} is the same for every row", hint)
        return template


class Amount(_Expression):
    """A column, a number, or a sum of them, such as `Sales - Profit`."""

    def parse(self, text: str) -> Sum:
        return parse_sum(text)


class DayOrColumn(_Expression):
    """A column of dates, or one day for all rows."""

    def parse(self, text: str) -> Column | date:
        try:
            return parse_date(text)
        except Rejected:
            return parse_column(text)


class DatePatternWord(Word):
    """A pattern of dates, such as `DD.MM.YYYY`."""

    def parse(self, text: str) -> DatePattern:
        return parse_pattern(text)


class DatePatterns(Composed):
    """A pattern, or a list of patterns of which no two read one text differently."""

    def read(self, value: Any) -> tuple[DatePattern, ...]:
        if not isinstance(value, list):
            return (DatePatternWord().deserialize(value),)
        patterns = each(enumerate(value), lambda _, text: DatePatternWord().deserialize(text), tuple)
        if not patterns:
            raise refuse("is an empty list", "leave the line out for YYYY-MM-DD")
        clash = contradiction(patterns)
        if clash is not None:
            one, other = clash
            raise refuse(f"{one.text} and {other.text} read the same text as different days", "keep one of them")
        return patterns


def short_name(text: str) -> str:
    """The name itself. Raises `Rejected` when it cannot name a metric, category or party."""
    return str(Slug().parse(text))


def currency_code(text: str) -> str:
    """The code itself. Raises `Rejected` when it names no currency."""
    return currency(text).code


class Checked(Word):
    """A name of some sort: `check` returns it, or raises `Rejected`."""

    def __init__(self, check: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def parse(self, text: str) -> str:
        return self.check(text)


class Table(Composed):
    """What may stand in a column, and the name that each of it means."""

    def __init__(self, name: Checked, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = name

    def read(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not value:
            raise refuse("must be a mapping of what stands in the column to names")
        names = each(value.items(), lambda cell, name: (cell.strip(), self.inner.deserialize(name)), dict)
        if len(names) < len(value):
            raise refuse("has two lines that differ only in spaces", "spaces around a cell do not count; keep one")
        return names


class NameOrColumn(Composed):
    """A name, or `{column: Category, map: {Office Supplies: office}, else: other}`."""

    def __init__(self, check: Callable[[str], str] = short_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name_field = Checked(check)
        words = {"column": ColumnName(required=True), "map": Table(self.name_field), "else": Checked(check)}
        self.schema = Clause.from_dict(words)()

    def read(self, value: Any) -> Name:
        if isinstance(value, str):
            return str(self.name_field.deserialize(value))
        if not isinstance(value, dict):
            raise refuse("must be a name, or `{column: ...}`")
        found = self.schema.load(value)
        if "else" in found and "map" not in found:
            raise ValidationError({"else": [Problem("needs a `map`", "add one, or leave `else` out")]})
        return NameFrom(found["column"], found.get("map"), found.get("else"))


class Where(Composed):
    """Columns with the values they may have; or a list of such, of which one has to hold."""

    def read(self, value: Any) -> Conditions:
        if isinstance(value, dict):
            return (_condition(value),)
        if not isinstance(value, list) or not value:
            raise refuse("must be a mapping of columns to values", "such as {Region: South}")
        return each(enumerate(value), lambda _, item: _condition(item), tuple)


def _condition(value: Any) -> Condition:
    if not isinstance(value, dict) or not value:
        raise refuse("must be a mapping of columns to values", "such as {Region: South}")
    return each(value.items(), lambda name, item: (column(name), _values(item)), tuple)


def _values(item: Any) -> frozenset[str]:
    values = item if isinstance(item, list) else [item]
    if not values or not all(isinstance(each, str) for each in values):
        raise refuse("must be a value or a list of values", "for an empty cell, write ''")
    return frozenset(each.strip() for each in values)


def column(name: str) -> Column:
    """The column of a name. Raises `ValidationError` when it cannot be one."""
    found: Column = ColumnName().deserialize(name)
    return found


_Key = TypeVar("_Key")
_Whole = TypeVar("_Whole")


def each(
    items: Iterable[tuple[_Key, Any]], read: Callable[[_Key, Any], Any], whole: Callable[[list[Any]], _Whole]
) -> _Whole:
    """All items read; the problems of all of them at once, by key, when there are any."""
    found: list[Any] = []
    problems: dict[_Key, Any] = {}
    for key, item in items:
        try:
            found.append(read(key, item))
        except ValidationError as error:
            problems[key] = error.messages
    if problems:
        raise ValidationError(problems)
    return whole(found)
