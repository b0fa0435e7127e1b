"""A walk through the naive endpoint of meta, without sockets, that writes a transcript.

Two endpoints that behave alike write the same transcript: clock and secret are fixed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from conformance.mutants.meta.book import Book, Refuse
from conformance.mutants.meta.calls import METHODS
from conformance.mutants.meta.control import inject, resource_of
from conformance.mutants.meta.policy import Policy
from conformance.mutants.meta.service import Service
from conformance.mutants.meta.stream import Open
from conformance.mutants.meta.wire import CONTRACT
from conformance.oracles.meta.model import KINDS
from fixtures.contracts import load

DAY_NS = 86_400 * 10**9
START_NS = 20_000 * DAY_NS
STEP_NS = 10**6


class Tour:
    """One endpoint being walked through; `lines` is what was seen."""

    def __init__(self, policy: Policy) -> None:
        clock = itertools.count(START_NS, STEP_NS)
        self.book = Book(now_ns=lambda: next(clock), secret=b"secret", stamped=policy.stamped)
        self.service = Service(policy, self.book)
        self.lines: list[str] = []

    def say(self, what: str, call: Callable[[], Any]) -> Any:
        """Write down what a call answers, or how it is refused."""
        try:
            answer = call()
        except Refuse as refusal:
            self.lines.append(f"{what}: {refusal.code.name}")
            return None
        self.lines.append(f"{what}: {answer}")
        return answer

    def request(self, kind: str, short: str, **fields: Any) -> Any:
        found = KINDS[kind]
        request: Any = CONTRACT.methods(found.service)[
            METHODS[short].format(found.message)
        ].request()
        for name, value in fields.items():
            if name == "field_mask":
                request.field_mask.paths.extend(value)
            elif name == "starting_time":
                request.starting_time.FromNanoseconds(value)
            elif isinstance(value, list):
                getattr(request, name).extend(value)
            else:
                setattr(request, name, value)
        return request

    def call(self, kind: str, short: str, **fields: Any) -> Any:
        method = {
            "get": self.service.get,
            "batchGet": self.service.batch_get,
            "list": self.service.list,
        }[short]

        def answer() -> Any:
            request = self.request(kind, short, **fields)
            request.MergeFromString(b"\xa2\x06\x01x")  # A field that nobody knows.
            self.service.policy.admits(request)
            return method(KINDS[kind], request)

        return self.say(f"{short} {kind} {fields}", answer)

    def walk(self, kind: str, sizes: tuple[int, ...] = (3,), **fields: Any) -> None:
        """Forward to the end, back to the start, and forth once more."""
        fields.setdefault("field_mask", ["name"])
        token, back = "", ""
        for size in itertools.islice(itertools.cycle(sizes), 8):
            page = self.call(kind, "list", page_size=size, page_token=token, **fields)
            if page is None or not page.next_page_token:
                break
            token, back = page.next_page_token, page.prev_page_token
        for _ in range(3):
            page = self.call(kind, "list", page_size=sizes[0], page_token=back, **fields)
            if page is None or not page.prev_page_token:
                break
            back = page.prev_page_token
        if page is not None:
            self.call(kind, "list", page_size=sizes[0], page_token=page.next_page_token, **fields)

    def open(self, kind: str, short: str = "watch", tag: str = "", **fields: Any) -> Open | None:
        request = self.request(kind, short, **fields)
        method = self.service.watch if short == "watch" else self.service.watch_one
        opened: list[Open] = []
        metadata = {"x-gridproof-tag": tag}

        def answer() -> str:
            opened.append(method(KINDS[kind], request, metadata, lambda: True))
            return "opened"

        self.say(f"{short} {kind} {fields}", answer)
        return opened[0] if opened else None

    def take(self, stream: Open | None, most: int = 60) -> list[Any]:
        """What can leave now, at most so many messages."""
        if stream is None:
            return []
        found = list(itertools.islice(iter(stream.step, None), most))
        self.lines.extend(str(message) for message in found)
        self.lines.append(f"silent, ending {stream.ending}")
        return found

    def put(self, **resource: Any) -> None:
        data = resource_of(resource)
        self.book.commit([(data["name"], data)])

    def apply(self, *resources: dict[str, Any] | str) -> None:
        self.book.commit(
            [(r, None) if isinstance(r, str) else (r["name"], resource_of(r)) for r in resources]
        )

    def fault(self, kind: str, **fields: Any) -> None:
        request: Any = load("control").message("gridproof.control.v1.MetaFaultRequest")()
        request.fault = kind
        for name, value in fields.items():
            setattr(request, name, value)
        inject(self.service, request)
