"""Paths that lead somewhere, and what stands there."""

import pytest

from conformance.oracles.meta.fields import complete
from conformance.oracles.meta.paths import PathError, look, resolve

REGION = complete(
    "Region", {"name": "regions/aa", "metadata": {"labels": {"k": ""}, "create_time": 5}}
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name", ("present", "regions/aa")),
        ("title", ("unset", "")),
        ("location", ("absent", None)),
        ("location.city", ("absent", "")),
        ("metadata.createTime", ("present", 5)),
        ("metadata.delete-time", ("absent", None)),
        ("metadata.tags", ("unset", [])),
        ("metadata.labels.k", ("present", "")),
        ("metadata.labels.zz", ("absent", "")),
        ("metadata.shards.zz", ("absent", 0)),
        ("metadata.syncing.regions", ("absent", [])),
        ("connectivity_scores.dest", ("repeated", None)),
    ],
)
def test_looking(path, found):
    assert look(REGION, resolve(path, "Region")) == found


def test_looking_for_keys_where_nothing_is():
    bare = complete("Region", {"name": "regions/aa"})
    assert look(bare, resolve("metadata.labels.k", "Region")) == ("absent", "")


@pytest.mark.parametrize(
    ("path", "demanded"),
    [
        ("nosuch", True),
        ("", True),
        ("title.x", True),
        ("metadata.tags.x", True),
        ("metadata.labels.k.x", False),
        ("metadata.create_time.seconds", False),
    ],
)
def test_paths_that_lead_nowhere(path, demanded):
    with pytest.raises(PathError) as raised:
        resolve(path, "Region")
    assert raised.value.demanded is demanded


def test_texts_and_presence():
    path = resolve("metadata.createTime", "Region")
    assert (path.text, path.may_be_absent) == ("metadata.create_time", True)
    assert not resolve("title", "Region").may_be_absent
    assert resolve("connectivityScores.score", "Region").through_list
