"""The mark that every write of a run leaves in its object, and that comes back in each event.

One string under one key: `run;scope;writer;object;number;due;role`. It says who wrote which
change of which object when it was due, so a reader can prove what it got and time it. A string
costs one field access where a nested object would cost seven.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

KEY = "gp"
"""The key, of a payload or an annotation, that holds the mark."""

WRITE = "w"
OPEN = "o"
CLOSE = "c"
"""Roles: an ordinary write; the sentinels of the opening and the closing barrier."""

SENTINEL_WRITER = "s"
POPULATION_WRITER = "p"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What one write tells.

    `number` ascends for each object. For dispatch it is 0 for the creation and one more for each
    update; for meta it counts what the writer did in the scope.
    """

    run: str
    scope: int
    writer: str
    object: int
    number: int
    due_us: int
    role: str = WRITE


def encode(mark: Mark) -> str:
    """The mark as it stands in the object."""
    return (
        f"{mark.run};{mark.scope};{mark.writer};{mark.object};"
        f"{mark.number};{mark.due_us};{mark.role}"
    )


def decode(text: str) -> Mark | None:
    """The mark in a text; None if it is not one."""
    parts = text.split(";")
    if len(parts) != 7:
        return None
    run, scope, writer, number_of_object, number, due, role = parts
    try:
        return Mark(
            run=run,
            scope=int(scope),
            writer=writer,
            object=int(number_of_object),
            number=int(number),
            due_us=int(due),
            role=role,
        )
    except ValueError:
        return None


def new_run_id(prefix: str, scopes: int) -> str:
    """A fresh run id; it names the number of scopes so that they can be found again."""
    return f"{prefix}-{secrets.token_hex(6)}-{scopes}"


def parts_of(run: str) -> tuple[str, str, int]:
    """Prefix, random part and number of scopes of a run id.

    Raises:
        ValueError: not a run id.
    """
    match = re.fullmatch(r"([a-z]+)-([0-9a-f]{12})-([1-9]\d*)", run)
    if not match:
        raise ValueError(f"{run!r} is not the id of a load run, such as ld-0123456789ab-4")
    return match[1], match[2], int(match[3])
