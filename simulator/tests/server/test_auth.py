import base64
import hashlib
import hmac

import grpc
import pytest

from simulator.server.auth import Access, Gate, Key
from simulator.services.errors import Code, ServiceError
from simulator.services.rpc import Right

from .loopback import GRID, connected, refusal

NOW_S = 1_700_000_000.0
SECRET = "shared secret"
LIST, GET = "ListMicrogridDispatches", "GetMicrogridDispatch"


class Wall:
    """A wall clock that is moved by hand."""

    def __init__(self):
        self.now_s = NOW_S

    def __call__(self):
        return self.now_s


def signed(method, *, key="k1", secret=SECRET, ts=int(NOW_S), nonce=b"0123456789abcdef"):
    """Metadata as the published clients make it (frequenz-client-base 0.11.3)."""
    text = base64.urlsafe_b64encode(nonce)
    message = key.encode() + str(ts).encode() + text + method.encode()
    signature = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return {
        "key": key,
        "ts": str(ts),
        "nonce": text.decode(),
        "sig": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
    }


def refused(gate, metadata, match, method=LIST):
    with pytest.raises(ServiceError, match=match) as caught:
        gate.admit(metadata, method, signed=True)
    assert caught.value.code is Code.UNAUTHENTICATED


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def gate(wall):
    keys = (Key(key="k1"), Key(key="k2"))
    return Gate(Access(keys=keys, sign_secret=SECRET), wall)


def test_a_known_signature():
    # Worked out by `openssl dgst -sha256 -hmac "shared secret"` over the joined texts.
    assert signed(LIST)["sig"] == "UHwU044W2uI23ronqfSmLZZ5Hn4lPmsq_shTPzDdbKc"


def test_without_access_anyone_may_do_anything(wall):
    key = Gate(None, wall).admit({}, LIST, signed=True)
    key.check_right(Right.WRITE)
    key.check_scope(7)


class TestKeys:
    def test_a_known_key_is_enough_without_a_secret(self, wall):
        gate = Gate(Access(keys=(Key(key="k1"),)), wall)
        assert gate.admit({"key": "k1"}, LIST, signed=True).key == "k1"
        refused(gate, {}, "metadata key: is missing")
        refused(gate, {"key": ""}, "metadata key: is missing")
        refused(gate, {"key": "k2"}, "metadata key: is not a key")
        refused(gate, {"key": "ké"}, "metadata key: is not a key")

    def test_rights_and_microgrids(self):
        key = Key(key="k", rights=frozenset({Right.READ}), microgrids=frozenset({1}))
        key.check_right(Right.READ)
        key.check_scope(1)
        for check in (lambda: key.check_right(Right.WRITE), lambda: key.check_scope(2)):
            with pytest.raises(ServiceError) as caught:
                check()
            assert caught.value.code is Code.PERMISSION_DENIED
        with pytest.raises(ServiceError):
            key.check_scope(None)

    def test_each_limit_is_for_what_is_limited(self):
        office = Key(key="k", tenants=frozenset({"t1"}))
        grid = Key(key="k", microgrids=frozenset({1}))
        both = Key(key="k", microgrids=frozenset({1}), tenants=frozenset({"t1"}))
        for key, good in ((office, ("t1", 7)), (grid, (1, "t9")), (both, (1, "t1"))):
            for scope in good:
                key.check_scope(scope)
        for key, bad in ((office, ("t2", "", None)), (grid, (2, None)), (both, (2, "t2", None))):
            for scope in bad:
                with pytest.raises(ServiceError, match="this key is not good for") as caught:
                    key.check_scope(scope)
                assert caught.value.code is Code.PERMISSION_DENIED
        for scope in (1, "t1", None):
            Key(key="k").check_scope(scope)

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER  "])
    def test_a_key_may_come_as_a_bearer_token(self, wall, scheme):
        gate = Gate(Access(keys=(Key(key="k1"),), sign_secret=SECRET), wall)
        assert gate.admit({"authorization": f"{scheme} k1"}, LIST, signed=False).key == "k1"
        refused(gate, {"authorization": f"{scheme} k2"}, "metadata authorization: is not a key")
        refused(gate, {"authorization": f"{scheme} k1"}, "metadata ts: is missing")

    @pytest.mark.parametrize("text", ["", "Bearer", "Bearer ", "k1", "Basic k1"])
    def test_other_authorizations_are_refused(self, wall, text):
        gate = Gate(Access(keys=(Key(key="k1"),)), wall)
        refused(gate, {"authorization": text}, "is not Bearer and a key")

    def test_permissions_are_patterns_of_full_names(self):
        key = Key(key="k", permissions=("services/a/permissions/*.get", "services/b/*"))
        for granted in ("", "services/a/permissions/regions.get", "services/b/permissions/x.watch"):
            key.check_permission(granted)
        for denied in ("services/a/permissions/regions.list", "x/services/b/permissions/x.get"):
            with pytest.raises(ServiceError, match=f"lacks the permission {denied}") as caught:
                key.check_permission(denied)
            assert caught.value.code is Code.PERMISSION_DENIED
        Key(key="k").check_permission("services/a/permissions/regions.list")
        with pytest.raises(ServiceError):
            Key(key="k", permissions=()).check_permission("services/a/permissions/regions.list")


