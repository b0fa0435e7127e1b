from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from loadtests.plan import environment

LOOK = """
import json
from loadtests import bootstrap
from loadtests.catalogue import find
from loadtests.options import resolve
from loadtests.parts import part_of
from loadtests.scenarios import dispatch_fanout, dispatch_paging, exchange_export, soak

def named(roles):
    return {user.__name__: count for user, count in roles.items() if count}

scenario, _ = part_of(exchange_export)
entry = find("L-DX-2")
print(json.dumps({
    "soak": {n: u.part for n, u in vars(soak).items() if "_L_" in n and n == u.__name__},
    "roles": named(scenario.roles(resolve({}, entry), 1)),
    "worker": scenario.worker("export"),
    "alone": named(exchange_export.SCENARIO.roles(resolve({}, entry), 1)),
    "originals": [m.DispatchWriter.part for m in (dispatch_fanout, dispatch_paging)],
}))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Seen by a process of its own, since locust patches the library."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment(), capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_users_of_the_soak_have_names_of_their_own_and_know_their_part(
    found: dict[str, Any],
) -> None:
    assert found["soak"]["DispatchWriter_L_DSP_1"] == "L-DSP-1"
    assert found["soak"]["DispatchWriter_L_DSP_2"] == "L-DSP-2"
    assert found["soak"]["TaskClaimant_L_TSK_1"] == "L-TSK-1"
    assert found["originals"] == ["", ""]


def test_a_part_has_the_roles_of_its_scenario(found: dict[str, Any]) -> None:
    assert found["alone"] == {"ExchangePublisher": 5, "ExchangeExporter": 5}
    assert found["roles"] == {"ExchangePublisher_L_DX_2": 5, "ExchangeExporter_L_DX_2": 5}
    assert found["worker"] == "ExchangeExporter_L_DX_2"
