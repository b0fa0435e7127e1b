import pytest

from fixtures.contracts import HttpRule
from fixtures.contracts.http import parse_template
from simulator.server.rest_errors import HttpRefusal, http_status
from simulator.server.rest_routes import Route, Router, decoded
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Dialect, RestStyle


def router(*rules, style=None):
    """Routes whose `method` is the rule's own text."""
    dialect = Dialect(api="a", service="a.S", methods=(), rest=style or RestStyle())
    return Router(
        Route(
            dialect=dialect,
            contract=None,
            method=f"{verb} {path}",
            rule=HttpRule(verb=verb, path=parse_template(path)),
        )
        for verb, path in rules
    )


META = router(
    ("GET", "/v1/{name=regions/*}"),
    ("GET", "/v1/regions"),
    ("GET", "/v1/regions:batchGet"),
    ("POST", "/v1/{name=regions/*}:watch"),
    ("POST", "/v1/regions:watch"),
    ("GET", "/v1/{name=regions/*/deployments/*}"),
    ("GET", "/v1/{parent=regions/*}/deployments"),
    ("POST", "/v1/{name=regions/*/deployments/*}:watch"),
)


@pytest.mark.parametrize(
    ("verb", "path", "template", "bound"),
    [
        ("GET", "/v1/regions", "/v1/regions", {}),
        ("GET", "/v1/regions/a", "/v1/{name=regions/*}", {"name": "regions/a"}),
        ("GET", "/v1/regions/-", "/v1/{name=regions/*}", {"name": "regions/-"}),
        ("GET", "/v1/regions/a.b-c_d", "/v1/{name=regions/*}", {"name": "regions/a.b-c_d"}),
        ("GET", "/v1/regions:batchGet", "/v1/regions:batchGet", {}),
        ("POST", "/v1/regions/a:watch", "/v1/{name=regions/*}:watch", {"name": "regions/a"}),
        ("POST", "/v1/regions/a.b:watch", "/v1/{name=regions/*}:watch", {"name": "regions/a.b"}),
        ("POST", "/v1/regions:watch", "/v1/regions:watch", {}),
        (
            "GET",
            "/v1/regions/-/deployments",
            "/v1/{parent=regions/*}/deployments",
            {"parent": "regions/-"},
        ),
        (
            "POST",
            "/v1/regions/a/deployments/b:watch",
            "/v1/{name=regions/*/deployments/*}:watch",
            {"name": "regions/a/deployments/b"},
        ),
        # A verb that no template has is part of the id, and so is an escaped colon.
        ("GET", "/v1/regions/a:b", "/v1/{name=regions/*}", {"name": "regions/a:b"}),
        ("GET", "/v1/regions/a%3Awatch", "/v1/{name=regions/*}", {"name": "regions/a:watch"}),
        ("GET", "/v1/%72egions/a", "/v1/{name=regions/*}", {"name": "regions/a"}),
        # Of several segments: everything is decoded but a slash, which would make another one.
        ("GET", "/v1/regions/a%2Fb%20c", "/v1/{name=regions/*}", {"name": "regions/a%2Fb c"}),
        ("GET", "/v1/regions/a%2fb", "/v1/{name=regions/*}", {"name": "regions/a%2fb"}),
        ("GET", "/v1/regions/a+b", "/v1/{name=regions/*}", {"name": "regions/a+b"}),
    ],
)
def test_paths_are_found_and_bound(verb, path, template, bound):
    route, found = META.find(verb, path)
    assert (route.method, found) == (f"{verb} {template}", bound)


@pytest.mark.parametrize(
    "path",
    ["/", "", "/v1", "/v1/", "/v1/regions/", "/v1//a", "/v1/regions/a/b", "/v2/regions", "/v1/x:y"],
)
def test_paths_that_lead_nowhere(path):
    with pytest.raises(ServiceError, match="there is nothing at") as caught:
        META.find("GET", path)
    assert http_status(caught.value) == 404


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [
        ("POST", "/v1/regions", "GET"),
        ("GET", "/v1/regions/a:watch", "POST"),
        ("GET", "/v1/regions:watch", "POST"),
        ("DELETE", "/v1/regions/a", "GET"),
        ("POST", "/v1/regions:batchGet", "GET"),
    ],
)
def test_another_verb_is_told(verb, path, allowed):
    with pytest.raises(HttpRefusal, match=f"takes {allowed}, not '{verb}'") as caught:
        META.find(verb, path)
    assert caught.value.status == 405
    assert caught.value.headers == {"allow": allowed}


