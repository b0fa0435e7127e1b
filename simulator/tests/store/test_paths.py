import pytest

from fixtures.contracts import load
from simulator.store.paths import BadPath, read

REGION = load("meta").message("ntt.meta.v1alpha2.Region").DESCRIPTOR
STRUCT = load("control").message("google.protobuf.Struct").DESCRIPTOR


@pytest.mark.parametrize(
    ("spelled", "path"),
    [
        ("title", "title"),
        ("is_default", "is_default"),
        ("isDefault", "is_default"),
        ("is-default", "is_default"),
        ("metadata.createTime", "metadata.create_time"),
        ("connectivity-scores.score", "connectivity_scores.score"),
        ("metadata.owner-references.kind", "metadata.owner_references.kind"),
        ("metadata.labels", "metadata.labels"),
        ("metadata.labels.some_key", "metadata.labels.some_key"),
        ("metadata.labels.someKey", "metadata.labels.someKey"),
        (r"metadata.labels.a\.b", r"metadata.labels.a\.b"),
        ("metadata.shards.k", "metadata.shards.k"),
    ],
)
def test_every_spelling_leads_to_the_field(spelled, path):
    assert read(spelled, REGION).text == path


def test_a_key_is_taken_without_its_escapes():
    path = read(r"metadata.labels.a\.b", REGION)
    assert path.key == "a.b"
    assert [field.name for field in path.fields] == ["metadata", "labels"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "Region has no field ''"),
        ("*", r"Region has no field '\*'"),
        ("titel", "'titel': Region has no field 'titel', did you mean 'title'"),
        ("Title", "did you mean 'title'"),
        ("IS_DEFAULT", "Region has no field 'IS_DEFAULT'"),
        ("location.cty", "'location.cty': RegionLocation has no field 'cty', did you mean 'city'"),
        ("location.", "RegionLocation has no field ''"),
        (".title", "Region has no field ''"),
        ("title.x", "nothing can be named inside 'title'"),
        ("metadata.tags.x", "nothing can be named inside 'tags'"),
        ("metadata.create_time.seconds", "nothing can be named inside 'create_time'"),
        ("metadata.labels.", "an empty key of labels"),
        ("metadata.labels.a.b", "nothing can be named inside a value of labels"),
        ("connectivity_scores.0", "RegionConnectivityPreference has no field '0'"),
    ],
)
def test_a_path_that_leads_nowhere_is_explained(path, text):
    with pytest.raises(BadPath, match=text):
        read(path, REGION)


def test_values_of_maps_can_be_named_whatever_they_are():
    assert read("fields.a", STRUCT).key == "a"


@pytest.mark.parametrize("path", ["x" * 1_000_000, "x." * 500_000, "metadata." * 100_000])
def test_a_huge_path_makes_a_short_text(path):
    with pytest.raises(BadPath) as caught:
        read(path, REGION)
    assert len(str(caught.value)) < 500
