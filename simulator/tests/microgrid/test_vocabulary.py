import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.vocabulary import TYPES, Command, Effect, Invalid, parse

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("type_", "payload", "effect"),
    [
        ("set_power", {"power_w": -5000}, Effect(kind="power", power=-5000.0)),
        ("sim.set_power", {"power_pu": 0.5}, Effect(kind="power_pu", power=0.5)),
        ("power_limit", {"max_w": 100}, Effect(kind="limit", high_w=100.0)),
        ("power_limit", {"min_w": -1, "max_w": 1}, Effect(kind="limit", low_w=-1.0, high_w=1.0)),
        ("self_consumption", {}, Effect(kind="balance")),
        (
            "self_consumption",
            {"reserve_soc": 0.3, "grid_charge": True},
            Effect(kind="balance", reserve_soc=0.3, grid_charge=True),
        ),
        ("switch", {"state": "off"}, Effect(kind="switch", on=False)),
        ("switch", {"state": "on", "latch": True}, Effect(kind="switch", on=True, latch=True)),
    ],
)
def test_payloads_become_effects(type_, payload, effect):
    assert parse(type_, payload) == Command(effect=effect)


def test_priority_is_taken_from_any_payload_and_may_be_written_as_a_double():
    # Numbers of a protobuf Struct are doubles.
    found = parse("set_power", {"power_w": 1.0, "priority": 5.0, "note": "evening"})
    assert isinstance(found, Command)
    assert (found.priority, type(found.priority)) == (5, int)


@pytest.mark.parametrize(
    ("type_", "payload", "pointer"),
    [
        ("set_power", {}, ""),
        ("set_power", {"power_w": 1, "power_pu": 1}, ""),
        ("set_power", {"power_w": True}, "/power_w"),
        ("set_power", {"power_w": "1"}, "/power_w"),
        ("set_power", {"power_w": 1e300}, "/power_w"),
        ("set_power", {"power_w": None}, "/power_w"),
        ("set_power", {"power_pu": 1.5}, "/power_pu"),
        ("set_power", {"power_w": 1, "priority": 101}, "/priority"),
        ("set_power", {"power_w": 1, "priority": 0.5}, "/priority"),
        ("set_power", {"power_w": 1, "note": 7}, "/note"),
        ("power_limit", {}, ""),
        ("power_limit", {"min_w": 5, "max_w": 1}, "/min_w"),
        ("self_consumption", {"reserve_soc": 1.1}, "/reserve_soc"),
        ("self_consumption", {"grid_charge": 1}, "/grid_charge"),
        ("switch", {}, "/state"),
        ("switch", {"state": "open"}, "/state"),
        ("switch", {"state": ["on"]}, "/state"),
        ("switch", {"state": "on", "latch": "yes"}, "/latch"),
    ],
)
def test_mistakes_are_pointed_at(type_, payload, pointer):
    found = parse(type_, payload)
    assert isinstance(found, Invalid)
    assert (found.event, found.pointer) == ("PAYLOAD_INVALID", pointer)
    assert found.reason.startswith("expected")


def test_keys_that_no_row_names_are_left_to_others():
    assert isinstance(parse("set_power", {"power_w": 1, "site_note": {"a": []}}), Command)


@pytest.mark.parametrize(
    "type_", ["curtail", "peak_shaving", "soc_target", "ev_charge", "chp_run", "schedule"]
)
def test_known_types_that_are_not_simulated_say_so(type_):
    assert type_ in TYPES
    assert parse(type_, {}) == Invalid(event="UNKNOWN_TYPE", reason="unsupported in this version")


def test_other_types_are_unknown():
    assert parse("SET_POWER", {"power_w": 1}).event == "UNKNOWN_TYPE"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([*TYPES, "other"]),
    st.dictionaries(
        st.sampled_from(
            [
                "power_w", "power_pu", "min_w", "max_w", "reserve_soc", "grid_charge",
                "state", "latch", "priority", "note",
            ]
        ),
        JSON,
        max_size=4,
    ),
)  # fmt: skip
def test_no_payload_is_ever_an_error(type_, payload):
    found = parse(type_, payload)
    if isinstance(found, Invalid):
        json.dumps(found.details())
