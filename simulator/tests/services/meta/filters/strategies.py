"""Filters of regions as Hypothesis draws them: whole ones, and ones that were damaged."""

from hypothesis import strategies as st

WORDS = ("AND", "OR", "NOT", "IS", "NULL", "NaN", "IN", "CONTAINS", "HAS", "ANY", "ALL", "VALUE")
SCRAPS = (
    *WORDS,
    *("LIKE", "TRUE", "FALSE", "title", "metadata.labels.k", "location", "name", '"x"', '"', "'"),
    *("5", "-", "+", "--", "(", ")", "[", "]", "{", "}", ",", ":", "=", "!=", "<", ".", "\\", "|"),
    *("\x00", "é", "\ud800", "\n", " ", "1e9", "$", "regions/-"),
)

TEXTS = st.text(st.sampled_from("ab%_-/. é"), max_size=4)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _list(values):
    return st.tuples(st.sampled_from(["()", "[]"]), st.lists(values, min_size=1, max_size=3)).map(
        lambda drawn: f"{drawn[0][0]}{', '.join(drawn[1])}{drawn[0][1]}"
    )


_STRINGS = TEXTS.map(quoted)
_NUMBERS = st.integers(-3, 3).map(str)
_TIMES = st.integers(0, 9).map(lambda s: f'"1970-01-01T01:00:0{s}+01:00"')
_LOCATIONS = st.sampled_from(["{}", '{"country": "a"}', '{"country" "b", "city":"a"}'])
_SIGNS = st.sampled_from(["=", "==", "!=", "<", "<=", ">", ">="])
_EQUALITIES = st.sampled_from(["=", "==", "!="])
_HAS = st.sampled_from(["CONTAINS", "contain", "Has", "HAVE", "HAS VALUE"])
_STRING_PATHS = st.sampled_from(
    ["title", "domain", "name", "location.country", "metadata.labels.k", "metadata.resourceVersion"]
)
_NUMBER_PATHS = st.sampled_from(["metadata.generation", "metadata.shards.k"])
_LIST_PATHS = st.sampled_from(["metadata.tags", "metadata.labels", "metadata.syncing.regions"])
_ANY_PATHS = st.sampled_from(
    ["title", "location", "metadata", "metadata.tags", "metadata.labels.k", "connectivity-scores"]
)


def _spaced(*parts):
    return st.tuples(*parts).map(" ".join)


def _just(text):
    return st.just(text)


CONDITIONS = st.one_of(
    _spaced(_STRING_PATHS, _SIGNS, _STRINGS),
    _spaced(_STRING_PATHS, st.sampled_from(["IN", "not in"]), _list(_STRINGS)),
    _spaced(_NUMBER_PATHS, _SIGNS, _NUMBERS),
    _spaced(_NUMBER_PATHS, st.sampled_from(["in", "NOT IN"]), _list(_NUMBERS)),
    _spaced(_just("metadata.create_time"), _SIGNS, _TIMES),
    _spaced(_just("metadata.create_time IN"), _list(_TIMES)),
    _spaced(_just("is_default"), _SIGNS, st.sampled_from(["TRUE", "false"])),
    _spaced(_just("location"), _EQUALITIES, _LOCATIONS),
    _spaced(_ANY_PATHS, st.sampled_from(["IS NULL", "is not null", "= NULL", "!= null"])),
    _spaced(_LIST_PATHS, _HAS, _STRINGS),
    _spaced(_LIST_PATHS, st.sampled_from(["CONTAINS ANY", "HAS ALL"]), _list(_STRINGS)),
)


def _joined(parts):
    glue = st.sampled_from([" AND ", " OR ", " ", " + ", "|", "\n-- remark\nand "])
    return st.one_of(
        st.tuples(parts, glue, parts).map("".join),
        parts.map(lambda part: f"NOT ({part})"),
        parts.map(lambda part: f"({part})"),
    )


FILTERS = st.recursive(CONDITIONS, _joined, max_leaves=6)


@st.composite
def damaged(draw):
    """A filter in which a few places were cut out, doubled, moved or overwritten."""
    text = draw(FILTERS)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        scrap = draw(st.sampled_from([*SCRAPS, "", text[start:end] * 2]))
        text = text[:start] + scrap + text[end:]
    return text


SOUPS = st.one_of(st.lists(st.sampled_from(SCRAPS)).map(" ".join), st.text())

REGIONS = st.fixed_dictionaries(
    {},
    optional={
        "title": TEXTS,
        "domain": TEXTS,
        "name": st.sampled_from(["regions/a", "regions/b"]),
        "isDefault": st.booleans(),
        "location": st.fixed_dictionaries({}, optional={"country": TEXTS, "city": TEXTS}),
        "connectivityScores": st.just([{"dest": "regions/a", "score": 1}]),
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "generation": st.integers(-3, 3).map(str),
                "tags": st.lists(TEXTS, max_size=2),
                "labels": st.dictionaries(st.sampled_from("ka"), TEXTS),
                "shards": st.dictionaries(st.just("k"), st.integers(-3, 3).map(str)),
                "createTime": st.integers(0, 9).map(lambda s: f"1970-01-01T00:00:0{s}Z"),
            },
        ),
    },
)
