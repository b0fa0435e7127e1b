"""Names by the document and by the published client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.oracles.meta import names
from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import KINDS
from conformance.strategies import meta

REGIONS, DEPLOYMENTS = KINDS["regions"], KINDS["deployments"]


@pytest.mark.parametrize(
    ("name", "doc", "sdk"),
    [
        ("regions/eu-west-1", True, True),
        ("regions/a", False, True),
        ("regions/1", False, True),
        ("regions/US_West.2", False, True),
        ("regions/a-", False, True),
        ("regions/" + "a" * 31, False, True),
        ("regions/-x", False, False),
        ("regions/-", False, False),
        ("regions/", False, False),
        ("regions", False, False),
        ("foo/x", False, False),
        ("regions/ü", False, False),
        ("regions/aa/deployments/x", False, False),
    ],
)
def test_region_names(name, doc, sdk):
    assert names.is_readable(REGIONS, name, by="doc") is doc
    assert names.is_readable(REGIONS, name, by="sdk") is sdk


def test_wildcards():
    assert names.is_readable(REGIONS, "regions/-", by="sdk", wildcard=True)
    assert names.fits("regions/-/deployments/d", "regions/aa/deployments/d")
    assert not names.fits("regions/-/deployments/d", "regions/aa/deployments/e")
    assert names.has_wildcard("regions/-/deployments/d")
    assert not names.has_wildcard("regions/a-b")


def test_parts_of_names():
    name = "services/a.io/resources/Region"
    assert names.kind_of(name) is KINDS["resources"]
    assert names.kind_of("nothing/x") is None
    assert (names.parent_of(name), names.id_of(name)) == ("services/a.io", "Region")
    assert names.parent_of("regions/aa") == ""


def test_judgement_of_names_and_references():
    good = complete(
        "Region", {"name": "regions/aa", "connectivity_scores": [{"dest": "regions/bb"}]}
    )
    assert names.judge_names(REGIONS, good) == []
    [reference] = names.references(REGIONS, good)
    assert (reference.path, reference.name) == ("connectivity_scores.dest", "regions/bb")

    def codes(kind, **fields):
        return [v.code for v in names.judge_names(kind, complete(kind.message, fields))]

    assert codes(REGIONS, name="regions/US") == ["region_id"]
    assert codes(REGIONS, name="regions/-x") == ["region_id", "unreadable"]
    assert codes(DEPLOYMENTS, name="regions/aa") == ["pattern", "unreadable"]
    assert codes(DEPLOYMENTS, name="regions/aa/deployments/d", service="a_b") == ["unreadable"]


@given(st.data())
def test_generated_names_are_legal_for_both(data):
    kind = data.draw(meta.kinds())
    name = data.draw(meta.resource_names(kind, prefix="gp"))
    assert names.is_readable(kind, name, by="doc")
    assert names.is_readable(kind, name, by="sdk")
    assert names.kind_of(name) is kind
