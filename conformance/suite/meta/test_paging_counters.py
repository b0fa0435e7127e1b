"""Counters of a page: its offset and the number of all items (seed 003, include_paging_info)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.judging import expect, requirement, sampled
from conformance.oracles.meta.model import Page
from conformance.suite.meta.reading import hint, names, with_populations
from conformance.suite.meta.walking import sizes, steps_back, steps_forward, tied
from conformance.targets.meta import MetaTarget
from conformance.targets.meta_population import Population


def _walks(
    meta: MetaTarget, population: Population, *, info: bool
) -> Iterator[tuple[str, list[str], Sequence[Page]]]:
    """Walks forward and back: what is done, the names in their order, the pages."""
    for size in sampled(sizes(len(population.items)), 2):
        there = steps_forward(meta, population, size, info=info, order=tied(population))
        back = steps_back(meta, population, size, there[-1], info=info, order=tied(population))
        whole = [name for page in there for name in names(page.items)]
        yield f"pages of {size}", whole, there
        yield f"pages of {size}, backwards", whole, back


@requirement("META-PAG-011")
def test_counters_are_zero_unless_asked_for(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for what, _, pages in _walks(meta, population, info=False):
            for page in pages:
                got = (page.offset, page.total)
                expect(got == (0, 0), f"offset and total on {what}", got=got, wanted=(0, 0))

    with_populations(meta, body, least=2)


@requirement("META-PAG-012")
def test_total_is_the_number_of_all_items(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        wanted = len(population.items)
        for what, _, pages in _walks(meta, population, info=True):
            for page in pages:
                _expect_number(page.total, wanted, f"total on {what}")

    with_populations(meta, body, least=2)


@requirement("META-PAG-012")
def test_total_counts_what_the_filter_leaves(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        some = population.names[:-1]
        listed = ", ".join(f'"{name}"' for name in some)
        page = meta.list(
            population.kind,
            parent=population.parent,
            filter=f"name IN ({listed})",
            size=1,
            info=True,
        )
        _expect_number(page.total, len(some), f"total of {len(some)} names of {population.kind}")

    with_populations(meta, body, least=3)


@requirement("META-PAG-013")
def test_offset_is_the_number_of_items_before(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        for what, whole, pages in _walks(meta, population, info=True):
            for page in pages:
                if page.items:
                    wanted = whole.index(page.items[0]["name"])
                    _expect_number(page.offset, wanted, f"offset of {names(page.items)} on {what}")

    with_populations(meta, body, least=2)


@requirement("META-PAG-013")
def test_offset_where_sizes_change(meta: MetaTarget) -> None:
    def body(population: Population) -> None:
        before, token = 0, ""
        for size in (3, 2):
            page = meta.list(
                population.kind,
                parent=population.parent,
                filter=population.filter,
                size=size,
                token=token,
                info=True,
            )
            _expect_number(page.offset, before, f"offset of a page of {size} behind {before}")
            before, token = before + len(page.items), page.next
            if not token:
                break

    with_populations(meta, body, least=3)


def _expect_number(got: int, wanted: int, what: str) -> None:
    """Zero may also mean that it is not known."""
    expect(got in (wanted, 0), what, got=got, wanted=wanted)
    hint(got == wanted, what, got=got, wanted=wanted)
