"""Functions of one value for each row that are a template: what Timestream and Trino document.

What needs more than a template (literals as units, functions as arguments) is in `forms`. A name
that stands in no table is not supported. Where DuckDB's function differs at an edge (NULL among
arguments, nothing found, a place out of range), the template says what Trino does.
"""

from __future__ import annotations

from typing import Final

from simulator.services.exchange.sql.guards import unless
from simulator.services.exchange.sql.signatures import Signature, table

_MATH: Final = """
abs(N) -> N = abs({0})
cbrt(double) -> double = cbrt({0})
ceil(I) -> I = {0}
ceil(double) -> double = ceil({0})
ceiling(I) -> I = {0}
ceiling(double) -> double = ceil({0})
degrees(double) -> double = degrees({0})
e() -> double = exp(CAST(1 AS DOUBLE))
exp(double) -> double = exp({0})
floor(I) -> I = {0}
floor(double) -> double = floor({0})
ln(double) -> double = ln({0})
log2(double) -> double = log2({0})
log10(double) -> double = log10({0})
log(double, double) -> double = ln({1}) / ln({0})
mod(N, N) -> N = {0} % {1}
pi() -> double = pi()
pow(double, double) -> double = pow({0}, {1})
power(double, double) -> double = pow({0}, {1})
radians(double) -> double = radians({0})
round(I) -> I = {0}
round(double) -> double = round({0})
round(double, integer) -> double = round({0}, {1})
sign(I) -> I = CASE WHEN {0} > 0 THEN 1 WHEN {0} < 0 THEN -1 ELSE {0} END
sign(double) -> double = CASE WHEN {0} > 0 THEN 1.0 WHEN {0} < 0 THEN -1.0 ELSE {0} END
sqrt(double) -> double = sqrt({0})
truncate(double) -> double = trunc({0})
acos(double) -> double = acos({0})
asin(double) -> double = asin({0})
atan(double) -> double = atan({0})
atan2(double, double) -> double = atan2({0}, {1})
cos(double) -> double = cos({0})
cosh(double) -> double = cosh({0})
sin(double) -> double = sin({0})
sinh(double) -> double = sinh({0})
tan(double) -> double = tan({0})
tanh(double) -> double = tanh({0})
infinity() -> double = CAST('infinity' AS DOUBLE)
nan() -> double = CAST('nan' AS DOUBLE)
is_nan(double) -> boolean = isnan({0})
is_finite(double) -> boolean = isfinite({0})
is_infinite(double) -> boolean = isinf({0})
bitwise_and(bigint, bigint) -> bigint = {0} & {1}
bitwise_or(bigint, bigint) -> bigint = {0} | {1}
bitwise_xor(bigint, bigint) -> bigint = xor({0}, {1})
bitwise_not(bigint) -> bigint = ~{0}
"""

_TEXTS: Final = """
chr(bigint) -> varchar = chr(CAST({0} AS INTEGER))
codepoint(varchar) -> integer = unicode({0})
hamming_distance(varchar, varchar) -> bigint = hamming({0}, {1})
length(varchar) -> bigint = length({0})
levenshtein_distance(varchar, varchar) -> bigint = levenshtein({0}, {1})
lower(varchar) -> varchar = lower({0})
ltrim(varchar) -> varchar = ltrim({0})
regexp_extract(varchar, varchar) -> varchar = \
CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}) END
regexp_extract(varchar, varchar, integer) -> varchar = \
CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}, {2}) END
regexp_extract_all(varchar, varchar) -> array(varchar) = regexp_extract_all({0}, {1})
regexp_like(varchar, varchar) -> boolean = regexp_matches({0}, {1})
regexp_split(varchar, varchar) -> array(varchar) = regexp_split_to_array({0}, {1})
reverse(varchar) -> varchar = reverse({0})
rtrim(varchar) -> varchar = rtrim({0})
split(varchar, varchar) -> array(varchar) = string_split({0}, {1})
split_part(varchar, varchar, bigint) -> varchar = string_split({0}, {1})[SPLIT_PLACE]
starts_with(varchar, varchar) -> boolean = starts_with({0}, {1})
strpos(varchar, varchar) -> bigint = strpos({0}, {1})
substr(varchar, bigint) -> varchar = CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL \
WHEN {1} = 0 OR -{1} > length({0}) THEN '' ELSE substr({0}, {1}) END
substr(varchar, bigint, bigint) -> varchar = \
CASE WHEN {0} IS NULL OR {1} IS NULL OR {2} IS NULL THEN NULL \
WHEN {1} = 0 OR {2} <= 0 OR -{1} > length({0}) THEN '' ELSE substr({0}, {1}, {2}) END
trim(varchar) -> varchar = trim({0})
upper(varchar) -> varchar = upper({0})
"""

