from pathlib import Path

import pytest

from conformance.failures import UsageError
from conformance.targets.profile import Caps, Target, read

FULL = """
endpoint: "127.0.0.1:5000"
tls: {ca: ca.pem, server_name: example}
metadata: {authorization: "Bearer ${TOKEN}"}
identities: {second_tenant: {metadata: {authorization: other-token}}}
caps: {max_rate: 5, max_calls: 100, max_streams: 2, max_duration: 2m}
known_failing: known.yaml
services:
  dispatch: {generation: "0.15.1", microgrid_ids: [1, 2], auth_key: K, sign_secret: secret-text,
             simulated_site: true, clock: simulated, token_delay: 1h, A5: included}
  meta: {profile: doc}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "target.yaml"
    path.write_text(text)
    return path


def test_whole_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "abc-secret")
    (tmp_path / "ca.pem").touch()
    target = read(written(tmp_path, FULL))
    assert target.metadata == {"authorization": "Bearer abc-secret"}
    assert target.tls is not None
    assert target.tls.ca == tmp_path / "ca.pem"
    assert target.known_failing == tmp_path / "known.yaml"
    assert target.caps.max_duration == 120
    dispatch = target.services.dispatch
    assert dispatch is not None
    assert (dispatch.generation, dispatch.token_delay) == ("0.15", 3600)
    assert dispatch.clock == "simulated"
    assert dispatch.pins == {"A5": "included"}
    assert target.services.claimed == ("dispatch", "meta")
    secrets = {"Bearer abc-secret", "abc-secret", "other-token", "secret-text"}
    assert set(target.secrets()) == secrets


def test_every_key_has_a_default(tmp_path: Path) -> None:
    assert read(written(tmp_path, "")) == Target()
    assert read(written(tmp_path, "services: {dispatch: {}}\n")) == Target()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("endpont: x\n", r"target.yaml:1: endpont: unknown key; did you mean endpoint\?"),
        (
            "services:\n  dispatch:\n    auth_kye: x\n",
            r"target.yaml:3: services.dispatch.auth_kye: unknown key; did you mean auth_key\?",
        ),
        ("caps:\n  max_rate: 0\n", "yaml:2: caps.max_rate: found 0, expected a number above 0"),
        ("services: {dispatch: {A5: maybe}}\n", "A5: found 'maybe', expected one of excluded, inc"),
        ("services: {dispatch: {generation: 3}}\n", "services.dispatch.generation"),
        (
            "services:\n  dispatch:\n    clock: simulated\n",
            r"target.yaml:3: services.dispatch.clock: .* with simulated_site: true",
        ),
        ("services: {dispatch: {clock: mine}}\n", "found 'mine', expected 'wall' or 'simulated'"),
        ("services: {dispach: {}}\n", r"services.dispach: unknown key; did you mean dispatch\?"),
        ("metadata: {a: '${NO_SUCH_VARIABLE}'}\n", "variable NO_SUCH_VARIABLE is not set"),
        ("a: 1\na: 2\n", "target.yaml:2: the key a stands here a second time"),
        ("- x\n", "expected a mapping"),
        ("a: [\n", "target.yaml:2"),
    ],
)
def test_mistakes_name_file_line_and_expectation(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(written(tmp_path, text))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(written(tmp_path, "endpont: x\nmetdata: {}\n"))
    assert len(str(caught.value).splitlines()) == 2


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "absent.yaml")


def test_the_default_of_calls_is_for_each_api():
    assert Caps().calls_for(2) == 3000
    assert Caps(max_calls=100).calls_for(2) == 100
