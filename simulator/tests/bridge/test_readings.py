"""Reading days, and what is plausible of the readings that people take."""

import asyncio
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from fixtures.contracts import load
from fixtures.values.obis import parse_obis
from simulator.bridge.readings import next_day_us
from simulator.microgrid.scenario_base import from_us, parse_instant
from simulator.services.errors import Code, ServiceError
from simulator.services.tasks.methods import dialects
from simulator.tests.bridge.bridged import GRID, MACHINES, NEW, OFFICE, bridged, scenario

IMPORT, EXPORT = parse_obis("1.8.0"), parse_obis("2.8.0")
DUE = "meter-reading-due-9-1"
READING_DAY = [{"id": OFFICE, "reading_day": 5}]
DAY = 'state = "NEW" AND type = "tenants/site/types/meter-reading-due"'
LISTED = load("tasks").message("enpowerx.tasks.v3.ListTasksResponse")
DOUBTS = "meter-reading-implausible-9-1-8-0-1"


async def due(site, hours=30):
    """Let the reading day come; returns what the meter counted by then, kWh."""
    await site.hours(hours)
    assert site.ids(NEW) == [DUE]
    return site.bridge.book.shown(OFFICE)


def given(value, export=0.0, **more):
    values = {"1-0:1.8.0*255": float(value), "1-0:2.8.0*255": float(export)}
    return {"date": "2026-05-05", "values": values, **more}


@pytest.mark.parametrize(
    ("day", "after", "expected"),
    [
        (5, "2026-05-04T10:00:00Z", "2026-05-05T04:00:00Z"),
        (5, "2026-05-05T04:00:00Z", "2026-06-05T04:00:00Z"),
        # Winter time, and over the end of a year.
        (28, "2026-12-30T10:00:00Z", "2027-01-28T05:00:00Z"),
        (1, "2026-10-02T10:00:00Z", "2026-11-01T05:00:00Z"),
    ],
)
def test_when_a_reading_is_due(day, after, expected):
    found = next_day_us(day, ZoneInfo("Europe/Berlin"), parse_instant(after))
    assert from_us(found) == from_us(parse_instant(expected))


async def test_it_is_asked_for_each_month(tmp_path):
    async with bridged(scenario(tmp_path, components=READING_DAY)) as site:
        shown = await due(site)
        (task,) = site.listed()
        assert task.metadata["due_date"] == "2026-05-05"
        assert list(task.metadata["registers"]) == ["1-0:1.8.0*255", "1-0:2.8.0*255"]
        assert task.create_time.ToJsonString() == "2026-05-05T04:00:00Z"
        await site.work(DUE, **given(shown[IMPORT], channel="PORTAL"))
        await site.hours(0.1)
        entry = site.bridge.book.entries(OFFICE)[-1]
        assert entry.values == {IMPORT: shown[IMPORT], EXPORT: Decimal(0)}
        assert (entry.channel, entry.reason) == ("PORTAL", "")
        # That of the main meter is on the 28th.
        await site.hours(31 * 24)
        assert site.ids(NEW) == ["meter-reading-due-2-1", "meter-reading-due-9-2"]


@pytest.mark.parametrize("factor", [-0.1, 100.0])
@pytest.mark.parametrize("decision", ["accept", "correct", "reject"])
async def test_what_is_not_plausible_is_decided(tmp_path, factor, decision):
    async with bridged(scenario(tmp_path, components=READING_DAY)) as site:
        await site.hours(20)
        site.bridge.book.note(OFFICE)
        shown = await due(site, 10)
        told = round(float(shown[IMPORT]) + factor * 80, 3)
        await site.work(DUE, **given(told))
        await site.hours(0.01)
        assert site.ids(NEW) == [DOUBTS]
        (task,) = site.listed(NEW)
        assert f"{told:.3f} after" in task.description
        # The other register was plausible.
        assert site.bridge.book.entries(OFFICE)[-1].values == {EXPORT: Decimal(0)}
        more = {"accept": {"reason": "photo"}, "correct": {"value": float(shown[IMPORT])}}
        await site.work(DOUBTS, decision=decision, **more.get(decision, {}))
        await site.hours(0.01)
        latest = site.bridge.book.entries(OFFICE)[-1]
        match decision:
            case "accept":
                assert latest.values == {IMPORT: Decimal(str(told))}
                assert latest.reason == "photo"
            case "correct":
                assert latest.values == {IMPORT: shown[IMPORT]}
            case "reject":
                assert latest.values == {EXPORT: Decimal(0)}
        assert site.ids(NEW) == (["meter-reading-due-9-2"] if decision == "reject" else [])


