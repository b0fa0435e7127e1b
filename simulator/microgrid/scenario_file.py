"""Finds, reads and checks scenario files and dispatch files.

Every mistake of a file is reported at once, whether the models or the references found it.
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from fixtures.documents.files import read_file
from fixtures.documents.names import neighbour
from fixtures.documents.problems import DocumentError, Problem, problems_of, show_path
from fixtures.documents.yaml_lines import Document, Path

from .scenario import Scenario
from .scenario_dispatch import DispatchEntry
from .scenario_references import mistakes

SHIPPED = "fixtures.scenarios"
"""The package that holds the scenarios which ship with the tool."""


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, in alphabetical order."""
    files = resources.files(SHIPPED).iterdir()
    return tuple(sorted(each.name[:-5] for each in files if each.name.endswith(".yaml")))


def find(path_or_name: str | FilePath) -> FilePath:
    """Return the file of a scenario: an existing path, or the name of a shipped one.

    Raises:
        DocumentError: neither a file nor a shipped name.
    """
    path = FilePath(path_or_name)
    if path.is_file():
        return path
    if path.is_dir():
        problem = Problem(file=str(path), line=0, field="", text="a directory, expected a file")
        raise DocumentError([problem])
    names = shipped_names()
    if str(path_or_name) in names:
        return FilePath(str(resources.files(SHIPPED).joinpath(f"{path_or_name}.yaml")))
    hint = neighbour(str(path_or_name), names)
    raise DocumentError(
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
        DocumentError: lists every mistake.
    """
    path = find(path_or_name)
    document = replace(read_file(path), seek=unwrapped)
    file = str(path)
    problems = [
        Problem(file=file, line=document.line(where), field=show_path(where), text=text)
        for where, text in mistakes(document.value)
    ]
    try:
        scenario = Scenario.model_validate(document.value)
    except ValidationError as error:
        problems += problems_of(error, Scenario, file, document)
        raise DocumentError(problems) from None
    if problems:
        raise DocumentError(problems)
    scenario._folder = path.parent
    return scenario


def load_dispatches(path: str | FilePath) -> tuple[DispatchEntry, ...]:
    """Read a dispatch file: a list of dispatches, or a mapping with the key `dispatches`.

    Raises:
        DocumentError: lists every mistake.
    """
    path = FilePath(path)
    document = replace(read_file(path), seek=unwrapped)
    items = document.value
    at: Path = ()
    if isinstance(items, dict) and "dispatches" in items:
        items, at = items["dispatches"], ("dispatches",)
    if not isinstance(items, list):
        text = "expected a list of dispatches, or a mapping with the key dispatches"
        raise DocumentError([Problem(file=str(path), line=document.line(at), field="", text=text)])
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
        raise DocumentError(problems)
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


def unwrapped(path: Path, lines: Mapping[Path, int]) -> Path:
    """Look into a dispatch wrapped in `metadata` and `data`, as the API's lists print it."""
    found: Path = ()
    for step in path:
        plain, wrapped = (*found, step), (*found, "data", step)
        is_wrapped = plain not in lines and (*found, "data") in lines
        found = wrapped if is_wrapped else plain
    return found
