import pytest

from simulator.server.auth import Access, Key
from simulator.server.auth_file import read_access
from simulator.server.settings import SettingsError
from simulator.services.rpc import Right

WHOLE = """
keys:
  - key: writer
  - {key: guest, rights: [read], microgrids: [1, 2]}
sign_secret: s3cret
window_s: 60
"""


def test_everything_is_read(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text(WHOLE)
    assert read_access(path) == Access(
        keys=(
            Key(key="writer"),
            Key(key="guest", rights=frozenset({Right.READ}), microgrids=frozenset({1, 2})),
        ),
        sign_secret="s3cret",
        window_s=60.0,
    )


def test_keys_alone_are_enough(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text("keys: [{key: a}]")
    assert read_access(path) == Access(keys=(Key(key="a"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file: input should be"),
        ("keys: []", "keys: tuple should have at least 1 item"),
        ("keys: [{key: ''}]", r"keys\.0\.key: string should have at least 1 character"),
        ("keys: [{key: 5}]", r"keys\.0\.key: input should be a valid string"),
        ("keys: [{key: a, right: [read]}]", r"keys\.0\.right: extra inputs are not permitted"),
        ("keys: [{key: a, rights: [admin]}]", r"keys\.0\.rights\.0: input should be 'read'"),
        ("keys: [{key: a, microgrids: [0]}]", r"keys\.0\.microgrids\.0: input should be greater"),
        ("keys: [{key: a}, {key: a}]", "keys: one stands there twice"),
        ("keys: [{key: a}]\nwindow_s: 0", "window_s: input should be greater than 0"),
        ("keys: [{key: a}]\nsecret: x", "secret: extra inputs are not permitted"),
        ("keys: [", "line 1: is not YAML"),
    ],
)
def test_mistakes_name_file_and_field(tmp_path, text, expected):
    path = tmp_path / "auth.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=expected) as caught:
        read_access(path)
    assert f"--auth {path}" in str(caught.value)


def test_values_are_not_repeated(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text("keys: [{key: a}]\nsign_secret: [hush]")
    with pytest.raises(SettingsError) as caught:
        read_access(path)
    assert "hush" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        read_access(tmp_path / "absent.yaml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(SettingsError, match="is not UTF-8"):
        read_access(tmp_path / "binary")
