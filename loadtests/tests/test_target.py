from __future__ import annotations

from pathlib import Path

import pytest

from loadtests import target
from loadtests.errors import UsageError
from loadtests.target import Caps, Target


def written(folder: Path, text: str) -> Path:
    path = folder / "target.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_profile_says_what_load_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "abc")
    (tmp_path / "ca.pem").write_bytes(b"CA")
    path = written(
        tmp_path,
        """
endpoint: example.org:443
tls: {ca: ca.pem, server_name: other}
metadata: {authorization: "Bearer ${TOKEN}"}
identities: {read_only: {metadata: {a: b}}}
load_allowed: true
caps: {max_rate: 20, max_duration: 2m}
services:
  dispatch: {generation: 0.15, microgrid_ids: [7, 8], auth_key: K, sign_secret: S}
""",
    )
    found = target.read(path)
    assert found.tls is not None
    assert (found.tls.ca, found.tls.server_name) == (b"CA", "other")
    assert found.metadata == {"authorization": "Bearer abc"}
    assert (found.dispatch.generation, found.dispatch.microgrid_ids) == ("0.15", (7, 8))
    assert found.load_allowed
    assert not found.is_loopback
    assert Target.from_json(found.to_json()) == found


def test_only_what_the_file_says_is_a_cap(tmp_path: Path) -> None:
    assert target.read(written(tmp_path, "endpoint: a:1\n")).caps == Caps()
    path = written(tmp_path, "endpoint: a:1\ncaps: {max_rate: 20, max_duration: 2m}\n")
    assert target.read(path).caps == Caps(max_rate=20, max_duration=120)


def test_no_secret_is_shown(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "endpoint: a:1\nmetadata: {authorization: tiger}\n"
        "services: {dispatch: {sign_secret: tiger}}\n",
    )
    assert "tiger" not in repr(target.read(path))


def test_the_endpoint_of_the_command_line_wins(tmp_path: Path) -> None:
    assert target.read(written(tmp_path, "endpoint: a:1\n"), endpoint="b:2").endpoint == "b:2"
    assert target.read(written(tmp_path, "http: http://c\n"), endpoint="b:2").endpoint == "b:2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("endpoit: a:1\n", r"target.yaml:1: .*did you mean endpoint\?"),
        ("http: http://x\n", "target.yaml: endpoint is missing"),
        ("endpoint: a:1\ncaps:\n  max_rat: 3\n", "target.yaml:3: .*max_rate"),
        ("endpoint: a:1\ntls: {ca: none.pem}\n", "yaml:2: tls.ca: .*none.pem.*: No such file"),
        ("endpoint: a:1\nmetadata: {a: '${NO_SUCH}'}\n", "yaml:2: metadata.a: .*NO_SUCH is not"),
        ("endpoint: a:1\nmetadata_command: exit 3\n", "metadata_command ended with 3"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        target.read(written(tmp_path, text))


def test_metadata_may_come_from_a_command(tmp_path: Path) -> None:
    path = written(tmp_path, "endpoint: a:1\nmetadata_command: 'echo A: 1'\n")
    assert target.read(path).metadata == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "generation"), [("0.15.1", "0.15"), ("1.1", "1.1"), ("1.0-rc", "1.1")]
)
def test_a_generation_has_a_contract(tmp_path: Path, text: str, generation: str) -> None:
    path = written(tmp_path, f"endpoint: a:1\nservices: {{dispatch: {{generation: {text}}}}}\n")
    assert target.read(path).dispatch.generation == generation


def test_an_address_has_host_and_port() -> None:
    with pytest.raises(UsageError, match="'nowhere': expected HOST:PORT"):
        target.at("nowhere")


@pytest.mark.parametrize(
    ("endpoint", "is_loopback"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("localhost:1", True),
        ("[::1]:1", True),
        ("unix:/tmp/x", True),
        ("10.0.0.1:1", False),
        ("localhost.example.org:1", False),
        ("127.0.0.1.example.org:1", False),
    ],
)
def test_only_this_machine_is_loopback(endpoint: str, is_loopback: bool) -> None:
    assert target.at(endpoint).is_loopback is is_loopback


