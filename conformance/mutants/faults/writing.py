"""Faults in creating, reading and deleting dispatches."""

from __future__ import annotations

import html
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import grpc

from conformance.mutants import straight
from conformance.mutants.book import Book, Refuse
from conformance.mutants.change import Changes, Mutant
from conformance.mutants.wire import data_of
from conformance.oracles.model import CategoryType, DispatchData, DispatchView, Target

HOUR_US = 3_600_000_000


def keeping(change: Callable[[DispatchData], DispatchData]) -> Changes:
    """Store something else than what was sent."""
    return {"keep": lambda data: change(straight.keep(data))}


def showing(change: Callable[[DispatchView], DispatchView], *places: str) -> Changes:
    """Show something else than what is stored, in the answers named (all if none is)."""

    def shown(book: Book, view: DispatchView, where: str) -> DispatchView:
        return change(view) if not places or where in places else view

    return {"shown": shown}


def noting_the_start(book: Book, request: Any) -> None:
    """Keep the start that a create gives although it is to start immediately."""
    data = getattr(request, "dispatch_data", None)
    if data is not None:
        given = data_of(data).start_us if request.start_immediately else None
        book.scratch["given"] = given


def ends_as_given(book: Book, view: DispatchView, where: str) -> DispatchView:
    """The end time is that of the start that was given."""
    given = book.scratch.get("given")
    if where != "create" or given is None or view.end_us is None:
        return view
    return replace(view, end_us=view.end_us - view.start_us + given)


def id_for_later(book: Book) -> int:
    """The next id is looked up when a call comes in."""
    book.scratch[f"id {threading.get_ident()}"] = book.scratch.get("last", 0) + 1
    time.sleep(0.005)
    return straight.now_us(book)


def id_from_before(book: Book) -> int:
    """The id looked up when the call came in, though others may have taken it meanwhile."""
    found: int = book.scratch.pop(f"id {threading.get_ident()}")
    book.scratch["last"] = found
    return found


def without_metadata(message: Any, where: str) -> Any:
    """A create is answered with the data alone."""
    if where == "create":
        message.ClearField("metadata")
    return message


def some_id_zero(book: Book) -> int:
    """Every third id is 0."""
    number = straight.next_id(book)
    return 0 if number % 3 == 0 else number


def highest_plus_one(book: Book) -> int:
    """One more than the highest id in use, which may have been another's."""
    return max(book.everywhere(), default=0) + 1


def first_alike(book: Book, microgrid: int, data: DispatchData) -> DispatchView | None:
    """A dispatch with the same content, if there is one."""
    alike = (view for view in book.of(microgrid).values() if view.data == data)
    return next(alike, None)


def without_nulls(data: DispatchData) -> DispatchData:
    """Null values are dropped from the payload."""
    return replace(data, payload=_pruned(data.payload))


def _pruned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    return value


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return html.escape(value) if isinstance(value, str) else value


def first_id_only(data: DispatchData) -> DispatchData:
    """Of several components only the first is kept."""
    target = data.target
    return replace(data, target=target and replace(target, items=target.items[:1]))


def categories_as_types(data: DispatchData) -> DispatchData:
    """The deprecated variant of categories is turned into the newer one."""
    if data.target is None or data.target.kind != "categories":
        return data
    items = tuple(
        CategoryType(category=item) for item in data.target.items if isinstance(item, int)
    )
    return replace(data, target=Target(kind="types", items=items))


def anywhere(book: Book, microgrid: int, dispatch_id: int) -> DispatchView | None:
    """A dispatch of whichever microgrid."""
    return book.everywhere().get(dispatch_id)


def taken_from_anywhere(book: Book, microgrid: int, dispatch_id: int) -> DispatchView | None:
    """The wrong microgrid is told NOT_FOUND, but the dispatch is gone."""
    found = straight.find(book, microgrid, dispatch_id)
    for grid in book.dispatches.values():
        grid.pop(dispatch_id, None)
    return found


def not_once_started(book: Book, microgrid: int, dispatch_id: int) -> DispatchView | None:
    """A dispatch that has started cannot be touched any more."""
    view = straight.find(book, microgrid, dispatch_id)
    if view is not None and view.start_us <= straight.now_us(book):
        raise Refuse("invalid", "the dispatch has started")
    return view


def unknown_when_absent(refusal: Refuse) -> grpc.StatusCode:
    """What does not exist is answered with UNKNOWN."""
    if refusal.kind == "not_found":
        return grpc.StatusCode.UNKNOWN
    return straight.status(refusal)


