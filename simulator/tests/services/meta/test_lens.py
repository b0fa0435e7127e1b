import gc

import pytest

from simulator.services.meta.lens import Lens
from simulator.services.meta.views import read_view
from simulator.store import FellBehind

from .api import REGION, Api


@pytest.fixture
def api():
    made = Api(log_size=4)
    made.put(REGION, *({"name": f"regions/r{n}"} for n in range(4)))
    return made


@pytest.fixture
def lens(api):
    view = read_view(REGION, REGION.methods["watch"].request(), api.service.policy)
    asked = []

    def where(stored):
        asked.append(stored.name)
        return stored.name != "regions/r0"

    made = Lens(api.registry.collection(REGION), where, view, "digest")
    made.asked = asked
    return made


def test_a_survey_is_made_once_for_a_revision(api, lens):
    first = lens.survey()
    assert lens.survey() is first
    assert len(first) == len(list(first.frames())) == 3
    assert len(lens.asked) == 4
    api.region("r9")
    assert lens.survey() is not first
    assert len(first) == 3
    assert len(lens.survey()) == 4


def test_frames_of_a_survey_are_made_once(lens):
    survey = lens.survey()
    assert [id(each) for each in survey.frames()] == [id(each) for each in survey.frames()]


def test_a_survey_is_forgotten_with_its_readers(lens):
    survey = lens.survey()
    lens.asked.clear()
    del survey
    gc.collect()
    lens.survey()
    assert len(lens.asked) == 4


def test_changes_are_worked_out_once_for_all_who_come_the_same_way(api, lens):
    api.region("r1", title="new")
    lens.asked.clear()
    revision = lens.collection.revision - 1
    first = lens.changes(revision, thorough=False)
    assert lens.changes(revision, thorough=False) is first
    assert len(lens.asked) == 2
    assert lens.changes(revision - 1, thorough=False) is not first
    api.region("r1", title="newer")
    assert lens.changes(revision, thorough=False) != first


def test_what_the_log_dropped_cannot_be_told(api, lens):
    for _ in range(5):
        api.region("r1")
    with pytest.raises(FellBehind):
        lens.changes(0, thorough=False)
