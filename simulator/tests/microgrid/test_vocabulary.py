import json
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.effect import Effect
from simulator.microgrid.vocabulary import TYPES, Command, Invalid, effect_of, parse

BALANCE = Effect(kind="band", acts_on=("storage",), low_w=0.0, high_w=0.0)
SWITCH = Effect(kind="switch")
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
        ("self_consumption", {}, BALANCE),
        (
            "self_consumption",
            {"reserve_soc": 0.3, "grid_charge": True},
            replace(BALANCE, reserve_soc=0.3, grid_charge=True),
        ),
        (
            "peak_shaving",
            {"import_limit_w": 5_000, "export_limit_w": 100, "recharge_w": 1, "target_soc": 0.8},
            replace(BALANCE, low_w=-100.0, high_w=5_000.0, rest_w=1.0, ceiling_soc=0.8),
        ),
        ("peak_shaving", {"import_limit_w": 5.0}, replace(BALANCE, low_w=-inf, high_w=5.0)),
        ("curtail", {"fraction": 0.7}, Effect(kind="limit", acts_on=("producer",), low_pu=-0.7)),
        (
            "curtail",
            {"max_production_w": 9},
            Effect(kind="limit", acts_on=("producer",), total_w=9.0),
        ),
        (
            "soc_target",
            {"soc": 0.5, "by": "1970-01-01T00:00:01Z"},
            Effect(kind="soc", acts_on=("storage",), soc=0.5, by_us=1_000_000),
        ),
        (
            "ev_charge",
            {"max_w": 22_000, "strategy": "even", "min_energy_wh": 500},
            Effect(
                kind="charge",
                acts_on=("charger",),
                high_w=22_000.0,
                strategy="even",
                min_energy_wh=500.0,
            ),
        ),
        (
            "chp_run",
            {"power_pu": 0.8},
            Effect(kind="power_pu", acts_on=("engine",), power=-0.8),
        ),
        (
            "schedule",
            {"points": [[0, 100], [60.0, -5]]},
            Effect(kind="points", points=((0.0, 100.0), (60.0, -5.0))),
        ),
        ("switch", {"state": "off"}, replace(SWITCH, on=False)),
        (
            "switch",
            {"state": "on", "latch": True},
            replace(SWITCH, latch=True),
        ),
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
        ("curtail", {}, ""),
        ("curtail", {"fraction": 0.5, "max_production_w": 5}, ""),
        ("curtail", {"fraction": 60}, "/fraction"),
        ("peak_shaving", {"recharge_w": 5}, "/import_limit_w"),
        ("peak_shaving", {"import_limit_w": -5}, "/import_limit_w"),
        ("peak_shaving", {"import_limit_w": 5, "target_soc": 0.5}, "/target_soc"),
        ("soc_target", {"soc": 80}, "/soc"),
        ("soc_target", {"soc": 0.8, "by": "tomorrow"}, "/by"),
        ("soc_target", {"soc": 0.8, "by": "2026-01-01T00:00:00"}, "/by"),
        ("ev_charge", {"strategy": "later"}, "/strategy"),
        ("ev_charge", {"max_w": -1}, "/max_w"),
        ("chp_run", {}, "/power_pu"),
        ("schedule", {"points": []}, "/points"),
        ("schedule", {"points": "0,5"}, "/points"),
        ("schedule", {"points": [[0, 1]] * 501}, "/points"),
        ("schedule", {"points": [[0, 1], 5]}, "/points/1"),
        ("schedule", {"points": [[0, 1], [60, "5"]]}, "/points/1/1"),
        ("schedule", {"points": [[0, 1], [0, 5]]}, "/points/1/0"),
    ],
)
def test_mistakes_are_pointed_at(type_, payload, pointer):
    found = parse(type_, payload)
    assert isinstance(found, Invalid)
    assert (found.event, found.pointer) == ("PAYLOAD_INVALID", pointer)
    assert found.reason.startswith("expected")


def test_keys_that_no_row_names_are_left_to_others():
    assert isinstance(parse("set_power", {"power_w": 1, "site_note": {"a": []}}), Command)


def test_parameters_of_a_strategy_become_an_effect_or_an_error():
    assert effect_of("self_consumption", {}) == BALANCE
    with pytest.raises(ValueError, match="peak_shaving/import_limit_w: expected a value"):
        effect_of("peak_shaving", {})


def test_other_types_are_unknown():
    assert parse("SET_POWER", {"power_w": 1}).event == "UNKNOWN_TYPE"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([*TYPES, "other"]),
    st.dictionaries(
        st.sampled_from(
            [
                "power_w", "power_pu", "min_w", "max_w", "reserve_soc", "grid_charge",
                "state", "latch", "priority", "note", "points", "soc", "by", "fraction",
                "max_w", "strategy", "import_limit_w", "recharge_w", "power_pu",
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
