"""Rules for time series: what is published, last values, pages of queries, results of SQL.

Of a database that was made in the history, and to which nobody else wrote, everything is known that
is in it, so that the model of upserts can be held against what was taken and what is shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from conformance.failures import Nonconformance
from conformance.histories.history import Call
from conformance.histories.judging import Found, Rule, Seen, rule
from conformance.histories.rules.exchange_view import REFUSED, Asked, View
from conformance.oracles.exchange.pages import wrong_pages
from conformance.oracles.exchange.records import Measure, Record
from conformance.oracles.exchange.series import wrong_last_values
from conformance.oracles.exchange.times import is_iso, is_sql_timestamp
from conformance.oracles.exchange.timestream import BadResult, read_result
from conformance.oracles.exchange.upserts import Table
from conformance.oracles.exchange.values import shown
from conformance.targets.exchange_codec import decoded

PUBLISH = "timeSeriesDb_publishToDatabase"
LAST = "timeSeriesDb_listAllAssetLastValues"
SQL = "timeSeriesDb_queryDatabaseWithTimestreamQuery"
CAUSES = {"invalid": "DX-TS-013", "type": "DX-TS-015", "version": "DX-TS-007"}
"""Which requirement a record breaks that is taken although it is wrong."""

ROW = re.compile(r"\b(row|datum|scalar)", re.IGNORECASE)
"""How it is said that a row of a result is wrong, and not the result as such."""

UNSURE = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN", "INTERNAL"})


class Page(NamedTuple):
    """What the law of pages looks at."""

    query_id: str
    query_progress_percentage: float
    next_token: str | None


@dataclass
class Database:
    """What is known of a database: its model at each time, until something was uncertain."""

    table: Table = field(default_factory=Table)
    states: list[tuple[int, Table]] = field(default_factory=list)
    ends_us: int = 0
    lost_us: int | None = None


def records(asked: Asked) -> list[Record] | None:
    """The records of a publication; None if they cannot be read."""
    data = asked.arguments.get("data")
    given = data.get("records") if isinstance(data, Mapping) else None
    if isinstance(given, Mapping):
        given = [given]
    if not isinstance(given, list):
        return None
    try:
        return [_record(each) for each in given]
    except (TypeError, KeyError, AttributeError):
        return None


def _record(given: Mapping[str, Any]) -> Record:
    measures = given.get("MeasureValues")
    if isinstance(measures, Mapping):
        measures = [measures]
    pairs = given.get("Dimensions") or []
    version = given.get("Version")
    return Record(
        measure_name=given.get("MeasureName"),
        type=given.get("MeasureValueType"),
        value=given.get("MeasureValue"),
        measures=None
        if measures is None
        else tuple(Measure(name=m["Name"], type=m["Type"], value=m["Value"]) for m in measures),
        time=given.get("Time"),
        unit=given.get("TimeUnit"),
        dimensions=tuple((d["Name"], d["Value"]) for d in pairs),
        version=None if version is None else int(version),
    )


@rule(*CAUSES.values(), "DX-TS-017", "DX-LV-001")
def published(view: View) -> Found:
    """What was taken could be taken, and last values are those of what was taken."""
    for asked in view.of(PUBLISH):
        ids = {each.get("assetId") for each in asked.value if isinstance(each, Mapping)}
        wanted = asked.arguments.get("assetId")
        text = f"data of {ids}, published was {wanted!r}" if ids - {wanted} else ""
        yield Seen(id="DX-TS-017", wrong=text, where=(asked.call,))
    if not view.history.about.sole_writer:
        return
    made = {a.value.get("timeSeriesDbId") for a in view.of("timeSeriesDb_createDatabase")}
    known: dict[Any, Database] = {id_: Database() for id_ in made}
    calls = sorted(view.of(PUBLISH, ok=None), key=lambda asked: asked.call.began_us)
    for asked in calls:
        database = known.get(asked.arguments.get("timeSeriesDbId"))
        if database is not None and database.lost_us is None:
            yield from _taken(database, asked)
    yield from _last_values(view, known)


def _taken(database: Database, asked: Asked) -> Found:
    call, given = asked.call, records(asked)
    overlaps = call.began_us <= database.ends_us or call.ended_us is None
    if overlaps or given is None or call.code in UNSURE:
        database.lost_us = call.began_us
        return
    database.ends_us = call.ended_us or 0
    if not call.ok and call.code != REFUSED:
        return  # who may not write changes nothing
    after = database.table.copied()
    rejections = after.publish(str(asked.arguments.get("assetId")), given)
    if call.ok:
        for found in rejections[:1]:
            text = f"a record was taken that is wrong ({found.cause}): {given[found.index]}"
            yield Seen(id=CAUSES[found.cause], wrong=text, where=(call,))
        if rejections:
            database.lost_us = call.began_us
            return
        database.table = after
        database.states.append((call.ended_us or 0, after))
    elif len(given) == 1 and rejections:
        yield Seen(id=CAUSES[rejections[0].cause])
    else:
        # Some of them may be stored; and a server has limits of its own.
        database.lost_us = call.began_us


def _last_values(view: View, known: Mapping[Any, Database]) -> Found:
    settle_us = round(view.profile.settle * 1_000_000)
    for walk in view.pages(LAST, "data"):
        database = known.get(walk.first.page.arguments.get("timeSeriesDbId"))
        if database is None or not walk.whole or walk.ended_us is None:
            continue
        if database.lost_us is not None and walk.ended_us >= database.lost_us:
            continue
        before = [(at, table) for at, table in database.states if at < walk.ended_us]
        # Reads may lag, and may be answered while something is published.
        if not before or before[-1][0] + settle_us > walk.began_us:
            continue
        later = [at for at, _ in database.states if at >= walk.began_us]
        if later:
            continue
        try:
            assets = [a for page in walk.pages for a in decoded_page(page.page).data]
        except Nonconformance:
            continue
        seen = {asset.asset_id: asset for asset in assets}
        if len(seen) < len(assets):
            continue
        written = {key[0] for key in before[-1][1].rows}
        wrong = wrong_last_values(before[-1][1], seen, *sorted(written))
        yield Seen(id="DX-LV-001", wrong=wrong or "", where=walk.calls)


def decoded_page(asked: Asked) -> Any:
    """A page as a value of the model.

    Raises:
        Nonconformance: fields are missing, as not everything was asked for.
    """
    return decoded(asked.operation, asked.value)


@rule("DX-LV-002", "DX-LV-003", "DX-LV-005", "DX-QY-003")
def pages(view: View) -> Found:
    """Pages of last values and of structured queries, and the values on them."""
    for walk in view.pages("timeSeriesDb_queryDatabase"):
        told = [page.page.value for page in walk.pages]
        if not all({"queryId", "queryProgressPercentage"} <= page.keys() for page in told):
            continue
        seen = [Page(p["queryId"], p["queryProgressPercentage"], p.get("nextToken")) for p in told]
        wrong = _progress(seen, whole=walk.whole)
        yield Seen(id="DX-QY-003", wrong=wrong, where=walk.calls)
    for walk in view.pages(LAST, "data"):
        if walk.whole and view.profile.one_page_last_values:
            text = f"{len(walk.pages)} pages" if len(walk.pages) > 1 else ""
            yield Seen(id="DX-LV-005", wrong=text, where=walk.calls)
        page = walk.pages[-1]
        count = Counter(
            (asset.get("assetId"), attribute.get("name"))
            for asset in page.items
            for attribute in asset.get("attributes") or ()
        )
        twice = [key for key, number in count.items() if number > 1]
        text = f"{twice[0]} comes twice on one page" if twice else ""
        yield Seen(id="DX-LV-003", wrong=text, where=(page.call,))
        for asset in page.items:
            for attribute in asset.get("attributes") or ():
                odd = _value(attribute)
                if odd is not None:
                    yield Seen(id="DX-LV-002", wrong=odd, where=(page.call,))


def _progress(pages: list[Page], *, whole: bool) -> str:
    if whole:
        return wrong_pages(pages) or ""
    # The last one is not there, which has to say 100.
    last = Page(pages[0].query_id, 100, None)
    return wrong_pages([*pages, last]) or ""


def _value(attribute: Mapping[str, Any]) -> str | None:
    """What is wrong with a last value, "" if nothing is, None if not all was asked for."""
    if not {"name", "attributeType", "lastValue", "lastValueTime"} <= attribute.keys():
        return None
    text, kind, at = (attribute[k] for k in ("lastValue", "attributeType", "lastValueTime"))
    if not isinstance(at, str) or not is_iso(at):
        return f"{attribute['name']} is of {at!r}, which is no ISO 8601"
    if not isinstance(text, str) or shown(kind, text) is None:
        return f"{attribute['name']} is {text!r}, which is no {kind}"
    return ""


@rule("DX-SQ-001", "DX-SQ-002", "DX-SQ-003", "DX-SQ-004", "DX-SQ-005")
def sql(view: View) -> Found:
    """Results of SQL are read strictly."""
    for asked in view.of(SQL):
        where: tuple[Call, ...] = (asked.call,)
        text = asked.value.get("resultJSONString")
        if not isinstance(text, str):
            continue
        try:
            result = read_result(text)
        except BadResult as error:
            id_ = "DX-SQ-002" if ROW.search(str(error)) else "DX-SQ-001"
            yield Seen(id=id_, wrong=str(error), where=where)
            continue
        yield Seen(id="DX-SQ-001")
        if result.rows:
            yield Seen(id="DX-SQ-002")
        most = asked.arguments.get("maxRows")
        if isinstance(most, int) and most > 0:
            count = len(result.rows)
            wrong = f"{count} rows, asked were {most}" if count > most else ""
            yield Seen(id="DX-SQ-004", wrong=wrong, where=where)
        for at, kind in enumerate(result.types):
            for row in result.rows:
                if kind == "TIMESTAMP" and isinstance(row[at], str):
                    wrong = "" if is_sql_timestamp(row[at]) else f"TIMESTAMP {row[at]!r}"
                    yield Seen(id="DX-SQ-003", wrong=wrong, where=where)
        sent, back = asked.arguments.get("clientToken"), asked.value.get("clientToken")
        if isinstance(sent, str) and sent and "clientToken" in asked.value:
            wrong = f"client token {back!r}, sent was {sent!r}" if back != sent else ""
            yield Seen(id="DX-SQ-005", wrong=wrong, where=where)


RULES: tuple[Rule, ...] = (published, pages, sql)
