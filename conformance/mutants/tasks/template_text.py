"""Go templates as text: what stands between braces is cut into tokens and made a tree.

A node is a tuple whose first entry names it. Only what the checks write is known; anything else is
a mistake in the syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Node = tuple[Any, ...]

_ACTION = re.compile(
    r"\{\{(?P<left>-(?=\s))?(?:\s*/\*(?P<comment>.*?)\*/\s*?|"
    r'(?P<code>(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|\'(?:[^\'\\\n]|\\.)*\'|[^"`\'}]|\}(?!\}))*?))'
    r"(?P<right>(?<=\s)-)?\}\}",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<string>"(?:[^"\\]|\\.)*")|(?P<raw>`[^`]*`)|(?P<char>'(?:[^'\\]|\\.)')
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?))
    |(?P<variable>\$\w*)|(?P<field>\.[A-Za-z_]\w*)|(?P<dot>\.)|(?P<word>[A-Za-z_]\w*)
    |(?P<sign>:=|[=|(),])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
FUNCTIONS = frozenset(
    ("and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "index", "slice", "len", "print")
) | {"printf", "println", "html", "js", "urlquery", "call"}


class BadTemplate(ValueError):
    """The text is no template."""


@dataclass
class Template:
    """A parsed template: its own nodes, and those that it defines by name."""

    nodes: list[Node] = field(default_factory=list)
    defined: dict[str, list[Node]] = field(default_factory=dict)


def parse(source: str) -> Template:
    """The tree of a template.

    Raises:
        BadTemplate: the text is none.
    """
    try:
        return _Parser(source).parse()
    except RecursionError:
        raise BadTemplate("is nested too deep") from None


class _Parser:
    def __init__(self, source: str) -> None:
        self.pieces = list(_pieces(source))
        self.at = 0
        self.template = Template()
        self.variables: list[str] = ["$"]
        self.loops = 0

    def parse(self) -> Template:
        self.template.nodes, _ = self._list(())
        return self.template

    def _list(self, ends: tuple[str, ...]) -> tuple[list[Node], list[Any]]:
        """Nodes up to an action that begins with one of these words; that action."""
        nodes: list[Node] = []
        while self.at < len(self.pieces):
            kind, value = self.pieces[self.at]
            self.at += 1
            if kind == "text":
                nodes.append(("text", value))
                continue
            head = value[0][1] if value and value[0][0] == "word" else ""
            if head in ends:
                return nodes, value
            if head in ("end", "else"):
                raise BadTemplate(f"unexpected {head}")
            if node := self._action(head, value):
                nodes.append(node)
        if ends:
            raise BadTemplate("unexpected end of the template")
        return nodes, []

    def _action(self, head: str, tokens: list[Any]) -> Node | None:
        known = len(self.variables)
        if head in ("if", "with", "range"):
            node = self._branch(head, tokens[1:])
            del self.variables[known:]
            return node
        if head in ("break", "continue"):
            if not self.loops or len(tokens) > 1:
                raise BadTemplate(f"{head} outside of a range")
            return (head,)
        if head in ("define", "block", "template"):
            return self._named(head, tokens[1:])
        return ("show", self._pipe(tokens))

    def _branch(self, head: str, tokens: list[Any]) -> Node:
        pipe = self._pipe(tokens)
        self.loops += head == "range"
        body, end = self._list(("end", "else"))
        self.loops -= head == "range"
        other: list[Node] = []
        if end[0][1] == "else" and len(end) > 1:
            again = end[1][1]
            if again not in ("if", "with") or head == "range":
                raise BadTemplate("unexpected else")
            other = [self._branch(again, end[2:])]
        elif end[0][1] == "else":
            other, _ = self._list(("end",))
        return (head, pipe, body, other)

    def _named(self, head: str, tokens: list[Any]) -> Node | None:
        if not tokens or tokens[0][0] not in ("string", "raw"):
            raise BadTemplate(f"{head} needs a name")
        name = literal(*tokens[0][:2])
        if head == "template":
            return ("template", name, self._pipe(tokens[1:]) if tokens[1:] else None)
        inner, self.variables = self.variables, ["$"]
        self.template.defined[name], _ = self._list(("end",))
        self.variables = inner
        return ("template", name, self._pipe(tokens[1:])) if head == "block" else None

    def _pipe(self, tokens: list[Any]) -> Node:
        """A pipeline: variables that it sets, how, and its commands."""
        names: list[str] = []
        how = next((t[1] for t in tokens[:4] if t[1] in (":=", "=") and t[0] == "sign"), "")
        if how and tokens[0][0] == "variable":
            cut = next(at for at, t in enumerate(tokens) if t[1] == how)
            names = [t[1] for t in tokens[:cut] if t[0] == "variable"]
            tokens = tokens[cut + 1 :]
            if how == "=" and not set(names) <= set(self.variables):
                raise BadTemplate(f"undefined variable {names[0]}")
        commands = [self._command(part) for part in _split(tokens)]
        self.variables += names
        return (names, how, commands)

    def _command(self, tokens: list[Any]) -> list[Node]:
        operands: list[Node] = []
        at = 0
        while at < len(tokens):
            kind, text, spaced = tokens[at]
            if kind == "field" and not spaced and operands:
                if operands[-1][0] in ("literal", "function"):
                    raise BadTemplate(f"unexpected {text}")
                operands[-1] = (*operands[-1][:-1], [*operands[-1][-1], text[1:]])
            elif kind == "field":
                operands.append(("field", [text[1:]]))
            elif kind == "dot":
                operands.append(("field", []))
            elif kind == "variable":
                if text not in self.variables:
                    raise BadTemplate(f"undefined variable {text}")
                operands.append(("variable", text, []))
            elif text == "(":
                end = _closing(tokens, at)
                operands.append(("paren", self._pipe(tokens[at + 1 : end]), []))
                at = end
            elif kind == "word" and text in FUNCTIONS:
                operands.append(("function", text))
            elif kind == "word" and text in ("true", "false", "nil"):
                operands.append(("literal", {"true": True, "false": False, "nil": None}[text]))
            elif kind in ("string", "raw", "char", "number"):
                operands.append(("literal", literal(kind, text)))
            else:
                raise BadTemplate(f"unexpected {text!r}")
            at += 1
        if not operands or operands == [("literal", None)]:
            raise BadTemplate("a command is missing")
        return operands


def _pieces(source: str) -> Iterator[tuple[str, Any]]:
    at, trims = 0, False
    while (start := source.find("{{", at)) >= 0:
        found = _ACTION.match(source, start)
        if found is None:
            raise BadTemplate("unclosed action")
        text = source[at:start].lstrip() if trims else source[at:start]
        yield "text", text.rstrip() if found["left"] else text
        if found["comment"] is None:
            yield "action", list(_tokens(found["code"]))
        at, trims = found.end(), bool(found["right"])
    yield "text", source[at:].lstrip() if trims else source[at:]


def _tokens(code: str) -> Iterator[tuple[str, str, bool]]:
    at, spaced = 0, True
    while at < len(code):
        found = _TOKEN.match(code, at)
        if found is None:
            raise BadTemplate(f"unexpected {code[at]!r}")
        at = found.end()
        if found.lastgroup == "space":
            spaced = True
            continue
        yield str(found.lastgroup), found.group(), spaced
        spaced = False


def _split(tokens: list[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token[1] == "(" and token[0] == "sign") - (token[1] == ")" and token[0] == "sign")
        if token[1] == "|" and token[0] == "sign" and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _closing(tokens: list[Any], at: int) -> int:
    depth = 0
    for place in range(at, len(tokens)):
        if tokens[place][0] == "sign":
            depth += {"(": 1, ")": -1}.get(tokens[place][1], 0)
        if not depth:
            return place
    raise BadTemplate("unclosed parenthesis")


def literal(kind: str, text: str) -> Any:
    """The value of a literal."""
    if kind == "raw":
        return text[1:-1]
    if kind == "number":
        plain = text.replace("_", "")
        if plain.lower().lstrip("+-").startswith("0x"):
            return int(plain, 16)
        number = float(plain)
        return number if "." in plain or ("e" in plain.lower() and number % 1) else int(number)
    content = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])
    return ord(content) if kind == "char" else content
