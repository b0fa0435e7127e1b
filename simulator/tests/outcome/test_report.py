import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from simulator.outcome.report import page
from simulator.outcome.report_curves import curves_of, durations, quarters_kw
from simulator.outcome.summary import summarise
from simulator.outcome.tables import series_table
from simulator.outcome.whatif import what_if
from simulator.tests.microgrid import sites
from simulator.tests.microgrid.sites import DAY, MIN, H

SUN_W = sites.steps([0.0, 4000.0, 0.0], H)
VOID = {"meta", "br", "input", "line", "rect", "path"}


def record(*, hours=3.0, dispatches=True, **more):
    scenario = sites.site(
        hours=hours, outputs={"sample_s": 600}, base_strategy="self_consumption", **more
    )
    asked = (
        sites.dispatch(1, at=30 * MIN, s=3600, power_w=19_000.0),
        sites.dispatch(2, at=2 * H, s=1800, power_w=-8000.0, dry_run=True),
        sites.dispatch(3, at=2 * H, s=0, type_="switch", state="off", latch=True),
        sites.dispatch(4, at=H, s=600, type_="dance<b>"),
    )
    return sites.run(scenario, *(asked if dispatches else ()), load=800.0, pv=SUN_W)


def shown(found, **more) -> str:
    return page(summarise(found), series_table(found), found.events, **more)


