"""Objects out of a streamed JSON body, whichever of three framings a server chose.

One object after the other (a line each, or not), or one array that grows while it is sent.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

_BETWEEN = " \t\r\n,"


class BrokenStream(ValueError):
    """What arrived is not a sequence of JSON objects."""


def objects(blocks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Each object as soon as its last byte is there.

    Raises:
        BrokenStream: text that cannot become an object, or an end within one.
    """
    decode = codecs.getincrementaldecoder("utf-8")()
    parse = json.JSONDecoder()
    text, opened = "", False
    for block in blocks:
        try:
            text += decode.decode(block)
        except UnicodeDecodeError:
            raise BrokenStream("bytes that are not UTF-8") from None
        while True:
            text = text.lstrip(_BETWEEN)
            if text[:1] == "[" and not opened:
                text, opened = text[1:], True
                continue
            if text[:1] == "]" and opened:
                text = text[1:]
                continue
            if not text:
                break
            if text[0] != "{":
                raise BrokenStream(f"{text[:40]!r} where an object has to begin")
            try:
                value, end = parse.raw_decode(text)
            except ValueError:
                break  # the rest of it has not come yet
            yield value
            text = text[end:]
    if text.strip(_BETWEEN):
        raise BrokenStream(f"the end came within {text[:40]!r}")
