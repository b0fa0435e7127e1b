"""Faults in pulls of one service and of a collection."""

from __future__ import annotations

from typing import Any

from conformance.mutants.services import telling
from conformance.mutants.services.book import Code, Commit, Record, Refuse, State
from conformance.mutants.services.making import fault
from conformance.mutants.services.telling import ADD, REMOVE, UPDATE, Parts

UNSPECIFIED = 0
MINUTE = 60 * 1_000_000_000


def always_first(updates_only: bool, method: str) -> bool:
    """Every pull begins with what there is."""
    return True


def nothing(state: State) -> list[Parts]:
    """There is no first value."""
    return []


def other_first(state: State) -> list[Parts]:
    """The first value is inactive whatever is true."""
    return [{"service": {**state, "active": False, "last_active_time": None}}]


def typed_first(state: State) -> list[Parts]:
    """The type is shown although a mask leaves it out."""
    return [{"service": {**state, "type": state["type"] or "mock"}}]


def no_stops(before: State, after: State, id_: str, commit: Commit) -> list[Parts]:
    """What becomes inactive is not told."""
    return telling.one_update(before, after, id_, commit) if after["active"] else []


def behind(before: State, after: State, id_: str, commit: Commit) -> list[Parts]:
    """Each message shows the value before the change."""
    return [{"service": before}] if telling.one_update(before, after, id_, commit) else []


def everybody(before: State, after: State, id_: str, commit: Commit) -> list[Parts]:
    """Every pull shows every service."""
    return [{"service": after}] if before != after else []


def alike(before: State, after: State, id_: str, commit: Commit) -> list[Parts]:
    """A pull shows every service whose id begins with the one asked for."""
    return everybody(before, after, id_, commit) if str(after["id"]).startswith(id_) else []


def undead(record: Record, load: int) -> bool:
    """A load goes on when its service is stopped or deleted."""
    return record.load == load or not record.state["active"]


def no_id_not_found(method: str, request: Any) -> None:
    """A pull without an id is one of a service that does not exist."""
    if method == "PullService" and not request.id:
        raise Refuse(Code.NOT_FOUND, "no service ''")


def hollow(changes: list[Parts]) -> list[list[Parts]]:
    """An empty message follows every change."""
    return [group for change in changes for group in ([change], [])]


def without_last(states: list[State]) -> list[Parts]:
    """The newest service is not reported."""
    return telling.all_first(states[:-1])


def twice(states: list[State]) -> list[Parts]:
    """Every service is reported twice."""
    return telling.all_first(states + states)


