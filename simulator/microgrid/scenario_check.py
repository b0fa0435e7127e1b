"""Everything that is wrong or doubtful about a scenario file and its schedule, without running it.

Beyond what loading refuses: types and payloads that the world would ignore, targets that name
nothing, parts that are not simulated. Mistakes are told all at once; notes are worth a look.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from fixtures.documents.files import read_file
from fixtures.documents.names import neighbour
from fixtures.documents.problems import DocumentError, Problem, show_path, show_value
from fixtures.documents.yaml_lines import Document, Path

from .inputs import named
from .inputs_errors import InputError
from .scenario import Scenario
from .scenario_components import EvCharger
from .scenario_file import find, load_dispatches, load_scenario, unwrapped
from .selection import select
from .sessions import stays
from .site import Unsupported, site_of
from .vocabulary import PREFIX, TYPES, Invalid, parse

__all__ = ["Report", "check"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a check found."""

    mistakes: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    """Legal, but probably not meant."""
    scenario: Scenario | None
    """None when it could not be read."""


def check(path_or_name: str | FilePath, dispatches: FilePath | None = None) -> Report:
    """Check a scenario, and a dispatch file in the place of its own schedule.

    Raises:
        DocumentError: there is no such scenario, or a file is not YAML.
    """
    path = find(path_or_name)
    schedule = path if dispatches is None else dispatches
    document = replace(read_file(schedule), seek=unwrapped)
    mistakes: list[Problem] = []
    scenario = None
    try:
        scenario = load_scenario(path)
        mistakes += _files(scenario, path)
        site = site_of(scenario)
    except DocumentError as error:
        mistakes += error.problems
    except Unsupported as error:
        mistakes.append(Problem(file=str(path), line=0, field="components", text=str(error)))
    if dispatches is not None:
        try:
            entries = load_dispatches(dispatches)
            scenario = scenario and scenario.with_schedule(entries)
        except DocumentError as error:
            mistakes += error.problems
    notes: list[Problem] = []
    for at, item in _items(document):
        mistake, note = _payload(item)
        for found, where in ((mistake, mistakes), (note, notes)):
            if found is not None:
                where.append(_problem(schedule, document, (*at, *found[0]), found[1]))
    if scenario is not None and not mistakes:
        if not (site.has_grid or any(getattr(each, "forms_grid", False) for each in site.devices)):
            text = "no inverter forms a grid (grid_forming): the whole site will be without power"
            notes.append(Problem(file=str(path), line=0, field="components", text=text))
        for place, each in enumerate(scenario.schedule()):
            at = _items(document)[place][0]
            selection = select(each.target, site.graph, site.device_of, site.devices)
            command = parse(each.type, each.payload)
            text = ""
            if not selection.matched:
                text = "names no component of the site: it will have no effect"
            elif (
                not isinstance(command, Invalid)
                and selection.for_effect(command.effect, site.devices).is_empty
            ):
                text = f"nothing that it names can do {each.type}: it will have no effect"
            if text:
                notes.append(_problem(schedule, document, (*at, "target"), text))
    return Report(mistakes=tuple(sorted(set(mistakes))), notes=tuple(notes), scenario=scenario)


def _files(scenario: Scenario, path: FilePath) -> Iterator[Problem]:
    """Yield what is wrong with tables that the scenario names."""
    start_us, end_us = scenario.meta.start_us, scenario.meta.end_us
    for place, entry in enumerate(scenario.inputs):
        if entry.kind in ("csv", "parquet"):
            try:
                named(scenario, (entry.name,), start_us, end_us)
            except InputError as error:
                yield Problem(file=str(path), line=0, field=f"inputs[{place}]", text=str(error))
    for place, each in enumerate(scenario.components):
        if isinstance(each, EvCharger):
            try:
                next(stays(each, scenario, scenario.meta.seed, start_us), None)
            except InputError as error:
                field = f"components[{place}].sessions_file"
                for text in str(error).splitlines():
                    yield Problem(file=str(path), line=0, field=field, text=text)


def _problem(path: FilePath, document: Document, where: Path, text: str) -> Problem:
    return Problem(file=str(path), line=document.line(where), field=show_path(where), text=text)


def _items(document: Document) -> list[tuple[Path, dict[str, Any]]]:
    """Return the dispatches of a document as they stand there, with their places."""
    items = document.value
    where: Path = ()
    if isinstance(items, dict):
        items, where = items.get("dispatches"), ("dispatches",)
    found: list[tuple[Path, dict[str, Any]]] = []
    for place, item in enumerate(items if isinstance(items, list) else ()):
        inner = item.get("data", item) if isinstance(item, dict) else None
        if isinstance(inner, dict):
            found.append(((*where, place), inner))
    return found


_Found = tuple[Path, str] | None


def _payload(item: dict[str, Any]) -> tuple[_Found, _Found]:
    """Return a mistake in a payload, and a note on the type."""
    type_, payload = item.get("type"), item.get("payload", {})
    if not isinstance(type_, str) or not type_ or not isinstance(payload, dict):
        return None, None
    found = parse(type_, payload)
    if not isinstance(found, Invalid):
        return None, _stray_key(type_, payload)
    if found.pointer is None:
        hint = neighbour(type_, list(TYPES))
        return None, (("type",), f"{type_!r} is {found.reason}: it will have no effect{hint}")
    steps = tuple(
        int(step) if step.isdigit() else step for step in found.pointer.split("/") if step
    )
    value: Any = payload
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else value[int(step)]
    shown = found.reason if value is payload else f"found {show_value(value)}, {found.reason}"
    return (("payload", *steps), shown), None


def _stray_key(type_: str, payload: dict[str, Any]) -> _Found:
    """Return a note on a key that the type does not know but that looks like one it does."""
    known = list(TYPES[type_.removeprefix(PREFIX)].keys)
    for key in payload:
        if key not in (*known, "priority", "note") and (hint := neighbour(key, known)):
            return ("payload", key), f"means nothing to {type_}{hint}"
    return None
