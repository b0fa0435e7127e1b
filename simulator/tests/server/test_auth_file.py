import pytest

from simulator.server.auth import Access, Key
from simulator.server.auth_file import read_auth
from simulator.server.settings import SettingsError
from simulator.services.rpc import Right

WHOLE = """
keys:
  - key: writer
  - {key: guest, rights: [read], microgrids: [1, 2]}
  - {key: office, tenants: [t1]}
  - {key: lister, permissions: ["services/meta.edgelq.com/permissions/*.list"]}
sign_secret: s3cret
window_s: 60
"""


def test_everything_is_read(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text(WHOLE)
    assert read_auth(path).access == Access(
        keys=(
            Key(key="writer"),
            Key(key="guest", rights=frozenset({Right.READ}), microgrids=frozenset({1, 2})),
            Key(key="office", tenants=frozenset({"t1"})),
            Key(key="lister", permissions=("services/meta.edgelq.com/permissions/*.list",)),
        ),
        sign_secret="s3cret",
        window_s=60.0,
    )


def test_keys_alone_are_enough(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text("keys: [{key: a}]")
    assert read_auth(path).access == Access(keys=(Key(key="a"),))


EXCHANGE = """
exchange:
  organizations: [{id: o, name: Utility, host: true}]
  users:
    - {id: u, email: a@b.c, first_name: A, last_name: B, organization: o, tokens: [{value: t}]}
"""


def test_accounts_of_the_exchange_are_read(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text(EXCHANGE)
    admitted = read_auth(path)
    assert admitted.access == Access(keys=())
    assert admitted.accounts.users[0].tokens[0].value == "t"


def test_whom_a_file_does_not_name_is_not_let_in(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text("keys: [{key: a}]")
    assert read_auth(path).accounts.users == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("window_s: 3", "expected keys, or accounts of the exchange"),
        (EXCHANGE.replace("organization: o", "organization: p"), "the id of an organization"),
        (EXCHANGE.replace("{value: t}", "{value: ''}"), "tokens.0..value: expected text that is"),
        ("", ":1: found nothing, expected a mapping"),
        ("keys: []", r":1: keys: expected at least 1 item\(s\)"),
        ("keys:\n- {key: ''}", r":2: keys\[0\]\.key: expected text that is not empty"),
        ("keys:\n- key: 5", r":2: keys\[0\]\.key: expected text"),
        ("keys: [{key: a, right: [read]}]", r"\.right: unknown key; did you mean rights\?"),
        ("keys: [{key: a, rights: [admin]}]", r"keys\[0\]\.rights\[0\]: expected 'read'"),
        (
            "keys: [{key: a, microgrids: [0]}]",
            r"\.microgrids\[0\]: expected a number of at least 1",
        ),
        ("keys: [{key: a, permissions: ['']}]", "expected text that is not empty"),
        ("keys: [{key: a, tenants: [5]}]", r"\.tenants\[0\]: expected text"),
        ("keys:\n- key: a\n- key: a", r":3: keys\[1\]\.key: stands here a second time"),
        ("keys: [{key: a}]\nwindow_s: 0", ":2: window_s: expected a number above 0"),
        ("keys: [{key: a}]\nsecret: x", r":2: secret: unknown key; did you mean sign_secret\?"),
        ("keys: [", ":2: not YAML"),
    ],
)
def test_mistakes_name_file_and_field(tmp_path, text, expected):
    path = tmp_path / "auth.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=expected) as caught:
        read_auth(path)
    assert f"--auth {path}" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "keys: [{key: a}]\nsign_secret: [hush]",
        "keys: [{key: a}]\nsign_secret: {hush: 1}",
        "keys: [{key:hush}]",
        "keys: [{key: a}]\nsign_secret: *hush",
        "keys: [{key: hush}, {key: hush}]",
        "keys: [{key: a, rights: hush}]",
        "sign_secret:hush",
        "{sign_secret:hush, sign_secret:hush}",
        EXCHANGE.replace("{value: t}", "{value: hush}, {value: hush}"),
    ],
)
def test_values_are_not_repeated(tmp_path, text):
    path = tmp_path / "auth.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_auth(path)
    assert "hush" not in str(caught.value)


def test_every_mistake_is_told(tmp_path):
    path = tmp_path / "auth.yaml"
    path.write_text("keys:\n- {key: 1}\nwindow_s: -1\n")
    with pytest.raises(SettingsError) as caught:
        read_auth(path)
    assert str(caught.value).splitlines() == [
        f"--auth {path}:2: keys[0].key: expected text",
        f"--auth {path}:3: window_s: expected a number above 0",
    ]


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        read_auth(tmp_path / "absent.yaml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(SettingsError, match="expected text in UTF-8"):
        read_auth(tmp_path / "binary")
