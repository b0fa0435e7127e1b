"""A naive exchange endpoint (seed 002): its faults have to be caught, its legal variants accepted.

`server` serves GraphQL, presigned URLs and AppSync's WebSocket on one port; `storage`, `series`,
`people` and `sharing` answer operations, `sql` evaluates Timestream's SQL by hand over lists of
rows. Every decision is asked of the table of functions in `policy`, which faults exchange.
"""
