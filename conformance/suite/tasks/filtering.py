"""What filters are asked about: sparse metadata, awkward texts, trees without open questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hypothesis import strategies as st

from conformance.oracles.tasks.filter_text import And, Compare, In, Node, Not, Or, Value
from conformance.strategies.tasks_filters import trees
from conformance.suite.tasks.populations import Population, of_kind
from conformance.targets.tasks import TasksTarget

SPARSE: Mapping[str, Mapping[str, Any] | None] = {
    "value": {"key": "v"},
    "other value": {"key": "w"},
    "other key": {"other": "v"},
    "null": {"key": None},
    "nothing": None,
}
"""Metadata in which a key has a value, null, or is absent, and none at all."""

QUOTED = ("it's", 'say "x"', "its", "it", "say x")
"""Texts with quotes, and others that are left if quotes are lost."""

LOOKALIKES = ("a_b", "a%b", "a.b", "a?b", "a+b", "axb", "ab", "A_B", "aab")
"""Texts of which some fit others where `_`, `%`, `.`, `?` or `+` stand for more than themselves."""


def sparse(api: TasksTarget) -> Mapping[str, str]:
    """Names of tasks by what their metadata are; `""` is the filter that holds them together."""
    return api.shared("sparse metadata", partial(_sparse, api))


def _sparse(api: TasksTarget) -> Mapping[str, str]:
    type = api.create_type(category="gridproof")
    made = {what: api.create_task(type, metadata=data).name for what, data in SPARSE.items()}
    return {**made, "": api.only(type)}


def quoted_texts(api: TasksTarget) -> Population:
    """Tasks with a text of `QUOTED` each, under metadata `text`."""
    return api.shared("quoted texts", partial(_texts, api, QUOTED))


def lookalikes(api: TasksTarget) -> Population:
    """Tasks with a text of `LOOKALIKES` each, under metadata `text`."""
    return api.shared("lookalikes", partial(_texts, api, LOOKALIKES))


def _texts(api: TasksTarget, texts: Sequence[str]) -> Population:
    type = api.create_type(category="gridproof")
    items = tuple(api.create_task(type, metadata={"text": text}) for text in texts)
    return Population(family=of_kind(api, "tasks"), filter=api.only(type), items=items)


def text_is(path: str, text: str, sign: str = "=") -> Compare:
    """A comparison with a text in quotes."""
    return Compare(tuple(path.split(".")), sign, Value(text))


def state_is(state: str, sign: str = "=") -> Compare:
    """A comparison of the state."""
    return Compare(("state",), sign, Value(state, "word"))


def plain_trees(population: Population) -> st.SearchStrategy[Node]:
    """Trees about what all items have, so that no reading of absence or of emptiness matters."""
    empty = {"sub_category", "recommended_action", "description", "display_name", "category"}
    asked = {f for f in empty if any(getattr(item, f, "x") == "" for item in population.items)}
    wanted = trees(population.items, everywhere=True)
    return wanted.filter(lambda node: not mentioned(node) & asked)


def mentioned(node: Node) -> set[str]:
    """First names of the fields that a tree looks at."""
    match node:
        case And(parts) | Or(parts):
            return set().union(*map(mentioned, parts))
        case Not(inner):
            return mentioned(inner)
        case Compare(path, _, _) | In(path, _):
            return {path[0]}
    return set()
