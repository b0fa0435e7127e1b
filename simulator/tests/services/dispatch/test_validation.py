import pytest

from simulator.services.dispatch.validation import MAX_DATA_BYTES
from simulator.services.errors import Code, ServiceError

from .api import GRID, HOUR_S, Api, at, struct

WEEKLY, DAILY = 4, 3


def refused(api, match, **fields):
    """Assert that a create is refused without a trace."""
    watcher = api.stream()
    with pytest.raises(ServiceError, match=match) as caught:
        api.create(**fields)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert api.list().pagination_info.total_items == 0
    assert watcher.events() == []


def rule(**parts):
    return {"freq": DAILY, **parts}


def test_a_start_in_the_past_is_refused(either):
    refused(either, r"dispatch_data\.start_time: .* 3600\.000 s in the past", start_time=at(-3600))


@pytest.mark.parametrize("seconds", [-1, 0, 1, 60])
def test_a_start_around_now_is_accepted(either, seconds):
    assert either.create(start_time=at(seconds)).data.start_time.seconds == at(seconds)["seconds"]


def test_the_grace_is_one_second(api):
    api.create(start_time=at(-1))
    refused(Api(), "1.000 s in the past", start_time=at(-2, 999_999_000))


def test_an_absent_start_is_refused(api):
    data = api.data()
    data.ClearField("start_time")
    request = api.request("create", microgrid_id=GRID, dispatch_data=data)
    with pytest.raises(ServiceError, match=r"dispatch_data\.start_time: is not set"):
        api.call("create", request)


def test_absent_data_is_refused(api):
    with pytest.raises(ServiceError, match="dispatch_data: is not set"):
        api.call("create", api.request("create", microgrid_id=GRID))


@pytest.mark.parametrize("verb", ["create", "get", "list", "update", "delete", "stream"])
def test_microgrid_0_is_refused(api, verb):
    with pytest.raises(ServiceError, match="microgrid_id: 0 is no microgrid") as caught:
        getattr(api.service, verb)(api.request(verb))
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_an_empty_type_is_refused(api):
    data = api.data()
    data.type = ""
    with pytest.raises(ServiceError, match=r"dispatch_data\.type: is empty"):
        api.call("create", api.request("create", microgrid_id=GRID, dispatch_data=data))


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ({"seconds": 253_402_300_800}, "years 1 to 9999"),
        ({"seconds": 2**63 - 1}, "years 1 to 9999"),
        ({"seconds": -(2**63)}, "years 1 to 9999"),
        ({"seconds": 1_900_000_000, "nanos": -1}, "nanos: -1"),
        ({"seconds": 1_900_000_000, "nanos": 2**31 - 1}, "nanos: 2147483647"),
        ({"seconds": 253_402_300_799, "nanos": 600_000_000}, "rounds to the year 10000"),
    ],
)
def test_impossible_starts_are_refused(api, start, text):
    refused(api, text, start_time=start)


class TestTargets:
    def test_no_variant_is_refused(self, api):
        refused(api, r"target: names neither", target={})

    @pytest.mark.parametrize("number", [0, 20, 999, -1])
    def test_unknown_categories_are_refused(self, api, number):
        expected = rf"component_categories: {number} is no category"
        refused(api, expected, target={"component_categories": {"categories": [5, number]}})

    @pytest.mark.parametrize("number", [0, 20, 999])
    def test_unknown_categories_of_pairs_are_refused(self, api, number):
        pairs = {"categories": [{"category": number}]}
        expected = rf"component_categories_types\.category: {number} is no category"
        refused(api, expected, target={"component_categories_types": pairs})

    @pytest.mark.parametrize(
        ("category", "kind", "text"),
        [
            (5, {"inverter": 1}, "a type of category 3 beside category 5"),
            (3, {"battery": 1}, "a type of category 5 beside category 3"),
            (2, {"ev_charger": 1}, "a type of category 6 beside category 2"),
            (5, {"battery": 3}, "3 is no type of category 5"),
            (3, {"inverter": 4}, "4 is no type of category 3"),
            (6, {"ev_charger": 77}, "77 is no type of category 6"),
        ],
    )
    def test_types_must_fit_their_category(self, api, category, kind, text):
        pairs = {"categories": [{"category": category, **kind}]}
        refused(api, text, target={"component_categories_types": pairs})

    @pytest.mark.parametrize(
        "target",
        [
            {"component_ids": {"ids": []}},
            {"component_ids": {"ids": [7, 7, 2**64 - 1]}},
            {"component_categories": {"categories": []}},
            {"component_categories": {"categories": list(range(1, 20))}},
            {"component_categories_types": {"categories": []}},
            {
                "component_categories_types": {
                    "categories": [
                        {"category": 5, "battery": 2},
                        {"category": 3, "inverter": 3},
                        {"category": 6, "ev_charger": 0},
                        {"category": 9},
                    ]
                }
            },
        ],
    )
    def test_legal_targets_are_echoed(self, api, target):
        created = api.create(target=target)
        assert created.data.target == api.data(target=target).target
        assert created == api.get(created.metadata.dispatch_id)


