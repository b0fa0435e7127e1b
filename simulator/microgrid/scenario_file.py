"""Finds, reads and checks scenario files and dispatch files.

Every mistake of a file is reported at once, whether the models or the references found it.
"""

from importlib import resources
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from .scenario import Scenario
from .scenario_base import neighbour
from .scenario_dispatch import DispatchEntry
from .scenario_problems import Problem, ScenarioError, problems_of, show_path
from .scenario_references import mistakes
from .scenario_yaml import Document, Path, YamlError, read

SHIPPED = "fixtures.scenarios"
"""The package that holds the scenarios which ship with the tool."""


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, in alphabetical order."""
    files = resources.files(SHIPPED).iterdir()
    return tuple(sorted(each.name[:-5] for each in files if each.name.endswith(".yaml")))


def find(path_or_name: str | FilePath) -> FilePath:
    """Return the file of a scenario: an existing path, or the name of a shipped one.

    Raises:
        ScenarioError: neither a file nor a shipped name.
    """
    path = FilePath(path_or_name)
    if path.is_file():
        return path
    names = shipped_names()
    if str(path_or_name) in names:
        return FilePath(str(resources.files(SHIPPED).joinpath(f"{path_or_name}.yaml")))
    hint = neighbour(str(path_or_name), names)
    raise ScenarioError(
        [
            Problem(
                file=str(path_or_name),
                line=0,
                field="",
                text="no such file, and no shipped scenario of that name; shipped are "
                + ", ".join(names)
                + hint,
            )
        ]
    )


def load_scenario(path_or_name: str | FilePath) -> Scenario:
    """Read and check a scenario file.

    Raises:
        ScenarioError: lists every mistake.
    """
    path = find(path_or_name)
    document = _read(path)
    file = str(path)
    problems = [
        Problem(file=file, line=document.line(where), field=show_path(where), text=text)
        for where, text in mistakes(document.value)
    ]
    try:
        scenario = Scenario.model_validate(document.value)
    except ValidationError as error:
        problems += problems_of(error, Scenario, file, document)
        raise ScenarioError(problems) from None
    if problems:
        raise ScenarioError(problems)
    scenario._folder = path.parent
    return scenario


def load_dispatches(path: str | FilePath) -> tuple[DispatchEntry, ...]:
    """Read a dispatch file: a list of dispatches, or a mapping with the key `dispatches`.

    Raises:
        ScenarioError: lists every mistake.
    """
    path = FilePath(path)
    document = _read(path)
    items = document.value
    at: Path = ()
    if isinstance(items, dict) and "dispatches" in items:
        items, at = items["dispatches"], ("dispatches",)
    if not isinstance(items, list):
        text = "expected a list of dispatches, or a mapping with the key dispatches"
        raise ScenarioError([Problem(file=str(path), line=document.line(at), field="", text=text)])
    entries: list[DispatchEntry] = []
    problems: list[Problem] = []
    for position, item in enumerate(items):
        try:
            entries.append(DispatchEntry.model_validate(item))
        except ValidationError as error:
            where = (*at, position)
            problems += problems_of(error, DispatchEntry, str(path), document, at=where)
    problems += _repeated_ids(str(path), document, items, at)
    if problems:
        raise ScenarioError(problems)
    return tuple(entries)


def _repeated_ids(file: str, document: Document, items: list[Any], at: Path) -> list[Problem]:
    wrapped = {"dispatches": items}
    return [
        Problem(
            file=file,
            line=document.line((*at, *where[1:])),
            field=show_path((*at, *where[1:])),
            text=text,
        )
        for where, text in mistakes(wrapped)
    ]


def _read(path: FilePath) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        problem = Problem(file=str(path), line=1, field="", text="expected text in UTF-8")
        raise ScenarioError([problem]) from None
    except OSError as error:
        problem = Problem(file=str(path), line=0, field="", text=f"{error.strerror or error}")
        raise ScenarioError([problem]) from None
    try:
        return read(text)
    except YamlError as error:
        problem = Problem(file=str(path), line=error.line, field="", text=str(error))
        raise ScenarioError([problem]) from None
