"""The records of the tasks ledger as data, before any check cites them."""

from collections import Counter

from conformance.requirements import load

ROWS = {row.id: row for row in load().select(services=["tasks"])}


def test_numbers_of_rows_by_level_and_group():
    assert Counter(row.level for row in ROWS.values()) == {"must": 96, "should": 55, "may": 5}
    groups = Counter(row.group for row in ROWS.values())
    assert groups == {
        **{"SVC": 4, "AUT": 3, "GET": 6, "CRT": 18, "CLM": 6, "CMP": 16, "STA": 3, "LST": 17},
        **{"ORD": 9, "FLT": 16, "TYP": 6, "UPD": 10, "TPL": 11, "EVT": 6, "ERR": 5},
        **{"SHR": 16, "SIM": 4},
    }


def test_what_no_check_can_judge_says_which_tests_do():
    silent = {id_ for id_, row in ROWS.items() if row.untestable}
    assert silent == {id_ for id_, row in ROWS.items() if row.group in ("SHR", "SIM")}
    assert all("tests of" in (ROWS[id_].untestable or "") for id_ in silent)


def test_conditions_are_those_of_the_api():
    assert {id_ for id_, row in ROWS.items() if row.when == "auth"} == {
        "TSK-AUT-001",
        "TSK-AUT-002",
        "TSK-AUT-003",
    }
    assert {row.when for row in ROWS.values() if row.group == "EVT"} == {"feed"}
    assert ROWS["TSK-CRT-018"].when == "second_tenant"