MUTANTS = (
    Mutant(
        id="create-answers-data-only",
        sentence="The answer of Create has no metadata.",
        changes={"dressed": without_metadata},
        kills=("DSP-CRE-001",),
    ),
    Mutant(
        id="create-ids-race",
        sentence="Dispatches that are created at the same time get one id.",
        changes={"now_us": id_for_later, "next_id": id_from_before},
        kills=("DSP-CRE-002",),
    ),
    Mutant(
        id="create-some-id-zero",
        sentence="Some dispatches get the id 0.",
        changes={"next_id": some_id_zero},
        kills=("DSP-CRE-002",),
    ),
    Mutant(
        id="create-deduplicates",
        sentence="Creating the same content again returns the dispatch that exists.",
        changes={"same_as_before": first_alike},
        kills=("DSP-CRE-010",),
    ),
    Mutant(
        id="create-lowers-type",
        sentence="The type is stored in lower case.",
        changes=keeping(lambda data: replace(data, type=data.type.lower())),
        kills=("DSP-CRE-003",),
    ),
    Mutant(
        id="create-composes-type",
        sentence="The letters of the type are composed, and blanks around it are cut off.",
        changes=keeping(
            lambda data: replace(data, type=unicodedata.normalize("NFC", data.type).strip())
        ),
        kills=("DSP-CRE-003",),
    ),
    Mutant(
        id="create-keeps-first-component",
        sentence="Of several target components only the first is stored.",
        changes=keeping(first_id_only),
        kills=("DSP-CRE-003",),
    ),
    Mutant(
        id="create-time-local",
        sentence="Creation and update times are shown in a local time an hour ahead of UTC.",
        changes=showing(
            lambda view: replace(
                view, create_us=view.create_us + HOUR_US, update_us=view.update_us + HOUR_US
            )
        ),
        kills=("DSP-CRE-004",),
    ),
    Mutant(
        id="create-update-time-zero",
        sentence="A dispatch that was never updated has an update time of 1970.",
        changes=showing(lambda view: replace(view, update_us=0), "create"),
        kills=("DSP-CRE-005", "DSP-GET-001"),
    ),
    Mutant(
        id="create-infinite-becomes-zero",
        sentence="An absent duration is stored as 0.",
        changes=keeping(lambda data: replace(data, duration_s=data.duration_s or 0)),
        kills=("DSP-CRE-006", "DSP-END-003"),
    ),
    Mutant(
        id="create-zero-becomes-infinite",
        sentence="A duration of 0 is stored as absent.",
        changes=keeping(lambda data: replace(data, duration_s=data.duration_s or None)),
        kills=("DSP-CRE-006", "DSP-END-002"),
    ),
    Mutant(
        id="create-dry-run-deactivates",
        sentence="A dry run is stored as inactive.",
        changes=keeping(lambda data: replace(data, active=data.active and not data.dry_run)),
        kills=("DSP-CRE-007",),
    ),
    Mutant(
        id="create-immediate-keeps-start",
        sentence="The start given is kept although start_immediately is set.",
        changes={"starts_now": lambda data, at_us: replace(data, start_us=data.start_us or at_us)},
        kills=("DSP-CRE-008",),
    ),
    Mutant(
        id="create-immediate-ends-as-given",
        sentence="A dispatch that starts immediately ends as if the start given were kept.",
        changes={"admits": noting_the_start, "shown": ends_as_given},
        kills=("DSP-CRE-008",),
    ),
    Mutant(
        id="create-immediate-if-present",
        sentence="Starting immediately is done when the field is there, even if it is false.",
        changes={"at_once": lambda request: request.HasField("start_immediately")},
        kills=("DSP-CRE-009",),
    ),
    Mutant(
        id="create-normalises-categories",
        sentence="The deprecated category target is turned into the newer variant.",
        changes=keeping(categories_as_types),
        kills=("DSP-CRE-011", "DSP-GEN-003"),
    ),
    Mutant(
        id="create-drops-nulls",
        sentence="Null values disappear from payloads.",
        changes=keeping(without_nulls),
        kills=("DSP-CRE-012",),
    ),
    Mutant(
        id="create-escapes-texts",
        sentence="Texts in payloads are escaped for HTML.",
        changes=keeping(lambda data: replace(data, payload=_escaped(data.payload))),
        kills=("DSP-LIM-008",),
    ),
    Mutant(
        id="get-without-microgrid",
        sentence="The answer of Get does not repeat the microgrid.",
        changes={"answered": lambda where, grid, id_: (0 if where == "get" else grid, id_)},
        kills=("DSP-GET-002",),
    ),
    Mutant(
        id="get-discloses",
        sentence="Get finds dispatches of every microgrid.",
        changes={"find": anywhere},
        kills=("DSP-GET-004",),
    ),
    Mutant(
        id="absent-is-unknown",
        sentence="A dispatch that does not exist is answered with UNKNOWN.",
        changes={"status": unknown_when_absent},
        kills=("DSP-GET-003", "DSP-DEL-003", "DSP-UPD-015"),
    ),
    Mutant(
        id="delete-answers-nothing",
        sentence="The answer of Delete is empty.",
        changes={"answered": lambda where, grid, id_: (0, 0) if where == "delete" else (grid, id_)},
        kills=("DSP-DEL-001",),
    ),
    Mutant(
        id="delete-keeps",
        sentence="Delete answers and announces, but removes nothing.",
        changes={"remove": lambda book, grid, id_: None},
        kills=("DSP-DEL-002", "DSP-DEL-003"),
    ),
    Mutant(
        id="delete-anywhere",
        sentence="Delete with a wrong microgrid is refused and removes the dispatch nevertheless.",
        changes={"find_to_delete": taken_from_anywhere},
        kills=("DSP-DEL-004",),
    ),
    Mutant(
        id="delete-frees-id",
        sentence="The id of a deleted dispatch is given to the next one.",
        changes={"next_id": highest_plus_one},
        kills=("DSP-DEL-005",),
    ),
    Mutant(
        id="delete-not-once-started",
        sentence="A dispatch that has started cannot be deleted.",
        changes={"find_to_delete": not_once_started},
        kills=("DSP-DEL-006",),
    ),
)
