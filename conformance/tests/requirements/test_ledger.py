import re

import pytest

from conformance.requirements import LEVELS, LedgerError, load

ID = re.compile(r"DSP-(CRE|GET|DEL|VAL|LIM|END|UPD|FLT|SRT|PAG|REC|STR|AUT|GEN)-\d{3}")


def test_every_record_says_what_is_demanded_and_where_it_is_from() -> None:
    for requirement in load():
        assert ID.fullmatch(requirement.id)
        assert requirement.level in LEVELS
        assert requirement.text.endswith(".")
        assert requirement.source


def test_numbers_of_records_by_level() -> None:
    levels = [requirement.level for requirement in load()]
    assert {level: levels.count(level) for level in LEVELS} == {"must": 121, "should": 48, "may": 8}


def test_groups_are_numbered_without_gaps() -> None:
    numbers: dict[str, list[int]] = {}
    for requirement in load():
        numbers.setdefault(requirement.group, []).append(int(requirement.id[-3:]))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_selection_by_level_takes_stricter_ones_too() -> None:
    should = load().select(level="should")
    assert {r.level for r in should} == {"must", "should"}
    assert {r.level for r in load().select(level="must")} == {"must"}


def test_selection_by_beginning() -> None:
    assert [r.id for r in load().select(only=["DSP-GET-003", "DSP-AUT"])][:2] == [
        "DSP-GET-003",
        "DSP-AUT-001",
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"only": ["DSP-PAG-999"]}, "no requirement 'DSP-PAG-999'; did you mean DSP-PAG-0"),
        ({"services": ["dispach"]}, "no service 'dispach'; did you mean dispatch"),
    ],
)
def test_unknown_selection_names_its_neighbour(arguments: dict[str, list[str]], text: str) -> None:
    with pytest.raises(LedgerError, match=text):
        load().select(**arguments)  # type: ignore[arg-type]


def test_generation_decides_what_applies() -> None:
    newer = load()["DSP-CRE-008"]
    assert newer.applies_to("1.1")
    assert newer.applies_to("1.0-rc")
    assert not newer.applies_to("0.15")
    assert load()["DSP-CRE-001"].applies_to("0.15")


def test_traits_are_complete_and_have_a_preferred_reading() -> None:
    traits = load().traits
    assert list(traits) == [f"A{n}" for n in range(1, 31)]
    assert traits["A5"].preferred == "excluded"
