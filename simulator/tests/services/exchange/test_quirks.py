"""Departures of other systems, as data."""

import pytest

from simulator.services.exchange.policy import Policy
from simulator.services.exchange.quirks import QUIRKS, policy_with
from simulator.services.quirks import UnknownQuirk


def test_no_quirk_is_the_preferred_policy() -> None:
    assert policy_with(()) == Policy()


@pytest.mark.parametrize("name", QUIRKS)
def test_each_quirk_bends_one_field(name: str) -> None:
    quirk, bent, straight = QUIRKS[name], policy_with([name]), Policy()
    found = {
        part: [
            field
            for field in vars(straight_part)
            if getattr(bent_part, field) != getattr(straight_part, field)
        ]
        for part, bent_part, straight_part in (
            ("", bent, straight),
            ("series", bent.series, straight.series),
            ("sql", bent.sql, straight.sql),
        )
    }
    changed = [field for fields in found.values() for field in fields if field not in found]
    assert changed == [quirk.field]
    assert quirk.sentence.endswith(".")


def test_quirks_of_different_parts_go_together() -> None:
    bent = policy_with(["atomic-publish", "shared-write", "empty-sql-pages", "end-exclusive"])
    assert bent.shared_write
    assert bent.series.atomic_publish
    assert not bent.series.end_inclusive
    assert bent.sql.empty_pages == 2


def test_an_unknown_quirk_names_its_neighbour() -> None:
    with pytest.raises(
        UnknownQuirk, match=r"exchange has no quirk 'shared-writes'.*'shared-write'"
    ):
        policy_with(["shared-writes"])
