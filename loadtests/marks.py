"""The mark that every write of a run leaves in the payload, and that comes back in each event.

One string under one key: `run;microgrid;writer;object;number;due;role`. It says who wrote which
change of which object when it was due, so a reader can prove what it got and time it. A string
costs one field access where a nested object would cost seven.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

KEY = "gp"
"""The payload key that holds the mark."""

WRITE = "w"
OPEN = "o"
CLOSE = "c"
"""Roles: an ordinary write; the sentinels of the opening and the closing barrier."""

SENTINEL_WRITER = "s"
POPULATION_WRITER = "p"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What one write tells: `number` is 0 for the creation and one more for each update."""

    run: str
    microgrid: int
    writer: str
    object: int
    number: int
    due_us: int
    role: str = WRITE


def encode(mark: Mark) -> str:
    """The mark as it stands in the payload."""
    return (
        f"{mark.run};{mark.microgrid};{mark.writer};{mark.object};"
        f"{mark.number};{mark.due_us};{mark.role}"
    )


def decode(text: str) -> Mark | None:
    """The mark in a payload text; None if it is not one."""
    parts = text.split(";")
    if len(parts) != 7:
        return None
    run, microgrid, writer, number_of_object, number, due, role = parts
    try:
        return Mark(
            run=run,
            microgrid=int(microgrid),
            writer=writer,
            object=int(number_of_object),
            number=int(number),
            due_us=int(due),
            role=role,
        )
    except ValueError:
        return None


def new_run_id(grids: int) -> str:
    """A fresh run id; it names the number of microgrids so that they can be found again."""
    return f"ld-{secrets.token_hex(6)}-{grids}"


def microgrids_of(run: str, pool: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The microgrids of a run: from the pool if there is one, else derived from the id.

    Raises:
        ValueError: not a run id.
    """
    prefix, _, rest = run.partition("-")
    token, _, count = rest.partition("-")
    if prefix != "ld" or len(token) != 12 or not count.isdecimal() or not int(count):
        raise ValueError(f"{run!r} is not the id of a load run, such as ld-0123456789ab-4")
    if pool:
        return pool[: int(count)]
    # 48 random bits and a digit or two: far from ids that anybody uses, and below 2^53, which
    # survives JSON readers that keep numbers as doubles.
    base = int(token, 16) >> 4
    return tuple(base * 100 + index for index in range(int(count)))