class Strict(HTMLParser):
    """Refuses tags that are not closed, and collects what the page would load."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.loads = []

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def charts(html) -> list[ElementTree.Element]:
    return [
        ElementTree.fromstring(each)
        for each in re.findall(r'<svg class="chart".*?</svg>', html, flags=re.DOTALL)
    ]


def checked(html) -> list[ElementTree.Element]:
    """The charts of a page that is well-formed, needs nothing else, and stays in its frames."""
    parser = Strict()
    parser.feed(html)
    assert parser.open == []
    assert parser.loads == []
    assert "http" not in re.sub(r"http-equiv", "", html)
    assert "url(" not in html
    drawn = charts(html)
    for chart in drawn:
        _, _, width, height = map(float, chart.attrib["viewBox"].split())
        for path in chart.iter("path"):
            for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.attrib["d"]):
                assert -0.1 <= float(x) <= width + 0.1
                assert -0.1 <= float(y) <= height + 0.1
    return drawn


def test_page_needs_nothing_else_and_every_chart_stays_in_its_frame():
    names = [chart.attrib["aria-label"] for chart in checked(shown(record()))]
    assert names == [
        "Dispatches, asked and delivered",
        "Power balance over time",
        "State of charge over time",
        "Load duration",
    ]


def test_same_run_gives_the_same_bytes():
    assert shown(record()) == shown(record())


def test_a_bar_is_filled_as_far_as_the_energy_was_delivered():
    found = record()
    first = summarise(found)["occurrences"][0]
    (gantt, *_) = checked(shown(found))
    group = next(
        each for each in gantt.iter("g") if "dispatch 1," in (each.findtext("title") or "")
    )
    heights = {
        path.attrib["class"]: float(re.search(r"v([\d.]+)", path.attrib["d"])[1])
        for path in group.iter("path")
    }
    share = first["delivered_kwh"] / first["asked_kwh"]
    assert set(heights) == {"delivered", f"why-{first['reason']}"}
    assert heights["delivered"] / sum(heights.values()) == pytest.approx(share, abs=0.01)
    assert "asked 19.00 kWh" in group.findtext("title")


def test_what_people_wrote_is_text_and_no_markup():
    html = shown(record())
    assert "dance<b>" not in html
    assert "dance&lt;b&gt;" in html
    data = re.search(r'id="data">(.*?)</script>', html, flags=re.DOTALL)[1]
    assert "<" not in data
    assert len(json.loads(data)["labels"]) == 18


def test_prices_are_a_chart_where_they_change_and_a_sentence_where_not():
    assert "The same all the time: import 0.3, export 0 EUR/kWh." in shown(
        record(tariff={"buy_per_kwh": 0.3})
    )
    windows = [{"from": "01:00", "to": "02:00", "buy_per_kwh": 0.5}]
    html = shown(record(tariff={"buy_per_kwh": 0.3, "windows": windows}))
    assert "Prices over time" in html
    assert "The same all the time" not in html


def test_run_without_dispatches_says_so():
    html = shown(record(dispatches=False))
    checked(html)
    assert "No dispatch occurred." in html
    assert "Occurrences</h2>" not in html


def test_site_without_devices():
    whole = sites.site(hours=3).model_dump(by_alias=True)
    whole["components"] = [each for each in whole["components"] if each["id"] in (1, 2)]
    whole["connections"], whole["loads"] = [(1, 2)], [{"meter": 2, "input": "load"}]
    whole["inputs"] = [{"name": "load", "kind": "constant", "power_w": 500.0}]
    found = sites.run(type(sites.site()).model_validate(whole), load=500.0)
    names = [chart.attrib["aria-label"] for chart in checked(shown(found))]
    assert names == ["Power balance over time", "Load duration"]


def test_long_runs_become_means_that_still_balance():
    start = sites.START + 60 * DAY
    scenario = sites.site(
        hours=24 * 40,
        meta={"zone": "Europe/Berlin"},
        start_us=start,
        base_strategy="self_consumption",
    )
    found = sites.run(scenario, load=800.0, pv=sites.steps([0.0, 4000.0] * 160, 3 * H, start))
    summary, series = summarise(found), series_table(found)
    curves = curves_of(summary, series)
    assert curves.is_thinned
    assert curves.width == "3 h"
    assert len(curves.edges_us) - 1 <= 760
    up = np.sum([band.kw for band in curves.sources], axis=0)
    down = np.sum([band.kw for band in curves.uses], axis=0)
    assert {band.kind for band in curves.sources} >= {"pv", "battery"}
    np.testing.assert_allclose(up, down, atol=1e-9)
    (state,) = curves.states
    assert (state.low <= state.end + 1e-9).all()
    assert (state.end <= state.high + 1e-9).all()
    checked(page(summary, series, found.events))


def test_means_of_days_follow_the_clock_on_the_wall():
    scenario = sites.site(
        hours=24 * 120, meta={"zone": "Europe/Berlin"}, start_us=sites.START + 30 * DAY - H
    )
    found = sites.run(scenario, load=800.0)
    curves = curves_of(summarise(found), series_table(found))
    hours = np.diff(curves.edges_us) / H
    assert curves.width == "1 day"
    assert sorted(set(hours.tolist())) == [1.0, 23.0, 24.0]  # the last one is cut, one is short


def test_duration_curve_descends_from_the_peak():
    share, values = durations(np.array([3.0, 1.0, 5.0, -2.0]))
    assert share.tolist() == pytest.approx([0.0, 100 / 3, 200 / 3, 100.0])
    assert values.tolist() == [5.0, 3.0, 1.0, -2.0]
    found = record()
    summary = summarise(found)
    quarters = quarters_kw(series_table(found), summary["run"]["end"], "site.grid_w")
    assert len(quarters) >= 9
    share, values = durations(np.arange(10_000.0))
    assert len(values) == 400
    assert (values[0], values[-1]) == (9999.0, 0.0)


def test_table_of_changes_and_second_duration_curve():
    found, without = record(), record(dispatches=False)
    summary = summarise(found)
    summary["what_if"] = what_if(summary["site"], summarise(without)["site"])
    html = page(summary, series_table(found), found.events, without_kw=np.array([1.0, 2.0]))
    assert "What the dispatches change" in html
    assert "path class=&" not in html
    assert 'class="line without"' in html


def test_many_bars_are_joined_to_a_path_for_each_colour():
    from simulator.microgrid.recurrence import Frequency, Rule

    rule = Rule(freq=Frequency.MINUTELY, interval=10)
    found = sites.run(
        sites.site(hours=240), sites.dispatch(1, s=60, power_w=1000.0, rule=rule), load=100.0
    )
    html = shown(found)
    (gantt, *_) = checked(html)
    assert len(list(gantt.iter("title"))) == 0
    assert len(list(gantt.iter("path"))) <= 4
    assert "and 1040 more in the table" in html
