"""Quirks by API, as the command line gives them."""

import pytest

from simulator.server.policies import read_policies
from simulator.server.settings import APIS, Settings, SettingsError


def test_without_quirks_every_api_has_its_default():
    policies = read_policies(Settings())
    for api in APIS:
        policy = getattr(policies, api)
        assert policy == type(policy)()


@pytest.mark.parametrize(
    ("api", "quirk", "field", "value"),
    [
        ("services", "only-v0", "generations", "v0"),
        ("services", "sc-bos", "pull_masks", False),
        ("tasks", "plain-errors", "error_details", False),
    ],
)
def test_a_quirk_bends_its_own_api_alone(api, quirk, field, value):
    plain, bent = read_policies(Settings()), read_policies(Settings(quirks={api: (quirk,)}))
    assert getattr(getattr(bent, api), field) == value
    for other in APIS:
        assert (getattr(plain, other) == getattr(bent, other)) is (other != api)


@pytest.mark.parametrize(
    ("quirks", "expected"),
    [
        ({"task": ("x",)}, "no API 'task', there are dispatch, meta, services, tasks"),
        ({"services": ("only-v2",)}, "services has no quirk 'only-v2'; did you mean 'only-v"),
        ({"tasks": ("plain-error",)}, "tasks has no quirk .* did you mean 'plain-errors'"),
    ],
)
def test_what_does_not_exist_is_told(quirks, expected):
    with pytest.raises(SettingsError, match=f"--quirks: {expected}"):
        read_policies(Settings(quirks=quirks))
