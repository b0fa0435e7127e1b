"""Histories that are right, and one that is wrong for each property."""

from conformance.oracles.meta import history
from conformance.oracles.meta.assembly import Snapshot
from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.model import Message
from conformance.tests.oracles.meta.watching import (
    HARD,
    SOFT,
    chunk,
    closing,
    current,
    region,
    size,
)


def view(*items):
    return {item["name"]: item for item in items}


def snap(*items):
    return Snapshot(items=items)


def codes(found):
    return [violation.code for violation in found]


A, B, C = region("a"), region("b"), region("c")
NEW_A = region("a", "new")


def test_convergence():
    assert history.judge_convergence([A, B], [B, A]) == []
    assert codes(history.judge_convergence([A, B], [B, A], ordered=True)) == ["window"]
    for wrong in ([A], [A, B, C], [NEW_A, B], [A, A, B]):
        assert codes(history.judge_convergence(wrong, [A, B])) == ["convergence"]


def test_prefixes():
    states = {1: view(A), 2: view(A, B), 3: view(A), 4: view(NEW_A)}
    good = [snap(A), snap(A, B), snap(A), snap(A), snap(NEW_A)]
    assert history.judge_prefixes(good, states) == []
    assert codes(history.judge_prefixes([snap(A, B), snap(A), snap(A, B)], states)) == ["backwards"]
    assert codes(history.judge_prefixes([snap(NEW_A, B)], states)) == ["foreign_state"]
    assert codes(history.judge_prefixes([snap(A)], states, since=4)) == ["backwards"]


def numbered(id_, number):
    labels = {"labels": {"n": str(number)}}
    return complete("Region", {"name": f"regions/{id_}", "metadata": labels})


def test_completeness():
    committed = [(1, "regions/a"), (2, "regions/a"), (1, "regions/b")]
    seen = [snap(numbered("a", 2)), snap(numbered("b", 1))]
    assert history.judge_completeness(seen, committed, "n") == []
    assert codes(history.judge_completeness(seen[:1], committed, "n")) == ["incomplete"]
    assert codes(history.judge_completeness([snap(A)], committed, "n")) == ["incomplete"]


def test_batches():
    batch = (view(A, B), view(NEW_A))
    whole = [snap(A, B, C), snap(NEW_A, C)]
    assert history.judge_batches(whole, [batch]) == []
    assert codes(history.judge_batches([snap(NEW_A, B)], [batch])) == ["half_batch"]
    assert codes(history.judge_batches([snap(A)], [batch])) == ["half_batch"]


def test_views_that_have_to_be_the_same():
    assert history.judge_same("resume", {"whole": [A, B], "cut": [B, A]}) == []
    assert history.judge_same("resume", {}) == []
    found = history.judge_same("chunk_dependent", {"1": [A], "2": [A], "3": [B]})
    assert codes(found) == ["chunk_dependent"]
    assert found[0].text == "3 against 1: missing regions/a, too many regions/b"
    assert codes(history.judge_same("resume", {"x": [A, B], "y": [B, A]}, ordered=True))


def test_decomposition_of_filters_and_masks():
    assert history.judge_union(view(A, B, C), view(A, B), view(B, C)) == []
    assert codes(history.judge_union(view(A, B), view(A), view(C))) == ["decomposition"]
    assert history.judge_partition(view(A, B), view(A), view(B)) == []
    assert codes(history.judge_partition(view(A, B), view(A, B), view(B))) == ["partition"]
    assert codes(history.judge_partition(view(A, B, C), view(A), view(B))) == ["partition"]

    def cut(item):
        return {**item, "title": ""}

    narrow = view(region("a", ""))
    assert history.judge_mask(narrow, view(NEW_A), cut) == []
    assert codes(history.judge_mask(view(A), view(NEW_A), cut)) == ["mask"]


def test_silence():
    assert history.judge_silence([size(3), closing(token="T2")]) == []
    assert codes(history.judge_silence([closing(*current("a")), HARD, SOFT])) == ["noise"] * 3


def test_token_rules():
    pages = Message(is_current=True, page_tokens=("", ""))
    assert history.judge_tokens([closing(), size(0), SOFT], stateful=False) == []
    assert history.judge_tokens([pages, Message(snapshot_size=0)], stateful=True) == []
    assert len(history.judge_tokens([chunk(resume_token="T"), pages], stateful=False)) == 2
    assert len(history.judge_tokens([closing(), HARD, size(1)], stateful=True)) == 3
    assert codes(history.judge_tokens([chunk(page_tokens=("", ""))], stateful=True)) == [
        "token_rules"
    ]
