"""Export files of queries: the points as CSV or JSON, written piece by piece.

The layouts are our choice: of JSON, seed 002 says no more than that it is an array of
TimeSeriesAssetData, and of CSV nothing. The event loop gets its turn between two pieces, so that a
large file keeps nobody waiting.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import groupby
from typing import Final

from simulator.services.exchange.series.answers import FileType
from simulator.services.exchange.series.reading import Points
from simulator.services.exchange.series.table import ColumnType
from simulator.services.exchange.series.values import isos, texts_of

HEADER: Final = "assetId,name,attributeName,attributeType,timestamp,value\n"
"""First line of a CSV file; one line for each point follows, LF, quoted as RFC 4180 has it."""
_PIECE_POINTS: Final = 2000
"""Points that are written out in one go, a few milliseconds' work."""
_PIECE_BYTES: Final = 64 * 1024


async def written(points: Sequence[Points], type: FileType) -> AsyncIterator[bytes]:
    """Yield the pieces of an export file, UTF-8."""
    held = bytearray()
    for text in _csv(points) if type is FileType.CSV else _json(points):
        held += text.encode()
        if len(held) >= _PIECE_BYTES:
            yield bytes(held)
            held.clear()
        await asyncio.sleep(0)
    yield bytes(held)


def _csv(points: Sequence[Points]) -> Iterator[str]:
    yield HEADER
    for part in points:
        fields = (part.asset_id, part.asset_name or "", part.name, part.type)
        start = ",".join(map(_quoted, fields))
        for times, values in _pieces(part):
            if part.type is ColumnType.VARCHAR:
                values = [_quoted(value) for value in values]
            lines = [f"{start},{time},{value}\n" for time, value in zip(times, values, strict=True)]
            yield "".join(lines)


def _quoted(text: str) -> str:
    if any(each in text for each in ',"\r\n'):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


def _json(points: Sequence[Points]) -> Iterator[str]:
    yield "["
    for number, (_, parts) in enumerate(groupby(points, key=lambda each: each.asset_id)):
        for place, part in enumerate(parts):
            if place == 0:
                head = {"assetId": part.asset_id, "name": part.asset_name}
                yield ("," if number else "") + json.dumps(head)[:-1] + ', "attributes": ['
            attribute = {
                "name": part.name,
                "attributeType": part.type,
                "lastValue": part.last_value,
                "lastValueTime": part.last_value_time,
            }
            yield ("," if place else "") + json.dumps(attribute)[:-1] + ', "data": ['
            for piece, (times, values) in enumerate(_pieces(part)):
                data = [
                    {"timestamp": time, "value": value}
                    for time, value in zip(times, values, strict=True)
                ]
                yield ("," if piece else "") + json.dumps(data)[1:-1]
            yield "]}"
        yield "]}"
    yield "]\n"


def _pieces(part: Points) -> Iterator[tuple[list[str], list[str]]]:
    for start in range(0, len(part.times), _PIECE_POINTS):
        stop = start + _PIECE_POINTS
        yield isos(part.times[start:stop]), texts_of(part.values[start:stop], part.type)
