"""Runs beside the published client: serves its FakeService, unmodified, over real gRPC."""

import asyncio
import json
import os
import sys
from pathlib import Path

import grpc.aio
from frequenz.api.dispatch.v1 import dispatch_pb2_grpc
from frequenz.client.dispatch.test._service import FakeService


async def main(ready):
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    dispatch_pb2_grpc.add_MicrogridDispatchServiceServicer_to_server(FakeService(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    partial = ready.with_suffix(".part")
    partial.write_text(json.dumps({"grpc": f"127.0.0.1:{port}", "pid": os.getpid()}))
    partial.rename(ready)
    await server.wait_for_termination()


asyncio.run(main(Path(sys.argv[1])))
