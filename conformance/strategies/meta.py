"""Meta resources to put into a registry, alike enough for ties and filters to matter.

Few distinct values per field, awkward texts, absent messages, unset scalars, timestamps with
nanoseconds. Ids are legal by the document and readable for the published client. What is drawn is
complete `Data`, without the metadata that a server sets itself unless asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.oracles.meta.fields import TABLES, Field, complete
from conformance.oracles.meta.model import KINDS, Data, Kind

TEXTS = ("", "a", "b", "ab", "B", "ü€𝄞", 'say "hi"', "back\\slash", "50%", "x_y", " ", "a,b (c)")
"""Few enough that filters hit and orders tie; 𝄞 has two code units in UTF-16."""
PLAIN_TEXTS = ("", "a", "b", "ab")
TAGS = ("red", "green", "")
KEYS = ("k", "env", "app-1", "a/b", "under_score")
NUMBERS = (0, 1, -1, 2, 7)
WIDE_NUMBERS = (*NUMBERS, 2**31, 2**53 + 1, -(2**63), 2**63 - 1)
TIMES = (
    1_700_000_000_000_000_000,
    1_700_000_000_000_000_001,
    1_700_000_000_500_000_000,
    1_699_999_999_999_999_999,
    4_102_444_800_000_000_000,
)
"""Nanoseconds apart, half a second, and the year 2100."""
VERSIONS = ("v1", "v2", "v1alpha2")

SERVER_SET = ("create_time", "update_time", "delete_time", "uuid", "generation", "resource_version")
"""Fields of metadata that a server may set by itself."""

REGION_IDS = ("aa", "eu-west", "us-east-1", "a0", "zz-9", "m" * 30)
DEPLOYMENT_IDS = ("d", "D.1", "under_score", "a-b", "0", "x" * 40)
SERVICE_IDS = ("meta.edgelq.com", "a.io", "b-c.example.org", "s")
RESOURCE_IDS = ("Region", "A", "RoutingTable", "Zed")
_IDS = {
    "regions": REGION_IDS,
    "deployments": DEPLOYMENT_IDS,
    "services": SERVICE_IDS,
    "resources": RESOURCE_IDS,
}


def ids(kind: Kind, *, prefix: str = "") -> st.SearchStrategy[str]:
    """Legal last ids of a kind; `prefix` (letters that suit the kind) keeps a run's ids apart."""
    letters = st.text("abcxyz", min_size=2, max_size=5)
    known = st.sampled_from([id_ for id_ in _IDS[kind.plural] if len(prefix + id_) <= 30])
    drawn = st.one_of(known, letters)
    if kind.plural == "resources":
        return drawn.map(lambda id_: (prefix + id_).capitalize())
    return drawn.map(lambda id_: prefix + id_)


def resource_names(kind: Kind, *, parent: str = "", prefix: str = "") -> st.SearchStrategy[str]:
    """Legal names of a kind, below one parent if given."""
    own = ids(kind, prefix=prefix).map(lambda id_: f"{kind.plural}/{id_}")
    if not kind.parent:
        return own
    parents = st.just(parent) if parent else resource_names(KINDS[kind.parent])
    return st.tuples(parents, own).map("/".join)


def resources(
    kind: Kind, names: st.SearchStrategy[str] | None = None, *, server_set: bool = False
) -> st.SearchStrategy[Data]:
    """Complete resources of a kind.

    Args:
        kind: of the resource.
        names: strategy for its name; None: any legal one.
        server_set: also fields that a server may set itself, for judging without a server.
    """
    return st.builds(
        lambda name, rest: (
            complete(kind.message, {**rest, "name": name, "is_default": False})
            if "is_default" in kind.fields
            else complete(kind.message, {**rest, "name": name})
        ),
        resource_names(kind) if names is None else names,
        _messages(kind.message, server_set),
    )


def _messages(message: str, server_set: bool) -> st.SearchStrategy[dict[str, Any]]:
    fields = [
        field
        for field in TABLES[message].values()
        if field.name != "name" or message not in {kind.message for kind in KINDS.values()}
    ]
    if message == "Meta" and not server_set:
        fields = [field for field in fields if field.name not in SERVER_SET]
    return st.fixed_dictionaries(
        {}, optional={field.name: _values(field, server_set) for field in fields}
    )


def _values(field: Field, server_set: bool) -> st.SearchStrategy[Any]:
    single = single_values(field, server_set)
    if field.shape == "list":
        return st.lists(single, max_size=2)
    if field.shape == "map":
        return st.dictionaries(st.sampled_from(KEYS), single, max_size=2)
    return single


def single_values(field: Field, server_set: bool) -> st.SearchStrategy[Any]:
    """Values of a field, of an element for lists and of an entry for maps."""
    if field.type == "message":
        return _messages(field.message, server_set)
    if field.type == "name":
        return resource_names(KINDS[field.kind])
    if field.type == "bool":
        return st.booleans()
    if field.type == "enum":
        assert field.enum is not None
        return st.sampled_from(sorted(field.enum.values()))
    if field.type == "timestamp":
        return st.sampled_from(TIMES)
    if field.type == "string":
        choices = {"tags": TAGS, "all_versions": VERSIONS, "current_version": VERSIONS}
        return st.sampled_from(choices.get(field.name, TEXTS))
    return st.sampled_from(NUMBERS if field.type == "int32" else WIDE_NUMBERS)


def populations(
    kind: Kind, *, min_size: int = 0, max_size: int = 8, server_set: bool = False, parent: str = ""
) -> st.SearchStrategy[list[Data]]:
    """Resources of one kind with distinct names."""
    return st.lists(
        resources(kind, resource_names(kind, parent=parent), server_set=server_set),
        min_size=min_size,
        max_size=max_size,
        unique_by=lambda item: item["name"],
    )


def kinds() -> st.SearchStrategy[Kind]:
    """One of the four kinds."""
    return st.sampled_from(tuple(KINDS.values()))


CHUNK_LIMIT = 100


def directed_chunks(count: int) -> tuple[int, ...]:
    """Chunk sizes where chunking breaks for so many items: 1, 2, 3, n-1, n, n+1 and the limit."""
    sizes = {1, 2, 3, count - 1, count, count + 1, CHUNK_LIMIT}
    return tuple(sorted(size for size in sizes if 0 < size <= CHUNK_LIMIT))


def chunk_sizes(count: int) -> st.SearchStrategy[int]:
    """Legal chunk sizes for so many items, 0 (the server's choice) included."""
    return st.sampled_from((0, *directed_chunks(count)))


BAD_CHUNKS = (-1, CHUNK_LIMIT + 1, -(2**31), 2**31 - 1)
"""Chunk sizes outside of the legal range."""


def crossing(kind: Kind, parent: str = "", count: int = 103) -> list[Data]:
    """More resources than the default page and chunk hold, in a fixed order, with few titles."""
    stem = f"{parent}/{kind.plural}" if parent else kind.plural
    return [_plain(kind, f"{stem}/{_numbered(kind, at)}", at) for at in range(count)]


def _plain(kind: Kind, name: str, at: int) -> Data:
    texts: Sequence[str] = [
        field.name
        for field in kind.fields.values()
        if field.type == "string" and field.shape == "one"
    ]
    return complete(kind.message, {"name": name, **dict.fromkeys(texts, f"t{at % 3}")})


def _numbered(kind: Kind, at: int) -> str:
    if kind.plural != "resources":
        return f"n{at:04}"
    letters = "abcdefghij"
    return "N" + "".join(letters[int(digit)] for digit in f"{at:04}")
