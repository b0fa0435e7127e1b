"""The catalogue of exchange faults and variants: what they bend and name, and that they serve."""

import inspect
from collections import Counter
from dataclasses import fields

import pytest

from conformance.failures import Refused
from conformance.mutants.change import Mutant, Variant, bent
from conformance.mutants.exchange.faults import MUTANTS
from conformance.mutants.exchange.policy import STRAIGHT, Policy
from conformance.mutants.exchange.variants import VARIANTS
from conformance.oracles.exchange.records import measure, multi
from conformance.requirements import load
from conformance.tests.mutants.exchange.naive import target
from fixtures.targets.exchange import ExchangeProfile

HOOKS = {field.name for field in fields(Policy)}
EVERYTHING: list[Mutant | Variant] = [*MUTANTS, *VARIANTS]
LEDGER = load()
BY_CONTROL = {"DX-SM-003"}
"""Rows about what only a control interface brings about; the naive endpoint has none."""


def test_ids_are_unique_and_say_the_api():
    counts = Counter(change.id for change in EVERYTHING)
    assert {id_ for id_, count in counts.items() if count > 1} == set()
    assert all(id_.startswith("exchange-") for id_ in counts)


def test_changes_bend_hooks_and_name_requirements():
    for change in EVERYTHING:
        assert set(change.changes) <= HOOKS, change.id
        assert bent(STRAIGHT, change) != STRAIGHT or not change.changes, change.id
        named = getattr(change, "kills", ()) or getattr(change, "near", ())
        assert named, change.id
        for id_ in named:
            assert LEDGER[id_].service == "exchange", change.id
            assert LEDGER[id_].untestable is None, change.id


def test_sentences_are_sentences():
    for change in EVERYTHING:
        assert change.sentence[0].isupper(), change.id
        assert change.sentence.endswith("."), change.id


def test_a_replacement_takes_as_many_arguments_as_its_hook():
    for change in EVERYTHING:
        for name, hook in change.changes.items():
            wanted = len(inspect.signature(getattr(STRAIGHT, name)).parameters)
            inspect.signature(hook).bind(*range(wanted))


def test_every_demand_has_a_fault():
    killed = {id_ for mutant in MUTANTS for id_ in mutant.kills}
    demanded = {
        row.id
        for row in LEDGER.select(services=["exchange"], level="should")
        if row.untestable is None
    }
    assert demanded - killed == BY_CONTROL


def test_settings_of_variants_are_of_the_profile():
    for variant in VARIANTS:
        assert set(variant.settings) <= set(ExchangeProfile.model_fields), variant.id


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.id)
def test_variants_serve_an_ordinary_life(variant, tmp_path):
    with target(tmp_path, bent(STRAIGHT, variant), **variant.settings) as exchange:
        file = exchange.fresh_file(b"bytes\x00\xff")
        assert exchange.download(file.data_store_file_id) == b"bytes\x00\xff"
        database, asset = exchange.database().time_series_db_id, exchange.fresh_asset()
        at = exchange.recent_ns()
        exchange.publish(database, asset, [multi("m", [measure("SOC", "5.5")], at)])
        exchange.settled(lambda: exchange.last_values(database, asset).get(asset), what="asset")
        points = exchange.points(database, {asset: []}, at, at + 10**9)
        assert [float(point.value) for point in points.points] == [5.5]
        with pytest.raises(Refused):
            exchange.get_data_store(exchange.absent("dataStore"))
