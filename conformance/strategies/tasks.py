"""Values of the tasks API: JSON for Structs, texts of types, ids and names right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from conformance.oracles.tasks.model import LinkTemplate

TRICKY = (
    "",
    " ",
    "a\nb\tc",
    "Grüße, 東京, 🙂, e\u0301",
    "\u202eright to left",
    "\u0000",
    'quote " and backslash \\',
    "<b>&amp;'</b>",
    "{{not a template",
    "__proto__",
    "null",
    "%s %n",
)
"""Texts that are lost or changed where they are handled carelessly."""

NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.1, 12345678.0, 1e21, 1e-7, 5e-324, 1.7976931348623157e308)
"""Doubles at the edges; also whole ones beyond what 32 bits hold."""

STRUCTS: tuple[Mapping[str, Any], ...] = (
    {},
    {"a": None},
    {"a": {}, "b": []},
    {"a": [None, True, False, 0.0, "", [], {}]},
    {"": "empty key", "a.b": "dotted", "a b": "blank", "Ünïcode 🙂": "wide", "A": 1.0, "a": 2.0},
    {"numbers": [2.0**31, -(2.0**31), 2.0**53, 2.0**53 - 1, 4294967296.0, *NUMBERS]},
    {"texts": list(TRICKY)},
    {"deep": {"er": {"and": {"deeper": [[[{"x": [1.0]}]]]}}}},
    {"true": "true", "false": False, "one": 1.0, "text one": "1"},
    {"long": f"begin {'long ' * 300}end", "a name of " + "x" * 90: "long too"},
)
"""Objects that a store has to give back exactly; the first ones matter most."""

_texts = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(codec="utf-8")))
_numbers = st.one_of(
    st.sampled_from(NUMBERS), st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 9)
)


def json_values(max_leaves: int = 8) -> st.SearchStrategy[Any]:
    """Any JSON value; numbers are floats or small integers."""
    leaves = st.one_of(st.none(), st.booleans(), _numbers, _texts)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(_texts, inner, max_size=4)
        ),
        max_leaves=max_leaves,
    )


def structs(max_leaves: int = 8) -> st.SearchStrategy[dict[str, Any]]:
    """Any JSON object."""
    return st.dictionaries(_texts, json_values(max_leaves), max_size=5)


words = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12)
"""Plain words and numbers, which mean the same wherever they are put."""

NOT_FINITE: tuple[Mapping[str, Any], ...] = (
    {"a": float("nan")},
    {"a": float("inf")},
    {"a": [{"b": float("-inf")}]},
)
"""Structs with numbers that JSON cannot say."""

BAD_IDS = ("Upper", "a" * 64, "a/b", "a b", "-a", "a-", "a_b", "ä", "a.b", "a:claim")
"""Ids that are no lower-case label, whichever pattern a profile has."""

DIGIT_ID = "1a"
"""An id that only some patterns allow."""

ids = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
"""Ids that callers may choose."""


def bad_names(parent: str, collection: str) -> tuple[str, ...]:
    """Texts that are no name of an item of a collection.

    Args:
        parent: name of a tenant.
        collection: `tasks` or `types`.
    """
    other = "types" if collection == "tasks" else "tasks"
    return (
        f"tenants//{collection}/x",
        f"{collection}/x",
        f"{parent}/{collection}/x/",
        f"{parent}/{collection}/",
        f"{parent}/{other}/x",
        f"{parent}/{collection}",
        f"/{parent}/{collection}/x",
        f"{parent}/{collection}/x/y",
        parent,
        "x",
    )


BAD_TEMPLATES = ("{{", "{{if}}", "{{nofunc 1}}", "{{end}}", "{{if true}}x", "{{.A", "{{$y}}")
"""Templates with a mistake in their syntax; the first three are the ones that matter most."""

TEMPLATE_FIELDS = ("description_template", "recommended_action_template", "input_schema", "links")
"""Where templates stand in a type."""


def with_template(field: str, source: str) -> dict[str, Any]:
    """The fields of a type that has a template in one of its places."""
    if field == "links":
        return {"links": (LinkTemplate(name="a", uri_template=source),)}
    return {field: source}


plain_texts = st.text(st.characters(codec="utf-8", exclude_characters="{}\x00"), max_size=30)
"""Texts without braces, which templates leave as they are."""

_templates = st.builds(
    lambda before, key, after: f'{before}{{{{index .Metadata "{key}"}}}}{after}',
    plain_texts,
    st.sampled_from(("n", "device_number", "missing")),
    plain_texts,
)
link_names = st.lists(
    st.sampled_from(("portal", "meter", "übersicht", "a b", "map")), max_size=3, unique=True
)
"""Names of the links of one type."""

_links = link_names.map(
    lambda names: tuple(
        LinkTemplate(
            name=name, uri_template=f'https://a.test/{at}/{{{{urlquery (index .Metadata "n")}}}}'
        )
        for at, name in enumerate(names)
    )
)


@st.composite
def types(draw: st.DrawFn) -> dict[str, Any]:
    """All writable fields of a type; templates parse, and a sub-category has its category."""
    category = draw(st.one_of(st.just(""), st.sampled_from(("Gridproof", "g p", "größe"))))
    return {
        "display_name": draw(plain_texts),
        "category": category,
        "sub_category": draw(plain_texts) if category else "",
        "description_template": draw(st.one_of(plain_texts, _templates)),
        "recommended_action_template": draw(st.one_of(plain_texts, _templates)),
        "input_schema": draw(st.sampled_from(("", "{}", ' {"type" : "object"}\n', "true"))),
        "links": draw(_links),
    }
