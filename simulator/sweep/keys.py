"""Keys: paths into a scenario file, such as `components.battery.capacity_wh`.

An item of a list is named by its id, by its name, or by its category or kind where only one item
has that; in lists without ids also by its position from 0, and by `[2]` in every list, as messages
show it. A key may name what the file leaves to its default.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fixtures.documents.names import neighbour, neighbour_or_all
from fixtures.documents.problems import keys_of, show_path, show_value
from fixtures.documents.yaml_lines import Path
from simulator.microgrid.scenario import Scenario

from .errors import SweepError

_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_KEY = re.compile(r"[^.\[\]]+(\[\d+\]|\.[^.\[\]]+)*")
_NAMES = ("name", "category", "kind", "type")
"""By which keys items of lists are told apart, the most telling one first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One place of a scenario file."""

    text: str
    """As it was written."""
    path: Path
    field: str
    """The part of the file that the key is answerable for, as messages of the schema name it: the
    value itself, or all that has to be added to hold it."""


def resolve(document: dict[str, Any], text: str) -> Key:
    """Return the place that a key names in the raw values of a scenario file.

    Raises:
        SweepError: no such item, or several; names the nearest neighbour.
    """
    if not _KEY.fullmatch(text):
        raise SweepError(f"{text}: expected a path such as components.battery.capacity_wh")
    here: Any = document
    path: Path = ()
    absent = None
    for match in _STEP.finditer(text):
        step = match[2]
        if not path and step not in (known := keys_of(Scenario)):
            raise SweepError(f"{text}: unknown key {step}{neighbour_or_all(step, known)}")
        if isinstance(here, list):
            place = int(match[1]) if step is None else _place(here, step, path, text)
            if place >= len(here):
                raise SweepError(f"{text}: {show_path(path)} has {len(here)} items, from 0")
            path, here = (*path, place), here[place]
            continue
        if step is None:
            raise SweepError(f"{text}: {show_path(path)} is no list")
        if here is None:
            path = (*path, step)
            continue
        if not isinstance(here, dict):
            found = show_value(here)
            raise SweepError(f"{text}: {show_path(path)} is {found} and has no key {step}")
        if step not in here and isinstance(here.get("data"), dict):
            # A dispatch as a list call of the API prints it: its values stand one level deeper.
            path, here = (*path, "data"), here["data"]
        path, here = (*path, step), here.get(step)
        if here is None and absent is None:
            absent = len(path)
    own = path[:absent]
    return Key(text=text, path=path, field=show_path(_without_wrapping(own)))


def put(value: Any, path: Path, leaf: Any) -> Any:
    """Return a copy of nested values with `leaf` at `path`; the original stays as it is."""
    if not path:
        return leaf
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        return [
            put(each, rest, leaf) if place == step else each for place, each in enumerate(value)
        ]
    copy = dict(value) if isinstance(value, dict) else {}
    copy[str(step)] = put(copy.get(str(step)), rest, leaf)
    return copy


def get(value: Any, path: Path) -> Any:
    """Return what stands at a path, None where there is nothing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) else None
    return value


def _without_wrapping(path: Path) -> Path:
    """Return the path without the `data` around a dispatch, which the schema does not know."""
    return (
        (*path[:2], *path[3:]) if path[:1] == ("dispatches",) and path[2:3] == ("data",) else path
    )


def _place(items: list[Any], step: str, path: Path, text: str) -> int:
    """Return the position of the item that `step` names."""
    where = show_path(path)
    ids = dict(_ids(items, where))
    if step.isdecimal():
        number = int(step)
        if ids:
            if number in ids:
                return ids[number]
        elif number < len(items):
            return number
    for name in _NAMES:
        places = [place for place, each in enumerate(items) if _word(each, name) == step]
        if len(places) == 1:
            return places[0]
        if places:
            numbers = {place: number for number, place in ids.items()}
            which = ", ".join(str(numbers.get(place, f"[{place}]")) for place in places)
            raise SweepError(f"{text}: several of {where} are called {step}; name one: {which}")
    known = list(dict.fromkeys(filter(None, (_word(each, "name") for each in items))))
    others = [word for each in items for name in _NAMES[1:] if (word := _word(each, name))]
    hint = neighbour(step, [*known, *dict.fromkeys(others)])
    shown = ", ".join([*map(str, ids or range(len(items))), *known])
    choice = f"; expected one of {shown}" if items else ", which is empty"
    raise SweepError(f"{text}: no {step} in {where}{hint or choice}")


def _ids(items: list[Any], where: str) -> Iterator[tuple[int, int]]:
    for place, each in enumerate(items):
        inner = each.get("data", each) if isinstance(each, dict) else None
        number = inner.get("id") if isinstance(inner, dict) else None
        if isinstance(number, int):
            yield number, place
        elif where == "dispatches":
            yield place + 1, place  # what such a dispatch is called everywhere else


def _word(item: Any, name: str) -> str | None:
    inner = item.get("data", item) if isinstance(item, dict) else None
    word = inner.get(name) if isinstance(inner, dict) else None
    return word if isinstance(word, str) else None
