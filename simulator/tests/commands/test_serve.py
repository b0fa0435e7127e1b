import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import grpc
import pytest

from fixtures.contracts import load
from fixtures.terminal import Exit
from simulator.commands.serve import serve

ROOT = Path(__file__).parents[3]
SERVICE = "frequenz.api.dispatch.v1.MicrogridDispatchService"


SERVE = (sys.executable, "-m", "gridproof", "serve")


def started(tmp_path, *options):
    """A serving process and what its ready file says."""
    ready = tmp_path / "ready.json"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gridproof",
            "serve",
            "--port",
            "0",
            "--ready-file",
            ready,
            *options,
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not ready.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process, json.loads(ready.read_text())


def test_it_stops_by_itself_and_leaves_the_outcome(tmp_path):
    stretch = ("--start", "2026-06-01T00:00:00Z", "--until", "2026-06-01T01:00:00Z")
    out = tmp_path / "out"
    process, _ = started(tmp_path, "plain", "--time", "x7200", "--out", str(out), *stretch)
    try:
        assert process.wait(60) == Exit.GOOD
        assert f"the outcome is in {out}" in process.stderr.read()
        run = json.loads((out / "summary.json").read_text())["run"]
        assert (run["start"], run["end"]) == ("2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z")
        assert {"segments.parquet", "report.html"} < {each.name for each in out.iterdir()}
    finally:
        process.kill()
        process.communicate()


def test_without_any_time_there_is_no_outcome(tmp_path):
    out = tmp_path / "out"
    process, _ = started(tmp_path, "plain", "--time", "manual", "--out", str(out))
    process.terminate()
    assert process.wait(30) == Exit.GOOD
    assert "no time has passed" in process.communicate()[1]
    assert not out.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_leaves_with_0(tmp_path, number):
    process, ready = started(tmp_path, "home", "--seed", "3", "--time", "x60")
    try:
        assert ready["pid"] == process.pid
        with urllib.request.urlopen(f"{ready['http']}/") as reply:
            assert "home, seed 3" in reply.read().decode()
        method = load("dispatch").methods(SERVICE)["StreamMicrogridDispatches"]
        with grpc.insecure_channel(ready["grpc"]) as channel:
            stream = channel.unary_stream(
                method.path, request_serializer=method.request.SerializeToString
            )(method.request(microgrid_id=9), timeout=20)
            stream.initial_metadata()
            watch = urllib.request.urlopen(f"{ready['http']}/v1alpha2/regions:watch", data=b"")
            assert "isCurrent" in watch.readline().decode()
            process.send_signal(number)
            with pytest.raises(grpc.RpcError) as caught:
                next(stream)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert json.loads(watch.readline())["error"]["status"] == "UNAVAILABLE"
        assert watch.read() == b""
        assert process.wait(15) == Exit.GOOD
        said = process.stderr.read()
    finally:
        process.kill()
        process.stderr.close()
    assert said == f"gridproof: serving gRPC on {ready['grpc']}, HTTP on {ready['http']}\n"
    assert os.listdir(tmp_path) == []


def test_a_signal_waits_for_what_runs_in_processes_of_its_own(tmp_path):
    process, ready = started(tmp_path, "--services", "services,tasks")
    url = f"{ready['http']}/tenants/t1/tasks/v3"

    def post(path, **content):
        with urllib.request.urlopen(url + path, data=json.dumps(content).encode()) as reply:
            return json.load(reply)

    try:
        pattern = {"properties": {"x": {"pattern": "^(a+)+$"}}}
        shown = {"display_name": "A", "category": "system", "input_schema": json.dumps(pattern)}
        name = post("/types?type_id=a", **shown)["name"]
        post("/tasks?task_id=a", type=name)
        post("/tasks/a:claim")
        method = load("tasks").methods("enpowerx.tasks.v3.Tasks")["CompleteTask"]
        with grpc.insecure_channel(ready["grpc"]) as channel:
            slow = channel.unary_unary(
                method.path, request_serializer=method.request.SerializeToString
            ).future(
                method.request(name="tenants/t1/tasks/a", input={"x": "a" * 60 + "!"}), timeout=20
            )
            time.sleep(0.3)
            assert not slow.done()
            process.send_signal(signal.SIGTERM)
            assert slow.code() in (
                grpc.StatusCode.FAILED_PRECONDITION,
                grpc.StatusCode.INVALID_ARGUMENT,
                grpc.StatusCode.UNAVAILABLE,
            )
        assert process.wait(15) == Exit.GOOD
        assert process.stderr.read().count("\n") == 1
    finally:
        process.kill()
        process.stderr.close()


def refused(capsys, *, code=Exit.USAGE, **options):
    with pytest.raises(SystemExit) as caught:
        serve(**{"port": 0, **options})
    assert caught.value.code == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gridproof: ")
    assert "Traceback" not in said.err
    return said.err


def test_a_port_in_use_is_one_sentence(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        expected = f"gridproof: cannot listen on 127.0.0.1:{port}: address already in use\n"
        assert refused(capsys, port=port, http_port=0) == expected
        assert refused(capsys, http_port=port) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"scenario": "hoem"}, "hoem: no such file"),
        ({"quirks": ["dispatch=until-inclusiv"]}, "did you mean 'until-inclusive'"),
        ({"quirks": ["until-inclusive"]}, "--quirks until-inclusive: expected api=name,name"),
        ({"quirks": ["mete=x"]}, "--quirks: no API 'mete', there are dispatch, meta"),
        ({"quirks": ["meta=sdkk"]}, "--quirks: meta has no quirk 'sdkk'; did you mean 'sdk'?"),
        ({"quirks": ["tasks=plain"]}, "--quirks: tasks has no quirk 'plain'; did you mean"),
        ({"services": "services,task"}, "no API 'task', did you mean tasks?"),
        ({"services": "dispach"}, "no API 'dispach', did you mean dispatch?"),
        ({"services": ""}, "no API ''"),
        ({"services": "dispatch,mta"}, "no API 'mta', did you mean meta?"),
        ({"time": "fast"}, "--time fast: expected real, manual, or x"),
        ({"time": "x0"}, "--time x0: expected"),
        ({"until": "noon"}, "--until noon: expected"),
        ({"until": "2001-01-01T00:00:00Z"}, "--until: expected an instant after"),
        ({"time": "x99999999"}, "--time x99999999: expected"),
        ({"start": "yesterday"}, "--start yesterday: expected an ISO 8601 instant"),
        ({"start": "2027-01-01T00:00:00"}, "an instant with Z or an offset"),
        ({"out": Path(__file__) / "run"}, "run: not a directory"),
        ({"auth": Path("absent.yaml")}, "--auth absent.yaml: No such file"),
        ({"tls_cert": Path("a.pem")}, "--tls-cert and --tls-key: one needs the other"),
        ({"client_ca": Path("a.pem")}, "--client-ca: needs --tls-cert"),
        ({"tls_cert": Path("a"), "tls_key": Path("b")}, "--tls-cert a: no such file"),
        (
            {"ready_file": Path("no/such/folder/ready")},
            "--ready-file no/such/folder/ready: no such",
        ),
    ],
)
def test_bad_input_is_named(capsys, options, expected):
    assert expected in refused(capsys, **options)


def test_a_scenario_with_mistakes_names_them(capsys, tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text("schema: 1\nscenario: {nam: x}\n")
    said = refused(capsys, scenario=str(path))
    assert f"{path}" in said
    assert "nam" in said