class TestSignatures:
    def test_a_right_one_is_admitted(self, gate):
        assert gate.admit(signed(LIST), LIST, signed=True).key == "k1"

    def test_apis_that_are_not_signed_need_none(self, gate):
        assert gate.admit({"key": "k2"}, LIST, signed=False).key == "k2"

    @pytest.mark.parametrize("name", ["key", "ts", "nonce", "sig"])
    def test_each_part_is_needed(self, gate, name):
        metadata = signed(LIST)
        del metadata[name]
        refused(gate, metadata, f"metadata {name}: is missing")

    @pytest.mark.parametrize("name", ["ts", "nonce", "sig"])
    def test_any_altered_character_is_refused(self, gate, name):
        for place, letter in enumerate(signed(LIST)[name]):
            metadata = signed(LIST)
            other = "1" if letter != "1" else "2"
            metadata[name] = metadata[name][:place] + other + metadata[name][place + 1 :]
            refused(gate, metadata, "metadata sig: does not fit")

    def test_another_key_does_not_take_over_a_signature(self, gate):
        refused(gate, {**signed(LIST), "key": "k2"}, "metadata sig")

    def test_a_signature_is_good_for_one_method(self, gate):
        refused(gate, signed(LIST), "does not fit Delete", method="DeleteMicrogridDispatch")

    def test_another_secret_is_refused(self, gate):
        refused(gate, signed(LIST, secret="other"), "metadata sig")

    def test_padding_is_not_part_of_a_signature(self, gate):
        metadata = signed(LIST)
        refused(gate, {**metadata, "sig": metadata["sig"] + "="}, "metadata sig")

    @pytest.mark.parametrize("age_s", [-301, 301, 3600])
    def test_times_outside_the_window_are_refused(self, gate, age_s):
        refused(gate, signed(LIST, ts=int(NOW_S) - age_s), "at most 300 s are allowed")

    @pytest.mark.parametrize("age_s", [-299, 0, 299])
    def test_times_inside_the_window_are_admitted(self, gate, age_s):
        gate.admit(signed(LIST, ts=int(NOW_S) - age_s), LIST, signed=True)

    def test_a_nonce_is_good_once(self, gate, wall):
        gate.admit(signed(LIST), LIST, signed=True)
        refused(gate, signed(LIST), "metadata nonce: was used before")
        refused(gate, signed(LIST, ts=int(NOW_S) + 1), "metadata nonce: was used before")
        gate.admit(signed(LIST, nonce=b"another"), LIST, signed=True)
        gate.admit(signed(LIST, key="k2"), LIST, signed=True)

    def test_a_refused_call_does_not_use_up_its_nonce(self, gate):
        refused(gate, {**signed(LIST), "sig": "x"}, "metadata sig")
        gate.admit(signed(LIST), LIST, signed=True)

    def test_nonces_are_kept_exactly_as_long_as_they_could_be_used_again(self, gate, wall):
        gate.admit(signed(LIST, ts=int(NOW_S) + 299), LIST, signed=True)
        wall.now_s += 598
        refused(gate, signed(LIST, ts=int(NOW_S) + 299), "was used before")
        wall.now_s += 2
        refused(gate, signed(LIST, ts=int(NOW_S) + 299), "at most 300 s")
        gate.admit(signed(LIST, ts=int(wall.now_s)), LIST, signed=True)
        assert len(gate._nonces) == 1

    @pytest.mark.parametrize("ts", ["x", "-1", "1e9", "9" * 40, "²"])
    def test_times_that_are_no_numbers_are_refused(self, gate, ts):
        refused(gate, signed(LIST, ts=ts), "metadata ts")


class TestOverTheWire:
    ACCESS = Access(
        keys=(
            Key(key="all"),
            Key(key="reader", rights=frozenset({Right.READ})),
            Key(key="one", microgrids=frozenset({GRID})),
        )
    )

    async def test_keys_come_before_anything_else(self):
        async with connected(access=self.ACCESS) as client:
            for name, method in client.methods.items():
                for metadata in ([], [("key", "wrong")]):
                    client.metadata = metadata
                    call = client.start(name, client.request(name))
                    code, _ = await refusal(call.read() if method.server_streaming else call)
                    assert code is grpc.StatusCode.UNAUTHENTICATED

    async def test_rights_and_microgrids_are_denied_before_existence(self):
        async with connected(access=self.ACCESS) as client:
            client.metadata = [("key", "all")]
            created = await client.create()
            number = created.metadata.dispatch_id
            client.metadata = [("key", "reader")]
            assert await client.call("GetMicrogridDispatch", microgrid_id=GRID, dispatch_id=number)
            for dispatch_id in (number, 99):
                code, text = await refusal(
                    client.call(
                        "DeleteMicrogridDispatch", microgrid_id=GRID, dispatch_id=dispatch_id
                    )
                )
                assert (code, text) == (
                    grpc.StatusCode.PERMISSION_DENIED,
                    "this key may not write",
                )
            client.metadata = [("key", "one")]
            assert await client.call("GetMicrogridDispatch", microgrid_id=GRID, dispatch_id=number)
            code, _ = await refusal(client.call(GET, microgrid_id=6, dispatch_id=number))
            assert code is grpc.StatusCode.PERMISSION_DENIED
            stream = client.start(
                "StreamMicrogridDispatches",
                client.request("StreamMicrogridDispatches", microgrid_id=6),
            )
            code, _ = await refusal(stream.read())
            assert code is grpc.StatusCode.PERMISSION_DENIED

    async def test_signed_calls_are_accepted_unary_and_streaming(self):
        access = Access(keys=(Key(key="k1"),), sign_secret=SECRET, window_s=1e9)
        async with connected(access=access) as client:
            client.metadata = list(signed("StreamMicrogridDispatches").items())
            stream = await client.stream()
            client.metadata = list(signed(LIST, nonce=b"b").items())
            reply = await client.call(LIST, microgrid_id=GRID)
            assert reply.pagination_info.total_items == 0
            code, _ = await refusal(client.call(LIST, microgrid_id=GRID))
            assert code is grpc.StatusCode.UNAUTHENTICATED
            stream.cancel()
