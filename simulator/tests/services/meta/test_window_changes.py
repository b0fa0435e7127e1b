from hypothesis import given
from hypothesis import strategies as st

from simulator.services.meta.window_changes import Step, steps

NAMES = "abcdefgh"


@st.composite
def histories(draw):
    """An old and a new list, the names that changed, and those that look different."""
    key = {name: draw(st.integers(0, 5)) for name in NAMES}
    old = sorted(draw(st.sets(st.sampled_from(NAMES))), key=lambda name: (key[name], name))
    changed = draw(st.sets(st.sampled_from(NAMES)))
    altered = draw(st.sets(st.sampled_from(sorted(changed)))) if changed else set()
    for name in changed:
        key[name] = draw(st.integers(0, 5))
    new = sorted(draw(st.sets(st.sampled_from(NAMES))), key=lambda name: (key[name], name))
    return old, new, changed, altered


def apply(items, found):
    """What a reader has after the steps, each of which must be right when its turn comes."""
    items = list(items)
    for step in found:
        if step.kind == "added":
            assert step.name not in items
            assert 0 <= step.at <= len(items)
            items.insert(step.at, step.name)
            continue
        assert items.pop(step.at if step.kind == "removed" else step.previous) == step.name
        if step.kind == "modified":
            assert 0 <= step.at <= len(items)
            items.insert(step.at, step.name)
    return items


@given(histories())
def test_steps_lead_from_one_list_to_the_other(history):
    old, new, changed, altered = history
    found = list(steps(old, new, changed=changed.__contains__, altered=altered.__contains__))
    assert apply(old, found) == new
    named = [step.name for step in found]
    assert len(set(named)) == len(named)
    modified = {step.name for step in found if step.kind == "modified"}
    assert modified <= changed
    assert altered & set(old) & set(new) <= modified


def ways(old, new, changed):
    return list(steps(old, new, changed=changed.__contains__, altered=changed.__contains__))


def test_one_change_in_its_place():
    assert ways("abc", "abc", "b") == [Step("modified", "b", 1, 1)]


def test_one_move():
    assert ways("abcd", "bcad", "a") == [Step("modified", "a", 2, 0)]


def test_a_full_page_evicts_before_it_takes_in():
    assert ways("bd", "bc", "") == [Step("removed", "d", 1, 0), Step("added", "c", 1, 0)]


def test_two_that_swap_make_one_move():
    found = ways("ab", "ba", "ab")
    assert sum(step.at != step.previous for step in found) == 1
