from __future__ import annotations

import pytest

from loadtests.catalogue import find
from loadtests.errors import UsageError
from loadtests.mixture import chosen_apis, parts_of
from loadtests.options import Options, resolve
from loadtests.target import Target

SOAK = find("L-ALL-1")
ALL = ("dispatch", "meta", "services", "tasks", "exchange")


def soak(**given: str) -> Options:
    return resolve({"endpoint": "127.0.0.1:1", **given}, SOAK)


def test_a_scenario_alone_is_its_only_part() -> None:
    fanout = find("L-DSP-1")
    options = resolve({}, fanout)
    (part,) = parts_of(options, fanout)
    assert (part.name, part.entry, part.options) == ("", fanout, options)
    assert chosen_apis(options, fanout) == ("dispatch",)


def test_a_soak_plays_all_that_disturbs_nobody_on_all_apis() -> None:
    parts = parts_of(soak(), SOAK)
    assert {part.entry.api for part in parts} == set(ALL)
    assert all(not part.entry.is_disruptive for part in parts)
    assert len({part.name for part in parts}) == len(parts) == len(SOAK.parts)


def test_each_part_takes_its_own_amounts_at_the_share() -> None:
    parts = {part.name: part.options for part in parts_of(soak(), SOAK)}
    for name, options in parts.items():
        alone = resolve({}, find(name))
        assert options.rate == pytest.approx(0.3 * alone.rate)
        assert options.flaps == pytest.approx(0.3 * alone.flaps)
        assert options.population == alone.population
        assert options.chunk == alone.chunk
        assert options.duration == 1800
    assert parts["L-DSP-1"].subscribers == 30
    assert parts["L-META-1"].subscribers == 2
    assert parts["L-TSK-1"].claimants == 6
    assert parts["L-TSK-1"].subscribers == 0
    whole = {part.name: part.options for part in parts_of(soak(share="1"), SOAK)}
    assert whole["L-META-2"].rate == 50


def test_the_exchange_is_not_at_the_address_of_the_others() -> None:
    parts = parts_of(soak(), SOAK)
    assert all((p.options.endpoint is None) == (p.entry.api == "exchange") for p in parts)


@pytest.mark.parametrize(
    ("services", "claimed", "chosen"),
    [
        (None, (), ALL),
        (None, ("tasks", "meta"), ("meta", "tasks")),
        ("tasks, dispatch", (), ("dispatch", "tasks")),
        ("dispatch", ("meta",), ("dispatch",)),
    ],
)
def test_apis_are_those_asked_for_or_those_of_the_profile(
    services: str | None, claimed: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    target = Target(endpoint="127.0.0.1:1", apis=claimed)
    options = soak(**({} if services is None else {"services": services}))
    assert tuple(chosen_apis(options, SOAK, target)) == chosen


def test_an_unknown_api_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no API 'task'; did you mean tasks\?"):
        chosen_apis(soak(services="dispatch,task"), SOAK)


@pytest.mark.parametrize(
    ("scenario", "given", "sentence"),
    [
        ("L-ALL-1", {"rate": "5"}, "--rate: L-ALL-1 takes that of each of its scenarios"),
        ("L-ALL-1", {"subscribers": "5"}, "--share scales them"),
        ("L-ALL-1", {"share": "2"}, "--share 2: expected at most 1"),
        ("L-ALL-1", {"share": "0"}, "--share 0.0: expected at least 0.01"),
        ("L-DSP-1", {"share": "0.5"}, "--share: L-DSP-1 is played alone"),
        ("L-DSP-1", {"services": "meta"}, "--services: L-DSP-1 is played alone"),
    ],
)
def test_what_means_nothing_for_a_scenario_is_refused(
    scenario: str, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(given, find(scenario))
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("given", "planes"),
    [
        ({}, {"engine"}),
        ({"services": "services,exchange"}, {"auto"}),
        ({"plane": "greenlet"}, {"greenlet"}),
    ],
)
def test_who_reads_is_decided_by_all_streams_together(
    given: dict[str, str], planes: set[str]
) -> None:
    assert {part.options.plane for part in parts_of(soak(**given), SOAK)} == planes
