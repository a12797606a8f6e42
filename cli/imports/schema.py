"""Mappings as people write them: a YAML document, validated whole before any row is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from cli.imports import fields as words
from cli.imports.dates import DatePattern, parse_pattern
from cli.imports.mapping import Conditions, Encoding, Format, Kind, Layout, Mapping, Rule
from cli.imports.numbers import Negative, NumberFormat, Rounding
from ledger.terms.problems import Problem, did_you_mean
from ledger.terms.written.fields import Clause, OneOf, Word, refuse
from ledger.terms.yaml_lines import SIZE_LIMIT, decode_utf8, findings_of, read_yaml
from ledger.values.errors import Finding, Rejected

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_DECIMALS = {"point": ".", "comma": ","}
_THOUSANDS = {"comma": ",", "point": ".", "space": " ", "apostrophe": "'"}
_EMPTY = {"zero": "zero"}
_CSV_ONLY = ("delimiter", "skip lines", "columns")


def load_mapping(path: str | Path) -> Mapping:
    """The mapping in a file.

    Raises `Rejected` with every finding at once: file, line, path, what is wrong, what is allowed.
    """
    try:
        with open(path, "rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise Rejected([Finding(f"cannot be read: {error.strerror or error}", file=str(path))]) from None
    return parse_mapping(decode_utf8(raw, str(path)), str(path))


def parse_mapping(text: str, file: str = "mapping") -> Mapping:
    """The mapping that a text expresses; `file` names it in errors. Raises `Rejected` as `load_mapping` does."""
    data, lines = read_yaml(text, file)
    try:
        mapping: Mapping = _Document().load(data)
    except ValidationError as error:
        raise Rejected(findings_of(error.messages, lines, file)) from None
    return replace(mapping, text=text)


# --- entries ----------------------------------------------------------------------------------------------


class _Entry(Clause):
    """The words that every entry has."""

    reference = words.Reference(required=True)
    on = words.DayOrColumn(required=True)
    amount = words.Amount(required=True)
    currency = words.NameOrColumn(words.currency_code)
    note = words.Text()
    negate = words.YesNo()
    negate_where = words.Where(data_key="negate where")
    only_where = words.Where(data_key="only where")
    skip_where = words.Where(data_key="skip where")
    skip_zero = words.YesNo(data_key="skip zero")

    @validates_schema(skip_on_field_errors=False)
    def _one_way_to_turn_the_sign(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("negate") and "negate_where" in data:
            problem = Problem("cannot stand beside `negate: true`", "keep one of them")
            raise ValidationError({"negate where": [problem]})


class _Result(_Entry):
    result = words.NameOrColumn(required=True)
    amount = words.Amount()
    quantity = words.Amount()
    by = words.NameOrColumn(data_key="collected by")

    @validates_schema
    def _an_amount_has_a_holder(self, data: dict[str, Any], **_: Any) -> None:
        if "amount" not in data and "quantity" not in data:
            raise ValidationError({"amount": [Problem("is missing", "a result has an amount, a quantity or both")]})
        if "amount" in data and "by" not in data:
            raise ValidationError({"collected by": [Problem("is missing", "name the party that holds the money")]})
        if "amount" not in data and "by" in data:
            raise ValidationError({"collected by": [Problem("needs an amount", "add one, or leave this out")]})


class _Cost(_Entry):
    cost = words.NameOrColumn(required=True)
    by = words.NameOrColumn(data_key="paid by", required=True)


class _Liability(_Entry):
    liability = words.NameOrColumn(required=True)


class _Contribution(_Entry):
    contribution = words.NameOrColumn(required=True)
    deal = words.NameOrColumn()


class _Withdrawal(_Entry):
    withdrawal = words.NameOrColumn(required=True)


class _Advance(_Entry):
    advance = words.NameOrColumn(required=True)
    by = words.NameOrColumn(data_key="paid by", required=True)
    account = words.NameOrColumn()


_SCHEMAS: dict[Kind, type[_Entry]] = {
    Kind.RESULT: _Result,
    Kind.COST: _Cost,
    Kind.LIABILITY: _Liability,
    Kind.CONTRIBUTION: _Contribution,
    Kind.WITHDRAWAL: _Withdrawal,
    Kind.ADVANCE: _Advance,
}


class _RuleField(words.Composed):
    """One entry: the word of its kind tells which others it has."""

    def read(self, value: Any) -> Rule:
        if not isinstance(value, dict):
            raise refuse("must be a mapping that begins with what the entry is", "such as `result: sales`")
        kinds = [kind for kind in Kind if kind in value]
        if not kinds:
            raise refuse("does not say what it is", did_you_mean(next(iter(value), ""), Kind))
        if len(kinds) > 1:
            raise refuse(f"is a {' and a '.join(kinds)} at once", "write an entry for each")
        found = _SCHEMAS[kinds[0]]().load(value)
        name = found.pop(kinds[0].value)
        negate: bool | Conditions = found.pop("negate", False)
        return Rule(
            kind=kinds[0],
            name=name,
            negate=found.pop("negate_where", negate),
            only=found.pop("only_where", ()),
            skip=found.pop("skip_where", ()),
            **found,
        )


# --- the document -----------------------------------------------------------------------------------------


class _Numbers(Clause):
    decimal = words.Mark(_DECIMALS, load_default=".")
    thousands = words.Mark(_THOUSANDS)
    symbol = words.Symbol()
    negative = OneOf(Negative)
    empty = words.Mark(_EMPTY)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> NumberFormat:
        if data["decimal"] == data.get("thousands"):
            raise ValidationError({"thousands": [Problem("is the decimal mark too", "they must differ")]})
        return NumberFormat(empty_is_zero=data.pop("empty", None) is not None, **data)


class _Columns(words.Composed):
    """Names for the columns of a file that has no header, each with its number."""

    def read(self, value: Any) -> dict[str, int]:
        if not isinstance(value, dict) or not value:
            raise refuse("must be a mapping of names to column numbers", "such as {Date: 1, Amount: 4}")
        number = words.Count(1, 10_000)
        return words.each(value.items(), lambda name, at: (words.column(name).name, number.deserialize(at)), dict)


class _Document(Clause):
    format = OneOf(Format, load_default=Format.CSV)
    encoding = OneOf(Encoding, load_default=Encoding.UTF_8)
    delimiter = words.Mark(_DELIMITERS)
    skip_lines = words.Count(0, 1000, data_key="skip lines")
    columns = _Columns()
    dates = words.DatePatterns()
    numbers = fields.Nested(_Numbers, error_messages=Word.default_error_messages)
    rounding = OneOf(Rounding, load_default=Rounding.REJECT)
    currency = words.NameOrColumn(words.currency_code)
    only_where = words.Where(data_key="only where")
    skip_where = words.Where(data_key="skip where")
    entries = fields.List(_RuleField, required=True, error_messages={
        "required": Problem("is missing", "say what each row becomes, such as `- result: sales`"),
        "null": Problem("must not be empty"),
        "invalid": Problem("must be a list of entries", "begin each with a hyphen: `- result: sales`"),
    })  # fmt: skip

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Mapping:
        code = data.get("currency")
        rules = [
            replace(rule, currency=None if rule.amount is None else rule.currency or code) for rule in data["entries"]
        ]
        layout = Layout(
            data["format"],
            data["encoding"],
            data.get("delimiter", ","),
            data.get("skip_lines", 0),
            data.get("columns"),
        )
        dates: tuple[DatePattern, ...] = data.get("dates") or (parse_pattern("YYYY-MM-DD"),)
        mapping = Mapping(
            layout=layout,
            dates=dates,
            numbers=data.get("numbers", NumberFormat()),
            rounding=data["rounding"],
            only=data.get("only_where", ()),
            skip=data.get("skip_where", ()),
            entries=tuple(rules),
            text="",
        )
        problems = _layout_problems(data) | _rule_problems(rules) | _column_problems(mapping)
        if problems:
            raise ValidationError(problems)
        return mapping


def _layout_problems(data: dict[str, Any]) -> dict[str, Any]:
    if data["format"] is Format.CSV:
        return {}
    problem = Problem("is only for csv", "lines of JSON name their fields themselves")
    return {word: [problem] for word in _CSV_ONLY if word.replace(" ", "_") in data}


def _rule_problems(rules: list[Rule]) -> dict[str, Any]:
    if not rules:
        return {"entries": [Problem("is an empty list", "say what each row becomes, such as `- result: sales`")]}
    problems: dict[int, Any] = {}
    seen: set[Any] = set()
    for place, rule in enumerate(rules):
        if rule.amount is not None and rule.currency is None:
            hint = "write `currency: EUR` at the top, or in the entry"
            problems[place] = {"currency": [Problem("is missing", hint)]}
        key = (rule.reference.parts, rule.only, rule.skip)
        if key in seen:
            hint = "references must differ: write '{Row ID}:cost' for the second"
            problems[place] = {"reference": [Problem("is that of an entry above, for the same rows", hint)]}
        seen.add(key)
    return {"entries": problems} if problems else {}


def _column_problems(mapping: Mapping) -> dict[str, Any]:
    """What the mapping reads, but does not number, in a file without a header."""
    known = mapping.layout.columns
    if known is None:
        return {}
    unknown = [name for name in mapping.columns if name not in known]
    problems = [
        Problem(f"does not number {name!r}, which the mapping reads", did_you_mean(name, known)) for name in unknown
    ]
    return {"columns": problems} if problems else {}


def _words_of(*schemas: type[Clause]) -> tuple[str, ...]:
    names = (field.data_key or name for schema in schemas for name, field in schema().fields.items())
    return tuple(dict.fromkeys(names))


DOCUMENT_WORDS = _words_of(_Document, _Numbers)
"""Every word of a mapping outside its entries."""
ENTRY_WORDS = _words_of(*_SCHEMAS.values())
"""Every word of an entry, of whatever kind."""
