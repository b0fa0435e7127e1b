"""Pages of ListServices: whole walks, tokens, and services that come and go (seed 004)."""

from __future__ import annotations

import base64
from functools import partial

from hypothesis import strategies as st

from conformance.judging import (
    BAD_ARGUMENT,
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    not_applicable,
    observe,
    passive,
    refused,
    requirement,
    untestable,
)
from conformance.suite.laws.paging import CONTENT, Step, judge_changing, judge_populations
from conformance.suite.services.gathering import (
    ServiceListing,
    filled,
    gathered,
    populated,
    quiet_place,
    unchanged,
)
from conformance.suite.services.reading import TRIES
from conformance.targets.services import ServicesTarget

GARBAGE = (
    "no token",
    "%%%",
    base64.b64encode(b"\xff\xfe\xfd").decode(),
    base64.b64encode(b"\x80" * 16).decode(),
)
"""Text that is not base64, and base64 of bytes that are neither text nor a message."""

LETTERS = "aBcDeF"
"""Ends of ids that an alphabet sorts otherwise than their bytes are."""

MOST_STEPS = 20
"""So many pages at most are spent on services that are not ours."""

STEPS = st.builds(Step, what=st.sampled_from(("make", "drop")), which=st.integers(0, 11))


@requirement("SVC-LST-004")
def test_pages_join_to_the_whole_list(services: ServicesTarget) -> None:
    judge_populations(partial(populated, services), CONTENT)


