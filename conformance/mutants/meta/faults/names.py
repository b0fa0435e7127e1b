"""Faults on the wire, in names, and in getting resources by name."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet

from conformance.mutants.meta import straight
from conformance.mutants.meta.book import Book, Code, Refuse, absent, invalid, parent_of
from conformance.mutants.meta.making import fault, holding, item, showing
from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import Data, Kind

Batch = tuple[list[Data], list[str]]


def unknown_refused(request: Any) -> None:
    """Fields that the contract does not know are refused."""
    if len(UnknownFieldSet(request)):
        raise invalid("unknown field")


def crashes_on_views(view: int) -> None:
    """A number that is no view is an internal error."""
    if view > 4:
        raise Refuse(Code.INTERNAL, "KeyError")


def any_case(book: Book, kind: Kind, name: str) -> Data | None:
    """Names are compared without regard to case."""
    return next((d for d in book.of(kind) if d["name"].lower() == name.lower()), None)


def neighbour(book: Book, kind: Kind, name: str) -> Data | None:
    """Another resource than the one asked for."""
    if name not in book.objects:
        return None
    return next((d for d in book.of(kind) if d["name"] != name), None)


def made_up(book: Book, kind: Kind, name: str) -> Data | None:
    """What does not exist is answered empty."""
    return book.objects.get(name) or complete(kind.message, {"name": name})


def wildcard_is_first(book: Book, kind: Kind, name: str) -> Data | None:
    """A wildcard stands for the first resource."""
    return next(iter(book.of(kind)), None) if name.endswith("/-") else book.objects.get(name)


def wildcards_checked_less(kind: Kind, name: str) -> None:
    """Wildcards are names."""
    if not name.endswith("/-"):
        straight.check_name(kind, name)


def stale(book: Book, kind: Kind, name: str) -> Data | None:
    """The latest change is not seen yet."""
    last = book.log[-1].changes.get(name)
    return last[0] if last and last[0] else book.objects.get(name)


def counts_reads(book: Book, kind: Kind, name: str) -> Data | None:
    """Each read counts as a change of the resource."""
    found = copy.deepcopy(book.objects.get(name))
    if found is not None:
        reads = book.scratch[name] = book.scratch.get(name, 0) + 1
        found.setdefault("metadata", complete("Meta", {}))["generation"] += reads
    return found


def unchecked_name(kind: Kind, name: str) -> None:
    """Malformed names are looked up as they are."""


def drops_last(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """The last resource of several is lost."""
    found, missing = straight.batch(book, kind, names)
    return (found[:-1] if len(found) > 1 else found), missing


def fifty_at_most(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """Only the first fifty names are looked at."""
    return straight.batch(book, kind, names[:50])


def first_missing_only(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """Only the first missing name is told."""
    found, missing = straight.batch(book, kind, names)
    return found, missing[:1]


def missing_fails(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """A missing name fails the whole batch."""
    found, missing = straight.batch(book, kind, names)
    if missing:
        raise absent(missing[0])
    return found, missing


def found_is_missing(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """As soon as one name is missing, all are told to be."""
    found, missing = straight.batch(book, kind, names)
    return found, (list(names) if missing else [])


def repeats_fail(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """A name may not be given twice."""
    if len(set(names)) < len(names):
        raise invalid("names repeat")
    return straight.batch(book, kind, names)


def one_parent(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """All names need one parent."""
    if kind.parent and len({parent_of(name) for name in names}) > 1:
        raise invalid("names of several parents")
    return straight.batch(book, kind, names)


def malformed_dropped(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """Malformed names are left out without a word."""
    good = []
    for name in names:
        try:
            straight.check_name(kind, name)
        except Refuse:
            continue
        good.append(name)
    return straight.batch(book, kind, good)


def empty_fails(book: Book, kind: Kind, names: Sequence[str]) -> Batch:
    """A batch of no names is an internal error."""
    if not names:
        raise Refuse(Code.INTERNAL, "list index out of range")
    return straight.batch(book, kind, names)


def absent_is_internal(book: Book, kind: Kind, name: str) -> Data | None:
    """What does not exist is an internal error."""
    if name not in book.objects:
        raise Refuse(Code.INTERNAL, f"KeyError: {name}")
    return book.objects[name]


def spaced_region(resources: list[Data]) -> None:
    """One region has an id that nobody can read."""
    resources.append(complete("Region", {"name": "regions/West Coast", "title": "West"}))


MUTANTS = (
    fault(
        "method-missing",
        "WatchDeployment is not served.",
        {"serves": lambda service, method: method != "WatchDeployment"},
        "META-WIRE-001",
    ),
    fault(
        "method-create",
        "There is a method CreateRegion.",
        {"undocumented": lambda path: bytes if path.endswith("/CreateRegion") else None},
        "META-WIRE-006",
    ),
    fault(
        "field-undocumented",
        "Answers hold a field 100.",
        {"encoded": lambda answer, method: answer + b"\xa2\x06\x01x"},
        "META-WIRE-002",
    ),
    fault(
        "fields-unknown-refused",
        "Unknown fields of requests are refused.",
        {"admits": unknown_refused},
        "META-WIRE-004",
    ),
    fault(
        "unknown-view-crashes",
        "A view with an unknown number is an internal error.",
        {"check_view": crashes_on_views},
        "META-WIRE-005",
    ),
    fault(
        "names-absolute",
        "Names are shown with the service in front.",
        showing(lambda k, d, s, m, v, w: {**s, "name": f"//meta.edgelq.com/{s['name']}"}),
        "META-NAM-001",
        "META-GET-001",
    ),
    fault(
        "region-id-spaced",
        "A region has an id with a space and capitals.",
        holding(spaced_region),
        "META-NAM-001",
        "META-NAM-002",
        "META-NAM-003",
    ),
    fault(
        "reference-unreadable",
        "A deployment refers to a service by something that is no name.",
        holding(lambda all_: item(all_, "deployments").update(service="the devices service")),
        "META-NAM-002",
    ),
    fault(
        "list-shows-twice",
        "Lists hold their first item twice.",
        {"page": lambda items, query, b, e: [*items[b : min(b + 1, e)], *items[b:e]]},
        "META-NAM-004",
        "META-PAG-001",
    ),
    fault(
        "two-defaults",
        "Two regions are the default.",
        holding(lambda all_: item(all_, "regions", 1).update(is_default=True)),
        "META-NAM-005",
    ),
    fault(
        "current-version-unknown",
        "A service runs in a version that it does not have.",
        holding(lambda all_: item(all_, "services", 1).update(current_version="v9")),
        "META-NAM-006",
    ),
    fault(
        "reference-dangles",
        "A deployment refers to a service that does not exist.",
        holding(lambda all_: item(all_, "deployments").update(service="services/gone.edgelq.com")),
        "META-NAM-007",
    ),
    fault(
        "get-case-insensitive",
        "Get finds names in any case.",
        {"find": any_case, "check_name": unchecked_name},
        "META-GET-001",
    ),
    fault("get-neighbour", "Get shows another resource.", {"find": neighbour}, "META-GET-001"),
    fault(
        "get-absent-empty",
        "Get shows an empty resource for a name that does not exist.",
        {"find": made_up},
        "META-GET-002",
    ),
    fault(
        "get-absent-internal",
        "Get of a name that does not exist is an internal error.",
        {"find": absent_is_internal},
        "META-GET-002",
    ),
    fault(
        "get-malformed-empty",
        "Get shows an empty resource for a malformed name.",
        {"find": made_up, "check_name": unchecked_name},
        "META-GET-003",
        "META-GET-002",
    ),
    fault(
        "get-wildcard",
        "Get of a wildcard shows the first resource.",
        {"find": wildcard_is_first, "check_name": wildcards_checked_less},
        "META-GET-004",
    ),
    fault(
        "get-ignores-mask",
        "Get shows everything, whatever the mask.",
        showing(lambda k, d, s, m, v, w: d if w == "get" else s),
        "META-GET-005",
        "META-VMK-010",
    ),
    fault("get-counts", "Each Get changes the generation.", {"find": counts_reads}, "META-GET-006"),
    fault("get-stale", "Get does not see the latest change.", {"find": stale}, "META-GET-007"),
    fault(
        "batch-drops-last", "A batch loses its last item.", {"batch": drops_last}, "META-BAT-001"
    ),
    fault(
        "missing-incomplete",
        "A batch names only one missing name.",
        {"batch": first_missing_only},
        "META-BAT-002",
        "META-BAT-003",
    ),
    fault(
        "missing-fails",
        "A missing name fails the batch.",
        {"batch": missing_fails},
        "META-BAT-002",
    ),
    fault(
        "found-is-missing",
        "With one name missing all are told to be.",
        {"batch": found_is_missing},
        "META-BAT-003",
    ),
    fault(
        "batch-fifty-at-most",
        "Of many names the first fifty are looked at.",
        {"batch": fifty_at_most},
        "META-BAT-002",
    ),
    fault(
        "batch-repeats-fail",
        "A batch with a name twice is refused.",
        {"batch": repeats_fail},
        "META-BAT-005",
    ),
    fault(
        "batch-one-parent",
        "A batch over several parents is refused.",
        {"batch": one_parent},
        "META-BAT-006",
    ),
    fault(
        "batch-ignores-mask",
        "BatchGet shows everything, whatever mask and view.",
        showing(lambda k, d, s, m, v, w: d if w == "batch" else s),
        "META-BAT-007",
        "META-VMK-010",
    ),
    fault(
        "batch-malformed-dropped",
        "A batch leaves malformed names out without a word.",
        {"batch": malformed_dropped},
        "META-BAT-008",
    ),
    fault(
        "batch-empty-internal",
        "A batch of no names is an internal error.",
        {"batch": empty_fails},
        "META-BAT-009",
    ),
)