def test_variables_of_one_segment_are_decoded_entirely():
    routes = router(("GET", "/v1/things/{id}/parts/{part}"), ("GET", "/v1/files/{path=**}"))
    _, found = routes.find("GET", "/v1/things/a%2Fb%3Ac/parts/%C3%A9")
    assert found == {"id": "a/b:c", "part": "é"}
    _, found = routes.find("GET", "/v1/files/a/b%2Fc/d%20e")
    assert found == {"path": "a/b%2Fc/d e"}
    _, found = routes.find("GET", "/v1/files")
    assert found == {"path": ""}


def test_literals_win_over_variables():
    routes = router(
        ("GET", "/v1/{name=**}"), ("GET", "/v1/things/{id}"), ("GET", "/v1/things/newest")
    )
    for path, template in [
        ("/v1/things/newest", "/v1/things/newest"),
        ("/v1/things/older", "/v1/things/{id}"),
        ("/v1/other/a/b", "/v1/{name=**}"),
    ]:
        assert routes.find("GET", path)[0].method == f"GET {template}"


@pytest.mark.parametrize("path", ["/v1/regions/%", "/v1/regions/%zz", "/v1/regions/a%2", "/%/a"])
def test_malformed_escapes_are_invalid(path):
    with pytest.raises(ServiceError, match="malformed escape") as caught:
        META.find("GET", path)
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_what_is_not_utf_8_is_invalid():
    with pytest.raises(ServiceError, match="path parameter name: '%FF' is not UTF-8"):
        decoded("%FF", "path parameter name")
    assert decoded("%C3%A9%2f+", "x") == "é/+"


class TestInfix:
    """An API whose paths bear its name and version where its contract has nothing."""

    TASKS = router(
        ("GET", "/{parent=tenants/*}/tasks"),
        ("GET", "/{name=tenants/*/tasks/*}"),
        ("POST", "/{name=tenants/*/tasks/*}:claim"),
        ("PATCH", "/{type.name=tenants/*/types/*}"),
        style=RestStyle(infix=("tasks", "v3"), infix_at=2),
    )

    @pytest.mark.parametrize(
        ("verb", "path", "template", "bound"),
        [
            ("GET", "/tenants/t1/tasks/v3/tasks", "/{parent=tenants/*}/tasks", "tenants/t1"),
            (
                "GET",
                "/tenants/t1/tasks/v3/tasks/a%20b",
                "/{name=tenants/*/tasks/*}",
                "tenants/t1/tasks/a b",
            ),
            ("GET", "/tenants/t1/t%61sks/v3/tasks", "/{parent=tenants/*}/tasks", "tenants/t1"),
            (
                "POST",
                "/tenants/t1/tasks/v3/tasks/x:claim",
                "/{name=tenants/*/tasks/*}:claim",
                "tenants/t1/tasks/x",
            ),
            (
                "PATCH",
                "/tenants/t1/tasks/v3/types/x",
                "/{type.name=tenants/*/types/*}",
                "tenants/t1/types/x",
            ),
        ],
    )
    def test_paths_are_found_behind_it(self, verb, path, template, bound):
        route, found = self.TASKS.find(verb, path)
        assert route.method == f"{verb} {template}"
        assert list(found.values()) == [bound]

    @pytest.mark.parametrize(
        "path",
        [
            "/tenants/t1/tasks",
            "/tenants/t1/tasks/v3",
            "/tenants/t1/tasks/x",
            "/tenants/t1/tasks/v4/tasks",
            "/tasks/v3/tenants/t1/tasks",
            "/",
        ],
    )
    def test_paths_without_it_lead_nowhere(self, path):
        with pytest.raises(ServiceError, match="there is nothing at"):
            self.TASKS.find("GET", path)
