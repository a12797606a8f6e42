"""How single values are written in terms: strict marshmallow fields whose errors say what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, ClassVar, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_dump, post_load, validates_schema
from marshmallow.experimental.context import Context

from ledger.terms.numbers import PRICE_DECIMALS, PortionOf, said_level
from ledger.terms.problems import Problem, did_you_mean
from ledger.values.errors import Rejected
from ledger.values.money import (
    AMOUNT_LIMIT,
    Currency,
    format_amount,
    format_decimal,
    format_rate,
    parse_amount,
    parse_decimal,
    parse_rate,
)
from ledger.values.periods import parse_date

#: The currency of the document being read or written: amounts need to know its minor unit.
CurrencyContext = Context[Currency]


#: A rate is a ratio of whole numbers with no more digits than this, so that it can be written and read again.
RATE_DIGITS = 30

_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z", re.ASCII)


def refuse(message: str, hint: str | None = None) -> ValidationError:
    """The error that a field raises."""
    return ValidationError([Problem(message, hint)])


_COMMA = "inside braces a comma separates entries: write decimals with a point, such as 12.5%"


def _is_tail(word: Any, written: Mapping[Any, Any]) -> bool:
    """Whether a word is what a comma cut off a number: the `5%` of `rate: 12,5%`."""
    return written[word] is None and str(word)[:1].isdigit()


class Clause(Schema):
    """The base of all clause schemas: unknown words are refused with what is allowed.

    What is read becomes the value that the schema `makes`; a mapping where it makes none.
    """

    makes: ClassVar[type[Any] | None] = None

    error_messages = {"type": Problem("must be a mapping of `word: value` pairs", "indent the words that belong to it")}  # noqa: RUF012

    class Meta:
        unknown = EXCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _refuse_unknown(self, _data: Any, original: Any, **_: Any) -> None:
        if not isinstance(original, Mapping):
            return
        known = {field.data_key or name for name, field in self.fields.items()}
        unknown = {
            word: [
                Problem(
                    f"{word!r} is not known here", _COMMA if _is_tail(word, original) else did_you_mean(word, known)
                )
            ]
            for word in original
            if word not in known
        }
        if unknown:
            raise ValidationError(unknown)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        return data if self.makes is None else self.makes(**data)

    @post_dump
    def _leave_out_what_is_not_said(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {word: value for word, value in data.items() if value is not None}


class Word(fields.Field[Any]):
    """A scalar, as text. The base of the fields below: `parse` makes the value, `write` the text."""

    default_error_messages = {  # noqa: RUF012
        "required": Problem("is missing"),
        "null": Problem("must not be empty"),
    }

    def parse(self, text: str) -> Any:
        return text

    def write(self, value: Any) -> str:
        return str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, str):
            raise refuse("must be a single value, not a list or a mapping")
        try:
            return self.parse(value)
        except Rejected as error:
            raise refuse(error.message, error.hint) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        return None if value is None else self.write(value)


class Block(fields.Nested):
    """A clause inside a clause."""

    default_error_messages = Word.default_error_messages


def read_one(field: fields.Field[Any], value: Any) -> Any:
    """A value that must be there, by a field. Raises `ValidationError` as the field does."""
    return field.deserialize(value)


class Title(Word):
    """Free text of one line, up to 200 characters."""

    def parse(self, text: str) -> str:
        if not text.strip() or len(text) > 200 or any(ord(mark) < 32 for mark in text):
            raise Rejected("must be one line of 1 to 200 characters")
        return text.strip()


class Slug(Word):
    """A short name: a lower-case letter, then letters, digits, hyphens or underscores."""

    def parse(self, text: str) -> str:
        if not _SLUG.match(text):
            raise Rejected(f"{text!r} is not a short name", "use lower-case letters, digits, - and _, such as acme-jot")
        return text


class Rate(Word):
    """An exact rate: `12.5%`, `1/3` or `0.07`."""

    def parse(self, text: str) -> Fraction:
        rate = parse_rate(text)
        if rate < 0:
            raise Rejected(f"{text!r} is negative", "rates are zero or more")
        if rate > 1 and text.strip()[-1] != "%" and "/" not in text:
            raise Rejected(f"{text!r} is more than the whole", f"write {text.strip()}% if that is meant")
        if max(rate.as_integer_ratio()) >= 10**RATE_DIGITS:
            hint = f"a rate is a ratio of numbers of up to {RATE_DIGITS} digits"
            raise Rejected(f"{text!r} has too many digits", hint)
        return rate

    def write(self, value: Fraction) -> str:
        return format_rate(value)


class Amount(Word):
    """An amount of the document's currency, zero or more, in whole minor units."""

    def parse(self, text: str) -> int:
        minor = parse_amount(text, CurrencyContext.get())
        if minor < 0:
            raise Rejected(f"{text!r} is negative", "amounts in terms are zero or more")
        return minor

    def write(self, value: int) -> str:
        return format_amount(value, CurrencyContext.get())


