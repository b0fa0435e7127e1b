"""What many changes of a registry come to for one watch: at most one change of each resource.

A resource that came and went in between is told of only if the watch's client may have seen it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from simulator.services.meta.changesets import removed, standing
from simulator.services.meta.registry import Stored
from simulator.services.meta.views import View
from simulator.store import Change, Kind


def coalesced(
    changes: Iterable[Change[Stored]],
    sees: Callable[[Stored], bool],
    view: View,
    *,
    thorough: bool,
) -> list[bytes]:
    """Return the frames, Current and Removed, that bring a client up to date.

    The client knows the state before the changes; if `thorough` it may know any state since. What
    looks the same to it is left out.
    """
    frames = []
    for name, states in _histories(changes, sees).items():
        *known, final = states if thorough else (states[0], states[-1])
        if final is None:
            if any(state is not None for state in known):
                frames.append(removed(name))
        elif not all(state is not None and view.same(state, final) for state in known):
            frames.append(standing(view.item(final)))
    return frames


def _histories(
    changes: Iterable[Change[Stored]], sees: Callable[[Stored], bool]
) -> dict[Any, list[Stored | None]]:
    """Return what was to be seen of each resource, None for nothing: before, and after each."""
    histories: dict[Any, list[Stored | None]] = {}
    for change in changes:
        states = histories.get(change.key)
        if states is None:
            before = change.before
            states = histories[change.key] = [
                before if before is not None and sees(before) else None
            ]
        is_seen = change.kind is not Kind.DELETED and sees(change.after)
        states.append(change.after if is_seen else None)
    return histories
