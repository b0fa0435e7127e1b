"""A naive services endpoint (seed 004): its faults have to be caught, its legal variants accepted.

`server` serves it over gRPC, `service` answers calls, `life` starts, loads and stops, `pulls` runs
streams; `book` is what it remembers. Every decision is asked of the table of functions in `policy`,
whose defaults stand in `straight` (calls), `living` (states) and `telling` (streams).
"""
