"""The wide data plane: an asyncio child process that reads and proves streams.

`child` runs in a fresh interpreter without gevent, because grpc.aio is dead in a patched one;
`host` is the side of the locust process. Both speak lines of JSON over the child's standard
input and output; the child ends when its input closes, so a killed worker leaves no orphan.
"""
