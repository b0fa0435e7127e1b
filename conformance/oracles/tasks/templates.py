"""Golden results of templates, as data: what Go's `text/template` makes of metadata.

`joined` puts many templates into one, so that one task shows all their results.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

_MARK = re.compile(r"\[\[(\d+)\]\]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A template and what becomes of it: a text, or an error of its syntax or execution.

    Attributes:
        about: what a target may do otherwise than Go: missing keys, or numbers that Go shows with
            an exponent.
    """

    template: str
    text: str | None = None
    error: Literal["syntax", "execution"] | None = None
    about: Literal["missing", "numbers"] | None = None


@cache
def _document() -> Any:
    text = (resources.files("conformance.oracles.tasks") / "templates.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def metadata() -> Mapping[str, Any]:
    """The metadata of the task for which the results hold."""
    found: dict[str, Any] = dict(_document()["metadata"])
    return found


def cases() -> tuple[Case, ...]:
    """All cases, in the order of the file."""
    return tuple(Case(**case) for case in _document()["cases"])


def texts(about: Literal["missing", "numbers"] | None = None) -> tuple[Case, ...]:
    """Cases that give a text: those of which nothing is open, or those about something."""
    return tuple(case for case in cases() if case.text is not None and case.about == about)


def errors(when: Literal["syntax", "execution"]) -> tuple[Case, ...]:
    """Cases that fail, by when they do."""
    return tuple(case for case in cases() if case.error == when)


def joined(chosen: Sequence[Case]) -> str:
    """One template that holds those of several cases, each behind a mark."""
    return "".join(f"[[{number}]]{case.template}" for number, case in enumerate(chosen))


def parted(text: str, count: int) -> list[str | None]:
    """The results in the text of such a template; None where a mark is missing."""
    parts = _MARK.split(text)
    found = dict(zip(map(int, parts[1::2]), parts[2::2], strict=True))
    return [found.get(number) for number in range(count)]