async def test_a_reason_excuses_what_is_not_plausible(tmp_path):
    async with bridged(scenario(tmp_path, components=READING_DAY)) as site:
        await due(site)
        reason = {"ignore_plausibility_check_reason": "new tenant"}
        await site.work(DUE, **given(99_999, **reason))
        await site.hours(0.01)
        assert site.ids(NEW) == []
        assert site.bridge.book.entries(OFFICE)[-1].reason == "new tenant"


async def test_a_reading_of_tomorrow_is_followed_up(tmp_path):
    async with bridged(scenario(tmp_path, components=READING_DAY)) as site:
        shown = await due(site)
        await site.work(DUE, **given(shown[IMPORT]) | {"date": "2026-05-06"})
        await site.hours(0.01)
        (task,) = site.listed(NEW)
        assert "after today, 2026-05-05" in task.description


def with_meters(tmp_path, ids):
    """A site with further meters, each with an office behind it, all read on one day."""
    plain = yaml.safe_load(Path(scenario(tmp_path)).read_text())
    return scenario(
        tmp_path,
        components=[{"id": GRID, "fuse_a": 1000}],
        connections=[*plain["connections"], *([2, each] for each in ids)],
        loads=[*plain["loads"], *({"meter": each, "input": "office"} for each in ids)],
        more=[{"id": each, "category": "meter", "reading_day": 5} for each in ids],
    )


async def test_fifty_meters_and_five_crews(tmp_path):
    """All tasks of one day are worked once each, page by page, while another one arrives."""
    ids = range(100, 150)
    async with bridged(with_meters(tmp_path, ids)) as site:
        await site.hours(30)
        assert len(site.ids(NEW)) == len(ids)
        list_tasks = next(
            each for each in dialects(site.tasks)[0].methods if each.name == "ListTasks"
        )
        done = []

        async def crew():
            request = list_tasks.request(parent="tenants/site", page_size=7, filter=DAY)
            while page := LISTED.FromString(await list_tasks.handle(request)).tasks:
                for task in page:
                    if await claimed(site, task.name):
                        shown = site.bridge.book.shown(int(task.name.split("-")[-2]))
                        read = given(shown[IMPORT], shown[EXPORT])
                        await site.tasks.complete_task(task.name, read)
                        done.append(task.name)

        crews = [asyncio.ensure_future(crew()) for _ in range(5)]
        await asyncio.sleep(0)
        site.break_("meter_burning", MACHINES)
        await asyncio.gather(*crews)
        assert len(done) == len(set(done)) == len(ids)
        await site.hours(0.01)
        assert site.ids(NEW) == ["meter-burning-8-1"]
        book = site.bridge.book
        total = sum(float(book.entries(each)[-1].values[IMPORT]) for each in ids)
        counted = sum(site.world.true_reading(each).import_wh for each in ids)
        assert total == pytest.approx(counted / 1000, rel=0.02)
        main = site.world.true_reading(100).import_wh * len(ids)
        assert counted == pytest.approx(main)


async def claimed(site, name):
    """Claim a task; whether nobody was faster."""
    try:
        await site.tasks.claim_task(name)
    except ServiceError as error:
        if error.code is not Code.FAILED_PRECONDITION:
            raise
        return False
    await asyncio.sleep(0)
    return True
