"""Reading masks: copies of messages that hold only the fields asked for.

A message on the way to a field is kept, empty, where it was set; a list of messages keeps its
length. Compiled once for a set of paths, then applied to any number of messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from google.protobuf.message import Message

from simulator.store.paths import AnyField, Path, is_map, is_repeated

Copier = Callable[[Any, Any], None]
"""Copies a part of its first argument, a message, into its second, an empty one."""


class Projection:
    """The fields at some paths, which all begin at one message type.

    Where a path and one inside it are both given, the former wins. No paths make empty messages.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        tree = _Node()
        for path in paths:
            tree.add(path.fields, path)
        self.paths = tuple(sorted(path.text for path in tree.paths()))
        """The paths as text, sorted, without those inside another."""
        self._copy = tree.copier()

    def apply(self, message: Message) -> Message:
        """Return a new message with a copy of the selected fields."""
        target = type(message)()
        self._copy(message, target)
        return target


class _Node:
    """What is selected inside a message: for each field all of it, some keys, or parts of it."""

    def __init__(self) -> None:
        self.fields: dict[str, tuple[AnyField, Path | dict[str, Path] | _Node]] = {}

    def add(self, fields: tuple[AnyField, ...], path: Path) -> None:
        """Select the end of a path, of which `fields` are still to go."""
        field, *rest = fields
        _, inside = self.fields.get(field.name, (field, _Node() if rest else {}))
        if isinstance(inside, Path):
            return
        if rest and isinstance(inside, _Node):
            inside.add(tuple(rest), path)
        elif path.key is not None and isinstance(inside, dict):
            inside[path.key] = path
        else:
            inside = path
        self.fields[field.name] = (field, inside)

    def paths(self) -> Iterator[Path]:
        """Yield what is selected, without what lies inside something else that is."""
        for _, inside in self.fields.values():
            if isinstance(inside, Path):
                yield inside
            else:
                yield from inside.paths() if isinstance(inside, _Node) else inside.values()

    def copier(self) -> Copier:
        """Return what copies the selection."""
        parts = [_copier(field, inside) for field, inside in self.fields.values()]

        def copy(source: Any, target: Any) -> None:
            for part in parts:
                part(source, target)

        return copy


def _copier(field: AnyField, inside: Path | dict[str, Path] | _Node) -> Copier:
    name = field.name
    if isinstance(inside, dict):
        return _keys(name, tuple(inside), of_messages=_holds_messages(field))
    if isinstance(inside, _Node):
        copy = inside.copier()
        return _each(name, copy) if is_repeated(field) else _within(name, copy)
    if is_repeated(field):
        return lambda source, target: getattr(target, name).MergeFrom(getattr(source, name))
    if field.message_type is not None:
        return _whole(name)
    return _scalar(name, has_presence=field.has_presence)


def _scalar(name: str, *, has_presence: bool) -> Copier:
    def copy(source: Any, target: Any) -> None:
        if not has_presence or source.HasField(name):
            setattr(target, name, getattr(source, name))

    return copy


def _whole(name: str) -> Copier:
    def copy(source: Any, target: Any) -> None:
        if source.HasField(name):
            getattr(target, name).CopyFrom(getattr(source, name))

    return copy


def _within(name: str, copy_inside: Copier) -> Copier:
    def copy(source: Any, target: Any) -> None:
        if source.HasField(name):
            held = getattr(target, name)
            held.SetInParent()
            copy_inside(getattr(source, name), held)

    return copy


def _each(name: str, copy_inside: Copier) -> Copier:
    def copy(source: Any, target: Any) -> None:
        held = getattr(target, name)
        for element in getattr(source, name):
            copy_inside(element, held.add())

    return copy


def _keys(name: str, keys: tuple[str, ...], *, of_messages: bool) -> Copier:
    def copy(source: Any, target: Any) -> None:
        given, held = getattr(source, name), getattr(target, name)
        for key in keys:
            if key not in given:
                continue
            if of_messages:
                held[key].CopyFrom(given[key])
            else:
                held[key] = given[key]

    return copy


def _holds_messages(field: AnyField) -> bool:
    entry: Any = field.message_type
    return is_map(field) and entry.fields_by_name["value"].message_type is not None
