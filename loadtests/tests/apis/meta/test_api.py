from __future__ import annotations

import pytest

from loadtests.errors import UsageError
from loadtests.tests.apis.meta.frames import api


def test_a_run_without_a_hook_says_that_it_only_reads() -> None:
    made = api(is_hooked=False)
    assert "read-only" in made.notes[0]
    assert not made.is_quiet
    assert set(made.routes()) == {
        "ListDeployments",
        "ListRegions",
        "ListResources",
        "ListServices",
    }


def test_writes_go_to_the_hook_and_reads_to_the_target() -> None:
    made = api()
    assert made.notes == ()
    endpoints = {name: route.target.endpoint for name, route in made.routes().items()}
    assert endpoints["Upsert"] == endpoints["Apply"] == "127.0.0.1:2"
    assert endpoints["ListDeployments"] == "127.0.0.1:1"


def test_a_chunk_size_that_the_api_does_not_know_is_refused() -> None:
    with pytest.raises(UsageError, match="meta allows 0"):
        api(chunk=101)


def test_equal_kinds_share_what_was_decoded() -> None:
    made = api(is_hooked=False)
    routes = {made.query(number).kind: made._route(made.query(number).kind) for number in range(8)}
    assert len({id(route) for route in routes.values()}) == 4
