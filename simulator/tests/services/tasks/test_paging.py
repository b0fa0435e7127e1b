"""Page tokens: signed, of one list, and never too long."""

import re

import pytest

from simulator.services.tasks.order import read_order
from simulator.services.tasks.paging import BadPageToken, digest, read_token, write_token
from simulator.services.tasks.resources import TASK, TYPE
from simulator.services.tasks.tasks import stored_task
from simulator.services.tasks.wire import Task
from simulator.store import TokenSigner
from simulator.tests.services.tasks.api import NOW_US, Api

SIGNER = TokenSigner(b"secret of the tests", purpose="tasks")


def test_the_longest_token_fits() -> None:
    api = Api()
    api.type()
    message = Task(name=f"tenants/t1/tasks/{'a' * 63}")
    for number in range(16):
        message.metadata.fields[f"k{number}"].string_value = "𝄞" * 4000
    stored = stored_task(
        message,
        api.service.core.tenants.get("t1", "").type("plain"),
        create_us=NOW_US,
        update_us=NOW_US,
    )
    for count in (1, 2, 16):
        order = read_order(",".join(f"metadata.k{number}" for number in range(count)), TASK)
        token = write_token(SIGNER, "d" * 22, order, stored)
        assert re.fullmatch("[A-Za-z0-9_-]+", token)
        place = read_token(SIGNER, token, "d" * 22)
        assert (place.id, place.update_us, len(place.raws)) == ("a" * 63, NOW_US, count)


def test_a_digest_tells_lists_apart() -> None:
    request = TASK.method("list").request
    asked = [
        digest(TASK, request(parent="a", filter="b", order_by="c")),
        digest(TYPE, request(parent="a", filter="b", order_by="c")),
        digest(TASK, request(parent="ab", order_by="c")),
        digest(TASK, request(parent="a", filter="bc")),
        digest(TASK, request(parent="a", filter="c", order_by="b")),
    ]
    assert len(set(asked)) == len(asked)
    same = request(parent="a", filter="b", order_by="c", page_size=7, page_token="x")
    assert digest(TASK, same) == asked[0]


@pytest.mark.parametrize("payload", [7, [], ["d"], ["d", "a", [], None, 1], {"d": 1}])
def test_a_signed_text_of_another_form_is_no_token(payload: object) -> None:
    with pytest.raises(BadPageToken):
        read_token(SIGNER, SIGNER.sign(payload), "d")


def test_a_token_of_another_signer_is_none() -> None:
    other = TokenSigner(b"secret of the tests", purpose="other")
    with pytest.raises(BadPageToken, match="not a token of this server"):
        read_token(SIGNER, other.sign(["d", "a", [[3, 1]], None]), "d")
    with pytest.raises(BadPageToken, match="another kind, parent, filter or order"):
        read_token(SIGNER, SIGNER.sign(["e", "a", [[3, 1]], None]), "d")
