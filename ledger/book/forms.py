"""The forms of names in events (slugs, codes of currencies, actors), checked without asking the same twice.

A book of a million events has a handful of parties, metrics and currencies. The decoder would match each of them anew
in every event, which takes longer than all the rest of decoding. So the decoder passes these texts over, and
`check_forms` looks at them: a combination that has been seen before is known to be well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

_REMEMBERED = 10_000  #: combinations of names that are remembered of each type


class _Form(NamedTuple):
    """A pattern; `unique` texts (salts) differ from event to event, so there is no use in remembering them."""

    pattern: re.Pattern[str]
    unique: bool


def form(pattern: str, *, unique: bool = False) -> msgspec.Meta:
    """The form of a text, for `Annotated`."""
    return msgspec.Meta(extra={"form": _Form(re.compile(pattern), unique)})


def check_forms(value: msgspec.Struct) -> None:
    """Raise `msgspec.ValidationError` unless every text in a decoded value has its form."""
    _checker(type(value))(value)


@cache
def _checker(kind: type[msgspec.Struct]) -> Callable[[Any], None]:
    """The check of a type. Where every text stands at a fixed place, all of an event are looked up at once."""
    info = inspect.type_info(kind)
    placed = _placed(info, "")
    if placed is None:
        return lambda value: _check(info, value)
    names = [path for path, each in placed if not each.unique]
    unique = [(attrgetter(path), each.pattern.match) for path, each in placed if each.unique]
    read = attrgetter(*names) if names else lambda value: None
    seen: set[Any] = set()

    def check(value: Any) -> None:
        for get, match in unique:
            if match(get(value)) is None:
                _check(info, value)
        found = read(value)
        if found not in seen:
            _check(info, value)
            if len(seen) >= _REMEMBERED:
                seen.clear()
            seen.add(found)

    return check


def _check(info: inspect.Type, value: Any) -> None:
    for path, pattern in _misformed(info, value, "$"):
        raise msgspec.ValidationError(f"Expected `str` matching regex {pattern!r} - at `{path}`")


def _misformed(info: inspect.Type, value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Where a value has texts of another form than its type says, and which form that is."""
    match info:
        case inspect.Metadata():
            found = _form(info)
            if found is not None and found.pattern.match(value) is None:
                yield path, found.pattern.pattern
            yield from _misformed(info.type, value, path)
        case inspect.UnionType():
            for each in info.types:
                if isinstance(value, _python_type(each)):
                    yield from _misformed(each, value, path)
        case inspect.StructType():
            for field in info.fields:
                yield from _misformed(field.type, getattr(value, field.name), f"{path}.{field.encode_name}")
        case inspect.VarTupleType() | inspect.ListType():
            for each in value:
                yield from _misformed(info.item_type, each, f"{path}[...]")
        case inspect.DictType():
            for name, each in value.items():
                yield from _misformed(info.key_type, name, f"key` in `{path}")
                yield from _misformed(info.value_type, each, f"{path}[...]")
        case _:
            pass


def _placed(info: inspect.Type, path: str) -> list[tuple[str, _Form]] | None:
    """The forms in a type with the paths to their texts; None where one of them has no fixed place."""
    match info:
        case inspect.Metadata():
            found = _form(info)
            return [(path, found)] if found is not None else _placed(info.type, path)
        case inspect.UnionType():
            only = [each for each in info.types if not isinstance(each, inspect.NoneType)]
            return _placed(only[0], path) if len(only) == 1 and not isinstance(only[0], inspect.StructType) else None
        case inspect.StructType():
            parts = [_placed(field.type, f"{path}.{field.name}".lstrip(".")) for field in info.fields]
            return None if None in parts else [each for part in parts if part is not None for each in part]
        case inspect.VarTupleType() | inspect.ListType():
            return None if _placed(info.item_type, path) != [] else []
        case inspect.DictType():
            inside = _placed(info.key_type, path), _placed(info.value_type, path)
            return [] if inside == ([], []) else None
        case _:
            return []


def _form(info: inspect.Metadata) -> _Form | None:
    return (info.extra or {}).get("form")


def _python_type(info: inspect.Type) -> type:
    """The type of the values that one choice of several is for."""
    match info:
        case inspect.Metadata():
            return _python_type(info.type)
        case inspect.StructType():
            return info.cls
        case inspect.StrType():
            return str
        case inspect.NoneType():
            return type(None)
        case _:
            return object
