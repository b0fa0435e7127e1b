"""Bounds of what one request may ask for, checked before any of it is looked at closely.

Depth and size of a document are counted as if its fragments stood where they are spread, so that a
short document cannot stand for a huge one. What the bounds are is our choice; they are far above
what any published client sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Visitor,
    visit,
)

from simulator.services.exchange.errors import limit


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds of one request."""

    body_bytes: int = 4 * 1024 * 1024
    """Of the body as it is sent."""
    tokens: int = 20_000
    """Names, numbers, texts and signs of a document, values of a publish not counted."""
    literals: int = 500_000
    """Tokens of a document whose values can be taken out before it is looked at."""
    check_s: float = 5.0
    """Processor time that the checks of one document may take."""
    nesting: int = 64
    """Brackets within brackets, in a document as in variables."""
    definitions: int = 50
    """Operations and fragments of a document, and variables of an operation."""
    arguments: int = 50
    """Arguments or directives in one place, and fields of one input object."""
    depth: int = 20
    """Fields within fields."""
    fields: int = 500
    """Fields that are selected, fragments counted wherever they are spread."""
    roots: int = 50
    """Fields of the operation itself: each of them is a call."""
    list_items: int = 2_000
    """Items of one list among the arguments."""
    results: int = 500_000
    """Fields of an answer."""


DEFAULTS: Final = Limits()


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """Refuse variables that nest too deeply, or hold a list that is too long.

    Raises:
        ExchangeError: LimitExceeded.
    """
    level: list[Any] = list(variables.values())
    for _ in range(limits.nesting):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(each for each in value.values() if isinstance(each, dict | list))
            elif isinstance(value, list):
                check_list(len(value), limits)
                below.extend(each for each in value if isinstance(each, dict | list))
        if not below:
            return
        level = below
    raise limit(f"variables: nest more than {limits.nesting} levels deep")


def check_list(length: int, limits: Limits) -> None:
    """Refuse a list that is too long.

    Raises:
        ExchangeError: LimitExceeded.
    """
    if length > limits.list_items:
        raise limit(f"a list of {length} items is longer than {limits.list_items}")


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that is too large or too deep.

    Fragments that contain themselves are left to validation; here they count once. Validation
    spends the square of some numbers, so these are bounded before.

    Raises:
        ExchangeError: LimitExceeded.
    """
    _check(len(document.definitions), limits.definitions, "definitions")
    visit(document, _Places(limits))
    measure = _Measure(document)
    fields = 0
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            _check(len(each.variable_definitions or ()), limits.definitions, "variables")
            size = measure.of(each.selection_set)
            fields += size.fields
            _check(fields, limits.fields, "fields")
            _check(size.depth, limits.depth, "levels of fields")
            _check(size.roots, limits.roots, "fields of the operation itself")


def _check(number: int, most: int, what: str) -> None:
    if number > most:
        raise limit(f"the document has {number} {what}, more than {most}")


class _Places(Visitor):
    """Checks what stands together in one place."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits

    def enter(self, node: Node, *_: Any) -> None:
        """Look at one node."""
        for name in ("arguments", "directives"):
            _check(len(getattr(node, name, None) or ()), self._limits.arguments, name)
        if isinstance(node, ObjectValueNode):
            _check(len(node.fields), self._limits.arguments, "fields of one object")
        elif isinstance(node, ListValueNode):
            check_list(len(node.values), self._limits)


@dataclass(frozen=True)
class _Size:
    fields: int
    depth: int
    roots: int


_NOTHING: Final = _Size(0, 0, 0)


class _Measure:
    """Measures selections; each fragment is measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._known: dict[str, _Size] = {}
        self._fragments = {
            each.name.value: each.selection_set
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def of(self, selections: SelectionSetNode | None) -> _Size:
        """Return how many fields there are at all, how many levels of them, and on the first."""
        if selections is None:
            return _NOTHING
        sizes = [self._each(node) for node in selections.selections]
        return _Size(
            sum(each.fields for each in sizes),
            max((each.depth for each in sizes), default=0),
            sum(each.roots for each in sizes),
        )

    def _each(self, node: SelectionNode) -> _Size:
        if isinstance(node, FieldNode):
            below = self.of(node.selection_set)
            return _Size(below.fields + 1, below.depth + 1, 1)
        if isinstance(node, InlineFragmentNode):
            return self.of(node.selection_set)
        return self._fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else _NOTHING

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            # A fragment that contains itself finds this, and ends.
            self._known[name] = _NOTHING
            self._known[name] = self.of(self._fragments.get(name))
        return self._known[name]
