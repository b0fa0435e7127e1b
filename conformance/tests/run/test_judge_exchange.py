"""A whole run on an API that has an HTTP address and no gRPC."""

import json
from pathlib import Path

import pytest

from conformance.mutants.exchange.population import TOKENS
from conformance.mutants.exchange.server import served
from conformance.report.document import document
from conformance.run.judge import Options, judge
from conformance.targets.exchange_api import EXCHANGE
from conformance.targets.profile import ExchangeProfile, Services, Target
from conformance.tests.targets.exchange_target import described
from fixtures.terminal import Exit


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_a_run_needs_no_grpc_and_leaves_nothing() -> None:
    with served() as url:
        target = described(url)
        result = judge(Options(target=target, only=("DX-US",), writes=True, depth="full", seed=1))
    assert {row.requirement.id: row.verdict for row in result.rows} == {
        "DX-US-001": "pass",
        "DX-US-002": "pass",
        "DX-US-003": "pass",
    }
    assert (result.exit, result.residue) == (Exit.GOOD, 0)
    told = json.dumps(document(result))
    assert json.loads(told)["target"]["endpoint"] == url
    assert not any(token in told for token in TOKENS.values())


def test_an_api_without_an_address_can_still_be_described() -> None:
    claimed = Target(endpoint="127.0.0.1:1", services=Services(exchange=ExchangeProfile()))
    assert EXCHANGE.described(claimed)["url"] is None
