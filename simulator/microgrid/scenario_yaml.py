"""YAML that remembers its lines.

Reads one document into plain values and keeps, beside them, the line of every key and item.
Scalars follow the core schema of YAML 1.2: only `true` and `false` are booleans, so `state: on`
stays a word, and times and dates stay text. A key given twice is an error. JSON is YAML, too.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]
"""Keys and positions from the root of a document to a value."""

MAX_NODES = 200_000
"""More values than that are refused: aliases can multiply a small file without bound."""
MAX_DEPTH = 100

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class YamlError(ValueError):
    """The text is not one readable YAML document."""

    def __init__(self, line: int, text: str) -> None:
        """Keep the line (from 1) beside the message."""
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Plain values and the lines they stand on."""

    value: Any
    lines: dict[Path, int]
    """Line (from 1) of every key and item; the root has the empty path."""

    def line(self, path: Path) -> int:
        """Return the line of a value, or of the nearest one above it that the file holds."""
        path = self.resolve(path)
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def resolve(self, path: Path) -> Path:
        """Return where the file holds what `path` means.

        A dispatch wrapped in `metadata` and `data`, as the API's lists print it, is looked into.
        """
        found: Path = ()
        for step in path:
            plain, wrapped = (*found, step), (*found, "data", step)
            is_wrapped = plain not in self.lines and (*found, "data") in self.lines
            found = wrapped if is_wrapped else plain
        return found


def read(text: str) -> Document:
    """Return the values of one YAML document with their lines.

    Raises:
        YamlError: not YAML, several documents, a key twice, or beyond the bounds.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise YamlError(line, f"not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise YamlError(1, f"not YAML: {str(error).splitlines()[0]}") from None
    lines: dict[Path, int] = {(): 1 if node is None else node.start_mark.line + 1}
    value = None if node is None else _value(node, (), lines)
    return Document(value=value, lines=lines)


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    line = node.start_mark.line + 1
    if len(lines) > MAX_NODES or len(path) > MAX_DEPTH:
        raise YamlError(
            line, f"more than {MAX_NODES} values or {MAX_DEPTH} levels, or an alias of itself"
        )
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for position, item in enumerate(node.value):
            lines[(*path, position)] = item.start_mark.line + 1
            items.append(_value(item, (*path, position), lines))
        return items
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlError(line, "a key must be a plain word")
        key = str(key_node.value)
        if key in values:
            raise YamlError(line, f"the key {key} stands here a second time")
        lines[(*path, key)] = line
        values[key] = _value(value_node, (*path, key), lines)
    return values


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None or node.tag.endswith(":str!"):
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text