class TestRules:
    @pytest.mark.parametrize(
        ("part", "bad"),
        [
            ("byminutes", 60),
            ("byminutes", 2**32 - 1),
            ("byhours", 24),
            ("byhours", 30),
            ("byweekdays", 0),
            ("byweekdays", 8),
            ("bymonthdays", 0),
            ("bymonthdays", 32),
            ("bymonthdays", -32),
            ("bymonthdays", -(2**31)),
            ("bymonths", 0),
            ("bymonths", 13),
        ],
    )
    def test_parts_out_of_bounds_are_refused(self, api, part, bad):
        good = 1
        expected = rf"dispatch_data\.recurrence\.{part}: {bad} is not within"
        refused(api, expected, recurrence=rule(**{part: [good, bad]}))

    @pytest.mark.parametrize(
        ("part", "values"),
        [
            ("byminutes", [0, 59]),
            ("byhours", [23, 0]),
            ("byweekdays", [7, 1, 7]),
            ("bymonthdays", [31, 1, -1, -31]),
            ("bymonths", [12, 1, 1]),
        ],
    )
    def test_bounds_are_accepted_in_any_order(self, either, part, values):
        created = either.create(recurrence=rule(**{part: values}))
        assert list(getattr(created.data.recurrence, part)) == values

    @pytest.mark.parametrize("freq", [7, 77, -1])
    def test_undefined_frequencies_are_refused(self, api, freq):
        refused(api, rf"freq: {freq} is no frequency", recurrence={"freq": freq})

    def test_month_days_of_a_weekly_rule_are_refused(self, api):
        refused(
            api,
            r"bymonthdays: \[1, 2\] beside freq FREQUENCY_WEEKLY",
            recurrence={"freq": WEEKLY, "bymonthdays": [1, 2]},
        )

    @pytest.mark.parametrize("count", [0, 4097, 2**32 - 1])
    def test_counts_out_of_bounds_are_refused(self, api, count):
        refused(
            api,
            rf"end_criteria\.count: {count} is not within 1 to 4096",
            recurrence=rule(end_criteria={"count": count}),
        )

    @pytest.mark.parametrize("count", [1, 4096])
    def test_bounds_of_counts_are_accepted(self, either, count):
        created = either.create(recurrence=rule(end_criteria={"count": count}))
        assert created.data.recurrence.end_criteria.count == count

    @pytest.mark.parametrize("interval", [10_001, 2**32 - 1])
    def test_intervals_above_10000_are_refused(self, api, interval):
        expected = rf"interval: {interval} is not within 1 to 10000"
        refused(api, expected, recurrence=rule(interval=interval))

    @pytest.mark.parametrize(("given", "answered"), [(0, 1), (1, 1), (10_000, 10_000)])
    def test_an_interval_left_out_is_answered_as_1(self, either, given, answered):
        assert either.create(recurrence=rule(interval=given)).data.recurrence.interval == answered

    @pytest.mark.parametrize(
        "parts",
        [
            {"interval": 1},
            {"byminutes": [0]},
            {"byhours": [0]},
            {"byweekdays": [1]},
            {"bymonthdays": [1]},
            {"bymonths": [1]},
            {"end_criteria": {"count": 1}},
            {"end_criteria": {"until_time": at(HOUR_S * 9)}},
        ],
    )
    def test_parts_without_a_frequency_are_refused(self, api, parts):
        refused(api, rf"freq: is not set, beside {next(iter(parts))}", recurrence=parts)

    @pytest.mark.parametrize("empty", [{}, {"end_criteria": {}}])
    def test_an_empty_rule_is_a_one_shot(self, api, empty):
        created = api.create(recurrence=empty, duration=60)
        assert created.data.HasField("recurrence")
        assert created.metadata.end_time.seconds == at(HOUR_S + 60)["seconds"]
        assert api.ids(filter={"is_recurring": False}) == [created.metadata.dispatch_id]

    def test_an_impossible_until_is_refused(self, api):
        until = {"until_time": {"seconds": 253_402_300_800}}
        refused(api, r"end_criteria\.until_time\.seconds", recurrence=rule(end_criteria=until))


def test_data_that_no_page_could_hold_is_refused(api):
    refused(api, "at most 1048576 are allowed", type="x" * MAX_DATA_BYTES)


def test_texts_of_refusals_stay_short(api):
    payload = struct({"k" * 9000: [1]})
    payload.fields["k" * 9000].list_value.values.add()
    with pytest.raises(ServiceError, match="a value without a kind") as caught:
        api.create(payload=payload)
    assert len(caught.value.text) < 500


def test_old_category_numbers_are_checked_as_such():
    from simulator.services.dispatch import policy_with

    api = Api(policy_with(["category-numbers-v1"]))
    api.create(target={"component_categories": {"categories": [8, 13]}})
    with pytest.raises(ServiceError, match="7 is no category"):
        api.create(target={"component_categories": {"categories": [7]}})
