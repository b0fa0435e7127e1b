"""The README shows what the ledger holds, in words that exist for every group."""

from pathlib import Path

from conformance.report.coverage import render, sections
from conformance.requirements import SERVICES, load

README = Path(__file__).parents[3] / "README.md"


def test_every_group_has_a_title() -> None:
    for api in SERVICES:
        groups = {row.group for row in load().select(services=[api])}
        assert groups == set(sections()[api])


def test_the_readme_shows_the_tables() -> None:
    assert render(load().select()) in README.read_text("utf-8"), (
        "put the output of `gridproof requirements --format coverage` into the README"
    )


def test_sums_count_each_check_and_fault_once() -> None:
    lines = render(load().select(services=["dispatch"])).splitlines()
    rows = [line for line in lines[2:-1]]
    counted = [sum(int(row.split("|")[at].strip() or 0) for row in rows) for at in (2, 3, 4)]
    total = [int(lines[-1].split("|")[at].strip() or 0) for at in (2, 3, 4)]
    assert counted == total
    assert int(lines[-1].split("|")[5]) <= sum(int(row.split("|")[5]) for row in rows)
