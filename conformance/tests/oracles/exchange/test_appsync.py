import pytest

from conformance.oracles.exchange.appsync import broken

ACK = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300000}}
START = {"type": "start_ack", "id": "1"}
DATA = {"type": "data", "id": "1", "payload": {"data": {"x": {}}}}
END = {"type": "complete", "id": "1"}


def test_a_conversation_that_is_right():
    alive = {"type": "ka"}
    assert broken([ACK, alive, START, DATA, alive, DATA, END], started=["1"]) is None
    error = {"type": "error", "id": "2", "payload": {"errors": []}}
    assert broken([ACK, START, error, END, START, DATA], started=["1", "2"]) is None


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([{"type": "hello"}], "type 'hello'"),
        ([{"type": "connection_ack", "payload": {}}], "without connectionTimeoutMs"),
        ([ACK, ACK], "second connection_ack"),
        ([START], "before connection_ack"),
        ([ACK, DATA], "not running"),
        ([ACK, START, END, DATA], "not running"),
        ([ACK, START, START], "second start_ack"),
        ([ACK, {"type": "start_ack", "id": "9"}], "not started"),
        ([ACK, START, {"type": "data", "id": "1", "payload": {}}], "without payload.data"),
    ],
)
def test_rules_that_are_broken(messages, told):
    assert told in str(broken(messages, started=["1"]))
