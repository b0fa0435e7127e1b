"""What the run writes, as a law: from asset and sequence number follow time and value.

Records of an asset lie a millisecond apart, from an hour before the run on, so none is in the
future of a target whose clock is a little late. Values are multiples of 1/8, which every form of
number keeps. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from zlib import crc32

from conformance.oracles.events import Code
from conformance.oracles.exchange.exports import Point
from conformance.oracles.model import Violation

SEQUENCE, VALUE = "gp_seq", "gp_value"
ATTRIBUTES = (SEQUENCE, VALUE)
BACK_MS = 3_600_000
"""How long before the run its first records lie."""
NS = 1_000_000
INT_VALUE = "INT-VALUE"
"""A point that is not what was published."""


def value_of(asset: str, sequence: int) -> float:
    """The value of a record; assets differ, so that one does not pass for another."""
    return crc32(asset.encode()) % 100_000 + sequence / 8


@dataclass(frozen=True, kw_only=True)
class Law:
    """The law of one run; `base_ms` is the time of the records with number 0."""

    base_ms: int

    def time_ms(self, sequence: int) -> int:
        """When the record of this number is, in milliseconds since the epoch."""
        return self.base_ms + sequence

    def sequence_at(self, time_ns: int) -> int:
        """Which number the record of this time has; -1 if none has such a time."""
        sequence, rest = divmod(time_ns - self.base_ms * NS, NS)
        return -1 if rest or sequence < 0 else sequence

    def keeps(self, point: Point) -> bool:
        """Whether a point of the run has the value that was published."""
        sequence = self.sequence_at(point.time_ns)
        try:
            wanted = sequence if point.attribute == SEQUENCE else value_of(point.asset, sequence)
            return sequence >= 0 and float(point.value) == wanted
        except ValueError:
            return False

    def judge(
        self,
        points: Iterable[Point],
        expected: Set[int],
        *,
        asset: str,
        span: range,
        missing: str,
    ) -> Iterator[Violation]:
        """What is wrong with the points of an asset, one violation of each kind.

        Args:
            points: of the answer, in any order.
            expected: numbers of the records that have to be there.
            asset: that was asked for.
            span: of numbers that were asked for and may be there.
            missing: code of what is expected and not there.
        """
        found: defaultdict[str, list[str]] = defaultdict(list)
        there: Counter[tuple[str, int]] = Counter()
        for point in points:
            sequence = self.sequence_at(point.time_ns)
            if point.asset != asset or point.attribute not in ATTRIBUTES:
                found[Code.FOREIGN].append(f"{point} was not asked for")
                continue
            there[point.attribute, sequence] += 1
            if sequence not in span or not self.keeps(point):
                found[INT_VALUE].append(f"{point} was not published")
        found[Code.DUP] += [f"{place} came {n} times" for place, n in there.items() if n > 1]
        wanted = ((name, number) for name in ATTRIBUTES for number in expected)
        found[missing] += [f"{place} is absent" for place in wanted if place not in there]
        for code, texts in found.items():
            if texts:
                yield Violation(code=code, text=f"{asset}: {texts[0]}, {len(texts)} such points")
