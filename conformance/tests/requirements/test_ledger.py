import re

import pytest

from conformance.requirements import LEVELS, LedgerError, load

IDS = {
    "dispatch": r"DSP-(CRE|GET|DEL|VAL|LIM|END|UPD|FLT|SRT|PAG|REC|STR|AUT|GEN)-\d{3}",
    "meta": (
        r"META-(WIRE|NAM|GET|BAT|LST|PAG|ORD|FLT|VMK|WS1|CHK|WST|WSL|RSM|RST|SZ|REST|AUTH)-\d{3}"
    ),
    "services": r"SVC-(PKG|NAM|GET|CRE|STA|STO|CFG|ERR|RTY|DEL|LST|PUL|PLS|MET|INV|CON)-\d{3}",
    "tasks": (r"TSK-(SVC|AUT|GET|CRT|CLM|CMP|STA|LST|ORD|FLT|TYP|UPD|TPL|EVT|ERR|SHR|SIM)-\d{3}"),
    "exchange": r"DX-(TR|AU|US|DS|DI|FI|TS|LV|QY|EX|WS|SQ|CO|SM)-\d{3}",
}


def test_every_record_says_what_is_demanded_and_where_it_is_from() -> None:
    for requirement in load():
        assert re.fullmatch(IDS[requirement.service], requirement.id)
        assert requirement.level in LEVELS
        assert requirement.text.endswith(".")
        assert requirement.source


@pytest.mark.parametrize(
    ("service", "numbers"), [("dispatch", (121, 48, 8)), ("services", (86, 26, 25))]
)
def test_numbers_of_records_by_level(service: str, numbers: tuple[int, int, int]) -> None:
    levels = [requirement.level for requirement in load().select(services=[service])]
    assert tuple(levels.count(level) for level in LEVELS) == numbers


def test_groups_are_numbered_without_gaps() -> None:
    numbers: dict[str, list[int]] = {}
    for requirement in load():
        numbers.setdefault(requirement.id[:-3], []).append(int(requirement.id[-3:]))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())


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
    dispatch = [id_ for id_ in traits if id_.startswith("A")]
    assert dispatch == [f"A{n}" for n in range(1, 31)]
    assert traits["A5"].preferred == "excluded"


def test_level_depends_on_the_declared_profile() -> None:
    chosen = {
        profile: load().declared({"meta": profile})["META-CHK-011"] for profile in ("doc", "sdk")
    }
    assert {profile: row.level for profile, row in chosen.items()} == {
        "doc": "should",
        "sdk": "must",
    }
    assert all(row.asked_of(profile) for profile, row in chosen.items())
    only_sdk = load()["META-NAM-002"]
    assert (only_sdk.asked_of("sdk"), only_sdk.asked_of("doc")) == (True, False)


def test_hook_and_condition_are_what_a_target_has_to_offer() -> None:
    assert load()["META-GET-007"].conditions == ("mutate",)
    assert load()["META-AUTH-001"].conditions == ("auth",)
