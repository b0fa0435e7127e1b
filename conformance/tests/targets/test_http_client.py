import gc
import socket
import threading
import warnings
from contextlib import contextmanager

from conformance.targets.budget import Budget
from conformance.targets.credentials import Credentials
from conformance.targets.http_client import HttpClient

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
