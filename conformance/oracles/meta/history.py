"""Properties of whole watch histories, live or recorded: what was emitted against what was true.

A `Snapshot` is the view that an assembler emitted after a changeset. Truth is what the store held,
already filtered and projected as the watch was asked to. Every function answers with violations,
none if all is well; the codes are in `RULES`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from conformance.oracles.meta.assembly import Snapshot
from conformance.oracles.meta.model import Data, Message
from conformance.oracles.model import Violation

RULES: Mapping[str, str] = {
    "convergence": "META-CHK-023",
    "window": "META-WST-008",
    "foreign_state": "META-CHK-023",
    "backwards": "META-RSM-006",
    "incomplete": "META-CHK-023",
    "half_batch": "META-CHK-023",
    "chunk_dependent": "META-CHK-010",
    "resume": "META-RSM-004",
    "reset": "META-RST-001",
    "decomposition": "META-FLT-001",
    "partition": "META-FLT-004",
    "mask": "META-VMK-010",
    "types_differ": "META-CHK-024",
    "noise": "META-CHK-022",
    "token_rules": "META-CHK-012",
}
"""Which requirement each code breaks, unless the check that draws the history judges another."""

View = Mapping[str, Data]
"""Items by name."""


def difference(held: Iterable[Data], truth: Iterable[Data], *, ordered: bool = False) -> str:
    """How two sets of items differ, in words; "" if they do not. Repeated names differ, too."""
    got, wanted = list(held), list(truth)
    names, expected = [i["name"] for i in got], [i["name"] for i in wanted]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        return f"held twice: {_few(twice)}"
    parts = []
    if missing := sorted(set(expected) - set(names)):
        parts.append(f"missing {_few(missing)}")
    if surplus := sorted(set(names) - set(expected)):
        parts.append(f"too many {_few(surplus)}")
    by_name = {item["name"]: item for item in wanted}
    if stale := [i["name"] for i in got if i["name"] in by_name and by_name[i["name"]] != i]:
        parts.append(f"other than listed {_few(stale)}")
    if ordered and not parts and names != expected:
        parts.append(f"order {_few(names)} instead of {_few(expected)}")
    return ", ".join(parts)


def judge_convergence(
    held: Iterable[Data], truth: Iterable[Data], *, ordered: bool = False
) -> list[Violation]:
    """When all is quiet the client holds what List shows; with `ordered` in that order."""
    return _violations(
        "window" if ordered else "convergence", difference(held, truth, ordered=ordered)
    )


def judge_prefixes(
    emitted: Sequence[Snapshot], states: Mapping[int, View], *, since: int = 0
) -> list[Violation]:
    """Each emitted view is the truth at some revision, and revisions never go back.

    Args:
        emitted: over resumptions too, in the order emitted.
        states: the truth after each revision that the writer committed.
        since: the revision at which the watch began.
    """
    found: list[Violation] = []
    reached = since
    for at, view in enumerate(emitted, 1):
        fitting = [r for r, truth in states.items() if dict(truth) == view.by_name]
        later = [revision for revision in fitting if revision >= reached]
        if later:
            reached = min(later)
        elif fitting:
            text = f"view {at} is of revision {max(fitting)}, after one of {reached}"
            found.append(Violation(code="backwards", text=text))
        else:
            found.append(Violation(code="foreign_state", text=f"view {at} was never the truth"))
    return found


def judge_completeness(
    emitted: Sequence[Snapshot], committed: Sequence[tuple[int, str]], label: str
) -> list[Violation]:
    """Every visible write is in some later view, itself or by a newer one of the same object.

    Args:
        emitted: views of the watch.
        committed: number and name of each visible write, numbers ascending for each name.
        label: key of the label in which writers leave the number.
    """
    highest: dict[str, int] = {}
    for view in emitted:
        for item in view.items:
            text = item.get("metadata", {}).get("labels", {}).get(label, "")
            number = int(text) if text.isdecimal() else -1
            highest[item["name"]] = max(number, highest.get(item["name"], -1))
    lost = [f"{name} at {n}" for n, name in committed if highest.get(name, -1) < n]
    return _violations("incomplete", f"never seen: {_few(lost)}" if lost else "")


def judge_batches(
    emitted: Sequence[Snapshot], batches: Sequence[tuple[View, View]]
) -> list[Violation]:
    """No view shows an item as a batch left it beside one as the batch found it. Report only.

    Args:
        emitted: views of the watch.
        batches: for each, the touched items before and after it; a name that is missing did not
            exist. Items that the batch left as they were do not count.
    """
    found = []
    for at, view in enumerate(emitted, 1):
        held = view.by_name
        for before, after in batches:
            touched = [n for n in {**before, **after} if before.get(n) != after.get(n)]
            new = [name for name in touched if held.get(name) == after.get(name)]
            old = [name for name in touched if held.get(name) == before.get(name)]
            if new and old:
                text = f"view {at} shows a batch in {_few(new)}, not in {_few(old)}"
                found.append(Violation(code="half_batch", text=text))
    return found


def judge_same(
    code: str, views: Mapping[str, Iterable[Data]], *, ordered: bool = False
) -> list[Violation]:
    """All these final views are equal: chunk sizes, cut points, resets, types must not matter.

    `code` says what is compared (`chunk_dependent`, `resume`, `reset`, `types_differ`, `mask`);
    keys name the views in the text.
    """
    assert code in RULES, code
    listed = {name: list(items) for name, items in views.items()}
    if not listed:
        return []
    (first, reference), *others = listed.items()
    return [
        Violation(code=code, text=f"{name} against {first}: {text}")
        for name, items in others
        if (text := difference(items, reference, ordered=ordered))
    ]


def judge_union(whole: View, *parts: View) -> list[Violation]:
    """The view of `f1 OR f2` is the union of the views of both."""
    union = {name: item for part in parts for name, item in part.items()}
    return _violations("decomposition", difference(whole.values(), union.values()))


def judge_partition(whole: View, yes: View, no: View) -> list[Violation]:
    """The views of `f` and `NOT f` have nothing in common and are together the whole view.

    Only for filters that are not null-sensitive.
    """
    if both := sorted(yes.keys() & no.keys()):
        return _violations("partition", f"in both: {_few(both)}")
    return _violations("partition", difference({**yes, **no}.values(), whole.values()))


def judge_mask(narrow: View, wide: View, cut: Callable[[Data], Data]) -> list[Violation]:
    """A view under a narrow mask is the view under a wider one, cut to the narrow mask."""
    return _violations("mask", difference(narrow.values(), (cut(item) for item in wide.values())))


def judge_silence(messages: Iterable[Message]) -> list[Violation]:
    """While nothing is written nothing is sent but size checks and empty closing messages."""
    found = []
    for at, message in enumerate(messages, 1):
        if message.changes:
            names = [f"{change.kind} {change.name}" for change in message.changes]
            found.append(Violation(code="noise", text=f"message {at} brings {_few(names)}"))
        elif message.soft_reset or message.hard_reset:
            found.append(Violation(code="noise", text=f"message {at} is a reset"))
    return found


def judge_tokens(messages: Iterable[Message], *, stateful: bool) -> list[Violation]:
    """Resume tokens come on closing messages of stateless watches, page tokens of stateful ones."""
    return list(_tokens(messages, stateful))


def _tokens(messages: Iterable[Message], stateful: bool) -> Iterator[Violation]:
    for at, message in enumerate(messages, 1):
        found = []
        if message.resume_token and (stateful or not message.is_current):
            found.append("a resume token")
        if message.page_tokens is not None and not (stateful and message.is_current):
            found.append("page tokens")
        if stateful and (message.soft_reset or message.hard_reset or message.snapshot_size > 0):
            found.append("a reset or size check")
        if found:
            text = f"message {at} has {' and '.join(found)}"
            yield Violation(code="token_rules", text=text)


def _violations(code: str, text: str) -> list[Violation]:
    return [Violation(code=code, text=text)] if text else []


def _few(names: Sequence[object], most: int = 8) -> str:
    shown = ", ".join(str(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
