"""The content lines of a calendar with the numbers of the lines that they stand on.

The library `icalendar` knows the syntax of lines, parameters and values, but not where in the file
they were; so lines are unfolded here (RFC 5545 §3.1) and handed to it one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from icalendar import parser

from fixtures.documents.problems import DocumentError, Problem

# Parts of the library have no types; named Any here, so that this goes no further.
Contentline: Any = parser.Contentline


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A property: `NAME;PARAMETER=…:value`."""

    number: int
    """Of its first line in the file, from 1."""
    name: str
    """In capitals."""
    parameters: dict[str, str]
    value: str
    """As it stands there, escapes included."""

    @property
    def text(self) -> str:
        """The value as text, escapes taken away (RFC 5545 §3.3.11)."""
        return unescaped(self.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """What stands between BEGIN and END."""

    name: str
    number: int
    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        """Return the properties of a name."""
        return [line for line in self.lines if line.name == name]

    def one(self, name: str) -> Line | None:
        """Return the first property of a name."""
        return next((line for line in self.lines if line.name == name), None)


def read_blocks(path: Path) -> tuple[str, list[Block]]:
    """Return the text of a calendar file and its outermost blocks.

    Raises:
        DocumentError: not readable, no calendar, or lines without form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _wrong(path, 0, error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise _wrong(path, 1, "expected text in UTF-8") from None
    top = Block(name="", number=1)
    open_blocks = [top]
    problems: list[Problem] = []
    for number, raw in _unfolded(text):
        try:
            name, parameters, value = Contentline(raw).parts()
        except ValueError:
            problems += _wrong(path, number, "expected NAME:value").problems
            continue
        line = Line(
            number=number,
            name=str(name).upper(),
            parameters={str(key).upper(): str(each) for key, each in parameters.items()},
            value=str(value),
        )
        if line.name == "BEGIN":
            block = Block(name=line.value.strip().upper(), number=number)
            open_blocks[-1].blocks.append(block)
            open_blocks.append(block)
        elif line.name == "END":
            if len(open_blocks) == 1 or open_blocks[-1].name != line.value.strip().upper():
                expected = "no END" if len(open_blocks) == 1 else f"END:{open_blocks[-1].name}"
                raise _wrong(path, number, f"found END:{line.value}, expected {expected}")
            open_blocks.pop()
        else:
            open_blocks[-1].lines.append(line)
    if len(open_blocks) > 1:
        last = open_blocks[-1]
        raise _wrong(path, last.number, f"BEGIN:{last.name} has no END:{last.name}")
    if problems:
        raise DocumentError(problems)
    if not top.blocks or any(block.name != "VCALENDAR" for block in top.blocks) or top.lines:
        raise _wrong(path, 1, "expected a calendar: BEGIN:VCALENDAR … END:VCALENDAR")
    return text, top.blocks


def unescaped(text: str) -> str:
    r"""Return a text with `\n`, `\,`, `\;` and `\\` for what they stand for."""
    found: list[str] = []
    characters = iter(text)
    for character in characters:
        if character != "\\":
            found.append(character)
            continue
        escaped = next(characters, "\\")
        known = {"n": "\n", "N": "\n", ",": ",", ";": ";", "\\": "\\"}
        # Whoever writes JSON into a line without escaping it still gets what was meant.
        found.append(known.get(escaped, f"\\{escaped}"))
    return "".join(found)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield each logical line with the number of its first physical one."""
    start, parts = 0, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line[:1] in (" ", "\t") and parts:
            parts += line[1:]
            continue
        if parts.strip():
            yield start, parts
        start, parts = number, line
    if parts.strip():
        yield start, parts


def _wrong(path: Path, number: int, text: str) -> DocumentError:
    return DocumentError([Problem(file=str(path), line=number, field="", text=text)])
