"""Metadata: what the services of a collection add up to."""

import pytest

from .api import FAILING, RETRYING, SLOW, Api, mask


@pytest.fixture
def api() -> Api:
    return Api()


def figures(totals):
    return totals.total_count, totals.total_active_count, totals.total_error_count


def test_types_that_could_be_created_are_told(api):
    totals = api.totals()
    assert dict(totals.type_counts) == {"plain": 0, "other": 0, "needy": 0}
    assert figures(totals) == (0, 0, 0)


def test_each_collection_has_its_own(api):
    api.create()
    assert figures(api.totals("systems")) == (0, 0, 0)
    assert figures(api.totals("node/drivers")) == (1, 0, 0)


def test_creating_starting_stopping_and_deleting_count_one_each(api):
    steps = []
    for step in (
        lambda: api.create("a"),
        lambda: api.create("b", "other", active=True),
        lambda: api.start("a"),
        lambda: api.stop("b"),
        lambda: api.delete("a"),
        lambda: api.delete("b"),
    ):
        step()
        steps.append(figures(api.totals()))
    assert steps == [(1, 0, 0), (2, 1, 0), (2, 2, 0), (2, 1, 0), (1, 0, 0), (0, 0, 0)]
    assert dict(api.totals().type_counts) == {"plain": 0, "other": 0, "needy": 0}


def test_loading_and_retrying_count_as_active_and_only_the_inactive_as_failed(api):
    api.create("slow", active=True, config=SLOW)
    api.create("retrying", active=True, config=RETRYING)
    api.create("failed", active=True, config=FAILING)
    assert figures(api.totals()) == (3, 2, 1)
    api.stop("retrying")
    api.configure("{}", "failed")
    assert figures(api.totals()) == (3, 1, 0)
    assert dict(api.totals().type_counts) == {"plain": 3, "other": 0, "needy": 0}


def test_a_mask_may_name_one_type(api):
    api.create()
    api.create("b", "other")
    totals = api.totals(read_mask=mask("type_counts.other"))
    assert dict(totals.type_counts) == {"other": 1}
    assert totals.total_count == 0
    assert figures(api.totals(read_mask=mask("total_count"))) == (2, 0, 0)
