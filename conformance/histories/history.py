"""A history in memory: its calls and streams, in the order of the file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from conformance.failures import UsageError
from conformance.histories.lines import MARK, About, Line, LineError, parse, read, read_about
from conformance.requirements import SERVICES

PACKAGES: Mapping[str, str] = {
    "frequenz.api.dispatch.": "dispatch",
    "ntt.meta.": "meta",
    "smartcore.bos.": "services",
    "enpowerx.tasks.": "tasks",
    "gridproof.events.": "tasks",
}
"""APIs by how the full names of their services begin."""

MAX_TOLD = 20
"""Broken lines that are named one by one."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Call:
    """A call that ended, or the opening of a stream; times in microseconds of one clock.

    `ended_us` is None where it is not known, and for the opening of a stream.
    """

    line: Line
    began_us: int
    ended_us: int | None

    @property
    def method(self) -> str:
        """The bare name of the method, or verb and path."""
        return self.line.method

    @property
    def ok(self) -> bool:
        """Whether it was answered."""
        return not self.line.code

    @property
    def code(self) -> str:
        """Name of the status; OK if it was answered."""
        return self.line.code or "OK"

    def before(self, other: Call) -> bool:
        """Whether it is certain that this call had ended when the other one began."""
        return self.ended_us is not None and self.ended_us < other.began_us


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """What was sent or received on a stream; `at_us` is None where it is not known."""

    line: Line
    at_us: int | None

    @property
    def sent(self) -> bool:
        """Whether the caller said it."""
        return self.line.kind == "send"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stream:
    """A stream, with what came on it in its order."""

    opened: Call
    frames: list[Frame] = field(default_factory=list)
    ended: list[Frame] = field(default_factory=list)

    @property
    def code(self) -> str | None:
        """Name of the status that it ended with; None if that is not in the file."""
        return (self.ended[0].line.code or "OK") if self.ended else None

    @property
    def received(self) -> list[Frame]:
        """What the server said."""
        return [frame for frame in self.frames if not frame.sent]


Event: TypeAlias = Call | Frame
"""What a finding points at."""


@dataclass(frozen=True, kw_only=True)
class History:
    """What a file holds.

    Attributes:
        path: of the file.
        calls, streams: by API, in the order of the file.
        hooks: what was asked of mutation hooks, by API.
        notes: what was passed over, a sentence each.
    """

    path: Path
    about: About = field(default_factory=About)
    calls: Mapping[str, list[Call]] = field(default_factory=dict)
    streams: Mapping[str, list[Stream]] = field(default_factory=dict)
    hooks: Mapping[str, list[Call]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    lines: int = 0

    @property
    def apis(self) -> tuple[str, ...]:
        """APIs of which there is anything, in the order of the ledger."""
        return tuple(api for api in SERVICES if self.calls.get(api) or self.streams.get(api))

    def total(self) -> tuple[int, int]:
        """Numbers of calls and of streams."""
        return (
            sum(len(calls) for calls in self.calls.values()),
            sum(len(streams) for streams in self.streams.values()),
        )

    def span_s(self) -> float:
        """Seconds from the first call to the last."""
        times = [call.line.at_us or 0 for call in itertools.chain(*self.calls.values())]
        return (max(times) - min(times)) / 1_000_000 if times else 0.0


def load(path: Path) -> History:
    """The history in a file.

    A last line that breaks off is left out with a note.

    Raises:
        UsageError: the file cannot be read, is of a later version, or has lines that are none, each
            of which is named.
    """
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            for number, data in enumerate(file, 1):
                reader.take(number, data)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    return reader.history()


class _Reader:
    """Takes the lines one by one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._about = About()
        self._lines: list[Line] = []
        self._broken: list[str] = []
        self._notes: list[str] = []
        self._count = 0

    def take(self, number: int, data: bytes) -> None:
        if not data.strip():
            return
        self._count = number
        try:
            record = parse(data.decode())
            if number == 1 and MARK in record:
                self._about = read_about(record)
                return
            self._lines.append(read(record, number, PACKAGES))
        except (LineError, UnicodeDecodeError) as error:
            if not data.endswith(b"\n"):
                self._notes.append(f"line {number}, the last one, breaks off and is left out")
            elif number == 1 and MARK in data.decode(errors="replace"):
                raise UsageError(f"{self._path}:1: {error}") from None
            else:
                self._broken.append(f"{self._path}:{number}: {error}")

    def history(self) -> History:
        if not self._lines and not self._broken:
            raise UsageError(f"{self._path}: no line of a history")
        calls: dict[str, list[Call]] = {}
        streams: dict[str, list[Stream]] = {}
        hooks: dict[str, list[Call]] = {}
        strange: dict[str, int] = {}
        open_: dict[tuple[str, str], Stream] = {}
        # One clock for all: the monotonic one only if every line has it.
        monotonic = all(line.mono_us is not None for line in self._lines)
        for line in self._lines:
            if line.api not in SERVICES:
                strange[line.api] = strange.get(line.api, 0) + 1
                continue
            at_us = line.mono_us if monotonic else line.at_us
            if line.kind in ("call", "open", "hook"):
                call = _call(line, at_us or 0)
                if line.kind == "open":
                    stream = open_[line.api, line.stream] = Stream(opened=call)
                    streams.setdefault(line.api, []).append(stream)
                else:
                    (calls if line.kind == "call" else hooks).setdefault(line.api, []).append(call)
                continue
            held = open_.get((line.api, line.stream))
            if held is None:
                where = f"{self._path}:{line.number}"
                self._broken.append(f"{where}: stream {line.stream} was not opened")
                continue
            frame = Frame(line=replace(line, method=held.opened.method), at_us=at_us)
            (held.ended if line.kind == "end" else held.frames).append(frame)
        for api, count in strange.items():
            name = f"API {api}" if api else "no API that is known"
            self._notes.append(f"{count} lines of {name} are left out")
        if self._broken:
            raise UsageError("\n".join(_told(self._broken)))
        return History(
            path=self._path,
            about=self._about,
            calls=calls,
            streams=streams,
            hooks=hooks,
            notes=tuple(self._notes),
            lines=self._count,
        )


def _call(line: Line, at_us: int) -> Call:
    known = line.took_us is not None and line.kind != "open"
    return Call(line=line, began_us=at_us, ended_us=at_us + (line.took_us or 0) if known else None)


def _told(broken: list[str]) -> list[str]:
    if len(broken) <= MAX_TOLD:
        return broken
    return [*broken[:MAX_TOLD], f"and {len(broken) - MAX_TOLD} more lines"]


def steps(events: Iterator[Event] | tuple[Event, ...]) -> list[dict[str, Any]]:
    """Events as steps of a counter-example, in the order of the file, each once."""
    lines = {event.line.number: event.line for event in events}
    return [_step(lines[number]) for number in sorted(lines)]


def _step(line: Line) -> dict[str, Any]:
    step: dict[str, Any] = {"kind": line.kind, "method": line.method, "at_us": line.at_us or 0}
    if line.stream:
        step["stream"] = line.stream
    if line.request is not None:
        step["request"] = line.request
    if line.code:
        step["status"] = {"code": line.code, "details": line.details}
    if line.reply is not None:
        step["reply"] = line.reply
    if line.kind in ("call", "hook"):
        step["took_ms"] = round((line.took_us or 0) / 1000, 1)
    step["line"] = line.number
    if line.caller:
        step["caller"] = line.caller
    return step
