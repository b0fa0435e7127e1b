"""The table of keywords gives the verdicts of the published meta-schema."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from simulator.services.texts.keywords import _CHECKS, problems

METASCHEMA = Draft202012Validator(Draft202012Validator.META_SCHEMA)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.sampled_from([-1, 0, 1, 2.0, 2.5, "string", "x", "a b", "^a", ""])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*_CHECKS, "a", "x"]), inner, max_size=3),
    ),
    max_leaves=8,
)
BEYOND = {"$schema"}
"""Keywords where we demand more than the meta-schema does."""


@settings(max_examples=200, deadline=None)
@given(schema=st.dictionaries(st.sampled_from(sorted(set(_CHECKS) - BEYOND)), VALUES, max_size=2))
def test_agrees_with_the_meta_schema(schema):
    found = [each for each in problems(schema) if not each[0].endswith("$schema")]
    assert bool(found) == (not METASCHEMA.is_valid(schema)) or "$schema" in str(schema)


VALUES_OF_ALL_KINDS = [
    None, True, 3, 3.0, -1, 0.5, "object", "a b", [], ["a"], ["a", "a"], [1], {}, {"a": True},
    {"a": ["b"]}, {"a": 1}, [True], [{}], ["string", "null"],
]  # fmt: skip


@pytest.mark.parametrize("keyword", sorted(set(_CHECKS) - {"$schema"}))
def test_every_keyword_agrees_on_every_kind_of_value(keyword):
    for value in VALUES_OF_ALL_KINDS:
        schema = {keyword: value}
        assert (not list(problems(schema))) == METASCHEMA.is_valid(schema), value
