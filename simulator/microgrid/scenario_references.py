"""What must fit together in a scenario: ids, references and the wiring of the site.

The wiring rules are those of `graph.py`. Works on the raw values of the file, so that it can speak
even when other parts have mistakes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fixtures.documents.names import neighbour
from fixtures.documents.yaml_lines import Path

from . import graph
from .scenario_category import SUB_TYPES, Category

Mistake = tuple[Path, str]
"""Where, and what was found and expected."""


class _Node(NamedTuple):
    position: int
    category: str
    type: str | None
    name: str


def mistakes(data: Any) -> Iterator[Mistake]:
    """Yield what does not fit together in the raw values of a scenario file."""
    if not isinstance(data, dict):
        return
    nodes = dict(_nodes(data))
    yield from _repeated(data, "components", "id")
    yield from _repeated(data, "inputs", "name")
    yield from _repeated(data, "dispatches", "id")
    yield from _inputs(data)
    yield from _loads(data, nodes)
    yield from _faults(data, nodes)
    edges: list[tuple[int, int, int]] = []
    for position, pair in _ends(data):
        for end, number in enumerate(pair):
            if number not in nodes:
                yield ("connections", position, end), f"found {number}, expected a component's id"
        if pair[0] in nodes and pair[1] in nodes:
            edges.append((position, *pair))
    # With parts missing, the rules of the wiring would complain about what follows from that.
    complete = len(nodes) == len(_items(data, "components"))
    if nodes and complete and len(edges) == len(_items(data, "connections")):
        meta = data.get("scenario")
        is_free = isinstance(meta, dict) and meta.get("allow_no_grid") is True
        yield from _wiring(nodes, edges, allow_no_grid=is_free)


def _items(data: dict[str, Any], key: str) -> list[Any]:
    items = data.get(key)
    return items if isinstance(items, list) else []


def _nodes(data: dict[str, Any]) -> Iterator[tuple[int, _Node]]:
    for position, item in enumerate(_items(data, "components")):
        if isinstance(item, dict) and isinstance(item.get("id"), int):
            kind, name = item.get("type"), item.get("name")
            yield (
                item["id"],
                _Node(
                    position,
                    str(item.get("category")),
                    kind if isinstance(kind, str) else None,
                    name if isinstance(name, str) else "",
                ),
            )


def _ends(data: dict[str, Any]) -> Iterator[tuple[int, tuple[int, int]]]:
    for position, item in enumerate(_items(data, "connections")):
        if isinstance(item, dict):
            item = [item.get("from"), item.get("to")]
        if isinstance(item, list) and len(item) == 2 and all(isinstance(x, int) for x in item):
            yield position, (item[0], item[1])


def _repeated(data: dict[str, Any], section: str, key: str) -> Iterator[Mistake]:
    seen: dict[Any, int] = {}
    for position, item in enumerate(_items(data, section)):
        value = item.get(key) if isinstance(item, dict) else None
        if not isinstance(value, str | int):
            continue
        if value in seen:
            yield (
                (section, position, key),
                f"found {value!r} a second time (first in {section}[{seen[value]}]), "
                f"expected each {key} once",
            )
        seen.setdefault(value, position)


def _inputs(data: dict[str, Any]) -> Iterator[Mistake]:
    names = [
        item["name"]
        for item in _items(data, "inputs")
        if isinstance(item, dict) and isinstance(item.get("name"), str)
    ]
    known = f"one of the inputs {', '.join(names)}" if names else "a name in inputs"
    for where, holder in _users(data):
        name = holder.get("input")
        if isinstance(name, str) and name not in names:
            hint = neighbour(name, names)
            yield (*where, "input"), f"found {name!r}, expected {known}{hint}"


def _users(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield everything that may name an input."""
    for section in ("components", "loads"):
        for position, item in enumerate(_items(data, section)):
            if isinstance(item, dict):
                yield (section, position), item
                if isinstance(item.get("heat"), dict):
                    yield (section, position, "heat"), item["heat"]
    tariff = data.get("tariff")
    for key in ("buy_dynamic", "sell_dynamic"):
        if isinstance(tariff, dict) and isinstance(tariff.get(key), dict):
            yield ("tariff", key), tariff[key]
    if isinstance(data.get("co2"), dict):
        yield ("co2",), data["co2"]


def _loads(data: dict[str, Any], nodes: dict[int, _Node]) -> Iterator[Mistake]:
    for position, item in enumerate(_items(data, "loads")):
        meter = item.get("meter") if isinstance(item, dict) else None
        if isinstance(meter, int) and (meter not in nodes or nodes[meter].category != "meter"):
            yield ("loads", position, "meter"), f"found {meter}, expected the id of a meter"


def _faults(data: dict[str, Any], nodes: dict[int, _Node]) -> Iterator[Mistake]:
    for position, item in enumerate(_items(data, "faults")):
        numbers = item.get("component_ids") if isinstance(item, dict) else None
        for place, number in enumerate(numbers if isinstance(numbers, list) else []):
            if isinstance(number, int) and number not in nodes:
                yield (
                    ("faults", position, "component_ids", place),
                    f"found {number}, expected a component's id",
                )


def _wiring(
    nodes: dict[int, _Node], edges: list[tuple[int, int, int]], *, allow_no_grid: bool
) -> Iterator[Mistake]:
    try:
        known = [graph.Node(id=number, **_kind(node)) for number, node in nodes.items()]
    except (KeyError, ValueError):
        return  # A category or type that does not exist is a mistake of its own.
    pairs = [(above, below) for _, above, below in edges]
    for mistake in graph.mistakes(known, pairs, allow_no_grid=allow_no_grid):
        ids = mistake.component_ids
        edge = next((place for place, *pair in edges if tuple(pair) == ids), None)
        if edge is not None:
            yield ("connections", edge), mistake.text
        elif ids and ids[0] in nodes:
            yield ("components", nodes[ids[0]].position), mistake.text
        else:
            yield ("components",), mistake.text


def _kind(node: _Node) -> dict[str, Any]:
    category = Category[node.category.upper()]
    sub_types = SUB_TYPES.get(category)
    number = None if sub_types is None or node.type is None else sub_types[node.type.upper()]
    return {"category": category, "type": number, "name": node.name}