_TIMES: Final = """
current_timezone() -> varchar = 'UTC'
date(date) -> date = {0}
from_iso8601_date(varchar) -> date = CAST({0} AS DATE)
from_iso8601_timestamp(varchar) -> timestamp = instant_of({0})
from_milliseconds(bigint) -> timestamp = {0} * 1000000
from_nanoseconds(bigint) -> timestamp = {0}
from_unixtime(double) -> timestamp = CAST(round({0} * 1000) AS BIGINT) * 1000000
last_day_of_month(date) -> date = last_day({0})
to_milliseconds(timestamp) -> bigint = \
({0} - CASE WHEN {0} < 0 THEN 999999 ELSE 0 END) // 1000000
to_milliseconds(interval) -> bigint = {0} // 1000000
to_nanoseconds(timestamp) -> bigint = {0}
to_nanoseconds(interval) -> bigint = {0}
to_unixtime(timestamp) -> double = {0} / 1000000000.0
"""

_ARRAYS: Final = """
array_distinct(array(T)) -> array(T) = \
list_filter({0}, lambda e, i: list_position({0}, e) = i)
array_except(array(T), array(T)) -> array(T) = list_filter({0}, \
lambda e, i: list_position({0}, e) = i AND list_position({1}, e) IS NULL)
array_intersect(array(T), array(T)) -> array(T) = list_filter({0}, \
lambda e, i: list_position({0}, e) = i AND list_position({1}, e) IS NOT NULL)
array_max(array(T)) -> T = CASE WHEN list_position({0}, NULL) IS NULL THEN list_max({0}) END
array_min(array(T)) -> T = CASE WHEN list_position({0}, NULL) IS NULL THEN list_min({0}) END
array_position(array(T), T) -> bigint = \
CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN coalesce(list_position({0}, {1}), 0) END
array_remove(array(T), T) -> array(T) = \
CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e: e IS NULL OR e <> {1}) END
array_sort(array(T)) -> array(T) = list_sort({0}, 'ASC', 'NULLS LAST')
arrays_overlap(array(T), array(T)) -> boolean = list_has_any({0}, {1})
cardinality(array(T)) -> bigint = len({0})
cardinality(timeseries(T)) -> bigint = len({0})
contains(array(T), T) -> boolean = CASE WHEN list_contains({0}, {1}) THEN true \
WHEN list_position({0}, NULL) IS NOT NULL OR {0} IS NULL OR {1} IS NULL THEN NULL ELSE false END
element_at(array(T), bigint) -> T = {0}[PLACE]
flatten(array(array(T))) -> array(T) = flatten({0})
reverse(array(T)) -> array(T) = list_reverse({0})
slice(array(T), bigint, bigint) -> array(T) = CASE WHEN {2} > 0 THEN list_slice({0}, \
CASE WHEN {1} < 0 THEN len({0}) + {1} + 1 ELSE FROM_PLACE END, \
CASE WHEN {1} < 0 THEN len({0}) + {1} + 1 ELSE {1} END + {2} - 1) \
WHEN {2} IS NOT NULL THEN list_slice({0}, 1, 0) END
"""

_CONDITIONS: Final = """
greatest(T, T...) -> T = CASE WHEN len(list_filter([{all}], lambda e: e IS NULL)) = 0 \
THEN greatest({all}) END
least(T, T...) -> T = CASE WHEN len(list_filter([{all}], lambda e: e IS NULL)) = 0 \
THEN least({all}) END
coalesce(T, T...) -> T = coalesce({all})
nullif(T, T) -> T = nullif({0}, {1})
"""

_ALIASES: Final = {
    "substring": "substr",
    "day_of_month": "day",
    "dow": "day_of_week",
    "doy": "day_of_year",
    "week_of_year": "week",
    "yow": "year_of_week",
}
"""Further names of functions; also of those in `forms`."""


def _filled_in(lines: str) -> str:
    places = {
        "SPLIT_PLACE": unless("{2} <= 0", "The index of split_part is not positive", "{2}"),
        "FROM_PLACE": unless("{1} = 0", "SQL array indices start at 1", "{1}"),
        "PLACE": unless("{1} = 0", "SQL array indices start at 1", "{1}"),
    }
    for word, sql in places.items():
        lines = lines.replace(word, sql)
    return lines


SCALARS: Final[dict[str, tuple[Signature, ...]]] = table(
    _filled_in(_MATH + _TEXTS + _TIMES + _ARRAYS + _CONDITIONS)
)
"""Signatures by name, in lower case."""


def spelled(name: str) -> str:
    """Return the name that a function is known by."""
    lower = name.lower()
    return _ALIASES.get(lower, lower)
