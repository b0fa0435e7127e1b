"""The field tables against the wire contract, and what they say of values."""

import pytest

from conformance.oracles.meta.fields import LIFECYCLE_STATES, TABLES, camel, complete, find
from conformance.oracles.meta.model import KINDS
from fixtures.contracts import load

PACKAGES = {
    "Meta": "goten.types.Meta",
    "OwnerReference": "goten.types.OwnerReference",
    "SyncingMeta": "goten.types.SyncingMeta",
    "Lifecycle": "goten.types.Lifecycle",
    "ServicesInfo": "goten.types.ServicesInfo",
    "RegionLocation": "ntt.meta.v1alpha2.Region.RegionLocation",
    "RegionConnectivityPreference": "ntt.meta.v1alpha2.Region.RegionConnectivityPreference",
}
TYPES = {3: "int64", 5: "int32", 8: "bool", 9: "string", 11: "message", 14: "enum"}


def is_list(field):
    """By the newer attribute where there is one, since the older one warns there."""
    known = getattr(field, "is_repeated", None)
    return field.label == field.LABEL_REPEATED if known is None else known


def described(field):
    """Type and shape of a field in the words of the tables."""
    if field.message_type is None:
        return TYPES[field.type], "list" if is_list(field) else "one"
    if field.message_type.GetOptions().map_entry:
        return TYPES[field.message_type.fields_by_name["value"].type], "map"
    if field.message_type.full_name == "google.protobuf.Timestamp":
        return "timestamp", "one"
    return "message", "list" if is_list(field) else "one"


@pytest.mark.parametrize("message", TABLES)
def test_tables_are_those_of_the_contract(message):
    full_name = PACKAGES.get(message, f"ntt.meta.v1alpha2.{message}")
    descriptor = load("meta").message(full_name).DESCRIPTOR
    table = TABLES[message]
    assert set(table) == {field.name for field in descriptor.fields}
    for field in descriptor.fields:
        own = table[field.name]
        written = "string" if own.type == "name" else own.type
        assert (written, own.shape) == described(field), field.name
        assert camel(field.name) == field.json_name
        if own.type == "message":
            assert getattr(field.message_type, "name", "") == own.message


def test_states_and_services_are_those_of_the_contract():
    lifecycle = load("meta").message("goten.types.Lifecycle").DESCRIPTOR
    values = lifecycle.enum_types_by_name["State"].values
    assert {value.name: value.number for value in values} == LIFECYCLE_STATES
    for kind in KINDS.values():
        assert load("meta").message(f"ntt.meta.v1alpha2.{kind.message}")
        assert kind.service == f"ntt.meta.v1alpha2.{kind.message}Service"
    assert KINDS["deployments"].pattern == "regions/{region}/deployments/{deployment}"
    assert [kind.parent for kind in KINDS.values()] == ["regions", "", "services", ""]


def test_complete_fills_scalars_and_leaves_messages_absent():
    region = complete("Region", {"name": "regions/aa", "metadata": {"tags": ["x"]}})
    assert (region["title"], region["is_default"], region["connectivity_scores"]) == ("", False, [])
    assert "location" not in region
    assert region["metadata"]["generation"] == 0
    assert "create_time" not in region["metadata"]
    assert complete("Region", region) == region


@pytest.mark.parametrize("spelling", ["display_name", "displayName", "display-name"])
def test_spellings(spelling):
    found = find(TABLES["Service"], spelling)
    assert found is not None
    assert found.name == "display_name"
    assert find(TABLES["Service"], spelling.upper()) is None
