"""Projections under views and masks, by hand and against each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import KINDS
from conformance.oracles.meta.views import (
    PathError,
    all_paths,
    covers,
    mask_paths,
    project,
    projections,
    readings_of,
    spellings,
)
from conformance.strategies import meta, meta_queries

REGIONS, SERVICES = KINDS["regions"], KINDS["services"]
REGION = complete(
    "Region",
    {
        "name": "regions/aa",
        "title": "T",
        "domain": "D",
        "location": {"country": "CH"},
        "connectivity_scores": [{"dest": "regions/bb", "score": 4}],
        "metadata": {"labels": {"k": "v", "x": "y"}, "generation": 3},
    },
)


def region(**partial):
    return complete("Region", partial)


@pytest.mark.parametrize(
    ("mask", "wanted"),
    [
        (["title"], {"title": "T"}),
        (["location.city"], {"location": {}}),
        (["location.country", "location"], {"location": {"country": "CH"}}),
        (["metadata.labels.k"], {"metadata": {"labels": {"k": "v"}}}),
        (["metadata.labels.none"], {"metadata": {"labels": {}}}),
        (["metadata.lifecycle.state"], {"metadata": {}}),
        (["connectivityScores.score"], {"connectivity_scores": [{"score": 4}]}),
        (["metadata.create-time", "is-default"], {"metadata": {}}),
    ],
)
def test_masks_show_exactly_their_paths(mask, wanted):
    assert project(REGION, mask_paths(mask, REGIONS), "Region") == region(**wanted)


def test_an_absent_message_stays_absent():
    bare = region(name="regions/aa")
    assert "location" not in project(bare, mask_paths(["location.city"], REGIONS), "Region")


@pytest.mark.parametrize("path", meta_queries.BAD_MASKS)
def test_bad_masks(path):
    for kind in KINDS.values():
        with pytest.raises(PathError):
            mask_paths([path], kind)


def test_views_of_a_region():
    named = region(name="regions/aa")
    assert projections(REGION, REGIONS) == {"": REGION}
    assert projections(REGION, REGIONS, view="FULL", mask=["title"]) == {"": REGION}
    assert projections(REGION, REGIONS, view=1) == {"": named}
    with_title = region(name="regions/aa", title="T")
    assert projections(REGION, REGIONS, view="NAME", mask=["title"]) == {"": with_title}
    assert projections(REGION, REGIONS, mask=["title"]) == {
        "mask and name": with_title,
        "mask": region(title="T"),
        "full": REGION,
    }
    assert readings_of(named, REGION, REGIONS, view="BASIC") == ("as name",)
    assert readings_of(with_title, REGION, REGIONS, view="DETAIL") == ("between",)
    assert readings_of(region(title="T"), REGION, REGIONS, view="DETAIL") == ()
    assert readings_of(region(name="regions/aa", domain="D"), REGION, REGIONS, view=1) == ()


def test_the_name_view_of_services_has_two_readings():
    service = complete("Service", {"name": "services/a.io", "display_name": "A"})
    assert list(projections(service, SERVICES, view="NAME")) == ["with display name", "name only"]
    assert readings_of(service, service, SERVICES, view="NAME") == ("with display name",)


def test_spellings_and_paths():
    assert spellings("metadata.create_time", REGIONS) == (
        "metadata.create_time",
        "metadata.createTime",
        "metadata.create-time",
    )
    assert spellings("metadata.labels.under_score", REGIONS) == ("metadata.labels.under_score",)
    assert "metadata.lifecycle.block_deletion" in all_paths(REGIONS)


@given(st.data())
@settings(max_examples=40)
def test_projections_are_monotonic_and_settle_at_once(data):
    kind = data.draw(meta.kinds())
    item = data.draw(meta.resources(kind, server_set=True))
    small = data.draw(meta_queries.masks(kind))
    large = [*small, *data.draw(meta_queries.masks(kind))]
    paths = mask_paths(small, kind)
    narrow = project(item, paths, kind.message)
    wide = project(item, mask_paths(large, kind), kind.message)
    assert covers(item, wide)
    assert covers(wide, narrow)
    assert project(narrow, paths, kind.message) == narrow
    assert project(wide, paths, kind.message) == narrow
    assert project(item, mask_paths(list(kind.fields), kind), kind.message) == item
