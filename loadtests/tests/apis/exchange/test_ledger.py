from __future__ import annotations

import random

from loadtests.apis.exchange.ledger import Ledger


def ledger() -> Ledger:
    """Ten records confirmed at 100, five that are unclear, ten confirmed at 200."""
    found = Ledger()
    found.confirm("a", found.sends("a", 10), 100)
    found.sends("a", 5)
    found.confirm("a", found.sends("a", 10), 200)
    return found


def test_numbers_ascend_without_gaps() -> None:
    assert ledger().sends("a", 3) == range(25, 28)
    assert ledger().sent("a") == range(25)
    assert ledger().sent("b") == range(0)


def test_only_what_was_confirmed_by_then_is_expected() -> None:
    found = ledger()
    assert found.expected("a", range(100), 99) == set()
    assert found.expected("a", range(100), 150) == set(range(10))
    assert found.expected("a", range(100), 200) == set(range(10)) | set(range(15, 25))
    assert found.expected("a", range(8, 17), 200) == {8, 9, 15, 16}
    assert found.expected("b", range(100), 200) == set()


def test_assets_count_from_their_first_confirmation() -> None:
    found = ledger()
    found.sends("b", 3)
    assert (found.assets(99), found.assets(100)) == ([], ["a"])
    assert (found.newest("a", 99), found.newest("a", 199), found.newest("a", 200)) == (-1, 9, 24)


def test_a_span_ends_within_what_is_confirmed() -> None:
    found, chance = ledger(), random.Random(1)
    spans = [found.span("a", 7, 150, chance) for _ in range(50)]
    assert all(0 <= span.start < span.stop <= 10 and len(span) <= 7 for span in spans)
    assert sum(span.stop == 10 for span in spans) > 20
    assert len({span.stop for span in spans}) > 3


def test_what_is_absent_in_the_end_is_told() -> None:
    found = ledger()
    assert found.missing("a", [range(25)], 0) == []
    assert found.missing("a", [range(9), range(15, 25)], 0) == [9]
    assert found.missing("a", [range(15, 24)], 20) == [24]
    assert found.missing("b", [], 0) == []
