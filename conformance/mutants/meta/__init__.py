"""A naive meta endpoint (seed 003): its faults have to be caught, its legal variants accepted.

`server` and `rest` serve it over gRPC and HTTP, `service` answers calls, `stream` runs watches and
`control` is its mutation hook. Every decision is asked of the table of functions in `policy`;
`faults` and `variants` exchange them, as data.
"""
