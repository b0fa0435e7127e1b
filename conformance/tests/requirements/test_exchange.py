"""The records of the exchange ledger as data, before any check cites them."""

from collections import Counter

from conformance.requirements import LEVELS, load

ROWS = {row.id: row for row in load().select(services=["exchange"])}


def test_numbers_of_rows_by_level_and_group():
    assert Counter(row.level for row in ROWS.values()) == {"must": 90, "should": 23, "may": 3}
    groups = Counter(row.group for row in ROWS.values())
    assert groups == {
        **{"TR": 10, "AU": 7, "US": 3, "DS": 6, "DI": 5, "FI": 14, "TS": 20, "LV": 5, "QY": 7},
        **{"EX": 6, "WS": 7, "SQ": 12, "CO": 11, "SM": 3},
    }


def test_what_nobody_but_us_says_is_one_level_lower_elsewhere():
    ours = {id_ for id_, row in ROWS.items() if row.source == "our choice"}
    assert {id_ for id_, row in ROWS.items() if row.profile} == {
        id_ for id_ in ours if ROWS[id_].level != "may" and not ROWS[id_].untestable
    }
    elsewhere = {row.id: row for row in load().declared({"exchange": "published"})}
    here = {row.id: row for row in load().declared({"exchange": "reference"})}
    for id_, row in ROWS.items():
        assert here[id_].level == row.level
        lower = LEVELS.index(elsewhere[id_].level) - LEVELS.index(row.level)
        assert lower == (1 if row.profile else 0)


def test_what_no_check_can_judge_says_which_tests_do():
    silent = {id_: row.untestable for id_, row in ROWS.items() if row.untestable}
    assert set(silent) == {"DX-AU-007", "DX-SM-001"}
    assert all("tests of" in reason for reason in silent.values())
