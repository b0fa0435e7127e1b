"""A naive tasks endpoint (seed 001): its faults have to be caught, its legal variants accepted.

`server` serves it over gRPC, `service` answers calls. Every decision is asked of the table of
functions in `policy`; `faults` and `variants` exchange them, as data.
"""
