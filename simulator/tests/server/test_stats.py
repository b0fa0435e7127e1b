import re

from simulator.server.stats import Stats, prometheus, resident_bytes

STATS = Stats(
    open_streams=3,
    pending_changes=4,
    overflows=1,
    changes_committed=5,
    loop_lag_ms=1.5,
    rss_bytes=2**20,
    calls={"/b/Two": 2, "/a/One": 1},
)


def test_every_sample_has_help_and_type():
    lines = prometheus(STATS).splitlines()
    samples = {line.partition(" ")[0].partition("{")[0] for line in lines if line[0] != "#"}
    for kind in ("HELP", "TYPE"):
        assert {line.split()[2] for line in lines if line.startswith(f"# {kind}")} == samples
    assert all(re.fullmatch(r"[a-z_]+(\{[^}]*\})? [0-9.e+-]+", x) for x in lines if x[0] != "#")


def test_units_are_those_of_the_names():
    text = prometheus(STATS)
    assert "gridproof_loop_lag_seconds 0.0015\n" in text
    assert 'gridproof_calls_total{method="/a/One"} 1\n' in text
    assert text.index("/a/One") < text.index("/b/Two")


def test_people_read_totals():
    assert STATS.readable()["calls"] == "3"
    assert STATS.readable()["memory"] == "1 MiB"


def test_a_process_knows_its_memory():
    assert 2**20 < resident_bytes() < 2**40
