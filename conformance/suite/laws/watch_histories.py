"""Sequences under which watches break, for the machine of `watch_machine`.

Each is written for client 0, which asks for small chunks; `telling` leaves out what a target cannot
do. Faults that are ordered while a client is away strike its next stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.strategies.meta_histories import FAULTS, Action, Batch, Step, Write, WriteKind

SETTLE = Action(what="barrier")
AWAY = Action(what="cancel")
BACK = Action(what="resume")


def _each(what: WriteKind, *slots: int, value: str = "a") -> tuple[Step, ...]:
    return tuple(Write(what=what, slot=slot, value=value) for slot in slots)


def _batch(what: WriteKind, *slots: int, value: str = "b") -> Batch:
    return Batch(writes=tuple(Write(what=what, slot=slot, value=value) for slot in slots))


FOUR: tuple[Step, ...] = (*_each("create", 0, 1, 2, 3), SETTLE)

HISTORIES: Sequence[Sequence[Step]] = (
    # Everything that can happen to an entry, while the client is away.
    (
        *FOUR,
        AWAY,
        *_each("delete", 0),
        *_each("update_visible", 1, value="b"),
        *_each("leave", 2),
        *_each("recreate", 3),
        *_each("create", 4),
        BACK,
        SETTLE,
    ),
    # A cut between the chunks of an increment, and one after it.
    (*FOUR, _batch("update_visible", 0, 1, 2, 3), Action(what="read", number=1), AWAY, BACK),
    (*FOUR, Action(what="drop", number=1), _batch("update_visible", 0, 1, 2, 3), SETTLE),
    (*FOUR, Action(what="drop", number=2), _batch("delete", 0, 1, 2), _batch("create", 4, 5)),
    # Resets inside an increment, and between two.
    (*FOUR, Action(what="soft_reset", number=1), _batch("update_key", 0, 1, 2, 3), SETTLE),
    (*FOUR, Action(what="soft_reset"), *_each("update_visible", 0), *_each("delete", 1)),
    (*FOUR, Action(what="hard_reset", number=1), _batch("update_visible", 0, 1, 2), SETTLE),
    (*FOUR, *_each("delete", 0), Action(what="hard_reset"), *_each("create", 0, 4), SETTLE),
    # A reset and a cut inside the first snapshot.
    (*FOUR, AWAY, Action(what="soft_reset", number=2), Action(what="open"), *_each("delete", 0)),
    (*FOUR, AWAY, Action(what="drop", number=2), Action(what="open"), *_each("delete", 1)),
    # A snapshot that lags behind, and one that is cut right after it was opened.
    (
        *FOUR,
        Action(what="open"),
        Action(what="read", number=1),
        *_each("delete", 0),
        *_each("update_visible", 3),
        *_each("create", 4),
        SETTLE,
    ),
    (*FOUR, Action(what="open"), AWAY, *_each("delete", 0), BACK, AWAY, BACK, SETTLE),
    # Older tokens: with the view of their time, and with a newer one.
    (
        *FOUR,
        *_each("update_visible", 0),
        SETTLE,
        *_each("delete", 1),
        *_each("create", 4),
        SETTLE,
        *_each("delete", 4),
        SETTLE,
        Action(what="resume_old", number=1),
        SETTLE,
        Action(what="resume_old", number=2),
    ),
    # A dead token.
    (*FOUR, AWAY, *_each("delete", 0), Action(what="expire"), BACK, SETTLE),
    # Sizes between changesets, and ordered inside one.
    (*FOUR, Action(what="size"), *_each("delete", 0), Action(what="size"), SETTLE),
    (*FOUR, Action(what="size", number=1), _batch("delete", 0, 1, 2), SETTLE),
    # Moves, ties, and entries that come and go.
    (
        *FOUR,
        *_each("update_key", 0, value="c"),
        *_each("update_key", 2, value="b"),
        *_each("leave", 1),
        *_each("enter", 1),
        *_each("update_hidden", 3, value="b"),
        SETTLE,
        *_each("update_hidden", 3, value="c"),
        *_each("recreate", 2),
        SETTLE,
    ),
    # A reader that stands still.
    (*FOUR, Action(what="stall"), *_each("update_visible", 0, 1, value="c"), *_each("delete", 2)),
)


def telling(
    capabilities: frozenset[str], *, at_once: bool = False
) -> Iterator[dict[str, Sequence[Step]]]:
    """The sequences as arguments of an example, as far as the hook can do what is in them.

    With `at_once` the four entries with which each begins are made by one call.
    """
    for steps in HISTORIES:
        if at_once and "atomic" in capabilities:
            steps = (_batch("create", 0, 1, 2, 3, value="a"), *steps[len(FOUR) - 1 :])
        able: list[Step] = []
        for step in steps:
            if isinstance(step, Batch) and "atomic" not in capabilities:
                able += step.writes
            elif not isinstance(step, Action) or FAULTS.get(step.what, "mutate") in capabilities:
                able.append(step)
        yield {"steps": able}
