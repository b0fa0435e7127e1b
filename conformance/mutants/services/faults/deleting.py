"""Faults in deleting services."""

from __future__ import annotations

from typing import Any

from conformance.mutants.services import straight
from conformance.mutants.services.book import EMPTY, Code, Collection, Record, Refuse, State
from conformance.mutants.services.making import fault

Changed = dict[str, Any]


def stays(collection: Collection, id_: str) -> None:
    """A delete only tells of itself."""


def refuses_active(record: Record, now_ns: int) -> Changed:
    """What is active cannot be deleted."""
    if record.state["active"]:
        raise Refuse(Code.FAILED_PRECONDITION, "it is active")
    return {}


def unstopped(record: Record, now_ns: int) -> Changed:
    """A delete stops nothing."""
    return {}


def always_missing(method: str, request: Any) -> None:
    """A delete of what is missing always succeeds."""
    if method == "DeleteService":
        request.allow_missing = True


def never_missing(method: str, request: Any) -> None:
    """A delete never allows that its service is missing."""
    if method == "DeleteService":
        request.allow_missing = False


def id_allows_empty(collection: Collection, id_: str) -> Record:
    """A missing id is one that does not exist."""
    if not id_:
        raise Refuse(Code.NOT_FOUND, "no service ''")
    return straight.find(collection, id_)


def bare(state: State) -> State:
    """Delete answers with the id alone."""
    return {**EMPTY, "id": state["id"]}


def used_up(collection: Collection, id_: str) -> None:
    """An id that was used once cannot be used again."""
    if any(commit.id == id_ for commit in collection.log):
        raise Refuse(Code.ALREADY_EXISTS, f"{id_!r} was used")


MUTANTS = (
    fault("delete-stays", "A deleted service stays.", {"take_out": stays}, "SVC-DEL-001"),
    fault(
        "delete-always-missing",
        "A delete of an unknown id always succeeds.",
        {"admits": always_missing},
        "SVC-DEL-002",
        "SVC-DEL-007",
    ),
    fault(
        "delete-never-missing",
        "A delete of an unknown id is refused although that is allowed.",
        {"admits": never_missing},
        "SVC-DEL-002",
    ),
    fault(
        "delete-empty-missing",
        "A delete without an id succeeds if the service may be missing.",
        {"find": id_allows_empty},
        "SVC-DEL-003",
    ),
    fault(
        "delete-refuses-active",
        "An active service cannot be deleted.",
        {"removed": refuses_active},
        "SVC-DEL-004",
    ),
    fault(
        "delete-unstopped",
        "A deleted service is answered as active.",
        {"removed": unstopped},
        "SVC-DEL-004",
    ),
    fault("delete-bare", "Delete answers with the id alone.", {"deleted": bare}, "SVC-DEL-005"),
    fault(
        "delete-uses-up",
        "The id of a deleted service cannot be used again.",
        {"check_new": used_up},
        "SVC-DEL-006",
    ),
)