class Price(Word):
    """An amount per unit, in (fractions of) minor units: up to nine decimals of the major unit."""

    def parse(self, text: str) -> Fraction:
        major = parse_decimal(text)
        if major < 0 or (major * 10**PRICE_DECIMALS).denominator != 1:
            raise Rejected(f"{text!r} is not a price", f"prices are zero or more, with up to {PRICE_DECIMALS} decimals")
        price = major * CurrencyContext.get().scale
        if price > AMOUNT_LIMIT:
            raise Rejected(f"{text!r} is too large", f"amounts go up to {AMOUNT_LIMIT} minor units")
        return price

    def write(self, value: Fraction) -> str:
        unit = CurrencyContext.get()
        if value.denominator == 1:
            return format_amount(value.numerator, unit)
        return format_decimal(value / unit.scale, PRICE_DECIMALS).rstrip("0")


class Level(Word):
    """A threshold: an exact number of major units of money, or of units of a quantity."""

    def parse(self, text: str) -> Fraction:
        level = parse_decimal(text)
        if (level * 10**PRICE_DECIMALS).denominator != 1:
            raise Rejected(f"{text!r} has too many decimals", f"a level has up to {PRICE_DECIMALS} decimals")
        return level

    def write(self, value: Fraction) -> str:
        return said_level(value)


class Day(Word):
    """A day, as `2026-10-31`."""

    def parse(self, text: str) -> date:
        return parse_date(text)


_Choice = TypeVar("_Choice", bound=StrEnum)


class OneOf(Word):
    """One of a closed set of words."""

    def __init__(self, choices: type[_Choice], **kwargs: Any) -> None:
        self.choices = choices
        super().__init__(error_messages={"required": Problem("is missing", did_you_mean("", self.allowed))}, **kwargs)

    @property
    def allowed(self) -> list[str]:
        """The words."""
        return [choice.value for choice in self.choices]

    def parse(self, text: str) -> StrEnum:
        try:
            return self.choices(text)
        except ValueError:
            raise Rejected(f"{text!r} is not known here", did_you_mean(text, self.allowed)) from None


class Names(fields.Field[tuple[str, ...]]):
    """A list of short names (one name may stand alone); their order does not matter."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list):
            raise refuse("must be a list of names", "write [sales, signups]")
        slug, names, errors = Slug(), [], {}
        for index, item in enumerate(listed):
            try:
                names.append(slug.deserialize(item))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise refuse(f"{twice[0]} is listed twice", "list it once")
        return tuple(sorted(names))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[str] | None:
        return None if value is None else list(value)


class Ratio(fields.Field[dict[str, Fraction]]):
    """Rates per party that add up to the whole; one party alone may be named without its 100%."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Fraction]:
        if isinstance(value, str):
            if not _SLUG.match(value):
                raise refuse(f"{value!r} is not a party", "write one party's name, or `{acme: 60%, jot: 40%}`")
            return {value: Fraction(1)}
        rates = read_rates(value)
        total = sum(rates.values(), Fraction(0))
        if total != 1:
            gap = f"{format_rate(abs(1 - total))} {'are missing' if total < 1 else 'are too much'}"
            raise refuse(f"the shares add up to {format_rate(total)}, not to 100%", gap)
        return rates

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, str] | None:
        return None if value is None else write_rates(value)


def read_rates(value: Any) -> dict[str, Fraction]:
    """Rates per party, sorted by party. Raises `ValidationError` with the place of each problem."""
    return read_per_name(value, Rate(), "write `{acme: 60%, jot: 40%}`, or a line for each name")


def write_rates(rates: Mapping[str, Fraction]) -> dict[str, str]:
    """Rates per party as they are written."""
    return {party: format_rate(rate) for party, rate in sorted(rates.items())}


def read_per_name(value: Any, field: fields.Field[Any], hint: str) -> dict[str, Any]:
    """A mapping from short names to values of a field, sorted by name."""
    if not isinstance(value, dict) or not value:
        raise refuse("must be a mapping of names to values", hint)
    found, errors = {}, {}
    for name, item in value.items():
        try:
            found[read_one(Slug(), name)] = field.deserialize(item)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return dict(sorted(found.items()))


class PerName(fields.Field[dict[str, Any]]):
    """A mapping from short names to values of one kind."""

    default_error_messages = Word.default_error_messages

    def __init__(self, inner: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Any]:
        return read_per_name(value, self.inner, "write a line for each name, such as `acme: ...`")

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        return {name: self.inner._serialize(item, name, value) for name, item in sorted(value.items())}


class PortionOrAmount(Word):
    """A cap: `30% of sales` or an amount."""

    def parse(self, text: str) -> PortionOf | int:
        rate, middle, base = text.partition(" of ")
        if middle:
            return PortionOf(Rate().parse(rate.strip()), Slug().parse(base.strip()))
        if text.rstrip().endswith("%"):
            raise Rejected(f"{text!r} is a rate of nothing", "write `30% of sales`, or an amount such as 500.00")
        return int(Amount().parse(text))

    def write(self, value: PortionOf | int) -> str:
        if isinstance(value, PortionOf):
            return f"{format_rate(value.rate)} of {value.of}"
        return Amount().write(value)
