"""Opens streams in greenlets, kills the greenlets, and tells what the server thinks of it.

Prints as JSON the number of streams the server has open: before, and at most two seconds after
the kill, once with `stream_call` and once without. Run by `test_runs.py`.
"""

from loadtests import bootstrap

# isort: split
import json
import sys
import time
from typing import Any

import gevent

from loadtests import channels, target
from loadtests.apis.dispatch.wire import STREAM, Wire
from loadtests.streams import Streams, stream_call

STREAMS = 5


def main() -> None:
    """Do it to the mini server at the address given."""
    assert bootstrap.LOCUST_VERSION
    channel, wire, streams = channels.connect(target.at(sys.argv[1])), Wire(), Streams()
    method = wire.methods[STREAM]
    subscribe: Any = channel.unary_stream(
        method.path,
        request_serializer=method.request.SerializeToString,
        response_deserializer=method.response.FromString,
    )
    ask: Any = channel.unary_unary("/gridproof.test.Mini/Stats", None, None)

    def open_streams() -> int:
        return int(json.loads(ask(b""))["open_streams"])

    def settle_at(wanted: int) -> int:
        end = time.monotonic() + 2
        while (found := open_streams()) != wanted and time.monotonic() < end:
            gevent.sleep(0.05)
        return found

    def careful() -> None:
        with stream_call(lambda: subscribe(wire.subscribe(7)), streams) as stream:
            for _ in stream.call:
                continue

    kept: list[Any] = []

    def careless() -> None:
        kept.append(subscribe(wire.subscribe(7)))
        for _ in kept[-1]:
            continue

    found = {}
    for name, reader in (("careful", careful), ("careless", careless)):
        readers = [gevent.spawn(reader) for _ in range(STREAMS)]
        before = settle_at(STREAMS)
        gevent.killall(readers)
        found[name] = [before, settle_at(0)]
    print(json.dumps({**found, "opened": streams.opened, "closed": streams.closed}))


if __name__ == "__main__":
    main()
