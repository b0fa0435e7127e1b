import re

from conformance.targets.naming import Names, is_tagged


def test_names_are_fresh_and_bear_the_tag_of_their_run():
    names = Names("run-1")
    found = [names.fresh() for _ in range(3)]
    assert len(set(found)) == 3
    assert all(re.fullmatch("[a-z][a-z0-9-]{0,62}", name) for name in found)
    assert all(is_tagged(name) for name in found)
    assert Names("run-2").prefix != names.prefix
    assert not is_tagged("Site reports")
    assert not is_tagged("gp-1")