@requirement("SVC-LST-004", "SVC-LST-014")
@passive
def test_pages_of_changing_sizes_join_to_the_whole_list(services: ServicesTarget) -> None:
    place = filled(services, 5)
    count = len(services.list_all(name=place))
    parts = max(1, count // 6)

    def body(sizes: list[int]) -> None:
        steady = len(set(sizes)) == 1
        _judge_walk(
            services,
            place,
            [parts * size for size in sizes],
            breaks="SVC-LST-004" if steady else "SVC-LST-014",
        )

    explore(
        body,
        examples=8,
        directed=[{"sizes": [2, 1, 3]}, {"sizes": [2]}, {"sizes": [1, 2]}, {"sizes": [3, 1]}],
        sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    )


@requirement("SVC-LST-004")
def test_pages_end_anywhere_among_capitals(services: ServicesTarget) -> None:
    base = services.fresh_id()
    # In bytes capitals come before small letters, in alphabets beside them.
    ids = [f"{base}{end}" for end in LETTERS]
    try:
        for id_ in ids:
            services.make(id=id_, settled=False)
    except Refused as refusal:
        not_applicable(f"ids with capitals are refused: {refusal}")
    for size in by_depth(full=(1, 2, 3), staging=(1,)):
        ahead = sum(not services.owns(item.id) for item in services.list_all())
        step = size + ahead // MOST_STEPS
        shown = [item.id for page in services.walk(size=step) for item in page.items]
        ours = sorted(id_ for id_ in shown if id_ in ids)
        expect(ours == sorted(ids), f"pages of {step}", got=ours, wanted=sorted(ids))


@requirement("SVC-LST-005")
@passive
def test_walks_come_to_an_end(services: ServicesTarget) -> None:
    place = filled(services, 4)
    count = len(services.list_all(name=place))
    sizes = {max(1, count // 2), max(1, count)}
    for size in sorted(by_depth(full=sizes | {max(1, count // 8), count + 1}, staging=sizes)):
        pages = services.walk(size=size, name=place)
        most = sum(len(page.items) for page in pages) // size + 2
        # Services that come meanwhile, and pages that a server cuts short, make a walk longer.
        if all(len(page.items) == size for page in pages[:-2]):
            expect(len(pages) <= most, f"pages of {size}", got=len(pages), wanted=most)
        if sum(len(page.items) for page in pages) == count and count % size == 0 and count:
            observe("always" if not pages[-1].items else "never", trait="S24")


@requirement("SVC-LST-006")
def test_what_stays_appears_once_whatever_comes_and_goes(services: ServicesTarget) -> None:
    def body(count: int, size: int, script: list[list[Step]]) -> None:
        listing = ServiceListing(services)
        judge_changing(listing, count, size, script)
        listing.clear()

    drop, make = Step(what="drop"), Step(what="make")
    last = Step(what="drop", which=-1)
    directed = [
        {"count": 4, "size": 2, "script": [[Step(what="drop", which=1)]]},
        {"count": 5, "size": 2, "script": [[drop], [drop]]},
        {"count": 5, "size": 2, "script": [[last], [make, make]]},
        {"count": 4, "size": 1, "script": [[make], [make]]},
    ]
    explore(
        body,
        count=st.integers(2, by_depth(full=8, staging=4)),
        size=st.integers(1, 4),
        script=st.lists(st.lists(STEPS, max_size=3), max_size=4),
        directed=by_depth(full=directed, staging=directed[:1]),
        examples=by_depth(full=8, staging=0),
    )


@requirement("SVC-LST-006")
def test_what_comes_before_the_page_moves_nothing(services: ServicesTarget) -> None:
    place = quiet_place(services)
    # Every other id is left out at first, so that services come before and after any page.
    ids = [services.fresh_id() for _ in range(6)]
    for id_ in ids[1::2]:
        services.make(name=place, id=id_, settled=False)
    size = _size_up_to(services, place, ids[3])
    first = services.list(size=size, name=place)
    if not first.next_token:
        not_applicable("one page shows everything")
    shown = [item.id for item in first.items]
    for id_ in ids[0::2]:
        services.make(name=place, id=id_, settled=False)
    token: str | None = first.next_token
    while token:
        page = services.list(size=size, token=token, name=place)
        shown += [item.id for item in page.items]
        token = page.next_token or None
    for id_ in ids[1::2]:
        times = shown.count(id_)
        expect(times == 1, f"service {id_} on the pages", got=f"{times} times", wanted="once")


@requirement("SVC-LST-008")
@passive
def test_text_that_is_no_token(services: ServicesTarget) -> None:
    for text in GARBAGE:
        refused(lambda text=text: services.list(token=text), BAD_ARGUMENT, f"token {text!r}")  # type: ignore[misc]


@requirement("SVC-LST-009")
@passive
def test_token_of_another_collection(services: ServicesTarget) -> None:
    place = filled(services, 2)
    token = services.list(size=1, name=place).next_token
    names = services.profile.names
    other = next((n for n in (names.required, names.kind) if n not in (None, place)), None)
    if other is None or not token:
        not_applicable("the profile names no second collection, or the first has one page")
    answer = attempt(lambda: services.list(token=token, name=other))
    if isinstance(answer, Refused):
        expect(answer.code in BAD_ARGUMENT, "refusal", got=answer.code, wanted=BAD_ARGUMENT)
    observe("refused" if isinstance(answer, Refused) else "goes on", trait="S15")


@requirement("SVC-LST-009")
def test_token_behind_a_deleted_service(services: ServicesTarget) -> None:
    place = quiet_place(services)
    ids = [item.id for item in gathered(services, 4)]
    size = _size_up_to(services, place, ids[1])
    first = services.list(size=size, name=place)
    if not first.next_token or first.items[-1].id != ids[1]:
        not_applicable("no page ends with a service of ours")
    services.delete(ids[1], name=place)
    answer = attempt(lambda: services.list(size=1000, token=first.next_token, name=place))
    if isinstance(answer, Refused):
        expect(answer.code in BAD_ARGUMENT, "refusal", got=answer.code, wanted=BAD_ARGUMENT)
        observe("refused", trait="S16")
        return
    # Whoever orders by something else than the id may have shown some of ours already.
    wanted = {id_ for id_ in ids if id_ not in {item.id for item in first.items}}
    shown = {item.id for item in services.mine(answer.items)}
    missing = wanted - shown if not answer.next_token else set()
    expect(not missing, "page behind a deleted service", got=f"without {missing}", wanted=wanted)
    observe("goes on", trait="S16")


def _size_up_to(services: ServicesTarget, place: str, id: str) -> int:
    """The size with which a first page ends with this service, while nobody changes anything."""
    return [item.id for item in services.list_all(name=place)].index(id) + 1


def _judge_walk(services: ServicesTarget, place: str, sizes: list[int], *, breaks: str) -> None:
    """Walk with these sizes in turn; what rested meanwhile has to be there once."""
    for _ in range(TRIES):
        before = services.list_all(name=place)
        pages = services.walk(size=lambda number: sizes[number % len(sizes)], name=place)
        rested = unchanged(before, services.list_all(name=place))
        shown = [item.id for page in pages for item in page.items]
        for id_ in rested:
            times, what = shown.count(id_), f"service {id_} in a walk with sizes {sizes}"
            expect(times == 1, what, got=f"{times} times", wanted="once", breaks=breaks)
        if rested or not before:
            return
    untestable(f"no service of {place} rests for the time of a walk")
