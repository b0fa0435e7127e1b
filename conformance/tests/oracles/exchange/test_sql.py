import pytest

from conformance.oracles.exchange import sql
from conformance.oracles.exchange.times import instant

AT = instant("2026-05-13T14:35:17.123456789Z") or 0


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("second", "2026-05-13T14:35:17Z"),
        ("minute", "2026-05-13T14:35:00Z"),
        ("hour", "2026-05-13T14:00:00Z"),
        ("day", "2026-05-13T00:00:00Z"),
        ("week", "2026-05-11T00:00:00Z"),
        ("month", "2026-05-01T00:00:00Z"),
        ("quarter", "2026-04-01T00:00:00Z"),
        ("year", "2026-01-01T00:00:00Z"),
    ],
)
def test_date_trunc(unit, text):
    assert sql.truncated_ns(unit, AT) == instant(text)


def test_bins_count_from_the_epoch():
    assert sql.bin_ns(AT, sql.length_ns("5m")) == instant("2026-05-13T14:35:00Z")
    assert sql.bin_ns(10 * sql.SECOND_NS, sql.length_ns("7s")) == 7 * sql.SECOND_NS
    assert sql.bin_ns(-1, sql.SECOND_NS) == -sql.SECOND_NS
    assert sql.length_ns("250ms") == 250_000_000


def test_interpolation():
    series = [(0, 0.0), (10, 100.0)]
    at = sql.sequence_ns(-5, 15, 5)
    assert at == [-5, 0, 5, 10, 15]
    assert sql.interpolate_linear(series, at) == [None, 0.0, 50.0, 100.0, None]
    assert sql.interpolate_locf(series, at) == [None, 0.0, 0.0, 100.0, 100.0]


def test_groups_and_extremes():
    rows = [("a", 1.0), ("b", 5.0), ("a", 3.0)]
    assert sql.grouped(rows, lambda r: r[0], lambda g: sum(r[1] for r in g)) == [
        ("a", 4.0),
        ("b", 5.0),
    ]
    assert (sql.max_by(rows), sql.min_by(rows), sql.max_by([])) == ("b", "a", None)
    assert sql.close([(1.0, "x")], [(1.0 + 1e-12, "x")])
    assert not sql.close([1.0], [1.1])
    assert not sql.close([1.0], [1.0, 2.0])
