import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.microgrid.dispatch import Categories, CategoryTypes, Dispatch, Ids
from simulator.microgrid.recurrence import Frequency, Rule
from simulator.microgrid.scenario_category import SUB_TYPES, Category
from simulator.services.dispatch import codec
from simulator.services.dispatch.wire import Data, DispatchMessage
from simulator.services.instants import MAX_US, MIN_US

from .api import NOW_US

categories = st.sampled_from(list(Category))
pairs = categories.flatmap(
    lambda category: st.tuples(
        st.just(category),
        st.none() | st.sampled_from([int(kind) for kind in SUB_TYPES[category]])
        if category in SUB_TYPES
        else st.none(),
    )
)
targets = (
    st.builds(Ids, ids=st.lists(st.integers(1, 2**64 - 1), max_size=4).map(tuple))
    | st.builds(Categories, categories=st.lists(categories, max_size=4).map(tuple))
    | st.builds(CategoryTypes, pairs=st.lists(pairs, max_size=4).map(tuple))
)
ends = (
    st.fixed_dictionaries({})
    | st.fixed_dictionaries({"count": st.integers(1, 4096)})
    | (st.fixed_dictionaries({"until_us": st.integers(MIN_US, MAX_US)}))
)


@st.composite
def rules(draw):
    freq = draw(st.sampled_from(list(Frequency)))
    monthdays = st.lists(st.integers(1, 31) | st.integers(-31, -1), max_size=3).map(tuple)
    return Rule(
        freq=freq,
        interval=draw(st.integers(1, 10_000)),
        byminutes=draw(st.lists(st.integers(0, 59), max_size=3).map(tuple)),
        byhours=draw(st.lists(st.integers(0, 23), max_size=3).map(tuple)),
        byweekdays=draw(st.lists(st.integers(1, 7), max_size=3).map(tuple)),
        bymonthdays=() if freq == Frequency.WEEKLY else draw(monthdays),
        bymonths=draw(st.lists(st.integers(1, 12), max_size=3).map(tuple)),
        **draw(ends),
    )


dispatches = st.builds(
    Dispatch,
    id=st.just(7),
    type=st.text(min_size=1, max_size=5),
    start_us=st.integers(MIN_US, MAX_US),
    duration_s=st.none() | st.integers(0, 2**32 - 1),
    target=targets,
    active=st.booleans(),
    dry_run=st.booleans(),
    payload=st.dictionaries(
        st.text(max_size=3), st.integers(-9, 9) | st.text(max_size=3), max_size=2
    ),
    rule=st.none() | rules(),
)


@settings(max_examples=150)
@given(dispatches)
def test_a_dispatch_survives_there_and_back(dispatch):
    encoded = codec.encode_data(dispatch).SerializeToString()
    assert codec.decode_data(Data.FromString(encoded), 7) == dispatch


def test_the_id_comes_from_the_metadata():
    message = DispatchMessage(data={"type": "x"}, metadata={"dispatch_id": 9})
    message.data.target.component_ids.ids.append(1)
    assert codec.decode_dispatch(message).id == 9


def test_an_absent_duration_and_a_zero_one_differ():
    data = Data(type="x")
    data.target.component_ids.ids.append(1)
    assert codec.decode_data(data, 1).duration_s is None
    data.duration = 0
    assert codec.decode_data(data, 1).duration_s == 0


def test_an_empty_rule_is_none():
    data = Data(type="x")
    data.target.component_ids.ids.append(1)
    data.recurrence.SetInParent()
    assert codec.decode_data(data, 1).rule is None


@pytest.mark.parametrize(
    ("number", "new", "old"),
    [
        (5, Category.BATTERY, Category.BATTERY),
        (8, Category.PRECHARGER, Category.CRYPTO_MINER),
        (9, Category.CHP, Category.ELECTROLYZER),
        (10, Category.ELECTROLYZER, Category.CHP),
        (15, Category.STATIC_TRANSFER_SWITCH, Category.HVAC),
    ],
)
def test_category_numbers_are_read_in_the_numbering_asked_for(number, new, old):
    data = Data()
    data.target.component_categories.categories.append(number)
    assert codec.decode_target(data.target, "v1alpha8") == Categories(categories=(new,))
    assert codec.decode_target(data.target, "v1") == Categories(categories=(old,))


def test_an_unspecified_sub_type_is_no_sub_type():
    data = Data()
    entry = data.target.component_categories_types.categories.add(category=5)
    entry.battery = 0
    expected = CategoryTypes(pairs=((Category.BATTERY, None),))
    assert codec.decode_target(data.target, "v1alpha8") == expected


def test_target_keys_tell_variants_and_sub_types_apart():
    ids, categories_, pairs_, typed = (Data().target for _ in range(4))
    ids.component_ids.ids.extend([5, 5])
    categories_.component_categories.categories.append(5)
    pairs_.component_categories_types.categories.add(category=5)
    typed.component_categories_types.categories.add(category=5, battery=1)
    keys = [codec.target_key(target) for target in (ids, categories_, pairs_, typed)]
    assert len(set(keys)) == 4
    assert keys[0] == (1, frozenset({5}))


def test_until_is_an_exact_bound_for_nanoseconds():
    rule = codec.RuleMessage(freq=3)
    rule.end_criteria.until_time.seconds = NOW_US // 1_000_000
    rule.end_criteria.until_time.nanos = 1
    # An occurrence exactly at the whole second lies before such an end.
    assert codec.decode_rule(rule).until_us == NOW_US + 1
