"""What `--vary` says: `key=v1,v2,…`, `key=lo..hi` or `key=lo..hi:n`.

Values are those of YAML: numbers, words, true and false, null, and lists or mappings in brackets.
A range is drawn from by Latin hypercube sampling; with `:n` it stands for n evenly spaced values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.documents.problems import show_value
from fixtures.documents.yaml_lines import YamlError
from fixtures.documents.yaml_lines import read as read_yaml

from .base import Base
from .errors import SweepError
from .keys import Key, resolve

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?::(\d+))?")
_WHOLE = re.compile(r"[-+]?\d+")
MAX_VALUES = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A range of numbers, both ends included."""

    low: float
    high: float
    is_whole: bool
    """Whether the scenario takes only whole numbers there."""

    def at(self, share: float) -> float | int:
        """Return the number at a share 0..1 of the range, six digits of it."""
        value = float(f"{self.low + share * (self.high - self.low):.6g}")
        value = min(max(value, self.low), self.high)
        return round(value) if self.is_whole else value


@dataclass(frozen=True, kw_only=True, slots=True)
class Variation:
    """One key and what it takes: values, or a span."""

    key: Key
    values: tuple[Any, ...] = ()
    span: Span | None = None


def parse_all(base: Base, texts: Sequence[str]) -> tuple[Variation, ...]:
    """Return what is varied, every value checked by the schema of scenario files.

    Raises:
        SweepError: a line for each mistake.
    """
    found: list[Variation] = []
    problems: list[str] = []
    for text in texts:
        try:
            found.append(_parse(base, text))
        except SweepError as error:
            problems += [f"--vary {line}" for line in str(error).splitlines()]
    for place, each in enumerate(found):
        for other in found[:place]:
            shorter = min(len(each.key.path), len(other.key.path))
            if each.key.path[:shorter] == other.key.path[:shorter]:
                problems.append(
                    f"--vary {each.key.text}: overlaps with {other.key.text}; expected each once"
                )
    if problems:
        raise SweepError("\n".join(problems))
    return tuple(found)


def _parse(base: Base, text: str) -> Variation:
    name, equals, right = text.partition("=")
    name, right = name.strip(), right.strip()
    if not equals or not right:
        raise SweepError(f"{text}: expected key=v1,v2,… or key=lo..hi")
    key = resolve(base.document, name)
    match = _RANGE.fullmatch(right)
    if match is None:
        return Variation(key=key, values=_accepted(base, key, _values(name, right)))
    low, high, count = float(match[1]), float(match[2]), match[3]
    if not low < high:
        raise SweepError(f"{name}: found {right}, expected a range that ascends")
    looks_whole = bool(_WHOLE.fullmatch(match[1]) and _WHOLE.fullmatch(match[2]))
    # A written 0..1 may mean a fraction: the schema decides whether there is anything between.
    is_whole = looks_whole and bool(base.refusals(key, low + 0.5))
    _accepted(base, key, (_number(low, looks_whole), _number(high, looks_whole)))
    if count is None:
        return Variation(key=key, span=Span(low=low, high=high, is_whole=is_whole))
    steps = int(count)
    if not 2 <= steps <= MAX_VALUES:
        raise SweepError(f"{name}: found :{count}, expected 2 to {MAX_VALUES} values")
    span = Span(low=low, high=high, is_whole=is_whole)
    levels = (span.at(step / (steps - 1)) for step in range(steps))
    values = [_number(each, looks_whole and float(each).is_integer()) for each in levels]
    return Variation(key=key, values=_accepted(base, key, list(dict.fromkeys(values))))


def _number(value: float, is_whole: bool) -> float | int:
    return int(value) if is_whole else value


def _values(name: str, text: str) -> list[Any]:
    try:
        values = read_yaml(f"[{text}\n]").value
    except YamlError as error:
        raise SweepError(f"{name}: found {text!r}, expected values of YAML: {error}") from None
    if not isinstance(values, list) or not values:
        raise SweepError(f"{name}: found {text!r}, expected values with commas between them")
    for place, value in enumerate(values):
        if any(value == other and type(value) is type(other) for other in values[:place]):
            raise SweepError(f"{name}: {show_value(value)} stands there a second time")
    return values


def _accepted(base: Base, key: Key, values: Sequence[Any]) -> tuple[Any, ...]:
    problems = dict.fromkeys(
        f"{key.text}: {text}" for value in values for text in base.refusals(key, value)
    )
    if problems:
        raise SweepError("\n".join(problems))
    return tuple(values)
