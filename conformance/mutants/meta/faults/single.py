"""Faults in watches of one resource."""

from __future__ import annotations

from dataclasses import replace

from conformance.mutants.meta import following
from conformance.mutants.meta.book import Book, Code, Commit, Refuse
from conformance.mutants.meta.making import fault, showing
from conformance.mutants.meta.stream import Single
from conformance.oracles.meta.model import Change

MOST_STREAMS = 60


def silent_start(stream: Single, data: object) -> list[Change]:
    """The current state is not sent."""
    return []


def only_first(stream: Single, commit: Commit) -> list[Change]:
    """Updates are not sent."""
    return [c for c in following.single_follow(stream, commit) if c.kind != "modified"]


def never_removed(stream: Single, commit: Commit) -> list[Change]:
    """Deletions are not sent."""
    return [c for c in following.single_follow(stream, commit) if c.kind != "removed"]


def nameless_removed(stream: Single, commit: Commit) -> list[Change]:
    """Deletions do not say of what."""
    return [
        replace(c, name="") if c.kind == "removed" else c
        for c in following.single_follow(stream, commit)
    ]


def hears_hidden(stream: Single, commit: Commit) -> list[Change]:
    """Changes that the mask hides are sent, too."""
    _, after = commit.changes.get(stream.name, (None, None))
    if after is None:
        return following.single_follow(stream, commit)
    return [following.modified(stream.name, stream.show(after), 0, 0)]


def hears_siblings(stream: Single, commit: Commit) -> list[Change]:
    """Changes of other resources of the kind are sent, too."""
    mine = following.single_follow(stream, commit)
    collection = stream.name.rpartition("/")[0]
    others = [
        following.modified(stream.name, stream.show(after), 0, 0)
        for name, (_, after) in commit.changes.items()
        if after is not None and name != stream.name and name.rpartition("/")[0] == collection
    ]
    return mine + others


def one_behind(stream: Single, commit: Commit) -> list[Change]:
    """An update shows the state before it."""
    before, _ = commit.changes.get(stream.name, (None, None))
    return [
        replace(c, data=stream.show(before)) if c.kind == "modified" and before else c
        for c in following.single_follow(stream, commit)
    ]


def full_house(book: Book) -> None:
    """Streams that were left count for ever."""
    opened = book.scratch["opened"] = book.scratch.get("opened", 0) + 1
    if opened > MOST_STREAMS:
        raise Refuse(Code.RESOURCE_EXHAUSTED, "too many streams")


def absent_internal(stream: Single) -> None:
    """To watch what does not exist is an internal error."""
    raise Refuse(Code.INTERNAL, "NoneType has no name")


MUTANTS = (
    fault(
        "single-silent-start",
        "A single watch does not begin with the current state.",
        {"single_first": silent_start},
        "META-WS1-001",
    ),
    fault(
        "single-no-updates",
        "A single watch sends no updates.",
        {"single_follow": only_first},
        "META-WS1-002",
        "META-WS1-008",
    ),
    fault(
        "single-never-removed",
        "A single watch does not tell of the deletion.",
        {"single_follow": never_removed},
        "META-WS1-003",
    ),
    fault(
        "single-nameless-removed",
        "A single watch does not name what was deleted.",
        {"single_follow": nameless_removed},
        "META-WS1-003",
    ),
    fault(
        "single-hears-hidden",
        "A single watch sends changes that its mask hides.",
        {"single_follow": hears_hidden},
        "META-WS1-004",
    ),
    fault(
        "single-unmasked",
        "A single watch ignores mask and view.",
        showing(lambda k, d, s, m, v, w: d if w == "watch_one" else s),
        "META-WS1-005",
    ),
    fault(
        "single-absent-internal",
        "A single watch of what does not exist is an internal error.",
        {"single_absent": absent_internal},
        "META-WS1-006",
    ),
    fault(
        "single-hears-siblings",
        "A single watch hears of other resources.",
        {"single_follow": hears_siblings},
        "META-WS1-007",
    ),
    fault(
        "single-one-behind",
        "A single watch is an update behind.",
        {"single_follow": one_behind},
        "META-WS1-008",
        "META-WS1-002",
    ),
    fault(
        "single-streams-leak",
        "Streams that were left count against a limit.",
        {"admits_stream": full_house},
        "META-WS1-009",
    ),
)
