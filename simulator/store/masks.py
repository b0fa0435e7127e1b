"""Field masks over any protobuf message: which fields a caller wants to have changed.

Each path is replaced as a whole: what the source holds there is copied, and what it leaves
unset is cleared. A path leads through singular messages; a repeated field or a map can only be
its end. All paths are checked before anything is touched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from fixtures.documents.names import nearest
from simulator.store.errors import BadMask

if TYPE_CHECKING:
    from google._upb._message import Descriptor as FastDescriptor

# A message's DESCRIPTOR is of one class or the other, depending on protobuf's implementation.
AnyDescriptor: TypeAlias = "Descriptor | FastDescriptor"

_SHOWN: Final = 100
"""How many characters of a stranger's path are repeated, and searched for neighbours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mask:
    """Checked paths into messages of one type."""

    descriptor: AnyDescriptor
    paths: tuple[str, ...]
    """Field names joined by dots; sorted, each once, none inside another."""


def parse(
    paths: Iterable[str], descriptor: AnyDescriptor, *, aliases: Mapping[str, str] | None = None
) -> Mask:
    """Check paths against a message type.

    `aliases` maps other spellings of whole paths to their true ones; paths that continue an
    alias follow it. No paths make an empty mask; what that means is up to the API.

    Raises:
        BadMask: a path leads nowhere; the text names it and the nearest field.
    """
    kept: list[str] = []
    # Sorted, whatever lies inside a path follows it immediately: "." precedes all of a name.
    for path in sorted({_resolve(path, descriptor, aliases or {}) for path in paths}):
        if not (kept and path.startswith(f"{kept[-1]}.")):
            kept.append(path)
    return Mask(descriptor=descriptor, paths=tuple(kept))


def apply(mask: Mask, source: Message, target: Message) -> None:
    """Replace each masked path of `target` by what `source`, another message, holds there.

    A path that is unset in the source is cleared. Messages on the way to a path are created in
    the target only to hold something, and are left behind, empty, when their last field is
    cleared.

    Raises:
        TypeError: a message is not of the mask's type; nothing was changed then.
    """
    for message in (source, target):
        if message.DESCRIPTOR is not mask.descriptor:
            raise TypeError(
                f"a mask of {mask.descriptor.full_name} does not fit {message.DESCRIPTOR.full_name}"
            )
    for path in mask.paths:
        *parents, leaf = path.split(".")
        given: Any = source
        held: Any = target
        for name in parents:
            # Of an unset message this is an empty stand-in, which becomes real when written to.
            given, held = getattr(given, name), getattr(held, name)
        if _is_set(held, leaf):
            held.ClearField(leaf)
        if _is_set(given, leaf):
            _copy(leaf, given, held)


def _is_set(message: Message, name: str) -> bool:
    return any(field.name == name for field, _ in message.ListFields())


def _copy(name: str, source: Any, target: Any) -> None:
    value = getattr(source, name)
    if hasattr(value, "MergeFrom"):  # messages, repeated fields and maps alike
        getattr(target, name).MergeFrom(value)
    else:
        setattr(target, name, value)


def _resolve(path: str, descriptor: AnyDescriptor, aliases: Mapping[str, str]) -> str:
    """Return the path in true field names."""
    names = _without_alias(path, aliases).split(".")
    inside: AnyDescriptor | None = descriptor
    for depth, name in enumerate(names):
        parent = ".".join(names[:depth])
        if inside is None:
            raise BadMask(f"mask path {_short(path)!r}: nothing can be named inside {parent!r}")
        field = inside.fields_by_name.get(name)
        if field is None:
            known = [*inside.fields_by_name]
            known += [alias.rpartition(".")[2] for alias in aliases if _parent(alias) == parent]
            raise BadMask(
                f"mask path {_short(path)!r}: {inside.full_name} has no field {_short(name)!r}, "
                + _neighbour(name, known)
            )
        # Presence sets a singular message apart from a repeated one and from a map.
        inside = field.message_type if field.has_presence else None
    return ".".join(names)


def _without_alias(path: str, aliases: Mapping[str, str]) -> str:
    for alias, true in aliases.items():
        if path == alias or path.startswith(f"{alias}."):
            return true + path.removeprefix(alias)
    return path


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _neighbour(name: str, known: list[str]) -> str:
    if near := nearest(name[:_SHOWN], known):
        return f"did you mean {near!r}?"
    return f"only {', '.join(known)}" if known else "nor any other"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
