"""Filters of resources: a text, checked against a type of message, and what it lets pass.

The language is that of seed 003, `filter` of the list and watch requests, as the published Go
client reads it; `grammar` has the syntax, `conditions` the meaning of the operators.
"""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from simulator.services.meta.filters.conditions import Test, compiled
from simulator.services.meta.filters.syntax import Condition, Node, Not, read
from simulator.services.predicates import all_of, any_of, opposite
from simulator.store.masks import AnyDescriptor


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """A filter that fits one type of message.

    Attributes:
        source: the text it was read from.
        always: whether it lets everything pass by what it says: an empty text or `()`.
        matches: whether a message passes; it must be of the type the filter was checked against.
    """

    source: str
    always: bool
    matches: Callable[[Message], bool]


def parse(text: str, descriptor: AnyDescriptor, *, like: bool = False) -> Filter:
    """Read a filter of messages of one type.

    Texts have at most 16 KiB and nest at most 64 deep; both are our choice.

    Args:
        text: the filter; empty for none.
        descriptor: the message type whose fields it may name.
        like: whether LIKE is offered, with SQL's patterns. The published client refuses it.

    Raises:
        FilterError: no filter of this type (INVALID_ARGUMENT), or LIKE is not offered
            (UNIMPLEMENTED); it has the position.
    """
    tree = read(text)
    if tree is None:
        return Filter(source=text, always=True, matches=lambda message: True)
    return Filter(source=text, always=False, matches=_test(tree, descriptor, like=like))


def _test(node: Node, descriptor: AnyDescriptor, *, like: bool) -> Test:
    if isinstance(node, Condition):
        return compiled(node, descriptor, like=like)
    if isinstance(node, Not):
        return opposite(_test(node.part, descriptor, like=like))
    tests = [_test(part, descriptor, like=like) for part in node.parts]
    return all_of(tests) if node.every else any_of(tests)
