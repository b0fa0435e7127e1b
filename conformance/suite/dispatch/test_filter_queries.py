"""Filters by ids and by queries (release 1.0, DispatchFilter.dispatch_ids and .queries)."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judging import expect, explore, observe, requirement, sampled, untestable
from conformance.suite.dispatch.filtering import Own, tells_apart
from conformance.suite.laws.filters import any_is_enough
from conformance.targets.dispatch import DispatchTarget
from conformance.targets.dispatch_model import HOUR_US, Dispatch, Filter, Interval

ENDINGS = ("foobar", "foo", "100% a.b*(c)[d] x_y^$ back\\slash 'quoted'", "grün-日本")
"""Ends of types; lower case only, so that it does not matter who minds case."""
TELLING = ("oob", "f%r", "foo.ar", "grän")
"""Queries to begin with: a part, patterns of two languages, and one letter that differs."""
WILD = ("f_obar", "fo*", ".*", "[f]oo", "%", "_", ".", "*", "(", "\\", "foo|foobar")
"""Texts that find more, or break, where a query is taken for a pattern."""
LARGEST_ID = 2**63 - 1


@requirement("DSP-FLT-017")
def test_any_of_several_ids_is_enough(dispatch: DispatchTarget) -> None:
    made = [dispatch.create().id for _ in range(2)]
    gone = dispatch.create().id
    dispatch.delete(gone)
    unknown = dispatch.random_id()
    own = Own(dispatch)

    def body(chosen: list[int]) -> None:
        found = own.found(Filter(ids=tuple(chosen)))
        wanted = set(chosen) & set(made)
        expect(
            found == wanted,
            f"list filtered by the ids {chosen}",
            got=sorted(found, key=repr),
            wanted=sorted(wanted),
        )

    explore(
        body,
        chosen=st.lists(st.sampled_from([*made, gone, unknown]), min_size=1, max_size=5),
        directed=[
            {"chosen": made[:1]},
            {"chosen": [made[1], unknown, made[0]]},
            {"chosen": [unknown, gone]},
        ],
        examples=18,
    )


@requirement("DSP-FLT-018")
def test_number_query_finds_one_id(dispatch: DispatchTarget) -> None:
    wanted = _of_two_digits(dispatch)
    text = str(wanted.id)
    # Types that contain the query are no reason to be found.
    namesake = dispatch.create(type=f"{dispatch.data().type} #{text}")
    made = {"its own": wanted}
    others = {"one whose type contains it": namesake}
    tells_apart(dispatch, Filter(queries=(f"#{text}",)), made, others, f"list queried for #{text}")
    near = [text[:-1], text + "0", "1" + text, *([text[1:]] if text[1] != "0" else [])]
    for other in sampled(near, 2):
        hidden = {f"dispatch {text}": wanted}
        if int(other) > LARGEST_ID:
            continue  # no id at all, so it may be taken for a text or refused
        where = Filter(queries=(f"#{other}",))
        tells_apart(dispatch, where, {}, hidden, f"list queried for #{other}")
    unknown = dispatch.random_id()
    where = Filter(queries=(f"#{unknown}",))
    tells_apart(dispatch, where, {}, {**made, **others}, "list queried for an unknown id")


@requirement("DSP-FLT-019")
def test_query_finds_parts_of_types(dispatch: DispatchTarget) -> None:
    name = dispatch.data().type
    made = {text: dispatch.create(type=f"{name}.{text}") for text in ENDINGS}
    parts = [
        part
        for text in ENDINGS
        for begin in range(0, len(text), 3)
        for length in (1, 2, 5)
        if (part := text[begin : begin + length]).strip() == part
    ]

    def body(query: str) -> None:
        inside = {text: item for text, item in made.items() if query in item.type}
        outside = {text: item for text, item in made.items() if text not in inside}
        where = Filter(queries=(query,))
        tells_apart(dispatch, where, inside, outside, f"list queried for {query!r}")

    explore(
        body,
        query=st.one_of(st.sampled_from([*parts, *ENDINGS, f"{name}.foo"]), st.sampled_from(WILD)),
        directed=[{"query": query} for query in TELLING],
        examples=40,
    )


@requirement("DSP-FLT-019")
def test_case_and_hash_in_queries(dispatch: DispatchTarget) -> None:
    name = dispatch.data().type
    mixed = dispatch.create(type=f"{name}.MixedCase #zyx")
    plain = dispatch.create(type=f"{name}.zyx")
    own = Own(dispatch)
    exact = own.found(Filter(queries=("MixedCase",)))
    expect(
        exact == {mixed.id},
        "list queried for MixedCase",
        got=sorted(exact, key=repr),
        wanted=mixed.id,
    )
    found = own.found(Filter(queries=("mIXEDcASE",)))
    expect(
        found <= {mixed.id},
        "list queried for mIXEDcASE",
        got=sorted(found, key=repr),
        wanted=mixed.id,
    )
    text = own.found(Filter(queries=("#zyx",)))
    expect(
        text in ({mixed.id}, {mixed.id, plain.id}, {plain.id}, set()),
        "list queried for #zyx",
        got=sorted(text, key=repr),
        wanted=mixed.id,
    )
    if text != {mixed.id}:
        observe("other", trait="A29")
    else:
        observe("case ignored" if found else "case sensitive", trait="A29")


@requirement("DSP-FLT-020")
def test_queries_join_and_other_fields_restrict(dispatch: DispatchTarget) -> None:
    name = dispatch.data().type
    kinds = [f"{name}.{text}" for text in ("one", "two", "three")]
    made = [
        dispatch.create(type=kind, start_us=dispatch.start_us + n * HOUR_US)
        for n, kind in enumerate(kinds)
    ]
    first, second, third = (item.id for item in made)
    alternatives = [
        (Filter(queries=(kinds[0],)), [first]),
        (Filter(queries=(f"#{second}",)), [second]),
    ]
    queries = (kinds[0], "no such type anywhere", f"#{second}")
    own = Own(dispatch)
    any_is_enough(own, alternatives, Filter(queries=queries), "list filtered by queries")
    restricted: dict[str, tuple[Filter, set[int]]] = {
        "a start interval": (
            Filter(queries=queries, start=Interval(from_us=made[1].start_us)),
            {second},
        ),
        "ids": (Filter(queries=queries, ids=(first, third)), {first}),
        "a flag that none has": (Filter(queries=queries, dry_run=False), set()),
    }
    for what, (where, wanted) in restricted.items():
        found = own.found(where)
        expect(
            found == wanted,
            f"list filtered by queries and {what}",
            got=sorted(found, key=repr),
            wanted=sorted(wanted),
        )


def _of_two_digits(dispatch: DispatchTarget) -> Dispatch:
    """A dispatch whose id has a digit to leave out at either end."""
    for _ in range(12):
        created = dispatch.create()
        if created.id > 10 and str(created.id)[1] != "0":
            break
    if created.id < 10:
        untestable("the target gives no id of two digits")
    return created
