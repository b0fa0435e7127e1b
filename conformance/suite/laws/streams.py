"""The law of event streams: what was done is announced once, and in the order in which it was done.

For streams that promise every change (not only the last state): a check notes what it did, the
stream tells what it heard, both as pairs of a kind and the key of an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from conformance.judging import expect

Told = tuple[str, Hashable]
"""A kind of event and the key of the entry it is about."""


def judge_once(heard: Sequence[Told], done: Sequence[Told], what: str) -> None:
    """Fail unless everything done was heard exactly once, and nothing else was."""
    wanted, got = Counter(done), Counter(heard)
    missing = list((wanted - got).elements())
    surplus = list((got - wanted).elements())
    expect(not missing, what, got=f"not announced: {_list(missing)}", wanted="each change once")
    expect(
        not surplus, what, got=f"announced too often: {_list(surplus)}", wanted="each change once"
    )


def judge_order(heard: Sequence[Told], done: Sequence[Told], what: str) -> None:
    """Fail unless the first hearing of each thing done follows the order in which it was done."""
    first = list(dict.fromkeys(told for told in heard if told in set(done)))
    expected = [told for told in done if told in set(first)]
    expect(first == expected, what, got=_list(first), wanted=_list(expected))


def judge_no_gap(heard: Sequence[Hashable], done: Sequence[Hashable], what: str) -> None:
    """Fail unless, from the first entry heard on, every entry made was heard."""
    expect(heard, what, got="no event at all", wanted="events")
    since = list(done[done.index(heard[0]) :]) if heard and heard[0] in done else list(done)
    missing = [key for key in since if key not in set(heard)]
    expect(not missing, what, got=f"without {_list(missing)}", wanted="no gap")


def _list(items: Sequence[object]) -> str:
    shown = ", ".join(" ".join(map(str, i)) if isinstance(i, tuple) else str(i) for i in items[:12])
    return shown + (f" and {len(items) - 12} more" if len(items) > 12 else "") or "nothing"
