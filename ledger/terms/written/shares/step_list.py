"""The list of steps as it is written: each is one word with its content, and may have a name of its own.

shares:
  - fee: {to: jot, rate: 10%, of: sales}
    as: commission
  - split: {acme: 60%, jot: 40%}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields
from msgspec.structs import replace

from ledger.terms.problems import Problem, did_you_mean
from ledger.terms.shares.step import Step
from ledger.terms.written.fields import Slug, Word, read_one, refuse

STEPS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {}
"""How each step is read and written, by its word; `ledger.terms.written.shares` names them all."""

LABEL = "as"  #: the word that gives a step its name


class Steps(fields.Field[tuple[Step, ...]]):
    """An ordered list of steps, each a mapping of one word to its content."""

    default_error_messages = Word.default_error_messages

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[Step, ...]:
        if not isinstance(value, list) or not value:
            raise refuse("must be a list of steps, the last of them a split", "write `- split: {acme: 60%, jot: 40%}`")
        steps, errors = [], {}
        for place, item in enumerate(value):
            try:
                steps.append(self._step(item))
            except ValidationError as error:
                errors[place] = error.messages
        if errors:
            raise ValidationError(errors)
        return tuple(steps)

    def _step(self, item: Any) -> Step:
        if isinstance(item, dict) and len(item) > 1 and next(iter(item.values())) is None:
            raise refuse("a step is one word with its content", f"indent what belongs to `{next(iter(item))}`")
        words = [word for word in item if word != LABEL] if isinstance(item, dict) else []
        if len(words) != 1:
            raise refuse("a step is one word with its content", f"one of: {', '.join(sorted(STEPS))}")
        [word] = words
        if word not in STEPS:
            raise ValidationError({word: [Problem(f"{word!r} is no step", did_you_mean(word, STEPS))]})
        try:
            step: Step = STEPS[word][0](item[word])
        except ValidationError as error:
            raise ValidationError({word: error.messages}) from None
        return replace(step, label=self._label(item[LABEL])) if LABEL in item else step

    def _label(self, written: Any) -> str:
        try:
            return str(read_one(Slug(), written))
        except ValidationError as error:
            raise ValidationError({LABEL: error.messages}) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> list[dict[str, Any]]:
        return [{step.word: STEPS[step.word][1](step), **({LABEL: step.label} if step.label else {})} for step in value]
