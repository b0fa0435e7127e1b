"""Which fields of a task a template asks for, read from its parse tree.

Go refuses an unknown field of a struct, and a task is one; gotpl is given a map, where an unknown
key is merely absent. So names are checked where a field is taken from something that is surely the
task: dot while it is still the root, `$`, and variables that hold either. Source: seed 001.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator

from gotpl.parse.nodes import (
    ActionNode,
    BlockNode,
    DotNode,
    FieldNode,
    IfNode,
    ListNode,
    ParenthesizedNode,
    ParsedTemplate,
    PipeNode,
    RangeNode,
    TemplateCallNode,
    VariableNode,
    WithNode,
)

__all__ = ["FIELDS", "root_fields"]

FIELDS = frozenset(
    {
        "Name",
        "Type",
        "State",
        "Description",
        "RecommendedAction",
        "Links",
        "Metadata",
        "Annotations",
        "CreateTime",
        "UpdateTime",
        "CompletionTime",
        "Stage",
    }
)
"""What a template can ask of a task."""

_Scope = ChainMap[str, bool]


def root_fields(template: ParsedTemplate) -> Iterator[tuple[str, int]]:
    """Yield each field taken from the root and its byte offset in the source."""
    yield from _Walk(template).run()


class _Walk:
    """One pass over the root and every definition that is called with the root as its dot.

    A scope maps variables to whether they hold the root, the innermost block first.
    """

    def __init__(self, template: ParsedTemplate) -> None:
        self._root = template.root
        self._bodies = {each.name: each.body for each in template.definitions}
        self._entered: set[str] = set()

    def run(self) -> Iterator[tuple[str, int]]:
        yield from self._list(self._root, True, ChainMap({"$": True}))

    def _list(self, nodes: ListNode, dot: bool, scope: _Scope) -> Iterator[tuple[str, int]]:
        scope = scope.new_child()
        for node in nodes.nodes:
            match node:
                case ActionNode():
                    yield from self._pipe(node.pipeline, dot, scope)
                case IfNode() | WithNode() | RangeNode():
                    yield from self._branch(node, dot, scope)
                case TemplateCallNode() | BlockNode() if node.pipeline is not None:
                    yield from self._pipe(node.pipeline, dot, scope)
                    if _is_root(node.pipeline, dot, scope):
                        yield from self._body(node.name)
                case _:
                    pass

    def _branch(
        self, node: IfNode | WithNode | RangeNode, dot: bool, scope: _Scope
    ) -> Iterator[tuple[str, int]]:
        scope = scope.new_child()
        yield from self._pipe(node.pipeline, dot, scope)
        match node:
            case IfNode():
                inner = dot
            case WithNode():
                inner = _is_root(node.pipeline, dot, scope)
            case RangeNode():
                inner = False
                scope.update({each.name: False for each in node.pipeline.declarations})
        yield from self._list(node.body, inner, scope)
        if node.else_body is not None:
            yield from self._list(node.else_body, dot, scope)

    def _body(self, name: str) -> Iterator[tuple[str, int]]:
        if name in self._bodies and name not in self._entered:
            self._entered.add(name)
            yield from self._list(self._bodies[name], True, ChainMap({"$": True}))

    def _pipe(self, pipe: PipeNode, dot: bool, scope: _Scope) -> Iterator[tuple[str, int]]:
        for command in pipe.commands:
            for term in command.arguments:
                match term:
                    case FieldNode() if dot:
                        yield term.fields[0], term.start
                    case VariableNode() if term.fields and scope.get(term.name):
                        yield term.fields[0], term.start
                    case ParenthesizedNode():
                        yield from self._pipe(term.pipeline, dot, scope)
                        if term.fields and _is_root(term.pipeline, dot, scope):
                            yield term.fields[0], term.start
                    case _:
                        pass
        for variable in pipe.declarations:
            if pipe.is_assignment:
                for block in scope.maps:
                    block[variable.name] = False
            else:
                scope[variable.name] = _is_root(pipe, dot, scope)


def _is_root(pipe: PipeNode, dot: bool, scope: _Scope) -> bool:
    """Whether a pipeline surely yields the task itself."""
    if len(pipe.commands) != 1 or len(pipe.commands[0].arguments) != 1:
        return False
    match pipe.commands[0].arguments[0]:
        case DotNode():
            return dot
        case VariableNode(name=name, fields=()):
            return scope.get(name, False)
        case ParenthesizedNode(pipeline=inner, fields=()):
            return _is_root(inner, dot, scope)
        case _:
            return False