def test_the_hook_of_the_profile_is_written_to(tmp_path: Path) -> None:
    found = target.read(
        written(
            tmp_path,
            "endpoint: a:443\ntls: {}\nmetadata: {x: one}\nservices: {meta: {profile: sdk, "
            "metadata: {y: two}, hook: {grpc: 'b:2', plaintext: true, metadata: {z: three}}}}\n",
        )
    )
    reads, writes = found.of_meta(), found.of_hook()
    assert writes is not None
    assert (found.meta.profile, reads.endpoint, writes.endpoint) == ("sdk", "a:443", "b:2")
    assert (dict(reads.metadata), dict(writes.metadata)) == (
        {"x": "one", "y": "two"},
        {"z": "three"},
    )
    assert reads.tls is not None
    assert writes.tls is None
    assert Target.from_json(found.to_json()) == found


def test_a_hook_that_load_cannot_use_is_told(tmp_path: Path) -> None:
    profile = "endpoint: a:1\nservices: {meta: {hook: {exec: [./hook]}}}\n"
    found = target.read(written(tmp_path, profile))
    assert found.of_hook() is None
    assert found.meta.unusable == "the profile's hook is not a grpc one"
    replaced = target.hooked(found, "b:2").of_hook()
    assert replaced is not None
    assert replaced.endpoint == "b:2"


SERVICES = """
endpoint: a:1
metadata: {x: one}
services:
  services:
    names: {required: drivers, kind: systems, generated: scratch}
    metadata: {y: two}
    quirks: [bare-errors]
    types:
      plain: {ok_config: "no object"}
      mock: {ok_config: "{}", failing_config: "{", slow_config: '{"a": 1}'}
      other: {ok_config: "{}"}
"""


def test_services_are_made_of_the_first_type_that_can_bear_a_mark(tmp_path: Path) -> None:
    found = target.read(written(tmp_path, SERVICES))
    said = found.services
    assert (said.kind, said.names, said.generated) == (
        "mock",
        ("drivers", "scratch"),
        ("scratch",),
    )
    assert dict(said.configs) == {"ok": "{}", "slow": '{"a": 1}'}
    assert (said.quirks, said.unusable) == (("bare-errors",), "")
    assert dict(found.of_services().metadata) == {"x": "one", "y": "two"}
    assert Target.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("block", "names", "why"),
    [
        ("{read_only: true}", ("drivers",), "says so"),
        ("{names: {kind: systems}}", ("systems",), "no collection"),
        ("{types: {a: {ok_config: '['}}}", ("drivers",), "JSON object"),
        ("{types: {a: {ok_config: '{}', collections: [kind]}}}", ("drivers",), "JSON object"),
    ],
)
def test_where_no_service_may_be_made_the_reason_is_told(
    tmp_path: Path, block: str, names: tuple[str, ...], why: str
) -> None:
    text = f"endpoint: a:1\nservices: {{services: {block}}}\n"
    said = target.read(written(tmp_path, text)).services
    assert (said.kind, said.names) == ("", names)
    assert why in said.unusable
    assert "profile" in target.read(written(tmp_path, "endpoint: a:1\n")).services.unusable


def test_each_tenant_has_its_token(tmp_path: Path) -> None:
    found = target.read(
        written(
            tmp_path,
            "endpoint: a:1\nmetadata: {x: one}\nservices: {tasks: {tenants: [t1, t2, t3], "
            "auth: {header: x-key, scheme: Key, tokens: {t1: A, t2: B}}, metadata: {y: two}, "
            "service_names: [TasksService, TypesService], event_adapter: {kind: feed}}}\n",
        )
    )
    common = {"x": "one", "y": "two"}
    assert dict(found.of_tasks("t1").metadata) == {**common, "x-key": "Key A"}
    assert dict(found.of_tasks("t2").metadata) == {**common, "x-key": "Key B"}
    assert dict(found.of_tasks("t3").metadata) == common
    assert found.tasks.service_names == ("TasksService", "TypesService")
    assert found.tasks.has_feed
    assert "Key A" not in repr(found)
    assert Target.from_json(found.to_json()) == found


def test_a_token_may_stand_alone(tmp_path: Path) -> None:
    profile = "endpoint: a:1\nservices: {tasks: {auth: {scheme: '', tokens: {t1: A}}}}\n"
    assert target.read(written(tmp_path, profile)).of_tasks("t1").metadata == {"authorization": "A"}
