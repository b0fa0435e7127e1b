"""Names: taken apart as they were put together, and nothing else taken for one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.services.tasks.names import (
    BadName,
    Name,
    is_tenant,
    name_of,
    read_name,
    read_tenant,
)
from simulator.services.tasks.policy import Policy

IDS = Policy().name_id

ids = st.from_regex(r"[0-9a-z][0-9a-z-]{0,62}", fullmatch=True)


@given(ids, ids, st.sampled_from(["tasks", "types"]))
@settings(max_examples=30)
def test_a_name_is_read_as_it_was_written(tenant: str, id: str, collection: str) -> None:
    assert read_tenant(f"tenants/{tenant}") == tenant
    assert read_name(name_of(tenant, collection, id), collection, IDS) == Name(tenant=tenant, id=id)


@pytest.mark.parametrize("tenant", ["", "-", "T", "a_b", "a" * 64, "a\n", "ä"])
def test_this_is_no_tenant(tenant: str) -> None:
    assert not is_tenant(tenant)
    with pytest.raises(BadName):
        read_tenant(f"tenants/{tenant}")


@given(st.text("tenasky/t1-A\n", max_size=40))
@settings(max_examples=100)
def test_any_text_is_a_name_or_none(text: str) -> None:
    try:
        name = read_name(text, "tasks", IDS)
    except BadName:
        return
    assert name_of(name.tenant, "tasks", name.id) == text
