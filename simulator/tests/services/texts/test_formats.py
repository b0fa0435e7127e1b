"""The six asserted formats; what else a schema may name is a note."""

import pytest

from simulator.services.texts.formats import FORMATS, format_checker

GOOD = {
    "date": ["2026-02-28", "2024-02-29", "0001-01-01"],
    "date-time": ["2026-01-02T03:04:05Z", "2026-01-02t03:04:05.123456789+01:30",
                  "2016-12-31T23:59:60Z"],
    "time": ["00:00:00Z", "23:59:59.5-23:59", "23:59:60Z", "00:59:60+01:00", "22:59:60-01:00"],
    "email": ["a@b", "first.last+tag@example.test", "x_y@sub-domain.example"],
    "uri": ["https://a.test/x?y=%20#z", "urn:uuid:0", "mailto:a@b", "http://[::1]/"],
    "uuid": ["0e1d2c3b-0000-4000-8000-00000000ABCD"],
}  # fmt: skip
BAD = {
    "date": ["2026-02-30", "2026-2-3", "20260203", "2026-W01-1", "2026-01-02T00:00:00Z",
             "٢026-01-01"],
    "date-time": ["2026-01-02 03:04:05Z", "2026-01-02T03:04:05", "2026-01-02T24:00:00Z",
                  "2026-01-02"],
    "time": ["1:00:00Z", "00:00:00", "23:59:61Z", "12:00:60Z", "00:00:00+24:00", "24:59:60+01:00"],
    "email": ["a", "a@", "@b", "a@b@c", "a b@c", "a..b@c", "a@-b", "x" * 260 + "@b.c"],
    "uri": ["/relative", "a.test", "http://a b", "http://a/%zz", "http://a/#b#c", ""],
    "uuid": ["0e1d2c3b00004000800000000000abcd", "0e1d2c3b-0000-4000-8000-00000000abcg"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(k, v) for k, vs in GOOD.items() for v in vs])
def test_good_texts_conform(name, text):
    assert FORMATS[name](text)


@pytest.mark.parametrize(("name", "text"), [(k, v) for k, vs in BAD.items() for v in vs])
def test_bad_texts_do_not(name, text):
    assert not FORMATS[name](text)


def test_only_texts_are_looked_at_and_other_formats_are_notes():
    checker = format_checker()
    assert checker.conforms(3, "date")
    assert checker.conforms("anything", "ipv4")
    assert not checker.conforms("anything", "uuid")
