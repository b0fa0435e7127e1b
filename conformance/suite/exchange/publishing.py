"""Assets of a check and the model of what was published to them: every read has to agree with it.

Records cannot be deleted, and databases may be shared: assets are fresh, and names of measures are
the judge's own, since a database keeps the type of a measure for good.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from conformance.failures import Nonconformance
from conformance.judging import Refused, attempt, expect
from conformance.oracles.exchange.records import Record, single
from conformance.oracles.exchange.series import differing, queried, wrong_last_values
from conformance.oracles.exchange.upserts import Rejection, Table
from conformance.targets.exchange import REFUSED, ExchangeTarget

SECOND_NS = 1_000_000_000

NAMES = {
    "DOUBLE": "gridproof_double",
    "BIGINT": "gridproof_bigint",
    "VARCHAR": "gridproof_varchar",
    "BOOLEAN": "gridproof_boolean",
    "TIMESTAMP": "gridproof_timestamp",
}
"""A measure of each type."""

SEEN = "gridproof_seen"
"""A measure that is written last: once reads show it, they show what came before, too."""

HASTY_S = 1.0
"""How long reads may lag once a failure was seen and is only made smaller."""

FIRST_S, LONGEST_S = 0.02, 1.0
"""Pauses between looks begin like this, double each time, and grow to this."""

Look = Callable[[], str | None]
"""What is wrong, None if nothing is."""


class Asset:
    """A fresh asset in a database, and the model of its records.

    Args:
        exchange: who publishes and reads.
        database: its id.
        table: the model; None begins one. Assets of one database may share it.
    """

    def __init__(self, exchange: ExchangeTarget, database: str, table: Table | None = None) -> None:
        self.exchange = exchange
        self.database = database
        self.id = exchange.fresh_asset()
        self.table = Table() if table is None else table
        self.base_ns = exchange.recent_ns()

    def publish(self, *records: Record) -> Rejection | None:
        """Publish records that are all good, or one that may be bad; judged by the model.

        Raises:
            Nonconformance: it was not taken as the model says.
        """
        rejections = self.table.publish(self.id, records)
        expect(len(records) == 1 or not rejections, "a check publishes bad records beside good")
        answer = attempt(lambda: self.exchange.publish(self.database, self.id, records))
        if rejections:
            refused_as(answer, f"publishing {_brief(records)}", rejections[0].cause)
            return rejections[0]
        expect(
            not isinstance(answer, Refused),
            f"publishing {_brief(records)}",
            got=answer,
            wanted="accepted",
        )
        return None

    def mark(self) -> None:
        """Publish a record behind which reads do not lag once they show it."""
        at = self.base_ns + 600 * SECOND_NS
        version = 1 + sum(name == SEEN for _, _, name, _ in self.table.rows)
        self.publish(single(SEEN, f"{version}.0", at + version * SECOND_NS))

    def judge(self, what: str, *, within_s: float | None = None) -> None:
        """Fail unless last values become those of the model."""

        def wrong() -> str | None:
            seen = self.exchange.last_values(self.database, self.id)
            return wrong_last_values(self.table, seen, self.id)

        becomes_right(self.exchange, wrong, what, within_s=within_s)

    def judge_points(self, what: str, *, within_s: float | None = None) -> None:
        """Fail unless a structured query finds the points of the model, exactly."""
        start, end = self.base_ns - SECOND_NS, self.base_ns + 1800 * SECOND_NS
        assets: dict[str, Sequence[str]] = {self.id: ()}

        def wrong() -> str | None:
            found = self.exchange.points(self.database, assets, start, end)
            return differing(queried(self.table, assets, start, end), found.points)

        becomes_right(self.exchange, wrong, what, within_s=within_s)


def becomes_right(
    exchange: ExchangeTarget, look: Look, what: str, *, within_s: float | None = None
) -> None:
    """Look until nothing is wrong; fail with what was wrong at last (default: the settling time).

    Pauses grow, so that few calls are spent.
    """
    patience_s = exchange.profile.settle if within_s is None else within_s
    deadline, pause = time.monotonic() + patience_s, FIRST_S
    while (wrong := look()) is not None:
        if time.monotonic() > deadline:
            raise Nonconformance(what, got=wrong, wanted="what was published")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_S)


def refused_as(answer: object, what: str, cause: str) -> None:
    """Fail unless an answer is a refusal that is about the request."""
    if not isinstance(answer, Refused):
        raise Nonconformance(what, got="accepted", wanted=f"refused: {cause}")
    expect(answer.code in REFUSED, what, got=answer, wanted=f"refused: {cause}")


class Patience:
    """How long reads may lag in the examples of one exploration.

    The first failure has had the whole settling time; what makes it smaller need not wait as long.
    """

    def __init__(self) -> None:
        self._failed = False

    def judged(self, judge: Callable[[float | None], None]) -> None:
        """Call a judge with the time that it has; None is the settling time."""
        try:
            judge(HASTY_S if self._failed else None)
        except Nonconformance:
            self._failed = True
            raise


def _brief(records: Sequence[Record]) -> str:
    first = records[0].to_input() if records else {}
    more = f" and {len(records) - 1} more" if len(records) > 1 else ""
    return f"{str(first)[:300]}{more}"
