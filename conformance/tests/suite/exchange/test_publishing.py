"""What checks of publishing take for right, on the naive endpoint and on ones that are bent."""

from dataclasses import replace

import pytest

from conformance.failures import Nonconformance
from conformance.mutants.exchange import records
from conformance.mutants.exchange.policy import STRAIGHT
from conformance.oracles.exchange.records import single
from conformance.suite.exchange import publishing
from conformance.suite.exchange.publishing import NAMES, Asset, Patience, becomes_right, refused_as
from conformance.tests.targets.exchange_target import target

NAME = NAMES["DOUBLE"]


def last_wins(old, new):
    return new


def asset_of(exchange):
    return Asset(exchange, exchange.own_database().time_series_db_id)


def test_what_is_published_is_judged_by_the_model(tmp_path):
    with target(tmp_path) as exchange:
        asset = asset_of(exchange)
        assert asset.publish(single(NAME, "1.0", asset.base_ns, version=2)) is None
        rejection = asset.publish(single(NAME, "2.0", asset.base_ns))
        assert (rejection.cause, rejection.existing_version) == ("version", 2)
        asset.mark()
        asset.mark()
        asset.judge("last values")
        asset.judge_points("points")


def test_a_bad_record_that_is_taken_is_found(tmp_path):
    with target(tmp_path, replace(STRAIGHT, merged=last_wins)) as exchange:
        asset = asset_of(exchange)
        asset.publish(single(NAME, "1.0", asset.base_ns))
        with pytest.raises(Nonconformance, match="refused: version"):
            asset.publish(single(NAME, "2.0", asset.base_ns))


def test_a_good_record_that_is_refused_is_found(tmp_path):
    def refuses(old, new):
        raise records.Bad("never")

    with target(tmp_path, replace(STRAIGHT, merged=refuses)) as exchange:
        asset = asset_of(exchange)
        with pytest.raises(Nonconformance, match="accepted"):
            asset.publish(single(NAME, "1.0", asset.base_ns))


def test_a_wrong_value_is_told_as_it_was_seen_last(tmp_path):
    with target(tmp_path, settle=0.1) as exchange:
        asset = asset_of(exchange)
        asset.table.publish(asset.id, [single(NAME, "1.0", asset.base_ns)])
        with pytest.raises(Nonconformance, match="is missing"):
            asset.judge("last values")


def test_looking_ends_when_nothing_is_wrong(tmp_path):
    with target(tmp_path) as exchange:
        answers = iter(("not yet", None))
        becomes_right(exchange, lambda: next(answers), "anything")


def test_patience_is_short_after_a_failure(monkeypatch):
    monkeypatch.setattr(publishing, "HASTY_S", 0.25)
    patience, given = Patience(), []

    def judge(within_s):
        given.append(within_s)
        raise Nonconformance("anything")

    for _ in range(2):
        with pytest.raises(Nonconformance):
            patience.judged(judge)
    assert given == [None, 0.25]


def test_an_answer_is_no_refusal():
    with pytest.raises(Nonconformance, match="accepted"):
        refused_as((), "publishing", "it is bad")
