"""DX-TS: what a publish stores and answers, for which asset, and in whose database."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from conformance.judging import (
    expect,
    explore,
    not_applicable,
    passive,
    requirement,
)
from conformance.oracles.exchange.records import Record, measure, multi, single
from conformance.oracles.exchange.upserts import Table
from conformance.oracles.exchange.values import TYPES
from conformance.strategies.exchange import values
from conformance.suite.exchange.asking import denied
from conformance.suite.exchange.publishing import (
    NAMES,
    SECOND_NS,
    Asset,
    Patience,
    becomes_right,
)
from conformance.targets.exchange import ExchangeTarget
from conformance.targets.exchange_documents import Document

PLAIN: Mapping[str, str] = {
    "DOUBLE": "5.5",
    "BIGINT": "9007199254740993",
    "VARCHAR": 'on "grid", 漢字',
    "BOOLEAN": "true",
    "TIMESTAMP": "1700000000250",
}
"""A value of each type; the integer is one that no double holds."""

EDGES: tuple[Mapping[str, str], ...] = (
    {**PLAIN, "BIGINT": str(2**63 - 1), "DOUBLE": "5e-324", "BOOLEAN": "false"},
    {**PLAIN, "BIGINT": str(-(2**63)), "DOUBLE": "1e300", "VARCHAR": "x" * 2048},
    {**PLAIN, "BIGINT": "0", "DOUBLE": "-0.1", "VARCHAR": "true", "TIMESTAMP": "946684800000"},
)

MULTI = {type_: f"gridproof_multi_{type_.lower()}" for type_ in TYPES}
"""Names of the measures of MULTI records."""


@requirement("DX-TS-001")
@passive
def test_databases_are_the_callers_own(exchange: ExchangeTarget) -> None:
    me, listed = exchange.me.user_id, exchange.list_databases()
    for database in listed:
        expect(
            database.owner_user_id == me,
            f"owner of the listed database {database.time_series_db_id}",
            got=database.owner_user_id,
            wanted=me,
        )
    mine = exchange.database()
    ids = [database.time_series_db_id for database in listed]
    expect(
        mine.time_series_db_id in ids,
        "list of databases",
        got=ids,
        wanted=f"{mine.time_series_db_id} among them",
    )
    entry = listed[ids.index(mine.time_series_db_id)]
    got = exchange.get_database(entry.time_series_db_id)
    expect(got == entry, "database by its id", got=got, wanted=entry)
    expect(
        got.database_name and got.table_name,
        "names of database and table",
        got=(got.database_name, got.table_name),
        wanted="two names",
    )


@requirement("DX-TS-001", needs=["sql"])
@passive
def test_names_of_a_database_are_those_of_sql(exchange: ExchangeTarget) -> None:
    database = exchange.database()
    query = f"SELECT count(*) FROM {database.table} WHERE time > now()"
    result = exchange.sql(database.time_series_db_id, query)
    expect(len(result.rows) == 1, f"rows of {query}", got=result.rows, wanted="one")


@requirement("DX-TS-001", needs=["administration"])
def test_new_database_is_listed_for_its_owner_alone(exchange: ExchangeTarget) -> None:
    made = exchange.fresh_database("made by a check").time_series_db_id

    def listed() -> str | None:
        found = [d.time_series_db_id for d in exchange.list_databases()]
        return None if found.count(made) == 1 else f"{made} comes {found.count(made)} times"

    becomes_right(exchange, listed, "own database in the list")
    others = [r for r in exchange.roles if r not in ("owner", "owner_again", "expired", "disabled")]
    for role in others[:3]:
        theirs = [d.time_series_db_id for d in exchange.as_role(role).list_databases()]
        expect(made not in theirs, f"databases of the {role}", got=theirs, wanted="their own")


@requirement("DX-TS-002")
def test_multi_record_puts_all_measures_at_one_time(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    measures = [measure(MULTI[type_], value, type_) for type_, value in PLAIN.items()]
    asset.publish(multi("gridproof", measures, asset.base_ns))
    asset.judge("last values of a MULTI record")
    asset.judge_points("points of a MULTI record")


@requirement("DX-TS-003")
def test_each_single_type_reads_back(exchange: ExchangeTarget) -> None:
    database, patience = exchange.own_database().time_series_db_id, Patience()

    def example(given: Mapping[str, str]) -> None:
        asset = Asset(exchange, database)
        asset.publish(*(single(NAMES[t], text, asset.base_ns, type=t) for t, text in given.items()))
        what = "last values of single measures"
        patience.judged(lambda within_s: asset.judge(what, within_s=within_s))

    explore(
        example,
        examples=20,
        directed=[{"given": given} for given in (PLAIN, *EDGES)],
        given=st.fixed_dictionaries({type_: values(type_) for type_ in TYPES}),
    )


@requirement("DX-TS-003")
def test_each_single_type_is_found_by_a_query(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    for number, given in enumerate((PLAIN, *EDGES)):
        at = asset.base_ns + number * SECOND_NS
        asset.publish(*(single(NAMES[t], text, at, type=t) for t, text in given.items()))
    asset.judge_points("points of single measures")


@requirement("DX-TS-003")
def test_timestamp_counts_the_unit_of_its_record(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    counted = {"SECONDS": 1, "MILLISECONDS": 10**3, "MICROSECONDS": 10**6, "NANOSECONDS": 10**9}
    for number, (unit, per_second) in enumerate(counted.items()):
        value = str(1_700_000_000 * per_second)
        at = asset.base_ns + number * SECOND_NS
        asset.publish(single(NAMES["TIMESTAMP"], value, at, type="TIMESTAMP", unit=unit))
    asset.judge_points("TIMESTAMP values in four units")


@requirement("DX-TS-017")
def test_publish_answers_with_the_asset_and_its_attributes(exchange: ExchangeTarget) -> None:
    database, asset = exchange.own_database().time_series_db_id, exchange.fresh_asset()
    at = exchange.recent_ns()
    records = [
        multi("gridproof", [measure(MULTI["DOUBLE"], "1.5"), measure(MULTI["VARCHAR"], "x",
                                                                     "VARCHAR")], at),
        single(NAMES["BIGINT"], "7", at, type="BIGINT"),
    ]  # fmt: skip
    for speaker in (exchange, exchange.with_variables):
        answer = speaker.publish(database, asset, records)
        ids = {data.asset_id for data in answer}
        expect(ids == {asset}, "assets in the answer to publish", got=ids, wanted={asset})
        names = {a.name: a.attribute_type for data in answer for a in data.attributes or ()}
        written = {m.name: m.type for record in records for m in record.values()}
        missing = {name: type_ for name, type_ in written.items() if names.get(name) != type_}
        expect(not missing, "attributes in the answer to publish", got=names, wanted=written)


@requirement("DX-TS-018")
def test_dimension_name_is_the_name_of_the_asset(exchange: ExchangeTarget) -> None:
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    for number, name in enumerate(("Zähler 1", 'Battery "B", west')):
        at = asset.base_ns + number * SECOND_NS
        record = single(NAMES["DOUBLE"], "1.0", at, dimensions={"phase": "A", "name": name})
        asset.publish(record)

        def wrong(name: str = name) -> str | None:
            found = exchange.last_values(asset.database, asset.id).get(asset.id)
            return None if found is not None and found.name == name else f"{found}"

        becomes_right(exchange, wrong, f"name of an asset published as {name!r}")


@requirement("DX-TS-019")
def test_publish_to_an_unknown_database_is_refused(exchange: ExchangeTarget) -> None:
    """The record must not end up elsewhere either."""
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    record = single(NAMES["DOUBLE"], "1.0", asset.base_ns)
    document = _publish(exchange, exchange.absent("timeSeriesDb"), asset, record)
    denied(exchange, document, "publishing to a database that does not exist")
    asset.mark()
    asset.judge("last values after a refused publish")


def _publish(exchange: ExchangeTarget, database: str, asset: Asset, record: Record) -> Document:
    return exchange.document(
        "timeSeriesDb_publishToDatabase",
        assetId=asset.id,
        timeSeriesDbId=database,
        data={"records": [record.to_input()]},
    )


@requirement("DX-TS-019")
def test_publish_to_a_database_of_others_is_refused(exchange: ExchangeTarget) -> None:
    strangers = [r for r in ("outsider", "same_organization") if r in exchange.roles]
    if not strangers:
        not_applicable("the profile gives no token of a user who is in no collaborative")
    asset = Asset(exchange, exchange.own_database().time_series_db_id)
    record = single(NAMES["DOUBLE"], "1.0", asset.base_ns)
    document = _publish(exchange, asset.database, asset, record)
    for role in strangers:
        denied(exchange.as_role(role), document, f"publishing to the owner's database as {role}")
    asset.mark()
    asset.judge("last values after a refused publish")


@requirement("DX-TS-020")
def test_same_measure_of_another_asset_stays(exchange: ExchangeTarget) -> None:
    database, table = exchange.own_database().time_series_db_id, Table()
    one, other = Asset(exchange, database, table), Asset(exchange, database, table)
    at = one.base_ns
    one.publish(single(NAMES["DOUBLE"], "1.0", at))
    other.publish(single(NAMES["DOUBLE"], "2.0", at))
    one.publish(single(NAMES["DOUBLE"], "3.0", at, version=2))
    for asset in (one, other):
        asset.judge("last values of two assets with the same measure")
        asset.judge_points("points of two assets with the same measure")