def no_additions(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """New services are not told."""
    return [] if before is None else telling.all_change(before, after, commit)


def additions_as_old(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """The value of a new service is told as the old one."""
    if before is None:
        return [{"type": ADD, "old_value": after}]
    return telling.all_change(before, after, commit)


def updates_without_old(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """Updates have no old value."""
    return [telling.without_old(part) for part in telling.all_change(before, after, commit)]


def updates_without_new(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """Updates have no new value."""
    changes = telling.all_change(before, after, commit)
    return [{**c, "new_value": None} if c["type"] == UPDATE else c for c in changes]


def updates_as_additions(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """Every change of a service adds it."""
    changes = telling.all_change(before, after, commit)
    return [{"type": ADD, "new_value": after} if c["type"] == UPDATE else c for c in changes]


def removals_with_new(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """A removal has a new value, too."""
    changes = telling.all_change(before, after, commit)
    return [{**c, "new_value": before} if c["type"] == REMOVE else c for c in changes]


def same_old(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """The old value of an update is the new one."""
    changes = telling.all_change(before, after, commit)
    return [{**c, "old_value": after} if c["type"] == UPDATE else c for c in changes]


def no_removals(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """Removals are not told."""
    return [] if after is None else telling.all_change(before, after, commit)


def no_ends(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """The end of a load is not told."""
    if before and after and before["loading"] and not after["loading"]:
        return []
    return telling.all_change(before, after, commit)


def _bare(change: Parts) -> Parts:
    values = {name: change[name] for name in ("new_value", "old_value") if name in change}
    return {**change, **{name: {**value, "config_raw": ""} for name, value in values.items()}}


def bare_first(states: list[State]) -> list[Parts]:
    """What there is has no configuration."""
    return [_bare(change) for change in telling.all_first(states)]


def bare_change(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """What changes has no configuration."""
    return [_bare(change) for change in telling.all_change(before, after, commit)]


def after_life(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """An update follows each removal."""
    changes = telling.all_change(before, after, commit)
    if after is None:
        changes.append({"type": UPDATE, "new_value": before, "old_value": before})
    return changes


def unspecified_end(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """A removal is of no kind."""
    changes = telling.all_change(before, after, commit)
    return [{**c, "type": UNSPECIFIED} if c["type"] == REMOVE else c for c in changes]


def ends_when_empty(before: State | None, after: State | None, commit: Commit) -> list[Parts]:
    """The pull of a collection that becomes empty is cut off."""
    if after is None and not commit.totals["total_count"]:
        raise Refuse(Code.NOT_FOUND, "no services")
    return telling.all_change(before, after, commit)


class Once:
    """Of several pulls the quickest one gets a change."""

    def __init__(self) -> None:
        self.told: set[int] = set()

    def change(self, before: State | None, after: State | None, commit: Commit) -> list[Parts]:
        """A change, for the first that asks."""
        if commit.at_ns in self.told:
            return []
        self.told.add(commit.at_ns)
        return telling.all_change(before, after, commit)


MUTANTS = (
    fault(
        "pull-silent", "A pull has no first value.", {"one_first": lambda state: []}, "SVC-PUL-001"
    ),
    fault(
        "pull-other-first",
        "The first value of a pull is not the current one.",
        {"one_first": other_first},
        "SVC-PUL-001",
    ),
    fault(
        "pull-always-first",
        "Pulls begin with what there is although only updates are asked for.",
        {"wants_first": always_first},
        "SVC-PUL-002",
        "SVC-PLS-014",
        "SVC-MET-008",
    ),
    fault("pull-no-stops", "Stops are not told.", {"one_update": no_stops}, "SVC-PUL-003"),
    fault("pull-behind", "Pulls lag by one change.", {"one_update": behind}, "SVC-PUL-004"),
    fault(
        "pull-no-id",
        "A pull without an id is not found.",
        {"admits": no_id_not_found},
        "SVC-PUL-005",
    ),
    fault("pull-stays", "A deletion ends no pull.", {"one_ends": lambda: False}, "SVC-PUL-006"),
    fault("pull-half-masked", "Masks leave the type.", {"one_first": typed_first}, "SVC-PUL-007"),
    fault("pull-timeless", "Changes have no time.", {"stamped": lambda at: None}, "SVC-PUL-008"),
    fault("pull-epoch", "Changes are of 1970.", {"stamped": lambda at: 0}, "SVC-PUL-008"),
    fault(
        "pull-early",
        "Changes are a minute old.",
        {"stamped": lambda at: at - MINUTE},
        "SVC-PUL-008",
    ),
    fault(
        "pull-late", "Changes are yet to come.", {"stamped": lambda at: at + MINUTE}, "SVC-PUL-008"
    ),
    fault("pull-hollow", "Messages are empty.", {"grouped": hollow}, "SVC-PUL-008"),
    fault("pull-kept", "Cancelled pulls go on.", {"frees": lambda: False}, "SVC-PUL-009"),
    fault(
        "pull-prefix",
        "A pull shows services whose ids begin alike.",
        {"one_update": alike},
        "SVC-PUL-010",
    ),
    fault("pull-everybody", "Pulls show all services.", {"one_update": everybody}, "SVC-PUL-010"),
    fault("pulls-lack-one", "One service is missing.", {"all_first": without_last}, "SVC-PLS-001"),
    fault("pulls-twice", "Services are reported twice.", {"all_first": twice}, "SVC-PLS-001"),
    fault(
        "pulls-no-additions",
        "New services are not told.",
        {"all_change": no_additions},
        "SVC-PLS-002",
    ),
    fault(
        "pulls-additions-as-old",
        "A new service is told as an old value.",
        {"all_change": additions_as_old},
        "SVC-PLS-002",
    ),
    fault(
        "pulls-no-old",
        "Updates have no old value.",
        {"all_change": updates_without_old},
        "SVC-PLS-003",
    ),
    fault(
        "pulls-no-new",
        "Updates have no new value.",
        {"all_change": updates_without_new},
        "SVC-PLS-003",
    ),
    fault(
        "pulls-updates-add",
        "Every change of a service adds it.",
        {"all_change": updates_as_additions},
        "SVC-PLS-003",
        "SVC-PLS-014",
    ),
    fault(
        "pulls-removals-with-new",
        "A removal has a new value.",
        {"all_change": removals_with_new},
        "SVC-PLS-004",
    ),
    fault(
        "pulls-same-old", "Old values are the new ones.", {"all_change": same_old}, "SVC-PLS-005"
    ),
    fault(
        "pulls-no-removals",
        "Removals are not told.",
        {"all_change": no_removals},
        "SVC-PLS-004",
        "SVC-PLS-006",
    ),
    fault("pulls-no-ends", "Ends of loads are not told.", {"all_change": no_ends}, "SVC-PLS-005"),
    fault(
        "pulls-lack-config",
        "Pulls of a collection leave out configurations.",
        {"all_first": bare_first, "all_change": bare_change},
        "SVC-PLS-001",
        "SVC-PLS-006",
    ),
    fault(
        "pulls-after-life",
        "An update follows each removal.",
        {"all_change": after_life},
        "SVC-PLS-007",
    ),
    fault(
        "pulls-undead",
        "The end of a load is told after its service was deleted.",
        {"is_current": undead},
        "SVC-PLS-007",
    ),
    fault(
        "pulls-unspecified-end",
        "A removal is of no kind.",
        {"all_change": unspecified_end},
        "SVC-PLS-004",
        "SVC-PLS-008",
    ),
    fault(
        "pulls-once",
        "One of several subscribers gets a change.",
        {"all_change": Once().change},
        "SVC-PLS-009",
    ),
    fault(
        "pulls-block",
        "A pull that nobody reads holds up changes.",
        {"waits_for_readers": lambda: True},
        "SVC-PLS-012",
    ),
    fault(
        "pulls-end-empty",
        "The pull of an empty collection ends.",
        {"all_change": ends_when_empty},
        "SVC-PLS-013",
    ),
)
