"""Whether two records of one case say the same: to 1e-9 of what flows through the site."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from simulator.microgrid.record import Record, Totals

TOLERANCE = 1e-9


def assert_alike(one: Record, other: Record) -> None:
    """Compare everything that two engines say about a case; segments by their sums and ends."""
    scale = 1.0 + sum(each.in_wh + each.out_wh + each.load_wh for each in one.totals.values())
    assert one.totals.keys() == other.totals.keys()
    for component_id, totals in one.totals.items():
        for each in fields(Totals):
            found = getattr(other.totals[component_id], each.name)
            wanted = getattr(totals, each.name)
            if wanted is None or isinstance(wanted, int):
                assert found == wanted, (component_id, each.name)
            else:
                assert abs(found - wanted) <= TOLERANCE * scale, (component_id, each.name)
    assert one.segments.keys() == other.segments.keys()
    for name, column in one.segments.items():
        if name.endswith("_wh"):
            gap = abs(float(column.sum()) - float(other.segments[name].sum()))
            assert gap <= TOLERANCE * scale, name
        elif name.endswith(("soc_end", "p_end_w", ".p_w")):
            close = np.isclose(column[-1], other.segments[name][-1], rtol=1e-9, atol=1e-6)
            assert close or (np.isnan(column[-1]) and np.isnan(other.segments[name][-1])), name
    assert [_occurrence(each) for each in one.occurrences] == [
        _occurrence(each) for each in other.occurrences
    ]
    for wanted, found in zip(one.occurrences, other.occurrences, strict=True):
        for name in ("asked_wh", "delivered_wh", "shortfall_wh"):
            gap = abs(getattr(found, name) - getattr(wanted, name))
            assert gap <= TOLERANCE * scale, (wanted.dispatch_id, wanted.index, name)
        assert found.missing_wh.keys() == wanted.missing_wh.keys()
    assert _log(one) == _log(other)


def _occurrence(each):
    known = (each.dispatch_id, each.index, each.start_us, each.end_us, each.ended, each.reason)
    return known, each.component_ids, sorted(each.limited_s)


def _log(record: Record):
    """The log without its numbers; of what happens at one moment the order is not compared.

    Nor are thresholds: a battery at the very edge of its taper may cross it once more in one of
    two engines whose last digits differ.
    """
    exact = ("t_us", "event", "component_id", "dispatch_id", "index", "reason", "type")
    events = [each for each in record.events if each["event"] != "THRESHOLD"]
    return sorted(str([each.get(name) for name in exact]) for each in events)
