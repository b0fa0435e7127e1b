"""Aggregate and window functions, as templates: what Timestream and Trino document.

`{d}` is where DISTINCT goes, `{o}` an order of the rows, `{n}` IGNORE NULLS, `{t}` FILTER and OVER.
The approximate ones are exact: within every error that is documented, and the same in every run.
"""

from __future__ import annotations

from typing import Final

from simulator.services.exchange.sql.signatures import Signature, table

_AGGREGATES: Final = """
any_value(T) -> T = any_value({d}{0}{o}){t}
arbitrary(T) -> T = any_value({d}{0}{o}){t}
approx_distinct(T) -> bigint = count(DISTINCT {0}){t}
approx_distinct(T, double) -> bigint = count(DISTINCT {0}){t}
approx_percentile(N, double) -> N = quantile_disc({d}{0}, {1}){t}
approx_percentile(N, array(double)) -> array(N) = quantile_disc({d}{0}, {1}){t}
array_agg(T) -> array(T) = list({d}{0}{o}){t}
avg(double) -> double = avg({d}{0}{o}){t}
bitwise_and_agg(bigint) -> bigint = bit_and({d}{0}){t}
bitwise_or_agg(bigint) -> bigint = bit_or({d}{0}){t}
bool_and(boolean) -> boolean = bool_and({d}{0}){t}
bool_or(boolean) -> boolean = bool_or({d}{0}){t}
corr(double, double) -> double = corr({0}, {1}){t}
count() -> bigint = count(*){t}
count(T) -> bigint = count({d}{0}){t}
count_if(boolean) -> bigint = CAST(count_if({d}{0}){t} AS BIGINT)
covar_pop(double, double) -> double = covar_pop({0}, {1}){t}
covar_samp(double, double) -> double = covar_samp({0}, {1}){t}
create_time_series(timestamp, T) -> timeseries(T) = \
list_filter(list(struct_pack(t := {0}, v := {1}) ORDER BY {0}){t}, lambda e: e.v IS NOT NULL)
every(boolean) -> boolean = bool_and({d}{0}){t}
geometric_mean(double) -> double = geomean({d}{0}){t}
max(T) -> T = max({d}{0}){t}
max(T, bigint) -> array(T) = max({d}{0}, {1}){t}
max_by(T, U) -> T = arg_max_null({0}, {1}){t}
max_by(T, U, bigint) -> array(T) = \
list_transform(arg_max(struct_pack(w := {0}), {1}, {2}){t}, lambda e: e.w)
min(T) -> T = min({d}{0}){t}
min(T, bigint) -> array(T) = min({d}{0}, {1}){t}
min_by(T, U) -> T = arg_min_null({0}, {1}){t}
min_by(T, U, bigint) -> array(T) = \
list_transform(arg_min(struct_pack(w := {0}), {1}, {2}){t}, lambda e: e.w)
regr_intercept(double, double) -> double = regr_intercept({0}, {1}){t}
regr_slope(double, double) -> double = regr_slope({0}, {1}){t}
stddev(double) -> double = stddev_samp({d}{0}){t}
stddev_pop(double) -> double = stddev_pop({d}{0}){t}
stddev_samp(double) -> double = stddev_samp({d}{0}){t}
sum(bigint) -> bigint = CAST(sum({d}{0}){t} AS BIGINT)
sum(double) -> double = sum({d}{0}{o}){t}
sum(interval) -> interval = CAST(sum({d}{0}){t} AS BIGINT)
variance(double) -> double = var_samp({d}{0}){t}
var_pop(double) -> double = var_pop({d}{0}){t}
var_samp(double) -> double = var_samp({d}{0}){t}
"""

_WINDOWS: Final = """
cume_dist() -> double = cume_dist(){t}
dense_rank() -> bigint = dense_rank(){t}
first_value(T) -> T = first_value({0}{n}){t}
lag(T) -> T = lag({0}{n}){t}
lag(T, bigint) -> T = lag({0}, {1}{n}){t}
lag(T, bigint, T) -> T = lag({0}, {1}, {2}{n}){t}
last_value(T) -> T = last_value({0}{n}){t}
lead(T) -> T = lead({0}{n}){t}
lead(T, bigint) -> T = lead({0}, {1}{n}){t}
lead(T, bigint, T) -> T = lead({0}, {1}, {2}{n}){t}
nth_value(T, bigint) -> T = nth_value({0}, {1}{n}){t}
ntile(bigint) -> bigint = ntile({0}){t}
percent_rank() -> double = percent_rank(){t}
rank() -> bigint = rank(){t}
row_number() -> bigint = row_number(){t}
"""

AGGREGATES: Final[dict[str, tuple[Signature, ...]]] = table(_AGGREGATES)
"""Signatures of functions of groups, by name; with OVER they are functions of windows, too."""

WINDOWS: Final[dict[str, tuple[Signature, ...]]] = table(_WINDOWS)
"""Signatures of functions that need OVER, by name."""
