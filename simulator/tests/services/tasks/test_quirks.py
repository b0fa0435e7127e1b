"""Quirks are data that bend one field of the policy each."""

from dataclasses import fields

import pytest

from simulator.services.quirks import UnknownQuirk
from simulator.services.tasks import QUIRKS, Policy, policy_with


@pytest.mark.parametrize("name", sorted(QUIRKS))
def test_each_quirk_bends_a_field(name: str) -> None:
    quirk = QUIRKS[name]
    assert quirk.field in {field.name for field in fields(Policy)}
    assert getattr(Policy(), quirk.field) != quirk.value
    assert getattr(policy_with([name]), quirk.field) == quirk.value
    assert quirk.sentence.endswith(".")


def test_an_unknown_quirk_names_its_neighbour() -> None:
    with pytest.raises(UnknownQuirk, match="did you mean 'sql-precedence'"):
        policy_with(["sql-precedense"])


def test_no_quirk_is_the_preferred_policy() -> None:
    assert policy_with([]) == Policy()
