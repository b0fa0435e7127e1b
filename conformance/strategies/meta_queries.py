"""Orders, masks and page tokens for the meta API, right and wrong, in every spelling."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from conformance.oracles.meta.fields import TABLES
from conformance.oracles.meta.model import Kind
from conformance.oracles.meta.views import all_paths, spellings
from conformance.strategies import meta
from conformance.strategies.meta_filters import comparable_paths
from conformance.strategies.paging import near_sizes

SORT_KEYS = 3
"""The most keys that are drawn for an order."""


def orders(kind: Kind) -> st.SearchStrategy[str]:
    """Valid order_by texts of up to three keys, none included, oddly spaced ones too."""
    paths = st.sampled_from(comparable_paths(kind)).flatmap(
        lambda path: st.sampled_from(spellings(path, kind))
    )
    directions = st.sampled_from(("", " asc", " desc", "  DESC ", " Asc"))
    keys = st.tuples(st.sampled_from(("", " ")), paths, directions).map("".join)
    return st.lists(keys, max_size=SORT_KEYS).map(",".join)


def directed_orders(kind: Kind) -> tuple[str, ...]:
    """Orders by each scalar of the resource and by times and a label, each way, and two keys."""
    own = [
        field.name
        for field in kind.fields.values()
        if field.shape == "one"
        and field.type in ("string", "name", "bool")
        and field.name != "name"
    ]
    nested = ["metadata.create_time", "metadata.generation", "metadata.labels.k"]
    single = [f"{path}{way}" for path in (*own, *nested) for way in ("", " asc", " desc")]
    return ("", "name", "name desc", *single, f"{own[0]},name desc", f"{own[-1]} desc,{own[0]}")


BAD_ORDERS = (
    "nosuch",
    "NAME",
    "name sideways",
    "name asc desc",
    "name,",
    ",name",
    "name,,name",
    " ",
    "metadata.nosuch",
    "name.x",
    "name; desc",
)
"""Texts that are no order of any kind."""


def masks(kind: Kind) -> st.SearchStrategy[list[str]]:
    """Masks of one to four paths, parents beside children, keys of maps, in every spelling."""
    paths = st.sampled_from(mask_paths(kind)).flatmap(
        lambda path: st.sampled_from(spellings(path, kind))
    )
    return st.lists(paths, min_size=1, max_size=4)


def mask_paths(kind: Kind) -> tuple[str, ...]:
    """Every path that a mask may have, keys of maps included."""
    return (*all_paths(kind), *_map_keys(kind.message, ""))


def _map_keys(message: str, prefix: str) -> Iterator[str]:
    for field in TABLES[message].values():
        if field.shape == "map":
            yield from (f"{prefix}{field.name}.{key}" for key in meta.KEYS[:2])
        elif field.type == "message" and field.shape == "one":
            yield from _map_keys(field.message, f"{prefix}{field.name}.")


BAD_MASKS = ("nosuch", "*", "metadata.nosuch", "name.x", "NAME", "metadata.labels.k.deeper", "a..b")
"""Paths that no mask may have."""

BAD_PAGE_TOKENS = (
    "abc",
    "x.e.O.5",
    "r.e.Z.5",
    "r.e.S.",
    "r.e",
    "r.e.O.x",
    "r.e.S.%%%",
    "..",
    "r.x.O.1",
)
"""Texts that are no page token in the published form."""


def page_sizes(count: int) -> st.SearchStrategy[int]:
    """Sizes of pages for so many items: 0 for the default, 1, n-1, n, n+1 and a few between."""
    return st.one_of(st.sampled_from((0, *near_sizes(count))), st.integers(1, max(1, count)))


ODD_PAGE_SIZES = (0, -1, 2**31 - 1)
"""The default, one to be refused, and the largest there is."""
