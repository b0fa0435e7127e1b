"""What the changes of a collection add up to, and whether each of them is well-formed (seed 004).

Values are taken as the published web client takes them: a new value is inserted or overwrites, an
old one alone removes, whatever the kind says. The old value of a removal is not compared: where a
deletion is told by itself, it may be the state after the stop that was not. Codes are the ids of
the requirements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from conformance.oracles.model import Violation
from conformance.oracles.services.model import KINDS, SETTLED_FIELDS, Change, Service


class Replay:
    """The changes of one pull, one by one.

    Args:
        updates_only: services that were there before are not shown first, so the first update of
            one may lack its old value.
        ids: only changes of these are judged and kept; None is all.

    Attributes:
        services: what is known now, by id.
        removed: ids that were removed and not added again.
        repeated: ids that were added although they were known.
        reports: how often each id was told of.
    """

    def __init__(self, *, updates_only: bool = False, ids: Collection[str] | None = None) -> None:
        self.services: dict[str, Service] = {}
        self.removed: set[str] = set()
        self.repeated: set[str] = set()
        self.reports: dict[str, int] = {}
        self._updates_only = updates_only
        self._ids = ids

    def take(self, change: Change) -> list[Violation]:
        """Follow one change that is a message of its own; what is wrong with it."""
        return self.take_message([change])

    def take_message(self, changes: Sequence[Change]) -> list[Violation]:
        """Follow the changes of one message; what is wrong with them.

        A replacement drops what was known before the message, once for all changes in it.
        """
        if any(change.kind == "replace" for change in changes):
            self.services.clear()
        return [violation for change in changes for violation in self._take(change)]

    def _take(self, change: Change) -> list[Violation]:
        if self._ids is not None and change.id not in self._ids:
            return []
        id_, found = change.id, [*_form(change)]
        known = self.services.get(id_)
        self.reports[id_] = self.reports.get(id_, 0) + 1
        if id_ in self.removed and change.kind not in ("add", "replace"):
            found.append(
                Violation(code="SVC-PLS-007", text=f"{change.kind} of {id_!r} after its removal")
            )
        if change.kind == "add" and known is not None:
            self.repeated.add(id_)
        if change.kind == "update":
            found += self._chain(change, known)
        if change.new is not None:
            self.services[id_] = change.new
            self.removed.discard(id_)
        elif change.old is not None:
            self.services.pop(id_, None)
            self.removed.add(id_)
        return found

    def take_all(self, changes: Iterable[Change]) -> list[Violation]:
        """Follow several changes, a message each; what is wrong with them."""
        return [violation for change in changes for violation in self.take(change)]

    def missing(self, listed: Sequence[Service]) -> list[Violation]:
        """Where the ids differ from those of a list."""
        wanted = {item.id for item in listed}
        found = [
            Violation(code="SVC-PLS-006", text=f"{id_!r} is listed and unknown to the pull")
            for id_ in sorted(wanted - self.services.keys())
        ]
        return found + [
            Violation(code="SVC-PLS-006", text=f"{id_!r} is known to the pull and not listed")
            for id_ in sorted(self.services.keys() - wanted)
        ]

    def stale(self, listed: Sequence[Service]) -> list[Violation]:
        """Where values differ from those of a list, in what has to agree once all is quiet."""
        found = []
        for item in listed:
            known = self.services.get(item.id)
            for name in SETTLED_FIELDS:
                if known is not None and getattr(known, name) != getattr(item, name):
                    got, wanted = getattr(known, name), getattr(item, name)
                    text = f"{name} of {item.id!r} is {got!r}, listed as {wanted!r}"
                    found.append(Violation(code="SVC-PLS-006", text=text))
        return found

    def _chain(self, change: Change, known: Service | None) -> list[Violation]:
        if change.old is None:
            if known is None and (self._updates_only or change.new is None):
                return []
            return [Violation(code="SVC-PLS-003", text=f"update of {change.id!r} has no old value")]
        if known is None or change.old == known:
            return []
        text = f"old value of {change.id!r} is not the one sent last"
        return [Violation(code="SVC-PLS-005", text=text)]


def _form(change: Change) -> Iterable[Violation]:
    new, old = change.new is not None, change.old is not None
    if change.kind not in KINDS:
        yield Violation(code="SVC-PLS-003", text=f"a change of kind {change.kind}")
    elif change.kind == "remove" and (new or not old):
        yield Violation(code="SVC-PLS-004", text=f"removal of {change.id!r} has {_parts(new, old)}")
    elif change.kind == "update" and not new:
        yield Violation(code="SVC-PLS-003", text=f"update of {change.id!r} has no new value")
    elif change.kind != "remove" and not new:
        yield Violation(code="SVC-PLS-002", text=f"{change.kind} of {change.id!r} has no new value")


def _parts(new: bool, old: bool) -> str:
    return (
        " and ".join(part for part, there in (("a new value", new), ("an old one", old)) if there)
        or "no value"
    )
