"""The scenario that a sweep starts from: raw values of its file, changed and checked.

A value that the schema refuses at its own place is told before anything runs. What only does not
fit together with other values (a lower limit above the upper one) is the business of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from fixtures.documents.files import read_file
from fixtures.documents.names import neighbour_or_all
from fixtures.documents.problems import DocumentError, Problem, problems_of, show_path
from fixtures.documents.yaml_lines import Document, Path
from simulator.microgrid.dispatch import Dispatch
from simulator.microgrid.scenario import Scenario
from simulator.microgrid.scenario_base import check_boundary, parse_boundary
from simulator.microgrid.scenario_file import find, load_scenario
from simulator.microgrid.scenario_references import mistakes
from simulator.microgrid.vocabulary import COMMON, PREFIX, TYPES, Invalid, parse
from simulator.schedules.reading import is_calendar, load_schedule

from .errors import SweepError
from .keys import Key, get, put

DAY_US = 86_400_000_000

Change = tuple[Path, Any]
"""Where, and which value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """A scenario file that can be changed; goes to workers as it is."""

    name: str
    folder: FilePath
    """For paths relative to the file."""
    document: dict[str, Any]
    schedule: tuple[Dispatch, ...] | None = None
    """Runs instead of the dispatches of the document."""

    def build(self, changes: Sequence[Change] = ()) -> Scenario:
        """Return the scenario with some values changed.

        Raises:
            DocumentError: the values do not fit together.
        """
        document = self.document
        for path, value in changes:
            document = put(document, path, value)
        found, scenario = _checked(document)
        if found or scenario is None:
            raise DocumentError(found)
        # A scenario that was read from a file gets it the same way.
        scenario._folder = self.folder
        return scenario

    def refusals(self, key: Key, value: Any) -> list[str]:
        """Return why a key cannot have a value, whatever the others have; empty if it can."""
        document = put(self.document, key.path, value)
        found, _ = _checked(document)
        own = [each for each in found if _within(each.field, key.field)]
        return [_told(each, key) for each in own] or _payload(document, self.document, key)


def read(path_or_name: str) -> Base:
    """Return a scenario file, or a shipped one, as the base of a sweep.

    Raises:
        DocumentError: lists every mistake of the file.
    """
    scenario = load_scenario(path_or_name)
    path = find(path_or_name)
    document = read_file(path).value
    return Base(name=scenario.meta.name, folder=path.parent.absolute(), document=document)


def scheduled(base: Base, path: FilePath) -> Base:
    """Return the base with the schedule of a file: YAML, JSON or a calendar.

    The dispatches of a calendar have no values in a file, so no key can vary them.

    Raises:
        DocumentError: lists every mistake of the file.
    """
    scenario = base.build()
    entries = load_schedule(
        path, zone=scenario.zone, start_us=scenario.meta.start_us, end_us=scenario.meta.end_us
    )
    if is_calendar(path):
        return with_dispatches(base, scenario.with_schedule(entries).schedule())
    items = read_file(path).value
    items = items["dispatches"] if isinstance(items, dict) else items
    return replace(base, document={**base.document, "dispatches": items})


def with_dispatches(base: Base, schedule: tuple[Dispatch, ...]) -> Base:
    """Return the base with a schedule that is no part of the file any more."""
    return replace(base, document={**base.document, "dispatches": []}, schedule=schedule)


def stretched(base: Base, start: str | None, end: str | None, days: int | None) -> Base:
    """Return the base with another stretch of time; a new start alone keeps the length.

    Raises:
        SweepError: not a moment, or an end before the start.
    """
    meta = base.build().meta
    moments: dict[str, int | None] = {"--from": meta.start_us, "--to": None}
    for option, text in (("--from", start), ("--to", end)):
        if text is not None:
            try:
                moments[option] = parse_boundary(text, meta.zone)
            except ValueError as error:
                raise SweepError(f"{option}: found {text!r}, expected {error}") from None
    start_us, end_us = moments["--from"], moments["--to"]
    assert start_us is not None  # the scenario always has a start
    if end_us is None:
        is_own = start is None and days is None
        length_us = days * DAY_US if days else meta.end_us - meta.start_us
        end_us = meta.end_us if is_own else start_us + length_us
    if end_us <= start_us:
        raise SweepError("--to: expected a moment after the start")
    try:
        check_boundary(end_us)
    except ValueError as error:
        raise SweepError(f"the runs would end too late, expected {error}") from None
    return _with_meta(base, start=start_us, end=end_us)


def seeded(base: Base, seed: int) -> Base:
    """Return the base with another seed."""
    return _with_meta(base, seed=seed)


def _with_meta(base: Base, **values: int) -> Base:
    document = base.document
    for name, value in values.items():
        document = put(document, ("scenario", name), value)
    return replace(base, document=document)


def _checked(document: dict[str, Any]) -> tuple[list[Problem], Scenario | None]:
    """Return what is wrong with the values, and the scenario if the schema takes them."""
    nowhere = Document(value=document, lines={(): 0})
    found = [
        Problem(file="", line=0, field=show_path(where), text=text)
        for where, text in mistakes(document)
    ]
    try:
        return found, Scenario.model_validate(document)
    except ValidationError as error:
        return [*found, *problems_of(error, Scenario, "", nowhere)], None


def _within(field: str, part: str) -> bool:
    return field == part or field.startswith((f"{part}.", f"{part}["))


def _told(problem: Problem, key: Key) -> str:
    """Return a problem without the place, unless it is not where the key points."""
    is_there = show_path(key.path).endswith(problem.field.rpartition(".")[2])
    return problem.text if is_there else f"{problem.field}: {problem.text}"


def _payload(document: dict[str, Any], original: dict[str, Any], key: Key) -> list[str]:
    """Return what the vocabulary of dispatches has against a value inside a payload."""
    if key.path[:1] != ("dispatches",) or "payload" not in key.path:
        return []
    at = key.path.index("payload")
    item, inner = get(document, key.path[:at]), key.path[at + 1 :]
    if not isinstance(item.get("type"), str) or not inner:
        return []
    kind = TYPES.get(item["type"].removeprefix(PREFIX))
    if kind is None:
        return []
    known = [*kind.keys, *COMMON]
    if get(original, key.path[: at + 2]) is None and inner[0] not in known:
        return [f"means nothing to {item['type']}{neighbour_or_all(str(inner[0]), known)}"]
    found = parse(item["type"], item["payload"])
    pointer = "/" + "/".join(map(str, inner))
    if isinstance(found, Invalid) and (found.pointer or "").startswith(pointer):
        return [found.reason]
    return []
