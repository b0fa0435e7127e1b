"""A counter-example of the exchange API, repeated by its script against the naive endpoint."""

import os
import shutil
import subprocess

import pytest

from conformance.mutants.exchange.population import TOKENS
from conformance.report import replay_graphql
from conformance.report.replay import scripts_of
from conformance.targets.exchange import url_in
from conformance.tests.targets.exchange_target import target


def row(steps):
    return {
        "id": "DX-X",
        "text": "A rule.",
        "reason": "broken\nhere",
        "counterexample": {"steps": steps},
    }


@pytest.mark.skipif(not shutil.which("jq") or not shutil.which("curl"), reason="needs curl and jq")
def test_ids_and_urls_are_those_of_the_replay(tmp_path):
    with target(tmp_path) as exchange:
        store = exchange.store()
        file = exchange.upload(
            b"abc", store=store, name="$HOME `x` 'q'", extension="t", description='"\\'
        )
        exchange.objects.get(url_in(exchange.download_url(file.data_store_file_id)))
        exchange.with_token(None).post({"query": "{ storage_listDataStores { name } }"})
        with exchange.socket() as socket:
            socket.initiate()
        script = tmp_path / "DX-X.sh"
        url = exchange.session.client.url
        script.write_text(replay_graphql.script(row(exchange.recorder.steps()), url))
        done = subprocess.run(
            ["bash", str(script)],
            env={**os.environ, "GRIDPROOF_TOKEN": TOKENS["owner"]},
            capture_output=True,
            text=True,
            timeout=30,
        )
        created = [
            each
            for each in exchange.get_directory(store.home_directory_id).files
            if each.name == "$HOME `x` 'q'"
        ]
    assert done.returncode == 0, done.stderr
    assert len(created) == 2
    assert all(each.storage_size_bytes == 3 for each in created)
    assert done.stdout.rstrip().endswith("}")
    assert "\r\n\r\nabc" in done.stdout.replace("\n\nabc", "\r\n\r\nabc")
    assert "UnauthorizedException" in done.stdout
    text = script.read_text()
    assert "# Finding: broken here" in text
    assert "# stream 1, send" in text
    assert not any(token in text for token in TOKENS.values())


def test_urls_that_the_run_made_up_are_left_out():
    steps = [
        {"kind": "gap", "left_out": 3},
        {"kind": "call", "method": "PUT http://h/o?…1", "request": {"text": "x", "bytes": 1}},
        {"kind": "call", "method": "op", "request": {"as": "read_only", "query": "q"}},
    ]
    text = replay_graphql.script(row(steps), "http://h/graphql")
    assert "# 3 steps left out" in text
    assert "# PUT of a URL that the run made up" in text
    assert 'ask "${GRIDPROOF_TOKEN_READ_ONLY:-unknown}"' in text


def test_pages_of_sql_hand_on_their_token():
    reply = {"data": {"op": {"resultJSONString": '{"NextToken": "token-1"}'}}}
    steps = [
        {"kind": "call", "method": "op", "request": {"query": "a"}, "reply": reply},
        {"kind": "call", "method": "op", "request": {"query": 'b(nextToken: "token-1")'}},
    ]
    text = replay_graphql.script(row(steps), "http://h/graphql")
    assert "jq -r '.data.op.resultJSONString | fromjson | .NextToken'" in text
    assert 'nextToken: \\\\"${v1}\\\\"' in text


def test_an_api_without_grpc_has_one_script():
    assert scripts_of("DX-X", "exchange") == ("DX-X.sh",)
    assert scripts_of("TSK-X", "tasks") == ("TSK-X.py", "TSK-X.sh")
