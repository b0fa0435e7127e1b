import gc
import socket
import threading
import warnings
from contextlib import contextmanager

import pytest

from conformance.targets.budget import Budget
from conformance.targets.credentials import Credentials
from conformance.targets.http_client import HttpClient, HttpError

ENDLESS = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{}\n"


@contextmanager
def endless():
    """The URL of a server whose one answer never ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve():
            with server.accept()[0] as peer:
                peer.recv(4096)
                peer.sendall(ENDLESS)
                ended.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            ended.set()
            thread.join()


def test_a_stream_that_is_cut_leaves_no_connection_behind():
    with endless() as url, warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        client = HttpClient(url, tls=None, credentials=Credentials(), budget=Budget())
        stream = client.stream("POST", "/watch")
        blocks = stream.blocks()
        assert next(blocks) == b"{}\n"
        stream.close()
        del blocks  # whoever reads goes away as well
        assert stream._response.isclosed()
        del stream
        gc.collect()


def test_pieces_are_sent_in_chunks_and_a_late_answer_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []
        done = threading.Event()

        def serve():
            with server.accept()[0] as peer:
                while not heard or not heard[-1].endswith(b"0\r\n\r\n"):
                    heard.append(peer.recv(4096))
                done.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        budget = Budget()
        client = HttpClient(url, tls=None, credentials=Credentials(), budget=budget, deadline_s=0.2)
        with pytest.raises(HttpError) as late:
            client.call("PUT", "/x", headers=[], body=[b"ab", b"c"])
        done.set()
        thread.join()
    assert late.value.late
    sent = b"".join(heard)
    assert b"Transfer-Encoding: chunked" in sent
    assert sent.endswith(b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    with pytest.raises(HttpError) as refused:
        client.call("GET", "/x", cleaning=True)
    assert not refused.value.late
    assert budget.used == 2
