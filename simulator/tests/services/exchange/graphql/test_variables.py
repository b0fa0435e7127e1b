"""Arguments made of variables are what graphql-core makes of them: it is the oracle here."""

from functools import cache

import pytest
from graphql import GraphQLError, parse, validate
from graphql.execution import get_argument_values
from hypothesis import given
from hypothesis import strategies as st

from simulator.services.exchange.graphql.binding import schema
from simulator.services.exchange.graphql.variables import Arguments, BadVariables, Declared

TYPES = {
    "$data": "TimeSeriesDbDataInput!",
    "$records": "[TimeSeriesDbRecordInput!]!",
    "$one": "TimeSeriesDbRecordInput!",
    "$name": "String",
    "$version": "Int",
}
DATA = (
    "$data",
    "{records: $records}",
    "{records: [$one]}",
    "{records: {MeasureName: $name}}",
    "{records: {MeasureName: $name, Version: $version, Time: null}}",
    '{records: [{MeasureName: "m", Version: $version}]}',
    '{records: {MeasureName: "m", Version: 1, MeasureValueType: DOUBLE}}',
)
RECORD = st.fixed_dictionaries(
    {}, optional={"MeasureName": st.sampled_from(["m", None]), "Version": st.sampled_from([1, "1"])}
)
LIST = st.one_of(st.lists(RECORD, max_size=2), RECORD, st.none())
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "asset": st.sampled_from(["a", 7, None, 1.5]),
        "data": st.one_of(st.none(), st.fixed_dictionaries({}, optional={"records": LIST})),
        "records": LIST,
        "one": st.one_of(st.none(), RECORD),
        "name": st.sampled_from(["n", None, 1]),
        "version": st.sampled_from([1, None, 2**31]),
    },
)


@cache
def publishing(data):
    """The field of a publish, its definition, and the variables that it declares."""
    used = ["$asset: ID!", *(f"{name}: {kind}" for name, kind in TYPES.items() if name in data)]
    document = parse(
        f"mutation m({', '.join(used)}) {{ timeSeriesDb_publishToDatabase("
        f'assetId: $asset, timeSeriesDbId: "t", data: {data}) {{ assetId }} }}'
    )
    assert validate(schema(), document) == []
    [operation] = document.definitions
    [node] = operation.selection_set.selections
    definition = schema().mutation_type.fields[node.name.value]
    return definition, node, Declared(schema(), operation.variable_definitions)


def outcome(make):
    """What comes of making arguments: their values, or that they are refused."""
    try:
        return make()
    except (BadVariables, GraphQLError):
        return "refused"


@pytest.mark.parametrize("data", DATA)
@given(VALUES)
def test_values_are_those_of_graphql_core(data, values):
    definition, node, declared = publishing(data)
    found = outcome(lambda: Arguments(definition, node).values(declared.given(values)))
    assert found == outcome(lambda: get_argument_values(definition, node, declared.core(values)))
