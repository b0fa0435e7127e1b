"""Renders Go templates, naively: walks the tree of `template_text` with `template_values`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mutants.tasks.template_text import BadTemplate, Node, Template, parse
from conformance.mutants.tasks.template_values import FUNCTIONS, Failed, shown, truth

__all__ = ["BadTemplate", "Failed", "parse", "render"]

MAX_OUTPUT = 64 * 1024
MAX_STEPS = 20_000
MAX_DEPTH = 16


class _Leave(Exception):
    """A loop is left, or its round."""


class _Renderer:
    def __init__(self, template: Template) -> None:
        self.template = template
        self.text: list[str] = []
        self.size = 0
        self.steps = 0
        self.depth = 0

    def write(self, text: str) -> None:
        self.size += len(text.encode("utf-8", "surrogatepass"))
        if self.size > MAX_OUTPUT:
            raise Failed(f"more than {MAX_OUTPUT} bytes of text")
        self.text.append(text)

    def step(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Failed(f"more than {MAX_STEPS} steps")

    def nodes(self, nodes: list[Node], dot: Any, known: dict[str, list[Any]]) -> None:
        for node in nodes:
            self.step()
            self.node(node, dot, known)

    def node(self, node: Node, dot: Any, known: dict[str, list[Any]]) -> None:
        match node:
            case ("text", text):
                self.write(text)
            case ("show", (names, _, _) as pipe):
                value = self.pipe(pipe, dot, known)
                if not names:
                    self.write(shown(value))
            case ("if", pipe, body, other):
                inner = dict(known)
                self.nodes(body if truth(self.pipe(pipe, dot, inner)) else other, dot, inner)
            case ("with", pipe, body, other):
                inner = dict(known)
                value = self.pipe(pipe, dot, inner)
                if truth(value):
                    self.nodes(body, value, inner)
                else:
                    self.nodes(other, dot, inner)
            case ("range", pipe, body, other):
                self.range(pipe, body, other, dot, known)
            case ("template", name, pipe):
                self.template_called(name, self.pipe(pipe, dot, known) if pipe else None)
            case (("break" | "continue") as word,):
                raise _Leave(word)

    def range(
        self, pipe: Node, body: list[Node], other: list[Node], dot: Any, known: dict[str, list[Any]]
    ) -> None:
        names, _, commands = pipe
        value = self.pipe(([], "", commands), dot, known)
        if value is None:
            pairs: list[tuple[Any, Any]] = []
        elif isinstance(value, Mapping):
            pairs = [(key, value[key]) for key in sorted(value)]
        elif isinstance(value, list):
            pairs = list(enumerate(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            pairs = [(n, n) for n in range(min(value, MAX_STEPS + 1))]
        else:
            raise Failed(f"range over {shown(value)}")
        for key, item in pairs:
            self.step()
            inner = dict(known)
            if names:
                bound = (item,) if len(names) == 1 else (key, item)
                inner.update({name: [v] for name, v in zip(names, bound, strict=True)})
            try:
                self.nodes(body, item, inner)
            except _Leave as left:
                if str(left) == "break":
                    break
        if not pairs:
            self.nodes(other, dot, dict(known))

    def template_called(self, name: str, dot: Any) -> None:
        if name not in self.template.defined:
            raise Failed(f"template {name!r} is not defined")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Failed(f"templates nested more than {MAX_DEPTH} deep")
        self.nodes(self.template.defined[name], dot, {"$": [dot]})
        self.depth -= 1

    def pipe(self, pipe: Node, dot: Any, known: dict[str, list[Any]]) -> Any:
        names, how, commands = pipe
        value: Any = None
        for at, command in enumerate(commands):
            value = self.command(command, [value] if at else [], dot, known)
        for name in names:
            if how == "=":
                known[name][0] = value
            else:
                known[name] = [value]
        return value

    def command(
        self, operands: list[Node], last: list[Any], dot: Any, known: dict[str, list[Any]]
    ) -> Any:
        self.step()
        head, *rest = operands
        if head[0] != "function":
            if rest or last:
                raise Failed("arguments for what is no function")
            return self.operand(head, dot, known)
        name = head[1]
        if name in ("and", "or"):
            return self.lazily(name, rest, last, dot, known)
        values = [self.operand(operand, dot, known) for operand in rest] + last
        try:
            return FUNCTIONS[name](*values)
        except (TypeError, IndexError):
            raise Failed(f"wrong arguments for {name}") from None

    def lazily(
        self, name: str, rest: list[Node], last: list[Any], dot: Any, known: dict[str, list[Any]]
    ) -> Any:
        if not rest and not last:
            raise Failed(f"{name} of nothing")
        value: Any = None
        for operand in rest:
            value = self.operand(operand, dot, known)
            if truth(value) == (name == "or"):
                return value
        return last[0] if last else value

    def operand(self, node: Node, dot: Any, known: dict[str, list[Any]]) -> Any:
        match node:
            case ("literal", value):
                return value
            case ("field", path):
                return self.fields(dot, path)
            case ("variable", name, path):
                return self.fields(known[name][0], path)
            case ("paren", pipe, path):
                return self.fields(self.pipe(pipe, dot, dict(known)), path)
        return self.command([node], [], dot, known)

    @staticmethod
    def fields(value: Any, path: list[str]) -> Any:
        for name in path:
            if value is None:
                continue
            if not isinstance(value, Mapping):
                raise Failed(f"{shown(value)} has no field {name}")
            if isinstance(value, Root) and name not in value:
                raise Failed(f"no field {name}")
            value = value.get(name)
        return value


class Root(dict[str, Any]):
    """The data of a template, whose names are known."""


def render(source: str, data: Mapping[str, Any]) -> str:
    """The text that a template gives.

    Raises:
        BadTemplate: the source is none.
        Failed: it cannot be carried out.
    """
    template = parse(source)
    renderer = _Renderer(template)
    root = Root(data)
    try:
        renderer.nodes(template.nodes, root, {"$": [root]})
    except RecursionError:
        raise Failed("nested too deep") from None
    return "".join(renderer.text)
