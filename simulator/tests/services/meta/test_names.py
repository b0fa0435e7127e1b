import pytest

from simulator.services.errors import Code, ServiceError
from simulator.services.meta.names import NARROW, WIDE, check_name, kind_of, parent_prefix

from .api import DEPLOYMENT, REGION, RESOURCE, SERVICE

LEGAL = [
    (REGION, "regions/eu"),
    (REGION, "regions/a1"),
    (REGION, "regions/" + "a" * 30),
    (DEPLOYMENT, "regions/eu/deployments/Edge_1.2-x"),
    (DEPLOYMENT, "regions/eu/deployments/--"),
    (SERVICE, "services/devices.edgelq.com"),
    (RESOURCE, "services/devices.edgelq.com/resources/DeviceType"),
]
ILLEGAL = [
    (REGION, "", "is not of the form regions/{region}"),
    (REGION, "regions", "is not of the form regions/{region}"),
    (REGION, "regions/", "with region [a-z]"),
    (REGION, "regions/a", "with region [a-z]"),
    (REGION, "regions/-x", "with region [a-z]"),
    (REGION, "regions/eu-", "with region [a-z]"),
    (REGION, "regions/EU", "with region [a-z]"),
    (REGION, "regions/" + "a" * 31, "with region [a-z]"),
    (REGION, "regions/eu\n", "with region [a-z]"),
    (REGION, "regions/eu/", "is not of the form"),
    (REGION, "services/eu", "is not of the form"),
    (REGION, "regions/-", "is a wildcard"),
    (DEPLOYMENT, "regions/-/deployments/x", "is a wildcard"),
    (DEPLOYMENT, "regions/eu/deployments/-", "is a wildcard"),
    (DEPLOYMENT, "regions/eu/deployments/ä", "with deployment [a-z"),
    (DEPLOYMENT, "regions/EU/deployments/x", "with region [a-z]"),
    (SERVICE, "services/a_b", "with service [a-z"),
    (RESOURCE, "services/a.b/resources/Type1", "with resource [a-z"),
]


@pytest.mark.parametrize(("kind", "name"), LEGAL)
def test_legal_names(kind, name):
    check_name(kind, name, "name")
    assert kind_of(name) is kind


@pytest.mark.parametrize(("kind", "name", "text"), ILLEGAL)
def test_an_illegal_name_is_refused_with_what_was_expected(kind, name, text):
    with pytest.raises(ServiceError) as caught:
        check_name(kind, name, "names[3]")
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert caught.value.text.startswith("names[3]: ")
    assert text in caught.value.text


@pytest.mark.parametrize("name", ["regions/US_West.2", "regions/1", "regions/a"])
def test_the_published_client_reads_more_regions(name):
    check_name(REGION, name, "name", WIDE)
    with pytest.raises(ServiceError):
        check_name(REGION, name, "name", NARROW)


@pytest.mark.parametrize("name", ["regions/-x", "regions/.x", "regions/" + "a" * 129])
def test_but_not_any(name):
    with pytest.raises(ServiceError):
        check_name(REGION, name, "name", WIDE)


def test_another_code():
    with pytest.raises(ServiceError) as caught:
        check_name(REGION, "x", "name", code=Code.INTERNAL)
    assert caught.value.code is Code.INTERNAL


@pytest.mark.parametrize(
    ("kind", "parent", "prefix"),
    [
        (DEPLOYMENT, "regions/eu", "regions/eu/"),
        (DEPLOYMENT, "regions/-", ""),
        (RESOURCE, "services/a.b", "services/a.b/"),
        (RESOURCE, "services/-", ""),
    ],
)
def test_parents(kind, parent, prefix):
    assert parent_prefix(kind, parent) == prefix


@pytest.mark.parametrize("parent", ["", "regions", "regions/EU", "services/a", "regions/eu/x/y"])
def test_what_is_no_parent(parent):
    with pytest.raises(ServiceError, match=r"parent: .* is not of the form regions/{region}"):
        parent_prefix(DEPLOYMENT, parent)


@pytest.mark.parametrize(
    "name",
    ["", "region/eu", "regions", "regions/eu/services/x", "regions/eu/deployments", "x" * 9999],
)
def test_a_name_of_no_kind(name):
    with pytest.raises(ServiceError, match=r"names no resource, expected one of regions/{region}/"):
        kind_of(name)


def test_a_huge_name_is_not_compared_and_not_repeated():
    with pytest.raises(ServiceError) as caught:
        check_name(SERVICE, "services/" + "a" * 1_000_000, "name")
    assert len(caught.value.text) < 300
