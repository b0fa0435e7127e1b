"""A YAML file with the line of every key, and `${NAME}` replaced from the environment."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.failures import UsageError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Plain data from a file, and where each part of it stands."""

    path: Path
    data: Any
    lines: dict[tuple[Any, ...], int]

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read a mapping.

        Raises:
            UsageError: unreadable, not YAML, not a mapping, a key twice, or a variable not set.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: {_reason(error)}") from None
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", None) or "not YAML"
            raise UsageError(f"{path}{line}: {problem}") from None
        lines: dict[tuple[Any, ...], int] = {(): 1}
        data = {} if node is None else _plain(node, (), lines, path)
        if not isinstance(data, dict):
            raise UsageError(f"{path}:1: expected a mapping of keys, got {type(data).__name__}")
        return cls(path=path, data=data, lines=lines)

    def at(self, location: tuple[Any, ...]) -> str:
        """`file:line` of the innermost part of `location` that the file has."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return f"{self.path}:{self.lines[location[:length]]}"
        return str(self.path)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for the nearest name, or what there is."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; expected one of {', '.join(names)}" if names else ""


def _plain(
    node: yaml.Node, at: tuple[Any, ...], lines: dict[tuple[Any, ...], int], path: Path
) -> Any:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node, path)
            line = key_node.start_mark.line + 1
            if key in result:
                raise UsageError(f"{path}:{line}: key {key} appears twice")
            lines[(*at, key)] = line
            result[key] = _plain(value_node, (*at, key), lines, path)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, i), lines, path) for i, item in enumerate(node.value)]
    return _scalar(node, path)


def _scalar(node: yaml.Node, path: Path) -> Any:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise UsageError(f"{path}:{line}: a key has to be a plain word")
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"{path}:{line}: {_reason(error)}") from None
    return _expanded(value, f"{path}:{line}") if isinstance(value, str) else value


def _expanded(text: str, where: str) -> str:
    def variable(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise UsageError(f"{where}: environment variable {match[1]} is not set")
        return os.environ[match[1]]

    return _VARIABLE.sub(variable, text)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return str(error)
