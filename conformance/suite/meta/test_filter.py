"""What filters find, and how conditions are joined (seed 003, filter fields of the requests)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st

from conformance.judging import (
    Refused,
    attempt,
    by_depth,
    expect,
    explore,
    not_applicable,
    requirement,
    sampled,
)
from conformance.strategies.meta_filters import conditions, filters, quoted
from conformance.suite.laws.filters import Keys
from conformance.suite.meta.filtering import (
    Own,
    agrees,
    any_own,
    equal,
    leaves,
    owns,
    some,
    splits,
    telling,
)
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import existing

EMPTY = b"\x2a\x00"
"""Field 5 of a request, the filter, sent as a text without letters."""

LAW = "two filters that are equal by De Morgan's or the idempotent law"

WORDS = (
    "{0} AND NOT {1}",
    "{0} OR {1}",
    "NOT ({0} OR {1})",
    "metadata.tags IS NULL",
    "metadata.tags IS NOT NULL",
    'metadata.tags CONTAINS "red"',
    'metadata.tags HAS ANY ("red", "green")',
    'metadata.tags CONTAINS ALL ("red", "green")',
    'metadata.tags CONTAINS VALUE "red"',
    "metadata.generation IN (1)",
    "metadata.lifecycle.block_deletion = FALSE",
    "metadata.lifecycle.block_deletion != TRUE",
    "metadata.uuid = NULL",
)
"""Filters that hold every keyword of the language, with places for two conditions."""


@requirement("META-FLT-001")
def test_generated_filters_agree_with_the_evaluator(meta: MetaTarget) -> None:
    lists = some(meta)
    # What is drawn must not depend on what others change meanwhile.
    texts = st.one_of(
        [st.tuples(st.just(own), filters(own.kind, tuple(own.items))) for own in lists]
    )

    def body(case: tuple[Own, str]) -> None:
        agrees(*case)

    directed = [
        {"case": (listed, f"{leaf} AND metadata.generation >= 0")}
        for listed in lists
        for leaf in leaves(listed)[:1]
    ]
    explore(body, case=texts, directed=directed, examples=by_depth(full=160, staging=80))


@requirement("META-FLT-003")
def test_and_binds_tighter_than_or(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=("resources", "regions"), staging=("resources",))):
        for a, b, c in telling(listed, 3, _precedence_shows, most=by_depth(full=4, staging=1)):
            forms = (
                f"{a} OR {b} AND {c}",
                f"{b} AND {c} OR {a}",
                f"({a} OR {b}) AND {c}",
                f"{c} AND ({b} OR {a})",
                f"{a} OR {b}",
                f"{a} AND {c}",
                f"(({a})) OR ({b} OR {c})",
                f"{a} AND {b} OR {b} AND {c} OR {c} AND {a}",
            )
            for text in sampled(forms, 3):
                agrees(listed, text)


def _precedence_shows(a: Keys, b: Keys, c: Keys) -> bool:
    return a | (b & c) != (a | b) & c and not a <= b


@requirement("META-FLT-003")
def test_every_part_of_a_chain_counts(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=("resources", "regions"), staging=("resources",))):
        for word, shows in (("AND", _third_narrows), ("OR", _third_widens)):
            for a, b, c in telling(listed, 3, shows):
                for parts in sampled(((a, b, c), (c, a, b)), 1):
                    agrees(listed, f" {word} ".join(map(str, parts)))


def _third_narrows(a: Keys, b: Keys, c: Keys) -> bool:
    return not a & b <= c


def _third_widens(a: Keys, b: Keys, c: Keys) -> bool:
    return not c <= a | b


@requirement("META-FLT-004")
def test_not_turns_conditions_around(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=("resources", "regions"), staging=("resources",))):
        ((a, b),) = telling(listed, 2, lambda a, b: not a <= b)
        for text in sampled((f"{a}", f"({a} OR {b})", f"({a} AND NOT {b})"), 1):
            splits(listed, text, f"NOT {text}")
        texts = (f"NOT NOT {a}", f"NOT {a} AND {b}", f"NOT {a} OR {b}", f"NOT (NOT ({b}))")
        for text in sampled(texts, 2):
            agrees(listed, text)


@requirement("META-FLT-005")
def test_keywords_in_any_case(meta: MetaTarget) -> None:
    listed = any_own(meta, "resources", "services", "regions", "deployments")
    pair = [f"({leaf})" for leaf in leaves(listed)[:2]]
    places = [*pair, '(metadata.uuid != "")', '(metadata.uuid = "")'][:2]
    for form in sampled(WORDS, 1):
        capitals = form.format(*places)
        if isinstance(attempt(partial(listed.found, capitals)), Refused):
            continue  # Other requirements say that there has to be such a word.
        for spelled in (_words(form, str.lower), _words(form, _mixed)):
            equal(listed, capitals, spelled.format(*places), "keywords in another case")


def _words(form: str, change: Callable[[str], str]) -> str:
    """The form with its keywords changed: they alone are capitals in it."""
    return re.sub(r"\b[A-Z]+\b", lambda found: change(found[0]), form)


def _mixed(word: str) -> str:
    return "".join(c.lower() if at % 2 else c for at, c in enumerate(word))


@requirement("META-FLT-021")
def test_no_filter_finds_everything(meta: MetaTarget) -> None:
    for kind in by_depth(full=("regions", "services"), staging=("regions",)):
        names = _made(meta, kind) if "mutate" in meta.capabilities else _filtered(meta, kind)
        listed = {item["name"] for item in existing(meta, kind, None, until=names)}
        left_out = [name for name in names if name not in listed]
        there, _ = meta.batch(kind, left_out, view="NAME") if left_out else ([], [])
        got = f"without {[item['name'] for item in there]}"
        expect(not there, f"{kind} listed without filter", got=got, wanted="all that are there")


def _made(meta: MetaTarget, kind: str) -> list[str]:
    new = [meta.fresh(kind) for _ in range(2)]
    meta.hook.change(new)
    meta.hook.barrier()
    return [item["name"] for item in new]


def _filtered(meta: MetaTarget, kind: str) -> list[str]:
    """Names that filters find: of resources with metadata, and of those without."""
    pages = [meta.list(kind, filter=f"metadata IS {word}NULL") for word in ("", "NOT ")]
    names = [item["name"] for page in pages for item in page.items]
    return names or not_applicable(f"no hook is declared, and there are no {kind}")


@requirement("META-FLT-021")
def test_empty_filter_is_none(meta: MetaTarget) -> None:
    listed = any_own(meta, "resources", "services", "regions", "deployments")
    population = listed.population
    operation, request = meta.request(
        population.kind,
        "list",
        **{"parent": population.parent, "size": 5, "token": "", "order": "", "filter": ""},
        **{"mask": None, "view": None, "info": False},
    )
    data = request.SerializeToString()

    def judge() -> None:
        names = [
            [item.name for item in getattr(operation.method.response.FromString(answer), kind)]
            for answer in (meta.call_raw(kind, operation.name, d) for d in (data, data + EMPTY))
        ]
        expect(names[0] == names[1], "list with an empty filter", got=names[1], wanted=names[0])

    kind = population.kind
    listed.steady(judge)


@requirement("META-FLT-024")
def test_filtered_lists_are_walked_in_pages(meta: MetaTarget) -> None:
    for listed in owns(meta, *by_depth(full=("regions", "resources"), staging=("resources",))):
        names = listed.population.names
        texts = [f"name IN ({', '.join(map(quoted, names[::2]))})", *map(str, leaves(listed)[:2])]
        for text in sampled(texts, 1):
            for size in by_depth(full=(1, 2, 3), staging=(1,)):
                _walk_agrees(listed, text, size)


def _walk_agrees(listed: Own, text: str, size: int) -> None:
    what = f"walk with page size {size} over {listed.kind.plural} filtered by {text}"

    def judge() -> None:
        wanted = sorted(str(name) for name in listed.wanted(text))
        pages = list(listed.pages(listed.population.both(text), size))
        names = [item["name"] for page in pages for item in page.items]
        expect(sorted(names) == wanted, what, got=sorted(names), wanted=wanted)
        longest = max(len(page.items) for page in pages)
        expect(longest <= size, what, got=f"{longest} on a page", wanted=f"at most {size}")

    listed.steady(judge)


@requirement("META-FLT-026")
def test_filters_obey_the_laws_of_logic(meta: MetaTarget) -> None:
    lists = some(meta)
    drawn = [(own, conditions(own.kind, tuple(own.items), plain=True)) for own in lists]
    pairs = st.one_of([st.tuples(st.just(own), texts, texts) for own, texts in drawn])

    def body(case: tuple[Own, str, str]) -> None:
        listed, a, b = case
        laws = (
            (f"NOT ({a} OR {b})", f"NOT {a} AND NOT {b}"),
            (f"NOT ({a} AND {b})", f"NOT {a} OR NOT {b}"),
            (f"{a} OR {a} AND {b}", f"({a} AND {a}) OR ({a} AND {a})"),
        )
        for one, other in laws:
            equal(listed, one, other, LAW)

    directed = [
        {"case": (listed, str(a), str(b))}
        for listed in lists
        for a, b in telling(listed, 2, lambda a, b: not a <= b and not b <= a)
    ]
    explore(body, case=pairs, directed=directed, examples=by_depth(full=40, staging=0))
