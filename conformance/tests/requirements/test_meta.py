"""The records of the meta ledger as data, before any check cites them."""

import re
from collections import Counter
from importlib import resources

import pytest
import yaml

from conformance.requirements import load


def read(name):
    text = (resources.files("conformance.requirements") / name).read_text(encoding="utf-8")
    return yaml.safe_load(text)


ROWS = {row["id"]: row for row in read("meta.yaml")}
TRAITS = {row["id"]: row for row in read("traits.yaml")}
KEYS = {"id", "level", "text", "source", "profile", "doc", "hook", "when", "untestable"}


def test_ids_are_unique_and_numbered_without_gaps():
    assert len(ROWS) == len(read("meta.yaml"))
    numbers: dict[str, list[int]] = {}
    for id_ in ROWS:
        found = re.fullmatch(r"META-([A-Z0-9]+)-(\d{3})", id_)
        assert found, id_
        group, number = found.groups()
        numbers.setdefault(group, []).append(int(number))
    assert all(rows == list(range(1, len(rows) + 1)) for rows in numbers.values())


def test_numbers_of_rows_by_level_hook_and_profile():
    levels = Counter(row["level"] for row in ROWS.values())
    assert levels == {"must": 129, "should": 56, "may": 13}
    hooks = Counter(row.get("hook", "none") for row in ROWS.values())
    assert hooks == {"none": 148, "mutate": 35, "fault": 15}
    assert {id_ for id_, row in ROWS.items() if row.get("profile") == "sdk"} == {
        "META-NAM-002",
        "META-PAG-007",
        "META-ORD-004",
        "META-FLT-020",
        "META-CHK-011",
        "META-CHK-014",
        "META-CHK-015",
        "META-WSL-002",
        "META-SZ-002",
    }
    assert ROWS["META-CHK-011"]["doc"] == "should"


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_says_what_is_demanded_and_where_it_is_from(row):
    assert set(row) <= KEYS
    assert {"id", "level", "text", "source"} <= set(row)
    assert row["text"].endswith(".")
    assert row["level"] in ("must", "should", "may")
    assert row.get("hook") in (None, "mutate", "fault")
    assert row.get("when") == ("auth" if "-AUTH-" in row["id"] else None)


def test_traits_have_readings_that_are_texts():
    traits = [id_ for id_ in TRAITS if id_.startswith("M")]
    assert len(traits) == 39
    for id_ in traits:
        readings = load().trait(id_).readings
        assert all(isinstance(reading, str) for reading in readings)
        assert len(set(readings)) == len(readings) >= 2
    assert load().trait("M5").preferred == "mask and name"
    assert load().trait("M13").preferred == "refused"
